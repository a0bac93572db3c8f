//! Scenario files: the meaning of every key, and the presets.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod scenario_files;

use approx::assert_relative_eq;
use crlb::GainModel;
use nf_channel::{
    AmplitudeProfile, ArraySpec, C64, EchoConvention, EchoGain, LinearExtent, PathGain,
    Reflectivity,
};
use scenario_files::{PLANE, SPACE, plane, read};
use std::path::Path;
use td_isac_algos::scenario::{AnyScenario, ReflectivitySpec, Scenario, Slots};

#[test]
fn keys_mean_what_they_say() {
    let scenario = plane(PLANE);
    assert_eq!(scenario.name, "plane");
    assert_eq!(scenario.frequency_hz, 28e9);
    assert_relative_eq!(scenario.sensing_noise_w, 1e-13, max_relative = 1e-13);
    assert_relative_eq!(
        scenario.communication_noise_w.of(0),
        1e-12,
        max_relative = 1e-13
    );
    assert_relative_eq!(
        scenario.communication_power_w.of(0),
        1.0,
        max_relative = 1e-13
    );
    assert_relative_eq!(scenario.sensing_power_w.of(0), 10.0, max_relative = 1e-13);
    assert_eq!(
        (scenario.frame_duration_s, scenario.sensing_slot_s),
        (1.0, 0.001)
    );
    assert_eq!(scenario.gain_model, GainModel::Known);
    assert_eq!(scenario.echo_convention, EchoConvention::Conjugate);
    assert_eq!(scenario.echo_gain, EchoGain::TwoHop);
    assert_eq!(scenario.crlb_threshold_m2, 2e-11);
    assert_eq!(scenario.error_scale_per_m, None);
    assert_eq!(scenario.users_m, [[20.0, 30.0], [25.0, 40.0]]);
    assert_eq!(scenario.reflectivity, ReflectivitySpec::Unit);
    let arrays = &scenario.access_points;
    assert_eq!(
        arrays[0],
        ArraySpec::UniformLinear {
            reference_m: [30.0, 70.0],
            axis: [1.0, 0.0],
            elements: 21,
            extent: Some(LinearExtent::Aperture { aperture_m: 0.53 }),
        }
    );
    let upright = arrays[1].clone().check().unwrap();
    assert_eq!(upright.len(), 4);
    assert_relative_eq!(upright.offsets_m()[3][1], 0.75, max_relative = 1e-15);
    assert_eq!(arrays[2].clone().check().unwrap().len(), 1);
}

#[test]
fn keys_in_space() {
    let AnyScenario::ThreeD(scenario) = read(SPACE).unwrap() else {
        panic!("not in space")
    };
    assert_eq!(scenario.gain_model, GainModel::CarrierPhase);
    assert_eq!(scenario.echo_convention, EchoConvention::Reciprocal);
    assert_eq!(scenario.echo_gain, EchoGain::TotalPath);
    assert_eq!(scenario.error_scale_per_m, Some(12.0));
    let checked = scenario.check().unwrap();
    assert_eq!(checked.reflectivity(), &Reflectivity::rayleigh(1, 2, 9));
    assert_eq!(checked.error_scale_per_m(), 12.0);
    let planar = &checked.access_points()[0];
    assert_eq!(planar.offsets_m()[0], [0.0, -0.5, -0.25]);
    assert_eq!(planar.offsets_m()[5], [0.0, 0.5, 0.25]);
    assert_eq!(checked.access_points()[1].offsets_m()[2], [0.0, 0.5, 0.0]);
}

#[test]
fn presets_are_scenarios() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let preset = |name: &str| match AnyScenario::from_toml_file(folder.join(name)).unwrap() {
        AnyScenario::TwoD(scenario) => scenario,
        AnyScenario::ThreeD(_) => panic!("presets are in the plane"),
    };
    let paper = preset("paper.toml");
    // The defaults of scenarios built in code are the paper's.
    let built = Scenario {
        name: "paper".to_owned(),
        ..Scenario::new(28e9, paper.access_points.clone(), paper.users_m.clone())
    };
    assert_relative_eq!(
        built.sensing_noise_w,
        paper.sensing_noise_w,
        max_relative = 1e-13
    );
    let rounded = Scenario {
        slots: Slots::Fractional,
        sensing_noise_w: paper.sensing_noise_w,
        communication_noise_w: paper.communication_noise_w.clone(),
        communication_power_w: paper.communication_power_w.clone(),
        sensing_power_w: paper.sensing_power_w.clone(),
        ..built
    };
    assert_eq!(rounded, paper);
    // 4/λ at 28 GHz.
    let scale = paper.check().unwrap().error_scale_per_m();
    assert_relative_eq!(scale, 4.0 * 28e9 / 299_792_458.0, max_relative = 1e-14);

    assert_eq!(
        preset("carrier-phase.toml").gain_model,
        GainModel::CarrierPhase
    );
    assert_eq!(preset("weak-echo.toml").crlb_threshold_m2, 1e-6);
    let printed = preset("paper-printed.toml");
    assert_relative_eq!(printed.sensing_noise_w, 1e-10, max_relative = 1e-13);
    assert_relative_eq!(
        printed.sensing_power_w.of(0),
        10f64.sqrt(),
        max_relative = 1e-13
    );
    assert_eq!(
        (printed.crlb_threshold_m2, printed.echo_gain),
        (1e-11, EchoGain::TwoHop)
    );
}

