//! Channels from pilots: what access points learn of all paths, reflections included.
//!
//! Each user sends `τ_p` orthogonal symbols of power `p_u`. Despread and with `a = p_u τ_p`, an access point has
//!
//! ```math
//! y_{k,m} = \sqrt{a}\, h_{k,m} + n, \qquad n \sim \mathcal{CN}(0, \sigma^2 I),
//! ```
//!
//! whatever the channel is made of: no model of reflections, and no positions, enter [`Pilots::least_squares`]. Its error
//! `e ~ CN(0, s² I)`, `s² = σ²/a`, has as many dimensions as the array has elements; a ball of that many dimensions would be
//! paid for by every beam, although a beam sees the error's component along itself alone. So an access point first settles on
//! few directions to send in, the span of what it heard from all users, and channel and error are asked for in these
//! directions only: [`PrecodedChannels`].

mod basis;
mod fit;
mod precoded;

pub use fit::DirectPathFit;
pub use precoded::PrecodedChannels;

use nf_channel::C64;

use crate::error::{DesignError, require, same_length};

/// Pilots of all users as the access points received them, despread.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Pilots {
    /// `received[user][access point][element]`, sqrt(W): `y = sqrt(energy_w) h + n`.
    pub received: Vec<Vec<Vec<C64>>>,
    /// `a = p_u τ_p`: a user's power times its symbols, W.
    pub energy_w: f64,
    /// σ², noise power at each element for each symbol, W.
    pub noise_w: f64,
    /// Standard deviation of the phase by which an access point's transmitter differs from its receiver, so that a user with
    /// channel `h` hears it through `exp(-jφ_m) h_m`: Gaussian, independent, zero for calibrated arrays.
    pub calibration_std_rad: f64,
}

impl Pilots {
    /// The channels as the pilots alone tell them, in the span of what each access point heard.
    ///
    /// For each user the set holds its channels to *all* access points at once with probability at least `confidence`,
    /// whatever they are: only the noise has to be Gaussian and of the given power, and users' noises independent (orthogonal
    /// pilots).
    ///
    /// # Errors
    /// Shapes and numbers, named; a confidence outside (0, 1).
    pub fn least_squares(&self, confidence: f64) -> Result<PrecodedChannels, DesignError> {
        self.check()?;
        PrecodedChannels::least_squares(self, confidence)
    }

    /// Number of elements of each access point.
    fn elements(&self) -> Vec<usize> {
        (self.received.first()).map_or(Vec::new(), |user| user.iter().map(Vec::len).collect())
    }

    fn check(&self) -> Result<(), DesignError> {
        for (name, value) in [("energy_w", self.energy_w), ("noise_w", self.noise_w)] {
            require(
                name,
                value,
                value.is_normal() && value > 0.0,
                "must be positive",
            )?;
        }
        let phase = self.calibration_std_rad;
        let fits = phase.is_finite() && phase >= 0.0;
        require("calibration_std_rad", phase, fits, "must not be negative")?;
        let elements = self.elements();
        let users = self.received.len();
        let somebody = users * elements.len() * elements.iter().min().unwrap_or(&0) > 0;
        require(
            "received (users)",
            users as f64,
            somebody,
            "must hold a number for each user, access point and element",
        )?;
        for user in &self.received {
            same_length("access points of the pilots", elements.len(), user.len())?;
            for (&expected, part) in elements.iter().zip(user) {
                same_length("elements of the pilots", expected, part.len())?;
                let parts = part.iter().flat_map(|y| [y.re, y.im]);
                for value in parts {
                    require("received", value, value.is_finite(), "must be finite")?;
                }
            }
        }
        Ok(())
    }
}
