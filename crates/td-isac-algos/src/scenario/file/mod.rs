//! Scenario files.
//!
//! ```toml
//! name = "corner"
//! [carrier]
//! frequency_hz = 28.0e9
//! path_gain = "paper"          # default; or "friis"
//! amplitudes = "uniform"       # default; or "per-element"
//! [noise]
//! sensing_dbm = -100
//! communication_dbm = -100     # or a list, one for each user
//! [frame]
//! duration_s = 0.1
//! sensing_slot_s = 0.001
//! slots = "whole"              # default; or "fractional"
//! [power]                      # largest of each access point; or lists, one for each
//! communication_dbm = 30
//! sensing_dbm = 40
//! [sensing]
//! gain_model = "unknown"       # or "known", "carrier-phase"
//! crlb_threshold_m2 = 2e-11
//! echo = "conjugate"           # or "reciprocal"; optional
//! prior = { position_std_m = 0.2, draws = 32, reflectivity = "rayleigh", seed = 0 } # optional, as are all but the first
//! [uncertainty]                # optional, as are its keys
//! model = "ball"               # default; or "phase", "ellipse"
//! scale = 1.0                  # default; or confidence = 0.95
//! error_scale_per_m = 373.6    # default 4/λ; of the ball with a scale only
//! scattering = 0.1             # default 0: reflections besides, relative to each channel
//! [[access_point]]             # one or more
//! position_m = [30.0, 70.0]
//! array = { elements = 21, aperture_m = 0.53, axis_deg = 0.0 }
//! [[user]]                     # one or more
//! position_m = [20.0, 30.0]
//! [reflectivity]
//! kind = "unit"                # or "rayleigh" with seed, or "explicit" with values
//! echo_gain = "two-hop"        # or "total-path"; optional
//! [[blocked]]                  # optional, any number: no channel and no echo along this link
//! user = 0
//! access_point = 1
//! [search]                     # optional, as are its keys: where users are looked for
//! box_m = [[0.0, 0.0], [50.0, 60.0]]
//! half_plane = [[[30.0, 70.0], [0.0, -1.0]]] # a pair [point, normal into it], or a list of pairs
//! [pilots]                     # optional: what users send between sensing and communication
//! symbols = 8                  # each as long as a sensing slot; at least one for each user
//! power_dbm = 10               # of each user
//! calibration_std_rad = 0.0    # default: between an access point's transmitter and its receiver
//! scattering = 0.0             # default: reflections to be expected, E‖g_m‖²/‖h_m‖²
//! ```
//!
//! In space, arrays are `{ elements, aperture_m | spacing_m, axis = [x, y, z] }` or
//! `{ planar = [rows, columns], spacing_m, row_axis, column_axis }`. Anywhere, `spacing_wavelengths` may stand in place of
//! `spacing_m`, and `{ elements_m = [[..], ..] }` lists elements relative to the reference point. A single element takes neither
//! aperture nor spacing, and needs no axis.

mod array;
pub(super) mod channels;
pub(super) mod error;
mod keys;

use error::ScenarioFileError;

use super::{
    AnyScenario, ErrorSize, PilotSpec, PositionPrior, ReflectivitySpec, Scenario, SearchSpec,
};
use keys::{File, Kind, Number, Reflectivity, Uncertainty};
use nf_channel::{BlockedLink, C64, SPEED_OF_LIGHT_M_PER_S};
use serde::de::DeserializeOwned;
use std::path::Path;
use toml::{Table, Value};

impl AnyScenario {
    /// Reads a scenario file, and checks the scenario.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not TOML, has an unknown, missing or wrong key, or describes a
    /// scenario that [`Scenario::check`] rejects.
    pub fn from_toml_file(file: impl AsRef<Path>) -> Result<Self, ScenarioFileError> {
        let file = file.as_ref();
        let text = std::fs::read_to_string(file).map_err(|source| ScenarioFileError::Read {
            file: file.to_owned(),
            source,
        })?;
        Self::from_toml_str(&text, file)
    }

    /// Reads a scenario from the text of a file; `file` is the name that messages give.
    ///
    /// # Errors
    ///
    /// As for [`AnyScenario::from_toml_file`].
    pub fn from_toml_str(text: &str, file: impl AsRef<Path>) -> Result<Self, ScenarioFileError> {
        let file = file.as_ref();
        let scenario = any_scenario(parse(text, file)?).map_err(|Misread { key, problem }| {
            ScenarioFileError::Key {
                file: file.to_owned(),
                key,
                problem,
            }
        })?;
        checked(&scenario, file)?;
        Ok(scenario)
    }
}

fn parse(text: &str, file: &Path) -> Result<Table, ScenarioFileError> {
    toml::from_str(text).map_err(|source| ScenarioFileError::Syntax {
        file: file.to_owned(),
        source: Box::new(source),
    })
}

