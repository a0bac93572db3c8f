//! Where are the users, and may that be believed? One frame of simulated or recorded echoes, and for every user a
//! position with a verdict.
//!
//! `cargo run --release --example locate -- examples/scenarios/paper.toml --isotropic`; `--help` lists the options. Exit
//! codes: 0 whatever the verdicts; 2 a bad file or option.

mod arguments;
mod command;
mod report;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1);
    let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr().lock());
    ExitCode::from(command::run(arguments, &mut out, &mut err))
}
