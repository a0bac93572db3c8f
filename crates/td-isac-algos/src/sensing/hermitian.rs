//! Hermitian matrices as real vectors.
//!
//! An `r × r` Hermitian matrix has `r²` real coordinates: its diagonal, and `√2` times the real and
//! imaginary parts above it. With these factors `<A, B> = Re Tr(AB)` is the ordinary dot product.
//!
//! Products that code of any dimension needs are here too: what is generic is compiled in every crate that
//! uses it, what is here once.

use std::f64::consts::SQRT_2;

use faer::{Col, ColMut, ColRef, Mat, MatRef, Scale, c64};

/// Number of coordinates of a matrix of this side.
pub(super) fn dimension(side: usize) -> usize {
    side * side
}

/// Coordinates of the Hermitian part of a matrix given by its entries.
pub(super) fn write_coordinates(
    mut out: ColMut<'_, f64>,
    side: usize,
    entry: impl Fn(usize, usize) -> c64,
) {
    let mut next = 0;
    for j in 0..side {
        for i in 0..j {
            let mean = (entry(i, j) + entry(j, i).conj()) * (0.5 * SQRT_2);
            out[next] = mean.re;
            out[next + 1] = mean.im;
            next += 2;
        }
        out[next] = entry(j, j).re;
        next += 1;
    }
}

/// Coordinates of the Hermitian part of a matrix.
pub(super) fn coordinates(matrix: MatRef<'_, c64>) -> Col<f64> {
    let mut out = Col::zeros(dimension(matrix.nrows()));
    write_coordinates(out.as_mut(), matrix.nrows(), |i, j| matrix[(i, j)]);
    out
}

/// The Hermitian matrix with these coordinates.
pub(super) fn matrix(coordinates: ColRef<'_, f64>, side: usize) -> Mat<c64> {
    let mut out = Mat::<c64>::zeros(side, side);
    let mut next = 0;
    for j in 0..side {
        for i in 0..j {
            let value = c64::new(coordinates[next], coordinates[next + 1]) / SQRT_2;
            out[(i, j)] = value;
            out[(j, i)] = value.conj();
            next += 2;
        }
        out[(j, j)] = c64::from(coordinates[next]);
        next += 1;
    }
    out
}

/// `(A + A^H)/2`.
pub(super) fn hermitian_part(matrix: &Mat<c64>) -> Mat<c64> {
    Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| {
        (matrix[(i, j)] + matrix[(j, i)].conj()) * 0.5
    })
}

/// `factor · A`.
pub(super) fn scaled(factor: f64, a: &Mat<c64>) -> Mat<c64> {
    Scale(c64::from(factor)) * a
}

/// `factor · A`, real.
pub(super) fn scaled_real(factor: f64, a: MatRef<'_, f64>) -> Mat<f64> {
    Scale(factor) * a
}

/// `A^H B`.
pub(super) fn adjoint_times(a: &Mat<c64>, b: MatRef<'_, c64>) -> Mat<c64> {
    a.adjoint() * b
}

/// `A^H A`.
pub(super) fn gram(a: &Mat<c64>) -> Mat<c64> {
    a.adjoint() * a
}

/// The Hermitian part of `A^H X A + F`.
pub(super) fn shifted_congruence(a: &Mat<c64>, x: &Mat<c64>, f: &Mat<c64>) -> Mat<c64> {
    hermitian_part(&(a.adjoint() * (x * a) + f))
}

/// `Re Tr(A^H B)`.
pub(super) fn inner(a: &Mat<c64>, b: &Mat<c64>) -> f64 {
    let mut sum = 0.0;
    for j in 0..a.ncols() {
        for i in 0..a.nrows() {
            sum += (a[(i, j)].conj() * b[(i, j)]).re;
        }
    }
    sum
}

/// Real part of the trace.
pub(super) fn trace(matrix: &Mat<c64>) -> f64 {
    (0..matrix.nrows()).map(|i| matrix[(i, i)].re).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn example(side: usize, shift: f64) -> Mat<c64> {
        hermitian_part(&Mat::from_fn(side, side, |i, j| {
            let x = (3 * i + 7 * j) as f64 + shift;
            c64::new(x.sin(), (1.7 * x).cos())
        }))
    }

    #[test]
    fn coordinates_keep_matrices_and_inner_products() {
        for side in 1..5 {
            let (a, b) = (example(side, 0.3), example(side, 1.1));
            let (x, y) = (coordinates(a.as_ref()), coordinates(b.as_ref()));
            let dot = x.transpose() * &y;
            assert_relative_eq!(dot, inner(&a, &b), max_relative = 1e-12);
            assert!((matrix(x.as_ref(), side) - &a).norm_max() < 1e-14);
        }
    }
}
