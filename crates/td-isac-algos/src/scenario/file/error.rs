//! What can be wrong with a scenario file.

use super::super::ScenarioError;
use std::path::PathBuf;

/// Why a scenario file was rejected. Every message starts with the file's name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioFileError {
    /// The file could not be read.
    #[error("{}: cannot be read: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
    /// The file is not TOML; a key given twice is not either.
    #[error("{}: {source}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// What the parser says, with line and column.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A key or its value is wrong.
    #[error("{}: {key}: {problem}", file.display())]
    Key {
        /// The file.
        file: PathBuf,
        /// Path of the key, such as `access_point[2].array.elements`; lists count from 0.
        key: String,
        /// What is wrong with it, and what would be right.
        problem: String,
    },
    /// All keys are well formed, but together they make no scenario.
    #[error("{}: {source}", file.display())]
    Invalid {
        /// The file.
        file: PathBuf,
        /// What the check found.
        #[source]
        source: ScenarioError,
    },
}
