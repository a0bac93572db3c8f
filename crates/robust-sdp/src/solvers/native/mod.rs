//! A primal–dual interior-point method for complex Hermitian and real symmetric blocks.
//!
//! Mehrotra's predictor–corrector on the HKM direction (Helmberg et al. 1996, Kojima et al.
//! 1997, Monteiro 1997), from an infeasible start. Complex blocks are treated natively,
//! without the real embedding that doubles their side.

mod assembly;
mod breakdown;
mod cone;
mod cost;
mod inequalities;
mod layout;
mod lmi_map;
mod psd;
mod scalars;
mod schur;
mod state;

use crate::sdp::{
    Control, IterationReport, LastIterate, Residuals, SdpOutcome, SdpSolution, SdpSolver,
    SolveRequest, SolverError, ValidSdp, solve_dual, solve_in_units,
};
use breakdown::Breakdown;
use state::{State, Suspicion};

/// The native solver.
///
/// How a solve ends:
///
/// - [`SdpOutcome::Optimal`] when residuals and relative gap are within the request's tolerance,
///   with both points and their residuals;
/// - [`SdpOutcome::PrimalInfeasible`], [`SdpOutcome::DualInfeasible`] with a certificate that
///   [`ValidSdp::check_infeasibility`] (`check_unboundedness`) accepts as a proof;
/// - [`SdpOutcome::NoPointBelow`], [`SdpOutcome::NoMultipliersBelow`] where neither an optimum nor such a
///   proof was found, but that solutions would have to be large;
/// - [`SdpOutcome::Stopped`] when the monitor accepts an iterate;
/// - a [`SolverError`] otherwise, with the residuals of the best iterate and the iterate itself:
///   the iteration limit, twelve iterations without progress, a factorisation that broke down.
///
/// [`ValidSdp::residuals`] and its neighbours recheck all of this from the problem's data.
///
/// The per-iteration log is the request's monitor:
///
/// ```
/// # use faer::Mat;
/// # use robust_sdp::*;
/// # let mut problem = SdpProblem::new();
/// # let x = problem.add_matrix(3, Field::Complex);
/// # problem.add_inequality(LinearForm::new().matrix(x, Mat::identity(3, 3)), 1.0);
/// # problem.objective = LinearForm::new().matrix(x, Mat::identity(3, 3));
/// # let problem = problem.check()?;
/// let mut log = Vec::new();
/// let mut monitor = |report: &IterationReport| {
///     log.push(report.to_string()); // or print it: "  4: primal residual 1.2e-11, .."
///     Control::Continue
/// };
/// let request = SolveRequest { monitor: Some(&mut monitor), ..SolveRequest::default() };
/// HermitianIpm::default().solve(&problem, request)?;
/// assert!(log.len() > 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Cost of an iteration: `O(n³)` for `n` real coordinates of the unknowns in all, plus one Kronecker product
/// per distinct factor matrix of each LMI (`O(d⁴)` for unknowns of side `d`), plus `O(s³)` for blocks of side
/// `s`; memory `O(n²)`. Or the same for the problem's dual, whose `n` counts the coordinates of LMIs and the linear
/// constraints: whichever is less. So neither a matrix under a few equalities nor its dual, an
/// LMI of a few scalars, has to be restated by hand. A start is of no use where the dual is solved.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct HermitianIpm {
    /// Iterations allowed; 100 by default.
    pub max_iterations: usize,
    /// Fraction of the way to the boundary of the cone that a step of full length may go; 0.99 by
    /// default. Shorter steps go up to 0.09 less far.
    pub boundary_fraction: f64,
}

impl Default for HermitianIpm {
    fn default() -> Self {
        Self {
            max_iterations: 100,
            boundary_fraction: 0.99,
        }
    }
}

const NAME: &str = "hermitian-ipm";

/// Iterations without a better iterate after which the solve ends. Infeasible problems need
/// some: their iterates diverge before they prove anything.
const PATIENCE: usize = 12;

/// The same while the iterate is still far from feasible, where steps may be short for long.
const FIRST_PATIENCE: usize = 20;

/// A certificate is worth a proof if its residual is this part of the last one's.
const BETTER: f64 = 0.1;

/// Relative primal residual of such an iterate.
const FAR: f64 = 1.0;

