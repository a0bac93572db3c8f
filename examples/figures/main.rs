//! The figures of the paper's Section V, and a verdict on each of its statements, from one command.
//!
//! ```sh
//! cargo run --release --example figures -- --out figures            # all of it
//! cargo run --release --example figures -- --quick --only fig6,fig8
//! cargo run --release --example figures -- --only structured        # beyond the paper: only when asked for
//! ```
//!
//! Every figure is written as PNG, SVG, CSV and JSON; `claims.md` and `claims.json` hold the verdicts.
//! `--help` lists the options, `docs/reproduction.md` shows and discusses the results. Exit codes: 0
//! success; 2 a bad option or file; 4 designs that a solver failed on.

mod arguments;
mod claims;
mod command;
mod context;
mod curves;
mod fig3;
mod fig4;
mod fig5;
mod fig6;
mod fig7;
mod fig8;
mod fig9;
mod output;
mod panels;
mod structured;

use context::Entry;
use std::process::ExitCode;

/// Every figure: one file each, and one line here.
const FIGURES: [Entry; 8] = [
    fig3::ENTRY,
    fig4::ENTRY,
    fig5::ENTRY,
    fig6::ENTRY,
    fig7::ENTRY,
    fig8::ENTRY,
    fig9::ENTRY,
    structured::ENTRY,
];

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1);
    ExitCode::from(command::run(arguments, &mut std::io::stderr()))
}
