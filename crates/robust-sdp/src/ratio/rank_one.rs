//! Rank-one forms from the relaxation.
//!
//! The solution of the margin program is not unique and its rank is above one; among all forms
//! that attain a slightly smaller ratio, those of least budget have rank one as a rule (no
//! theorem: the result is measured and re-evaluated).
//!
//! Where they have not, the principal directions may lose much or all of the ratio. Then vectors are moved, from these
//! and from simple ones, so that what is certified of them rises ([`local_ascent`](super::local_ascent)), and the best found are taken.

use faer::{Mat, c64};

use crate::hermitian::linalg;
use crate::ratio::conditioning::Conditioning;
use crate::ratio::error::{RobustError, check_option};
use crate::ratio::given_forms::worst_case_ratios;
use crate::ratio::max_min::programs::relaxation::Relaxation;
use crate::ratio::max_min::vectors::{self, From};
use crate::ratio::max_min::{Policy, unknowns};
use crate::ratio::problem::ValidRatioProblem;
use crate::ratio::subspace::Subspace;
use crate::sdp::{SdpSolver, SolverError};

/// Vectors `w_j` in place of the forms.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RankOne {
    /// `w_j` as one column each, with one budget exhausted.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub vectors: Vec<Mat<c64>>,
    /// Largest second-to-first eigenvalue ratio before extraction.
    pub eigenvalue_ratio: f64,
    /// Semidefinite programs solved.
    pub solves: usize,
}

/// Options of [`rank_one`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct RankOneOptions {
    /// Relative sacrifice `δ` of the ratio; 1e-3 by default.
    pub sacrifice: f64,
    /// Relative gap of the program; 1e-6 by default.
    pub accuracy: f64,
    /// Further programs allowed if the least-budget forms are not of rank one: each penalises
    /// what lies outside the principal directions found before. 6 by default.
    pub reweightings: usize,
    /// Change of variables.
    pub conditioning: Conditioning,
}

impl Default for RankOneOptions {
    fn default() -> Self {
        Self {
            sacrifice: 1e-3,
            accuracy: 1e-6,
            reweightings: 6,
            conditioning: Conditioning::default(),
        }
    }
}

impl RankOneOptions {
    /// Refuses what makes no sense; done by every function that takes options.
    ///
    /// # Errors
    /// [`RobustError::BadOption`].
    pub fn check(&self) -> Result<(), RobustError> {
        let (sacrifice, accuracy) = (self.sacrifice, self.accuracy);
        check_option(
            "sacrifice",
            sacrifice,
            (0.0..1.0).contains(&sacrifice),
            "must lie in [0, 1)",
        )?;
        check_option(
            "accuracy",
            accuracy,
            accuracy > 0.0 && accuracy < 1.0,
            "must lie in (0, 1)",
        )
    }
}

/// What is to be made rank one.
#[derive(Debug, Clone, Copy)]
pub struct Attained<'a> {
    /// A ratio that forms of any rank attain.
    pub ratio: f64,
    /// `dτ*/dγ` there, as in [`RatioPoint::slope`](super::RatioPoint::slope).
    pub slope: f64,
    /// The forms that attain it.
    pub forms: &'a [Mat<c64>],
}

