//! Laws of the robust ratio problem: closed forms, invariances, monotonicity.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod random;

use faer::{Mat, c64};
use proptest::prelude::*;
use random::*;
use robust_sdp::*;

/// Two optima whose brackets are 1e-7 wide may differ by a little more than that.
const SAME: f64 = 1e-6;

fn small(targets: usize) -> Shape {
    Shape {
        targets,
        groups: vec![2, 3],
        radii: (0.05, 0.3),
        floors: (0.01, 1.0),
    }
}

fn assert_same(a: &MaxMinSolution, b: &MaxMinSolution) {
    assert!(a.bracket.lower() > 0.0);
    assert!(
        (a.bracket.lower() / b.bracket.lower() - 1.0).abs() < SAME,
        "{} {}",
        a.bracket.lower(),
        b.bracket.lower()
    );
}

/// The largest possible ratio of a single target: the beams point along the nominal vectors,
/// the worst error shortens each group's part by its radius, and a group whose ball contains
/// zero is of no use.
fn single_target(problem: &RatioProblem) -> f64 {
    let target = &problem.targets[0];
    let mut amplitude = 0.0;
    for (m, range) in ranges(&problem.group_sizes).into_iter().enumerate() {
        let radius: f64 = target
            .errors
            .iter()
            .map(|block| match block {
                ErrorBlock::Ball { group, radius } if *group == m => *radius,
                _ => 0.0,
            })
            .sum();
        let left = (length(&target.nominal[range]) - radius).max(0.0);
        amplitude += problem.budgets[m].sqrt() * left;
    }
    amplitude * amplitude / target.floor
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn single_target_in_closed_form(
        seed in any::<u64>(),
        groups in proptest::collection::vec(1usize..5, 1..4),
        floor in -8.0f64..2.0,
    ) {
        let floor = 10f64.powf(floor);
        let shape = Shape { targets: 1, groups, radii: (0.0, 0.9), floors: (floor, 2.0 * floor) };
        let problem = problem(&mut Draw::new(seed), &shape);
        let expected = single_target(&problem);
        let found = solve(&problem);
        prop_assert!((found.bracket.lower() / expected - 1.0).abs() < SAME, "{found:?} {expected}");
        prop_assert!((found.bracket.upper() / expected - 1.0).abs() < SAME, "{found:?} {expected}");
    }

    /// Without errors and interference (orthogonal vectors, one group) the budget is shared so
    /// that all ratios are equal: `γ = P / Σ_k σ_k²/‖h_k‖²`.
    #[test]
    fn orthogonal_targets_in_closed_form(seed in any::<u64>(), targets in 2usize..4) {
        let mut draw = Draw::new(seed);
        let u = draw.unitary(4);
        let budget = draw.between(0.5, 2.0);
        let mut cost = 0.0;
        let targets = (0..targets)
            .map(|k| {
                let (size, floor) = (draw.between(0.5, 2.0), draw.between(0.1, 1.0));
                cost += floor / (size * size);
                RatioTarget {
                    nominal: (0..4).map(|i| u[(i, k)] * size).collect(),
                    errors: Vec::new(),
                    floor,
                }
            })
            .collect();
        let problem = RatioProblem { group_sizes: vec![4], budgets: vec![budget], targets };
        let found = solve(&problem);
        prop_assert!((found.bracket.lower() * cost / budget - 1.0).abs() < SAME);
        prop_assert!((found.bracket.upper() * cost / budget - 1.0).abs() < SAME);
    }

    #[test]
    fn newton_and_bisection_agree(seed in any::<u64>(), exact in any::<bool>()) {
        let mut problem = problem(&mut Draw::new(seed), &small(2));
        if exact {
            problem.targets.iter_mut().for_each(|t| t.errors.clear());
        }
        let newton = solve(&problem);
        let bisection = solve_with(&problem, &MaxMinOptions {
            root_finding: RootFinding::Bisection,
            ..MaxMinOptions::default()
        });
        assert_same(&newton, &bisection);
    }

    /// Vectors and radii times c with floors times c², and budgets times c with floors times
    /// c, leave the ratio as it is.
    #[test]
    fn units_do_not_matter(seed in any::<u64>(), exponent in -6.0f64..6.0) {
        let problem = problem(&mut Draw::new(seed), &small(2));
        let reference = solve(&problem);
        let c = 10f64.powf(exponent);
        let mut vectors = problem.clone();
        for target in &mut vectors.targets {
            target.nominal.iter_mut().for_each(|v| *v *= c);
            target.floor *= c * c;
            for block in &mut target.errors {
                if let ErrorBlock::Ball { radius, .. } = block {
                    *radius *= c;
                }
            }
        }
        assert_same(&reference, &solve(&vectors));
        let mut budgets = problem;
        budgets.budgets.iter_mut().for_each(|p| *p *= c);
        budgets.targets.iter_mut().for_each(|t| t.floor *= c);
        assert_same(&reference, &solve(&budgets));
    }

    /// Larger balls, smaller budgets, or higher floors lower the optimum strictly; the brackets
    /// are separate.
    #[test]
    fn monotone(seed in any::<u64>()) {
        let problem = problem(&mut Draw::new(seed), &small(2));
        let reference = solve(&problem);
        let valid = problem.clone().check().unwrap();
        let wider = solve(&valid.with_scaled_balls(1.2).unwrap().into_inner());
        prop_assert!(wider.bracket.upper() < reference.bracket.lower());
        let mut poorer = problem.clone();
        poorer.budgets.iter_mut().for_each(|p| *p *= 0.8);
        prop_assert!(solve(&poorer).bracket.upper() < reference.bracket.lower());
        let mut noisier = problem;
        noisier.targets.iter_mut().for_each(|t| t.floor *= 1.2);
        prop_assert!(solve(&noisier).bracket.upper() < reference.bracket.lower());
    }

    /// Rotating a group's coordinates by a unitary matrix, or renaming targets, changes nothing.
    #[test]
    fn coordinates_and_names_do_not_matter(seed in any::<u64>()) {
        let mut draw = Draw::new(seed);
        let problem = problem(&mut draw, &small(3));
        let reference = solve(&problem);
        let mut rotated = problem.clone();
        for range in ranges(&problem.group_sizes) {
            let u = draw.unitary(range.len());
            for (new, old) in rotated.targets.iter_mut().zip(&problem.targets) {
                for (i, row) in range.clone().enumerate() {
                    new.nominal[row] = range
                        .clone()
                        .enumerate()
                        .map(|(j, column)| u[(i, j)] * old.nominal[column])
                        .sum();
                }
            }
        }
        assert_same(&reference, &solve(&rotated));
        let mut renamed = problem;
        renamed.targets.rotate_left(1);
        assert_same(&reference, &solve(&renamed));
    }

    /// A ball of radius zero is no ball, and a ball is `radius · I` in all complex directions.
    #[test]
    fn ways_to_write_a_set(seed in any::<u64>()) {
        let problem = problem(&mut Draw::new(seed), &small(2));
        let n = problem.dimension();
        let mut exact = problem.clone();
        exact.targets[0].errors.clear();
        let mut zero = problem.clone();
        for block in &mut zero.targets[0].errors {
            if let ErrorBlock::Ball { radius, .. } = block {
                *radius = 0.0;
            }
        }
        let zero_solution = solve(&zero);
        assert_same(&solve(&exact), &zero_solution);
        prop_assert_eq!(&zero_solution.point.multipliers[0], &vec![0.0, 0.0]);

        let mut written_out = problem.clone();
        let groups = ranges(&problem.group_sizes);
        for block in written_out.targets.iter_mut().flat_map(|t| &mut t.errors) {
            if let ErrorBlock::Ball { group, radius } = *block {
                let range = groups[group].clone();
                *block = ErrorBlock::Directions {
                    matrix: Mat::from_fn(n, range.len(), |i, j| {
                        re(if i == range.start + j { radius } else { 0.0 })
                    }),
                    field: Field::Complex,
                };
            }
        }
        assert_same(&solve(&problem), &solve(&written_out));
    }
}

