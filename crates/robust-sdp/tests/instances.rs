//! Generated relatives of public instances: the same structure, and an independent way to the same number.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod random;

use faer::{Mat, c64};
use random::Draw;
use robust_sdp::*;

fn re(v: f64) -> c64 {
    c64::new(v, 0.0)
}

/// Laplacian of a random graph.
fn laplacian(n: usize, density: f64, draw: &mut Draw) -> Mat<c64> {
    let mut l = Mat::<c64>::zeros(n, n);
    for j in 0..n {
        for i in 0..j {
            if draw.between(0.0, 1.0) < density {
                for (p, q, v) in [(i, i, 1.0), (j, j, 1.0), (i, j, -1.0), (j, i, -1.0)] {
                    l[(p, q)] += re(v);
                }
            }
        }
    }
    l
}

fn objective(problem: SdpProblem, tolerance: f64) -> f64 {
    let problem = problem.check().unwrap();
    let outcome = HermitianIpm::default()
        .solve(&problem, SolveRequest::default())
        .unwrap();
    let (s, almost) = match outcome {
        SdpOutcome::Optimal(s) => (s, false),
        SdpOutcome::AlmostOptimal { solution, .. } => (solution, true),
        other => panic!("{other:?}"),
    };
    let r = problem.residuals(&s.primal, &s.dual).unwrap();
    let worst = r.primal.max(r.dual).max(r.relative_gap(1e-3));
    assert!(worst <= if almost { tolerance } else { 1.01e-8 }, "{r}");
    r.primal_objective
}

/// `<M, X>` over `X ⪰ 0` with a unit diagonal, stated as it reads, in which the matrix has n(n+1)/2 coordinates.
fn unit_diagonal(cost: &Mat<c64>) -> SdpProblem {
    let n = cost.nrows();
    let mut problem = SdpProblem::new();
    let x = problem.add_matrix(n, Field::Real);
    for i in 0..n {
        let mut e = Mat::<c64>::zeros(n, n);
        e[(i, i)] = re(1.0);
        problem.add_equality(LinearForm::new().matrix(x, e), 1.0);
    }
    problem.objective = LinearForm::new().matrix(x, cost.clone());
    problem
}

/// Max-cut as a matrix under equalities and as the LMI `Diag(w) - L/4 ⪰ 0`.
#[test]
fn max_cut_either_way() {
    let mut draw = Draw::new(1);
    for n in [5, 20, 70] {
        let cost = laplacian(n, 0.3, &mut draw) * faer::Scale(re(0.25));
        let mut lmi = Lmi::new(n, Field::Real);
        lmi.constant = &cost * faer::Scale(re(-1.0));
        let mut problem = SdpProblem::new();
        for i in 0..n {
            let w = problem.add_scalar(ScalarUnknown::Free);
            lmi.add_diagonal(w, [(i, 1.0)]);
            problem.objective.scalars.push((w, -1.0));
        }
        problem.add_lmi(lmi);
        let stated = objective(unit_diagonal(&cost), 1e-8);
        let dual = -objective(problem, 1e-8);
        assert!((stated - dual).abs() <= 2e-8 * dual, "{n}: {stated} {dual}");
    }
}

/// Equal parts of a graph: `<11^T, X> = 0` leaves no interior. On the complement of the vector of ones,
/// `X = V Y V^T`, there is one.
#[test]
fn graph_partition_and_its_facial_reduction() {
    let mut draw = Draw::new(2);
    for n in [8, 16, 30] {
        let cost = laplacian(n, 0.4, &mut draw) * faer::Scale(re(-1.0));
        let mut stated = unit_diagonal(&cost);
        let x = stated.objective.matrices[0].0;
        stated.add_equality(LinearForm::new().matrix(x, Mat::full(n, n, re(1.0))), 0.0);
        // Helmert's basis of the complement.
        let v = Mat::from_fn(n, n - 1, |i, k| {
            let norm = (((k + 1) * (k + 2)) as f64).sqrt();
            re(match i.cmp(&(k + 1)) {
                std::cmp::Ordering::Less => 1.0 / norm,
                std::cmp::Ordering::Equal => -((k + 1) as f64) / norm,
                std::cmp::Ordering::Greater => 0.0,
            })
        });
        let mut reduced = SdpProblem::new();
        let y = reduced.add_matrix(n - 1, Field::Real);
        for i in 0..n {
            let row = Mat::from_fn(n - 1, n - 1, |a, b| v[(i, a)] * v[(i, b)]);
            reduced.add_equality(LinearForm::new().matrix(y, row), 1.0);
        }
        reduced.objective = LinearForm::new().matrix(y, v.transpose() * &cost * &v);
        let (stated, reduced) = (objective(stated, 1e-5), objective(reduced, 1e-8));
        assert!(
            (stated / reduced - 1.0).abs() < 1e-5,
            "{n}: {stated} {reduced}"
        );
    }
}

