//! One task: sensing, beams, record.

use super::memo::Memo;
use super::plan::{Allocation, SENSING, Task};
use super::record::{Record, Status};
use crlb::{CrlbError, max_time_allocation, time_allocation_limit};
use std::sync::Arc;
use td_isac_algos::scenario::{
    AnyScenario, CheckedScenario, ReflectivitySpec, Scenario, UncertaintySpec,
};
use td_isac_algos::scheme::TimeAllocationWish;
use td_isac_algos::sensing::SensingError;
use td_isac_algos::{
    Design, DesignError, PositionAttack, Schemes, Sensing, Strategies, Study, rate_bit_s_hz,
};

/// Computes tasks and keeps what they share.
#[derive(Debug, Default)]
pub struct Evaluator {
    schemes: Schemes,
    strategies: Strategies,
    sensing: Memo<Result<SensingNumbers, Failure>>,
    unconstrained: Memo<Result<Arc<Design>, Failure>>,
}

#[derive(Debug, Clone, Copy)]
struct SensingNumbers {
    crlb_constant_m2: f64,
    crlb_constant_isotropic_m2: f64,
    relative_gap: f64,
}

#[derive(Debug, Clone)]
struct Failure {
    status: Status,
    message: String,
}

impl From<DesignError> for Failure {
    fn from(error: DesignError) -> Self {
        Self::solver(&error)
    }
}

impl From<CrlbError> for Failure {
    fn from(error: CrlbError) -> Self {
        let status = match error {
            CrlbError::ThresholdUnreachable { .. } => Status::ThresholdUnreachable,
            CrlbError::NotIdentifiable { .. } => Status::NotIdentifiable,
            _ => Status::SolverFailed,
        };
        Self {
            status,
            message: error.to_string(),
        }
    }
}

impl Failure {
    fn solver(error: &dyn std::error::Error) -> Self {
        Self {
            status: Status::SolverFailed,
            message: error.to_string(),
        }
    }
}

impl Evaluator {
    /// The record of a task: a function of the task alone.
    pub fn evaluate(&self, task: &Task) -> Record {
        match &task.scenario {
            AnyScenario::TwoD(scenario) => self.record(task, scenario),
            AnyScenario::ThreeD(scenario) => self.record(task, scenario),
        }
    }

    fn record<const D: usize>(&self, task: &Task, scenario: &Scenario<D>) -> Record {
        let mut record = empty(task, &scenario.name);
        if let Err(failure) = self.fill(task, scenario, &mut record) {
            record.status = failure.status;
            record.message = Some(failure.message);
        }
        record
    }

    fn fill<const D: usize>(
        &self,
        task: &Task,
        scenario: &Scenario<D>,
        record: &mut Record,
    ) -> Result<(), Failure> {
        let checked = scenario.check().map_err(|error| Failure::solver(&error))?;
        let sensing = self
            .sensing
            .get(sensing_key(scenario), || sense(&checked))?;
        let (constant, threshold) = (sensing.crlb_constant_m2, scenario.crlb_threshold_m2);
        record.crlb_constant_m2 = Some(constant);
        record.crlb_constant_isotropic_m2 = Some(sensing.crlb_constant_isotropic_m2);
        record.sensing_relative_gap = Some(sensing.relative_gap);
        record.eta_max = Some(time_allocation_limit(constant, threshold));
        if task.scheme == SENSING {
            return Ok(());
        }
        let scheme = self.schemes.get(&task.scheme)?;
        let papers = scenario.uncertainty.is_the_papers();
        let positions = if papers {
            None
        } else {
            // Sets of positions need the bound itself, which is not among the numbers kept.
            Some(Sensing::design(&checked, None).map_err(|error| Failure::solver(&error))?)
        };
        let downlink = match &positions {
            None => checked.downlink(constant)?,
            Some(sensing) => checked.robust_downlink(sensing)?,
        };
        let study = || Study::new(&downlink).scheme(scheme);
        let design = match &task.allocation {
            Allocation::Fixed { eta } => Arc::new(study().eta(*eta).run()?),
            Allocation::Optimised { start, strategy } => {
                let allocation = self.strategies.get(strategy)?;
                let study = || study().allocation(allocation).eta_start(*start);
                let eta_max = max_time_allocation(constant, threshold)?;
                let study_within = || study().eta_max(eta_max).whole_slots(checked.whole_slots());
                if scheme.time_allocation() == TimeAllocationWish::Limit {
                    Arc::new(study_within().run()?)
                } else {
                    // The ellipses depend on more of the sensing than its constant.
                    let scene = if papers {
                        String::new()
                    } else {
                        sensing_key(scenario)
                    };
                    let key = format!(
                        "{} {strategy} {start} {constant:e} {} {scene}",
                        task.scheme,
                        downlink_key(scenario)
                    );
                    let free = self
                        .unconstrained
                        .get(key, || Ok(Arc::new(study().run()?)))?;
                    record.eta_unconstrained = Some(free.eta);
                    let answers = match checked.whole_slots() {
                        None => vec![free.eta.min(eta_max)],
                        Some(frame) => frame.whole_slot_allocations(free.eta, eta_max),
                    };
                    if answers.contains(&free.eta) {
                        free
                    } else {
                        let there = answers.iter().map(|&eta| study().eta(eta).run());
                        let projected = best_of(there).unwrap_or_else(|| study_within().run())?;
                        Arc::new(on_the_way_of(&free, projected))
                    }
                }
            }
        };
        write(record, &design);
        if let (Some(sensing), false) = (&positions, scheme.knows_channels()) {
            record.rate_at_worst_position_bit_s_hz = Some(attacked(&checked, sensing, &design)?);
        }
        Ok(())
    }
}

