//! Errors of the design layer.

mod scenario;

pub use scenario::ScenarioError;

use crlb::CrlbError;
use nf_channel::ChannelError;
use robust_sdp::{RobustError, SolverError};

use crate::sensing::SensingError;

/// What can go wrong while designing beamformers and the time allocation.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DesignError {
    /// A robust program could not be stated or solved.
    #[error(transparent)]
    Robust(#[from] RobustError),
    /// A channel could not be formed.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// A bound of the positions could not be taken apart.
    #[error(transparent)]
    Crlb(#[from] CrlbError),
    /// A scenario that its check refuses.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// No sensing covariance could be designed.
    #[error(transparent)]
    Sensing(#[from] SensingError),
    /// A scheme or strategy that nobody has registered.
    #[error("{kind} {name}: known are {known}")]
    UnknownName {
        /// What was looked for.
        kind: &'static str,
        /// Its name.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A time allocation outside (0, 1).
    #[error("time allocation {name} = {value} must lie strictly between 0 and 1")]
    BadTimeAllocation {
        /// Which one.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// No whole number of sensing slots keeps the threshold and leaves time for communication.
    #[error(
        "the threshold needs {needed} whole sensing slots, and a frame of {frame} leaves no time for communication then \
         (slots = \"fractional\" allows any number)"
    )]
    NoWholeSlot {
        /// Slots needed to keep the threshold.
        needed: f64,
        /// Slots that a frame lasts.
        frame: f64,
    },
    /// A parameter outside its range.
    #[error("{name} = {value}: {requirement}")]
    BadParameter {
        /// Which parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What would be right.
        requirement: &'static str,
    },
    /// A beam with an entry that is no number.
    #[error("the beam of user {user} has an entry {value}: must be finite")]
    BadBeam {
        /// The user.
        user: usize,
        /// The entry's real or imaginary part.
        value: f64,
    },
    /// The uncertainty model knows fewer users than there are channels.
    #[error("user {user} has no uncertainty: the model knows {known} users")]
    UnknownUser {
        /// The user asked for.
        user: usize,
        /// How many the model knows.
        known: usize,
    },
    /// The observer cancelled before any design was found.
    #[error("cancelled before a first design was found")]
    Cancelled,
    /// A convex program outside the semidefinite class failed.
    #[error("{program} in scheme {scheme}: {status}")]
    Program {
        /// The scheme.
        scheme: &'static str,
        /// Which of its programs.
        program: &'static str,
        /// The solver's own word.
        status: String,
    },
}

impl DesignError {
    /// A word for reports: which kind of failure it was.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Robust(error) => robust_name(error),
            Self::Channel(_) => "bad-channel",
            Self::Crlb(error) | Self::Sensing(SensingError::Bound(error)) => match error {
                CrlbError::ThresholdUnreachable { .. } => "threshold-unreachable",
                CrlbError::NotIdentifiable { .. } => "not-identifiable",
                _ => "no-bound",
            },
            Self::NoWholeSlot { .. } => "threshold-unreachable",
            Self::Scenario(_) => "bad-scenario",
            Self::Sensing(_) => "sensing-failed",
            Self::UnknownName { .. } => "unknown-name",
            Self::BadTimeAllocation { .. } | Self::BadParameter { .. } | Self::BadBeam { .. } => {
                "bad-parameter"
            }
            Self::UnknownUser { .. } => "unknown-user",
            Self::Cancelled => "cancelled",
            Self::Program { .. } => "program-failed",
        }
    }
}

fn robust_name(error: &RobustError) -> &'static str {
    match error {
        RobustError::Solver(SolverError::Cancelled { .. }) => "cancelled",
        RobustError::Solver(SolverError::IterationLimit { .. }) => "limit-met",
        RobustError::Solver(_) | RobustError::ImpossibleOutcome { .. } => "solver-failed",
        RobustError::Unproven { .. } | RobustError::PowerUndecided { .. } => "unproven",
        RobustError::BeyondReach { .. } | RobustError::BeyondReachTogether { .. } => "out-of-reach",
        RobustError::BadOption { .. } => "bad-parameter",
        RobustError::Eigenvalues { .. } | RobustError::Problem(_) => "numbers-overflow",
        _ => "bad-problem",
    }
}

/// The error that a parameter is not as required, unless it is.
pub(crate) fn require(
    name: &'static str,
    value: f64,
    fits: bool,
    requirement: &'static str,
) -> Result<(), DesignError> {
    if fits {
        return Ok(());
    }
    Err(DesignError::BadParameter {
        name,
        value,
        requirement,
    })
}

/// The error that a list has the wrong length.
pub(crate) fn same_length(
    what: &'static str,
    expected: usize,
    found: usize,
) -> Result<(), DesignError> {
    if expected == found {
        return Ok(());
    }
    Err(RobustError::WrongLength {
        what,
        expected,
        found,
    }
    .into())
}
