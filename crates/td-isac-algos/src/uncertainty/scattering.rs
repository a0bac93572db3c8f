//! What no model of the channel has: reflections and scattering around the direct path.

use std::sync::Arc;

use nf_channel::C64;
use robust_sdp::ErrorBlock;

use super::{UncertaintyModel, not_negative, of_user};
use crate::error::DesignError;

/// Any errors, and on top of them a ball of unmodelled channel for each user and access point, whatever the time
/// allocation: the set is the sum of the model's and of `{ g : ‖g_m‖ ≤ r_m }`.
#[derive(Debug, Clone)]
pub struct Scattering {
    model: Arc<dyn UncertaintyModel>,
    /// `[user][access point]`.
    radii: Vec<Vec<f64>>,
}

impl Scattering {
    /// Balls of these radii, `[user][access point]`, in the unit of the channels.
    ///
    /// # Errors
    /// A negative or non-finite radius.
    pub fn new(
        model: Arc<dyn UncertaintyModel>,
        radii: Vec<Vec<f64>>,
    ) -> Result<Self, DesignError> {
        for &radius in radii.iter().flatten() {
            not_negative("radius of scattering", radius)?;
        }
        Ok(Self { model, radii })
    }

    /// Balls of a size relative to the channels, `‖g_m‖ ≤ relative ‖ĥ_m‖`.
    ///
    /// # Errors
    /// A negative or non-finite size.
    pub fn relative(
        model: Arc<dyn UncertaintyModel>,
        relative: f64,
        channels: &[Vec<Vec<C64>>],
    ) -> Result<Self, DesignError> {
        not_negative("scattering", relative)?;
        let norm = |h: &Vec<C64>| h.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt();
        let radii = (channels.iter())
            .map(|user| user.iter().map(|h| relative * norm(h)).collect())
            .collect();
        Self::new(model, radii)
    }
}

impl UncertaintyModel for Scattering {
    fn error_blocks(&self, user: usize, eta: f64) -> Result<Vec<ErrorBlock>, DesignError> {
        let mut blocks = self.model.error_blocks(user, eta)?;
        for (access_point, &more) in of_user(&self.radii, user)?.iter().enumerate() {
            // The sum of two balls is a ball.
            let ball = blocks.iter_mut().find_map(|block| match block {
                ErrorBlock::Ball { group, radius } if *group == access_point => Some(radius),
                _ => None,
            });
            match ball {
                Some(radius) => *radius += more,
                None if more > 0.0 => blocks.push(ErrorBlock::Ball {
                    group: access_point,
                    radius: more,
                }),
                None => {}
            }
        }
        Ok(blocks)
    }
}
