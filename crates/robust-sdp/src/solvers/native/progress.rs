//! Which iterate is the best, what has been proven, and when a solve has ended.

use super::state::{State, Suspicion};
use crate::sdp::{
    IterationReport, LastIterate, Residuals, SdpOutcome, SdpSolution, SolverError, Tolerance,
    ValidSdp,
};

/// The solver's, in reports.
pub(super) const NAME: &str = "hermitian-ipm";

/// Iterations without a better iterate after which the solve ends. Infeasible problems need
/// some: their iterates diverge before they prove anything.
const PATIENCE: usize = 12;

/// The same while the iterate is still far from feasible, where steps may be short for long.
const FIRST_PATIENCE: usize = 20;

/// The same where an iterate within the tolerance is kept, and only an objective near zero asks for more.
const LAST_PATIENCE: usize = 3;

/// A certificate is worth a proof if its residual is this part of the last one's.
const BETTER: f64 = 0.1;

/// Relative primal residual of an iterate that is far from feasible.
const FAR: f64 = 1.0;

/// Shortfall, in units of the tolerance, of an iterate that is almost optimal.
const ALMOST: f64 = 1e3;

/// Objectives are known to this part of the size that the data give them, at best.
const ROUNDING: f64 = 1e-14;

/// What is known so far.
pub(super) struct Progress<'a> {
    problem: &'a ValidSdp,
    /// The gap relative to the objective itself, unless the request has a floor.
    strict: Tolerance,
    /// The gap relative to the size that the data give the objective: what there is to have if it is next to nothing.
    lenient: Tolerance,
    /// The iterate of least merit.
    best: Option<(f64, SdpSolution)>,
    /// That of least shortfall by the lenient tolerance.
    closest: Option<(f64, SdpSolution)>,
    /// Iteration of the last progress.
    last: usize,
    least_infeasibility: [f64; 2],
    doubts: Doubts,
}

impl<'a> Progress<'a> {
    /// `size` is what the data give the objective.
    pub(super) fn new(problem: &'a ValidSdp, tolerance: Tolerance, size: f64) -> Self {
        let with_floor = |objective_floor: f64| Tolerance {
            objective_floor,
            ..tolerance
        };
        let (strict, lenient) = if tolerance.objective_floor > 0.0 {
            (tolerance, tolerance)
        } else {
            let least = ROUNDING / tolerance.relative_gap.max(ROUNDING);
            (with_floor(least * size), with_floor(size))
        };
        Self {
            problem,
            strict,
            lenient,
            best: None,
            closest: None,
            last: 0,
            least_infeasibility: [f64::INFINITY; 2],
            doubts: Doubts::default(),
        }
    }

    /// What is aimed at.
    pub(super) fn tolerance(&self) -> &Tolerance {
        &self.strict
    }

    /// The outcome, if the iterate is an optimum or proves that there is none.
    pub(super) fn look(
        &mut self,
        report: &IterationReport,
        state: &mut State,
    ) -> Option<SdpOutcome> {
        if self.strict.shortfall(&report.residuals) <= 1.0 {
            return Some(SdpOutcome::Optimal(state.solution(report.iteration)));
        }
        let suspicion = state.suspicion(self.strict.feasibility);
        self.doubts.consider(self.problem, suspicion)
    }

    /// Keeps the iterate if it is better than those before.
    pub(super) fn remember(&mut self, report: &IterationReport, state: &State) {
        let r = &report.residuals;
        let feasibility = self.strict.feasibility;
        // The relative gap says little about progress towards an objective of zero; the
        // complementarity does, once the residuals are tolerable.
        let merit = report.complementarity * (r.primal.max(r.dual) / feasibility).max(1.0);
        if self.best.as_ref().is_none_or(|(least, _)| merit < *least) {
            self.best = Some((merit, state.solution(report.iteration)));
            self.last = report.iteration;
        }
        let shortfall = self.lenient.shortfall(r);
        let closest = self.closest.as_ref().map_or(f64::INFINITY, |c| c.0);
        // Among iterates within the tolerance the later one has the smaller gap.
        if shortfall <= ALMOST && (shortfall < closest || shortfall <= 1.0) {
            self.closest = Some((shortfall, state.solution(report.iteration)));
        }
        // On the way to feasibility, of either side, the gap may grow for a while.
        for (residual, least) in [r.primal, r.dual]
            .into_iter()
            .zip(&mut self.least_infeasibility)
        {
            let infeasibility = residual.max(feasibility);
            if infeasibility < 0.9 * *least {
                *least = infeasibility;
                self.last = report.iteration;
            }
        }
    }

