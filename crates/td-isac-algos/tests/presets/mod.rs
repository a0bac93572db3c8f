//! The scenarios that come with the examples.

use std::path::Path;
use td_isac_algos::scenario::AnyScenario;
use td_isac_algos::{Downlink, Sensing};

/// A preset's downlink under its optimal sensing covariance, and the largest time allocation.
pub fn downlink_of(preset: &str) -> (Downlink, f64) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples/scenarios")
        .join(preset)
        .with_extension("toml");
    let AnyScenario::TwoD(scenario) = AnyScenario::from_toml_file(&file).unwrap() else {
        panic!("{preset} is three-dimensional");
    };
    let scenario = scenario.check().unwrap();
    let sensing = Sensing::design(&scenario, None).unwrap();
    let downlink = scenario.downlink(sensing.crlb_constant_m2).unwrap();
    (downlink, sensing.eta_max().unwrap())
}
