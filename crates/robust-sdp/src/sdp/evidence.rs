//! What points and multipliers prove, from the problem's data alone.
//!
//! Nothing here knows how they were found: a solver's claims can be rechecked, and two solvers
//! compared, by the same measure. The Lagrangian of the maximisation is
//!
//! ```text
//! objective + Σ <Z_i, LMI_i> + Σ <S_v, X_v> + Σ s y + Σ z (bound - form) + Σ w (bound - form)
//! ```
//!
//! Multipliers in their cones whose gradient vanishes bound the maximum by
//! `Σ <Z_i, F_i> + Σ z bound + Σ w bound`; if the gradient *without the objective* vanishes and
//! that number is negative, no feasible point exists.

use faer::{Mat, c64};

use super::check::ValidSdp;
use super::error::ProblemError;
use super::problem::{LinearForm, Lmi, ScalarUnknown};
use super::scaling::Scaling;
use super::solution::{DualPoint, PrimalPoint, Residuals};
use crate::hermitian::Field;
use crate::hermitian::linalg;

impl ValidSdp {
    /// Residuals and objectives of a point and multipliers.
    ///
    /// `primal` is the norm of all constraint violations, relative to that of the constants, and
    /// `dual` that of the Lagrangian's gradient and of what the multipliers lack of their cones,
    /// relative to that of the objective. Both are measured in units in which the data are of order one, so
    /// that they do not depend on the units of a problem. Relative to a norm `n` is over `1 + n`, but
    /// over `2 n` where that is less. A violation of `A ⪰ 0` is the norm of the negative
    /// part of `A`. Gradients are measured in the unknowns' magnitudes, where the units are
    /// the problem's own. Cost: one evaluation of
    /// every term and one eigenvalue decomposition per block.
    ///
    /// # Errors
    /// [`ProblemError::WrongShape`] when the points do not fit the problem,
    /// [`ProblemError::NotFinite`] when they hold something that is not a number.
    pub fn residuals(
        &self,
        primal: &PrimalPoint,
        dual: &DualPoint,
    ) -> Result<Residuals, ProblemError> {
        self.check_primal(primal)?;
        self.check_dual(dual)?;
        match Scaling::of(self) {
            None => self.residuals_here(primal, dual),
            Some(scaling) => {
                let (primal, dual) = (scaling.primal(primal, false), scaling.dual(dual, false));
                let r = scaling.problem(self).residuals_here(&primal, &dual)?;
                Ok(scaling.residuals(&r))
            }
        }
    }

    fn residuals_here(
        &self,
        primal: &PrimalPoint,
        dual: &DualPoint,
    ) -> Result<Residuals, ProblemError> {
        let gradient = self.gradient(dual, 1.0);
        let primal_objective = form_value(&self.objective, primal);
        let dual_objective = self.bound(dual);
        Ok(Residuals {
            primal: self.primal_violation(primal, true)? / residual_scale(self.constant_norm()),
            dual: self
                .gradient_norm(&gradient)
                .hypot(self.cone_violation(dual)?)
                / residual_scale(self.objective_norm()),
            gap: dual_objective - primal_objective,
            primal_objective,
            dual_objective,
        })
    }

    /// The size that the data give the objective: its unit where coefficients and constants are
    /// brought to order one by a change of units. A problem and the same problem in other units have
    /// optima that are equal in this measure.
    pub fn objective_size(&self) -> f64 {
        Scaling::always(self).objective_unit()
    }

    /// Norm of the violations; of the recession cone's constraints without the constants.
    pub(super) fn primal_violation(
        &self,
        point: &PrimalPoint,
        constants: bool,
    ) -> Result<f64, ProblemError> {
        let weight = if constants { 1.0 } else { 0.0 };
        let mut total: f64 = 0.0;
        for (index, lmi) in self.lmis.iter().enumerate() {
            let value = lmi_value(lmi, point, weight);
            total = total.hypot(negative_part(&value, lmi.field, "LMI", index)?);
        }
        for (index, (x, unknown)) in point.matrices.iter().zip(&self.matrices).enumerate() {
            total = total.hypot(negative_part(x, unknown.field, "matrix unknown", index)?);
        }
        for (y, kind) in point.scalars.iter().zip(&self.scalars) {
            if *kind == ScalarUnknown::NonNegative {
                total = total.hypot((-y).max(0.0));
            }
        }
        for c in &self.inequalities {
            total = total.hypot((form_value(&c.form, point) - weight * c.bound).max(0.0));
        }
        for c in &self.equalities {
            total = total.hypot(form_value(&c.form, point) - weight * c.bound);
        }
        Ok(total)
    }

