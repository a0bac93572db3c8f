//! The attack lies between what is certified and what any error gives, and inside the set.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod random;

use faer::{Mat, c64};
use proptest::prelude::*;
use random::*;
use robust_sdp::*;

/// Kinds of uncertainty sets.
#[derive(Debug, Clone, Copy)]
enum Set {
    Balls,
    Complex,
    Real,
    /// A ball, complex directions and real ones.
    Mixed,
    /// One group turned by an unknown phase.
    Turned,
    /// Both groups turned, with their balls and complex directions.
    TurnedMixed,
}

fn with_set(draw: &mut Draw, set: Set) -> RatioProblem {
    let shape = Shape {
        targets: 3,
        groups: vec![2, 3],
        radii: (0.02, 0.3),
        floors: (0.01, 1.0),
    };
    let mut problem = problem(draw, &shape);
    let n = problem.dimension();
    for target in &mut problem.targets {
        let size = length(&target.nominal);
        let mut directions = |field| ErrorBlock::Directions {
            matrix: draw.matrix(n, 2) * faer::Scale(re(0.1 * size)),
            field,
        };
        match set {
            Set::Balls => {}
            Set::Complex => target.errors = vec![directions(Field::Complex)],
            Set::Real => target.errors = vec![directions(Field::Real)],
            Set::Mixed => {
                target.errors.truncate(1);
                target.errors.push(directions(Field::Complex));
                target.errors.push(directions(Field::Real));
            }
            Set::Turned => target.errors = vec![turned(0, 0.4)],
            Set::TurnedMixed => {
                let complex = directions(Field::Complex);
                target
                    .errors
                    .extend([turned(0, 0.3), complex, turned(1, 0.1)]);
            }
        }
    }
    problem
}

/// A group turned by up to an angle.
fn turned(group: usize, angle: f64) -> ErrorBlock {
    ErrorBlock::Phase { group, angle }
}

/// `Σ_i E_i x_i` by the definition of the blocks.
fn error(problem: &RatioProblem, k: usize, coordinates: &[Vec<c64>]) -> Vec<c64> {
    let groups = ranges(&problem.group_sizes);
    let mut sum = vec![re(0.0); problem.dimension()];
    for (block, x) in problem.targets[k].errors.iter().zip(coordinates) {
        match block {
            ErrorBlock::Ball { group, radius } => {
                for (i, v) in groups[*group].clone().zip(x) {
                    sum[i] += v * *radius;
                }
            }
            ErrorBlock::Directions { matrix, field } => {
                for (j, v) in x.iter().enumerate() {
                    assert!(*field == Field::Complex || v.im == 0.0);
                    for (i, s) in sum.iter_mut().enumerate() {
                        *s += matrix[(i, j)] * v;
                    }
                }
            }
            ErrorBlock::Phase { group, angle } => {
                // A pure phase, and no larger than allowed.
                assert!((x[0].norm() - 1.0).abs() < 1e-12);
                assert!(x[0].arg().abs() <= angle * (1.0 + 1e-9));
                for i in groups[*group].clone() {
                    sum[i] += problem.targets[k].nominal[i] * (x[0] - 1.0);
                }
            }
        }
    }
    sum
}

fn shifted(problem: &RatioProblem, k: usize, error: &[c64]) -> Vec<c64> {
    let nominal = &problem.targets[k].nominal;
    nominal.iter().zip(error).map(|(h, e)| h + e).collect()
}

/// Coordinates on the surface of each block's ball, or on its arc.
fn random_coordinates(draw: &mut Draw, problem: &RatioProblem, k: usize) -> Vec<Vec<c64>> {
    let blocks = problem.targets[k].errors.iter();
    blocks
        .map(|block| {
            let (count, field) = match block {
                ErrorBlock::Ball { group, .. } => (problem.group_sizes[*group], Field::Complex),
                ErrorBlock::Directions { matrix, field } => (matrix.ncols(), *field),
                ErrorBlock::Phase { angle, .. } => {
                    return vec![c64::from_polar(1.0, draw.between(-angle, *angle))];
                }
            };
            let mut x = draw.vector(count);
            if field == Field::Real {
                x.iter_mut().for_each(|v| v.im = 0.0);
            }
            let norm = length(&x);
            x.iter().map(|v| v / norm).collect()
        })
        .collect()
}

