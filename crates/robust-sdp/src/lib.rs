//! Semidefinite programs with complex Hermitian blocks, and robust quadratic ratio problems.

mod ipm;
mod linalg;
pub mod robust;
pub mod sdp;
mod svec;

pub use ipm::HermitianIpm;
pub use robust::*;
pub use sdp::*;
pub use svec::Field;
