//! The command line.

use lexopt::prelude::*;
use std::ffi::OsString;
use std::path::PathBuf;

/// What `--help` prints.
pub const USAGE: &str = "\
usage: closed_loop [SCENARIO.toml] [options]

Draws the users' reflectivities, plans a frame, simulates its echoes, locates the users, rebuilds their
channels, designs beams for them, and meets the true channels with these beams: are the errors where the
design expects them, and are its promises kept? The default scenario is scenarios/paper.toml.

  --trials N            trials, with seeds 0 to N-1 (default 500)
  --quick               12 trials, schemes ei and mrt
  --scheme LIST         of main, ei, mrt and zf (default main,ei,mrt)
  --min-slots N         fewest sensing slots planned (default: the number of users)
  --isotropic-part X    part of the sensing power spent in all directions alike, 0 to 1 (default 0)
  --error-scale X       the paper's α_e in 1/m (default: the scenario's, 4/λ unless it says)
  --out DIR             journal, summary and pictures (default closed-loop-NAME); a journal
                        that is already there is continued
  --help                this text

Threads: as many as there are cores, or RAYON_NUM_THREADS. Results do not depend on it.
";

/// A valid command line.
#[derive(Debug, Clone, PartialEq)]
pub struct Arguments {
    pub scenario: PathBuf,
    pub trials: u64,
    pub schemes: Vec<String>,
    pub min_slots: Option<usize>,
    pub isotropic_part: f64,
    pub error_scale_per_m: Option<f64>,
    pub out: Option<PathBuf>,
}

impl Arguments {
    /// `None` asks for help.
    pub fn parse(
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Option<Self>, lexopt::Error> {
        let names = |text: &str| text.split(',').map(|s| s.trim().to_owned()).collect();
        let mut parsed = Self {
            scenario: concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/paper.toml").into(),
            trials: 500,
            schemes: names("main,ei,mrt"),
            min_slots: None,
            isotropic_part: 0.0,
            error_scale_per_m: None,
            out: None,
        };
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Value(file) => parsed.scenario = file.into(),
                Long("trials") => parsed.trials = parser.value()?.parse()?,
                Long("quick") => {
                    parsed.trials = 12;
                    parsed.schemes = names("ei,mrt");
                }
                Long("scheme") => parsed.schemes = names(&parser.value()?.string()?),
                Long("min-slots") => parsed.min_slots = Some(parser.value()?.parse()?),
                Long("isotropic-part") => parsed.isotropic_part = parser.value()?.parse()?,
                Long("error-scale") => parsed.error_scale_per_m = Some(parser.value()?.parse()?),
                Long("out") => parsed.out = Some(parser.value()?.into()),
                Long("help") => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(parsed))
    }
}
