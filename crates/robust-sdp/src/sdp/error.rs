//! What can be wrong with a problem, and how a solver can fail.

use super::solution::{Residuals, SdpOutcome, SdpSolution};

/// An inconsistent [`SdpProblem`](crate::SdpProblem).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemError {
    /// There is nothing to solve for.
    #[error("the problem has neither a matrix nor a scalar unknown")]
    NoUnknowns,
    /// A matrix unknown of side zero, or with a list of magnitudes of another length.
    #[error(
        "matrix unknown {index} has side {dim} and {magnitudes} magnitudes; they must agree and be at least 1"
    )]
    BadMatrixUnknown {
        /// Which matrix unknown.
        index: usize,
        /// Its side.
        dim: usize,
        /// How many magnitudes were given.
        magnitudes: usize,
    },
    /// A magnitude that is not a positive number.
    #[error("matrix unknown {index} has magnitude {value}; magnitudes must be positive and finite")]
    BadMagnitude {
        /// Which matrix unknown.
        index: usize,
        /// The offending value.
        value: f64,
    },
    /// A matrix has the wrong shape.
    #[error("{place} {index}: expected a {}×{} matrix, found {}×{}", expected.0, expected.1, found.0, found.1)]
    WrongShape {
        /// Kind of constraint.
        place: &'static str,
        /// Its position.
        index: usize,
        /// Rows and columns needed.
        expected: (usize, usize),
        /// Rows and columns found.
        found: (usize, usize),
    },
    /// A coefficient matrix is not Hermitian.
    #[error("{place} {index}: coefficient matrix is not Hermitian (asymmetry {asymmetry:e})")]
    NotHermitian {
        /// Kind of constraint.
        place: &'static str,
        /// Its position.
        index: usize,
        /// Largest `|A_ij - conj(A_ji)|`.
        asymmetry: f64,
    },
    /// A coefficient is NaN or infinite.
    #[error("{place} {index}: a coefficient is not a finite number")]
    NotFinite {
        /// Kind of constraint.
        place: &'static str,
        /// Its position.
        index: usize,
    },
    /// A term names an unknown, a factor or an entry that does not exist.
    #[error("{place} {index}: refers to an unknown, factor or entry that does not exist")]
    UnknownIndex {
        /// Kind of constraint.
        place: &'static str,
        /// Its position.
        index: usize,
    },
}

/// Why a solver stopped without an answer. Never to be read as "infeasible".
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SolverError {
    /// The iteration limit was met first.
    #[error("{solver}: no convergence in {iterations} iterations ({residuals})")]
    IterationLimit {
        /// Name of the solver.
        solver: &'static str,
        /// Iterations made.
        iterations: usize,
        /// Quality of the last iterate.
        residuals: Residuals,
        /// The last iterate, for those who can prove something from it by other means.
        last: Option<LastIterate>,
    },
    /// Progress ended before the tolerance was met.
    #[error("{solver}: {reason} after {iterations} iterations ({residuals})")]
    Stalled {
        /// Name of the solver.
        solver: &'static str,
        /// What broke down.
        reason: &'static str,
        /// Iterations made.
        iterations: usize,
        /// Quality of the last iterate.
        residuals: Residuals,
        /// The last iterate, for those who can prove something from it by other means.
        last: Option<LastIterate>,
    },
    /// The monitor asked to cancel.
    #[error("{solver}: cancelled after {iterations} iterations")]
    Cancelled {
        /// Name of the solver.
        solver: &'static str,
        /// Iterations made.
        iterations: usize,
    },
    /// An answer that is none to the problem: of other shapes, or not of numbers.
    #[error("{solver} gave an answer that does not fit the problem: {source}")]
    Unusable {
        /// Name of the solver.
        solver: &'static str,
        /// What does not fit.
        source: ProblemError,
    },
    /// The backend cannot express the problem.
    #[error("{solver} does not support {feature}")]
    Unsupported {
        /// Name of the solver.
        solver: &'static str,
        /// What it lacks.
        feature: &'static str,
    },
}

impl SolverError {
    /// The last iterate, if the failure left one. It is not an answer: use it only for what is
    /// then proven independently of the solver.
    pub fn last_iterate(&self) -> Option<&SdpSolution> {
        match self {
            Self::IterationLimit { last, .. } | Self::Stalled { last, .. } => {
                last.as_ref().map(|l| l.0.as_ref())
            }
            Self::Cancelled { .. } | Self::Unsupported { .. } | Self::Unusable { .. } => None,
        }
    }
}

/// The iterate at which a solver failed; its `Debug` output is short.
#[derive(Clone, PartialEq)]
pub struct LastIterate(pub Box<SdpSolution>);

impl std::fmt::Debug for LastIterate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LastIterate(iteration {})", self.0.iterations)
    }
}

impl SdpOutcome {
    /// The outcome, or the failure that an almost optimal one is to whoever needs an optimum; the
    /// iterate is its last one.
    ///
    /// # Errors
    /// [`SolverError::Stalled`] instead of [`AlmostOptimal`](Self::AlmostOptimal).
    pub fn unless_almost(self, solver: &'static str) -> Result<Self, SolverError> {
        match self {
            Self::AlmostOptimal { solution, .. } => Err(SolverError::Stalled {
                solver,
                reason: "progress ended short of the tolerance",
                iterations: solution.iterations,
                residuals: solution.residuals,
                last: Some(LastIterate(Box::new(solution))),
            }),
            outcome => Ok(outcome),
        }
    }
}
