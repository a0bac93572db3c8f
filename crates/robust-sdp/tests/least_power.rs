//! The least power for given ratios: closed forms, the duality of uplink and downlink, the inverse problem, laws.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod common;
mod random;

use faer::linalg::solvers::Solve;
use faer::{Mat, c64};
use proptest::prelude::*;
use random::*;
use robust_sdp::*;

fn least(problem: &RatioProblem, ratios: &[f64]) -> Result<LeastPower, RobustError> {
    least_with(problem, ratios, &LeastPowerOptions::default())
}

fn unlimited(problem: &RatioProblem, ratios: &[f64]) -> Result<LeastPower, RobustError> {
    let options = LeastPowerOptions {
        within_budgets: false,
        ..LeastPowerOptions::default()
    };
    least_with(problem, ratios, &options)
}

/// Whatever is answered is checked: vectors of the power that is said, certified again.
fn least_with(
    problem: &RatioProblem,
    ratios: &[f64],
    options: &LeastPowerOptions,
) -> Result<LeastPower, RobustError> {
    let problem = problem.clone().check()?;
    let solver = HermitianIpm::default();
    let found = least_power(&problem, ratios, &solver, options, &mut || false)?;
    let power: f64 = found
        .vectors
        .iter()
        .map(|v| length(v.col_as_slice(0)).powi(2))
        .sum();
    assert!((power / found.power.upper() - 1.0).abs() < 1e-12);
    assert!(found.power.lower() > 0.0 && found.power.lower() <= found.power.upper());
    let again = worst_case_ratios(&problem, &found.vectors, &solver).unwrap();
    for ((proof, again), ratio) in found.proofs.iter().zip(&again).zip(ratios) {
        assert!(proof.ratio() >= *ratio);
        assert!(
            again.ratio() >= ratio * (1.0 - 1e-6),
            "{} {ratio}",
            again.ratio()
        );
    }
    if options.within_budgets {
        for used in group_powers(&problem, &found).iter().zip(&problem.budgets) {
            assert!(*used.0 <= used.1 * (1.0 + 1e-12), "{used:?}");
        }
    }
    Ok(found)
}

fn group_powers(problem: &RatioProblem, found: &LeastPower) -> Vec<f64> {
    let part = |rows: std::ops::Range<usize>| -> f64 {
        let own = |v: &Mat<c64>| length(&v.col_as_slice(0)[rows.clone()]).powi(2);
        found.vectors.iter().map(own).sum()
    };
    ranges(&problem.group_sizes).into_iter().map(part).collect()
}

#[track_caller]
fn assert_power(found: &LeastPower, expected: f64, tolerance: f64) {
    let (lower, upper) = (found.power.lower(), found.power.upper());
    let slack = 1.0 + 1e-9;
    assert!(
        lower <= expected * slack && expected <= upper * slack,
        "{lower:e} {expected:e} {upper:e}"
    );
    assert!(
        found.power.relative_width() < tolerance,
        "{lower:e} {upper:e}"
    );
}

fn exact(draw: &mut Draw, targets: usize, groups: &[usize]) -> RatioProblem {
    let shape = Shape {
        targets,
        groups: groups.to_vec(),
        radii: (0.0, 0.0),
        floors: (0.3, 3.0),
    };
    let mut problem = problem(draw, &shape);
    problem.targets.iter_mut().for_each(|t| t.errors.clear());
    problem
}

/// Vectors times `gain`, floors times `noise`, and budgets with the powers that this takes.
fn scaled(problem: &RatioProblem, gain: f64, noise: f64) -> RatioProblem {
    let mut other = problem.clone();
    for target in &mut other.targets {
        target.nominal.iter_mut().for_each(|v| *v *= gain);
        target.floor *= noise;
        for block in &mut target.errors {
            match block {
                ErrorBlock::Ball { radius, .. } => *radius *= gain,
                ErrorBlock::Directions { matrix, .. } => *matrix *= faer::Scale(re(gain)),
                _ => {}
            }
        }
    }
    let watts = noise / (gain * gain);
    other.budgets.iter_mut().for_each(|b| *b *= watts);
    other
}