impl SdpSolver for HermitianIpm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn solve(
        &self,
        problem: &ValidSdp,
        request: SolveRequest<'_>,
    ) -> Result<SdpOutcome, SolverError> {
        solve_in_units(problem, request, |problem, request| {
            if cost::dual_is_cheaper(problem) {
                solve_dual(NAME, problem, request, |dual, r| self.solve_here(dual, r))
            } else {
                self.solve_here(problem, request)
            }
        })
    }
}

impl HermitianIpm {
    /// Solves a problem whose data are of order one.
    fn solve_here(
        &self,
        problem: &ValidSdp,
        mut request: SolveRequest<'_>,
    ) -> Result<SdpOutcome, SolverError> {
        let tolerance = request.tolerance;
        let mut state = State::new(problem, request.start);
        let mut best: Option<(f64, SdpSolution)> = None;
        let (mut iteration, mut progress) = (0, 0);
        let mut least_infeasibility = [f64::INFINITY; 2];
        let mut doubts = Doubts::default();
        loop {
            let report = IterationReport {
                iteration,
                residuals: state.residuals(),
                complementarity: state.complementarity(),
            };
            let shortfall = tolerance.shortfall(&report.residuals);
            if shortfall <= 1.0 {
                return Ok(SdpOutcome::Optimal(state.solution(iteration)));
            }
            if let Some(proof) = doubts.consider(problem, state.suspicion(tolerance.feasibility)) {
                return Ok(proof);
            }
            match request
                .monitor
                .as_mut()
                .map_or(Control::Continue, |m| m(&report))
            {
                Control::Continue => {}
                Control::Accept => return Ok(SdpOutcome::Stopped(state.solution(iteration))),
                Control::Cancel => {
                    return Err(SolverError::Cancelled {
                        solver: NAME,
                        iterations: iteration,
                    });
                }
            }
            // The relative gap says little about progress towards an objective of zero; the
            // complementarity does, once the residuals are tolerable.
            let r = &report.residuals;
            let merit =
                report.complementarity * (r.primal.max(r.dual) / tolerance.feasibility).max(1.0);
            if best.as_ref().is_none_or(|(least, _)| merit < *least) {
                best = Some((merit, state.solution(iteration)));
                progress = iteration;
            }
            // On the way to feasibility, of either side, the gap may grow for a while.
            for (residual, least) in [r.primal, r.dual].into_iter().zip(&mut least_infeasibility) {
                let infeasibility = residual.max(tolerance.feasibility);
                if infeasibility < 0.9 * *least {
                    *least = infeasibility;
                    progress = iteration;
                }
            }
            if iteration == self.max_iterations {
                return doubts.or(failure(best, iteration, None));
            }
            let patience = if r.primal > FAR {
                FIRST_PATIENCE
            } else {
                PATIENCE
            };
            if iteration - progress >= patience {
                return doubts.or(failure(best, iteration, Some("no further progress")));
            }
            if self.iterate(&mut state).is_err() {
                let reason = Some("a factorisation broke down");
                return doubts.or(failure(best, iteration, reason));
            }
            iteration += 1;
        }
    }
}

/// What diverging iterates have proven so far: not that there is no solution, or the solve would have ended.
#[derive(Debug)]
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

    /// How a solve ends that found nothing better.
    fn or(self, failure: SolverError) -> Result<SdpOutcome, SolverError> {
        self.weaker.ok_or(failure)
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

impl HermitianIpm {
    /// One predictor–corrector step.
    fn iterate(&self, state: &mut State) -> Result<(), Breakdown> {
        let barrier = state.barrier();
        state.factorise()?;

        // Predictor: aim at μ = 0.
        state.compute_direction(0.0, false);
        let (primal, dual) = state.step_bounds()?;
        let (primal, dual) = (primal.min(1.0), dual.min(1.0));
        let affine = state.barrier_after(primal, dual) / barrier;

        // Corrector: centre as far as the predictor could not go.
        let centring = affine.clamp(0.0, 1.0).powi(2).max(1e-6);
        state.compute_direction(centring * barrier, true);
        state.refine_direction();
        let (primal, dual) = state.step_bounds()?;
        // Short steps say that the boundary is near; they keep a little more distance.
        let shortening = 0.09 * (1.0 - primal.min(dual).min(1.0));
        let fraction = self.boundary_fraction - shortening;
        let (primal, dual) = ((fraction * primal).min(1.0), (fraction * dual).min(1.0));
        state.advance(primal, dual)
    }
}

#[cfg(test)]
mod tests;
