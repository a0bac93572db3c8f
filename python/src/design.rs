//! Sensing designs and whole designs of a scenario.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use td_isac_algos::robust_sdp::faer::{Mat, c64};
use td_isac_algos::robust_sdp::{AttackOptions, BeamBoundOptions};
use td_isac_algos::scenario::Scenario as Parameters;
use td_isac_algos::{
    CertifiedBeams, Design, DesignError, Schemes, Sensing, Strategies, Study, rate_bit_s_hz,
};

use crate::scenario::{ErrorSet, Scenario, with_dimension};
use crate::{arrays, errors, run};

/// Names of the schemes that there are.
#[pyfunction]
pub fn scheme_names() -> Vec<String> {
    Schemes::default().names().map(str::to_owned).collect()
}

/// Names of the strategies for the time allocation that there are.
#[pyfunction]
pub fn strategy_names() -> Vec<String> {
    Strategies::default().names().map(str::to_owned).collect()
}

/// The sensing half in numbers of no dimension.
struct SensingNumbers {
    crlb_constant_m2: f64,
    crlb_constant_isotropic_m2: f64,
    crlb_threshold_m2: f64,
    eta_max: f64,
    relative_gap: f64,
    covariances: Vec<Mat<c64>>,
    /// Receiver, transmitters and users that it confuses.
    ambiguous: Vec<(usize, Vec<usize>, Vec<usize>)>,
}

impl SensingNumbers {
    fn new<const D: usize>(sensing: &Sensing<D>) -> Self {
        let covariance = &sensing.covariance;
        let pairs = covariance.ambiguous_pairs().iter();
        Self {
            crlb_constant_m2: sensing.crlb_constant_m2,
            crlb_constant_isotropic_m2: sensing.crlb_constant_isotropic_m2,
            crlb_threshold_m2: sensing.crlb_threshold_m2,
            eta_max: sensing.eta_limit(),
            relative_gap: covariance.relative_gap,
            covariances: covariance.factors.iter().map(|f| f.to_dense()).collect(),
            ambiguous: pairs
                .map(|pair| (pair.receiver, pair.transmitters.clone(), pair.users.clone()))
                .collect(),
        }
    }

    fn dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let said = PyDict::new(py);
        said.set_item("crlb_constant_m2", self.crlb_constant_m2)?;
        said.set_item(
            "crlb_constant_isotropic_m2",
            self.crlb_constant_isotropic_m2,
        )?;
        said.set_item("crlb_threshold_m2", self.crlb_threshold_m2)?;
        said.set_item("eta_max", self.eta_max)?;
        said.set_item("relative_gap", self.relative_gap)?;
        let covariances = self
            .covariances
            .iter()
            .map(|psi| arrays::matrix(py, psi.as_ref()));
        said.set_item(
            "covariances",
            PyList::new(py, covariances.collect::<Vec<_>>())?,
        )?;
        said.set_item("ambiguous", self.ambiguous.clone())?;
        Ok(said)
    }
}

/// The sensing covariances of least CRLB.
#[pyfunction]
pub fn sensing<'py>(py: Python<'py>, scenario: &Scenario) -> PyResult<Bound<'py, PyDict>> {
    let parsed = scenario.parsed().clone();
    let work = move |_: &mut run::Watch| -> Result<SensingNumbers, DesignError> {
        with_dimension!(&*parsed, scenario => {
            let sensing = Sensing::design(&scenario.check()?, None)?;
            Ok(SensingNumbers::new(&sensing))
        })
    };
    run::run(py, None, work)?
        .map_err(errors::of_design)?
        .dict(py)
}

/// What a design is asked for, beside the scenario.
struct Wish {
    errors: ErrorSet,
    scheme: String,
    time_allocation: String,
    eta: Option<f64>,
    eta_start: f64,
    max_iterations: usize,
    attack: bool,
}

/// Everything a design says.
struct Answer {
    design: Design,
    sensing: SensingNumbers,
    sensing_slots: f64,
    user_crlb_m2: Vec<f64>,
    assumptions: Vec<&'static str>,
}

