//! Array responses and their exact gradients.
//!
//! With `x = c − e_0`, `d = e_n − e_0` and `u_0 = x/r_0`, the difference of distances is taken from
//! its square, `r_n² − r_0² = d·(d − 2x)`, and the difference of directions from it:
//!
//! ```math
//! r_n - r_0 = \frac{d \cdot (d - 2x)}{r_n + r_0}, \qquad
//! u_n - u_0 = -\frac{d + (r_n - r_0)\, u_0}{r_n}.
//! ```
//!
//! Neither subtracts two large, nearly equal numbers: at 3 km the subtraction of distances would cost
//! four digits of phase.

use crate::vector::{add_scaled, dot, max_abs, norm, scale, sub};
use crate::{Array, C64, Carrier, ChannelError};
use std::array::from_fn;

/// Shape of the wave that reaches the array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Wavefront {
    /// Spherical: exact distances to every element.
    #[default]
    Near,
    /// Planar: the limit of an infinitely distant user in the same direction.
    Far,
}

/// Amplitude over the elements of one array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum AmplitudeProfile {
    /// The same for all elements.
    #[default]
    Uniform,
    /// `r_0/r_n`: each element at its own distance. A planar wave has no distances, so
    /// [`Wavefront::Far`] is uniform under this profile too.
    PerElement,
}

/// Response `a(c)` of an array to a user at `c`, relative to the array's reference point.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(bound = "[f64; D]: crate::Plain, [Vec<C64>; D]: crate::Plain")
)]
pub struct Response<const D: usize> {
    /// `a_n`, one an element.
    pub values: Vec<C64>,
    /// `gradient[i][n] = ∂a_n/∂c_i`, per metre.
    pub gradient: [Vec<C64>; D],
    /// `r_0`, distance from the reference point.
    pub distance_m: f64,
    /// `u_0 = (c − e_0)/r_0`, unit vector from the reference point to the user.
    pub direction: [f64; D],
}

impl<const D: usize> Array<D> {
    /// Response and gradient at a position.
    ///
    /// # Errors
    ///
    /// The position is not finite, or coincides with the reference point or (near field) an element.
    pub fn response(
        &self,
        carrier: &Carrier,
        wavefront: Wavefront,
        profile: AmplitudeProfile,
        position_m: &[f64; D],
    ) -> Result<Response<D>, ChannelError> {
        let sight = LineOfSight::new(self, carrier, position_m)?;
        let mut values = Vec::with_capacity(self.len());
        let mut gradient: [Vec<C64>; D] = from_fn(|_| Vec::with_capacity(self.len()));
        for element in 0..self.len() {
            let term = sight.element(wavefront, profile, element)?;
            let value = term.value();
            // ∂a = (∂ln|a| + j ∂arg a) a
            for (column, (log_amplitude, phase)) in gradient
                .iter_mut()
                .zip(term.log_amplitude_gradient.iter().zip(&term.phase_gradient))
            {
                column.push(C64::new(*log_amplitude, *phase) * value);
            }
            values.push(value);
        }
        Ok(Response {
            values,
            gradient,
            distance_m: sight.distance_m,
            direction: sight.direction,
        })
    }

    /// The values of [`Array::response`] alone.
    ///
    /// # Errors
    ///
    /// As for [`Array::response`].
    pub fn response_values(
        &self,
        carrier: &Carrier,
        wavefront: Wavefront,
        profile: AmplitudeProfile,
        position_m: &[f64; D],
    ) -> Result<Vec<C64>, ChannelError> {
        let sight = LineOfSight::new(self, carrier, position_m)?;
        (0..self.len())
            .map(|element| Ok(sight.element(wavefront, profile, element)?.value()))
            .collect()
    }
}

/// Amplitude and phase of one element's response, with their gradients.
struct Element<const D: usize> {
    amplitude: f64,
    phase: f64,
    log_amplitude_gradient: [f64; D],
    phase_gradient: [f64; D],
}

impl<const D: usize> Element<D> {
    fn value(&self) -> C64 {
        C64::from_polar(self.amplitude, self.phase)
    }
}

