//! The best forms: which method finds them, and what both have in common.
//!
//! Vectors come first: a barrier method on few unknowns that follows one path to the optimum and proves a bracket
//! at its end. Where that bracket stays open (forms of higher rank, negligible floors) semidefinite programs
//! at fixed ratios close it, from what has been proven.

use faer::{Mat, c64};

use crate::ratio::conditioning::Conditioning;
use crate::ratio::error::RobustError;
use crate::ratio::max_min::programs::relaxation::Relaxation;
use crate::ratio::max_min::programs::search::search;
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
pub use solution::{Ascent, MaxMinSolution, Neighbour, RatioPoint};

/// Real unknowns of the forms of a program, `K N²`, or those of the subspaces that the forms are restricted to.
pub(crate) fn unknowns(problem: &ValidRatioProblem, within: Option<&Relaxation<'_>>) -> usize {
    let targets = problem.targets.len();
    let Some(within) = within else {
        return targets * problem.dimension().pow(2);
    };
    let of_form = |j: usize| {
        let basis = within.coordinates.basis(j);
        basis.field.coordinates(basis.dimension())
    };
    (0..targets).map(of_form).sum()
}

/// Solves the relaxation of the robust ratio problem to a bracket of the relative width asked
/// for, or to the narrowest that can be proven. `cancelled` is polled at every iteration of every program, and
/// at every step of vectors.
///
/// A problem that allows no positive ratio (an error ball that swallows the nominal vector)
/// has the answer zero, which is data and not an error.
///
/// # Errors
/// Cancellation, or the solver's where a program failed before anything was found that attains a positive ratio.
pub fn max_min_ratio(
    problem: &ValidRatioProblem,
    solver: &dyn SdpSolver,
    options: &MaxMinOptions,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<MaxMinSolution, RobustError> {
    options.check()?;
    solve(
        problem,
        None,
        vectors::From::Simple,
        solver,
        options,
        cancelled,
    )
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
    options.check()?;
    let from = vectors::From::Neighbour(neighbour);
    solve(problem, None, from, solver, options, cancelled)
}

fn solve(
    problem: &ValidRatioProblem,
    within: Option<&Relaxation<'_>>,
    from: vectors::From<'_>,
    solver: &dyn SdpSolver,
    options: &MaxMinOptions,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<MaxMinSolution, RobustError> {
    let programs = match options.method {
        Method::Automatic => unknowns(problem, within) <= options.policy.largest_program,
        Method::Programs => true,
        Method::Vectors => false,
    };
    if options.method == Method::Programs {
        return by_programs(problem, within, None, solver, options, cancelled);
    }
    let settings = vectors::Settings {
        tolerance: options.ratio_tolerance,
        escapes: if programs || within.is_some() {
            0
        } else {
            options.policy.escapes
        },
        conditioning: options.conditioning,
        from,
        within,
        policy: options.policy,
    };
    let found = vectors::solve(problem, solver, &settings, cancelled);
    match found {
        Err(error) if error.is_cancellation() => Err(error),
        Ok(found) if !programs || found.is_closed(options.ratio_tolerance) => Ok(found),
        Err(error) if !programs => Err(error),
        found => by_programs(problem, within, found.ok(), solver, options, cancelled),
    }
}

/// Programs in the coordinates that suit the problem, and in others if they fail there; `known` is what was
/// proven before, and stays an answer if they fail everywhere.
fn by_programs(
    problem: &ValidRatioProblem,
    within: Option<&Relaxation<'_>>,
    known: Option<MaxMinSolution>,
    solver: &dyn SdpSolver,
    options: &MaxMinOptions,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<MaxMinSolution, RobustError> {
    if let Some(relaxation) = within {
        return search(relaxation, known.as_ref(), solver, options, cancelled);
    }
    let mut best: Option<Result<MaxMinSolution, RobustError>> = known.map(Ok);
    for conditioning in options.conditioning.choices(problem) {
        let relaxation = Relaxation::new(problem, conditioning);
        let known = best.as_ref().and_then(|b| b.as_ref().ok());
        match search(&relaxation, known, solver, options, cancelled) {
            Err(error) if error.is_cancellation() => return Err(error),
            Ok(found) if found.suffices(options) => return Ok(found),
            Ok(found) => best = Some(Ok(found)),
            Err(error) if !matches!(&best, Some(Ok(known)) if known.bracket.lower() > 0.0) => {
                best = Some(Err(error));
            }
            Err(_) => {}
        }
    }
    best.unwrap_or(Err(RobustError::Empty {
        what: "conditioning",
    }))
}

/// [`max_min_ratio`] with forms restricted to one subspace for each target,
/// `W_j = T_j X_j T_j^H`; [`MaxMinOptions::conditioning`] does not apply.
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
    let from = vectors::From::Simple;
    solve(problem, Some(&relaxation), from, solver, options, cancelled)
}

/// Moves vectors, one for each target, so that the ratio certified of them rises, up to a local maximum: the barrier method of
/// [`Method::Vectors`] with one column for each target, from them on. `None` if nothing can be
/// certified of the vectors to start from. What is returned is never certified less than they are.
///
/// Cost: some fifty Newton steps in `2 K N` real unknowns.
///
/// # Errors
/// Vectors of the wrong number or shape, cancellation, or a solver that cannot evaluate the vectors to start from.
pub fn local_ascent(
    problem: &ValidRatioProblem,
    vectors: &[Mat<c64>],
    solver: &dyn SdpSolver,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<Option<Ascent>, RobustError> {
    problem.check_forms(vectors)?;
    let from = vectors::From::Vectors(vectors);
    let conditioning = Conditioning::Automatic;
    vectors::ascend(problem, None, from, solver, conditioning, cancelled)
}
