//! The η-step that looks at the rate itself.

use robust_sdp::worst_case_ratios;

use super::{AllocationContext, LineSearch, Proposal, TimeAllocation};
use crate::downlink::rate_bit_s_hz;
use crate::error::DesignError;

/// Maximises the certified rate `η log2(1 + γ_wc(W, η))` of the current forms over `η`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct WorstCaseRate {
    /// Search over `η`.
    pub search: LineSearch,
}

impl TimeAllocation for WorstCaseRate {
    fn name(&self) -> &str {
        "rate"
    }

    fn propose(&self, context: &mut AllocationContext<'_>) -> Result<Proposal, DesignError> {
        let current = context.current;
        let (downlink, solver) = (context.downlink, context.solver);
        let mut solves = 0;
        let (eta, _) = self.search.maximise(current.eta, |eta| {
            let problem = downlink.problem_at(eta)?;
            let worst = worst_case_ratios(&problem, &current.relaxed.forms, solver)?;
            solves += worst.len();
            let gamma = worst.iter().map(|w| w.ratio).fold(f64::INFINITY, f64::min);
            Ok(rate_bit_s_hz(eta, gamma))
        })?;
        *context.conic_solves += solves;
        if (eta - current.eta).abs() <= self.search.tolerance {
            return Ok(Proposal::Converged);
        }
        Ok(Proposal::Try(eta))
    }
}
