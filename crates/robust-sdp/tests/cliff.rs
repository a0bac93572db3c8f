//! Errors nearly as large as the vector: what is left is small, and certified.
#![allow(clippy::unwrap_used)] // helpers of tests

use faer::{Mat, c64};
use robust_sdp::*;

fn problem(left: f64, groups: usize, floor: f64) -> ValidRatioProblem {
    let radius = (1.0 - left) * 5.0;
    RatioProblem {
        group_sizes: vec![2; groups],
        budgets: vec![1.0; groups],
        targets: vec![RatioTarget {
            nominal: [c64::from(3.0), c64::new(0.0, 4.0)].repeat(groups),
            errors: (0..groups)
                .map(|group| ErrorBlock::Ball { group, radius })
                .collect(),
            floor,
        }],
    }
    .check()
    .unwrap()
}

/// Balls that leave the fraction `left` of each group's amplitude, at a floor so low that much remains: the matched vectors
/// keep `(Σ_m left ‖ĥ_m‖)²/σ²`.
#[test]
fn little_is_not_nothing() {
    let solver = HermitianIpm::default();
    for groups in [1, 2, 3] {
        for left in [0.1, 1e-2, 2e-3, 1e-3, 1e-4] {
            let expected = (groups as f64 * left * 5.0).powi(2) / 1e-12;
            let problem = problem(left, groups, 1e-12);
            let beam = Mat::from_fn(2 * groups, 1, |i, _| problem.targets[0].nominal[i] / 5.0);
            let worst = worst_case_ratios(&problem, &[beam], &solver).unwrap();
            let options = MaxMinOptions::default();
            let found = max_min_ratio(&problem, &solver, &options, &mut || false).unwrap();
            for lower in [worst[0].ratio(), found.bracket.lower()] {
                assert!(
                    lower <= expected * (1.0 + 1e-9),
                    "{groups} {left}: {lower:e}"
                );
                assert!(
                    lower >= expected * (1.0 - 1e-3),
                    "{groups} {left}: {lower:e}"
                );
            }
            assert!(
                found.bracket.upper() >= expected * (1.0 - 1e-9),
                "{groups} {left}: {found:?}"
            );
        }
    }
}