/// Beams that serve their targets: matched to the vectors, a little disturbed.
fn sensible_beams(draw: &mut Draw, problem: &ValidRatioProblem) -> Vec<Mat<c64>> {
    let mut beams: Vec<Mat<c64>> = problem
        .targets
        .iter()
        .map(|t| {
            Mat::from_fn(problem.dimension(), 1, |i, _| {
                t.nominal[i] + draw.complex() * 0.1
            })
        })
        .collect();
    fill_budget(problem, &mut beams);
    beams
}

/// Certified, attacked, nominal.
fn bracket(problem: &RatioProblem, draw: &mut Draw) -> Vec<(f64, f64, f64)> {
    let valid = problem.clone().check().unwrap();
    let beams = sensible_beams(draw, &valid);
    let solver = HermitianIpm::default();
    let certified = worst_case_ratios(&valid, &beams, &solver).unwrap();
    let claims: Vec<WorstCaseClaim> = certified.iter().map(Into::into).collect();
    let attacks = attack(&valid, &beams, &claims, &AttackOptions::default()).unwrap();
    let nominal = nominal_ratios(&valid, &beams).unwrap();
    for (k, found) in attacks.iter().enumerate() {
        // The error is in the set and does what is claimed.
        let floor = problem.targets[k].floor;
        for x in &found.coordinates {
            assert!(length(x) <= 1.0 + 1e-12);
        }
        let again = error(problem, k, &found.coordinates);
        let apart: Vec<c64> = again.iter().zip(&found.error).map(|(a, b)| a - b).collect();
        assert!(length(&apart) <= 1e-12 * (1.0 + length(&again)));
        let value = ratio(&shifted(problem, k, &found.error), &beams, k, floor);
        assert!((value - found.ratio).abs() <= 1e-9 * found.ratio.max(1e-6));
        // No sample is worse than the certificate, and none beats the attack by much.
        for _ in 0..200 {
            let x = random_coordinates(draw, problem, k);
            let sample = ratio(
                &shifted(problem, k, &error(problem, k, &x)),
                &beams,
                k,
                floor,
            );
            assert!(sample >= certified[k].ratio() * (1.0 - 1e-9));
            assert!(
                sample >= found.ratio * (1.0 - 1e-6),
                "{sample} {}",
                found.ratio
            );
        }
    }
    (0..attacks.len())
        .map(|k| (certified[k].ratio(), attacks[k].ratio, nominal[k]))
        .collect()
}

