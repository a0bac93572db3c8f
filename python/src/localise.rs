//! From echoes to positions: the pseudo-spectrum of MUSIC, maximum likelihood, detection.

use std::sync::Arc;

use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use td_isac_algos::music_loc::{
    Detection, Echoes, Grid, LocError, Located, ModelOrder, MusicParameters, Noise, Outcome,
    SubspaceVariant, UserCount,
};
use td_isac_algos::nf_channel::EchoConvention;
use td_isac_algos::robust_sdp::faer::{Mat, c64};
use td_isac_algos::scenario::{CheckedScenario, Scenario as Parameters};

use crate::scenario::{Scenario, with_dimension};
use crate::sensing::{Matrices, owned};
use crate::{arrays, errors, run};

/// Lower and upper corner of the box that is searched.
type Corners = [Vec<f64>; 2];

/// A box of the caller's, or where the scenario has users looked for.
fn corners<const D: usize>(
    scenario: &CheckedScenario<D>,
    given: Option<&Corners>,
) -> PyResult<[[f64; D]; 2]> {
    let region = scenario.search_region();
    let Some([low, high]) = given else {
        return Ok([region.minimum_m, region.maximum_m]);
    };
    let corner = |corner: &Vec<f64>| {
        <[f64; D]>::try_from(corner.as_slice()).map_err(|_| {
            errors::input(format!(
                "box_m: expected shape (2, {D}), found (2, {})",
                corner.len()
            ))
        })
    };
    Ok([corner(low)?, corner(high)?])
}

fn grid<const D: usize>(
    scenario: &CheckedScenario<D>,
    given: Option<&Corners>,
    step_m: f64,
) -> PyResult<Grid<D>> {
    let [low, high] = corners(scenario, given)?;
    Grid::with_step(low, high, step_m).map_err(errors::of_localisation)
}

/// Names of the ways to combine receivers.
const VARIANTS: [(&str, SubspaceVariant); 3] = [
    ("per-access-point", SubspaceVariant::PerAccessPoint),
    ("stacked-km", SubspaceVariant::StackedKM),
    ("stacked-k", SubspaceVariant::StackedK),
];

/// Names of the criteria for the number of users.
const ORDERS: [(&str, ModelOrder); 2] = [
    ("mdl", ModelOrder::MinimumDescriptionLength),
    ("akaike", ModelOrder::Akaike),
];

fn named<T: Copy>(what: &str, word: &str, known: &[(&str, T)]) -> PyResult<T> {
    let found = known.iter().find(|(name, _)| *name == word);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
        errors::input(format!("{what} {word}: known are {}", names.join(", ")))
    })
}

/// How many users there are, or a criterion that finds it out.
#[derive(FromPyObject)]
pub enum Order {
    Given(usize),
    Criterion(String),
}

fn music_parameters(variant: &str, order: &Order) -> PyResult<MusicParameters> {
    Ok(MusicParameters {
        variant: named("variant", variant, &VARIANTS)?,
        order: match order {
            Order::Given(users) => ModelOrder::Given(*users),
            Order::Criterion(word) => named("users", word, &ORDERS)?,
        },
    })
}

/// First coordinate, step and number of points of the grid along each axis.
#[pyfunction]
pub fn grid_axes(
    scenario: &Scenario,
    box_m: Option<Corners>,
    step_m: f64,
) -> PyResult<Vec<(f64, f64, usize)>> {
    with_dimension!(&**scenario.parsed(), scenario => {
        let grid = grid(&scenario.check().map_err(errors::of_scenario)?, box_m.as_ref(), step_m)?;
        let axes = grid.minimum_m().into_iter().zip(grid.step_m()).zip(grid.shape());
        Ok(axes.map(|((low, step), count)| (low, step, count)).collect())
    })
}

/// The pseudo-spectrum on a grid, the first axis fastest.
#[pyfunction]
#[pyo3(signature = (scenario, received, *, box_m, step_m, users, variant))]
pub fn music<'py>(
    py: Python<'py>,
    scenario: &Scenario,
    received: Matrices<'py>,
    box_m: Option<Corners>,
    step_m: f64,
    users: Order,
    variant: &str,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let (parameters, received) = (music_parameters(variant, &users)?, owned(&received));
    let parsed = scenario.parsed().clone();
    let work = move |_: &mut run::Watch| with_dimension!(&*parsed, scenario => spectrum(scenario, received, box_m, step_m, parameters));
    // The vector becomes the array: nothing is copied.
    Ok(run::run(py, None, work)??.into_pyarray(py))
}

