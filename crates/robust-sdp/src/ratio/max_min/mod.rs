//! The best forms: which method finds them, and what both have in common.
//!
//! Vectors come first: a barrier method on few unknowns that follows one path to the optimum and proves a bracket
//! at its end. Where that bracket stays open (forms of higher rank, negligible floors) semidefinite programs
//! at fixed ratios close it, from what has been proven.

use faer::{Mat, c64};

use crate::ratio::conditioning::Conditioning;
use crate::ratio::error::{RobustError, check_option};
use crate::ratio::max_min::programs::relaxation::Relaxation;
use crate::ratio::max_min::programs::search::search;
use crate::ratio::normalised::NormalisedTarget;
use crate::ratio::problem::ValidRatioProblem;
use crate::ratio::subspace::Subspace;
use crate::sdp::SdpSolver;

mod policy;
pub(crate) mod programs;
mod sensitivity;
pub(crate) mod vectors;

pub use policy::Policy;

/// How the root is found where semidefinite programs are solved at fixed ratios.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
    /// against errors, or errors are nearly as large as the vectors, it may take many steps and
    /// end with [`RobustError::PathLimit`].
    Vectors,
}

/// Options of [`max_min_ratio`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MaxMinOptions {
    /// Relative width of the final bracket; 1e-7 by default. Where rounding forbids it (floors
    /// far below the errors), the bracket returned may be wider: it says so itself.
    pub ratio_tolerance: f64,
    /// The widest bracket, relative, that is returned as an answer rather than an error; 5e-3 by default. If infinite,
    /// vectors do nothing to close a bracket that single columns leave open.
    pub accepted_width: f64,
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
            accepted_width: 5e-3,
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
            "accepted_width",
            self.accepted_width,
            self.accepted_width > 0.0,
            "must be positive",
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
    fn single_vectors(&self) -> Option<Vec<Mat<c64>>> {
        let single = self.ratio_lower > 0.0 && self.forms.iter().all(|g| g.ncols() == 1);
        single.then(|| self.forms.clone())
    }

    /// Width of the bracket, relative to its upper end.
    pub(crate) fn width(&self) -> f64 {
        (self.ratio_upper - self.ratio_lower) / self.ratio_upper
    }

    fn is_closed(&self, tolerance: f64) -> bool {
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

/// Ratios below this count as zero: nothing of use has so small a ratio.
pub(crate) const SMALLEST_RATIO: f64 = 1e-9;

/// Real unknowns of the forms of a program.
pub(crate) fn unknowns(problem: &ValidRatioProblem) -> usize {
    problem.targets.len() * problem.dimension().pow(2)
}

/// Solves the relaxation of the robust ratio problem to a bracket of the relative width asked
/// for. `cancelled` is polled at every iteration of every program, and at every step of vectors.
///
/// A problem that allows no positive ratio (an error ball that swallows the nominal vector)
/// has the answer zero, which is data and not an error.
///
/// # Errors
/// The solver's, or [`RobustError::RatioLimit`] or [`RobustError::PathLimit`] with a bracket wider
/// than accepted.
pub fn max_min_ratio(
    problem: &ValidRatioProblem,
    solver: &dyn SdpSolver,
    options: &MaxMinOptions,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<MaxMinSolution, RobustError> {
    solve(problem, None, solver, options, cancelled)
}

/// [`max_min_ratio`] from the solution of a similar problem. What is
/// known of the neighbour saves steps and is never trusted: forms that do not fit or attain nothing here are
/// left aside, and the bracket is proven from this problem's data alone.
///
/// # Errors
/// As [`max_min_ratio`].
pub fn max_min_ratio_from(
    problem: &ValidRatioProblem,
    neighbour: Neighbour<'_>,
    solver: &dyn SdpSolver,
    options: &MaxMinOptions,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<MaxMinSolution, RobustError> {
    solve(problem, Some(neighbour), solver, options, cancelled)
}

fn solve(
    problem: &ValidRatioProblem,
    neighbour: Option<Neighbour<'_>>,
    solver: &dyn SdpSolver,
    options: &MaxMinOptions,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<MaxMinSolution, RobustError> {
    options.check()?;
    let programs = match options.method {
        Method::Automatic => unknowns(problem) <= options.policy.largest_program,
        Method::Programs => true,
        Method::Vectors => false,
    };
    if options.method == Method::Programs {
        return by_programs(problem, None, solver, options, cancelled);
    }
    let settings = vectors::Settings {
        tolerance: options.ratio_tolerance,
        escapes: if programs || options.accepted_width == f64::INFINITY {
            0
        } else {
            options.policy.escapes
        },
        conditioning: options.conditioning,
        neighbour,
        policy: options.policy,
    };
    match vectors::solve(problem, solver, &settings, cancelled) {
        Ok(found) if found.solution.is_closed(options.ratio_tolerance) => Ok(found.solution),
        Ok(found) if programs => {
            by_programs(problem, Some(found.solution), solver, options, cancelled)
        }
        Ok(found) if accepted(&found.solution, options) => Ok(found.solution),
        Ok(found) => Err(RobustError::PathLimit {
            steps: found.steps,
            lower: found.solution.ratio_lower,
            upper: found.solution.ratio_upper,
        }),
        Err(error) if programs && !error.is_cancellation() => {
            by_programs(problem, None, solver, options, cancelled)
        }
        Err(error) => Err(error),
    }
}

/// Programs in the coordinates that suit the problem, and in others if they fail there; `known` is what was
/// proven before. A bracket that is narrow enough does not need a program that fails.
fn by_programs(
    problem: &ValidRatioProblem,
    known: Option<MaxMinSolution>,
    solver: &dyn SdpSolver,
    options: &MaxMinOptions,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<MaxMinSolution, RobustError> {
    let mut failure = None;
    for conditioning in options.conditioning.choices(problem) {
        let relaxation = Relaxation::new(problem, conditioning);
        match search(&relaxation, known.as_ref(), solver, options, cancelled) {
            Err(error) if !error.is_cancellation() => {
                failure.get_or_insert(error);
            }
            outcome => return outcome,
        }
    }
    match (known, failure) {
        (Some(known), _) if accepted(&known, options) => Ok(known),
        (_, failure) => Err(failure.unwrap_or(RobustError::Empty {
            what: "conditioning",
        })),
    }
}

/// Whether a bracket is narrow enough for an answer.
fn accepted(solution: &MaxMinSolution, options: &MaxMinOptions) -> bool {
    solution.ratio_lower > 0.0 && solution.width() <= options.accepted_width
        || solution.ratio_upper <= SMALLEST_RATIO
}

/// [`max_min_ratio`] with forms restricted to one subspace for each target,
/// `W_j = T_j X_j T_j^H`, by programs; [`MaxMinOptions::conditioning`] and [`MaxMinOptions::method`] do not apply.
///
/// # Errors
/// As [`max_min_ratio`], or subspaces that do not fit the problem.
pub fn max_min_ratio_within(
    problem: &ValidRatioProblem,
    subspaces: &[Subspace],
    solver: &dyn SdpSolver,
    options: &MaxMinOptions,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<MaxMinSolution, RobustError> {
    options.check()?;
    let relaxation = Relaxation::within(problem, subspaces)?;
    search(&relaxation, None, solver, options, cancelled)
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
