//! Every strategy with every scheme.
#![cfg(feature = "toml")]
#![allow(clippy::unwrap_used)] // helpers of tests

mod presets;

use presets::downlink_of;
use td_isac_algos::allocation::{
    AllocationContext, ConstraintMargin, Exhaustive, Multipliers, Proposal, Slope, TimeAllocation,
    WorstCaseRate,
};
use td_isac_algos::scheme::{
    BeamformingScheme, EqualPowerMrt, ErrorIgnorant, MaximumRatio, PerfectCsi, ZeroForcing,
};
use td_isac_algos::{Design, DesignError, Downlink, Study, Termination};

fn run(
    (downlink, eta_max): &(Downlink, f64),
    scheme: &dyn BeamformingScheme,
    strategy: &dyn TimeAllocation,
    eta_start: f64,
) -> Design {
    Study::new(downlink)
        .eta_max(*eta_max)
        .scheme(scheme)
        .allocation(strategy)
        .eta_start(eta_start)
        .run()
        .unwrap()
}

fn fixed_multipliers() -> ConstraintMargin {
    ConstraintMargin {
        multipliers: Multipliers::Fixed,
        ..ConstraintMargin::default()
    }
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
        for eta_start in [0.1, 0.5, 0.9] {
            let rate = run(&system, scheme, &Slope::default(), eta_start).rate_bit_s_hz();
            assert!(
                (rate / best - 1.0).abs() < 2e-6,
                "{} slope, from {eta_start}: {rate} of {best}",
                scheme.name()
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

/// The proven distance from the best time allocation is as small as asked for, and no time allocation of a fine grid is better by more.
#[test]
fn the_best_time_allocation_is_proven() {
    let system = downlink_of("weak-echo");
    let scheme = MaximumRatio::default();
    let strategy = Exhaustive {
        gap_tolerance: 2e-2,
        ..Exhaustive::default()
    };
    let design = run(&system, &scheme, &strategy, 0.5);
    let relaxation = design.history.iter().map(|h| h.1).fold(0.0, f64::max);
    let gap = design.eta_global_gap_bit_s_hz.unwrap();
    let extraction = relaxation - design.rate_bit_s_hz();
    assert!(
        gap <= 2.1e-2 * relaxation + extraction,
        "{gap} {relaxation}"
    );
    for step in 1..25 {
        let eta = step as f64 / 25.0 * system.1;
        let other = Study::new(&system.0)
            .scheme(&scheme)
            .eta(eta)
            .run()
            .unwrap();
        let upper = other.rate_upper_bound_bit_s_hz().unwrap();
        assert!(
            upper <= design.rate_bit_s_hz() + gap + 1e-3 * upper,
            "{eta}: {upper}"
        );
        assert_eq!(other.eta_global_gap_bit_s_hz, None);
    }
    // Nothing bounds what beams of a closed form might be certified elsewhere.
    let closed = run(&system, &ZeroForcing, &strategy, 0.5);
    assert_eq!(closed.eta_global_gap_bit_s_hz, None);
}

/// Records where beams were designed.
#[derive(Default)]
struct Tried(Vec<f64>);

impl td_isac_algos::Observer for Tried {
    fn progress(&mut self, progress: &td_isac_algos::Progress) -> bool {
        self.0.push(progress.eta);
        true
    }
}

/// A limit that binds is the answer, and nothing beyond it is looked at; one that does not bind changes nothing.
#[test]
fn nothing_is_sought_beyond_a_limit() {
    let (downlink, _) = downlink_of("weak-echo");
    let strategy = Slope::default();
    let tried = |limit: f64| {
        let mut tried = Tried::default();
        let design = Study::new(&downlink)
            .eta_max(limit)
            .scheme(&ZeroForcing)
            .allocation(&strategy)
            .observer(&mut tried)
            .run()
            .unwrap();
        (design, tried.0)
    };
    // The peak is at 0.71.
    let (free, samples) = tried(0.9);
    assert!(free.eta > 0.65 && samples.len() <= 10, "{samples:?}");
    let (freer, _) = tried(0.95);
    assert!((freer.rate_bit_s_hz() / free.rate_bit_s_hz() - 1.0).abs() < 1e-6);
    let (bound, samples) = tried(0.6);
    assert_eq!(bound.eta, 0.6);
    assert!(
        samples.iter().all(|eta| *eta <= 0.6) && samples.len() <= 6,
        "{samples:?}"
    );
}

/// Proposes one thing for ever.
#[derive(Debug)]
struct Stubborn(Proposal);

impl TimeAllocation for Stubborn {
    fn name(&self) -> &str {
        "stubborn"
    }

    fn propose(&self, _: &mut AllocationContext<'_>) -> Result<Proposal, DesignError> {
        Ok(self.0)
    }

    fn ends_on_rejection(&self) -> bool {
        false
    }
}

/// A strategy from outside that settles ends there, also without rough values along the way; what is no time allocation is an
/// error that names it.
#[test]
fn proposals_are_taken_at_their_word() {
    let system = downlink_of("weak-echo");
    for (eta, best) in [(0.7, 0.7), (0.05, 0.5)] {
        let design = run(&system, &ZeroForcing, &Stubborn(Proposal::Settle(eta)), 0.5);
        assert_eq!(
            (design.eta, design.termination),
            (best, Termination::Converged)
        );
    }
    for wrong in [f64::NAN, -1.0, 2.0] {
        let error = Study::new(&system.0)
            .eta_max(system.1)
            .scheme(&ZeroForcing)
            .allocation(&Stubborn(Proposal::Try(wrong)))
            .run()
            .unwrap_err();
        assert!(error.to_string().contains("eta proposed"), "{error}");
    }
}
