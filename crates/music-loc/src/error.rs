//! Everything that can go wrong between a scene and the positions found in it.

use crlb::CrlbError;
use nf_channel::{ChannelError, Invalid, SceneError};

/// Why echoes could not be simulated or users not be searched for.
///
/// Indices count from zero, in the order in which users and access points were given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LocError {
    /// The scene, or a position that a search starts at, cannot be.
    #[error(transparent)]
    Scene(#[from] SceneError),
    /// A number, a count or a size is not what it must be.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A covariance cannot be that of a signal.
    #[error(transparent)]
    Covariance(#[from] CrlbError),
    /// The response of an access point to a searched position is undefined.
    #[error("access point {access_point}, searched position: {source}")]
    SearchedPosition {
        /// Index of the access point.
        access_point: usize,
        /// What the channel layer reports.
        #[source]
        source: ChannelError,
    },
    /// Samples are NaN or infinite.
    #[error("the {what} of access point {access_point} has non-finite samples")]
    NonFiniteSamples {
        /// `echo` or `waveform`.
        what: &'static str,
        /// Index of the access point.
        access_point: usize,
    },
    /// Every sample is zero: there is no subspace to find.
    #[error("no signal: all samples of {} are zero",
        receiver.map_or("every receiver".to_owned(), |l| format!("receiver {l}")))]
    NoSignal {
        /// The silent receiver; `None` when receivers are stacked and all are silent.
        receiver: Option<usize>,
    },
    /// The model order leaves no signal or no noise subspace.
    #[error(
        "a signal subspace of {dimension} dimensions: only 1 to {limit} leave a signal and some noise"
    )]
    Order {
        /// Dimensions asked for.
        dimension: usize,
        /// Most that leave a noise subspace.
        limit: usize,
    },
    /// Two users start at the same position: no data tell their echoes apart there.
    #[error("users {first} and {second} start at the same position")]
    CoincidentStarts {
        /// Index of one.
        first: usize,
        /// Index of the other.
        second: usize,
    },
    /// A grid's bounds are not finite and ascending, or its number of points overflows.
    #[error(
        "axis {axis} of the grid, {points} points from {minimum_m} m to {maximum_m} m: bounds must be \
         finite and ascending (equal for exactly one point), with as many points in all as can be counted"
    )]
    Grid {
        /// The axis.
        axis: usize,
        /// Its number of points.
        points: usize,
        /// Its lower bound.
        minimum_m: f64,
        /// Its upper bound.
        maximum_m: f64,
    },
    /// A search region needs too many cells at the arrays' resolution.
    #[error("the search region has more than {limit} cells of half a beam width: make it smaller")]
    Region {
        /// Most cells.
        limit: usize,
    },
    /// An eigenvalue or singular value iteration did not converge.
    #[error("the {what} could not be factorised")]
    Factorisation {
        /// Which matrix.
        what: &'static str,
    },
}
