//! The command line.

use crate::FIGURES;
use crate::context::Preset;
use clap::{ArgAction, Parser, value_parser};
use std::path::PathBuf;
use td_isac_examples::flags::OneOf;

/// Seeds of realisations are neighbours of `--seed`, and TOML integers; this many leave room.
const MOST: u64 = u32::MAX as u64;

/// Makes the paper's figures, and a verdict on each of its statements.
#[derive(Debug, Clone, PartialEq, Parser)]
#[command(
    name = "figures",
    version,
    max_term_width = 80,
    no_binary_name = true,
    allow_negative_numbers = true,
    args_override_self = true
)]
pub struct Arguments {
    /// Some figures, separated by commas; structured, on position errors
    /// instead of arbitrary channel errors, is made only when named
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        action = ArgAction::Set,
        value_parser = OneOf::new(FIGURES.map(|entry| (entry.name, entry.name)))
    )]
    only: Vec<&'static str>,

    /// Scenario
    #[arg(
        long,
        value_name = "NAME",
        default_value = "paper",
        value_parser = OneOf::new(Preset::ALL.map(|preset| (preset.name, preset)))
    )]
    pub preset: Preset,

    /// Draws of the reflectivities [default: 50, or 2 with --quick]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=MOST))]
    realisations: Option<u64>,

    /// Seed of everything random
    #[arg(
        long,
        value_name = "S",
        default_value = "1",
        value_parser = value_parser!(u64).range(..=MOST)
    )]
    pub seed: u64,

    /// Coarse grids, few realisations
    #[arg(long)]
    pub quick: bool,

    /// Where everything goes; finished designs are kept in
    /// DIR/points, so that an interrupted run resumes
    #[arg(long, value_name = "DIR", default_value = "figures")]
    pub out: PathBuf,

    /// Threads; 0 is one a core
    #[arg(long, value_name = "T", default_value = "0")]
    pub threads: usize,
}

impl Arguments {
    /// Whether a figure of this name is asked for.
    pub fn wants(&self, name: &str) -> bool {
        if self.only.is_empty() {
            let named = |entry: &&crate::context::Entry| entry.name == name;
            return FIGURES.iter().find(named).is_some_and(|e| e.by_default);
        }
        self.only.contains(&name)
    }

    /// Draws of the reflectivities.
    pub fn realisations(&self) -> u64 {
        let default = if self.quick { 2 } else { 50 };
        self.realisations.unwrap_or(default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    fn wanted(line: &str) -> Vec<&'static str> {
        let arguments = parse(line).unwrap();
        let names = FIGURES.map(|entry| entry.name).into_iter();
        names.filter(|name| arguments.wants(name)).collect()
    }

    #[test]
    fn everything_is_read() {
        let line = "--only fig6,fig3,fig6 --preset weak-echo --realisations 7 --seed 9 --quick --out o --threads 1";
        let arguments = parse(line).unwrap();
        assert_eq!(wanted(line), ["fig3", "fig6"]);
        assert_eq!(arguments.preset.name, "weak-echo");
        assert_eq!((arguments.realisations(), arguments.seed), (7, 9));
        assert!(arguments.quick);
        assert_eq!((arguments.out, arguments.threads), ("o".into(), 1));
        let all = ["fig3", "fig4", "fig5", "fig6", "fig7", "fig8", "fig9"];
        assert_eq!(wanted(""), all);
        assert_eq!(wanted("--only structured"), ["structured"]);
        assert_eq!(parse("").unwrap().realisations(), 50);
        assert_eq!(parse("--quick").unwrap().realisations(), 2);
        assert_eq!(parse("--help").unwrap_err().exit_code(), 0);
    }

    #[test]
    fn every_figure_is_in_the_help() {
        let help = Arguments::command().render_help().to_string();
        assert!(FIGURES.iter().all(|entry| help.contains(entry.name)));
    }

    #[test]
    fn mistakes_are_named() {
        for (line, words) in [
            ("--only fig2", ["--only", "'fig2'"]),
            ("--preset paper-printed", ["--preset", "'paper-printed'"]),
            ("--realisations 0", ["--realisations", "'0'"]),
            ("--seed -1", ["--seed", "'-1'"]),
            ("--threads none", ["--threads", "'none'"]),
            ("stray", ["unexpected", "'stray'"]),
        ] {
            let error = parse(line).unwrap_err().to_string();
            for word in words {
                assert!(error.contains(word), "{line}: {error}");
            }
        }
    }
}
