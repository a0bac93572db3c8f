//! Scenario files that are right, for tests that read or spoil them.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests
#![allow(dead_code)] // each test uses its part

use td_isac_algos::scenario::ScenarioFileError;
use td_isac_algos::scenario::{AnyScenario, Scenario};

/// Two users and three access points in the plane; no optional key.
pub const PLANE: &str = r#"
name = "plane"
[carrier]
frequency_hz = 28_000_000_000
[noise]
sensing_dbm = -100
communication_dbm = -90.0
[frame]
duration_s = 1
sensing_slot_s = 0.001
[power]
communication_dbm = 30
sensing_dbm = 40.0
[sensing]
gain_model = "known"
crlb_threshold_m2 = 2e-11
[[access_point]]
position_m = [30, 70.0]
array = { elements = 21, aperture_m = 0.53, axis_deg = 0 }
[[access_point]]
position_m = [10.0, 20.0]
array = { elements = 4, spacing_m = 0.5, axis_deg = 90 }
[[access_point]]
position_m = [60.0, 30.0]
array = { elements = 1 }
[[user]]
position_m = [20.0, 30]
[[user]]
position_m = [25.0, 40.0]
[reflectivity]
kind = "unit"
"#;

/// One user and two access points in space; every optional key.
pub const SPACE: &str = r#"
name = "space"
carrier = { frequency_hz = 1e9 }
noise = { sensing_dbm = -100, communication_dbm = -100 }
frame = { duration_s = 0.1, sensing_slot_s = 0.1 }
power = { communication_dbm = 30, sensing_dbm = 40 }
sensing = { gain_model = "carrier-phase", crlb_threshold_m2 = 1, echo = "reciprocal" }
uncertainty = { error_scale_per_m = 12 }
reflectivity = { kind = "rayleigh", seed = 9, echo_gain = "total-path" }
[[access_point]]
position_m = [0, 0, 10]
array = { planar = [2, 3], spacing_m = 0.5, row_axis = [0, 1, 0], column_axis = [0, 0, 1] }
[[access_point]]
position_m = [50, 0, 10]
array = { elements = 3, spacing_m = 0.5, axis = [0, 2, 0] }
[[user]]
position_m = [20, 3, 1.5]
"#;

/// What a file with this text is read as.
pub fn read(text: &str) -> Result<AnyScenario, ScenarioFileError> {
    AnyScenario::from_toml_str(text, "test.toml")
}

/// The scenario of a file that is right and in the plane.
pub fn plane(text: &str) -> Scenario<2> {
    match read(text).unwrap() {
        AnyScenario::TwoD(scenario) => scenario,
        AnyScenario::ThreeD(_) => panic!("not in the plane"),
    }
}