fn spectrum<const D: usize>(
    scenario: &Parameters<D>,
    received: Vec<Mat<c64>>,
    box_m: Option<Corners>,
    step_m: f64,
    parameters: MusicParameters,
) -> PyResult<Vec<f64>> {
    let scenario = scenario.check().map_err(errors::of_scenario)?;
    let grid = grid(&scenario, box_m.as_ref(), step_m)?;
    let network = scenario.scene().network();
    let found = || -> Result<Vec<f64>, LocError> {
        let music = parameters.analyse(network, &Echoes::new(received)?)?;
        music.grid_spectrum_db(&grid)
    };
    found().map_err(errors::of_localisation)
}

/// What peaks and their refinement are asked for.
struct Search {
    box_m: Option<Corners>,
    step_m: f64,
    users: usize,
    min_separation_m: f64,
    variant: SubspaceVariant,
}

/// Positions and numbers of no dimension.
struct Found {
    peaks_m: Vec<Vec<f64>>,
    peaks_db: Vec<f64>,
    positions_m: Vec<Vec<f64>>,
    covariance_m2: Mat<f64>,
    noise_w: Option<f64>,
    outcome: &'static str,
}

impl<const D: usize> From<Located<D>> for Found {
    fn from(located: Located<D>) -> Self {
        let estimate = located.estimate;
        let peaks = located.peaks;
        Self {
            peaks_m: peaks.iter().map(|peak| peak.position_m.to_vec()).collect(),
            peaks_db: peaks.iter().map(|peak| peak.level_db).collect(),
            noise_w: estimate.as_ref().map(|found| found.noise_w),
            outcome: match estimate.as_ref().map(|found| found.outcome) {
                None => "no-peak",
                Some(Outcome::Converged) => "converged",
                Some(Outcome::NoDecrease) => "no-decrease",
                Some(_) => "iteration-limit",
            },
            covariance_m2: estimate
                .as_ref()
                .map_or_else(|| Mat::zeros(0, 0), |found| found.covariance_m2.clone()),
            positions_m: estimate.map_or_else(Vec::new, |found| {
                found.positions_m.iter().map(|at| at.to_vec()).collect()
            }),
        }
    }
}

/// Peaks of MUSIC, refined to the most likely positions.
#[pyfunction]
#[pyo3(signature = (scenario, received, waveform, *, box_m, step_m, users, min_separation_m, variant))]
#[allow(clippy::too_many_arguments)] // by name only
pub fn localise<'py>(
    py: Python<'py>,
    scenario: &Scenario,
    received: Matrices<'py>,
    waveform: Matrices<'py>,
    box_m: Option<Corners>,
    step_m: f64,
    users: usize,
    min_separation_m: f64,
    variant: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let search = Search {
        box_m,
        step_m,
        users,
        min_separation_m,
        variant: named("variant", variant, &VARIANTS)?,
    };
    let heard = (owned(&received), owned(&waveform));
    let parsed = scenario.parsed().clone();
    let work = move |_: &mut run::Watch| with_dimension!(&*parsed, scenario => located(scenario, heard, &search).map(Found::from));
    let found = run::run(py, None, work)??;
    let said = PyDict::new(py);
    said.set_item("positions_m", found.positions_m)?;
    said.set_item(
        "covariance_m2",
        arrays::real_matrix(py, &found.covariance_m2),
    )?;
    said.set_item("noise_w", found.noise_w)?;
    said.set_item("peaks_m", found.peaks_m)?;
    said.set_item("peaks_db", found.peaks_db)?;
    said.set_item("outcome", found.outcome)?;
    Ok(said)
}

fn located<const D: usize>(
    scenario: &Parameters<D>,
    (received, waveform): (Vec<Mat<c64>>, Vec<Mat<c64>>),
    search: &Search,
) -> PyResult<Located<D>> {
    let scenario = scenario.check().map_err(errors::of_scenario)?;
    let grid = grid(&scenario, search.box_m.as_ref(), search.step_m)?;
    let mut parameters = scenario.localiser_parameters(grid);
    parameters.music = MusicParameters {
        variant: search.variant,
        order: ModelOrder::Given(search.users),
    };
    parameters.search.count = search.users;
    parameters.search.min_separation_m = search.min_separation_m;
    let found = || -> Result<Located<D>, LocError> {
        parameters
            .check()?
            .locate(&Echoes::new(received)?, &waveform)
    };
    found().map_err(errors::of_localisation)
}

/// What detection is asked for.
struct Question {
    box_m: Option<Corners>,
    users: UserCount,
    noise: Option<Noise>,
    false_alarm: f64,
    misfit_alarm: f64,
}

