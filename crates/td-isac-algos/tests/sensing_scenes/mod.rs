//! Scenes for the tests of the sensing design.
#![allow(dead_code)]

use crlb::{GainModel, SensingParameters};
use nf_channel::{Array, Carrier, EchoGain, LinearExtent, axis_from_degrees};

/// The paper's layout with the effective noise of -100 dBm, and `elements` on each array.
pub fn paper_with(
    elements: usize,
    axes_deg: [f64; 3],
    echo_gain: EchoGain,
    gain_model: GainModel,
) -> SensingParameters<2> {
    let centres = [[30.0, 70.0], [10.0, 20.0], [60.0, 30.0]];
    let extent = LinearExtent::Aperture { aperture_m: 0.53 };
    let arrays = (0..3)
        .map(|m| {
            Array::uniform_linear(centres[m], axis_from_degrees(axes_deg[m]), elements, extent).unwrap()
        })
        .collect();
    let users = vec![[20.0, 30.0], [25.0, 40.0], [40.0, 30.0], [35.0, 60.0]];
    let mut parameters =
        SensingParameters::new(Carrier::new(28e9).unwrap(), arrays, users, 1e-13);
    parameters.echo_gain = echo_gain;
    parameters.gain_model = gain_model;
    parameters
}

/// The same with the reference arrays of 21 elements.
pub fn paper(echo_gain: EchoGain, gain_model: GainModel) -> SensingParameters<2> {
    paper_with(21, [0.0, -45.0, 45.0], echo_gain, gain_model)
}
