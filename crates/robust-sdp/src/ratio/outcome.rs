//! From a solver's outcome to something to work with.

use crate::ratio::error::RobustError;
use crate::sdp::{Control, IterationReport, SdpOutcome, SdpSolution, SdpSolver, SolverError};

/// Ratios below this count as zero: nothing of use has so small a ratio.
pub(crate) const SMALLEST_RATIO: f64 = 1e-9;

/// A monitor that does nothing but ask whether to go on.
pub(crate) fn unless(
    cancelled: &mut dyn FnMut() -> bool,
) -> impl FnMut(&IterationReport) -> Control {
    move |_| {
        if cancelled() {
            Control::Cancel
        } else {
            Control::Continue
        }
    }
}

/// The solution of a program, or the best iterate of a solver that failed late, its objective
/// known to `accuracy` at least: whatever is made of it (forms, multipliers, prices) is proven
/// afterwards without the solver.
pub(crate) fn usable(
    solver: &dyn SdpSolver,
    outcome: Result<SdpOutcome, SolverError>,
    accuracy: f64,
) -> Result<SdpSolution, RobustError> {
    match outcome.and_then(|o| o.unless_almost(solver.name())) {
        Ok(outcome) => solved(solver, outcome),
        Err(error) => match error.last_iterate() {
            Some(last)
                if last.residuals.primal < accuracy.min(1e-4)
                    && last.residuals.dual < 1e-6
                    && last.residuals.relative_gap(1e-3) < accuracy =>
            {
                Ok(last.clone())
            }
            _ => Err(error.into()),
        },
    }
}

/// The solution of a program that is known to have one.
fn solved(solver: &dyn SdpSolver, outcome: SdpOutcome) -> Result<SdpSolution, RobustError> {
    let claim = match outcome {
        SdpOutcome::Optimal(solution) | SdpOutcome::Stopped(solution) => return Ok(solution),
        SdpOutcome::AlmostOptimal { .. } => "almost solved",
        SdpOutcome::PrimalInfeasible { .. } => "infeasible",
        SdpOutcome::DualInfeasible { .. } => "unbounded",
        SdpOutcome::NoPointBelow { .. } => "without a feasible point of moderate size",
        SdpOutcome::NoMultipliersBelow { .. } => "without a bound of moderate size",
    };
    Err(RobustError::ImpossibleOutcome {
        solver: solver.name(),
        claim,
    })
}
