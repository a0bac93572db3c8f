//! The least power for SINRs that are given.

use robust_sdp::{LeastPowerOptions, SdpSolver, least_power};

use crate::beams::Beams;
use crate::design::{CertifiedBeams, certify_reduced};
use crate::downlink::Downlink;
use crate::error::DesignError;

/// Beams of little power that guarantee given SINRs.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct LeastPowerDesign {
    /// Time allocation `η`.
    pub eta: f64,
    /// The beamformers, one number per antenna.
    pub beamformers: Beams,
    /// Power of each access point, W.
    pub power_w: Vec<f64>,
    /// All access points together need this at least: nothing with less power can be certified at the SINRs, whatever
    /// the beams. W.
    pub power_lower_bound_w: f64,
    /// SINR of each user, proven for every channel error of the set: at least what was asked for.
    pub user_gamma: Vec<f64>,
    /// What the beams guarantee to all users at once, by the evaluation that any beams get.
    pub certified: CertifiedBeams,
    /// Largest second-to-first eigenvalue ratio before extraction.
    pub rank_one_ratio: f64,
    /// Conic programs solved.
    pub conic_solves: usize,
}

impl LeastPowerDesign {
    /// Power of all access points together, W.
    pub fn total_power_w(&self) -> f64 {
        self.power_w.iter().sum()
    }
}

/// Beams of the least total power at which `gamma[user]` is certified for every channel error at a time allocation, each access point
/// within its power unless the options say otherwise.
///
/// ```
/// use std::sync::Arc;
/// use td_isac_algos::robust_sdp::{HermitianIpm, LeastPowerOptions};
/// use td_isac_algos::{Downlink, design_least_power, uncertainty::ExactChannels};
/// # use td_isac_algos::nf_channel::C64;
///
/// // One access point of two antennas, channels of 1e-6: 20 dB over a noise of 1e-13 W takes 100 · 1e-13/2e-12 = 5 W.
/// let channels = [vec![vec![C64::new(1e-6, 0.0), C64::new(0.0, 1e-6)]]];
/// let downlink = Downlink::new(&channels, &[10.0], &[1e-13], Arc::new(ExactChannels))?;
/// let (solver, options) = (HermitianIpm::default(), LeastPowerOptions::default());
/// let found = design_least_power(&downlink, 0.5, &[100.0], &solver, &options, &mut || false)?;
/// assert!((found.total_power_w() / 5.0 - 1.0).abs() < 1e-6);
/// # Ok::<(), td_isac_algos::DesignError>(())
/// ```
///
/// # Errors
/// A time allocation outside (0, 1); [`robust_sdp::least_power`]'s, where a target is a user, a group an access point and a ratio an SINR.
pub fn design_least_power(
    downlink: &Downlink,
    eta: f64,
    gamma: &[f64],
    solver: &dyn SdpSolver,
    options: &LeastPowerOptions,
    interrupted: &mut dyn FnMut() -> bool,
) -> Result<LeastPowerDesign, DesignError> {
    let problem = downlink.problem_at(eta)?;
    let found = least_power(&problem, gamma, solver, options, interrupted)?;
    let beams = downlink.reduced_beams(found.vectors)?;
    let certified = certify_reduced(downlink, eta, &beams, solver)?;
    let beamformers = beams.lift();
    Ok(LeastPowerDesign {
        eta,
        power_w: (0..downlink.access_points())
            .map(|m| beamformers.power_w(m))
            .collect(),
        beamformers,
        power_lower_bound_w: found.power.lower(),
        user_gamma: found.proofs.iter().map(|proof| proof.ratio()).collect(),
        rank_one_ratio: found.eigenvalue_ratio,
        conic_solves: found.solves + certified.user_gamma.len(),
        certified,
    })
}
