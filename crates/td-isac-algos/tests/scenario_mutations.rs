//! Spoilt scenario files: a bounded, seeded version of the fuzz target `scenario_reader`.
//!
//! Every mutant is read: a scenario with finite channels, or an error that names the file; never a panic.
#![cfg(feature = "toml")]
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod scenario_files;

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scenario_files::{PLANE, SPACE, read};
use td_isac_algos::scenario::ScenarioFileError;
use td_isac_algos::scenario::{AnyScenario, Scenario};

const PRESETS: [&str; 5] = [
    include_str!("scenarios/paper.toml"),
    include_str!("scenarios/weak-echo.toml"),
    include_str!("scenarios/carrier-phase.toml"),
    include_str!("scenarios/paper-printed.toml"),
    include_str!("scenarios/room-3d.toml"),
];

/// What is put in the place of a number or a word.
const VALUES: [&str; 30] = [
    "0",
    "-0.0",
    "1",
    "-1",
    "2",
    "3.5",
    "1e308",
    "-1e308",
    "1e-308",
    "5e-324",
    "1e400",
    "nan",
    "inf",
    "-inf",
    "9223372036854775807",
    "-9223372036854775808",
    "4096",
    "true",
    "\"\"",
    "\"unit\"",
    "\"ellipse\"",
    "\"reciprocal\"",
    "[]",
    "[[]]",
    "[0, 0]",
    "[0, 0, 0]",
    "[1, 2, 3]",
    "{}",
    "1979-05-27",
    "{ elements = 1 }",
];

struct Mutator {
    rng: ChaCha8Rng,
}

impl Mutator {
    fn below(&mut self, count: usize) -> usize {
        self.rng.random_range(0..count.max(1))
    }

    /// Somewhere between two characters.
    fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// The bytes of a random token: what stands between punctuation.
    fn token(&mut self, text: &str) -> std::ops::Range<usize> {
        let separator = |c: char| c.is_whitespace() || ",=[]{}#".contains(c);
        let at = self.place(text);
        let start = text[..at].rfind(separator).map_or(0, |i| i + 1);
        let end = text[at..].find(separator).map_or(text.len(), |i| at + i);
        start..end
    }

    fn mutate(&mut self, text: &mut String, other: &str) {
        match self.below(9) {
            0 => {
                let token = self.token(text);
                text.replace_range(token, VALUES[self.below(VALUES.len())]);
            }
            1 => {
                let (from, to) = (self.token(other), self.token(text));
                text.replace_range(to, &other[from]);
            }
            2 => {
                let range = self.line(text);
                text.replace_range(range, "");
            }
            3 => {
                let range = self.line(other);
                let at = self.line(text).start;
                text.insert_str(at, &other[range]);
            }
            4 => {
                let (mut a, mut b) = (self.place(text), self.place(text));
                if a > b {
                    (a, b) = (b, a);
                }
                // Short pieces only, most of the time.
                let b = b.min(a + 20);
                if text.is_char_boundary(b) {
                    text.replace_range(a..b, "");
                }
            }
            5 => {
                let at = self.place(text);
                let c = char::from(u8::try_from(self.below(128)).unwrap());
                text.insert(at, c);
            }
            6 => {
                let token = self.token(text);
                let number = text[token.clone()].parse::<f64>();
                if let Ok(number) = number {
                    let factor = 10f64.powi(self.rng.random_range(-320..320));
                    text.replace_range(token, &format!("{:e}", number * factor));
                }
            }
            7 => {
                let token = self.token(text);
                let copy = format!("{0}, {0}", &text[token.clone()]);
                text.replace_range(token, &copy);
            }
            _ => {
                let at = self.place(text);
                text.insert(at, 'é');
            }
        }
    }

    fn line(&mut self, text: &str) -> std::ops::Range<usize> {
        let at = self.place(text);
        let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
        let end = text[at..].find('\n').map_or(text.len(), |i| at + i + 1);
        start..end
    }
}

fn check<const D: usize>(scenario: &Scenario<D>) {
    let checked = scenario.check().unwrap();
    for channel in checked.channels().iter().flatten() {
        assert!(channel.values.iter().all(|h| h.is_finite()), "{scenario:?}");
        assert!(
            channel.gradient.iter().flatten().all(|h| h.is_finite()),
            "{scenario:?}"
        );
    }
}

/// Words of messages about keys.
const KEY_PROBLEMS: [&str; 12] = [
    "unknown field",
    "missing",
    "expected a number",
    "not a finite number",
    "must be positive",
    "must not be negative",
    "dBm is beyond",
    "unknown variant",
    "invalid length",
    "expected 2 or 3 coordinates",
    "all positions are in the plane or all are in space",
    "elements take",
];

/// Which kind of error, for counting.
fn kind(error: &ScenarioFileError) -> &'static str {
    match error {
        ScenarioFileError::Syntax { .. } => "syntax",
        ScenarioFileError::Invalid { .. } => "invalid",
        ScenarioFileError::Key { problem, .. } => {
            assert!(!problem.is_empty(), "{error}");
            let found = KEY_PROBLEMS.iter().find(|words| problem.contains(**words));
            found.copied().unwrap_or("other")
        }
        _ => "other file",
    }
}

#[test]
fn mutants_are_scenarios_or_errors() {
    let pilots = format!(
        "{PLANE}\n[pilots]\nsymbols = 8\npower_dbm = 10\nscattering = 0.1\ncalibration_std_rad = 0.2\n"
    );
    let texts: Vec<&str> = (PRESETS.into_iter())
        .chain([PLANE, SPACE, &pilots])
        .collect();
    let mut mutator = Mutator {
        rng: ChaCha8Rng::seed_from_u64(1),
    };
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for _ in 0..60_000 {
        let mut text = texts[mutator.below(texts.len())].to_owned();
        let other = texts[mutator.below(texts.len())];
        for _ in 0..=mutator.below(3) {
            mutator.mutate(&mut text, other);
        }
        let outcome = match read(&text) {
            Ok(AnyScenario::TwoD(scenario)) => {
                check(&scenario);
                "scenario"
            }
            Ok(AnyScenario::ThreeD(scenario)) => {
                check(&scenario);
                "scenario"
            }
            Err(error) => {
                let message = error.to_string();
                assert!(message.starts_with("test.toml"), "{message}");
                kind(&error)
            }
        };
        *counts.entry(outcome).or_default() += 1;
    }
    // The mutants get everywhere.
    for expected in ["scenario", "syntax", "invalid"]
        .iter()
        .chain(&KEY_PROBLEMS)
    {
        assert!(counts.contains_key(expected), "no {expected}: {counts:?}");
    }
}
