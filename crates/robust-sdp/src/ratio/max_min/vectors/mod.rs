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
mod neighbour;
mod newton;
mod path;
mod proof;
mod restriction;
mod shares;
mod start;
mod system;

use faer::{Mat, c64};

use crate::hermitian::linalg;
use crate::ratio::conditioning::Conditioning;
use crate::ratio::error::RobustError;
use crate::ratio::max_min::policy::Policy;
use crate::ratio::max_min::programs::relaxation::Relaxation;
use crate::ratio::max_min::solution::{Ascent, MaxMinSolution, RatioPoint};
use crate::ratio::problem::ValidRatioProblem;
use crate::ratio::proof::{Bracket, LowerBound, UpperBound};
use crate::sdp::{SdpSolver, SolverError};
use barrier::{Model, Point};
use path::{Centre, End};
pub(crate) use start::From;

/// The factor from one stop on the path to the next: two more before a gap of 1e-6.
const NEXT_STOP: f64 = 1.0 / 30.0;

/// What the method is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings<'a> {
    /// Relative width of the bracket at which to stop, and the gap to which the path is followed at least.
    pub(super) tolerance: f64,
    /// Times that columns may be added.
    pub(super) escapes: usize,
    pub(super) conditioning: Conditioning,
    pub(super) from: From<'a>,
    /// The relaxation within subspaces that the columns are restricted to.
    pub(super) within: Option<&'a Relaxation<'a>>,
    pub(super) policy: Policy,
}

/// The relative accuracy of an ascent from given vectors.
const ASCENT: f64 = 1e-4;

