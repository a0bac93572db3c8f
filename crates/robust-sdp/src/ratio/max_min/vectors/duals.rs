//! Estimates of the multipliers, and how they follow a step.

use faer::{Mat, c64};

use super::barrier::{Duals, Interior, Model, Point};
use crate::hermitian::linalg;

/// The estimates after a step that would lead to `full`, by the changes `ΔS`, `Δμ` of the slacks and multipliers
/// on the way there: `S^{-1} - (Z ΔS S^{-1} + S^{-1} ΔS Z)/2` and likewise for the others, as far as
/// that leaves them positive; otherwise those of a centre at `next`.
pub(super) fn moved(
    model: &Model<'_>,
    point: &Point,
    interior: &Interior,
    full: &Point,
    next: &Interior,
) -> Duals {
    let mut duals = next.duals.clone();
    for k in 0..model.targets() {
        let ds = slack_difference(model, interior, full, k);
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
            let change = full.multipliers[k][l] - value;
            duals.signs[k][l] = ((1.0 - z * change) / value).max(0.1 * z);
        }
    }
    let change = &full.columns - &point.columns;
    let middle = &full.columns + &point.columns;
    for (m, form) in model.budgets.iter().enumerate() {
        let image = linalg::mul(form.as_ref(), middle.as_ref());
        let used = linalg::inner(image.as_ref(), change.as_ref());
        let z = interior.duals.prices[m];
        duals.prices[m] = ((1.0 + z * used) / interior.unused[m]).max(0.1 * z);
    }
    duals
}

/// The change of a slack from `point` to `next`.
fn slack_difference(model: &Model<'_>, interior: &Interior, next: &Point, k: usize) -> Mat<c64> {
    let images = linalg::mul(model.factors[k].as_ref(), next.columns.as_ref());
    model.slack(next, k, images.as_ref()) - &interior.slacks[k].matrix
}

/// What the second-order change `E` of the slacks along a step adds to the gradient:
/// `Re Tr(S^{-1} E Z dS)` in the direction of `dS`, and likewise for the budgets.
pub(super) fn curvature_residual(
    model: &Model<'_>,
    point: &Point,
    interior: &Interior,
    step: &[f64],
) -> Vec<f64> {
    let (n, q) = (model.dimension(), point.owners.len());
    let change = column_change(point, step);
    let next = super::barrier::moved(point, step, 1.0);
    let mut columns = Mat::<c64>::zeros(n, q);
    let mut scalars: Vec<f64> = Vec::new();
    let mut by_ratio = 0.0;
    for k in 0..model.targets() {
        let slack = &interior.slacks[k];
        let mut e = slack_difference(model, interior, &next, k);
        e -= slack_change(model, point, interior, step, k, &change);
        let half = linalg::mul(slack.inverse.as_ref(), e.as_ref());
        let mut m = linalg::mul(half.as_ref(), interior.duals.matrices[k].as_ref());
        linalg::project(&mut m, model.field(k));
        let images = linalg::mul(m.as_ref(), slack.images.as_ref());
        let along = linalg::mul_adjoint_left(model.factors[k].as_ref(), images.as_ref());
        for i in 0..q {
            let weight = 2.0 * point.weight(k, i);
            for r in 0..n {
                columns[(r, i)] += along[(r, i)] * weight;
            }
        }
        for constraint in &model.constraints[k] {
            let entries = constraint.entries.iter();
            scalars.push(entries.map(|&(r, c, a)| (m[(r, c)].conj() * a).re).sum());
        }
        let unwanted = model.unwanted(point, k, slack.images.as_ref());
        by_ratio -= point.ratio() * linalg::inner(m.as_ref(), unwanted.as_ref());
    }
    for (m, form) in model.budgets.iter().enumerate() {
        let used = linalg::mul(form.as_ref(), change.as_ref());
        let second = linalg::inner(used.as_ref(), change.as_ref());
        let weight = 2.0 * second * interior.duals.prices[m] / interior.unused[m];
        columns +=
            linalg::mul(form.as_ref(), point.columns.as_ref()) * faer::Scale(c64::new(weight, 0.0));
    }
    let mut residual: Vec<f64> = Vec::with_capacity(step.len());
    for i in 0..q {
        residual.extend((0..n).map(|r| columns[(r, i)].re));
        residual.extend((0..n).map(|r| columns[(r, i)].im));
    }
    residual.extend(scalars);
    residual.push(by_ratio);
    residual
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
