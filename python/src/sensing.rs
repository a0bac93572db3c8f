//! Bounds on positions, and echoes to try them on.

use numpy::{Complex64, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use td_isac_algos::crlb::{SensingSignal, TransmitCovariance};
use td_isac_algos::music_loc::{LocError, Simulation};
use td_isac_algos::robust_sdp::faer::{Mat, c64};
use td_isac_algos::scenario::{CheckedScenario, Scenario as Parameters};
use td_isac_algos::{DesignError, Sensing};

use crate::scenario::{Scenario, with_dimension};
use crate::{arrays, errors, run};

/// What a function of this module says.
type Said<'py> = pyo3::Bound<'py, PyDict>;

/// One matrix for each access point.
pub type Matrices<'py> = Vec<PyReadonlyArray2<'py, Complex64>>;

/// The same without Python's lock.
pub fn owned(matrices: &Matrices<'_>) -> Vec<Mat<c64>> {
    let matrix = |given: &PyReadonlyArray2<'_, Complex64>| {
        let given = given.as_array();
        let (rows, columns) = given.dim();
        Mat::from_fn(rows, columns, |i, j| given[(i, j)])
    };
    matrices.iter().map(matrix).collect()
}

/// What access points send while sensing.
enum Signal {
    /// What is best for the scenario.
    Best,
    /// The same in all directions.
    Isotropic,
    /// Covariances of the caller.
    Own(Vec<Mat<c64>>),
}

impl Signal {
    fn new(isotropic: bool, own: Option<&Matrices<'_>>) -> Self {
        match own {
            Some(own) => Self::Own(owned(own)),
            None if isotropic => Self::Isotropic,
            None => Self::Best,
        }
    }

    fn covariances<const D: usize>(
        self,
        scenario: &CheckedScenario<D>,
    ) -> Result<Vec<TransmitCovariance>, DesignError> {
        Ok(match self {
            Self::Best => Sensing::design(scenario, None)?
                .covariance
                .transmit_covariances(),
            Self::Isotropic => scenario.isotropic_signals(),
            Self::Own(own) => own.into_iter().map(TransmitCovariance::Dense).collect(),
        })
    }
}

/// A bound in numbers of no dimension.
struct Limit {
    covariance_m2: Mat<f64>,
    user_crlb_m2: Vec<f64>,
    /// For each user the semi-axes, `[axis]`, and their directions, `[axis][coordinate]`.
    ellipsoids: Vec<(Vec<f64>, Vec<Vec<f64>>)>,
}

/// The Cramér–Rao bound of a scenario's positions.
#[pyfunction]
#[pyo3(signature = (scenario, *, isotropic, covariances, slots))]
pub fn crlb<'py>(
    py: Python<'py>,
    scenario: &Scenario,
    isotropic: bool,
    covariances: Option<Matrices<'py>>,
    slots: Option<f64>,
) -> PyResult<Said<'py>> {
    let signal = Signal::new(isotropic, covariances.as_ref());
    let parsed = scenario.parsed().clone();
    let work = move |_: &mut run::Watch| with_dimension!(&*parsed, scenario => bound(scenario, signal, slots));
    let bound = run::run(py, None, work)?.map_err(errors::of_design)?;
    let said = PyDict::new(py);
    said.set_item(
        "covariance_m2",
        arrays::real_matrix(py, &bound.covariance_m2),
    )?;
    said.set_item("user_crlb_m2", bound.user_crlb_m2)?;
    let (axes, directions): (Vec<_>, Vec<_>) = bound.ellipsoids.into_iter().unzip();
    said.set_item("semi_axes_m", axes)?;
    said.set_item("directions", directions)?;
    Ok(said)
}

fn bound<const D: usize>(
    scenario: &Parameters<D>,
    signal: Signal,
    slots: Option<f64>,
) -> Result<Limit, DesignError> {
    let scenario = scenario.check()?;
    let slots = slots.unwrap_or(scenario.frame().sensing_slots(0.0));
    let model = scenario.sensing_parameters().check()?;
    let signal = SensingSignal::Uncorrelated(signal.covariances(&scenario)?);
    let found = model.fisher_information(&signal)?.bound()?;
    let ellipsoids = found.error_ellipsoids(slots)?.into_iter();
    Ok(Limit {
        covariance_m2: found.covariance_m2(slots),
        user_crlb_m2: found.user_crlb_m2(slots),
        ellipsoids: ellipsoids
            .map(|e| {
                let directions = e.directions.iter().map(|axis| axis.to_vec());
                (e.semi_axes_m.to_vec(), directions.collect())
            })
            .collect(),
    })
}

/// Echoes of a scenario, and the waveform behind them.
#[pyfunction]
#[pyo3(signature = (scenario, *, isotropic, covariances, slots, seed))]
pub fn simulate_echoes<'py>(
    py: Python<'py>,
    scenario: &Scenario,
    isotropic: bool,
    covariances: Option<Matrices<'py>>,
    slots: usize,
    seed: u64,
) -> PyResult<Said<'py>> {
    let signal = Signal::new(isotropic, covariances.as_ref());
    let parsed = scenario.parsed().clone();
    let work = move |_: &mut run::Watch| with_dimension!(&*parsed, scenario => simulated(scenario, signal, slots, seed));
    let heard = run::run(py, None, work)??;
    let said = PyDict::new(py);
    let receivers = 0..heard.echoes.receivers();
    let received = receivers.map(|l| arrays::matrix(py, heard.echoes.received(l)));
    said.set_item("received", PyList::new(py, received.collect::<Vec<_>>())?)?;
    let waveform = heard
        .waveform
        .iter()
        .map(|s| arrays::matrix(py, s.as_ref()));
    said.set_item("waveform", PyList::new(py, waveform.collect::<Vec<_>>())?)?;
    Ok(said)
}

fn simulated<const D: usize>(
    scenario: &Parameters<D>,
    signal: Signal,
    slots: usize,
    seed: u64,
) -> PyResult<Simulation> {
    let scenario = scenario.check().map_err(errors::of_scenario)?;
    let covariances = signal.covariances(&scenario).map_err(errors::of_design)?;
    let model = || -> Result<Simulation, LocError> {
        scenario
            .echo_parameters(covariances, slots)
            .check()?
            .simulate(seed)
    };
    model().map_err(errors::of_localisation)
}