/// Beams with interference, and a target whose error is `Σ_i E_i x_i` with one column each.
fn with_directions(draw: &mut Draw, field: Field, blocks: usize) -> RatioProblem {
    let mut problem = problem(draw, &small(2));
    let n = problem.dimension();
    for target in &mut problem.targets {
        target.errors = (0..blocks)
            .map(|_| ErrorBlock::Directions {
                matrix: draw.matrix(n, 1) * faer::Scale(re(0.2)),
                field,
            })
            .collect();
    }
    problem
}

/// `ĥ_k + Σ_i E_i x_i`.
fn displaced(target: &RatioTarget, x: &[c64]) -> Vec<c64> {
    let mut h = target.nominal.clone();
    for (block, x) in target.errors.iter().zip(x) {
        let ErrorBlock::Directions { matrix, .. } = block else {
            panic!("directions only")
        };
        h.iter_mut()
            .enumerate()
            .for_each(|(i, v)| *v += matrix[(i, 0)] * x);
    }
    h
}

/// Beams along the nominal vectors: a positive ratio is sure to remain.
fn matched(problem: &RatioProblem) -> Vec<Mat<c64>> {
    problem
        .targets
        .iter()
        .map(|t| Mat::from_fn(t.nominal.len(), 1, |i, _| t.nominal[i] * 0.3))
        .collect()
}

