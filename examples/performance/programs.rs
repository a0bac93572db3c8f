//! One robust program, a whole design, and two ways to find a root.

use std::error::Error;

use robust_sdp::{
    HermitianIpm, MaxMinOptions, Method, Recorder, RootFinding, SdpOutcome, SdpSolver,
    SolveRequest, SolverError, Tolerance, ValidRatioProblem, ValidSdp, max_min_ratio,
};
use td_isac_algos::scenario::CheckedScenario;
use td_isac_algos::{Design, Sensing, Study};
use td_isac_examples::scenes;

use crate::report::{Report, time};
use crate::timing::{in_turn, seconds, shortest};

/// The last program of a root search, and how exactly it is to be solved: to a relative gap of 1e-8.
pub fn last_program(
    problem: &ValidRatioProblem,
    options: &MaxMinOptions,
) -> Result<(ValidSdp, Tolerance), Box<dyn Error>> {
    let recorder = Recorder::new(HermitianIpm::default());
    let options = MaxMinOptions {
        method: Method::Programs,
        ..*options
    };
    let searched = max_min_ratio(problem, &recorder, &options, &mut || false);
    // Not the small ones that evaluate given beams.
    let mut programs = recorder.take().into_iter().rev();
    let last = programs.find(|(program, _)| program.matrices.len() > 1);
    // A search that did not close its bracket has left a program all the same.
    let Some((program, tolerance)) = last else {
        searched?;
        return Err("no program was solved".into());
    };
    let tolerance = Tolerance {
        relative_gap: 1e-8,
        ..tolerance
    };
    Ok((program, tolerance))
}

pub fn solve(
    solver: &dyn SdpSolver,
    (program, tolerance): &(ValidSdp, Tolerance),
) -> Result<SdpOutcome, SolverError> {
    let request = SolveRequest {
        tolerance: *tolerance,
        ..SolveRequest::default()
    };
    solver.solve(program, request)
}

/// The other solver, where it was built in.
fn clarabel() -> Option<Box<dyn SdpSolver>> {
    #[cfg(feature = "clarabel-sdp")]
    return Some(Box::new(robust_sdp::ClarabelSolver::default()));
    #[cfg(not(feature = "clarabel-sdp"))]
    None
}

/// Beams and time allocation of `main`, by the alternating iteration, once the sensing is known.
pub fn main_design(
    scenario: &CheckedScenario<2>,
    crlb_constant_m2: f64,
) -> Result<Design, Box<dyn Error>> {
    let downlink = scenario.downlink(crlb_constant_m2)?;
    let eta_max = 1.0 - crlb_constant_m2 / scenario.parameters().crlb_threshold_m2;
    Ok(Study::new(&downlink).eta_max(eta_max).run()?)
}

/// One program of the paper's size, and a whole design.
pub fn one_program(report: &mut Report, quick: bool) -> Result<(), Box<dyn Error>> {
    let scenario = scenes::with_elements(21)?;
    let downlink = scenes::downlink(&scenario)?;
    let program = last_program(&downlink.problem_at(0.6)?, &MaxMinOptions::default())?;
    let native = HermitianIpm::default();
    let rounds = if quick { 3 } else { 15 };
    let outcome = solve(&native, &program)?;
    let SdpOutcome::Optimal(solution) = &outcome else {
        return Err("the program has no optimum".into());
    };
    let iterations = solution.iterations;
    let what = format!("one robust program to a gap of 1e-8 ({iterations} iterations)");
    let mut other = None;
    if let Some(clarabel) = clarabel() {
        // How it ends is part of the comparison: usually a little short of the residuals asked for.
        let end = match solve(clarabel.as_ref(), &program) {
            Ok(_) => String::new(),
            Err(error) => format!(" ({error})"),
        };
        let rounds = if quick { 1 } else { 5 };
        let pair = in_turn(
            rounds,
            1,
            || solve(clarabel.as_ref(), &program),
            || solve(&native, &program),
        );
        let theirs = format!("Clarabel: {}{end}", time(pair.first));
        report.row(what, time(pair.second), theirs, Some(pair.ratio()));
        other = Some(pair.first);
    } else {
        let own = shortest(rounds, || solve(&native, &program));
        report.row(
            what,
            time(own),
            "(build with `clarabel-sdp` to compare)",
            None,
        );
    }
    let constant_m2 = Sensing::design(&scenario, None)?.crlb_constant_m2;
    let whole = shortest(if quick { 1 } else { 3 }, || {
        main_design(&scenario, constant_m2)
    });
    let sensing = shortest(3, || Sensing::design(&scenario, None));
    report.row(
        "whole design of `paper` (sensing, Main, `margin`)",
        time(whole + sensing),
        other.map_or_else(String::new, |t| {
            format!("one program by Clarabel: {}", time(t))
        }),
        other.map(|t| (whole + sensing) / t),
    );
    Ok(())
}

/// Newton's method against the paper's bisection, same tolerance.
pub fn root_finding(report: &mut Report, quick: bool) -> Result<(), Box<dyn Error>> {
    let presets: &[f64] = if quick { &[0.6] } else { &[0.3, 0.6, 0.9] };
    let downlink = scenes::downlink(&scenes::with_elements(21)?)?;
    let native = HermitianIpm::default();
    for &eta in presets {
        let problem = downlink.problem_at(eta)?;
        let run = |root_finding| {
            let options = MaxMinOptions {
                root_finding,
                ..MaxMinOptions::default()
            };
            let mut solves = 0;
            let time = seconds(|| {
                let found = max_min_ratio(&problem, &native, &options, &mut || false);
                solves = found.map_or(0, |f| f.solves);
            });
            (time, solves)
        };
        let (bisection, many) = run(RootFinding::Bisection);
        let (newton, few) = run(RootFinding::Newton);
        report.row(
            format!("robust beams at η = {eta}: Newton, {few} programs"),
            time(newton),
            format!("bisection, {many} programs: {}", time(bisection)),
            Some(bisection / newton),
        );
    }
    Ok(())
}
