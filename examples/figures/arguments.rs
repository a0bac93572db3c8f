//! The command line.

use crate::FIGURES;
use crate::context::Preset;
use lexopt::prelude::*;
use std::ffi::OsString;
use std::path::PathBuf;

/// What `--help` prints.
pub const USAGE: &str = "\
usage: figures [options]

  --only LIST         some figures, of fig3, fig4, fig5, fig6, fig7, fig8, fig9 (default: all of these),
                      and structured: position errors instead of arbitrary channel errors
  --preset NAME       paper (default), carrier-phase or weak-echo
  --realisations N    draws of the reflectivities (default 50; 2 with --quick)
  --seed S            seed of everything random (default 1)
  --quick             coarse grids, few realisations
  --out DIR           where everything goes (default figures); finished designs are kept in
                      DIR/points, so that an interrupted run resumes
  --threads T         default: one a core
  --help              this text
";

/// What is wrong with a command line.
#[derive(Debug, thiserror::Error)]
pub enum ArgumentError {
    /// An unknown option, or one without its value.
    #[error("{0}")]
    Syntax(#[from] lexopt::Error),
    /// A value that an option does not take.
    #[error("--{flag} {value}: expected {expected}")]
    Value {
        flag: &'static str,
        value: String,
        expected: String,
    },
}

/// A valid command line.
#[derive(Debug, Clone, PartialEq)]
pub struct Arguments {
    pub only: Vec<&'static str>,
    pub preset: Preset,
    pub realisations: u64,
    pub seed: u64,
    pub quick: bool,
    pub out: PathBuf,
    pub threads: usize,
}

/// Seeds of realisations are neighbours of `--seed`, and TOML integers; this many leave room.
const MOST: u64 = u32::MAX as u64;

impl Arguments {
    /// Reads a command line without the program's name; `None` when it asks for help.
    pub fn parse(
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Option<Self>, ArgumentError> {
        let mut parser = lexopt::Parser::from_args(arguments);
        let by_default = FIGURES.iter().filter(|entry| entry.by_default);
        let mut only: Vec<&'static str> = by_default.map(|entry| entry.name).collect();
        let (mut preset, mut realisations, mut seed) = (Preset::PAPER, None, 1);
        let (mut quick, mut out, mut threads) = (false, PathBuf::from("figures"), 0);
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => return Ok(None),
                Long("quick") => quick = true,
                Long("only") => only = figures(&parser.value()?.string()?)?,
                Long("preset") => preset = preset_of(parser.value()?.string()?)?,
                Long("realisations") => {
                    realisations = Some(whole("realisations", parser.value()?.string()?, 1)?);
                }
                Long("seed") => seed = whole("seed", parser.value()?.string()?, 0)?,
                Long("out") => out = PathBuf::from(parser.value()?),
                Long("threads") => {
                    threads = whole("threads", parser.value()?.string()?, 1)? as usize;
                }
                unknown => return Err(unknown.unexpected().into()),
            }
        }
        Ok(Some(Self {
            only,
            preset,
            realisations: realisations.unwrap_or(if quick { 2 } else { 50 }),
            seed,
            quick,
            out,
            threads,
        }))
    }
}

fn whole(flag: &'static str, value: String, least: u64) -> Result<u64, ArgumentError> {
    let fits = |number: &u64| (least..=MOST).contains(number);
    let number = value.parse().ok().filter(fits);
    number.ok_or_else(|| ArgumentError::Value {
        flag,
        value,
        expected: format!("a whole number from {least} to {MOST}"),
    })
}

fn figures(list: &str) -> Result<Vec<&'static str>, ArgumentError> {
    let mut only = Vec::new();
    for name in list.split(',').map(str::trim) {
        let entry = FIGURES.iter().find(|entry| entry.name == name);
        let entry = entry.ok_or_else(|| ArgumentError::Value {
            flag: "only",
            value: name.to_owned(),
            expected: format!("some of {}", FIGURES.map(|entry| entry.name).join(", ")),
        })?;
        if !only.contains(&entry.name) {
            only.push(entry.name);
        }
    }
    Ok(only)
}

fn preset_of(value: String) -> Result<Preset, ArgumentError> {
    let preset = Preset::ALL.into_iter().find(|preset| preset.name == value);
    preset.ok_or_else(|| ArgumentError::Value {
        flag: "preset",
        value,
        expected: format!(
            "one of {}",
            Preset::ALL.map(|preset| preset.name).join(", ")
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Arguments>, ArgumentError> {
        Arguments::parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn everything_is_read() {
        let line = "--only fig6,fig3,fig6 --preset weak-echo --realisations 7 --seed 9 --quick --out o --threads 1";
        let arguments = parse(line).unwrap().unwrap();
        assert_eq!(arguments.only, ["fig6", "fig3"]);
        assert_eq!(arguments.preset.name, "weak-echo");
        assert_eq!((arguments.realisations, arguments.seed), (7, 9));
        assert!(arguments.quick);
        assert_eq!((arguments.out, arguments.threads), ("o".into(), 1));
        let default = parse("").unwrap().unwrap();
        assert_eq!((default.only.len(), default.realisations), (7, 50));
        assert!(!default.only.contains(&"structured"));
        let beyond = parse("--only structured").unwrap().unwrap();
        assert_eq!(beyond.only, ["structured"]);
        assert_eq!(parse("--quick").unwrap().unwrap().realisations, 2);
        assert!(parse("--help").unwrap().is_none());
    }

    #[test]
    fn every_figure_is_in_the_help() {
        assert!(FIGURES.iter().all(|entry| USAGE.contains(entry.name)));
    }

    #[test]
    fn mistakes_are_named() {
        for (line, word) in [
            ("--only fig2", "--only fig2"),
            ("--preset paper-printed", "paper-printed"),
            ("--realisations 0", "--realisations 0"),
            ("--seed -1", "--seed -1"),
            ("--threads none", "--threads none"),
            ("stray", "stray"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(word), "{line}: {error}");
        }
    }
}