#[test]
fn pilots() {
    let with = |text: &str| format!("{PLANE}\n[pilots]\n{text}\n");
    assert_eq!(plane(PLANE).pilots, None);
    let found = plane(&with("symbols = 8\npower_dbm = 10")).pilots.unwrap();
    assert_relative_eq!(found.power_w, 0.01, max_relative = 1e-14);
    assert_relative_eq!(found.energy_w(), 0.08, max_relative = 1e-14);
    assert_eq!(
        (found.symbols, found.calibration_std_rad, found.scattering),
        (8, 0.0, 0.0)
    );
    let all = "symbols = 2\npower_dbm = 0\ncalibration_std_rad = 0.1\nscattering = 0.3";
    let found = plane(&with(all)).pilots.unwrap();
    assert_eq!((found.calibration_std_rad, found.scattering), (0.1, 0.3));
    for (text, expected) in [
        ("power_dbm = 10", "pilots.symbols: missing"),
        (
            "symbols = 0\npower_dbm = 10",
            "pilots.symbols: 0 must be positive",
        ),
        (
            "symbols = 1\npower_dbm = 10",
            "pilots.symbols = 1: orthogonal pilots of 2 users take at least",
        ),
        (
            "symbols = 1000\npower_dbm = 10",
            "less than the 1000 that fill the frame",
        ),
        (
            "symbols = 8\npower_dbm = \"loud\"",
            "pilots.power_dbm: expected a number, found \"loud\"",
        ),
        (
            "symbols = 8\npower_dbm = 10\nscattering = -1",
            "pilots.scattering: -1 must not be negative",
        ),
        (
            "symbols = 8\npower_dbm = 10\nphase = 1",
            "pilots.phase: unknown field `phase`",
        ),
    ] {
        let message = read(&with(text)).unwrap_err().to_string();
        assert!(message.contains(expected), "{text}: {message}");
    }
}

#[test]
fn blocked_links_and_search_regions() {
    let with = |text: &str| format!("{PLANE}\n{text}\n");
    let good = plane(&with(
        "[[blocked]]\nuser = 1\naccess_point = 2\n\n[search]\nbox_m = [[0, 0], [50, 60.5]]\n\
         half_plane = [[30, 70], [0, -1]]",
    ));
    let checked = good.check().unwrap();
    assert!(checked.scene().is_blocked(2, 1) && !checked.scene().is_blocked(1, 1));
    assert!(
        checked.channels()[1][2]
            .values
            .iter()
            .all(|v| *v == C64::ZERO)
    );
    assert_eq!(good.search.box_m, Some([[0.0, 0.0], [50.0, 60.5]]));
    assert_eq!(good.search.half_planes, [[[30.0, 70.0], [0.0, -1.0]]]);
    let two = plane(&with(
        "[search]\nhalf_plane = [[[30, 70], [0, -1]], [[0, 0], [1, 0]]]",
    ));
    assert_eq!(two.search.half_planes.len(), 2);

    let message = |text: &str| read(&with(text)).unwrap_err().to_string();
    for (text, expected) in [
        (
            "[[blocked]]\nuser = 2\naccess_point = 0",
            "blocked user = 2 must be less than 2, their number",
        ),
        (
            "[[blocked]]\nuser = -1\naccess_point = 0",
            "blocked[0].user: -1 must not be negative",
        ),
        ("[[blocked]]\nuser = 0", "blocked[0].access_point: missing"),
        ("[search]\nbox = 1", "search.box: unknown field `box`"),
        (
            "[search]\nbox_m = [[0, 0], [0, 1]]",
            "search.box_m: along axis 0, 0 m must be less than 0 m",
        ),
        (
            "[search]\nbox_m = [[0, 0, 0], [0, 1, 1]]",
            "search.box_m: expected 2 coordinates, found 3",
        ),
        (
            "[search]\nhalf_plane = [1, 2]",
            "search.half_plane: expected a pair [point, normal]",
        ),
        (
            "[search]\nhalf_plane = [[0, 0], [0, 0]]",
            "search.half_plane (length of the normal) = 0 must be positive",
        ),
    ] {
        let found = message(text);
        assert!(
            found.starts_with(&format!("test.toml: {expected}")),
            "{found}"
        );
    }
}

