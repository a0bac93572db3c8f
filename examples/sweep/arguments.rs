//! The command line.

use lexopt::prelude::*;
use std::ffi::OsString;
use std::path::PathBuf;
use td_isac_algos::{Schemes, Strategies};
use td_isac_examples::sweep::{Allocation, Axis, EditError, SENSING};

/// What `--help` prints.
pub const USAGE: &str = "\
usage: sweep SCENARIO.toml --out FILE.jsonl [options]

  --sweep KEY=VALUES       vary a key of the scenario file, such as power.sensing_dbm,
                           access_point[0].array.elements or user[*].position_m[1];
                           VALUES is a list a,b,c or a range from:to:step or from:to:*factor;
                           several --sweep make all combinations
  --seeds N                Rayleigh reflectivities of N seeds (default: the file's own)
  --first-seed S           the first of them (default 0)
  --scheme LIST            of sensing (no beams), main, ei, mrt, mrt-hermitian, zf, rzf,
                           mrt-equal, perfect (default main,ei,mrt)
  --time-allocation HOW    slope (default), margin, margin-fixed, rate or exhaustive
  --eta-start X            where the time allocation starts, 0 < X < 1 (default 0.5)
  --eta X                  fix the time allocation; the threshold is not enforced
  --out FILE               where the lines go; a file that is there is resumed. Seconds and the
                           machine go to FILE.host
  --shard I/N              compute part I of N, from 1; give every part its own file
  --threads T              default: one a core
  --count                  print the number of designs and stop
  --help                   this text
";

/// What is wrong with a command line.
#[derive(Debug, thiserror::Error)]
pub enum ArgumentError {
    /// An unknown option, or one without its value.
    #[error("{0}")]
    Syntax(#[from] lexopt::Error),
    /// No scenario file.
    #[error("a scenario file is missing")]
    NoScenario,
    /// No file for the results.
    #[error("--out FILE is missing")]
    NoOut,
    /// A key or values.
    #[error("--sweep: {0}")]
    Sweep(#[from] EditError),
    /// A value that an option does not take.
    #[error("--{flag} {value}: expected {expected}")]
    Value {
        flag: &'static str,
        value: String,
        expected: String,
    },
    /// Two options that contradict each other.
    #[error("--eta fixes the time allocation and excludes --{flag}")]
    Excluded { flag: &'static str },
}

/// A valid command line.
#[derive(Debug, Clone, PartialEq)]
pub struct Arguments {
    pub scenario: PathBuf,
    pub axes: Vec<Axis>,
    pub seeds: Option<u64>,
    pub first_seed: u64,
    pub schemes: Vec<String>,
    pub allocation: Allocation,
    pub out: Option<PathBuf>,
    pub shard: (usize, usize),
    pub threads: usize,
    pub count: bool,
}

impl Arguments {
    /// Reads a command line without the program's name; `None` when it asks for help.
    pub fn parse(
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Option<Self>, ArgumentError> {
        let mut parser = lexopt::Parser::from_args(arguments);
        let (mut scenario, mut out) = (None, None);
        let (mut axes, mut seeds, mut first_seed) = (Vec::new(), None, 0);
        let mut schemes = ["main", "ei", "mrt"].map(str::to_owned).to_vec();
        let (mut eta, mut start, mut strategy) = (None, None, None);
        let (mut shard, mut threads, mut count) = ((1, 1), 0, false);
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => return Ok(None),
                Long("sweep") => axes.push(Axis::parse(&parser.value()?.string()?)?),
                Long("seeds") => seeds = Some(whole("seeds", parser.value()?.string()?, 1)?),
                Long("first-seed") => {
                    first_seed = whole("first-seed", parser.value()?.string()?, 0)?
                }
                Long("scheme") => schemes = scheme_list(&parser.value()?.string()?)?,
                Long("eta") => eta = Some(fraction("eta", parser.value()?.string()?)?),
                Long("eta-start") => {
                    start = Some(fraction("eta-start", parser.value()?.string()?)?)
                }
                Long("time-allocation") => strategy = Some(how(parser.value()?.string()?)?),
                Long("out") => out = Some(PathBuf::from(parser.value()?)),
                Long("shard") => shard = part(parser.value()?.string()?)?,
                Long("threads") => {
                    threads = whole("threads", parser.value()?.string()?, 1)? as usize
                }
                Long("count") => count = true,
                Value(file) if scenario.is_none() => scenario = Some(PathBuf::from(file)),
                unknown => return Err(unknown.unexpected().into()),
            }
        }
        let allocation = match (eta, start, strategy) {
            (Some(eta), None, None) => Allocation::Fixed { eta },
            (Some(_), Some(_), _) => return Err(ArgumentError::Excluded { flag: "eta-start" }),
            (Some(_), None, Some(_)) => {
                return Err(ArgumentError::Excluded {
                    flag: "time-allocation",
                });
            }
            (None, start, strategy) => Allocation::Optimised {
                start: start.unwrap_or(0.5),
                strategy: strategy.unwrap_or_else(|| "slope".to_owned()),
            },
        };
        if out.is_none() && !count {
            return Err(ArgumentError::NoOut);
        }
        Ok(Some(Self {
            scenario: scenario.ok_or(ArgumentError::NoScenario)?,
            axes,
            seeds,
            first_seed,
            schemes,
            allocation,
            out,
            shard,
            threads,
            count,
        }))
    }
}

fn wrong(flag: &'static str, value: String, expected: impl Into<String>) -> ArgumentError {
    ArgumentError::Value {
        flag,
        value,
        expected: expected.into(),
    }
}

fn whole(flag: &'static str, value: String, least: u64) -> Result<u64, ArgumentError> {
    // Seeds are TOML integers, which are signed.
    let fits = |number: &u64| *number >= least && i64::try_from(*number).is_ok();
    let number = value.parse().ok().filter(fits);
    number.ok_or_else(|| wrong(flag, value, format!("a whole number from {least}")))
}

fn fraction(flag: &'static str, value: String) -> Result<f64, ArgumentError> {
    let inside = |number: &f64| *number > 0.0 && *number < 1.0;
    let number = value.parse().ok().filter(inside);
    number.ok_or_else(|| wrong(flag, value, "a number between 0 and 1"))
}

fn part(value: String) -> Result<(usize, usize), ArgumentError> {
    let numbers = value.split_once('/').and_then(|(index, count)| {
        let (index, count) = (index.parse().ok()?, count.parse().ok()?);
        (1 <= index && index <= count).then_some((index, count))
    });
    numbers.ok_or_else(|| wrong("shard", value, "I/N with 1 <= I <= N"))
}

fn scheme_list(list: &str) -> Result<Vec<String>, ArgumentError> {
    let known = Schemes::default();
    let mut schemes = Vec::new();
    for name in list.split(',').map(str::trim) {
        if name != SENSING && known.get(name).is_err() {
            let names: Vec<&str> = [SENSING].into_iter().chain(known.names()).collect();
            let expected = format!("some of {}", names.join(", "));
            return Err(wrong("scheme", name.to_owned(), expected));
        }
        if !schemes.iter().any(|known| known == name) {
            schemes.push(name.to_owned());
        }
    }
    Ok(schemes)
}

fn how(name: String) -> Result<String, ArgumentError> {
    let known = Strategies::default();
    if known.get(&name).is_err() {
        let names: Vec<&str> = known.names().collect();
        let expected = format!("one of {}", names.join(", "));
        return Err(wrong("time-allocation", name, expected));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Arguments>, ArgumentError> {
        Arguments::parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn everything_is_read() {
        let line = "s.toml --sweep power.sensing_dbm=25:45:10 --sweep sensing.gain_model=unknown,known \
                    --seeds 5 --first-seed 7 --scheme ei,main,ei --eta 0.5 --out o.jsonl --shard 2/3 --threads 1";
        let arguments = parse(line).unwrap().unwrap();
        assert_eq!(arguments.axes[0].values.len(), 3);
        assert_eq!(arguments.axes[1].values.len(), 2);
        assert_eq!((arguments.seeds, arguments.first_seed), (Some(5), 7));
        assert_eq!(arguments.schemes, ["ei", "main"]);
        assert_eq!(arguments.allocation, Allocation::Fixed { eta: 0.5 });
        assert_eq!((arguments.shard, arguments.threads), ((2, 3), 1));
        assert!(parse("--help").unwrap().is_none());
    }

    #[test]
    fn mistakes_are_named() {
        for (line, word) in [
            ("--out o", "scenario file"),
            ("s.toml", "--out"),
            ("s.toml --out o --sweep power", "\"power\""),
            ("s.toml --out o --seeds 0", "--seeds 0"),
            ("s.toml --out o --scheme main,nobody", "nobody"),
            ("s.toml --out o --eta 1.5", "--eta 1.5"),
            (
                "s.toml --out o --eta 0.5 --time-allocation rate",
                "--time-allocation",
            ),
            ("s.toml --out o --time-allocation luck", "luck"),
            ("s.toml --out o --shard 0/3", "--shard 0/3"),
            ("s.toml --out o --shard 4/3", "--shard 4/3"),
            ("s.toml other.toml --out o", "other.toml"),
            ("s.toml --out o --frobnicate", "--frobnicate"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(word), "{line}: {error}");
        }
    }
}
