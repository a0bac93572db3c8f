//! Planar arrays on the walls of a hall, users anywhere in it: sensing, localisation and robust beams in
//! three dimensions, by the same calls as in the plane.
//!
//! `cargo run --release --example planar_array_3d [-- --out DIR]`

mod picture;

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use music_loc::{Grid, match_nearest};
use td_isac_algos::scenario::{AnyScenario, CheckedScenario};
use td_isac_algos::scheme::{BeamformingScheme, ErrorIgnorant, Main, MaximumRatio};
use td_isac_algos::{Sensing, Study};
use td_isac_examples::Failure;

/// The hall: two opposite corners of the volume that is searched.
const HALL_M: [[f64; 3]; 2] = [[0.5, 0.5, 0.2], [11.5, 8.5, 3.8]];
/// Step of the coarse search; the arrays' beams are some 0.2 m wide in the middle of the hall.
const STEP_M: f64 = 0.1;
/// Slots of sensing before the users are located.
const SLOTS: usize = 50;
const SEED: u64 = 1;

fn main() -> Result<(), Failure> {
    let folder = output_folder()?;
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/room-3d.toml");
    let AnyScenario::ThreeD(scenario) = AnyScenario::from_toml_file(file)? else {
        return Err("the scenario must be in three dimensions".into());
    };
    let scenario = scenario.check()?;
    let sensing = Sensing::design(&scenario, None)?;
    let text = [
        bounds(&scenario, &sensing)?,
        localise(&scenario, &sensing, &folder)?,
        designs(&scenario, &sensing)?,
    ]
    .concat();
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// `--out DIR`, or the temporary folder.
fn output_folder() -> Result<PathBuf, Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = match (arguments.next(), arguments.next(), arguments.next()) {
        (None, ..) => PathBuf::from("target/planar_array_3d"),
        (Some(flag), Some(folder), None) if flag == "--out" => folder.into(),
        _ => return Err("usage: planar_array_3d [--out DIR]".into()),
    };
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The Cramér–Rao bound of every user with half of the frame for sensing, along its principal axes.
fn bounds(scenario: &CheckedScenario<3>, sensing: &Sensing<3>) -> Result<String, Box<dyn Error>> {
    let mut text = format!(
        "bound on the positions, {:.0} slots: {:.2} mm in all\n",
        scenario.frame().sensing_slots(0.5),
        1e3 * (2.0 * sensing.crlb_constant_m2).sqrt()
    );
    let ellipsoids = sensing
        .covariance
        .bound
        .error_ellipsoids(scenario.frame().sensing_slots(0.5))?;
    for (user, ellipsoid) in ellipsoids.iter().enumerate() {
        let axes = ellipsoid
            .semi_axes_m
            .map(|axis| format!("{:.3}", 1e3 * axis));
        writeln!(
            text,
            "  user {user}: standard deviations {} mm",
            axes.join(", ")
        )?;
    }
    Ok(text)
}

/// MUSIC in the volume, refined by maximum likelihood; the picture shows slices at the users' heights.
fn localise(
    scenario: &CheckedScenario<3>,
    sensing: &Sensing<3>,
    folder: &std::path::Path,
) -> Result<String, Box<dyn Error>> {
    let signals = sensing.covariance.transmit_covariances();
    let heard = scenario
        .echo_parameters(signals, SLOTS)
        .check()?
        .simulate(SEED)?;
    let region = Grid::with_step(HALL_M[0], HALL_M[1], STEP_M)?;
    let localiser = scenario.localiser(region);
    let located = localiser.locate(&heard.echoes, &heard.waveform)?;
    let users_m = &scenario.parameters().users_m;
    let found: Vec<_> = located.peaks.iter().map(|peak| peak.position_m).collect();
    let refined = located.estimate.map(|e| e.positions_m).unwrap_or_default();
    let nearest = match_nearest(users_m, &refined);
    let mut text = format!("\nMUSIC and maximum likelihood, {SLOTS} slots\n");
    for (user, (index, peak)) in nearest
        .iter()
        .zip(match_nearest(users_m, &found))
        .enumerate()
    {
        let away = |position: Option<&[f64; 3]>| {
            position.map_or("not found".to_owned(), |p| {
                format!("{:.3} mm away", 1e3 * distance_m(p, &users_m[user]))
            })
        };
        writeln!(
            text,
            "  user {user} at {:?} m: peak {}, estimate {}",
            users_m[user],
            away(peak.map(|i| &found[i])),
            away(index.map(|i| &refined[i]))
        )?;
    }
    let music = localiser.music.analyse(&heard.echoes)?;
    picture::write(folder, scenario, &music, HALL_M, &refined)?;
    writeln!(
        text,
        "  picture: {}",
        folder.join("planar_array_3d.png").display()
    )?;
    Ok(text)
}

fn distance_m(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(p, q)| (p - q).powi(2))
        .sum::<f64>()
        .sqrt()
}

/// Certified rates of three schemes at their best time allocations.
fn designs(scenario: &CheckedScenario<3>, sensing: &Sensing<3>) -> Result<String, Box<dyn Error>> {
    let mut text = String::from("\nrates for every channel error in the set\n");
    let schemes: [&dyn BeamformingScheme; 3] = [
        &Main::default(),
        &ErrorIgnorant::default(),
        &MaximumRatio::default(),
    ];
    for scheme in schemes {
        let design = Study::new(scenario).sensing(sensing).scheme(scheme).run()?;
        writeln!(
            text,
            "  {:>4}: {:7.4} bit/s/Hz at η = {:.4}",
            design.scheme,
            design.rate_bit_s_hz(),
            design.eta
        )?;
    }
    Ok(text)
}
