//! Estimates of the multipliers, and how they follow a step.

use faer::{Mat, c64};

use super::barrier::{Duals, Interior, Model, Point};
use crate::hermitian::linalg;

/// The estimates after a full Newton step `(dx, dμ, d log γ)`, to first order
/// `S^{-1} - (Z dS S^{-1} + S^{-1} dS Z)/2` and likewise for the others, as far as that leaves them
/// positive; otherwise those of a centre at `next`.
pub(super) fn moved(
    model: &Model<'_>,
    point: &Point,
    interior: &Interior,
    step: &[f64],
    next: &Interior,
) -> Duals {
    let change = column_change(point, step);
    let mut duals = next.duals.clone();
    let mut first = 2 * model.dimension() * point.owners.len();
    for k in 0..model.targets() {
        let ds = slack_change(model, point, interior, step, k, &change);
        let v = &interior.slacks[k].inverse;
        let z = &interior.duals.matrices[k];
        let half = linalg::mul(linalg::mul(z.as_ref(), ds.as_ref()).as_ref(), v.as_ref());
        let mut target = v - &half;
        linalg::project(&mut target, model.field(k));
        let mut share = 1.0;
        for _ in 0..4 {
            let tried = &target * faer::Scale(c64::new(share, 0.0))
                + z * faer::Scale(c64::new(1.0 - share, 0.0));
            if linalg::cholesky(tried.as_ref()).is_some() {
                duals.matrices[k] = tried;
                break;
            }
            share *= 0.7;
        }
        for (l, &value) in point.multipliers[k].iter().enumerate() {
            if model.constraints[k][l].free {
                continue;
            }
            let z = interior.duals.signs[k][l];
            let target = (1.0 - z * step[first + l]) / value;
            duals.signs[k][l] = target.max(0.1 * z);
        }
        first += model.constraints[k].len();
    }
    for (m, form) in model.budgets.iter().enumerate() {
        let image = linalg::mul(form.as_ref(), point.columns.as_ref());
        let used = 2.0 * linalg::inner(image.as_ref(), change.as_ref());
        let z = interior.duals.prices[m];
        duals.prices[m] = ((1.0 + z * used) / interior.unused[m]).max(0.1 * z);
    }
    duals
}

impl Duals {
    /// For another weight of the barrier.
    pub(super) fn scale(&mut self, factor: f64) {
        let by = faer::Scale(c64::new(factor, 0.0));
        self.matrices.iter_mut().for_each(|z| *z *= by);
        (self.signs.iter_mut().flatten()).for_each(|z| *z *= factor);
        self.prices.iter_mut().for_each(|z| *z *= factor);
    }
}

/// The columns' part of a step.
pub(super) fn column_change(point: &Point, step: &[f64]) -> Mat<c64> {
    let n = point.columns.nrows();
    Mat::from_fn(n, point.owners.len(), |r, i| {
        c64::new(step[2 * n * i + r], step[2 * n * i + n + r])
    })
}

/// The first-order change of a slack along a step.
pub(super) fn slack_change(
    model: &Model<'_>,
    point: &Point,
    interior: &Interior,
    step: &[f64],
    k: usize,
    change: &Mat<c64>,
) -> Mat<c64> {
    let images = interior.slacks[k].images.as_ref();
    let moved = linalg::mul(model.factors[k].as_ref(), change.as_ref());
    let weighted = Mat::from_fn(moved.nrows(), moved.ncols(), |r, i| {
        moved[(r, i)] * (2.0 * point.weight(k, i))
    });
    // Its Hermitian part is the change by the columns.
    let mut ds = linalg::mul_adjoint_right(weighted.as_ref(), images);
    linalg::project(&mut ds, model.field(k));
    let last = step.last().copied().unwrap_or(0.0);
    ds += model.unwanted(point, k, images) * faer::Scale(c64::new(-point.ratio() * last, 0.0));
    let first = 2 * model.dimension() * point.owners.len()
        + model.constraints[..k].iter().map(Vec::len).sum::<usize>();
    for (l, constraint) in model.constraints[k].iter().enumerate() {
        for &(p, q, entry) in &constraint.entries {
            ds[(p, q)] += entry * step[first + l];
        }
    }
    linalg::project(&mut ds, model.field(k));
    ds
}
