//! The barrier method on vectors against the semidefinite programs, against closed forms, and where
//! programs are too large.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod random;

use faer::{Mat, c64};
use random::*;
use robust_sdp::*;

/// Agreement with the programs, and the width of a bracket that counts as closed.
const SAME: f64 = 1e-5;
const CLOSED: f64 = 1e-4;

fn by(method: Method, problem: &RatioProblem) -> Result<MaxMinSolution, RobustError> {
    let problem = problem.clone().check().unwrap();
    let options = MaxMinOptions {
        method,
        ..MaxMinOptions::default()
    };
    max_min_ratio(&problem, &HermitianIpm::default(), &options, &mut || false)
}

/// What the forms and multipliers of a solution prove by themselves.
fn assert_certified(problem: &RatioProblem, solution: &MaxMinSolution) {
    let problem = problem.clone().check().unwrap();
    let proof = certify(
        &problem,
        &solution.point.forms,
        &solution.point.multipliers,
        solution.bracket.lower(),
    )
    .unwrap();
    assert!(proof.noise_margin >= 1.0 - 1e-6, "{proof:?}");
    assert!(proof.min_lmi_eigenvalue_relative >= -1e-9, "{proof:?}");
    assert!(proof.max_power_ratio <= 1.0 + 1e-9, "{proof:?}");
}

fn assert_agree(problem: &RatioProblem) -> MaxMinSolution {
    let programs = by(Method::Programs, problem).unwrap();
    let vectors = by(Method::Vectors, problem).unwrap();
    let off = vectors.bracket.lower() / programs.bracket.lower() - 1.0;
    assert!(off.abs() < SAME, "{off:e} {vectors:?} {programs:?}");
    let width = vectors.bracket.upper() / vectors.bracket.lower() - 1.0;
    assert!(width < CLOSED, "{width:e}");
    // Both brackets hold the optimum.
    assert!(vectors.bracket.lower() <= programs.bracket.upper());
    assert!(programs.bracket.lower() <= vectors.bracket.upper());
    assert_certified(problem, &vectors);
    vectors
}

fn shape(targets: usize, groups: usize, radii: (f64, f64), floor: f64) -> Shape {
    Shape {
        targets,
        groups: vec![targets; groups],
        radii,
        floors: (floor, 2.0 * floor),
    }
}

#[test]
fn the_two_methods_agree() {
    for (targets, groups) in [(2, 2), (3, 2), (2, 3), (4, 2), (3, 3)] {
        for (radii, floor) in [
            ((0.05, 0.3), 0.3),
            ((0.001, 0.5), 0.1),
            ((0.01, 0.02), 0.01),
        ] {
            let seed = 7 + targets as u64 + 10 * groups as u64;
            let shape = shape(targets, groups, radii, floor);
            assert_agree(&problem(&mut Draw::new(seed), &shape));
        }
    }
}

#[test]
fn exact_vectors() {
    let mut exact = problem(&mut Draw::new(3), &shape(3, 2, (0.1, 0.1), 0.1));
    exact.targets.iter_mut().for_each(|t| t.errors.clear());
    assert_agree(&exact);
    // One target known exactly, one group of another.
    let mut mixed = problem(&mut Draw::new(4), &shape(3, 2, (0.1, 0.2), 0.1));
    mixed.targets[0].errors.clear();
    mixed.targets[1].errors.remove(0);
    assert_agree(&mixed);
}

#[test]
fn dependent_vectors() {
    let mut draw = Draw::new(5);
    let mut twins = problem(&mut draw, &shape(3, 2, (0.05, 0.2), 0.2));
    twins.targets[1].nominal = twins.targets[0].nominal.clone();
    // No zero-forcing; the two share everything, so their ratio is below one.
    let found = assert_agree(&twins);
    assert!(found.bracket.lower() < 1.0);
}

