//! The command line.

use clap::Parser;
use std::path::PathBuf;
use td_isac_examples::flags::positive;
use td_isac_examples::scenes::PAPER;

/// Locates users in simulated echoes, with spherical and with planar waves.
#[derive(Debug, Clone, PartialEq, Parser)]
#[command(
    name = "localise",
    version,
    max_term_width = 80,
    allow_negative_numbers = true,
    args_override_self = true
)]
pub struct Arguments {
    /// Scenario file, in the plane [default: the preset paper]
    #[arg(value_name = "SCENARIO.toml", default_value = PAPER, hide_default_value = true)]
    pub scenario: PathBuf,

    /// Seed of waveform and noise
    #[arg(long, value_name = "N", default_value = "1")]
    pub seed: u64,

    /// Draw the users' reflectivities with this seed
    #[arg(long, value_name = "N")]
    pub rayleigh: Option<u64>,

    /// Sensing slots
    #[arg(long, value_name = "N", default_value = "50")]
    pub slots: usize,

    /// Send in all directions alike, not by the optimal covariances
    #[arg(long)]
    pub isotropic: bool,

    /// Send random signals of the covariances, not signals designed for
    /// the slots (as isotropic ones are)
    #[arg(long, verbatim_doc_comment)]
    pub random_signals: bool,

    /// Step of the map in metres
    #[arg(long = "step", value_name = "M", default_value = "0.25", value_parser = positive)]
    pub step_m: f64,

    /// Where localise.png and localise.svg go
    #[arg(long, value_name = "DIR", default_value = "localise-out")]
    pub out: PathBuf,
}
