//! Frames have whole sensing slots.
#![cfg(feature = "toml")]
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

use std::path::Path;

use td_isac_algos::allocation::{ConstraintMargin, Slope, TimeAllocation, WorstCaseRate};
use td_isac_algos::scenario::{AnyScenario, Scenario, Slots};
use td_isac_algos::scheme::{BeamformingScheme, ErrorIgnorant, ZeroForcing};
use td_isac_algos::{Design, DesignError, Observer, Progress, Sensing, Study, Termination};

/// Four users of `weak-echo`, whose best time allocation is far from the threshold, in a frame of so many slots.
fn weak_echo(slots: f64) -> Scenario<2> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/weak-echo.toml");
    let AnyScenario::TwoD(mut scenario) = AnyScenario::from_toml_file(file).unwrap() else {
        panic!("weak-echo is in the plane");
    };
    // The same C, whatever the slots.
    scenario.sensing_noise_w *= scenario.frame_duration_s / scenario.sensing_slot_s / slots;
    scenario.sensing_noise_w *= (slots / 100.0).powi(2);
    scenario.sensing_slot_s = scenario.frame_duration_s / slots;
    scenario.slots = Slots::Whole;
    scenario
}

fn designed<'a>(
    scenario: &'a Scenario<2>,
    edit: impl FnOnce(Study<'a, Scenario<2>>) -> Study<'a, Scenario<2>>,
) -> Design {
    edit(Study::new(scenario)).run().unwrap()
}

/// The best of all whole numbers of slots, one beamforming problem for each.
#[test]
fn the_better_neighbour_is_the_best_number_of_slots() {
    for slots in [7.0, 12.0, 12.4] {
        let scenario = weak_echo(slots);
        let sensing = Sensing::design(&scenario.check().unwrap(), None).unwrap();
        let limit = sensing.eta_max().unwrap();
        let found = designed(&scenario, |study| study.scheme(&ZeroForcing));
        let count = (1.0 - found.eta) * slots;
        assert!((count - count.round()).abs() < 1e-12, "{count}");
        assert!(found.eta <= limit * (1.0 + 1e-12));
        let best = (1..slots.ceil() as usize)
            .map(|n| 1.0 - n as f64 / slots)
            .filter(|eta| *eta <= limit && *eta > 0.0)
            .map(|eta| {
                designed(&scenario, |study| study.scheme(&ZeroForcing).eta(eta)).rate_bit_s_hz()
            })
            .fold(0.0, f64::max);
        assert!(
            (found.rate_bit_s_hz() / best - 1.0).abs() < 1e-6,
            "{slots}: {} of {best}",
            found.rate_bit_s_hz()
        );
        // A fraction of a slot can only help, and the gap says by how much at most.
        let mut free = scenario.clone();
        free.slots = Slots::Fractional;
        let free = designed(&free, |study| study.scheme(&ZeroForcing)).rate_bit_s_hz();
        assert!(free >= best * (1.0 - 1e-6), "{slots}: {free} {best}");
        if let Some(gap) = found.eta_global_gap_bit_s_hz {
            assert!(found.rate_bit_s_hz() + gap >= free * (1.0 - 1e-6));
        }
    }
}

#[test]
fn every_strategy_and_every_scheme_leaves_whole_slots() {
    let scenario = weak_echo(30.0);
    let schemes: [&dyn BeamformingScheme; 2] = [&ZeroForcing, &ErrorIgnorant::default()];
    let strategies: [&dyn TimeAllocation; 3] = [
        &Slope::default(),
        &ConstraintMargin::default(),
        &WorstCaseRate::default(),
    ];
    for scheme in schemes {
        for strategy in strategies {
            let design = designed(&scenario, |study| study.scheme(scheme).allocation(strategy));
            let count = (1.0 - design.eta) * 30.0;
            assert!(
                (count - count.round()).abs() < 1e-12,
                "{} {}: {count}",
                scheme.name(),
                strategy.name()
            );
        }
    }
}

/// The threshold asks for 2.3 slots: three of four are spent, and of three none is left for communication.
#[test]
fn a_threshold_may_need_more_whole_slots_than_there_are() {
    let mut scenario = weak_echo(4.0);
    let constant = Sensing::design(&scenario.check().unwrap(), None)
        .unwrap()
        .crlb_constant_m2;
    scenario.crlb_threshold_m2 = constant * 4.0 / 2.3;
    let ignorant = ErrorIgnorant::default();
    let design = designed(&scenario, |study| study.scheme(&ignorant));
    assert_eq!(
        (design.eta, design.termination),
        (0.25, Termination::AtLimit)
    );
    let mut short = scenario.clone();
    short.sensing_slot_s = scenario.frame_duration_s / 3.0;
    let constant = Sensing::design(&short.check().unwrap(), None)
        .unwrap()
        .crlb_constant_m2;
    short.crlb_threshold_m2 = constant * 3.0 / 2.3;
    let error = Study::new(&short).scheme(&ZeroForcing).run().unwrap_err();
    let DesignError::NoWholeSlot { needed, frame } = error else {
        panic!("{error}");
    };
    assert_eq!(needed, 3.0);
    assert!((frame - 3.0).abs() < 1e-12);
    assert_eq!(error.name(), "threshold-unreachable");
    short.slots = Slots::Fractional;
    assert!(designed(&short, |study| study.scheme(&ZeroForcing)).rate_bit_s_hz() > 0.0);
}

/// A fixed time allocation is taken as it is.
#[test]
fn a_fixed_time_allocation_is_not_rounded() {
    let design = designed(&weak_echo(7.0), |study| study.scheme(&ZeroForcing).eta(0.5));
    assert_eq!(design.eta, 0.5);
}

/// Interrupts solvers once so many iterates have been reported.
struct Impatient {
    left: usize,
}

impl Observer for Impatient {
    fn progress(&mut self, _: &Progress) -> bool {
        self.left = self.left.saturating_sub(1);
        true
    }

    fn interrupted(&mut self) -> bool {
        self.left == 0
    }
}

/// Whoever cancels while the neighbours are tried has the better of those that were, or else what the search found and is
/// told so.
#[test]
fn cancelled_among_neighbours() {
    let scenario = weak_echo(12.0);
    let run = |left: usize| {
        let mut observer = Impatient { left };
        let design = Study::new(&scenario).observer(&mut observer).run().unwrap();
        (design, left - observer.left)
    };
    let slots = |design: &Design| (1.0 - design.eta) * 12.0;
    let is_whole = |slots: f64| (slots - slots.round()).abs() < 1e-9;
    let (patient, reports) = run(usize::MAX);
    assert!(is_whole(slots(&patient)));
    // One of two neighbours is known.
    let (one, _) = run(reports - 1);
    assert!(is_whole(slots(&one)) && one.rate_bit_s_hz() > 0.0);
    assert!(one.rate_bit_s_hz() <= patient.rate_bit_s_hz());
    // None is.
    let (none, _) = run(reports - 2);
    assert_eq!(none.termination, Termination::Cancelled);
    assert!(!is_whole(slots(&none)) && none.rate_bit_s_hz() > 0.0);
}