/// Lyapunov's inequality on a random stable matrix, as in control: the least `t` with `A^T P + P A + I ⪯ 0`,
/// `P ⪯ t I` is the largest eigenvalue of the solution of the equation `A^T P + P A + I = 0`.
#[test]
fn lyapunov_inequalities() {
    let mut draw = Draw::new(4);
    for n in [3, 6, 10] {
        let a = Mat::from_fn(n, n, |i, j| {
            draw.between(-1.0, 1.0) - if i == j { 1.5 * (n as f64).sqrt() } else { 0.0 }
        });
        let mut problem = SdpProblem::new();
        let t = problem.add_scalar(ScalarUnknown::Free);
        let mut decrease = Lmi::new(n, Field::Real);
        decrease.constant = Mat::<c64>::identity(n, n) * faer::Scale(re(-1.0));
        let mut bound = Lmi::new(n, Field::Real);
        bound.add_diagonal(t, (0..n).map(|i| (i, 1.0)));
        // The equation, column by column of the unknown.
        let mut system = Mat::<f64>::zeros(n * n, n * n);
        for j in 0..n {
            for i in 0..n {
                for k in 0..n {
                    system[(i + n * j, k + n * j)] += a[(k, i)];
                    system[(i + n * j, i + n * k)] += a[(k, j)];
                }
            }
        }
        for j in 0..n {
            for i in 0..=j {
                let p = problem.add_scalar(ScalarUnknown::Free);
                let e = Mat::from_fn(n, n, |r, c| f64::from((r, c) == (i, j) || (r, c) == (j, i)));
                let image = a.transpose() * &e + &e * &a;
                let complex = |m: &Mat<f64>, s: f64| Mat::from_fn(n, n, |r, c| re(s * m[(r, c)]));
                decrease.add_dense(p, &complex(&image, -1.0));
                bound.add_dense(p, &complex(&e, -1.0));
            }
        }
        problem.add_lmi(decrease);
        problem.add_lmi(bound);
        problem.objective = LinearForm::new().scalar(t, -1.0);
        use faer::linalg::solvers::Solve;
        let right = Mat::from_fn(n * n, 1, |k, _| -f64::from(k % n == k / n));
        let p = system.partial_piv_lu().solve(&right);
        let p = Mat::from_fn(n, n, |i, j| p[(i + n * j, 0)]);
        let values = p.self_adjoint_eigenvalues(faer::Side::Lower).unwrap();
        let largest = values[n - 1];
        let found = -objective(problem, 1e-6);
        assert!(
            (found / largest - 1.0).abs() < 1e-6,
            "{n}: {found} {largest}"
        );
    }
}

/// Files of the kind that prove infeasibility: both sides, written and read again.
#[test]
fn infeasible_files() {
    // x_1 F_1 - F_0 with tr(F_1 Y) = 0 < tr(F_0 Y) for a definite Y; and a cost that a recession direction lowers.
    let files = [
        (
            "1\n1\n2\n1.0\n0 1 1 1 1.0\n0 1 2 2 1.0\n1 1 1 1 1.0\n1 1 2 2 -1.0\n",
            true,
        ),
        (
            "2\n1\n2\n-1.0 0.0\n0 1 1 1 1.0\n1 1 1 1 1.0\n1 1 2 2 1.0\n2 1 1 2 1.0\n",
            false,
        ),
    ];
    for (text, primal) in files {
        let file: SdpaProblem = text.parse().unwrap();
        let again: SdpaProblem = file.to_string().parse().unwrap();
        let problem = again.problem().unwrap().check().unwrap();
        match HermitianIpm::default()
            .solve(&problem, SolveRequest::default())
            .unwrap()
        {
            SdpOutcome::PrimalInfeasible { certificate, .. } if primal => {
                assert!(
                    problem
                        .check_infeasibility(&certificate)
                        .unwrap()
                        .is_proof()
                );
            }
            SdpOutcome::DualInfeasible { direction, .. } if !primal => {
                assert!(problem.check_unboundedness(&direction).unwrap().is_proof());
            }
            other => panic!("{other:?}"),
        }
    }
}
