//! One scenario, any keys varied, any schemes, many seeds: one line of JSON for each design.
//!
//! ```sh
//! cargo run --release --example sweep -- examples/scenarios/paper.toml \
//!     --sweep power.sensing_dbm=25:45:2.5 --seeds 200 --out rates.jsonl
//! ```
//!
//! `--help` lists the options; `docs/sweeps.md` shows batch systems. Exit codes: 0 success; 2 a bad file or
//! option; 4 designs that a solver failed on, in lines whose `status` says so.

mod arguments;
mod command;
mod side_file;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1);
    ExitCode::from(command::run(arguments, &mut std::io::stderr()))
}
