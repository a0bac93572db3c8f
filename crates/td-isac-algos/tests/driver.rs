//! The driver: every strategy with every scheme, the safeguard, cancellation.
#![cfg(feature = "toml")]
#![allow(clippy::unwrap_used)] // helpers of tests

mod presets;

use presets::downlink_of;
use robust_sdp::HermitianIpm;
use td_isac_algos::allocation::{
    ConstraintMargin, Exhaustive, Multipliers, TimeAllocation, WorstCaseRate,
};
use td_isac_algos::scheme::{
    BeamformingScheme, EqualPowerMrt, ErrorIgnorant, Main, MaximumRatio, PerfectCsi, ZeroForcing,
};
use td_isac_algos::{Design, Downlink, Driver, Observer, Progress, Silent, Termination};

fn run(
    (downlink, eta_max): &(Downlink, f64),
    scheme: &dyn BeamformingScheme,
    strategy: &dyn TimeAllocation,
    eta_start: f64,
) -> Design {
    let driver = Driver {
        eta_start,
        ..Driver::default()
    };
    driver
        .run(
            downlink,
            *eta_max,
            scheme,
            strategy,
            &HermitianIpm::default(),
            &mut Silent,
        )
        .unwrap()
}

fn fixed_multipliers() -> ConstraintMargin {
    ConstraintMargin {
        multipliers: Multipliers::Fixed,
        ..ConstraintMargin::default()
    }
}

fn relaxation_rate(design: &Design) -> f64 {
    design.rate_upper_bound_bit_s_hz().unwrap()
}

fn check_starts(preset: &str, starts: &[f64]) {
    let system = downlink_of(preset);
    let optimum = relaxation_rate(&run(
        &system,
        &Main::default(),
        &Exhaustive::default(),
        0.75,
    ));
    for &start in starts {
        let design = run(
            &system,
            &Main::default(),
            &ConstraintMargin::default(),
            start,
        );
        let rate = relaxation_rate(&design);
        assert!(
            (rate / optimum - 1.0).abs() < 1e-3,
            "{preset} from {start}: {rate} of {optimum}"
        );
        assert!(design.iterations() <= 8, "{preset}: {:?}", design.history);
        assert!(design.history.windows(2).all(|w| w[1].1 >= w[0].1));
        assert_eq!(design.history[0].0, start);
    }
}

#[test]
fn main_arrives_at_the_optimum() {
    check_starts("weak-echo", &[0.9]);
}

/// `cargo test --release -p td-isac-algos --features toml --test driver -- --ignored`
#[test]
#[ignore = "a minute"]
fn main_arrives_at_the_optimum_from_every_start() {
    for preset in ["paper", "weak-echo"] {
        check_starts(preset, &[0.1, 0.5, 0.9]);
    }
}

/// With frozen multipliers, as printed, the iteration does not leave its start.
#[test]
fn frozen_multipliers_stall() {
    let system = downlink_of("carrier-phase");
    let stalled = run(&system, &Main::default(), &fixed_multipliers(), 0.1);
    let free = run(&system, &Main::default(), &ConstraintMargin::default(), 0.1);
    assert!(stalled.eta < 0.2, "{:?}", stalled.history);
    assert!(stalled.rate_bit_s_hz() < 0.3 * free.rate_bit_s_hz());
}

#[test]
fn every_strategy_serves_every_scheme() {
    let system = downlink_of("weak-echo");
    let schemes: [&dyn BeamformingScheme; 3] =
        [&MaximumRatio::default(), &ZeroForcing, &EqualPowerMrt];
    for scheme in schemes {
        let best = run(&system, scheme, &Exhaustive::default(), 0.5).rate_bit_s_hz();
        assert!(best > 0.0);
        let strategies: [&dyn TimeAllocation; 2] =
            [&ConstraintMargin::default(), &WorstCaseRate::default()];
        for strategy in strategies {
            let rate = run(&system, scheme, strategy, 0.5).rate_bit_s_hz();
            assert!(
                (rate / best - 1.0).abs() < 3e-3,
                "{} {}: {rate} of {best}",
                scheme.name(),
                strategy.name()
            );
        }
        let stalled = run(&system, scheme, &fixed_multipliers(), 0.5).rate_bit_s_hz();
        assert!(stalled > 0.0 && stalled <= best * (1.0 + 1e-6));
    }
    // Schemes that see no error take all the time that the threshold leaves them.
    let ignorant: [&dyn BeamformingScheme; 2] = [&ErrorIgnorant::default(), &PerfectCsi::default()];
    for scheme in ignorant {
        let design = run(&system, scheme, &ConstraintMargin::default(), 0.5);
        assert_eq!(design.eta, system.1);
        assert_eq!(design.termination, Termination::AtLimit);
        assert!(design.history.is_empty());
    }
}

/// The projection (18) designs the beams at the time allocation that it reports.
#[test]
fn a_binding_threshold_is_kept() {
    let (downlink, _) = downlink_of("weak-echo");
    let eta_max = 0.4;
    let system = (downlink, eta_max);
    let design = run(&system, &Main::default(), &ConstraintMargin::default(), 0.5);
    assert_eq!(design.eta, eta_max);
    let there = presets::fixed(&system.0, eta_max, &Main::default());
    assert!((design.certified.gamma / there.certified.gamma - 1.0).abs() < 2e-3);
}

/// Stops after a number of reports.
struct Patience(usize, Vec<f64>);

impl Observer for Patience {
    fn progress(&mut self, progress: &Progress) -> bool {
        self.1.push(progress.rate_bit_s_hz);
        self.1.len() < self.0
    }
}

#[test]
fn a_cancelled_run_returns_its_best() {
    let (downlink, eta_max) = downlink_of("weak-echo");
    let mut observer = Patience(2, Vec::new());
    let design = Driver::default()
        .run(
            &downlink,
            eta_max,
            &MaximumRatio::default(),
            &ConstraintMargin::default(),
            &HermitianIpm::default(),
            &mut observer,
        )
        .unwrap();
    assert_eq!(design.termination, Termination::Cancelled);
    assert_eq!(observer.1.len(), 2);
    assert!(design.certified.gamma > 0.0);
}
