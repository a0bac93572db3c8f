//! Parts of a vector turned by unknown phases.

#![allow(clippy::unwrap_used)] // helpers of tests

use std::f64::consts::{FRAC_PI_2, PI};

use faer::{Mat, c64};
use robust_sdp::{
    ErrorBlock, Field, HermitianIpm, MaxMinOptions, MaxMinSolution, RatioProblem, RatioTarget,
    Reduction, RobustError, ValidRatioProblem, certify, max_min_ratio, nominal_ratios,
    worst_case_ratios,
};

/// Numbers evenly spread over (-1, 1): a linear congruential sequence (Knuth).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

fn complex(rng: &mut Numbers) -> c64 {
    c64::new(rng.next(), rng.next())
}

fn vector(n: usize, rng: &mut Numbers) -> Vec<c64> {
    (0..n).map(|_| complex(rng)).collect()
}

/// The part of a vector in some coordinates.
fn part(h: &[c64], range: std::ops::Range<usize>) -> Mat<c64> {
    Mat::from_fn(h.len(), 1, |i, _| {
        if range.contains(&i) {
            h[i]
        } else {
            c64::new(0.0, 0.0)
        }
    })
}

fn square(h: &[c64]) -> f64 {
    h.iter().map(|v| v.norm_sqr()).sum()
}

/// `groups` groups of `size` coordinates; every group of every target turned by up to `angle`.
fn turning(
    targets: usize,
    groups: usize,
    size: usize,
    angle: f64,
    rng: &mut Numbers,
) -> RatioProblem {
    RatioProblem {
        group_sizes: vec![size; groups],
        budgets: (0..groups).map(|m| 1.0 + 0.3 * m as f64).collect(),
        targets: (0..targets)
            .map(|k| {
                let nominal = vector(groups * size, rng);
                RatioTarget {
                    errors: (0..groups)
                        .map(|m| ErrorBlock::Rotation {
                            part: part(&nominal, m * size..(m + 1) * size),
                            angle,
                        })
                        .collect(),
                    nominal,
                    floor: 0.1 + 0.05 * k as f64,
                }
            })
            .collect(),
    }
}

fn bracket(problem: &ValidRatioProblem) -> (f64, f64) {
    let found = solve(problem);
    (found.ratio_lower, found.ratio_upper)
}

fn solve(problem: &ValidRatioProblem) -> MaxMinSolution {
    let options = MaxMinOptions::default();
    max_min_ratio(problem, &HermitianIpm::default(), &options, &mut || false).unwrap()
}

/// The bracket, once it is tight and the forms and multipliers prove its lower end.
fn best(problem: &ValidRatioProblem) -> (f64, f64) {
    let found = solve(problem);
    let (lower, upper) = (found.ratio_lower, found.ratio_upper);
    assert!(
        upper - lower <= 1e-5 * upper || upper < 1e-8,
        "{lower} {upper}"
    );
    if lower > 0.0 {
        let proof = certify(problem, &found.forms, &found.multipliers, lower).unwrap();
        assert!(proof.noise_margin >= 1.0 - 1e-6 && proof.max_power_ratio <= 1.0 + 1e-9);
        assert!(proof.min_lmi_eigenvalue_relative >= -1e-9, "{proof:?}");
    }
    (lower, upper)
}

/// A single target whose groups turn arrives with `Σ_m sqrt(P_m) ‖ĥ_m‖ cos φ` at worst: the hull of an
/// arc comes no closer to zero than its chord. Discs around the estimate would prove
/// `1 - 2 sin(φ/2)` in the place of the cosine.
#[test]
fn single_target_in_closed_form() {
    let mut rng = Numbers(1);
    for groups in 1..=3 {
        for angle in [0.01, 0.3, 1.0, 1.4] {
            let problem = turning(1, groups, 2, angle, &mut rng);
            let target = &problem.targets[0];
            let amplitude: f64 = (0..groups)
                .map(|m| (problem.budgets[m] * square(&target.nominal[2 * m..2 * m + 2])).sqrt())
                .sum();
            let expected = (amplitude * angle.cos()).powi(2) / target.floor;
            let (lower, upper) = best(&problem.check().unwrap());
            assert!(lower <= expected * (1.0 + 1e-9), "{groups} {angle}");
            assert!(
                upper >= expected * (1.0 - 1e-5),
                "{groups} {angle} {upper} {expected}"
            );
        }
    }
}

