//! The carrier.

use crate::{ChannelError, Invalid};
use std::f64::consts::TAU;

/// Speed of light in vacuum, exact by definition of the metre.
pub const SPEED_OF_LIGHT_M_PER_S: f64 = 299_792_458.0;

/// A carrier of frequency `f`: wavelength `λ = c/f`, wavenumber `k = 2π/λ`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Frequency"))]
pub struct Carrier {
    frequency_hz: f64,
}

impl Carrier {
    /// A carrier of the given frequency.
    ///
    /// # Errors
    ///
    /// The frequency, or the wavelength that follows from it, is not finite and positive.
    pub fn new(frequency_hz: f64) -> Result<Self, ChannelError> {
        Invalid::unless_positive("frequency_hz", frequency_hz)?;
        // A subnormal frequency has an infinite wavelength.
        Invalid::unless_positive("wavelength_m", SPEED_OF_LIGHT_M_PER_S / frequency_hz)?;
        Ok(Self { frequency_hz })
    }

    /// A carrier of the given wavelength.
    ///
    /// # Errors
    ///
    /// The wavelength, or the frequency that follows from it, is not finite and positive.
    pub fn from_wavelength(wavelength_m: f64) -> Result<Self, ChannelError> {
        Invalid::unless_positive("wavelength_m", wavelength_m)?;
        Self::new(SPEED_OF_LIGHT_M_PER_S / wavelength_m)
    }

    /// Frequency `f`.
    pub fn frequency_hz(&self) -> f64 {
        self.frequency_hz
    }

    /// Wavelength `λ`.
    pub fn wavelength_m(&self) -> f64 {
        SPEED_OF_LIGHT_M_PER_S / self.frequency_hz
    }

    /// Wavenumber `k = 2π/λ`: radians of phase per metre of path.
    pub fn wavenumber_rad_per_m(&self) -> f64 {
        TAU * self.frequency_hz / SPEED_OF_LIGHT_M_PER_S
    }
}

/// What a carrier is read from.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct Frequency {
    frequency_hz: f64,
}

#[cfg(feature = "serde")]
impl TryFrom<Frequency> for Carrier {
    type Error = ChannelError;

    fn try_from(Frequency { frequency_hz }: Frequency) -> Result<Self, ChannelError> {
        Self::new(frequency_hz)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wavelength_and_wavenumber_belong_together() {
        let carrier = Carrier::new(SPEED_OF_LIGHT_M_PER_S).unwrap();
        assert_eq!(carrier.wavelength_m(), 1.0);
        assert_eq!(carrier.wavenumber_rad_per_m(), TAU);
        assert_eq!(Carrier::from_wavelength(1.0).unwrap(), carrier);
    }

    #[test]
    fn rejects_what_has_no_wavelength() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-310] {
            assert!(Carrier::new(bad).is_err(), "{bad}");
            assert!(Carrier::from_wavelength(bad).is_err(), "{bad}");
        }
        assert_eq!(
            Carrier::new(-2.0),
            Err(ChannelError::Invalid(Invalid::Number {
                what: "frequency_hz",
                value: -2.0,
                requirement: "positive"
            }))
        );
    }
}
