//! Scenario files: every way to be rejected, word for word.

#![allow(clippy::unwrap_used)] // helpers of tests

mod scenario_files;

use nf_channel::C64;
use scenario_files::{PLANE, SPACE, plane, read};
use td_isac_algos::scenario::AnyScenario;

/// The message for a file that differs from a good one by one replacement.
fn rejected_from(good: &str, from: &str, to: &str) -> String {
    assert_eq!(good.matches(from).count(), 1, "{from:?} must occur once");
    read(&good.replace(from, to)).unwrap_err().to_string()
}

#[track_caller]
fn rejects(from: &str, to: &str, message: &str) {
    assert_eq!(
        rejected_from(PLANE, from, to),
        format!("test.toml: {message}")
    );
}

#[track_caller]
fn rejects_in_space(from: &str, to: &str, message: &str) {
    assert_eq!(
        rejected_from(SPACE, from, to),
        format!("test.toml: {message}")
    );
}

#[test]
fn explicit_reflectivities() {
    let unit = "[reflectivity]\nkind = \"unit\"";
    let row = "[[1, 2], [0, 0.5], [-1, 0]]";
    let rows = format!("[{row}, {row}, {row}]");
    let explicit = |values: &str| {
        PLANE.replace(
            unit,
            &format!("[reflectivity]\nkind = \"explicit\"\nvalues = {values}"),
        )
    };
    let checked = plane(&explicit(&format!("[{rows}, {rows}]")))
        .check()
        .unwrap();
    assert_eq!(checked.reflectivity().get(1, 2, 1), C64::new(0.0, 0.5));

    let message = |values: &str| read(&explicit(values)).unwrap_err().to_string();
    assert_eq!(
        message(&format!("[{rows}]")),
        "test.toml: reflectivity.values: expected 2 lists, one a user, found 1"
    );
    assert_eq!(
        message(&format!("[{rows}, [{row}, {row}]]")),
        "test.toml: reflectivity.values[1]: expected 3 lists, one a receiving access point, found 2"
    );
    assert_eq!(
        message(&format!("[[{row}, [[1, 0]], {row}], {rows}]")),
        "test.toml: reflectivity.values[0][1]: expected 3 entries, one a transmitting access point, found 1"
    );
    assert_eq!(
        message(&format!(
            "[{rows}, [{row}, {row}, [[1, 2], [0, 0.5], [-1]]]]"
        )),
        "test.toml: reflectivity.values[1][2][2]: invalid length 1, expected an array of length 2"
    );
    assert_eq!(
        message(&format!(
            "[{rows}, [{row}, {row}, [[1, 2], [0, nan], [-1, 0]]]]"
        )),
        "test.toml: reflectivity.values[1][2][1][1]: NaN is not a finite number"
    );
}

#[test]
fn unknown_keys_are_named() {
    rejects(
        "frequency_hz",
        "frequncy_hz",
        "carrier.frequncy_hz: unknown field `frequncy_hz`, expected one of `frequency_hz`, `path_gain`, `amplitudes`",
    );
    rejects(
        "elements = 4",
        "elements = 4, antennas = 4",
        "access_point[1].array.antennas: unknown field `antennas`, expected one of `elements`, `aperture_m`, `spacing_m`, `axis_deg`",
    );
    rejects(
        "position_m = [20.0, 30]",
        "position_m = [20.0, 30]\nspeed = 1",
        "user[0].speed: unknown field `speed`, expected `position_m`",
    );
    rejects(
        "kind = \"unit\"",
        "kind = \"unit\"\nvalues = []",
        "reflectivity.values: belongs to the kind \"explicit\"",
    );
    rejects(
        "kind = \"unit\"",
        "kind = \"explicit\"",
        "reflectivity.values: missing; expected lists values[user][receiver][transmitter]",
    );
    rejects(
        "kind = \"unit\"",
        "kind = \"unit\"\nseed = 1",
        "reflectivity.seed: belongs to the kind \"rayleigh\"",
    );
    let message = rejected_from(PLANE, "name = \"plane\"", "name = \"plane\"\ncolour = 1");
    assert!(
        message.starts_with("test.toml: colour: unknown field `colour`"),
        "{message}"
    );
    let message = rejected_from(
        PLANE,
        "kind = \"unit\"",
        "kind = \"unit\"\n[uncertainty]\nradius = 1",
    );
    assert!(
        message.starts_with("test.toml: uncertainty.radius: unknown field `radius`"),
        "{message}"
    );
}

