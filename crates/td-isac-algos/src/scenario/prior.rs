//! Where users may be, as far as the plan knows.

use std::f64::consts::FRAC_1_SQRT_2;

use crlb::{PositionCovariance, SensingModel};
use nf_channel::{Invalid, Reflectivity};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::{CheckedScenario, Scenario, ScenarioError};
use crate::sensing::SensingError;

/// What is known of the users when sensing is planned: positions up to a Gaussian error, and perhaps their
/// reflectivities.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct PositionPrior {
    /// Standard deviation of each coordinate of each user around the scenario's position, independent. Zero for positions
    /// that are known.
    pub position_std_m: f64,
    /// Draws that the plan's mean bound is over.
    pub draws: usize,
    /// What is known of the reflectivities.
    pub reflectivity: PriorReflectivity,
    /// Seed of the draws.
    pub seed: u64,
}

/// What a plan knows of the reflectivities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum PriorReflectivity {
    /// Nothing: drawn by [`Reflectivity::rayleigh`] with every position.
    #[default]
    Rayleigh,
    /// They are those of the scenario.
    AsGiven,
}

/// More draws than that take memory and say nothing more.
const MOST_DRAWS: usize = 100_000;

impl PositionPrior {
    /// A prior of this deviation with 32 draws of unknown reflectivities.
    pub fn new(position_std_m: f64) -> Self {
        Self {
            position_std_m,
            draws: 32,
            reflectivity: PriorReflectivity::Rayleigh,
            seed: 0,
        }
    }

    /// A deviation at which a user may well be behind an array is a prior of nothing.
    pub(super) fn check<const D: usize>(
        &self,
        scenario: &Scenario<D>,
    ) -> Result<(), ScenarioError> {
        Invalid::if_none("sensing.prior.draws", self.draws)?;
        if self.draws > MOST_DRAWS {
            return Err(ScenarioError::Invalid(Invalid::Count {
                what: "sensing.prior.draws",
                value: self.draws,
                requirement: "at most 100000",
            }));
        }
        Invalid::unless_nonnegative("sensing.prior.position_std_m", self.position_std_m)?;
        for (user, at) in scenario.users_m.iter().enumerate() {
            for (access_point, array) in scenario.access_points.iter().enumerate() {
                let from = array.reference_m();
                let square: f64 = (0..D).map(|i| (at[i] - from[i]).powi(2)).sum();
                let distance_m = square.sqrt();
                if self.position_std_m >= distance_m {
                    return Err(ScenarioError::PriorTooWide {
                        user,
                        access_point,
                        position_std_m: self.position_std_m,
                        distance_m,
                    });
                }
            }
        }
        Ok(())
    }
}

/// Draws that have nothing in common but the seed: those that a plan is made for, and those that it is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrawStream {
    /// For the plan.
    Plan,
    /// To judge it.
    Fresh,
}

/// A draw from the prior.
#[derive(Debug, Clone, PartialEq)]
pub struct PriorDraw<const D: usize> {
    /// Where the users are.
    pub users_m: Vec<[f64; D]>,
    /// What they reflect.
    pub reflectivity: Reflectivity,
}

impl<const D: usize> CheckedScenario<D> {
    /// The covariance of the users' positions before sensing; `None` where the scenario has no prior.
    pub fn prior_covariance(&self) -> Option<PositionCovariance<D>> {
        let prior = self.parameters().prior?;
        let users = self.parameters().users_m.len();
        // Its only error is a deviation that the check refuses.
        PositionCovariance::from_deviations_m(&vec![prior.position_std_m; users]).ok()
    }

    /// So many equally likely draws of the prior; those of the scenario itself without one.
    ///
    /// Positions are a Latin hypercube sample (McKay, Beckman and Conover, 1979): each coordinate of each user has one
    /// value in each of the equally likely strata, so that means over few draws are close to those over the prior, in
    /// any dimension.
    pub fn prior_draws(&self, count: usize, stream: DrawStream) -> Vec<PriorDraw<D>> {
        let scenario = self.parameters();
        let Some(prior) = scenario.prior else {
            let draw = PriorDraw {
                users_m: scenario.users_m.clone(),
                reflectivity: self.reflectivity().clone(),
            };
            return vec![draw; count];
        };
        let mut rng = ChaCha8Rng::seed_from_u64(prior.seed);
        rng.set_stream(stream as u64);
        let (users, stations) = (scenario.users_m.len(), self.access_points().len());
        let mut positions = vec![scenario.users_m.clone(); count];
        let mut strata: Vec<usize> = (0..count).collect();
        for user in 0..users {
            for axis in 0..D {
                strata.shuffle(&mut rng);
                for (draw, &stratum) in positions.iter_mut().zip(&strata) {
                    let share = (stratum as f64 + rng.random::<f64>()) / count as f64;
                    draw[user][axis] += prior.position_std_m * normal_quantile(share);
                }
            }
        }
        (positions.into_iter())
            .map(|users_m| PriorDraw {
                users_m,
                reflectivity: match prior.reflectivity {
                    PriorReflectivity::AsGiven => self.reflectivity().clone(),
                    PriorReflectivity::Rayleigh => {
                        Reflectivity::rayleigh(users, stations, rng.random())
                    }
                },
            })
            .collect()
    }

    /// The draws as bounds see them.
    ///
    /// # Errors
    /// [`SensingError::Bound`] for a draw that makes no scene, such as a user on an element.
    pub fn prior_models(
        &self,
        count: usize,
        stream: DrawStream,
    ) -> Result<Vec<SensingModel<D>>, SensingError> {
        let model = |draw: PriorDraw<D>| {
            let mut parameters = self.sensing_parameters();
            parameters.scene.users_m = draw.users_m;
            parameters.scene.reflectivity = draw.reflectivity;
            Ok(parameters.check()?)
        };
        self.prior_draws(count, stream)
            .into_iter()
            .map(model)
            .collect()
    }
}

/// `Φ^{-1}` by bisection of `Φ(x) = erfc(-x/√2)/2`, to the last digit that Φ has.
fn normal_quantile(probability: f64) -> f64 {
    // Φ(-38) is the smallest positive number.
    let (mut low, mut high) = (-38.0, 38.0);
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle;
        }
        if 0.5 * libm::erfc(-middle * FRAC_1_SQRT_2) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Abramowitz and Stegun, table 26.5.
    #[test]
    fn normal_quantiles() {
        for (probability, expected) in [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540),
            (0.9, 1.281_551_565_545),
            (0.001, -3.090_232_306_168),
        ] {
            assert!((normal_quantile(probability) - expected).abs() < 1e-11);
        }
        assert!(normal_quantile(0.0) < -37.0 && normal_quantile(1.0) > 8.0);
    }
}
