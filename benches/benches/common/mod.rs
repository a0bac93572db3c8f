//! The presets, with any number of antennas, users and access points.
#![allow(dead_code)] // each bench takes what it needs

use nf_channel::{ArraySpec, LinearExtent, axis_from_degrees};
use td_isac_algos::scenario::{AnyScenario, CheckedScenario, Scenario};

/// A preset by name; `elements` replaces the arrays' number of elements at the same aperture.
///
/// # Panics
/// When the preset is missing or broken: a bench has nothing to measure then.
#[allow(clippy::expect_used)]
pub fn preset(name: &str, elements: Option<usize>) -> CheckedScenario<2> {
    let mut scenario = read(name);
    for spec in &mut scenario.access_points {
        if let (ArraySpec::UniformLinear { elements: n, .. }, Some(wanted)) = (spec, elements) {
            *n = wanted;
        }
    }
    scenario.check().expect("preset is valid")
}

/// The preset `paper` with users and access points spread over its area.
///
/// # Panics
/// As [`preset`].
#[allow(clippy::expect_used)]
pub fn spread(users: usize, stations: usize) -> CheckedScenario<2> {
    let mut scenario = read("paper");
    let around = |i: usize, count: usize, radius: f64, phase: f64| {
        let angle = std::f64::consts::TAU * (i as f64 / count as f64) + phase;
        [35.0 + radius * angle.cos(), 42.0 + radius * angle.sin()]
    };
    scenario.users_m = (0..users)
        .map(|i| around(i, users, 8.0 + 1.5 * i as f64, 0.3))
        .collect();
    scenario.access_points = (0..stations)
        .map(|i| ArraySpec::UniformLinear {
            reference_m: around(i, stations, 36.0, 1.0),
            axis: axis_from_degrees(45.0 + 360.0 * i as f64 / stations as f64),
            elements: 21,
            extent: Some(LinearExtent::Aperture { aperture_m: 0.53 }),
        })
        .collect();
    scenario.check().expect("users and arrays are apart")
}

#[allow(clippy::expect_used, clippy::panic)]
fn read(name: &str) -> Scenario<2> {
    let path = format!(
        "{}/../examples/scenarios/{name}.toml",
        env!("CARGO_MANIFEST_DIR")
    );
    match AnyScenario::from_toml_file(&path).expect("preset is readable") {
        AnyScenario::TwoD(scenario) => scenario,
        AnyScenario::ThreeD(_) => panic!("preset {name} is not two-dimensional"),
    }
}
