//! What the search for the best forms can be told.

use super::policy::Policy;
use crate::ratio::conditioning::Conditioning;
use crate::ratio::error::{RobustError, check_option};

/// How the root is found where semidefinite programs are solved at fixed ratios.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum RootFinding {
    /// Newton's method with the slope that the dual gives for free, bisection where that
    /// leaves the bracket.
    #[default]
    Newton,
    /// Bisection of the bracket on a logarithmic scale: the reference.
    Bisection,
}

/// How the relaxation of a robust ratio problem is solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Method {
    /// Vectors, and programs if the bracket that they prove is wider than asked for, starting from it; beyond
    /// 4000 unknowns of a program, vectors with more columns instead.
    #[default]
    Automatic,
    /// Semidefinite programs at fixed ratios: `K N²` unknowns for `K` targets in `N` coordinates. The most
    /// robust, and the most accurate.
    Programs,
    /// A barrier method on vectors, `2 K N` unknowns, which adds columns where the optimal forms are
    /// of higher rank. The bracket is not narrower than about 1e-6. Where floors are negligible
    /// against errors, or errors are nearly as large as the vectors, it may take many steps and leave the
    /// bracket open.
    Vectors,
}

/// Options of [`max_min_ratio`](crate::max_min_ratio).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct MaxMinOptions {
    /// Relative width at which a bracket is narrow enough; 1e-7 by default. Where rounding or a limit forbids it (floors
    /// far below the errors), the bracket returned is wider: it says so itself.
    pub ratio_tolerance: f64,
    /// Semidefinite programs allowed; 80 by default.
    pub max_solves: usize,
    /// How the root is found.
    pub root_finding: RootFinding,
    /// Change of variables; the default is right, the other for comparison.
    pub conditioning: Conditioning,
    /// Vectors first, or one method only.
    pub method: Method,
    /// A ratio for programs to start from, ideally attainable and close to the answer.
    pub start: Option<f64>,
    /// Tolerances and limits of the methods.
    pub policy: Policy,
}

impl Default for MaxMinOptions {
    fn default() -> Self {
        Self {
            ratio_tolerance: 1e-7,
            max_solves: 80,
            root_finding: RootFinding::default(),
            conditioning: Conditioning::default(),
            method: Method::default(),
            start: None,
            policy: Policy::DEFAULT,
        }
    }
}

impl MaxMinOptions {
    /// Refuses what makes no sense; done by every function that takes options.
    ///
    /// # Errors
    /// [`RobustError::BadOption`].
    pub fn check(&self) -> Result<(), RobustError> {
        let tolerance = self.ratio_tolerance;
        check_option(
            "ratio_tolerance",
            tolerance,
            tolerance > 0.0 && tolerance < 1.0,
            "must lie in (0, 1)",
        )?;
        check_option(
            "max_solves",
            self.max_solves as f64,
            self.max_solves > 0,
            "must be at least 1",
        )?;
        let start = self.start.unwrap_or(0.0);
        check_option(
            "start",
            start,
            start.is_finite() && start >= 0.0,
            "must be finite and not negative",
        )
    }
}