/// Which users there are, and what may be claimed of each. `noise_w` is the scenario's if there is none, and estimated
/// if it is said to be unknown.
#[pyfunction]
#[pyo3(signature = (scenario, received, waveform, *, box_m, users, at_most, noise_w, estimate_noise, false_alarm, misfit_alarm))]
#[allow(clippy::too_many_arguments)] // by name only
pub fn detect<'py>(
    py: Python<'py>,
    scenario: &Scenario,
    received: Matrices<'py>,
    waveform: Matrices<'py>,
    box_m: Option<Corners>,
    users: Option<usize>,
    at_most: usize,
    noise_w: Option<f64>,
    estimate_noise: bool,
    false_alarm: f64,
    misfit_alarm: f64,
) -> PyResult<Bound<'py, PyDict>> {
    let question = Question {
        box_m,
        users: users.map_or(UserCount::AtMost(at_most), UserCount::Given),
        noise: if estimate_noise {
            Some(Noise::Estimated)
        } else {
            noise_w.map(Noise::Known)
        },
        false_alarm,
        misfit_alarm,
    };
    let heard = (owned(&received), owned(&waveform));
    let parsed: Arc<_> = scenario.parsed().clone();
    let work = move |_: &mut run::Watch| with_dimension!(&*parsed, scenario => detected(scenario, heard, &question).map(Seen::from));
    run::run(py, None, work)??.dict(py)
}

fn detected<const D: usize>(
    scenario: &Parameters<D>,
    (received, waveform): (Vec<Mat<c64>>, Vec<Mat<c64>>),
    question: &Question,
) -> PyResult<Detection<D>> {
    let scenario = scenario.check().map_err(errors::of_scenario)?;
    let [low, high] = corners(&scenario, question.box_m.as_ref())?;
    let mut parameters = scenario.detector_parameters(question.users);
    parameters.region.minimum_m = low;
    parameters.region.maximum_m = high;
    parameters.noise = question.noise.unwrap_or(parameters.noise);
    parameters.false_alarm = question.false_alarm;
    parameters.misfit_alarm = question.misfit_alarm;
    let found = || -> Result<Detection<D>, LocError> {
        parameters
            .check()?
            .detect(&Echoes::new(received)?, &waveform)
    };
    found().map_err(errors::of_localisation)
}

/// A user in values of no dimension.
struct SeenUser {
    position_m: Option<Vec<f64>>,
    covariance_m2: Option<Vec<Vec<f64>>>,
    verdict: &'static str,
    reason: String,
    likelihood_ratio: f64,
}

/// A detection in values of no dimension.
struct Seen {
    users: Vec<SeenUser>,
    noise_w: f64,
    noise_over_known: Option<f64>,
    fit_p_value: f64,
    threshold: f64,
    better_convention: Option<&'static str>,
}

impl<const D: usize> From<Detection<D>> for Seen {
    fn from(found: Detection<D>) -> Self {
        let users = found.users.iter().map(|user| SeenUser {
            position_m: user.position_m.map(|at| at.to_vec()),
            covariance_m2: (user.covariance_m2.as_ref())
                .map(|rows| rows.iter().map(|row| row.to_vec()).collect()),
            verdict: user.verdict.word(),
            reason: user.verdict.reason(),
            likelihood_ratio: user.likelihood_ratio,
        });
        Self {
            users: users.collect(),
            noise_w: found.fit.noise_w,
            noise_over_known: found.fit.noise_over_known,
            fit_p_value: found.fit.p_value,
            threshold: found.threshold,
            better_convention: found.better_convention.map(|convention| match convention {
                EchoConvention::Conjugate => "conjugate",
                EchoConvention::Reciprocal => "reciprocal",
            }),
        }
    }
}

impl Seen {
    fn dict(self, py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let users: Vec<_> = (self.users.into_iter())
            .map(|user| {
                let said = PyDict::new(py);
                said.set_item("position_m", user.position_m)?;
                said.set_item("covariance_m2", user.covariance_m2)?;
                said.set_item("verdict", user.verdict)?;
                said.set_item("reason", user.reason)?;
                said.set_item("likelihood_ratio", user.likelihood_ratio)?;
                Ok(said)
            })
            .collect::<PyResult<_>>()?;
        let said = PyDict::new(py);
        said.set_item("users", PyList::new(py, users)?)?;
        said.set_item("noise_w", self.noise_w)?;
        said.set_item("noise_over_known", self.noise_over_known)?;
        said.set_item("fit_p_value", self.fit_p_value)?;
        said.set_item("threshold", self.threshold)?;
        said.set_item("better_convention", self.better_convention)?;
        Ok(said)
    }
}
