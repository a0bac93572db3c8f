//! How close the localisation comes to its bound, and where it stops doing so.
//!
//! `cargo run --release --example ml_efficiency -- --help`

mod arguments;
mod picture;
mod summary;
mod trial;

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;

use arguments::Arguments;
use clap::Parser;
use indicatif::{ParallelProgressIterator, ProgressBar, ProgressStyle};
use nf_channel::{dbm_to_watt, watt_to_dbm};
use rayon::prelude::*;
use summary::Summary;
use td_isac_algos::scenario::{AnyScenario, Level, Scenario};
use td_isac_examples::{Failure, output};
use trial::{Covariance, Setting};

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    if let Some(folder) = &arguments.out {
        output::folder(folder)?;
    }
    match AnyScenario::from_toml_file(&arguments.scenario)? {
        AnyScenario::TwoD(scenario) => run(&scenario, &arguments)?,
        AnyScenario::ThreeD(scenario) => run(&scenario, &arguments)?,
    }
    Ok(())
}

/// One line of the table.
struct Row {
    pub covariance: Covariance,
    pub sensing_dbm: f64,
    pub users: usize,
    pub summary: Summary,
}

fn run<const D: usize>(
    scenario: &Scenario<D>,
    arguments: &Arguments,
) -> Result<(), Box<dyn Error>> {
    let checked = scenario.check()?;
    let users = scenario.users_m.len();
    let levels_dbm = match (&arguments.sensing_dbm, &scenario.sensing_power_w) {
        (Some(given), _) => given.clone(),
        (None, Level::Same(power_w)) => vec![watt_to_dbm(*power_w)],
        (None, Level::Each(_)) => {
            return Err(
                "power.sensing_dbm differs between access points: give --sensing-dbm".into(),
            );
        }
    };
    let mut out = std::io::stdout();
    let mut table = header(users);
    out.write_all(table.as_bytes())?;
    let mut rows = Vec::new();
    for covariance in arguments.covariances() {
        for &sensing_dbm in &levels_dbm {
            let power_w = dbm_to_watt(sensing_dbm);
            let (slots, redrawn) = (arguments.slots, arguments.rayleigh);
            let setting = Setting::new(
                &checked,
                power_w.into(),
                covariance,
                slots,
                redrawn,
                arguments.random_signals,
                arguments.start,
            )
            .map_err(|error| error as Box<dyn Error>)?;
            let bar = progress(arguments.trials, covariance, sensing_dbm)?;
            let outcomes = (arguments.seed..arguments.seed + arguments.trials)
                .into_par_iter()
                .progress_with(bar)
                .map(|seed| setting.trial(seed))
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| error as Box<dyn Error>)?;
            let row = Row {
                covariance,
                sensing_dbm,
                users,
                summary: Summary::new(&outcomes, users),
            };
            let line = row.line();
            out.write_all(line.as_bytes())?;
            table += &line;
            rows.push(row);
        }
    }
    if let Some(folder) = &arguments.out {
        std::fs::write(folder.join("ml_efficiency.csv"), table)?;
        picture::write(folder, &scenario.name, &rows)?;
    }
    Ok(())
}

fn progress(
    trials: u64,
    covariance: Covariance,
    sensing_dbm: f64,
) -> Result<ProgressBar, Box<dyn Error>> {
    let style = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len}, {eta} left")?;
    let bar = ProgressBar::new(trials).with_style(style);
    bar.set_message(format!("{} {sensing_dbm} dBm", covariance.name()));
    Ok(bar)
}

fn header(users: usize) -> String {
    let mut header = String::from(
        "covariance,sensing_dbm,trials,located,rmse_m,plan_m,rmse_over_plan,bound_m,efficiency,normalised,\
         normalised_by_report,reported_variance_min,reported_variance_max",
    );
    for user in 0..users {
        let _ = write!(header, ",efficiency_user_{user}");
    }
    header + "\n"
}

impl Row {
    fn line(&self) -> String {
        let s = &self.summary;
        if s.located == 0 {
            // Nothing to average.
            let name = self.covariance.name();
            let empty = ",".repeat(9 + self.users);
            return format!("{name},{},{},0{empty}\n", self.sensing_dbm, s.trials);
        }
        let mut line = format!(
            "{},{},{},{},{:.4e},{:.4e},{:.4},{:.4e},{:.4},{:.4},{:.4},{:.4},{:.4}",
            self.covariance.name(),
            self.sensing_dbm,
            s.trials,
            s.located,
            s.rmse_m,
            s.plan_m,
            s.rmse_m / s.plan_m,
            s.bound_m,
            s.efficiency,
            s.normalised,
            s.normalised_by_report,
            s.reported_variance[0],
            s.reported_variance[1],
        );
        for efficiency in &s.user_efficiency {
            let _ = write!(line, ",{efficiency:.4}");
        }
        line + "\n"
    }
}