#[test]
fn uncertainty_that_makes_no_sense() {
    let good = "[uncertainty]\nerror_scale_per_m = 12\n";
    let space = SPACE.replace("uncertainty = { error_scale_per_m = 12 }\n", "") + good;
    let message = |keys: &str| {
        let text = space.replace(good, &format!("[uncertainty]\n{keys}\n"));
        read(&text).unwrap_err().to_string()
    };
    assert!(read(&space).is_ok());
    for (keys, expected) in [
        (
            "model = \"disc\"",
            "uncertainty.model: unknown variant `disc`, expected one of `ball`, `phase`, `ellipse`",
        ),
        ("scale = -1", "uncertainty.scale: -1 must not be negative"),
        (
            "scale = inf",
            "uncertainty.scale: inf is not a finite number",
        ),
        (
            "confidence = 1",
            "uncertainty.confidence: 1 must lie strictly between 0 and 1",
        ),
        (
            "confidence = 0.0",
            "uncertainty.confidence: 0 must lie strictly between 0 and 1",
        ),
        (
            "confidence = 0.9\nscale = 1",
            "uncertainty.confidence: excludes scale",
        ),
        (
            "model = \"phase\"\nerror_scale_per_m = 3",
            "uncertainty.error_scale_per_m: 3 belongs to the model \"ball\" with a scale, and to no other",
        ),
        (
            "confidence = 0.9\nerror_scale_per_m = 3",
            "uncertainty.error_scale_per_m: 3 belongs to the model \"ball\" with a scale, and to no other",
        ),
    ] {
        assert_eq!(message(keys), format!("test.toml: {expected}"));
    }
}

#[test]
fn missing_keys_are_named() {
    rejects("name = \"plane\"", "", "name: missing; expected a text");
    rejects("duration_s = 1\n", "", "frame.duration_s: missing");
    // Its keys are below the table before, and nobody should be told that they are unknown there.
    rejects("[frame]\n", "", "frame: missing; expected a table");
    rejects(
        ", axis_deg = 90",
        "",
        "access_point[1].array.axis_deg: missing; expected an angle in degrees",
    );
    rejects(
        "[reflectivity]\nkind = \"unit\"",
        "",
        "reflectivity: missing; expected a table",
    );
    let users = PLANE.find("[[user]]").unwrap()..PLANE.find("[reflectivity]").unwrap();
    let nobody = PLANE.replace(&PLANE[users], "");
    assert_eq!(
        read(&nobody).unwrap_err().to_string(),
        "test.toml: user: missing; expected one or more tables"
    );
    assert_eq!(
        read(&format!("user = []\n{nobody}"))
            .unwrap_err()
            .to_string(),
        "test.toml: user: missing; expected one or more tables"
    );
    rejects_in_space(
        "seed = 9, ",
        "",
        "reflectivity.seed: missing; expected a whole number",
    );
}

#[test]
fn types_are_checked() {
    rejects(
        "elements = 21",
        "elements = \"many\"",
        "access_point[0].array.elements: expected a whole number, found \"many\"",
    );
    rejects(
        "elements = 21",
        "elements = 21.0",
        "access_point[0].array.elements: expected a whole number, found 21.0",
    );
    rejects(
        "name = \"plane\"",
        "name = 7",
        "name: invalid type: integer `7`, expected a string",
    );
    rejects(
        "[25.0, 40.0]",
        "25.0",
        "user[1].position_m: invalid type: floating point `25.0`, expected a sequence",
    );
    rejects(
        "[25.0, 40.0]",
        "[25.0, true]",
        "user[1].position_m[1]: expected a number, found true",
    );
    rejects(
        "array = { elements = 1 }",
        "array = [1]",
        "access_point[2].array: invalid type: sequence, expected a map",
    );
    rejects(
        "frequency_hz = 28_000_000_000",
        "frequency_hz = 2020-01-01",
        "carrier.frequency_hz: expected a number, found \"2020-01-01\"",
    );
}

