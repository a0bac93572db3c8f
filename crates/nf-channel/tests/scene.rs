//! Scenes: what they refuse, and their responses and echo gains against the definitions.
#![allow(clippy::unwrap_used)]

use std::f64::consts::PI;

use approx::assert_relative_eq;
use nf_channel::{
    AmplitudeProfile, Array, BlockedLink, C64, Carrier, EchoConvention, EchoGain, EchoScene,
    Invalid, LinearExtent, Network, PathGain, Reflectivity, SceneError, Wavefront,
};
use proptest::prelude::*;

fn linear(centre: [f64; 2], axis: [f64; 2]) -> Array<2> {
    let extent = LinearExtent::Aperture { aperture_m: 0.4 };
    Array::uniform_linear(centre, axis, 5, extent).unwrap()
}

fn scene() -> EchoScene<2> {
    let arrays = vec![
        linear([0.0, 0.0], [1.0, 0.0]),
        linear([10.0, 1.0], [0.0, 1.0]),
    ];
    let users = vec![[3.0, 8.0], [6.0, 5.0], [4.0, 4.0]];
    EchoScene::new(Carrier::new(3e9).unwrap(), arrays, users)
}

fn message(scene: EchoScene<2>) -> String {
    scene.check().unwrap_err().to_string()
}

#[test]
fn bad_scenes_are_named() {
    let mut empty = scene();
    empty.users_m.clear();
    assert_eq!(message(empty), "users = 0 must be at least 1");
    let mut empty = scene();
    empty.network.access_points.clear();
    assert_eq!(message(empty), "access_points = 0 must be at least 1");
    let network = Network::<3>::new(Carrier::new(3e9).unwrap(), vec![]);
    assert_eq!(
        network.check(),
        Err(SceneError::Invalid(Invalid::Count {
            what: "access_points",
            value: 0,
            requirement: "at least 1"
        }))
    );
    let mut other = scene();
    other.reflectivity = Reflectivity::unit(2, 2);
    assert_eq!(message(other), "reflectivity (users) = 2 must be 3");
    let mut other = scene();
    other.reflectivity = Reflectivity::unit(3, 1);
    assert_eq!(message(other), "reflectivity (access points) = 1 must be 2");
    for (position, expected) in [
        (
            [10.0, 1.0],
            "access point 1, user 2: position [10.0, 1.0] m is on the array's reference point",
        ),
        (
            [0.1, 0.0],
            "access point 0, user 2: position [0.1, 0.0] m is on element 3 of the array",
        ),
        (
            [f64::NAN, 0.0],
            "access point 0, user 2: position_m = NaN must be finite",
        ),
    ] {
        let mut impossible = scene();
        impossible.users_m[2] = position;
        assert_eq!(message(impossible), expected);
    }
}

#[test]
fn echo_gains_that_overflow_are_named() {
    let mut loud = scene();
    let mut table = vec![vec![vec![C64::new(1.0, 0.0); 2]; 2]; 3];
    table[1][0][1] = C64::new(1.5e308, 1.5e308);
    loud.reflectivity = Reflectivity::explicit(table).unwrap();
    // At 30 MHz and 0.3 m the amplitude is above one.
    loud.network.carrier = Carrier::new(3e7).unwrap();
    loud.users_m[1] = [0.0, 0.3];
    loud.network.access_points[1] = linear([0.0, 0.6], [1.0, 0.0]);
    assert!(matches!(
        loud.check(),
        Err(SceneError::EchoGain {
            user: 1,
            receiver: 0,
            transmitter: 1,
            ..
        })
    ));
}

/// A scene remembers what it was made of.
#[test]
fn parameters_come_back() {
    let mut given = scene();
    given.echo_gain = EchoGain::TotalPath;
    given.network.wavefront = Wavefront::Far;
    let checked = given.clone().check().unwrap();
    assert_eq!(checked.parameters(), given);
    assert_eq!(checked.network().parameters(), &given.network);
    assert_eq!(checked.users_m(), given.users_m);
    assert_eq!(checked.reflectivity(), &given.reflectivity);
}

fn scenes() -> impl Strategy<Value = EchoScene<2>> {
    let positions = |count| prop::collection::vec(prop::array::uniform2(-20.0..20.0f64), count);
    let choices = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (positions(1..4), positions(1..4), choices, any::<u64>()).prop_map(
        |(centres, users, (reciprocal, total, friis, far), seed)| {
            let arrays: Vec<_> = (centres.iter())
                .map(|&centre| linear(centre, [1.0, 0.3]))
                .collect();
            let reflectivity = Reflectivity::rayleigh(users.len(), arrays.len(), seed);
            let mut scene = EchoScene::new(Carrier::new(3e9).unwrap(), arrays, users);
            scene.reflectivity = reflectivity;
            if reciprocal {
                scene.network.echo_convention = EchoConvention::Reciprocal;
            }
            if total {
                scene.echo_gain = EchoGain::TotalPath;
            }
            if friis {
                scene.network.path_gain = PathGain::Friis;
            }
            if far {
                scene.network.wavefront = Wavefront::Far;
            }
            scene
        },
    )
}