/// `t σ²/‖h‖²`, and `t σ²/(‖h‖ - ε)²` in a ball; in the units of a radio link too.
#[test]
fn one_target_by_hand() {
    for (gain, noise) in [
        (1.0, 1.0),
        (1e-6, 1e-13),
        (1e-12, 1e-24),
        (1e12, 1.0),
        (1.0, 1e12),
    ] {
        for ratio in [1e-4, 1.0, 1e3, 1e7] {
            let mut problem = exact(&mut Draw::new(3), 1, &[3, 2]);
            problem.budgets.fill(1e12);
            problem = scaled(&problem, gain, noise);
            let target = &problem.targets[0];
            let size = length(&target.nominal);
            let expected = ratio * target.floor / (size * size);
            assert_power(&least(&problem, &[ratio]).unwrap(), expected, 1e-6);

            let mut one = exact(&mut Draw::new(4), 1, &[4]);
            one.budgets.fill(1e12);
            let size = length(&one.targets[0].nominal);
            let radius = 0.4 * size;
            one.targets[0].errors = vec![ErrorBlock::Ball { group: 0, radius }];
            let expected = ratio * one.targets[0].floor / (size - radius).powi(2);
            let watts = noise / (gain * gain);
            let found = least(&scaled(&one, gain, noise), &[ratio]).unwrap();
            assert_power(&found, expected * watts, 1e-5);
        }
    }
}

/// One antenna, one target: the least there can be.
#[test]
fn numbers_instead_of_vectors() {
    let problem = RatioProblem {
        group_sizes: vec![1],
        budgets: vec![1.0],
        targets: vec![RatioTarget {
            nominal: vec![re(1e-6)],
            errors: vec![ErrorBlock::Ball {
                group: 0,
                radius: 0.5e-6,
            }],
            floor: 1e-13,
        }],
    };
    let found = least(&problem, &[0.01]).unwrap();
    assert_power(&found, 0.01 * 1e-13 / 0.25e-12, 1e-6);
    assert_eq!(found.vectors[0].nrows(), 1);
}

/// Yates' fixed point of the dual uplink: `λ_k h_k^H (I + Σ_{j≠k} λ_j h_j h_j^H)^{-1} h_k = t_k`; the downlink needs the
/// power `Σ λ_k σ_k²`.
fn dual_uplink(problem: &RatioProblem, ratios: &[f64]) -> f64 {
    let n = problem.dimension();
    let mut lambda = vec![0.0; ratios.len()];
    for _ in 0..100_000 {
        let mut next = lambda.clone();
        for (k, target) in problem.targets.iter().enumerate() {
            let mut covariance = Mat::<c64>::identity(n, n);
            for (j, other) in problem.targets.iter().enumerate().filter(|(j, _)| *j != k) {
                let h = &other.nominal;
                covariance += Mat::from_fn(n, n, |p, q| h[p] * h[q].conj() * lambda[j]);
            }
            let h = Mat::from_fn(n, 1, |i, _| target.nominal[i]);
            let x = covariance.partial_piv_lu().solve(&h);
            next[k] = ratios[k] / inner(&h, &x);
        }
        let change = (0..ratios.len()).map(|k| (next[k] / lambda[k] - 1.0).abs());
        let settled = change.fold(0.0, f64::max) < 1e-13;
        lambda = next;
        if settled {
            break;
        }
    }
    let floors = problem.targets.iter().map(|t| t.floor);
    lambda.iter().zip(floors).map(|(l, f)| l * f).sum()
}

#[test]
fn known_vectors_agree_with_the_dual_uplink() {
    for seed in 0..12 {
        let mut draw = Draw::new(seed);
        let (targets, groups): (usize, &[usize]) =
            [(2, &[2][..]), (3, &[2, 2]), (4, &[3, 3])][seed as usize % 3];
        let problem = exact(&mut draw, targets, groups);
        let ratios: Vec<f64> = (0..targets)
            .map(|_| 10f64.powf(draw.between(-1.5, 2.5)))
            .collect();
        let found = unlimited(&problem, &ratios).unwrap();
        assert_power(&found, dual_uplink(&problem, &ratios), 2e-6);
        let watts = 1e-13 / 1e-12;
        let si = unlimited(&scaled(&problem, 1e-6, 1e-13), &ratios).unwrap();
        assert_power(&si, dual_uplink(&problem, &ratios) * watts, 2e-6);
    }
}

