//! From a scenario file and what to vary to tasks.

use super::digest::digest;
use super::edit::{Axis, EditError, KeyPath};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use td_isac_algos::scenario::{AnyScenario, ScenarioFileError};
use toml::{Table, Value};

/// In the place of a scheme's name: no beams, the bound and its covariance only.
pub const SENSING: &str = "sensing";

/// What to compute: every combination of values, seeds and schemes.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The scenario file as a table, to be edited freely.
    pub base: Table,
    /// What messages call it.
    pub file: PathBuf,
    /// Keys that take one value everywhere; not part of the records' `set`.
    pub fixed: Vec<(KeyPath, Value)>,
    /// Keys to vary.
    pub axes: Vec<Axis>,
    /// Seeds of Rayleigh reflectivities; `None` for the file's own reflectivities.
    pub seeds: Option<Range<u64>>,
    /// Names of schemes.
    pub schemes: Vec<String>,
    /// How the time allocation is chosen.
    pub allocation: Allocation,
}

/// Where a time allocation comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Allocation {
    /// Given; the threshold is not enforced.
    Fixed {
        /// `η`.
        eta: f64,
    },
    /// Alternating optimisation and projection (18).
    Optimised {
        /// First `η`.
        start: f64,
        /// Name of the strategy that improves it.
        strategy: String,
    },
}

impl Default for Allocation {
    /// The recommended strategy, from the middle.
    fn default() -> Self {
        Self::Optimised {
            start: 0.5,
            strategy: "slope".to_owned(),
        }
    }
}

/// What is wrong with a plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}", file.display())]
    Read {
        /// Which file.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{}: {source}", file.display())]
    Syntax {
        /// Which file.
        file: PathBuf,
        /// Why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A key or its values.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The scenario with some of the values is not valid.
    #[error("with {set}: {source}")]
    Scenario {
        /// The values.
        set: String,
        /// Why.
        #[source]
        source: Box<ScenarioFileError>,
    },
    /// The edited table is no TOML any more.
    #[error("with {set}: {source}")]
    Written {
        /// The values.
        set: String,
        /// Why.
        #[source]
        source: Box<toml::ser::Error>,
    },
}

/// One design to compute.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Unique, and the same on every machine: what was varied, and a digest of the whole scenario.
    pub id: String,
    /// The scenario with everything set.
    pub scenario: AnyScenario,
    /// What was varied.
    pub set: BTreeMap<String, serde_json::Value>,
    /// Seed of the reflectivities.
    pub seed: Option<u64>,
    /// Name of the scheme.
    pub scheme: String,
    /// The time allocation.
    pub allocation: Allocation,
}

/// A scenario with everything set.
struct Instance {
    set: Vec<(String, Value)>,
    scenario: AnyScenario,
    /// Of the text it was read from.
    digest: u64,
}

impl Plan {
    /// The scenario of a file as it is, by the paper's three schemes.
    ///
    /// # Errors
    ///
    /// The file cannot be read or is not TOML. Its keys are looked at by [`tasks`](Self::tasks).
    pub fn from_file(file: &Path) -> Result<Self, PlanError> {
        let text = std::fs::read_to_string(file).map_err(|source| PlanError::Read {
            file: file.to_owned(),
            source,
        })?;
        Self::from_text(&text, file)
    }

    /// The same from the text of a file; `file` is the name that messages give.
    ///
    /// # Errors
    ///
    /// It is not TOML.
    pub fn from_text(text: &str, file: &Path) -> Result<Self, PlanError> {
        Ok(Self {
            base: toml::from_str(text).map_err(|source| PlanError::Syntax {
                file: file.to_owned(),
                source: Box::new(source),
            })?,
            file: file.to_owned(),
            fixed: Vec::new(),
            axes: Vec::new(),
            seeds: None,
            schemes: ["main", "ei", "mrt"].map(str::to_owned).to_vec(),
            allocation: Allocation::default(),
        })
    }

    /// Sets a key everywhere.
    ///
    /// # Errors
    ///
    /// A path that cannot be read.
    pub fn set(mut self, path: &str, value: impl Into<Value>) -> Result<Self, PlanError> {
        self.fixed.push((KeyPath::parse(path)?, value.into()));
        Ok(self)
    }

