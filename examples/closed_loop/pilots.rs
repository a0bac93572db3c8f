//! Pilots on channels that no model made: hear, design, transmit on the true channels; and beside it the design on positions.

use std::error::Error;
use std::f64::consts::TAU;
use std::path::Path;
use std::sync::Arc;

use faer::c64;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use td_isac_algos::pilots::Pilots;
use td_isac_algos::scenario::{
    AnyScenario, CheckedScenario, ErrorSize, OwnChannels, PilotSpec, ScenarioFileError, Slots,
};
use td_isac_algos::scheme::BeamformingScheme;
use td_isac_algos::uncertainty::ExactChannels;
use td_isac_algos::{Beams, Downlink, Sensing, Study, rate_bit_s_hz};
use td_isac_examples::arrays;

use crate::promises::{Draw, Knowledge, Plan, Promise};

type Failure = Box<dyn Error + Send + Sync>;

/// Probability of each user's set where the scenario gives none.
const CONFIDENCE: f64 = 0.95;

/// Everything that draws share.
pub struct Frames<'a, const D: usize> {
    scenario: &'a CheckedScenario<D>,
    pilots: PilotSpec,
    sensing: Sensing<D>,
    /// The file's.
    given: Vec<Vec<Vec<c64>>>,
    /// Those that beams meet.
    truth: Vec<Vec<Vec<c64>>>,
    schemes: Vec<Planned>,
    pub confidence: f64,
    /// Draws, the first ones, that design on positions too.
    pub line_of_sight: u64,
    pub plan: Plan,
}

/// A scheme, and when it communicates without pilots.
struct Planned {
    name: String,
    scheme: Arc<dyn BeamformingScheme>,
    /// `None` where no design on positions keeps the sensing threshold.
    eta_without_pilots: Option<f64>,
}

impl<'a, const D: usize> Frames<'a, D> {
    /// Plans the frame and reads the channels.
    pub fn new(
        scenario: &'a CheckedScenario<D>,
        file: &Path,
        schemes: Vec<(String, Arc<dyn BeamformingScheme>)>,
    ) -> Result<Self, Failure> {
        let parameters = scenario.parameters();
        let pilots = (parameters.pilots)
            .ok_or("pilots: missing; --true-channels plays a scenario with a table [pilots]")?;
        let given = arrays::channels(file)?;
        fits(scenario, &given).map_err(|why| format!("{}: {why}", file.display()))?;
        let sensing = Sensing::design(scenario, None)?;
        let plan = plan(scenario, &sensing, pilots.symbols)?;
        let schemes = (schemes.into_iter())
            .map(|(name, scheme)| {
                let study = Study::new(scenario).sensing(&sensing).scheme(&*scheme);
                let eta_without_pilots = study.run().ok().map(|design| design.eta);
                Ok(Planned {
                    name,
                    scheme,
                    eta_without_pilots,
                })
            })
            .collect::<Result<_, Failure>>()?;
        let confidence = match parameters.uncertainty.size {
            ErrorSize::Confidence(confidence) => confidence,
            ErrorSize::Scale(_) => CONFIDENCE,
        };
        Ok(Self {
            scenario,
            pilots,
            sensing,
            truth: given.clone(),
            given,
            schemes,
            confidence,
            line_of_sight: u64::MAX,
            plan,
        })
    }

    /// The line of sight and so much of what the file's channels have besides.
    pub fn with_reflections(&mut self, level: f64) {
        let model = self.scenario.channels();
        for ((truth, given), model) in self.truth.iter_mut().zip(&self.given).zip(model) {
            for ((truth, given), model) in truth.iter_mut().zip(given).zip(model) {
                for ((truth, given), model) in truth.iter_mut().zip(given).zip(&model.values) {
                    // Exactly the file's at level 1.
                    *truth = *given + (*given - model) * (level - 1.0);
                }
            }
        }
    }

    /// Draws with seeds from 0, on as many cores as there are.
    pub fn draw(&self, count: u64, drawn: impl Fn() + Sync) -> Result<Vec<Draw>, Failure> {
        let draw = |seed| self.one(seed).inspect(|_| drawn());
        (0..count).into_par_iter().map(draw).collect()
    }

