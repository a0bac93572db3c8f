//! Newton's method on the barrier problem.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt;
use faer::{Mat, Par};

use super::barrier::{Interior, Model, Point};
use super::duals;
use super::restriction::Embedding;
use super::system::{Curvature, System};

/// A factored Hessian.
pub(super) struct Factored<'a> {
    /// Of the Hessian, in the unknowns of restricted columns if they are, scaled to a unit diagonal.
    factor: Mat<f64>,
    scale: Vec<f64>,
    gradient: Vec<f64>,
    embedding: Option<Embedding<'a>>,
}

/// Relative shifts of the diagonal, tried in turn. Far from the path the exact Hessian may have negative
/// curvatures; shifted past them it still follows a curved valley that the convex one, which leaves
/// them out, crawls along. Where it would take a shift that drowns the rest, the convex one is taken, with
/// whatever shift that needs.
const SHIFTS: [f64; 13] = [
    0.0, 1e-15, 1e-13, 1e-11, 1e-9, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0,
];
const EXACT_SHIFTS: usize = 11;

impl<'a> Factored<'a> {
    /// Derivatives at a point, factored: exact ones unless they are far from convex. `None` if they are
    /// not finite.
    pub(super) fn new(model: &'a Model<'_>, point: &Point, interior: &Interior) -> Option<Self> {
        let exact = System::new(model, point, interior, Curvature::Exact)?;
        if let Some(factored) = Self::factor(model, exact, point, &SHIFTS[..EXACT_SHIFTS]) {
            return Some(factored);
        }
        let convex = System::new(model, point, interior, Curvature::Convex)?;
        Self::factor(model, convex, point, &SHIFTS)
    }

    fn factor(model: &'a Model<'_>, system: System, point: &Point, shifts: &[f64]) -> Option<Self> {
        let System {
            gradient,
            mut hessian,
        } = system;
        let restriction = model.restriction.as_ref();
        fix_phases(&mut hessian, point, |owner| {
            restriction.is_none_or(|r| r.turns(owner))
        });
        let embedding = restriction.map(|r| r.of(&point.owners, gradient.len()));
        if let Some(embedding) = &embedding {
            hessian = embedding.congruence(&hessian);
        }
        let size = hessian.nrows();
        let scale: Vec<f64> = (0..size)
            .map(|i| 1.0 / hessian[(i, i)].abs().max(f64::MIN_POSITIVE).sqrt())
            .collect();
        if scale.iter().chain(&gradient).any(|v| !v.is_finite()) {
            return None;
        }
        for c in 0..size {
            for r in c..size {
                hessian[(r, c)] *= scale[r] * scale[c];
            }
        }
        let mut buffer = MemBuffer::new(llt::factor::cholesky_in_place_scratch::<f64>(
            size,
            Par::Seq,
            Default::default(),
        ));
        let mut factor = Mat::<f64>::zeros(size, size);
        for &shift in shifts {
            for c in 0..size {
                let (from, to) = (hessian.col_as_slice(c), factor.col_as_slice_mut(c));
                to[c..].copy_from_slice(&from[c..]);
                to[c] += shift;
            }
            let done = llt::factor::cholesky_in_place(
                factor.as_mut(),
                Default::default(),
                Par::Seq,
                MemStack::new(&mut buffer),
                Default::default(),
            );
            if done.is_ok() && (0..size).all(|i| factor[(i, i)].is_finite()) {
                return Some(Self {
                    factor,
                    scale,
                    gradient,
                    embedding,
                });
            }
        }
        None
    }

    /// `-H^{-1} ∇f` at the barrier's weight `1/t`, and the Newton decrement `∇f^T H^{-1} ∇f`.
    pub(super) fn centring(&self, t: f64) -> (Vec<f64>, f64) {
        let mut gradient = self.gradient.clone();
        *gradient.last_mut().unwrap_or(&mut 0.0) -= t;
        let step = self.solve(gradient.iter().map(|g| -g).collect());
        let decrement = -dot(&gradient, &step);
        (step, decrement)
    }

    /// `H^{-1} e`, `e` the direction of the ratio: the tangent of the central path by `t`.
    pub(super) fn tangent(&self) -> Vec<f64> {
        let mut e = vec![0.0; self.gradient.len()];
        *e.last_mut().unwrap_or(&mut 0.0) = 1.0;
        self.solve(e)
    }

    /// What a step lacks because the inequalities are quadratic in the columns: the second-order term of the
    /// arc along which they behave as the step assumes.
    pub(super) fn correction(
        &self,
        model: &Model<'_>,
        point: &Point,
        interior: &Interior,
        step: &[f64],
    ) -> Vec<f64> {
        let residual = duals::curvature_residual(model, point, interior, step);
        self.solve(residual.iter().map(|r| -r).collect())
    }

    fn solve(&self, b: Vec<f64>) -> Vec<f64> {
        match &self.embedding {
            Some(embedding) => embedding.up(&self.solve_unknowns(embedding.down(&b))),
            None => self.solve_unknowns(b),
        }
    }

    fn solve_unknowns(&self, mut b: Vec<f64>) -> Vec<f64> {
        for (v, s) in b.iter_mut().zip(&self.scale) {
            *v *= s;
        }
        let mut column = Mat::from_fn(b.len(), 1, |i, _| b[i]);
        faer::linalg::triangular_solve::solve_lower_triangular_in_place(
            self.factor.as_ref(),
            column.as_mut(),
            Par::Seq,
        );
        faer::linalg::triangular_solve::solve_upper_triangular_in_place(
            self.factor.transpose(),
            column.as_mut(),
            Par::Seq,
        );
        (0..b.len())
            .map(|i| column[(i, 0)] * self.scale[i])
            .collect()
    }
}

/// Nothing depends on the phase of a column of a target that may turn: gives that direction the mean curvature of its
/// column. The gradient has no part in it, so no step changes.
fn fix_phases(hessian: &mut Mat<f64>, point: &Point, turns: impl Fn(usize) -> bool) {
    let n = point.columns.nrows();
    for i in (0..point.owners.len()).filter(|&i| turns(point.owners[i])) {
        let first = 2 * n * i;
        // j x_i
        let phase: Vec<f64> = (0..n)
            .map(|r| -point.columns[(r, i)].im)
            .chain((0..n).map(|r| point.columns[(r, i)].re))
            .collect();
        let square = dot(&phase, &phase);
        if square == 0.0 {
            continue;
        }
        // In the metric of the diagonal, which may vanish just along the phase.
        let diagonal: Vec<f64> = (0..2 * n)
            .map(|r| hessian[(first + r, first + r)].abs())
            .collect();
        let least = 1e-3 * diagonal.iter().sum::<f64>() / diagonal.len() as f64;
        let diagonal: Vec<f64> = diagonal.iter().map(|d| d.max(least)).collect();
        let weighted: Vec<f64> = phase.iter().zip(&diagonal).map(|(p, d)| p * d).collect();
        let total = dot(&phase, &weighted);
        for c in 0..2 * n {
            for r in c..2 * n {
                hessian[(first + r, first + c)] += weighted[r] * weighted[c] / total;
            }
        }
    }
}

/// `a + weight b`.
pub(super) fn combined(a: &[f64], weight: f64, b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(x, y)| x + weight * y).collect()
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