#[test]
fn other_errors_than_balls() {
    for (seed, field) in [(11, Field::Real), (12, Field::Complex)] {
        let mut draw = Draw::new(seed);
        let mut problem = problem(&mut draw, &shape(2, 2, (0.05, 0.1), 0.2));
        for target in &mut problem.targets {
            let matrix = Mat::from_fn(4, 2, |_, _| draw.complex() * 0.05);
            target.errors.push(ErrorBlock::Directions { matrix, field });
        }
        assert_agree(&problem);
    }
    let mut draw = Draw::new(13);
    let mut turning = problem(&mut draw, &shape(2, 2, (0.05, 0.1), 0.2));
    for target in &mut turning.targets {
        let phase = |group, angle| ErrorBlock::Phase { group, angle };
        target.errors.extend([phase(0, 0.2), phase(1, 0.1)]);
    }
    assert_agree(&turning);
}

/// Errors nearly as large as the vectors: the optimal forms are not of rank one, single vectors
/// attain less, and the method finds that out.
#[test]
fn forms_of_higher_rank() {
    let large_errors = problem(&mut Draw::new(0), &shape(4, 2, (0.8, 0.95), 0.1));
    let found = assert_agree(&large_errors);
    assert!(found.point.forms.iter().any(|g| g.ncols() > 1));
}

/// A single target's optimum is known in closed form: `Σ_m sqrt(P_m) (‖ĥ_m‖ - ε_m)`, squared.
#[test]
fn one_target_in_closed_form() {
    let problem = problem(&mut Draw::new(9), &shape(1, 3, (0.1, 0.9), 0.1));
    let target = &problem.targets[0];
    let amplitude: f64 = (0..3)
        .map(|m| {
            let ErrorBlock::Ball { radius, .. } = target.errors[m] else {
                panic!("balls only");
            };
            problem.budgets[m].sqrt() * (target.nominal[m].norm() - radius)
        })
        .sum();
    let found = by(Method::Vectors, &problem).unwrap();
    let expected = amplitude * amplitude / target.floor;
    assert!((found.bracket.lower() / expected - 1.0).abs() < SAME);
    assert!((found.bracket.upper() / expected - 1.0).abs() < SAME);
}

/// Negligible floors make the programs' answer a critical ratio. The method may fail there, but only by
/// name and with a bracket that holds the answer.
#[test]
fn next_to_the_critical_ratio() {
    let mut solved = 0;
    for seed in 0..4 {
        let problem = problem(&mut Draw::new(seed), &shape(3, 2, (0.1, 0.3), 1e-7));
        let programs = by(Method::Programs, &problem).unwrap();
        let found = by(Method::Vectors, &problem).unwrap();
        if found.bracket.relative_width() < 5e-3 {
            solved += 1;
            assert_certified(&problem, &found);
            assert!((found.bracket.lower() / programs.bracket.lower() - 1.0).abs() < SAME);
        }
        assert!(found.bracket.lower() <= programs.bracket.upper());
        assert!(programs.bracket.lower() <= found.bracket.upper());
    }
    assert!(solved >= 2, "{solved}");
}

/// A tolerance looser than the search for the critical ratio needs anyway: an answer, or a bracket by name.
#[test]
fn loose_tolerances_next_to_the_critical_ratio() {
    let options = MaxMinOptions {
        method: Method::Programs,
        ratio_tolerance: 0.1,
        ..MaxMinOptions::default()
    };
    let mut critical = 0;
    for seed in 0..6 {
        let shape = shape(3, 2, (0.01, 0.3), 1e-7);
        let problem = problem(&mut Draw::new(seed), &shape).check().unwrap();
        let native = HermitianIpm::default();
        let found = max_min_ratio(&problem, &native, &options, &mut || false).unwrap();
        let (lower, upper) = (found.bracket.lower(), found.bracket.upper());
        let exact = by(Method::Programs, &problem.into_inner()).unwrap();
        assert!(lower <= exact.bracket.upper() && exact.bracket.lower() <= upper);
        critical += usize::from(upper < 1.11 * lower);
    }
    assert!(critical >= 3, "{critical}");
}

#[test]
fn nothing_to_guarantee_is_an_answer() {
    let mut swallowed = problem(&mut Draw::new(2), &shape(2, 2, (0.1, 0.2), 0.1));
    let target = &mut swallowed.targets[0];
    for (m, block) in target.errors.iter_mut().enumerate() {
        if let ErrorBlock::Ball { radius, .. } = block {
            *radius = 1.01 * length(&target.nominal[2 * m..2 * m + 2]);
        }
    }
    let found = by(Method::Vectors, &swallowed).unwrap();
    assert_eq!(found.bracket.lower(), 0.0);
    assert_eq!(found.bracket.upper(), 0.0);
}

