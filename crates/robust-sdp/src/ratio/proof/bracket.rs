//! Numbers that are bounds, as types.

use super::lower::Proven;
use crate::ratio::problem::ValidRatioProblem;

/// A ratio that forms are proven to attain at every target, for every error.
///
/// Made from proofs for all targets, or zero, which any forms attain.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) struct LowerBound(f64);

impl LowerBound {
    /// What any forms attain.
    pub(crate) const ZERO: Self = Self(0.0);

    /// The least of what one proof for each target says.
    pub(crate) fn common(problem: &ValidRatioProblem, proofs: &[Proven]) -> Self {
        if proofs.len() != problem.targets.len() {
            return Self::ZERO;
        }
        let least = proofs.iter().map(Proven::ratio);
        Self(least.fold(f64::INFINITY, f64::min))
    }

    /// The ratio.
    pub(crate) fn ratio(self) -> f64 {
        self.0
    }
}

/// A ratio that no forms are certified to exceed.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) struct UpperBound(f64);

impl UpperBound {
    /// For the proofs of this folder alone.
    pub(super) fn proven(ratio: f64) -> Self {
        Self(ratio)
    }

    /// The ratio.
    pub(crate) fn ratio(self) -> f64 {
        self.0
    }

    /// The lower of two bounds.
    #[must_use]
    pub(crate) fn min(self, other: Option<Self>) -> Self {
        other.map_or(self, |o| Self(self.0.min(o.0)))
    }
}

/// The largest ratio, proven from both sides.
///
/// There are forms which the S-procedure certifies at [`lower`](Self::lower) for every error, and none, of any rank,
/// which it certifies above [`upper`](Self::upper). Where the S-procedure is only sufficient (real errors, phases,
/// several blocks), forms may keep more than what can be certified. Both ends allow for rounding.
///
/// Nobody but the proofs makes one:
///
/// ```compile_fail,E0451
/// let wishful = robust_sdp::Bracket { lower: 2.0, upper: 2.0 };
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bracket {
    lower: f64,
    upper: f64,
}

impl Bracket {
    /// Of two bounds for one problem. That they cross is impossible but for rounding beyond what is allowed for: then the
    /// upper one gives way.
    pub(crate) fn new(lower: LowerBound, upper: UpperBound) -> Self {
        Self {
            lower: lower.0,
            upper: upper.0.max(lower.0),
        }
    }

    /// The two bounds again.
    pub(crate) fn bounds(&self) -> (LowerBound, UpperBound) {
        (LowerBound(self.lower), UpperBound(self.upper))
    }

    /// A ratio that is attained for every error; zero when nothing was found.
    pub fn lower(&self) -> f64 {
        self.lower
    }

    /// No forms of any rank are certified to attain more.
    pub fn upper(&self) -> f64 {
        self.upper
    }

    /// `(upper - lower)/upper`, zero where both are zero.
    pub fn relative_width(&self) -> f64 {
        if self.upper > 0.0 {
            (self.upper - self.lower) / self.upper
        } else {
            0.0
        }
    }
}
