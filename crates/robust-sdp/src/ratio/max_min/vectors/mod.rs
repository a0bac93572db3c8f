//! Robust ratio problems with many targets and groups: a barrier method on vectors.
//!
//! The semidefinite programs of [`max_min_ratio`](crate::max_min_ratio) have `K N²` unknowns for `K` targets in `N`
//! coordinates, and a Newton step among these costs `(K N²)³/3`. But the optimal forms have rank one
//! as a rule. So let `W_j = Σ_i x_i x_i^H` over a few columns that target `j` owns (one, to begin with),
//! and follow the minimiser of
//!
//! ```math
//! f_t(x, \mu, \gamma) = -t \log\gamma - \sum_k \log\det S_k - \sum_{k,l} \log\mu_{k,l}
//!    - \sum_m \log\Big(1 - \sum_i x_i^H \Pi_m x_i\Big)
//! ```
//!
//! as `t` grows, `S_k` the matrix inequality of target `k` with the ratio itself in the place of the
//! margin: `2 K N + K L + 1` real unknowns, no root finding, no semidefinite variable.
//!
//! **Why this is not a local search.** At a stationary point put `Z_k = S_k^{-1}/t` and
//! `p_m = 1/(t (1 - Σ x^H Π_m x))`. These are multipliers of the relaxation, positive as they must be,
//! and stationarity says `D_j x_i = 0` for the columns of target `j`, with
//!
//! ```math
//! D_j = \sum_m p_m \Pi_m - B_j Z_j B_j^H + \gamma \sum_{k\ne j} B_k Z_k B_k^H .
//! ```
//!
//! If all `D_j ⪰ 0` they are dual feasible, and then the relaxation's optimum is at most
//! `(Σ_k side_k + K L + M)/t` away in `log γ`. If some `D_j` has a negative eigenvalue, a new column along its
//! eigenvector lowers `f_t`. So either the relaxation's optimum is proven or the method knows how to
//! go on. Nothing relies on the rank of `Z_k` (which is often two or more), only on the inequalities' inverses.
//!
//! **Why it is fast.** A plain Newton step on `f_t` is only good while the columns hardly move, for the
//! inequalities are quadratic in them. So the Hessian takes estimates of `Z_k` (and of the other
//! multipliers) in the place of one of the two inverse slacks, as primal-dual methods do, and these follow
//! each step by their own linearisation; near a centre it converges quadratically. Where a step
//! had to be cut short the estimates start afresh from the slacks.
//!
//! **What is believed.** None of the above: the bracket that is returned consists of what the columns and
//! multipliers attain and of what the multipliers prove for all forms, both by factorisations, as
//! for [`max_min_ratio`](crate::max_min_ratio).

mod barrier;
mod duals;
mod newton;
mod path;
mod proof;
mod shares;
mod start;
mod system;

use faer::{Mat, c64};

use crate::hermitian::linalg;
use crate::ratio::Conditioning;
use crate::ratio::MaxMinOptions;
use crate::ratio::MaxMinSolution;
use crate::ratio::RobustError;
use crate::ratio::ValidRatioProblem;
use crate::ratio::max_min::programs::relaxation::Relaxation;
use crate::ratio::max_min::swallowed_bound;
use crate::ratio::normalised::NormalisedProblem;
use crate::sdp::{SdpSolver, SolverError};
use barrier::{Model, Point};
use path::{Centre, End};

/// Gaps, relative in the ratio, below which rounding sets the bracket.
const SMALLEST_GAP: f64 = 1e-6;

/// The widest bracket that is returned as an answer.
const ACCEPTED_WIDTH: f64 = 5e-3;

/// Times that columns may be added.
const MAX_ESCAPES: usize = 6;

/// Eigenvalues of `D_j` below this, relative to the sum of prices, ask for another column.
const NEGATIVE: f64 = 1e-3;

/// Gaps at which the path is stopped to prove what has been reached; the last gives way to the tolerance.
const STAGES: [f64; 7] = [1e-2, 3e-4, 3e-5, 1e-5, 4e-6, 2e-6, 0.0];

/// Gap at which the path is taken up again after columns were added.
const GAP_AFTER_ESCAPE: f64 = 0.1;

