//! The boundary behind which semidefinite solvers are exchangeable.

use std::fmt;

use super::check::ValidSdp;
use super::error::SolverError;
use super::solution::{PrimalPoint, Residuals, SdpOutcome};

/// Solves problems of the class [`SdpProblem`](crate::SdpProblem).
///
/// An implementation returns an outcome with evidence or an error; it never reports
/// infeasibility because it failed.
pub trait SdpSolver: fmt::Debug + Send + Sync {
    /// Short name for reports.
    fn name(&self) -> &'static str;

    /// Solves `problem` as `request` asks.
    ///
    /// # Errors
    /// [`SolverError`] when no outcome could be established.
    fn solve(
        &self,
        problem: &ValidSdp,
        request: SolveRequest<'_>,
    ) -> Result<SdpOutcome, SolverError>;
}

/// When to be satisfied.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Tolerance {
    /// Gap, relative to the larger of the objectives and of `objective_floor`.
    pub relative_gap: f64,
    /// Objectives smaller than this count as this large in the relative gap. Zero, the default, stands for
    /// the size that the data give the objective, [`ValidSdp::objective_size`]: an optimum of
    /// 1e-8 among data of 1e-8 has as many digits as one of 1 among data of 1.
    pub objective_floor: f64,
    /// Relative primal and dual residuals.
    pub feasibility: f64,
}

impl Default for Tolerance {
    /// Gap and residuals 1e-8, objectives relative to their data.
    fn default() -> Self {
        Self {
            relative_gap: 1e-8,
            objective_floor: 0.0,
            feasibility: 1e-8,
        }
    }
}

impl Tolerance {
    /// The worst of the residuals and the gap in units of what is tolerated; at most one when
    /// satisfied.
    pub fn shortfall(&self, residuals: &Residuals) -> f64 {
        let gap = residuals.relative_gap(self.objective_floor) / self.relative_gap;
        (residuals.primal.max(residuals.dual) / self.feasibility).max(gap)
    }
}

/// What a monitor wants after an iteration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// This iterate is good enough: end with [`SdpOutcome::Stopped`].
    Accept,
    /// Give up: end with [`SolverError::Cancelled`].
    Cancel,
}

/// What a monitor sees after each iteration.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct IterationReport {
    /// Number of the iterate, 0 for the start.
    pub iteration: usize,
    /// Its quality.
    pub residuals: Residuals,
    /// Complementarity `<S, Z>` over all cones: the gap of a feasible pair, free of what
    /// residuals contribute to the difference of the objectives.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub complementarity: f64,
}

impl fmt::Display for IterationReport {
    /// One line of a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>3}: {}, complementarity {:.1e}",
            self.iteration, self.residuals, self.complementarity
        )
    }
}

/// Called with each iterate.
pub type Monitor<'a> = dyn FnMut(&IterationReport) -> Control + 'a;

/// Options of one solve.
#[derive(Default)]
pub struct SolveRequest<'a> {
    /// When to be satisfied.
    pub tolerance: Tolerance,
    /// A point to start from; solvers that cannot use it ignore it. Need not be feasible,
    /// but its matrices must be positive definite.
    pub start: Option<&'a PrimalPoint>,
    /// Sees each iterate, and may end the solve.
    pub monitor: Option<&'a mut Monitor<'a>>,
}

impl fmt::Debug for SolveRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SolveRequest")
            .field("tolerance", &self.tolerance)
            .field("start", &self.start.is_some())
            .field("monitor", &self.monitor.is_some())
            .finish()
    }
}
