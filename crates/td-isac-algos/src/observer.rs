//! Progress reports and cancellation.

/// What the driver reports after each beamforming problem.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Progress {
    /// Number of the evaluation, 0 for the start.
    pub evaluation: usize,
    /// Time allocation `η` it was made at.
    pub eta: f64,
    /// Relaxation SINR `γ`.
    pub gamma: f64,
    /// Relaxation rate `η log2(1 + γ)`.
    pub rate_bit_s_hz: f64,
    /// Whether the driver accepted it as the new iterate.
    pub accepted: bool,
    /// Conic programs solved so far in this run.
    pub conic_solves: usize,
}

/// Watches a run and may cancel it.
pub trait Observer {
    /// Called after each evaluation. Returning `false` cancels: the best design so far is
    /// completed and returned.
    fn progress(&mut self, progress: &Progress) -> bool {
        let _ = progress;
        true
    }

    /// Polled at every iteration of every program. Returning `true` abandons the program at
    /// hand; the run ends with the best design so far, if there is one.
    fn interrupted(&mut self) -> bool {
        false
    }
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Silent;

impl Observer for Silent {}
