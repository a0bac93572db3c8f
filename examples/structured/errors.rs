//! Position errors, drawn from the Cramér–Rao covariance or made by the estimator, and the channels
//! that follow from them.

use std::f64::consts::TAU;

use faer::c64;
use music_loc::{Grid, match_nearest};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use td_isac_algos::Sensing;
use td_isac_algos::scenario::CheckedScenario;

use crate::Failure;
use crate::arguments::Arguments;

/// A user is lost when it is found no nearer than this.
const LOST_M: f64 = 0.5;

/// Where the users are known to be before the frame: within so much of their box, searched in such steps.
const MARGIN_M: f64 = 3.0;
const STEP_M: f64 = 0.25;

/// What happened in many frames.
#[derive(Debug, Clone)]
pub struct Errors<const D: usize> {
    pub truths: Vec<Truth<D>>,
    /// Frames in which some user was lost; they have no truth.
    pub lost: usize,
    /// Root of the mean squared error of each user, over what the bound for its planned signals says.
    pub over_bound: Vec<f64>,
}

/// One frame. The scenario's positions are the estimates that beams are designed on; users really are
/// elsewhere.
#[derive(Debug, Clone)]
pub struct Truth<const D: usize> {
    /// From the estimate, of each user.
    pub displacements_m: Vec<[f64; D]>,
    /// `h_k` there, stacked over access points.
    pub channels: Vec<Vec<c64>>,
}

impl<const D: usize> Errors<D> {
    /// Gaussian errors with each user's block of the Cramér–Rao covariance.
    pub fn of_bound(
        scenario: &CheckedScenario<D>,
        sensing: &Sensing<D>,
        arguments: &Arguments,
    ) -> Result<Self, Failure> {
        let slots = scenario.frame().sensing_slots(arguments.eta);
        let ellipsoids = sensing.covariance.bound.error_ellipsoids(slots)?;
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        // Box and Muller.
        let mut normal = || {
            let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
            radius * (TAU * rng.random::<f64>()).cos()
        };
        let mut draw = || {
            let displacement = |ellipsoid: &crlb::ErrorEllipsoid<D>| {
                let y: [f64; D] = std::array::from_fn(|i| normal() * ellipsoid.semi_axes_m[i]);
                std::array::from_fn(|j| (0..D).map(|i| y[i] * ellipsoid.directions[i][j]).sum())
            };
            ellipsoids.iter().map(displacement).collect()
        };
        let displacements = (0..arguments.draws).map(|_| draw()).collect();
        Self::new(scenario, sensing, arguments.eta, displacements, 0)
    }

    /// The errors of MUSIC and maximum likelihood in simulated frames; `None` without frames.
    ///
    /// The echoes come from the scenario's positions, and the error is then applied the other way round: the
    /// users are where the error says, seen from positions that were estimated. Over the millimetres between
    /// them the statistics of the error do not change, and all frames share their designs.
    pub fn of_estimator(
        scenario: &CheckedScenario<D>,
        sensing: &Sensing<D>,
        arguments: &Arguments,
    ) -> Result<Option<Self>, Failure> {
        if arguments.frames == 0 {
            return Ok(None);
        }
        let users_m = &scenario.parameters().users_m;
        let slots = scenario.frame().sensing_slots(arguments.eta);
        let signals = sensing.covariance.transmit_covariances();
        // Whole slots only; 20 is not 19.999…
        let whole = (slots * (1.0 + 4.0 * f64::EPSILON)).floor() as usize;
        let echoes = scenario.echo_parameters(signals, whole).check()?;
        let region = Grid::enclosing(users_m, MARGIN_M, STEP_M)?;
        let localiser = scenario.localiser_parameters(region).check()?;
        let (mut displacements, mut lost) = (Vec::new(), 0);
        for seed in 0..arguments.frames {
            let heard = echoes.simulate(seed)?;
            let located = localiser.locate(&heard.echoes, &heard.waveform)?;
            let found = located.estimate.map_or(Vec::new(), |e| e.positions_m);
            let errors: Option<Vec<[f64; D]>> = (users_m.iter())
                .zip(match_nearest(users_m, &found))
                .map(|(user, index)| {
                    let found = found[index?];
                    let truth_from_estimate: [f64; D] = std::array::from_fn(|i| user[i] - found[i]);
                    (norm(&truth_from_estimate) <= LOST_M).then_some(truth_from_estimate)
                })
                .collect();
            match errors {
                Some(errors) => displacements.push(errors),
                None => lost += 1,
            }
        }
        Self::new(scenario, sensing, arguments.eta, displacements, lost).map(Some)
    }

    fn new(
        scenario: &CheckedScenario<D>,
        sensing: &Sensing<D>,
        eta: f64,
        displacements: Vec<Vec<[f64; D]>>,
        lost: usize,
    ) -> Result<Self, Failure> {
        let slots = scenario.frame().sensing_slots(eta);
        let bound_m2 = sensing.covariance.bound.user_crlb_m2(slots);
        let over_bound = (bound_m2.iter().enumerate())
            .map(|(user, bound_m2)| {
                let squares = displacements.iter().map(|all| norm(&all[user]).powi(2));
                (squares.sum::<f64>() / displacements.len() as f64 / bound_m2).sqrt()
            })
            .collect();
        let truths = displacements
            .into_iter()
            .map(|displacements_m| Truth::new(scenario, displacements_m))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            truths,
            lost,
            over_bound,
        })
    }

    /// What to know about the estimator's errors before their effects.
    pub fn report(&self) -> String {
        let ratios = self.over_bound.iter().map(|ratio| format!("{ratio:.3}"));
        format!(
            "# {} frames with all users, {} with one lost; root mean squared error over the bound: {}\n",
            self.truths.len(),
            self.lost,
            ratios.collect::<Vec<_>>().join(", ")
        )
    }
}

impl<const D: usize> Truth<D> {
    fn new(scenario: &CheckedScenario<D>, displacements_m: Vec<[f64; D]>) -> Result<Self, Failure> {
        let homes = scenario.parameters().users_m.iter();
        let there = homes
            .zip(&displacements_m)
            .map(|(home, shift)| std::array::from_fn(|i| home[i] + shift[i]));
        let moved = scenario.with_users_at(there.collect())?;
        let stacked = |user: &Vec<nf_channel::Channel<D>>| {
            user.iter()
                .flat_map(|channel| channel.values.clone())
                .collect()
        };
        Ok(Self {
            displacements_m,
            channels: moved.channels().iter().map(stacked).collect(),
        })
    }
}

pub fn norm<const D: usize>(v: &[f64; D]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}