fn checked(scenario: &AnyScenario, file: &Path) -> Result<(), ScenarioFileError> {
    match scenario {
        AnyScenario::TwoD(scenario) => scenario.check().map(drop),
        AnyScenario::ThreeD(scenario) => scenario.check().map(drop),
    }
    .map_err(|source| ScenarioFileError::Invalid {
        file: file.to_owned(),
        source,
    })
}

/// A problem and the path of the key that has it.
#[derive(Debug)]
struct Misread {
    key: String,
    problem: String,
}

impl Misread {
    fn new(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            problem: problem.into(),
        }
    }

    fn missing(key: impl Into<String>, expected: &str) -> Self {
        Self::new(key, format!("missing; expected {expected}"))
    }

    /// The error unless a list has its length; `what` describes its entries.
    fn unless(found: usize, expected: usize, key: String, what: &str) -> Result<(), Self> {
        if found == expected {
            return Ok(());
        }
        let problem = format!("expected {expected} {what}, found {found}");
        Err(Self::new(key, problem))
    }
}

/// Reads a table whose path is given, empty for the whole file.
fn read<T: DeserializeOwned>(path: &str, table: Table) -> Result<T, Misread> {
    serde_path_to_error::deserialize(Value::Table(table)).map_err(|error| {
        let inner = error.path().to_string();
        let mut steps = vec![path, inner.as_str()];
        // For serde, a missing key is a problem of its table.
        let problem = error.inner().message().trim_end();
        let missing = problem.strip_prefix("missing field `");
        let problem = match missing.and_then(|rest| rest.strip_suffix('`')) {
            Some(field) => {
                steps.push(field);
                "missing"
            }
            None => problem,
        };
        steps.retain(|step| !step.is_empty() && *step != ".");
        Misread::new(steps.join("."), problem)
    })
}

fn any_scenario(root: Table) -> Result<AnyScenario, Misread> {
    // Before anything else: what stands below a missing header belongs to the table above it, where its
    // keys are unknown.
    for (key, expected) in keys::REQUIRED {
        match root.get(key) {
            None => return Err(Misread::missing(key, expected)),
            Some(Value::Array(empty)) if empty.is_empty() => {
                return Err(Misread::missing(key, expected));
            }
            Some(_) => {}
        }
    }
    let file: File = read("", root)?;
    match file.access_point[0].position_m.len() {
        2 => scenario::<2>(file).map(AnyScenario::TwoD),
        3 => scenario::<3>(file).map(AnyScenario::ThreeD),
        found => Err(Misread::new(
            "access_point[0].position_m",
            format!("expected 2 or 3 coordinates, found {found}"),
        )),
    }
}

fn scenario<const D: usize>(file: File) -> Result<Scenario<D>, Misread> {
    let frequency_hz = file.carrier.frequency_hz.0;
    let wavelength_m = SPEED_OF_LIGHT_M_PER_S / frequency_hz;
    let access_points = (file.access_point.into_iter().enumerate())
        .map(|(i, found)| array::access_point(&format!("access_point[{i}]"), found, wavelength_m))
        .collect::<Result<Vec<_>, _>>()?;
    let users_m = (file.user.iter().enumerate())
        .map(|(i, user)| array::position(&format!("user[{i}]"), &user.position_m))
        .collect::<Result<Vec<_>, _>>()?;
    let counts = (users_m.len(), access_points.len());
    let mut scenario = Scenario::new(frequency_hz, access_points, users_m);
    scenario.name = file.name;
    scenario.path_gain = file.carrier.path_gain;
    scenario.amplitude_profile = file.carrier.amplitudes;
    scenario.sensing_noise_w = file.noise.sensing_dbm.0;
    scenario.communication_noise_w = file.noise.communication_dbm.level();
    scenario.sensing_power_w = file.power.sensing_dbm.level();
    scenario.communication_power_w = file.power.communication_dbm.level();
    scenario.frame_duration_s = file.frame.duration_s.0;
    scenario.sensing_slot_s = file.frame.sensing_slot_s.0;
    scenario.slots = file.frame.slots;
    scenario.gain_model = file.sensing.gain_model;
    scenario.crlb_threshold_m2 = file.sensing.crlb_threshold_m2.0;
    scenario.echo_convention = file.sensing.echo;
    scenario.prior = file.sensing.prior.map(|keys| {
        let mut prior = PositionPrior::new(keys.position_std_m.0);
        prior.draws = keys.draws.map_or(prior.draws, |draws| draws.0);
        prior.reflectivity = keys.reflectivity;
        prior.seed = keys.seed.map_or(prior.seed, |seed| seed.0);
        prior
    });
    scenario.echo_gain = file.reflectivity.echo_gain;
    scenario.reflectivity = reflectivity(file.reflectivity, counts)?;
    scenario.blocked = (file.blocked.iter())
        .map(|link| BlockedLink {
            user: usize::try_from(link.user.0).unwrap_or(usize::MAX),
            access_point: usize::try_from(link.access_point.0).unwrap_or(usize::MAX),
        })
        .collect();
    if let Some(keys) = file.search {
        scenario.search = search(keys)?;
    }
    scenario.pilots = file.pilots.map(|keys| PilotSpec {
        symbols: keys.symbols.0,
        power_w: keys.power_dbm.0,
        calibration_std_rad: keys.calibration_std_rad.map_or(0.0, |phase| phase.0),
        scattering: keys.scattering.map_or(0.0, |level| level.0),
    });
    if let Some(keys) = &file.uncertainty {
        uncertainty(keys, &mut scenario)?;
    }
    Ok(scenario)
}