/// How the relaxation of a robust ratio problem is solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// Programs up to 2000 unknowns, vectors beyond; programs again, up to 4000, should vectors fail.
    #[default]
    Automatic,
    /// Semidefinite programs at fixed ratios: `K N²` unknowns for `K` targets in `N` coordinates. The most
    /// robust, and the most accurate.
    Programs,
    /// A barrier method on vectors, `2 K N` unknowns, which adds columns where the optimal forms are
    /// of higher rank. The bracket is not narrower than about 1e-6. Where floors are negligible
    /// against errors, or errors are nearly as large as the vectors, it may take many steps and
    /// end with [`RobustError::PathLimit`].
    Vectors,
}

/// Unknowns of a program beyond which vectors are the default, and beyond which no program is tried.
const MANY_UNKNOWNS: usize = 2000;
pub(crate) const MOST_UNKNOWNS: usize = 4000;

/// Real unknowns of the forms of a program.
pub(crate) fn unknowns(problem: &ValidRatioProblem) -> usize {
    problem.targets.len() * problem.dimension().pow(2)
}

impl Method {
    pub(crate) fn uses_vectors(self, problem: &ValidRatioProblem) -> bool {
        match self {
            Self::Automatic => unknowns(problem) > MANY_UNKNOWNS,
            Self::Programs => false,
            Self::Vectors => true,
        }
    }

    pub(crate) fn may_use_programs(self, problem: &ValidRatioProblem) -> bool {
        match self {
            Self::Automatic => unknowns(problem) <= MOST_UNKNOWNS,
            Self::Programs => true,
            Self::Vectors => false,
        }
    }
}

