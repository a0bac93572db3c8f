//! One trial: echoes, MUSIC, maximum likelihood, and the bound for the very waveform that was sent.

use std::error::Error;

use crlb::{SensingModel, SensingSignal, TransmitCovariance};
use faer::linalg::solvers::Solve;
use faer::{Mat, MatRef, Side, c64};
use music_loc::{EchoModel, Estimate, Grid, LocError, Localiser, Simulation, match_nearest};
use td_isac_algos::Sensing;
use td_isac_algos::scenario::{CheckedScenario, Level, ReflectivitySpec};
use td_isac_algos::sensing::{SensingMethod, Waveform};

/// What a thread may hand over.
pub type Failure = Box<dyn Error + Send + Sync>;

/// A user has been located when the estimate is no further from it.
const LOCATED_M: f64 = 0.5;

/// What the access points transmit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Covariance {
    /// The optimum of the scenario, given a part of the power spent in all directions alike.
    Optimal { isotropic_part: f64 },
    /// Equal power in all directions.
    Isotropic,
}

impl Covariance {
    pub fn name(self) -> &'static str {
        match self {
            Self::Optimal { .. } => "optimal",
            Self::Isotropic => "isotropic",
        }
    }
}

/// Where the maximum-likelihood estimate starts.
// Plain comments: clap would put others into the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Start {
    // At the peaks of MUSIC.
    Music,
    // Two centimetres beside the truth: the estimator alone, at a tenth of the time.
    Near,
}

/// Displacement of [`Start::Near`] along each axis in turn.
const NEAR_M: [f64; 3] = [0.018, -0.009, 0.009];

/// Where the region of the search ends beyond the users, and its step.
const MARGIN_M: f64 = 3.0;
const STEP_M: f64 = 0.25;

/// A scenario ready for trials.
pub struct Setting<const D: usize> {
    scenario: CheckedScenario<D>,
    covariance: Covariance,
    slots: usize,
    random_signals: bool,
    start: Start,
    localiser: Localiser<D>,
    /// With the scenario's own reflectivity: made once.
    fixed: Option<Scene<D>>,
}

/// What a trial needs and the noise does not change.
struct Scene<const D: usize> {
    echoes: EchoModel<D>,
    information: SensingModel<D>,
    /// Signals designed for the slots; random ones where there are none.
    waveform: Option<Vec<Mat<c64>>>,
    plan_m2: f64,
}

/// Squared errors of a trial in which every user was located.
#[derive(Debug, Clone, PartialEq)]
pub struct Errors {
    /// Of each coordinate, user by user: true, bounded, and reported by the estimator.
    pub squared_m2: Vec<f64>,
    pub bound_m2: Vec<f64>,
    pub reported_m2: Vec<f64>,
    /// Sum of the variances that the plan expects.
    pub plan_m2: f64,
    /// `e^T C^{-1} e / DK` with `C` the bound and with the reported covariance.
    pub normalised_by_bound: f64,
    pub normalised_by_report: f64,
}

impl<const D: usize> Setting<D> {
    /// The scenario with another sensing power; `redrawn` draws a Rayleigh reflectivity for each trial.
    pub fn new(
        scenario: &CheckedScenario<D>,
        sensing_power_w: Level,
        covariance: Covariance,
        slots: usize,
        redrawn: bool,
        random_signals: bool,
        start: Start,
    ) -> Result<Self, Failure> {
        let mut parameters = scenario.parameters().clone();
        parameters.sensing_power_w = sensing_power_w;
        let scenario = parameters.check()?;
        let region = Grid::enclosing(&parameters.users_m, MARGIN_M, STEP_M)?;
        let fixed = if redrawn {
            None
        } else {
            Some(Scene::new(&scenario, covariance, slots, random_signals)?)
        };
        Ok(Self {
            localiser: scenario.localiser_parameters(region).check()?,
            scenario,
            covariance,
            slots,
            random_signals,
            start,
            fixed,
        })
    }

    /// Runs a trial; `None` when some user was not located.
    pub fn trial(&self, seed: u64) -> Result<Option<Errors>, Failure> {
        let drawn;
        let scene = match &self.fixed {
            Some(scene) => scene,
            None => {
                let mut parameters = self.scenario.parameters().clone();
                parameters.reflectivity = ReflectivitySpec::Rayleigh { seed };
                let random = self.random_signals;
                drawn = Scene::new(&parameters.check()?, self.covariance, self.slots, random)?;
                &drawn
            }
        };
        let heard = match &scene.waveform {
            Some(waveform) => scene.echoes.simulate_sent(waveform.clone(), seed)?,
            None => scene.echoes.simulate(seed)?,
        };
        let Some(estimate) = self.estimate(&heard)? else {
            return Ok(None);
        };
        let Some((errors, order)) = errors(&self.scenario.parameters().users_m, &estimate) else {
            return Ok(None);
        };
        let signal = SensingSignal::Waveform(heard.waveform);
        let bound = scene.information.fisher_information(&signal)?.bound()?;
        let bound = bound.covariance_m2(self.slots as f64);
        let reported = Mat::from_fn(order.len(), order.len(), |i, j| {
            estimate.covariance_m2[(order[i], order[j])]
        });
        let diagonal = |matrix: &Mat<f64>| (0..order.len()).map(|i| matrix[(i, i)]).collect();
        Ok(Some(Errors {
            bound_m2: diagonal(&bound),
            reported_m2: diagonal(&reported),
            plan_m2: scene.plan_m2,
            normalised_by_bound: normalised(&errors, bound.as_ref())?,
            normalised_by_report: normalised(&errors, reported.as_ref())?,
            squared_m2: errors.iter().map(|e| e * e).collect(),
        }))
    }
}

