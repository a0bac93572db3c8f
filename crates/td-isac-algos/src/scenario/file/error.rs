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
        /// What is wrong with it.
        #[source]
        problem: KeyProblem,
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

/// What is wrong with one key of a scenario file.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyProblem {
    /// There is no such key here.
    #[error("unknown key; the keys here are {}", expected.join(", "))]
    Unknown {
        /// Keys that may appear here.
        expected: Vec<&'static str>,
    },
    /// A key that must be there is not.
    #[error("missing; expected {expected}")]
    Missing {
        /// What its value would be.
        expected: &'static str,
    },
    /// The value has the wrong type.
    #[error("expected {expected}, found {found}")]
    Type {
        /// What its value would be.
        expected: &'static str,
        /// The value found, or its type if it is long.
        found: String,
    },
    /// The value is none of the words that may stand here.
    #[error("{found:?} is none of {}", expected.join(", "))]
    Choice {
        /// The word found.
        found: String,
        /// The words that may stand here.
        expected: Vec<&'static str>,
    },
    /// NaN or an infinity, both of which TOML can express.
    #[error("{value} is not a finite number")]
    NonFinite {
        /// The value found.
        value: f64,
    },
    /// Two keys that exclude each other.
    #[error("excludes {other}")]
    Excluded {
        /// The other key.
        other: &'static str,
    },
    /// A number that the chosen model has no use for.
    #[error("{value} belongs to the model \"ball\" with a scale, and to no other")]
    Unused {
        /// The value found.
        value: f64,
    },
    /// A probability outside (0, 1).
    #[error("{value} must lie strictly between 0 and 1")]
    NotBetween {
        /// The value found.
        value: f64,
    },
    /// Zero or negative where only positive numbers have a meaning.
    #[error("{value} must be positive")]
    NotPositive {
        /// The value found.
        value: f64,
    },
    /// A negative number where only zero and positive ones have a meaning.
    #[error("{value} must not be negative")]
    Negative {
        /// The value found.
        value: f64,
    },
    /// A level whose power in watts over- or underflows.
    #[error("{value} dBm is beyond the range of numbers in watts")]
    Level {
        /// The value found.
        value: f64,
    },
    /// A list has the wrong length.
    #[error("expected {expected} {what}, found {found}")]
    Length {
        /// What the list holds.
        what: &'static str,
        /// Entries needed.
        expected: usize,
        /// Entries found.
        found: usize,
    },
    /// A position with neither two nor three coordinates.
    #[error("expected 2 or 3 coordinates, found {found}")]
    Dimension {
        /// Coordinates found.
        found: usize,
    },
    /// A position with another number of coordinates than the first one.
    #[error(
        "{found} coordinates, but access_point[0].position_m has {expected}: all positions are in the plane or all are in space"
    )]
    MixedDimensions {
        /// Coordinates of the first position.
        expected: usize,
        /// Coordinates found.
        found: usize,
    },
    /// A key of the other dimension.
    #[error("not in a scenario with {dimension} coordinates; {instead}")]
    OtherDimension {
        /// Number of coordinates.
        dimension: usize,
        /// What to write instead.
        instead: &'static str,
    },
    /// Both spacing and aperture, or either of them for one element, or neither for several.
    #[error("{elements} elements take {expected}")]
    Extent {
        /// Number of elements.
        elements: usize,
        /// What they take.
        expected: &'static str,
    },
}
