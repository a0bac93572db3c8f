//! What points and multipliers prove that meet their constraints only nearly.
//!
//! Multipliers in their cones whose gradient is `G` (for scalars `g`) make every feasible point satisfy
//! `objective ≤ bound + Σ <G, X> + Σ g y`, and that is at most the bound plus the largest eigenvalue of `G` (the largest `|g|`)
//! times the point's size. So a bound that is slightly wrong for all points is right for all points below a size. The
//! same holds with points and multipliers exchanged.

use faer::{Mat, Scale, c64};

use super::check::ValidSdp;
use super::error::ProblemError;
use super::evidence::{form_value, lmi_value, scaled};
use super::problem::ScalarUnknown;
use super::proof;
use super::solution::{DualPoint, PrimalPoint, ProvenBounds};
use super::terms::{form_terms, inner_terms, roots};
use crate::hermitian::Field;
use crate::hermitian::linalg;

/// A linear bound `value + slope · size`, rounding errors on the safe side.
struct Bound {
    value: f64,
    slope: f64,
}

impl ValidSdp {
    /// Bounds of the maximum for points and multipliers up to twice the size of the given ones, computed from
    /// the problem's data. What these lack of feasibility widens the bounds and does not invalidate them.
    ///
    /// # Errors
    /// As [`residuals`](Self::residuals).
    pub fn proven_bounds(
        &self,
        primal: &PrimalPoint,
        dual: &DualPoint,
    ) -> Result<ProvenBounds, ProblemError> {
        self.check_primal(primal)?;
        self.check_dual(dual)?;
        let points = 2.0 * self.point_size(primal);
        let multipliers = 2.0 * self.multipliers_size(dual);
        let above = self.multipliers_bound(dual, 1.0)?;
        let below = self.point_bound(primal, 1.0)?;
        Ok(ProvenBounds {
            lower: below.value - below.slope * multipliers,
            upper: above.value + above.slope * points,
            points,
            multipliers,
        })
    }

    /// Least size of a feasible point; see [`check_infeasibility`](Self::check_infeasibility).
    pub(super) fn least_point(&self, certificate: &DualPoint) -> Result<f64, ProblemError> {
        let bound = self.multipliers_bound(certificate, 0.0)?;
        Ok(quotient(-bound.value, bound.slope))
    }

    /// Least size of multipliers; see [`check_unboundedness`](Self::check_unboundedness).
    pub(super) fn least_multipliers(&self, direction: &PrimalPoint) -> Result<f64, ProblemError> {
        let bound = self.point_bound(direction, 0.0)?;
        Ok(quotient(bound.value, bound.slope))
    }

    /// `Σ Tr D^{-1} X D^{-1} + Σ |y|`.
    fn point_size(&self, point: &PrimalPoint) -> f64 {
        let matrices = point.matrices.iter().zip(&self.matrices);
        let traces = matrices.flat_map(|(x, unknown)| {
            let each = unknown.magnitude.iter().enumerate();
            each.map(|(i, d)| x[(i, i)].re / (d * d))
        });
        traces.chain(point.scalars.iter().map(|y| y.abs())).sum()
    }

    /// Sum of the traces (`Tr D S D` for `X ⪰ 0`) and of the absolute values.
    fn multipliers_size(&self, dual: &DualPoint) -> f64 {
        let lmis = dual.lmis.iter();
        let lmis = lmis.flat_map(|z| (0..z.nrows()).map(move |i| z[(i, i)].re));
        let matrices = dual.matrices.iter().zip(&self.matrices);
        let matrices = matrices.flat_map(|(s, unknown)| {
            let each = unknown.magnitude.iter().enumerate();
            each.map(|(i, d)| s[(i, i)].re * d * d)
        });
        let numbers = dual.scalars.iter().chain(&dual.inequalities);
        let numbers = numbers.chain(&dual.equalities).map(|z| z.abs());
        lmis.chain(matrices).chain(numbers).sum()
    }

