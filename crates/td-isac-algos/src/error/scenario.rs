//! What can be wrong with a scenario's parameters.

use nf_channel::{ChannelError, Invalid, SceneError};

/// Why a scenario was rejected. Users and access points count from 0.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// A number is NaN or infinite.
    #[error("{field} = {value} is not a finite number")]
    NonFinite {
        /// Name of the parameter, unit included.
        field: &'static str,
        /// What was found.
        value: f64,
    },
    /// A number that must be positive is not.
    #[error("{field} = {value} must be positive")]
    NotPositive {
        /// Name of the parameter, unit included.
        field: &'static str,
        /// What was found.
        value: f64,
    },
    /// A number that must not be negative is.
    #[error("{field} = {value} must not be negative")]
    Negative {
        /// Name of the parameter, unit included.
        field: &'static str,
        /// What was found.
        value: f64,
    },
    /// A probability outside (0, 1).
    #[error("{field} = {value} must lie strictly between 0 and 1")]
    NotBetween {
        /// Name of the parameter.
        field: &'static str,
        /// What was found.
        value: f64,
    },
    /// A parameter that the chosen uncertainty has no use for.
    #[error("{field} = {value} belongs to the model \"ball\" with a scale, and to no other")]
    Unused {
        /// Name of the parameter, unit included.
        field: &'static str,
        /// What was found.
        value: f64,
    },
    /// Not even one sensing slot fits into a frame.
    #[error(
        "sensing_slot_s = {sensing_slot_s} is longer than the frame, duration_s = {duration_s}"
    )]
    SlotLongerThanFrame {
        /// Duration of a slot.
        sensing_slot_s: f64,
        /// Duration of the frame.
        duration_s: f64,
    },
    /// Too few pilot symbols to tell the users apart, or as many as fill the frame.
    #[error(
        "pilots.symbols = {symbols}: orthogonal pilots of {users} users take at least as many symbols, each as long as a sensing \
         slot, and less than the {slots} that fill the frame"
    )]
    PilotSymbols {
        /// What was found.
        symbols: usize,
        /// Users of the scenario.
        users: usize,
        /// Sensing slots that a frame lasts.
        slots: f64,
    },
    /// A list of another length than that of what it is for.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A list that needs an entry has none.
    #[error("a scenario needs at least one {what}")]
    Missing {
        /// What is missing: `access_point` or `user`.
        what: &'static str,
    },
    /// The box that users are looked for in is empty.
    #[error("search.box_m: along axis {axis}, {low_m} m must be less than {high_m} m")]
    EmptyBox {
        /// Which axis.
        axis: usize,
        /// Its lower bound.
        low_m: f64,
        /// Its upper bound.
        high_m: f64,
    },
    /// The prior of a user's position is no narrower than its distance from an array.
    #[error(
        "sensing.prior.position_std_m = {position_std_m} must be less than {distance_m} m, the distance of user[{user}] from access_point[{access_point}]"
    )]
    PriorTooWide {
        /// Which user.
        user: usize,
        /// Which access point.
        access_point: usize,
        /// Standard deviation of the prior.
        position_std_m: f64,
        /// Distance of the prior's mean from the access point.
        distance_m: f64,
    },
    /// The carrier is invalid.
    #[error("carrier: {source}")]
    Carrier {
        /// What is wrong with it.
        #[source]
        source: ChannelError,
    },
    /// The array of an access point is invalid.
    #[error("access_point[{access_point}].array: {source}")]
    Array {
        /// Which access point.
        access_point: usize,
        /// What is wrong with it.
        #[source]
        source: ChannelError,
    },
    /// There is no channel between a user and an access point: the user stands on it.
    #[error("user[{user}] and access_point[{access_point}]: {source}")]
    Channel {
        /// Which user.
        user: usize,
        /// Which access point.
        access_point: usize,
        /// What is wrong with their positions.
        #[source]
        source: ChannelError,
    },
    /// The table of reflection coefficients is invalid.
    #[error("{source}")]
    Reflectivity {
        /// What is wrong with it.
        #[source]
        source: ChannelError,
    },
    /// There are reflection coefficients for another number of users or access points.
    #[error("reflectivity is given for {found} {what}s, but the scenario has {expected}")]
    ReflectivitySize {
        /// `user` or `access_point`.
        what: &'static str,
        /// How many the scenario has.
        expected: usize,
        /// How many the table has.
        found: usize,
    },
    /// Whatever else is wrong with access points and users together, such as echo gains that overflow.
    #[error(transparent)]
    Scene(SceneError),
}
