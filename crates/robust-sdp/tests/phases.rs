//! Groups turned by unknown phases.

#![allow(clippy::unwrap_used)] // helpers of tests

mod random;

use std::f64::consts::PI;

use faer::{Mat, c64};
use proptest::prelude::*;
use random::*;
use robust_sdp::*;

/// `groups` groups of two coordinates; every group of every target turned by up to an angle, with a ball.
fn turning(
    draw: &mut Draw,
    targets: usize,
    groups: usize,
    angle: f64,
    radius: f64,
) -> RatioProblem {
    let shape = Shape {
        targets,
        groups: vec![2; groups],
        radii: (radius, radius),
        floors: (0.1, 0.3),
    };
    let mut problem = problem(draw, &shape);
    for target in &mut problem.targets {
        if radius == 0.0 {
            target.errors.clear();
        }
        target
            .errors
            .extend((0..groups).map(|group| ErrorBlock::Phase { group, angle }));
    }
    problem
}

fn with_angle(mut problem: RatioProblem, new: f64) -> RatioProblem {
    for block in problem.targets.iter_mut().flat_map(|t| &mut t.errors) {
        if let ErrorBlock::Phase { angle, .. } = block {
            *angle = new;
        }
    }
    problem
}

fn beams(draw: &mut Draw, problem: &RatioProblem) -> Vec<Mat<c64>> {
    // Matched to the vectors and disturbed, so that something is left to guarantee.
    let own = |t: &RatioTarget, draw: &mut Draw| {
        Mat::from_fn(t.nominal.len(), 1, |i, _| {
            t.nominal[i] + draw.complex() * 0.3
        })
    };
    problem.targets.iter().map(|t| own(t, draw)).collect()
}

fn certified(problem: &RatioProblem, beams: &[Mat<c64>]) -> Vec<f64> {
    let problem = problem.clone().check().unwrap();
    let worst = worst_case_ratios(&problem, beams, &HermitianIpm::default()).unwrap();
    worst.into_iter().map(|w| w.ratio()).collect()
}

/// The ratio of target `k` at `h`.
fn ratio(problem: &RatioProblem, beams: &[Mat<c64>], k: usize, h: &[c64]) -> f64 {
    let power = |w: &Mat<c64>| -> f64 {
        let sum: c64 = h
            .iter()
            .enumerate()
            .map(|(i, v)| v.conj() * w[(i, 0)])
            .sum();
        sum.norm_sqr()
    };
    let others = (0..beams.len()).filter(|&j| j != k);
    let rest: f64 = others.map(|j| power(&beams[j])).sum();
    power(&beams[k]) / (rest + problem.targets[k].floor)
}

/// `ĥ` with its groups turned.
fn turned(problem: &RatioProblem, k: usize, phases: &[f64]) -> Vec<c64> {
    let nominal = &problem.targets[k].nominal;
    (nominal.iter().enumerate())
        .map(|(i, v)| v * c64::from_polar(1.0, phases[i / 2]))
        .collect()
}

