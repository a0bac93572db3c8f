//! Geometries in which echoes, or positions, cannot be told apart, and some that only look so.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use approx::assert_relative_eq;
use common::{AXES_DEG, array, linear, paper};
use crlb::{CrlbError, GainModel, SensingParameters, SensingSignal};
use faer::Mat;
use nf_channel::{Array, Carrier, EchoGain, EchoScene, Invalid, SceneError};

fn isotropic<const D: usize>(
    parameters: SensingParameters<D>,
) -> Result<crlb::PositionBound<D>, CrlbError> {
    let stations = parameters.scene.network.access_points.len();
    let model = parameters.check().unwrap();
    model
        .fisher_information(&SensingSignal::isotropic(vec![10.0; stations]))
        .unwrap()
        .bound()
}

fn with_third_axis(axis_deg: f64) -> crlb::PositionBound<2> {
    let axes = [AXES_DEG[0], AXES_DEG[1], axis_deg];
    isotropic(paper(axes, EchoGain::TwoHop, GainModel::Unknown)).unwrap()
}

/// Users (20,30) and (40,30) lie on the line of the horizontal array at (60,30): the echoes of
/// that pair are dependent, and only of that pair; the other eight still locate everyone.
#[test]
fn two_users_on_the_axis_of_one_array() {
    let bound = with_third_axis(0.0);
    let pairs = bound.ambiguous_pairs();
    assert_eq!(pairs.len(), 1, "{pairs:?}");
    assert_eq!(
        (pairs[0].receiver, pairs[0].transmitters.as_slice()),
        (2, &[2][..])
    );
    assert_eq!(pairs[0].users, [0, 2]);
    assert!(with_third_axis(45.0).ambiguous_pairs().is_empty());
}

#[test]
fn bound_is_continuous_where_echoes_become_dependent() {
    let limit = with_third_axis(0.0).crlb_m2(1.0);
    // Linear in the angle: about 1 % for each degree.
    for axis_deg in [1e-9, 1e-6, 1e-4, 1e-2, 0.05, 0.1, 0.5, 1.0] {
        let nearby = with_third_axis(axis_deg).crlb_m2(1.0);
        assert_relative_eq!(nearby, limit, max_relative = 1e-5 + 0.012 * axis_deg);
    }
}

fn alone(users_m: Vec<[f64; 2]>, axis_deg: f64, gain_model: GainModel) -> SensingParameters<2> {
    let carrier = Carrier::new(28e9).unwrap();
    let array = linear([3.0, -2.0], 21, 0.5, axis_deg);
    let mut parameters =
        SensingParameters::new(EchoScene::new(carrier, vec![array], users_m), 1e-13);
    parameters.gain_model = gain_model;
    parameters
}

fn unidentifiable(parameters: SensingParameters<2>) -> Vec<usize> {
    match isotropic(parameters) {
        Err(CrlbError::NotIdentifiable { users, .. }) => users,
        other => panic!("expected an identifiability error, found {other:?}"),
    }
}

#[test]
fn a_user_on_the_axis_of_the_only_array() {
    for axis_deg in [0.0, 37.0, 90.0, 123.4] {
        let (sin, cos) = f64::to_radians(axis_deg).sin_cos();
        let on_axis = [3.0 + 20.0 * cos, -2.0 + 20.0 * sin];
        let aside = [3.0 - 9.0 * sin + 5.0 * cos, -2.0 + 9.0 * cos + 5.0 * sin];
        for gain_model in [GainModel::Unknown, GainModel::Known] {
            let parameters = alone(vec![aside, on_axis], axis_deg, gain_model);
            assert_eq!(
                unidentifiable(parameters),
                [1],
                "axis {axis_deg}°, {gain_model:?}"
            );
        }
        assert!(isotropic(alone(vec![aside], axis_deg, GainModel::Unknown)).is_ok());
    }
}

#[test]
fn single_elements_see_no_position_without_the_carrier_phase() {
    let users = vec![[0.0, 10.0], [4.0, 8.0]];
    let stations: Vec<Array<2>> = [[0.0, 0.0], [9.0, 0.0], [0.0, 19.0]]
        .iter()
        .map(|&centre| array(centre, vec![[0.0, 0.0]]))
        .collect();
    let carrier = Carrier::new(28e9).unwrap();
    let mut parameters = SensingParameters::new(EchoScene::new(carrier, stations, users), 1e-13);
    assert_eq!(unidentifiable(parameters.clone()), [0, 1]);
    parameters.gain_model = GainModel::CarrierPhase;
    assert!(isotropic(parameters).is_ok());
}

/// The range of a user 5 km away rests on a wavefront curvature of a hundredth of a wavelength: little
/// information, but information.
#[test]
fn weak_information_is_not_an_error() {
    for (x, y) in [(0.0, 5000.0), (3000.0, 4000.0), (-4000.0, 3000.0)] {
        let parameters = alone(vec![[3.0 + x, -2.0 + y]], 0.0, GainModel::Unknown);
        let bound = isotropic(parameters).unwrap();
        let ellipse = &bound.error_ellipsoids(100.0).unwrap()[0];
        // The long axis is the line of sight.
        let along = (ellipse.directions[1][0] * x + ellipse.directions[1][1] * y) / 5000.0;
        assert!(along.abs() > 0.999, "{ellipse:?}");
        // Continuity in the angle, as a check of the digits: turn user and array together.
        let (sin, cos) = 0.3f64.sin_cos();
        let turned = [3.0 + cos * x - sin * y, -2.0 + sin * x + cos * y];
        let other = alone(vec![turned], 0.3f64.to_degrees(), GainModel::Unknown);
        let other = isotropic(other).unwrap();
        assert_relative_eq!(bound.crlb_m2(1.0), other.crlb_m2(1.0), max_relative = 1e-7);
    }
}