/// Vectors of one target stronger by sixty decibels than those of another.
#[test]
fn near_and_far() {
    for seed in 0..6 {
        let mut problem = exact(&mut Draw::new(40 + seed), 3, &[4]);
        problem.targets[0]
            .nominal
            .iter_mut()
            .for_each(|v| *v *= 1e3);
        let ratios = [100.0, 10.0, 30.0];
        assert_power(
            &unlimited(&problem, &ratios).unwrap(),
            dual_uplink(&problem, &ratios),
            1e-5,
        );
    }
}

/// With one budget the largest common ratio takes all of it; with several no more than all of them.
#[test]
fn the_inverse_of_the_largest_common_ratio() {
    for seed in 0..8 {
        let mut draw = Draw::new(100 + seed);
        let several = seed % 2 == 1;
        let shape = Shape {
            targets: 3,
            groups: if several { vec![2, 3] } else { vec![4] },
            radii: (0.01, 0.1),
            floors: (0.01, 0.3),
        };
        let problem = problem(&mut draw, &shape);
        let bracket = solve(&problem).bracket;
        let all: f64 = problem.budgets.iter().sum();
        let ratios = vec![bracket.lower() * (1.0 - 1e-5); 3];
        let found = least(&problem, &ratios).unwrap();
        assert!(found.power.upper() <= all && found.power.relative_width() < 1e-4);
        if !several {
            assert!(
                found.power.lower() > all * (1.0 - 1e-3),
                "{:?}",
                found.power
            );
        }
        // A little more than can be certified takes more than the budgets, by little.
        let beyond = vec![bracket.upper() * (1.0 + 1e-4); 3];
        let Err(RobustError::BeyondReachTogether { budget_factor }) = least(&problem, &beyond)
        else {
            panic!("seed {seed}")
        };
        assert!(
            budget_factor > 1.0 && budget_factor < 1.05,
            "{budget_factor}"
        );
        let mut more = problem.clone();
        more.budgets
            .iter_mut()
            .for_each(|b| *b *= budget_factor * (1.0 + 1e-4));
        least(&more, &beyond).unwrap();
    }
}

/// A budget that the unlimited answer exceeds costs power elsewhere.
#[test]
fn budgets_bind() {
    for seed in 0..6 {
        let shape = Shape {
            targets: 2,
            groups: vec![2, 2],
            radii: (0.0, 0.1),
            floors: (0.1, 0.3),
        };
        let mut problem = problem(&mut Draw::new(200 + seed), &shape);
        problem.budgets.fill(1e3);
        let ratios = [3.0, 8.0];
        let free = least(&problem, &ratios).unwrap();
        assert_eq!(free.power, unlimited(&problem, &ratios).unwrap().power);
        let used = group_powers(&problem, &free);
        problem.budgets[0] = 0.5 * used[0];
        let bound = least(&problem, &ratios).unwrap();
        assert!(bound.power.lower() > free.power.upper() * (1.0 + 1e-6));
        assert!(bound.power.relative_width() < 1e-4, "{:?}", bound.power);
        // What is left of a budget costs nothing; all of it is used here.
        let used = group_powers(&problem, &bound);
        assert!(used[0] > problem.budgets[0] * (1.0 - 1e-4));
    }
}

