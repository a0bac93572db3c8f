//! One frame: plan, sense, locate, rebuild the channels, design, transmit.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex};

use crlb::{CrlbError, SensingModel, SensingSignal, TransmitCovariance};
use faer::{Mat, c64};
use music_loc::{Grid, match_nearest};
use td_isac_algos::coverage::relative_channel_errors;
use td_isac_algos::scenario::{CheckedScenario, DrawStream, PriorReflectivity, ReflectivitySpec};
use td_isac_algos::scheme::BeamformingScheme;
use td_isac_algos::sensing::{SensingError, SensingMethod, Waveform};
use td_isac_algos::{Sensing, Study, rate_bit_s_hz};

use crate::plan::{Plan, Profile};
use crate::record::{Designed, Heading, Outcome, Record};

type Failure = Box<dyn Error + Send + Sync>;

/// Where the users are known to be before the frame: within so much of their box.
const MARGIN_M: f64 = 3.0;
const STEP_M: f64 = 0.25;

/// Draws from a prior that signals of few slots are made for.
const WAVEFORM_DRAWS: usize = 8;

/// Everything that trials share.
pub struct Loop<'a, const D: usize> {
    scenario: &'a CheckedScenario<D>,
    schemes: Vec<(String, Arc<dyn BeamformingScheme>, Profile)>,
    min_slots: usize,
    /// Part of the sensing power that is spent isotropically; 1 for all of it.
    isotropic_fraction: f64,
    designed_signals: bool,
    /// The plan on a prior, which knows nothing of a trial.
    on_prior: Option<Sensing<D>>,
    /// Its signals by slots.
    on_prior_made: Mutex<BTreeMap<usize, Option<Vec<Mat<c64>>>>>,
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
        heading: &Heading,
    ) -> Result<Self, Failure> {
        let schemes = (schemes.into_iter())
            .map(|(name, scheme)| {
                let profile = Profile::new(scenario, scheme.as_ref())?;
                Ok((name, scheme, profile))
            })
            .collect::<Result<_, Failure>>()?;
        let mut shared = Self {
            scenario,
            schemes,
            min_slots: heading.min_slots,
            isotropic_fraction: heading.isotropic_part,
            designed_signals: heading.designed_signals,
            on_prior: None,
            on_prior_made: Mutex::default(),
        };
        if scenario.parameters().prior.is_some() {
            shared.on_prior = Some(shared.planned_for(scenario)?);
        }
        Ok(shared)
    }

    fn planned_for(&self, scenario: &CheckedScenario<D>) -> Result<Sensing<D>, Failure> {
        let mut design = SensingMethod::new(scenario.sensing_power_w());
        design.isotropic_fraction = self.isotropic_fraction;
        Ok(Sensing::design(scenario, Some(&design))?)
    }

    /// What a trial meets: reflectivities drawn anew, and with a prior positions.
    fn truth(&self, seed: u64) -> Result<CheckedScenario<D>, Failure> {
        let mut parameters = self.scenario.parameters().clone();
        match &mut parameters.prior {
            None => parameters.reflectivity = ReflectivitySpec::Rayleigh { seed },
            Some(prior) => {
                prior.seed = seed;
                if prior.reflectivity == PriorReflectivity::Rayleigh {
                    parameters.reflectivity = ReflectivitySpec::Rayleigh { seed };
                }
                let drawn = parameters.check()?.prior_draws(1, DrawStream::Fresh);
                parameters.users_m = drawn.into_iter().flat_map(|draw| draw.users_m).collect();
                parameters.prior = None;
            }
        }
        Ok(parameters.check()?)
    }

    /// Runs a trial: one record for each scheme.
    pub fn trial(&self, seed: u64) -> Result<Vec<Record>, Failure> {
        let truth = self.truth(seed)?;
        let own;
        let (expected, sensing) = match &self.on_prior {
            Some(sensing) => (self.scenario, sensing),
            None => {
                own = self.planned_for(&truth)?;
                (&truth, &own)
            }
        };
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
                            beliefs.push(self.sense(&truth, expected, sensing, plan.slots, seed)?);
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

    /// Hears the echoes and locates the users; signals and search know what was known before.
    fn sense(
        &self,
        truth: &CheckedScenario<D>,
        known: &CheckedScenario<D>,
        sensing: &Sensing<D>,
        slots: usize,
        seed: u64,
    ) -> Result<Belief<D>, Failure> {
        let users_m = &truth.parameters().users_m;
        let signals: Vec<TransmitCovariance> = sensing.covariance.transmit_covariances();
        let echoes = truth.echo_parameters(signals, slots).check()?;
        let heard = match self.waveform(known, sensing, slots)? {
            Some(waveform) => echoes.simulate_sent(waveform, seed)?,
            None => echoes.simulate(seed)?,
        };
        let region = Grid::enclosing(&known.parameters().users_m, MARGIN_M, STEP_M)?;
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

impl<const D: usize> Loop<'_, D> {
    /// The signals designed for the slots; `None` for random ones, also where so few slots determine no positions.
    fn waveform(
        &self,
        known: &CheckedScenario<D>,
        sensing: &Sensing<D>,
        slots: usize,
    ) -> Result<Option<Vec<Mat<c64>>>, Failure> {
        if !self.designed_signals {
            return Ok(None);
        }
        if self.on_prior.is_none() {
            let scene = known.sensing_parameters().check()?;
            return designed(&[scene], sensing, slots);
        }
        // The same in all trials; whoever comes first designs it.
        let mut made = self.on_prior_made.lock().map_err(|_| "a trial panicked")?;
        if let Some(waveform) = made.get(&slots) {
            return Ok(waveform.clone());
        }
        let scenes = known.prior_models(WAVEFORM_DRAWS, DrawStream::Plan)?;
        let waveform = designed(&scenes, sensing, slots)?;
        made.insert(slots, waveform.clone());
        Ok(waveform)
    }
}

fn designed<const D: usize>(
    scenes: &[SensingModel<D>],
    sensing: &Sensing<D>,
    slots: usize,
) -> Result<Option<Vec<Mat<c64>>>, Failure> {
    match Waveform::design(scenes, &sensing.covariance.factors, slots) {
        Ok(waveform) => Ok(Some(waveform.samples)),
        Err(SensingError::Bound(CrlbError::NotIdentifiable { .. })) => Ok(None),
        Err(error) => Err(error.into()),
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
