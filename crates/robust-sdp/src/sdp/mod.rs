//! Semidefinite programs: the problem class, its solutions and the solver trait.

mod answer;
mod bounds;
mod certificate;
mod check;
mod dual;
mod error;
mod evidence;
mod homogeneous;
mod problem;
mod proof;
mod recorder;
mod scaling;
mod sdpa;
mod solution;
mod solver;
mod terms;

pub use certificate::CertificateCheck;
pub use check::ValidSdp;
pub(crate) use dual::solve_dual;
pub use error::{LastIterate, ProblemError, SolverError};
#[cfg(test)]
pub(crate) use evidence::lmi_value;
pub(crate) use evidence::residual_scale;
pub use problem::{
    CongruenceTerm, LinearConstraint, LinearForm, Lmi, MatrixId, MatrixUnknown, ScalarId,
    ScalarTerm, ScalarUnknown, SdpProblem,
};
pub use recorder::Recorder;
pub(crate) use scaling::solve_in_units;
pub use sdpa::{SdpaBlock, SdpaEntry, SdpaError, SdpaProblem};
pub use solution::{DualPoint, PrimalPoint, ProvenBounds, Residuals, SdpOutcome, SdpSolution};
pub use solver::{Control, IterationReport, Monitor, SdpSolver, SolveRequest, Tolerance};
