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
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
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

#[cfg(test)]
mod tests {
    use faer::{Mat, c64};

    use super::super::lower::attains;
    use super::*;
    use crate::ratio::problem::{RatioProblem, RatioTarget};

    /// Two targets in coordinates of their own, amplitudes 2 and 3, floor 1, and beams of length 1 along them: ratios of 4 and 9.
    fn two_targets() -> (ValidRatioProblem, Vec<Mat<c64>>) {
        let unit =
            |i: usize, size: f64| Mat::from_fn(2, 1, |r, _| c64::from(size * f64::from(r == i)));
        let target = |i: usize, size: f64| RatioTarget {
            nominal: unit(i, size).col_as_slice(0).to_vec(),
            errors: vec![],
            floor: 1.0,
        };
        let problem = RatioProblem {
            group_sizes: vec![2],
            budgets: vec![2.0],
            targets: vec![target(0, 2.0), target(1, 3.0)],
        };
        (problem.check().unwrap(), vec![unit(0, 1.0), unit(1, 1.0)])
    }

    #[test]
    fn a_common_bound_takes_a_proof_of_every_target() {
        let (problem, forms) = two_targets();
        let proven = |k, ratio| attains(&problem, &forms, k, ratio, &[]).unwrap();
        let proofs = [proven(0, 3.9), proven(1, 8.9)];
        let least = LowerBound::common(&problem, &proofs).ratio();
        assert!(least < 3.9 && least > 3.9 * (1.0 - 1e-9), "{least}");
        let turned = [proofs[1].clone(), proofs[0].clone()];
        assert_eq!(LowerBound::common(&problem, &turned).ratio(), least);
        for too_few in [&proofs[1..], &[]] {
            assert_eq!(LowerBound::common(&problem, too_few), LowerBound::ZERO);
        }
        let nothing = [proven(0, 3.9), Proven::nothing()];
        assert_eq!(LowerBound::common(&problem, &nothing), LowerBound::ZERO);
        assert_eq!(LowerBound::ZERO.ratio(), 0.0);
    }

    #[test]
    fn a_bracket_is_ordered() {
        let (low, high) = (UpperBound::proven(2.0), UpperBound::proven(8.0));
        assert_eq!((low.min(Some(high)), high.min(Some(low))), (low, low));
        assert_eq!(high.min(None).ratio(), 8.0);
        let bracket = Bracket::new(LowerBound(2.0), high);
        assert_eq!((bracket.lower(), bracket.upper()), (2.0, 8.0));
        assert_eq!(bracket.relative_width(), 0.75);
        assert_eq!(bracket.bounds(), (LowerBound(2.0), high));
        let crossed = Bracket::new(LowerBound(3.0), low);
        assert_eq!((crossed.upper(), crossed.relative_width()), (3.0, 0.0));
        let zero = Bracket::new(LowerBound::ZERO, UpperBound::proven(0.0));
        assert_eq!(zero.relative_width(), 0.0);
    }
}
