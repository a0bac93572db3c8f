//! Are the promises of a design kept when its inputs are estimates?
//!
//! `cargo run --release --example closed_loop -- --help`

mod arguments;
mod picture;
mod plan;
mod record;
mod summary;
mod trial;

use std::error::Error;
use std::io::Write;

use arguments::{Arguments, USAGE};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use record::{Heading, Journal, Record};
use summary::Summary;
use td_isac_algos::scenario::{AnyScenario, Scenario};
use td_isac_algos::scheme::{
    BeamformingScheme, ErrorIgnorant, Main, MaximumRatio, MrtPowers, ZeroForcing,
};
use td_isac_examples::Failure;
use trial::Loop;

/// Trials between two entries of the journal.
const CHUNK: usize = 8;

fn main() -> Result<(), Failure> {
    let Some(arguments) = Arguments::parse(std::env::args_os().skip(1))? else {
        std::io::stdout().write_all(USAGE.as_bytes())?;
        return Ok(());
    };
    match AnyScenario::from_toml_file(&arguments.scenario)? {
        AnyScenario::TwoD(scenario) => run(scenario, &arguments)?,
        AnyScenario::ThreeD(scenario) => run(scenario, &arguments)?,
    }
    Ok(())
}

fn run<const D: usize>(
    mut scenario: Scenario<D>,
    arguments: &Arguments,
) -> Result<(), Box<dyn Error>> {
    if arguments.error_scale_per_m.is_some() {
        scenario.error_scale_per_m = arguments.error_scale_per_m;
    }
    let checked = scenario.check()?;
    let min_slots = arguments.min_slots.unwrap_or(scenario.users_m.len());
    let folder =
        (arguments.out.clone()).unwrap_or_else(|| format!("closed-loop-{}", scenario.name).into());
    std::fs::create_dir_all(&folder)?;
    let heading = Heading {
        format: 1,
        scenario: scenario.name.clone(),
        schemes: arguments.schemes.clone(),
        error_scale_per_m: checked.error_scale_per_m(),
        sensing_power_w: scenario.sensing_power_w,
        min_slots,
        isotropic_part: arguments.isotropic_part,
    };
    let (mut journal, mut records) = Journal::open(&folder.join("trials.jsonl"), &heading)?;
    let left: Vec<u64> = (0..arguments.trials)
        .filter(|seed| !records.iter().any(|record| record.seed == *seed))
        .collect();
    if !left.is_empty() {
        let schemes = (arguments.schemes.iter())
            .map(|name| Ok((name.clone(), scheme(name)?)))
            .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
        let shared = Loop::new(&checked, schemes, min_slots, arguments.isotropic_part)
            .map_err(|error| error as Box<dyn Error>)?;
        records.extend(play(&shared, &left, arguments.trials, &mut journal)?);
    }
    records.retain(|record| record.seed < arguments.trials);
    let summaries: Vec<Summary> = (arguments.schemes.iter())
        .map(|name| Summary::new(name, &records))
        .collect();
    let scale = checked.error_scale_per_m();
    let mut text = format!("{}: α_e = {scale:.1} /m\n", scenario.name);
    for summary in &summaries {
        text += &summary.text(scale);
    }
    std::fs::write(folder.join("summary.txt"), &text)?;
    picture::write(&folder, &scenario.name, scale, &summaries)?;
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// Runs the trials that are left, of so many, and keeps the journal.
fn play<const D: usize>(
    shared: &Loop<'_, D>,
    left: &[u64],
    trials: u64,
    journal: &mut Journal,
) -> Result<Vec<Record>, Box<dyn Error>> {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len}, {eta} left")?;
    let bar = ProgressBar::new(trials)
        .with_style(style)
        .with_position(trials - left.len() as u64);
    let mut records = Vec::new();
    for seeds in left.chunks(CHUNK) {
        let found: Vec<Vec<Record>> = (seeds.par_iter())
            .map(|&seed| shared.trial(seed))
            .collect::<Result<_, _>>()
            .map_err(|error| error as Box<dyn Error>)?;
        journal.append(&found)?;
        records.extend(found.concat());
        bar.inc(seeds.len() as u64);
    }
    bar.finish_and_clear();
    Ok(records)
}

fn scheme(name: &str) -> Result<Box<dyn BeamformingScheme>, Box<dyn Error>> {
    Ok(match name {
        "main" => Box::new(Main::default()),
        "ei" => Box::new(ErrorIgnorant::default()),
        "mrt" => Box::new(MaximumRatio::new(MrtPowers::Real)),
        "zf" => Box::new(ZeroForcing),
        _ => return Err(format!("--scheme {name}: expected main, ei, mrt or zf").into()),
    })
}
