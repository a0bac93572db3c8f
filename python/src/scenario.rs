//! Scenarios: the keys of a file, and what they say.

use std::path::PathBuf;
use std::sync::Arc;

use numpy::{IntoPyArray, PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use td_isac_algos::scenario::{AnyScenario, ErrorSize, UncertaintySpec};
use td_isac_algos::uncertainty::PositionSet;
use toml::Table;

use crate::arrays::{self, Links};
use crate::{errors, values};

/// Does the same with a scenario of either dimension.
macro_rules! with_dimension {
    ($any:expr, $scenario:ident => $body:expr) => {
        match $any {
            td_isac_algos::scenario::AnyScenario::TwoD($scenario) => $body,
            td_isac_algos::scenario::AnyScenario::ThreeD($scenario) => $body,
        }
    };
}
pub(crate) use with_dimension;

/// A scenario as its file has it, read and checked.
#[pyclass(frozen, module = "near_field_isac._native")]
pub struct Scenario {
    /// The keys as they stand in the file.
    table: Table,
    /// What messages call the file.
    file: String,
    parsed: Arc<AnyScenario>,
}

impl Scenario {
    fn read(text: &str, file: String) -> PyResult<Self> {
        let table: Option<Table> = toml::from_str(text).ok();
        if table
            .as_ref()
            .is_some_and(|keys| keys.contains_key("channels"))
        {
            return Err(errors::input(format!(
                "{file}: channels: not for a Scenario; load the array and pass it to robust_beams, which takes the error of each link"
            )));
        }
        let parsed = AnyScenario::from_toml_str(text, &file).map_err(errors::of_file)?;
        // What was read as a scenario is TOML.
        let table = table.ok_or_else(|| errors::input(format!("{file}: no TOML")))?;
        Ok(Self {
            table,
            file,
            parsed: Arc::new(parsed),
        })
    }

    pub fn parsed(&self) -> &Arc<AnyScenario> {
        &self.parsed
    }
}

#[pymethods]
impl Scenario {
    /// The text of a file; `file` is what messages call it.
    #[new]
    fn new(text: &str, file: String) -> PyResult<Self> {
        Self::read(text, file)
    }

    #[staticmethod]
    fn from_toml(file: PathBuf) -> PyResult<Self> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file)
            .map_err(|error| std::io::Error::new(error.kind(), format!("{name}: {error}")))?;
        Self::read(&text, name)
    }

    #[staticmethod]
    fn from_dict(keys: &Bound<'_, PyDict>, file: String) -> PyResult<Self> {
        let table = values::table(keys)?;
        let text = toml::to_string(&table).map_err(errors::input)?;
        Self::read(&text, file)
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        values::dict(py, &self.table)
    }

    fn to_toml(&self) -> PyResult<String> {
        toml::to_string(&self.table).map_err(errors::input)
    }

    #[getter]
    fn file(&self) -> &str {
        &self.file
    }

    #[getter]
    fn name(&self) -> &str {
        self.parsed.name()
    }

    #[getter]
    fn dimension(&self) -> usize {
        self.parsed.dimension()
    }

    #[getter]
    fn frequency_hz(&self) -> f64 {
        with_dimension!(&*self.parsed, scenario => scenario.frequency_hz)
    }

    fn users_m<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f64>> {
        with_dimension!(&*self.parsed, scenario => arrays::rows(py, &scenario.users_m))
    }

    /// Elements of each access point.
    fn elements_m<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyArray2<f64>>>> {
        with_dimension!(&*self.parsed, scenario => {
            let checked = scenario.check().map_err(errors::of_scenario)?;
            let arrays = checked.access_points().iter();
            Ok(arrays.map(|array| arrays::rows(py, &array.elements_m().collect::<Vec<_>>())).collect())
        })
    }

    /// Reference point of each access point.
    fn access_points_m<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        with_dimension!(&*self.parsed, scenario => {
            let checked = scenario.check().map_err(errors::of_scenario)?;
            let points: Vec<_> = checked.access_points().iter().map(|array| *array.reference_m()).collect();
            Ok(arrays::rows(py, &points))
        })
    }

    /// Channels `[user][access point]`.
    fn channels<'py>(&self, py: Python<'py>) -> PyResult<Links<'py>> {
        with_dimension!(&*self.parsed, scenario => {
            let checked = scenario.check().map_err(errors::of_scenario)?;
            let user = |channels: &Vec<td_isac_algos::nf_channel::Channel<_>>| -> Vec<Bound<'py, PyArray1<_>>> {
                channels.iter().map(|channel| channel.values.clone().into_pyarray(py)).collect()
            };
            Ok(checked.channels().iter().map(user).collect())
        })
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let arguments = (self.to_toml()?, &self.file);
        (py.get_type::<Self>(), arguments).into_pyobject(py)
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.parsed == other.parsed
    }
}

/// What a caller says of the channel errors, over what the scenario says.
#[derive(Debug, Clone, Default)]
pub struct ErrorSet {
    set: Option<PositionSet>,
    size: Option<ErrorSize>,
}

impl ErrorSet {
    pub fn new(model: Option<&str>, scale: Option<f64>, confidence: Option<f64>) -> PyResult<Self> {
        const SETS: [PositionSet; 3] =
            [PositionSet::Ball, PositionSet::Phase, PositionSet::Ellipse];
        let set = |word: &str| {
            let known = SETS.into_iter().find(|set| set.as_str() == word);
            known.ok_or_else(|| {
                let words = SETS.map(PositionSet::as_str).join(", ");
                errors::input(format!("uncertainty {word}: known are {words}"))
            })
        };
        let size = match (scale, confidence) {
            (Some(_), Some(_)) => {
                return Err(errors::input(
                    "scale and confidence both give the size of the errors; pass one of them",
                ));
            }
            (Some(scale), None) => Some(ErrorSize::Scale(scale)),
            (None, confidence) => confidence.map(ErrorSize::Confidence),
        };
        Ok(Self {
            set: model.map(set).transpose()?,
            size,
        })
    }

    pub fn over(&self, said: UncertaintySpec) -> UncertaintySpec {
        UncertaintySpec {
            set: self.set.unwrap_or(said.set),
            size: self.size.unwrap_or(said.size),
        }
    }
}
