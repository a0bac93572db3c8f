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

use report::Report;
use td_isac_examples::Failure;

/// What was asked for on the command line.
#[derive(Debug, Default)]
struct Options {
    quick: bool,
    write: Option<PathBuf>,
}

fn options() -> Result<Options, lexopt::Error> {
    use lexopt::prelude::*;
    let mut options = Options::default();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("quick") => options.quick = true,
            Long("write") => options.write = Some(parser.value()?.into()),
            other => return Err(other.unexpected()),
        }
    }
    Ok(options)
}

fn main() -> Result<(), Failure> {
    let options = options()?;
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
