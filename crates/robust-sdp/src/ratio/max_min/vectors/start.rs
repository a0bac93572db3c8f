//! A strictly feasible point to start from.

use faer::linalg::solvers::SolveCore;
use faer::{Conj, Mat, c64};

use super::barrier::{Model, Point};
use crate::hermitian::linalg;
use crate::ratio::RobustError;
use crate::ratio::given_forms::Given;
use crate::ratio::max_min::programs::relaxation::Relaxation;
use crate::ratio::max_min::solution::Neighbour;
use crate::ratio::proof::LowerBound;
use crate::sdp::SdpSolver;

/// Where the path starts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum From<'a> {
    /// Zero-forcing vectors, or those along the nominal ones.
    Simple,
    /// The solution of a problem like this one, if it leads inside here; else as for `Simple`.
    Neighbour(Neighbour<'a>),
    /// Vectors in the problem's units, one for each target.
    Vectors(&'a [Mat<c64>]),
}

/// A point inside all inequalities, and the weight of the barrier at which to take up the path there.
pub(super) struct Start {
    pub(super) point: Point,
    pub(super) t: f64,
}

/// Vectors to start from, and the point inside all inequalities that they lead to, if they do. Of simple vectors with a positive
/// worst case, zero-forcing ones and those along the nominal vectors, it is those that attain more. `None` if nothing attains anything.
pub(super) fn start(
    model: &Model<'_>,
    from: &From<'_>,
    solver: &dyn SdpSolver,
) -> Result<Option<(Attaining, Option<Start>)>, RobustError> {
    let relaxation = model.relaxation;
    let candidates = match from {
        From::Simple | From::Neighbour(_) => simple(model, solver)?,
        From::Vectors(vectors) => {
            let columns = vectors
                .iter()
                .map(|w| relaxation.scaled.scale_columns(w.as_ref()));
            vec![filling(relaxation, columns.collect())]
        }
    };
    let (room, gap) = match from {
        From::Vectors(_) => model.policy.ascent_start,
        From::Simple | From::Neighbour(_) => (model.policy.start_room, 1.0),
    };
    let best = most_attaining(relaxation, candidates, solver)?;
    Ok(best.map(|best| {
        let start = inside(model, &best, room, gap);
        (best, start)
    }))
}

/// Zero-forcing vectors, if there are such, and those along the nominal vectors.
fn simple(model: &Model<'_>, solver: &dyn SdpSolver) -> Result<Vec<Vec<Mat<c64>>>, RobustError> {
    let mut candidates: Vec<Vec<Mat<c64>>> =
        model.own().zero_forcing_columns().into_iter().collect();
    candidates.push(matched(model, solver)?);
    Ok(candidates)
}

/// Scaled together to use up a budget.
fn filling(relaxation: &Relaxation<'_>, mut columns: Vec<Mat<c64>>) -> Vec<Mat<c64>> {
    let used = relaxation.scaled.used_budget(&columns);
    let scale = faer::Scale(c64::new(1.0 / used.max(f64::MIN_POSITIVE).sqrt(), 0.0));
    columns.iter_mut().for_each(|c| *c *= scale);
    columns
}

/// Columns with what they attain.
pub(super) struct Attaining {
    /// One for each target, normalised.
    pub(super) columns: Vec<Mat<c64>>,
    pub(super) lower: LowerBound,
    /// Normalised.
    pub(super) multipliers: Vec<Vec<f64>>,
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
            Ok((lower, multipliers)) => {
                if lower > best.as_ref().map_or(LowerBound::ZERO, |b| b.lower) {
                    best = Some(Attaining {
                        columns,
                        lower,
                        multipliers,
                    });
                }
            }
            Err(error) if error.is_cancellation() => return Err(error),
            Err(error) => failure = Some(error),
        }
    }
    match (best, failure) {
        (None, Some(error)) => Err(error),
        (best, _) => Ok(best),
    }
}

/// Vectors along the nominal ones, as far as they may be, in all groups, or where the errors leave nothing of that in the
/// one group where they leave most.
fn matched(model: &Model<'_>, solver: &dyn SdpSolver) -> Result<Vec<Mat<c64>>, RobustError> {
    let relaxation = model.relaxation;
    let scaled = &relaxation.scaled;
    let n = scaled.coordinate_scale.len();
    let mut columns = Vec::with_capacity(scaled.targets.len());
    for (k, target) in scaled.targets.iter().enumerate() {
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
        let allowed = |column: Mat<c64>| match &model.restriction {
            Some(restriction) => restriction.projected(k, column),
            None => column,
        };
        let parts = scaled.ranges.iter().map(|range| allowed(part(range)));
        let whole = allowed(nominal.to_owned());
        // Alone, without the others' interference.
        let alone = |column: &Mat<c64>| -> Result<f64, RobustError> {
            let mut forms = vec![Mat::zeros(n, 1); scaled.targets.len()];
            forms[k] = scaled.unscale_columns(column.as_ref());
            let given = Given::new(relaxation.problem, &forms);
            Ok(given.worst_case(k, solver)?.ratio())
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
    Ok(filling(relaxation, columns))
}

/// Strictly inside: a share `room` of the power, of the multipliers and twice of the ratio is given up. The corner
/// of each inequality gains more than that share of its floor by it, and half of the gain goes to multipliers, which makes
/// all other directions of the inequality positive too.
fn inside(model: &Model<'_>, from: &Attaining, room: f64, gap: f64) -> Option<Start> {
    let kept = 1.0 - room;
    let multipliers = (0..model.targets())
        .map(|k| {
            let list = &model.constraints[k];
            let spare = 0.5 * room * kept * model.floor(k) * from.lower.ratio();
            let more = spare / list.len().max(1) as f64;
            list.iter()
                .map(|c| {
                    // The coefficient of an angle has no positive part of its own.
                    let share = if c.is_diagonal() { 1.0 } else { 0.1 };
                    kept * from.multipliers[k][c.index] + share * more
                })
                .collect()
        })
        .collect();
    let mut point = point_of(
        model,
        &from.columns,
        kept.sqrt(),
        multipliers,
        kept * kept * from.lower.ratio(),
    );
    for _ in 0..40 {
        if model.barrier(&point).is_some() {
            let t = model.degree() / gap;
            return Some(Start { point, t });
        }
        point.log_ratio -= 1.0;
    }
    None
}

/// The point of normalised columns.
pub(super) fn point_of(
    model: &Model<'_>,
    columns: &[Mat<c64>],
    size: f64,
    multipliers: Vec<Vec<f64>>,
    ratio: f64,
) -> Point {
    let basis = model.relaxation.coordinates.basis(0).columns.as_ref();
    let (mut owners, mut all) = (Vec::new(), Vec::new());
    for (j, form) in columns.iter().enumerate() {
        for c in 0..form.ncols() {
            owners.push(j);
            all.push(form.as_ref().subcols(c, 1));
        }
    }
    let mut x = Mat::from_fn(basis.nrows(), all.len(), |i, j| all[j][(i, 0)] * size);
    basis
        .partial_piv_lu()
        .solve_in_place_with_conj(Conj::No, x.as_mut());
    Point {
        columns: x,
        owners,
        multipliers,
        log_ratio: ratio.ln(),
    }
}