/// Minimises the total share of budgets at `(1 - δ)` times an attained ratio and keeps each
/// form's principal direction, unless those of the attained forms lose nothing and are taken. If the
/// vectors are certified more than `10 δ` less than the forms, they and zero-forcing vectors are improved by
/// [`local_ascent`](super::local_ascent), and those certified most are taken. All
/// vectors are then scaled together until a budget is used up, which only raises the ratio. Forms
/// that are vectors already are only scaled.
///
/// # Errors
/// Forms of the wrong shape, a ratio that is negative or no number, or the solver's.
pub fn rank_one(
    problem: &ValidRatioProblem,
    solver: &dyn SdpSolver,
    attained: &Attained<'_>,
    options: &RankOneOptions,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<RankOne, RobustError> {
    options.check()?;
    check_attained(problem, attained)?;
    if attained.ratio > 0.0 {
        if attained.forms.iter().all(|g| g.ncols() == 1) {
            return principal_directions(problem, attained.forms);
        }
        if unknowns(problem, None) > Policy::DEFAULT.largest_program {
            return without_programs(problem, solver, attained, options, cancelled);
        }
    }
    let relaxation = Relaxation::new(problem, options.conditioning);
    extract(&relaxation, None, solver, attained, options, cancelled)
}

/// The best single vectors that the barrier method finds, where a program would be too large.
fn without_programs(
    problem: &ValidRatioProblem,
    solver: &dyn SdpSolver,
    attained: &Attained<'_>,
    options: &RankOneOptions,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<RankOne, RobustError> {
    let principal = principal_directions(problem, attained.forms)?;
    let from = From::Simple;
    match vectors::ascend(problem, None, from, solver, options.conditioning, cancelled) {
        Ok(Some(mut ascent)) => {
            fill_budget(problem, &mut ascent.vectors);
            Ok(RankOne {
                vectors: ascent.vectors,
                solves: 1,
                ..principal
            })
        }
        Err(error) if error.is_cancellation() => Err(error),
        // Their worst case is evaluated by the caller.
        Ok(None) | Err(_) => Ok(principal),
    }
}

/// [`rank_one`] with forms restricted to one subspace for each target, as in
/// [`max_min_ratio_within`](super::max_min_ratio_within).
///
/// # Errors
/// As [`rank_one`], or subspaces that do not fit the problem.
pub fn rank_one_within(
    problem: &ValidRatioProblem,
    subspaces: &[Subspace],
    solver: &dyn SdpSolver,
    attained: &Attained<'_>,
    options: &RankOneOptions,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<RankOne, RobustError> {
    options.check()?;
    let relaxation = Relaxation::within(problem, subspaces)?;
    check_attained(problem, attained)?;
    if attained.ratio > 0.0 && attained.forms.iter().all(|g| g.ncols() == 1) {
        return principal_directions(problem, attained.forms);
    }
    extract(
        &relaxation,
        Some(&relaxation),
        solver,
        attained,
        options,
        cancelled,
    )
}

/// The ratio is a number and, unless it is zero, the forms fit the problem.
fn check_attained(problem: &ValidRatioProblem, attained: &Attained<'_>) -> Result<(), RobustError> {
    if !(attained.ratio.is_finite() && attained.ratio >= 0.0) {
        return Err(RobustError::BadNumber {
            what: "ratio attained",
            index: 0,
            value: attained.ratio,
            allowed: "not negative",
        });
    }
    if attained.ratio == 0.0 {
        return Ok(());
    }
    problem.check_forms(attained.forms)
}

/// `within` is the relaxation if it is one within subspaces.
fn extract(
    relaxation: &Relaxation<'_>,
    within: Option<&Relaxation<'_>>,
    solver: &dyn SdpSolver,
    attained: &Attained<'_>,
    options: &RankOneOptions,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<RankOne, RobustError> {
    let problem = relaxation.problem;
    let count = problem.targets.len();
    check_attained(problem, attained)?;
    if attained.ratio == 0.0 {
        return Ok(RankOne {
            vectors: vec![Mat::zeros(problem.dimension(), 1); count],
            eigenvalue_ratio: 0.0,
            solves: 0,
        });
    }
    if cancelled() {
        return Err(RobustError::Solver(SolverError::Cancelled {
            solver: solver.name(),
            iterations: 0,
        }));
    }
    let mut best = principal_directions(problem, attained.forms)?;
    if best.eigenvalue_ratio < NEGLIGIBLE
        && loses_nothing(relaxation, solver, attained, options, &best)?
    {
        return Ok(best);
    }
    let ratio = (1.0 - options.sacrifice) * attained.ratio;
    // The program is homogeneous in the floor but for the budgets: half the margin to spare
    // keeps the forms at their natural size and the program strictly feasible.
    let spare = -attained.slope.min(0.0) * options.sacrifice * attained.ratio
        + options.sacrifice * attained.ratio;
    let margin = ratio + 0.5 * spare;
    let mut directions: Option<Vec<Mat<c64>>> = None;
    let mut solves = 0;
    for _ in 0..=options.reweightings {
        let forms = match relaxation.least_budget(
            solver,
            ratio,
            margin,
            directions.as_deref(),
            options.accuracy,
            cancelled,
        ) {
            Ok(forms) => forms,
            Err(error) if error.is_cancellation() => return Err(error),
            // What has been found so far stands; its worst case is evaluated by the caller.
            Err(_) => break,
        };
        solves += 1;
        let columns = relaxation.columns(&forms)?;
        let found = principal_directions(problem, &columns)?;
        directions = Some(
            found
                .vectors
                .iter()
                .map(|v| unit(relaxation.scaled.scale_columns(v.as_ref())))
                .collect(),
        );
        // Among ratios that are nothing the smaller one is chance: the forms of least budget it is.
        if found.eigenvalue_ratio < best.eigenvalue_ratio.max(NEGLIGIBLE) {
            best = found;
        }
        if best.eigenvalue_ratio < NEGLIGIBLE {
            break;
        }
    }
    let certified = certified(problem, &best.vectors, solver)?;
    if certified < (1.0 - 10.0 * options.sacrifice) * attained.ratio {
        let starts = [
            (From::Vectors(&best.vectors), options.conditioning),
            (From::Simple, Conditioning::ZeroForcing),
            (From::Simple, Conditioning::GroupZeroForcing),
        ];
        let mut most = certified;
        let mut better = None;
        for (from, conditioning) in starts {
            match vectors::ascend(problem, within, from, solver, conditioning, cancelled) {
                Ok(Some(ascent)) if ascent.ratio > most => {
                    most = ascent.ratio;
                    better = Some(ascent.vectors);
                }
                Err(error) if error.is_cancellation() => return Err(error),
                // One start less.
                Ok(_) | Err(_) => {}
            }
        }
        if let Some(mut vectors) = better {
            fill_budget(problem, &mut vectors);
            best.vectors = vectors;
        }
    }
    Ok(RankOne { solves, ..best })
}

/// What is certified of vectors; zero where they cannot be evaluated.
fn certified(
    problem: &ValidRatioProblem,
    vectors: &[Mat<c64>],
    solver: &dyn SdpSolver,
) -> Result<f64, RobustError> {
    match worst_case_ratios(problem, vectors, solver) {
        Ok(worst) => Ok(worst
            .iter()
            .map(|w| w.ratio())
            .fold(f64::INFINITY, f64::min)),
        Err(error) if error.is_cancellation() => Err(error),
        Err(_) => Ok(0.0),
    }
}

/// Whether vectors attain the ratio of the forms they come from, by far more closely than a sacrifice of
/// the ratio would leave it.
fn loses_nothing(
    relaxation: &Relaxation<'_>,
    solver: &dyn SdpSolver,
    attained: &Attained<'_>,
    options: &RankOneOptions,
    found: &RankOne,
) -> Result<bool, RobustError> {
    let columns: Vec<Mat<c64>> = found
        .vectors
        .iter()
        .map(|v| relaxation.scaled.scale_columns(v.as_ref()))
        .collect();
    match relaxation.attained_by(&columns, solver) {
        Ok((lower, _)) => Ok(lower.ratio() >= (1.0 - 0.01 * options.sacrifice) * attained.ratio),
        Err(error) if error.is_cancellation() => Err(error),
        Err(_) => Ok(false),
    }
}

/// The principal direction of each form, scaled together to fill a budget.
fn principal_directions(
    problem: &ValidRatioProblem,
    forms: &[Mat<c64>],
) -> Result<RankOne, RobustError> {
    let mut eigenvalue_ratio: f64 = 0.0;
    let mut vectors = Vec::with_capacity(forms.len());
    for columns in forms {
        let (column, ratio) = principal(columns)?;
        eigenvalue_ratio = eigenvalue_ratio.max(ratio);
        vectors.push(column);
    }
    fill_budget(problem, &mut vectors);
    Ok(RankOne {
        vectors,
        eigenvalue_ratio,
        solves: 0,
    })
}

/// Eigenvalue ratios below this are left alone.
pub(crate) const NEGLIGIBLE: f64 = 1e-5;

pub(crate) fn unit(mut column: Mat<c64>) -> Mat<c64> {
    let length = linalg::norm(column.as_ref());
    if length > 0.0 {
        column *= faer::Scale(c64::new(1.0 / length, 0.0));
    }
    column
}

/// `sqrt(λ_1) v_1` of `G G^H` and `λ_2/λ_1`, by the small Gram matrix `G^H G`.
pub(crate) fn principal(columns: &Mat<c64>) -> Result<(Mat<c64>, f64), RobustError> {
    let gram = linalg::mul_adjoint_left(columns.as_ref(), columns.as_ref());
    let n = gram.nrows();
    if n == 0 {
        return Ok((Mat::zeros(columns.nrows(), 1), 0.0));
    }
    let (values, vectors) = linalg::eigen(gram.as_ref(), true).ok_or(RobustError::Eigenvalues {
        dim: n,
        place: "rank-one extraction",
    })?;
    // G v_1 has squared length λ_1.
    let column = linalg::mul(columns.as_ref(), vectors.as_ref().subcols(n - 1, 1));
    let second = if n > 1 { values[n - 2].max(0.0) } else { 0.0 };
    Ok((column, second / values[n - 1].max(f64::MIN_POSITIVE)))
}

/// Scales all columns together so that the fullest budget is used up.
pub fn fill_budget(problem: &ValidRatioProblem, columns: &mut [Mat<c64>]) {
    let scaled = crate::ratio::normalised::NormalisedProblem::new(problem);
    let normalised: Vec<Mat<c64>> = columns
        .iter()
        .map(|g| scaled.scale_columns(g.as_ref()))
        .collect();
    let used = scaled.used_budget(&normalised);
    if used > 0.0 {
        let factor = c64::new(1.0 / used.sqrt(), 0.0);
        columns.iter_mut().for_each(|g| *g *= faer::Scale(factor));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `G G^H = diag(1, 9, 4)`.
    #[test]
    fn principal_direction_by_hand() {
        let g = Mat::from_fn(3, 3, |i, j| {
            c64::from(if i == j { [1.0, 3.0, 2.0][i] } else { 0.0 })
        });
        let (column, ratio) = principal(&g).unwrap();
        assert!((ratio - 4.0 / 9.0).abs() < 1e-14, "{ratio}");
        for i in 0..3 {
            let expected = if i == 1 { 3.0 } else { 0.0 };
            assert!((column[(i, 0)].norm() - expected).abs() < 1e-14);
        }
        assert_eq!(principal(&g.subcols(1, 1).to_owned()).unwrap().1, 0.0);
    }
}
