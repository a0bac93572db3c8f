//! The dual solved in a problem's place gives the same answers.

use super::*;
use crate::hermitian::{Field, linalg};
use crate::sdp::{LinearForm, Lmi, PrimalPoint, ScalarTerm, ScalarUnknown, SdpProblem};
use faer::{Mat, c64};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn gaussianlike(rng: &mut ChaCha8Rng) -> f64 {
    (0..4).map(|_| rng.random::<f64>() - 0.5).sum()
}

fn matrix(rng: &mut ChaCha8Rng, m: usize, n: usize, field: Field) -> Mat<c64> {
    Mat::from_fn(m, n, |_, _| {
        let im = if field == Field::Complex {
            gaussianlike(rng)
        } else {
            0.0
        };
        c64::new(gaussianlike(rng), im)
    })
}

fn hermitian(rng: &mut ChaCha8Rng, n: usize, field: Field) -> Mat<c64> {
    let mut a = matrix(rng, n, n, field);
    linalg::symmetrise(&mut a);
    a
}

fn definite(rng: &mut ChaCha8Rng, n: usize, field: Field) -> Mat<c64> {
    let a = matrix(rng, n, n, field);
    linalg::mul_adjoint_right(a.as_ref(), a.as_ref())
        + Mat::<c64>::identity(n, n) * faer::Scale(c64::from(0.1))
}

/// A bounded problem with every kind of unknown and constraint, and a point in its interior (on its equalities).
fn random_problem(rng: &mut ChaCha8Rng) -> SdpProblem {
    use Field::{Complex, Real};
    let mut problem = SdpProblem::new();
    let x = [
        problem.add_matrix(3, Real),
        problem.add_matrix_with_magnitude(Complex, vec![1.0, 3.0]),
    ];
    let y = [
        problem.add_scalar(ScalarUnknown::Free),
        problem.add_scalar(ScalarUnknown::NonNegative),
        problem.add_scalar(ScalarUnknown::Free),
    ];
    let point = PrimalPoint {
        matrices: vec![definite(rng, 3, Real), definite(rng, 2, Complex)],
        scalars: vec![gaussianlike(rng), 0.7, gaussianlike(rng)],
    };
    for field in [Real, Complex] {
        let mut lmi = Lmi::new(4, field);
        let t = lmi.add_factor(matrix(rng, 4, 3, field));
        lmi.add_congruence(1.0, t, x[0]);
        let t = lmi.add_factor(matrix(rng, 4, 2, Complex));
        lmi.add_congruence(-0.7, t, x[1]);
        lmi.add_dense(y[0], &hermitian(rng, 4, field));
        lmi.add_diagonal(y[1], [(2, -1.0)]);
        let off = c64::new(0.3, if field == Complex { 0.4 } else { 0.0 });
        lmi.scalars.push(ScalarTerm {
            scalar: y[2],
            entries: vec![(0, 3, off), (3, 0, off.conj())],
        });
        let value = crate::sdp::lmi_value(&lmi, &point, 1.0);
        lmi.constant = definite(rng, 4, field) - value;
        linalg::symmetrise(&mut lmi.constant);
        problem.add_lmi(lmi);
    }
    let value = |form: &LinearForm| {
        let matrices = form.matrices.iter();
        matrices
            .map(|(v, c)| linalg::inner(c.as_ref(), point.matrices[v.index()].as_ref()))
            .sum::<f64>()
            + form
                .scalars
                .iter()
                .map(|(s, c)| c * point.scalars[s.index()])
                .sum::<f64>()
    };
    let form = |rng: &mut ChaCha8Rng| {
        LinearForm::new()
            .matrix(x[0], hermitian(rng, 3, Real))
            .matrix(x[1], hermitian(rng, 2, Complex))
            .scalar(y[0], gaussianlike(rng))
            .scalar(y[1], gaussianlike(rng))
            .scalar(y[2], gaussianlike(rng))
    };
    let equality = form(rng);
    problem.add_equality(equality.clone(), value(&equality));
    let mut bound = |form: LinearForm| {
        let at = value(&form);
        problem.add_inequality(form, at + 1.0);
    };
    bound(
        LinearForm::new()
            .matrix(x[0], Mat::identity(3, 3))
            .matrix(x[1], Mat::identity(2, 2)),
    );
    for s in y {
        bound(LinearForm::new().scalar(s, 1.0));
        bound(LinearForm::new().scalar(s, -1.0));
    }
    problem.objective = form(rng);
    problem
}

fn both(problem: SdpProblem) -> [SdpOutcome; 2] {
    let problem = problem.check().unwrap();
    let solver = HermitianIpm::default();
    [
        solver
            .solve_here(&problem, SolveRequest::default(), 1.0)
            .unwrap(),
        solve_dual(NAME, &problem, SolveRequest::default(), |d, r| {
            solver.solve_here(d, r, 1.0)
        })
        .unwrap(),
    ]
}

#[test]
fn optima_agree_and_are_those_of_the_problem_as_stated() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for _ in 0..30 {
        let problem = random_problem(&mut rng);
        let checked = problem.clone().check().unwrap();
        let optima = both(problem).map(|outcome| {
            let SdpOutcome::Optimal(s) = outcome else {
                panic!("{outcome:?}")
            };
            let r = checked.residuals(&s.primal, &s.dual).unwrap();
            assert!(
                r.primal < 2e-8 && r.dual < 2e-8 && r.relative_gap(1.0) < 2e-8,
                "{r}"
            );
            assert!(
                (r.primal_objective - s.residuals.primal_objective).abs() < 1e-8,
                "{r}"
            );
            r.primal_objective
        });
        assert!(
            (optima[0] - optima[1]).abs() < 1e-7 * (1.0 + optima[0].abs()),
            "{optima:?}"
        );
    }
}

#[test]
fn certificates_are_those_of_the_problem_as_stated() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    for _ in 0..10 {
        // Two walls that leave nothing between them.
        let mut problem = random_problem(&mut rng);
        let wall = problem.inequalities[1].clone();
        let minus = LinearForm {
            scalars: vec![(wall.form.scalars[0].0, -1.0)],
            ..LinearForm::new()
        };
        problem.add_inequality(minus, -wall.bound - 1.0);
        let checked = problem.clone().check().unwrap();
        for outcome in both(problem) {
            let SdpOutcome::PrimalInfeasible { certificate, .. } = outcome else {
                panic!("{outcome:?}")
            };
            assert!(
                checked
                    .check_infeasibility(&certificate)
                    .unwrap()
                    .is_proof()
            );
        }
        // A scalar that nothing holds.
        let mut problem = random_problem(&mut rng);
        let loose = problem.add_scalar(ScalarUnknown::NonNegative);
        problem.objective.scalars.push((loose, 1.0));
        let checked = problem.clone().check().unwrap();
        for outcome in both(problem) {
            let SdpOutcome::DualInfeasible { direction, .. } = outcome else {
                panic!("{outcome:?}")
            };
            assert!(checked.check_unboundedness(&direction).unwrap().is_proof());
        }
    }
}