/// One real block: the S-lemma is exact, so the certified ratio is the minimum over [-1, 1].
#[test]
fn one_real_direction_is_exact() {
    for seed in 0..10 {
        let problem = with_directions(&mut Draw::new(seed), Field::Real, 1);
        let beams = matched(&problem);
        let solver = HermitianIpm::default();
        let valid = problem.clone().check().unwrap();
        let worst = worst_case_ratios(&valid, &beams, &solver).unwrap();
        for (k, target) in problem.targets.iter().enumerate() {
            let at = |x: f64| ratio(&displaced(target, &[re(x)]), &beams, k, target.floor);
            let (mut low, mut high) = (-1.0, 1.0);
            let mut least = f64::INFINITY;
            // A grid, then finer and finer ones around its minimum.
            for _ in 0..5 {
                let grid: Vec<f64> = (0..=400)
                    .map(|i| low + (high - low) * f64::from(i) / 400.0)
                    .collect();
                let best = (0..grid.len())
                    .min_by(|&a, &b| at(grid[a]).total_cmp(&at(grid[b])))
                    .unwrap();
                least = least.min(at(grid[best]));
                low = grid[best.saturating_sub(1)];
                high = grid[(best + 1).min(grid.len() - 1)];
            }
            let certified = worst[k].ratio();
            assert!(certified <= least * (1.0 + 1e-9), "{certified} {least}");
            assert!(certified >= least * (1.0 - 1e-6), "{certified} {least}");
        }
    }
}

/// Two complex blocks: exact too. The minimum over the two unit discs is found by a random
/// search that contracts around its best point, so it may lie a little above the truth.
#[test]
fn two_complex_directions_are_exact() {
    for seed in 0..6 {
        let mut draw = Draw::new(100 + seed);
        let problem = with_directions(&mut draw, Field::Complex, 2);
        let beams = matched(&problem);
        let valid = problem.clone().check().unwrap();
        let worst = worst_case_ratios(&valid, &beams, &HermitianIpm::default()).unwrap();
        for (k, target) in problem.targets.iter().enumerate() {
            let certified = worst[k].ratio();
            let mut least = f64::INFINITY;
            for _ in 0..8 {
                let mut x = [re(0.0); 2];
                let mut here = f64::INFINITY;
                let mut reach = 2.0;
                for _ in 0..4000 {
                    let trial = x.map(|v| {
                        let v = v + draw.complex() * reach;
                        v / v.norm().max(1.0)
                    });
                    let value = ratio(&displaced(target, &trial), &beams, k, target.floor);
                    if value < here {
                        (x, here) = (trial, value);
                    } else {
                        reach = (reach * 0.99f64).max(1e-6);
                    }
                }
                least = least.min(here);
            }
            assert!(certified <= least * (1.0 + 1e-9), "{certified} {least}");
            assert!(certified >= least * (1.0 - 1e-4), "{certified} {least}");
        }
    }
}

