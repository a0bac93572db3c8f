//! Amplitudes of one-way paths and of echoes.

use crate::Carrier;

/// Amplitude `|β(r)|` of the one-way channel at the distance `r`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum PathGain {
    /// `√(λ/4π) / r`: the paper's amplitude.
    #[default]
    SquareRoot,
    /// `λ/(4π r)`: the Friis equation between isotropic antennas.
    Friis,
}

impl PathGain {
    /// `|β(r)|`.
    pub fn amplitude(self, carrier: &Carrier, distance_m: f64) -> f64 {
        self.amplitude_at_one_metre(carrier) / distance_m
    }

    /// `d|β(r)|/dr`.
    pub fn amplitude_derivative(self, carrier: &Carrier, distance_m: f64) -> f64 {
        -self.amplitude(carrier, distance_m) / distance_m
    }

    fn amplitude_at_one_metre(self, carrier: &Carrier) -> f64 {
        let friis = carrier.wavelength_m() / (4.0 * std::f64::consts::PI);
        match self {
            Self::SquareRoot => friis.sqrt(),
            Self::Friis => friis,
        }
    }
}

/// How the path to the user enters the echo seen at access point `l` from access point `m`.
///
/// The echo's block of the sensing channel is `α a_l b_m^H`, with `a` the responses of
/// [`Response`](crate::Response) and `α` the echo's complex gain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum EchoConvention {
    /// `b = a`, phase `−k (r_l − r_m)`: the block is `ρ h_l h_m^H`, as in the paper.
    #[default]
    Conjugate,
    /// `b = conj(a)`, phase `−k (r_l + r_m)`: the block is `ρ h_l h_m^T`, the physical round trip of
    /// reciprocal arrays.
    Reciprocal,
}

impl EchoConvention {
    /// Sign of the transmit distance in the phase `−k (r_l ± r_m)`: −1 or +1.
    pub fn transmit_sign(self) -> f64 {
        match self {
            Self::Conjugate => -1.0,
            Self::Reciprocal => 1.0,
        }
    }
}

/// Amplitude of an echo of unit reflectivity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum EchoGain {
    /// `|β(r_l)| |β(r_m)|`: the two one-way losses multiply.
    #[default]
    TwoHop,
    /// `|β(r_l + r_m)|`: the loss of one path as long as both. Tens of decibels stronger.
    TotalPath,
}

impl EchoGain {
    /// Amplitude over the path transmitter → user → receiver.
    pub fn amplitude(
        self,
        carrier: &Carrier,
        path_gain: PathGain,
        receive_distance_m: f64,
        transmit_distance_m: f64,
    ) -> f64 {
        match self {
            Self::TwoHop => {
                path_gain.amplitude(carrier, receive_distance_m)
                    * path_gain.amplitude(carrier, transmit_distance_m)
            }
            Self::TotalPath => {
                path_gain.amplitude(carrier, receive_distance_m + transmit_distance_m)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use std::f64::consts::PI;

    #[test]
    fn one_way_amplitudes() {
        // λ = 4π/100 m makes every constant a power of ten.
        let carrier = Carrier::from_wavelength(4.0 * PI / 100.0).unwrap();
        assert_relative_eq!(
            PathGain::SquareRoot.amplitude(&carrier, 2.0),
            0.05,
            max_relative = 1e-14
        );
        assert_relative_eq!(
            PathGain::Friis.amplitude(&carrier, 2.0),
            0.005,
            max_relative = 1e-14
        );
        assert_relative_eq!(
            PathGain::Friis.amplitude_derivative(&carrier, 2.0),
            -0.0025,
            max_relative = 1e-14
        );
    }

    #[test]
    fn echoes() {
        let carrier = Carrier::from_wavelength(4.0 * PI / 100.0).unwrap();
        let gain = PathGain::SquareRoot;
        assert_relative_eq!(
            EchoGain::TwoHop.amplitude(&carrier, gain, 2.0, 5.0),
            1e-3,
            max_relative = 1e-14
        );
        assert_relative_eq!(
            EchoGain::TotalPath.amplitude(&carrier, gain, 2.0, 8.0),
            1e-2,
            max_relative = 1e-14
        );
    }
}
