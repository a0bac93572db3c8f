//! Scenarios built in code: what the check computes, and what it rejects.

#![allow(clippy::unwrap_used)] // helpers of tests

use nf_channel::{
    AmplitudeProfile, Array, ArraySpec, C64, Carrier, ChannelError, EchoGain, Invalid,
    LinearExtent, PathGain, SceneError,
};
use td_isac_algos::scenario::{
    AnyScenario, ErrorSize, ReflectivitySpec, Scenario, ScenarioError, UncertaintySpec,
};
use td_isac_algos::uncertainty::PositionSet;

fn array(reference_m: [f64; 2], elements: usize) -> ArraySpec<2> {
    ArraySpec::UniformLinear {
        reference_m,
        axis: [1.0, 0.0],
        elements,
        extent: Some(LinearExtent::Spacing { spacing_m: 0.5 }),
    }
}

fn scenario() -> Scenario<2> {
    let access_points = vec![array([0.0, 0.0], 3), array([50.0, 10.0], 5)];
    Scenario::new(28e9, access_points, vec![[20.0, 30.0]])
}

/// The error after one change.
fn rejected(change: impl FnOnce(&mut Scenario<2>)) -> ScenarioError {
    let mut changed = scenario();
    change(&mut changed);
    changed.check().unwrap_err()
}

#[test]
fn channels_are_those_of_the_channel_layer() {
    let checked = scenario().check().unwrap();
    let carrier = Carrier::new(28e9).unwrap();
    let extent = LinearExtent::Spacing { spacing_m: 0.5 };
    let array = Array::uniform_linear([50.0, 10.0], [1.0, 0.0], 5, extent).unwrap();
    let channel = array
        .channel(
            &carrier,
            PathGain::SquareRoot,
            AmplitudeProfile::Uniform,
            &[20.0, 30.0],
        )
        .unwrap();
    assert_eq!(checked.channels()[0][1], channel);
    assert_eq!(checked.access_points()[1], array);
    assert_eq!(checked.parameters(), &scenario());
    assert_eq!(checked.frame().sensing_slots(0.5), 50.0);
}

#[test]
fn the_sensing_scene_has_the_same_parameters() {
    let checked = scenario().check().unwrap();
    let sensing = checked.sensing_parameters();
    assert_eq!(sensing.noise_w, 1e-13);
    assert_eq!(sensing.scene, checked.scene().parameters());
    assert_eq!(sensing.scene.users_m, [[20.0, 30.0]]);
    assert!(sensing.check().is_ok());
}

#[test]
fn numbers() {
    type Set = fn(&mut Scenario<2>, f64);
    let fields: [(&str, Set); 7] = [
        ("sensing_noise_w", |s, x| s.sensing_noise_w = x),
        ("communication_noise_w", |s, x| {
            s.communication_noise_w = x.into()
        }),
        ("communication_power_w", |s, x| {
            s.communication_power_w = x.into()
        }),
        ("sensing_power_w", |s, x| s.sensing_power_w = x.into()),
        ("crlb_threshold_m2", |s, x| s.crlb_threshold_m2 = x),
        ("duration_s", |s, x| s.frame_duration_s = x),
        ("sensing_slot_s", |s, x| s.sensing_slot_s = x),
    ];
    for (field, set) in fields {
        for value in [0.0, -1.0] {
            assert_eq!(
                rejected(|s| set(s, value)),
                ScenarioError::NotPositive { field, value }
            );
        }
        for value in [f64::NAN, f64::INFINITY] {
            assert!(matches!(
                rejected(|s| set(s, value)),
                ScenarioError::NonFinite { field: found, .. } if found == field
            ));
        }
    }
    let field = "error_scale_per_m";
    assert_eq!(
        rejected(|s| s.error_scale_per_m = Some(-1.0)),
        ScenarioError::Negative { field, value: -1.0 }
    );
    assert!(matches!(
        rejected(|s| s.error_scale_per_m = Some(f64::NAN)),
        ScenarioError::NonFinite { .. }
    ));
    assert!(matches!(
        rejected(|s| s.frequency_hz = 0.0),
        ScenarioError::Carrier {
            source: ChannelError::Invalid(Invalid::Number {
                what: "frequency_hz",
                ..
            })
        }
    ));
    assert_eq!(
        rejected(|s| s.sensing_slot_s = 0.2),
        ScenarioError::SlotLongerThanFrame {
            sensing_slot_s: 0.2,
            duration_s: 0.1
        }
    );
    // More slots than there are numbers.
    let error = rejected(|s| (s.frame_duration_s, s.sensing_slot_s) = (1e200, 1e-200));
    assert_eq!(
        error.to_string(),
        "duration_s / sensing_slot_s = inf is not a finite number"
    );
}