fn bracket(problem: RatioProblem) -> (f64, f64, MaxMinSolution) {
    let problem = problem.check().unwrap();
    let options = MaxMinOptions::default();
    let found = max_min_ratio(&problem, &HermitianIpm::default(), &options, &mut || false).unwrap();
    let (lower, upper) = (found.bracket.lower(), found.bracket.upper());
    assert!(upper <= lower * (1.0 + 1e-4), "{lower} {upper}");
    let proof = certify(
        &problem,
        &found.point.forms,
        &found.point.multipliers,
        lower,
    )
    .unwrap();
    assert!(proof.noise_margin >= 1.0 - 1e-6 && proof.max_power_ratio <= 1.0 + 1e-9);
    assert!(proof.min_lmi_eigenvalue_relative >= -1e-9, "{proof:?}");
    (lower, upper, found)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// No receiver sees the phase of a whole vector: one group loses nothing to it.
    #[test]
    fn one_group_does_not_see_its_phase(seed: u64, angle in 0.0..7.0f64) {
        let mut draw = Draw::new(seed);
        let problem = turning(&mut draw, 2, 1, angle, 0.05);
        let beams = beams(&mut draw, &problem);
        let still = certified(&with_angle(problem.clone(), 0.0), &beams);
        for (with, without) in certified(&problem, &beams).iter().zip(&still) {
            prop_assert!((with - without).abs() <= 1e-7 * without, "{with} {without}");
        }
    }

    /// Two groups without balls: the certified ratio is the least over the angle between them.
    #[test]
    fn two_groups_are_exact(seed: u64, angle in 0.01..3.2f64) {
        let mut draw = Draw::new(seed);
        let problem = turning(&mut draw, 2, 2, angle, 0.0);
        let beams = beams(&mut draw, &problem);
        for (k, found) in certified(&problem, &beams).into_iter().enumerate() {
            let nominal = ratio(&problem, &beams, k, &problem.targets[k].nominal);
            let between = (2.0 * angle).min(PI);
            let least = (-20_000..=20_000)
                .map(|i| between * f64::from(i) / 20_000.0)
                .map(|psi| ratio(&problem, &beams, k, &turned(&problem, k, &[0.0, psi])))
                .fold(f64::INFINITY, f64::min);
            prop_assert!(found <= least * (1.0 + 1e-9), "{found} {least}");
            prop_assert!(found >= least * (1.0 - 1e-5) - 1e-6 * nominal, "{found} {least} {nominal}");
        }
    }

    /// With balls and more groups nothing in the set is worse than what is certified; wider arcs and larger balls
    /// certify no more; and a turn of the whole vector changes nothing.
    #[test]
    fn nothing_in_the_set_is_worse(seed: u64, groups in 1usize..5, angle in 0.0..1.2f64) {
        let mut draw = Draw::new(seed);
        let problem = turning(&mut draw, 2, groups, angle, 0.05);
        let beams = beams(&mut draw, &problem);
        let found = certified(&problem, &beams);
        let mut turned_whole = problem.clone();
        let turn = c64::from_polar(1.0, draw.between(-3.0, 3.0));
        turned_whole.targets[0].nominal.iter_mut().for_each(|v| *v *= turn);
        let again = certified(&turned_whole, &beams);
        prop_assert!((again[0] - found[0]).abs() <= 1e-6 * found[0] + 1e-9, "{found:?} {again:?}");
        let wider = certified(&with_angle(problem.clone(), 1.3 * angle + 0.01), &beams);
        for k in 0..2 {
            prop_assert!(wider[k] <= found[k] * (1.0 + 1e-6), "{found:?} {wider:?}");
            for _ in 0..300 {
                let phases: Vec<f64> = (0..groups)
                    .map(|_| angle * draw.between(-1.2, 1.2).clamp(-1.0, 1.0))
                    .collect();
                let mut h = turned(&problem, k, &phases);
                for group in 0..groups {
                    let radius = problem.targets[k].errors.iter().find_map(|b| match b {
                        ErrorBlock::Ball { group: own, radius } if *own == group => Some(*radius),
                        _ => None,
                    });
                    let x = draw.vector(2);
                    for i in 0..2 {
                        h[2 * group + i] += x[i] * (radius.unwrap() / length(&x));
                    }
                }
                let value = ratio(&problem, &beams, k, &h);
                prop_assert!(value >= found[k] * (1.0 - 1e-9), "{value} {}", found[k]);
            }
        }
    }
}

/// A single target with two groups: forms attain `a² + b² + 2ab max(cos 2Φ, 0)`, `a²` and `b²` what each group
/// gives alone. The two parts may cancel once the angle between them exceeds 90°, and then sending
/// independently loses nothing.
#[test]
fn single_target_in_closed_form() {
    let mut draw = Draw::new(1);
    for angle in [0.01, 0.3, 0.7, 1.0, 1.5, 3.0, 100.0] {
        let problem = turning(&mut draw, 1, 2, angle, 0.0);
        let target = &problem.targets[0];
        let alone = |m: usize| {
            let part = &target.nominal[2 * m..2 * m + 2];
            (problem.budgets[m] / target.floor).sqrt() * length(part)
        };
        let (a, b) = (alone(0), alone(1));
        let cosine = (2.0 * angle).min(PI).cos().max(0.0);
        let expected = a * a + b * b + 2.0 * a * b * cosine;
        let (lower, upper, _) = bracket(problem);
        assert!(
            lower <= expected * (1.0 + 1e-9),
            "{angle} {lower} {expected}"
        );
        assert!(
            upper >= expected * (1.0 - 1e-9),
            "{angle} {upper} {expected}"
        );
    }
}

/// Parts of lengths 3 and 4 turned by up to 60° against each other, unit budgets and floor: the second group alone
/// gives 16 whatever the phases, and no vector gives more (`9a² + 16 - 12a ≤ 16` for amplitudes `a ≤ 1`). One access
/// point, turned by anything, gives all it has.
#[test]
fn a_group_alone_is_never_lost() {
    let problem = |nominal: Vec<c64>, group_sizes: Vec<usize>, angle: f64| {
        RatioProblem {
            budgets: vec![1.0; group_sizes.len()],
            targets: vec![RatioTarget {
                errors: (0..group_sizes.len())
                    .map(|group| ErrorBlock::Phase { group, angle })
                    .collect(),
                nominal,
                floor: 1.0,
            }],
            group_sizes,
        }
        .check()
        .unwrap()
    };
    let solver = HermitianIpm::default();
    let zero = c64::new(0.0, 0.0);
    let two = problem(
        vec![re(3.0), zero, zero, c64::new(0.0, 4.0)],
        vec![2, 2],
        PI / 3.0,
    );
    let alone = [Mat::from_fn(4, 1, |i, _| {
        re(if i == 3 { 1.0 } else { 0.0 })
    })];
    let worst = worst_case_ratios(&two, &alone, &solver).unwrap();
    assert!((worst[0].ratio() / 16.0 - 1.0).abs() < 1e-7, "{worst:?}");

    let nominal: Vec<c64> = (0..65)
        .map(|i| c64::from_polar(1.0, 0.3 * f64::from(i * i)))
        .collect();
    let one = problem(nominal.clone(), vec![65], 2.0);
    let matched = [Mat::from_fn(65, 1, |i, _| {
        nominal[i] * 65f64.sqrt().recip()
    })];
    let worst = worst_case_ratios(&one, &matched, &solver).unwrap();
    assert!((worst[0].ratio() / 65.0 - 1.0).abs() < 1e-9, "{worst:?}");
}

