//! What every figure is given, and what it gives back.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use td_isac_algos::scenario::{AnyScenario, CheckedScenario};
use td_isac_examples::plot::{Figure, PlotError};
use td_isac_examples::sweep::{Plan, PlanError, Record, RunError, StoreError};
use td_isac_examples::table::Table;

/// Key of the sensing power.
pub const SENSING: &str = "power.sensing_dbm";
/// Key of `P_max`.
pub const COMMUNICATION: &str = "power.communication_dbm";
/// Key of `CRLB_th`.
pub const THRESHOLD: &str = "sensing.crlb_threshold_m2";

/// A scenario file that ships with the examples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preset {
    pub name: &'static str,
    text: &'static str,
    /// Its own threshold, which stands for the paper's 2e-11 m².
    pub threshold_m2: f64,
}

impl Preset {
    pub const PAPER: Self = Self {
        name: "paper",
        text: include_str!("../scenarios/paper.toml"),
        threshold_m2: 2e-11,
    };
    pub const CARRIER_PHASE: Self = Self {
        name: "carrier-phase",
        text: include_str!("../scenarios/carrier-phase.toml"),
        threshold_m2: 2e-11,
    };
    pub const WEAK_ECHO: Self = Self {
        name: "weak-echo",
        text: include_str!("../scenarios/weak-echo.toml"),
        threshold_m2: 1e-6,
    };
    pub const ALL: [Self; 3] = [Self::PAPER, Self::CARRIER_PHASE, Self::WEAK_ECHO];

    pub fn plan(&self) -> Result<Plan, PlanError> {
        let mut plan = Plan::from_text(self.text, Path::new(self.name))?;
        plan.seeds = None;
        Ok(plan)
    }
}

/// What a figure is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    pub preset: Preset,
    /// Seeds of the reflectivities; `None` for unit reflectivity.
    pub seeds: Option<Range<u64>>,
    /// Seed of everything else.
    pub seed: u64,
    pub quick: bool,
}

impl Context {
    /// The preset with this context's realisations.
    pub fn plan(&self) -> Result<Plan, PlanError> {
        let mut plan = self.preset.plan()?;
        plan.seeds.clone_from(&self.seeds);
        Ok(plan)
    }

    pub fn realisations(&self) -> u64 {
        self.seeds
            .as_ref()
            .map_or(1, |seeds| seeds.end - seeds.start)
    }

    /// The preset's scenario with the reflectivities of one seed.
    pub fn scenario(&self, seed: Option<u64>) -> Result<CheckedScenario<2>, Failure> {
        let mut plan = self.preset.plan()?;
        plan.seeds = seed.map(|seed| seed..seed + 1);
        let tasks = plan.tasks()?;
        let Some(AnyScenario::TwoD(scenario)) = tasks.first().map(|task| &task.scenario) else {
            return Err(Failure::other("a preset is not in the plane"));
        };
        scenario.check().map_err(Failure::other)
    }

    /// The coarse grid or the fine one.
    pub fn grid(&self, quick: &[f64], full: &[f64]) -> Vec<f64> {
        if self.quick {
            quick.to_vec()
        } else {
            full.to_vec()
        }
    }
}

/// Records of all designs, by `id`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Results(pub BTreeMap<String, Record>);

impl Results {
    /// Records of a plan, in its order.
    pub fn of(&self, plan: &Plan) -> Result<Vec<&Record>, Failure> {
        let record = |id: &str| {
            let missing = || Failure::other(format!("no result for {id}"));
            self.0.get(id).ok_or_else(missing)
        };
        plan.tasks()?.iter().map(|task| record(&task.id)).collect()
    }
}

/// A figure: what it needs and how it is made.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// On the command line and in file names.
    pub name: &'static str,
    /// Whether preset and realisations matter: then its claims are tried under all presets.
    pub by_preset: bool,
    /// Whether it is made when `--only` does not say which.
    pub by_default: bool,
    /// Designs it needs.
    pub plans: fn(&Context) -> Result<Vec<Plan>, Failure>,
    /// The figure and its claims, from those designs.
    pub make: fn(&Context, &Results) -> Result<Made, Failure>,
}

/// A figure as data.
#[derive(Debug, Clone)]
pub struct Made {
    pub figure: Figure,
    pub table: Table,
    /// What went into it besides the command line.
    pub settings: serde_json::Value,
    pub claims: Vec<Claim>,
}

/// One statement of the paper put to the test.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Short and stable.
    pub id: &'static str,
    /// In our words.
    pub statement: &'static str,
    /// What is compared with what.
    pub test: String,
    /// What came out.
    pub numbers: String,
    pub holds: bool,
}

/// Everything that ends the command early.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Arguments(#[from] clap::Error),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Plot(#[from] PlotError),
    #[error("{}: {source}", path.display())]
    Write {
        path: std::path::PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{0}")]
    Other(String),
}

impl Failure {
    pub fn other(what: impl ToString) -> Self {
        Self::Other(what.to_string())
    }
}
