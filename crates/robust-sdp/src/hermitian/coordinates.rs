//! Isometric real coordinates of the matrix unknowns, and bilinear forms in them.
//!
//! A Hermitian `X` of side n has the `n²` coordinates of an `n × n` array, column by column:
//! `√2 Re X_ab` above the diagonal, `X_bb` on it, `√2 Im X_ba` below. A real symmetric one has
//! the `n(n+1)/2` on and above the diagonal. `Re Tr(A^H B)` is the dot product of coordinates.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use faer::c64;
use pulp::{Arch, Simd, WithSimd};

use crate::hermitian::Field;
use crate::hermitian::split_complex::SplitComplex;

/// Adds `weight` times the coordinates of a Hermitian matrix to `out`.
pub(crate) fn add_coordinates(field: Field, a: &SplitComplex, weight: f64, out: &mut [f64]) {
    let n = a.cols();
    let off_diagonal = SQRT_2 * weight;
    let mut p = 0;
    for b in 0..n {
        let (re, im) = a.column(b);
        for r in 0..b {
            out[p + r] += off_diagonal * re[r];
        }
        out[p + b] += weight * re[b];
        p += b + 1;
        if field == Field::Complex {
            // Im X_ba = -Im X_ab.
            for r in b + 1..n {
                out[p + r - b - 1] -= off_diagonal * im[r];
            }
            p += n - b - 1;
        }
    }
}

/// The matrix with the given coordinates.
pub(crate) fn matrix_into(field: Field, coordinates: &[f64], out: &mut SplitComplex) {
    let n = out.cols();
    match field {
        Field::Complex => {
            for b in 0..n {
                for a in 0..b {
                    let re = FRAC_1_SQRT_2 * coordinates[a + n * b];
                    let im = FRAC_1_SQRT_2 * coordinates[b + n * a];
                    out.set(a, b, c64::new(re, im));
                    out.set(b, a, c64::new(re, -im));
                }
                out.set(b, b, c64::new(coordinates[b + n * b], 0.0));
            }
        }
        Field::Real => {
            for b in 0..n {
                let column = &coordinates[b * (b + 1) / 2..];
                for a in 0..b {
                    let re = c64::new(FRAC_1_SQRT_2 * column[a], 0.0);
                    out.set(a, b, re);
                    out.set(b, a, re);
                }
                out.set(b, b, c64::new(column[b], 0.0));
            }
        }
    }
}

/// Which part of a bilinear form's matrix is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it.
    Whole,
    /// At least what is on and below the diagonal, of a form on one space.
    Lower,
}

/// The matrix of `(X, Y) ↦ Re Tr(X P Y Q)` in coordinates, column-major, `X` being `m × m` and
/// `Y` `n × n`.
#[derive(Debug)]
pub(crate) struct BilinearForm {
    row_field: Field,
    column_field: Field,
    m: usize,
    n: usize,
    /// What the real (imaginary) parts of `(e_c e_d^T ± e_d e_c^T)`'s images weigh in the
    /// coordinates.
    weights: SplitComplex,
    values: Vec<f64>,
    /// Two columns before packing.
    columns: [Vec<f64>; 2],
}

