//! Random command lines: a bounded, seeded version of the fuzz target `design_flags`.

use crate::arguments::{Allocation, Arguments};
use clap::Parser;
use clap::error::ErrorKind;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ffi::OsString;

const WORDS: [&str; 43] = [
    "a.toml",
    "b.toml",
    "--scheme",
    "--scheme=main",
    "--eta",
    "--eta=0.5",
    "--eta-start",
    "--eta-start=1e-300",
    "--time-allocation",
    "--solver",
    "--solver=native",
    "--mrt-powers",
    "--json",
    "--least-power",
    "--sinr-db",
    "--sinr-db=-3",
    "--save",
    "--help",
    "-h",
    "--",
    "-",
    "",
    "main,ei,mrt",
    "main,,ei",
    "perfect",
    "zf,zf",
    "0.5",
    "1",
    "0",
    "-0.5",
    "1e-400",
    "0.9999999999999999999",
    "nan",
    "inf",
    "margin",
    "rate",
    "exhaustive",
    "native",
    "clarabel",
    "hermitian",
    "real",
    "--étа",
    "--json=1",
];

#[test]
fn random_lines_are_valid_or_named_errors() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (mut valid, mut errors) = (0, 0);
    for _ in 0..50_000 {
        let count = rng.random_range(0..7);
        let line: Vec<OsString> = (0..count)
            .map(|_| OsString::from(WORDS[rng.random_range(0..WORDS.len())]))
            .collect();
        match Arguments::try_parse_from(line.clone()) {
            Ok(arguments) => {
                valid += 1;
                let (Allocation::Fixed { eta } | Allocation::Optimised { start: eta, .. }) =
                    arguments.allocation();
                assert!(eta > 0.0 && eta < 1.0, "{line:?}: {eta}");
                assert!(!arguments.schemes.is_empty(), "{line:?}");
            }
            Err(error) if error.exit_code() == 0 => {}
            Err(error) => {
                errors += 1;
                let message = error.to_string();
                assert!(message.starts_with("error: "), "{line:?}: {message}");
                // What is wrong is quoted.
                if error.kind() == ErrorKind::ValueValidation {
                    let named = ["for '--eta", "for '--sinr-db"];
                    let quoted = named.iter().any(|words| message.contains(words));
                    assert!(quoted, "{line:?}: {message}");
                }
            }
        }
    }
    assert!(valid > 500 && errors > 10_000, "{valid} {errors}");
}
