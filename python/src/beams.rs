//! Beams for channels of one's own, and what any beams guarantee.

use numpy::{Complex64, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::Arc;
use td_isac_algos::robust_sdp::{AttackOptions, BeamBoundOptions, ErrorBlock, HermitianIpm};
use td_isac_algos::scenario::Scenario as Parameters;
use td_isac_algos::uncertainty::{Growth, OwnBlocks};
use td_isac_algos::{
    Beams, CertifiedBeams, DesignError, Downlink, Schemes, Sensing, Study, attack_beams,
    certify_beams,
};

use crate::design::{certified_items, design_dict};
use crate::scenario::{ErrorSet, Scenario, with_dimension};
use crate::{errors, run};

/// Vectors `[user][access point]`.
type Links<'py> = Vec<Vec<PyReadonlyArray1<'py, Complex64>>>;

/// The errors of one's own channels do not depend on the time allocation, so neither do SINRs.
const ANY_ETA: f64 = 0.5;

fn owned(links: &Links<'_>) -> Vec<Vec<Vec<Complex64>>> {
    let vector = |link: &PyReadonlyArray1<'_, Complex64>| link.as_array().to_vec();
    let user = |user: &Vec<_>| user.iter().map(vector).collect();
    links.iter().map(user).collect()
}

/// One's own channels with their errors.
#[derive(FromPyObject)]
pub struct Channels<'py> {
    channels: Links<'py>,
    /// Radius of the ball around each channel, `[user][access point]`.
    radii: Vec<Vec<f64>>,
    /// Largest unknown phase of each channel, `[user][access point]`.
    phases_rad: Option<Vec<Vec<f64>>>,
    power_w: Vec<f64>,
    noise_w: Vec<f64>,
}

impl Channels<'_> {
    /// What remains when Python's lock is given up.
    fn own(&self) -> OwnChannels {
        let balls = self.radii.iter().map(|user| {
            let ball = |(group, &radius): (usize, &f64)| ErrorBlock::Ball { group, radius };
            user.iter().enumerate().map(ball).collect::<Vec<_>>()
        });
        let mut blocks: Vec<Vec<ErrorBlock>> = balls.collect();
        for (user, angles) in self.phases_rad.iter().flatten().enumerate() {
            let phase = |(group, &angle): (usize, &f64)| ErrorBlock::Phase { group, angle };
            blocks[user].extend(angles.iter().enumerate().map(phase));
        }
        OwnChannels {
            channels: owned(&self.channels),
            blocks,
            power_w: self.power_w.clone(),
            noise_w: self.noise_w.clone(),
        }
    }
}

struct OwnChannels {
    channels: Vec<Vec<Vec<Complex64>>>,
    blocks: Vec<Vec<ErrorBlock>>,
    power_w: Vec<f64>,
    noise_w: Vec<f64>,
}

impl OwnChannels {
    fn downlink(self) -> Result<Downlink, DesignError> {
        let errors = OwnBlocks {
            blocks: self.blocks,
            growth: Growth::Constant,
        };
        let errors = Arc::new(errors);
        Downlink::new(&self.channels, &self.power_w, &self.noise_w, errors)
    }
}

/// Robust beams for one's own channels.
#[pyfunction]
#[pyo3(signature = (channels, *, scheme, attack, progress))]
pub fn robust_beams<'py>(
    py: Python<'py>,
    channels: Channels<'py>,
    scheme: String,
    attack: bool,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let own = channels.own();
    let work = move |watch: &mut run::Watch| {
        let scheme = Schemes::default().get_shared(&scheme)?;
        let downlink = own.downlink()?;
        let study = Study::new(&downlink)
            .scheme(scheme.as_ref())
            .observer(watch)
            .eta(ANY_ETA);
        if attack {
            study
                .attack(AttackOptions::default())
                .beam_bound(BeamBoundOptions::default())
                .run()
        } else {
            study.run()
        }
    };
    let design = run::run(py, progress, work)?.map_err(errors::of_design)?;
    design_dict(py, &design)
}

/// Beams and the most harmful errors that were found for them, if they were looked for.
type Proven = (CertifiedBeams, Option<f64>);

fn prove(
    downlink: &Downlink,
    eta: f64,
    beams: &[Vec<Vec<Complex64>>],
    attack: bool,
) -> Result<Proven, DesignError> {
    let beams = Beams::new(beams)?;
    let certified = certify_beams(downlink, eta, &beams, &HermitianIpm::default())?;
    let attacked = if attack {
        let options = AttackOptions::default();
        let found = attack_beams(downlink, eta, &beams, &certified, &options)?;
        let worst = found.iter().map(|user| user.gamma);
        Some(worst.fold(f64::INFINITY, f64::min))
    } else {
        None
    };
    Ok((certified, attacked))
}

fn proven_dict<'py>(
    py: Python<'py>,
    proven: Result<Proven, DesignError>,
) -> PyResult<Bound<'py, PyDict>> {
    let (certified, attacked) = proven.map_err(errors::of_design)?;
    let said = PyDict::new(py);
    certified_items(&said, &certified)?;
    said.set_item("gamma_attacked", attacked)?;
    Ok(said)
}

/// What beams guarantee on one's own channels.
#[pyfunction]
#[pyo3(name = "certify_beams", signature = (channels, beams, *, attack))]
pub fn certify_own<'py>(
    py: Python<'py>,
    channels: Channels<'py>,
    beams: Links<'py>,
    attack: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let (own, beams) = (channels.own(), owned(&beams));
    let work = move |_: &mut run::Watch| prove(&own.downlink()?, ANY_ETA, &beams, attack);
    proven_dict(py, run::run(py, None, work)?)
}

/// What beams guarantee in a scenario, under its best sensing signal.
#[pyfunction]
#[pyo3(signature = (scenario, beams, *, eta, uncertainty, scale, confidence, attack))]
#[allow(clippy::too_many_arguments)] // by name only
pub fn certify_in_scenario<'py>(
    py: Python<'py>,
    scenario: &Scenario,
    beams: Links<'py>,
    eta: f64,
    uncertainty: Option<&str>,
    scale: Option<f64>,
    confidence: Option<f64>,
    attack: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let set = ErrorSet::new(uncertainty, scale, confidence)?;
    let (parsed, beams) = (scenario.parsed().clone(), owned(&beams));
    let work = move |_: &mut run::Watch| {
        let downlink = with_dimension!(&*parsed, scenario => downlink(scenario, &set)?);
        prove(&downlink, eta, &beams, attack)
    };
    proven_dict(py, run::run(py, None, work)?)
}

fn downlink<const D: usize>(
    scenario: &Parameters<D>,
    set: &ErrorSet,
) -> Result<Downlink, DesignError> {
    let mut scenario = scenario.clone();
    scenario.uncertainty = set.over(scenario.uncertainty);
    let checked = scenario.check()?;
    checked.robust_downlink(&Sensing::design(&checked, None)?)
}
