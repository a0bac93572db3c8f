//! Scenes for the tests of the sensing design.
#![allow(dead_code, clippy::unwrap_used)]

use crlb::{GainModel, SensingModel, SensingParameters, SensingSignal};
use nf_channel::{
    Array, Carrier, EchoConvention, EchoGain, EchoScene, LinearExtent, Reflectivity,
    axis_from_degrees,
};
use proptest::prelude::*;

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
            Array::uniform_linear(centres[m], axis_from_degrees(axes_deg[m]), elements, extent)
                .unwrap()
        })
        .collect();
    let users = vec![[20.0, 30.0], [25.0, 40.0], [40.0, 30.0], [35.0, 60.0]];
    let mut parameters = SensingParameters::new(
        EchoScene::new(Carrier::new(28e9).unwrap(), arrays, users),
        1e-13,
    );
    parameters.scene.echo_gain = echo_gain;
    parameters.gain_model = gain_model;
    parameters
}

/// The same with the reference arrays of 21 elements.
pub fn paper(echo_gain: EchoGain, gain_model: GainModel) -> SensingParameters<2> {
    paper_with(21, [0.0, -45.0, 45.0], echo_gain, gain_model)
}

/// A random unit-like direction, never too short to normalise.
fn direction<const D: usize>() -> impl Strategy<Value = [f64; D]> {
    prop::array::uniform::<_, D>(-1.0..1.0f64)
        .prop_filter("too short to normalise", |v| norm(v) > 0.2)
        .prop_map(|v| v.map(|x| x / norm(&v)))
}

fn norm<const D: usize>(v: &[f64; D]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn station<const D: usize>() -> impl Strategy<Value = Array<D>> {
    let offsets = prop::collection::vec(prop::array::uniform::<_, D>(-0.3..0.3f64), 4..11);
    (direction::<D>(), 12.0..18.0f64, offsets).prop_map(|(direction, radius, offsets)| {
        Array::from_offsets(direction.map(|x| x * radius), offsets).unwrap()
    })
}

/// A random scene at 3 GHz: access points on a shell around the users.
pub fn scene<const D: usize>(
    stations: std::ops::Range<usize>,
    users: std::ops::Range<usize>,
) -> impl Strategy<Value = SensingParameters<D>> {
    let lists = (
        prop::collection::vec(station::<D>(), stations),
        prop::collection::vec(prop::array::uniform::<_, D>(-6.0..6.0f64), users),
    );
    let gain_model = prop_oneof![
        Just(GainModel::Unknown),
        Just(GainModel::Known),
        Just(GainModel::CarrierPhase)
    ];
    let choices = (any::<bool>(), any::<bool>(), gain_model, any::<u64>());
    (lists, choices).prop_map(|((arrays, users), (reciprocal, total, gain_model, seed))| {
        let reflectivity = Reflectivity::rayleigh(users.len(), arrays.len(), seed);
        let carrier = Carrier::new(3e9).unwrap();
        let mut parameters = SensingParameters::new(EchoScene::new(carrier, arrays, users), 1e-10);
        parameters.scene.reflectivity = reflectivity;
        parameters.gain_model = gain_model;
        if reciprocal {
            parameters.scene.network.echo_convention = EchoConvention::Reciprocal;
        }
        if total {
            parameters.scene.echo_gain = EchoGain::TotalPath;
        }
        parameters
    })
}

/// Whether every position can be identified from isotropic signals.
pub fn identifiable<const D: usize>(model: &SensingModel<D>) -> bool {
    let signal = SensingSignal::isotropic(vec![1.0; model.access_points()]);
    let information = model.fisher_information(&signal).unwrap();
    information.bound().is_ok()
}
