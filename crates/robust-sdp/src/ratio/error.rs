//! Errors of the robust ratio problem.

use crate::sdp::{ProblemError, SolverError};

/// What can go wrong with a robust ratio problem.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RobustError {
    /// A list that must not be empty is, or holds a zero size.
    #[error("{what} must not be empty or zero")]
    Empty {
        /// Which list.
        what: &'static str,
    },
    /// A list has the wrong length.
    #[error("{what}: expected length {expected}, found {found}")]
    WrongLength {
        /// Which list.
        what: &'static str,
        /// Length needed.
        expected: usize,
        /// Length found.
        found: usize,
    },
    /// A number is not finite or has the wrong sign.
    #[error("{what} of entry {index} is {value}: must be finite and {allowed}")]
    BadNumber {
        /// Which quantity.
        what: &'static str,
        /// Of which target or group.
        index: usize,
        /// Its value.
        value: f64,
        /// The range, in words.
        allowed: &'static str,
    },
    /// An option that is outside its range.
    #[error("{field} = {value}: {requirement}")]
    BadOption {
        /// Name of the field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What would be right.
        requirement: &'static str,
    },
    /// An error block names a group that does not exist.
    #[error("target {target} has an error block in group {group}, but there are {groups} groups")]
    NoSuchGroup {
        /// Which target.
        target: usize,
        /// The group named.
        group: usize,
        /// How many there are.
        groups: usize,
    },
    /// Phases and real directions in one set: only one of them is free to turn with the vector.
    #[error(
        "target {target} has phases beside real directions: state one of them as the other, or as balls"
    )]
    PhaseBesideReal {
        /// Which target.
        target: usize,
    },
    /// A vector or error block leaves the span that a reduction was made for.
    #[error(
        "target {target}: {:.1e} of {what} lies outside the reduction's span",
        lost
    )]
    OutsideSpan {
        /// Which target.
        target: usize,
        /// Its vector or one of its error blocks.
        what: &'static str,
        /// Relative norm of the part outside.
        lost: f64,
    },
    /// The semidefinite solver gave no answer.
    #[error("semidefinite solver failed: {0}")]
    Solver(#[from] SolverError),
    /// The program for the solver could not be stated: its coefficients overflow (for a ratio of `10^300`, say), or
    /// a defect of this crate.
    #[error("inconsistent semidefinite program: {0}")]
    Problem(#[from] ProblemError),
    /// A solver claimed an outcome that this problem cannot have.
    #[error("solver {solver} claims that a problem with a known feasible point is {claim}")]
    ImpossibleOutcome {
        /// Name of the solver.
        solver: &'static str,
        /// What it claims.
        claim: &'static str,
    },
    /// A worst case was located but its multipliers did not pass the recheck.
    #[error(
        "target {target}: no multipliers prove a ratio although up to {upper:e} may be attained"
    )]
    Unproven {
        /// Which target.
        target: usize,
        /// Upper bound of its worst-case ratio.
        upper: f64,
    },
    /// A target that even alone, with every budget spent on it, attains less than it is asked for.
    #[error(
        "target {target} is asked for a ratio of {wanted:e}: alone, with all budgets spent on it, it attains at most {bound:e}"
    )]
    BeyondReach {
        /// Which target.
        target: usize,
        /// The ratio asked for.
        wanted: f64,
        /// What no forms exceed, proven.
        bound: f64,
    },
    /// Targets that no forms are certified to attain together.
    #[error("the targets' ratios cannot be certified together: {}", together(*.budget_factor))]
    BeyondReachTogether {
        /// They take at least so many times the budgets, proven; infinite where no power will do.
        budget_factor: f64,
    },
    /// Ratios asked for that were neither certified of any vectors nor proven to be out of reach.
    #[error(
        "the targets' ratios are neither certified of any vectors within the budgets nor proven to be out of reach; they take a power of at least {lower:e}"
    )]
    PowerUndecided {
        /// Forms that attain them take at least this power, proven.
        lower: f64,
    },
    /// An eigenvalue computation did not converge, or had to do with numbers that overflow.
    #[error("eigenvalues of a {dim}×{dim} matrix could not be computed ({place})")]
    Eigenvalues {
        /// Side of the matrix.
        dim: usize,
        /// Where it happened.
        place: &'static str,
    },
}

fn together(budget_factor: f64) -> String {
    if budget_factor.is_finite() {
        format!("they take at least {budget_factor:e} times the budgets")
    } else {
        "no power will do".to_owned()
    }
}

/// The error that an option is not as required, unless it is.
pub(crate) fn check_option(
    field: &'static str,
    value: f64,
    fits: bool,
    requirement: &'static str,
) -> Result<(), RobustError> {
    if fits {
        return Ok(());
    }
    Err(RobustError::BadOption {
        field,
        value,
        requirement,
    })
}

impl RobustError {
    /// Whether the computation was cancelled rather than failed.
    pub fn is_cancellation(&self) -> bool {
        matches!(self, Self::Solver(SolverError::Cancelled { .. }))
    }
}
