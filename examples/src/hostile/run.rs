//! One case from scenario to verdict.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use faer::c64;
use nf_channel::ChannelError;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use robust_sdp::AttackOptions;
use td_isac_algos::scenario::CheckedScenario;
use td_isac_algos::uncertainty::BallUncertainty;
use td_isac_algos::{
    Design, DesignError, Downlink, Schemes, Sensing, Strategies, Study, Termination,
};

use super::beam_check::{RAISED, User};
use super::scene::{AnyCase, Case, ErrorScale, TimeChoice};
use super::sensing_check;
use super::verdict::{Ending, Findings, SHARP, Stop, Verdict};

/// The optimality gap that the library certifies at worst.
const ACCEPTED_GAP: f64 = 1e-6;

impl AnyCase {
    /// Designs the case and rechecks the answer. A panic is caught and reported as a violation.
    pub fn run(&self) -> Verdict {
        let run = || match self {
            Self::TwoD(case) => case.run(),
            Self::ThreeD(case) => case.run(),
        };
        catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|cause| {
            let words = cause
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| cause.downcast_ref::<&str>().map(|s| (*s).to_owned()));
            Verdict {
                ending: Ending::Panicked,
                message: words.clone(),
                violations: vec![format!("panic: {}", words.unwrap_or_default())],
                findings: Findings::default(),
            }
        })
    }
}

impl<const D: usize> Case<D> {
    /// Designs the case and rechecks the answer.
    pub fn run(&self) -> Verdict {
        let mut check = Check {
            case: self,
            violations: Vec::new(),
            findings: Findings::default(),
        };
        let (ending, message) = match check.design() {
            Ok(ending) => (ending, None),
            Err(stop) => {
                let (ending, message) = stop.describe();
                check.require(!message.contains("NaN") && !message.is_empty(), || {
                    format!("an error with a NaN or without words: {message}")
                });
                (ending, Some(message))
            }
        };
        Verdict {
            ending,
            message,
            violations: check.violations,
            findings: check.findings,
        }
    }
}

struct Check<'a, const D: usize> {
    case: &'a Case<D>,
    violations: Vec<String>,
    findings: Findings,
}