    fn one(&self, seed: u64) -> Result<Draw, Failure> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let (heard, sent_over) = self.hear(&mut random);
        let believed = self.believed(&mut random)?;
        let set = heard.least_squares(self.confidence)?;
        let power_w = self.scenario.communication_power_w();
        let noise_w = self.scenario.communication_noise_w();
        let with_pilots = set.downlink(&power_w, &noise_w)?;
        let without = believed.robust_downlink(&self.sensing)?;
        let exact = Arc::new(ExactChannels);
        let turned = Downlink::new(&sent_over, &power_w, &noise_w, exact)?;
        let mut promises = Vec::new();
        for planned in &self.schemes {
            let met = |downlink, eta, knowledge, sent: &dyn Fn(&Beams) -> Sent| {
                planned.promise(downlink, eta, knowledge, sent, &turned)
            };
            let through_precoders = |beams: &Beams| Ok(set.antenna_beams(beams)?);
            promises.push(met(
                &with_pilots,
                self.plan.eta,
                Knowledge::Pilots,
                &through_precoders,
            )?);
            let on_positions = planned
                .eta_without_pilots
                .filter(|_| seed < self.line_of_sight);
            if let Some(eta) = on_positions {
                let as_they_are = |beams: &Beams| Ok(beams.clone());
                promises.push(met(&without, eta, Knowledge::LineOfSight, &as_they_are)?);
            }
        }
        let fits = heard.direct_path_fit(believed.channels(), self.pilots.scattering)?;
        Ok(Draw {
            promises,
            covered: (0..self.truth.len())
                .map(|user| Ok(set.holds(user, &sent_over[user])?))
                .collect::<Result<_, Failure>>()?,
            p_values: fits.iter().map(|fit| fit.p_value).collect(),
            reflected_over_direct: fits.iter().map(|fit| fit.reflected_over_direct).collect(),
        })
    }

    /// What the access points hear, and the channels that beams then meet: each access point's transmitter is turned against
    /// its receiver by its calibration phase.
    fn hear(&self, random: &mut ChaCha8Rng) -> (Pilots, Vec<Vec<Vec<c64>>>) {
        let noise_w = self.scenario.parameters().sensing_noise_w;
        let amplitude = self.pilots.energy_w().sqrt();
        let mut received = self.truth.clone();
        for y in received.iter_mut().flatten().flatten() {
            let noise = c64::new(normal(random), normal(random)) * (0.5 * noise_w).sqrt();
            *y = *y * amplitude + noise;
        }
        let mut turned = self.truth.clone();
        for m in 0..turned[0].len() {
            let phase = self.pilots.calibration_std_rad * normal(random);
            for user in &mut turned {
                user[m]
                    .iter_mut()
                    .for_each(|h| *h *= c64::from_polar(1.0, -phase));
            }
        }
        let pilots = Pilots {
            received,
            energy_w: self.pilots.energy_w(),
            noise_w,
            calibration_std_rad: self.pilots.calibration_std_rad,
        };
        (pilots, turned)
    }

    /// The scenario with users where echoes have them: off by a Gaussian error of the Cramér–Rao covariance.
    fn believed(&self, random: &mut ChaCha8Rng) -> Result<CheckedScenario<D>, Failure> {
        let ellipsoids =
            (self.sensing.covariance.bound).error_ellipsoids(self.plan.sensing_slots)?;
        let users_m = self.scenario.parameters().users_m.iter().zip(&ellipsoids);
        let moved = users_m.map(|(position_m, ellipsoid)| {
            let y: [f64; D] = std::array::from_fn(|i| normal(random) * ellipsoid.semi_axes_m[i]);
            std::array::from_fn(|j| {
                let along = (0..D).map(|i| y[i] * ellipsoid.directions[i][j]);
                position_m[j] + along.sum::<f64>()
            })
        });
        Ok(self.scenario.with_users_at(moved.collect())?)
    }
}

/// The scenario of a file, which may have channels of its own.
pub fn scenario(file: &Path) -> Result<AnyScenario, Failure> {
    let text = std::fs::read_to_string(file).map_err(|source| ScenarioFileError::Read {
        file: file.to_owned(),
        source,
    })?;
    match OwnChannels::from_toml_str(&text, file)? {
        None => Ok(AnyScenario::from_toml_str(&text, file)?),
        Some(own) => own
            .scenario
            .ok_or_else(|| format!("{}: positions and sensing are missing", file.display()).into()),
    }
}

/// Box and Muller.
fn normal(random: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
    radius * (TAU * random.random::<f64>()).cos()
}

/// Beams as antennas send them.
type Sent = Result<Beams, Failure>;

impl Planned {
    /// Beams designed on one downlink and met by another.
    fn promise(
        &self,
        believed: &Downlink,
        eta: f64,
        knowledge: Knowledge,
        sent: &dyn Fn(&Beams) -> Sent,
        truth: &Downlink,
    ) -> Result<Promise, Failure> {
        let design = Study::new(believed).scheme(&*self.scheme).eta(eta).run();
        let rates = design.ok().map(|design| {
            let beams = sent(&design.beamformers)?;
            Ok::<_, Failure>([design.rate_bit_s_hz(), achieved(truth, &beams, eta)?])
        });
        Ok(Promise {
            scheme: self.name.clone(),
            knowledge,
            rates_bit_s_hz: rates.transpose()?,
        })
    }
}

/// The least user's rate.
fn achieved(truth: &Downlink, beams: &Beams, eta: f64) -> Result<f64, Failure> {
    let gammas = truth.achieved_gamma(beams)?;
    let least = gammas.into_iter().fold(f64::INFINITY, f64::min);
    Ok(rate_bit_s_hz(eta, least))
}