    /// Whether nothing has become better for too long.
    pub(super) fn has_ended(&self, report: &IterationReport) -> bool {
        let acceptable = self.closest.as_ref().is_some_and(|c| c.0 <= 1.0);
        let patience = if acceptable {
            LAST_PATIENCE
        } else if report.residuals.primal > FAR {
            FIRST_PATIENCE
        } else {
            PATIENCE
        };
        report.iteration - self.last >= patience
    }

    /// How a solve ends whose last iterate is no optimum: an iteration limit, or a stall for the reason given.
    pub(super) fn end(
        self,
        iterations: usize,
        reason: Option<&'static str>,
    ) -> Result<SdpOutcome, SolverError> {
        match (self.closest, self.doubts.weaker) {
            (Some((shortfall, solution)), _) if shortfall <= 1.0 => {
                Ok(SdpOutcome::Optimal(solution))
            }
            (_, Some(weaker)) => Ok(weaker),
            (Some((_, solution)), None) => {
                let bounds = self.problem.proven_bounds(&solution.primal, &solution.dual);
                match bounds {
                    Ok(bounds) => Ok(SdpOutcome::AlmostOptimal { solution, bounds }),
                    Err(_) => Err(failure(self.best, iterations, reason)),
                }
            }
            (None, None) => Err(failure(self.best, iterations, reason)),
        }
    }
}

/// What diverging iterates have proven so far: not that there is no solution, or the solve would have ended.
struct Doubts {
    /// Residual of the last certificate that was looked at.
    residual: f64,
    weaker: Option<SdpOutcome>,
}

impl Default for Doubts {
    fn default() -> Self {
        Self {
            residual: f64::INFINITY,
            weaker: None,
        }
    }
}

impl Doubts {
    /// The outcome, if a certificate proves one. Certificates hardly better than the last are passed over.
    fn consider(&mut self, problem: &ValidSdp, suspicion: Option<Suspicion>) -> Option<SdpOutcome> {
        let residual = match suspicion.as_ref()? {
            Suspicion::Infeasible(_, residual) | Suspicion::Unbounded(_, residual) => *residual,
        };
        if residual > BETTER * self.residual {
            return None;
        }
        self.residual = residual;
        let outcome = match suspicion? {
            Suspicion::Infeasible(multipliers, _) => problem.judge_multipliers(&multipliers)?,
            Suspicion::Unbounded(direction, _) => problem.judge_direction(&direction)?,
        };
        match outcome {
            SdpOutcome::NoPointBelow { .. } | SdpOutcome::NoMultipliersBelow { .. } => {
                self.weaker = Some(outcome);
                None
            }
            proof => Some(proof),
        }
    }
}

/// An iteration limit, or a stall for the reason given, with the best iterate seen.
fn failure(
    best: Option<(f64, SdpSolution)>,
    iterations: usize,
    reason: Option<&'static str>,
) -> SolverError {
    let residuals = best
        .as_ref()
        .map_or(Residuals::UNKNOWN, |(_, s)| s.residuals);
    let last = best.map(|(_, solution)| LastIterate(Box::new(solution)));
    match reason {
        None => SolverError::IterationLimit {
            solver: NAME,
            iterations,
            residuals,
            last,
        },
        Some(reason) => SolverError::Stalled {
            solver: NAME,
            reason,
            iterations,
            residuals,
            last,
        },
    }
}
