//! What one task gave.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// With a result.
    Ok,
    /// The threshold is below what all of the frame could reach: data, not an error.
    ThresholdUnreachable,
    /// The users' positions cannot be identified: data too.
    NotIdentifiable,
    /// A solver failed or met its limit.
    SolverFailed,
}

/// One line of results: the task, how it ended, and the numbers. `null` where there is no number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Names the task: no two tasks have the same.
    pub id: String,
    /// Name of the scenario.
    pub scenario: String,
    /// The keys that were varied.
    pub set: BTreeMap<String, serde_json::Value>,
    /// Seed of the Rayleigh reflectivities; `null` for those of the scenario file.
    pub seed: Option<u64>,
    /// Name of the scheme.
    pub scheme: String,
    /// Name of the strategy, `fixed` for a given time allocation.
    pub time_allocation: String,
    /// Where the time allocation started, or the one given.
    pub eta_start: f64,
    /// How it ended.
    pub status: Status,
    /// What a failure said.
    pub message: Option<String>,
    /// `C`: the CRLB is `C/(1-η)`.
    pub crlb_constant_m2: Option<f64>,
    /// `C` of isotropic signals.
    pub crlb_constant_isotropic_m2: Option<f64>,
    /// Certified optimality gap of `C`.
    pub sensing_relative_gap: Option<f64>,
    /// `η̄` (17), negative when the threshold is unreachable.
    pub eta_max: Option<f64>,
    /// Time allocation.
    pub eta: Option<f64>,
    /// Time allocation without the threshold, before (18).
    pub eta_unconstrained: Option<f64>,
    /// Certified worst-case SINR.
    pub gamma: Option<f64>,
    /// Certified worst-case rate.
    pub rate_bit_s_hz: Option<f64>,
    /// The relaxation's bound at the same time allocation.
    pub rate_upper_bound_bit_s_hz: Option<f64>,
    /// SINR of the same beams without channel error.
    pub gamma_nominal: Option<f64>,
    /// Rate at the worst position in the region that the set was made for, by an attack; not in records of
    /// the paper's balls, which are made for no region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_at_worst_position_bit_s_hz: Option<f64>,
    /// Certificate: smallest over largest eigenvalue of the scaled matrix inequality.
    pub min_lmi_eigenvalue_relative: Option<f64>,
    /// Certificate: largest noise that the inequality admits, over the actual noise.
    pub noise_margin: Option<f64>,
    /// Certificate: largest used power over its limit.
    pub max_power_ratio: Option<f64>,
    /// Second over first eigenvalue before extraction.
    pub rank_one_ratio: Option<f64>,
    /// Accepted iterates `[η, rate]` before (18), the start first.
    pub history: Vec<[f64; 2]>,
    /// Why the iteration ended.
    pub termination: Option<String>,
    /// Conic programs solved for this point, shared ones included.
    pub conic_solves: Option<usize>,
}
