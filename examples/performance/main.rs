//! How fast, against what people would use instead: one table of ratios, measured side by side.
//!
//! `cargo run --release --example performance [-- --quick] [--write FILE]`; with
//! `--features clarabel-sdp` (and `OPENBLAS_NUM_THREADS=1`) the comparison with Clarabel too. `--write` puts
//! the table between the markers of docs/performance.md.
#![allow(clippy::print_stdout)]

mod bounds;
mod programs;
mod report;
mod scaling;
mod timing;

use std::path::PathBuf;

use clap::Parser;
use report::Report;
use td_isac_examples::{Failure, output};

/// Measures what would be used instead side by side, as ratios.
#[derive(Debug, Parser)]
#[command(
    name = "performance",
    version,
    max_term_width = 80,
    args_override_self = true
)]
struct Options {
    /// The smallest sizes only
    #[arg(long)]
    quick: bool,

    /// Put the table between the markers of this file
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

fn main() -> Result<(), Failure> {
    let options = Options::parse();
    if let Some(file) = &options.write {
        output::file(file)?;
    }
    let mut report = Report::default();
    bounds::fisher_information(&mut report, options.quick)?;
    bounds::spectrum(&mut report, options.quick)?;
    programs::one_program(&mut report, options.quick)?;
    programs::root_finding(&mut report, options.quick)?;
    scaling::dimensions(&mut report, options.quick)?;
    scaling::antennas(&mut report, options.quick)?;
    scaling::users_and_access_points(&mut report, options.quick)?;
    scaling::threads(&mut report, options.quick)?;
    if let Some(file) = &options.write {
        report.write(file)?;
    }
    Ok(())
}
