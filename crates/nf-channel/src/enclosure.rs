//! All channels that an error of the position can lead to.
//!
//! A channel that is rebuilt from a position is wrong by `h(c + δ) − h(c)`, and nearly all of that is
//! one phase common to the array. With `w_n = |h_n|²/‖h‖²`, distances `r_n` to the elements and
//! directions `u_n`, let
//!
//! ```text
//! φ(δ) = k Σ_n w_n (r_n(c + δ) − r_n(c))             the mean phase
//! ū = Σ_n w_n u_n,   S = Σ_n w_n (u_n − ū)(u_n − ū)ᵀ  mean and spread of the directions
//! ```
//!
//! **Theorem.** For every `δ = L y`, `‖y‖ ≤ 1`, with `r = ‖L‖ < r_a`,
//!
//! ```text
//! h(c + δ) = exp(−jφ) (h(c) + q),   |φ − k ū·δ| ≤ k r² Σ_n w_n/(2 r_n),
//! |φ| ≤ k min(r, ‖Lᵀū‖ + r² Σ_n w_n/(2 r_n)),
//! ‖q‖² ≤ ‖h‖² (a² + (1 + a) min(4, x²)),
//! x = k (√λ_max(Lᵀ S L) + r²/(4 min r_n)),   a = r/(r_a − r)
//! ```
//!
//! where `r_a` is the smallest of the distances that amplitudes depend on: `r_0` if they are uniform over
//! the array, `min r_n` if each element has its own.
//!
//! **Proof.** Let `Δ_n = r_n(c + δ) − r_n`. By the triangle inequality `|Δ_n| ≤ ‖δ‖`, so `|φ| ≤ k r`.
//! Squaring `r_n + Δ_n = ‖r_n u_n + δ‖` gives `Δ_n = u_n·δ + R_n` with `R_n = (‖δ‖² − Δ_n²)/(2 r_n)`,
//! so `0 ≤ R_n ≤ r²/(2 r_n)`; the mean over `w` gives the other two bounds of φ. An amplitude in the
//! distance ρ changes by the factor `1 + a_n = ρ/(ρ + Δ)`, `|a_n| ≤ r/(ρ − r) ≤ a`. Hence
//! `q_n = h_n ((1 + a_n) exp(−j x_n) − 1)`, `x_n = k(Δ_n − Σ w Δ)`, and
//! `|q_n|² = |h_n|² (a_n² + (1 + a_n) 4 sin²(x_n/2))`. It remains to bound `Σ w_n x_n²`: by Minkowski its
//! root is at most the sum of those of `k (u_n − ū)·δ`, `k √(δᵀ S δ)`, and of `k (R_n − ΣwR)`, the standard
//! deviation of numbers in an interval of length `r²/(2 min r_n)`, at most half of it. ∎
//!
//! Nothing is linearised; the bound of `‖q‖` is attained up to terms of the order of `r/r_n`.
//!
//! **Rounding.** The theorem is about exact channels. One that is computed in double precision has phases that are off
//! by some `ε k` times the coordinates; bounds of φ, of its curvature and of `x` have that added wherever `r > 0`. It is
//! below `10^{-10}` radians in the scenes of the paper and decides where the wavelength is short against the coordinates and the
//! region hardly larger than their rounding.

use crate::symmetric::largest_eigenvalue;
use crate::vector::{add_scaled, dot, norm, sub};
use crate::{AmplitudeProfile, Array, Carrier, ChannelError, Invalid, PathGain};
use std::array::from_fn;

/// How an array's channel depends on a small displacement of the user: what [`ChannelEnclosure`]s
/// are computed from. See the [theorem](self).
#[derive(Debug, Clone, PartialEq)]
pub struct PositionSensitivity<const D: usize> {
    wavenumber: f64,
    channel_norm: f64,
    mean_direction: [f64; D],
    spread: [[f64; D]; D],
    nearest_m: f64,
    mean_inverse_distance: f64,
    /// Size of the coordinates of array and position.
    coordinates_m: f64,
    amplitude_distance_m: f64,
}

/// A set that contains every channel in reach of a position error:
/// `{ exp(−jφ) (h + q) : |φ| ≤ phase_rad, ‖q‖ ≤ remainder }`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ChannelEnclosure {
    /// Bound of the common phase φ. More than π means that any phase is possible.
    pub phase_rad: f64,
    /// Bound of the difference between φ and its linear part `k ū·δ`, never negative itself:
    /// `0 ≤ φ − k ū·δ ≤ phase_curvature_rad`.
    pub phase_curvature_rad: f64,
    /// Bound of `‖q‖`, in the unit of the channel.
    pub remainder: f64,
}

