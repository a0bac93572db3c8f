//! Scenario files.
//!
//! ```toml
//! name = "corner"
//! [carrier]
//! frequency_hz = 28.0e9
//! [noise]
//! sensing_dbm = -100
//! communication_dbm = -100
//! [frame]
//! duration_s = 0.1
//! sensing_slot_s = 0.001
//! [power]                      # largest of each access point
//! communication_dbm = 30
//! sensing_dbm = 40
//! [sensing]
//! gain_model = "unknown"       # or "known", "carrier-phase"
//! crlb_threshold_m2 = 2e-11
//! echo = "conjugate"           # or "reciprocal"; optional
//! [uncertainty]                # optional, as are its keys
//! model = "ball"               # default; or "phase", "ellipse"
//! scale = 1.0                  # default; or confidence = 0.95
//! error_scale_per_m = 373.6    # default 4/λ; of the ball with a scale only
//! [[access_point]]             # one or more
//! position_m = [30.0, 70.0]
//! array = { elements = 21, aperture_m = 0.53, axis_deg = 0.0 }
//! [[user]]                     # one or more
//! position_m = [20.0, 30.0]
//! [reflectivity]
//! kind = "unit"                # or "rayleigh" with seed, or "explicit" with values
//! echo_gain = "two-hop"        # or "total-path"; optional
//! ```
//!
//! In space, arrays are `{ elements, aperture_m | spacing_m, axis = [x, y, z] }` or
//! `{ planar = [rows, columns], spacing_m, row_axis, column_axis }`. A single element takes neither
//! aperture nor spacing, and needs no axis.

mod array;
mod error;
mod node;

pub use error::{KeyProblem, ScenarioFileError};

use super::{AnyScenario, ErrorSize, ReflectivitySpec, Scenario};
use crate::uncertainty::PositionSet;
use crlb::GainModel;
use nf_channel::{C64, EchoConvention, EchoGain};
use node::{Misread, Node, TableNode};
use std::path::Path;

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
        let file = file.as_ref().to_owned();
        let root = match toml::from_str(text) {
            Ok(root) => root,
            Err(source) => {
                return Err(ScenarioFileError::Syntax {
                    file,
                    source: Box::new(source),
                });
            }
        };
        let scenario = match read(&root) {
            Ok(scenario) => scenario,
            Err(Misread { key, problem }) => {
                return Err(ScenarioFileError::Key { file, key, problem });
            }
        };
        let checked = match &scenario {
            Self::TwoD(scenario) => scenario.check().map(drop),
            Self::ThreeD(scenario) => scenario.check().map(drop),
        };
        match checked {
            Ok(()) => Ok(scenario),
            Err(source) => Err(ScenarioFileError::Invalid { file, source }),
        }
    }
}

fn read(root: &toml::Table) -> Result<AnyScenario, Misread> {
    let root = TableNode::root(root).only(&[
        "name",
        "carrier",
        "noise",
        "frame",
        "power",
        "sensing",
        "uncertainty",
        "access_point",
        "user",
        "reflectivity",
    ])?;
    let access_points = some(&root, "access_point")?;
    let first = access_points[0]
        .table()?
        .required("position_m", "a list of coordinates")?;
    match first.list()?.len() {
        2 => scenario::<2>(&root, &access_points).map(AnyScenario::TwoD),
        3 => scenario::<3>(&root, &access_points).map(AnyScenario::ThreeD),
        found => Err(first.misread(KeyProblem::Dimension { found })),
    }
}

/// The tables of a list that has at least one.
fn some<'a>(root: &TableNode<'a>, key: &str) -> Result<Vec<Node<'a>>, Misread> {
    let expected = "one or more tables";
    let list = root.required(key, expected)?;
    match list.list()? {
        empty if empty.is_empty() => Err(list.misread(KeyProblem::Missing { expected })),
        tables => Ok(tables),
    }
}

fn scenario<const D: usize>(
    root: &TableNode,
    access_points: &[Node],
) -> Result<Scenario<D>, Misread> {
    let carrier = root.table("carrier", &["frequency_hz"])?;
    let access_points: Vec<_> = access_points
        .iter()
        .map(array::access_point)
        .collect::<Result<_, _>>()?;
    let users_m: Vec<_> = some(root, "user")?
        .iter()
        .map(user)
        .collect::<Result<_, _>>()?;

    let frequency = carrier
        .required("frequency_hz", "a frequency in hertz")?
        .positive()?;
    let counts = (users_m.len(), access_points.len());
    let mut scenario = Scenario::new(frequency, access_points, users_m);
    scenario.name = root.required("name", "a text")?.text()?.to_owned();
    powers(root, &mut scenario)?;
    sensing(root, &mut scenario)?;
    reflectivity(root, counts, &mut scenario)?;
    Ok(scenario)
}

fn user<const D: usize>(node: &Node) -> Result<[f64; D], Misread> {
    let table = node.table()?.only(&["position_m"])?;
    array::position(&table.required("position_m", "a list of coordinates")?)
}

