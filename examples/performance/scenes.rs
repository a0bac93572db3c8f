//! The scenes that are measured: the preset `paper`, varied.

use std::error::Error;

use nf_channel::{ArraySpec, LinearExtent, axis_from_degrees};
use td_isac_algos::scenario::{AnyScenario, CheckedScenario, Scenario};
use td_isac_algos::{Downlink, Sensing};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/paper.toml");

/// The preset itself.
pub fn paper() -> Result<Scenario<2>, Box<dyn Error>> {
    match AnyScenario::from_toml_file(FILE)? {
        AnyScenario::TwoD(scenario) => Ok(scenario),
        AnyScenario::ThreeD(_) => Err("the preset is not two-dimensional".into()),
    }
}

/// With another number of elements on the same apertures.
pub fn with_elements(elements: usize) -> Result<CheckedScenario<2>, Box<dyn Error>> {
    let mut scenario = paper()?;
    for spec in &mut scenario.access_points {
        if let ArraySpec::UniformLinear { elements: n, .. } = spec {
            *n = elements;
        }
    }
    Ok(scenario.check()?)
}

/// With users and access points spread over the same area; the reflectivity stays that of a perfect
/// reflector.
pub fn spread(users: usize, stations: usize) -> Result<CheckedScenario<2>, Box<dyn Error>> {
    let mut scenario = paper()?;
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
    Ok(scenario.check()?)
}

/// The communication problem behind the optimal sensing.
pub fn downlink(scenario: &CheckedScenario<2>) -> Result<Downlink, Box<dyn Error>> {
    let sensing = Sensing::design(scenario, None)?;
    Ok(scenario.downlink(sensing.crlb_constant_m2)?)
}
