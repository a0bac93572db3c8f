//! What a point of the central path proves.

use faer::{Mat, c64};

use super::barrier::Model;
use super::duals::{column_change, slack_change};
use super::path::Centre;
use crate::hermitian::linalg;
use crate::ratio::given_forms::Given;
use crate::ratio::max_min::programs::dual_bound::MarginPoint;
use crate::ratio::proof::{LowerBound, Proven, UpperBound};

/// A bracket of the largest ratio and what goes with it.
pub(super) struct Proof {
    pub(super) lower: LowerBound,
    /// `None` if the multipliers prove nothing.
    pub(super) upper: Option<UpperBound>,
    /// All multipliers of each target, normalised.
    pub(super) multipliers: Vec<Vec<f64>>,
    /// `dτ*/dγ`.
    pub(super) slope: f64,
    /// `Z_k`, normalised: those of the bound.
    pub(super) duals: Vec<Mat<c64>>,
}

/// The bracket that a centre proves. Both ends are found by factorisations that know nothing of the
/// path: below, the columns and multipliers satisfy the inequalities; above, the inverse slacks and
/// prices bound what any forms attain.
/// `None` if not even the columns' own ratio can be proven.
pub(super) fn prove(model: &Model<'_>, centre: &Centre) -> Option<Proof> {
    let (lower, multipliers) = attained(model, centre)?;
    let plain = bound(model, centre, false);
    let corrected = bound(model, centre, true);
    let value = |bound: &Option<UpperBound>| bound.map_or(f64::INFINITY, UpperBound::ratio);
    let (upper, point) = if value(&corrected.0) < value(&plain.0) {
        corrected
    } else {
        plain
    };
    Some(Proof {
        lower,
        upper,
        multipliers,
        slope: point.slope,
        duals: point.dual.multipliers,
    })
}

/// Columns of each target in the problem's units.
pub(super) fn forms(model: &Model<'_>, centre: &Centre) -> Vec<Mat<c64>> {
    let scaled = &model.relaxation.scaled;
    let columns = normalised(model, centre);
    columns
        .iter()
        .map(|c| scaled.unscale_columns(c.as_ref()))
        .collect()
}

/// Columns of each target in normalised coordinates.
fn normalised(model: &Model<'_>, centre: &Centre) -> Vec<Mat<c64>> {
    let basis = model.relaxation.coordinates.basis(0).columns.as_ref();
    (0..model.targets())
        .map(|j| linalg::mul(basis, owned(centre, j).as_ref()))
        .collect()
}

fn owned(centre: &Centre, target: usize) -> Mat<c64> {
    let own: Vec<usize> = (0..centre.point.owners.len())
        .filter(|&i| centre.point.owners[i] == target)
        .collect();
    Mat::from_fn(centre.point.columns.nrows(), own.len(), |r, c| {
        centre.point.columns[(r, own[c])]
    })
}

fn attained(model: &Model<'_>, centre: &Centre) -> Option<(LowerBound, Vec<Vec<f64>>)> {
    let relaxation = model.relaxation;
    let forms = forms(model, centre);
    let given = Given::new(relaxation.problem, &forms);
    let ratio = centre.point.ratio();
    let mut proofs = Vec::with_capacity(model.targets());
    for (k, target) in relaxation.scaled.targets.iter().enumerate() {
        let mut multipliers = vec![0.0; target.constraints.len()];
        for (constraint, &value) in model.constraints[k]
            .iter()
            .zip(&centre.point.multipliers[k])
        {
            multipliers[constraint.index] = value;
        }
        let found = given.proven(k, ratio, &multipliers, Proven::nothing());
        if found.ratio() <= 0.0 {
            return None;
        }
        proofs.push(found);
    }
    Some(relaxation.common(&proofs))
}

/// An upper bound with `Z_k = S_k^{-1}/t` and `p_m = 1/(t unused_m)`, which are dual feasible at a
/// centre; or with their first-order change along the Newton step that remains, which is what makes
/// them so to second order near one.
fn bound(model: &Model<'_>, centre: &Centre, corrected: bool) -> (Option<UpperBound>, MarginPoint) {
    let relaxation = model.own();
    let change = column_change(&centre.point, &centre.step);
    let duals = (0..model.targets())
        .map(|k| {
            let v = &centre.interior.slacks[k].inverse;
            let mut z = v.clone();
            if corrected {
                let ds = slack_change(
                    model,
                    &centre.point,
                    &centre.interior,
                    &centre.step,
                    k,
                    &change,
                );
                let half = linalg::mul(v.as_ref(), ds.as_ref());
                z -= linalg::mul(half.as_ref(), v.as_ref());
                linalg::project(&mut z, model.field(k));
                if linalg::cholesky(z.as_ref()).is_none() {
                    z = v.clone();
                }
            }
            z * faer::Scale(c64::new(1.0 / centre.t, 0.0))
        })
        .collect();
    let prices: Vec<f64> = model
        .budgets
        .iter()
        .zip(&centre.interior.unused)
        .map(|(form, unused)| {
            let image = linalg::mul(form.as_ref(), centre.point.columns.as_ref());
            let change = 2.0 * linalg::inner(image.as_ref(), change.as_ref()) / unused;
            let correction = if corrected { change } else { 0.0 };
            ((1.0 + correction) / (unused * centre.t)).max(0.0)
        })
        .collect();
    let dual = relaxation.dual_point(duals, &prices);
    let point = MarginPoint {
        ratio: centre.point.ratio(),
        forms: Vec::new(),
        multipliers: Vec::new(),
        margin: dual.price(),
        slope: slope(centre, &dual.multipliers),
        dual,
    };
    (relaxation.ratio_bound(&point), point)
}

/// `dτ*/dγ = -Σ_k <Z_k, Σ_{i∉k} b_i b_i^H>`.
fn slope(centre: &Centre, multipliers: &[Mat<c64>]) -> f64 {
    let mut slope = 0.0;
    for (k, (slack, z)) in centre.interior.slacks.iter().zip(multipliers).enumerate() {
        let seen = linalg::mul(z.as_ref(), slack.images.as_ref());
        for (i, _) in (centre.point.owners.iter().enumerate()).filter(|(_, owner)| **owner != k) {
            let (image, seen) = (
                slack.images.as_ref().subcols(i, 1),
                seen.as_ref().subcols(i, 1),
            );
            slope -= linalg::inner(image, seen);
        }
    }
    slope
}
