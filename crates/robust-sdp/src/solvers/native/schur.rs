//! The Schur complement system `M dy + E^T dw = r`, `E dy = f`.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt;
use faer::{Mat, MatMut, Par};

use super::assembly::SchurMatrix;
use super::breakdown::Breakdown;
use super::layout::{SparseRow, sparse_dot};
use crate::hermitian::coordinates::BilinearForm;
use crate::hermitian::split_complex::dot;
use crate::hermitian::triangular::solve_factored;

/// A factored Schur system; equalities enter by the range-space method after `E^T E` has been
/// added to `M`, which leaves the solution unchanged and makes `M` definite on free scalars.
#[derive(Debug)]
pub(super) struct SchurSystem {
    /// Where a Schur complement is formed, scaled to a unit diagonal, and factored in place.
    factor: Vec<f64>,
    /// What was factored; kept only with equalities, whose multipliers need more digits.
    original: Vec<f64>,
    scale: Vec<f64>,
    buffer: Buffer,
    solution: Vec<f64>,
    part: EqualityPart,
}

/// Scratch memory of the factorisation.
struct Buffer(MemBuffer);

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Buffer").finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct EqualityPart {
    /// `M^{-1} E^T`, one column a vector.
    columns: Vec<Vec<f64>>,
    /// `E M^{-1} E^T`.
    inner: Mat<f64>,
}

/// Refinements against the assembled matrix; those against the operator itself come on top.
const REFINEMENTS: usize = 1;

impl SchurSystem {
    pub(super) fn new(dim: usize) -> Self {
        Self {
            factor: Vec::new(),
            original: Vec::new(),
            scale: Vec::new(),
            buffer: Buffer(MemBuffer::new(
                llt::factor::cholesky_in_place_scratch::<f64>(dim, Par::Seq, Default::default()),
            )),
            solution: Vec::new(),
            part: EqualityPart {
                columns: Vec::new(),
                inner: Mat::new(),
            },
        }
    }

    /// Forms and factors `M + E^T E`, diagonally scaled. A multiple of the identity, from 1e-14
    /// upwards (relative to the unit diagonal), is added only when the factorisation fails.
    pub(super) fn factor<'a>(
        &mut self,
        schur: &SchurMatrix,
        form: &dyn Fn(usize, usize) -> &'a BilinearForm,
        equalities: &[SparseRow],
    ) -> Result<(), Breakdown> {
        let (n, stride) = (schur.dim(), schur.stride());
        schur.scale_into(form, &mut self.scale)?;
        let mut regularisation = 0.0;
        loop {
            schur.assemble_into(form, &self.scale, &mut self.factor);
            if !equalities.is_empty() {
                self.original.clone_from(&self.factor);
            }
            for j in 0..n {
                self.factor[j + stride * j] += regularisation;
            }
            let done = llt::factor::cholesky_in_place(
                MatMut::from_column_major_slice_with_stride_mut(&mut self.factor, n, n, stride),
                Default::default(),
                Par::Seq,
                MemStack::new(&mut self.buffer.0),
                Default::default(),
            );
            if done.is_ok() && (0..n).all(|j| self.factor[j + stride * j].is_finite()) {
                break;
            }
            regularisation = if regularisation == 0.0 {
                1e-14
            } else {
                regularisation * 100.0
            };
            if regularisation > 1e-7 {
                return Err(Breakdown);
            }
        }
        self.part.columns.clear();
        for row in equalities {
            let mut rhs = vec![0.0; n];
            for &(i, v) in row {
                rhs[i] = v;
            }
            let column = self.solve_refined(stride, &rhs);
            self.part.columns.push(column);
        }
        let (m, columns) = (equalities.len(), &self.part.columns);
        self.part.inner = Mat::from_fn(m, m, |i, j| sparse_dot(&equalities[i], &columns[j]));
        Ok(())
    }

    /// Solves for `(dy, dw)`.
    pub(super) fn solve(
        &mut self,
        schur: &SchurMatrix,
        equalities: &[SparseRow],
        rhs: &[f64],
        equality_rhs: &[f64],
    ) -> (&[f64], Vec<f64>) {
        let stride = schur.stride();
        if equalities.is_empty() {
            // Refined against the operator by the caller.
            self.solve_once(stride, rhs);
            return (&self.solution, Vec::new());
        }
        let mut rhs = rhs.to_vec();
        for (row, &f) in equalities.iter().zip(equality_rhs) {
            for &(i, v) in row {
                rhs[i] += v * f;
            }
        }
        let mut dy = self.solve_refined(stride, &rhs);
        let part = &self.part;
        let m = equalities.len();
        let mut dw = Mat::from_fn(m, 1, |i, _| {
            sparse_dot(&equalities[i], &dy) - equality_rhs[i]
        });
        // Redundant equalities make the inner matrix singular; pivoted LU with a diagonal
        // shift at rounding level still returns a consistent multiplier.
        let size = (0..m).map(|i| part.inner[(i, i)].abs()).fold(0.0, f64::max);
        let shifted = Mat::from_fn(m, m, |i, j| {
            part.inner[(i, j)] + if i == j { 1e-15 * size } else { 0.0 }
        });
        let lu = shifted.partial_piv_lu();
        faer::linalg::solvers::SolveCore::solve_in_place_with_conj(
            &lu,
            faer::Conj::No,
            dw.as_mut(),
        );
        let dw: Vec<f64> = (0..m).map(|i| dw[(i, 0)]).collect();
        for (column, w) in part.columns.iter().zip(&dw) {
            for (d, c) in dy.iter_mut().zip(column) {
                *d -= w * c;
            }
        }
        self.solution = dy;
        (&self.solution, dw)
    }

    fn solve_refined(&mut self, stride: usize, rhs: &[f64]) -> Vec<f64> {
        self.solve_once(stride, rhs);
        let mut x = self.solution.clone();
        let mut last = f64::INFINITY;
        for _ in 0..REFINEMENTS {
            let product = self.multiply(stride, &x);
            let residual: Vec<f64> = rhs.iter().zip(&product).map(|(r, p)| r - p).collect();
            let size = residual
                .iter()
                .zip(&self.scale)
                .map(|(r, s)| (r * s).abs())
                .fold(0.0, f64::max);
            if size.is_nan() || size >= 0.5 * last {
                break;
            }
            last = size;
            self.solve_once(stride, &residual);
            for (v, c) in x.iter_mut().zip(&self.solution) {
                *v += c;
            }
        }
        x
    }

    /// `M x`, `M` as it was assembled.
    fn multiply(&self, stride: usize, x: &[f64]) -> Vec<f64> {
        let n = x.len();
        let scaled: Vec<f64> = x.iter().zip(&self.scale).map(|(x, s)| x / s).collect();
        let mut out = vec![0.0; n];
        for j in 0..n {
            let column = &self.original[stride * j + j..stride * j + n];
            out[j] += dot(column, &scaled[j..]);
            crate::hermitian::split_complex::axpy(scaled[j], &column[1..], &mut out[j + 1..]);
        }
        for (v, s) in out.iter_mut().zip(&self.scale) {
            *v /= s;
        }
        out
    }

    fn solve_once(&mut self, stride: usize, rhs: &[f64]) {
        let x = &mut self.solution;
        x.clear();
        x.extend(rhs.iter().zip(&self.scale).map(|(r, s)| r * s));
        solve_factored(&self.factor, stride, x);
        for (v, s) in x.iter_mut().zip(&self.scale) {
            *v *= s;
        }
    }
}
