//! Answers of solvers that anybody may have written.

use super::check::ValidSdp;
use super::error::{ProblemError, SolverError};
use super::solution::{SdpOutcome, SdpSolution};
use super::solver::{SdpSolver, SolveRequest};

impl ValidSdp {
    /// What a solver answers, refused unless it has this problem's shapes and consists of numbers. Whoever goes on with an answer
    /// asks like this: it may then be indexed.
    ///
    /// # Errors
    /// The solver's, or [`SolverError::Unusable`].
    pub fn solved_by(
        &self,
        solver: &dyn SdpSolver,
        request: SolveRequest<'_>,
    ) -> Result<SdpOutcome, SolverError> {
        let outcome = solver.solve(self, request);
        let fits = match &outcome {
            Ok(outcome) => self.fits(outcome),
            Err(error) => (error.last_iterate()).map_or(Ok(()), |last| self.fits_solution(last)),
        };
        match fits {
            Ok(()) => outcome,
            Err(source) => Err(SolverError::Unusable {
                solver: solver.name(),
                source,
            }),
        }
    }

    fn fits(&self, outcome: &SdpOutcome) -> Result<(), ProblemError> {
        match outcome {
            SdpOutcome::Optimal(solution)
            | SdpOutcome::Stopped(solution)
            | SdpOutcome::AlmostOptimal { solution, .. } => self.fits_solution(solution),
            SdpOutcome::PrimalInfeasible { certificate, .. }
            | SdpOutcome::NoPointBelow { certificate, .. } => self.check_dual(certificate),
            SdpOutcome::DualInfeasible { direction, .. }
            | SdpOutcome::NoMultipliersBelow { direction, .. } => self.check_primal(direction),
        }
    }

    fn fits_solution(&self, solution: &SdpSolution) -> Result<(), ProblemError> {
        self.check_primal(&solution.primal)?;
        self.check_dual(&solution.dual)
    }
}
