//! Strong duality of random semidefinite programs, recomputed from the returned multipliers.
//!
//! The checks use nothing but the problem's data: a feasible primal point and feasible
//! multipliers with equal objectives prove each other optimal, whoever found them.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod random;

use faer::{Mat, c64};
use random::*;
use robust_sdp::*;

/// The solver is asked for 1e-8 relative to the data, which are of order ten here.
const TOLERANCE: f64 = 1e-6;

fn mul(a: &Mat<c64>, b: &Mat<c64>) -> Mat<c64> {
    Mat::from_fn(a.nrows(), b.ncols(), |i, j| {
        (0..a.ncols()).map(|l| a[(i, l)] * b[(l, j)]).sum()
    })
}

fn adjoint(a: &Mat<c64>) -> Mat<c64> {
    Mat::from_fn(a.ncols(), a.nrows(), |i, j| a[(j, i)].conj())
}

fn add(a: &mut Mat<c64>, weight: f64, b: &Mat<c64>) {
    for j in 0..a.ncols() {
        for i in 0..a.nrows() {
            a[(i, j)] += b[(i, j)] * weight;
        }
    }
}

/// What a constraint over the reals sees.
fn seen(a: Mat<c64>, field: Field) -> Mat<c64> {
    match field {
        Field::Complex => a,
        Field::Real => Mat::from_fn(a.nrows(), a.ncols(), |i, j| re(a[(i, j)].re)),
    }
}

fn dense(term: &ScalarTerm, dim: usize) -> Mat<c64> {
    let mut a = Mat::zeros(dim, dim);
    term.entries
        .iter()
        .for_each(|&(i, j, value)| a[(i, j)] += value);
    a
}

fn lmi_value(lmi: &Lmi, point: &PrimalPoint) -> Mat<c64> {
    let mut value = lmi.constant.clone();
    for term in &lmi.congruences {
        let t = &lmi.factors[term.factor];
        let image = mul(&mul(t, &point.matrices[term.matrix.index()]), &adjoint(t));
        add(&mut value, term.coefficient, &image);
    }
    for term in &lmi.scalars {
        let y = point.scalars[term.scalar.index()];
        add(&mut value, y, &dense(term, lmi.dim()));
    }
    seen(value, lmi.field)
}

fn form_value(form: &LinearForm, point: &PrimalPoint) -> f64 {
    let matrices = form
        .matrices
        .iter()
        .map(|(id, c)| inner(c, &point.matrices[id.index()]));
    let scalars = form
        .scalars
        .iter()
        .map(|(id, c)| c * point.scalars[id.index()]);
    matrices.sum::<f64>() + scalars.sum::<f64>()
}

fn positive_definite(draw: &mut Draw, n: usize, field: Field) -> Mat<c64> {
    let a = seen(draw.matrix(n, n), field);
    let mut square = mul(&a, &adjoint(&a));
    add(&mut square, 0.2, &Mat::identity(n, n));
    square
}

/// A program with a strictly feasible point known by construction, and bounded because the
/// size of every unknown is.
fn random_program(seed: u64) -> SdpProblem {
    let mut draw = Draw::new(seed);
    let mut problem = SdpProblem::new();
    let fields = [Field::Complex, Field::Real, Field::Complex];
    let sides = [3, 2, 2];
    let matrices: Vec<MatrixId> = sides
        .iter()
        .zip(fields)
        .map(|(&n, field)| problem.add_matrix(n, field))
        .collect();
    let scalars = [
        problem.add_scalar(ScalarUnknown::Free),
        problem.add_scalar(ScalarUnknown::NonNegative),
    ];
    let inside = PrimalPoint {
        matrices: sides
            .iter()
            .zip(fields)
            .map(|(&n, field)| positive_definite(&mut draw, n, field))
            .collect(),
        scalars: vec![draw.normal(), draw.between(0.1, 2.0)],
    };
    for (side, field) in [(4, Field::Complex), (3, Field::Real)] {
        let mut lmi = Lmi::new(side, field);
        for (&id, &n) in matrices.iter().zip(&sides) {
            let factor = lmi.add_factor(draw.matrix(side, n));
            lmi.add_congruence(draw.between(-1.0, 1.0), factor, id);
            // Two terms that share a factor, as in the ratio problem.
            if n == 2 {
                let other = if id == matrices[1] {
                    matrices[2]
                } else {
                    matrices[1]
                };
                lmi.add_congruence(draw.between(-1.0, 1.0), factor, other);
            }
        }
        lmi.add_diagonal(scalars[0], [(0, 1.0), (side - 1, -1.0)]);
        let dense = draw.hermitian(side, field);
        lmi.add_dense(scalars[1], &dense);
        let mut constant = positive_definite(&mut draw, side, field);
        add(&mut constant, -1.0, &lmi_value(&lmi, &inside));
        lmi.constant = constant;
        problem.add_lmi(lmi);
    }
    let random_form = |draw: &mut Draw| {
        let mut form = LinearForm::new();
        for ((&id, &n), field) in matrices.iter().zip(&sides).zip(fields) {
            form = form.matrix(id, draw.hermitian(n, field));
        }
        form.scalar(scalars[0], draw.normal())
            .scalar(scalars[1], draw.normal())
    };
    let equality = random_form(&mut draw);
    let value = form_value(&equality, &inside);
    problem.add_equality(equality, value);
    let mut sizes = LinearForm::new().scalar(scalars[1], 1.0);
    for (&id, &n) in matrices.iter().zip(&sides) {
        sizes = sizes.matrix(id, Mat::identity(n, n));
    }
    let bound = form_value(&sizes, &inside) + draw.between(0.5, 3.0);
    problem.add_inequality(sizes, bound);
    for sign in [1.0, -1.0] {
        let bound = sign * inside.scalars[0] + draw.between(0.5, 3.0);
        problem.add_inequality(LinearForm::new().scalar(scalars[0], sign), bound);
    }
    problem.objective = random_form(&mut draw);
    problem
}

