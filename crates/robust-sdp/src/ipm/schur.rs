//! The Schur complement system `M dy + E^T dw = r`, `E dy = f`.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt;
use faer::linalg::triangular_solve::{
    solve_lower_triangular_in_place, solve_upper_triangular_in_place,
};
use faer::{Mat, MatMut, MatRef, Par};

use super::cone::Breakdown;

/// A symmetric matrix of which the lower triangle is kept, column-major.
#[derive(Debug)]
pub(super) struct SchurMatrix {
    dim: usize,
    values: Vec<f64>,
}

impl SchurMatrix {
    pub(super) fn zeros(dim: usize) -> Self {
        Self {
            dim,
            values: vec![0.0; dim * dim],
        }
    }

    pub(super) fn clear(&mut self) {
        self.values.fill(0.0);
    }

    /// Adds to entry `(row, column)`, `row >= column`.
    pub(super) fn add(&mut self, row: usize, column: usize, value: f64) {
        self.values[row + self.dim * column] += value;
    }

    /// Adds `weight · block` at the corner `(row, column)`, `block` column-major with `rows`
    /// rows. Corner blocks on the diagonal may spill into the unused upper triangle.
    pub(super) fn add_block(
        &mut self,
        row: usize,
        column: usize,
        rows: usize,
        block: &[f64],
        weight: f64,
    ) {
        for (j, source) in block.chunks_exact(rows).enumerate() {
            let start = row + self.dim * (column + j);
            for (target, value) in self.values[start..start + rows].iter_mut().zip(source) {
                *target += weight * value;
            }
        }
    }

    /// Adds `weight · block^T` at the corner `(row, column)`.
    pub(super) fn add_block_transposed(
        &mut self,
        row: usize,
        column: usize,
        rows: usize,
        block: &[f64],
        weight: f64,
    ) {
        for (j, source) in block.chunks_exact(rows).enumerate() {
            for (i, value) in source.iter().enumerate() {
                self.values[row + j + self.dim * (column + i)] += weight * value;
            }
        }
    }

    /// Adds `weight · g g^T` for a sparse `g` with increasing indices.
    pub(super) fn add_outer(&mut self, g: &[(usize, f64)], weight: f64) {
        for (k, &(column, v)) in g.iter().enumerate() {
            let w = weight * v;
            let start = self.dim * column;
            for &(row, u) in &g[k..] {
                self.values[start + row] += w * u;
            }
        }
    }

    fn multiply(&self, x: &[f64]) -> Vec<f64> {
        let n = self.dim;
        let mut out = vec![0.0; n];
        for j in 0..n {
            let column = &self.values[n * j + j + 1..n * (j + 1)];
            let xj = x[j];
            let mut sum = self.values[n * j + j] * xj;
            for ((v, o), xi) in column.iter().zip(&mut out[j + 1..]).zip(&x[j + 1..]) {
                *o += v * xj;
                sum += v * xi;
            }
            out[j] += sum;
        }
        out
    }
}

/// A factored Schur system; equalities enter by the range-space method after `E^T E` has been
/// added to `M`, which leaves the solution unchanged and makes `M` definite on free scalars.
#[derive(Debug)]
pub(super) struct SchurSystem {
    scale: Vec<f64>,
    factor: Vec<f64>,
    equalities: Option<EqualityPart>,
}

#[derive(Debug)]
struct EqualityPart {
    /// `M^{-1} E^T`, one column a vector.
    columns: Vec<Vec<f64>>,
    /// `E M^{-1} E^T`.
    inner: Mat<f64>,
}

/// Sparse rows with increasing indices.
pub(super) type SparseRow = Vec<(usize, f64)>;

/// Refinements against the assembled matrix; those against the operator itself come on top.
const REFINEMENTS: usize = 1;

