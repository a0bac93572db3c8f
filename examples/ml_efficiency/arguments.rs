//! The command line.

use crate::trial::{Covariance, Start};
use clap::{ArgAction, Parser, ValueEnum, value_parser};
use std::path::PathBuf;
use td_isac_examples::flags::{finite, from_0_to_1};
use td_isac_examples::scenes::PAPER;

const MORE: &str = "\
Errors are those of MUSIC, then maximum likelihood; the bound is that of the very waveform that was \
sent. --start near begins maximum likelihood two centimetres beside the truth, which is ten times as \
fast. Without --out there is only the table on standard output; with more than one power there is a \
picture too.

Threads: as many as there are cores, or RAYON_NUM_THREADS. Results do not depend on it.";

/// Errors of the localisation against the Cramér–Rao bound.
#[derive(Debug, Clone, PartialEq, Parser)]
#[command(
    name = "ml_efficiency",
    version,
    max_term_width = 80,
    allow_negative_numbers = true,
    args_override_self = true,
    after_help = MORE
)]
pub struct Arguments {
    /// Scenario file [default: the preset paper]
    #[arg(value_name = "SCENARIO.toml", default_value = PAPER, hide_default_value = true)]
    pub scenario: PathBuf,

    /// Trials of each setting
    #[arg(long, value_name = "N", default_value = "200", value_parser = value_parser!(u64).range(1..))]
    pub trials: u64,

    /// Seed of the first trial; the others count up from it
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,

    /// Covariances of the signals, separated by commas
    #[arg(
        long = "covariance",
        value_name = "LIST",
        value_delimiter = ',',
        action = ArgAction::Set,
        default_value = "isotropic,optimal"
    )]
    covariances: Vec<Signals>,

    /// Part of the optimal signals' power spent in all directions alike
    #[arg(long, value_name = "X", default_value = "0", value_parser = from_0_to_1)]
    isotropic_part: f64,

    /// Send random signals of the covariances, not signals designed for
    /// the slots (as isotropic ones are, or those with an isotropic part)
    #[arg(long, verbatim_doc_comment)]
    pub random_signals: bool,

    /// Sensing powers [default: the scenario's own]
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        action = ArgAction::Set,
        value_parser = finite,
        allow_hyphen_values = true
    )]
    pub sensing_dbm: Option<Vec<f64>>,

    /// Sensing slots
    #[arg(long, value_name = "N", default_value = "50")]
    pub slots: usize,

    /// Where maximum likelihood starts
    #[arg(long, value_name = "KIND", default_value = "music")]
    pub start: Start,

    /// Draw the users' reflectivities anew in each trial
    #[arg(long)]
    pub rayleigh: bool,

    /// Where the table (CSV) and the picture go
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Signals {
    Isotropic,
    Optimal,
}

impl Arguments {
    /// What the access points transmit, one after the other.
    pub fn covariances(&self) -> impl Iterator<Item = Covariance> {
        self.covariances.iter().map(|signals| match signals {
            Signals::Isotropic => Covariance::Isotropic,
            Signals::Optimal => Covariance::Optimal {
                isotropic_part: self.isotropic_part,
            },
        })
    }
}
