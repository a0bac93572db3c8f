//! Semidefinite programs whose optima are known in closed form.
#![allow(clippy::unwrap_used, clippy::panic)]

use faer::{Mat, c64};
use robust_sdp::*;

fn re(x: f64) -> c64 {
    c64::new(x, 0.0)
}

fn optimum(problem: SdpProblem) -> SdpSolution {
    let problem = problem.check().unwrap();
    match HermitianIpm::default()
        .solve(&problem, SolveRequest::default())
        .unwrap()
    {
        SdpOutcome::Optimal(solution) => solution,
        other => panic!("expected an optimum, got {other:?}"),
    }
}

/// Lovász θ of the odd cycle `C_n`: `n cos(π/n) / (1 + cos(π/n))`.
fn lovasz_of_cycle(n: usize, field: Field) -> f64 {
    let mut problem = SdpProblem::new();
    let x = problem.add_matrix(n, field);
    problem.add_equality(LinearForm::new().matrix(x, Mat::identity(n, n)), 1.0);
    for i in 0..n {
        let k = (i + 1) % n;
        for direction in [re(1.0), c64::new(0.0, 1.0)] {
            if field == Field::Real && direction.im != 0.0 {
                continue;
            }
            let mut e = Mat::<c64>::zeros(n, n);
            e[(i, k)] = direction;
            e[(k, i)] = direction.conj();
            problem.add_equality(LinearForm::new().matrix(x, e), 0.0);
        }
    }
    problem.objective = LinearForm::new().matrix(x, Mat::from_fn(n, n, |_, _| re(1.0)));
    optimum(problem).residuals.primal_objective
}

#[test]
fn lovasz_theta_of_odd_cycles() {
    for n in [5, 7, 11] {
        let c = (std::f64::consts::PI / n as f64).cos();
        let exact = n as f64 * c / (1.0 + c);
        for field in [Field::Real, Field::Complex] {
            let found = lovasz_of_cycle(n, field);
            assert!(
                (found - exact).abs() < 1e-7 * exact,
                "{n} {field:?}: {found} {exact}"
            );
        }
    }
}

/// The largest eigenvalue: min t, t I - A ⪰ 0.
#[test]
fn largest_eigenvalue() {
    let n = 6;
    let a = Mat::from_fn(n, n, |i, j| {
        if i == j {
            re(i as f64)
        } else {
            c64::new(0.3, 0.1 * (j as f64 - i as f64))
        }
    });
    let mut problem = SdpProblem::new();
    let t = problem.add_scalar(ScalarUnknown::Free);
    let mut lmi = Lmi::new(n, Field::Complex);
    lmi.constant = -&a;
    lmi.add_diagonal(t, (0..n).map(|i| (i, 1.0)));
    problem.add_lmi(lmi);
    problem.objective = LinearForm::new().scalar(t, -1.0);
    let solution = optimum(problem);
    let exact = a.self_adjoint_eigenvalues(faer::Side::Lower).unwrap()[n - 1];
    assert!(
        (solution.primal.scalars[0] - exact).abs() < 1e-7,
        "{} {exact}",
        solution.primal.scalars[0]
    );
}

#[test]
fn contradiction_is_certified() {
    // X ⪰ 0, Tr X ≤ -1.
    let mut problem = SdpProblem::new();
    let x = problem.add_matrix(3, Field::Complex);
    problem.add_inequality(LinearForm::new().matrix(x, Mat::identity(3, 3)), -1.0);
    let problem = problem.check().unwrap();
    match HermitianIpm::default()
        .solve(&problem, SolveRequest::default())
        .unwrap()
    {
        SdpOutcome::PrimalInfeasible {
            certificate,
            residual,
        } => {
            assert!(residual < 1e-8);
            assert!((certificate.inequalities[0] - 1.0).abs() < 1e-6);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn unbounded_is_certified() {
    let mut problem = SdpProblem::new();
    let x = problem.add_matrix(3, Field::Complex);
    let mut e = Mat::<c64>::zeros(3, 3);
    e[(0, 0)] = re(1.0);
    problem.add_inequality(LinearForm::new().matrix(x, e), 1.0);
    problem.objective = LinearForm::new().matrix(x, Mat::identity(3, 3));
    let problem = problem.check().unwrap();
    match HermitianIpm::default()
        .solve(&problem, SolveRequest::default())
        .unwrap()
    {
        SdpOutcome::DualInfeasible { residual, .. } => assert!(residual < 1e-8),
        other => panic!("{other:?}"),
    }
}
