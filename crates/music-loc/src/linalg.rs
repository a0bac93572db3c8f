//! What functions of any dimension need of linear algebra.
//!
//! Code that is generic over `D` is compiled in every crate that uses it, and so is the generic code
//! it calls. A factorisation costs a compiler seconds: these functions have no parameters and are compiled
//! here, once.

use faer::linalg::solvers::Solve;
use faer::{Col, Mat, Scale, Side, c64};

/// `A B`.
pub(crate) fn times(a: &Mat<c64>, b: &Mat<c64>) -> Mat<c64> {
    a * b
}

/// `A^H B`.
pub(crate) fn adjoint_times(a: &Mat<c64>, b: &Mat<c64>) -> Mat<c64> {
    a.adjoint() * b
}

/// `A^T B`.
pub(crate) fn transpose_times(a: &Mat<c64>, b: &Mat<c64>) -> Mat<c64> {
    a.transpose() * b
}

/// `A + factor · B`.
pub(crate) fn plus_scaled(a: Mat<c64>, factor: f64, b: Mat<c64>) -> Mat<c64> {
    a + Scale(c64::from(factor)) * b
}

/// Squared Frobenius norm.
pub(crate) fn squared_norm(a: &Mat<c64>) -> f64 {
    a.squared_norm_l2()
}

/// Solution of `A x = b` with a positive definite matrix; `None` when it is not.
pub(crate) fn positive_solve(a: &Mat<f64>, b: &Col<f64>) -> Option<Col<f64>> {
    Some(a.llt(Side::Lower).ok()?.solve(b))
}
