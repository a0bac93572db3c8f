//! What is written comes back the same, and what was invalid does not come back.
#![allow(clippy::unwrap_used)]

use std::fmt::Debug;

use nf_channel::enclosure::ChannelEnclosure;
use nf_channel::{
    AmplitudeProfile, Array, ArraySpec, C64, Carrier, Channel, EchoConvention, EchoGain, EchoScene,
    LinearExtent, PathGain, Reflectivity, Response, Wavefront,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, from_value, json, to_value};

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> Value {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
    to_value(value).unwrap()
}

fn error<T: DeserializeOwned + Debug>(value: Value) -> String {
    from_value::<T>(value).unwrap_err().to_string()
}

fn scene() -> EchoScene<3> {
    let axes = [[0.0, 1.0, 0.1], [0.0, -0.1, 1.0]];
    let panel = |centre| Array::uniform_planar(centre, [3, 4], axes, 0.0123).unwrap();
    let arrays = vec![panel([0.1, 3.0, 2.5]), panel([8.0, 1.0 / 3.0, 2.5])];
    let users = vec![[3.0, 1.0, 1.0], [5.0, 4.7, 1.5]];
    let mut scene = EchoScene::new(Carrier::new(28e9).unwrap(), arrays, users);
    scene.reflectivity = Reflectivity::rayleigh(2, 2, 5);
    scene.echo_gain = EchoGain::TotalPath;
    scene.network.echo_convention = EchoConvention::Reciprocal;
    scene.network.wavefront = Wavefront::Far;
    scene.network.amplitude_profile = AmplitudeProfile::PerElement;
    scene.network.path_gain = PathGain::Friis;
    scene
}

#[test]
fn scenes_come_back() {
    let written = comes_back(&scene());
    assert_eq!(written["echo_gain"], "total_path");
    assert_eq!(
        written["network"]["carrier"],
        json!({ "frequency_hz": 28e9 })
    );
    assert_eq!(written["network"]["echo_convention"], "reciprocal");
    let rho = scene().reflectivity.get(1, 0, 1);
    assert_eq!(written["reflectivity"][1][0][1], json!([rho.re, rho.im]));
}

#[test]
fn parts_come_back() {
    let spec = ArraySpec::UniformLinear {
        reference_m: [0.1, 0.2],
        axis: [1.0, 2.0],
        elements: 5,
        extent: Some(LinearExtent::Aperture { aperture_m: 0.3 }),
    };
    let written = comes_back(&spec);
    assert_eq!(
        written["uniform_linear"]["extent"],
        json!({ "aperture": { "aperture_m": 0.3 } })
    );
    let array = spec.check().unwrap();
    comes_back(&array);
    let (carrier, uniform) = (Carrier::new(3e9).unwrap(), AmplitudeProfile::Uniform);
    let response: Response<2> = array
        .response(&carrier, Wavefront::Near, uniform, &[3.0, 4.0])
        .unwrap();
    let channel: Channel<2> =
        Channel::from_response(&carrier, PathGain::SquareRoot, response.clone());
    comes_back(&response);
    comes_back(&channel);
    let sensitivity = array.position_sensitivity(&carrier, PathGain::Friis, uniform, &[3.0, 4.0]);
    let enclosure: ChannelEnclosure = sensitivity.unwrap().ball(0.01).unwrap();
    comes_back(&enclosure);
}

#[test]
fn what_is_invalid_does_not_come_back() {
    let carrier = json!({ "frequency_hz": -1.0 });
    assert_eq!(
        error::<Carrier>(carrier),
        "frequency_hz = -1 must be positive"
    );
    let array = Array::uniform_linear(
        [0.0, 0.0],
        [1.0, 0.0],
        3,
        LinearExtent::Spacing { spacing_m: 0.5 },
    );
    let good = to_value(array.unwrap()).unwrap();
    let mut wrong = good.clone();
    wrong["aperture_m"] = json!(2.0);
    assert_eq!(
        error::<Array<2>>(wrong),
        "aperture_m = 2 must be the largest distance between two elements"
    );
    let mut empty = good;
    empty["offsets_m"] = json!([]);
    assert_eq!(error::<Array<2>>(empty), "elements = 0 must be at least 1");
    let ragged = vec![vec![vec![C64::new(1.0, 0.0); 2], vec![]]];
    assert_eq!(
        error::<Reflectivity>(to_value(ragged).unwrap()),
        "reflectivity[0][1] has 0 entries, not 2"
    );
    let mut unknown = to_value(scene()).unwrap();
    unknown["colour"] = json!("blue");
    let message = error::<EchoScene<3>>(unknown);
    assert!(message.contains("colour"), "{message}");
}
