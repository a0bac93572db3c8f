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

const SCALINGS: [f64; 11] = [
    1e-12, 1e-10, 1e-8, 1e-6, 1e-3, 1.0, 1e3, 1e6, 1e8, 1e10, 1e12,
];

/// `max price · y` with `size · y ≤ bound`.
fn one_number(price: f64, size: f64, bound: f64) -> SdpProblem {
    let mut problem = SdpProblem::new();
    let y = problem.add_scalar(ScalarUnknown::Free);
    problem.add_inequality(LinearForm::new().scalar(y, size), bound);
    problem.objective = LinearForm::new().scalar(y, price);
    problem
}

/// The problem in other units: rows of matrix unknowns, scalars, rows of LMIs, constraints, constants
/// and the objective times powers of ten over so many orders. And the unit of the objective.
fn rescaled(problem: &SdpProblem, draw: &mut Draw, orders: f64) -> (SdpProblem, f64) {
    let mut unit = |part: f64| 10f64.powf(part * draw.between(-0.5 * orders, 0.5 * orders));
    let mut list = |n: usize, part: f64| (0..n).map(|_| unit(part)).collect::<Vec<f64>>();
    // Squares of these are units: half of the orders.
    let d: Vec<Vec<f64>> = problem.matrices.iter().map(|m| list(m.dim, 0.5)).collect();
    let e: Vec<Vec<f64>> = problem.lmis.iter().map(|l| list(l.dim(), 0.5)).collect();
    let t = list(problem.scalars.len(), 1.0);
    let inequalities = list(problem.inequalities.len(), 1.0);
    let equalities = list(problem.equalities.len(), 1.0);
    let (constants, objective) = (list(1, 1.0)[0], list(1, 1.0)[0]);
    let both = |a: &Mat<c64>, d: &[f64], c: f64| {
        Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[(i, j)] * (d[i] * d[j] * c))
    };
    let form = |form: &mut LinearForm, row: f64| {
        for (id, c) in &mut form.matrices {
            *c = both(c, &d[id.index()], row);
        }
        for (id, c) in &mut form.scalars {
            *c *= t[id.index()] * row;
        }
    };
    let mut out = problem.clone();
    for (lmi, e) in out.lmis.iter_mut().zip(&e) {
        lmi.constant = both(&lmi.constant, e, constants);
        let factors = std::mem::take(&mut lmi.factors);
        for (k, term) in lmi.congruences.iter_mut().enumerate() {
            let (f, d) = (&factors[term.factor], &d[term.matrix.index()]);
            let f = Mat::from_fn(f.nrows(), f.ncols(), |i, j| f[(i, j)] * (e[i] * d[j]));
            lmi.factors.push(f);
            term.factor = k;
        }
        for term in &mut lmi.scalars {
            let t = t[term.scalar.index()];
            term.entries
                .iter_mut()
                .for_each(|v| v.2 *= e[v.0] * e[v.1] * t);
        }
    }
    for (c, row) in out.inequalities.iter_mut().zip(&inequalities) {
        form(&mut c.form, *row);
        c.bound *= constants * row;
    }
    for (c, row) in out.equalities.iter_mut().zip(&equalities) {
        form(&mut c.form, *row);
        c.bound *= constants * row;
    }
    form(&mut out.objective, objective);
    (out, constants * objective)
}
