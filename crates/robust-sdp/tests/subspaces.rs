//! Forms restricted to subspaces.
#![allow(clippy::unwrap_used)] // helpers of tests

mod random;

use faer::{Mat, c64};
use random::*;
use robust_sdp::*;

fn instance(seed: u64) -> ValidRatioProblem {
    let shape = Shape {
        targets: 3,
        groups: vec![2, 3],
        radii: (0.05, 0.3),
        floors: (0.01, 1.0),
    };
    problem(&mut Draw::new(seed), &shape).check().unwrap()
}

fn within(problem: &ValidRatioProblem, subspaces: &[Subspace]) -> MaxMinSolution {
    max_min_ratio_within(
        problem,
        subspaces,
        &HermitianIpm::default(),
        &MaxMinOptions::default(),
        &mut || false,
    )
    .unwrap()
}

fn same(basis: Mat<c64>, field: Field) -> Vec<Subspace> {
    vec![Subspace { basis, field }; 3]
}

/// For each target its nominal vector cut into groups, as in maximum-ratio transmission.
fn nominal(problem: &ValidRatioProblem, field: Field) -> Vec<Subspace> {
    let groups = problem.group_ranges();
    problem
        .targets
        .iter()
        .map(|target| Subspace {
            basis: Mat::from_fn(problem.dimension(), groups.len(), |i, m| {
                if groups[m].contains(&i) {
                    target.nominal[i]
                } else {
                    c64::new(0.0, 0.0)
                }
            }),
            field,
        })
        .collect()
}

#[test]
fn the_whole_space_restricts_nothing() {
    for seed in 0..4 {
        let problem = instance(seed);
        let free = max_min_ratio(
            &problem,
            &HermitianIpm::default(),
            &MaxMinOptions::default(),
            &mut || false,
        )
        .unwrap();
        // Neither the lengths of the columns nor columns too many matter.
        let n = problem.dimension();
        let basis = Mat::from_fn(n, n + 1, |i, j| {
            c64::new(
                if i == j { 1.0 + i as f64 } else { 0.0 },
                (j == n) as u8 as f64,
            )
        });
        let all = within(&problem, &same(basis, Field::Complex));
        assert!((all.bracket.lower() / free.bracket.lower() - 1.0).abs() < 1e-6);
    }
}

#[test]
fn a_smaller_class_attains_less() {
    for seed in 0..4 {
        let problem = instance(seed);
        let whole = within(
            &problem,
            &same(
                Mat::identity(problem.dimension(), problem.dimension()),
                Field::Complex,
            ),
        );
        let complex = within(&problem, &nominal(&problem, Field::Complex));
        let real = within(&problem, &nominal(&problem, Field::Real));
        assert!(complex.bracket.lower() <= whole.bracket.upper());
        assert!(real.bracket.lower() <= complex.bracket.upper());
        assert!(real.bracket.lower() > 0.0);
        // What the restricted forms are said to attain, they attain.
        for solution in [&complex, &real] {
            let proof = certify(
                &problem,
                &solution.point.forms,
                &solution.point.multipliers,
                solution.bracket.lower(),
            )
            .unwrap();
            assert!(proof.noise_margin > 1.0 - 1e-6, "{proof:?}");
            assert!(proof.max_power_ratio < 1.0 + 1e-9, "{proof:?}");
        }
    }
}

/// With directions to spare all interference can be nulled, and the ratio is limited by the errors or grows like the inverse of
/// the floor: the bracket closes all the same, from a ratio of a few to beyond 1e12.
#[test]
fn directions_to_spare() {
    spare_directions(0..1);
}

/// The same for more draws: 540 problems.
#[test]
#[ignore = "minutes"]
fn directions_to_spare_of_many_draws() {
    spare_directions(1..11);
}

