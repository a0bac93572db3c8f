//! From where an alternation stalls to the peak.

use super::{AllocationContext, Exhaustive, Proposal, TimeAllocation};
use crate::error::{DesignError, require};

/// An alternating strategy, and where it has nothing more to gain a search of the exact rate around
/// the best it found.
///
/// Steps of [`WorstCaseRate`](super::WorstCaseRate) and [`ConstraintMargin`](super::ConstraintMargin) hold the beams fixed and
/// stall where beams that follow `η` would still gain: a few parts in ten thousand of the rate, and which few depends on the
/// last digits of the solver. The parabola through three exact rates knows no such kinks. It costs
/// a few more beamforming problems; past a limit that binds, one.
///
/// With this, solvers, starts and inner strategies agree on the rate to about the tolerance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Refined<A> {
    /// The alternating strategy.
    pub inner: A,
    /// Relative accuracy of the rate at the peak; 1e-6 by default.
    pub rate_tolerance: f64,
}

impl<A> Refined<A> {
    /// The strategy with the default tolerance.
    pub fn new(inner: A) -> Self {
        Self {
            inner,
            rate_tolerance: 1e-6,
        }
    }
}

impl<A: TimeAllocation> Refined<A> {
    /// Whether some step of the alternation gained nothing worth another.
    fn has_stalled(&self, evaluated: &[(f64, f64)]) -> bool {
        let enough = self.inner.gain_tolerance().unwrap_or(0.0);
        let mut best = 0.0;
        evaluated.iter().any(|&(_, rate)| {
            let stalled = best > 0.0 && rate <= best * (1.0 + enough);
            best = rate.max(best);
            stalled
        })
    }
}

/// The nearest sample below the best one. A rate with one peak has it above that sample.
fn next_below(evaluated: &[(f64, f64)], best: f64) -> Option<f64> {
    let lower = evaluated.iter().map(|sample| sample.0);
    lower.filter(|eta| *eta < best).reduce(f64::max)
}

impl<A: TimeAllocation> TimeAllocation for Refined<A> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn check(&self) -> Result<(), DesignError> {
        self.inner.check()?;
        require(
            "rate_tolerance",
            self.rate_tolerance,
            self.rate_tolerance > 0.0 && self.rate_tolerance < 1.0,
            "must lie in (0, 1)",
        )
    }

    fn propose(&self, context: &mut AllocationContext<'_>) -> Result<Proposal, DesignError> {
        if !self.has_stalled(context.evaluated) {
            let proposal = self.inner.propose(context)?;
            if proposal != Proposal::Converged {
                return Ok(proposal);
            }
        }
        let (best, limit) = (context.current.eta, context.limit);
        if best > limit {
            // The answer is the limit unless the peak lies below it.
            return Ok(match next_below(context.evaluated, best) {
                Some(lower) if lower >= limit => Proposal::Converged,
                _ => Proposal::Try(limit),
            });
        }
        let search = Exhaustive {
            grid: Vec::new(),
            rate_tolerance: self.rate_tolerance,
        };
        let next = search.next(context.evaluated);
        Ok(next.map_or(Proposal::Converged, Proposal::Try))
    }

    fn ends_on_rejection(&self) -> bool {
        false
    }

    fn gain_tolerance(&self) -> Option<f64> {
        None
    }
}