impl<const D: usize> Array<D> {
    /// Prepares the enclosures of the near-field channel ([`Array::channel`]) around a position.
    ///
    /// Cost `O(N D²)` for `N` elements; each enclosure is then independent of `N`.
    ///
    /// # Errors
    ///
    /// As for [`Array::channel`].
    pub fn position_sensitivity(
        &self,
        carrier: &Carrier,
        path_gain: PathGain,
        profile: AmplitudeProfile,
        position_m: &[f64; D],
    ) -> Result<PositionSensitivity<D>, ChannelError> {
        let channel = self.channel(carrier, path_gain, profile, position_m)?;
        let power: f64 = channel.values.iter().map(|h| h.norm_sqr()).sum();
        let from_reference = sub(position_m, self.reference_m());
        // u_n − u_0 rather than u_n: the spread of nearly parallel directions keeps its digits.
        let mut turns = Vec::with_capacity(self.len());
        let mut nearest_m = f64::INFINITY;
        let (mut mean_turn, mut mean_inverse_distance) = ([0.0; D], 0.0);
        for (offset, value) in self.offsets_m().iter().zip(&channel.values) {
            let distance = norm(&sub(&from_reference, offset));
            let longer_by = dot(offset, &add_scaled(offset, -2.0, &from_reference))
                / (distance + channel.distance_m);
            let turn = add_scaled(offset, longer_by, &channel.direction).map(|v| -v / distance);
            let weight = value.norm_sqr() / power;
            mean_turn = add_scaled(&mean_turn, weight, &turn);
            mean_inverse_distance += weight / distance;
            nearest_m = nearest_m.min(distance);
            turns.push((weight, turn));
        }
        let mut spread = [[0.0; D]; D];
        for (weight, turn) in turns {
            let off = sub(&turn, &mean_turn);
            for (row, x) in spread.iter_mut().zip(&off) {
                *row = add_scaled(row, weight * x, &off);
            }
        }
        Ok(PositionSensitivity {
            wavenumber: carrier.wavenumber_rad_per_m(),
            channel_norm: power.sqrt(),
            mean_direction: add_scaled(&channel.direction, 1.0, &mean_turn),
            spread,
            nearest_m,
            mean_inverse_distance,
            coordinates_m: norm(position_m) + norm(self.reference_m()),
            amplitude_distance_m: match profile {
                AmplitudeProfile::Uniform => channel.distance_m,
                AmplitudeProfile::PerElement => nearest_m,
            },
        })
    }
}

impl<const D: usize> PositionSensitivity<D> {
    /// `‖h‖` of the channel at the position itself.
    pub fn channel_norm(&self) -> f64 {
        self.channel_norm
    }

    /// The same of a link that something stands in the way of: its channel is zero wherever the user is.
    #[must_use]
    pub fn of_blocked_link(self) -> Self {
        Self {
            channel_norm: 0.0,
            ..self
        }
    }

    /// `k ū`, gradient of the common phase φ at the position, in radians per metre.
    pub fn phase_gradient_rad_per_m(&self) -> [f64; D] {
        self.mean_direction.map(|x| self.wavenumber * x)
    }

    /// The channels of all positions within `radius_m`.
    ///
    /// # Errors
    ///
    /// A negative or non-finite radius, or one that reaches the array:
    /// [`ChannelError::ErrorReachesArray`].
    pub fn ball(&self, radius_m: f64) -> Result<ChannelEnclosure, ChannelError> {
        let radius_m = Invalid::unless_nonnegative("radius_m", radius_m)?;
        let spread = largest_eigenvalue(self.spread).max(0.0).sqrt() * radius_m;
        self.enclosure(radius_m, norm(&self.mean_direction) * radius_m, spread)
    }

    /// The channels of all positions `c + Σ_i y_i a_i`, `‖y‖ ≤ 1`: an ellipsoid if the vectors
    /// `a_i = semi_axes_m[i]` are orthogonal, and the image of the unit ball in any case. For an
    /// error covariance `Σ = A Aᵀ` they are the columns of `A` times a confidence factor.
    ///
    /// # Errors
    ///
    /// As for [`ball`](Self::ball).
    pub fn ellipsoid(&self, semi_axes_m: &[[f64; D]; D]) -> Result<ChannelEnclosure, ChannelError> {
        for axis in semi_axes_m {
            crate::error::finite_vector("semi_axes_m", *axis)?;
        }
        let gram = |metric: &[[f64; D]; D]| -> f64 {
            let images: [[f64; D]; D] =
                from_fn(|i| from_fn(|row| dot(&metric[row], &semi_axes_m[i])));
            let form: [[f64; D]; D] = from_fn(|i| from_fn(|j| dot(&semi_axes_m[j], &images[i])));
            largest_eigenvalue(form).max(0.0).sqrt()
        };
        let identity: [[f64; D]; D] = from_fn(|i| from_fn(|j| f64::from(u8::from(i == j))));
        let radius_m = Invalid::unless_nonnegative("semi_axes_m", gram(&identity))?;
        let along: [f64; D] = from_fn(|i| dot(&semi_axes_m[i], &self.mean_direction));
        self.enclosure(radius_m, norm(&along), gram(&self.spread))
    }

    /// `r`, `sup |ū·δ|` and `sup √(δᵀ S δ)` over the errors.
    fn enclosure(
        &self,
        radius_m: f64,
        along_m: f64,
        spread_m: f64,
    ) -> Result<ChannelEnclosure, ChannelError> {
        if radius_m >= self.amplitude_distance_m {
            return Err(ChannelError::ErrorReachesArray {
                radius_m,
                distance_m: self.amplitude_distance_m,
            });
        }
        let rounding = if radius_m > 0.0 {
            ROUNDING * self.wavenumber * self.coordinates_m
        } else {
            0.0
        };
        let square = radius_m * radius_m;
        let curvature_m = 0.5 * square * self.mean_inverse_distance;
        let fading = radius_m / (self.amplitude_distance_m - radius_m);
        let differential = self.wavenumber * (spread_m + 0.25 * square / self.nearest_m) + rounding;
        let turned = (differential * differential).min(4.0);
        Ok(ChannelEnclosure {
            phase_rad: self.wavenumber * radius_m.min(along_m + curvature_m) + rounding,
            phase_curvature_rad: self.wavenumber * curvature_m + rounding,
            remainder: self.channel_norm * (fading * fading + (1.0 + fading) * turned).sqrt(),
        })
    }
}

/// Rounding of a coordinate and of a distance, relative to the coordinates: the channel of another position, computed
/// in double precision, has phases that are off by this times `k` times the coordinates.
const ROUNDING: f64 = 4.0 * f64::EPSILON;