/// The errors of a bound on all forms are in the set, and no forms tried exceed it under them: the best that are known, and others. Where
/// the S-procedure loses nothing the bound is that of what can be certified.
fn bound_on_all_forms(seed: u64, set: Set) -> Result<(), TestCaseError> {
    let mut draw = Draw::new(seed);
    let problem = with_set(&mut draw, set);
    let valid = problem.clone().check().unwrap();
    let solver = HermitianIpm::default();
    let options = BeamBoundOptions::default();
    let best = max_min_ratio(&valid, &solver, &MaxMinOptions::default(), &mut || false).unwrap();
    let bound = bound_beams(&valid, &best.point, &solver, &options, &mut || false).unwrap();
    let (ratio_bound, lower) = (bound.ratio(), best.bracket.lower());
    prop_assert!(lower <= ratio_bound, "{set:?}: {lower} {ratio_bound}");
    prop_assert!(ratio_bound <= bound_alone(&valid) * (1.0 + 1e-12));
    if matches!(set, Set::Balls | Set::Complex | Set::Real) && lower > 1e-6 {
        let upper = best.bracket.upper();
        prop_assert!(
            ratio_bound <= upper * 1.002,
            "{set:?}: {upper} {ratio_bound}"
        );
    }
    let mut tried = vec![best.point.forms, sensible_beams(&mut draw, &valid)];
    for _ in 0..20 {
        let mut near = tried[0].clone();
        for g in &mut near {
            let step = draw.matrix(g.nrows(), g.ncols()) * faer::Scale(re(0.03));
            *g += step;
        }
        fill_budget(&valid, &mut near);
        tried.push(near);
    }
    for forms in &tried {
        let worst = (bound.errors().iter().enumerate()).flat_map(|(k, list)| {
            let floor = problem.targets[k].floor;
            let (problem, forms) = (&problem, &forms);
            list.iter().map(move |e| {
                let h = shifted(problem, k, &error(problem, k, &e.coordinates));
                ratio(&h, forms, k, floor)
            })
        });
        let worst = worst.fold(f64::INFINITY, f64::min);
        prop_assert!(
            worst <= ratio_bound * (1.0 + 1e-9) || worst == f64::INFINITY,
            "{set:?}: {worst} {ratio_bound}"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(6))]

    #[test]
    fn no_forms_exceed_the_bound(seed in any::<u64>()) {
        for set in [Set::Balls, Set::Complex, Set::Real, Set::Mixed, Set::Turned, Set::TurnedMixed] {
            bound_on_all_forms(seed, set)?;
        }
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn certified_attacked_nominal(seed in any::<u64>()) {
        for set in [Set::Balls, Set::Complex, Set::Real, Set::Mixed, Set::Turned, Set::TurnedMixed] {
            let mut draw = Draw::new(seed);
            let problem = with_set(&mut draw, set);
            for (certified, attacked, nominal) in bracket(&problem, &mut draw) {
                prop_assert!(certified <= attacked * (1.0 + 1e-9), "{set:?}: {certified} {attacked}");
                prop_assert!(attacked <= nominal * (1.0 + 1e-12), "{set:?}: {attacked} {nominal}");
                // The S-procedure loses nothing for one block and for two complex ones, so
                // there the attack has to arrive at the certificate.
                if matches!(set, Set::Balls | Set::Complex | Set::Real) {
                    prop_assert!(attacked < certified * (1.0 + 1e-5) + 1e-9, "{set:?}: {certified} {attacked}");
                }
            }
        }
    }
}

/// One vector in one ball: the worst error points against the vector, `P (‖ĥ‖ - ε)² / σ²`.
#[test]
fn single_target_in_closed_form() {
    let problem = RatioProblem {
        group_sizes: vec![3],
        budgets: vec![2.0],
        targets: vec![RatioTarget {
            nominal: vec![c64::new(1.0, 2.0), c64::new(0.0, -2.0), re(0.0)],
            errors: vec![ErrorBlock::Ball {
                group: 0,
                radius: 0.5,
            }],
            floor: 0.25,
        }],
    }
    .check()
    .unwrap();
    let mut beams = vec![Mat::from_fn(3, 1, |i, _| problem.targets[0].nominal[i])];
    fill_budget(&problem, &mut beams);
    let found = attack(&problem, &beams, &[], &AttackOptions::default()).unwrap();
    assert!((found[0].ratio / (2.0 * 2.5f64.powi(2) / 0.25) - 1.0).abs() < 1e-12);
    for (e, h) in found[0].error.iter().zip(&problem.targets[0].nominal) {
        assert!((e + h * (0.5 / 3.0)).norm() < 1e-6);
    }
}

/// Balls that swallow the vector leave nothing; no errors leave the nominal ratio.
#[test]
fn extremes() {
    let mut draw = Draw::new(3);
    let shape = Shape {
        targets: 2,
        groups: vec![3],
        radii: (1.5, 2.0),
        floors: (0.1, 1.0),
    };
    let mut problem = problem(&mut draw, &shape);
    let found = bracket(&problem, &mut draw);
    assert!(
        found
            .iter()
            .all(|(certified, attacked, _)| *certified == 0.0 && *attacked < 1e-12)
    );
    problem.targets.iter_mut().for_each(|t| t.errors.clear());
    for (certified, attacked, nominal) in bracket(&problem, &mut draw) {
        // A certificate gives up 1e-10 to hold in other coordinates too.
        let given_up = 1.0 - certified / nominal;
        assert!(given_up > 0.0 && given_up < 1.1e-10, "{given_up:e}");
        assert!((attacked / nominal - 1.0).abs() < 1e-12);
    }
}

/// The same seed finds the same error, to the last bit.
#[test]
fn reproducible() {
    let mut draw = Draw::new(8);
    let problem = with_set(&mut draw, Set::Mixed).check().unwrap();
    let beams = sensible_beams(&mut draw, &problem);
    let run = || attack(&problem, &beams, &[], &AttackOptions::default()).unwrap();
    assert_eq!(run(), run());
}

#[test]
fn wrong_shapes_are_named() {
    let mut draw = Draw::new(9);
    let problem = with_set(&mut draw, Set::Balls).check().unwrap();
    let beams = sensible_beams(&mut draw, &problem);
    let options = AttackOptions::default();
    let error = attack(&problem, &beams[..2], &[], &options).unwrap_err();
    assert!(matches!(
        error,
        RobustError::WrongLength { what: "forms", .. }
    ));
    let worst = WorstCaseClaim {
        ratio: 1.0,
        multipliers: vec![0.0; 2],
    };
    let error = attack(&problem, &beams, &[worst], &options).unwrap_err();
    let what = "certified worst cases";
    assert!(matches!(error, RobustError::WrongLength { what: w, .. } if w == what));
}
