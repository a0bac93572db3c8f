//! Hermitian matrices: their real coordinates, and the dense kernels that everything above rests on.
//!
//! Nothing here knows of semidefinite programs.

pub(crate) mod coordinates;
pub(crate) mod lanczos;
pub(crate) mod linalg;
pub(crate) mod split_complex;
pub(crate) mod svec;
pub(crate) mod triangular;
pub(crate) mod tridiagonal;

pub use svec::Field;