/// The optimum over forms holds for real errors too: real blocks allow more than the complex
/// ones that contain them.
#[test]
fn real_sets_allow_at_least_what_their_complex_hulls_allow() {
    for seed in 0..3 {
        let complex = with_directions(&mut Draw::new(seed), Field::Complex, 1);
        let real = with_directions(&mut Draw::new(seed), Field::Real, 1);
        let (inner, outer) = (solve(&real), solve(&complex));
        assert!(outer.bracket.lower() <= inner.bracket.upper());
        let valid = real.clone().check().unwrap();
        let worst =
            worst_case_ratios(&valid, &inner.point.forms, &HermitianIpm::default()).unwrap();
        let least = worst
            .iter()
            .map(|w| w.ratio())
            .fold(f64::INFINITY, f64::min);
        assert!((least / inner.bracket.lower() - 1.0).abs() < SAME);
    }
}

/// Balls that contain the negative of their vector leave nothing to guarantee: an answer.
#[test]
fn swallowed_vectors_have_the_answer_zero() {
    let mut problem = problem(&mut Draw::new(3), &small(2));
    for range in ranges(&problem.group_sizes).into_iter().enumerate() {
        let (group, range) = range;
        let radius = 1.01 * length(&problem.targets[1].nominal[range]);
        problem.targets[1].errors[group] = ErrorBlock::Ball { group, radius };
    }
    let solution = solve(&problem);
    assert_eq!(
        (solution.bracket.lower(), solution.bracket.upper()),
        (0.0, 0.0)
    );
}

/// An error across the vector, however long, takes nothing from what arrives along it.
#[test]
fn errors_across_the_vector_do_not_swallow_it() {
    let column = |x: f64, y: f64| Mat::from_fn(2, 1, |i, _| re([x, y][i]));
    let problem = RatioProblem {
        group_sizes: vec![2],
        budgets: vec![2.0],
        targets: vec![RatioTarget {
            nominal: vec![re(1.0), re(0.0)],
            errors: vec![ErrorBlock::Directions {
                matrix: column(0.0, 3.0),
                field: Field::Complex,
            }],
            floor: 0.5,
        }],
    };
    let found = solve(&problem);
    assert!(
        (found.bracket.lower() / 4.0 - 1.0).abs() < SAME,
        "{found:?}"
    );
    assert!(
        (found.bracket.upper() / 4.0 - 1.0).abs() < SAME,
        "{found:?}"
    );
}

/// A vector of length 5 known up to 1, a beam of length 1 along it: at the worst ratio, 8, the inequality is
/// `[1/8 + μ, 5/8; 5/8, 25/8 - μ - 2]`, which only `μ = 1/2` makes semidefinite.
#[test]
fn the_multiplier_of_one_ball_in_closed_form() {
    let problem = RatioProblem {
        group_sizes: vec![2],
        budgets: vec![3.0],
        targets: vec![RatioTarget {
            nominal: vec![re(3.0), c64::new(0.0, 4.0)],
            errors: vec![ErrorBlock::Ball {
                group: 0,
                radius: 1.0,
            }],
            floor: 2.0,
        }],
    }
    .check()
    .unwrap();
    let beam = Mat::from_fn(2, 1, |i, _| [re(0.6), c64::new(0.0, 0.8)][i]);
    let worst = worst_case_ratios(&problem, &[beam], &HermitianIpm::default()).unwrap();
    assert!((worst[0].ratio() / 8.0 - 1.0).abs() < SAME, "{worst:?}");
    assert!((worst[0].multipliers()[0] - 0.5).abs() < 1e-2, "{worst:?}");
}

/// A certificate of what forms attain exactly must not depend on the sign of a rounding error: where
/// there are no errors the inequality is the number zero.
#[test]
fn without_errors_the_attained_ratio_is_certified() {
    for seed in 0..20 {
        let mut draw = Draw::new(seed);
        let mut problem = problem(&mut draw, &small(3));
        problem.targets.iter_mut().for_each(|t| t.errors.clear());
        let beams = matched(&problem);
        let problem = problem.check().unwrap();
        let ratios = nominal_ratios(&problem, &beams).unwrap();
        let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let certificate = certify(&problem, &beams, &vec![Vec::new(); 3], least).unwrap();
        assert!(
            certificate.min_lmi_eigenvalue_relative >= -1e-9,
            "{certificate:?}"
        );
        assert!(certificate.noise_margin >= 1.0 - 1e-6, "{certificate:?}");
        let more = certify(&problem, &beams, &vec![Vec::new(); 3], 1.01 * least).unwrap();
        assert!(more.min_lmi_eigenvalue_relative < -1e-4, "{more:?}");
    }
}