impl<const D: usize> Check<'_, D> {
    fn require(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.violations.push(otherwise());
        }
    }

    fn design(&mut self) -> Result<Ending, Stop> {
        let checked = self.case.scenario.check().map_err(Stop::Scenario)?;
        let sensing = Sensing::design(&checked, None).map_err(Stop::Sensing)?;
        self.sensing(&checked, &sensing);
        let downlink = self.downlink(&checked, &sensing).map_err(Stop::Design)?;
        let (schemes, strategies) = (Schemes::default(), Strategies::default());
        let scheme = schemes.get(self.case.scheme).map_err(Stop::Design)?;
        let study = Study::new(&downlink)
            .scheme(scheme)
            .attack(AttackOptions::default());
        let (design, eta_max) = match self.case.time {
            TimeChoice::Fixed(eta) => (study.eta(eta).run(), None),
            TimeChoice::Strategy(name) => {
                let eta_max = sensing.eta_max().map_err(Stop::Threshold)?;
                let strategy = strategies.get(name).map_err(Stop::Design)?;
                let design = study.eta_max(eta_max).allocation(strategy).run();
                (design, Some(eta_max))
            }
        };
        let design = design.map_err(Stop::Design)?;
        self.numbers(&design, eta_max);
        self.guarantee(&checked, &sensing, &design);
        Ok(if design.certified.gamma > 0.0 {
            Ending::Certified
        } else {
            Ending::Nothing
        })
    }

    fn downlink(
        &self,
        checked: &CheckedScenario<D>,
        sensing: &Sensing<D>,
    ) -> Result<Downlink, DesignError> {
        let ErrorScale::Relative(_) = self.case.error_scale else {
            return checked.robust_downlink(sensing);
        };
        let channels: Vec<Vec<Vec<c64>>> = (checked.channels().iter())
            .map(|user| user.iter().map(|h| h.values.clone()).collect())
            .collect();
        checked.downlink_under(Arc::new(BallUncertainty::new(
            self.error_scale_per_m(checked, sensing),
            sensing.crlb_constant_m2,
            &channels,
        )?))
    }

    /// `α_e` of the case.
    fn error_scale_per_m(&self, checked: &CheckedScenario<D>, sensing: &Sensing<D>) -> f64 {
        match self.case.error_scale {
            ErrorScale::AsGiven => checked.error_scale_per_m(),
            // α_e sqrt(C/(1-η)) = r at η = 1/2.
            ErrorScale::Relative(r) => r / (2.0 * sensing.crlb_constant_m2).sqrt(),
        }
    }

    /// The sensing covariance: power, bound and optimality.
    fn sensing(&mut self, checked: &CheckedScenario<D>, sensing: &Sensing<D>) {
        let (c, isotropic) = (sensing.crlb_constant_m2, sensing.crlb_constant_isotropic_m2);
        let gap = sensing.covariance.relative_gap;
        self.require(c > 0.0 && c.is_finite(), || format!("C = {c}"));
        self.require(c <= isotropic * (1.0 + 1e-6), || {
            format!("C = {c:e} above the isotropic {isotropic:e}")
        });
        self.require(gap.abs() <= 1e-6, || format!("claimed gap {gap:e}"));
        let factors = sensing.covariance.factors.iter();
        for (covariance, power_w) in factors.zip(checked.sensing_power_w()) {
            let spent = covariance.power_w() / power_w;
            self.require(spent <= 1.0 + 1e-9, || format!("sensing power {spent}"));
        }
        let parameters = checked.sensing_parameters();
        let Some(found) = sensing_check::recheck(&parameters, &sensing.covariance.factors) else {
            self.violations
                .push("the bound could not be recomputed".to_owned());
            return;
        };
        let claimed = sensing.covariance.bound.trace_normalised();
        let error = (claimed / found.trace - 1.0).abs();
        self.require(error <= found.rounding, || {
            format!(
                "bound {claimed:e}, recomputed {:e} (rounding {:e})",
                found.trace, found.rounding
            )
        });
        // The gap is made of two inverses of the information, each in two terms.
        let limit = ACCEPTED_GAP + 4.0 * found.rounding;
        self.require(found.relative_gap <= limit, || {
            format!(
                "claimed gap {gap:e}, recomputed {:e} (limit {limit:e})",
                found.relative_gap
            )
        });
        self.findings.sensing_checks += 1;
        self.findings.bound_error_in_limits =
            (self.findings.bound_error_in_limits).max(error / found.rounding);
        if found.rounding < SHARP {
            self.findings.sharp_bounds += 1;
            self.findings.bound_error = self.findings.bound_error.max(error);
            self.findings.gap = self.findings.gap.max(found.relative_gap);
        }
    }

    /// Every number of a design is one, and they are in order.
    fn numbers(&mut self, design: &Design, eta_max: Option<f64>) {
        let certified = &design.certified;
        let gamma = certified.gamma;
        let mut all = vec![
            design.eta,
            gamma,
            certified.gamma_nominal,
            design.gamma_attacked.unwrap_or(f64::NAN),
            design.rate_bit_s_hz(),
        ];
        all.extend(&certified.user_gamma);
        all.extend(certified.multipliers.iter().flatten());
        all.extend(design.gamma_upper_bound);
        all.extend(design.rank_one_ratio);
        all.extend(design.history.iter().flat_map(|&(a, b)| [a, b]));
        for user in 0..design.beamformers.users() {
            all.extend((design.beamformers.stacked(user).iter()).flat_map(|v| [v.re, v.im]));
        }
        self.require(all.iter().all(|x| x.is_finite()), || {
            format!("a number that is none: {design:?}")
        });
        self.require(gamma >= 0.0, || format!("certified SINR {gamma}"));
        let nominal = certified.gamma_nominal;
        let attacked = design.gamma_attacked.unwrap_or(nominal);
        self.require(
            gamma <= attacked * (1.0 + 1e-9) && attacked <= nominal * (1.0 + 1e-9),
            || format!("certified {gamma:e}, attacked {attacked:e}, nominal {nominal:e}"),
        );
        if let Some(upper) = design.gamma_upper_bound {
            self.require(gamma <= upper * (1.0 + 1e-6), || {
                format!("certified {gamma:e} above the bound {upper:e}")
            });
        }
        self.require(design.eta > 0.0 && design.eta < 1.0, || {
            format!("η = {}", design.eta)
        });
        if let Some(limit) = eta_max {
            self.require(design.eta <= limit, || {
                format!("η = {} above its limit {limit}", design.eta)
            });
        }
        let rising = design.history.windows(2).all(|w| w[1].1 > w[0].1);
        self.require(rising, || format!("history {:?}", design.history));
        self.require(design.termination != Termination::IterationLimit, || {
            format!("iteration limit, history {:?}", design.history)
        });
    }

    /// The guarantee of the beams, in antenna coordinates.
    fn guarantee(&mut self, checked: &CheckedScenario<D>, sensing: &Sensing<D>, design: &Design) {
        for (access_point, power_w) in checked.communication_power_w().into_iter().enumerate() {
            let spent = design.beamformers.power_w(access_point);
            self.require(spent <= power_w * (1.0 + 1e-9), || {
                format!("power {spent} of {power_w}")
            });
        }
        // What is promised for exact channels is no guarantee.
        let exact = self.case.scheme == "perfect";
        if exact || design.certified.gamma <= 0.0 {
            return;
        }
        if self.case.scenario.uncertainty.is_the_papers() {
            self.balls(checked, sensing, design);
        } else {
            self.positions(checked, sensing, design);
        }
        self.findings.beam_checks += 1;
    }

    /// The paper's balls: inequality and attack.
    fn balls(&mut self, checked: &CheckedScenario<D>, sensing: &Sensing<D>, design: &Design) {
        let scale = self.error_scale_per_m(checked, sensing)
            * match self.case.scenario.uncertainty.size {
                td_isac_algos::scenario::ErrorSize::Scale(scale) => scale,
                td_isac_algos::scenario::ErrorSize::Confidence(_) => 1.0,
            };
        let relative = scale * (sensing.crlb_constant_m2 / (1.0 - design.eta)).sqrt();
        let mut rng = ChaCha8Rng::seed_from_u64(self.case.number);
        let power_w = checked.communication_power_w();
        for index in 0..checked.channels().len() {
            let channel: Vec<Vec<c64>> = (checked.channels()[index].iter())
                .map(|h| h.values.clone())
                .collect();
            let length = |h: &Vec<c64>| h.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt();
            let user = User {
                radii: channel.iter().map(|h| relative * length(h)).collect(),
                channel: &channel,
                beams: design.beamformers.columns(),
                index,
                noise_w: checked.parameters().communication_noise_w.of(index),
            };
            let gamma = design.certified.gamma;
            let multipliers = &design.certified.multipliers[index];
            self.inequality(&user, gamma, multipliers, &power_w);
            self.attack(&user, &mut rng, design.certified.user_gamma[index]);
        }
    }

    fn inequality(&mut self, user: &User<'_>, gamma: f64, multipliers: &[f64], power_w: &[f64]) {
        let (Some((margin, rounding)), Some(eigenvalue)) = (
            user.noise_margin(gamma, multipliers),
            user.dense_eigenvalue(gamma, multipliers, power_w),
        ) else {
            self.violations
                .push("the recheck has no numbers".to_owned());
            return;
        };
        self.require(margin >= 1.0 - RAISED - rounding, || {
            format!(
                "user {}: recomputed noise margin {margin} (rounding {rounding:e})",
                user.index
            )
        });
        self.require(eigenvalue >= -1e-9, || {
            format!("user {}: dense eigenvalue {eigenvalue:e}", user.index)
        });
        self.findings.least_margin = self.findings.least_margin.min(margin - 1.0);
        self.findings.negative_eigenvalue = self.findings.negative_eigenvalue.min(eigenvalue);
    }

    fn attack(&mut self, user: &User<'_>, rng: &mut ChaCha8Rng, promised: f64) {
        let zero: Vec<c64> = user.channel.iter().flatten().map(|_| c64::ZERO).collect();
        let mut least = user.attacked(zero, 60);
        for _ in 0..4 {
            let start = (user.channel.iter().zip(&user.radii))
                .flat_map(|(part, radius)| {
                    let mut normal = || (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
                    let v: Vec<c64> = part.iter().map(|_| c64::new(normal(), normal())).collect();
                    let length = v.iter().map(|x| x.norm_sqr()).sum::<f64>().sqrt();
                    let factor = if length > 0.0 { radius / length } else { 0.0 };
                    v.into_iter().map(move |x| x * factor)
                })
                .collect();
            least = least.min(user.attacked(start, 60));
        }
        self.findings.attacks += 5;
        self.require(least >= promised * (1.0 - 1e-9), || {
            format!(
                "user {}: promised {promised:e}, attacked {least:e}",
                user.index
            )
        });
    }

    /// Position errors: exact channels of positions in the region.
    fn positions(&mut self, checked: &CheckedScenario<D>, sensing: &Sensing<D>, design: &Design) {
        let Ok(regions) = checked.position_regions(sensing) else {
            self.violations.push("no regions".to_owned());
            return;
        };
        let parameters = checked.parameters();
        let mut rng = ChaCha8Rng::seed_from_u64(self.case.number);
        for (index, region) in regions.iter().enumerate() {
            let axes = region.at(design.eta).semi_axes_m();
            for sample in 0..60 {
                let y: [f64; D] = std::array::from_fn(|_| rng.random::<f64>() * 2.0 - 1.0);
                let length = y.iter().map(|x| x * x).sum::<f64>().sqrt().max(1e-12);
                let size = if sample % 3 == 0 { rng.random() } else { 1.0 };
                let position_m: [f64; D] = std::array::from_fn(|i| {
                    let moved: f64 = (0..D).map(|j| axes[j][i] * y[j] * size / length).sum();
                    parameters.users_m[index][i] + moved
                });
                let channel: Result<Vec<Vec<c64>>, ChannelError> = (checked.access_points().iter())
                    .map(|array| {
                        let h = array.channel(
                            checked.carrier(),
                            parameters.path_gain,
                            parameters.amplitude_profile,
                            &position_m,
                        )?;
                        Ok(h.values)
                    })
                    .collect();
                let Ok(channel) = channel else {
                    self.violations
                        .push("a guarantee for positions on an array".to_owned());
                    return;
                };
                let user = User {
                    radii: vec![0.0; channel.len()],
                    channel: &channel,
                    beams: design.beamformers.columns(),
                    index,
                    noise_w: parameters.communication_noise_w.of(index),
                };
                let zero: Vec<c64> = channel.iter().flatten().map(|_| c64::ZERO).collect();
                let (found, promised) = (user.sinr(&zero), design.certified.user_gamma[index]);
                self.findings.attacks += 1;
                self.require(found >= promised * (1.0 - 1e-9), || {
                    format!("user {index}: promised {promised:e}, at {position_m:?} {found:e}")
                });
            }
        }
    }
}
