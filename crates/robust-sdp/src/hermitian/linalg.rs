//! The few dense kernels the crate needs, single-threaded by construction.
//!
//! faer's operators consult a process-wide parallelism setting; everything here passes
//! [`Par::Seq`] so that results never depend on the number of threads.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt;
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par, c64};

use super::Field;

const ZERO: c64 = c64::new(0.0, 0.0);
const ONE: c64 = c64::new(1.0, 0.0);

/// `A B`.
pub(crate) fn mul(a: MatRef<'_, c64>, b: MatRef<'_, c64>) -> Mat<c64> {
    let mut out = Mat::zeros(a.nrows(), b.ncols());
    matmul(out.as_mut(), Accum::Replace, a, b, ONE, Par::Seq);
    out
}

/// `A^H B`.
pub(crate) fn mul_adjoint_left(a: MatRef<'_, c64>, b: MatRef<'_, c64>) -> Mat<c64> {
    let mut out = Mat::zeros(a.ncols(), b.ncols());
    matmul(out.as_mut(), Accum::Replace, a.adjoint(), b, ONE, Par::Seq);
    out
}

/// `A B^H`.
pub(crate) fn mul_adjoint_right(a: MatRef<'_, c64>, b: MatRef<'_, c64>) -> Mat<c64> {
    let mut out = Mat::zeros(a.nrows(), b.nrows());
    matmul(out.as_mut(), Accum::Replace, a, b.adjoint(), ONE, Par::Seq);
    out
}

/// `T X T^H`.
pub(crate) fn congruence(t: MatRef<'_, c64>, x: MatRef<'_, c64>) -> Mat<c64> {
    mul_adjoint_right(mul(t, x).as_ref(), t)
}

/// Replaces `A` by its Hermitian part.
pub(crate) fn symmetrise(a: &mut Mat<c64>) {
    for j in 0..a.ncols() {
        for i in 0..j {
            let v = (a[(i, j)] + a[(j, i)].conj()) * 0.5;
            a[(i, j)] = v;
            a[(j, i)] = v.conj();
        }
        a[(j, j)] = c64::new(a[(j, j)].re, 0.0);
    }
}

/// Replaces `A` by its Hermitian part, or over the reals by the real part of that.
pub(crate) fn project(a: &mut Mat<c64>, field: Field) {
    symmetrise(a);
    if field == Field::Real {
        for j in 0..a.ncols() {
            for i in 0..a.nrows() {
                a[(i, j)].im = 0.0;
            }
        }
    }
}

/// Real part of `Tr(A^H B)`.
pub(crate) fn inner(a: MatRef<'_, c64>, b: MatRef<'_, c64>) -> f64 {
    let mut sum = 0.0;
    for j in 0..a.ncols() {
        for i in 0..a.nrows() {
            let (x, y) = (a[(i, j)], b[(i, j)]);
            sum += x.re * y.re + x.im * y.im;
        }
    }
    sum
}

/// Frobenius norm.
pub(crate) fn norm(a: MatRef<'_, c64>) -> f64 {
    inner(a, a).sqrt()
}

/// Lower Cholesky factor with a zeroed upper triangle, or `None` unless `A` is numerically
/// positive definite.
pub(crate) fn cholesky(a: MatRef<'_, c64>) -> Option<Mat<c64>> {
    let n = a.nrows();
    let mut l = a.to_owned();
    let mut buffer = MemBuffer::new(llt::factor::cholesky_in_place_scratch::<c64>(
        n,
        Par::Seq,
        Default::default(),
    ));
    llt::factor::cholesky_in_place(
        l.as_mut(),
        Default::default(),
        Par::Seq,
        MemStack::new(&mut buffer),
        Default::default(),
    )
    .ok()?;
    for j in 0..n {
        for i in 0..j {
            l[(i, j)] = ZERO;
        }
        let pivot = l[(j, j)].re;
        if !(pivot.is_finite() && pivot > 0.0) {
            return None;
        }
    }
    Some(l)
}