    /// Varies a key, faster than those before it.
    ///
    /// # Errors
    ///
    /// A path that cannot be read.
    pub fn vary(mut self, path: &str, values: &[f64]) -> Result<Self, PlanError> {
        self.axes.push(Axis {
            path: KeyPath::parse(path)?,
            values: values.iter().map(|&value| Value::Float(value)).collect(),
        });
        Ok(self)
    }

    /// All tasks: seeds slowest, then the axes in their order, then the schemes. Every scenario is read
    /// and checked here, before anything is computed.
    ///
    /// # Errors
    ///
    /// A key or value that the scenario's reader rejects, with the combination that has it.
    pub fn tasks(&self) -> Result<Vec<Task>, PlanError> {
        let seeds: Vec<Option<u64>> = match &self.seeds {
            None => vec![None],
            Some(range) => range.clone().map(Some).collect(),
        };
        let combinations: usize = self.axes.iter().map(|axis| axis.values.len()).product();
        let mut tasks = Vec::new();
        for seed in seeds {
            for combination in 0..combinations {
                let Instance {
                    set,
                    scenario,
                    digest,
                } = self.scenario(seed, combination)?;
                for scheme in &self.schemes {
                    tasks.push(Task {
                        id: self.id(scenario.name(), &set, seed, scheme, digest),
                        scenario: scenario.clone(),
                        set: set
                            .iter()
                            .map(|(key, value)| (key.clone(), json(value)))
                            .collect(),
                        seed,
                        scheme: scheme.clone(),
                        allocation: self.allocation.clone(),
                    });
                }
            }
        }
        Ok(tasks)
    }

    fn scenario(&self, seed: Option<u64>, mut combination: usize) -> Result<Instance, PlanError> {
        let mut table = self.base.clone();
        for (path, value) in &self.fixed {
            path.set(&mut table, value)?;
        }
        let mut set = Vec::new();
        for axis in self.axes.iter().rev() {
            let value = &axis.values[combination % axis.values.len()];
            combination /= axis.values.len();
            set.push((axis.path.as_str().to_owned(), value.clone()));
        }
        set.reverse();
        for (axis, (_, value)) in self.axes.iter().zip(&set) {
            axis.path.set(&mut table, value)?;
        }
        if let Some(seed) = seed {
            let reflectivity = table
                .entry("reflectivity")
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(reflectivity) = reflectivity {
                reflectivity.remove("values");
                reflectivity.insert("kind".to_owned(), Value::from("rayleigh"));
                // TOML's integers are signed.
                let seed = i64::try_from(seed).unwrap_or(i64::MAX);
                reflectivity.insert("seed".to_owned(), Value::Integer(seed));
            }
        }
        let text = toml::to_string(&table).map_err(|source| PlanError::Written {
            set: described(&set),
            source: Box::new(source),
        })?;
        let scenario = AnyScenario::from_toml_str(&text, &self.file);
        let scenario = scenario.map_err(|source| PlanError::Scenario {
            set: described(&set),
            source: Box::new(source),
        })?;
        Ok(Instance {
            set,
            scenario,
            digest: digest(text.as_bytes()),
        })
    }

    fn id(
        &self,
        scenario: &str,
        set: &[(String, Value)],
        seed: Option<u64>,
        scheme: &str,
        digest: u64,
    ) -> String {
        let seed = seed.map_or("file".to_owned(), |seed| seed.to_string());
        let allocation = match &self.allocation {
            _ if scheme == SENSING => String::new(),
            Allocation::Fixed { eta } => format!(" eta={eta}"),
            Allocation::Optimised { start, strategy } => format!(" {strategy}@{start}"),
        };
        let set = described(set);
        format!("{scenario} {set} seed={seed} {scheme}{allocation} #{digest:016x}")
    }
}

fn described(set: &[(String, Value)]) -> String {
    let one = |(key, value): &(String, Value)| format!("{key}={}", json(value));
    match set {
        [] => "nothing set".to_owned(),
        set => set.iter().map(one).collect::<Vec<_>>().join(" "),
    }
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Integer(whole) => (*whole).into(),
        Value::Float(number) => (*number).into(),
        Value::Boolean(truth) => (*truth).into(),
        Value::String(text) => text.as_str().into(),
        other => other.to_string().into(),
    }
}