/// The best single vectors to be found from given ones by moving them such that what is certified of them rises: the
/// path with one column for each target. `None` if nothing can be certified of the vectors to start from.
pub(crate) fn ascend(
    problem: &ValidRatioProblem,
    within: Option<&Relaxation<'_>>,
    from: From<'_>,
    solver: &dyn SdpSolver,
    conditioning: Conditioning,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<Option<Ascent>, RobustError> {
    let settings = Settings {
        tolerance: ASCENT,
        escapes: 0,
        conditioning,
        from,
        within,
        policy: Policy::DEFAULT,
    };
    let found = solve(problem, solver, &settings, cancelled)?;
    let ratio = found.bracket.lower();
    Ok((ratio > 0.0).then_some(Ascent {
        ratio,
        vectors: found.point.forms,
    }))
}

/// Follows the path in stages, adds columns where these are missing and may be added, and proves each
/// stage's result.
///
/// The forms have one column unless columns were added. `solver` is needed for the worst cases of the
/// vectors to start from only. The bracket may stay open: its width says so. `cancelled` is polled at every
/// Newton step.
///
/// Cost of a Newton step `O((K N)³)`, and `8 (2 K N)²` bytes.
pub(super) fn solve(
    problem: &ValidRatioProblem,
    solver: &dyn SdpSolver,
    settings: &Settings<'_>,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<MaxMinSolution, RobustError> {
    let relaxation = &Relaxation::new(problem, settings.conditioning);
    let nothing = |upper: UpperBound| MaxMinSolution::nothing(relaxation, upper, 1);
    let alone = UpperBound::alone(problem);
    if relaxation.is_swallowed() {
        return Ok(nothing(alone));
    }
    let model = Model::new(relaxation, settings.within, settings.policy);
    let mut best = Best {
        attained: LowerBound::ZERO,
        bound: alone,
        found: None,
    };
    let carried = match &settings.from {
        From::Neighbour(known) => neighbour::carried(&model, known),
        From::Simple | From::Vectors(_) => None,
    };
    let (first_vectors, start) = match carried {
        Some(start) => (None, Some(start)),
        None => match start::start(&model, &settings.from, solver)? {
            Some((vectors, start)) => (Some(vectors), start),
            None => return Ok(nothing(best.bound)),
        },
    };
    let Some(start) = start else {
        return best.solution(problem, relaxation, first_vectors);
    };
    let mut point = start.point;
    let (mut t, mut steps, mut escapes) = (start.t, 0, 0);
    let Policy {
        smallest_gap,
        escape_gaps,
        ..
    } = settings.policy;
    let last = settings.tolerance.max(smallest_gap);
    let first = last.max(escape_gaps.0);
    // A start beyond the first stop needs none.
    let mut gap = if settings.escapes == 0 && model.degree() / t < first {
        last
    } else {
        first
    };
    // What was attained when columns were added last.
    let mut before = 0.0;
    loop {
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
        best.learn(&model, &centre, last);
        let (lower, upper) = (best.attained.ratio(), best.bound.ratio());
        let closed = upper <= lower * (1.0 + last);
        let helped = lower > before * (1.0 + 0.1 * gap);
        let open = upper > lower * (1.0 + 10.0 * gap);
        let missing = (escapes < settings.escapes && helped && open)
            .then(|| with_missing_columns(&model, &centre))
            .flatten();
        if let Some(next) = missing {
            escapes += 1;
            before = lower;
            gap = first;
            point = next;
            t = model.degree() / escape_gaps.1;
        } else if closed || gap <= smallest_gap || gap <= last && open {
            break;
        } else {
            let next = if settings.escapes > 0 {
                NEXT_STOP * gap
            } else {
                0.0
            };
            gap = next.max(if gap > last { last } else { smallest_gap });
            point = centre.point;
            t = centre.t;
        }
    }
    // Vectors that were given are given up only for better ones, simple ones for any centre: it tells more.
    let given = matches!(settings.from, From::Vectors(_));
    let first_vectors = first_vectors
        .filter(|vectors| best.found.is_none() || given && vectors.lower > best.attained);
    best.solution(problem, relaxation, first_vectors)
}

/// The narrowest bracket so far, and what attains its lower end.
struct Best {
    attained: LowerBound,
    bound: UpperBound,
    found: Option<(Vec<Mat<c64>>, proof::Proof)>,
}

impl Best {
    /// The bracket with what attains its lower end: `vectors`, or else the best centre.
    fn solution(
        self,
        problem: &ValidRatioProblem,
        relaxation: &Relaxation<'_>,
        vectors: Option<start::Attaining>,
    ) -> Result<MaxMinSolution, RobustError> {
        let (lower, point) = match (vectors, self.found) {
            (Some(vectors), _) => {
                let ratio = vectors.lower.ratio();
                let unscaled = |c: &Mat<c64>| relaxation.scaled.unscale_columns(c.as_ref());
                let forms: Vec<Mat<c64>> = vectors.columns.iter().map(unscaled).collect();
                let multipliers = relaxation.in_units(&vectors.multipliers, ratio);
                let point = RatioPoint::of_given_forms(problem, &forms, &multipliers, ratio)?;
                (vectors.lower, point)
            }
            (None, Some((forms, proof))) => {
                let ratio = self.attained.ratio();
                let point = RatioPoint {
                    ratio,
                    forms,
                    multipliers: relaxation.in_units(&proof.multipliers, ratio),
                    slope: proof.slope,
                    duals: proof.duals,
                };
                (self.attained, point)
            }
            (None, None) => return Ok(MaxMinSolution::nothing(relaxation, self.bound, 1)),
        };
        Ok(MaxMinSolution {
            bracket: Bracket::new(lower, self.bound),
            point,
            vectors: None,
            solves: 1,
        })
    }

    /// Takes from a centre what it proves; a centre of which nothing can be proven teaches nothing.
    /// More columns than before have to attain more than the tolerance.
    fn learn(&mut self, model: &Model<'_>, centre: &Centre, tolerance: f64) {
        let Some(proof) = proof::prove(model, centre) else {
            return;
        };
        self.bound = self.bound.min(proof.upper);
        let forms = proof::forms(model, centre);
        let count = |forms: &[Mat<c64>]| forms.iter().map(Mat::ncols).sum::<usize>();
        let simpler = |(known, _): &(Vec<Mat<c64>>, _)| count(known) < count(&forms);
        let least_gain = if self.found.as_ref().is_some_and(simpler) {
            tolerance
        } else {
            0.0
        };
        if proof.lower.ratio() > self.attained.ratio() * (1.0 + least_gain) {
            self.attained = proof.lower;
            self.found = Some((forms, proof));
        }
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
        if values[0] >= -model.policy.escape_curvature * prices {
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

#[cfg(test)]
mod tests;
