//! Solutions, residuals and infeasibility certificates.

use std::fmt;

use faer::{Mat, c64};

/// Quality of a primal–dual pair.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Residuals {
    /// Relative violation of the primal constraints (LMIs as equalities with their slack).
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub primal: f64,
    /// Relative violation of dual stationarity.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub dual: f64,
    /// Dual objective minus primal objective.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub gap: f64,
    /// Primal objective (a lower bound of the maximum when `primal` is zero).
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub primal_objective: f64,
    /// Dual objective (an upper bound of the maximum when `dual` is zero).
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub dual_objective: f64,
}

impl Residuals {
    /// Of a point about which nothing is known.
    pub const UNKNOWN: Self = Self {
        primal: f64::INFINITY,
        dual: f64::INFINITY,
        gap: f64::INFINITY,
        primal_objective: f64::NEG_INFINITY,
        dual_objective: f64::INFINITY,
    };

    /// Gap over `max(|primal|, |dual|, floor)` objective.
    pub fn relative_gap(&self, floor: f64) -> f64 {
        let scale = self
            .primal_objective
            .abs()
            .max(self.dual_objective.abs())
            .max(floor);
        self.gap.abs() / scale.max(f64::MIN_POSITIVE)
    }
}

impl fmt::Display for Residuals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "primal residual {:.1e}, dual residual {:.1e}, objective in [{:.9e}, {:.9e}]",
            self.primal, self.dual, self.primal_objective, self.dual_objective
        )
    }
}

/// Values of the unknowns.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PrimalPoint {
    /// Positive semidefinite matrices, in the problem's order.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub matrices: Vec<Mat<c64>>,
    /// Scalars, in the problem's order.
    pub scalars: Vec<f64>,
}

/// Multipliers of the constraints.
///
/// For a maximisation the Lagrangian adds `<Z_i, LMI_i>`, `z (bound - form)` with `z ≥ 0`, and
/// `w (bound - form)` for equalities; stationarity then gives the dual bound
/// `Σ <Z_i, F_i> + Σ z bound + Σ w bound`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DualPoint {
    /// Multiplier of each LMI, positive semidefinite.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub lmis: Vec<Mat<c64>>,
    /// Multiplier of each `X ⪰ 0`.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub matrices: Vec<Mat<c64>>,
    /// Multiplier of each scalar's sign constraint (zero for free scalars).
    pub scalars: Vec<f64>,
    /// Multiplier of each inequality, non-negative.
    pub inequalities: Vec<f64>,
    /// Multiplier of each equality, of any sign.
    pub equalities: Vec<f64>,
}

/// A primal–dual pair with its residuals.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SdpSolution {
    /// The unknowns.
    pub primal: PrimalPoint,
    /// The multipliers.
    pub dual: DualPoint,
    /// How good they are.
    pub residuals: Residuals,
    /// Iterations made.
    pub iterations: usize,
}

/// What is proven of the maximum by a point and multipliers that are no better than nearly feasible.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ProvenBounds {
    /// Multipliers of at most [`multipliers`](Self::multipliers) in size prove no upper bound below this.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub lower: f64,
    /// No feasible point of at most [`points`](Self::points) in size has a larger objective.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub upper: f64,
    /// A size of points, as [`check_infeasibility`](crate::ValidSdp::check_infeasibility) measures it.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub points: f64,
    /// A size of multipliers, as [`check_unboundedness`](crate::ValidSdp::check_unboundedness) measures it.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub multipliers: f64,
}

impl ProvenBounds {
    /// Nothing is proven.
    pub const NOTHING: Self = Self {
        lower: f64::NEG_INFINITY,
        upper: f64::INFINITY,
        points: 0.0,
        multipliers: 0.0,
    };
}

/// How a solver that did not fail ended; every variant carries its evidence.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum SdpOutcome {
    /// Residuals and gap are within the tolerance.
    Optimal(SdpSolution),
    /// Progress ended within a thousand times the tolerance: no optimum by the request's measure, but a point and
    /// multipliers with their residuals, and what they prove though they are not exactly feasible.
    AlmostOptimal {
        /// The iterate that came closest.
        solution: SdpSolution,
        /// What it proves of the maximum: [`ValidSdp::proven_bounds`](crate::ValidSdp::proven_bounds).
        bounds: ProvenBounds,
    },
    /// The monitor was satisfied with this iterate.
    Stopped(SdpSolution),
    /// No feasible point exists: multipliers that annihilate the unknowns
    /// (`Σ A_i^*(Z_i) - Σ z G - Σ w E = 0`) with a negative bound. [`check_infeasibility`](crate::ValidSdp::check_infeasibility) accepts
    /// them as a proof.
    PrimalInfeasible {
        /// The multipliers, scaled so that the bound is -1.
        certificate: DualPoint,
        /// What should vanish, as a part of the terms that cancel in it; zero up to rounding.
        residual: f64,
    },
    /// The objective is unbounded if any point is feasible: a direction that keeps every constraint.
    /// [`check_unboundedness`](crate::ValidSdp::check_unboundedness) accepts it as a proof.
    DualInfeasible {
        /// The direction, scaled so that the objective grows at rate 1.
        direction: PrimalPoint,
        /// What should vanish, as a part of the terms that cancel in it; zero up to rounding.
        residual: f64,
    },
    /// Neither an optimum nor a proof of infeasibility, but this: feasible points, if there are any, are
    /// large. Weakly infeasible problems end like this, and feasible ones whose points are all
    /// out of reach.
    NoPointBelow {
        /// Multipliers that prove it, scaled so that the bound is -1.
        certificate: DualPoint,
        /// No feasible point is smaller, as [`check_infeasibility`](crate::ValidSdp::check_infeasibility) measures it.
        size: f64,
    },
    /// Neither an optimum nor a proof of unboundedness: multipliers that bound the objective, if there
    /// are any, are large.
    NoMultipliersBelow {
        /// A direction that proves it, scaled so that the objective grows at rate 1.
        direction: PrimalPoint,
        /// No such multipliers are smaller, as [`check_unboundedness`](crate::ValidSdp::check_unboundedness) measures it.
        size: f64,
    },
}
