//! The Schur complement as a sum of parts, and its assembly.
//!
//! ```text
//! M = Σ_{i,j} (Σ_k c_ki c_kj K_k) in the blocks of unknowns i and j  +  rows and columns of scalars
//!     + Σ_r w_r g_r g_r^T
//! ```
//!
//! with one Kronecker matrix `K_k` for each inequality. Nothing of the matrix is stored before it is
//! wanted: a column is put together while it is in the cache, scaled, and written once.

use pulp::{Arch, Simd, WithSimd};

use super::breakdown::Breakdown;
use super::layout::{Slot, SparseRow};
use crate::hermitian::coordinates::BilinearForm;

/// A bilinear form of a block of constraints, counted with a weight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    /// Which block.
    pub(super) block: usize,
    /// Which of its forms.
    pub(super) form: usize,
    pub(super) weight: f64,
}

/// A rank-one part `weight · g g^T`.
#[derive(Debug)]
enum Row {
    Single(usize, f64),
    Sparse(SparseRow),
    Dense(Vec<f64>),
}

/// Rows and columns of the scalar unknowns.
#[derive(Debug)]
pub(super) struct Border {
    /// Coordinate of the first scalar.
    start: usize,
    count: usize,
    /// `M[start + s, p]` at `s + count · p`.
    values: Vec<f64>,
}

impl Border {
    /// Adds to entry `(scalar, coordinate)`; of two scalars the first must not come before the
    /// second.
    #[inline]
    pub(super) fn add(&mut self, scalar: usize, coordinate: usize, value: f64) {
        self.values[scalar - self.start + self.count * coordinate] += value;
    }
}

/// The parts of a Schur complement.
#[derive(Debug)]
pub(super) struct SchurMatrix {
    dim: usize,
    stride: usize,
    slots: Vec<Slot>,
    /// Terms of the block of slots `(i, j)`, `i >= j`, at `i (i + 1)/2 + j`.
    terms: Vec<Vec<Term>>,
    pub(super) border: Border,
    rows: Vec<Row>,
    weights: Vec<f64>,
}

/// Rows with more than this part of entries are treated as dense.
const DENSE: f64 = 0.1;

impl SchurMatrix {
    pub(super) fn new(slots: Vec<Slot>, dim: usize) -> Self {
        let start = slots.iter().map(Slot::len).sum();
        let count = dim - start;
        Self {
            dim,
            // Whole cache lines keep the columns' vectors aligned alike.
            stride: dim.next_multiple_of(8),
            terms: vec![Vec::new(); slots.len() * (slots.len() + 1) / 2],
            slots,
            border: Border {
                start,
                count,
                values: vec![0.0; count * dim],
            },
            rows: Vec::new(),
            weights: Vec::new(),
        }
    }

    pub(super) fn dim(&self) -> usize {
        self.dim
    }

    /// Distance between the columns of an assembled matrix.
    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// Counts a form among those of a pair of slots, `row >= column`.
    pub(super) fn add_term(&mut self, row: usize, column: usize, term: Term) {
        self.terms[row * (row + 1) / 2 + column].push(term);
    }

    /// Adds a rank-one part of weight one; its number.
    pub(super) fn add_row(&mut self, row: &SparseRow) -> usize {
        self.rows.push(match row.as_slice() {
            [(index, value)] => Row::Single(*index, *value),
            entries if entries.len() as f64 > DENSE * self.dim as f64 => {
                let mut dense = vec![0.0; self.dim];
                for &(i, v) in entries {
                    dense[i] = v;
                }
                Row::Dense(dense)
            }
            _ => Row::Sparse(row.clone()),
        });
        self.weights.push(1.0);
        self.rows.len() - 1
    }

    /// Sets the weight of a rank-one part.
    pub(super) fn set_weight(&mut self, row: usize, weight: f64) {
        self.weights[row] = weight;
    }

    /// Forgets what the scalars' rows hold.
    pub(super) fn clear_border(&mut self) {
        self.border.values.fill(0.0);
    }

