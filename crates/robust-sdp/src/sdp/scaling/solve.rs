//! Solving in other units, and answering in the problem's own.

use super::Scaling;
use crate::sdp::check::ValidSdp;
use crate::sdp::error::{LastIterate, SolverError};
use crate::sdp::solution::{ProvenBounds, Residuals, SdpOutcome, SdpSolution};
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
            SdpOutcome::AlmostOptimal { solution, .. } => {
                let solution = self.solution(&solution);
                let own = problem.proven_bounds(&solution.primal, &solution.dual);
                SdpOutcome::AlmostOptimal {
                    bounds: own.unwrap_or(ProvenBounds::NOTHING),
                    solution,
                }
            }
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
/// `inner` sees a problem with data of order one, a tolerance whose floor is that problem's (or zero, if none was asked
/// for), and the size that the data give its objective.
pub(crate) fn solve_in_units(
    problem: &ValidSdp,
    request: SolveRequest<'_>,
    inner: impl FnOnce(&ValidSdp, SolveRequest<'_>, f64) -> Result<SdpOutcome, SolverError>,
) -> Result<SdpOutcome, SolverError> {
    let Some(scaling) = Scaling::of(problem) else {
        // Where units are ordinary, one is no less than what the data give the objective.
        return inner(problem, request, problem.objective_size().min(1.0));
    };
    let scaled = scaling.problem(problem);
    let unit = scaling.objective_unit();
    let mut tolerance = request.tolerance;
    tolerance.objective_floor /= unit;
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
    match inner(&scaled, inside, 1.0) {
        Ok(outcome) => Ok(scaling.outcome(problem, outcome)),
        Err(error) => Err(scaling.error(error)),
    }
}
