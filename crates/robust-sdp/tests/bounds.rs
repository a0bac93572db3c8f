//! What nearly feasible points and multipliers prove.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod random;

use faer::{Mat, c64};
use random::Draw;
use robust_sdp::*;

/// The Lovász number of the pentagon, `√5`: max `<J, X>`, `Tr X = 1`, `X_ij = 0` on edges.
fn pentagon() -> (ValidSdp, MatrixId) {
    let mut problem = SdpProblem::new();
    let x = problem.add_matrix(5, Field::Real);
    problem.add_equality(LinearForm::new().matrix(x, Mat::identity(5, 5)), 1.0);
    for i in 0..5 {
        let mut edge = Mat::<c64>::zeros(5, 5);
        edge[(i, (i + 1) % 5)] = c64::new(1.0, 0.0);
        edge[((i + 1) % 5, i)] = c64::new(1.0, 0.0);
        problem.add_equality(LinearForm::new().matrix(x, edge), 0.0);
    }
    problem.objective = LinearForm::new().matrix(x, Mat::full(5, 5, c64::new(1.0, 0.0)));
    (problem.check().unwrap(), x)
}

fn solved(problem: &ValidSdp) -> SdpSolution {
    let outcome = HermitianIpm::default()
        .solve(problem, SolveRequest::default())
        .unwrap();
    let SdpOutcome::Optimal(solution) = outcome else {
        panic!("{outcome:?}")
    };
    solution
}

#[test]
fn perturbed_optima_still_bracket_the_optimum() {
    let (problem, _) = pentagon();
    let optimum = 5f64.sqrt();
    let mut draw = Draw::new(3);
    for noise in [0.0, 1e-9, 1e-6, 1e-3, 1e-1] {
        for _ in 0..20 {
            let mut s = solved(&problem);
            let x = &mut s.primal.matrices[0];
            for j in 0..5 {
                for i in 0..=j {
                    let v = c64::new(noise * draw.between(-1.0, 1.0), 0.0);
                    x[(i, j)] += v;
                    if i < j {
                        x[(j, i)] += v;
                    }
                }
            }
            for w in &mut s.dual.equalities {
                *w += noise * draw.between(-1.0, 1.0);
            }
            // Not what they should be at all, and of no weight.
            s.dual.matrices[0].fill(c64::new(0.3, 0.0));
            let bounds = problem.proven_bounds(&s.primal, &s.dual).unwrap();
            assert!(
                bounds.points > 1.0 && bounds.multipliers > 1.0,
                "{bounds:?}"
            );
            assert!(
                bounds.lower <= optimum && optimum <= bounds.upper,
                "{bounds:?}"
            );
            let width = bounds.upper - bounds.lower;
            assert!(width <= 100.0 * (noise + 1e-8), "{noise}: {bounds:?}");
        }
    }
}

/// Too loose a tolerance is no licence, and an impossible one no reason to say nothing: what is
/// left of it is an outcome with bounds.
#[test]
fn an_impossible_tolerance_ends_almost_optimal() {
    let (problem, _) = pentagon();
    let tolerance = Tolerance {
        relative_gap: 1e-17,
        feasibility: 1e-17,
        ..Tolerance::default()
    };
    let request = SolveRequest {
        tolerance,
        ..SolveRequest::default()
    };
    match HermitianIpm::default().solve(&problem, request) {
        Ok(SdpOutcome::AlmostOptimal { solution, bounds }) => {
            assert!(bounds.lower <= 5f64.sqrt() && 5f64.sqrt() <= bounds.upper);
            assert!(bounds.upper - bounds.lower < 1e-9, "{bounds:?}");
            let failed = SdpOutcome::AlmostOptimal { solution, bounds }.unless_almost("test");
            assert!(failed.unwrap_err().last_iterate().is_some());
        }
        Err(SolverError::Stalled { residuals, .. }) => {
            assert!(residuals.relative_gap(1.0) > 1e-14, "{residuals}");
        }
        other => panic!("{other:?}"),
    }
}

/// An optimum of zero has no digits of its own; one that is small next to its data has.
#[test]
fn objectives_count_by_themselves_first() {
    // The least x + 1e-3 with x ≥ 0 as [x 0; 0 1e4] ⪰ 0 beside an unknown with coefficients of 1e4.
    let mut problem = SdpProblem::new();
    let x = problem.add_scalar(ScalarUnknown::Free);
    let y = problem.add_scalar(ScalarUnknown::NonNegative);
    let mut lmi = Lmi::new(2, Field::Real);
    lmi.constant[(0, 0)] = c64::new(-1e-3, 0.0);
    lmi.constant[(1, 1)] = c64::new(1e4, 0.0);
    lmi.add_diagonal(x, [(0, 1.0)]);
    lmi.add_diagonal(y, [(1, -1e4)]);
    problem.add_lmi(lmi);
    problem.objective = LinearForm::new().scalar(x, -1.0);
    let least = -solved(&problem.clone().check().unwrap())
        .residuals
        .primal_objective;
    assert!((least / 1e-3 - 1.0).abs() < 1e-7, "{least}");
    problem.lmis[0].constant[(0, 0)] = c64::new(0.0, 0.0);
    let zero = solved(&problem.check().unwrap()).residuals.primal_objective;
    assert!(zero.abs() < 1e-8, "{zero}");
}