#[test]
fn two_users_at_the_same_place() {
    let users = vec![[10.0, 12.0], [-5.0, 9.0], [10.0, 12.0]];
    assert_eq!(
        unidentifiable(alone(users, 20.0, GainModel::Unknown)),
        [0, 2]
    );
}

#[test]
fn bad_parameters_are_named() {
    let good = paper(AXES_DEG, EchoGain::TwoHop, GainModel::Unknown);
    let mut silent = good.clone();
    silent.noise_w = f64::NAN;
    assert!(matches!(
        silent.check(),
        Err(CrlbError::Invalid(Invalid::Number {
            what: "noise_w",
            ..
        }))
    ));
    let mut empty = good.clone();
    empty.scene.users_m.clear();
    assert!(matches!(
        empty.check(),
        Err(CrlbError::Scene(SceneError::Invalid(Invalid::Count {
            what: "users",
            value: 0,
            ..
        })))
    ));
    let mut inside = good.clone();
    inside.scene.users_m[3] = [10.0, 20.0];
    assert!(matches!(
        inside.check(),
        Err(CrlbError::Scene(SceneError::Response {
            access_point: 1,
            user: 3,
            ..
        }))
    ));
    let model = good.check().unwrap();
    assert!(matches!(
        model.transmit_gram(&SensingSignal::isotropic(vec![1.0; 2])),
        Err(CrlbError::Invalid(Invalid::Size {
            requirement: 3,
            value: 2,
            ..
        }))
    ));
    assert!(matches!(
        model.transmit_gram(&SensingSignal::isotropic(vec![1.0, -1.0, 1.0])),
        Err(CrlbError::Invalid(Invalid::Number { .. }))
    ));
}

/// Two users 8 µm apart at 5 km, for arrays whose echoes differ by 1e-9 of themselves: no pair resolves
/// them, and what the pairs seem to say about them would be gone with the gain of that difference.
#[test]
fn users_closer_than_working_precision() {
    let carrier = Carrier::new(28e9).unwrap();
    let users = |apart: f64| {
        let first = [-4451.5363977834595, -2169.2405199851637];
        let second = [first[0] - 0.2754 * apart, first[1] - 0.9613 * apart];
        vec![first, [12.0, -30.0], second]
    };
    let stations = vec![
        linear(
            [42.1891277888777, 23.1168643889296],
            4,
            0.3848328856054154,
            206.869,
        ),
        linear(
            [-13.51694279188078, 22.63784403701044],
            6,
            0.1606031025,
            64.223,
        ),
    ];
    let scene = |apart: f64| {
        SensingParameters::new(
            EchoScene::new(carrier, stations.clone(), users(apart)),
            1e-13,
        )
    };
    assert_eq!(unidentifiable(scene(7.553e-6)), [0, 2]);
    // As far apart as half the distance they are another matter.
    assert!(isotropic(scene(2000.0)).is_ok());
}

/// A linear array in space does not see a turn around its axis. That it is not lit itself, only its derivative, does not
/// make the rounding errors of the missing gradient information.
#[test]
fn rounding_errors_in_the_light_are_no_information() {
    let axis = [-0.6729335067469074, -0.1357552929271178, 0.7271389110339113];
    let offsets = (0..4)
        .map(|n| axis.map(|x| 0.44 * (f64::from(n) - 1.5) * x))
        .collect();
    let reference = [-36.31457145695316, -18.004478513777656, -6.785667270131427];
    let station = Array::from_offsets(reference, offsets).unwrap();
    let users = vec![[13.133159595547482, -21.527804103884762, -32.93383119184978]];
    let carrier = Carrier::new(28e9).unwrap();
    for gain_model in [GainModel::Known, GainModel::CarrierPhase] {
        let mut parameters = SensingParameters::new(
            EchoScene::new(carrier, vec![station.clone()], users.clone()),
            1e-13,
        );
        parameters.gain_model = gain_model;
        let model = parameters.check().unwrap();
        let vectors = model.transmit_vectors(0);
        // The strongest derivative, without what lights the user itself.
        let (b, slope) = (vectors.col(0).to_owned(), vectors.col(3).to_owned());
        let along = b.adjoint() * &slope / b.squared_norm_l2();
        let light = Mat::from_fn(4, 1, |i, _| slope[i] - b[i] * along);
        let signal = SensingSignal::dense(vec![&light * light.adjoint()]);
        let bound = model.fisher_information(&signal).unwrap().bound();
        assert!(
            matches!(&bound, Err(CrlbError::NotIdentifiable { users, .. }) if users == &[0]),
            "{gain_model:?} {bound:?}"
        );
    }
}
