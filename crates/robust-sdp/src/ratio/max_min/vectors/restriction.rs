//! Columns that are restricted to one subspace for each target.
//!
//! The real coordinates of a column of target `j` are `P_j y`, and the steps of Newton's method are those of `y`:
//! its system is `P^T H P`, `P` with the `P_j` on its diagonal and one for each scalar unknown.

use faer::linalg::solvers::SolveCore;
use faer::{Conj, Mat, c64};

use crate::hermitian::{Field, linalg};
use crate::ratio::max_min::programs::relaxation::Relaxation;

/// The subspaces of the columns, and the relaxation within them.
pub(super) struct Restriction<'a> {
    pub(super) within: &'a Relaxation<'a>,
    /// `P_j`, `2N` rows: real parts, then imaginary ones.
    maps: Vec<Mat<f64>>,
}

impl<'a> Restriction<'a> {
    /// To the subspaces of `within`, in the coordinates of `relaxation`.
    pub(super) fn new(relaxation: &Relaxation<'_>, within: &'a Relaxation<'a>) -> Self {
        let whole = relaxation.coordinates.basis(0).columns.partial_piv_lu();
        let map = |j: usize| {
            let basis = within.coordinates.basis(j);
            let mut c = basis.columns.clone();
            whole.solve_in_place_with_conj(Conj::No, c.as_mut());
            let (n, d) = (c.nrows(), c.ncols());
            // Of a complex coordinate y: C Re y, then j C Im y.
            let columns = if basis.field == Field::Real { d } else { 2 * d };
            Mat::from_fn(2 * n, columns, |r, i| {
                let entry = c[(r % n, i % d)];
                match (r < n, i < d) {
                    (true, true) | (false, false) => entry.re,
                    (true, false) => -entry.im,
                    (false, true) => entry.im,
                }
            })
        };
        Self {
            maps: (0..within.scaled.targets.len()).map(map).collect(),
            within,
        }
    }

    /// The part of a normalised column that lies in target `j`'s subspace.
    pub(super) fn projected(&self, j: usize, column: Mat<c64>) -> Mat<c64> {
        let basis = self.within.coordinates.basis(j);
        let mut y = linalg::mul_adjoint_left(basis.columns.as_ref(), column.as_ref());
        if basis.field == Field::Real {
            for r in 0..y.nrows() {
                y[(r, 0)].im = 0.0;
            }
        }
        linalg::mul(basis.columns.as_ref(), y.as_ref())
    }

    /// Whether the phase of a column of target `j` is free.
    pub(super) fn turns(&self, j: usize) -> bool {
        self.within.coordinates.basis(j).field == Field::Complex
    }

    /// `P` of columns with these owners, among so many unknowns of theirs and of scalars.
    pub(super) fn of(&self, owners: &[usize], unknowns: usize) -> Embedding<'_> {
        let blocks: Vec<&Mat<f64>> = owners.iter().map(|&j| &self.maps[j]).collect();
        let rows: usize = blocks.iter().map(|b| b.nrows()).sum();
        Embedding {
            blocks,
            scalars: unknowns - rows,
        }
    }
}

/// `P`: blocks on the diagonal, then ones.
pub(super) struct Embedding<'a> {
    blocks: Vec<&'a Mat<f64>>,
    scalars: usize,
}

impl Embedding<'_> {
    /// `P y`.
    pub(super) fn up(&self, y: &[f64]) -> Vec<f64> {
        let mut out = Vec::new();
        let mut first = 0;
        for p in &self.blocks {
            for r in 0..p.nrows() {
                out.push((0..p.ncols()).map(|c| p[(r, c)] * y[first + c]).sum());
            }
            first += p.ncols();
        }
        out.extend_from_slice(&y[first..]);
        out
    }

    /// `P^T x`.
    pub(super) fn down(&self, x: &[f64]) -> Vec<f64> {
        let mut out = Vec::new();
        let mut first = 0;
        for p in &self.blocks {
            for c in 0..p.ncols() {
                out.push((0..p.nrows()).map(|r| p[(r, c)] * x[first + r]).sum());
            }
            first += p.nrows();
        }
        out.extend_from_slice(&x[first..]);
        out
    }

    /// `P^T H P` of a symmetric matrix by its lower triangle.
    pub(super) fn congruence(&self, lower: &Mat<f64>) -> Mat<f64> {
        let n = lower.nrows();
        let whole = Mat::from_fn(
            n,
            n,
            |i, j| if i >= j { lower[(i, j)] } else { lower[(j, i)] },
        );
        let size = self.scalars + self.blocks.iter().map(|p| p.ncols()).sum::<usize>();
        // H P by columns, then its columns by P^T.
        let mut half = Mat::<f64>::zeros(n, size);
        let (mut row, mut column) = (0, 0);
        for p in &self.blocks {
            let product = whole.as_ref().subcols(row, p.nrows()) * p.as_ref();
            half.as_mut()
                .subcols_mut(column, p.ncols())
                .copy_from(&product);
            row += p.nrows();
            column += p.ncols();
        }
        half.as_mut()
            .subcols_mut(column, self.scalars)
            .copy_from(whole.as_ref().subcols(row, self.scalars));
        let mut out = Mat::<f64>::zeros(size, size);
        let (mut row, mut place) = (0, 0);
        for p in &self.blocks {
            let product = p.transpose() * half.as_ref().subrows(row, p.nrows());
            out.as_mut()
                .subrows_mut(place, p.ncols())
                .copy_from(&product);
            row += p.nrows();
            place += p.ncols();
        }
        out.as_mut()
            .subrows_mut(place, self.scalars)
            .copy_from(half.as_ref().subrows(row, self.scalars));
        out
    }
}