/// A list gives each access point (user) its own level; what it says reaches the downlink and the sensing.
#[test]
fn levels_may_differ() {
    let text = PLANE
        .replace(
            "communication_dbm = 30",
            "communication_dbm = [30, 20.0, 10]",
        )
        .replace("sensing_dbm = 40.0", "sensing_dbm = [40, 30, 20]")
        .replace(
            "communication_dbm = -90.0",
            "communication_dbm = [-90, -80]",
        );
    let checked = plane(&text).check().unwrap();
    let close = |found: &[f64], expected: &[f64]| {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert_relative_eq!(found, expected, max_relative = 1e-13);
        }
    };
    close(&checked.communication_power_w(), &[1.0, 0.1, 0.01]);
    close(&checked.sensing_power_w(), &[10.0, 1.0, 0.1]);
    close(&checked.communication_noise_w(), &[1e-12, 1e-11]);
    let downlink = checked.downlink(1e-20).unwrap();
    close(downlink.power_w(), &[1.0, 0.1, 0.01]);
    close(&downlink.noise_w(), &[1e-12, 1e-11]);
    let powers: Vec<f64> = (checked.isotropic_signals().iter())
        .map(|signal| match signal {
            crlb::TransmitCovariance::Isotropic { power_w } => *power_w,
            other => panic!("{other:?}"),
        })
        .collect();
    close(&powers, &[10.0, 1.0, 0.1]);
    let message = |from: &str, to: &str| read(&text.replace(from, to)).unwrap_err().to_string();
    assert_eq!(
        message("[-90, -80]", "[-90]"),
        "test.toml: communication_noise_w = 1 must be 2"
    );
    assert_eq!(
        message("[40, 30, 20]", "[40, nan, 20]"),
        "test.toml: power.sensing_dbm: NaN is not a finite number"
    );
}

#[test]
fn arrays_in_wavelengths_and_of_any_elements() {
    let wavelength_m = 299_792_458.0 / 28e9;
    let text = PLANE
        .replace(
            "elements = 4, spacing_m = 0.5",
            "elements = 4, spacing_wavelengths = 0.5",
        )
        .replace(
            "array = { elements = 1 }",
            "array = { elements_m = [[0, 0.1], [-0.2, 0]] }",
        );
    let arrays = plane(&text).access_points;
    let offsets = |i: usize| arrays[i].clone().check().unwrap().offsets_m().to_vec();
    assert_relative_eq!(offsets(1)[3][1], 0.75 * wavelength_m, max_relative = 1e-14);
    assert_eq!(offsets(2), [[0.0, 0.1], [-0.2, 0.0]]);
    let message = |from: &str, to: &str| {
        assert!(text.contains(from));
        read(&text.replace(from, to)).unwrap_err().to_string()
    };
    assert_eq!(
        message("[-0.2, 0]", "[-0.2]"),
        "test.toml: access_point[2].array.elements_m[1]: expected 2 coordinates, found 1"
    );
    assert_eq!(
        message("spacing_wavelengths = 0.5", "spacing_wavelengths = -0.5"),
        "test.toml: access_point[1].array.spacing_wavelengths: -0.5 must be positive"
    );
    assert_eq!(
        message(
            "spacing_wavelengths = 0.5",
            "spacing_wavelengths = 0.5, spacing_m = 1"
        ),
        "test.toml: access_point[1].array.spacing_wavelengths: excludes spacing_m"
    );
}

#[test]
fn carriers_and_slots() {
    let plain = plane(PLANE);
    assert_eq!(plain.slots, Slots::Whole);
    assert_eq!(plain.path_gain, PathGain::SquareRoot);
    assert_eq!(plain.amplitude_profile, AmplitudeProfile::Uniform);
    let text = PLANE
        .replace(
            "[noise]",
            "path_gain = \"friis\"\namplitudes = \"per-element\"\n[noise]",
        )
        .replace("[power]", "slots = \"fractional\"\n[power]");
    let other = plane(&text);
    assert_eq!(other.slots, Slots::Fractional);
    assert_eq!(other.path_gain, PathGain::Friis);
    assert_eq!(other.amplitude_profile, AmplitudeProfile::PerElement);
}
