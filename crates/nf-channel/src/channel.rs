//! One-way channels.

use crate::{AmplitudeProfile, Array, C64, Carrier, ChannelError, PathGain, Response, Wavefront};

/// Channel `h = |β(r_0)| exp(−j k r_0) a(c)` between a user at `c` and every element of an array.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(bound = "[f64; D]: crate::Plain, [Vec<C64>; D]: crate::Plain")
)]
pub struct Channel<const D: usize> {
    /// `h_n`, one an element.
    pub values: Vec<C64>,
    /// `gradient[i][n] = ∂h_n/∂c_i`, per metre: response, carrier phase and path gain all vary.
    pub gradient: [Vec<C64>; D],
    /// `β = |β| exp(−j k r_0)`, the channel of the reference point.
    pub gain: C64,
    /// `r_0`, distance from the reference point.
    pub distance_m: f64,
    /// `u_0`, unit vector from the reference point to the user.
    pub direction: [f64; D],
}

impl<const D: usize> Array<D> {
    /// Near-field channel and gradient at a position.
    ///
    /// # Errors
    ///
    /// As for [`Array::response`].
    pub fn channel(
        &self,
        carrier: &Carrier,
        path_gain: PathGain,
        profile: AmplitudeProfile,
        position_m: &[f64; D],
    ) -> Result<Channel<D>, ChannelError> {
        let response = self.response(carrier, Wavefront::Near, profile, position_m)?;
        Ok(Channel::from_response(carrier, path_gain, response))
    }
}

impl<const D: usize> Channel<D> {
    /// The channel with a given response, such as one of the far field.
    pub fn from_response(carrier: &Carrier, path_gain: PathGain, response: Response<D>) -> Self {
        let Response {
            mut values,
            mut gradient,
            distance_m,
            direction,
        } = response;
        let wavenumber = carrier.wavenumber_rad_per_m();
        let amplitude = path_gain.amplitude(carrier, distance_m);
        let gain = C64::from_polar(amplitude, -wavenumber * distance_m);
        // ∂β/∂r_0 = (|β|'/|β| − j k) β, ∂h = ∂β a + β ∂a
        let slope = path_gain.amplitude_derivative(carrier, distance_m) / amplitude;
        let gain_derivative = C64::new(slope, -wavenumber) * gain;
        for (column, u) in gradient.iter_mut().zip(&direction) {
            for (derivative, value) in column.iter_mut().zip(&values) {
                *derivative = gain * *derivative + gain_derivative * *u * value;
            }
        }
        for value in &mut values {
            *value *= gain;
        }
        Self {
            values,
            gradient,
            gain,
            distance_m,
            direction,
        }
    }
}
