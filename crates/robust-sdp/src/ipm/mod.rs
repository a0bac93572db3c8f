//! A primal–dual interior-point method for complex Hermitian and real symmetric blocks.
//!
//! Mehrotra's predictor–corrector on the HKM direction (Helmberg et al. 1996, Kojima et al.
//! 1997, Monteiro 1997), from an infeasible start. Complex blocks are treated natively,
//! without the real embedding that doubles their side.

mod cone;
mod map;
mod orthant;
mod psd;
mod schur;
mod state;

use crate::sdp::{
    Control, IterationReport, SdpOutcome, SdpSolver, SolveRequest, SolverError, ValidSdp,
};
use cone::Breakdown;
use state::State;

/// The native solver.
///
/// Cost of an iteration: `O(n³)` for `n` real coordinates in all, plus one Kronecker product
/// per distinct factor matrix of each LMI (`O(d⁴)` for unknowns of side `d`).
#[derive(Debug, Clone, PartialEq)]
pub struct HermitianIpm {
    /// Iterations allowed; 100 by default.
    pub max_iterations: usize,
    /// Fraction of the way to the boundary of the cone that a step may go; 0.98 by default.
    pub boundary_fraction: f64,
}

impl Default for HermitianIpm {
    fn default() -> Self {
        Self {
            max_iterations: 100,
            boundary_fraction: 0.98,
        }
    }
}

const NAME: &str = "hermitian-ipm";

/// A step shorter than this makes no progress; three in a row end the solve.
const SHORTEST_STEP: f64 = 1e-5;

impl SdpSolver for HermitianIpm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn solve(
        &self,
        problem: &ValidSdp,
        mut request: SolveRequest<'_>,
    ) -> Result<SdpOutcome, SolverError> {
        let tolerance = request.tolerance;
        let mut state = State::new(problem, request.start);
        let mut short_steps = 0;
        let mut iteration = 0;
        loop {
            let report = IterationReport {
                iteration,
                residuals: state.residuals(),
                barrier: state.barrier(),
            };
            let r = report.residuals;
            if r.primal <= tolerance.feasibility
                && r.dual <= tolerance.feasibility
                && r.relative_gap(tolerance.objective_floor) <= tolerance.relative_gap
            {
                return Ok(SdpOutcome::Optimal(state.solution(iteration)));
            }
            if let Some(outcome) = state.infeasibility(tolerance.feasibility) {
                return Ok(outcome);
            }
            match request.monitor.as_mut().map_or(Control::Continue, |m| m(&report)) {
                Control::Continue => {}
                Control::Accept => return Ok(SdpOutcome::Stopped(state.solution(iteration))),
                Control::Cancel => {
                    return Err(SolverError::Cancelled {
                        solver: NAME,
                        iterations: iteration,
                    });
                }
            }
            if iteration == self.max_iterations {
                return Err(SolverError::IterationLimit {
                    solver: NAME,
                    iterations: iteration,
                    residuals: r,
                });
            }
            let stalled = |reason| SolverError::Stalled {
                solver: NAME,
                reason,
                iterations: iteration,
                residuals: r,
            };
            let (primal_step, dual_step) = self
                .iterate(&mut state)
                .map_err(|Breakdown| stalled("a factorisation broke down"))?;
            if primal_step.min(dual_step) < SHORTEST_STEP {
                short_steps += 1;
                if short_steps == 3 {
                    return Err(stalled("steps became too short"));
                }
            } else {
                short_steps = 0;
            }
            iteration += 1;
        }
    }
}

impl HermitianIpm {
    /// One predictor–corrector step; returns the primal and dual step lengths.
    fn iterate(&self, state: &mut State) -> Result<(f64, f64), Breakdown> {
        let barrier = state.barrier();
        state.factorise()?;

        // Predictor: aim at μ = 0.
        state.compute_direction(0.0, false);
        let (primal, dual) = state.step_bounds()?;
        let (primal, dual) = (primal.min(1.0), dual.min(1.0));
        let affine = state.barrier_after(primal, dual) / barrier;

        // Corrector: centre as far as the predictor could not go.
        let exponent = if primal.min(dual) > 0.577 { 3.0 } else { 1.0f64 };
        let centring = affine.clamp(0.0, 1.0).powf(exponent).clamp(1e-6, 1.0);
        state.compute_direction(centring * barrier, true);
        let (primal, dual) = state.step_bounds()?;
        let fraction = self.boundary_fraction;
        let (primal, dual) = ((fraction * primal).min(1.0), (fraction * dual).min(1.0));
        state.advance(primal, dual);
        Ok((primal, dual))
    }
}