/// One complex number under two quadratic constraints: the S-procedure loses nothing, so the certified
/// ratio of fixed vectors is the least between the chord and the circle, and that is no more than on the arc.
#[test]
fn one_rotation_is_exact() {
    let mut rng = Numbers(2);
    let mut harmful = 0;
    for case in 0..30 {
        let angle = [0.05, 0.5, 1.2, 1.57, 2.5, 4.0][case % 6];
        let mut problem = turning(2, 2, 2, angle, &mut rng);
        for target in &mut problem.targets {
            target.errors.truncate(1);
        }
        let problem = problem.check().unwrap();
        let beams: Vec<Mat<c64>> = (0..2)
            .map(|_| Mat::from_fn(4, 1, |_, _| complex(&mut rng)))
            .collect();
        let worst = worst_case_ratios(&problem, &beams, &HermitianIpm::default()).unwrap();
        for (k, target) in problem.targets.iter().enumerate() {
            let arriving = |z: c64, j: usize| -> f64 {
                let turned = |i: usize| if i < 2 { z } else { c64::new(1.0, 0.0) };
                let sum: c64 = (0..4)
                    .map(|i| (turned(i) * target.nominal[i]).conj() * beams[j][(i, 0)])
                    .sum();
                sum.norm_sqr()
            };
            let ends = c64::from_polar(1.0, angle.min(PI));
            let centre = (1.0 - (ends - 1.0).norm()).max(0.1);
            let radius = (ends - centre).norm();
            let (mut least, mut least_on_arc) = (f64::INFINITY, f64::INFINITY);
            let ratio = |z| arriving(z, k) / (arriving(z, 1 - k) + target.floor);
            for i in 0..=400 {
                let share = f64::from(i) / 400.0;
                let re = ends.re + (centre + radius - ends.re) * share;
                let height = (radius * radius - (re - centre).powi(2)).max(0.0).sqrt();
                for j in -100..=100 {
                    least = least.min(ratio(c64::new(re, height * f64::from(j) / 100.0)));
                }
                for sign in [1.0, -1.0] {
                    let z = c64::from_polar(1.0, sign * angle.min(PI) * share);
                    least_on_arc = least_on_arc.min(ratio(z));
                }
            }
            assert!(least <= least_on_arc * (1.0 + 1e-3));
            let certified = worst[k].ratio;
            let nominal = nominal_ratios(&problem, &beams).unwrap()[k];
            assert!(
                certified <= least * (1.0 + 1e-9),
                "case {case}: {certified} {least}"
            );
            assert!(
                certified >= least - 2e-3 * nominal,
                "case {case}: {certified} {least}"
            );
            harmful += usize::from(certified < 0.9 * nominal);
        }
    }
    assert!(harmful > 20, "{harmful}");
}

/// Interference is nulled in each group by itself, and only the signal suffers.
#[test]
fn rotations_cost_little_where_groups_can_null() {
    let mut rng = Numbers(3);
    for _ in 0..3 {
        let exact = turning(3, 2, 3, 0.0, &mut rng);
        let mut turned = exact.clone();
        for block in turned.targets.iter_mut().flat_map(|t| &mut t.errors) {
            if let ErrorBlock::Rotation { angle, .. } = block {
                *angle = 0.5;
            }
        }
        let (_, limit) = bracket(&exact.check().unwrap());
        let (lower, upper) = best(&turned.clone().check().unwrap());
        assert!(upper < limit && lower > 0.02 * limit, "{lower} {limit}");
        // A disc around the estimate holds the arc, so it allows no more.
        for target in &mut turned.targets {
            for block in &mut target.errors {
                if let ErrorBlock::Rotation { part, angle } = block {
                    let radius = c64::new(2.0 * (0.5 * *angle).sin(), 0.0);
                    *block = ErrorBlock::Directions {
                        matrix: &*part * faer::Scale(radius),
                        field: Field::Complex,
                    };
                }
            }
        }
        let (disc, _) = best(&turned.check().unwrap());
        assert!(disc < 0.9 * lower, "{disc} {lower}");
    }
}

