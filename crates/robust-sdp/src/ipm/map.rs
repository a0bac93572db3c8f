//! The affine maps `y ↦ C + A(y)` of positive semidefinite blocks, their adjoints and their
//! shares of the Schur complement.

use faer::{Mat, MatRef, c64};

use super::schur::SchurMatrix;
use crate::linalg;
use crate::sdp::{Lmi, SdpProblem};
use crate::svec::{Field, add_svec, kronecker_form, smat, symmetric_kronecker_form};

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
    pub(super) offset: usize,
    pub(super) dim: usize,
    pub(super) field: Field,
}

impl Slot {
    fn len(&self) -> usize {
        self.field.coordinates(self.dim)
    }

    pub(super) fn matrix(&self, y: &[f64]) -> Mat<c64> {
        smat(
            self.field,
            self.dim,
            &y[self.offset..self.offset + self.len()],
        )
    }

    pub(super) fn add(&self, a: MatRef<'_, c64>, weight: f64, out: &mut [f64]) {
        add_svec(
            self.field,
            a,
            weight,
            &mut out[self.offset..self.offset + self.len()],
        );
    }
}

impl Layout {
    pub(super) fn new(problem: &SdpProblem) -> Self {
        let mut offset = 0;
        let matrices = problem
            .matrices
            .iter()
            .map(|unknown| {
                let slot = Slot {
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

/// The map of one positive semidefinite block.
#[derive(Debug)]
pub(super) enum Map {
    /// `X ⪰ 0` itself.
    Unknown(Slot),
    /// An LMI.
    Lmi(LmiMap),
}

/// Nonzero entries `(row, column, value)` of a Hermitian matrix.
type Entries = Vec<(usize, usize, c64)>;

/// An LMI with its terms grouped by factor and field.
#[derive(Debug)]
pub(super) struct LmiMap {
    field: Field,
    constant: Mat<c64>,
    groups: Vec<Group>,
    scalars: Vec<(usize, Entries)>,
}

#[derive(Debug)]
struct Group {
    factor: Mat<c64>,
    field: Field,
    terms: Vec<(f64, Slot)>,
}

impl LmiMap {
    pub(super) fn new(lmi: &Lmi, layout: &Layout) -> Self {
        let mut groups: Vec<(usize, Group)> = Vec::new();
        for term in &lmi.congruences {
            let slot = layout.matrices[term.matrix.index()];
            let found = groups
                .iter_mut()
                .find(|(factor, group)| *factor == term.factor && group.field == slot.field);
            match found {
                Some((_, group)) => group.terms.push((term.coefficient, slot)),
                None => groups.push((
                    term.factor,
                    Group {
                        factor: lmi.factors[term.factor].clone(),
                        field: slot.field,
                        terms: vec![(term.coefficient, slot)],
                    },
                )),
            }
        }
        let mut scalars: Vec<(usize, Entries)> = Vec::new();
        for term in &lmi.scalars {
            let index = layout.scalars + term.scalar.index();
            match scalars.iter_mut().find(|(other, _)| *other == index) {
                Some((_, entries)) => entries.extend(&term.entries),
                None => scalars.push((index, term.entries.clone())),
            }
        }
        Self {
            field: lmi.field,
            constant: lmi.constant.clone(),
            groups: groups.into_iter().map(|(_, group)| group).collect(),
            scalars,
        }
    }

    /// `A(y)`, without the constant.
    fn linear(&self, y: &[f64]) -> Mat<c64> {
        let n = self.constant.nrows();
        let mut out = Mat::zeros(n, n);
        for group in &self.groups {
            let dim = group.factor.ncols();
            let mut sum = Mat::<c64>::zeros(dim, dim);
            for (coefficient, slot) in &group.terms {
                let x = slot.matrix(y);
                for j in 0..dim {
                    for i in 0..dim {
                        sum[(i, j)] += x[(i, j)] * *coefficient;
                    }
                }
            }
            out += linalg::congruence(group.factor.as_ref(), sum.as_ref());
        }
        for (index, entries) in &self.scalars {
            for &(i, j, v) in entries {
                out[(i, j)] += v * y[*index];
            }
        }
        self.project(&mut out);
        out
    }

    /// Hermitian part, and the real part of an LMI over the reals.
    fn project(&self, a: &mut Mat<c64>) {
        project(self.field, a);
    }

    fn add_adjoint(&self, z: MatRef<'_, c64>, out: &mut [f64]) {
        for group in &self.groups {
            let t = group.factor.as_ref();
            let g = linalg::mul_adjoint_left(t, linalg::mul(z, t).as_ref());
            for (coefficient, slot) in &group.terms {
                slot.add(g.as_ref(), *coefficient, out);
            }
        }
        for (index, entries) in &self.scalars {
            out[*index] += sparse_inner(entries, z);
        }
    }

    fn add_schur(&self, z: MatRef<'_, c64>, s_inverse: MatRef<'_, c64>, schur: &mut SchurMatrix) {
        let products: Vec<(Mat<c64>, Mat<c64>)> = self
            .groups
            .iter()
            .map(|group| {
                let t = group.factor.as_ref();
                (linalg::mul(z, t), linalg::mul(s_inverse, t))
            })
            .collect();
        let (mut kron, mut conjugated) = (Vec::new(), Vec::new());
        for f in 0..self.groups.len() {
            for g in 0..=f {
                self.kronecker(f, g, &products, &mut kron, &mut conjugated);
                self.add_pairs(f, g, &kron, schur);
            }
        }
        for (k, (index, entries)) in self.scalars.iter().enumerate() {
            // Z A S^{-1}
            let n = self.constant.nrows();
            let mut za = Mat::<c64>::zeros(n, n);
            for &(i, j, v) in entries {
                for r in 0..n {
                    za[(r, j)] += z[(r, i)] * v;
                }
            }
            let mut g = linalg::mul(za.as_ref(), s_inverse);
            self.project(&mut g);
            for (other, other_entries) in &self.scalars[..=k] {
                let (row, column) = (*index.max(other), *index.min(other));
                schur.add(row, column, sparse_inner(other_entries, g.as_ref()));
            }
            for group in &self.groups {
                let t = group.factor.as_ref();
                let pulled = linalg::mul_adjoint_left(t, linalg::mul(g.as_ref(), t).as_ref());
                for (coefficient, slot) in &group.terms {
                    let mut row = vec![0.0; slot.len()];
                    add_svec(slot.field, pulled.as_ref(), *coefficient, &mut row);
                    schur.add_block(*index, slot.offset, 1, &row, 1.0);
                }
            }
        }
    }

    /// `(X, Y) ↦ <T_f X T_f^H, Z (T_g Y T_g^H) S^{-1}>` in coordinates.
    fn kronecker(
        &self,
        f: usize,
        g: usize,
        products: &[(Mat<c64>, Mat<c64>)],
        kron: &mut Vec<f64>,
        conjugated: &mut Vec<f64>,
    ) {
        let (tf, tg) = (
            self.groups[f].factor.as_ref(),
            self.groups[g].factor.as_ref(),
        );
        let (field_f, field_g) = (self.groups[f].field, self.groups[g].field);
        let p = linalg::mul_adjoint_left(tf, products[g].0.as_ref());
        let q = linalg::mul_adjoint_left(tg, products[f].1.as_ref());
        if f == g && self.field == Field::Complex {
            symmetric_kronecker_form(p.as_ref(), q.as_ref(), field_f, kron);
            return;
        }
        kronecker_form(p.as_ref(), q.as_ref(), field_f, field_g, false, kron);
        if self.field == Field::Real {
            // Re(A) Z Re(B) with real Z: half of A Z B and half of A Z conj(B).
            let tg_conjugate = tg.conjugate().to_owned();
            let zt = products[g].0.conjugate().to_owned();
            let p = linalg::mul_adjoint_left(tf, zt.as_ref());
            let q = linalg::mul_adjoint_left(tg_conjugate.as_ref(), products[f].1.as_ref());
            kronecker_form(p.as_ref(), q.as_ref(), field_f, field_g, true, conjugated);
            for (a, b) in kron.iter_mut().zip(conjugated.iter()) {
                *a = 0.5 * (*a + *b);
            }
        }
    }

    fn add_pairs(&self, f: usize, g: usize, kron: &[f64], schur: &mut SchurMatrix) {
        for (ci, si) in &self.groups[f].terms {
            for (cj, sj) in &self.groups[g].terms {
                let weight = ci * cj;
                let rows = si.len();
                if f == g {
                    if si.offset >= sj.offset {
                        schur.add_block(si.offset, sj.offset, rows, kron, weight);
                    }
                } else if si.offset == sj.offset {
                    schur.add_block(si.offset, sj.offset, rows, kron, weight);
                    schur.add_block_transposed(si.offset, sj.offset, rows, kron, weight);
                } else if si.offset > sj.offset {
                    schur.add_block(si.offset, sj.offset, rows, kron, weight);
                } else {
                    schur.add_block_transposed(sj.offset, si.offset, rows, kron, weight);
                }
            }
        }
    }
}

impl Map {
    pub(super) fn dim(&self) -> usize {
        match self {
            Map::Unknown(slot) => slot.dim,
            Map::Lmi(lmi) => lmi.constant.nrows(),
        }
    }

    pub(super) fn field(&self) -> Field {
        match self {
            Map::Unknown(slot) => slot.field,
            Map::Lmi(lmi) => lmi.field,
        }
    }

    /// `A(y)`, without the constant.
    pub(super) fn linear(&self, y: &[f64]) -> Mat<c64> {
        match self {
            Map::Unknown(slot) => slot.matrix(y),
            Map::Lmi(lmi) => lmi.linear(y),
        }
    }

    /// `C`, if the map has one.
    pub(super) fn constant(&self) -> Option<MatRef<'_, c64>> {
        match self {
            Map::Unknown(_) => None,
            Map::Lmi(lmi) => Some(lmi.constant.as_ref()),
        }
    }

    pub(super) fn add_adjoint(&self, z: MatRef<'_, c64>, out: &mut [f64]) {
        match self {
            Map::Unknown(slot) => slot.add(z, 1.0, out),
            Map::Lmi(lmi) => lmi.add_adjoint(z, out),
        }
    }

    pub(super) fn add_schur(
        &self,
        z: MatRef<'_, c64>,
        s_inverse: MatRef<'_, c64>,
        schur: &mut SchurMatrix,
    ) {
        match self {
            Map::Unknown(slot) => {
                let mut kron = Vec::new();
                symmetric_kronecker_form(z, s_inverse, slot.field, &mut kron);
                schur.add_block(slot.offset, slot.offset, slot.len(), &kron, 1.0);
            }
            Map::Lmi(lmi) => lmi.add_schur(z, s_inverse, schur),
        }
    }
}

/// Hermitian part; over the reals also the real part.
pub(super) fn project(field: Field, a: &mut Mat<c64>) {
    linalg::symmetrise(a);
    if field == Field::Real {
        for j in 0..a.ncols() {
            for i in 0..a.nrows() {
                a[(i, j)].im = 0.0;
            }
        }
    }
}

/// `<A, B>` for a Hermitian `A` given by its entries.
fn sparse_inner(entries: &[(usize, usize, c64)], b: MatRef<'_, c64>) -> f64 {
    entries
        .iter()
        .map(|&(i, j, v)| v.re * b[(i, j)].re + v.im * b[(i, j)].im)
        .sum()
}