fn spare_directions(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        for targets in [1, 2, 3] {
            for groups in [targets, 2 * targets, 4 * targets] {
                for (radii, floor) in [
                    ((0.0, 1e-9), 1e-14),
                    ((1e-4, 1e-3), 1e-9),
                    ((0.05, 0.2), 1e-2),
                ] {
                    for field in [Field::Real, Field::Complex] {
                        let shape = Shape {
                            targets,
                            groups: (0..groups).map(|m| 1 + m % 2).collect(),
                            radii,
                            floors: (floor, 2.0 * floor),
                        };
                        let mut draw = Draw::new(1000 * seed + 10 * targets as u64 + groups as u64);
                        let problem = problem(&mut draw, &shape).check().unwrap();
                        let found = within(&problem, &nominal(&problem, field));
                        let case =
                            format!("{seed} {targets} {groups} {radii:?} {field:?}: {found:?}");
                        assert!(found.bracket.lower() > 0.0, "{case}");
                        assert!(
                            found.bracket.upper() <= found.bracket.lower() * (1.0 + 1e-3),
                            "{case}"
                        );
                    }
                }
            }
        }
    }
}

/// Forms of more unknowns than a program may have, in subspaces of few: what vectors leave open, because a part of each group's vector has an unknown phase
/// and the best forms are of higher rank, programs within the subspaces close.
#[test]
fn few_directions_of_a_large_problem() {
    let shape = Shape {
        targets: 4,
        groups: vec![8; 4],
        radii: (0.02, 0.02),
        floors: (1e-4, 1e-4),
    };
    for (seed, field) in [(1, Field::Complex), (2, Field::Real)] {
        let mut draw = Draw::new(seed);
        let mut given = problem(&mut draw, &shape);
        let groups = ranges(&given.group_sizes);
        for target in &mut given.targets {
            for group in &groups {
                let reflected = draw.vector(group.len());
                let size = 0.6 * length(&target.nominal[group.clone()]) / length(&reflected);
                let matrix = Mat::from_fn(target.nominal.len(), 1, |i, _| {
                    let row = i.checked_sub(group.start).and_then(|r| reflected.get(r));
                    row.map_or(re(0.0), |v| v * size)
                });
                let field = Field::Complex;
                target.errors.push(ErrorBlock::Directions { matrix, field });
            }
        }
        let problem = given.check().unwrap();
        let found = within(&problem, &nominal(&problem, field));
        assert!(found.bracket.lower() > 0.0);
        assert!(found.bracket.relative_width() < 1e-5, "{:?}", found.bracket);
    }
}

#[test]
fn vectors_stay_in_their_subspace() {
    let problem = instance(7);
    let subspaces = nominal(&problem, Field::Real);
    let solution = within(&problem, &subspaces);
    let flat = rank_one_within(
        &problem,
        &subspaces,
        &HermitianIpm::default(),
        &Attained {
            ratio: solution.bracket.lower(),
            slope: solution.point.slope,
            forms: &solution.point.forms,
        },
        &RankOneOptions::default(),
        &mut || false,
    )
    .unwrap();
    let groups = problem.group_ranges();
    for (w, target) in flat.vectors.iter().zip(&problem.targets) {
        for range in &groups {
            // Parallel to the nominal vector: all quotients of entries are equal.
            let quotients: Vec<c64> = range
                .clone()
                .map(|i| w[(i, 0)] / target.nominal[i])
                .collect();
            for q in &quotients {
                assert!((q - quotients[0]).norm() < 1e-9 * (1.0 + quotients[0].norm()));
            }
        }
    }
}

#[test]
fn subspaces_that_do_not_fit_are_named() {
    let problem = instance(0);
    let attempt = |subspaces: &[Subspace]| {
        max_min_ratio_within(
            &problem,
            subspaces,
            &HermitianIpm::default(),
            &MaxMinOptions::default(),
            &mut || false,
        )
        .unwrap_err()
        .to_string()
    };
    let n = problem.dimension();
    assert!(attempt(&[]).contains("subspaces"));
    let short = same(Mat::identity(n - 1, 1), Field::Real);
    assert!(attempt(&short).contains("rows of a subspace"));
    let empty = same(Mat::zeros(n, 0), Field::Real);
    assert!(attempt(&empty).contains("columns of a subspace"));
    let zero = same(Mat::zeros(n, 2), Field::Real);
    assert!(attempt(&zero).contains("length of a column"));
}
