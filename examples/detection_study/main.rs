//! How often detection is wrong: positions that are claimed and false, users that are there and not reported, and
//! reports of users where there are none.
//!
//! `cargo run --release --example detection_study -- mixture --frames 1000`, `-- empty`, `-- curves`; `--help` lists the
//! options. What came out: docs/localisation.md.

mod arguments;
mod curves;
mod frame;
mod layouts;
mod mixture;
mod outcome;

use std::io::Write as _;

use arguments::{Arguments, Study};
use clap::Parser;
use td_isac_examples::{Failure, output};

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    output::folder(&arguments.out)?;
    let text = match &arguments.study {
        Study::Mixture(options) => mixture::run(options, &arguments.out)?,
        Study::Empty(options) => curves::false_alarms(options, &arguments.out)?,
        Study::Curves(options) => curves::run(options, &arguments.out)?,
    };
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}
