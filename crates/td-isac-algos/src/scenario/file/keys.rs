//! The keys of a scenario file and what each may hold by itself, for serde.

use crate::scenario::{Level, PriorReflectivity, Slots};
use crate::uncertainty::PositionSet;
use crlb::GainModel;
use nf_channel::{AmplitudeProfile, EchoConvention, EchoGain, PathGain, dbm_to_watt};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use toml::{Table, Value};

/// Keys that every file has.
pub(super) const REQUIRED: [(&str, &str); 9] = [
    ("name", "a text"),
    ("carrier", "a table"),
    ("noise", "a table"),
    ("frame", "a table"),
    ("power", "a table"),
    ("sensing", "a table"),
    ("access_point", "one or more tables"),
    ("user", "one or more tables"),
    ("reflectivity", "a table"),
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub name: String,
    pub carrier: Carrier,
    pub noise: Noise,
    pub frame: Frame,
    pub power: Power,
    pub sensing: Sensing,
    pub uncertainty: Option<Uncertainty>,
    pub access_point: Vec<AccessPoint>,
    pub user: Vec<User>,
    pub reflectivity: Reflectivity,
    #[serde(default)]
    pub blocked: Vec<Blocked>,
    pub search: Option<Search>,
    pub pilots: Option<Pilots>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Channels {
    pub file: String,
    pub error: Option<Error>,
}

/// Relative errors of channels: one for all links, or one for each.
#[derive(Debug)]
pub(super) enum Error {
    Same(NonNegative),
    Each(Vec<Vec<NonNegative>>),
}

impl<'de> Deserialize<'de> for Error {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if value.is_array() {
            Vec::deserialize(value).map(Self::Each)
        } else {
            NonNegative::deserialize(value).map(Self::Same)
        }
        .map_err(|error| serde::de::Error::custom(error.message()))
    }
}

/// `[power]` or `[noise]` where sensing is of no interest.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LevelsOfPart {
    pub communication_dbm: OneOrEach,
    #[allow(dead_code)] // allowed, and checked, but not looked at
    pub sensing_dbm: Option<OneOrEach>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Blocked {
    pub user: Whole,
    pub access_point: Whole,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    pub box_m: Option<[Vec<Number>; 2]>,
    pub half_plane: Option<HalfPlanes>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pilots {
    pub symbols: Count,
    pub power_dbm: Watts,
    pub calibration_std_rad: Option<NonNegative>,
    pub scattering: Option<NonNegative>,
}

/// A point and a normal, or a list of such pairs.
#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a pair [point, normal], or a list of such pairs"
)]
pub(super) enum HalfPlanes {
    One([Vec<Number>; 2]),
    Many(Vec<[Vec<Number>; 2]>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Carrier {
    pub frequency_hz: Positive,
    #[serde(default, with = "PathGainWord")]
    pub path_gain: PathGain,
    #[serde(default, with = "AmplitudesWord")]
    pub amplitudes: AmplitudeProfile,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Noise {
    pub sensing_dbm: Watts,
    /// One for all users, or one for each.
    pub communication_dbm: OneOrEach,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Power {
    /// One for all access points, or one for each.
    pub sensing_dbm: OneOrEach,
    pub communication_dbm: OneOrEach,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Frame {
    pub duration_s: Positive,
    pub sensing_slot_s: Positive,
    #[serde(default, with = "SlotsWord")]
    pub slots: Slots,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sensing {
    #[serde(with = "GainModelWord")]
    pub gain_model: GainModel,
    pub crlb_threshold_m2: Positive,
    #[serde(default, with = "EchoWord")]
    pub echo: EchoConvention,
    pub prior: Option<Prior>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Prior {
    pub position_std_m: NonNegative,
    pub draws: Option<Count>,
    #[serde(default, with = "PriorReflectivityWord")]
    pub reflectivity: PriorReflectivity,
    pub seed: Option<Whole>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Uncertainty {
    #[serde(default = "the_papers", with = "SetWord")]
    pub model: PositionSet,
    pub scale: Option<NonNegative>,
    pub confidence: Option<Probability>,
    pub error_scale_per_m: Option<NonNegative>,
    pub scattering: Option<NonNegative>,
}

/// The set of a file that names none; [`PositionSet::default`] is another one.
fn the_papers() -> PositionSet {
    PositionSet::Ball
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccessPoint {
    pub position_m: Vec<Number>,
    /// Which keys it may have depends on the dimension.
    pub array: Table,
}

/// An array along a line in the plane.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineInPlane {
    pub elements: Count,
    pub aperture_m: Option<Positive>,
    pub spacing_m: Option<Positive>,
    pub axis_deg: Option<Number>,
}

/// An array along a line in space.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineInSpace {
    pub elements: Count,
    pub aperture_m: Option<Positive>,
    pub spacing_m: Option<Positive>,
    pub axis: Option<[Number; 3]>,
}

/// An array of elements anywhere, relative to the reference point.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Elements {
    pub elements_m: Vec<Vec<Number>>,
}

/// An array of rows and columns.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Planar {
    pub planar: [Count; 2],
    pub spacing_m: Positive,
    pub row_axis: [Number; 3],
    pub column_axis: [Number; 3],
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct User {
    pub position_m: Vec<Number>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reflectivity {
    pub kind: Kind,
    #[serde(default, with = "EchoGainWord")]
    pub echo_gain: EchoGain,
    pub seed: Option<Whole>,
    pub values: Option<Vec<Vec<Vec<[Number; 2]>>>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Unit,
    Rayleigh,
    Explicit,
}

// The words of enums that other crates define.

#[derive(Deserialize)]
#[serde(remote = "PathGain", rename_all = "kebab-case")]
enum PathGainWord {
    #[serde(rename = "paper")]
    SquareRoot,
    Friis,
}

#[derive(Deserialize)]
#[serde(remote = "AmplitudeProfile", rename_all = "kebab-case")]
enum AmplitudesWord {
    Uniform,
    PerElement,
}

#[derive(Deserialize)]
#[serde(remote = "Slots", rename_all = "kebab-case")]
enum SlotsWord {
    Whole,
    Fractional,
}

#[derive(Deserialize)]
#[serde(remote = "GainModel", rename_all = "kebab-case")]
enum GainModelWord {
    Unknown,
    Known,
    CarrierPhase,
}

#[derive(Deserialize)]
#[serde(remote = "EchoConvention", rename_all = "kebab-case")]
enum EchoWord {
    Conjugate,
    Reciprocal,
}

#[derive(Deserialize)]
#[serde(remote = "PriorReflectivity", rename_all = "kebab-case")]
enum PriorReflectivityWord {
    Rayleigh,
    AsGiven,
}

#[derive(Deserialize)]
#[serde(remote = "EchoGain", rename_all = "kebab-case")]
enum EchoGainWord {
    TwoHop,
    TotalPath,
}

#[derive(Deserialize)]
#[serde(remote = "PositionSet", rename_all = "kebab-case")]
enum SetWord {
    Ball,
    Phase,
    Ellipse,
}

/// A finite number, written as a float or as an integer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number(pub f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = match Value::deserialize(deserializer)? {
            Value::Float(number) => number,
            Value::Integer(number) => number as f64,
            other => return Err(not_a("a number", &other)),
        };
        if value.is_finite() {
            Ok(Self(value))
        } else {
            Err(D::Error::custom(format!("{value} is not a finite number")))
        }
    }
}

/// A whole number, zero or above.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whole(pub u64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Integer(number) => u64::try_from(number)
                .map(Self)
                .map_err(|_| D::Error::custom(format!("{number} must not be negative"))),
            other => Err(not_a("a whole number", &other)),
        }
    }
}

fn not_a<E: serde::de::Error>(expected: &str, value: &Value) -> E {
    let found = match value {
        Value::String(text) => format!("{text:?}"),
        Value::Integer(number) => number.to_string(),
        // With its point, which an integer has not.
        Value::Float(number) => format!("{number:?}"),
        Value::Boolean(truth) => truth.to_string(),
        // Which comes here as a text, from the deserialiser that keeps the path.
        Value::Datetime(date) => date.to_string(),
        Value::Array(list) => format!("a list of {}", list.len()),
        Value::Table(_) => "a table".to_owned(),
    };
    E::custom(format!("expected {expected}, found {found}"))
}

/// A whole number above zero.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "Whole")]
pub(super) struct Count(pub usize);

impl TryFrom<Whole> for Count {
    type Error = &'static str;

