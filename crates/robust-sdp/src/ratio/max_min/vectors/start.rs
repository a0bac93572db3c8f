//! A strictly feasible point to start from.

use faer::linalg::solvers::SolveCore;
use faer::{Conj, Mat, c64};

use super::barrier::{Model, Point};
use crate::hermitian::linalg;
use crate::ratio::RobustError;
use crate::ratio::given_forms::worst_case;
use crate::ratio::normalised::NormalisedProblem;
use crate::ratio::proof::certificate::used_budget;
use crate::sdp::SdpSolver;

/// What is given up of what simple vectors attain, to start from inside of all inequalities.
const ROOM: f64 = 0.5;

/// From simple vectors with a positive worst case: zero-forcing ones, or those along the nominal
/// vectors, whichever attain more. `None` if neither attain anything.
pub(super) fn start(
    model: &Model<'_>,
    solver: &dyn SdpSolver,
) -> Result<Option<Point>, RobustError> {
    let relaxation = model.relaxation;
    let mut candidates: Vec<Vec<Mat<c64>>> =
        relaxation.zero_forcing_columns().into_iter().collect();
    candidates.push(matched(&relaxation.scaled, solver)?);
    let mut best = None;
    let mut most = 0.0;
    let mut failure = None;
    for columns in candidates {
        match relaxation.attained_by(&columns, solver) {
            Ok((ratio, multipliers)) if ratio > most => {
                most = ratio;
                best = Some((columns, multipliers));
            }
            Ok(_) => {}
            Err(error) if error.is_cancellation() => return Err(error),
            Err(error) => failure = Some(error),
        }
    }
    match (best, failure) {
        (Some((columns, multipliers)), _) => Ok(inside(model, &columns, &multipliers, most)),
        (None, Some(error)) => Err(error),
        (None, None) => Ok(None),
    }
}

/// Vectors along the nominal ones, in all groups, or where the errors leave nothing of that in the
/// one group where they leave most.
fn matched(
    scaled: &NormalisedProblem,
    solver: &dyn SdpSolver,
) -> Result<Vec<Mat<c64>>, RobustError> {
    let n = scaled.coordinate_scale.len();
    let mut columns = Vec::with_capacity(scaled.targets.len());
    for target in &scaled.targets {
        let nominal = target.nominal();
        let part = |range: &std::ops::Range<usize>| {
            let length = linalg::norm(nominal.subrows(range.start, range.len()));
            Mat::from_fn(n, 1, |i, _| {
                if range.contains(&i) {
                    nominal[(i, 0)] * (1.0 / length.max(f64::MIN_POSITIVE))
                } else {
                    c64::new(0.0, 0.0)
                }
            })
        };
        let parts: Vec<Mat<c64>> = scaled.ranges.iter().map(part).collect();
        let whole = nominal.to_owned();
        // Alone, without the others' interference.
        let alone = |column: &Mat<c64>| {
            worst_case(target, std::slice::from_ref(column), 0, solver).map(|w| w.ratio)
        };
        let mut best = whole;
        let mut most = alone(&best)?;
        if most <= 0.0 {
            for column in parts {
                let ratio = alone(&column)?;
                if ratio > most {
                    most = ratio;
                    best = column;
                }
            }
        }
        columns.push(best);
    }
    let used = used_budget(scaled, &columns);
    let scale = faer::Scale(c64::new(1.0 / used.sqrt(), 0.0));
    columns.iter_mut().for_each(|c| *c *= scale);
    Ok(columns)
}

/// Strictly inside: a share [`ROOM`] of the power, of the multipliers and twice of the ratio is given up. The corner
/// of each inequality gains more than that share of its floor by it, and half of the gain goes to multipliers, which makes
/// all other directions of the inequality positive too.
fn inside(
    model: &Model<'_>,
    columns: &[Mat<c64>],
    multipliers: &[Vec<f64>],
    ratio: f64,
) -> Option<Point> {
    let kept = 1.0 - ROOM;
    let basis = model.relaxation.coordinates.basis(0).columns.as_ref();
    let mut x = Mat::from_fn(basis.nrows(), columns.len(), |i, j| {
        columns[j][(i, 0)] * kept.sqrt()
    });
    basis
        .partial_piv_lu()
        .solve_in_place_with_conj(Conj::No, x.as_mut());
    let multipliers = (0..model.targets())
        .map(|k| {
            let list = &model.constraints[k];
            let more = 0.5 * ROOM * kept * model.floor(k) * ratio / list.len().max(1) as f64;
            list.iter()
                .map(|c| kept * multipliers[k][c.index] + more)
                .collect()
        })
        .collect();
    let mut point = Point {
        columns: x,
        owners: (0..columns.len()).collect(),
        multipliers,
        log_ratio: (kept * kept * ratio).ln(),
    };
    for _ in 0..40 {
        if model.barrier(&point).is_some() {
            return Some(point);
        }
        point.log_ratio -= 1.0;
    }
    None
}
