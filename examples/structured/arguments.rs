//! The command line.

use clap::{ArgAction, Parser};
use std::path::PathBuf;
use td_isac_algos::Schemes;
use td_isac_examples::flags::{OneOf, between_0_and_1, from_0_to_1};

const WEAK_ECHO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/weak-echo.toml");

/// Compares sets of channel errors and sets of position errors.
#[derive(Debug, Clone, PartialEq, Parser)]
#[command(
    name = "structured",
    version,
    max_term_width = 80,
    allow_negative_numbers = true,
    args_override_self = true
)]
pub struct Arguments {
    /// Scenario file [default: the preset weak-echo]
    #[arg(value_name = "SCENARIO.toml", default_value = WEAK_ECHO, hide_default_value = true)]
    pub scenario: PathBuf,

    /// Time allocation, 0 < X < 1
    #[arg(long, value_name = "X", default_value = "0.8", value_parser = between_0_and_1)]
    pub eta: f64,

    /// Schemes, separated by commas
    #[arg(
        long = "scheme",
        value_name = "LIST",
        value_delimiter = ',',
        action = ArgAction::Set,
        default_value = "main,mrt,ei,zf",
        value_parser = OneOf::names(Schemes::default().names())
    )]
    pub schemes: Vec<String>,

    /// Position errors drawn from the Cramér–Rao covariance
    #[arg(long, value_name = "N", default_value = "2000")]
    pub draws: usize,

    /// Position errors of MUSIC and maximum likelihood in so many frames
    #[arg(long, value_name = "N", default_value = "0")]
    pub frames: u64,

    /// Part of the sensing power spent in all directions alike
    #[arg(long, value_name = "P", default_value = "0", value_parser = from_0_to_1)]
    pub isotropic_part: f64,

    /// Instead of all that: processor time of one design with each set,
    /// taken in turn
    #[arg(long, value_name = "ROUNDS", default_value = "0")]
    pub cost: usize,

    /// Where structured.csv, .png and .svg go
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(["structured"].into_iter().chain(line.split_whitespace()))
    }

    #[test]
    fn values_are_read_and_mistakes_named() {
        let line =
            "a.toml --eta 0.6 --scheme zf,main --draws 7 --frames 3 --isotropic-part 0.05 --cost 2";
        let found = parse(line).unwrap();
        assert_eq!(found.schemes, ["zf", "main"]);
        assert_eq!((found.draws, found.frames, found.cost), (7, 3, 2));
        assert_eq!((found.eta, found.isotropic_part), (0.6, 0.05));
        assert!(parse("").unwrap().scenario.is_file());
        for (line, words) in [
            ("--eta 1", ["--eta", "'1'"]),
            ("--scheme sensing", ["--scheme", "'sensing'"]),
            ("--isotropic-part 2", ["--isotropic-part", "'2'"]),
            ("--stray", ["unexpected", "--stray"]),
        ] {
            let error = parse(line).unwrap_err().to_string();
            for word in words {
                assert!(error.contains(word), "{line}: {error}");
            }
        }
    }
}
