//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;
use td_isac_algos::Schemes;

/// What `--help` prints.
pub const USAGE: &str = "\
usage: structured [SCENARIO.toml] [options]

  --eta X            time allocation (default 0.8)
  --scheme LIST      of main, mrt, ei, zf and the sweep's others (default main,mrt,ei,zf)
  --draws N          position errors drawn from the Cramer-Rao covariance (default 2000)
  --frames N         position errors of MUSIC and maximum likelihood in so many simulated frames
                     (default 0)
  --isotropic-part P part of the sensing power that is spent in all directions alike (default 0)
  --cost ROUNDS      instead of all that: processor time of one design with each set, taken in turn
  --out DIR          where structured.csv, .png and .svg go
  --help             this text

Without a scenario: examples/scenarios/weak-echo.toml.
";

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Arguments {
    pub scenario: PathBuf,
    pub eta: f64,
    pub schemes: Vec<String>,
    pub draws: usize,
    pub frames: u64,
    pub isotropic_part: f64,
    pub cost: usize,
    pub out: Option<PathBuf>,
}

impl Arguments {
    /// Reads a command line without the program's name; `None` when it asks for help.
    pub fn parse(
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Option<Self>, Box<dyn std::error::Error>> {
        let mut found = Self {
            scenario: PathBuf::from("examples/scenarios/weak-echo.toml"),
            eta: 0.8,
            schemes: schemes("main,mrt,ei,zf")?,
            draws: 2000,
            frames: 0,
            isotropic_part: 0.0,
            cost: 0,
            out: None,
        };
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => return Ok(None),
                Long("eta") => found.eta = parser.value()?.parse()?,
                Long("scheme") => found.schemes = schemes(&parser.value()?.string()?)?,
                Long("draws") => found.draws = parser.value()?.parse()?,
                Long("frames") => found.frames = parser.value()?.parse()?,
                Long("isotropic-part") => found.isotropic_part = parser.value()?.parse()?,
                Long("cost") => found.cost = parser.value()?.parse()?,
                Long("out") => found.out = Some(parser.value()?.into()),
                Value(file) => found.scenario = file.into(),
                other => return Err(other.unexpected().into()),
            }
        }
        if !(found.eta > 0.0 && found.eta < 1.0) {
            return Err(format!("--eta {}: expected a number between 0 and 1", found.eta).into());
        }
        if !(0.0..=1.0).contains(&found.isotropic_part) {
            let part = found.isotropic_part;
            return Err(format!("--isotropic-part {part}: expected a number from 0 to 1").into());
        }
        Ok(Some(found))
    }
}

fn schemes(list: &str) -> Result<Vec<String>, String> {
    let known = Schemes::default();
    let one = |name: &str| match known.get(name) {
        Ok(_) => Ok(name.to_owned()),
        Err(error) => Err(format!("--scheme {name}: {error}")),
    };
    list.split(',').map(str::trim).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Arguments>, String> {
        let words = line.split_whitespace().map(OsString::from);
        Arguments::parse(words).map_err(|error| error.to_string())
    }

    #[test]
    fn values_are_read_and_mistakes_named() {
        let line =
            "a.toml --eta 0.6 --scheme zf,main --draws 7 --frames 3 --isotropic-part 0.05 --cost 2";
        let found = parse(line).unwrap().unwrap();
        assert_eq!(found.schemes, ["zf", "main"]);
        assert_eq!((found.draws, found.frames, found.cost), (7, 3, 2));
        assert_eq!((found.eta, found.isotropic_part), (0.6, 0.05));
        for (line, word) in [
            ("--eta 1", "--eta 1"),
            ("--scheme sensing", "sensing"),
            ("--isotropic-part 2", "--isotropic-part 2"),
            ("--stray", "stray"),
        ] {
            assert!(parse(line).unwrap_err().contains(word), "{line}");
        }
    }
}
