//! The solver behind each half of a design.

use crate::arguments::Solver;
use robust_sdp::{HermitianIpm, SdpSolver};

/// What solves the sensing and the beamforming problems.
pub struct Solvers {
    solver: Box<dyn SdpSolver>,
    /// Whether it solves the sensing problem too, or the method made for that does.
    also_senses: bool,
}

impl Solvers {
    /// The solvers that a command line names.
    pub fn chosen(solver: Solver) -> Result<Self, clap::Error> {
        match solver {
            Solver::Native => Ok(Self {
                solver: Box::new(HermitianIpm::default()),
                also_senses: false,
            }),
            #[cfg(feature = "clarabel-sdp")]
            Solver::Clarabel => Ok(Self {
                solver: Box::new(robust_sdp::ClarabelSolver::default()),
                also_senses: true,
            }),
            #[cfg(not(feature = "clarabel-sdp"))]
            Solver::Clarabel => Err(clap::Error::raw(
                clap::error::ErrorKind::InvalidValue,
                "--solver clarabel needs a build with --features clarabel-sdp\n",
            )),
        }
    }

    /// One solver for everything, whatever the command line says.
    #[cfg(test)]
    pub fn everywhere(solver: Box<dyn SdpSolver>, also_senses: bool) -> Self {
        Self {
            solver,
            also_senses,
        }
    }

    /// For the sensing problem, if it is to be solved as a semidefinite program.
    pub fn sensing(&self) -> Option<&dyn SdpSolver> {
        self.also_senses.then_some(self.solver.as_ref())
    }

    /// For the beamforming problems.
    pub fn beamforming(&self) -> &dyn SdpSolver {
        self.solver.as_ref()
    }
}
