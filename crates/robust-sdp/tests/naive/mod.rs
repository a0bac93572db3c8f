//! Dense algebra written out naively, and what points and multipliers of a program are worth by it.
//! It shares nothing with the library but the problem's data.
#![allow(dead_code)] // each test uses its part

use faer::{Mat, c64};
use robust_sdp::*;

use super::random::{Draw, eigenvalues, inner, re};

pub fn mul(a: &Mat<c64>, b: &Mat<c64>) -> Mat<c64> {
    Mat::from_fn(a.nrows(), b.ncols(), |i, j| {
        (0..a.ncols()).map(|l| a[(i, l)] * b[(l, j)]).sum()
    })
}

pub fn adjoint(a: &Mat<c64>) -> Mat<c64> {
    Mat::from_fn(a.ncols(), a.nrows(), |i, j| a[(j, i)].conj())
}

pub fn add(a: &mut Mat<c64>, weight: f64, b: &Mat<c64>) {
    for j in 0..a.ncols() {
        for i in 0..a.nrows() {
            a[(i, j)] += b[(i, j)] * weight;
        }
    }
}

/// What a constraint over the reals sees.
pub fn seen(a: Mat<c64>, field: Field) -> Mat<c64> {
    match field {
        Field::Complex => a,
        Field::Real => Mat::from_fn(a.nrows(), a.ncols(), |i, j| re(a[(i, j)].re)),
    }
}

pub fn dense(term: &ScalarTerm, dim: usize) -> Mat<c64> {
    let mut a = Mat::zeros(dim, dim);
    term.entries
        .iter()
        .for_each(|&(i, j, value)| a[(i, j)] += value);
    a
}

pub fn lmi_value(lmi: &Lmi, point: &PrimalPoint) -> Mat<c64> {
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

pub fn form_value(form: &LinearForm, point: &PrimalPoint) -> f64 {
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

pub fn positive_definite(draw: &mut Draw, n: usize, field: Field) -> Mat<c64> {
    let a = seen(draw.matrix(n, n), field);
    let mut square = mul(&a, &adjoint(&a));
    add(&mut square, 0.2, &Mat::identity(n, n));
    square
}

/// How much of its cone a matrix lacks.
fn lacking(a: &Mat<c64>) -> f64 {
    let asymmetry = (a - adjoint(a)).norm_max();
    eigenvalues(a)[0].min(0.0).abs().max(asymmetry)
}

/// Violations of a point, multipliers and certificates, largest over constraints.
#[derive(Debug, Clone, Copy, Default)]
pub struct Worth {
    /// Violation of the primal constraints.
    pub primal: f64,
    /// Of the multipliers' cones, and of stationarity, in the unknowns' magnitudes.
    pub dual: f64,
    /// Objective at the point.
    pub value: f64,
    /// What the multipliers bound it by.
    pub bound: f64,
}

impl Worth {
    /// Within a tolerance, relative to data of the sizes given.
    pub fn is_optimal(&self, tolerance: f64, constants: f64, objective: f64) -> bool {
        let scale = self.value.abs().max(self.bound.abs());
        self.primal <= tolerance * constants
            && self.dual <= tolerance * objective
            && (self.bound - self.value).abs() <= tolerance * scale.max(objective)
    }
}

pub fn primal_violation(problem: &SdpProblem, point: &PrimalPoint, constants: bool) -> f64 {
    let mut worst: f64 = 0.0;
    for lmi in &problem.lmis {
        let mut value = lmi_value(lmi, point);
        if !constants {
            add(&mut value, -1.0, &seen(lmi.constant.clone(), lmi.field));
        }
        worst = worst.max(lacking(&value));
    }
    for (x, unknown) in point.matrices.iter().zip(&problem.matrices) {
        let imaginary = (x - seen(x.clone(), unknown.field)).norm_max();
        worst = worst.max(lacking(x)).max(imaginary);
    }
    for (y, kind) in point.scalars.iter().zip(&problem.scalars) {
        if *kind == ScalarUnknown::NonNegative {
            worst = worst.max(-y);
        }
    }
    let bound = |c: &LinearConstraint| if constants { c.bound } else { 0.0 };
    for c in &problem.inequalities {
        worst = worst.max(form_value(&c.form, point) - bound(c));
    }
    for c in &problem.equalities {
        worst = worst.max((form_value(&c.form, point) - bound(c)).abs());
    }
    worst
}

/// Of the multipliers' cones and of stationarity with the objective weighted.
pub fn dual_violation(problem: &SdpProblem, dual: &DualPoint, objective: f64) -> f64 {
    let mut worst: f64 = 0.0;
    for z in &dual.lmis {
        worst = worst.max(lacking(z));
    }
    for z in &dual.inequalities {
        worst = worst.max(-z);
    }
    for (s, kind) in dual.scalars.iter().zip(&problem.scalars) {
        worst = worst.max(match kind {
            ScalarUnknown::Free => s.abs(),
            ScalarUnknown::NonNegative => -s,
        });
    }
    let multiplied: Vec<(f64, &LinearForm)> = problem
        .inequalities
        .iter()
        .zip(&dual.inequalities)
        .chain(problem.equalities.iter().zip(&dual.equalities))
        .map(|(c, z)| (-z, &c.form))
        .chain(std::iter::once((objective, &problem.objective)))
        .collect();
    for (v, unknown) in problem.matrices.iter().enumerate() {
        let d = |a: &Mat<c64>| {
            Mat::from_fn(unknown.dim, unknown.dim, |i, j| {
                a[(i, j)] * (unknown.magnitude[i] * unknown.magnitude[j])
            })
        };
        worst = worst.max(lacking(&d(&dual.matrices[v])));
        let mut gradient = dual.matrices[v].clone();
        for (weight, form) in &multiplied {
            for (_, c) in form.matrices.iter().filter(|(id, _)| id.index() == v) {
                add(&mut gradient, *weight, c);
            }
        }
        for (lmi, z) in problem.lmis.iter().zip(&dual.lmis) {
            for term in lmi.congruences.iter().filter(|t| t.matrix.index() == v) {
                let t = &lmi.factors[term.factor];
                let image = mul(&mul(&adjoint(t), z), t);
                add(&mut gradient, term.coefficient, &image);
            }
        }
        worst = worst.max(d(&seen(gradient, unknown.field)).norm_max());
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
        worst = worst.max(gradient.abs());
    }
    worst
}

pub fn dual_bound(problem: &SdpProblem, dual: &DualPoint) -> f64 {
    let linear = problem
        .inequalities
        .iter()
        .zip(&dual.inequalities)
        .chain(problem.equalities.iter().zip(&dual.equalities))
        .map(|(c, z)| z * c.bound);
    let lmis = problem.lmis.iter().zip(&dual.lmis);
    lmis.map(|(lmi, z)| inner(z, &lmi.constant))
        .chain(linear)
        .sum()
}

pub fn worth(problem: &SdpProblem, primal: &PrimalPoint, dual: &DualPoint) -> Worth {
    Worth {
        primal: primal_violation(problem, primal, true),
        dual: dual_violation(problem, dual, 1.0),
        value: form_value(&problem.objective, primal),
        bound: dual_bound(problem, dual),
    }
}