fn distance(a: &[f64; 2], b: &[f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

proptest! {
    /// `α = ρ g exp(−j 2π/λ (r_l ∓ r_m))`, each factor from its definition.
    #[test]
    fn echo_gains_are_those_of_the_definition(scene in scenes()) {
        let checked = scene.clone().check().unwrap();
        let lambda = 299_792_458.0 / 3e9;
        let constant = match scene.network.path_gain {
            PathGain::Friis => lambda / (4.0 * PI),
            _ => (lambda / (4.0 * PI)).sqrt(),
        };
        for (user, position) in scene.users_m.iter().enumerate() {
            for (l, receiver) in scene.network.access_points.iter().enumerate() {
                for (m, transmitter) in scene.network.access_points.iter().enumerate() {
                    let inward = distance(position, receiver.reference_m());
                    let outward = distance(position, transmitter.reference_m());
                    let amplitude = match scene.echo_gain {
                        EchoGain::TwoHop => constant / inward * (constant / outward),
                        _ => constant / (inward + outward),
                    };
                    let path = match scene.network.echo_convention {
                        EchoConvention::Conjugate => inward - outward,
                        EchoConvention::Reciprocal => inward + outward,
                    };
                    let turn = C64::new(0.0, -2.0 * PI / lambda * path).exp();
                    let expected = scene.reflectivity.get(user, l, m) * amplitude * turn;
                    let found = checked.echo_gain(l, m, user);
                    prop_assert!((found - expected).norm() <= 1e-11 * expected.norm());
                }
            }
        }
    }

    /// In two-hop echoes the gain and the responses are products of one-way channels, `ρ h_l h_m^H` or
    /// `ρ h_l h_m^T`.
    #[test]
    fn two_hop_echoes_are_products_of_channels(mut scene in scenes()) {
        scene.echo_gain = EchoGain::TwoHop;
        let checked = scene.clone().check().unwrap();
        for user in 0..scene.users_m.len() {
            for l in 0..scene.network.access_points.len() {
                for m in 0..scene.network.access_points.len() {
                    let (seen, lit) = (checked.channel(l, user), checked.channel(m, user));
                    let conjugate = scene.network.echo_convention == EchoConvention::Conjugate;
                    let turned = |z: C64| if conjugate { z.conj() } else { z };
                    let block = checked.echo_gain(l, m, user)
                        * checked.response(l, user).values[1]
                        * turned(checked.response(m, user).values[4]);
                    let expected = scene.reflectivity.get(user, l, m)
                        * seen.values[1]
                        * turned(lit.values[4]);
                    prop_assert!((block - expected).norm() <= 1e-11 * expected.norm());
                }
            }
        }
    }

    /// Responses are those of the arrays under the scene's wavefront and amplitude profile.
    #[test]
    fn responses_are_those_of_the_arrays(mut scene in scenes(), own in any::<bool>()) {
        if own {
            scene.network.amplitude_profile = AmplitudeProfile::PerElement;
        }
        let checked = scene.clone().check().unwrap();
        let of = &scene.network;
        for (m, array) in of.access_points.iter().enumerate() {
            for (user, position) in scene.users_m.iter().enumerate() {
                let expected = array
                    .response(&of.carrier, of.wavefront, of.amplitude_profile, position)
                    .unwrap();
                prop_assert_eq!(checked.response(m, user), &expected);
                let values = checked.network().response_values(m, position).unwrap();
                prop_assert_eq!(values, expected.values);
            }
        }
    }
}

#[test]
fn elements_are_where_they_are() {
    let array = linear([10.0, 1.0], [0.0, 1.0]);
    let along: Vec<f64> = array.elements_m().map(|e| e[1]).collect();
    for (found, expected) in along.iter().zip([0.8, 0.9, 1.0, 1.1, 1.2]) {
        assert_relative_eq!(*found, expected, max_relative = 1e-15);
    }
    assert_eq!(array.elements_m().len(), array.len());
    assert!(array.elements_m().all(|e| e[0] == 10.0));
}

#[test]
fn a_blocked_link_has_no_channel_and_no_echo_either_way() {
    let (user, access_point) = (1, 0);
    let mut blocked = scene();
    blocked.blocked.push(BlockedLink { user, access_point });
    let free = scene().check().unwrap();
    let scene_of = |scene: EchoScene<2>| scene.check().unwrap();
    let seen = scene_of(blocked.clone());
    assert_eq!(seen.parameters(), blocked);
    for k in 0..3 {
        for l in 0..2 {
            let gone = k == user && l == access_point;
            assert_eq!(seen.is_blocked(l, k), gone);
            let channel = seen.channel(l, k);
            if gone {
                let all = channel
                    .values
                    .iter()
                    .chain(channel.gradient.iter().flatten());
                assert!(all.chain([&channel.gain]).all(|v| *v == C64::ZERO));
            } else {
                assert_eq!(channel, free.channel(l, k));
            }
            for m in 0..2 {
                let crosses = k == user && (l == access_point || m == access_point);
                let gain = if crosses {
                    C64::ZERO
                } else {
                    free.echo_gain(l, m, k)
                };
                assert_eq!(seen.echo_gain(l, m, k), gain);
            }
        }
    }
    blocked.blocked[0].user = 3;
    assert_eq!(
        message(blocked),
        "blocked user = 3 must be less than 3, their number"
    );
}
