//! What the search for the best forms finds.

use faer::{Mat, c64};

use crate::ratio::max_min::programs::relaxation::Relaxation;
use crate::ratio::normalised::NormalisedTarget;
use crate::ratio::outcome::SMALLEST_RATIO;
use crate::ratio::problem::ValidRatioProblem;

/// The relaxation's optimum, bracketed.
#[derive(Debug, Clone, PartialEq)]
pub struct MaxMinSolution {
    /// A ratio that `forms` attain for every error; zero when none was found.
    pub ratio_lower: f64,
    /// No forms of any rank attain more.
    pub ratio_upper: f64,
    /// Columns `G_j` with `W_j = G_j G_j^H`; no columns of use when the ratio is zero.
    pub forms: Vec<Mat<c64>>,
    /// `μ` of each target's blocks at `ratio_lower`, in the unit of the floor.
    pub multipliers: Vec<Vec<f64>>,
    /// `dτ*/dγ` at `ratio_lower`.
    pub slope: f64,
    /// Multipliers `Z_k` of the targets' matrix inequalities divided by `‖h_k‖²`,
    /// with `Σ_k s_k [Z_k]_last = 1`: how much of the ratio each inequality costs. Empty when the ratio is zero.
    pub duals: Vec<Mat<c64>>,
    /// Single vectors that were found on the way, where `forms` are not such: they attain little less, as a rule more than
    /// can be extracted from the forms.
    pub vectors: Option<Vec<Mat<c64>>>,
    /// Semidefinite programs solved, and one for vectors.
    pub solves: usize,
}

impl MaxMinSolution {
    /// The answer where nothing is known to be attained.
    pub(crate) fn nothing(relaxation: &Relaxation<'_>, upper: f64, solves: usize) -> Self {
        let targets = &relaxation.scaled.targets;
        Self {
            ratio_lower: 0.0,
            ratio_upper: upper,
            forms: vec![Mat::zeros(relaxation.problem.dimension(), 1); targets.len()],
            multipliers: targets
                .iter()
                .map(|t| vec![0.0; t.constraints.len()])
                .collect(),
            slope: 0.0,
            duals: Vec::new(),
            vectors: None,
            solves,
        }
    }

    /// The forms, if they attain something and are single vectors.
    pub(super) fn single_vectors(&self) -> Option<Vec<Mat<c64>>> {
        let single = self.ratio_lower > 0.0 && self.forms.iter().all(|g| g.ncols() == 1);
        single.then(|| self.forms.clone())
    }

    /// Width of the bracket, relative to its upper end.
    pub(crate) fn width(&self) -> f64 {
        (self.ratio_upper - self.ratio_lower) / self.ratio_upper
    }

    pub(super) fn is_closed(&self, tolerance: f64) -> bool {
        self.ratio_upper <= SMALLEST_RATIO || self.width() <= tolerance
    }
}

/// A similar problem (smaller errors, moved vectors) with its solution, to start from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour<'a> {
    /// The problem.
    pub problem: &'a ValidRatioProblem,
    /// Its solution.
    pub solution: &'a MaxMinSolution,
}

/// An uncertainty set that contains the negative of its vector leaves nothing to guarantee: what the
/// ratio may be at most then.
pub(crate) fn swallowed_bound(relaxation: &Relaxation<'_>) -> Option<f64> {
    let bound = |target: &NormalisedTarget| {
        let power = target.swallowed()?;
        Some(power * relaxation.scaled.ranges.len() as f64 / target.floor)
    };
    let bounds = relaxation.scaled.targets.iter().filter_map(bound);
    bounds.reduce(f64::min)
}

/// Without interference and errors no target exceeds `(Σ_m ‖h_m‖ sqrt(P_m))² / σ²`.
pub(crate) fn trivial_bound(relaxation: &Relaxation<'_>) -> f64 {
    let groups = relaxation.scaled.ranges.len() as f64;
    let each = relaxation.scaled.targets.iter().map(|t| groups / t.floor);
    each.fold(f64::INFINITY, f64::min)
}
