//! The paper's balls.

use nf_channel::C64;
use robust_sdp::ErrorBlock;

use super::{UncertaintyModel, not_negative, of_user};
use crate::error::DesignError;

/// The paper's set (4): for each access point a ball of radius
/// `ε_{k,m} = α_e sqrt(C / (1 - η)) ‖h_{k,m}‖`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "PlainBalls"))]
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
        not_negative("error_scale_per_m", error_scale_per_m)?;
        not_negative("crlb_constant_m2", crlb_constant_m2)?;
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

/// What the set is read from.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct PlainBalls {
    error_scale_per_m: f64,
    crlb_constant_m2: f64,
    channel_norms: Vec<Vec<f64>>,
}

#[cfg(feature = "serde")]
impl TryFrom<PlainBalls> for BallUncertainty {
    type Error = DesignError;

    fn try_from(plain: PlainBalls) -> Result<Self, DesignError> {
        not_negative("error_scale_per_m", plain.error_scale_per_m)?;
        not_negative("crlb_constant_m2", plain.crlb_constant_m2)?;
        for &norm in plain.channel_norms.iter().flatten() {
            not_negative("channel_norms", norm)?;
        }
        Ok(Self {
            error_scale_per_m: plain.error_scale_per_m,
            crlb_constant_m2: plain.crlb_constant_m2,
            channel_norms: plain.channel_norms,
        })
    }
}

impl UncertaintyModel for BallUncertainty {
    fn error_blocks(&self, user: usize, eta: f64) -> Result<Vec<ErrorBlock>, DesignError> {
        let norms = of_user(&self.channel_norms, user)?;
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
