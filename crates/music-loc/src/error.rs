//! Everything that can go wrong between a scene and the positions found in it.

use nf_channel::ChannelError;

/// Why echoes could not be simulated or users not be searched for.
///
/// Indices count from zero, in the order in which users and access points were given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LocError {
    /// The response of an access point to a user is undefined.
    #[error("access point {access_point}, user {user}: {source}")]
    Response {
        /// Index of the access point.
        access_point: usize,
        /// Index of the user.
        user: usize,
        /// What the channel layer reports.
        #[source]
        source: ChannelError,
    },
    /// The response of an access point to a searched position is undefined.
    #[error("access point {access_point}, searched position: {source}")]
    SearchedPosition {
        /// Index of the access point.
        access_point: usize,
        /// What the channel layer reports.
        #[source]
        source: ChannelError,
    },
    /// A list that must not be empty is.
    #[error("at least one {what} is needed, found none")]
    Empty {
        /// What is missing.
        what: &'static str,
    },
    /// A number is outside its range.
    #[error("{field} must be finite and {range}, found {value}")]
    OutOfRange {
        /// Name of the field or argument, unit included.
        field: &'static str,
        /// The range, in words.
        range: &'static str,
        /// What was found.
        value: f64,
    },
    /// A matrix or list has the wrong size.
    #[error("{what} must have size {expected}, found {found}")]
    Size {
        /// What was measured.
        what: &'static str,
        /// The size needed.
        expected: usize,
        /// The size found.
        found: usize,
    },
    /// Samples are NaN or infinite.
    #[error("the {what} of access point {access_point} has non-finite samples")]
    NonFiniteSamples {
        /// `echo` or `waveform`.
        what: &'static str,
        /// Index of the access point.
        access_point: usize,
    },
    /// A covariance is not finite, Hermitian and positive semidefinite, or its factor's basis is not
    /// orthonormal.
    #[error("the covariance of access point {access_point} is invalid: {why}")]
    NotACovariance {
        /// Index of the access point.
        access_point: usize,
        /// Which property fails.
        why: &'static str,
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
    /// An eigenvalue or singular value iteration did not converge.
    #[error("the {what} could not be factorised")]
    Factorisation {
        /// Which matrix.
        what: &'static str,
    },
}

/// The error for a list of the wrong length.
pub(crate) fn check_size(
    what: &'static str,
    expected: usize,
    found: usize,
) -> Result<(), LocError> {
    if found == expected {
        Ok(())
    } else {
        Err(LocError::Size {
            what,
            expected,
            found,
        })
    }
}

/// The error for a number that is negative or not finite.
pub(crate) fn check_nonnegative(field: &'static str, value: f64) -> Result<(), LocError> {
    if value >= 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(LocError::OutOfRange {
        field,
        range: "not negative",
        value,
    })
}

/// The error for a number that is not positive and finite.
pub(crate) fn check_positive(field: &'static str, value: f64) -> Result<(), LocError> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(LocError::OutOfRange {
        field,
        range: "positive",
        value,
    })
}