#[test]
fn words_are_checked() {
    rejects(
        "gain_model = \"known\"",
        "gain_model = \"Known\"",
        "sensing.gain_model: unknown variant `Known`, expected one of `unknown`, `known`, `carrier-phase`",
    );
    rejects(
        "kind = \"unit\"",
        "kind = \"unity\"",
        "reflectivity.kind: unknown variant `unity`, expected one of `unit`, `rayleigh`, `explicit`",
    );
    rejects_in_space(
        "total-path",
        "both",
        "reflectivity.echo_gain: unknown variant `both`, expected `two-hop` or `total-path`",
    );
    rejects_in_space(
        "\"reciprocal\"",
        "\"transpose\"",
        "sensing.echo: unknown variant `transpose`, expected `conjugate` or `reciprocal`",
    );
}

#[test]
fn numbers_are_checked() {
    rejects(
        "sensing_dbm = -100",
        "sensing_dbm = nan",
        "noise.sensing_dbm: NaN is not a finite number",
    );
    rejects(
        "sensing_dbm = -100",
        "sensing_dbm = -inf",
        "noise.sensing_dbm: -inf is not a finite number",
    );
    rejects(
        "sensing_dbm = 40.0",
        "sensing_dbm = 1e6",
        "power.sensing_dbm: 1000000 dBm is beyond the range of numbers in watts",
    );
    rejects(
        "sensing_dbm = -100",
        "sensing_dbm = -9999",
        "noise.sensing_dbm: -9999 dBm is beyond the range of numbers in watts",
    );
    rejects(
        "28_000_000_000",
        "0",
        "carrier.frequency_hz: 0 must be positive",
    );
    rejects(
        "duration_s = 1\n",
        "duration_s = -0.1\n",
        "frame.duration_s: -0.1 must be positive",
    );
    rejects(
        "2e-11",
        "0.0",
        "sensing.crlb_threshold_m2: 0 must be positive",
    );
    rejects(
        "2e-11",
        "inf",
        "sensing.crlb_threshold_m2: inf is not a finite number",
    );
    rejects(
        "[20.0, 30]",
        "[20.0, nan]",
        "user[0].position_m[1]: NaN is not a finite number",
    );
    rejects(
        "[30, 70.0]",
        "[inf, 70.0]",
        "access_point[0].position_m[0]: inf is not a finite number",
    );
    rejects(
        "axis_deg = 90",
        "axis_deg = inf",
        "access_point[1].array.axis_deg: inf is not a finite number",
    );
    rejects_in_space(
        "error_scale_per_m = 12",
        "error_scale_per_m = -1",
        "uncertainty.error_scale_per_m: -1 must not be negative",
    );
    rejects_in_space(
        "seed = 9",
        "seed = -9",
        "reflectivity.seed: -9 must not be negative",
    );
    rejects(
        "sensing_slot_s = 0.001",
        "sensing_slot_s = 1.5",
        "sensing_slot_s = 1.5 is longer than the frame, duration_s = 1",
    );
}

