//! Why a sensing covariance could not be designed.

use crlb::CrlbError;
use robust_sdp::{ProblemError, SolverError};

/// Failures of [`SensingMethod::optimise`](super::SensingMethod::optimise).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SensingError {
    /// The bound itself does not exist or cannot be computed.
    #[error(transparent)]
    Bound(#[from] CrlbError),
    /// A setting is outside its range.
    #[error("{field} must lie in {range}, found {value}")]
    Setting {
        /// Name of the field.
        field: &'static str,
        /// Its admissible range, in words.
        range: &'static str,
        /// The offending value.
        value: f64,
    },
    /// The semidefinite solver gave no answer.
    #[error("semidefinite solver failed at the sensing covariance: {0}")]
    Solver(#[from] SolverError),
    /// The solver claims an outcome that the problem, which has a feasible point, cannot have.
    #[error("solver {solver} claims that the sensing problem is {claim}")]
    ImpossibleOutcome {
        /// Name of the solver.
        solver: &'static str,
        /// What it claims.
        claim: &'static str,
    },
    /// The program handed to the solver was inconsistent (a defect of this crate).
    #[error("inconsistent semidefinite program: {0}")]
    Problem(#[from] ProblemError),
    /// The iteration ended without reaching an acceptable optimality gap.
    #[error(
        "the sensing covariance did not converge: relative gap {relative_gap:e} after {iterations} iterations, \
         {accepted_gap:e} asked for"
    )]
    NotConverged {
        /// Best certified gap that was reached.
        relative_gap: f64,
        /// The largest gap that would have been accepted.
        accepted_gap: f64,
        /// Iterations spent.
        iterations: usize,
    },
}
