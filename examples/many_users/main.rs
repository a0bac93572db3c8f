//! Certified beams for many users and access points: how long, how much memory, how wide a gap.
//!
//! `cargo run --release --example many_users -- --help`
//!
//! Random layouts: `M` linear arrays of 21 elements evenly on a circle of 36 m, users uniformly in the disc of
//! 20 m inside it, no two within 2 m; everything else as in the preset `paper`. All of `N` seeds are
//! reported. The channel errors are those of η = 0.6 and the given constant of the position bound
//! (default: the preset's optimum), which costs no sensing program here.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::time::Instant;

use clap::{ArgAction, Parser};
use nf_channel::{ArraySpec, LinearExtent, axis_from_degrees};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use robust_sdp::{
    Attained, HermitianIpm, MaxMinOptions, Method, RankOneOptions, max_min_ratio, rank_one,
    worst_case_ratios,
};
use td_isac_algos::scenario::{AnyScenario, CheckedScenario, Scenario};
use td_isac_algos::scheme::{BeamformingScheme, SchemeContext};
use td_isac_algos::{Downlink, Schemes};
use td_isac_examples::Failure;
use td_isac_examples::flags::{OneOf, positive};
use td_isac_examples::scenes::PAPER;

const ETA: f64 = 0.6;

/// Certified beams for random layouts: time, memory and width of the gap.
#[derive(Debug, Parser)]
#[command(
    name = "many_users",
    version,
    max_term_width = 80,
    args_override_self = true
)]
struct Options {
    /// Users
    #[arg(long, value_name = "K", default_value = "6")]
    users: usize,

    /// Access points
    #[arg(long, value_name = "M", default_value = "4")]
    access_points: usize,

    /// Layouts
    #[arg(long, value_name = "N", default_value = "10")]
    seeds: u64,

    /// How the relaxation is solved
    #[arg(
        long,
        value_name = "METHOD",
        default_value = "automatic",
        value_parser = OneOf::new([
            ("automatic", Method::Automatic),
            ("programs", Method::Programs),
            ("vectors", Method::Vectors),
        ])
    )]
    method: Method,

    /// Schemes, separated by commas
    #[arg(
        long = "scheme",
        value_name = "LIST",
        value_delimiter = ',',
        action = ArgAction::Set,
        default_value = "main",
        value_parser = ["main", "ei", "mrt"]
    )]
    schemes: Vec<String>,

    /// Constant of the position bound that the channel errors follow from
    #[arg(long, value_name = "C", default_value = "4.6e-13", value_parser = positive)]
    crlb_constant_m2: f64,
}

/// One random layout.
fn scenario(options: &Options, seed: u64) -> Result<CheckedScenario<2>, Box<dyn Error>> {
    let AnyScenario::TwoD(mut scenario): AnyScenario = AnyScenario::from_toml_file(PAPER)? else {
        return Err("the preset is not two-dimensional".into());
    };
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    place(&mut scenario, options, &mut random);
    Ok(scenario.check()?)
}

fn place(scenario: &mut Scenario<2>, options: &Options, random: &mut ChaCha8Rng) {
    let turn = std::f64::consts::TAU;
    let phase = random.random_range(0.0..turn);
    scenario.access_points = (0..options.access_points)
        .map(|i| {
            let angle = phase + turn * i as f64 / options.access_points as f64;
            ArraySpec::UniformLinear {
                reference_m: [35.0 + 36.0 * angle.cos(), 42.0 + 36.0 * angle.sin()],
                axis: axis_from_degrees(random.random_range(0.0..180.0)),
                elements: 21,
                extent: Some(LinearExtent::Aperture { aperture_m: 0.53 }),
            }
        })
        .collect();
    scenario.users_m = Vec::new();
    while scenario.users_m.len() < options.users {
        let radius = 20.0 * random.random_range(0.0f64..1.0).sqrt();
        let angle = random.random_range(0.0..turn);
        let user = [35.0 + radius * angle.cos(), 42.0 + radius * angle.sin()];
        let apart = |other: &[f64; 2]| (user[0] - other[0]).hypot(user[1] - other[1]) > 2.0;
        if scenario.users_m.iter().all(apart) {
            scenario.users_m.push(user);
        }
    }
}

