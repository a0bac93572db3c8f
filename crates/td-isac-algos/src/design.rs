//! The result of a design and its certificate.

use faer::Mat;
use nf_channel::C64;
use robust_sdp::{
    AttackOptions, Certificate, SdpSolver, WorstCaseClaim, attack, certify, nominal_ratios,
    worst_case_ratios,
};

use crate::beams::{Beams, ReducedBeams};
use crate::downlink::{Downlink, rate_bit_s_hz};
use crate::error::DesignError;

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Termination {
    /// The strategy expects nothing better, or a step gained less than the tolerance.
    Converged,
    /// A step would have lowered the rate and was rejected.
    Safeguarded,
    /// The limit of iterations was met.
    IterationLimit,
    /// The time allocation was given.
    Fixed,
    /// The scheme asked for the largest time allocation that the threshold permits.
    AtLimit,
    /// No time allocation tried allows a positive rate.
    NoPositiveRate,
    /// The observer cancelled.
    Cancelled,
}

impl Termination {
    /// A word for reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::Safeguarded => "safeguarded",
            Self::IterationLimit => "iteration-limit",
            Self::Fixed => "fixed",
            Self::AtLimit => "at-limit",
            Self::NoPositiveRate => "no-positive-rate",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What beams guarantee, proven.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CertifiedBeams {
    /// Worst-case SINR over all users and errors; zero when none can be certified.
    pub gamma: f64,
    /// Worst-case SINR of each user.
    pub user_gamma: Vec<f64>,
    /// SINR of the worst user without channel error.
    pub gamma_nominal: f64,
    /// S-procedure multipliers of each user at [`gamma`](Self::gamma), in watts.
    pub multipliers: Vec<Vec<f64>>,
    /// The recheck of `gamma` by the matrix inequality; `None` when `gamma` is zero.
    pub certificate: Option<Certificate>,
}

/// The largest SINR that can be certified for given beams at a time allocation.
///
/// The beams may come from anywhere and point anywhere: nothing is projected.
///
/// # Errors
/// Beams for other users or antennas than the downlink's, or a failure to solve. Beams that guarantee
/// nothing are an answer (zero).
pub fn certify_beams(
    downlink: &Downlink,
    eta: f64,
    beams: &Beams,
    solver: &dyn SdpSolver,
) -> Result<CertifiedBeams, DesignError> {
    certify_reduced(downlink, eta, &downlink.reduce(beams)?, solver)
}

/// [`certify_beams`] for beams that have been reduced already.
pub(crate) fn certify_reduced(
    downlink: &Downlink,
    eta: f64,
    beams: &ReducedBeams,
    solver: &dyn SdpSolver,
) -> Result<CertifiedBeams, DesignError> {
    let problem = downlink.problem_for(beams.forms(), eta)?;
    let beams = beams.columns();
    let worst = worst_case_ratios(&problem, beams, solver)?;
    let nominal = nominal_ratios(&problem, beams)?;
    let least = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::INFINITY, f64::min);
    let gamma = least(&mut worst.iter().map(|w| w.ratio()));
    let mut multipliers = Vec::with_capacity(worst.len());
    for user in &worst {
        // Multipliers are stated for `W_k/γ`: those that prove a user's own ratio prove the
        // common, lower one after rescaling by the quotient.
        let rescale = if gamma > 0.0 {
            user.ratio() / gamma
        } else {
            1.0
        };
        multipliers.push(user.multipliers().iter().map(|m| m * rescale).collect());
    }
    let certificate = if gamma > 0.0 {
        Some(certify(&problem, beams, &multipliers, gamma)?)
    } else {
        None
    };
    Ok(CertifiedBeams {
        gamma,
        user_gamma: worst.iter().map(|w| w.ratio()).collect(),
        gamma_nominal: least(&mut nominal.into_iter()),
        multipliers,
        certificate,
    })
}

/// A channel error that does harm to one user.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AttackedChannel {
    /// SINR of the user at the error.
    pub gamma: f64,
    /// The error of the user's channel, one number per antenna, stacked over access points.
    pub error: Vec<C64>,
}

/// The most harmful channel error that a search finds for each user of given beams at a time
/// allocation: an upper bound of what they guarantee, never a proof. See [`robust_sdp::attack`].
///
/// `certified`, the result of [`certify_beams`], helps the search to a start.
///
/// # Errors
/// Wrong shapes, or eigenvalues that could not be computed.
pub fn attack_beams(
    downlink: &Downlink,
    eta: f64,
    beams: &Beams,
    certified: &CertifiedBeams,
    options: &AttackOptions,
) -> Result<Vec<AttackedChannel>, DesignError> {
    attack_reduced(downlink, eta, &downlink.reduce(beams)?, certified, options)
}

