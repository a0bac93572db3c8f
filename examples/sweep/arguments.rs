//! The command line.

use clap::{ArgAction, Parser, value_parser};
use std::path::PathBuf;
use td_isac_algos::{Schemes, Strategies};
use td_isac_examples::flags::{OneOf, between_0_and_1};
use td_isac_examples::sweep::{Allocation, Axis, SENSING};

/// What the help says beyond one line for each option.
const MORE: &str = "\
KEY is a key of the scenario file, such as power.sensing_dbm, access_point[0].array.elements or \
user[*].position_m[1]. VALUES are a list a,b,c or a range from:to:step or from:to:*factor. Several \
--sweep make all combinations. A FILE that is there is resumed; seconds and the machine go to \
FILE.host.";

/// Largest seed: seeds are TOML integers, which are signed.
const MOST: u64 = i64::MAX as u64;

/// Designs over any keys of a scenario, any schemes and many seeds.
#[derive(Debug, Clone, PartialEq, Parser)]
#[command(
    name = "sweep",
    version,
    max_term_width = 80,
    no_binary_name = true,
    allow_negative_numbers = true,
    args_override_self = true,
    after_help = MORE
)]
pub struct Arguments {
    /// Scenario file
    #[arg(value_name = "SCENARIO.toml")]
    pub scenario: PathBuf,

    /// Vary a key of the scenario file
    #[arg(long = "sweep", value_name = "KEY=VALUES", value_parser = Axis::parse)]
    pub axes: Vec<Axis>,

    /// Draw Rayleigh reflectivities N times [default: the file's own]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=MOST))]
    pub seeds: Option<u64>,

    /// The first of the seeds
    #[arg(
        long,
        value_name = "S",
        default_value = "0",
        value_parser = value_parser!(u64).range(..=MOST)
    )]
    pub first_seed: u64,

    /// Schemes, separated by commas; sensing has no beams
    #[arg(
        long = "scheme",
        value_name = "LIST",
        value_delimiter = ',',
        action = ArgAction::Set,
        default_value = "main,ei,mrt",
        value_parser = OneOf::names([SENSING].into_iter().chain(Schemes::default().names()))
    )]
    schemes: Vec<String>,

    /// How the time allocation is chosen
    #[arg(
        long,
        value_name = "HOW",
        default_value = "slope",
        value_parser = OneOf::names(Strategies::default().names())
    )]
    time_allocation: String,

    /// Where the time allocation starts, 0 < X < 1
    #[arg(long, value_name = "X", value_parser = between_0_and_1, default_value = "0.5")]
    eta_start: f64,

    /// Fix the time allocation; the threshold is not enforced
    #[arg(
        long,
        value_name = "X",
        value_parser = between_0_and_1,
        conflicts_with_all = ["eta_start", "time_allocation"]
    )]
    eta: Option<f64>,

    /// Where the lines of JSON go
    #[arg(long, value_name = "FILE.jsonl", required_unless_present = "count")]
    pub out: Option<PathBuf>,

    /// Compute part I of N, from 1; give every part its own file
    #[arg(long, value_name = "I/N", value_parser = part, default_value = "1/1")]
    pub shard: (usize, usize),

    /// Threads; 0 is one a core
    #[arg(long, value_name = "T", default_value = "0")]
    pub threads: usize,

    /// Print the number of designs and stop
    #[arg(long)]
    pub count: bool,
}

impl Arguments {
    /// Each scheme that is asked for, once.
    pub fn schemes(&self) -> Vec<String> {
        let mut schemes = Vec::new();
        for scheme in &self.schemes {
            if !schemes.contains(scheme) {
                schemes.push(scheme.clone());
            }
        }
        schemes
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

fn part(value: &str) -> Result<(usize, usize), &'static str> {
    let numbers = value.split_once('/').and_then(|(index, count)| {
        let (index, count) = (index.parse().ok()?, count.parse().ok()?);
        (1 <= index && index <= count).then_some((index, count))
    });
    numbers.ok_or("expected I/N with 1 <= I <= N")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn everything_is_read() {
        let line = "s.toml --sweep power.sensing_dbm=25:45:10 --sweep sensing.gain_model=unknown,known \
                    --seeds 5 --first-seed 7 --scheme ei,main,ei --eta 0.5 --out o.jsonl --shard 2/3 --threads 1";
        let arguments = parse(line).unwrap();
        assert_eq!(arguments.axes.len(), 2);
        assert_eq!(arguments.axes[0].values.len(), 3);
        assert_eq!(arguments.axes[1].values.len(), 2);
        assert_eq!((arguments.seeds, arguments.first_seed), (Some(5), 7));
        assert_eq!(arguments.schemes(), ["ei", "main"]);
        assert_eq!(arguments.allocation(), Allocation::Fixed { eta: 0.5 });
        assert_eq!((arguments.shard, arguments.threads), ((2, 3), 1));
        let again = parse(&format!("{line} --scheme zf --threads 2")).unwrap();
        assert_eq!(again.schemes(), ["zf"]);
        assert_eq!(again.threads, 2);
        let defaults = parse("s.toml --count").unwrap();
        assert_eq!(defaults.allocation(), Allocation::default());
        assert_eq!((defaults.shard, defaults.threads), ((1, 1), 0));
        assert_eq!(parse("--help").unwrap_err().exit_code(), 0);
    }

    #[test]
    fn mistakes_are_named() {
        for (line, words) in [
            ("--out o", ["SCENARIO.toml", "not provided"]),
            ("s.toml", ["--out", "not provided"]),
            ("s.toml --out o --sweep power", ["--sweep", "\"power\""]),
            ("s.toml --out o --seeds 0", ["--seeds", "'0'"]),
            ("s.toml --out o --first-seed -1", ["--first-seed", "'-1'"]),
            (
                "s.toml --out o --scheme main,nobody",
                ["--scheme", "'nobody'"],
            ),
            ("s.toml --out o --eta 1.5", ["--eta", "'1.5'"]),
            (
                "s.toml --out o --eta 0.5 --time-allocation rate",
                ["--eta", "--time-allocation"],
            ),
            (
                "s.toml --out o --time-allocation luck",
                ["--time-allocation", "'luck'"],
            ),
            ("s.toml --out o --shard 0/3", ["--shard", "'0/3'"]),
            ("s.toml --out o --shard 4/3", ["--shard", "'4/3'"]),
            ("s.toml other.toml --out o", ["other.toml", "unexpected"]),
            (
                "s.toml --out o --frobnicate",
                ["--frobnicate", "unexpected"],
            ),
        ] {
            let error = parse(line).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            for word in words {
                assert!(error.to_string().contains(word), "{line}: {error}");
            }
        }
    }
}
