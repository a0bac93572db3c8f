//! TD-ISAC-EI: beams for the estimated channels, errors ignored, problem (23).

use super::max_min_cone::max_min_sinr;
use super::{BeamformingScheme, Relaxed, SchemeContext, TimeAllocationWish};
use crate::downlink::Downlink;
use crate::error::{DesignError, require};

/// TD-ISAC-EI: the max-min SINR beams of the estimated channels as if these were exact, at the
/// largest time allocation that the sensing threshold permits.
///
/// Per target SINR one second-order cone program, solved by Clarabel in the reduced dimension;
/// its optimum over the SINR is found by a safeguarded secant method. The SINR that the scheme
/// believes in is the nominal one of its beams; what is reported is the worst case that can be
/// certified for them, possibly zero.
///
/// Cost of a solve: about five cone programs with `2 K r + 1` unknowns, `r ≤ M K`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct ErrorIgnorant {
    /// Relative accuracy of the SINR; 1e-7 by default. Where cone programs fail near the optimum, 1e-4.
    pub tolerance: f64,
}

impl Default for ErrorIgnorant {
    fn default() -> Self {
        Self { tolerance: 1e-7 }
    }
}

impl BeamformingScheme for ErrorIgnorant {
    fn name(&self) -> &str {
        "ei"
    }

    fn check(&self) -> Result<(), DesignError> {
        require(
            "tolerance",
            self.tolerance,
            self.tolerance.is_finite() && self.tolerance >= 0.0,
            "must be finite and not negative",
        )
    }

    fn solve(
        &self,
        downlink: &Downlink,
        _eta: f64,
        context: &mut SchemeContext<'_>,
    ) -> Result<Relaxed, DesignError> {
        let found = max_min_sinr(
            downlink.without_errors(),
            self.tolerance,
            &mut *context.interrupted,
        )?;
        context.conic_solves += found.programs;
        Ok(Relaxed {
            gamma: found.sinr,
            gamma_upper_bound: None,
            forms: downlink.forms(found.beams)?,
            multipliers: None,
            slope: 0.0,
            duals: Vec::new(),
            vectors: None,
        })
    }

    fn time_allocation(&self) -> TimeAllocationWish {
        TimeAllocationWish::Limit
    }
}
