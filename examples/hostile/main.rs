//! Thousands of extreme but valid scenarios, each designed and every answer rechecked independently.
//!
//! `cargo run --release --example hostile [-- --cases N] [--seed S] [--only CASE]` prints counts by outcome; exit
//! code 1 if anything happened that must not.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use td_isac_examples::hostile::{AnyCase, Tally};

/// No case may take longer: limits of iterations bound them all.
const LONGEST: Duration = Duration::from_secs(60);

/// Designs extreme but valid scenarios, and rechecks every answer.
#[derive(Debug, Parser)]
#[command(
    name = "hostile",
    version,
    max_term_width = 80,
    args_override_self = true
)]
struct Arguments {
    /// Number of cases
    #[arg(long, value_name = "N", default_value = "2000")]
    cases: u64,

    /// Seed of all of them
    #[arg(long, value_name = "S", default_value = "1")]
    seed: u64,

    /// Number of the first case
    #[arg(long, value_name = "CASE", default_value = "0")]
    first: u64,

    /// One case only, in every detail
    #[arg(long, value_name = "CASE", conflicts_with_all = ["cases", "first"])]
    only: Option<u64>,
}

#[allow(clippy::print_stdout, clippy::print_stderr)] // the example's result
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let (seed, only) = (arguments.seed, arguments.only.is_some());
    let first = arguments.only.unwrap_or(arguments.first);
    let cases = if only { 1 } else { arguments.cases };
    let mut tally = Tally::default();
    let mut slowest = (Duration::ZERO, 0);
    for number in first..first + cases {
        let case = AnyCase::draw(seed, number);
        if only {
            println!("{case:#?}");
        }
        let start = Instant::now();
        let verdict = case.run();
        slowest = slowest.max((start.elapsed(), number));
        for violation in &verdict.violations {
            eprintln!("case {number}: {violation}");
        }
        tally.add(number, case.traits(), &verdict);
        if only {
            println!("{verdict:#?}");
        }
    }
    println!("{tally}");
    println!(
        "longest: case {} with {:.1} s",
        slowest.1,
        slowest.0.as_secs_f64()
    );
    let clean = tally.violations.is_empty() && slowest.0 < LONGEST;
    ExitCode::from(u8::from(!clean))
}
