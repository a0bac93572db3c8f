//! The driver on the presets: reference values, time allocation, termination.
//!
//! A quarter of the combinations runs by default; all of them with
//! `cargo test --release -p td-isac-algos --features toml --test driver -- --include-ignored`.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod designed;

use designed::{Designed, designed, preset, scenario};
use nf_channel::{ArraySpec, LinearExtent};
use robust_sdp::{HermitianIpm, Method};
use td_isac_algos::allocation::*;
use td_isac_algos::scheme::Main;
use td_isac_algos::*;

const STARTS: [f64; 3] = [0.1, 0.5, 0.9];

fn run(scene: &Designed, allocation: &dyn TimeAllocation, eta_start: f64) -> Design {
    run_below(
        scene,
        allocation,
        eta_start,
        scene.sensing.eta_max().unwrap(),
    )
}

fn run_below(
    scene: &Designed,
    allocation: &dyn TimeAllocation,
    eta_start: f64,
    eta_max: f64,
) -> Design {
    let scheme = if allocation.name() == "slope" {
        Main::default()
    } else {
        by_programs()
    };
    Study::new(&scene.downlink)
        .eta_max(eta_max)
        .eta_start(eta_start)
        .scheme(&scheme)
        .allocation(allocation)
        .run()
        .unwrap()
}

/// The paper's alternation holds the forms of the margin's program, which lie inside of what is feasible.
/// Single vectors lie at its boundary, where forms that are held stall at once. What it is compared with is extracted from
/// programs as well.
fn by_programs() -> Main {
    let mut scheme = Main::default();
    scheme.max_min.method = Method::Programs;
    scheme
}

fn at(scene: &Designed, eta: f64) -> Design {
    Study::new(&scene.downlink)
        .eta(eta)
        .scheme(&Main::default())
        .run()
        .unwrap()
}

fn assert_certified(design: &Design) {
    let certificate = design.certified.certificate.unwrap();
    assert!(certificate.min_lmi_eigenvalue_relative >= -1e-9);
    assert!(certificate.noise_margin >= 1.0 - 1e-6);
    assert!(certificate.max_power_ratio <= 1.0 + 1e-9);
    let bound = design.gamma_upper_bound.unwrap();
    // Extraction gives up 1e-3 of the ratio; 0.5 % is what a design may lose in all.
    assert!(design.certified.gamma <= bound * (1.0 + 1e-9));
    assert!(design.certified.gamma >= 0.995 * bound, "{design:?}");
    assert!(design.certified.gamma_nominal >= design.certified.gamma);
}

/// The exact search for the peak; that there is no other is proven in `strategies.rs`.
fn peak() -> Exhaustive {
    Exhaustive {
        gap_tolerance: f64::INFINITY,
        ..Exhaustive::default()
    }
}

/// The properties of a history: it does not fall, and it takes few steps.
fn assert_orderly(design: &Design) {
    assert!(!design.history.is_empty());
    for pair in design.history.windows(2) {
        assert!(pair[1].1 >= pair[0].1, "{:?}", design.history);
    }
    assert!(design.iterations() <= 8, "{:?}", design.history);
    assert_certified(design);
}

/// Steps with the beams held fixed stall short of the peak, where depends on a solver's last digits: 1.1e-3 of the rate
/// at most was seen.
fn close(a: &Design, b: &Design, what: &str) {
    let (x, y) = (a.rate_bit_s_hz(), b.rate_bit_s_hz());
    assert!(
        (x / y - 1.0).abs() < 2e-3,
        "{what}: {x} {:?} against {y} {:?}",
        (a.termination, &a.history),
        (b.termination, &b.history)
    );
}

/// Optimal γ at fixed η from an independent implementation (CVXPY with Clarabel, and a
/// hand-written interior-point method that agreed with it), good to 1e-3.
const REFERENCE: [(&str, f64, f64); 9] = [
    ("weak-echo", 0.3, 54.27571139886597),
    ("weak-echo", 0.6, 30.55302567117691),
    ("weak-echo", 0.9, 6.790194636612357),
    ("paper", 0.3, 10278012.648323074),
    ("paper", 0.6, 5998098.072107545),
    ("paper", 0.9, 1535336.4141909548),
    ("carrier-phase", 0.3, 5019850.205101712),
    ("carrier-phase", 0.6, 2900720.374922965),
    ("carrier-phase", 0.9, 733798.3223915717),
];

fn assert_reference(name: &str) {
    let scene = preset(name);
    for (_, eta, gamma) in REFERENCE.iter().filter(|r| r.0 == name) {
        let design = at(&scene, *eta);
        assert_eq!(design.termination, Termination::Fixed);
        assert!(design.history.is_empty());
        assert_eq!(design.eta, *eta);
        let bound = design.gamma_upper_bound.unwrap();
        assert!((bound / gamma - 1.0).abs() < 1e-3, "{name} {eta}: {bound}");
        assert_certified(&design);
    }
}

#[test]
fn reference_values_weak_echo() {
    assert_reference("weak-echo");
}

#[test]
fn reference_values_paper() {
    assert_reference("paper");
}