    /// What the multipliers lack of their cones, in the unknowns' magnitudes.
    pub(super) fn cone_violation(&self, dual: &DualPoint) -> Result<f64, ProblemError> {
        let mut total: f64 = 0.0;
        for (index, (z, lmi)) in dual.lmis.iter().zip(&self.lmis).enumerate() {
            total = total.hypot(negative_part(z, lmi.field, "multiplier of LMI", index)?);
        }
        for (index, (s, unknown)) in dual.matrices.iter().zip(&self.matrices).enumerate() {
            let s = scaled(s, &unknown.magnitude);
            total = total.hypot(negative_part(&s, unknown.field, "multiplier", index)?);
        }
        for (s, kind) in dual.scalars.iter().zip(&self.scalars) {
            total = total.hypot(match kind {
                ScalarUnknown::NonNegative => (-s).max(0.0),
                ScalarUnknown::Free => *s,
            });
        }
        for z in &dual.inequalities {
            total = total.hypot((-z).max(0.0));
        }
        Ok(total)
    }

    /// Gradient of the Lagrangian with the objective weighted.
    pub(super) fn gradient(&self, dual: &DualPoint, objective: f64) -> (Vec<Mat<c64>>, Vec<f64>) {
        let mut matrices: Vec<Mat<c64>> = dual.matrices.clone();
        let mut scalars = dual.scalars.clone();
        let mut add_form = |form: &LinearForm, weight: f64| {
            for (id, coefficient) in &form.matrices {
                add(&mut matrices[id.index()], weight, coefficient);
            }
            for (id, coefficient) in &form.scalars {
                scalars[id.index()] += weight * coefficient;
            }
        };
        add_form(&self.objective, objective);
        for (c, z) in self.inequalities.iter().zip(&dual.inequalities) {
            add_form(&c.form, -z);
        }
        for (c, w) in self.equalities.iter().zip(&dual.equalities) {
            add_form(&c.form, -w);
        }
        for (lmi, z) in self.lmis.iter().zip(&dual.lmis) {
            for term in &lmi.congruences {
                let t = lmi.factors[term.factor].as_ref();
                let image = linalg::mul_adjoint_left(t, linalg::mul(z.as_ref(), t).as_ref());
                add(&mut matrices[term.matrix.index()], term.coefficient, &image);
            }
            for term in &lmi.scalars {
                scalars[term.scalar.index()] += term
                    .entries
                    .iter()
                    .map(|&(i, j, v)| v.re * z[(i, j)].re + v.im * z[(i, j)].im)
                    .sum::<f64>();
            }
        }
        for (g, unknown) in matrices.iter_mut().zip(&self.matrices) {
            project(g, unknown.field);
        }
        (matrices, scalars)
    }

    pub(super) fn gradient_norm(&self, (matrices, scalars): &(Vec<Mat<c64>>, Vec<f64>)) -> f64 {
        let of_matrices = matrices
            .iter()
            .zip(&self.matrices)
            .map(|(g, unknown)| linalg::norm(scaled(g, &unknown.magnitude).as_ref()));
        let of_scalars = scalars.iter().map(|g| g.abs());
        of_matrices.chain(of_scalars).fold(0.0, f64::hypot)
    }

    /// `Σ <Z_i, F_i> + Σ z bound + Σ w bound`.
    pub(super) fn bound(&self, dual: &DualPoint) -> f64 {
        let lmis = self.lmis.iter().zip(&dual.lmis);
        let inequalities = self.inequalities.iter().zip(&dual.inequalities);
        let equalities = self.equalities.iter().zip(&dual.equalities);
        lmis.map(|(lmi, z)| linalg::inner(lmi.constant.as_ref(), z.as_ref()))
            .sum::<f64>()
            + inequalities.map(|(c, z)| c.bound * z).sum::<f64>()
            + equalities.map(|(c, w)| c.bound * w).sum::<f64>()
    }

    pub(crate) fn constant_norm(&self) -> f64 {
        let bounds = self.inequalities.iter().chain(&self.equalities);
        let constants = self.lmis.iter().map(|l| linalg::norm(l.constant.as_ref()));
        bounds
            .map(|c| c.bound.abs())
            .chain(constants)
            .fold(0.0, f64::hypot)
    }

    pub(crate) fn objective_norm(&self) -> f64 {
        let matrices = self.matrices.iter().map(|m| Mat::zeros(m.dim, m.dim));
        let nothing = DualPoint {
            lmis: self
                .lmis
                .iter()
                .map(|l| Mat::zeros(l.dim(), l.dim()))
                .collect(),
            matrices: matrices.collect(),
            scalars: vec![0.0; self.scalars.len()],
            inequalities: vec![0.0; self.inequalities.len()],
            equalities: vec![0.0; self.equalities.len()],
        };
        self.gradient_norm(&self.gradient(&nothing, 1.0))
    }

    pub(super) fn check_primal(&self, point: &PrimalPoint) -> Result<(), ProblemError> {
        let sides = self.matrices.iter().map(|m| m.dim);
        check_matrices("point, matrix", &point.matrices, sides)?;
        check_scalars("point, scalars", &point.scalars, self.scalars.len())
    }

