//! What grows with what.

use std::error::Error;

use rayon::prelude::*;
use robust_sdp::{HermitianIpm, MaxMinOptions, max_min_ratio};
use td_isac_algos::sensing::SensingMethod;
use td_isac_examples::scenes;

use crate::programs::{last_program, main_design, solve};
use crate::report::{Report, time};
use crate::timing::{in_turn, seconds, shortest};

/// The problem in the span of the channels against the problem in antenna coordinates.
pub fn dimensions(report: &mut Report, quick: bool) -> Result<(), Box<dyn Error>> {
    let native = HermitianIpm::default();
    let elements: &[usize] = if quick { &[5] } else { &[5, 7] };
    for &elements in elements {
        let downlink = scenes::downlink(&scenes::with_elements(elements)?)?;
        let options = MaxMinOptions::default();
        let reduced = last_program(&downlink.problem_at(0.6)?, &options)?;
        let full = last_program(&downlink.full_problem_at(0.6)?, &options)?;
        let pair = in_turn(
            if quick { 1 } else { 3 },
            1,
            || solve(&native, &full),
            || solve(&native, &reduced),
        );
        report.row(
            format!(
                "one program in the span, side {}",
                reduced.0.matrices[0].dim
            ),
            time(pair.second),
            format!(
                "in antenna coordinates, side {}: {}",
                full.0.matrices[0].dim,
                time(pair.first)
            ),
            Some(pair.ratio()),
        );
    }
    Ok(())
}

/// More antennas on the same aperture: building channels and responses, and all that comes after.
pub fn antennas(report: &mut Report, quick: bool) -> Result<(), Box<dyn Error>> {
    let counts: &[usize] = if quick {
        &[21, 257]
    } else {
        &[21, 65, 257, 1025]
    };
    let mut scenes = Vec::new();
    for &elements in counts {
        let scenario = scenes::with_elements(elements)?;
        let model = scenario.sensing_parameters().check()?;
        scenes.push((elements, scenario, model));
    }
    let mut build = vec![f64::INFINITY; scenes.len()];
    let (mut covariance, mut beams) = (build.clone(), build.clone());
    // In turn, so that whatever else the machine does meets all of them.
    for _ in 0..if quick { 1 } else { 5 } {
        for (i, (elements, scenario, model)) in scenes.iter().enumerate() {
            build[i] = build[i].min(shortest(3, || {
                scenes::with_elements(*elements).map(|s| s.sensing_parameters().check())
            }));
            let design = SensingMethod::new(scenario.sensing_power_w());
            covariance[i] = covariance[i].min(shortest(3, || design.optimise(model)));
            let optimum = design.optimise(model)?;
            let constant_m2 = scenario.frame().crlb_constant_m2(&optimum.bound);
            beams[i] = beams[i].min(seconds(|| main_design(scenario, constant_m2)));
        }
    }
    let first = format!("{} elements", counts[0]);
    for (i, (elements, ..)) in scenes.iter().enumerate().skip(1) {
        for (what, times) in [
            ("scenario, channels and responses", &build),
            ("optimal covariance", &covariance),
            ("beams and time allocation, `main`", &beams),
        ] {
            report.row(
                format!("{elements} elements: {what}"),
                time(times[i]),
                format!("{first}: {}", time(times[0])),
                Some(times[i] / times[0]),
            );
        }
        let rest = |i: usize| covariance[i] + beams[i];
        report.row(
            format!("{elements} elements: all after the channels"),
            time(rest(i)),
            format!("{first}: {}", time(rest(0))),
            Some(rest(i) / rest(0)),
        );
    }
    Ok(())
}

/// More users, and more access points: one program each.
pub fn users_and_access_points(report: &mut Report, quick: bool) -> Result<(), Box<dyn Error>> {
    let native = HermitianIpm::default();
    let sizes: &[(usize, usize)] = if quick {
        &[(2, 3), (4, 2)]
    } else {
        &[(2, 3), (4, 3), (6, 3), (8, 2), (4, 2), (4, 4), (4, 6)]
    };
    // A root to a per cent: what is measured is one program.
    let options = MaxMinOptions {
        ratio_tolerance: 1e-2,
        ..MaxMinOptions::default()
    };
    for &(users, stations) in sizes {
        let downlink = scenes::downlink(&scenes::spread(users, stations)?)?;
        let program = last_program(&downlink.problem_at(0.6)?, &options)?;
        let side = program.0.matrices[0].dim;
        let unknowns = users * side * side + 1 + users * stations;
        let mut failed = None;
        let t = seconds(|| failed = solve(&native, &program).err());
        if let Some(error) = failed {
            report.row(
                format!("K = {users}, M = {stations}"),
                error.to_string(),
                "",
                None,
            );
            continue;
        }
        report.row(
            format!("K = {users}, M = {stations}: one program, {unknowns} unknowns"),
            time(t),
            "",
            None,
        );
    }
    Ok(())
}

/// Independent problems on one thread and on two.
pub fn threads(report: &mut Report, quick: bool) -> Result<(), Box<dyn Error>> {
    let downlink = scenes::downlink(&scenes::with_elements(21)?)?;
    let count = if quick { 4 } else { 16 };
    let problems = (0..count)
        .map(|i| downlink.problem_at(0.3 + 0.6 * f64::from(i) / f64::from(count)))
        .collect::<Result<Vec<_>, _>>()?;
    let native = HermitianIpm::default();
    let pool = |threads: usize| rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let (one, two) = (pool(1)?, pool(2)?);
    let sweep = || {
        (problems.par_iter().with_max_len(1))
            .map(|p| max_min_ratio(p, &native, &MaxMinOptions::default(), &mut || false))
            .collect::<Vec<_>>()
    };
    let rounds = if quick { 1 } else { 5 };
    let pair = in_turn(rounds, 1, || one.install(sweep), || two.install(sweep));
    report.row(
        format!("sweep over {count} time allocations, 2 threads (median)"),
        time(pair.second),
        format!("1 thread: {}", time(pair.first)),
        Some(pair.median_ratio),
    );
    Ok(())
}
