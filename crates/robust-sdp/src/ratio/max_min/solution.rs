//! What the search for the best forms finds.

use faer::{Mat, c64};

use super::options::MaxMinOptions;
use crate::ratio::max_min::programs::relaxation::Relaxation;
use crate::ratio::outcome::SMALLEST_RATIO;
use crate::ratio::problem::ValidRatioProblem;
use crate::ratio::proof::{Bracket, LowerBound, UpperBound};

/// Forms, the ratio they attain and the multipliers that go with them: all that is to be known about the problem near
/// an answer, to start from or to [differentiate](Self::derivative).
///
/// Plain data that anybody may write down. What is proven about it stands elsewhere, in a [`Bracket`] or a
/// [`Certificate`](crate::Certificate).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RatioPoint {
    /// The ratio that `forms` attain for every error.
    pub ratio: f64,
    /// Columns `G_j` with `W_j = G_j G_j^H`; no columns of use when the ratio is zero.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub forms: Vec<Mat<c64>>,
    /// `μ` of each target's blocks at `ratio`, in the unit of the floor.
    pub multipliers: Vec<Vec<f64>>,
    /// `dτ*/dγ` at `ratio`.
    pub slope: f64,
    /// Multipliers `Z_k` of the targets' matrix inequalities divided by `‖h_k‖²`,
    /// with `Σ_k s_k [Z_k]_last = 1`: how much of the ratio each inequality costs. Empty when the ratio is zero.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub duals: Vec<Mat<c64>>,
}

/// The relaxation's optimum, bracketed.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MaxMinSolution {
    /// The largest ratio, proven from both sides.
    pub bracket: Bracket,
    /// What attains its lower end.
    pub point: RatioPoint,
    /// Single vectors that were found on the way, where the forms are not such: they attain little less, as a rule more than
    /// can be extracted from the forms.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub vectors: Option<Vec<Mat<c64>>>,
    /// Semidefinite programs solved, and one for vectors.
    pub solves: usize,
}

impl MaxMinSolution {
    /// The answer where nothing is known to be attained.
    pub(crate) fn nothing(relaxation: &Relaxation<'_>, upper: UpperBound, solves: usize) -> Self {
        let targets = &relaxation.scaled.targets;
        Self {
            bracket: Bracket::new(LowerBound::ZERO, upper),
            point: RatioPoint {
                ratio: 0.0,
                forms: vec![Mat::zeros(relaxation.problem.dimension(), 1); targets.len()],
                multipliers: targets
                    .iter()
                    .map(|t| vec![0.0; t.constraints.len()])
                    .collect(),
                slope: 0.0,
                duals: Vec::new(),
            },
            vectors: None,
            solves,
        }
    }

    /// The forms, if they attain something and are single vectors.
    pub(super) fn single_vectors(&self) -> Option<Vec<Mat<c64>>> {
        let forms = &self.point.forms;
        let single = self.bracket.lower() > 0.0 && forms.iter().all(|g| g.ncols() == 1);
        single.then(|| forms.clone())
    }

    /// Whether the bracket is so narrow that other coordinates are not worth a try.
    pub(super) fn suffices(&self, options: &MaxMinOptions) -> bool {
        self.is_closed(options.ratio_tolerance.max(options.policy.failures.1))
    }

    pub(super) fn is_closed(&self, tolerance: f64) -> bool {
        self.bracket.upper() <= SMALLEST_RATIO || self.bracket.relative_width() <= tolerance
    }
}

/// Vectors with what is certified of them.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Ascent {
    /// Their worst-case ratio, proven.
    pub ratio: f64,
    /// One column for each target.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub vectors: Vec<Mat<c64>>,
}

/// A similar problem (smaller errors, moved vectors) with what was found for it, to start from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour<'a> {
    /// The problem.
    pub problem: &'a ValidRatioProblem,
    /// Its solution's point.
    pub point: &'a RatioPoint,
}