/// What one solve showed.
#[derive(Debug)]
struct Outcome {
    seconds: f64,
    /// Of the relaxation's bracket.
    gap: f64,
}

/// The relaxation, the beams, and what these guarantee.
fn robust(downlink: &Downlink, method: Method) -> Result<(Outcome, String), Box<dyn Error>> {
    let solver = HermitianIpm::default();
    let problem = downlink.problem_at(ETA)?;
    let options = MaxMinOptions {
        method,
        ..MaxMinOptions::default()
    };
    let start = Instant::now();
    let solution = max_min_ratio(&problem, &solver, &options, &mut || false)?;
    let seconds = start.elapsed().as_secs_f64();
    let attained = Attained {
        ratio: solution.bracket.lower(),
        slope: solution.point.slope,
        forms: &solution.point.forms,
    };
    let beams = rank_one(
        &problem,
        &solver,
        &attained,
        &RankOneOptions::default(),
        &mut || false,
    )?;
    let worst = worst_case_ratios(&problem, &beams.vectors, &solver)?;
    let certified = worst
        .iter()
        .map(|w| w.ratio())
        .fold(f64::INFINITY, f64::min);
    let all = start.elapsed().as_secs_f64();
    let report = format!(
        "γ ≤ {:.8e}, beams certified to {:.8e} (1 - {:.1e}), {all:.2} s with beams and certificates",
        solution.bracket.upper(),
        certified,
        1.0 - certified / solution.bracket.upper()
    );
    let gap = solution.bracket.upper() / solution.bracket.lower() - 1.0;
    Ok((Outcome { seconds, gap }, report))
}

fn other(
    scheme: &dyn BeamformingScheme,
    downlink: &Downlink,
) -> Result<(Outcome, String), Box<dyn Error>> {
    let solver = HermitianIpm::default();
    let mut never = || false;
    let mut context = SchemeContext {
        solver: &solver,
        previous: None,
        precision: None,
        interrupted: &mut never,
        conic_solves: 0,
    };
    let start = Instant::now();
    let relaxed = scheme.solve(downlink, ETA, &mut context)?;
    let seconds = start.elapsed().as_secs_f64();
    let gap = relaxed
        .gamma_upper_bound
        .map_or(f64::NAN, |bound| bound / relaxed.gamma - 1.0);
    Ok((Outcome { seconds, gap }, format!("γ {:.6e}", relaxed.gamma)))
}

fn run(scheme: &str, options: &Options) -> Result<(), Box<dyn Error>> {
    let mut outcomes = Vec::new();
    for seed in 0..options.seeds {
        let downlink = scenario(options, seed)?.downlink(options.crlb_constant_m2)?;
        let found = match scheme {
            "main" => robust(&downlink, options.method),
            name => other(Schemes::default().get(name)?, &downlink),
        };
        match found {
            Ok((outcome, report)) => {
                println!(
                    "  seed {seed}: {:8.3} s, gap {:.1e}; {report}",
                    outcome.seconds, outcome.gap
                );
                outcomes.push(outcome);
            }
            // A failure is one of the results.
            Err(error) => println!("  seed {seed}: {error}"),
        }
    }
    let mut times: Vec<f64> = outcomes.iter().map(|o| o.seconds).collect();
    times.sort_by(f64::total_cmp);
    let gaps = outcomes.iter().map(|o| o.gap);
    println!(
        "| {scheme} | {} | {} | {} of {} | {} of {} | {:.2} | {:.2} | {:.1e} | {} |",
        options.users,
        options.access_points,
        outcomes.len(),
        options.seeds,
        gaps.clone().filter(|g| *g <= 1e-4).count(),
        options.seeds,
        times.get(times.len() / 2).copied().unwrap_or(f64::NAN),
        times.last().copied().unwrap_or(f64::NAN),
        gaps.fold(0.0, f64::max),
        peak_memory()
    );
    Ok(())
}

/// The process's largest resident set so far, where the system tells.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.map_or_else(|| "?".to_owned(), |kb| format!("{:.0} MB", kb / 1024.0))
}

fn main() -> Result<(), Failure> {
    let options = Options::parse();
    println!(
        "| scheme | K | M | solved | gap ≤ 1e-4 | median s | longest s | widest gap | memory |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for scheme in &options.schemes {
        run(scheme, &options)?;
    }
    Ok(())
}
