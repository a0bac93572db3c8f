//! How many slots to sense for, before anything has been heard.
//!
//! The set (4) has the same relative radius `ε = α_e sqrt(C/(1-η))` for all channels, so at the planned
//! positions a scheme's SINR is a function of ε alone: tabulated once, it gives the best time allocation
//! for every `C` (every draw of the reflectivities) without solving anything again.

use std::error::Error;

use rayon::prelude::*;
use td_isac_algos::scenario::CheckedScenario;
use td_isac_algos::scheme::{BeamformingScheme, TimeAllocationWish};
use td_isac_algos::{Study, rate_bit_s_hz};

/// Relative radii of the table: from errors that no scheme notices to the size of the channels.
const SMALLEST_RADIUS: f64 = 1e-5;
const RATIO: f64 = 1.5;
const POINTS: usize = 29;

/// A time allocation at which the table is made: only the radius matters.
const TABLE_ETA: f64 = 0.5;

/// When a scheme senses and how long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// Sensing slots, τ.
    pub slots: usize,
    /// Time allocation, η = 1 - τ τ_s/T.
    pub eta: f64,
}

/// A scheme's SINR at the planned positions by relative radius; `None` for a scheme that always senses as
/// little as the threshold allows.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile(Option<Vec<f64>>);

impl Profile {
    /// Solves the scheme's problem for every radius.
    pub fn new<const D: usize>(
        scenario: &CheckedScenario<D>,
        scheme: &dyn BeamformingScheme,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        if scheme.time_allocation() == TimeAllocationWish::Limit {
            return Ok(Self(None));
        }
        let gammas = (0..POINTS)
            .into_par_iter()
            .map(|i| {
                let position_error_m = radius(i) / scenario.error_scale_per_m();
                let downlink = scenario.downlink(position_error_m.powi(2) * (1.0 - TABLE_ETA))?;
                let study = Study::new(&downlink).scheme(scheme).eta(TABLE_ETA);
                Ok(study.run()?.certified.gamma)
            })
            .collect::<Result<_, Box<dyn Error + Send + Sync>>>()?;
        Ok(Self(Some(gammas)))
    }

    /// The whole number of slots, at least `min_slots`, that keeps the threshold and promises the most.
    /// `None` when the threshold cannot be kept.
    pub fn plan<const D: usize>(
        &self,
        scenario: &CheckedScenario<D>,
        crlb_constant_m2: f64,
        min_slots: usize,
    ) -> Option<Plan> {
        let total = scenario.frame().sensing_slots(0.0);
        let threshold_m2 = scenario.parameters().crlb_threshold_m2;
        let mut best: Option<(f64, Plan)> = None;
        for slots in min_slots.max(1)..total.ceil() as usize {
            let eta = 1.0 - slots as f64 / total;
            let crlb_m2 = crlb_constant_m2 / (1.0 - eta);
            if crlb_m2 > threshold_m2 {
                continue;
            }
            let rate = match &self.0 {
                None => eta,
                Some(gammas) => {
                    let radius = scenario.error_scale_per_m() * crlb_m2.sqrt();
                    rate_bit_s_hz(eta, interpolated(gammas, radius))
                }
            };
            if best.is_none_or(|(most, _)| rate > most) {
                best = Some((rate, Plan { slots, eta }));
            }
        }
        best.map(|(_, plan)| plan)
    }
}

fn radius(index: usize) -> f64 {
    SMALLEST_RADIUS * RATIO.powi(index as i32)
}

/// `ln(1+γ)` is interpolated linearly in `ln ε`.
fn interpolated(gammas: &[f64], at: f64) -> f64 {
    let place = (at / SMALLEST_RADIUS).ln() / RATIO.ln();
    let place = place.clamp(0.0, (gammas.len() - 1) as f64);
    let below = (place as usize).min(gammas.len() - 2);
    let part = place - below as f64;
    let log = (1.0 - part) * gammas[below].ln_1p() + part * gammas[below + 1].ln_1p();
    log.exp_m1()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolation_meets_the_table() {
        let gammas = [100.0, 10.0, 0.0];
        for (i, gamma) in gammas.iter().enumerate() {
            assert!((interpolated(&gammas, radius(i)) - gamma).abs() < 1e-9);
        }
        assert!((interpolated(&gammas, 1e-9) - 100.0).abs() < 1e-9);
        assert!(interpolated(&gammas, 1.0).abs() < 1e-9);
        let between = interpolated(&gammas, radius(0) * RATIO.sqrt());
        assert!(((1.0 + between) - (101.0f64 * 11.0).sqrt()).abs() < 1e-9);
    }
}
