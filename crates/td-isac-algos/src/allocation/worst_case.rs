//! The η-step that looks at the rate itself.

use robust_sdp::worst_case_ratios;

use super::{AllocationContext, LineSearch, Proposal, TimeAllocation};
use crate::downlink::rate_bit_s_hz;
use crate::error::DesignError;

/// Maximises the certified rate `η log2(1 + γ_wc(W, η))` of the current forms over `η`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct WorstCaseRate {
    /// Search over `η`.
    pub search: LineSearch,
}

impl TimeAllocation for WorstCaseRate {
    fn name(&self) -> &str {
        "rate"
    }

    fn check(&self) -> Result<(), DesignError> {
        self.search.check()
    }

    fn propose(&self, context: &mut AllocationContext<'_>) -> Result<Proposal, DesignError> {
        let current = context.current;
        let (downlink, solver) = (context.downlink, context.solver);
        let forms = &current.relaxed.forms;
        let mut solves = 0;
        let mut rate = |eta: f64| -> Result<f64, DesignError> {
            let problem = downlink.problem_for(forms, eta)?;
            let worst = worst_case_ratios(&problem, forms.columns(), solver)?;
            solves += worst.len();
            let gamma = worst
                .iter()
                .map(|w| w.ratio())
                .fold(f64::INFINITY, f64::min);
            Ok(rate_bit_s_hz(eta, gamma))
        };
        let (eta, _) = self.search.maximise(current.eta, &mut rate)?;
        let proposal = if (eta - current.eta).abs() > self.search.tolerance {
            Proposal::Try(eta)
        } else {
            self.search
                .probe(current.eta, context.evaluated, &mut rate)?
        };
        *context.conic_solves += solves;
        Ok(proposal)
    }
}
