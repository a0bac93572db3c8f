//! The scalar unknowns of an LMI, `Σ y_k A_k`, and their part `<A_j, Z A_k S^{-1}>` of the Schur complement.
//!
//! For each `A_k` the cheapest of three orders is taken (K. Fujisawa, M. Kojima, K. Nakata, Math. Program. 79, 1997), in the
//! order of falling numbers of entries: the whole product, half of it and the other half by entry of
//! `A_j`, or all of it by entry.

use faer::c64;

use super::assembly::Border;
use crate::hermitian::Field;
use crate::hermitian::split_complex::{Right, SplitComplex};
use crate::sdp::Lmi;

/// Nonzero entries `(row, column, value)` of a Hermitian matrix.
type Entries = Vec<(usize, usize, c64)>;

/// Is given a scalar's coordinate and `Herm(Z A S^{-1})`, and the place for what comes of them.
pub(super) type Pull<'a> = dyn FnMut(usize, &SplitComplex, &mut Border) + 'a;

/// A scalar unknown's matrix.
#[derive(Debug)]
struct Part {
    /// Coordinate of the scalar.
    index: usize,
    entries: Entries,
    /// The columns that have entries.
    columns: Vec<usize>,
}

/// The terms `y A` of an LMI, those with most entries first.
#[derive(Debug)]
pub(super) struct Scalars {
    field: Field,
    side: usize,
    parts: Vec<Part>,
    /// `Z A S^{-1}`.
    image: SplitComplex,
}

impl Scalars {
    /// `first` is the coordinate of the first scalar of all.
    pub(super) fn new(lmi: &Lmi, first: usize) -> Self {
        let mut terms: Vec<(usize, Entries)> = (lmi.scalars.iter())
            .map(|t| (first + t.scalar.index(), t.entries.clone()))
            .collect();
        terms.sort_by_key(|t| t.0);
        terms.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1.append(&mut later.1);
            }
            same
        });
        if lmi.field == Field::Real {
            // Only the real part is constrained.
            let entries = terms.iter_mut().flat_map(|t| &mut t.1);
            entries.for_each(|e| e.2.im = 0.0);
        }
        let mut parts: Vec<Part> = (terms.into_iter())
            .map(|(index, entries)| {
                let mut columns: Vec<usize> = entries.iter().map(|e| e.1).collect();
                columns.sort_unstable();
                columns.dedup();
                Part {
                    index,
                    entries,
                    columns,
                }
            })
            .collect();
        parts.sort_by_key(|p| std::cmp::Reverse(p.entries.len()));
        let side = if parts.is_empty() { 0 } else { lmi.dim() };
        Self {
            field: lmi.field,
            side,
            parts,
            image: SplitComplex::zeros(side, side),
        }
    }

    /// Adds `Σ y_k A_k`.
    pub(super) fn add_linear(&self, y: &[f64], out: &mut SplitComplex) {
        for part in &self.parts {
            let value = y[part.index];
            for &(i, j, v) in &part.entries {
                out.set(i, j, out.get(i, j) + v * value);
            }
        }
    }

    /// Adds the `<A_k, Z>`.
    pub(super) fn add_adjoint(&self, z: &SplitComplex, out: &mut [f64]) {
        for part in &self.parts {
            out[part.index] += inner(&part.entries, z);
        }
    }

    /// Adds the scalars' part of the Schur complement. `pull` is given each scalar's coordinate and
    /// `Herm(Z A S^{-1})`, if it is wanted.
    pub(super) fn add_schur(
        &mut self,
        z: &SplitComplex,
        s_inverse: &SplitComplex,
        border: &mut Border,
        mut pull: Option<&mut Pull<'_>>,
    ) {
        let real = self.field == Field::Real;
        let side = self.side;
        let mut rest: usize = self.parts.iter().map(|p| p.entries.len()).sum();
        for k in 0..self.parts.len() {
            let part = &self.parts[k];
            let (count, columns) = (part.entries.len(), part.columns.len());
            let whole = side * count + side * side * columns + rest;
            let half = side * count + rest * columns;
            let single = rest * count;
            let (index, later) = (part.index, &self.parts[k..]);
            let mut add = |other: &Part, value: f64| {
                border.add(index.max(other.index), index.min(other.index), value);
            };
            if pull.is_some() || whole <= half.min(single) {
                let left = part.left(z);
                let right = part.right(s_inverse);
                self.image.product(&left, Right::Plain(&right), false);
                self.image.make_hermitian(real);
                for other in later {
                    add(other, inner(&other.entries, &self.image));
                }
                if let Some(pull) = &mut pull {
                    pull(index, &self.image, border);
                }
            } else if half < single {
                let left = part.left(z);
                for other in later {
                    add(other, part.by_halves(&left, s_inverse, &other.entries));
                }
            } else {
                for other in later {
                    add(other, part.by_entries(z, s_inverse, &other.entries, real));
                }
            }
            rest -= count;
        }
    }
}

impl Part {
    /// `Z A` on the columns that have entries.
    fn left(&self, z: &SplitComplex) -> SplitComplex {
        let mut out = SplitComplex::zeros(z.rows(), self.columns.len());
        for &(i, j, v) in &self.entries {
            if let Ok(p) = self.columns.binary_search(&j) {
                out.add_scaled_column(p, z, i, v);
            }
        }
        out
    }

    /// These columns' rows of `S^{-1}`.
    fn right(&self, s_inverse: &SplitComplex) -> SplitComplex {
        let side = s_inverse.cols();
        let mut out = SplitComplex::zeros(self.columns.len(), side);
        for c in 0..side {
            for (p, &column) in self.columns.iter().enumerate() {
                out.set(p, c, s_inverse.get(column, c));
            }
        }
        out
    }

    /// `<B, (Z A) S^{-1}>` from `Z A`.
    fn by_halves(&self, left: &SplitComplex, s_inverse: &SplitComplex, b: &Entries) -> f64 {
        let each = b.iter().map(|&(i, j, v)| {
            let terms = self.columns.iter().enumerate();
            let u: c64 = terms
                .map(|(p, &c)| left.get(i, p) * s_inverse.get(c, j))
                .sum();
            v.re * u.re + v.im * u.im
        });
        each.sum()
    }

    /// `<B, Z A S^{-1}>`, entry by entry.
    fn by_entries(
        &self,
        z: &SplitComplex,
        s_inverse: &SplitComplex,
        b: &Entries,
        real: bool,
    ) -> f64 {
        let mut sum = 0.0;
        for &(i, j, v) in b {
            if real {
                let mut u = 0.0;
                for &(c, d, a) in &self.entries {
                    u += z.real(i, c) * a.re * s_inverse.real(d, j);
                }
                sum += v.re * u;
            } else {
                let mut u = c64::new(0.0, 0.0);
                for &(c, d, a) in &self.entries {
                    u += z.get(i, c) * a * s_inverse.get(d, j);
                }
                sum += v.re * u.re + v.im * u.im;
            }
        }
        sum
    }
}

/// `<A, B>` for a Hermitian `A` given by its entries.
fn inner(entries: &[(usize, usize, c64)], b: &SplitComplex) -> f64 {
    entries
        .iter()
        .map(|&(i, j, v)| {
            let b = b.get(i, j);
            v.re * b.re + v.im * b.im
        })
        .sum()
}
