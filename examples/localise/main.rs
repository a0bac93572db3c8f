//! Where are the users? The pseudo-spectrum of one frame's echoes with spherical and with planar waves,
//! its peaks, and the most likely positions with their standard deviations. In the plane, because it draws a map;
//! `locate` has no map and works in space too.
//!
//! `cargo run --release --example localise -- --help`

mod arguments;
mod picture;

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;

use arguments::Arguments;
use clap::Parser;
use music_loc::{Estimate, Grid, Music, Peak, match_nearest};
use nf_channel::Wavefront;
use td_isac_algos::Sensing;
use td_isac_algos::scenario::{AnyScenario, CheckedScenario, ReflectivitySpec, Scenario};
use td_isac_algos::sensing::Waveform;
use td_isac_examples::{Failure, output};

/// How far the map extends beyond users and access points.
const MARGIN_M: f64 = 4.0;

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    output::folder(&arguments.out)?;
    let text = match AnyScenario::from_toml_file(&arguments.scenario)? {
        AnyScenario::TwoD(scenario) => run(scenario, &arguments)?,
        AnyScenario::ThreeD(_) => {
            return Err(
                "a map needs a scenario in the plane; `locate` finds users in space".into(),
            );
        }
    };
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// The spectrum with one kind of wave, and its peaks.
struct View {
    title: &'static str,
    music: Music<2>,
    levels_db: Vec<f64>,
    peaks: Vec<Peak<2>>,
}

fn run(mut scenario: Scenario<2>, arguments: &Arguments) -> Result<String, Box<dyn Error>> {
    if let Some(seed) = arguments.rayleigh {
        scenario.reflectivity = ReflectivitySpec::Rayleigh { seed };
    }
    let scenario = scenario.check()?;
    let users_m = scenario.parameters().users_m.clone();
    let slots = arguments.slots;
    let heard = if arguments.isotropic {
        let model = scenario.echo_parameters(scenario.isotropic_signals(), slots);
        model.check()?.simulate(arguments.seed)?
    } else {
        let covariance = Sensing::design(&scenario, None)?.covariance;
        let model = scenario
            .echo_parameters(covariance.transmit_covariances(), slots)
            .check()?;
        if arguments.random_signals {
            model.simulate(arguments.seed)?
        } else {
            let known = scenario.sensing_parameters().check()?;
            let waveform = Waveform::design(&[known], &covariance.factors, slots)?;
            model.simulate_sent(waveform.samples, arguments.seed)?
        }
    };
    let map = map(&scenario, arguments.step_m)?;
    let parameters = scenario.localiser_parameters(map);
    let view = |title, wavefront| -> Result<View, Box<dyn Error>> {
        let mut parameters = parameters.clone();
        parameters.network.wavefront = wavefront;
        let localiser = parameters.check()?;
        let music = localiser.analyse(&heard.echoes)?;
        let levels_db = music.grid_spectrum_db(&map)?;
        let peaks = music.peaks_of_spectrum(localiser.search(), &levels_db)?;
        Ok(View {
            title,
            music,
            levels_db,
            peaks,
        })
    };
    let views = [
        view("spherical waves (near field)", Wavefront::Near)?,
        view("planar waves (far field)", Wavefront::Far)?,
    ];
    picture::write(&arguments.out, &scenario, &map, &views)?;

    let starts: Vec<_> = views[0].peaks.iter().map(|peak| peak.position_m).collect();
    let localiser = parameters.check()?;
    let estimate = localiser.refine(&heard.echoes, &heard.waveform, &starts)?;
    let mut text = String::new();
    for view in &views {
        let _ = writeln!(text, "{}", table(view, &users_m));
    }
    text += &refined(&estimate, &users_m);
    let _ = writeln!(
        text,
        "\npicture: {}",
        arguments.out.join("localise.png").display()
    );
    Ok(text)
}

/// A grid over everything that has a position.
fn map(scenario: &CheckedScenario<2>, step_m: f64) -> Result<Grid<2>, Box<dyn Error>> {
    let mut places = scenario.parameters().users_m.clone();
    places.extend(
        scenario
            .access_points()
            .iter()
            .map(|array| *array.reference_m()),
    );
    Ok(Grid::enclosing(&places, MARGIN_M, step_m)?)
}

fn distance_m(a: &[f64; 2], b: &[f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// The highest peaks of a view beside the users nearest to them.
fn table(view: &View, users_m: &[[f64; 2]]) -> String {
    let found: Vec<_> = view.peaks.iter().map(|peak| peak.position_m).collect();
    let mut text = format!("MUSIC, {}\n", view.title);
    for (user, index) in users_m.iter().zip(match_nearest(users_m, &found)) {
        let _ = match index {
            Some(i) => writeln!(
                text,
                "  user at ({:.2}, {:.2}) m: peak at ({:.4}, {:.4}) m, {:.4} m away, {:.1} dB",
                user[0],
                user[1],
                found[i][0],
                found[i][1],
                distance_m(user, &found[i]),
                view.peaks[i].level_db
            ),
            None => writeln!(
                text,
                "  user at ({:.2}, {:.2}) m: no peak",
                user[0], user[1]
            ),
        };
    }
    text
}

fn refined(estimate: &Estimate<2>, users_m: &[[f64; 2]]) -> String {
    let mut text = format!(
        "maximum likelihood from the near-field peaks: {:?} after {} iterations\n",
        estimate.outcome, estimate.iterations
    );
    let matched = match_nearest(users_m, &estimate.positions_m);
    for (user, index) in users_m.iter().zip(matched) {
        let Some(i) = index else { continue };
        let variance = |axis: usize| estimate.covariance_m2[(2 * i + axis, 2 * i + axis)];
        let _ = writeln!(
            text,
            "  user at ({:.2}, {:.2}) m: {:.2e} m away, standard deviation {:.2e} m",
            user[0],
            user[1],
            distance_m(user, &estimate.positions_m[i]),
            (variance(0) + variance(1)).sqrt()
        );
    }
    text
}
