//! Faces of the cones, and the metric of a point on them.

use faer::{Mat, c64};

use super::super::homogeneous::{Point, Row, System};
use super::{MARGIN, ROUNDING};
use crate::hermitian::Field;
use crate::hermitian::linalg;
use crate::hermitian::svec::{add_svec, smat};

/// What contributes less than this to every equation may be taken away.
const NEGLIGIBLE: f64 = 1e-9;

/// A point `B_b B_b^H`, `q`, `f` on a face of the cones.
pub(super) struct Face<'a> {
    system: &'a System,
    factors: Vec<Mat<c64>>,
    orthant: Vec<f64>,
    free: Vec<f64>,
    /// Free variables without an equation keep their values.
    unseen: Vec<bool>,
}

/// The projected identity, block by block, with eigenvalues and eigenvectors.
pub(super) struct Projected {
    blocks: Vec<(Vec<f64>, Mat<c64>)>,
    orthant: Vec<f64>,
    free: Vec<f64>,
    /// Its least eigenvalue.
    pub(super) smallest: f64,
}

impl<'a> Face<'a> {
    pub(super) fn new(system: &'a System, point: &Point) -> Option<Self> {
        let factors = point.blocks.iter().zip(&system.blocks);
        let mut unseen = vec![true; point.free.len()];
        let terms = system.rows.iter().flat_map(|row| &row.free);
        terms.for_each(|(l, _)| unseen[*l] = false);
        Some(Self {
            system,
            factors: factors
                .map(|(p, (field, _))| factor(p, *field))
                .collect::<Option<_>>()?,
            orthant: point.orthant.iter().map(|q| q.max(0.0)).collect(),
            free: point.free.clone(),
            unseen,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.factors.iter().all(|b| b.ncols() == 0) && self.orthant.iter().all(|q| *q == 0.0)
    }

    fn current(&self) -> Point {
        let square = |b: &Mat<c64>| linalg::mul_adjoint_right(b.as_ref(), b.as_ref());
        Point {
            blocks: self.factors.iter().map(square).collect(),
            orthant: self.orthant.clone(),
            free: self.free.clone(),
        }
    }

    /// Free variables have no size of their own: they may change as much as the equations' terms. Those of
    /// which only rounding errors are left vanish.
    pub(super) fn free_weights(&self, natural: &[f64]) -> Vec<f64> {
        let current = self.current();
        let mut weights = vec![f64::INFINITY; self.free.len()];
        let mut shares = vec![0.0_f64; self.free.len()];
        let terms: Vec<f64> = self.system.rows.iter().map(|r| r.terms(&current)).collect();
        for (row, terms) in self.system.rows.iter().zip(&terms) {
            for &(l, a) in &row.free {
                weights[l] = weights[l].min(terms / a.abs());
            }
        }
        for (row, natural) in self.system.rows.iter().zip(natural) {
            for &(l, a) in &row.free {
                shares[l] = shares[l].max(a.abs() * weights[l] / natural);
            }
        }
        let seen = shares.iter().map(|share| *share > ROUNDING);
        let pairs = weights.iter().zip(seen);
        pairs.map(|(w, seen)| if seen { *w } else { 0.0 }).collect()
    }

    fn field(&self, block: usize) -> Field {
        self.system.blocks[block].0
    }

    /// Where each block starts in a column; the orthant and the free variables follow.
    fn starts(&self) -> (Vec<usize>, usize) {
        let mut next = 0;
        let mut starts = Vec::with_capacity(self.factors.len());
        for (b, factor) in self.factors.iter().enumerate() {
            starts.push(next);
            next += self.field(b).coordinates(factor.ncols());
        }
        (starts, next)
    }

    /// `B^H A_e B` for each equation, with length one; what is below rounding is left out.
    pub(super) fn columns(&self, natural: &[f64], weights: &[f64]) -> Mat<f64> {
        let (starts, orthant) = self.starts();
        let height = orthant + self.orthant.len() + self.free.len();
        let mut kept: Vec<Vec<f64>> = Vec::new();
        for (row, natural) in self.system.rows.iter().zip(natural) {
            let mut column = vec![0.0; height];
            for (b, a) in &row.blocks {
                let factor = self.factors[*b].as_ref();
                let image =
                    linalg::mul_adjoint_left(factor, linalg::mul(a.as_ref(), factor).as_ref());
                let field = self.field(*b);
                let range = starts[*b]..starts[*b] + field.coordinates(factor.ncols());
                add_svec(field, image.as_ref(), 1.0, &mut column[range]);
            }
            for &(k, a) in &row.orthant {
                column[orthant + k] = a * self.orthant[k];
            }
            for &(l, a) in &row.free {
                column[orthant + self.orthant.len() + l] = a * weights[l];
            }
            let norm = column.iter().fold(0.0, |n: f64, v| n.hypot(*v));
            if norm > ROUNDING * natural {
                column.iter_mut().for_each(|v| *v /= norm);
                kept.push(column);
            }
        }
        Mat::from_fn(height, kept.len(), |i, j| kept[j][i])
    }

    /// The identity; free variables in their weights.
    pub(super) fn identity(&self, weights: &[f64]) -> Vec<f64> {
        let mut out = Vec::new();
        for (b, factor) in self.factors.iter().enumerate() {
            let n = factor.ncols();
            let at = out.len();
            out.resize(at + self.field(b).coordinates(n), 0.0);
            add_svec(
                self.field(b),
                Mat::identity(n, n).as_ref(),
                1.0,
                &mut out[at..],
            );
        }
        out.extend(self.orthant.iter().map(|q| f64::from(u8::from(*q > 0.0))));
        let relative = self.free.iter().zip(weights);
        out.extend(relative.map(|(f, w)| if *w > 0.0 { f / w } else { 0.0 }));
        out
    }

    pub(super) fn coordinates(&self, v: Vec<f64>, weights: &[f64]) -> Option<Projected> {
        let (starts, orthant) = self.starts();
        let mut smallest = f64::INFINITY;
        let mut blocks = Vec::with_capacity(self.factors.len());
        for (b, factor) in self.factors.iter().enumerate() {
            let n = factor.ncols();
            let range = starts[b]..starts[b] + self.field(b).coordinates(n);
            let block = smat(self.field(b), n, &v[range]);
            let (values, vectors) = linalg::eigen(block.as_ref(), true)?;
            smallest = values.first().map_or(smallest, |v| smallest.min(*v));
            blocks.push((values, vectors));
        }
        let (q, f) = v[orthant..].split_at(self.orthant.len());
        for (v, now) in q.iter().zip(&self.orthant) {
            if *now > 0.0 {
                smallest = smallest.min(*v);
            }
        }
        Some(Projected {
            blocks,
            orthant: q.to_vec(),
            free: (f.iter().zip(weights).zip(&self.free))
                .zip(&self.unseen)
                .map(|(((v, w), now), unseen)| if *unseen { *now } else { v * w })
                .collect(),
            smallest,
        })
    }

    /// `B V B^H`.
    pub(super) fn point(&self, v: &Projected) -> Point {
        let mut next = Self {
            system: self.system,
            factors: self.factors.clone(),
            orthant: self.orthant.clone(),
            free: self.free.clone(),
            unseen: self.unseen.clone(),
        };
        next.shrink(v);
        next.current()
    }

    /// Goes to `B V B^H`, without the directions in which `V` is next to nothing.
    pub(super) fn shrink(&mut self, v: &Projected) {
        for (b, (values, vectors)) in self.factors.iter_mut().zip(&v.blocks) {
            let kept: Vec<usize> = (0..values.len()).filter(|i| values[*i] >= MARGIN).collect();
            let root = Mat::from_fn(values.len(), kept.len(), |i, j| {
                vectors[(i, kept[j])] * values[kept[j]].sqrt()
            });
            *b = linalg::mul(b.as_ref(), root.as_ref());
        }
        for (q, v) in self.orthant.iter_mut().zip(&v.orthant) {
            *q *= if *v >= MARGIN { *v } else { 0.0 };
        }
        self.free.clone_from(&v.free);
    }

    /// Takes away what contributes next to nothing to all equations; whether there was anything.
    pub(super) fn drop_negligible(&mut self) -> Option<bool> {
        let mut current = self.current();
        let mut shares: Vec<Vec<f64>> = (current.blocks.iter())
            .map(|p| vec![0.0; p.nrows()])
            .collect();
        let mut orthant = vec![0.0_f64; self.orthant.len()];
        for row in &self.system.rows {
            let terms = row.terms(&current);
            if terms == 0.0 {
                continue;
            }
            for (b, a) in &row.blocks {
                let p = &current.blocks[*b];
                let root = |i: usize| p[(i, i)].re.max(0.0).sqrt();
                for i in 0..p.nrows() {
                    let each = (0..p.nrows()).map(|j| a[(i, j)].norm() * root(i) * root(j));
                    let share = each.sum::<f64>() / terms;
                    shares[*b][i] = shares[*b][i].max(share);
                }
            }
            for &(k, a) in &row.orthant {
                orthant[k] = orthant[k].max((a * self.orthant[k]).abs() / terms);
            }
        }
        let mut any = false;
        for (q, share) in self.orthant.iter_mut().zip(&orthant) {
            if *q > 0.0 && *share < NEGLIGIBLE {
                *q = 0.0;
                any = true;
            }
        }
        for (b, shares) in shares.iter().enumerate() {
            let p = &mut current.blocks[b];
            let n = p.nrows();
            let gone = |i: usize| p[(i, i)].re > 0.0 && shares[i] < NEGLIGIBLE;
            let gone: Vec<usize> = (0..n).filter(|i| gone(*i)).collect();
            for &i in &gone {
                for j in 0..n {
                    p[(i, j)] = c64::new(0.0, 0.0);
                    p[(j, i)] = c64::new(0.0, 0.0);
                }
            }
            if !gone.is_empty() {
                self.factors[b] = factor(p, self.system.blocks[b].0)?;
                any = true;
            }
        }
        Some(any)
    }

    /// Takes away the directions that alone contribute next to nothing to all equations; whether there were any.
    pub(super) fn drop_thin(&mut self) -> bool {
        let current = self.current();
        let mut shares: Vec<Vec<f64>> = (self.factors.iter())
            .map(|b| vec![0.0; b.ncols()])
            .collect();
        for row in &self.system.rows {
            let terms = row.terms(&current);
            if terms == 0.0 {
                continue;
            }
            for (index, a) in &row.blocks {
                let b = &self.factors[*index];
                let image = linalg::mul(a.as_ref(), b.as_ref());
                for (k, share) in shares[*index].iter_mut().enumerate() {
                    let each = (0..b.nrows()).map(|i| (b[(i, k)].conj() * image[(i, k)]).re);
                    *share = share.max(each.sum::<f64>().abs() / terms);
                }
            }
        }
        let mut any = false;
        for (b, shares) in self.factors.iter_mut().zip(&shares) {
            let kept: Vec<usize> = (0..b.ncols())
                .filter(|k| shares[*k] >= NEGLIGIBLE)
                .collect();
            if kept.len() < b.ncols() {
                *b = Mat::from_fn(b.nrows(), kept.len(), |i, k| b[(i, kept[k])]);
                any = true;
            }
        }
        any
    }

    /// The face without its metric, and which of the free variables move on it: orthonormal columns, ones.
    pub(super) fn frame(&self, weights: &[f64]) -> Option<(Self, Vec<f64>)> {
        let orthonormal = |b: &Mat<c64>| {
            if b.ncols() == b.nrows() {
                return Mat::identity(b.nrows(), b.nrows());
            }
            linalg::orthonormal_basis(b.as_ref(), 0.0)
        };
        let factors: Vec<Mat<c64>> = self.factors.iter().map(orthonormal).collect();
        let whole = factors.iter().zip(&self.factors);
        let orthant = self.orthant.iter();
        whole
            .clone()
            .all(|(a, b)| a.ncols() == b.ncols())
            .then_some(())?;
        let one = |v: &f64| f64::from(u8::from(*v > 0.0));
        let frame = Self {
            system: self.system,
            factors,
            orthant: orthant.map(one).collect(),
            free: self.free.clone(),
            unseen: self.unseen.clone(),
        };
        Some((frame, weights.iter().map(one).collect()))
    }

    /// Sizes of the equations' data.
    pub(super) fn norms(&self) -> Vec<f64> {
        let norm = |row: &Row| {
            let blocks = row.blocks.iter().map(|(_, a)| linalg::norm(a.as_ref()));
            let rest = row.orthant.iter().chain(&row.free).map(|(_, a)| a.abs());
            blocks.chain(rest).fold(0.0, f64::hypot)
        };
        self.system.rows.iter().map(norm).collect()
    }
}

/// `B` with `B B^H` the part of `P` in the cone. Rows are brought to a common size first, so that
/// small ones keep their digits.
pub(in crate::sdp) fn factor(p: &Mat<c64>, field: Field) -> Option<Mat<c64>> {
    let n = p.nrows();
    let roots: Vec<f64> = (0..n).map(|i| p[(i, i)].re.max(0.0).sqrt()).collect();
    let mut unit = Mat::from_fn(n, n, |i, j| {
        let size = roots[i] * roots[j];
        if size > 0.0 {
            p[(i, j)] / size
        } else {
            c64::new(0.0, 0.0)
        }
    });
    linalg::symmetrise(&mut unit);
    if field == Field::Real {
        unit = Mat::from_fn(n, n, |i, j| c64::new(unit[(i, j)].re, 0.0));
    }
    let (values, vectors) = linalg::eigen(unit.as_ref(), true)?;
    let least = ROUNDING * values.last().copied().unwrap_or(0.0);
    let kept: Vec<usize> = (0..n).filter(|i| values[*i] > least.max(0.0)).collect();
    Some(Mat::from_fn(n, kept.len(), |i, j| {
        vectors[(i, kept[j])] * (roots[i] * values[kept[j]].sqrt())
    }))
}
