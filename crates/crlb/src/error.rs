//! Everything that can go wrong between a scene and its bound.

use nf_channel::{Invalid, SceneError};

/// Why a sensing model or a bound could not be computed.
///
/// Indices count from zero, in the order in which users and access points were given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CrlbError {
    /// The scene itself is invalid (a user on an element, for example).
    #[error(transparent)]
    Scene(#[from] SceneError),
    /// A number, a count or a size is not what it must be.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A covariance has non-finite entries, is not Hermitian, or has a negative diagonal.
    #[error(
        "the covariance of access point {access_point} is not Hermitian positive semidefinite ({why})"
    )]
    NotACovariance {
        /// Index of the access point.
        access_point: usize,
        /// Which property fails.
        why: &'static str,
    },
    /// A covariance or an information of positions differs from its transpose.
    #[error("the {what} must be symmetric: entries differ by {difference:e} of their scale")]
    NotSymmetric {
        /// Which matrix.
        what: &'static str,
        /// Largest difference seen, relative to the diagonal.
        difference: f64,
    },
    /// A covariance or an information of positions has a negative eigenvalue.
    #[error(
        "the {what} must be positive semidefinite: scaled to unit diagonal it has the eigenvalue {eigenvalue:e}"
    )]
    NotPositiveSemidefinite {
        /// Which matrix.
        what: &'static str,
        /// An upper bound on its smallest eigenvalue.
        eigenvalue: f64,
    },
    /// The echoes carry no information about some combination of these users' coordinates.
    #[error(
        "the positions of users {users:?} cannot be identified from the echoes \
         (information {information:e} of its scale, below the rounding level {threshold:e})"
    )]
    NotIdentifiable {
        /// The users that take part in the unidentifiable directions.
        users: Vec<usize>,
        /// Smallest information found, relative to its natural scale.
        information: f64,
        /// Level below which the information is rounding noise.
        threshold: f64,
    },
    /// The CRLB threshold cannot be met, however little time communication gets.
    #[error(
        "CRLB threshold {threshold_m2:e} m² is unreachable: all of the frame spent on sensing gives {crlb_constant_m2:e} m²"
    )]
    ThresholdUnreachable {
        /// The CRLB at a time allocation of zero, C.
        crlb_constant_m2: f64,
        /// The CRLB asked for.
        threshold_m2: f64,
    },
    /// An eigenvalue or triangular factorisation failed.
    #[error("the {what} could not be factorised")]
    Factorisation {
        /// Which matrix.
        what: &'static str,
    },
}