#[test]
fn cancellation_is_obeyed() {
    let problem = problem(&mut Draw::new(1), &shape(3, 2, (0.1, 0.2), 0.1))
        .check()
        .unwrap();
    let options = MaxMinOptions {
        method: Method::Vectors,
        ..MaxMinOptions::default()
    };
    let mut polls = 0;
    let error = max_min_ratio(&problem, &HermitianIpm::default(), &options, &mut || {
        polls += 1;
        polls > 5
    })
    .unwrap_err();
    assert!(error.is_cancellation(), "{error}");
}

/// 3456 unknowns as programs: vectors by default, certified, and rank-one beams without any program.
#[test]
fn six_targets_and_four_groups() {
    let problem = problem(&mut Draw::new(1), &shape(6, 4, (0.001, 0.1), 0.1));
    let found = by(Method::Automatic, &problem).unwrap();
    assert!(found.bracket.upper() < found.bracket.lower() * (1.0 + CLOSED));
    assert_certified(&problem, &found);
    assert!(found.point.forms.iter().all(|g| g.ncols() == 1));
    let valid = problem.check().unwrap();
    let attained = Attained {
        ratio: found.bracket.lower(),
        slope: found.point.slope,
        forms: &found.point.forms,
    };
    let solver = HermitianIpm::default();
    let beams = rank_one(
        &valid,
        &solver,
        &attained,
        &RankOneOptions::default(),
        &mut || false,
    )
    .unwrap();
    assert_eq!((beams.solves, beams.eigenvalue_ratio), (0, 0.0));
    let worst = worst_case_ratios(&valid, &beams.vectors, &solver).unwrap();
    for case in worst {
        assert!(case.ratio() > found.bracket.lower() * (1.0 - SAME));
    }
}

/// Forms of two columns with more unknowns than any program is given: the method finds the single
/// vectors itself, and they attain what the forms did.
#[test]
fn single_vectors_where_programs_are_too_large() {
    let shape = Shape {
        targets: 6,
        groups: vec![7; 4],
        radii: (0.01, 0.05),
        floors: (0.1, 0.2),
    };
    let problem = problem(&mut Draw::new(31), &shape);
    let solution = by(Method::Vectors, &problem).unwrap();
    let valid = problem.check().unwrap();
    // The same powers, each split among two columns.
    let forms: Vec<Mat<c64>> = solution
        .point
        .forms
        .iter()
        .map(|g| Mat::from_fn(g.nrows(), 2, |i, j| g[(i, 0)] * [0.6, 0.8][j]))
        .collect();
    let attained = Attained {
        ratio: solution.bracket.lower(),
        slope: solution.point.slope,
        forms: &forms,
    };
    let solver = HermitianIpm::default();
    let options = RankOneOptions::default();
    let found = rank_one(&valid, &solver, &attained, &options, &mut || false).unwrap();
    assert!(found.vectors.iter().all(|g| g.ncols() == 1));
    let worst = worst_case_ratios(&valid, &found.vectors, &solver).unwrap();
    for target in worst {
        assert!(target.ratio() > solution.bracket.lower() * (1.0 - 1e-3));
    }
    let cancelled = rank_one(&valid, &solver, &attained, &options, &mut || true).unwrap_err();
    assert!(cancelled.is_cancellation(), "{cancelled}");
}

/// Errors that leave nothing of a vector as a whole, but one of its groups.
#[test]
fn one_group_is_left() {
    let mut problem = problem(&mut Draw::new(32), &shape(2, 2, (0.05, 0.1), 0.2));
    for target in &mut problem.targets {
        let square: f64 = target.nominal.iter().map(|v| v.norm_sqr()).sum();
        target.errors[1] = ErrorBlock::Ball {
            group: 1,
            radius: 5.0 * square.sqrt(),
        };
    }
    assert_agree(&problem);
}