impl SchurSystem {
    /// Factors `M + E^T E`, diagonally scaled. A multiple of the identity, from 1e-14 upwards
    /// (relative to the unit diagonal), is added only when the factorisation fails.
    ///
    /// `workspace` is the memory of an earlier factorisation.
    pub(super) fn factor(
        schur: &mut SchurMatrix,
        equalities: &[SparseRow],
        workspace: Vec<f64>,
    ) -> Result<Self, Breakdown> {
        for row in equalities {
            schur.add_outer(row, 1.0);
        }
        let n = schur.dim;
        let mut scale = Vec::with_capacity(n);
        for j in 0..n {
            let d = schur.values[j + n * j];
            if !(d.is_finite() && d > 0.0) {
                return Err(Breakdown);
            }
            scale.push(1.0 / d.sqrt());
        }
        let mut regularisation = 0.0;
        let mut factor = workspace;
        factor.resize(n * n, 0.0);
        let mut buffer = MemBuffer::new(llt::factor::cholesky_in_place_scratch::<f64>(
            n,
            Par::Seq,
            Default::default(),
        ));
        loop {
            for j in 0..n {
                let sj = scale[j];
                let lower = n * j + j..n * (j + 1);
                for ((f, v), si) in factor[lower.clone()]
                    .iter_mut()
                    .zip(&schur.values[lower])
                    .zip(&scale[j..])
                {
                    *f = v * (si * sj);
                }
                factor[n * j + j] += regularisation;
            }
            let done = llt::factor::cholesky_in_place(
                MatMut::from_column_major_slice_mut(&mut factor, n, n),
                Default::default(),
                Par::Seq,
                MemStack::new(&mut buffer),
                Default::default(),
            );
            if done.is_ok() && (0..n).all(|j| factor[j + n * j].is_finite()) {
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
        let mut system = Self {
            scale,
            factor,
            equalities: None,
        };
        if !equalities.is_empty() {
            let columns: Vec<Vec<f64>> = equalities
                .iter()
                .map(|row| {
                    let mut rhs = vec![0.0; n];
                    for &(i, v) in row {
                        rhs[i] = v;
                    }
                    system.solve_refined(schur, &rhs)
                })
                .collect();
            let m = equalities.len();
            let inner = Mat::from_fn(m, m, |i, j| sparse_dot(&equalities[i], &columns[j]));
            system.equalities = Some(EqualityPart { columns, inner });
        }
        Ok(system)
    }

    /// Gives the memory back.
    pub(super) fn into_workspace(self) -> Vec<f64> {
        self.factor
    }

    /// Solves for `(dy, dw)`.
    pub(super) fn solve(
        &self,
        schur: &SchurMatrix,
        equalities: &[SparseRow],
        rhs: &[f64],
        equality_rhs: &[f64],
    ) -> (Vec<f64>, Vec<f64>) {
        let Some(part) = &self.equalities else {
            // Refined against the operator by the caller.
            return (self.solve_once(rhs), Vec::new());
        };
        let mut rhs = rhs.to_vec();
        for (row, &f) in equalities.iter().zip(equality_rhs) {
            for &(i, v) in row {
                rhs[i] += v * f;
            }
        }
        let mut dy = self.solve_refined(schur, &rhs);
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
        (dy, dw)
    }

    fn solve_refined(&self, schur: &SchurMatrix, rhs: &[f64]) -> Vec<f64> {
        let mut x = self.solve_once(rhs);
        let mut last = f64::INFINITY;
        for _ in 0..REFINEMENTS {
            let product = schur.multiply(&x);
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
            let correction = self.solve_once(&residual);
            for (v, c) in x.iter_mut().zip(&correction) {
                *v += c;
            }
        }
        x
    }

    fn solve_once(&self, rhs: &[f64]) -> Vec<f64> {
        let n = self.scale.len();
        let mut x: Vec<f64> = rhs.iter().zip(&self.scale).map(|(r, s)| r * s).collect();
        let l = MatRef::from_column_major_slice(&self.factor, n, n);
        let mut column = MatMut::from_column_major_slice_mut(&mut x, n, 1);
        solve_lower_triangular_in_place(l, column.as_mut(), Par::Seq);
        solve_upper_triangular_in_place(l.transpose(), column.as_mut(), Par::Seq);
        for (v, s) in x.iter_mut().zip(&self.scale) {
            *v *= s;
        }
        x
    }
}

pub(super) fn sparse_dot(row: &[(usize, f64)], x: &[f64]) -> f64 {
    row.iter().map(|&(i, v)| v * x[i]).sum()
}