    pub(super) fn check_dual(&self, point: &DualPoint) -> Result<(), ProblemError> {
        let sides = self.matrices.iter().map(|m| m.dim);
        check_matrices("multipliers, matrix", &point.matrices, sides)?;
        let sides = self.lmis.iter().map(Lmi::dim);
        check_matrices("multipliers, LMI", &point.lmis, sides)?;
        check_scalars("multipliers, scalars", &point.scalars, self.scalars.len())?;
        let count = self.inequalities.len();
        check_scalars("multipliers, inequalities", &point.inequalities, count)?;
        let count = self.equalities.len();
        check_scalars("multipliers, equalities", &point.equalities, count)
    }
}

/// What a residual is measured against, given the norm of the data.
pub(crate) fn residual_scale(norm: f64) -> f64 {
    if norm > 0.0 {
        (1.0 + norm).min(2.0 * norm)
    } else {
        1.0
    }
}

fn check_matrices(
    place: &'static str,
    found: &[Mat<c64>],
    sides: impl ExactSizeIterator<Item = usize>,
) -> Result<(), ProblemError> {
    if found.len() != sides.len() {
        return Err(ProblemError::WrongShape {
            place,
            index: 0,
            expected: (sides.len(), 1),
            found: (found.len(), 1),
        });
    }
    for (index, (a, side)) in found.iter().zip(sides).enumerate() {
        if (a.nrows(), a.ncols()) != (side, side) {
            return Err(ProblemError::WrongShape {
                place,
                index,
                expected: (side, side),
                found: (a.nrows(), a.ncols()),
            });
        }
        if !linalg::norm(a.as_ref()).is_finite() {
            return Err(ProblemError::NotFinite { place, index });
        }
    }
    Ok(())
}

fn check_scalars(place: &'static str, found: &[f64], expected: usize) -> Result<(), ProblemError> {
    if found.len() != expected {
        return Err(ProblemError::WrongShape {
            place,
            index: 0,
            expected: (expected, 1),
            found: (found.len(), 1),
        });
    }
    match found.iter().position(|v| !v.is_finite()) {
        Some(index) => Err(ProblemError::NotFinite { place, index }),
        None => Ok(()),
    }
}

/// `weight · F + Σ c T X T^H + Σ y A`, what the LMI's field sees of it.
pub(crate) fn lmi_value(lmi: &Lmi, point: &PrimalPoint, weight: f64) -> Mat<c64> {
    let mut value = &lmi.constant * faer::Scale(c64::new(weight, 0.0));
    for term in &lmi.congruences {
        let t = lmi.factors[term.factor].as_ref();
        let image = linalg::congruence(t, point.matrices[term.matrix.index()].as_ref());
        add(&mut value, term.coefficient, &image);
    }
    for term in &lmi.scalars {
        let y = point.scalars[term.scalar.index()];
        for &(i, j, v) in &term.entries {
            value[(i, j)] += v * y;
        }
    }
    project(&mut value, lmi.field);
    value
}

pub(super) fn form_value(form: &LinearForm, point: &PrimalPoint) -> f64 {
    let of_matrices = form
        .matrices
        .iter()
        .map(|(id, c)| linalg::inner(c.as_ref(), point.matrices[id.index()].as_ref()));
    let of_scalars = form
        .scalars
        .iter()
        .map(|(id, c)| c * point.scalars[id.index()]);
    of_matrices.sum::<f64>() + of_scalars.sum::<f64>()
}

fn add(a: &mut Mat<c64>, weight: f64, b: &Mat<c64>) {
    for j in 0..a.ncols() {
        for i in 0..a.nrows() {
            a[(i, j)] += b[(i, j)] * weight;
        }
    }
}

/// `D A D` with the magnitudes on the diagonal of `D`.
pub(super) fn scaled(a: &Mat<c64>, magnitude: &[f64]) -> Mat<c64> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| {
        a[(i, j)] * (magnitude[i] * magnitude[j])
    })
}

/// Hermitian part, over the reals its real part.
fn project(a: &mut Mat<c64>, field: Field) {
    linalg::symmetrise(a);
    if field == Field::Real {
        for j in 0..a.ncols() {
            for i in 0..a.nrows() {
                a[(i, j)].im = 0.0;
            }
        }
    }
}

/// Norm of the negative part and of what is no Hermitian (real symmetric) matrix at all.
fn negative_part(
    a: &Mat<c64>,
    field: Field,
    place: &'static str,
    index: usize,
) -> Result<f64, ProblemError> {
    let mut kept = a.clone();
    project(&mut kept, field);
    let outside = linalg::norm((a - &kept).as_ref());
    let (values, _) =
        linalg::eigen(kept.as_ref(), false).ok_or(ProblemError::NotFinite { place, index })?;
    Ok(values.iter().map(|v| v.min(0.0)).fold(outside, f64::hypot))
}
