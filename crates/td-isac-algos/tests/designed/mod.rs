//! The presets of `examples/scenarios`, changed at will, with their sensing designed.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests
#![allow(dead_code)] // each test uses its part

use td_isac_algos::scenario::{AnyScenario, Scenario};
use td_isac_algos::{Downlink, Sensing};

/// Both halves of a scenario.
pub struct Designed {
    pub sensing: Sensing<2>,
    pub downlink: Downlink,
}

pub fn preset(name: &str) -> Designed {
    designed(scenario(name))
}

pub fn scenario(name: &str) -> Scenario<2> {
    let path = format!("{}/tests/scenarios/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    match AnyScenario::from_toml_file(&path).unwrap() {
        AnyScenario::TwoD(scenario) => scenario,
        AnyScenario::ThreeD(_) => panic!("the presets are plane"),
    }
}

pub fn designed(scenario: Scenario<2>) -> Designed {
    let scenario = scenario.check().unwrap();
    let sensing = Sensing::design(&scenario, None).unwrap();
    let downlink = scenario.downlink(sensing.crlb_constant_m2).unwrap();
    Designed { sensing, downlink }
}
