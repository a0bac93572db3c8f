//! The result in numbers, as `--json` prints it; docs/scenario.md has the table for readers.
//!
//! Powers are linear, rates in bit/s/Hz. `gamma` is a signal-to-interference-and-noise ratio. Numbers
//! that mean nothing for a scheme are null.

use serde::Serialize;
use td_isac_algos::{CertifiedBeams, DesignError};

/// Version of this layout.
pub const SCHEMA_VERSION: u32 = 1;

/// The whole result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report<Row> {
    pub schema_version: u32,
    /// Name of the scenario.
    pub scenario: String,
    /// Null for channels without positions.
    pub sensing: Option<SensingReport>,
    pub uncertainty: UncertaintyReport,
    /// What has to be true of the world for the rates to be promises.
    pub assumptions: Vec<&'static str>,
    pub schemes: Vec<Row>,
}

/// What is said besides the rows of schemes.
#[derive(Debug)]
pub struct Page {
    /// Name of the scenario.
    pub scenario: String,
    /// The first line of the table.
    pub heading: String,
    pub threshold_m2: Option<f64>,
    pub sensing: Option<SensingReport>,
    pub uncertainty: UncertaintyReport,
    pub assumptions: Vec<&'static str>,
}

impl Page {
    /// The whole result.
    pub fn report<Row>(self, schemes: Vec<Row>) -> Report<Row> {
        Report {
            schema_version: SCHEMA_VERSION,
            scenario: self.scenario,
            sensing: self.sensing,
            uncertainty: self.uncertainty,
            assumptions: self.assumptions,
            schemes,
        }
    }
}

/// What sensing can reach.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SensingReport {
    /// C: the CRLB if all of the frame were spent on sensing.
    pub crlb_constant_m2: f64,
    /// The same with equal power in all directions.
    pub crlb_constant_isotropic_m2: f64,
    /// `1 − C/threshold`, the largest time allocation that meets the threshold; negative for none.
    pub eta_max: f64,
    /// Bound on the relative distance of C from its minimum.
    pub relative_gap: f64,
    /// What is expected over the prior that sensing was planned on; null for a plan that knows the scene. With a prior, C and C
    /// isotropic are means over it.
    pub prior: Option<PriorReport>,
}

/// `[sensing] prior` and what the plan expects of it, over fresh draws.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PriorReport {
    pub position_std_m: f64,
    /// Draws that the plan was made for, and mean of C over them.
    pub draws: usize,
    pub planned_crlb_constant_m2: f64,
    /// Fresh draws, and the C that 95 % of them keep.
    pub fresh_draws: usize,
    pub crlb_constant_q95_m2: f64,
    pub crlb_constant_isotropic_q95_m2: f64,
    /// Whether the prior alone keeps the threshold, so that sensing has no constraint to meet.
    pub keeps_threshold_unsensed: bool,
}

/// Which channel errors the rates are certified for (`[uncertainty]` of the scenario). Radii and semi-axes are
/// those at `η = 0`; at a time allocation η they are larger by `1/sqrt(1-η)`.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct UncertaintyReport {
    /// `ball`, `phase` or `ellipse`; `channels` for channels of a file, with errors relative to them.
    pub model: &'static str,
    /// κ, if the size is a multiple of standard deviations.
    pub scale: Option<f64>,
    /// Probability that each user's position is in its region, if that is how the size is given.
    pub confidence: Option<f64>,
    /// α_e; only of the paper's balls (`ball` with a scale), which are no sets of positions.
    pub error_scale_per_m: Option<f64>,
    /// `κ α_e sqrt(C)`, the radius of the paper's balls over the norm of the channel.
    pub relative_radius: Option<f64>,
    /// Radius of the ball of reflections at each access point, over the norm of the channel.
    pub scattering: f64,
    /// Semi-axes of the region of each user, the longest first, `[user][axis]`; equal for discs and balls.
    pub position_semi_axes_m: Option<Vec<Vec<f64>>>,
}

