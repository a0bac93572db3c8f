//! The presets, with any number of antennas, users and access points.
#![allow(dead_code)] // each bench takes what it needs

use td_isac_algos::scenario::CheckedScenario;
use td_isac_examples::scenes;

/// A preset by name.
///
/// # Panics
/// When the preset is missing or broken: a bench has nothing to measure then.
#[allow(clippy::expect_used)]
pub fn preset(name: &str) -> CheckedScenario<2> {
    let scenario = scenes::preset(name).expect("preset is readable");
    scenario.check().expect("preset is valid")
}

/// The preset `paper` with so many elements on the same apertures.
///
/// # Panics
/// As [`preset`].
#[allow(clippy::expect_used)]
pub fn with_elements(elements: usize) -> CheckedScenario<2> {
    scenes::with_elements(elements).expect("preset is valid")
}

/// The preset `paper` with users and access points spread over its area.
///
/// # Panics
/// As [`preset`].
#[allow(clippy::expect_used)]
pub fn spread(users: usize, stations: usize) -> CheckedScenario<2> {
    scenes::spread(users, stations).expect("users and arrays are apart")
}