/// A user as seen from an array's reference point.
struct LineOfSight<'a, const D: usize> {
    array: &'a Array<D>,
    wavenumber: f64,
    position_m: &'a [f64; D],
    /// `x = c − e_0`
    from_reference_m: [f64; D],
    distance_m: f64,
    direction: [f64; D],
    /// Below this length two positions differ by no more than the rounding of their coordinates.
    resolution_m: f64,
}

impl<'a, const D: usize> LineOfSight<'a, D> {
    fn new(
        array: &'a Array<D>,
        carrier: &Carrier,
        position_m: &'a [f64; D],
    ) -> Result<Self, ChannelError> {
        crate::error::finite_vector("position_m", *position_m)?;
        let from_reference_m = sub(position_m, array.reference_m());
        let distance_m = norm(&from_reference_m);
        let resolution_m =
            8.0 * f64::EPSILON * max_abs(position_m).max(max_abs(array.reference_m()));
        if distance_m <= resolution_m {
            return Err(ChannelError::OnReference {
                position_m: position_m.to_vec(),
            });
        }
        let sight = Self {
            array,
            wavenumber: carrier.wavenumber_rad_per_m(),
            position_m,
            from_reference_m,
            distance_m,
            direction: scale(distance_m.recip(), &from_reference_m),
            resolution_m,
        };
        sight.in_range(distance_m)?;
        Ok(sight)
    }

    fn element(
        &self,
        wavefront: Wavefront,
        profile: AmplitudeProfile,
        element: usize,
    ) -> Result<Element<D>, ChannelError> {
        let offset = &self.array.offsets_m()[element];
        match wavefront {
            Wavefront::Near => self.spherical(profile, element, offset),
            Wavefront::Far => Ok(self.planar(offset)),
        }
    }

    fn spherical(
        &self,
        profile: AmplitudeProfile,
        element: usize,
        offset: &[f64; D],
    ) -> Result<Element<D>, ChannelError> {
        let from_element = sub(&self.from_reference_m, offset);
        let distance = norm(&from_element);
        if distance <= self.resolution_m {
            return Err(ChannelError::OnElement {
                element,
                position_m: self.position_m.to_vec(),
            });
        }
        self.in_range(distance)?;
        let longer_by = dot(offset, &add_scaled(offset, -2.0, &self.from_reference_m))
            / (distance + self.distance_m);
        // u_n − u_0
        let turn = scale(
            -distance.recip(),
            &add_scaled(offset, longer_by, &self.direction),
        );
        let (amplitude, log_amplitude_gradient) = match profile {
            AmplitudeProfile::Uniform => (1.0, [0.0; D]),
            AmplitudeProfile::PerElement => {
                // ∂ ln(r_0/r_n) = u_0/r_0 − u_n/r_n = ((r_n − r_0) u_0/r_0 − (u_n − u_0))/r_n
                let stretch = add_scaled(
                    &scale(longer_by / self.distance_m, &self.direction),
                    -1.0,
                    &turn,
                );
                (
                    self.distance_m / distance,
                    scale(distance.recip(), &stretch),
                )
            }
        };
        Ok(Element {
            amplitude,
            phase: -self.wavenumber * longer_by,
            log_amplitude_gradient,
            phase_gradient: scale(-self.wavenumber, &turn),
        })
    }

    fn planar(&self, offset: &[f64; D]) -> Element<D> {
        let along = dot(offset, &self.direction);
        // ∂(d·u_0)/∂c = (d − (d·u_0) u_0)/r_0
        let across = add_scaled(offset, -along, &self.direction);
        Element {
            amplitude: 1.0,
            phase: self.wavenumber * along,
            log_amplitude_gradient: [0.0; D],
            phase_gradient: scale(self.wavenumber / self.distance_m, &across),
        }
    }

    fn in_range(&self, distance_m: f64) -> Result<(), ChannelError> {
        if distance_m.is_normal() && distance_m.recip().is_normal() {
            return Ok(());
        }
        Err(ChannelError::DistanceOutOfRange {
            position_m: self.position_m.to_vec(),
            distance_m,
        })
    }
}
