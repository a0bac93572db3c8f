//! Whether pilots look like a line of sight.

use nf_channel::{C64, Channel};

use super::basis::{Basis, norm};
use super::received::Pilots;
use crate::error::{DesignError, require, same_length};
use crate::uncertainty::chi_square_tail;

/// How well one user's pilots fit the direct path from where the user is believed to be.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DirectPathFit {
    /// Probability of a worse fit if the model is right. Designs on positions alone deserve no trust where it is small.
    pub p_value: f64,
    /// Estimate of `‖g‖/‖h‖`, reflections over the direct path, all access points together.
    pub reflected_over_direct: f64,
}

impl Pilots {
    /// Each user's pilots against `y_m = sqrt(a) (z_m h_m(c) + g_m) + n` with any `z_m` at each access point: whatever the gain
    /// of the direct path and the phase of the access point.
    ///
    /// `channels[user][access point]` are those of the positions that are believed, in error by `δ`: to first order
    /// `h_m(c + δ)` lies in the span of `h_m` and its gradient, and what is left of the pilots outside that span, of
    /// `N_m - 1 - D` dimensions, is noise and scattering. With white Gaussian scattering, `E‖g_m‖² = scattering ‖h_m‖²`,
    /// `Σ_m 2 ‖rest_m‖²/(a scattering ‖h_m‖²/N_m + σ²)` is chi-square with `Σ_m 2 (N_m - 1 - D)` degrees of freedom. Without any
    /// degree of freedom the p-value is 1.
    ///
    /// # Errors
    /// Shapes and numbers, named.
    pub fn direct_path_fit<const D: usize>(
        &self,
        channels: &[Vec<Channel<D>>],
        scattering: f64,
    ) -> Result<Vec<DirectPathFit>, DesignError> {
        self.check()?;
        let fits = scattering.is_finite() && scattering >= 0.0;
        require("scattering", scattering, fits, "must not be negative")?;
        same_length("channels (users)", self.received.len(), channels.len())?;
        (self.received.iter().zip(channels))
            .map(|(received, channels)| {
                same_length("channels (access points)", received.len(), channels.len())?;
                for (y, channel) in received.iter().zip(channels) {
                    same_length("elements of a channel", y.len(), channel.values.len())?;
                }
                Ok(self.fit_of_user(&received[..], channels, scattering))
            })
            .collect()
    }

    fn fit_of_user<const D: usize>(
        &self,
        received: &[Vec<C64>],
        channels: &[Channel<D>],
        scattering: f64,
    ) -> DirectPathFit {
        let (mut square, mut freedom) = (0.0, 0);
        let (mut reflected, mut direct) = (0.0, 0.0);
        for (y, channel) in received.iter().zip(channels) {
            let count = y.len() as f64;
            let model = Basis::spanning(std::iter::once(&channel.values).chain(&channel.gradient));
            let dimensions = y.len() - model.len();
            if dimensions == 0 {
                continue;
            }
            let rest = norm(&model.remainder(y)).powi(2);
            let level = scattering * norm(&channel.values).powi(2) / count;
            square += 2.0 * rest / (self.energy_w * level + self.noise_w);
            freedom += 2 * dimensions;
            // What the model's own directions have of it is taken to be like the rest.
            let beyond = count / dimensions as f64 * rest - count * self.noise_w;
            reflected += beyond;
            direct += norm(y).powi(2) - count * self.noise_w - beyond;
        }
        DirectPathFit {
            p_value: chi_square_tail(freedom, square),
            reflected_over_direct: (reflected.max(0.0) / direct.max(0.0)).sqrt(),
        }
    }
}
