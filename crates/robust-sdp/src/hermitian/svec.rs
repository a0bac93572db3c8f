//! Isometric real coordinates of Hermitian and real symmetric matrices.
//!
//! Columns `b = 0, 1, ..` in order, rows `a <= b` within a column: the diagonal entry
//! `X_bb` itself, an off-diagonal entry as `√2 Re X_ab` followed, over the complex numbers,
//! by `√2 Im X_ab`. With this scaling `Re Tr(A^H B) = svec(A) · svec(B)`.

pub(crate) use triangle::{add_svec, smat};

/// Whether a block is real symmetric or complex Hermitian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Field {
    /// Real symmetric.
    Real,
    /// Complex Hermitian.
    Complex,
}

impl Field {
    /// Number of real coordinates of an `n × n` matrix.
    pub fn coordinates(self, n: usize) -> usize {
        match self {
            Field::Real => n * (n + 1) / 2,
            Field::Complex => n * n,
        }
    }
}

/// For proofs, and for backends with triangles as their format; the native solver has coordinates of its own.
mod triangle {
    use std::f64::consts::SQRT_2;

    use faer::{Mat, MatRef, c64};

    use super::Field;

    /// Adds `weight · svec(A)` of the Hermitian part of `A` to `out`.
    pub(crate) fn add_svec(field: Field, a: MatRef<'_, c64>, weight: f64, out: &mut [f64]) {
        let mut p = 0;
        for b in 0..a.ncols() {
            for r in 0..b {
                let v = (a[(r, b)] + a[(b, r)].conj()) * (0.5 * SQRT_2 * weight);
                out[p] += v.re;
                p += 1;
                if field == Field::Complex {
                    out[p] += v.im;
                    p += 1;
                }
            }
            out[p] += a[(b, b)].re * weight;
            p += 1;
        }
    }

    /// The matrix with the given coordinates.
    pub(crate) fn smat(field: Field, n: usize, coordinates: &[f64]) -> Mat<c64> {
        let mut out = Mat::zeros(n, n);
        let mut p = 0;
        for b in 0..n {
            for a in 0..b {
                let re = coordinates[p] / SQRT_2;
                p += 1;
                let im = if field == Field::Complex {
                    p += 1;
                    coordinates[p - 1] / SQRT_2
                } else {
                    0.0
                };
                out[(a, b)] = c64::new(re, im);
                out[(b, a)] = c64::new(re, -im);
            }
            out[(b, b)] = c64::new(coordinates[p], 0.0);
            p += 1;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hermitian::linalg;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn coordinates_are_an_isometry(x in prop::collection::vec(-1.0..1.0f64, 16), y in prop::collection::vec(-1.0..1.0f64, 16)) {
            for field in [Field::Real, Field::Complex] {
                let n = 4;
                let len = field.coordinates(n);
                let (a, b) = (smat(field, n, &x[..len]), smat(field, n, &y[..len]));
                let dot: f64 = x[..len].iter().zip(&y[..len]).map(|(p, q)| p * q).sum();
                prop_assert!((linalg::inner(a.as_ref(), b.as_ref()) - dot).abs() < 1e-12);
                let mut back = vec![0.0; len];
                add_svec(field, a.as_ref(), 1.0, &mut back);
                for (p, q) in back.iter().zip(&x) {
                    prop_assert!((p - q).abs() < 1e-14);
                }
            }
        }
    }
}
