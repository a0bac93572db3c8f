//! Baselines in closed form, each evaluated by its certified worst case.
//!
//! Their directions do not depend on the time allocation; only what can be certified for them
//! does. All beams of a scheme share one factor, which fills the budget of the busiest access
//! point. Cost of a solve: one small program per user for the certificate.

use faer::{Mat, c64};

use super::mrt::maximum_ratio_directions;
use super::whitened::Whitened;
use super::{BeamformingScheme, Relaxed, SchemeContext};
use crate::downlink::Downlink;
use crate::error::DesignError;

/// Equal-power MRT: `w_{k,m} = sqrt(P_m/K) ĥ_{k,m} / ‖ĥ_{k,m}‖`, nothing optimised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EqualPowerMrt;

/// Zero-forcing, `W = Ĥ (Ĥ^H Ĥ)^{-1}` with channels whitened by `sqrt(P_m)/σ_k`: no user
/// interferes with another if the channels are what they are believed to be, and all have the
/// same SINR. Directions in which the channels depend on each other are left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ZeroForcing;

/// Regularised zero-forcing, `W = Ĥ (Ĥ^H Ĥ + ρ I)^{-1}` with whitened channels and `ρ = K/M`,
/// the noise of all users over the power of all access points: between MRT (weak channels) and
/// zero-forcing (strong ones).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RegularisedZeroForcing;

impl BeamformingScheme for EqualPowerMrt {
    fn name(&self) -> &str {
        "mrt-equal"
    }

    fn solve(
        &self,
        downlink: &Downlink,
        eta: f64,
        context: &mut SchemeContext<'_>,
    ) -> Result<Relaxed, DesignError> {
        let problem = downlink.without_errors();
        let mut amplitude = vec![0.0; problem.dimension()];
        for (range, power_w) in problem.group_ranges().into_iter().zip(&problem.budgets) {
            amplitude[range].fill((power_w / downlink.users() as f64).sqrt());
        }
        let beams = maximum_ratio_directions(problem)
            .iter()
            .map(|directions| {
                Mat::from_fn(directions.nrows(), 1, |i, _| {
                    let sum: c64 = (0..directions.ncols()).map(|m| directions[(i, m)]).sum();
                    sum * amplitude[i]
                })
            })
            .collect();
        Relaxed::of_beams(downlink, eta, downlink.reduced_beams(beams)?, context)
    }
}

impl BeamformingScheme for ZeroForcing {
    fn name(&self) -> &str {
        "zf"
    }

    fn solve(
        &self,
        downlink: &Downlink,
        eta: f64,
        context: &mut SchemeContext<'_>,
    ) -> Result<Relaxed, DesignError> {
        let whitened = Whitened::new(downlink.without_errors(), "zf")?;
        let beams = whitened.beams(&whitened.fill(whitened.zero_forcing()));
        Relaxed::of_beams(downlink, eta, downlink.reduced_beams(beams)?, context)
    }
}

impl BeamformingScheme for RegularisedZeroForcing {
    fn name(&self) -> &str {
        "rzf"
    }

    fn solve(
        &self,
        downlink: &Downlink,
        eta: f64,
        context: &mut SchemeContext<'_>,
    ) -> Result<Relaxed, DesignError> {
        let whitened = Whitened::new(downlink.without_errors(), "rzf")?;
        let rho = downlink.users() as f64 / downlink.access_points() as f64;
        let regularised = whitened.filtered(|s| s / (s * s + rho));
        let beams = whitened.beams(&whitened.fill(regularised));
        Relaxed::of_beams(downlink, eta, downlink.reduced_beams(beams)?, context)
    }
}
