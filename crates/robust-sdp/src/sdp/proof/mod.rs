//! Exact certificates next to those that a solver finds.
//!
//! A solver's certificate misses its equations by a little, and then proves nothing of points that are large
//! enough. The question is whether an exact one is near. Near is meant in the certificate's own metric: with
//! `P = B B^H` in the cone, the candidates are `B V B^H`, and `V` is the identity projected on the
//! solutions of the equations, `V ∈ null(M^T)`, the columns of `M` being the `B^H A_e B`. If `V` is positive
//! definite, by a margin that rounding cannot bridge, and the functional stays negative, an exact
//! certificate exists. None of this depends on the units of anything.
//!
//! Where exact certificates are on the boundary of the cone, `V` is singular: the
//! directions it leaves out are taken from `B`, and the rest is projected again.
//!
//! One trap is left. In the metric, equations may look dependent because what tells them apart is
//! small: `Z_11 + Z_22 = z` and `Z_11 - Z_22 = -z` with a tiny `Z_11` that has to vanish. So the
//! rank in the metric has to be the rank of the data themselves on the same face; if it is less,
//! what is negligible is taken away, or nothing is proven.

mod face;

use faer::Mat;

use super::homogeneous::{Point, System};
use face::Face;
pub(super) use face::factor;

/// Least eigenvalue of `V`: rounding errors of the projection are far below.
const MARGIN: f64 = 1e-3;

/// Least part of the given certificate's functional that has to be left.
const KEPT: f64 = 1e-3;

/// Coefficients smaller than this part of their terms are rounding errors.
const ROUNDING: f64 = 1e-14;

/// Relative size of the smallest independent part of an equation, in the metric and in the data.
/// Smaller ones count for dependence in the one and against it in the other.
const INDEPENDENT: [f64; 2] = [1e-11, 1e-14];

/// Least functional, as a part of its terms, where equations vanish on the face up to rounding. A face that is
/// turned by an angle `θ` changes such an equation by `θ²` and the functional by `θ`: what the
/// root of a rounding error may have made proves nothing.
const SIGNIFICANT: f64 = 1e-5;

/// An exact certificate next to `point`, whose functional is negative.
pub(super) fn nearby(system: &System, point: &Point) -> Option<Point> {
    let value = system.functional.value(point);
    if value >= 0.0 {
        return None;
    }
    let natural: Vec<f64> = system.rows.iter().map(|row| row.terms(point)).collect();
    let mut face = Face::new(system, point)?;
    // Every round that does not end this makes the face smaller.
    let rounds = system.orthant + system.blocks.iter().map(|b| b.1).sum::<usize>();
    for _ in 0..=2 * rounds {
        let weights = face.free_weights(&natural);
        let metric = face.columns(&natural, &weights);
        let range = Range::new(metric, INDEPENDENT[0])?;
        if range.rank < system.rows.len() {
            let (frame, moving) = face.frame(&weights)?;
            let data = frame.columns(&frame.norms(), &moving);
            if Range::new(data, INDEPENDENT[1])?.rank > range.rank {
                if !(face.drop_negligible()? || face.drop_thin()) {
                    return None;
                }
                continue;
            }
        }
        let v = face.coordinates(range.complement(&face.identity(&weights)), &weights)?;
        if !v.smallest.is_finite() {
            return None;
        }
        if v.smallest >= MARGIN {
            let found = face.point(&v);
            let complete = range.rank == system.rows.len();
            let uncertain = ROUNDING / range.smallest;
            let part = if complete {
                uncertain
            } else {
                uncertain.max(SIGNIFICANT)
            };
            let terms = system
                .functional
                .terms(point)
                .max(system.functional.terms(&found));
            let least = (-KEPT * value).max(part * terms);
            return (system.functional.value(&found) <= -least).then_some(found);
        }
        face.shrink(&v);
        if face.is_empty() {
            return None;
        }
    }
    None
}

/// Orthonormal basis of the range of a matrix.
struct Range {
    basis: Mat<f64>,
    rank: usize,
    /// The smallest independent part of a column.
    smallest: f64,
}

impl Range {
    /// Columns (of length one) whose independent part is smaller than `tolerance` are dependent.
    fn new(a: Mat<f64>, tolerance: f64) -> Option<Self> {
        if a.ncols() == 0 || a.nrows() == 0 {
            return Some(Self {
                basis: Mat::zeros(a.nrows(), 0),
                rank: 0,
                smallest: 1.0,
            });
        }
        let qr = a.col_piv_qr();
        let r = qr.thin_R();
        let rank = (0..r.nrows())
            .take_while(|i| r[(*i, *i)].abs() > tolerance)
            .count();
        let q = qr.compute_thin_Q();
        let finite = (0..q.ncols()).all(|j| (0..q.nrows()).all(|i| q[(i, j)].is_finite()));
        finite.then(|| Self {
            basis: q.as_ref().subcols(0, rank).to_owned(),
            rank,
            smallest: rank.checked_sub(1).map_or(1.0, |i| r[(i, i)].abs()),
        })
    }

    /// What of a vector is orthogonal to the range; twice, for the digits.
    fn complement(&self, v: &[f64]) -> Vec<f64> {
        let mut out = v.to_vec();
        for _ in 0..2 {
            for j in 0..self.rank {
                let column = self.basis.col(j);
                let along: f64 = (0..out.len()).map(|i| column[i] * out[i]).sum();
                (0..out.len()).for_each(|i| out[i] -= along * column[i]);
            }
        }
        out
    }
}
