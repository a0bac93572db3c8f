//! Hermitian matrices as real vectors in the form that Clarabel's semidefinite cone wants.
//!
//! A complex Hermitian `A = R + jI` of side `n` becomes the real symmetric matrix
//!
//! ```text
//! E(A) = [[R, -I], [I, R]] / √2          side 2n
//! ```
//!
//! which is positive semidefinite exactly if `A` is, and `<E(A), E(B)> = <A, B>`. A real symmetric
//! matrix is its own image. The image is then written as its upper triangle, column by column,
//! off-diagonal entries times `√2`, so that the inner product of matrices is the dot product of
//! vectors. Together this is an isometry, and its adjoint is an inverse on the image; elsewhere
//! (Clarabel's multipliers need not have the structure of an image) the adjoint still takes
//! positive semidefinite matrices to such, and keeps the inner product with every image. So
//! slacks and multipliers are both read back by the adjoint.

use faer::{Mat, MatRef, c64};
use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use crate::hermitian::Field;

/// Side of the real cone for a block.
pub(super) fn side(field: Field, n: usize) -> usize {
    match field {
        Field::Real => n,
        Field::Complex => 2 * n,
    }
}

/// Entries of the real cone for a block.
pub(super) fn len(field: Field, n: usize) -> usize {
    let side = side(field, n);
    side * (side + 1) / 2
}

/// Appends the vector of a Hermitian (over the reals: of the real part of a) matrix.
pub(super) fn embed(field: Field, a: MatRef<'_, c64>, out: &mut Vec<f64>) {
    let n = a.nrows();
    for q in 0..n {
        for p in 0..q {
            out.push(a[(p, q)].re * offdiagonal(field));
        }
        out.push(a[(q, q)].re * diagonal(field));
    }
    if field == Field::Real {
        return;
    }
    for q in 0..n {
        // Upper right block -I, then the lower right one as before.
        out.extend((0..n).map(|p| -a[(p, q)].im));
        out.extend((0..q).map(|p| a[(p, q)].re));
        out.push(a[(q, q)].re * FRAC_1_SQRT_2);
    }
}

/// The adjoint of [`embed`].
pub(super) fn extract(field: Field, n: usize, values: &[f64]) -> Mat<c64> {
    // Position of the entry (p, q), p <= q, of the triangle.
    let at = |p: usize, q: usize| values[q * (q + 1) / 2 + p];
    Mat::from_fn(n, n, |i, j| {
        let (p, q) = (i.min(j), i.max(j));
        match (field, p == q) {
            (Field::Real, true) => c64::new(at(p, p), 0.0),
            (Field::Real, false) => c64::new(at(p, q) * FRAC_1_SQRT_2, 0.0),
            (Field::Complex, true) => c64::new((at(p, p) + at(n + p, n + p)) * FRAC_1_SQRT_2, 0.0),
            (Field::Complex, false) => {
                let re = 0.5 * (at(p, q) + at(n + p, n + q));
                // The upper right block holds -I, antisymmetric.
                let im = 0.5 * (at(q, n + p) - at(p, n + q));
                c64::new(re, if i < j { im } else { -im })
            }
        }
    })
}

fn offdiagonal(field: Field) -> f64 {
    match field {
        Field::Real => SQRT_2,
        Field::Complex => 1.0,
    }
}

fn diagonal(field: Field) -> f64 {
    match field {
        Field::Real => 1.0,
        Field::Complex => FRAC_1_SQRT_2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hermitian::linalg;
    use proptest::prelude::*;

    const FIELDS: [Field; 2] = [Field::Real, Field::Complex];

    /// Hermitian, or real symmetric.
    fn hermitian(field: Field, n: usize, values: &[f64]) -> Mat<c64> {
        crate::hermitian::svec::smat(field, n, &values[..field.coordinates(n)])
    }

    fn embedded(field: Field, a: &Mat<c64>) -> Vec<f64> {
        let mut out = Vec::new();
        embed(field, a.as_ref(), &mut out);
        out
    }

    /// The real matrix that the cone sees.
    fn image(field: Field, n: usize, values: &[f64]) -> Mat<c64> {
        crate::hermitian::svec::smat(Field::Real, side(field, n), values)
    }

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(x, y)| x * y).sum()
    }

    proptest! {
        #[test]
        fn inner_products_and_matrices_survive(
            x in prop::collection::vec(-1.0..1.0f64, 25),
            y in prop::collection::vec(-1.0..1.0f64, 25),
        ) {
            for field in FIELDS {
                for n in 1..6 {
                    let (a, b) = (hermitian(field, n, &x), hermitian(field, n, &y));
                    let (u, v) = (embedded(field, &a), embedded(field, &b));
                    prop_assert_eq!(u.len(), len(field, n));
                    prop_assert!((dot(&u, &v) - linalg::inner(a.as_ref(), b.as_ref())).abs() < 1e-12);
                    let back = extract(field, n, &u);
                    prop_assert!((&back - &a).norm_max() < 1e-14);
                }
            }
        }

        /// The image of a complex matrix is `[[R, -I], [I, R]]/√2`, so it has the same
        /// eigenvalues (over √2), each twice; in particular it is PSD exactly if the matrix is.
        #[test]
        fn spectra_survive(x in prop::collection::vec(-1.0..1.0f64, 16)) {
            let n = 4;
            for field in FIELDS {
                let a = hermitian(field, n, &x);
                let (values, _) = linalg::eigen(a.as_ref(), false).unwrap();
                let (twice, factor) = match field {
                    Field::Real => (1, 1.0),
                    Field::Complex => (2, FRAC_1_SQRT_2),
                };
                let real = image(field, n, &embedded(field, &a));
                let (embedded, _) = linalg::eigen(real.as_ref(), false).unwrap();
                for (i, value) in embedded.iter().enumerate() {
                    prop_assert!((value - factor * values[i / twice]).abs() < 1e-12);
                }
            }
        }

        /// Multipliers come from anywhere in the real cone: they are mapped to multipliers of
        /// the complex cone with the same value on every image.
        #[test]
        fn multipliers_are_mapped_back(
            root in prop::collection::vec(-1.0..1.0f64, 36),
            x in prop::collection::vec(-1.0..1.0f64, 9),
        ) {
            let n = 3;
            for field in FIELDS {
                let size = side(field, n);
                let factor = Mat::from_fn(size, size, |i, j| c64::new(root[i + size * j], 0.0));
                let z = linalg::mul_adjoint_right(factor.as_ref(), factor.as_ref());
                let mut values = vec![0.0; len(field, n)];
                crate::hermitian::svec::add_svec(Field::Real, z.as_ref(), 1.0, &mut values);
                let back = extract(field, n, &values);
                let (spectrum, _) = linalg::eigen(back.as_ref(), false).unwrap();
                prop_assert!(spectrum[0] > -1e-12);
                let a = hermitian(field, n, &x);
                let (inside, outside) = (
                    dot(&embedded(field, &a), &values),
                    linalg::inner(a.as_ref(), back.as_ref()),
                );
                prop_assert!((inside - outside).abs() < 1e-12);
            }
        }
    }
}