/// Overwrites `B` with `L^{-1} B`.
pub(crate) fn solve_lower(l: MatRef<'_, c64>, b: MatMut<'_, c64>) {
    faer::linalg::triangular_solve::solve_lower_triangular_in_place(l, b, Par::Seq);
}

/// Eigenvalues of a Hermitian matrix in non-decreasing order and, if asked for, its
/// orthonormal eigenvectors. `None` if the iteration does not converge or the input is
/// not finite.
pub(crate) fn eigen(a: MatRef<'_, c64>, vectors: bool) -> Option<(Vec<f64>, Mat<c64>)> {
    let n = a.nrows();
    if n == 0 {
        return Some((Vec::new(), Mat::zeros(0, 0)));
    }
    for j in 0..n {
        for i in 0..n {
            if !a[(i, j)].re.is_finite() || !a[(i, j)].im.is_finite() {
                return None;
            }
        }
    }
    let compute = if vectors {
        ComputeEigenvectors::Yes
    } else {
        ComputeEigenvectors::No
    };
    let mut values = faer::Col::<c64>::zeros(n);
    let mut u = Mat::zeros(n, n);
    let mut buffer = MemBuffer::new(self_adjoint_evd_scratch::<c64>(
        n,
        compute,
        Par::Seq,
        Default::default(),
    ));
    self_adjoint_evd(
        a,
        values.as_mut().as_diagonal_mut(),
        vectors.then(|| u.as_mut()),
        Par::Seq,
        MemStack::new(&mut buffer),
        Default::default(),
    )
    .ok()?;
    Some(((0..n).map(|i| values[i].re).collect(), u))
}

/// Orthonormal basis of the span of the columns, each first scaled to unit length; directions
/// that add less than `tolerance` to the span of the others are left out.
pub(crate) fn orthonormal_basis(a: MatRef<'_, c64>, tolerance: f64) -> Mat<c64> {
    // Pivoted modified Gram–Schmidt with reorthogonalisation: rank-revealing enough for
    // spans of a few columns and linear in the number of rows.
    let (rows, cols) = (a.nrows(), a.ncols());
    let mut work = a.to_owned();
    for j in 0..cols {
        let length = norm(work.as_ref().subcols(j, 1));
        if length > 0.0 {
            for i in 0..rows {
                work[(i, j)] /= length;
            }
        }
    }
    let mut basis: Vec<Vec<c64>> = Vec::new();
    let mut remaining: Vec<usize> = (0..cols).collect();
    while !remaining.is_empty() && basis.len() < rows {
        let (slot, length) = remaining
            .iter()
            .enumerate()
            .map(|(slot, &j)| (slot, norm(work.as_ref().subcols(j, 1))))
            .fold(
                (0, -1.0),
                |best, item| if item.1 > best.1 { item } else { best },
            );
        if length <= tolerance {
            break;
        }
        let j = remaining.remove(slot);
        let mut q: Vec<c64> = (0..rows).map(|i| work[(i, j)] / length).collect();
        for earlier in &basis {
            subtract_projection(&mut q, earlier);
        }
        let length = q.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt();
        q.iter_mut().for_each(|v| *v /= length);
        for &other in &remaining {
            let dot: c64 = (0..rows).map(|i| q[i].conj() * work[(i, other)]).sum();
            for i in 0..rows {
                let v = q[i] * dot;
                work[(i, other)] -= v;
            }
        }
        basis.push(q);
    }
    Mat::from_fn(rows, basis.len(), |i, j| basis[j][i])
}

fn subtract_projection(v: &mut [c64], q: &[c64]) {
    let dot: c64 = q.iter().zip(v.iter()).map(|(a, b)| a.conj() * b).sum();
    for (x, y) in v.iter_mut().zip(q) {
        *x -= *y * dot;
    }
}
