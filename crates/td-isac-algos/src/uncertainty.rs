//! Channel uncertainty as a function of the time allocation.
//!
//! Sensing lasts the fraction `1 - η` of a block, so position errors, and with them the errors
//! of the rebuilt channels, grow as `1/sqrt(1 - η)`.

use nf_channel::C64;
use robust_sdp::ErrorBlock;

use crate::error::DesignError;

/// The error set of each user's stacked channel at a time allocation.
///
/// The error blocks may change in size with `η`, not in direction: their span at one `η` must
/// be their span at every other.
pub trait UncertaintyModel: std::fmt::Debug + Send + Sync {
    /// The blocks of user `user` at time allocation `eta`, in the coordinates of the stacked
    /// channel.
    ///
    /// # Errors
    /// [`DesignError`] for a user or an `eta` the model does not cover.
    fn error_blocks(&self, user: usize, eta: f64) -> Result<Vec<ErrorBlock>, DesignError>;
}

/// No error at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExactChannels;

impl UncertaintyModel for ExactChannels {
    fn error_blocks(&self, _user: usize, _eta: f64) -> Result<Vec<ErrorBlock>, DesignError> {
        Ok(Vec::new())
    }
}

/// The paper's set (4): for each access point a ball of radius
/// `ε_{k,m} = α_e sqrt(C / (1 - η)) ‖h_{k,m}‖`.
#[derive(Debug, Clone, PartialEq)]
pub struct BallUncertainty {
    error_scale_per_m: f64,
    crlb_constant_m2: f64,
    channel_norms: Vec<Vec<f64>>,
}

impl BallUncertainty {
    /// `error_scale_per_m` is `α_e` (1/m), by default `4/λ`; `crlb_constant_m2` is `C`,
    /// `CRLB = C / (1 - η)`; `channels[user][access point]` are the estimated channels.
    ///
    /// # Errors
    /// [`DesignError::BadParameter`] for negative or non-finite numbers.
    pub fn new(
        error_scale_per_m: f64,
        crlb_constant_m2: f64,
        channels: &[Vec<Vec<C64>>],
    ) -> Result<Self, DesignError> {
        for (name, value) in [
            ("error_scale_per_m", error_scale_per_m),
            ("crlb_constant_m2", crlb_constant_m2),
        ] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(DesignError::BadParameter {
                    name,
                    value,
                    requirement: "must be finite and not negative",
                });
            }
        }
        let norm = |h: &Vec<C64>| h.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt();
        Ok(Self {
            error_scale_per_m,
            crlb_constant_m2,
            channel_norms: channels
                .iter()
                .map(|user| user.iter().map(norm).collect())
                .collect(),
        })
    }

    /// `ε_{k,m} / ‖h_{k,m}‖`, the same for all users and access points.
    pub fn relative_radius(&self, eta: f64) -> f64 {
        self.error_scale_per_m * (self.crlb_constant_m2 / (1.0 - eta)).sqrt()
    }
}

impl UncertaintyModel for BallUncertainty {
    fn error_blocks(&self, user: usize, eta: f64) -> Result<Vec<ErrorBlock>, DesignError> {
        let norms = self
            .channel_norms
            .get(user)
            .ok_or(DesignError::UnknownUser {
                user,
                known: self.channel_norms.len(),
            })?;
        let relative = self.relative_radius(eta);
        Ok(norms
            .iter()
            .enumerate()
            .map(|(group, norm)| ErrorBlock::Ball {
                group,
                radius: relative * norm,
            })
            .collect())
    }
}
