//! One frame: plan, sense, locate, rebuild the channels, design, transmit.

use std::error::Error;
use std::sync::Arc;

use crlb::{CrlbError, SensingSignal, TransmitCovariance};
use music_loc::{Grid, match_nearest};
use td_isac_algos::coverage::relative_channel_errors;
use td_isac_algos::scenario::{CheckedScenario, ReflectivitySpec};
use td_isac_algos::scheme::BeamformingScheme;
use td_isac_algos::sensing::SensingMethod;
use td_isac_algos::{Sensing, Study, rate_bit_s_hz};

use crate::plan::{Plan, Profile};
use crate::record::{Designed, Outcome, Record};

type Failure = Box<dyn Error + Send + Sync>;

/// Where the users are known to be before the frame: within so much of their box.
const MARGIN_M: f64 = 3.0;
const STEP_M: f64 = 0.25;

/// Everything that trials share.
pub struct Loop<'a, const D: usize> {
    scenario: &'a CheckedScenario<D>,
    schemes: Vec<(String, Arc<dyn BeamformingScheme>, Profile)>,
    min_slots: usize,
    /// Part of the sensing power that is spent isotropically; 1 for all of it.
    isotropic_fraction: f64,
}

/// What the access points believe after sensing.
struct Belief<const D: usize> {
    slots: usize,
    /// The scenario with the users where they were found, in the users' own order.
    scenario: Result<CheckedScenario<D>, usize>,
    conditional_crlb_m2: Option<f64>,
}

impl<'a, const D: usize> Loop<'a, D> {
    /// Tabulates every scheme's promises at the planned positions.
    pub fn new(
        scenario: &'a CheckedScenario<D>,
        schemes: Vec<(String, Arc<dyn BeamformingScheme>)>,
        min_slots: usize,
        isotropic_fraction: f64,
    ) -> Result<Self, Failure> {
        let schemes = (schemes.into_iter())
            .map(|(name, scheme)| {
                let profile = Profile::new(scenario, scheme.as_ref())?;
                Ok((name, scheme, profile))
            })
            .collect::<Result<_, Failure>>()?;
        Ok(Self {
            scenario,
            schemes,
            min_slots,
            isotropic_fraction,
        })
    }

    /// Runs a trial: one record for each scheme.
    pub fn trial(&self, seed: u64) -> Result<Vec<Record>, Failure> {
        let mut parameters = self.scenario.parameters().clone();
        parameters.reflectivity = ReflectivitySpec::Rayleigh { seed };
        let truth = parameters.check()?;
        let mut design = SensingMethod::new(truth.sensing_power_w());
        design.isotropic_fraction = self.isotropic_fraction;
        let sensing = Sensing::design(&truth, Some(&design))?;
        let mut beliefs: Vec<Belief<D>> = Vec::new();
        let mut records = Vec::with_capacity(self.schemes.len());
        for (name, scheme, profile) in &self.schemes {
            let crlb_constant_m2 = sensing.crlb_constant_m2;
            let outcome = match profile.plan(&truth, crlb_constant_m2, self.min_slots) {
                None => Outcome::Unreachable,
                Some(plan) => {
                    let known = beliefs.iter().position(|b| b.slots == plan.slots);
                    let index = match known {
                        Some(index) => index,
                        None => {
                            beliefs.push(self.sense(&truth, &sensing, plan.slots, seed)?);
                            beliefs.len() - 1
                        }
                    };
                    let belief = &beliefs[index];
                    transmit(&truth, belief, crlb_constant_m2, plan, scheme.as_ref())?
                }
            };
            records.push(Record {
                seed,
                scheme: name.clone(),
                crlb_constant_m2,
                outcome,
            });
        }
        Ok(records)
    }

    /// Hears the echoes and locates the users.
    fn sense(
        &self,
        truth: &CheckedScenario<D>,
        sensing: &Sensing<D>,
        slots: usize,
        seed: u64,
    ) -> Result<Belief<D>, Failure> {
        let users_m = &truth.parameters().users_m;
        let signals: Vec<TransmitCovariance> = sensing.covariance.transmit_covariances();
        let heard = truth
            .echo_parameters(signals, slots)
            .check()?
            .simulate(seed)?;
        let region = Grid::enclosing(users_m, MARGIN_M, STEP_M)?;
        let located = truth
            .localiser_parameters(region)
            .check()?
            .locate(&heard.echoes, &heard.waveform)?;
        let found = located.estimate.map_or(Vec::new(), |e| e.positions_m);
        // Who is who is known (see `match_nearest`).
        let matched: Option<Vec<_>> = (match_nearest(users_m, &found).into_iter())
            .map(|index| index.map(|i| found[i]))
            .collect();
        let information = truth
            .sensing_parameters()
            .check()?
            .fisher_information(&SensingSignal::Waveform(heard.waveform))?;
        Ok(Belief {
            slots,
            scenario: match matched {
                Some(positions) => Ok(truth.with_users_at(positions)?),
                None => Err(found.len()),
            },
            conditional_crlb_m2: match information.bound() {
                Ok(bound) => Some(bound.crlb_m2(slots as f64)),
                Err(CrlbError::NotIdentifiable { .. }) => None,
                Err(error) => return Err(error.into()),
            },
        })
    }
}

/// Designs beams on what is believed and meets the true channels with them.
fn transmit<const D: usize>(
    truth: &CheckedScenario<D>,
    belief: &Belief<D>,
    crlb_constant_m2: f64,
    plan: Plan,
    scheme: &dyn BeamformingScheme,
) -> Result<Outcome, Failure> {
    let Plan { slots, eta } = plan;
    let believed = match &belief.scenario {
        Ok(believed) => believed,
        Err(peaks) => {
            let peaks = *peaks;
            return Ok(Outcome::NotLocated { slots, peaks });
        }
    };
    let downlink = believed.downlink(crlb_constant_m2)?;
    let design = match Study::new(&downlink).scheme(scheme).eta(eta).run() {
        Ok(design) => design,
        Err(error) => {
            let error = error.to_string();
            return Ok(Outcome::Failed { slots, error });
        }
    };
    let achieved = truth
        .downlink(crlb_constant_m2)?
        .achieved_gamma(&design.beamformers)?;
    let least = achieved.into_iter().fold(f64::INFINITY, f64::min);
    let crlb_m2 = crlb_constant_m2 / (1.0 - eta);
    let users = truth.parameters().users_m.iter();
    Ok(Outcome::Designed(Designed {
        slots,
        eta,
        position_error_m: users
            .zip(&believed.parameters().users_m)
            .map(|(a, b)| (0..D).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt())
            .collect(),
        planned_crlb_m2: crlb_m2,
        conditional_crlb_m2: belief.conditional_crlb_m2,
        covering_scale_per_m: errors(truth, believed, crlb_m2.sqrt()),
        promised_bit_s_hz: design.rate_bit_s_hz(),
        achieved_bit_s_hz: rate_bit_s_hz(eta, least),
    }))
}

/// Relative channel errors in units of the position error promised.
fn errors<const D: usize>(
    truth: &CheckedScenario<D>,
    believed: &CheckedScenario<D>,
    position_error_m: f64,
) -> Vec<Vec<f64>> {
    let values = |scenario: &CheckedScenario<D>| -> Vec<Vec<Vec<_>>> {
        (scenario.channels().iter())
            .map(|user| user.iter().map(|channel| channel.values.clone()).collect())
            .collect()
    };
    let mut errors = relative_channel_errors(&values(truth), &values(believed));
    for error in errors.iter_mut().flatten() {
        *error /= position_error_m;
    }
    errors
}