impl BilinearForm {
    pub(crate) fn new(row_field: Field, m: usize, column_field: Field, n: usize) -> Self {
        let mut weights = SplitComplex::zeros(m, m);
        for b in 0..m {
            for a in 0..m {
                let weight = match a.cmp(&b) {
                    std::cmp::Ordering::Less => c64::new(0.5, 0.0),
                    std::cmp::Ordering::Equal => c64::new(0.5 * FRAC_1_SQRT_2, 0.0),
                    std::cmp::Ordering::Greater => c64::new(0.0, -0.5),
                };
                weights.set(a, b, weight);
            }
        }
        let len = row_field.coordinates(m) * column_field.coordinates(n);
        Self {
            row_field,
            column_field,
            m,
            n,
            weights,
            values: vec![0.0; len],
            columns: [vec![0.0; m * m], vec![0.0; m * m]],
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.row_field.coordinates(self.m)
    }

    /// A column of the matrix.
    pub(crate) fn column(&self, j: usize) -> &[f64] {
        let rows = self.rows();
        &self.values[rows * j..rows * (j + 1)]
    }

    /// Replaces the matrix by its mean with another of the same shape.
    pub(crate) fn average(&mut self, other: &BilinearForm) {
        for (a, b) in self.values.iter_mut().zip(&other.values) {
            *a = 0.5 * (*a + *b);
        }
    }

    /// Computes the matrix from `P` and `Q^H`, both `m × n`. With `conjugate`, `conj(Y)` stands in
    /// the place of `Y`.
    ///
    /// The column of a basis matrix `Y` holds the coordinates of the Hermitian part of `P Y Q`;
    /// `Y = e_c e_d^T ± e_d e_c^T` makes it a sum of four outer products, shared by both signs.
    pub(crate) fn compute(
        &mut self,
        p: &SplitComplex,
        q_adjoint: &SplitComplex,
        conjugate: bool,
        part: Part,
    ) {
        for d in 0..self.n {
            for c in 0..=d {
                self.pair(p, q_adjoint, conjugate, part, c, d);
            }
        }
    }

    fn pair(
        &mut self,
        p: &SplitComplex,
        q: &SplitComplex,
        conjugate: bool,
        part: Part,
        c: usize,
        d: usize,
    ) {
        let (m, n, rows) = (self.m, self.n, self.rows());
        let (real, imaginary) = match self.column_field {
            Field::Complex => (c + n * d, d + n * c),
            Field::Real => (c + d * (d + 1) / 2, usize::MAX),
        };
        let with_imaginary = self.column_field == Field::Complex && c < d;
        let first = match (part, self.column_field) {
            (Part::Whole, _) => 0,
            (Part::Lower, Field::Complex) => c,
            (Part::Lower, Field::Real) => d,
        };
        let packed = self.row_field == Field::Real;
        let mut scratch = std::mem::take(&mut self.columns);
        let (out, other): (&mut [f64], &mut [f64]) = if packed {
            let [x, y] = &mut scratch;
            (x, y)
        } else if with_imaginary {
            // c < d, so the imaginary column comes first.
            let (head, tail) = self.values.split_at_mut(rows * real);
            (
                &mut tail[..rows],
                &mut head[rows * imaginary..rows * (imaginary + 1)],
            )
        } else {
            (&mut self.values[rows * real..rows * (real + 1)], &mut [])
        };
        Arch::new().dispatch(Columns {
            m,
            first,
            p: [p.column(c), p.column(d)],
            q: [q.column(c), q.column(d)],
            weights: &self.weights,
            diagonal: c == d,
            sign: if conjugate { -1.0 } else { 1.0 },
            real: out,
            imaginary: with_imaginary.then_some(other),
        });
        if packed {
            self.pack(&scratch[0], real);
            if with_imaginary {
                self.pack(&scratch[1], imaginary);
            }
        }
        self.columns = scratch;
    }

    /// Keeps the coordinates of a real symmetric matrix.
    fn pack(&mut self, full: &[f64], column: usize) {
        let (m, rows) = (self.m, self.rows());
        let target = &mut self.values[rows * column..rows * (column + 1)];
        let mut start = 0;
        for b in 0..m {
            target[start..=start + b].copy_from_slice(&full[m * b..=m * b + b]);
            start += b + 1;
        }
    }
}

/// The two columns of a pair `(c, d)`.
struct Columns<'a> {
    m: usize,
    /// Columns of the row matrix before this one are left out.
    first: usize,
    /// Columns c and d of `P` and of `Q^H`.
    p: [(&'a [f64], &'a [f64]); 2],
    q: [(&'a [f64], &'a [f64]); 2],
    weights: &'a SplitComplex,
    diagonal: bool,
    sign: f64,
    real: &'a mut [f64],
    imaginary: Option<&'a mut [f64]>,
}

