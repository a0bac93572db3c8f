//! Are the promises of a design kept when its inputs are estimates?
//!
//! `cargo run --release --example closed_loop -- --help`

mod arguments;
mod levels;
mod picture;
mod pilots;
mod plan;
mod promises;
mod record;
mod summary;
mod trial;

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arguments::Arguments;
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use pilots::Frames;
use promises::Promises;
use rayon::prelude::*;
use record::{Heading, Journal, Record};
use summary::Summary;
use td_isac_algos::scenario::{AnyScenario, ErrorSize, Scenario, UncertaintySpec};
use td_isac_algos::scheme::BeamformingScheme;
use td_isac_algos::{DesignError, Schemes};
use td_isac_examples::{Failure, output};
use trial::Loop;

/// Trials between two entries of the journal.
const CHUNK: usize = 8;

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    if let Some(channels) = &arguments.true_channels {
        return match pilots::scenario(&arguments.scenario)
            .map_err(|error| error as Box<dyn Error>)?
        {
            AnyScenario::TwoD(scenario) => promises_on(&scenario, channels, &arguments),
            AnyScenario::ThreeD(scenario) => promises_on(&scenario, channels, &arguments),
        };
    }
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
    let scenario = with_papers_balls(scenario)?;
    let checked = scenario.check()?;
    let min_slots = arguments.min_slots.unwrap_or(scenario.users_m.len());
    let folder =
        (arguments.out.clone()).unwrap_or_else(|| format!("closed-loop-{}", scenario.name).into());
    output::folder(&folder)?;
    // Signals of fewer slots than an isotropic part has directions would leave it out.
    let designed_signals = !arguments.random_signals && arguments.isotropic_part == 0.0;
    let heading = Heading {
        format: 1,
        scenario: scenario.name.clone(),
        schemes: arguments.schemes.clone(),
        error_scale_per_m: checked.error_scale_per_m(),
        sensing_power_w: scenario.sensing_power_w.clone(),
        min_slots,
        isotropic_part: arguments.isotropic_part,
        prior: scenario.prior,
        designed_signals,
    };
    let (mut journal, mut records) = Journal::open(&folder.join("trials.jsonl"), &heading)?;
    let left: Vec<u64> = (0..arguments.trials)
        .filter(|seed| !records.iter().any(|record| record.seed == *seed))
        .collect();
    if !left.is_empty() {
        let schemes = known(&arguments.schemes)?;
        let shared =
            Loop::new(&checked, schemes, &heading).map_err(|error| error as Box<dyn Error>)?;
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

/// Plays pilots on channels from a file.
fn promises_on<const D: usize>(
    scenario: &Scenario<D>,
    channels: &Path,
    arguments: &Arguments,
) -> Result<(), Failure> {
    let plain = |error: Box<dyn Error + Send + Sync>| error as Box<dyn Error>;
    let checked = scenario.check()?;
    if let Some(folder) = &arguments.out {
        output::folder(folder)?;
    }
    let mut frames = Frames::new(&checked, channels, known(&arguments.schemes)?).map_err(plain)?;
    frames.line_of_sight = arguments.line_of_sight;
    let mut found = Vec::new();
    for &level in &arguments.reflections {
        frames.with_reflections(level);
        let bar = progress(arguments.draws)?;
        let draws = frames.draw(arguments.draws, || bar.inc(1)).map_err(plain)?;
        bar.finish_and_clear();
        let promises = Promises::new(
            &scenario.name,
            level,
            frames.confidence,
            frames.plan,
            &draws,
        );
        if let Some(warning) = promises.warning() {
            writeln!(std::io::stderr(), "{warning}")?;
        }
        let text = if arguments.json {
            serde_json::to_string(&promises)? + "\n"
        } else {
            promises.text()
        };
        std::io::stdout().write_all(text.as_bytes())?;
        found.push((level, promises));
    }
    if let Some(folder) = &arguments.out {
        levels::write(folder, &found)?;
    }
    Ok(())
}

/// A scheme and its name.
type Named = (String, Arc<dyn BeamformingScheme>);

/// Schemes by name.
fn known(names: &[String]) -> Result<Vec<Named>, DesignError> {
    let known = Schemes::default();
    (names.iter())
        .map(|name| Ok((name.clone(), known.get_shared(name)?)))
        .collect()
}

fn progress(length: u64) -> Result<ProgressBar, Box<dyn Error>> {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len}, {eta} left")?;
    Ok(ProgressBar::new(length).with_style(style))
}

/// The scenario with the scale of its balls in `α_e`.
///
/// Plan and coverage are about the set (4), one relative radius for all channels; other sets are an error.
fn with_papers_balls<const D: usize>(mut scenario: Scenario<D>) -> Result<Scenario<D>, String> {
    let set = scenario.uncertainty.set.as_str();
    let found = match (set, scenario.uncertainty.size) {
        ("ball", ErrorSize::Scale(scale)) => {
            let own = scenario.check().map_err(|error| error.to_string())?;
            scenario.error_scale_per_m = Some(scale * own.error_scale_per_m());
            scenario.uncertainty = UncertaintySpec::default();
            return Ok(scenario);
        }
        ("ball", ErrorSize::Confidence(p)) => format!("confidence = {p}"),
        _ => format!("model = \"{set}\""),
    };
    Err(format!(
        "uncertainty.{found}: closed_loop plans and counts with the paper's balls (model = \"ball\" and a \
         scale); frames for other sets are played by `structured --frames`"
    ))
}

/// Runs the trials that are left, of so many, and keeps the journal.
fn play<const D: usize>(
    shared: &Loop<'_, D>,
    left: &[u64],
    trials: u64,
    journal: &mut Journal,
) -> Result<Vec<Record>, Box<dyn Error>> {
    let bar = progress(trials)?.with_position(trials - left.len() as u64);
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

#[cfg(test)]
mod tests {
    use super::*;
    use td_isac_algos::uncertainty::PositionSet;
    use td_isac_examples::scenes;

    #[test]
    fn the_scale_of_the_balls_counts_and_other_sets_are_refused_by_name() {
        let mut scenario = scenes::preset("paper").expect("a preset");
        let alone = scenario.check().expect("valid").error_scale_per_m();
        scenario.uncertainty.size = ErrorSize::Scale(2.5);
        let constant_m2 = 1e-12;
        let radius = |scenario: &Scenario<2>| {
            let checked = scenario.check().expect("valid");
            let downlink = checked.downlink(constant_m2).expect("a downlink");
            format!("{:?}", downlink.problem_at(0.5).expect("errors below one"))
        };
        let folded = with_papers_balls(scenario.clone()).expect("the paper's set");
        assert_eq!(folded.error_scale_per_m, Some(2.5 * alone));
        // The same problem as before: folding is not a change of the set.
        assert_eq!(radius(&folded), radius(&scenario));

        scenario.uncertainty.size = ErrorSize::Confidence(0.9);
        let refused = with_papers_balls(scenario.clone()).expect_err("another set");
        assert!(
            refused.contains("uncertainty.confidence = 0.9"),
            "{refused}"
        );
        scenario.uncertainty.set = PositionSet::Phase;
        let refused = with_papers_balls(scenario).expect_err("another set");
        assert!(
            refused.contains("uncertainty.model = \"phase\""),
            "{refused}"
        );
    }
}