/// Over the reals, in fewer coordinates, or in antenna coordinates: the same answer.
#[test]
fn ways_to_write_it() {
    let mut rng = Numbers(4);
    let mut problem = turning(2, 2, 4, 0.6, &mut rng);
    for target in &mut problem.targets {
        target.errors.extend((0..2).map(|group| ErrorBlock::Ball {
            group,
            radius: 0.05,
        }));
    }
    let full = problem.clone().check().unwrap();
    let (expected, _) = best(&full);
    let reduction = Reduction::new(&full, &[]);
    let reduced = reduction.reduce(&full).unwrap();
    assert_eq!(reduced.group_sizes, [2, 2]);
    for block in &full.targets[0].errors {
        assert!(
            reduced.targets[0]
                .errors
                .contains(&reduction.reduce_block(0, block).unwrap())
        );
    }
    // A real block of size zero makes everything real.
    let mut real = problem;
    for target in &mut real.targets {
        target.errors.push(ErrorBlock::Directions {
            matrix: Mat::zeros(8, 1),
            field: Field::Real,
        });
    }
    for other in [reduced, reduction.reduce(&real.check().unwrap()).unwrap()] {
        let (lower, upper) = best(&other);
        assert!((lower / expected - 1.0).abs() < 1e-5, "{lower} {expected}");
        assert!(upper >= expected * (1.0 - 1e-9));
    }
}

/// Turned by a right angle, a vector may be anywhere up to zero; just below, next to nothing is left,
/// and that is an answer too.
#[test]
fn large_angles_guarantee_nothing() {
    let mut rng = Numbers(5);
    for angle in [FRAC_PI_2, 3.0, 100.0] {
        let problem = turning(2, 2, 2, angle, &mut rng).check().unwrap();
        assert_eq!(best(&problem), (0.0, 0.0));
    }
    for exponent in 1..=8 {
        let left = 10f64.powi(-exponent);
        let mut problem = turning(2, 2, 2, FRAC_PI_2 - left, &mut rng);
        problem.targets.iter_mut().for_each(|t| t.floor *= 1e-6);
        let strongest = problem.targets.iter().map(|t| square(&t.nominal) / t.floor);
        let bound = 4.0 * left * left * strongest.fold(0.0, f64::max);
        let (lower, upper) = bracket(&problem.check().unwrap());
        assert!(upper - lower <= 5e-3 * upper || upper <= bound);
        assert!(lower <= bound, "{exponent}: {lower} {bound}");
    }
}

/// No angle at all is no error.
#[test]
fn no_angle_is_exact() {
    let problem = turning(1, 1, 2, 0.0, &mut Numbers(7));
    let expected = square(&problem.targets[0].nominal) / problem.targets[0].floor;
    let (lower, _) = bracket(&problem.check().unwrap());
    assert!((lower / expected - 1.0).abs() < 1e-6);
}

#[test]
fn what_makes_no_rotation_is_named() {
    let mut rng = Numbers(6);
    let with = |block: ErrorBlock, rng: &mut Numbers| {
        let mut problem = turning(1, 1, 2, 0.1, rng);
        problem.targets[0].errors = vec![block];
        problem.check().unwrap_err()
    };
    for angle in [-0.1, f64::NAN, f64::INFINITY] {
        let block = ErrorBlock::Rotation {
            part: Mat::zeros(2, 1),
            angle,
        };
        let error = with(block, &mut rng);
        assert!(
            matches!(
                error,
                RobustError::BadNumber {
                    what: "angle",
                    index: 0,
                    ..
                }
            ),
            "{error}"
        );
    }
    for (rows, columns) in [(3, 1), (2, 2), (2, 0)] {
        let block = ErrorBlock::Rotation {
            part: Mat::zeros(rows, columns),
            angle: 0.1,
        };
        let error = with(block, &mut rng);
        assert!(matches!(error, RobustError::WrongLength { .. }), "{error}");
    }
}
