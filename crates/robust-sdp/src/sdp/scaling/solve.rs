//! Solving in other units, and answering in the problem's own.

use super::Scaling;
use crate::sdp::check::ValidSdp;
use crate::sdp::error::{LastIterate, SolverError};
use crate::sdp::solution::{Residuals, SdpOutcome, SdpSolution};
use crate::sdp::solver::{Control, IterationReport, SolveRequest};

impl Scaling {
    pub(in crate::sdp) fn residuals(&self, r: &Residuals) -> Residuals {
        let unit = self.objective_unit();
        Residuals {
            primal: r.primal,
            dual: r.dual,
            gap: r.gap * unit,
            primal_objective: r.primal_objective * unit,
            dual_objective: r.dual_objective * unit,
        }
    }

    fn solution(&self, s: &SdpSolution) -> SdpSolution {
        SdpSolution {
            primal: self.primal(&s.primal, true),
            dual: self.dual(&s.dual, true),
            residuals: self.residuals(&s.residuals),
            iterations: s.iterations,
        }
    }

    /// Certificates get back what depends on units: their size, a bound or a growth of one, and what they
    /// prove below which size.
    fn outcome(&self, problem: &ValidSdp, outcome: SdpOutcome) -> SdpOutcome {
        match outcome {
            SdpOutcome::Optimal(s) => SdpOutcome::Optimal(self.solution(&s)),
            SdpOutcome::Stopped(s) => SdpOutcome::Stopped(self.solution(&s)),
            SdpOutcome::PrimalInfeasible {
                certificate,
                residual,
            } => SdpOutcome::PrimalInfeasible {
                certificate: problem.with_unit_bound(self.dual(&certificate, true)),
                residual,
            },
            SdpOutcome::DualInfeasible {
                direction,
                residual,
            } => SdpOutcome::DualInfeasible {
                direction: problem.with_unit_growth(self.primal(&direction, true)),
                residual,
            },
            SdpOutcome::NoPointBelow { certificate, .. } => {
                let certificate = problem.with_unit_bound(self.dual(&certificate, true));
                SdpOutcome::NoPointBelow {
                    size: problem.least_point(&certificate).unwrap_or(0.0),
                    certificate,
                }
            }
            SdpOutcome::NoMultipliersBelow { direction, .. } => {
                let direction = problem.with_unit_growth(self.primal(&direction, true));
                SdpOutcome::NoMultipliersBelow {
                    size: problem.least_multipliers(&direction).unwrap_or(0.0),
                    direction,
                }
            }
        }
    }

    fn error(&self, mut error: SolverError) -> SolverError {
        if let SolverError::IterationLimit {
            residuals, last, ..
        }
        | SolverError::Stalled {
            residuals, last, ..
        } = &mut error
        {
            *residuals = self.residuals(residuals);
            if let Some(LastIterate(solution)) = last {
                **solution = self.solution(solution);
            }
        }
        error
    }
}

/// Solves a problem in units that suit it and answers in its own.
///
/// `inner` sees a problem with data of order one and a tolerance whose floor is that problem's.
pub(crate) fn solve_in_units(
    problem: &ValidSdp,
    mut request: SolveRequest<'_>,
    inner: impl FnOnce(&ValidSdp, SolveRequest<'_>) -> Result<SdpOutcome, SolverError>,
) -> Result<SdpOutcome, SolverError> {
    let Some(scaling) = Scaling::of(problem) else {
        if request.tolerance.objective_floor <= 0.0 {
            request.tolerance.objective_floor = problem.objective_size();
        }
        return inner(problem, request);
    };
    let scaled = scaling.problem(problem);
    let unit = scaling.objective_unit();
    let mut tolerance = request.tolerance;
    let floor = tolerance.objective_floor;
    tolerance.objective_floor = if floor > 0.0 { floor / unit } else { 1.0 };
    let start = request.start.map(|point| scaling.primal(point, false));
    let mut monitor = request.monitor;
    let watched = monitor.is_some();
    let mut translated = |report: &IterationReport| {
        let report = IterationReport {
            iteration: report.iteration,
            residuals: scaling.residuals(&report.residuals),
            complementarity: report.complementarity * unit,
        };
        monitor.as_mut().map_or(Control::Continue, |m| m(&report))
    };
    let inside = SolveRequest {
        tolerance,
        start: start.as_ref(),
        monitor: if watched { Some(&mut translated) } else { None },
    };
    match inner(&scaled, inside) {
        Ok(outcome) => Ok(scaling.outcome(problem, outcome)),
        Err(error) => Err(scaling.error(error)),
    }
}
