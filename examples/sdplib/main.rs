//! Semidefinite programs from files: every instance of a directory, solved and measured.
//!
//! `cargo run --release --example sdplib -- DIR [--only NAME,..] [--limit-s S] [--csv]` reads `*.dat-s` and
//! `*.dat-s.gz` in SDPA's sparse format, for example SDPLIB. The table shows the published optimum beside ours, if DIR
//! has `optima.csv` with the columns `instance,published`.

mod instance;
mod run;

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use td_isac_examples::Failure;
use td_isac_examples::table::{Cell, Table};

use instance::Instance;
use run::Run;

/// Solves every instance of a directory.
#[derive(Debug, Parser)]
#[command(
    name = "sdplib",
    version,
    max_term_width = 80,
    args_override_self = true
)]
struct Arguments {
    /// Where the files are
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    /// Only these instances
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,

    /// Seconds after which an instance is given up
    #[arg(long, value_name = "S", default_value = "120", value_parser = seconds)]
    limit_s: Duration,

    /// Comma-separated values instead of a table to read
    #[arg(long)]
    csv: bool,
}

fn seconds(word: &str) -> Result<Duration, String> {
    let value: f64 = word.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(value).map_err(|e| e.to_string())
}

const COLUMNS: [&str; 8] = [
    "instance",
    "outcome",
    "primal",
    "dual",
    "residual_primal",
    "residual_dual",
    "seconds",
    "peak_mb",
];

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let mut instances = instance::list(&arguments.directory)?;
    for name in &arguments.only {
        if !instances.iter().any(|i| i.name == *name) {
            let place = arguments.directory.display();
            return Err(format!("--only: no {name}.dat-s or {name}.dat-s.gz in {place}").into());
        }
    }
    if !arguments.only.is_empty() {
        instances.retain(|i| arguments.only.contains(&i.name));
    }
    let published = published(&arguments.directory);
    let mut out = io::stdout().lock();
    let header = Table::new(COLUMNS).to_csv();
    if arguments.csv {
        out.write_all(header.as_bytes())?;
    } else {
        writeln!(
            out,
            "{:<10} {:<20} {:>18} {:>18} {:>8} {:>8} {:>8} {:>8}  published",
            "instance", "outcome", "primal", "dual", "primal r", "dual r", "seconds", "MiB"
        )?;
    }
    for instance in &instances {
        let run = run::run(&instance.read()?, arguments.limit_s);
        if arguments.csv {
            let mut table = Table::new(COLUMNS);
            table.push(cells(instance, &run));
            out.write_all(&table.to_csv().as_bytes()[header.len()..])?;
        } else {
            let published = published.get(&instance.name).map_or("", String::as_str);
            writeln!(out, "{}  {published}", line(instance, &run))?;
        }
        out.flush()?;
    }
    Ok(())
}

fn cells(instance: &Instance, run: &Run) -> Vec<Cell> {
    vec![
        instance.name.as_str().into(),
        run.outcome.into(),
        run.primal.into(),
        run.dual.into(),
        run.residual_primal.into(),
        run.residual_dual.into(),
        run.seconds.into(),
        run.peak_mb.into(),
    ]
}

fn line(instance: &Instance, run: &Run) -> String {
    let wide = |v: Option<f64>| v.map_or("-".to_owned(), |v| format!("{v:.9e}"));
    let short = |v: Option<f64>| v.map_or("-".to_owned(), |v| format!("{v:.0e}"));
    let memory = run.peak_mb.map_or("-".to_owned(), |v| format!("{v:.0}"));
    format!(
        "{:<10} {:<20} {:>18} {:>18} {:>8} {:>8} {:>8.2} {memory:>8}",
        instance.name,
        run.outcome,
        wide(run.primal),
        wide(run.dual),
        short(run.residual_primal),
        short(run.residual_dual),
        run.seconds,
    )
}

/// Published optima by instance; empty if there is no such list.
fn published(directory: &Path) -> HashMap<String, String> {
    let text = std::fs::read_to_string(directory.join("optima.csv")).unwrap_or_default();
    let pairs = text.lines().skip(1).filter_map(|l| l.split_once(','));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
