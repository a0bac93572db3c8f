//! Vectors in the place of forms that are not of rank one.
#![allow(clippy::unwrap_used)] // helpers of tests

mod random;

use faer::{Mat, c64};
use random::*;
use robust_sdp::*;

fn relaxed(problem: &ValidRatioProblem) -> MaxMinSolution {
    let options = MaxMinOptions::default();
    max_min_ratio(problem, &HermitianIpm::default(), &options, &mut || false).unwrap()
}

fn certified(problem: &ValidRatioProblem, vectors: &[Mat<c64>]) -> f64 {
    let worst = worst_case_ratios(problem, vectors, &HermitianIpm::default()).unwrap();
    worst
        .iter()
        .map(|w| w.ratio())
        .fold(f64::INFINITY, f64::min)
}

fn extracted(problem: &ValidRatioProblem, relaxed: &MaxMinSolution) -> Vec<Mat<c64>> {
    let attained = Attained {
        ratio: relaxed.bracket.lower(),
        slope: relaxed.point.slope,
        forms: &relaxed.point.forms,
    };
    let options = RankOneOptions::default();
    rank_one(
        problem,
        &HermitianIpm::default(),
        &attained,
        &options,
        &mut || false,
    )
    .unwrap()
    .vectors
}

/// The nominal vectors, scaled to fill a budget.
fn matched(problem: &ValidRatioProblem) -> Vec<Mat<c64>> {
    let column = |t: &RatioTarget| Mat::from_fn(t.nominal.len(), 1, |i, _| t.nominal[i]);
    let mut columns: Vec<Mat<c64>> = problem.targets.iter().map(column).collect();
    fill_budget(problem, &mut columns);
    columns
}

/// Balls nearly as large as the vectors, eight coordinates, four targets: forms of higher rank attain most, and principal
/// directions may be certified nothing. What is returned is certified no less than the nominal vectors are.
#[test]
fn balls_nearly_as_large_as_the_vectors() {
    for seed in 0..4 {
        let mut draw = Draw::new(seed);
        let targets = (0..4).map(|_| RatioTarget {
            nominal: draw.vector(8),
            errors: Vec::new(),
            floor: 0.1,
        });
        let mut targets: Vec<RatioTarget> = targets.collect();
        for target in &mut targets {
            let radius = 0.9 * length(&target.nominal);
            target.errors = vec![ErrorBlock::Ball { group: 0, radius }];
        }
        let problem = RatioProblem {
            group_sizes: vec![8],
            budgets: vec![1.0],
            targets,
        };
        let problem = problem.check().unwrap();
        let relaxed = relaxed(&problem);
        let vectors = certified(&problem, &extracted(&problem, &relaxed));
        let simple = certified(&problem, &matched(&problem));
        assert!(
            simple > 0.0 && vectors >= simple * (1.0 - 1e-6),
            "{seed}: {vectors:e} {simple:e}"
        );
        assert!(vectors <= relaxed.bracket.upper() * (1.0 + 1e-9));
    }
}

/// An ascent ends at least as high as it starts, within the budgets, and no higher than the relaxation allows; started from its own
/// end it stays there.
#[test]
fn an_ascent_rises() {
    for (seed, radii) in [(0, (0.01, 0.05)), (1, (0.1, 0.3)), (2, (0.4, 0.6))] {
        let shape = Shape {
            targets: 3,
            groups: vec![2, 3],
            radii,
            floors: (0.01, 0.1),
        };
        let problem = problem(&mut Draw::new(seed), &shape).check().unwrap();
        let start = matched(&problem);
        let ascent = |from: &[Mat<c64>]| {
            local_ascent(&problem, from, &HermitianIpm::default(), &mut || false)
                .unwrap()
                .unwrap()
        };
        let found = ascent(&start);
        let before = certified(&problem, &start);
        assert!(
            found.ratio >= before,
            "{seed}: {before:e} {:e}",
            found.ratio
        );
        let after = certified(&problem, &found.vectors);
        assert!(
            (after / found.ratio - 1.0).abs() < 1e-3,
            "{seed}: {after:e} {:e}",
            found.ratio
        );
        let relaxed = relaxed(&problem);
        assert!(found.ratio <= relaxed.bracket.upper());
        let again = ascent(&found.vectors);
        assert!((again.ratio / found.ratio - 1.0).abs() < 1e-3, "{seed}");
    }
}

/// Where the nominal vectors are certified nothing there is nothing to rise from.
#[test]
fn no_ascent_from_nothing() {
    let shape = Shape {
        targets: 2,
        groups: vec![3],
        radii: (0.1, 0.2),
        floors: (0.1, 0.2),
    };
    let problem = problem(&mut Draw::new(5), &shape).check().unwrap();
    // Both vectors are the first's: the second target hears nothing of its own.
    let nothing = vec![matched(&problem)[0].clone(), Mat::zeros(3, 1)];
    let found = local_ascent(&problem, &nothing, &HermitianIpm::default(), &mut || false).unwrap();
    assert_eq!(found, None);
}