#[test]
fn out_of_reach_with_the_reason() {
    let problem = exact(&mut Draw::new(5), 3, &[4]);
    // One target alone: its bound is said and is its closed form.
    let size = length(&problem.targets[1].nominal);
    let most = problem.budgets[0] * size * size / problem.targets[1].floor;
    match least(&problem, &[1e-3, most * 1.01, 1e-3]) {
        Err(RobustError::BeyondReach {
            target: 1,
            wanted,
            bound,
        }) => {
            assert_eq!(wanted, most * 1.01);
            assert!((bound / most - 1.0).abs() < 1e-9);
        }
        other => panic!("{other:?}"),
    }
    // The same target asked for less than that with unlimited power is no problem.
    unlimited(&problem, &[1e-3, most * 1.01, 1e-3]).unwrap();
    // Two targets with one vector: at ratios of more than one in the geometric mean no power will do. A third that is no part of
    // it leaves coordinates in which power costs these nothing, so the proof is of a power beyond all bounds.
    let mut problem = exact(&mut Draw::new(5), 3, &[4]);
    problem.targets[2].nominal = problem.targets[0].nominal.clone();
    problem.budgets[0] = 1e6;
    let ratios = [2.0, 0.01, 0.6];
    match least(&problem, &ratios) {
        Err(RobustError::BeyondReachTogether { budget_factor }) => {
            assert!(budget_factor > 100.0, "{budget_factor}");
        }
        other => panic!("{other:?}"),
    }
    match unlimited(&problem, &ratios) {
        Err(RobustError::PowerUndecided { lower }) => assert!(lower > 1e8, "{lower:e}"),
        other => panic!("{other:?}"),
    }
    least(&problem, &[2.0, 0.01, 0.4]).unwrap();
    // More targets than coordinates.
    let mut crowded = exact(&mut Draw::new(6), 4, &[2]);
    crowded.budgets[0] = 1e3;
    for answer in [least(&crowded, &[2.0; 4]), unlimited(&crowded, &[2.0; 4])] {
        let error = answer.unwrap_err();
        let budget_factor = f64::INFINITY;
        assert_eq!(error, RobustError::BeyondReachTogether { budget_factor });
        assert!(error.to_string().contains("no power will do"), "{error}");
    }
    // Errors that swallow a vector.
    let mut swallowed = exact(&mut Draw::new(7), 2, &[2]);
    let radius = 1.1 * length(&swallowed.targets[0].nominal);
    swallowed.targets[0].errors = vec![ErrorBlock::Ball { group: 0, radius }];
    for answer in [
        least(&swallowed, &[1e-6; 2]),
        unlimited(&swallowed, &[1e-6; 2]),
    ] {
        let error = answer.unwrap_err();
        assert!(
            matches!(error, RobustError::BeyondReach { target: 0, .. }),
            "{error}"
        );
    }
}

#[test]
fn bad_input_is_named() {
    let problem = exact(&mut Draw::new(8), 2, &[3]);
    for value in [f64::NAN, -1.0, 0.0, f64::INFINITY] {
        let error = least(&problem, &[1.0, value]).unwrap_err().to_string();
        assert!(error.contains("ratio asked for of entry 1"), "{error}");
    }
    let error = least(&problem, &[1.0]).unwrap_err();
    assert!(matches!(
        error,
        RobustError::WrongLength {
            expected: 2,
            found: 1,
            ..
        }
    ));
    for accuracy in [0.0, -1e-9, f64::NAN, 0.1] {
        let options = LeastPowerOptions {
            accuracy,
            ..LeastPowerOptions::default()
        };
        let error = least_with(&problem, &[1.0; 2], &options).unwrap_err();
        assert!(matches!(
            error,
            RobustError::BadOption {
                field: "accuracy",
                ..
            }
        ));
    }
    let problem = problem.check().unwrap();
    let options = LeastPowerOptions::default();
    let solver = HermitianIpm::default();
    let error = least_power(&problem, &[1.0; 2], &solver, &options, &mut || true).unwrap_err();
    assert!(error.is_cancellation());
}