    /// `diag(M)^{-1/2}`.
    pub(super) fn scale_into<'a>(
        &self,
        form: &dyn Fn(usize, usize) -> &'a BilinearForm,
        scale: &mut Vec<f64>,
    ) -> Result<(), Breakdown> {
        scale.clear();
        scale.resize(self.dim, 0.0);
        for (i, slot) in self.slots.iter().enumerate() {
            for term in &self.terms[i * (i + 1) / 2 + i] {
                let form = form(term.block, term.form);
                let target = &mut scale[slot.offset..slot.offset + slot.len()];
                for (c, d) in target.iter_mut().enumerate() {
                    *d += term.weight * form.column(c)[c];
                }
            }
        }
        for s in 0..self.border.count {
            let p = self.border.start + s;
            scale[p] += self.border.values[s + self.border.count * p];
        }
        for (row, weight) in self.rows.iter().zip(&self.weights) {
            match row {
                Row::Single(i, v) => scale[*i] += weight * v * v,
                Row::Sparse(entries) => {
                    for &(i, v) in entries {
                        scale[i] += weight * v * v;
                    }
                }
                Row::Dense(values) => {
                    for (d, v) in scale.iter_mut().zip(values) {
                        *d += weight * v * v;
                    }
                }
            }
        }
        for d in scale.iter_mut() {
            if !(d.is_finite() && *d > 0.0) {
                return Err(Breakdown);
            }
            *d = 1.0 / d.sqrt();
        }
        Ok(())
    }

    /// The lower triangle of `M`, scaled from both sides; the rest of `out` is undefined.
    pub(super) fn assemble_into<'a>(
        &self,
        form: &dyn Fn(usize, usize) -> &'a BilinearForm,
        scale: &[f64],
        out: &mut Vec<f64>,
    ) {
        let n = self.dim;
        out.resize(self.stride * n, 0.0);
        let mut sources: Vec<(f64, &[f64])> = Vec::new();
        let mut outer: Vec<(f64, &[f64])> = Vec::new();
        let mut columns = out.chunks_exact_mut(self.stride).enumerate();
        for (j, slot) in self.slots.iter().enumerate() {
            for (p, column) in columns.by_ref().take(slot.len()) {
                let c = p - slot.offset;
                for (i, other) in self.slots.iter().enumerate().skip(j) {
                    let first = if i == j { c } else { 0 };
                    sources.clear();
                    for term in &self.terms[i * (i + 1) / 2 + j] {
                        let values = &form(term.block, term.form).column(c)[first..];
                        sources.push((term.weight, values));
                    }
                    let range = other.offset + first..other.offset + other.len();
                    combine(&sources, &mut column[range]);
                }
                self.finish(p, column, scale, &mut outer);
            }
        }
        for (p, column) in columns.take(self.border.count) {
            self.finish(p, column, scale, &mut outer);
        }
        self.add_sparse(scale, out);
    }

    /// Scalars, dense rank-one parts and the scale of a column.
    fn finish<'a>(
        &'a self,
        p: usize,
        column: &mut [f64],
        scale: &[f64],
        outer: &mut Vec<(f64, &'a [f64])>,
    ) {
        let (start, count) = (self.border.start, self.border.count);
        column[start..self.dim].copy_from_slice(&self.border.values[count * p..count * (p + 1)]);
        outer.clear();
        for (row, weight) in self.rows.iter().zip(&self.weights) {
            match row {
                Row::Dense(values) if values[p] != 0.0 => {
                    outer.push((weight * values[p], &values[p..]));
                }
                _ => {}
            }
        }
        let column = &mut column[p..self.dim];
        for chunk in outer.chunks(4) {
            accumulate(chunk, column);
        }
        for (v, s) in column.iter_mut().zip(&scale[p..]) {
            *v *= s * scale[p];
        }
    }

    fn add_sparse(&self, scale: &[f64], out: &mut [f64]) {
        for (row, weight) in self.rows.iter().zip(&self.weights) {
            match row {
                Row::Single(i, v) => {
                    out[i + self.stride * i] += weight * v * v * scale[*i] * scale[*i];
                }
                Row::Sparse(entries) => {
                    for (k, &(column, v)) in entries.iter().enumerate() {
                        let w = weight * v * scale[column];
                        for &(row, u) in &entries[k..] {
                            out[self.stride * column + row] += w * u * scale[row];
                        }
                    }
                }
                Row::Dense(_) => {}
            }
        }
    }
}

/// `target = Σ weight · source`.
fn combine(sources: &[(f64, &[f64])], target: &mut [f64]) {
    let (first, rest) = sources.split_at(sources.len().min(4));
    sum(first, target, false);
    for chunk in rest.chunks(4) {
        sum(chunk, target, true);
    }
}

/// `target += Σ weight · source`, at most four sources.
fn accumulate(sources: &[(f64, &[f64])], target: &mut [f64]) {
    sum(sources, target, true);
}

fn sum(sources: &[(f64, &[f64])], target: &mut [f64], add: bool) {
    let arch = Arch::new();
    match *sources {
        [] if add => {}
        [] => target.fill(0.0),
        [a] => arch.dispatch(Sum([a], target, add)),
        [a, b] => arch.dispatch(Sum([a, b], target, add)),
        [a, b, c] => arch.dispatch(Sum([a, b, c], target, add)),
        [a, b, c, d, ..] => arch.dispatch(Sum([a, b, c, d], target, add)),
    }
}

struct Sum<'a, const N: usize>([(f64, &'a [f64]); N], &'a mut [f64], bool);

impl<const N: usize> WithSimd for Sum<'_, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self(sources, target, add) = self;
        let weights = sources.map(|(w, _)| simd.splat_f64s(w));
        let (head, tail) = S::as_mut_simd_f64s(target);
        let parts = sources.map(|(_, v)| S::as_simd_f64s(v));
        let heads = parts.map(|p| &p.0[..head.len()]);
        for (i, t) in head.iter_mut().enumerate() {
            let mut v = if add { *t } else { simd.splat_f64s(0.0) };
            for k in 0..N {
                v = simd.mul_add_e_f64s(weights[k], heads[k][i], v);
            }
            *t = v;
        }
        for (i, t) in tail.iter_mut().enumerate() {
            let mut v = if add { *t } else { 0.0 };
            for k in 0..N {
                v += sources[k].0 * parts[k].1[i];
            }
            *t = v;
        }
    }
}
