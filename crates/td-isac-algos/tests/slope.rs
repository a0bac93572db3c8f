//! The rate's slope from the multipliers of one solution, against differences of optima.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod designed;

use designed::{designed, scenario};
use robust_sdp::{HermitianIpm, MaxMinOptions, MaxMinSolution, Method, max_min_ratio};
use td_isac_algos::Downlink;
use td_isac_algos::scenario::{ErrorSize, UncertaintySpec};
use td_isac_algos::uncertainty::PositionSet;

fn solved(downlink: &Downlink, eta: f64, method: Method) -> MaxMinSolution {
    let options = MaxMinOptions {
        method,
        ratio_tolerance: if method == Method::Programs {
            1e-8
        } else {
            1e-6
        },
        ..MaxMinOptions::default()
    };
    let problem = downlink.problem_at(eta).unwrap();
    max_min_ratio(&problem, &HermitianIpm::default(), &options, &mut || false).unwrap()
}

/// `dγ/dη` by both methods, and by a difference of optima that are brackets of 1e-8 or what rounding makes of that.
fn assert_slope(downlink: &Downlink, eta: f64, what: &str) {
    let half = 1e-5;
    let (from, to) = (
        downlink.problem_at(eta - half).unwrap(),
        downlink.problem_at(eta + half).unwrap(),
    );
    let step = 2e-3 * (1.0 - eta);
    let middle = |eta: f64| {
        let found = solved(downlink, eta, Method::Programs);
        0.5 * (found.bracket.lower() + found.bracket.upper())
    };
    let expected = (middle(eta + step) - middle(eta - step)) / (2.0 * step);
    for method in [Method::Programs, Method::Vectors] {
        let solution = solved(downlink, eta, method);
        let found = solution.point.derivative(&from, &to, 2.0 * half).unwrap();
        assert!(
            (found / expected - 1.0).abs() < 2e-3,
            "{what} at {eta}, {method:?}: {found} against {expected}"
        );
        assert!(found < 0.0);
    }
}

fn assert_slopes(preset: &str, set: PositionSet, etas: &[f64]) {
    let mut scenario = scenario(preset);
    scenario.uncertainty = UncertaintySpec {
        set,
        size: ErrorSize::Scale(1.0),
    };
    let scene = designed_with(scenario);
    for &eta in etas {
        assert_slope(&scene, eta, &format!("{preset}, {set:?}"));
    }
}

fn designed_with(scenario: td_isac_algos::scenario::Scenario<2>) -> Downlink {
    let checked = scenario.clone().check().unwrap();
    let sensing = td_isac_algos::Sensing::design(&checked, None).unwrap();
    checked.robust_downlink(&sensing).unwrap()
}

#[test]
fn papers_balls() {
    let scene = designed(scenario("paper"));
    for eta in [0.3, 0.9] {
        assert_slope(&scene.downlink, eta, "paper");
    }
}

#[test]
fn phases() {
    assert_slopes("weak-echo", PositionSet::Phase, &[0.6]);
}

#[test]
fn ellipses() {
    assert_slopes("carrier-phase", PositionSet::Ellipse, &[0.5]);
}

/// One target and one ball: `γ = P (‖ĥ‖ - ε)²/σ²`, so `dγ/dε = -2 P (‖ĥ‖ - ε)/σ²`; and given beams along `ĥ` have the
/// same worst case.
#[test]
fn one_ball_in_closed_form() {
    use robust_sdp::faer::c64;
    use robust_sdp::{ErrorBlock, RatioPoint, RatioProblem, RatioTarget, worst_case_ratios};
    let problem = |radius: f64| {
        RatioProblem {
            group_sizes: vec![2],
            budgets: vec![4.0],
            targets: vec![RatioTarget {
                nominal: vec![c64::new(3.0, 0.0), c64::new(0.0, 4.0)],
                errors: vec![ErrorBlock::Ball { group: 0, radius }],
                floor: 0.5,
            }],
        }
        .check()
        .unwrap()
    };
    let solver = HermitianIpm::default();
    let (here, from, to) = (problem(1.0), problem(0.999), problem(1.001));
    let expected = -2.0 * 4.0 * (5.0 - 1.0) / 0.5;
    for method in [Method::Automatic, Method::Programs, Method::Vectors] {
        let options = MaxMinOptions {
            method,
            ..MaxMinOptions::default()
        };
        let best = max_min_ratio(&here, &solver, &options, &mut || false).unwrap();
        let found = best.point.derivative(&from, &to, 0.002).unwrap();
        assert!((found / expected - 1.0).abs() < 1e-4, "{method:?}: {found}");
        let worst = worst_case_ratios(&here, &best.point.forms, &solver).unwrap();
        let given = RatioPoint::of_given_forms(
            &here,
            &best.point.forms,
            &[worst[0].multipliers().to_vec()],
            worst[0].ratio(),
        );
        let found = given.unwrap().derivative(&from, &to, 0.002).unwrap();
        assert!(
            (found / expected - 1.0).abs() < 1e-3,
            "given, {method:?}: {found}"
        );
        // A block that vanishes changes the structure.
        assert_eq!(best.point.derivative(&problem(0.0), &to, 1.0), None);
    }
}
