//! Units in which a problem's data are of order one.
//!
//! Every row of an LMI, every row of a matrix unknown, every scalar, every constraint, the constants
//! together and the objective have a unit, a power of two, so that nothing is rounded. Each nonzero
//! coefficient is then multiplied by the units that meet in it, and the units are those for which the
//! logarithms of the coefficients are least in the sense of least squares (Curtis and Reid, IMA J. Appl.
//! Math. 10, 1972, here for matrix inequalities). A problem and the same problem in other
//! units therefore become the same problem, up to factors of two.
//!
//! Data that are of order one already are left alone, to the last bit.

mod fit;
mod solve;

use faer::{Mat, c64};

use super::check::ValidSdp;
use super::problem::{LinearForm, Lmi, SdpProblem};
use super::solution::{DualPoint, PrimalPoint};
pub(crate) use solve::solve_in_units;

/// Units, as exponents of two.
///
/// With `D` and `E` diagonal, `X = 2^-κ D X' D`, `y = 2^(t - κ) y'`; an LMI is multiplied by
/// `2^κ E · E`, a linear constraint by `2^(r + κ)`, the objective by `2^(o + κ)`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scaling {
    matrices: Vec<Vec<i32>>,
    scalars: Vec<i32>,
    lmis: Vec<Vec<i32>>,
    inequalities: Vec<i32>,
    equalities: Vec<i32>,
    constants: i32,
    objective: i32,
}

impl Scaling {
    /// The problem in these units.
    pub(crate) fn problem(&self, problem: &SdpProblem) -> ValidSdp {
        let mut out = problem.clone();
        let form = |form: &mut LinearForm, row: i32| {
            for (id, c) in &mut form.matrices {
                let d = &self.matrices[id.0];
                *c = graded(c, d, 1, row);
            }
            for (id, c) in &mut form.scalars {
                *c *= power(row + self.scalars[id.0]);
            }
        };
        for unknown in &mut out.matrices {
            unknown.magnitude.fill(1.0);
        }
        for (lmi, e) in out.lmis.iter_mut().zip(&self.lmis) {
            self.scale_lmi(lmi, e);
        }
        for (c, &row) in out.inequalities.iter_mut().zip(&self.inequalities) {
            form(&mut c.form, row);
            c.bound *= power(row + self.constants);
        }
        for (c, &row) in out.equalities.iter_mut().zip(&self.equalities) {
            form(&mut c.form, row);
            c.bound *= power(row + self.constants);
        }
        form(&mut out.objective, self.objective);
        ValidSdp::trusted(out)
    }

    fn scale_lmi(&self, lmi: &mut Lmi, e: &[i32]) {
        lmi.constant = graded(&lmi.constant, e, 1, self.constants);
        // Unknowns in the same units keep their common factor.
        let mut kinds: Vec<(usize, usize)> = Vec::new();
        let mut factors = Vec::new();
        for term in &mut lmi.congruences {
            let d = &self.matrices[term.matrix.0];
            let found = kinds
                .iter()
                .position(|&(factor, v)| factor == term.factor && self.matrices[v] == *d);
            let index = found.unwrap_or_else(|| {
                kinds.push((term.factor, term.matrix.0));
                let t = &lmi.factors[term.factor];
                factors.push(Mat::from_fn(t.nrows(), t.ncols(), |i, j| {
                    t[(i, j)] * power(e[i] + d[j])
                }));
                kinds.len() - 1
            });
            term.factor = index;
        }
        lmi.factors = factors;
        for term in &mut lmi.scalars {
            let t = self.scalars[term.scalar.0];
            for (i, j, v) in &mut term.entries {
                *v *= power(e[*i] + e[*j] + t);
            }
        }
    }

    /// What objectives in these units are divided by.
    pub(crate) fn objective_unit(&self) -> f64 {
        power(-self.objective - self.constants)
    }

    /// A point in these units (`inverse`: from them).
    pub(crate) fn primal(&self, point: &PrimalPoint, inverse: bool) -> PrimalPoint {
        let sign = if inverse { -1 } else { 1 };
        let pairs = point.matrices.iter().zip(&self.matrices);
        let scalars = point.scalars.iter().zip(&self.scalars);
        PrimalPoint {
            matrices: pairs
                .map(|(x, d)| graded(x, d, -sign, sign * self.constants))
                .collect(),
            scalars: scalars
                .map(|(y, t)| y * power(sign * (self.constants - t)))
                .collect(),
        }
    }

    /// Multipliers in these units (`inverse`: from them).
    pub(crate) fn dual(&self, point: &DualPoint, inverse: bool) -> DualPoint {
        let sign = if inverse { -1 } else { 1 };
        let o = self.objective;
        let list = |values: &[f64], rows: &[i32]| {
            let pairs = values.iter().zip(rows);
            pairs.map(|(z, r)| z * power(sign * (o - r))).collect()
        };
        let minus: Vec<i32> = self.scalars.iter().map(|t| -t).collect();
        let blocks = |values: &[Mat<c64>], rows: &[Vec<i32>], side: i32| {
            let pairs = values.iter().zip(rows);
            pairs
                .map(|(z, e)| graded(z, e, side * sign, sign * o))
                .collect()
        };
        DualPoint {
            lmis: blocks(&point.lmis, &self.lmis, -1),
            matrices: blocks(&point.matrices, &self.matrices, 1),
            scalars: list(&point.scalars, &minus),
            inequalities: list(&point.inequalities, &self.inequalities),
            equalities: list(&point.equalities, &self.equalities),
        }
    }
}

fn power(exponent: i32) -> f64 {
    2f64.powi(exponent)
}

/// `2^shift D^side A D^side`.
fn graded(a: &Mat<c64>, d: &[i32], side: i32, shift: i32) -> Mat<c64> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| {
        a[(i, j)] * power(side * (d[i] + d[j]) + shift)
    })
}
