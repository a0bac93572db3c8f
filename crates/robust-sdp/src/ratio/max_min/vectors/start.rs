//! A strictly feasible point to start from.

use faer::linalg::solvers::SolveCore;
use faer::{Conj, Mat, c64};

use super::barrier::{Model, Point};
use crate::ratio::MaxMinSolution;
use crate::hermitian::linalg;
use crate::ratio::RobustError;
use crate::ratio::given_forms::worst_case;
use crate::ratio::max_min::programs::relaxation::Relaxation;
use crate::ratio::normalised::NormalisedProblem;
use crate::ratio::proof::certificate::used_budget;
use crate::sdp::SdpSolver;

/// What is given up of what simple vectors attain, to start from inside of all inequalities; and of what the
/// forms of a neighbouring problem do.
const ROOM: f64 = 0.5;
const NEIGHBOURS_ROOM: f64 = 0.1;

/// Columns that a target may bring along from a neighbouring problem.
const MOST_COLUMNS: usize = 2;

/// A point inside all inequalities, and the gap at which to take up the path there.
pub(super) struct Start {
    pub(super) point: Point,
    pub(super) gap: f64,
}

/// From the forms of a neighbouring problem, if these attain anything here; else from simple vectors with a
/// positive worst case: zero-forcing ones, or those along the nominal vectors, whichever attain more.
/// `None` if nothing attains anything.
pub(super) fn start(
    model: &Model<'_>,
    neighbour: Option<&MaxMinSolution>,
    solver: &dyn SdpSolver,
) -> Result<Option<Start>, RobustError> {
    let relaxation = model.relaxation;
    if let Some(columns) = neighbour.and_then(|found| inherited(model, found)) {
        match most_attaining(relaxation, vec![columns], solver) {
            Ok(Some(best)) => {
                let started = inside(model, &best, NEIGHBOURS_ROOM);
                if started.is_some() {
                    return Ok(started);
                }
            }
            Err(error) if error.is_cancellation() => return Err(error),
            // Only a better start is lost.
            Ok(None) | Err(_) => {}
        }
    }
    let mut candidates: Vec<Vec<Mat<c64>>> =
        relaxation.zero_forcing_columns().into_iter().collect();
    candidates.push(matched(&relaxation.scaled, solver)?);
    let best = most_attaining(relaxation, candidates, solver)?;
    Ok(best.and_then(|best| inside(model, &best, ROOM)))
}

/// Columns in normalised coordinates with what they attain.
struct Attaining {
    columns: Vec<Mat<c64>>,
    ratio: f64,
    multipliers: Vec<Vec<f64>>,
}

/// The candidates that attain most; `None` if none attain anything.
fn most_attaining(
    relaxation: &Relaxation<'_>,
    candidates: Vec<Vec<Mat<c64>>>,
    solver: &dyn SdpSolver,
) -> Result<Option<Attaining>, RobustError> {
    let mut best: Option<Attaining> = None;
    let mut failure = None;
    for columns in candidates {
        match relaxation.attained_by(&columns, solver) {
            Ok((ratio, multipliers)) if ratio > best.as_ref().map_or(0.0, |b| b.ratio) => {
                best = Some(Attaining {
                    columns,
                    ratio,
                    multipliers,
                });
            }
            Ok(_) => {}
            Err(error) if error.is_cancellation() => return Err(error),
            Err(error) => failure = Some(error),
        }
    }
    match (best, failure) {
        (None, Some(error)) => Err(error),
        (best, _) => Ok(best),
    }
}

/// The forms of a neighbouring problem, if they fit this one, within its budgets.
fn inherited(model: &Model<'_>, neighbour: &MaxMinSolution) -> Option<Vec<Mat<c64>>> {
    let scaled = &model.relaxation.scaled;
    let fit = |g: &Mat<c64>| {
        g.nrows() == scaled.coordinate_scale.len() && (1..=MOST_COLUMNS).contains(&g.ncols())
    };
    let forms = &neighbour.forms;
    if forms.len() != model.targets() || !forms.iter().all(fit) {
        return None;
    }
    let mut columns: Vec<Mat<c64>> = forms
        .iter()
        .map(|g| scaled.scale_columns(g.as_ref()))
        .collect();
    let used = used_budget(scaled, &columns);
    if !(used.is_finite() && used > 0.0) {
        return None;
    }
    let scale = faer::Scale(c64::new(1.0 / used.sqrt(), 0.0));
    columns.iter_mut().for_each(|c| *c *= scale);
    Some(columns)
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

/// Strictly inside: a share `room` of the power, of the multipliers and twice of the ratio is given up. The corner
/// of each inequality gains more than that share of its floor by it, and half of the gain goes to multipliers, which makes
/// all other directions of the inequality positive too.
fn inside(model: &Model<'_>, from: &Attaining, room: f64) -> Option<Start> {
    let kept = 1.0 - room;
    let basis = model.relaxation.coordinates.basis(0).columns.as_ref();
    let mut owners = Vec::new();
    let mut columns = Vec::new();
    for (j, form) in from.columns.iter().enumerate() {
        for c in 0..form.ncols() {
            owners.push(j);
            columns.push(form.as_ref().subcols(c, 1));
        }
    }
    let mut x = Mat::from_fn(basis.nrows(), columns.len(), |i, j| {
        columns[j][(i, 0)] * kept.sqrt()
    });
    basis
        .partial_piv_lu()
        .solve_in_place_with_conj(Conj::No, x.as_mut());
    let multipliers = (0..model.targets())
        .map(|k| {
            let list = &model.constraints[k];
            let spare = 0.5 * room * kept * model.floor(k) * from.ratio;
            let more = spare / list.len().max(1) as f64;
            list.iter()
                .map(|c| kept * from.multipliers[k][c.index] + more)
                .collect()
        })
        .collect();
    let mut point = Point {
        columns: x,
        owners,
        multipliers,
        log_ratio: (kept * kept * from.ratio).ln(),
    };
    for _ in 0..40 {
        if model.barrier(&point).is_some() {
            return Some(Start { point, gap: room });
        }
        point.log_ratio -= 1.0;
    }
    None
}
