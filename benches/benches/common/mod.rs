//! The presets, with any number of antennas.

use nf_channel::ArraySpec;
use td_isac_algos::scenario::{AnyScenario, CheckedScenario};

/// A preset by name; `elements` replaces the arrays' number of elements at the same aperture.
///
/// # Panics
/// When the preset is missing or broken: a bench has nothing to measure then.
#[allow(clippy::expect_used, clippy::panic)]
pub fn preset(name: &str, elements: Option<usize>) -> CheckedScenario<2> {
    let path = format!(
        "{}/../examples/scenarios/{name}.toml",
        env!("CARGO_MANIFEST_DIR")
    );
    let AnyScenario::TwoD(mut scenario) =
        AnyScenario::from_toml_file(&path).expect("preset is readable")
    else {
        panic!("preset {name} is not two-dimensional");
    };
    for spec in &mut scenario.access_points {
        if let (ArraySpec::UniformLinear { elements: n, .. }, Some(wanted)) = (spec, elements) {
            *n = wanted;
        }
    }
    scenario.check().expect("preset is valid")
}
