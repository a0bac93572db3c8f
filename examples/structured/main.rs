//! Which uncertainty is worth what: certified rates of all sets and schemes at equal confidence, the
//! worst positions, and how often a channel lies in its set and a promise is kept: when positions err as the
//! Cramér–Rao bound says, and when they err as MUSIC and maximum likelihood do in simulated frames.
//!
//! `cargo run --release --example structured -- --help`

mod arguments;
mod cost;
mod errors;
mod membership;
mod picture;
mod study;

use arguments::Arguments;
use clap::Parser;
use errors::Errors;
use std::io::Write as _;
use td_isac_algos::Sensing;
use td_isac_algos::scenario::{AnyScenario, Scenario};
use td_isac_algos::sensing::SensingMethod;
use td_isac_examples::output;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), td_isac_examples::Failure> {
    let arguments = Arguments::parse();
    if let Some(folder) = &arguments.out {
        output::folder(folder)?;
    }
    match AnyScenario::from_toml_file(&arguments.scenario)? {
        AnyScenario::TwoD(scenario) => Ok(run(&scenario, &arguments)?),
        AnyScenario::ThreeD(scenario) => Ok(run(&scenario, &arguments)?),
    }
}

fn run<const D: usize>(scenario: &Scenario<D>, arguments: &Arguments) -> Result<(), Failure> {
    let checked = scenario.check()?;
    let mut design = SensingMethod::new(checked.sensing_power_w());
    design.isotropic_fraction = arguments.isotropic_part;
    let sensing = Sensing::design(&checked, Some(&design))?;
    if arguments.cost > 0 {
        return print(&cost::measure(scenario, &sensing, arguments)?);
    }
    let bound = Errors::of_bound(&checked, &sensing, arguments)?;
    let estimator = Errors::of_estimator(&checked, &sensing, arguments)?;
    if let Some(errors) = &estimator {
        print(&errors.report())?;
    }
    let rows = study::rows(scenario, &sensing, arguments, &bound, estimator.as_ref())?;
    let table = study::table(&rows);
    if let Some(folder) = &arguments.out {
        table.write(&folder.join("structured.csv"))?;
        picture::figure(&scenario.name, arguments.eta, &rows).write(&folder.join("structured"))?;
    }
    print(&table.to_csv())
}

fn print(text: &str) -> Result<(), Failure> {
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}
