//! A bound on all forms by errors one by one: closed forms, orders, and the proof in full.
#![allow(clippy::unwrap_used)]

use faer::c64;
use robust_sdp::*;

fn re(x: f64) -> c64 {
    c64::new(x, 0.0)
}

fn bound(problem: &ValidRatioProblem) -> (MaxMinSolution, BeamBound) {
    let solver = HermitianIpm::default();
    let best = max_min_ratio(problem, &solver, &MaxMinOptions::default(), &mut || false).unwrap();
    let options = BeamBoundOptions::default();
    let bound = bound_beams(problem, &best.point, &solver, &options, &mut || false).unwrap();
    (best, bound)
}

fn one(nominal: Vec<c64>, group_sizes: Vec<usize>, errors: Vec<ErrorBlock>) -> ValidRatioProblem {
    RatioProblem {
        budgets: vec![4.0; group_sizes.len()],
        group_sizes,
        targets: vec![RatioTarget {
            nominal,
            errors,
            floor: 0.5,
        }],
    }
    .check()
    .unwrap()
}

/// One vector in a ball: `P (‖ĥ‖ - ε)²/σ²`, which the S-procedure meets.
#[test]
fn one_ball() {
    let errors = vec![ErrorBlock::Ball {
        group: 0,
        radius: 1.0,
    }];
    let (best, bound) = bound(&one(vec![re(3.0), c64::new(0.0, 4.0)], vec![2], errors));
    let exact = 4.0 * 16.0 / 0.5;
    assert!(
        (bound.ratio() / exact - 1.0).abs() < 1e-3,
        "{}",
        bound.ratio()
    );
    assert!(bound.ratio() >= best.bracket.lower());
}

/// Two groups whose phases differ by up to two radians: a cross term of either sign does harm at one end, so forms without one
/// are best, `(9 + 16) P/σ²`; a single vector has one and attains less.
#[test]
fn two_phases() {
    let phase = |group| ErrorBlock::Phase { group, angle: 1.0 };
    let problem = one(vec![re(3.0), re(4.0)], vec![1, 1], vec![phase(0), phase(1)]);
    let (_, bound) = bound(&problem);
    let exact = 25.0 * 4.0 / 0.5;
    assert!(
        (bound.ratio() / exact - 1.0).abs() < 1e-3,
        "{}",
        bound.ratio()
    );
}

/// Errors that leave nothing certain: no program is needed to say so. Options out of range are named.
#[test]
fn nothing_to_bound() {
    let errors = vec![ErrorBlock::Ball {
        group: 0,
        radius: 6.0,
    }];
    let problem = one(vec![re(3.0), re(4.0)], vec![2], errors);
    let (best, bound) = bound(&problem);
    assert_eq!(bound.ratio(), 0.0);
    let wrong = BeamBoundOptions {
        tolerance: 0.0,
        ..BeamBoundOptions::default()
    };
    let solver = HermitianIpm::default();
    let error = bound_beams(&problem, &best.point, &solver, &wrong, &mut || false).unwrap_err();
    assert!(error.to_string().contains("tolerance"), "{error}");
    let options = BeamBoundOptions::default();
    let nothing = RatioPoint {
        forms: Vec::new(),
        ..best.point
    };
    let error = bound_beams(&problem, &nothing, &solver, &options, &mut || false).unwrap_err();
    assert!(error.to_string().contains("forms"), "{error}");
}

/// Multipliers that say nothing are no start, and no harm: the attack finds the errors.
#[test]
fn multipliers_of_nothing() {
    let errors = vec![ErrorBlock::Ball {
        group: 0,
        radius: 1.0,
    }];
    let problem = one(vec![re(3.0), c64::new(0.0, 4.0)], vec![2], errors);
    let (best, _) = bound(&problem);
    let options = BeamBoundOptions::default();
    for value in [0.0, f64::NAN] {
        let mut point = best.point.clone();
        point.duals[0] = faer::Mat::from_fn(3, 3, |_, _| re(value));
        let solver = HermitianIpm::default();
        let found = bound_beams(&problem, &point, &solver, &options, &mut || false).unwrap();
        assert!(
            (found.ratio() / 128.0 - 1.0).abs() < 1e-3,
            "{}",
            found.ratio()
        );
    }
}

/// Units do not matter: amplitudes of 1e-6, floors of 1e-13.
#[test]
fn small_units() {
    let errors = vec![ErrorBlock::Ball {
        group: 0,
        radius: 1e-6,
    }];
    let mut problem = one(vec![re(3e-6), c64::new(0.0, 4e-6)], vec![2], errors).into_inner();
    problem.targets[0].floor = 0.5e-13;
    let (_, bound) = bound(&problem.check().unwrap());
    let exact = 4.0 * 16.0e-12 / 0.5e-13;
    assert!(
        (bound.ratio() / exact - 1.0).abs() < 1e-3,
        "{}",
        bound.ratio()
    );
}
