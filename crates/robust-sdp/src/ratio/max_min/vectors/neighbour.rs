//! A start from the solution of a similar problem.
//!
//! The columns stay as they are. Where error blocks grow by factors `ρ_l`, the ratio by `c` and multipliers by
//! `c ρ_l²`, the inequality `S` becomes `D (c S + (1 - c) B^H W B) D` with `D = diag(ρ_1 I, .., 1)` but for its corner:
//! for `c ≤ 1` as positive as it was. The corner has as much left as before if the ratio's and the multipliers' share of it
//! costs no more than before, which determines `c`.

use faer::{Mat, c64};

use super::barrier::{Model, Point};
use super::start::{Start, point_of};
use crate::hermitian::linalg;
use crate::ratio::max_min::solution::Neighbour;
use crate::ratio::normalised::{NormalisedProblem, NormalisedTarget};

/// Columns that a target may bring along.
const MOST_COLUMNS: usize = 2;

/// The neighbour's point in this problem, with a gap as large as the change of the ratio; `None` if it
/// does not fit or lies too far away.
pub(super) fn carried(model: &Model<'_>, neighbour: &Neighbour<'_>) -> Option<Start> {
    let Neighbour {
        problem,
        point: known,
    } = neighbour;
    let scaled = &model.relaxation.scaled;
    let theirs = NormalisedProblem::new(problem);
    let fit = |g: &Mat<c64>| {
        g.nrows() == scaled.coordinate_scale.len() && (1..=MOST_COLUMNS).contains(&g.ncols())
    };
    let fits = known.ratio > 0.0
        && known.forms.len() == model.targets()
        && theirs.targets.len() == model.targets()
        && known.multipliers.len() == model.targets()
        && known.forms.iter().all(fit);
    if !fits {
        return None;
    }
    let multipliers: Vec<Vec<f64>> = (0..model.targets())
        .map(|k| {
            let unit = theirs.multiplier_unit(problem, k, known.ratio);
            grown(model, k, &theirs.targets[k], &known.multipliers[k], unit)
        })
        .collect::<Option<_>>()?;
    let columns: Vec<Mat<c64>> = (known.forms.iter())
        .map(|g| theirs.scale_columns(g.as_ref()))
        .collect();
    let point = point_of(model, &columns, 1.0, multipliers, known.ratio);
    let mut shrink = affordable(model, &point, neighbour, &theirs, &columns);
    while shrink.ln().abs() < model.policy.neighbour_distance {
        let mut point = point.clone();
        point.log_ratio += shrink.ln();
        (point.multipliers.iter_mut().flatten()).for_each(|m| *m *= shrink);
        if model.barrier(&point).is_some() {
            let t = model.degree() / shrink.ln().abs().max(model.policy.useful_gap);
            return Some(Start { point, t });
        }
        shrink *= 0.99;
    }
    None
}

/// The multipliers of target `k`, in the order of the model's constraints, for blocks of another size.
fn grown(
    model: &Model<'_>,
    k: usize,
    theirs: &NormalisedTarget,
    multipliers: &[f64],
    unit: f64,
) -> Option<Vec<f64>> {
    let ours = &model.relaxation.scaled.targets[k];
    if ours.blocks != theirs.blocks
        || ours.constraints.len() != theirs.constraints.len()
        || multipliers.len() != ours.constraints.len()
    {
        return None;
    }
    let corner = ours.side() - 1;
    (model.constraints[k].iter())
        .map(|constraint| {
            let size = |target: &NormalisedTarget| -> f64 {
                let own = constraint
                    .entries
                    .iter()
                    .filter(|(p, q, _)| p == q && *p != corner);
                own.map(|&(p, _, _)| linalg::norm(target.factor.as_ref().subcols(p, 1)).powi(2))
                    .sum()
            };
            let growth = if constraint.is_diagonal() {
                size(ours) / size(theirs)
            } else {
                1.0
            };
            let value = multipliers[constraint.index] / unit * growth;
            (value.is_finite() && (value > 0.0 || constraint.free)).then_some(value)
        })
        .collect()
}

/// The largest factor of ratio and multipliers that leaves each corner as much as it had.
fn affordable(
    model: &Model<'_>,
    point: &Point,
    neighbour: &Neighbour<'_>,
    theirs: &NormalisedProblem,
    columns: &[Mat<c64>],
) -> f64 {
    let Neighbour {
        problem,
        point: known,
    } = neighbour;
    let ratio = known.ratio;
    let corner = |m: &Mat<c64>| m[(m.nrows() - 1, m.nrows() - 1)].re;
    let mut factor = f64::INFINITY;
    for (k, target) in theirs.targets.iter().enumerate() {
        let mut before = target.ratio_matrix(columns, k, ratio);
        let unit = theirs.multiplier_unit(problem, k, ratio);
        target.add_multipliers(&mut before, &known.multipliers[k], unit);
        let before = corner(&before) - target.floor * ratio;
        let images = linalg::mul(model.factors[k].as_ref(), point.columns.as_ref());
        let now = corner(&model.slack(point, k, images.as_ref()));
        let last = images.nrows() - 1;
        let signal: f64 = (0..point.owners.len())
            .filter(|&i| point.owners[i] == k)
            .map(|i| images[(last, i)].norm_sqr())
            .sum();
        factor = factor.min((signal - before) / (signal - now));
    }
    factor
}
