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

/// `A^T conj(B)`.
pub(crate) fn transpose_times_conjugate(a: &Mat<c64>, b: &Mat<c64>) -> Mat<c64> {
    a.transpose() * b.conjugate()
}

/// A column, contiguous in every matrix that owns its entries.
pub(crate) fn column_slice(a: &Mat<c64>, j: usize) -> &[c64] {
    a.col_as_slice(j)
}

/// Largest singular value, squared.
pub(crate) fn largest_squared_singular_value(a: &Mat<c64>) -> Option<f64> {
    let values = a.singular_values().ok()?;
    Some(values.first()?.powi(2))
}

/// Orthonormal columns whose span has that of the given ones; the identity where there are no fewer columns than rows.
pub(crate) fn orthonormal_span(a: &Mat<c64>) -> Mat<c64> {
    if a.ncols() >= a.nrows() {
        return Mat::identity(a.nrows(), a.nrows());
    }
    a.qr().compute_thin_Q()
}
