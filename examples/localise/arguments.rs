//! The command line.

use lexopt::prelude::*;
use std::ffi::OsString;
use std::path::PathBuf;

/// What `--help` prints.
pub const USAGE: &str = "\
usage: localise [SCENARIO.toml] [options]

Simulates the echoes of one frame, locates the users and draws the pseudo-spectrum with spherical and with
planar waves. The default scenario is scenarios/paper.toml; it must be in the plane.

  --seed N              seed of waveform and noise (default 1)
  --rayleigh N          draw the users' reflectivities with this seed (default: as in the scenario)
  --slots N             sensing slots (default 50)
  --isotropic           send in all directions alike instead of the optimal covariances
  --step M              step of the map in metres (default 0.25)
  --out DIR             where localise.png and localise.svg go (default localise-out)
  --help                this text
";

/// A valid command line.
#[derive(Debug, Clone, PartialEq)]
pub struct Arguments {
    pub scenario: PathBuf,
    pub seed: u64,
    pub rayleigh: Option<u64>,
    pub slots: usize,
    pub isotropic: bool,
    pub step_m: f64,
    pub out: PathBuf,
}

impl Arguments {
    /// `None` asks for help.
    pub fn parse(
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Option<Self>, lexopt::Error> {
        let mut parsed = Self {
            scenario: concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/paper.toml").into(),
            seed: 1,
            rayleigh: None,
            slots: 50,
            isotropic: false,
            step_m: 0.25,
            out: "localise-out".into(),
        };
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Value(file) => parsed.scenario = file.into(),
                Long("seed") => parsed.seed = parser.value()?.parse()?,
                Long("rayleigh") => parsed.rayleigh = Some(parser.value()?.parse()?),
                Long("slots") => parsed.slots = parser.value()?.parse()?,
                Long("isotropic") => parsed.isotropic = true,
                Long("step") => parsed.step_m = parser.value()?.parse()?,
                Long("out") => parsed.out = parser.value()?.into(),
                Long("help") => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(parsed))
    }
}
