//! Isometric real coordinates of Hermitian and real symmetric matrices.
//!
//! Columns `b = 0, 1, ..` in order, rows `a <= b` within a column: the diagonal entry
//! `X_bb` itself, an off-diagonal entry as `√2 Re X_ab` followed, over the complex numbers,
//! by `√2 Im X_ab`. With this scaling `Re Tr(A^H B) = svec(A) · svec(B)`.

use faer::{Mat, MatRef, c64};

/// Whether a block is real symmetric or complex Hermitian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

const SQRT_2: f64 = std::f64::consts::SQRT_2;

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

/// The matrix of the bilinear form `(X, Y) ↦ Re Tr(X P Y Q)` in coordinates, column-major,
/// `X` being `m × m` over `row_field` and `Y` `n × n` over `column_field`; `P` is `m × n`,
/// `Q` is `n × m`. With `conjugate_column`, `conj(Y)` stands in place of `Y`.
pub(crate) fn kronecker_form(
    p: MatRef<'_, c64>,
    q: MatRef<'_, c64>,
    row_field: Field,
    column_field: Field,
    conjugate_column: bool,
    out: &mut Vec<f64>,
) {
    kronecker_columns(p, q, row_field, column_field, conjugate_column, false, out);
}

/// [`kronecker_form`] for Hermitian `P` and `Q` and equal fields, when it is symmetric: half the
/// work.
pub(crate) fn symmetric_kronecker_form(
    p: MatRef<'_, c64>,
    q: MatRef<'_, c64>,
    field: Field,
    out: &mut Vec<f64>,
) {
    kronecker_columns(p, q, field, field, false, true, out);
    let n = field.coordinates(p.nrows());
    for j in 0..n {
        for i in j + 1..n {
            out[i + n * j] = out[j + n * i];
        }
    }
}

/// All of the form, or only the rows down to the diagonal's block of each column.
fn kronecker_columns(
    p: MatRef<'_, c64>,
    q: MatRef<'_, c64>,
    row_field: Field,
    column_field: Field,
    conjugate_column: bool,
    upper_only: bool,
    out: &mut Vec<f64>,
) {
    let (m, n) = (p.nrows(), p.ncols());
    let rows = row_field.coordinates(m);
    let mut filled = 0;
    out.clear();
    out.reserve(rows * column_field.coordinates(n));
    let column = |matrix: MatRef<'_, c64>, j: usize| -> Vec<c64> {
        (0..matrix.nrows()).map(|i| matrix[(i, j)]).collect()
    };
    let p_columns: Vec<Vec<c64>> = (0..n).map(|j| column(p, j)).collect();
    let q_rows: Vec<Vec<c64>> = (0..n).map(|j| column(q.transpose(), j)).collect();
    let imaginary_sign = if conjugate_column { -1.0 } else { 1.0 };
    for d in 0..n {
        let last = if upper_only { d + 1 } else { m };
        for c in 0..=d {
            let (pc, pd, qc, qd) = (&p_columns[c], &p_columns[d], &q_rows[c], &q_rows[d]);
            if c == d {
                push_column(
                    row_field,
                    last,
                    out,
                    |a, b| (pc[b] * qc[a], pc[a] * qc[b]),
                    1.0 / SQRT_2,
                );
                filled += rows;
                out.resize(filled, 0.0);
                continue;
            }
            push_column(
                row_field,
                last,
                out,
                |a, b| (pc[b] * qd[a] + pd[b] * qc[a], pc[a] * qd[b] + pd[a] * qc[b]),
                0.5,
            );
            filled += rows;
            out.resize(filled, 0.0);
            if column_field == Field::Complex {
                let j = c64::new(0.0, imaginary_sign);
                push_column(
                    row_field,
                    last,
                    out,
                    |a, b| {
                        (
                            (pc[b] * qd[a] - pd[b] * qc[a]) * j,
                            (pc[a] * qd[b] - pd[a] * qc[b]) * j,
                        )
                    },
                    0.5,
                );
                filled += rows;
                out.resize(filled, 0.0);
            }
        }
    }
}

/// One column of [`kronecker_form`]: `entry(a, b)` holds the two traces with `e_a e_b^T` and
/// `e_b e_a^T` in the place of `X`; `weight` is that of an off-diagonal basis matrix.
fn push_column(
    field: Field,
    m: usize,
    out: &mut Vec<f64>,
    entry: impl Fn(usize, usize) -> (c64, c64),
    weight: f64,
) {
    for b in 0..m {
        for a in 0..b {
            let (upper, lower) = entry(a, b);
            out.push((upper.re + lower.re) * weight);
            if field == Field::Complex {
                // Re(j (upper - lower))
                out.push((lower.im - upper.im) * weight);
            }
        }
        let (upper, _) = entry(b, b);
        // Off-diagonal column basis matrices carry 1/√2; diagonal ones carry 1.
        out.push(upper.re * weight * SQRT_2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg;
    use proptest::prelude::*;

    fn matrix(rows: usize, cols: usize, values: &[f64]) -> Mat<c64> {
        Mat::from_fn(rows, cols, |i, j| {
            let k = 2 * (i + rows * j);
            c64::new(values[k % values.len()], values[(k + 1) % values.len()])
        })
    }

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

        #[test]
        fn kronecker_form_is_the_trace(
            x in prop::collection::vec(-1.0..1.0f64, 9),
            y in prop::collection::vec(-1.0..1.0f64, 16),
            p in prop::collection::vec(-1.0..1.0f64, 24),
            q in prop::collection::vec(-1.0..1.0f64, 24),
        ) {
            let (p, q) = (matrix(3, 4, &p), matrix(4, 3, &q));
            for row_field in [Field::Real, Field::Complex] {
                for column_field in [Field::Real, Field::Complex] {
                    for conjugate in [false, true] {
                        let (rows, cols) = (row_field.coordinates(3), column_field.coordinates(4));
                        let mut k = Vec::new();
                        kronecker_form(p.as_ref(), q.as_ref(), row_field, column_field, conjugate, &mut k);
                        let xm = smat(row_field, 3, &x[..rows]);
                        let mut ym = smat(column_field, 4, &y[..cols]);
                        if conjugate { ym = ym.conjugate().to_owned(); }
                        let xpyq = linalg::mul(linalg::mul(xm.as_ref(), p.as_ref()).as_ref(), linalg::mul(ym.as_ref(), q.as_ref()).as_ref());
                        let expected: f64 = (0..3).map(|i| xpyq[(i, i)].re).sum();
                        let mut got = 0.0;
                        for j in 0..cols { for i in 0..rows { got += x[i] * k[i + rows * j] * y[j]; } }
                        prop_assert!((expected - got).abs() < 1e-12, "{row_field:?} {column_field:?} {conjugate}: {expected} {got}");
                    }
                }
            }
        }
    }
}
