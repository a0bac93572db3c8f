//! Semidefinite programs: the problem class, its solutions and the solver trait.

mod check;
mod error;
mod evidence;
mod problem;
mod recorder;
mod solution;
mod solver;

pub use error::{LastIterate, ProblemError, SolverError};
pub use evidence::CertificateCheck;
pub(crate) use evidence::residual_scale;
pub use problem::{
    CongruenceTerm, LinearConstraint, LinearForm, Lmi, MatrixId, MatrixUnknown, ScalarId,
    ScalarTerm, ScalarUnknown, SdpProblem, ValidSdp,
};
pub use recorder::Recorder;
pub use solution::{DualPoint, PrimalPoint, Residuals, SdpOutcome, SdpSolution};
pub use solver::{Control, IterationReport, Monitor, SdpSolver, SolveRequest, Tolerance};
