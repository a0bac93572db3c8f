//! Rank-one forms from the relaxation.
//!
//! The solution of the margin program is not unique and its rank is above one; among all forms
//! that attain a slightly smaller ratio, those of least budget have rank one as a rule (no
//! theorem: the result is measured and re-evaluated).

use faer::{Mat, c64};

use super::conditioning::Conditioning;
use super::error::RobustError;
use super::problem::ValidRatioProblem;
use super::relaxation::Relaxation;
use crate::linalg;
use crate::sdp::SdpSolver;

/// Vectors `w_j` in place of the forms.
#[derive(Debug, Clone, PartialEq)]
pub struct RankOne {
    /// `w_j` as one column each, with one budget exhausted.
    pub vectors: Vec<Mat<c64>>,
    /// Largest second-to-first eigenvalue ratio before extraction.
    pub eigenvalue_ratio: f64,
    /// Semidefinite programs solved.
    pub solves: usize,
}

/// Options of [`rank_one`].
#[derive(Debug, Clone, Copy, PartialEq)]
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

/// Minimises the total share of budgets at `(1 - δ)` times an attained ratio and keeps each
/// form's principal direction. All vectors are then scaled together until a budget is used up,
/// which only raises the ratio. `attained` and `slope` are those of a
/// [`MaxMinSolution`](super::MaxMinSolution).
///
/// # Errors
/// The solver's.
pub fn rank_one(
    problem: &ValidRatioProblem,
    solver: &dyn SdpSolver,
    attained: f64,
    slope: f64,
    options: &RankOneOptions,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<RankOne, RobustError> {
    let count = problem.targets.len();
    if attained <= 0.0 {
        return Ok(RankOne {
            vectors: vec![Mat::zeros(problem.dimension(), 1); count],
            eigenvalue_ratio: 0.0,
            solves: 0,
        });
    }
    let relaxation = Relaxation::new(problem, options.conditioning);
    let ratio = (1.0 - options.sacrifice) * attained;
    // The program is homogeneous in the floor but for the budgets: half the margin to spare
    // keeps the forms at their natural size and the program strictly feasible.
    let spare = -slope.min(0.0) * options.sacrifice * attained + options.sacrifice * attained;
    let margin = ratio + 0.5 * spare;
    let mut best: Option<RankOne> = None;
    let mut directions: Option<Vec<Mat<c64>>> = None;
    let mut solves = 0;
    for _ in 0..=options.reweightings {
        let forms = relaxation.least_budget(
            solver,
            ratio,
            margin,
            directions.as_deref(),
            options.accuracy,
            cancelled,
        )?;
        solves += 1;
        let mut eigenvalue_ratio: f64 = 0.0;
        let mut vectors = Vec::with_capacity(count);
        for x in &forms {
            let columns = relaxation.columns(x)?;
            let (column, ratio) = principal(&columns)?;
            eigenvalue_ratio = eigenvalue_ratio.max(ratio);
            vectors.push(column);
        }
        directions = Some(
            vectors
                .iter()
                .map(|v| unit(relaxation.scaled.scale_columns(v.as_ref())))
                .collect(),
        );
        fill_budget(problem, &mut vectors);
        let better = best
            .as_ref()
            .is_none_or(|b| eigenvalue_ratio < b.eigenvalue_ratio);
        if better {
            best = Some(RankOne {
                vectors,
                eigenvalue_ratio,
                solves,
            });
        }
        if eigenvalue_ratio < NEGLIGIBLE {
            break;
        }
    }
    best.map(|b| RankOne { solves, ..b })
        .ok_or(RobustError::Empty { what: "forms" })
}

/// Eigenvalue ratios below this are left alone.
const NEGLIGIBLE: f64 = 1e-5;

fn unit(mut column: Mat<c64>) -> Mat<c64> {
    let length = linalg::norm(column.as_ref());
    if length > 0.0 {
        column *= faer::Scale(c64::new(1.0 / length, 0.0));
    }
    column
}

/// `sqrt(λ_1) v_1` of `G G^H` and `λ_2/λ_1`, by the small Gram matrix `G^H G`.
fn principal(columns: &Mat<c64>) -> Result<(Mat<c64>, f64), RobustError> {
    let gram = linalg::mul_adjoint_left(columns.as_ref(), columns.as_ref());
    let n = gram.nrows();
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
    let scaled = super::scaled::ScaledProblem::new(problem);
    let normalised: Vec<Mat<c64>> = columns
        .iter()
        .map(|g| scaled.scale_columns(g.as_ref()))
        .collect();
    let used = super::certificate::used_budget(&scaled, &normalised);
    if used > 0.0 {
        let factor = c64::new(1.0 / used.sqrt(), 0.0);
        columns.iter_mut().for_each(|g| *g *= faer::Scale(factor));
    }
}
