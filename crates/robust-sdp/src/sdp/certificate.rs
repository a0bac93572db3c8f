//! What certificates of infeasibility and unboundedness prove.

use faer::c64;

use super::check::ValidSdp;
use super::error::ProblemError;
use super::evidence::{form_value, lmi_value, scaled};
use super::homogeneous::{Point, System};
use super::proof;
use super::scaling::Scaling;
use super::solution::{DualPoint, PrimalPoint, SdpOutcome};
use crate::hermitian::linalg;

/// Floating-point operations that a proof may take.
const AFFORDABLE: f64 = 2e10;

/// What a certificate of infeasibility or unboundedness proves.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CertificateCheck {
    /// Bound of the multipliers (a certificate has a negative one), or growth of the objective
    /// along the direction (a certificate has a positive one).
    pub value: f64,
    /// The largest of what should vanish, as a part of the largest sum of terms that cancel in it, in units in
    /// which the data are of order one; infinite if `value` has the wrong sign. It says how well the
    /// certificate was computed. What it proves is `size`.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub residual: f64,
    /// No feasible point (no multipliers) smaller than this exist. Infinite if none exist
    /// at all, zero if nothing is proven.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub size: f64,
}

impl CertificateCheck {
    /// Whether infeasibility (unboundedness) is proven, and not only that of points (multipliers) below a size.
    pub fn is_proof(&self) -> bool {
        self.size == f64::INFINITY
    }
}

impl CertificateCheck {
    fn nothing(value: f64) -> Self {
        Self {
            value,
            residual: f64::INFINITY,
            size: 0.0,
        }
    }
}

impl ValidSdp {
    /// What multipliers prove of the feasible points.
    ///
    /// Multipliers in their cones with bound `-β` and the gradient `G` (`g` for scalars) make every
    /// feasible point satisfy `Σ <G_v, X_v> + Σ g_s y_s ≥ β`. So no feasible point has a size
    /// `Σ Tr(D_v^{-1} X_v D_v^{-1}) + Σ |y_s|` below `β` over the largest eigenvalue of the `D G D` and
    /// the largest `|g|`, `D` being the unknowns' magnitudes; that is
    /// [`size`](CertificateCheck::size), with what rounding may do to it taken off.
    ///
    /// The size is infinite, and the problem infeasible, if multipliers exist next to the given ones, in the
    /// metric of these themselves, whose gradient is zero and whose bound is negative. This does not depend on
    /// units. Weakly infeasible problems have no such multipliers and are not accepted. As in all
    /// floating-point arithmetic, data are what they are up to rounding: what is at most 1e-14 of the terms that
    /// cancel in it is zero.
    ///
    /// Cost: two QR factorisations with a column for each real coordinate of the unknowns, as long as
    /// all blocks have coordinates. Where that is more than 2e10 operations, only
    /// the size is looked for.
    ///
    /// # Errors
    /// As [`residuals`](Self::residuals).
    pub fn check_infeasibility(
        &self,
        certificate: &DualPoint,
    ) -> Result<CertificateCheck, ProblemError> {
        self.check_dual(certificate)?;
        let value = self.bound(certificate);
        if value >= 0.0 {
            return Ok(CertificateCheck::nothing(value));
        }
        let proven = self.exact_multipliers(certificate).is_some();
        Ok(CertificateCheck {
            value,
            residual: self.in_units(|problem, scaling| {
                let dual = scaling.map(|s| s.dual(certificate, false));
                let dual = dual.as_ref().unwrap_or(certificate);
                problem.multipliers_residual(dual)
            })?,
            size: if proven {
                f64::INFINITY
            } else {
                self.least_point(certificate)?
            },
        })
    }

    /// What a direction proves of the multipliers.
    ///
    /// Multipliers that bound the objective bound the growth `α` of the objective along any direction by
    /// what the direction lacks of keeping the constraints: `α ≤ Σ <Z_i, -A_i(d)> + ..`. So
    /// none are smaller, in the sum of traces and absolute values (`Tr D S D` for
    /// `X ⪰ 0`), than `α` over the largest violation; that is
    /// [`size`](CertificateCheck::size). It is infinite, and the problem unbounded or infeasible, if a
    /// direction that keeps the constraints exists next to the given one. What that means, and what it
    /// costs, is as in [`check_infeasibility`](Self::check_infeasibility), with a column for each
    /// coordinate of the constraints.
    ///
    /// # Errors
    /// As [`residuals`](Self::residuals).
    pub fn check_unboundedness(
        &self,
        direction: &PrimalPoint,
    ) -> Result<CertificateCheck, ProblemError> {
        self.check_primal(direction)?;
        let value = form_value(&self.objective, direction);
        if value <= 0.0 {
            return Ok(CertificateCheck::nothing(value));
        }
        let proven = self.exact_direction(direction).is_some();
        Ok(CertificateCheck {
            value,
            residual: self.in_units(|problem, scaling| {
                let point = scaling.map(|s| s.primal(direction, false));
                problem.direction_residual(point.as_ref().unwrap_or(direction))
            })?,
            size: if proven {
                f64::INFINITY
            } else {
                self.least_multipliers(direction)?
            },
        })
    }

    fn in_units<T>(&self, f: impl FnOnce(&Self, Option<&Scaling>) -> T) -> T {
        match Scaling::of(self) {
            None => f(self, None),
            Some(scaling) => f(&scaling.problem(self), Some(&scaling)),
        }
    }