/// Interference is nulled in each group by itself, and only the signal suffers; a ball that holds the arc allows less.
#[test]
fn phases_cost_little_where_groups_can_null() {
    let mut draw = Draw::new(3);
    for _ in 0..3 {
        let mut turned = turning(&mut draw, 2, 2, 0.5, 0.0);
        let (_, limit, _) = bracket(with_angle(turned.clone(), 0.0));
        let (lower, upper, _) = bracket(turned.clone());
        assert!(upper < limit && lower > 0.02 * limit, "{lower} {limit}");
        for target in &mut turned.targets {
            target.errors = (0..2)
                .map(|group| ErrorBlock::Ball {
                    group,
                    radius: 2.0 * 0.25f64.sin() * length(&target.nominal[2 * group..][..2]),
                })
                .collect();
        }
        let turned = turned.check().unwrap();
        let options = MaxMinOptions::default();
        let ball =
            max_min_ratio(&turned, &HermitianIpm::default(), &options, &mut || false).unwrap();
        assert!(ball.bracket.lower() < 0.9 * lower, "{ball:?} {lower}");
    }
}

/// In fewer coordinates or in antenna coordinates, in one block or in several, by programs or by vectors: the same.
#[test]
fn ways_to_write_it() {
    let mut draw = Draw::new(4);
    let shape = Shape {
        targets: 2,
        groups: vec![4, 4],
        radii: (0.05, 0.05),
        floors: (0.1, 0.3),
    };
    let mut problem = problem(&mut draw, &shape);
    for target in &mut problem.targets {
        target.errors.push(ErrorBlock::Phase {
            group: 0,
            angle: 0.4,
        });
        target.errors.push(ErrorBlock::Phase {
            group: 1,
            angle: 0.2,
        });
    }
    let (expected, _, _) = bracket(problem.clone());
    let full = problem.clone().check().unwrap();
    let reduced = Reduction::new(&full, &[]).reduce(&full).unwrap();
    assert_eq!(reduced.group_sizes, [2, 2]);
    let (lower, _, _) = bracket(reduced.into_inner());
    assert!((lower / expected - 1.0).abs() < 1e-5, "{lower} {expected}");
    // Only the sum of two phases counts, and a calibration phase simply adds to one of a position.
    let mut split = problem;
    for target in &mut split.targets {
        target.errors.pop();
        for angle in [0.15, 0.05] {
            target.errors.push(ErrorBlock::Phase { group: 1, angle });
        }
    }
    let (lower, _, _) = bracket(split);
    assert!((lower / expected - 1.0).abs() < 1e-6, "{lower} {expected}");
    for method in [Method::Programs, Method::Vectors] {
        let options = MaxMinOptions {
            method,
            ratio_tolerance: 1e-6,
            ..MaxMinOptions::default()
        };
        let found =
            max_min_ratio(&full, &HermitianIpm::default(), &options, &mut || false).unwrap();
        assert!(
            (found.bracket.lower() / expected - 1.0).abs() < 1e-5,
            "{found:?} {expected}"
        );
    }
}

#[test]
fn what_makes_no_phase_is_named() {
    let with = |blocks: Vec<ErrorBlock>| {
        let mut problem = turning(&mut Draw::new(6), 1, 1, 0.1, 0.05);
        problem.targets[0].errors = blocks;
        problem.check().unwrap_err()
    };
    for angle in [-0.1, f64::NAN, f64::INFINITY] {
        let error = with(vec![ErrorBlock::Phase { group: 0, angle }]);
        let RobustError::BadNumber { what: "angle", .. } = error else {
            unreachable!("{error}")
        };
    }
    let error = with(vec![ErrorBlock::Phase {
        group: 1,
        angle: 0.1,
    }]);
    assert!(
        matches!(error, RobustError::NoSuchGroup { group: 1, .. }),
        "{error}"
    );
    let real = ErrorBlock::Directions {
        matrix: Mat::from_fn(2, 1, |_, _| re(0.1)),
        field: Field::Real,
    };
    let error = with(vec![
        real,
        ErrorBlock::Phase {
            group: 0,
            angle: 0.1,
        },
    ]);
    assert!(
        matches!(error, RobustError::PhaseBesideReal { target: 0 }),
        "{error}"
    );
}