/// Solves the relaxation as [`max_min_ratio`](crate::max_min_ratio) does, by the barrier method on vectors.
///
/// The forms that are returned have one column unless the relaxation needs more. `solver` is needed
/// for the worst cases of the vectors to start from only. The bracket is as narrow as asked for but
/// not below about 1e-6; the result says how wide it is. `cancelled` is polled at every Newton step.
///
/// Cost of a Newton step `O((K N)³)`, and `8 (2 K N)²` bytes.
///
/// # Errors
/// [`RobustError::PathLimit`] with a bracket wider than 5e-3; the solver's at the start.
pub(crate) fn max_min_by_vectors(
    problem: &ValidRatioProblem,
    solver: &dyn SdpSolver,
    options: &MaxMinOptions,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<MaxMinSolution, RobustError> {
    let relaxation = Relaxation::new(problem, options.conditioning);
    if let Some(bound) = swallowed_bound(&relaxation) {
        return Ok(nothing(problem, bound));
    }
    match solve(&relaxation, solver, options, MAX_ESCAPES, cancelled)? {
        Some(solution) => Ok(solution),
        None => Ok(nothing(problem, upper_bound(&relaxation.scaled))),
    }
}

/// The best single vectors that the method finds from simple ones, with one column each: where
/// the optimal forms are of higher rank. `None` if it finds none.
pub(crate) fn single_vectors(
    problem: &ValidRatioProblem,
    solver: &dyn SdpSolver,
    conditioning: Conditioning,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<Option<Vec<Mat<c64>>>, RobustError> {
    let relaxation = Relaxation::new(problem, conditioning);
    let options = MaxMinOptions {
        ratio_tolerance: 1e-4,
        ..MaxMinOptions::default()
    };
    let found = solve(&relaxation, solver, &options, 0, cancelled)?;
    Ok(found.map(|s| s.forms))
}

/// Follows the path in stages, adds columns where these are missing, and proves each stage's result.
/// `None` if there is nothing to start from. Without escapes the bracket may stay open.
fn solve(
    relaxation: &Relaxation<'_>,
    solver: &dyn SdpSolver,
    options: &MaxMinOptions,
    max_escapes: usize,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<Option<MaxMinSolution>, RobustError> {
    let model = Model::new(relaxation);
    let Some(mut point) = start::start(&model, solver)? else {
        return Ok(None);
    };
    let tolerance = options.ratio_tolerance.max(SMALLEST_GAP);
    let mut best = Best {
        lower: 0.0,
        upper: upper_bound(&relaxation.scaled),
        found: None,
    };
    let (mut t, mut steps, mut escapes, mut stage) = (model.degree(), 0, 0, 0);
    // What was attained when columns were added last.
    let mut before = 0.0;
    while stage < STAGES.len() && best.upper > best.lower * (1.0 + tolerance) {
        let gap = STAGES[stage].max(tolerance);
        let centre = match path::follow(&model, point, t, gap, &mut steps, cancelled) {
            Ok(centre) => centre,
            Err(End::Cancelled) => {
                return Err(RobustError::Solver(SolverError::Cancelled {
                    solver: "vectors",
                    iterations: steps,
                }));
            }
            Err(End::Stalled) => break,
        };
        best.learn(&model, &centre);
        let helped = best.lower > before * (1.0 + 0.1 * gap);
        let open = best.upper > best.lower * (1.0 + 10.0 * gap);
        let missing = (escapes < max_escapes && helped && open)
            .then(|| with_missing_columns(&model, &centre))
            .flatten();
        match missing {
            Some(next) => {
                escapes += 1;
                before = best.lower;
                stage = 0;
                point = next;
                t = model.degree() / GAP_AFTER_ESCAPE;
            }
            None => {
                stage += 1;
                point = centre.point;
                t = centre.t;
            }
        }
    }
    let open = best.upper > best.lower * (1.0 + ACCEPTED_WIDTH);
    let Some((forms, proof)) = best.found.filter(|_| !open || max_escapes == 0) else {
        return Err(RobustError::PathLimit {
            steps,
            lower: best.lower,
            upper: best.upper,
        });
    };
    let multipliers = (proof.multipliers.iter().enumerate())
        .map(|(k, list)| {
            let unit = relaxation
                .scaled
                .multiplier_unit(relaxation.problem, k, best.lower);
            list.iter().map(|m| m * unit).collect()
        })
        .collect();
    Ok(Some(MaxMinSolution {
        ratio_lower: best.lower,
        ratio_upper: best.upper,
        forms,
        multipliers,
        slope: proof.slope,
        solves: 1,
    }))
}

/// The narrowest bracket so far, and what attains its lower end.
struct Best {
    lower: f64,
    upper: f64,
    found: Option<(Vec<Mat<c64>>, proof::Proof)>,
}

impl Best {
    /// Takes from a centre what it proves; a centre of which nothing can be proven teaches nothing.
    fn learn(&mut self, model: &Model<'_>, centre: &Centre) {
        let Some(proof) = proof::prove(model, centre) else {
            return;
        };
        self.upper = self.upper.min(proof.upper);
        if proof.lower > self.lower {
            self.lower = proof.lower;
            self.found = Some((proof::forms(model, centre), proof));
        }
        self.upper = self.upper.max(self.lower);
    }
}

/// A column more for each target whose `D_j` has a negative eigenvalue, along its eigenvector; `None` if
/// there is no such target.
fn with_missing_columns(model: &Model<'_>, centre: &Centre) -> Option<Point> {
    let mut point = centre.point.clone();
    let prices: f64 = centre.interior.unused.iter().map(|u| 1.0 / u).sum();
    let n = model.dimension();
    let residuals = shares::stationarities(model, &centre.point, &centre.interior);
    let mut added = false;
    for (j, d) in residuals.iter().enumerate() {
        let (values, vectors) = linalg::eigen(d.as_ref(), true)?;
        if values[0] >= -NEGATIVE * prices {
            continue;
        }
        let longest = (0..point.owners.len())
            .filter(|&i| point.owners[i] == j)
            .map(|i| linalg::norm(point.columns.as_ref().subcols(i, 1)))
            .fold(0.0, f64::max);
        let mut size = 0.1 * longest;
        // So small that the point stays inside.
        for _ in 0..60 {
            let q = point.owners.len();
            let mut next = point.clone();
            next.columns = Mat::from_fn(n, q + 1, |r, c| {
                if c < q {
                    point.columns[(r, c)]
                } else {
                    vectors[(r, 0)] * size
                }
            });
            next.owners.push(j);
            if model.barrier(&next).is_some() {
                point = next;
                added = true;
                break;
            }
            size *= 0.5;
        }
    }
    added.then_some(point)
}

/// Without interference and errors no target exceeds `(Σ_m ‖h_m‖ sqrt(P_m))² / σ²`.
fn upper_bound(scaled: &NormalisedProblem) -> f64 {
    let groups = scaled.ranges.len() as f64;
    let each = scaled.targets.iter().map(|t| groups / t.floor);
    each.fold(f64::INFINITY, f64::min)
}

/// The answer where nothing can be guaranteed.
fn nothing(problem: &ValidRatioProblem, upper: f64) -> MaxMinSolution {
    let scaled = NormalisedProblem::new(problem);
    MaxMinSolution {
        ratio_lower: 0.0,
        ratio_upper: upper,
        forms: vec![Mat::zeros(problem.dimension(), 1); problem.targets.len()],
        multipliers: (scaled.targets.iter())
            .map(|t| vec![0.0; t.constraints.len()])
            .collect(),
        slope: 0.0,
        solves: 0,
    }
}

#[cfg(test)]
mod tests;
