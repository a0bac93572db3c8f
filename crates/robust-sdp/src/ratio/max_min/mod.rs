//! The best forms: which method finds them, and what both have in common.
//!
//! Vectors come first: a barrier method on few unknowns that follows one path to the optimum and proves a bracket
//! at its end. Where that bracket stays open (forms of higher rank, negligible floors) semidefinite programs
//! at fixed ratios close it, from what has been proven.

use crate::ratio::error::RobustError;
use crate::ratio::max_min::programs::relaxation::Relaxation;
use crate::ratio::max_min::programs::search::search;
use crate::ratio::outcome::SMALLEST_RATIO;
use crate::ratio::problem::ValidRatioProblem;
use crate::ratio::subspace::Subspace;
use crate::sdp::SdpSolver;

mod options;
mod policy;
pub(crate) mod programs;
mod sensitivity;
mod solution;
pub(crate) mod vectors;

pub use options::{MaxMinOptions, Method, RootFinding};
pub use policy::Policy;
pub use solution::{MaxMinSolution, Neighbour, RatioPoint};

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
            lower: found.solution.bracket.lower(),
            upper: found.solution.bracket.upper(),
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
    let bracket = &solution.bracket;
    bracket.lower() > 0.0 && bracket.relative_width() <= options.accepted_width
        || bracket.upper() <= SMALLEST_RATIO
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