#[test]
fn reference_values_carrier_phase() {
    assert_reference("carrier-phase");
}

/// The margin strategy gets to the optimum from anywhere, in few steps.
fn assert_margin_gets_there(name: &str, starts: &[f64]) {
    let scene = preset(name);
    let best = run(&scene, &peak(), 0.5);
    assert_certified(&best);
    for &start in starts {
        let design = run(&scene, &Slope::default(), start);
        assert_certified(&design);
        let (found, exact) = (design.rate_bit_s_hz(), best.rate_bit_s_hz());
        assert!(
            found >= exact * (1.0 - 1e-6),
            "{name}, slope from {start}: {found} {exact}"
        );
        let design = run(&scene, &ConstraintMargin::default(), start);
        assert_orderly(&design);
        close(&design, &best, &format!("{name}, margin from {start}"));
        // No relaxation rate beats that of the exact search, accurate to 1e-6.
        let (found, bound) = (design.history.last().unwrap(), best.history.last().unwrap());
        assert!(found.1 <= bound.1 * (1.0 + 1e-6));
    }
}

#[test]
fn every_start_gets_to_the_optimum_weak_echo() {
    assert_margin_gets_there("weak-echo", &STARTS);
}

#[test]
fn rate_strategy_gets_to_the_optimum() {
    let scene = preset("weak-echo");
    let best = run(&scene, &peak(), 0.5);
    let design = run(&scene, &WorstCaseRate::default(), 0.5);
    assert_orderly(&design);
    close(&design, &best, "rate");
}

#[test]
fn every_start_gets_to_the_optimum_paper() {
    assert_margin_gets_there("paper", &STARTS);
}

#[test]
#[ignore = "every strategy from every start: a minute"]
fn every_strategy_gets_to_the_optimum() {
    for name in ["weak-echo", "paper", "carrier-phase"] {
        let scene = preset(name);
        let best = run(&scene, &peak(), 0.3);
        for start in STARTS {
            let exact = run(&scene, &peak(), start);
            let (a, b) = (exact.history.last().unwrap(), best.history.last().unwrap());
            assert!(
                (a.1 / b.1 - 1.0).abs() < 1e-6,
                "{name} {start}: {a:?} {b:?}"
            );
            for strategy in [
                &ConstraintMargin::default() as &dyn TimeAllocation,
                &WorstCaseRate::default(),
            ] {
                let design = run(&scene, strategy, start);
                assert_orderly(&design);
                close(
                    &design,
                    &best,
                    &format!("{name} {} {start}", strategy.name()),
                );
            }
        }
    }
}

/// The search does not depend on its grid.
#[test]
fn the_grid_does_not_matter() {
    let scene = preset("weak-echo");
    let with_step = |grid_step| {
        let strategy = ConstraintMargin {
            search: LineSearch {
                grid_step,
                ..LineSearch::default()
            },
            ..ConstraintMargin::default()
        };
        run(&scene, &strategy, 0.5)
    };
    close(&with_step(0.1), &with_step(0.025), "grids");
}

/// With frozen multipliers the iteration goes nowhere: multipliers that are optimal at one η
/// leave no margin at another.
#[test]
fn frozen_multipliers_stall_at_the_start() {
    let scene = preset("weak-echo");
    let frozen = ConstraintMargin {
        multipliers: Multipliers::Fixed,
        ..ConstraintMargin::default()
    };
    let best = run(&scene, &ConstraintMargin::default(), 0.1);
    let design = run(&scene, &frozen, 0.1);
    assert!(design.eta < 0.2, "{:?}", design.history);
    assert!(design.rate_bit_s_hz() < 0.5 * best.rate_bit_s_hz());
    assert_certified(&design);
}

/// (18): below the free optimum the limit binds, and the beams are designed at the limit.
#[test]
fn the_threshold_binds() {
    let scene = preset("weak-echo");
    let limit = 0.5;
    let design = run_below(&scene, &ConstraintMargin::default(), 0.6, limit);
    assert_eq!(design.eta, limit);
    assert!(design.history.iter().all(|(eta, _)| *eta > limit));
    assert_certified(&design);
    let there = Study::new(&scene.downlink)
        .eta(limit)
        .scheme(&by_programs())
        .run()
        .unwrap();
    let ratio = design.certified.gamma / there.certified.gamma;
    // Both are brackets of one problem, followed by the same extraction.
    assert!((ratio - 1.0).abs() < 1e-4, "{ratio}");
    // A limit beyond the optimum changes nothing.
    let free = run_below(&scene, &ConstraintMargin::default(), 0.6, 0.999);
    assert!(free.eta > limit && free.eta < 0.999);
}