impl<const D: usize> Setting<D> {
    fn estimate(&self, heard: &Simulation) -> Result<Option<Estimate<D>>, LocError> {
        let estimate = match self.start {
            Start::Music => {
                let located = self.localiser.locate(&heard.echoes, &heard.waveform);
                located.map(|located| located.estimate)
            }
            Start::Near => {
                let users_m = &self.scenario.parameters().users_m;
                let starts: Vec<[f64; D]> = (users_m.iter())
                    .map(|user| std::array::from_fn(|axis| user[axis] + NEAR_M[axis % 3]))
                    .collect();
                let localiser = &self.localiser;
                (localiser.refine(&heard.echoes, &heard.waveform, &starts)).map(Some)
            }
        };
        match estimate {
            // Echoes lost in the noise determine no positions: nobody is located.
            Err(LocError::Factorisation { .. }) => Ok(None),
            other => other,
        }
    }
}

impl<const D: usize> Scene<D> {
    fn new(
        scenario: &CheckedScenario<D>,
        covariance: Covariance,
        slots: usize,
        random_signals: bool,
    ) -> Result<Self, Failure> {
        let information = scenario.sensing_parameters().check()?;
        let (signals, waveform): (Vec<TransmitCovariance>, _) = match covariance {
            Covariance::Isotropic => (scenario.isotropic_signals(), None),
            Covariance::Optimal { isotropic_part } => {
                let mut design = SensingMethod::new(scenario.sensing_power_w());
                design.isotropic_fraction = isotropic_part;
                let covariance = Sensing::design(scenario, Some(&design))?.covariance;
                let designed = !random_signals && isotropic_part == 0.0;
                let waveform = designed
                    .then(|| {
                        let scene = std::slice::from_ref(&information);
                        Waveform::design(scene, &covariance.factors, slots)
                    })
                    .transpose()?;
                (
                    covariance.transmit_covariances(),
                    waveform.map(|waveform| waveform.samples),
                )
            }
        };
        let signal = SensingSignal::Uncorrelated(signals.clone());
        let planned = information.fisher_information(&signal)?.bound()?;
        Ok(Self {
            echoes: scenario.echo_parameters(signals, slots).check()?,
            plan_m2: planned.crlb_m2(slots as f64),
            information,
            waveform,
        })
    }
}

/// Errors of all coordinates, and the estimate's coordinate behind each; `None` unless every user was
/// located.
fn errors<const D: usize>(
    users_m: &[[f64; D]],
    estimate: &Estimate<D>,
) -> Option<(Vec<f64>, Vec<usize>)> {
    let matched = match_nearest(users_m, &estimate.positions_m);
    let (mut errors, mut order) = (Vec::new(), Vec::new());
    for (user, found) in users_m.iter().zip(matched) {
        let found = found?;
        let position = &estimate.positions_m[found];
        let own: Vec<f64> = (0..D).map(|axis| position[axis] - user[axis]).collect();
        if own.iter().map(|e| e * e).sum::<f64>().sqrt() > LOCATED_M {
            return None;
        }
        errors.extend(own);
        order.extend((0..D).map(|axis| D * found + axis));
    }
    Some((errors, order))
}

/// `e^T C^{-1} e / DK`: its mean is 1 for errors of covariance `C`, whatever the correlations and
/// however much the users' accuracies differ.
fn normalised(errors: &[f64], covariance: MatRef<'_, f64>) -> Result<f64, Failure> {
    let deviation = |i: usize| covariance[(i, i)].sqrt();
    let side = errors.len();
    // Balanced: variances differ by orders.
    let correlation = Mat::from_fn(side, side, |i, j| {
        covariance[(i, j)] / (deviation(i) * deviation(j))
    });
    let scaled = Mat::from_fn(side, 1, |i, _| errors[i] / deviation(i));
    let factor = correlation
        .llt(Side::Lower)
        .map_err(|_| "a covariance of the positions is not positive definite")?;
    Ok((scaled.transpose() * factor.solve(&scaled))[(0, 0)] / side as f64)
}
