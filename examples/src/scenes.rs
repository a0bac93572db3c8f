//! The scenes that `performance` and the benches measure: the presets, varied.

use std::error::Error;

use nf_channel::{ArraySpec, LinearExtent, axis_from_degrees};
use td_isac_algos::scenario::{AnyScenario, CheckedScenario, Scenario};
use td_isac_algos::{Downlink, Sensing};

/// File of the preset `paper`, which most examples take when none is named.
pub const PAPER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/paper.toml");

/// A preset in the plane by its name.
///
/// # Errors
/// When there is no such preset, or it is three-dimensional.
pub fn preset(name: &str) -> Result<Scenario<2>, Box<dyn Error>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
    match AnyScenario::from_toml_file(format!("{folder}/{name}.toml"))? {
        AnyScenario::TwoD(scenario) => Ok(scenario),
        AnyScenario::ThreeD(_) => Err(format!("preset {name} is not two-dimensional").into()),
    }
}

/// The preset `paper` with another number of elements on the same apertures.
///
/// # Errors
/// Those of [`preset`] and of the scenario's checks.
pub fn with_elements(elements: usize) -> Result<CheckedScenario<2>, Box<dyn Error>> {
    let mut scenario = preset("paper")?;
    for spec in &mut scenario.access_points {
        if let ArraySpec::UniformLinear { elements: n, .. } = spec {
            *n = elements;
        }
    }
    Ok(scenario.check()?)
}

/// The preset `paper` with users and access points spread over its area; the reflectivity stays that of
/// a perfect reflector.
///
/// # Errors
/// Those of [`preset`] and of the scenario's checks.
pub fn spread(users: usize, stations: usize) -> Result<CheckedScenario<2>, Box<dyn Error>> {
    let mut scenario = preset("paper")?;
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
///
/// # Errors
/// Those of the two designs.
pub fn downlink(scenario: &CheckedScenario<2>) -> Result<Downlink, Box<dyn Error>> {
    let sensing = Sensing::design(scenario, None)?;
    Ok(scenario.downlink(sensing.crlb_constant_m2)?)
}
