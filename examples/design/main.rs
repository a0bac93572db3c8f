//! From a scenario file to a certified design.
//!
//! `cargo run --release --example design -- examples/scenarios/paper.toml`; `--help` lists the
//! options. The result is a table or, with `--json`, one JSON object on standard output. Exit codes:
//! 0 success; 2 a bad file, option or missing feature; 3 a scenario without a solution; 4 a solver
//! that failed.

mod arguments;
mod channels;
mod command;
mod failure;
mod least_power;
#[cfg(test)]
mod mutations;
mod progress;
mod report;
mod save;
mod schemes;
mod sensing;
mod solvers;
mod table;
mod uncertainty;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1);
    let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr().lock());
    ExitCode::from(command::run(arguments, &mut out, &mut err))
}
