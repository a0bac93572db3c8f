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
mod progress;
mod psd;
mod scalars;
mod schur;
mod state;

use crate::sdp::{
    Control, IterationReport, Residuals, SdpOutcome, SdpSolver, SolveRequest, SolverError,
    Tolerance, ValidSdp, solve_dual, solve_in_units,
};
use breakdown::Breakdown;
use progress::{NAME, Progress};
use state::State;

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
/// - [`SdpOutcome::AlmostOptimal`] when progress ends within a thousand times the tolerance, with what is proven;
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

impl SdpSolver for HermitianIpm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn solve(
        &self,
        problem: &ValidSdp,
        request: SolveRequest<'_>,
    ) -> Result<SdpOutcome, SolverError> {
        solve_in_units(problem, request, |problem, request, size| {
            if cost::dual_is_cheaper(problem) {
                solve_dual(NAME, problem, request, |p, r| self.solve_here(p, r, size))
            } else {
                self.solve_here(problem, request, size)
            }
        })
    }
}

impl HermitianIpm {
    /// Solves a problem whose data are of order one and give the objective a size.
    fn solve_here(
        &self,
        problem: &ValidSdp,
        mut request: SolveRequest<'_>,
        size: f64,
    ) -> Result<SdpOutcome, SolverError> {
        let mut state = State::new(problem, request.start);
        let mut progress = Progress::new(problem, request.tolerance, size);
        let mut iteration = 0;
        loop {
            let report = IterationReport {
                iteration,
                residuals: state.residuals(),
                complementarity: state.complementarity(),
            };
            if let Some(end) = progress.look(&report, &mut state) {
                return Ok(end);
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
            progress.remember(&report, &state);
            if iteration == self.max_iterations {
                return progress.end(iteration, None);
            }
            if progress.has_ended(&report) {
                return progress.end(iteration, Some("no further progress"));
            }
            let step = self.iterate(&mut state, &report.residuals, progress.tolerance());
            if step.is_err() {
                return progress.end(iteration, Some("a factorisation broke down"));
            }
            iteration += 1;
        }
    }
}

impl HermitianIpm {
    /// One predictor–corrector step.
    fn iterate(
        &self,
        state: &mut State,
        residuals: &Residuals,
        tolerance: &Tolerance,
    ) -> Result<(), Breakdown> {
        state.factorise()?;
        let feasibility = tolerance.feasibility;
        let tolerated = residuals.dual.max(feasibility);
        self.find_direction(state, residuals, tolerance)?;
        let lacking = state.refine_direction(feasibility);
        let (primal, dual) = state.step_bounds()?;
        // Short steps say that the boundary is near; they keep a little more distance.
        let shortening = 0.09 * (1.0 - primal.min(dual).min(1.0));
        let fraction = self.boundary_fraction - shortening;
        let (primal, mut dual) = ((fraction * primal).min(1.0), (fraction * dual).min(1.0));
        // The Schur complement may have been too singular for the direction to keep dual stationarity.
        if lacking > tolerated {
            dual = dual.min(tolerated / lacking);
        }
        state.advance(primal, dual)
    }

    fn find_direction(
        &self,
        state: &mut State,
        residuals: &Residuals,
        tolerance: &Tolerance,
    ) -> Result<(), Breakdown> {
        let barrier = state.barrier();
        // Predictor: aim at μ = 0.
        state.compute_direction(0.0, false);
        let (primal, dual) = state.step_bounds()?;
        let (primal, dual) = (primal.min(1.0), dual.min(1.0));
        let affine = state.barrier_after(primal, dual) / barrier;

        // Corrector: centre as far as the predictor could not go.
        let mut centring = affine.clamp(0.0, 1.0).max(1e-3);
        // Near the end complementarity must not vanish before the residuals do: where it is small, steps are
        // short. (Far from feasible points nothing is held back, or infeasible problems would never show.)
        let near = residuals.primal.max(residuals.dual) <= tolerance.feasibility.sqrt();
        for (residual, step) in [(residuals.primal, primal), (residuals.dual, dual)] {
            if near && residual > tolerance.feasibility {
                centring = centring.max(1.0 - step);
            }
        }
        state.compute_direction(centring.powi(2) * barrier, true);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