/// What a beamforming scheme reaches.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct SchemeReport {
    pub scheme: String,
    /// `ok`, or the name of the error that kept the scheme from a design.
    pub status: &'static str,
    /// The error in words.
    pub message: Option<String>,
    /// Share of the frame for communication.
    pub eta: Option<f64>,
    /// Sensing slots that this leaves, `(1-η) T/τ_s`.
    pub sensing_slots: Option<f64>,
    /// Certified worst case over users and channel errors, of the returned beamformers.
    pub gamma: Option<f64>,
    pub rate_bit_s_hz: Option<f64>,
    /// The most that the scheme's inequality can certify for any forms at the same time allocation.
    pub gamma_upper_bound: Option<f64>,
    pub rate_upper_bound_bit_s_hz: Option<f64>,
    /// What no beams exceed at the same time allocation, whatever can be certified of them.
    pub gamma_beam_upper_bound: Option<f64>,
    pub rate_beam_upper_bound_bit_s_hz: Option<f64>,
    /// No time allocation within the sensing threshold has a rate higher by more than this, if one was searched for.
    pub eta_global_gap_bit_s_hz: Option<f64>,
    /// Certified worst-case rate of each user.
    pub user_rates_bit_s_hz: Option<Vec<f64>>,
    /// The same beamformers without channel error.
    pub gamma_nominal: Option<f64>,
    /// Rate at the worst channel that an attack found, if one was asked for.
    pub rate_attacked_bit_s_hz: Option<f64>,
    pub certificate: Certificate,
    pub iterations: Option<usize>,
    /// Rates of the accepted time allocations, the first being the start.
    pub history: Vec<Iterate>,
    /// Why the iteration ended.
    pub termination: Option<&'static str>,
    /// Conic problems solved.
    pub sdp_solves: Option<usize>,
    pub seconds: f64,
}

impl SchemeReport {
    /// The row of a scheme that failed.
    pub fn failed(scheme: &str, error: &DesignError, seconds: f64) -> Self {
        Self {
            scheme: scheme.to_owned(),
            status: error.name(),
            message: Some(error.to_string()),
            seconds,
            ..Self::default()
        }
    }
}

/// The least power for given SINRs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeastPowerReport {
    pub scheme: &'static str,
    pub status: &'static str,
    pub eta: f64,
    /// What every user is to keep.
    pub sinr_db: f64,
    /// The least of `user_gamma`.
    pub gamma: f64,
    /// SINR of each user, proven for every channel error.
    pub user_gamma: Vec<f64>,
    /// Power of each access point.
    pub power_w: Vec<f64>,
    pub power_total_w: f64,
    /// No beams with less total power can be certified.
    pub power_lower_bound_w: f64,
    /// Least SINR of the same beamformers without channel error.
    pub gamma_nominal: f64,
    /// Least SINR at the worst channels that an attack found, if one was asked for.
    pub gamma_attacked: Option<f64>,
    pub certificate: Certificate,
    /// Conic problems solved.
    pub sdp_solves: usize,
    pub seconds: f64,
}

/// What proves the worst-case rate, recomputed from the beamformers and multipliers.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Certificate {
    /// Smallest over largest eigenvalue of the scaled matrix inequality, over users.
    pub min_lmi_eigenvalue_relative: Option<f64>,
    /// Largest noise that the inequality tolerates, over the noise there is.
    pub noise_margin: Option<f64>,
    /// Largest power used by an access point, over the power it has.
    pub max_power_ratio: Option<f64>,
    /// Largest ratio of second to first eigenvalue before beamformers were extracted.
    pub rank_one_ratio: Option<f64>,
}

impl Certificate {
    /// Of beams, extracted from forms with that ratio of eigenvalues.
    pub fn new(beams: &CertifiedBeams, rank_one_ratio: Option<f64>) -> Self {
        let certificate = beams.certificate.as_ref();
        Self {
            min_lmi_eigenvalue_relative: certificate.map(|c| c.min_lmi_eigenvalue_relative),
            noise_margin: certificate.map(|c| c.noise_margin),
            max_power_ratio: certificate.map(|c| c.max_power_ratio),
            rank_one_ratio,
        }
    }
}

/// One accepted time allocation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Iterate {
    pub eta: f64,
    pub rate_bit_s_hz: f64,
}