/// A design of a scenario.
#[pyfunction]
#[pyo3(signature = (scenario, *, scheme, uncertainty, scale, confidence, eta, eta_start, time_allocation, max_iterations, attack, progress))]
#[allow(clippy::too_many_arguments)] // by name only
pub fn design<'py>(
    py: Python<'py>,
    scenario: &Scenario,
    scheme: String,
    uncertainty: Option<&str>,
    scale: Option<f64>,
    confidence: Option<f64>,
    eta: Option<f64>,
    eta_start: f64,
    time_allocation: String,
    max_iterations: usize,
    attack: bool,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let parsed = scenario.parsed().clone();
    let wish = Wish {
        errors: ErrorSet::new(uncertainty, scale, confidence)?,
        scheme,
        time_allocation,
        eta,
        eta_start,
        max_iterations,
        attack,
    };
    let work = move |watch: &mut run::Watch| with_dimension!(&*parsed, scenario => answer(scenario, &wish, watch));
    run::run(py, progress, work)?
        .map_err(errors::of_design)?
        .dict(py)
}

fn answer<const D: usize>(
    scenario: &Parameters<D>,
    wish: &Wish,
    watch: &mut run::Watch,
) -> Result<Answer, DesignError> {
    let mut scenario = scenario.clone();
    scenario.uncertainty = wish.errors.over(scenario.uncertainty);
    // Mistakes in names are said before anything is computed.
    let scheme = Schemes::default().get_shared(&wish.scheme)?;
    let strategy = Strategies::default().get_shared(&wish.time_allocation)?;
    let checked = scenario.check()?;
    let sensing = Sensing::design(&checked, None)?;
    let mut study = Study::new(&checked)
        .sensing(&sensing)
        .scheme(scheme.as_ref())
        .observer(watch);
    if wish.attack {
        study = study
            .attack(AttackOptions::default())
            .beam_bound(BeamBoundOptions::default());
    }
    let study = match wish.eta {
        Some(eta) => study.eta(eta),
        None => study
            .eta_start(wish.eta_start)
            .max_iterations(wish.max_iterations)
            .allocation(strategy.as_ref()),
    };
    let design = study.run()?;
    let slots = checked.frame().sensing_slots(design.eta);
    Ok(Answer {
        sensing_slots: slots,
        sensing: SensingNumbers::new(&sensing),
        user_crlb_m2: sensing.covariance.bound.user_crlb_m2(slots),
        assumptions: checked.assumptions(),
        design,
    })
}

impl Answer {
    fn dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let said = design_dict(py, &self.design)?;
        said.set_item("sensing", self.sensing.dict(py)?)?;
        said.set_item("sensing_slots", self.sensing_slots)?;
        said.set_item("user_crlb_m2", self.user_crlb_m2.clone())?;
        said.set_item("assumptions", self.assumptions.clone())?;
        Ok(said)
    }
}

/// What is said of every design, whatever it is of.
pub fn design_dict<'py>(py: Python<'py>, design: &Design) -> PyResult<Bound<'py, PyDict>> {
    let said = PyDict::new(py);
    let rate = |gamma: &f64| rate_bit_s_hz(design.eta, *gamma);
    said.set_item("scheme", &design.scheme)?;
    said.set_item("eta", design.eta)?;
    said.set_item("rate", design.rate_bit_s_hz())?;
    said.set_item(
        "user_rates",
        (design.certified.user_gamma.iter().map(rate)).collect::<Vec<_>>(),
    )?;
    said.set_item("gamma_upper_bound", design.gamma_upper_bound)?;
    said.set_item("rate_upper_bound", design.rate_upper_bound_bit_s_hz())?;
    said.set_item("gamma_beam_upper_bound", design.gamma_beam_upper_bound)?;
    said.set_item("gamma_attacked", design.gamma_attacked)?;
    said.set_item("rate_attacked", design.rate_attacked_bit_s_hz())?;
    said.set_item("eta_global_gap", design.eta_global_gap_bit_s_hz)?;
    said.set_item("rank_one_ratio", design.rank_one_ratio)?;
    said.set_item("beams", arrays::beams(py, &design.beamformers))?;
    said.set_item("history", design.history.clone())?;
    said.set_item("termination", design.termination.as_str())?;
    said.set_item("unsolved", design.unsolved.clone())?;
    said.set_item("conic_solves", design.conic_solves)?;
    certified_items(&said, &design.certified)?;
    Ok(said)
}

/// What beams guarantee.
pub fn certified_items(said: &Bound<'_, PyDict>, certified: &CertifiedBeams) -> PyResult<()> {
    said.set_item("gamma", certified.gamma)?;
    said.set_item("user_gammas", certified.user_gamma.clone())?;
    said.set_item("gamma_nominal", certified.gamma_nominal)?;
    said.set_item("multipliers_w", certified.multipliers.clone())?;
    let proof = certified.certificate.as_ref().map(|proof| {
        (
            proof.min_lmi_eigenvalue_relative,
            proof.noise_margin,
            proof.max_power_ratio,
        )
    });
    said.set_item("certificate", proof)
}