/// [`attack_beams`] for beams that have been reduced already.
pub(crate) fn attack_reduced(
    downlink: &Downlink,
    eta: f64,
    beams: &ReducedBeams,
    certified: &CertifiedBeams,
    options: &AttackOptions,
) -> Result<Vec<AttackedChannel>, DesignError> {
    let problem = downlink.problem_for(beams.forms(), eta)?;
    // Each user's multipliers at its own ratio again.
    let claims: Vec<WorstCaseClaim> = certified
        .user_gamma
        .iter()
        .zip(&certified.multipliers)
        .map(|(&ratio, multipliers)| {
            let rescale = if certified.gamma > 0.0 {
                certified.gamma / ratio
            } else {
                1.0
            };
            WorstCaseClaim {
                ratio,
                multipliers: multipliers.iter().map(|m| m * rescale).collect(),
            }
        })
        .collect();
    let attacks = attack(&problem, beams.columns(), &claims, options)?;
    Ok(attacks
        .into_iter()
        .map(|found| {
            let error = Mat::from_fn(found.error.len(), 1, |i, _| found.error[i]);
            let error = beams.forms().span().lift(error.as_ref());
            AttackedChannel {
                gamma: found.ratio,
                error: error.col_as_slice(0).to_vec(),
            }
        })
        .collect())
}

/// A finished design.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Design {
    /// The scheme's name.
    pub scheme: String,
    /// Time allocation `η`.
    pub eta: f64,
    /// The beamformers, one number per antenna.
    pub beamformers: Beams,
    /// What they guarantee.
    pub certified: CertifiedBeams,
    /// SINR of the worst user under the most harmful channel error that an attack found, if one was
    /// asked for: the true worst case lies between the certified SINR and this.
    pub gamma_attacked: Option<f64>,
    /// Bound of the scheme's relaxation at the same `η`, if it has one: the most that its matrix inequality can certify for any forms.
    pub gamma_upper_bound: Option<f64>,
    /// What no beams of any scheme exceed at the same `η`, whatever can be certified of them: what one user could have alone, or, where
    /// [`Study::beam_bound`](crate::Study::beam_bound) asks for it, close to the best that beams can do.
    pub gamma_beam_upper_bound: f64,
    /// No time allocation within the sensing threshold has a rate higher than this one's by more, if error sets grow with the time
    /// allocation: `R(η) ≤ b log2(1 + γ_up(a))` between samples `a ≤ η ≤ b`, `γ_up` the upper bound there. Small only where a strategy has
    /// made it so ([`Exhaustive`](crate::allocation::Exhaustive)); `None` without a choice of time allocations, or if the scheme has no bound.
    pub eta_global_gap_bit_s_hz: Option<f64>,
    /// Largest second-to-first eigenvalue ratio before extraction, if anything was extracted.
    pub rank_one_ratio: Option<f64>,
    /// `(η, relaxation rate)` of the accepted iterates, entry 0 the start; empty when `η` was
    /// given or chosen without iterating.
    pub history: Vec<(f64, f64)>,
    /// Why the run ended.
    pub termination: Termination,
    /// Time allocations at which the scheme could not be solved: the search went on without them, so a better one
    /// may lie there.
    pub unsolved: Vec<f64>,
    /// Conic programs solved.
    pub conic_solves: usize,
}

impl Design {
    /// Certified worst-case rate, bit/s/Hz.
    pub fn rate_bit_s_hz(&self) -> f64 {
        rate_bit_s_hz(self.eta, self.certified.gamma)
    }

    /// Rate under attack, bit/s/Hz, if an attack was asked for.
    pub fn rate_attacked_bit_s_hz(&self) -> Option<f64> {
        self.gamma_attacked
            .map(|gamma| rate_bit_s_hz(self.eta, gamma))
    }

    /// Rate at the relaxation's bound, bit/s/Hz.
    pub fn rate_upper_bound_bit_s_hz(&self) -> Option<f64> {
        self.gamma_upper_bound
            .map(|gamma| rate_bit_s_hz(self.eta, gamma))
    }

    /// Rate that no beams exceed at the same `η`, bit/s/Hz.
    pub fn rate_beam_upper_bound_bit_s_hz(&self) -> f64 {
        rate_bit_s_hz(self.eta, self.gamma_beam_upper_bound)
    }

    /// Accepted steps.
    pub fn iterations(&self) -> usize {
        self.history.len().saturating_sub(1)
    }
}
