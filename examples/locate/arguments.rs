//! The command line.

use clap::Parser;
use std::path::PathBuf;

/// Locates users in one frame of echoes and says which positions can be relied on.
#[derive(Debug, Clone, PartialEq, Parser)]
#[command(
    name = "locate",
    version,
    max_term_width = 80,
    allow_negative_numbers = true,
    args_override_self = true
)]
pub struct Arguments {
    /// Scenario file: access points, noise, and where users are looked for
    #[arg(value_name = "SCENARIO.toml")]
    pub scenario: PathBuf,

    /// Recorded echoes y0, y1, .. (element by slot) of each access point; simulated ones if absent
    #[arg(long, value_name = "Y.npz", requires = "waveform")]
    pub echoes: Option<PathBuf>,

    /// The waveforms s0, s1, .. (element by slot) behind the recorded echoes
    #[arg(long, value_name = "S.npz", requires = "echoes")]
    pub waveform: Option<PathBuf>,

    /// How many users there are, or "unknown" [default: as many as in the
    /// scenario]; with 0 the fit says whether there is anything but noise
    #[arg(long, value_name = "K", value_parser = users)]
    pub users: Option<Users>,

    /// Sensing slots of a simulated frame
    #[arg(
        long,
        value_name = "N",
        default_value = "50",
        conflicts_with = "echoes"
    )]
    pub slots: usize,

    /// Seed of a simulated frame's waveform and noise
    #[arg(long, value_name = "S", default_value = "1", conflicts_with = "echoes")]
    pub seed: u64,

    /// Simulate signals that go in all directions alike, not the optimal ones
    #[arg(long, conflicts_with = "echoes")]
    pub isotropic: bool,

    /// Write one JSON object
    #[arg(long)]
    pub json: bool,
}

/// How many users are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Users {
    /// So many.
    Given(usize),
    /// As many as there are echoes.
    Unknown,
}

fn users(text: &str) -> Result<Users, String> {
    if text == "unknown" {
        return Ok(Users::Unknown);
    }
    let count = text.parse().ok().map(Users::Given);
    count.ok_or_else(|| "expected a number, or \"unknown\"".to_owned())
}
