//! The command line.

use clap::{ArgAction, Parser};
use std::path::PathBuf;
use td_isac_examples::flags::{finite, from_0_to_1};
use td_isac_examples::scenes::PAPER;

const MORE: &str = "\
Draws the users' reflectivities (with a prior their positions, too), plans a frame, simulates its echoes, locates the users, rebuilds \
their channels, designs beams for them, and meets the true channels with these beams: are the errors \
where the design expects them, and are its promises kept?

Threads: as many as there are cores, or RAYON_NUM_THREADS. Results do not depend on it.";

/// Are the promises of a design kept when its inputs are estimates?
#[derive(Debug, Clone, PartialEq, Parser)]
#[command(
    name = "closed_loop",
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

    /// Channels that beams really meet, [user][access point][element] as
    /// .npy or .npz: users send the scenario's [pilots], and beams are
    /// designed on them, and on positions alone beside it
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    pub true_channels: Option<PathBuf>,

    /// How much of the true channels' difference from the scenario's line of
    /// sight there is: levels, separated by commas
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        action = ArgAction::Set,
        default_value = "1",
        value_parser = finite,
        verbatim_doc_comment,
        requires = "true_channels"
    )]
    pub reflections: Vec<f64>,

    /// Draws of pilots and positions on the true channels, with seeds 0 to
    /// N-1
    #[arg(
        long,
        value_name = "N",
        default_value = "100",
        verbatim_doc_comment,
        requires = "true_channels"
    )]
    pub draws: u64,

    /// Draws, the first ones, in which beams are designed on positions alone
    /// too
    #[arg(
        long,
        value_name = "N",
        default_value = "20",
        verbatim_doc_comment,
        requires = "true_channels"
    )]
    pub line_of_sight: u64,

    /// One JSON object a line for each of --reflections, on standard output
    #[arg(long, requires = "true_channels")]
    pub json: bool,

    /// Trials, with seeds 0 to N-1
    #[arg(
        long,
        value_name = "N",
        default_value = "500",
        default_value_if("quick", "true", "12")
    )]
    pub trials: u64,

    /// Few trials and schemes: 12, and ei,mrt
    #[arg(long)]
    quick: bool,

    /// Schemes, separated by commas
    #[arg(
        long = "scheme",
        value_name = "LIST",
        value_delimiter = ',',
        action = ArgAction::Set,
        default_value = "main,ei,mrt",
        default_value_if("quick", "true", "ei,mrt"),
        value_parser = ["main", "ei", "mrt", "zf"]
    )]
    pub schemes: Vec<String>,

    /// Fewest sensing slots planned [default: the number of users]
    #[arg(long, value_name = "N")]
    pub min_slots: Option<usize>,

    /// Part of the sensing power spent in all directions alike
    #[arg(long, value_name = "X", default_value = "0", value_parser = from_0_to_1)]
    pub isotropic_part: f64,

    /// Send random signals of the planned covariances, not signals
    /// designed for the slots (as with an isotropic part)
    #[arg(long, verbatim_doc_comment)]
    pub random_signals: bool,

    /// The paper's α_e in 1/m [default: the scenario's]
    #[arg(long = "error-scale", value_name = "X", value_parser = finite)]
    pub error_scale_per_m: Option<f64>,

    /// Journal, summary and pictures; a journal that is already there
    /// is continued [default: closed-loop-NAME]. With --true-channels:
    /// promises over reflections as table and picture [default: none]
    #[arg(long, value_name = "DIR", verbatim_doc_comment)]
    pub out: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_changes_defaults_only() {
        let read = |line: &str| {
            let words = std::iter::once("closed_loop").chain(line.split_whitespace());
            let found = Arguments::try_parse_from(words).expect("a valid line");
            (found.trials, found.schemes.join(" "))
        };
        assert_eq!(read(""), (500, "main ei mrt".to_owned()));
        assert_eq!(read("--quick"), (12, "ei mrt".to_owned()));
        let given = read("--scheme zf,main --quick --trials 3");
        assert_eq!(given, (3, "zf main".to_owned()));
    }
}