fn assert_positive(a: &Mat<c64>, what: &str) {
    let least = eigenvalues(a)[0];
    assert!(least > -TOLERANCE, "{what}: smallest eigenvalue {least}");
}

fn assert_zero(a: &Mat<c64>, what: &str) {
    assert!(a.norm_max() < TOLERANCE, "{what}: {}", a.norm_max());
}

fn assert_optimal(problem: &SdpProblem, solution: &SdpSolution) {
    let (primal, dual) = (&solution.primal, &solution.dual);
    // The primal point is feasible.
    for lmi in &problem.lmis {
        assert_positive(&lmi_value(lmi, primal), "an LMI");
    }
    for (x, unknown) in primal.matrices.iter().zip(&problem.matrices) {
        assert_positive(x, "an unknown");
        assert_zero(&(x - adjoint(x)), "asymmetry");
        let imaginary = x - seen(x.clone(), unknown.field);
        assert_zero(&imaginary, "imaginary part of a real unknown");
    }
    for c in &problem.inequalities {
        assert!(form_value(&c.form, primal) < c.bound + TOLERANCE);
    }
    for c in &problem.equalities {
        assert!((form_value(&c.form, primal) - c.bound).abs() < TOLERANCE);
    }
    // The multipliers are in their cones.
    dual.lmis
        .iter()
        .for_each(|z| assert_positive(z, "Z of an LMI"));
    dual.matrices
        .iter()
        .for_each(|s| assert_positive(s, "S of an unknown"));
    assert!(dual.inequalities.iter().all(|z| *z > -TOLERANCE));
    for (s, kind) in dual.scalars.iter().zip(&problem.scalars) {
        match kind {
            ScalarUnknown::Free => assert!(s.abs() < TOLERANCE),
            ScalarUnknown::NonNegative => assert!(*s > -TOLERANCE),
        }
    }
    // Stationarity of the Lagrangian.
    let multiplied: Vec<(f64, &LinearForm)> = problem
        .inequalities
        .iter()
        .zip(&dual.inequalities)
        .chain(problem.equalities.iter().zip(&dual.equalities))
        .map(|(c, z)| (-z, &c.form))
        .chain(std::iter::once((1.0, &problem.objective)))
        .collect();
    for (v, unknown) in problem.matrices.iter().enumerate() {
        let mut gradient = dual.matrices[v].clone();
        for (weight, form) in &multiplied {
            for (_, c) in form.matrices.iter().filter(|(id, _)| id.index() == v) {
                add(&mut gradient, *weight, c);
            }
        }
        for (lmi, z) in problem.lmis.iter().zip(&dual.lmis) {
            for term in lmi.congruences.iter().filter(|t| t.matrix.index() == v) {
                let t = &lmi.factors[term.factor];
                add(
                    &mut gradient,
                    term.coefficient,
                    &mul(&mul(&adjoint(t), z), t),
                );
            }
        }
        assert_zero(&seen(gradient, unknown.field), "gradient");
    }
    for s in 0..problem.scalars.len() {
        let mut gradient = dual.scalars[s];
        for (weight, form) in &multiplied {
            for (_, c) in form.scalars.iter().filter(|(id, _)| id.index() == s) {
                gradient += weight * c;
            }
        }
        for (lmi, z) in problem.lmis.iter().zip(&dual.lmis) {
            for term in lmi.scalars.iter().filter(|t| t.scalar.index() == s) {
                gradient += inner(z, &dense(term, lmi.dim()));
            }
        }
        assert!(
            gradient.abs() < TOLERANCE,
            "gradient of a scalar {gradient}"
        );
    }
    // Both objectives are the same number.
    let value = form_value(&problem.objective, primal);
    let bound: f64 = problem
        .lmis
        .iter()
        .zip(&dual.lmis)
        .map(|(lmi, z)| inner(z, &lmi.constant))
        .chain(
            problem
                .inequalities
                .iter()
                .zip(&dual.inequalities)
                .chain(problem.equalities.iter().zip(&dual.equalities))
                .map(|(c, z)| z * c.bound),
        )
        .sum();
    let scale = value.abs().max(1.0);
    assert!((bound - value).abs() < TOLERANCE * scale, "{value} {bound}");
    assert!((solution.residuals.primal_objective - value).abs() < TOLERANCE * scale);
    assert!((solution.residuals.dual_objective - bound).abs() < TOLERANCE * scale);
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