/// Balls, phases and real directions: certified, and attacked no lower.
#[test]
fn errors_of_every_kind() {
    for seed in 0..9 {
        let mut draw = Draw::new(300 + seed);
        let shape = Shape {
            targets: 2 + seed as usize % 2,
            groups: vec![2, 2],
            radii: (0.0, 0.15),
            floors: (0.1, 0.3),
        };
        let mut problem = problem(&mut draw, &shape);
        for target in &mut problem.targets {
            match seed % 3 {
                0 => {}
                1 => target.errors.push(ErrorBlock::Phase {
                    group: 1,
                    angle: draw.between(0.1, 0.5),
                }),
                _ => target.errors.push(ErrorBlock::Directions {
                    matrix: draw.matrix(4, 1) * faer::Scale(re(0.2)),
                    field: Field::Real,
                }),
            }
        }
        let count = problem.targets.len();
        // Half of what can be certified of all with the budgets there are, and unlike.
        let most = solve(&problem).bracket.lower();
        let ratios: Vec<f64> = (0..count).map(|_| most * draw.between(0.1, 0.6)).collect();
        let found = least(&problem, &ratios).unwrap();
        assert!(
            found.power.relative_width() < 0.02,
            "seed {seed}: {:?}",
            found.power
        );
        let problem = problem.check().unwrap();
        let attacks = attack(&problem, &found.vectors, &[], &AttackOptions::default()).unwrap();
        for (attack, ratio) in attacks.iter().zip(&ratios) {
            assert!(attack.ratio >= ratio * (1.0 - 1e-9));
        }
    }
}

#[cfg(feature = "clarabel-sdp")]
#[test]
fn another_solver_agrees() {
    for seed in 0..4 {
        let shape = Shape {
            targets: 3,
            groups: vec![2, 2],
            radii: (0.01, 0.1),
            floors: (0.1, 0.3),
        };
        let problem = problem(&mut Draw::new(400 + seed), &shape);
        let ratios = [2.0, 0.5, 1.0];
        let native = unlimited(&problem, &ratios).unwrap();
        let options = LeastPowerOptions {
            within_budgets: false,
            accuracy: 1e-6,
            ..LeastPowerOptions::default()
        };
        let problem = problem.check().unwrap();
        let solver = ClarabelSolver::default();
        let other = least_power(&problem, &ratios, &solver, &options, &mut || false).unwrap();
        // Both prove what they say: each one's bound is below the other's vectors.
        assert!(
            native.power.lower() <= other.power.upper()
                && other.power.lower() <= native.power.upper()
        );
        assert!((native.power.upper() / other.power.upper() - 1.0).abs() < 1e-5);
        assert!((native.power.lower() / other.power.lower() - 1.0).abs() < 1e-5);
    }
}

proptest! {
    #![proptest_config(cases(12))]

    /// Units do not matter, a larger ratio of one target costs more, and larger errors do.
    #[test]
    fn laws(seed in 0u64..1 << 32, gain in -12.0f64..12.0, noise in -12.0f64..12.0) {
        let mut draw = Draw::new(seed);
        let shape = Shape {
            targets: 2,
            groups: vec![2, 1],
            radii: (0.01, 0.1),
            floors: (0.1, 0.3),
        };
        let mut problem = problem(&mut draw, &shape);
        problem.budgets.fill(1e6);
        let ratios = [draw.between(0.1, 20.0), draw.between(0.1, 20.0)];
        let Ok(found) = least(&problem, &ratios) else {
            // Errors may forbid ratios at any power: then in any unit.
            let other = least(&scaled(&problem, 10f64.powf(gain), 10f64.powf(noise)), &ratios);
            prop_assert!(other.is_err());
            return Ok(());
        };
        let (gain, noise) = (10f64.powf(gain), 10f64.powf(noise));
        let other = least(&scaled(&problem, gain, noise), &ratios).unwrap();
        let watts = noise / (gain * gain);
        prop_assert!((other.power.upper() / watts / found.power.upper() - 1.0).abs() < 1e-5);
        prop_assert!((other.power.lower() / watts / found.power.lower() - 1.0).abs() < 1e-5);
        let less = least(&problem, &[ratios[0], 0.9 * ratios[1]]).unwrap();
        prop_assert!(less.power.lower() <= found.power.upper());
        prop_assert!(less.power.upper() < found.power.upper() * (1.0 + 1e-4));
        let smaller = problem.check().unwrap().with_scaled_balls(0.8).unwrap();
        let smaller = least(&smaller.into_inner(), &ratios).unwrap();
        prop_assert!(smaller.power.upper() < found.power.upper() * (1.0 + 1e-4));
    }
}