/// `[noise]`, `[power]` and `[frame]`.
fn powers<const D: usize>(root: &TableNode, scenario: &mut Scenario<D>) -> Result<(), Misread> {
    let keys = ["sensing_dbm", "communication_dbm"];
    let level = |table: &TableNode, key| table.required(key, "a level in dBm")?.watts();
    let noise = root.table("noise", &keys)?;
    scenario.sensing_noise_w = level(&noise, keys[0])?;
    scenario.communication_noise_w = level(&noise, keys[1])?;
    let power = root.table("power", &keys)?;
    scenario.sensing_power_w = level(&power, keys[0])?;
    scenario.communication_power_w = level(&power, keys[1])?;

    let frame = root.table("frame", &["duration_s", "sensing_slot_s"])?;
    let duration = |key| frame.required(key, "a duration in seconds")?.positive();
    scenario.frame_duration_s = duration("duration_s")?;
    scenario.sensing_slot_s = duration("sensing_slot_s")?;
    Ok(())
}

/// `[sensing]` and `[uncertainty]`.
fn sensing<const D: usize>(root: &TableNode, scenario: &mut Scenario<D>) -> Result<(), Misread> {
    let sensing = root.table("sensing", &["gain_model", "crlb_threshold_m2", "echo"])?;
    scenario.gain_model = sensing.required("gain_model", "a text")?.choice(&[
        ("unknown", GainModel::Unknown),
        ("known", GainModel::Known),
        ("carrier-phase", GainModel::CarrierPhase),
    ])?;
    scenario.crlb_threshold_m2 = sensing
        .required("crlb_threshold_m2", "an area in square metres")?
        .positive()?;
    if let Some(echo) = sensing.optional("echo") {
        scenario.echo_convention = echo.choice(&[
            ("conjugate", EchoConvention::Conjugate),
            ("reciprocal", EchoConvention::Reciprocal),
        ])?;
    }
    if let Some(node) = root.optional("uncertainty") {
        uncertainty(&node.table()?, scenario)?;
    }
    Ok(())
}

/// `[uncertainty]`.
fn uncertainty<const D: usize>(
    table: &TableNode,
    scenario: &mut Scenario<D>,
) -> Result<(), Misread> {
    let keys = ["model", "scale", "confidence", "error_scale_per_m"];
    let table = table.clone().only(&keys)?;
    if let Some(model) = table.optional("model") {
        scenario.uncertainty.set = model.choice(&[
            ("ball", PositionSet::Ball),
            ("phase", PositionSet::Phase),
            ("ellipse", PositionSet::Ellipse),
        ])?;
    }
    if let Some(scale) = table.optional("scale") {
        scenario.uncertainty.size = ErrorSize::Scale(scale.non_negative()?);
    }
    if let Some(confidence) = table.optional("confidence") {
        if table.optional("scale").is_some() {
            return Err(confidence.misread(KeyProblem::Excluded { other: "scale" }));
        }
        scenario.uncertainty.size = ErrorSize::Confidence(confidence.probability()?);
    }
    if let Some(scale) = table.optional("error_scale_per_m") {
        let value = scale.non_negative()?;
        if !scenario.uncertainty.is_the_papers() {
            return Err(scale.misread(KeyProblem::Unused { value }));
        }
        scenario.error_scale_per_m = Some(value);
    }
    Ok(())
}

/// `[reflectivity]`, for so many users and access points.
fn reflectivity<const D: usize>(
    root: &TableNode,
    (users, access_points): (usize, usize),
    scenario: &mut Scenario<D>,
) -> Result<(), Misread> {
    #[derive(Clone, Copy)]
    enum Kind {
        Unit,
        Rayleigh,
        Explicit,
    }
    let table = root.required("reflectivity", "a table")?.table()?;
    let kind = table.required("kind", "a text")?.choice(&[
        ("unit", Kind::Unit),
        ("rayleigh", Kind::Rayleigh),
        ("explicit", Kind::Explicit),
    ])?;
    scenario.reflectivity = match kind {
        Kind::Unit => {
            table.clone().only(&["kind", "echo_gain"])?;
            ReflectivitySpec::Unit
        }
        Kind::Rayleigh => {
            table.clone().only(&["kind", "echo_gain", "seed"])?;
            let seed = table.required("seed", "a whole number")?.whole()?;
            ReflectivitySpec::Rayleigh { seed }
        }
        Kind::Explicit => {
            table.clone().only(&["kind", "echo_gain", "values"])?;
            let values = table.required("values", "lists values[user][receiver][transmitter]")?;
            ReflectivitySpec::Explicit {
                values: coefficients(&values, users, access_points)?,
            }
        }
    };
    scenario.echo_gain = match table.optional("echo_gain") {
        None => EchoGain::TwoHop,
        Some(node) => node.choice(&[
            ("two-hop", EchoGain::TwoHop),
            ("total-path", EchoGain::TotalPath),
        ])?,
    };
    Ok(())
}

fn coefficients(
    values: &Node,
    users: usize,
    access_points: usize,
) -> Result<Vec<Vec<Vec<C64>>>, Misread> {
    let coefficient = |node: &Node| node.vector::<2>().map(|[re, im]| C64::new(re, im));
    let row = |node: &Node| -> Result<Vec<C64>, Misread> {
        let row = node.list_of(access_points, "entries, one a transmitting access point")?;
        row.iter().map(coefficient).collect()
    };
    let rows = |node: &Node| -> Result<Vec<Vec<C64>>, Misread> {
        let rows = node.list_of(access_points, "lists, one a receiving access point")?;
        rows.iter().map(row).collect()
    };
    values
        .list_of(users, "lists, one a user")?
        .iter()
        .map(rows)
        .collect()
}
