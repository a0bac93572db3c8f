//! Thousands of extreme but valid scenarios, each designed and every answer rechecked independently.
//!
//! `cargo run --release --example hostile [-- --cases N] [--seed S] [--only CASE]` prints counts by outcome; exit
//! code 1 if anything happened that must not.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use lexopt::prelude::*;
use td_isac_examples::Failure;
use td_isac_examples::hostile::{AnyCase, Tally};

/// No case may take longer: limits of iterations bound them all.
const LONGEST: Duration = Duration::from_secs(60);

struct Arguments {
    seed: u64,
    first: u64,
    cases: u64,
    only: bool,
}

fn arguments() -> Result<Arguments, Failure> {
    let mut found = Arguments {
        seed: 1,
        first: 0,
        cases: 2000,
        only: false,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("cases") => found.cases = parser.value()?.parse()?,
            Long("seed") => found.seed = parser.value()?.parse()?,
            Long("first") => found.first = parser.value()?.parse()?,
            Long("only") => {
                (found.first, found.cases, found.only) = (parser.value()?.parse()?, 1, true);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(found)
}

#[allow(clippy::print_stdout, clippy::print_stderr)] // the example's result
fn main() -> Result<ExitCode, Failure> {
    let Arguments {
        seed,
        first,
        cases,
        only,
    } = arguments()?;
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
    Ok(ExitCode::from(u8::from(!clean)))
}