/// `[search]`.
fn search<const D: usize>(keys: keys::Search) -> Result<SearchSpec<D>, Misread> {
    let corner = |path: &str, pair: &[Vec<Number>; 2]| -> Result<[[f64; D]; 2], Misread> {
        let vector = |found: &Vec<Number>| {
            Misread::unless(found.len(), D, path.to_owned(), "coordinates")?;
            Ok(std::array::from_fn(|axis| found[axis].0))
        };
        Ok([vector(&pair[0])?, vector(&pair[1])?])
    };
    let half_planes = match &keys.half_plane {
        None => Vec::new(),
        Some(keys::HalfPlanes::One(pair)) => vec![corner("search.half_plane", pair)?],
        Some(keys::HalfPlanes::Many(pairs)) => (pairs.iter().enumerate())
            .map(|(i, pair)| corner(&format!("search.half_plane[{i}]"), pair))
            .collect::<Result<_, _>>()?,
    };
    Ok(SearchSpec {
        box_m: (keys.box_m.as_ref())
            .map(|corners| corner("search.box_m", corners))
            .transpose()?,
        half_planes,
    })
}

/// `[uncertainty]`.
fn uncertainty<const D: usize>(
    keys: &Uncertainty,
    scenario: &mut Scenario<D>,
) -> Result<(), Misread> {
    scenario.uncertainty.set = keys.model;
    scenario.uncertainty.size = match (keys.scale, keys.confidence) {
        (None, None) => ErrorSize::Scale(1.0),
        (Some(scale), None) => ErrorSize::Scale(scale.0),
        (None, Some(confidence)) => ErrorSize::Confidence(confidence.0),
        (Some(_), Some(_)) => {
            return Err(Misread::new("uncertainty.confidence", "excludes scale"));
        }
    };
    scenario.scattering = keys.scattering.map_or(0.0, |share| share.0);
    scenario.error_scale_per_m = keys.error_scale_per_m.map(|scale| scale.0);
    match scenario.error_scale_per_m {
        Some(scale) if !scenario.uncertainty.is_the_papers() => Err(Misread::new(
            "uncertainty.error_scale_per_m",
            format!("{scale} belongs to the model \"ball\" with a scale, and to no other"),
        )),
        _ => Ok(()),
    }
}

/// `[reflectivity]`, for so many users and access points.
fn reflectivity(keys: Reflectivity, counts: (usize, usize)) -> Result<ReflectivitySpec, Misread> {
    let (seed, values) = ("reflectivity.seed", "reflectivity.values");
    match (keys.kind, keys.seed, keys.values) {
        (Kind::Unit, None, None) => Ok(ReflectivitySpec::Unit),
        (Kind::Rayleigh, Some(seed), None) => Ok(ReflectivitySpec::Rayleigh { seed: seed.0 }),
        (Kind::Explicit, None, Some(values)) => coefficients(values, counts),
        (Kind::Rayleigh, None, None) => Err(Misread::missing(seed, "a whole number")),
        (Kind::Explicit, None, None) => Err(Misread::missing(
            values,
            "lists values[user][receiver][transmitter]",
        )),
        (Kind::Unit | Kind::Explicit, Some(_), _) => {
            Err(Misread::new(seed, "belongs to the kind \"rayleigh\""))
        }
        (Kind::Unit | Kind::Rayleigh, _, Some(_)) => {
            Err(Misread::new(values, "belongs to the kind \"explicit\""))
        }
    }
}

fn coefficients(
    values: Vec<Vec<Vec<[Number; 2]>>>,
    (users, access_points): (usize, usize),
) -> Result<ReflectivitySpec, Misread> {
    let path = "reflectivity.values";
    Misread::unless(values.len(), users, path.to_owned(), "lists, one a user")?;
    for (user, rows) in values.iter().enumerate() {
        let path = format!("{path}[{user}]");
        let what = "lists, one a receiving access point";
        Misread::unless(rows.len(), access_points, path.clone(), what)?;
        for (receiver, row) in rows.iter().enumerate() {
            let what = "entries, one a transmitting access point";
            Misread::unless(
                row.len(),
                access_points,
                format!("{path}[{receiver}]"),
                what,
            )?;
        }
    }
    let coefficient = |[re, im]: [Number; 2]| C64::new(re.0, im.0);
    let row = |row: Vec<_>| row.into_iter().map(coefficient).collect();
    let rows = |rows: Vec<_>| rows.into_iter().map(row).collect();
    let values = values.into_iter().map(rows).collect();
    Ok(ReflectivitySpec::Explicit { values })
}
