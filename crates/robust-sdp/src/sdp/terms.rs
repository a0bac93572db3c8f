//! Sizes of the terms whose sum should vanish: what rounding errors are measured against.

use faer::{Mat, c64};

use super::check::ValidSdp;
use super::evidence::scaled;
use super::problem::LinearForm;
use super::solution::{DualPoint, PrimalPoint};
use crate::hermitian::linalg;

impl ValidSdp {
    /// Sizes of the terms of the gradient that are not the unknowns' own multipliers.
    pub(super) fn gradient_terms(&self, dual: &DualPoint) -> (Vec<f64>, Vec<f64>) {
        let mut matrices = vec![0.0; self.matrices.len()];
        let mut scalars = vec![0.0; self.scalars.len()];
        for (lmi, z) in self.lmis.iter().zip(&dual.lmis) {
            let roots = roots(z);
            for term in &lmi.congruences {
                let t = &lmi.factors[term.factor];
                let d = &self.matrices[term.matrix.index()].magnitude;
                let column = |j: usize| {
                    let each = (0..t.nrows()).map(|i| t[(i, j)].norm() * roots[i]);
                    (d[j] * each.sum::<f64>()).powi(2)
                };
                let sum: f64 = (0..t.ncols()).map(column).sum();
                matrices[term.matrix.index()] += term.coefficient.abs() * sum;
            }
            for term in &lmi.scalars {
                scalars[term.scalar.index()] += entry_terms(&term.entries, &roots);
            }
        }
        let inequalities = self.inequalities.iter().zip(&dual.inequalities);
        for (c, z) in inequalities.chain(self.equalities.iter().zip(&dual.equalities)) {
            for (id, g) in &c.form.matrices {
                let g = scaled(g, &self.matrices[id.index()].magnitude);
                matrices[id.index()] += linalg::norm(g.as_ref()) * z.abs();
            }
            for (id, g) in &c.form.scalars {
                scalars[id.index()] += (g * z).abs();
            }
        }
        (matrices, scalars)
    }

    /// Sizes of the terms of each LMI, inequality and equality along a direction.
    pub(super) fn constraint_terms(&self, point: &PrimalPoint) -> Vec<f64> {
        let mut out = Vec::new();
        for lmi in &self.lmis {
            let mut size = 0.0;
            for term in &lmi.congruences {
                let t = &lmi.factors[term.factor];
                let roots = roots(&point.matrices[term.matrix.index()]);
                let row = |i: usize| {
                    let each = (0..t.ncols()).map(|j| t[(i, j)].norm() * roots[j]);
                    each.sum::<f64>().powi(2)
                };
                size += term.coefficient.abs() * (0..t.nrows()).map(row).sum::<f64>();
            }
            for term in &lmi.scalars {
                let norm = term
                    .entries
                    .iter()
                    .fold(0.0, |n: f64, e| n.hypot(e.2.norm()));
                size += norm * point.scalars[term.scalar.index()].abs();
            }
            out.push(size);
        }
        let constraints = self.inequalities.iter().chain(&self.equalities);
        out.extend(constraints.map(|c| form_terms(&c.form, point)));
        out
    }
}

pub(super) fn form_terms(form: &LinearForm, point: &PrimalPoint) -> f64 {
    let matrices = form
        .matrices
        .iter()
        .map(|(id, c)| inner_terms(c, &roots(&point.matrices[id.index()])));
    let scalars = form.scalars.iter();
    let scalars = scalars.map(|(id, c)| (c * point.scalars[id.index()]).abs());
    matrices.chain(scalars).sum()
}

/// Square roots of the diagonal: what bounds the entries of a positive semidefinite matrix.
pub(super) fn roots(a: &Mat<c64>) -> Vec<f64> {
    (0..a.nrows())
        .map(|i| a[(i, i)].re.max(0.0).sqrt())
        .collect()
}

/// Sum of the sizes of the terms of `<A, P>`, given the roots of `P`.
pub(super) fn inner_terms(a: &Mat<c64>, roots: &[f64]) -> f64 {
    let column = |j: usize| -> f64 { (0..a.nrows()).map(|i| a[(i, j)].norm() * roots[i]).sum() };
    (0..a.ncols()).map(|j| column(j) * roots[j]).sum()
}

fn entry_terms(entries: &[(usize, usize, c64)], roots: &[f64]) -> f64 {
    let each = entries
        .iter()
        .map(|&(i, j, v)| v.norm() * roots[i] * roots[j]);
    each.sum()
}
