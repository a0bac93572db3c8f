//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Counts what detection gets wrong, over many simulated frames.
#[derive(Debug, Clone, PartialEq, Parser)]
#[command(
    name = "detection_study",
    version,
    max_term_width = 80,
    args_override_self = true
)]
pub struct Arguments {
    /// What is counted
    #[command(subcommand)]
    pub study: Study,

    /// Where tables and pictures go
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        default_value = "detection-out"
    )]
    pub out: PathBuf,
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Subcommand)]
pub enum Study {
    /// Positions that are claimed and false, over layouts, blocked links, scatterers, reflections
    Mixture(MixtureOptions),
    /// Users reported in frames of noise alone
    Empty(CurveOptions),
    /// Detection and false-alarm rates of one user, over thresholds and powers
    Curves(CurveOptions),
}

/// Options of the mixture.
#[derive(Debug, Clone, PartialEq, Args)]
pub struct MixtureOptions {
    /// Number of frames
    #[arg(long, value_name = "N", default_value = "100")]
    pub frames: u64,

    /// Index of the first frame: a frame is the same in any run that has it
    #[arg(long, value_name = "N", default_value = "0")]
    pub first: u64,

    /// Layouts to draw from [default: all]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub layouts: Vec<String>,

    /// Write what was reported of all frames, not of silent failures only
    #[arg(long)]
    pub verbose: bool,
}

/// Options of rates and curves.
#[derive(Debug, Clone, PartialEq, Args)]
pub struct CurveOptions {
    /// Number of frames, for each layout (and power)
    #[arg(long, value_name = "N", default_value = "200")]
    pub frames: u64,

    /// Layouts [default: all]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub layouts: Vec<String>,
}