#[test]
fn arrays_are_checked() {
    rejects(
        "elements = 21",
        "elements = 0",
        "access_point[0].array.elements: 0 must be positive",
    );
    rejects(
        "elements = 21",
        "elements = -3",
        "access_point[0].array.elements: -3 must not be negative",
    );
    rejects(
        "elements = 21",
        "elements = 9_000_000_000_000_000_000",
        "access_point[0].array: elements = 9000000000000000000 must be at most 1048576",
    );
    rejects(
        "elements = 1 ",
        "elements = 1, aperture_m = 0.5 ",
        "access_point[2].array.aperture_m: 1 elements take neither aperture_m nor spacing_m",
    );
    rejects(
        "elements = 1 ",
        "elements = 1, spacing_m = 0.5 ",
        "access_point[2].array.spacing_m: 1 elements take neither aperture_m nor spacing_m",
    );
    rejects(
        "spacing_m = 0.5, ",
        "",
        "access_point[1].array: 4 elements take aperture_m or spacing_m",
    );
    rejects(
        "spacing_m = 0.5",
        "spacing_m = 0.5, aperture_m = 1",
        "access_point[1].array.aperture_m: 4 elements take either aperture_m or spacing_m, not both",
    );
    rejects(
        "spacing_m = 0.5",
        "spacing_m = 0",
        "access_point[1].array.spacing_m: 0 must be positive",
    );
    rejects_in_space(
        "[0, 2, 0]",
        "[0, 0, 0]",
        "access_point[1].array: axis has length zero and gives no direction",
    );
    rejects_in_space(
        "[2, 3]",
        "[2, 0]",
        "access_point[0].array.planar[1]: 0 must be positive",
    );
    rejects_in_space(
        "[2, 3]",
        "[2]",
        "access_point[0].array.planar: invalid length 1, expected an array of length 2",
    );
    rejects_in_space(
        "column_axis = [0, 0, 1]",
        "column_axis = [0, 3, 0]",
        "access_point[0].array: row_axis and column_axis are parallel (sine of the angle between them: 0e0)",
    );
}

#[test]
fn dimensions_do_not_mix() {
    rejects(
        "[30, 70.0]",
        "[30]",
        "access_point[0].position_m: expected 2 or 3 coordinates, found 1",
    );
    let mixed = |found, expected| {
        format!(
            "{found} coordinates, but access_point[0].position_m has {expected}: \
             all positions are in the plane or all are in space"
        )
    };
    rejects(
        "[25.0, 40.0]",
        "[25.0, 40.0, 1.0]",
        &format!("user[1].position_m: {}", mixed(3, 2)),
    );
    rejects(
        "[10.0, 20.0]",
        "[10.0]",
        &format!("access_point[1].position_m: {}", mixed(1, 2)),
    );
    rejects_in_space(
        "[20, 3, 1.5]",
        "[20, 3]",
        &format!("user[0].position_m: {}", mixed(2, 3)),
    );
    rejects(
        "axis_deg = 90",
        "axis = [0, 1, 0]",
        "access_point[1].array.axis: not in a scenario with 2 coordinates; a direction in the plane is axis_deg",
    );
    rejects(
        "array = { elements = 1 }",
        "array = { planar = [2, 2], spacing_m = 1 }",
        "access_point[2].array.planar: not in a scenario with 2 coordinates; a direction in the plane is axis_deg",
    );
    rejects_in_space(
        "axis = [0, 2, 0]",
        "axis_deg = 90",
        "access_point[1].array.axis_deg: not in a scenario with 3 coordinates; a direction in space is axis = [x, y, z]",
    );
    rejects_in_space(
        "[0, 2, 0]",
        "[0, 2]",
        "access_point[1].array.axis: invalid length 2, expected an array of length 3",
    );
}

#[test]
fn users_do_not_stand_on_access_points() {
    rejects(
        "[25.0, 40.0]",
        "[60.0, 30.0]",
        "user[1] and access_point[2]: position [60.0, 30.0] m is on the array's reference point",
    );
    rejects(
        "[25.0, 40.0]",
        "[10.0, 20.75]",
        "user[1] and access_point[1]: position [10.0, 20.75] m is on element 3 of the array",
    );
}

#[test]
fn what_is_not_toml_is_located() {
    let twice = rejected_from(
        PLANE,
        "name = \"plane\"",
        "name = \"plane\"\nname = \"again\"",
    );
    assert!(twice.starts_with("test.toml: "), "{twice}");
    assert!(
        twice.contains("line 3") && twice.contains("duplicate key"),
        "{twice}"
    );
    let missing = AnyScenario::from_toml_file("no/such/file.toml")
        .unwrap_err()
        .to_string();
    assert!(
        missing.starts_with("no/such/file.toml: cannot be read: "),
        "{missing}"
    );
}
