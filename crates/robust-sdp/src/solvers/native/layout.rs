//! Where the unknowns are in the vector of all coordinates.

use faer::{Mat, MatRef, c64};

use crate::hermitian::Field;
use crate::hermitian::coordinates::{add_coordinates, matrix_into};
use crate::hermitian::split_complex::SplitComplex;
use crate::sdp::SdpProblem;

/// A linear form of the coordinates: its nonzero coefficients, indices increasing.
pub(super) type SparseRow = Vec<(usize, f64)>;

/// The value of a linear form.
pub(super) fn sparse_dot(row: &[(usize, f64)], x: &[f64]) -> f64 {
    row.iter().map(|&(i, v)| v * x[i]).sum()
}

/// Where each unknown's coordinates start; scalars follow the matrices.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) matrices: Vec<Slot>,
    pub(super) scalars: usize,
    pub(super) len: usize,
}

/// Coordinates of one matrix unknown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    /// Position among the matrix unknowns.
    pub(super) index: usize,
    pub(super) offset: usize,
    pub(super) dim: usize,
    pub(super) field: Field,
}

impl Slot {
    pub(super) fn len(&self) -> usize {
        self.field.coordinates(self.dim)
    }

    pub(super) fn of<'a>(&self, y: &'a [f64]) -> &'a [f64] {
        &y[self.offset..self.offset + self.len()]
    }

    pub(super) fn of_mut<'a>(&self, y: &'a mut [f64]) -> &'a mut [f64] {
        &mut y[self.offset..self.offset + self.len()]
    }

    pub(super) fn matrix_into(&self, y: &[f64], out: &mut SplitComplex) {
        matrix_into(self.field, self.of(y), out);
    }

    pub(super) fn matrix(&self, y: &[f64]) -> Mat<c64> {
        let mut out = SplitComplex::zeros(self.dim, self.dim);
        self.matrix_into(y, &mut out);
        out.to_mat()
    }

    /// Adds `weight` times the coordinates of the Hermitian part of a matrix.
    pub(super) fn add(&self, a: MatRef<'_, c64>, weight: f64, out: &mut [f64]) {
        let mut planes = SplitComplex::from_mat(a);
        planes.make_hermitian(false);
        self.add_planes(&planes, weight, out);
    }

    pub(super) fn add_planes(&self, a: &SplitComplex, weight: f64, out: &mut [f64]) {
        add_coordinates(self.field, a, weight, self.of_mut(out));
    }
}

impl Layout {
    pub(super) fn new(problem: &SdpProblem) -> Self {
        let mut offset = 0;
        let matrices = (problem.matrices.iter().enumerate())
            .map(|(index, unknown)| {
                let slot = Slot {
                    index,
                    offset,
                    dim: unknown.dim,
                    field: unknown.field,
                };
                offset += slot.len();
                slot
            })
            .collect();
        Self {
            matrices,
            scalars: offset,
            len: offset + problem.scalars.len(),
        }
    }
}