#[test]
fn uncertainty() {
    let of = |set, size| move |s: &mut Scenario<2>| s.uncertainty = UncertaintySpec { set, size };
    for value in [0.0, 1.0, -0.1, f64::NAN] {
        let error = rejected(of(PositionSet::Phase, ErrorSize::Confidence(value)));
        let named = matches!(
            error,
            ScenarioError::NotBetween {
                field: "confidence",
                ..
            }
        );
        assert!(named, "{error}");
    }
    assert_eq!(
        rejected(of(PositionSet::Ball, ErrorSize::Scale(-1.0))),
        ScenarioError::Negative {
            field: "scale",
            value: -1.0
        }
    );
    let error = rejected(|s| {
        of(PositionSet::Ellipse, ErrorSize::Scale(1.0))(s);
        s.error_scale_per_m = Some(3.0);
    });
    let field = "error_scale_per_m";
    assert_eq!(error, ScenarioError::Unused { field, value: 3.0 });
}

#[test]
fn geometry() {
    assert_eq!(
        rejected(|s| s.access_points.clear()),
        ScenarioError::Missing {
            what: "access_point"
        }
    );
    assert_eq!(
        rejected(|s| s.users_m.clear()),
        ScenarioError::Missing { what: "user" }
    );
    assert_eq!(
        rejected(|s| s.access_points[1] = array([0.0, 0.0], 0)),
        ScenarioError::Array {
            access_point: 1,
            source: ChannelError::Invalid(Invalid::Count {
                what: "elements",
                value: 0,
                requirement: "at least 1"
            })
        }
    );
    assert!(matches!(
        rejected(|s| s.users_m.push([51.0, 10.0])),
        ScenarioError::Channel {
            user: 1,
            access_point: 1,
            source: ChannelError::OnElement { element: 4, .. }
        }
    ));
    assert!(matches!(
        rejected(|s| s.users_m[0][0] = f64::NAN),
        ScenarioError::Channel {
            source: ChannelError::Invalid(Invalid::Number { .. }),
            ..
        }
    ));
}

#[test]
fn reflectivities() {
    let table = |users: usize, access_points: usize| ReflectivitySpec::Explicit {
        values: vec![vec![vec![C64::new(1.0, 0.0); access_points]; access_points]; users],
    };
    assert_eq!(
        rejected(|s| s.reflectivity = table(2, 2)),
        ScenarioError::ReflectivitySize {
            what: "user",
            expected: 1,
            found: 2
        }
    );
    assert_eq!(
        rejected(|s| s.reflectivity = table(1, 3)),
        ScenarioError::ReflectivitySize {
            what: "access_point",
            expected: 2,
            found: 3
        }
    );
    assert_eq!(
        rejected(|s| s.reflectivity = table(0, 0)),
        ScenarioError::Reflectivity {
            source: ChannelError::Invalid(Invalid::Count {
                what: "reflectivity",
                value: 0,
                requirement: "at least 1"
            })
        }
    );
    // Valid by itself; one centimetre away the echo's amplitude is above one.
    let mut loud = vec![vec![vec![C64::new(1.0, 0.0); 2]; 2]];
    loud[0][0][0] = C64::new(1.5e308, 1.5e308);
    let error = rejected(|s| {
        s.echo_gain = EchoGain::TotalPath;
        s.reflectivity = ReflectivitySpec::Explicit { values: loud };
        s.users_m[0] = [0.0, 0.01];
    });
    assert!(matches!(
        error,
        ScenarioError::Scene(SceneError::EchoGain {
            user: 0,
            receiver: 0,
            transmitter: 0,
            ..
        })
    ));
}

#[test]
fn either_dimension() {
    let plane = AnyScenario::from(scenario());
    assert_eq!((plane.dimension(), plane.name()), (2, ""));
    let space = Scenario::new(
        28e9,
        vec![ArraySpec::Elements {
            reference_m: [0.0; 3],
            offsets_m: vec![[0.0; 3]],
        }],
        vec![[1.0, 2.0, 3.0]],
    );
    assert!(space.check().is_ok());
    assert_eq!(AnyScenario::from(space).dimension(), 3);
}
