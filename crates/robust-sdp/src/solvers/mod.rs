//! Solvers of semidefinite programs, all behind [`SdpSolver`](crate::SdpSolver).

#[cfg(feature = "clarabel-sdp")]
pub(crate) mod clarabel;
pub(crate) mod native;
