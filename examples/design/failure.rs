//! Why there is no design, and the exit code that says so.

use crate::report::SchemeReport;
use crlb::CrlbError;
use std::path::PathBuf;
use td_isac_algos::DesignError;
use td_isac_algos::scenario::ScenarioError;
use td_isac_algos::scenario::ScenarioFileError;
use td_isac_algos::sensing::SensingError;

/// Everything that ends the command early.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A bad command line, or one that asks for help.
    #[error("{0}")]
    Arguments(#[from] clap::Error),
    /// A bad scenario file.
    #[error("{0}")]
    File(#[from] ScenarioFileError),
    /// Channels of a file that cannot be read or do not fit.
    #[error("{0}")]
    Channels(String),
    /// A bad scenario.
    #[error("{0}")]
    Scenario(#[from] ScenarioError),
    /// The result could not be written.
    #[error("{destination}: cannot be written: {source}")]
    Output {
        /// Which option, and the file it names.
        destination: String,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
    /// The scenario is well formed and has no solution.
    #[error("{0}")]
    NoSolution(#[source] CrlbError),
    /// SINRs that are asked for cannot be certified; why, and how much can.
    #[error("{0}")]
    OutOfReach(String),
    /// No scheme has a design; which error kept each from it.
    #[error("{messages}")]
    NoScheme {
        /// A line a scheme.
        messages: String,
        /// Whether none failed to be solved: the scenario has no design.
        unsolvable: bool,
    },
    /// A solver failed or met its limit.
    #[error("{0}")]
    Solver(#[source] Box<dyn std::error::Error>),
}

impl Failure {
    /// A file named by `--save` that could not be written.
    pub fn save(file: &std::path::Path, source: std::io::Error) -> Self {
        Self::Output {
            destination: format!("--save {}", PathBuf::from(file).display()),
            source,
        }
    }

    /// No scheme has a design.
    pub fn no_scheme(rows: Vec<SchemeReport>) -> Self {
        let unsolvable = rows.iter().all(|row| row.status == "threshold-unreachable");
        let one = |row: SchemeReport| {
            let message = row.message.unwrap_or_default();
            format!("scheme {}: {message}", row.scheme)
        };
        Self::NoScheme {
            messages: rows.into_iter().map(one).collect::<Vec<_>>().join("\n"),
            unsolvable,
        }
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Arguments(_)
            | Self::File(_)
            | Self::Channels(_)
            | Self::Scenario(_)
            | Self::Output { .. } => 2,
            Self::NoSolution(_)
            | Self::OutOfReach(_)
            | Self::NoScheme {
                unsolvable: true, ..
            } => 3,
            Self::NoScheme { .. } | Self::Solver(_) => 4,
        }
    }
}

impl From<CrlbError> for Failure {
    fn from(error: CrlbError) -> Self {
        match error {
            CrlbError::ThresholdUnreachable { .. } | CrlbError::NotIdentifiable { .. } => {
                Self::NoSolution(error)
            }
            _ => Self::Solver(Box::new(error)),
        }
    }
}

impl From<DesignError> for Failure {
    fn from(error: DesignError) -> Self {
        Self::Solver(Box::new(error))
    }
}

impl From<SensingError> for Failure {
    fn from(error: SensingError) -> Self {
        match error {
            SensingError::Bound(error) => error.into(),
            _ => Self::Solver(Box::new(error)),
        }
    }
}