/// Algorithm 2, line 11, hands the last beams to `η_opt` that were made for the η before it. They keep their
/// promise where errors have become smaller, but promise less than beams made for `η_opt`; where errors have
/// become larger they keep less than they promised.
#[test]
fn stale_beams_are_worse() {
    let scene = preset("weak-echo");
    let (early, late) = (at(&scene, 0.3), at(&scene, 0.75));
    let solver = HermitianIpm::default();
    let guaranteed = |design: &Design, eta: f64| {
        let problem = scene.downlink.full_problem_at(eta).unwrap();
        let worst =
            robust_sdp::worst_case_ratios(&problem, design.beamformers.columns(), &solver).unwrap();
        worst
            .iter()
            .map(|w| w.ratio())
            .fold(f64::INFINITY, f64::min)
    };
    let (stale, fresh) = (guaranteed(&late, 0.3), early.certified.gamma);
    assert!(stale < 0.97 * fresh, "{stale} {fresh}");
    let (kept, promised) = (guaranteed(&early, 0.75), early.certified.gamma);
    assert!(kept < 0.5 * promised, "{kept} {promised}");
    assert!(
        kept < 0.97 * late.certified.gamma,
        "{kept} {}",
        late.certified.gamma
    );
}

/// Cancels after some evaluations, or at some poll inside one; counts both.
#[derive(Default)]
struct Impatient {
    last_evaluation: Option<usize>,
    last_poll: Option<usize>,
    evaluations: usize,
    polls: usize,
    polls_at_first_evaluation: usize,
}

impl Observer for Impatient {
    fn progress(&mut self, _: &Progress) -> bool {
        self.evaluations += 1;
        if self.evaluations == 1 {
            self.polls_at_first_evaluation = self.polls;
        }
        self.last_evaluation
            .is_none_or(|last| self.evaluations < last)
    }

    fn interrupted(&mut self) -> bool {
        self.polls += 1;
        self.last_poll.is_some_and(|last| self.polls >= last)
    }
}

#[test]
fn cancelled_runs_return_their_best_design() {
    let scene = preset("weak-echo");
    let attempt = |observer: &mut Impatient| {
        Study::new(&scene.downlink)
            .eta_max(scene.sensing.eta_max().unwrap())
            .scheme(&Main::default())
            .allocation(&ConstraintMargin::default())
            .observer(observer)
            .run()
    };
    let mut observer = Impatient {
        last_evaluation: Some(1),
        ..Impatient::default()
    };
    let design = attempt(&mut observer).unwrap();
    assert_eq!(design.termination, Termination::Cancelled);
    assert_eq!(design.history.len(), 1);
    assert_eq!(design.eta, 0.5);
    assert_certified(&design);
    let first = observer.polls_at_first_evaluation;
    assert!(first > 10);
    // In the middle of the second beamforming problem: the first is what there is.
    let mut observer = Impatient {
        last_poll: Some(first + 5),
        ..Impatient::default()
    };
    let again = attempt(&mut observer).unwrap();
    assert_eq!(observer.polls, first + 5, "went on after it was cancelled");
    assert_eq!(again.termination, Termination::Cancelled);
    assert_eq!(again.beamformers, design.beamformers);
    // In the middle of the first there is nothing to return yet.
    let mut observer = Impatient {
        last_poll: Some(first / 2),
        ..Impatient::default()
    };
    assert_eq!(attempt(&mut observer).unwrap_err(), DesignError::Cancelled);
}

#[test]
fn runs_are_reproducible_to_the_last_bit() {
    let design = || run(&preset("weak-echo"), &ConstraintMargin::default(), 0.5);
    let (a, b) = (design(), design());
    assert_eq!(a.eta.to_bits(), b.eta.to_bits());
    assert_eq!(a, b);
}

/// N times the antennas on the same aperture: a focused sensing beam is N times stronger at the
/// user and its echo is combined by N times the antennas, so C falls about as 1/N² (the ends of the
/// aperture stay where they are, so not exactly). Signals grow by N and relative errors fall, so γ
/// grows, by no more than both together. The reduced problem keeps its size.
#[test]
fn antennas_on_the_same_aperture() {
    let few = scenario("weak-echo");
    let mut many = few.clone();
    for spec in &mut many.access_points {
        if let ArraySpec::UniformLinear {
            elements, extent, ..
        } = spec
        {
            assert!(matches!(extent, Some(LinearExtent::Aperture { .. })));
            *elements = 257;
        }
    }
    let eta = 0.6;
    let few = designed(few);
    let many = designed(many);
    let gain = 257.0 / 21.0;
    let information = few.sensing.crlb_constant_m2 / many.sensing.crlb_constant_m2;
    assert!(
        information > 0.5 * gain * gain && information < 2.0 * gain * gain,
        "{information}"
    );
    let (a, b) = (at(&few, eta), at(&many, eta));
    assert!(b.certified.gamma > a.certified.gamma);
    assert!(b.certified.gamma < information * gain * a.certified.gamma);
    assert_certified(&b);
    assert_eq!(b.beamformers.stacked(0).len(), 3 * 257);
    assert_eq!(few.downlink.dimension(), many.downlink.dimension());
}

#[test]
fn bad_options_are_named() {
    let scene = preset("weak-echo");
    for bad in [0.0, 1.0, -0.5, f64::NAN] {
        let start = Study::new(&scene.downlink)
            .eta_max(0.5)
            .scheme(&Main::default())
            .allocation(&ConstraintMargin::default())
            .eta_start(bad)
            .run();
        assert!(matches!(
            start,
            Err(DesignError::BadTimeAllocation {
                name: "eta_start",
                ..
            })
        ));
    }
}