/// The best of several designs, or the last error if none of them was made; `None` of none.
fn best_of(
    designs: impl Iterator<Item = Result<Design, DesignError>>,
) -> Option<Result<Design, DesignError>> {
    designs.reduce(|best, next| match (best, next) {
        (Ok(best), Ok(next)) if next.rate_bit_s_hz() > best.rate_bit_s_hz() => Ok(next),
        (Ok(best), _) => Ok(best),
        (Err(_), next) => next,
    })
}

/// (18): beams for time allocations within the threshold, reached by the iteration whose optimum without a threshold lies beyond.
fn on_the_way_of(free: &Design, mut projected: Design) -> Design {
    projected.history.clone_from(&free.history);
    projected.termination = free.termination;
    projected.conic_solves += free.conic_solves;
    projected
}

/// Rate of a design at the worst positions found in the regions of the scenario.
fn attacked<const D: usize>(
    checked: &CheckedScenario<D>,
    sensing: &Sensing<D>,
    design: &Design,
) -> Result<f64, Failure> {
    let regions = checked.position_regions(sensing)?;
    let regions: Vec<_> = regions.iter().map(|region| region.at(design.eta)).collect();
    let worst = PositionAttack::default().worst_users(checked, &regions, &design.beamformers)?;
    let least = worst
        .iter()
        .map(|user| user.gamma)
        .fold(f64::INFINITY, f64::min);
    Ok(rate_bit_s_hz(design.eta, least))
}

fn sense<const D: usize>(checked: &CheckedScenario<D>) -> Result<SensingNumbers, Failure> {
    match Sensing::design(checked, None) {
        Ok(sensing) => Ok(SensingNumbers {
            crlb_constant_m2: sensing.crlb_constant_m2,
            crlb_constant_isotropic_m2: sensing.crlb_constant_isotropic_m2,
            relative_gap: sensing.covariance.relative_gap,
        }),
        Err(SensingError::Bound(error)) => Err(error.into()),
        Err(error) => Err(Failure::solver(&error)),
    }
}

/// Everything that the sensing design depends on, exactly: what it does not depend on is blanked, so that
/// a parameter that is added later counts until someone decides otherwise.
fn sensing_key<const D: usize>(scenario: &Scenario<D>) -> String {
    let mut scene = scenario.clone();
    scene.name = String::new();
    scene.communication_noise_w = 0.0.into();
    scene.communication_power_w = 0.0.into();
    scene.crlb_threshold_m2 = 0.0;
    scene.error_scale_per_m = None;
    scene.uncertainty = UncertaintySpec::default();
    format!("{scene:?}")
}

/// The same for the downlink, given `C`.
fn downlink_key<const D: usize>(scenario: &Scenario<D>) -> String {
    let mut scene = scenario.clone();
    scene.name = String::new();
    scene.sensing_noise_w = 0.0;
    scene.sensing_power_w = 0.0.into();
    scene.frame_duration_s = 0.0;
    scene.sensing_slot_s = 0.0;
    scene.crlb_threshold_m2 = 0.0;
    scene.reflectivity = ReflectivitySpec::Unit;
    format!("{scene:?}")
}

fn empty(task: &Task, scenario: &str) -> Record {
    let (time_allocation, eta_start) = match &task.allocation {
        Allocation::Fixed { eta } => ("fixed", *eta),
        Allocation::Optimised { start, strategy } => (strategy.as_str(), *start),
    };
    Record {
        id: task.id.clone(),
        scenario: scenario.to_owned(),
        set: task.set.clone(),
        seed: task.seed,
        scheme: task.scheme.clone(),
        time_allocation: time_allocation.to_owned(),
        eta_start,
        status: Status::Ok,
        message: None,
        crlb_constant_m2: None,
        crlb_constant_isotropic_m2: None,
        sensing_relative_gap: None,
        eta_max: None,
        eta: None,
        eta_unconstrained: None,
        gamma: None,
        rate_bit_s_hz: None,
        rate_upper_bound_bit_s_hz: None,
        gamma_nominal: None,
        rate_at_worst_position_bit_s_hz: None,
        min_lmi_eigenvalue_relative: None,
        noise_margin: None,
        max_power_ratio: None,
        rank_one_ratio: None,
        history: Vec::new(),
        termination: None,
        conic_solves: None,
    }
}

fn write(record: &mut Record, design: &Design) {
    let certificate = design.certified.certificate.as_ref();
    record.eta = Some(design.eta);
    record.gamma = Some(design.certified.gamma);
    record.rate_bit_s_hz = Some(design.rate_bit_s_hz());
    record.rate_upper_bound_bit_s_hz = design.rate_upper_bound_bit_s_hz();
    record.gamma_nominal = Some(design.certified.gamma_nominal);
    record.min_lmi_eigenvalue_relative = certificate.map(|c| c.min_lmi_eigenvalue_relative);
    record.noise_margin = certificate.map(|c| c.noise_margin);
    record.max_power_ratio = certificate.map(|c| c.max_power_ratio);
    record.rank_one_ratio = design.rank_one_ratio;
    record.history = design
        .history
        .iter()
        .map(|&(eta, rate)| [eta, rate])
        .collect();
    record.termination = Some(design.termination.as_str().to_owned());
    record.conic_solves = Some(design.conic_solves);
}
