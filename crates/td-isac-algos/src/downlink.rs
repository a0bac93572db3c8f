//! The communication half: what a beamforming scheme is given.

use std::sync::Arc;

use faer::{Mat, c64};
use nf_channel::C64;
use robust_sdp::{
    RatioProblem, RatioTarget, Reduction, RobustError, ValidRatioProblem, nominal_ratios,
};

use crate::error::DesignError;
use crate::uncertainty::{ExactChannels, UncertaintyModel};

/// Estimated channels with their uncertainty, powers and noise, reduced once to the span of
/// the channels (`Σ_m r_m ≤ M K` coordinates whatever the number of antennas; exact, see
/// [`Reduction`]).
///
/// Schemes work in the reduced coordinates; [`lift`](Self::lift) brings beams back to antennas.
#[derive(Debug, Clone)]
pub struct Downlink {
    /// Exact channels in full coordinates, no error blocks.
    nominal: ValidRatioProblem,
    reduced: ValidRatioProblem,
    reduction: Reduction,
    uncertainty: Arc<dyn UncertaintyModel>,
}

/// A time allocation at which the span of the error blocks is taken.
const SPAN_ETA: f64 = 0.5;

impl Downlink {
    /// `channels[user][access point]` are the estimated channels `ĥ_{k,m}`, `power_w` the budget
    /// of each access point, `noise_w` the noise power at each user.
    ///
    /// # Errors
    /// Shapes and numbers, named; whatever the uncertainty model objects to.
    pub fn new(
        channels: &[Vec<Vec<C64>>],
        power_w: &[f64],
        noise_w: &[f64],
        uncertainty: Arc<dyn UncertaintyModel>,
    ) -> Result<Self, DesignError> {
        let lengths = |what, expected, found| RobustError::WrongLength {
            what,
            expected,
            found,
        };
        if noise_w.len() != channels.len() {
            return Err(lengths("noise_w", channels.len(), noise_w.len()).into());
        }
        let antennas: Vec<usize> = channels
            .first()
            .map(|user| user.iter().map(Vec::len).collect())
            .unwrap_or_default();
        for user in channels {
            let found: Vec<usize> = user.iter().map(Vec::len).collect();
            if found != antennas {
                return Err(lengths(
                    "antennas of a channel",
                    antennas.iter().sum(),
                    found.iter().sum(),
                )
                .into());
            }
        }
        let nominal = RatioProblem {
            group_sizes: antennas,
            budgets: power_w.to_vec(),
            targets: channels
                .iter()
                .zip(noise_w)
                .map(|(user, &floor)| RatioTarget {
                    nominal: user.concat(),
                    errors: Vec::new(),
                    floor,
                })
                .collect(),
        }
        .check()?;
        let spanning = with_errors(&nominal, uncertainty.as_ref(), SPAN_ETA)?;
        let reduction = Reduction::new(&spanning, &[]);
        Ok(Self {
            reduced: reduction.reduce(&nominal)?,
            nominal,
            reduction,
            uncertainty,
        })
    }

    /// The same channels, known exactly at every time allocation.
    #[must_use]
    pub fn with_exact_channels(&self) -> Self {
        Self {
            uncertainty: Arc::new(ExactChannels),
            ..self.clone()
        }
    }

    /// Number of users `K`.
    pub fn users(&self) -> usize {
        self.nominal.targets.len()
    }

    /// Number of access points `M`.
    pub fn access_points(&self) -> usize {
        self.nominal.budgets.len()
    }

    /// The problem without channel errors in reduced coordinates.
    pub fn without_errors(&self) -> &ValidRatioProblem {
        &self.reduced
    }

    /// The robust problem at a time allocation, in reduced coordinates.
    ///
    /// # Errors
    /// An `eta` outside (0, 1), or whatever the uncertainty model objects to.
    pub fn problem_at(&self, eta: f64) -> Result<ValidRatioProblem, DesignError> {
        check_eta("eta", eta)?;
        let mut problem = self.reduced.clone().into_inner();
        for (user, target) in problem.targets.iter_mut().enumerate() {
            target.errors = self
                .uncertainty
                .error_blocks(user, eta)?
                .into_iter()
                .map(|block| self.reduction.reduce_block(block))
                .collect();
        }
        Ok(problem.check()?)
    }

    /// The robust problem at a time allocation in antenna coordinates.
    ///
    /// # Errors
    /// As [`problem_at`](Self::problem_at).
    pub fn full_problem_at(&self, eta: f64) -> Result<ValidRatioProblem, DesignError> {
        check_eta("eta", eta)?;
        with_errors(&self.nominal, self.uncertainty.as_ref(), eta)
    }

    /// SINR of each user if its channel is exactly the estimated one, for beams in antenna
    /// coordinates. On the downlink of the true channels it is what beams designed on estimated ones
    /// achieve.
    ///
    /// # Errors
    /// Beams of the wrong number or size.
    pub fn achieved_ratios(&self, beamformers: &[Mat<c64>]) -> Result<Vec<f64>, DesignError> {
        Ok(nominal_ratios(&self.nominal, beamformers)?)
    }

    /// Antenna coordinates (stacked over access points) of reduced columns.
    pub fn lift(&self, columns: &Mat<c64>) -> Mat<c64> {
        self.reduction.lift(columns.as_ref())
    }

    /// The reduction in use.
    pub fn reduction(&self) -> &Reduction {
        &self.reduction
    }
}

fn with_errors(
    nominal: &ValidRatioProblem,
    uncertainty: &dyn UncertaintyModel,
    eta: f64,
) -> Result<ValidRatioProblem, DesignError> {
    let mut problem = nominal.clone().into_inner();
    for (user, target) in problem.targets.iter_mut().enumerate() {
        target.errors = uncertainty.error_blocks(user, eta)?;
    }
    Ok(problem.check()?)
}

pub(crate) fn check_eta(name: &'static str, value: f64) -> Result<(), DesignError> {
    if value > 0.0 && value < 1.0 {
        Ok(())
    } else {
        Err(DesignError::BadTimeAllocation { name, value })
    }
}

/// `η log2(1 + γ)`, bit/s/Hz; times the block length it is the paper's rate (5).
pub fn rate_bit_s_hz(eta: f64, ratio: f64) -> f64 {
    eta * ratio.ln_1p() / std::f64::consts::LN_2
}

/// The SINR that a rate asks for at a time allocation, `2^{R/η} - 1`.
pub fn ratio_for_rate(eta: f64, rate_bit_s_hz: f64) -> f64 {
    (rate_bit_s_hz / eta * std::f64::consts::LN_2).exp_m1()
}