impl WithSimd for Columns<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            m,
            first,
            p,
            q,
            weights,
            diagonal,
            sign,
            real,
            mut imaginary,
        } = self;
        let size = simd.splat_f64s(if diagonal { SQRT_2 } else { 1.0 });
        let sign = simd.splat_f64s(sign);
        let pc = S::as_simd_f64s(p[0].0).0;
        let pc_im = S::as_simd_f64s(p[0].1).0;
        let pd = S::as_simd_f64s(p[1].0).0;
        let pd_im = S::as_simd_f64s(p[1].1).0;
        let qc = S::as_simd_f64s(q[0].0).0;
        let qc_im = S::as_simd_f64s(q[0].1).0;
        let qd = S::as_simd_f64s(q[1].0).0;
        let qd_im = S::as_simd_f64s(q[1].1).0;
        let vectors = pc.len();
        let (pc, pc_im) = (&pc[..vectors], &pc_im[..vectors]);
        let (pd, pd_im) = (&pd[..vectors], &pd_im[..vectors]);
        let (qc, qc_im) = (&qc[..vectors], &qc_im[..vectors]);
        let (qd, qd_im) = (&qd[..vectors], &qd_im[..vectors]);
        for b in first..m {
            let at = |x: (&[f64], &[f64])| (simd.splat_f64s(x.0[b]), simd.splat_f64s(x.1[b]));
            let (pc_b, pd_b, qc_b, qd_b) = (at(p[0]), at(p[1]), at(q[0]), at(q[1]));
            let (w_re, w_im) = weights.column(b);
            let w_re = &S::as_simd_f64s(w_re).0[..vectors];
            let w_im = &S::as_simd_f64s(w_im).0[..vectors];
            for v in 0..vectors {
                // p_c q_d^H + q_c p_d^H, then q_d p_c^H + p_d q_c^H.
                let plus = add_conjugated(
                    simd,
                    conjugated(simd, (pc[v], pc_im[v]), qd_b),
                    (qc[v], qc_im[v]),
                    pd_b,
                );
                let (sum, difference) = if diagonal {
                    (plus, plus)
                } else {
                    let minus = add_conjugated(
                        simd,
                        conjugated(simd, (qd[v], qd_im[v]), pc_b),
                        (pd[v], pd_im[v]),
                        qc_b,
                    );
                    (
                        (
                            simd.add_f64s(plus.0, minus.0),
                            simd.add_f64s(plus.1, minus.1),
                        ),
                        (
                            simd.sub_f64s(plus.0, minus.0),
                            simd.sub_f64s(plus.1, minus.1),
                        ),
                    )
                };
                let (w_re, w_im) = (simd.mul_f64s(w_re[v], size), simd.mul_f64s(w_im[v], size));
                let entry = simd.mul_add_e_f64s(w_re, sum.0, simd.mul_f64s(w_im, sum.1));
                let start = m * b + v * S::F64_LANES;
                let end = (start + S::F64_LANES).min(m * (b + 1));
                store(simd, &mut real[start..end], entry);
                if let Some(imaginary) = &mut imaginary {
                    // j times the difference.
                    let entry = simd.negate_mul_add_e_f64s(
                        w_re,
                        difference.1,
                        simd.mul_f64s(w_im, difference.0),
                    );
                    store(simd, &mut imaginary[start..end], simd.mul_f64s(sign, entry));
                }
            }
        }
    }
}

#[inline(always)]
fn store<S: Simd>(simd: S, target: &mut [f64], value: S::f64s) {
    if target.len() == S::F64_LANES {
        S::as_mut_simd_f64s(target).0[0] = value;
    } else {
        simd.partial_store_f64s(target, value);
    }
}

/// `x conj(y)`.
#[inline(always)]
fn conjugated<S: Simd>(
    simd: S,
    x: (S::f64s, S::f64s),
    y: (S::f64s, S::f64s),
) -> (S::f64s, S::f64s) {
    (
        simd.mul_add_e_f64s(x.0, y.0, simd.mul_f64s(x.1, y.1)),
        simd.negate_mul_add_e_f64s(x.0, y.1, simd.mul_f64s(x.1, y.0)),
    )
}

/// `sum + x conj(y)`.
#[inline(always)]
fn add_conjugated<S: Simd>(
    simd: S,
    sum: (S::f64s, S::f64s),
    x: (S::f64s, S::f64s),
    y: (S::f64s, S::f64s),
) -> (S::f64s, S::f64s) {
    let re = simd.mul_add_e_f64s(x.0, y.0, sum.0);
    let im = simd.mul_add_e_f64s(x.1, y.0, sum.1);
    (
        simd.mul_add_e_f64s(x.1, y.1, re),
        simd.negate_mul_add_e_f64s(x.0, y.1, im),
    )
}

#[cfg(test)]
mod tests;
