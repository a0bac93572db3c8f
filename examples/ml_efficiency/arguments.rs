//! The command line.

use crate::trial::{Covariance, Start};
use lexopt::prelude::*;
use std::ffi::OsString;
use std::path::PathBuf;

/// What `--help` prints.
pub const USAGE: &str = "\
usage: ml_efficiency [SCENARIO.toml] [options]

Errors of the localisation (MUSIC, then maximum likelihood) against the Cramér–Rao bound for the very
waveform that was sent. The default scenario is scenarios/paper.toml.

  --trials N            trials of each setting (default 200)
  --seed N              seed of the first trial; the others count up from it (default 0)
  --covariance LIST     of isotropic and optimal (default isotropic,optimal)
  --isotropic-part X    part of the optimal signals' power spent in all directions alike (default 0)
  --sensing-dbm LIST    sensing powers (default: the scenario's own)
  --slots N             sensing slots (default 50)
  --start KIND          where maximum likelihood starts: music (default), or near, two centimetres
                        beside the truth, which is ten times as fast
  --rayleigh            draw the users' reflectivities anew in each trial
  --out DIR             where the table (CSV) and, with more than one power, the picture go
                        (default: the table on standard output only)
  --help                this text

Threads: as many as there are cores, or RAYON_NUM_THREADS. Results do not depend on it.
";

/// A valid command line.
#[derive(Debug, Clone, PartialEq)]
pub struct Arguments {
    pub scenario: PathBuf,
    pub trials: u64,
    pub seed: u64,
    pub covariances: Vec<Covariance>,
    pub sensing_dbm: Option<Vec<f64>>,
    pub slots: usize,
    pub start: Start,
    pub rayleigh: bool,
    pub out: Option<PathBuf>,
}

impl Arguments {
    /// `None` asks for help.
    pub fn parse(
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Option<Self>, lexopt::Error> {
        let mut parsed = Self {
            scenario: concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/paper.toml").into(),
            trials: 200,
            seed: 0,
            covariances: Vec::new(),
            sensing_dbm: None,
            slots: 50,
            start: Start::Music,
            rayleigh: false,
            out: None,
        };
        let mut names = "isotropic,optimal".to_owned();
        let mut isotropic_part = 0.0;
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Value(file) => parsed.scenario = file.into(),
                Long("trials") => parsed.trials = parser.value()?.parse()?,
                Long("seed") => parsed.seed = parser.value()?.parse()?,
                Long("slots") => parsed.slots = parser.value()?.parse()?,
                Long("start") => {
                    parsed.start = match parser.value()?.string()?.as_str() {
                        "music" => Start::Music,
                        "near" => Start::Near,
                        other => {
                            return Err(format!("--start {other}: expected music or near").into());
                        }
                    };
                }
                Long("rayleigh") => parsed.rayleigh = true,
                Long("out") => parsed.out = Some(parser.value()?.into()),
                Long("covariance") => names = parser.value()?.string()?,
                Long("isotropic-part") => isotropic_part = parser.value()?.parse()?,
                Long("sensing-dbm") => {
                    let finite = |text: &str| text.parse().ok().filter(|x: &f64| x.is_finite());
                    parsed.sensing_dbm = Some(list(&parser.value()?.string()?, finite)?);
                }
                Long("help") => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        parsed.covariances = list(&names, |name| match name {
            "isotropic" => Some(Covariance::Isotropic),
            "optimal" => Some(Covariance::Optimal { isotropic_part }),
            _ => None,
        })?;
        if parsed.trials == 0 {
            return Err("--trials 0: expected at least one".into());
        }
        Ok(Some(parsed))
    }
}

/// Values separated by commas.
fn list<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, lexopt::Error> {
    let unknown = |item: &str| lexopt::Error::from(format!("{item:?} is not a valid list entry"));
    text.split(',')
        .map(|item| read(item.trim()).ok_or_else(|| unknown(item)))
        .collect()
}