    fn try_from(Whole(number): Whole) -> Result<Self, &'static str> {
        match usize::try_from(number) {
            Ok(0) => Err("0 must be positive"),
            // More than memory can address: the check of the array rejects any such number.
            count => Ok(Self(count.unwrap_or(usize::MAX))),
        }
    }
}

/// A finite number above zero.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "Number")]
pub(super) struct Positive(pub f64);

impl TryFrom<Number> for Positive {
    type Error = String;

    fn try_from(Number(value): Number) -> Result<Self, String> {
        let inside = value > 0.0;
        let problem = || format!("{value} must be positive");
        inside.then_some(Self(value)).ok_or_else(problem)
    }
}

/// A finite number, zero or above.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "Number")]
pub(super) struct NonNegative(pub f64);

impl TryFrom<Number> for NonNegative {
    type Error = String;

    fn try_from(Number(value): Number) -> Result<Self, String> {
        let inside = value >= 0.0;
        let problem = || format!("{value} must not be negative");
        inside.then_some(Self(value)).ok_or_else(problem)
    }
}

/// A number strictly between zero and one.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "Number")]
pub(super) struct Probability(pub f64);

impl TryFrom<Number> for Probability {
    type Error = String;

    fn try_from(Number(value): Number) -> Result<Self, String> {
        let inside = value > 0.0 && value < 1.0;
        let problem = || format!("{value} must lie strictly between 0 and 1");
        inside.then_some(Self(value)).ok_or_else(problem)
    }
}

/// A level in dBm, as a power in watts.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "Number")]
pub(super) struct Watts(pub f64);

impl TryFrom<Number> for Watts {
    type Error = String;

    fn try_from(Number(value): Number) -> Result<Self, String> {
        let power_w = dbm_to_watt(value);
        let problem = || format!("{value} dBm is beyond the range of numbers in watts");
        power_w
            .is_normal()
            .then_some(Self(power_w))
            .ok_or_else(problem)
    }
}

/// A level in dBm, or a list of levels.
#[derive(Debug)]
pub(super) enum OneOrEach {
    One(Watts),
    Each(Vec<Watts>),
}

impl<'de> Deserialize<'de> for OneOrEach {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not `untagged`, which would forget what is wrong with a number.
        let value = Value::deserialize(deserializer)?;
        if value.is_array() {
            Vec::deserialize(value).map(Self::Each)
        } else {
            Watts::deserialize(value).map(Self::One)
        }
        .map_err(|error| D::Error::custom(error.message()))
    }
}

impl OneOrEach {
    /// In watts.
    pub fn level(&self) -> Level {
        match self {
            Self::One(Watts(power_w)) => Level::Same(*power_w),
            Self::Each(list) => Level::Each(list.iter().map(|&Watts(power_w)| power_w).collect()),
        }
    }
}
