//! Strategies for the time allocation `η`.

mod exhaustive;
pub(crate) mod global;
mod line_search;
mod margin;
mod root;
mod slope;
mod worst_case;

use robust_sdp::SdpSolver;

pub use exhaustive::Exhaustive;
pub use line_search::LineSearch;
pub use margin::{ConstraintMargin, Multipliers};
pub use slope::Slope;
pub use worst_case::WorstCaseRate;

use crate::downlink::Downlink;
use crate::error::DesignError;
use crate::scheme::Iterate;

/// The strategy that designs use unless told otherwise: `slope`.
pub fn recommended() -> impl TimeAllocation {
    Slope::default()
}

/// What is remembered of a beamforming problem that has been solved; one that could not be solved has rate
/// zero and no slope, and stands in [`Design::unsolved`](crate::Design::unsolved).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Sample {
    /// Time allocation `η`.
    pub eta: f64,
    /// Its rate `η log2(1 + γ)`, bit/s/Hz.
    pub rate_bit_s_hz: f64,
    /// `dR/dη`, the beams following; `None` if the scheme does not tell.
    pub slope: Option<f64>,
    /// The most that the scheme can certify there, if it tells ([`Relaxed::gamma_upper_bound`](crate::scheme::Relaxed::gamma_upper_bound)).
    pub gamma_upper_bound: Option<f64>,
}

/// What a strategy sees.
#[derive(Debug)]
pub struct AllocationContext<'a> {
    /// The communication problem.
    pub downlink: &'a Downlink,
    /// The best iterate so far.
    pub current: &'a Iterate,
    /// Every time allocation tried, in order.
    pub evaluated: &'a [Sample],
    /// `η̄` (17): what lies beyond is not an answer but may lead to one.
    pub limit: f64,
    /// For the small programs of a strategy's own.
    pub solver: &'a dyn SdpSolver,
    /// Conic programs solved so far; strategies add theirs.
    pub conic_solves: &'a mut usize,
}

/// What a strategy proposes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Proposal {
    /// Solve the beamforming problem there next.
    Try(f64),
    /// The best time allocation: solve the beamforming problem there to its full precision, and end.
    Settle(f64),
    /// Nothing better is to be expected.
    Converged,
}

/// Chooses the next time allocation.
pub trait TimeAllocation: std::fmt::Debug + Send + Sync {
    /// Short name for reports.
    fn name(&self) -> &str;

    /// Refuses parameters that make no sense, before anything is computed.
    ///
    /// # Errors
    /// The parameter, its value and what would be right.
    fn check(&self) -> Result<(), DesignError> {
        Ok(())
    }

    /// The next time allocation to try.
    ///
    /// # Errors
    /// A failure to solve.
    fn propose(&self, context: &mut AllocationContext<'_>) -> Result<Proposal, DesignError>;

    /// Where to begin, given where the caller would and the largest time allocation that is an answer.
    fn start(&self, wish: f64, limit: f64) -> f64 {
        let _ = limit;
        wish
    }

    /// How closely, relatively, SINRs need be known along the way ([`SchemeContext::precision`]); a strategy that
    /// says so ends with [`Proposal::Settle`].
    ///
    /// [`SchemeContext::precision`]: crate::scheme::SchemeContext::precision
    fn precision(&self) -> Option<f64> {
        None
    }

    /// Whether a proposal that did not raise the rate ends the run (the safeguard of an
    /// alternating optimisation) or is one more sample of a search.
    fn ends_on_rejection(&self) -> bool {
        true
    }

    /// Relative gain of an accepted step below which the run has converged; `None` leaves
    /// convergence to [`propose`](Self::propose).
    fn gain_tolerance(&self) -> Option<f64> {
        Some(1e-5)
    }
}