/// The error unless the channels are those of the scenario's users, access points and elements.
fn fits<const D: usize>(
    scenario: &CheckedScenario<D>,
    channels: &[Vec<Vec<c64>>],
) -> Result<(), String> {
    let users = scenario.parameters().users_m.len();
    let elements: Vec<usize> = scenario
        .access_points()
        .iter()
        .map(|array| array.len())
        .collect();
    let found: Vec<usize> = channels[0].iter().map(Vec::len).collect();
    if channels.len() == users && found == elements {
        return Ok(());
    }
    Err(format!(
        "has channels of {} users to access points of {found:?} elements; the scenario has {users} and {elements:?} \
         (indices are user, access point and element)",
        channels.len()
    ))
}

/// As few sensing slots as the threshold allows: pilots, not positions, tell the channels.
fn plan<const D: usize>(
    scenario: &CheckedScenario<D>,
    sensing: &Sensing<D>,
    pilot_slots: usize,
) -> Result<Plan, Failure> {
    let total = scenario.frame().sensing_slots(0.0);
    let needed = scenario.frame().sensing_slots(sensing.eta_max()?);
    let sensing_slots = match scenario.parameters().slots {
        // Rounding may not cost a slot.
        Slots::Whole => (needed * (1.0 - 4.0 * f64::EPSILON)).ceil().max(1.0),
        Slots::Fractional => needed,
    };
    let eta = 1.0 - (sensing_slots + pilot_slots as f64) / total;
    if eta > 0.0 {
        return Ok(Plan {
            sensing_slots,
            pilot_slots,
            eta,
        });
    }
    Err(format!(
        "{sensing_slots} sensing slots for the threshold and {pilot_slots} pilots leave no time in a frame of {total} slots"
    )
    .into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)] // helpers of tests
mod tests {
    use super::*;
    use td_isac_algos::Schemes;
    use td_isac_algos::uncertainty::PositionSet;

    fn folder() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("channels")
    }

    fn street() -> CheckedScenario<2> {
        match scenario(&folder().join("street-pilots.toml")).unwrap() {
            AnyScenario::TwoD(mut scenario) => {
                // The set that is solved fastest.
                scenario.uncertainty.set = PositionSet::Ball;
                scenario.check().unwrap()
            }
            AnyScenario::ThreeD(_) => panic!("not in the plane"),
        }
    }

    fn frames<'a>(scenario: &'a CheckedScenario<2>, file: &str) -> Result<Frames<'a, 2>, Failure> {
        let mrt = Schemes::default().get_shared("mrt").unwrap();
        Frames::new(
            scenario,
            &folder().join(file),
            vec![("mrt".to_owned(), mrt)],
        )
    }

    /// Reflections of a ray tracer: what pilots promise is kept, what positions promise is not, and the pilots tell. Without
    /// reflections they do not.
    #[test]
    fn pilots_keep_what_a_line_of_sight_cannot() {
        let street = street();
        let mut frames = frames(&street, "street.npy").unwrap();
        let Plan {
            sensing_slots,
            pilot_slots,
            eta,
        } = frames.plan;
        assert!((sensing_slots + pilot_slots as f64 + 100.0 * eta - 100.0).abs() < 1e-9);
        let draws = frames.draw(3, || ()).unwrap();
        assert_eq!(draws.len(), 3);
        for draw in &draws {
            let [pilots, positions] = &draw.promises[..] else {
                panic!("{:?}", draw.promises)
            };
            assert_eq!(pilots.knowledge, Knowledge::Pilots);
            let [promised, achieved] = pilots.rates_bit_s_hz.unwrap();
            assert!(
                achieved >= promised && promised > 0.5 * achieved,
                "{promised} {achieved}"
            );
            let [promised, achieved] = positions.rates_bit_s_hz.unwrap();
            assert!(achieved < promised, "{promised} {achieved}");
            assert!(
                draw.p_values.iter().all(|&p| p < 1e-6),
                "{:?}",
                draw.p_values
            );
        }
        let again = frames.draw(1, || ()).unwrap();
        assert_eq!(again[0].promises, draws[0].promises);

        frames.with_reflections(0.0);
        let largest = |of: fn(&Draw) -> Vec<f64>, draws: &[Draw]| {
            draws.iter().flat_map(of).fold(0.0, f64::max)
        };
        let free = frames.draw(3, || ()).unwrap();
        assert!(largest(|draw| draw.p_values.clone(), &free) > 0.05);
        let reflected = |draw: &Draw| draw.reflected_over_direct.clone();
        assert!(largest(reflected, &free) < 0.1 && largest(reflected, &draws) > 0.3);
        frames.with_reflections(1.0);
        assert_eq!(frames.truth, frames.given);
    }

    #[test]
    fn channels_of_another_scene_are_named() {
        let street = street();
        let said = |scenario: &CheckedScenario<2>, file: &str| {
            frames(scenario, file).err().unwrap().to_string()
        };
        let found = said(&street, "paper-quadriga.npy");
        assert!(
            found.contains("has channels of 4 users to access points of [21, 21, 21] elements"),
            "{found}"
        );
        let mut none = street.parameters().clone();
        none.pilots = None;
        assert!(said(&none.check().unwrap(), "street.npy").contains("[pilots]"));
    }
}
