//! The paper's η-step (16): the time allocation with the largest constraint margin.
//!
//! With forms and rate fixed, `γ(η) = 2^{R/η} - 1` falls with `η` while the error radii rise;
//! the margin by which the worst-case constraints hold, in units of the noise power, is
//! maximised over `η`, and the next beamforming problem turns margin into rate.

use robust_sdp::{ErrorBlock, margins, margins_with_multipliers};

use super::{AllocationContext, LineSearch, Proposal, TimeAllocation};
use crate::downlink::gamma_for_rate;
use crate::error::DesignError;

/// What happens to the S-procedure's multipliers while `η` varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Multipliers {
    /// Optimised for each candidate.
    #[default]
    Reoptimised,
    /// Frozen at their value for the current `η`, as printed in the paper. The iteration then
    /// stalls next to its start, because multipliers that are optimal at one `η` leave no
    /// margin at another.
    Fixed,
}

/// The constraint-margin strategy.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct ConstraintMargin {
    /// Multipliers of the candidates.
    pub multipliers: Multipliers,
    /// Search over `η`.
    pub search: LineSearch,
}

impl TimeAllocation for ConstraintMargin {
    fn name(&self) -> &str {
        match self.multipliers {
            Multipliers::Reoptimised => "margin",
            Multipliers::Fixed => "margin-fixed",
        }
    }

    fn check(&self) -> Result<(), DesignError> {
        self.search.check()
    }

    fn propose(&self, context: &mut AllocationContext<'_>) -> Result<Proposal, DesignError> {
        let current = context.current;
        let relaxed = &current.relaxed;
        let forms = relaxed.forms.columns();
        let frozen = match (self.multipliers, &relaxed.multipliers) {
            (Multipliers::Reoptimised, _) => None,
            (Multipliers::Fixed, Some(list)) => Some(list),
            (Multipliers::Fixed, None) => return Ok(Proposal::Converged),
        };
        let here = context.downlink.problem_for(&relaxed.forms, current.eta)?;
        let (downlink, solver) = (context.downlink, context.solver);
        let mut solves = 0;
        let mut margin = |eta: f64| -> Result<f64, DesignError> {
            let ratio = gamma_for_rate(eta, current.rate_bit_s_hz);
            if !ratio.is_finite() {
                return Ok(f64::NEG_INFINITY);
            }
            let problem = downlink.problem_for(&relaxed.forms, eta)?;
            let values = match frozen {
                None => {
                    solves += forms.len();
                    margins(&problem, forms, ratio, solver)?
                }
                Some(list) => {
                    // λ is frozen; μ = λ ε² follows the radius.
                    let rescaled: Vec<Vec<f64>> = list
                        .iter()
                        .enumerate()
                        .map(|(k, user)| {
                            let old = here.targets[k].errors.iter().filter_map(square_size);
                            let new = problem.targets[k].errors.iter().filter_map(square_size);
                            let growth = old
                                .zip(new)
                                .map(|(old, new)| if old > 0.0 { new / old } else { 1.0 })
                                .chain(std::iter::repeat(1.0));
                            user.iter().zip(growth).map(|(mu, by)| mu * by).collect()
                        })
                        .collect();
                    margins_with_multipliers(&problem, forms, &rescaled, ratio)?
                }
            };
            Ok(values.into_iter().fold(f64::INFINITY, f64::min))
        };
        let (eta, _) = self.search.maximise(current.eta, &mut margin)?;
        let proposal = if (eta - current.eta).abs() > self.search.tolerance {
            Proposal::Try(eta)
        } else if frozen.is_some() {
            Proposal::Converged
        } else {
            self.search
                .probe(current.eta, context.evaluated, &mut margin)?
        };
        *context.conic_solves += solves;
        Ok(proposal)
    }
}

/// The square of the size of a block that is scaled by it. Phases are not: their multipliers stay.
fn square_size(block: &ErrorBlock) -> Option<f64> {
    match block {
        ErrorBlock::Ball { radius, .. } => Some(radius * radius),
        ErrorBlock::Directions { matrix, .. } => Some(matrix.squared_norm_l2()),
        ErrorBlock::Phase { .. } => None,
    }
}