    /// Upper bound of `objective` times the objective in feasible points of a size.
    fn multipliers_bound(&self, dual: &DualPoint, objective: f64) -> Result<Bound, ProblemError> {
        // The multipliers of X ⪰ 0 and of signs are those that suit the others best.
        let mut dual = dual.clone();
        for (z, lmi) in dual.lmis.iter_mut().zip(&self.lmis) {
            *z = positive_part(z, lmi.field)?;
        }
        dual.matrices
            .iter_mut()
            .for_each(|s| s.fill(c64::new(0.0, 0.0)));
        dual.scalars.fill(0.0);
        dual.inequalities.iter_mut().for_each(|z| *z = z.max(0.0));
        let (matrices, scalars) = self.gradient(&dual, objective);
        let (mut matrix_terms, mut scalar_terms) = self.gradient_terms(&dual);
        for (id, c) in &self.objective.matrices {
            let c = scaled(c, &self.matrices[id.index()].magnitude);
            matrix_terms[id.index()] += objective * linalg::norm(c.as_ref());
        }
        for (id, c) in &self.objective.scalars {
            scalar_terms[id.index()] += objective * c.abs();
        }
        let rounding = self.rounding();
        let mut slope: f64 = 0.0;
        for ((g, t), m) in matrices.iter().zip(&matrix_terms).zip(&self.matrices) {
            slope = slope.max(largest(&scaled(g, &m.magnitude))? + rounding * t);
        }
        for ((g, t), kind) in scalars.iter().zip(&scalar_terms).zip(&self.scalars) {
            let slack = match kind {
                ScalarUnknown::NonNegative => g.max(0.0),
                ScalarUnknown::Free => g.abs(),
            };
            slope = slope.max(slack + rounding * t);
        }
        let lmis = self.lmis.iter().zip(&dual.lmis);
        let bounds = self.inequalities.iter().zip(&dual.inequalities);
        let bounds = bounds.chain(self.equalities.iter().zip(&dual.equalities));
        let terms = lmis
            .map(|(l, z)| inner_terms(&l.constant, &roots(z)))
            .chain(bounds.map(|(c, z)| (c.bound * z).abs()));
        Ok(Bound {
            value: self.bound(&dual) + rounding * terms.sum::<f64>(),
            slope,
        })
    }

    /// Lower bound, with the slope taken off, of what multipliers of a size can prove; without the `constants`, of the growth
    /// along a direction.
    fn point_bound(&self, point: &PrimalPoint, constants: f64) -> Result<Bound, ProblemError> {
        let mut point = point.clone();
        for (x, m) in point.matrices.iter_mut().zip(&self.matrices) {
            *x = positive_part(x, m.field)?;
        }
        for (y, kind) in point.scalars.iter_mut().zip(&self.scalars) {
            if *kind == ScalarUnknown::NonNegative {
                *y = y.max(0.0);
            }
        }
        let rounding = self.rounding();
        let mut violations = Vec::new();
        let mut own = Vec::new();
        for lmi in &self.lmis {
            let value = lmi_value(lmi, &point, constants) * Scale(c64::new(-1.0, 0.0));
            violations.push(largest(&value)?);
            own.push(linalg::norm(lmi.constant.as_ref()));
        }
        for c in &self.inequalities {
            violations.push((form_value(&c.form, &point) - constants * c.bound).max(0.0));
            own.push(c.bound.abs());
        }
        for c in &self.equalities {
            violations.push((form_value(&c.form, &point) - constants * c.bound).abs());
            own.push(c.bound.abs());
        }
        let terms = self.constraint_terms(&point);
        let terms = terms.iter().zip(&own).map(|(t, o)| t + constants * o);
        let slope = violations.iter().zip(terms).map(|(v, t)| v + rounding * t);
        let growth = form_value(&self.objective, &point);
        let lost = rounding * form_terms(&self.objective, &point);
        Ok(Bound {
            value: growth - lost,
            slope: slope.fold(0.0, f64::max),
        })
    }

    /// A bound of the relative rounding errors of what is evaluated here.
    fn rounding(&self) -> f64 {
        let sides = self.lmis.iter().map(|l| l.dim());
        let dims = self.matrices.iter().map(|m| m.dim);
        let side = sides.chain(dims).max().unwrap_or(1);
        let count = self.lmis.len() + self.inequalities.len() + self.equalities.len();
        f64::EPSILON * (8 + 2 * side + count) as f64
    }
}

/// `value / slope` where that means something.
fn quotient(value: f64, slope: f64) -> f64 {
    if value > 0.0 { value / slope } else { 0.0 }
}

const NOT_FINITE: ProblemError = ProblemError::NotFinite {
    place: "certificate",
    index: 0,
};

/// Largest eigenvalue of the Hermitian part, at least zero.
fn largest(a: &Mat<c64>) -> Result<f64, ProblemError> {
    let mut a = a.clone();
    linalg::symmetrise(&mut a);
    let (values, _) = linalg::eigen(a.as_ref(), false).ok_or(NOT_FINITE)?;
    Ok(values.last().map_or(0.0, |v| v.max(0.0)))
}

/// The part of a matrix in the cone, real over the reals, with errors that are small next to the
/// diagonal of each row and column.
fn positive_part(a: &Mat<c64>, field: Field) -> Result<Mat<c64>, ProblemError> {
    let b = proof::factor(a, field).ok_or(NOT_FINITE)?;
    Ok(linalg::mul_adjoint_right(b.as_ref(), b.as_ref()))
}
