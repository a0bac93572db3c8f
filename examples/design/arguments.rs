//! The command line.

use clap::error::ErrorKind;
use clap::{ArgAction, Parser, ValueEnum};
use std::path::PathBuf;
use td_isac_algos::{Schemes, Strategies};
use td_isac_examples::flags::{OneOf, between_0_and_1, finite};

/// Schemes that run unless others are named.
const DEFAULT_SCHEMES: &str = "main,ei,mrt";

/// Designs a frame: sensing signal, time allocation and certified beams.
#[derive(Debug, Clone, PartialEq, Parser)]
#[command(
    name = "design",
    version,
    max_term_width = 80,
    after_help = "docs/scenario.md has the scenario's keys, the table's columns, the keys of --json and the exit codes.",
    no_binary_name = true,
    allow_negative_numbers = true
)]
pub struct Arguments {
    /// Scenario file
    #[arg(value_name = "SCENARIO.toml")]
    pub scenario: PathBuf,

    /// Beamforming schemes, separated by commas
    #[arg(
        long = "scheme",
        value_name = "LIST",
        value_delimiter = ',',
        action = ArgAction::Set,
        default_value = DEFAULT_SCHEMES,
        value_parser = OneOf::names(Schemes::default().names())
    )]
    pub schemes: Vec<String>,

    /// Fix the time allocation, 0 < X < 1; the threshold is not enforced
    #[arg(
        long,
        value_name = "X",
        value_parser = between_0_and_1,
        conflicts_with_all = ["eta_start", "time_allocation"]
    )]
    eta: Option<f64>,

    /// Where the time allocation starts, 0 < X < 1
    #[arg(
        long,
        value_name = "X",
        value_parser = between_0_and_1,
        default_value = "0.5"
    )]
    eta_start: f64,

    /// How the time allocation is chosen
    #[arg(
        long,
        value_name = "HOW",
        default_value = "slope",
        value_parser = OneOf::names(Strategies::default().names())
    )]
    time_allocation: String,

    /// Solver; clarabel if built with --features clarabel-sdp
    #[arg(long, value_name = "NAME", default_value = "native")]
    pub solver: Solver,

    /// Power matrices that MRT chooses among
    #[arg(long, value_name = "KIND", default_value = "real")]
    pub mrt_powers: MrtPowers,

    /// The least power at which every user keeps --sinr-db, by scheme main
    #[arg(long, requires = "sinr_db", conflicts_with = "time_allocation")]
    least_power: bool,

    /// SINR for --least-power, dB
    #[arg(long, value_name = "X", value_parser = finite, requires = "least_power")]
    sinr_db: Option<f64>,

    /// Attack the beams: report their rate under the worst errors found
    #[arg(long)]
    pub attack: bool,

    /// One JSON object on standard output instead of a table
    #[arg(long)]
    pub json: bool,

    /// Write the design itself as JSON, or its beams alone as .npz
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
}

// Words of the command line have plain comments: clap would put others into the help.

/// Solver of the semidefinite programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Solver {
    // The workspace's own interior-point methods.
    Native,
    // Clarabel, if it was built in.
    Clarabel,
}

/// Which power matrices MRT chooses among.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MrtPowers {
    // Real symmetric.
    Real,
    // Hermitian: each access point's phase as well.
    Hermitian,
}

/// Where the time allocation comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Allocation {
    /// Given: one beamforming problem, no projection, the threshold not enforced.
    Fixed { eta: f64 },
    /// Optimised by the strategy of that name.
    Optimised { start: f64, strategy: String },
}