    /// Multipliers next to these that prove infeasibility.
    pub(crate) fn exact_multipliers(&self, certificate: &DualPoint) -> Option<DualPoint> {
        if System::cost(self, false) > AFFORDABLE {
            return None;
        }
        self.in_units(|problem, scaling| {
            let dual = scaling.map(|s| s.dual(certificate, false));
            let point = Point::of_multipliers(problem, dual.as_ref().unwrap_or(certificate));
            let found = proof::nearby(&System::of_multipliers(problem), &point)?;
            let found = found.multipliers(problem);
            Some(scaling.map_or_else(|| found.clone(), |s| s.dual(&found, true)))
        })
    }

    /// A direction next to this one that proves unboundedness.
    pub(crate) fn exact_direction(&self, direction: &PrimalPoint) -> Option<PrimalPoint> {
        if System::cost(self, true) > AFFORDABLE {
            return None;
        }
        self.in_units(|problem, scaling| {
            let scaled = scaling.map(|s| s.primal(direction, false));
            let d = scaled.as_ref().unwrap_or(direction);
            let values = problem.lmis.iter().map(|l| lmi_value(l, d, 0.0));
            let left = problem.inequalities.iter();
            let left = left.map(|c| -form_value(&c.form, d));
            let point = Point::of_direction(problem, d, values.collect(), left.collect());
            let found = proof::nearby(&System::of_directions(problem), &point)?;
            let found = found.direction(problem);
            Some(scaling.map_or_else(|| found.clone(), |s| s.primal(&found, true)))
        })
    }

    /// What multipliers prove, as an outcome: infeasibility, or that of points below a size.
    pub(crate) fn judge_multipliers(&self, certificate: &DualPoint) -> Option<SdpOutcome> {
        if let Some(exact) = self.exact_multipliers(certificate) {
            let certificate = self.with_unit_bound(exact);
            let check = self.check_infeasibility(&certificate).ok()?;
            let residual = check.residual;
            if check.is_proof() {
                return Some(SdpOutcome::PrimalInfeasible {
                    certificate,
                    residual,
                });
            }
        }
        let certificate = self.with_unit_bound(certificate.clone());
        let size = self.least_point(&certificate).ok()?;
        (size > 0.0).then_some(SdpOutcome::NoPointBelow { certificate, size })
    }

    /// What a direction proves, as an outcome: unboundedness, or that multipliers below a size are none.
    pub(crate) fn judge_direction(&self, direction: &PrimalPoint) -> Option<SdpOutcome> {
        if let Some(exact) = self.exact_direction(direction) {
            let direction = self.with_unit_growth(exact);
            let check = self.check_unboundedness(&direction).ok()?;
            let residual = check.residual;
            if check.is_proof() {
                return Some(SdpOutcome::DualInfeasible {
                    direction,
                    residual,
                });
            }
        }
        let direction = self.with_unit_growth(direction.clone());
        let size = self.least_multipliers(&direction).ok()?;
        (size > 0.0).then_some(SdpOutcome::NoMultipliersBelow { direction, size })
    }

    fn multipliers_residual(&self, dual: &DualPoint) -> Result<f64, ProblemError> {
        let lost = self.gradient_norm(&self.gradient(dual, 0.0));
        let (matrices, scalars) = self.gradient_terms(dual);
        let matrices = matrices.into_iter().zip(&dual.matrices).zip(&self.matrices);
        let own = dual.scalars.iter().map(|s| s.abs());
        let terms = matrices
            .map(|((t, s), m)| t + linalg::norm(scaled(s, &m.magnitude).as_ref()))
            .chain(scalars.iter().zip(own).map(|(t, s)| t + s));
        Ok(lost.hypot(self.cone_violation(dual)?) / positive(terms.fold(0.0, f64::max)))
    }

    fn direction_residual(&self, direction: &PrimalPoint) -> Result<f64, ProblemError> {
        let terms = self.constraint_terms(direction).into_iter();
        let own = direction.matrices.iter().map(|x| linalg::norm(x.as_ref()));
        let own = own.chain(direction.scalars.iter().map(|y| y.abs()));
        let terms = positive(terms.chain(own).fold(0.0, f64::max));
        Ok(self.primal_violation(direction, false)? / terms)
    }

    /// The same multipliers, their bound -1.
    pub(super) fn with_unit_bound(&self, mut dual: DualPoint) -> DualPoint {
        let factor = -1.0 / self.bound(&dual);
        let scale = faer::Scale(c64::new(factor, 0.0));
        let blocks = dual.lmis.iter_mut().chain(&mut dual.matrices);
        blocks.for_each(|z| *z *= scale);
        let numbers = dual.scalars.iter_mut().chain(&mut dual.inequalities);
        let numbers = numbers.chain(&mut dual.equalities);
        numbers.for_each(|z| *z *= factor);
        dual
    }

    /// The same direction, the objective growing at rate 1.
    pub(super) fn with_unit_growth(&self, mut direction: PrimalPoint) -> PrimalPoint {
        let factor = 1.0 / form_value(&self.objective, &direction);
        let scale = faer::Scale(c64::new(factor, 0.0));
        direction.matrices.iter_mut().for_each(|x| *x *= scale);
        direction.scalars.iter_mut().for_each(|y| *y *= factor);
        direction
    }
}

fn positive(size: f64) -> f64 {
    size.max(f64::MIN_POSITIVE)
}
