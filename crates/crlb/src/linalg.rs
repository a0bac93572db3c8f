//! What functions of any dimension need of linear algebra.
//!
//! Code that is generic over `D` is compiled in every crate that uses it, and so is the generic code
//! it calls. A factorisation costs a compiler seconds: these functions have no parameters and are compiled
//! here, once.

use faer::linalg::solvers::{DenseSolveCore, Llt};
use faer::{Mat, MatRef, Scale, Side, c64};

/// `A^H B`.
pub(crate) fn adjoint_times(a: MatRef<'_, c64>, b: MatRef<'_, c64>) -> Mat<c64> {
    a.adjoint() * b
}

/// `factor · A B^H`.
pub(crate) fn scaled_outer(factor: f64, a: &Mat<c64>, b: &Mat<c64>) -> Mat<c64> {
    Scale(c64::from(factor)) * (a * b.adjoint())
}

/// `A X A^T`.
pub(crate) fn congruence(a: &Mat<f64>, x: MatRef<'_, f64>) -> Mat<f64> {
    a * x * a.transpose()
}

/// `factor · A`.
pub(crate) fn scaled(factor: f64, a: &Mat<f64>) -> Mat<f64> {
    Scale(factor) * a
}

/// `A += B`.
pub(crate) fn add(a: &mut Mat<f64>, b: &Mat<f64>) {
    *a += b;
}

/// `A + B`.
pub(crate) fn sum(a: &Mat<f64>, b: &Mat<f64>) -> Mat<f64> {
    a + b
}

/// `(A + A^T)/2`.
pub(crate) fn symmetric(a: MatRef<'_, f64>) -> Mat<f64> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| 0.5 * (a[(i, j)] + a[(j, i)]))
}

/// Inverse of a positive definite matrix whose diagonal may spread over many orders; `None` when it is not, or has no finite
/// inverse.
pub(crate) fn balanced_inverse(a: MatRef<'_, f64>) -> Option<Mat<f64>> {
    let scale = |i: usize| 1.0 / a[(i, i)].sqrt();
    let balanced = Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[(i, j)] * scale(i) * scale(j));
    let inverse = symmetric(positive_inverse(balanced.as_ref())?.as_ref());
    let inverse = Mat::from_fn(a.nrows(), a.ncols(), |i, j| {
        inverse[(i, j)] * scale(i) * scale(j)
    });
    inverse.is_all_finite().then_some(inverse)
}

/// The symmetric root of a positive semidefinite matrix, negative eigenvalues taken for rounding.
pub(crate) fn symmetric_root(a: MatRef<'_, f64>) -> Option<Mat<f64>> {
    let (values, vectors) = symmetric_eigen(a)?;
    let half = Mat::from_fn(a.nrows(), a.ncols(), |i, j| {
        vectors[(i, j)] * values[j].max(0.0).sqrt()
    });
    Some(&half * vectors.transpose())
}

/// Squared Frobenius norm.
pub(crate) fn squared_norm(a: MatRef<'_, f64>) -> f64 {
    a.squared_norm_l2()
}

/// Inverse of a positive definite matrix; `None` when it is not.
pub(crate) fn positive_inverse(a: MatRef<'_, f64>) -> Option<Mat<f64>> {
    Some(Llt::new(a, Side::Lower).ok()?.inverse())
}

/// Eigenvalues, ascending, and eigenvectors of a symmetric matrix; `None` when the iteration fails or
/// the matrix holds something that is not a number, which small ones pass through it.
pub(crate) fn symmetric_eigen(a: MatRef<'_, f64>) -> Option<(Vec<f64>, Mat<f64>)> {
    let eigen = a.self_adjoint_eigen(Side::Lower).ok()?;
    let values = eigen.S().column_vector();
    let values: Vec<f64> = (0..a.nrows()).map(|i| values[i]).collect();
    let finite = values.iter().all(|v| v.is_finite());
    finite.then(|| (values, eigen.U().to_owned()))
}