impl Arguments {
    /// The SINR in dB for which the least power is sought, if it is.
    ///
    /// # Errors
    /// Schemes other than main, the only one that knows least power.
    pub fn least_power(&self) -> Result<Option<f64>, clap::Error> {
        let default = DEFAULT_SCHEMES.split(',').eq(&self.schemes);
        if self.least_power && !default && self.schemes != ["main"] {
            let message = "--least-power has the scheme main only: leave --scheme away\n";
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, message));
        }
        Ok(self.sinr_db.filter(|_| self.least_power))
    }

    /// Where the time allocation comes from.
    pub fn allocation(&self) -> Allocation {
        match self.eta {
            Some(eta) => Allocation::Fixed { eta },
            None => Allocation::Optimised {
                start: self.eta_start,
                strategy: self.time_allocation.clone(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    /// The error mentions all the words.
    #[track_caller]
    fn names(line: &str, words: &[&str]) {
        let error = parse(line).unwrap_err();
        let message = error.to_string();
        assert_eq!(error.exit_code(), 2, "{line}");
        for word in words {
            assert!(message.contains(word), "{line}: {word} in {message}");
        }
    }

    #[test]
    fn defaults() {
        let found = parse("a.toml").unwrap();
        assert_eq!(found.scenario, PathBuf::from("a.toml"));
        assert_eq!(found.schemes, ["main", "ei", "mrt"]);
        let strategy = "slope".to_owned();
        let allocation = Allocation::Optimised {
            start: 0.5,
            strategy,
        };
        assert_eq!(found.allocation(), allocation);
        assert_eq!(found.solver, Solver::Native);
        assert_eq!(found.mrt_powers, MrtPowers::Real);
        assert!(!found.json && !found.attack && found.save.is_none());
    }

    #[test]
    fn everything() {
        let line = "--eta-start=0.1 --json a.toml --time-allocation margin-fixed --scheme main,perfect \
                    --solver native --mrt-powers hermitian --attack --save out.json";
        let arguments = parse(line).unwrap();
        let strategy = "margin-fixed".to_owned();
        let allocation = Allocation::Optimised {
            start: 0.1,
            strategy,
        };
        assert_eq!(arguments.allocation(), allocation);
        assert_eq!(arguments.schemes, ["main", "perfect"]);
        assert_eq!(arguments.mrt_powers, MrtPowers::Hermitian);
        assert!(arguments.json && arguments.attack);
        assert_eq!(arguments.save, Some(PathBuf::from("out.json")));
        let fixed = parse("a.toml --eta 0.25").unwrap();
        assert_eq!(fixed.allocation(), Allocation::Fixed { eta: 0.25 });
        for line in ["a.toml --help", "-h", "--version"] {
            assert_eq!(parse(line).unwrap_err().exit_code(), 0);
        }
    }

    #[test]
    fn mistakes_are_named() {
        names("", &["SCENARIO.toml"]);
        names("a.toml b.toml", &["b.toml"]);
        names("a.toml --eta", &["--eta", "value is required"]);
        names("a.toml --verbose", &["--verbose"]);
        names("a.toml --json=yes", &["--json", "yes"]);
        names("a.toml --eta 0.5 --eta 0.6", &["--eta", "multiple times"]);
        let schemes = "main, ei, mrt, mrt-hermitian, zf, rzf, mrt-equal, perfect";
        names("a.toml --scheme EI", &["--scheme", "'EI'", schemes]);
        names("a.toml --scheme main,", &["--scheme", schemes]);
        names("a.toml --scheme zf,prefect", &["'prefect'", "'perfect'"]);
        let solvers = "native, clarabel";
        names("a.toml --solver mosek", &["--solver", "'mosek'", solvers]);
        names(
            "a.toml --mrt-powers complex",
            &["--mrt-powers", "'complex'", "real, hermitian"],
        );
        names(
            "a.toml --time-allocation brute",
            &[
                "--time-allocation",
                "'brute'",
                "margin, margin-fixed, rate, exhaustive",
            ],
        );
    }

    #[test]
    fn shares_lie_strictly_between_0_and_1() {
        for value in ["0", "1", "-0.5", "1.5", "nan", "inf", "half", "0,5"] {
            for flag in ["--eta", "--eta-start"] {
                let quoted = format!("'{value}'");
                let words = [flag, &quoted, "expected a number between 0 and 1"];
                names(&format!("a.toml {flag} {value}"), &words);
            }
        }
    }

    #[test]
    fn least_power_needs_an_sinr_and_main() {
        let sinr = |line: &str| parse(line).unwrap().least_power().unwrap();
        assert_eq!(sinr("a.toml"), None);
        assert_eq!(sinr("a.toml --least-power --sinr-db -3.5"), Some(-3.5));
        let line = "a.toml --scheme main --eta 0.2 --sinr-db=10 --least-power";
        assert_eq!(sinr(line), Some(10.0));
        names("a.toml --least-power", &["--sinr-db <X>", "required"]);
        names("a.toml --sinr-db 10", &["--least-power", "required"]);
        names(
            "a.toml --least-power --sinr-db nan",
            &["--sinr-db", "'nan'", "a finite number"],
        );
        names(
            "a.toml --least-power --sinr-db 3 --time-allocation rate",
            &["--least-power", "cannot be used with", "--time-allocation"],
        );
        let others = parse("a.toml --least-power --sinr-db 3 --scheme main,zf").unwrap();
        let error = others.least_power().unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("--scheme"), "{error}");
    }

    #[test]
    fn a_fixed_allocation_is_not_optimised() {
        names(
            "a.toml --eta 0.5 --eta-start 0.1",
            &["--eta <X>", "cannot be used with", "--eta-start"],
        );
        names(
            "a.toml --time-allocation rate --eta 0.5",
            &["--eta <X>", "cannot be used with", "--time-allocation"],
        );
    }
}
