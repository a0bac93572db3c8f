//! TD-ISAC-Main: robust beamforming by semidefinite relaxation, problem (14).

use robust_sdp::{Attained, MaxMinOptions, RankOneOptions, max_min_ratio, rank_one};

use super::{BeamformingScheme, Extracted, Relaxed, SchemeContext};
use crate::downlink::Downlink;
use crate::error::DesignError;

/// TD-ISAC-Main: the largest SINR that can be guaranteed to all users at once for every channel
/// error in the set, by the S-procedure's (corrected) matrix inequality, root finding on the
/// SINR, and rank-one extraction at a sacrifice of 0.1 %.
///
/// Cost of a solve: a handful of semidefinite programs with `K r²` real unknowns,
/// `r ≤ M K`, whatever the number of antennas.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Main {
    /// Root finding.
    pub max_min: MaxMinOptions,
    /// Extraction.
    pub rank_one: RankOneOptions,
}

impl BeamformingScheme for Main {
    fn name(&self) -> &str {
        "main"
    }

    fn solve(
        &self,
        downlink: &Downlink,
        eta: f64,
        context: &mut SchemeContext<'_>,
    ) -> Result<Relaxed, DesignError> {
        let problem = downlink.problem_at(eta)?;
        let options = MaxMinOptions {
            start: context.inherited_gamma(downlink, eta)?,
            ..self.max_min
        };
        let solution = max_min_ratio(
            &problem,
            context.solver,
            &options,
            &mut *context.interrupted,
        )?;
        context.conic_solves += solution.solves;
        Ok(solution.into())
    }

    fn extract(
        &self,
        downlink: &Downlink,
        eta: f64,
        relaxed: &Relaxed,
        context: &mut SchemeContext<'_>,
    ) -> Result<Extracted, DesignError> {
        let flat = rank_one(
            &downlink.problem_at(eta)?,
            context.solver,
            &Attained {
                ratio: relaxed.gamma,
                slope: relaxed.slope,
                forms: &relaxed.forms,
            },
            &self.rank_one,
            &mut *context.interrupted,
        )?;
        context.conic_solves += flat.solves;
        Ok(flat.into())
    }
}
