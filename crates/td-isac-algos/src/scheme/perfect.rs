//! Perfect channel knowledge: what no scheme exceeds.

use super::{BeamformingScheme, Extracted, Main, Relaxed, SchemeContext, TimeAllocationWish};
use crate::downlink::Downlink;
use crate::error::DesignError;

/// The max-min SINR if the channels were exactly the estimated ones: [`Main`]'s problem without
/// error blocks, at the largest time allocation, since sensing buys nothing.
///
/// Its bound and its beams say what uncertainty costs. They promise nothing for channels with
/// errors: a [`Study`](crate::Study) evaluates them without, and the certified rate is the nominal
/// one by construction.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct PerfectCsi {
    /// How the problem without errors is solved.
    pub main: Main,
}

impl BeamformingScheme for PerfectCsi {
    fn name(&self) -> &str {
        "perfect"
    }

    fn check(&self) -> Result<(), DesignError> {
        self.main.check()
    }

    fn solve(
        &self,
        downlink: &Downlink,
        eta: f64,
        context: &mut SchemeContext<'_>,
    ) -> Result<Relaxed, DesignError> {
        self.main
            .solve(&downlink.with_exact_channels(), eta, context)
    }

    fn extract(
        &self,
        downlink: &Downlink,
        eta: f64,
        relaxed: &Relaxed,
        context: &mut SchemeContext<'_>,
    ) -> Result<Extracted, DesignError> {
        self.main
            .extract(&downlink.with_exact_channels(), eta, relaxed, context)
    }

    fn time_allocation(&self) -> TimeAllocationWish {
        TimeAllocationWish::Limit
    }

    fn knows_channels(&self) -> bool {
        true
    }
}
