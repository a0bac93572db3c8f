//! What can be wrong with the parameters of a channel.

use crate::{C64, Invalid};

/// Why a carrier, an array, a position or a set of reflectivities was rejected.
///
/// Positions are given as slices of their `D` coordinates in metres.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// A number or a count is outside of its range.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A position error may lead onto the array, where amplitudes have no bound.
    #[error("a position error of {radius_m} m reaches the array at {distance_m} m")]
    ErrorReachesArray {
        /// Largest length of the error.
        radius_m: f64,
        /// Distance from the array.
        distance_m: f64,
    },
    /// One element has neither spacing nor aperture.
    #[error("an array of one element takes neither spacing nor aperture")]
    ExtentOfOneElement,
    /// Several elements need a spacing or an aperture.
    #[error("an array of {elements} elements needs a spacing or an aperture")]
    ExtentMissing {
        /// Number of elements.
        elements: usize,
    },
    /// A direction of length zero.
    #[error("{field} has length zero and gives no direction")]
    ZeroAxis {
        /// Name of the direction: `axis`, `row_axis` or `column_axis`.
        field: &'static str,
    },
    /// The rows and the columns of a planar array run along the same line.
    #[error("row_axis and column_axis are parallel (sine of the angle between them: {sine:e})")]
    ParallelAxes {
        /// Sine of the angle between them.
        sine: f64,
    },
    /// A position coincides with an array's reference point, up to rounding.
    #[error("position {position_m:?} m is on the array's reference point")]
    OnReference {
        /// The position.
        position_m: Vec<f64>,
    },
    /// A position coincides with an element, up to rounding.
    #[error("position {position_m:?} m is on element {element} of the array")]
    OnElement {
        /// Index of the element.
        element: usize,
        /// The position.
        position_m: Vec<f64>,
    },
    /// A distance over- or underflows.
    #[error(
        "position {position_m:?} m is at a distance of {distance_m} m, beyond the range of numbers"
    )]
    DistanceOutOfRange {
        /// The position.
        position_m: Vec<f64>,
        /// The distance that came out.
        distance_m: f64,
    },
    /// The table of reflectivities is not `users × access points × access points`.
    #[error(
        "reflectivity[{user}]{} has {found} entries, not {expected}",
        receiver.map(|r| format!("[{r}]")).unwrap_or_default()
    )]
    ReflectivityShape {
        /// User whose table is wrong.
        user: usize,
        /// Receiving access point whose row is wrong; `None` when the number of rows is.
        receiver: Option<usize>,
        /// Entries needed.
        expected: usize,
        /// Entries found.
        found: usize,
    },
    /// A reflectivity is NaN or infinite.
    #[error("reflectivity[{user}][{receiver}][{transmitter}] = {value} is not finite")]
    ReflectivityNonFinite {
        /// User.
        user: usize,
        /// Receiving access point.
        receiver: usize,
        /// Transmitting access point.
        transmitter: usize,
        /// What was found.
        value: C64,
    },
}

/// The vector, or the error that one of its coordinates is not finite.
pub(crate) fn finite_vector<const D: usize>(
    field: &'static str,
    vector: [f64; D],
) -> Result<[f64; D], Invalid> {
    for value in vector {
        Invalid::unless_finite(field, value)?;
    }
    Ok(vector)
}
