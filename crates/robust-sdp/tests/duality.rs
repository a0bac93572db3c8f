//! Strong duality of random semidefinite programs, recomputed from the returned multipliers.
//!
//! The checks use nothing but the problem's data: a feasible primal point and feasible
//! multipliers with equal objectives prove each other optimal, whoever found them.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod naive;
mod programs;
mod random;

use faer::Mat;
use naive::*;
use programs::random_program;
use robust_sdp::*;

/// The solver is asked for 1e-8 relative to the data, which are of order ten here.
const TOLERANCE: f64 = 1e-6;

fn assert_optimal(problem: &SdpProblem, solution: &SdpSolution) {
    let worth = worth(problem, &solution.primal, &solution.dual);
    assert!(worth.is_optimal(TOLERANCE, 1.0, 1.0), "{worth:?}");
    // The solver's own account of itself is right too.
    let r = &solution.residuals;
    let scale = worth.value.abs().max(1.0);
    assert!((r.primal_objective - worth.value).abs() < TOLERANCE * scale);
    assert!((r.dual_objective - worth.bound).abs() < TOLERANCE * scale);
    // And so is the library's.
    let problem = problem.clone().check().unwrap();
    let again = problem.residuals(&solution.primal, &solution.dual).unwrap();
    assert!(
        again.primal < TOLERANCE && again.dual < TOLERANCE,
        "{again}"
    );
    assert!((again.primal_objective - worth.value).abs() < 1e-12 * scale);
    assert!((again.dual_objective - worth.bound).abs() < 1e-12 * scale);
}

#[test]
fn multipliers_prove_the_optimum() {
    for seed in 0..40 {
        let problem = random_program(seed).check().unwrap();
        match HermitianIpm::default().solve(&problem, SolveRequest::default()) {
            Ok(SdpOutcome::Optimal(solution)) => assert_optimal(&problem, &solution),
            other => panic!("seed {seed}: {other:?}"),
        }
    }
}

/// A start only saves work; it does not move the optimum.
#[test]
fn a_start_does_not_move_the_optimum() {
    for seed in 0..5 {
        let problem = random_program(seed).check().unwrap();
        let solver = HermitianIpm::default();
        let Ok(SdpOutcome::Optimal(cold)) = solver.solve(&problem, SolveRequest::default()) else {
            panic!("seed {seed}")
        };
        let mut start = cold.primal.clone();
        for x in &mut start.matrices {
            let n = x.nrows();
            add(x, 0.1, &Mat::identity(n, n));
        }
        let request = SolveRequest {
            start: Some(&start),
            ..SolveRequest::default()
        };
        let Ok(SdpOutcome::Optimal(warm)) = solver.solve(&problem, request) else {
            panic!("seed {seed}")
        };
        assert_optimal(&problem, &warm);
    }
}

/// The monitor decides: an iterate that is good enough, or the end.
#[test]
fn the_monitor_is_obeyed() {
    let problem = random_program(1).check().unwrap();
    let solver = HermitianIpm::default();
    for control in [Control::Accept, Control::Cancel] {
        let mut seen = 0;
        let mut monitor = |report: &IterationReport| {
            assert_eq!(report.iteration, seen);
            seen += 1;
            if report.iteration == 3 {
                control
            } else {
                Control::Continue
            }
        };
        let request = SolveRequest {
            monitor: Some(&mut monitor),
            ..SolveRequest::default()
        };
        match (control, solver.solve(&problem, request)) {
            (Control::Accept, Ok(SdpOutcome::Stopped(s))) => assert_eq!(s.iterations, 3),
            (Control::Cancel, Err(SolverError::Cancelled { iterations, .. })) => {
                assert_eq!(iterations, 3);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_iteration_limit_leaves_its_last_iterate() {
    let problem = random_program(2).check().unwrap();
    let solver = HermitianIpm {
        max_iterations: 3,
        ..HermitianIpm::default()
    };
    let error = solver.solve(&problem, SolveRequest::default()).unwrap_err();
    assert!(matches!(
        error,
        SolverError::IterationLimit { iterations: 3, .. }
    ));
    assert!(error.last_iterate().is_some());
}
