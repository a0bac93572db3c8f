//! How a case ended, and the numbers of its rechecks.

use crlb::CrlbError;
use robust_sdp::{RobustError, SolverError};
use td_isac_algos::DesignError;
use td_isac_algos::scenario::ScenarioError;
use td_isac_algos::sensing::SensingError;

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// A positive certified rate that passed all rechecks.
    Certified,
    /// The answer that no positive rate can be guaranteed.
    Nothing,
    /// The scenario has no solution, and the error says why.
    NoSolution(&'static str),
    /// A solver failed or met its limit, and the error says so.
    SolverFailed(&'static str),
    /// The scenario was rejected as invalid.
    Rejected(&'static str),
    /// A panic.
    Panicked,
}

/// A bound whose rounding limit is below this has its digits.
pub const SHARP: f64 = 1e-6;

/// Numbers of the rechecks, worst of all cases.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Findings {
    /// Covariances whose bound and gap were recomputed.
    pub sensing_checks: usize,
    /// Those of them with a rounding limit below one in a million.
    pub sharp_bounds: usize,
    /// Largest relative difference of the recomputed bound among these.
    pub bound_error: f64,
    /// Largest difference of a bound over its rounding limit.
    pub bound_error_in_limits: f64,
    /// Largest recomputed optimality gap.
    pub gap: f64,
    /// Designs whose guarantee was rechecked.
    pub beam_checks: usize,
    /// Least recomputed noise margin, less one.
    pub least_margin: f64,
    /// Most negative relative eigenvalue of the dense inequality.
    pub negative_eigenvalue: f64,
    /// Errors and positions tried against guarantees.
    pub attacks: usize,
}

impl Findings {
    /// The worse of each number, the sum of each count.
    pub fn merge(&mut self, other: &Self) {
        self.sensing_checks += other.sensing_checks;
        self.beam_checks += other.beam_checks;
        self.attacks += other.attacks;
        self.sharp_bounds += other.sharp_bounds;
        self.bound_error = self.bound_error.max(other.bound_error);
        self.bound_error_in_limits = (self.bound_error_in_limits).max(other.bound_error_in_limits);
        self.gap = self.gap.max(other.gap);
        self.least_margin = self.least_margin.min(other.least_margin);
        self.negative_eigenvalue = self.negative_eigenvalue.min(other.negative_eigenvalue);
    }
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// How it ended.
    pub ending: Ending,
    /// The message of the error, if it ended with one.
    pub message: Option<String>,
    /// What must not be, in words; empty if all is well.
    pub violations: Vec<String>,
    /// Numbers of the rechecks.
    pub findings: Findings,
}

/// Why a case ended early.
pub(super) enum Stop {
    Scenario(ScenarioError),
    Sensing(SensingError),
    Threshold(CrlbError),
    Design(DesignError),
}

impl Stop {
    /// The ending, and the error's message.
    pub(super) fn describe(&self) -> (Ending, String) {
        match self {
            Self::Scenario(error) => {
                let why = match error {
                    ScenarioError::Channel { .. } => "user on an access point",
                    _ => "invalid scenario",
                };
                (Ending::Rejected(why), error.to_string())
            }
            Self::Threshold(error) => (
                match error {
                    CrlbError::ThresholdUnreachable { .. } => {
                        Ending::NoSolution("threshold unreachable")
                    }
                    _ => Ending::SolverFailed("threshold: other"),
                },
                error.to_string(),
            ),
            Self::Sensing(error) => {
                let ending = match error {
                    SensingError::Bound(CrlbError::NotIdentifiable { .. }) => {
                        Ending::NoSolution("positions not identifiable")
                    }
                    SensingError::Bound(_) => Ending::SolverFailed("sensing: bound"),
                    SensingError::NotConverged { .. } => {
                        Ending::SolverFailed("sensing: not converged")
                    }
                    _ => Ending::SolverFailed("sensing: other"),
                };
                (ending, error.to_string())
            }
            Self::Design(error) => (Ending::SolverFailed(why(error)), error.to_string()),
        }
    }
}

fn why(error: &DesignError) -> &'static str {
    match error {
        DesignError::Robust(RobustError::Solver(SolverError::Stalled { .. })) => {
            "beams: semidefinite solver stalled"
        }
        DesignError::Robust(RobustError::Solver(_)) => "beams: semidefinite solver",
        DesignError::Robust(RobustError::Unproven { .. }) => "beams: unproven",
        DesignError::Robust(RobustError::OutsideSpan { .. }) => "beams: outside the span",
        DesignError::Robust(RobustError::BadNumber { .. }) => "beams: number out of range",
        DesignError::Robust(_) => "beams: robust, other",
        DesignError::Program { .. } => "beams: cone program",
        DesignError::BadTimeAllocation { .. } => "time allocation",
        _ => "beams: other",
    }
}
