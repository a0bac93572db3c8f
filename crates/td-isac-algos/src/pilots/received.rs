//! What access points hear.

use nf_channel::C64;

use super::precoded::PrecodedChannels;
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
        let amplitude = self.energy_w.sqrt();
        let estimate = |y: &Vec<C64>| y.iter().map(|y| y / amplitude).collect();
        let heard: Vec<Vec<Vec<C64>>> = (self.received.iter())
            .map(|user| user.iter().map(estimate).collect())
            .collect();
        let deviation = (self.noise_w / self.energy_w).sqrt();
        PrecodedChannels::of_estimates(&heard, deviation, self.calibration_std_rad, confidence)
    }

    /// Number of elements of each access point.
    fn elements(&self) -> Vec<usize> {
        (self.received.first()).map_or(Vec::new(), |user| user.iter().map(Vec::len).collect())
    }

    pub(super) fn check(&self) -> Result<(), DesignError> {
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
