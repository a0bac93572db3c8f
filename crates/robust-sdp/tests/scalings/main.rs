//! Problems in any units: optima are found, and nothing is called infeasible that is not.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

#[path = "../naive/mod.rs"]
mod naive;
#[path = "../programs/mod.rs"]
mod programs;
#[path = "../random/mod.rs"]
mod random;

mod optima;
mod units;
mod weakly_infeasible;

use faer::{Mat, c64};
use naive::positive_definite;
use programs::{Class, base, random_program};
use proptest::prelude::*;
use random::*;
use robust_sdp::*;

fn re(x: f64) -> c64 {
    c64::new(x, 0.0)
}

/// All solvers that are built in.
fn solvers() -> Vec<Box<dyn SdpSolver>> {
    vec![
        Box::new(HermitianIpm::default()),
        #[cfg(feature = "clarabel-sdp")]
        Box::new(ClarabelSolver::default()),
    ]
}

/// The optimum, to seven digits, by every solver.
fn assert_optimum(what: &str, problem: SdpProblem, exact: f64) {
    for solver in solvers() {
        assert_optimum_of(solver.as_ref(), what, problem.clone(), exact);
    }
}

fn assert_optimum_of(solver: &dyn SdpSolver, what: &str, problem: SdpProblem, exact: f64) {
    let problem = problem.check().unwrap();
    let name = solver.name();
    let solution = match solver.solve(&problem, SolveRequest::default()) {
        Ok(SdpOutcome::Optimal(solution)) => solution,
        other => panic!("{name}, {what}: {other:?}"),
    };
    let r = &solution.residuals;
    for value in [r.primal_objective, r.dual_objective] {
        let error = (value / exact - 1.0).abs();
        assert!(error < 1e-7, "{name}, {what}: {value:e} {exact:e}");
    }
    let again = problem.residuals(&solution.primal, &solution.dual).unwrap();
    assert!(again.primal < 1e-7 && again.dual < 1e-7, "{what}: {again}");
}
