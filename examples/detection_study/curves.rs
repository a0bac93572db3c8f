//! False alarms in frames of noise, and receiver-operating curves of one user.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use crlb::TransmitCovariance;
use faer::c64;
use music_loc::{Detector, EchoModel, Region, UserCount};
use nf_channel::Reflectivity;
use td_isac_algos::scenario::{AnyScenario, Scenario};
use td_isac_examples::plot::{Axis, Figure, Panel, Series};
use td_isac_examples::table::{Cell, Table};

use crate::arguments::CurveOptions;
use crate::frame::distance_m;
use crate::layouts::{Layout, layouts};

/// `2E/σ²` of the curves' users, `E` being the energy of the echo in all receivers.
const STRENGTHS: [f64; 4] = [25.0, 50.0, 75.0, 100.0];
const SLOTS: usize = 50;
/// Frames of noise use other seeds than those with a user.
const NOISE_SEEDS: u64 = 1 << 32;

/// Likelihood ratios of the best position in frames of noise, and the level's threshold in each.
struct Noise {
    ratios: Vec<f64>,
    alarms: usize,
}

/// What was reported of the only user of a frame.
struct Seen {
    ratio: f64,
    threshold: f64,
    located: bool,
}

/// Writes `empty.csv` and returns the rates at the level of 5 %.
///
/// # Errors
///
/// A layout that is none, a table that cannot be written.
pub fn false_alarms(options: &CurveOptions, out: &Path) -> Result<String, Box<dyn Error>> {
    let mut table = Table::new(["layout", "frames", "alarms", "rate"]);
    let mut text = String::new();
    for layout in layouts(&options.layouts)? {
        let noise = match &layout.scenario {
            AnyScenario::TwoD(scenario) => Bench::new(scenario)?.noise(options.frames)?,
            AnyScenario::ThreeD(scenario) => Bench::new(scenario)?.noise(options.frames)?,
        };
        let rate = noise.alarms as f64 / options.frames as f64;
        let _ = writeln!(
            text,
            "{:15} {} of {} frames without users: {:.2} %",
            layout.name,
            noise.alarms,
            options.frames,
            100.0 * rate
        );
        table.push([
            Cell::from(layout.name),
            (options.frames as usize).into(),
            noise.alarms.into(),
            rate.into(),
        ]);
        table.write(&out.join("empty.csv"))?;
    }
    Ok(text)
}

/// Writes `curves.csv` and the picture.
///
/// # Errors
///
/// A layout that is none, or files that cannot be written.
pub fn run(options: &CurveOptions, out: &Path) -> Result<String, Box<dyn Error>> {
    let mut table = Table::new([
        "layout",
        "sensing_dbm",
        "strength",
        "false_alarm_rate",
        "detection_rate",
    ]);
    let mut figure = Figure::new("One user: detection against false alarms");
    let mut text = String::new();
    for layout in layouts(&options.layouts)? {
        let curves = match &layout.scenario {
            AnyScenario::TwoD(scenario) => curves(scenario, options.frames)?,
            AnyScenario::ThreeD(scenario) => curves(scenario, options.frames)?,
        };
        figure = figure.with(panel(&layout, &curves));
        for curve in curves {
            let _ = writeln!(
                text,
                "{:15} {:6.1} dBm (2E/σ² = {:3.0}): {:.3} detected and located at the level of 5 %",
                layout.name, curve.sensing_dbm, curve.strength, curve.at_level
            );
            for [false_alarm, detection] in curve.points {
                table.push([
                    Cell::from(layout.name),
                    curve.sensing_dbm.into(),
                    curve.strength.into(),
                    false_alarm.into(),
                    detection.into(),
                ]);
            }
        }
    }
    table.write(&out.join("curves.csv"))?;
    figure.write(&out.join("curves"))?;
    Ok(text)
}

fn panel(layout: &Layout, curves: &[Curve]) -> Panel {
    let panel = Panel::new(
        Axis::linear("false alarms").between(0.0, 1.0),
        Axis::linear("detected and located").between(0.0, 1.05),
    )
    .titled(layout.name);
    curves.iter().enumerate().fold(panel, |panel, (i, curve)| {
        let name = format!("2E/σ² = {}", curve.strength);
        panel.with(Series::new(name, i, curve.points.clone()))
    })
}

struct Curve {
    strength: f64,
    sensing_dbm: f64,
    /// False-alarm rate and detection rate at every threshold.
    points: Vec<[f64; 2]>,
    /// Detection rate at the level of 5 %.
    at_level: f64,
}

fn curves<const D: usize>(
    scenario: &Scenario<D>,
    frames: u64,
) -> Result<Vec<Curve>, Box<dyn Error>> {
    let bench = Bench::new(scenario)?;
    let mut noise = bench.noise(frames)?.ratios;
    noise.sort_by(|a, b| b.total_cmp(a));
    STRENGTHS
        .into_iter()
        .map(|strength| {
            let (sensing_dbm, users) = bench.user(strength, frames)?;
            let share = |threshold: f64| {
                let above = users
                    .iter()
                    .filter(|user| user.located && user.ratio > threshold);
                above.count() as f64 / frames as f64
            };
            let points = (noise.iter().enumerate())
                .map(|(i, &ratio)| [(i + 1) as f64 / frames as f64, share(ratio)])
                .collect();
            let at_level = users
                .iter()
                .filter(|user| user.located && user.ratio > user.threshold);
            Ok(Curve {
                strength,
                sensing_dbm,
                points,
                at_level: at_level.count() as f64 / frames as f64,
            })
        })
        .collect()
}

/// One user of a layout, and what looks for it.
struct Bench<const D: usize> {
    detector: Detector<D>,
    /// The user's echoes at the scenario's power.
    model: EchoModel<D>,
    power_w: Vec<f64>,
}

impl<const D: usize> Bench<D> {
    fn new(scenario: &Scenario<D>) -> Result<Self, Box<dyn Error>> {
        let mut scenario = scenario.clone();
        scenario.users_m.truncate(1);
        scenario.reflectivity = Default::default();
        if D == 3 && scenario.search.box_m.is_none() {
            let around = Region::enclosing(&scenario.users_m, 0.5)?;
            scenario.search.box_m = Some([around.minimum_m, around.maximum_m]);
        }
        let checked = scenario.check()?;
        let power_w = checked.sensing_power_w();
        Ok(Self {
            detector: checked.detector_parameters(UserCount::Given(1)).check()?,
            model: checked
                .echo_parameters(checked.isotropic_signals(), SLOTS)
                .check()?,
            power_w,
        })
    }

    fn noise(&self, frames: u64) -> Result<Noise, Box<dyn Error>> {
        let mut parameters = self.model.parameters();
        let stations = self.power_w.len();
        let silent = vec![vec![vec![c64::ZERO; stations]; stations]];
        parameters.scene.reflectivity = Reflectivity::explicit(silent)?;
        let model = parameters.check()?;
        let mut noise = Noise {
            ratios: Vec::new(),
            alarms: 0,
        };
        for seed in 0..frames {
            let heard = model.simulate(NOISE_SEEDS + seed)?;
            let detection = self.detector.detect(&heard.echoes, &heard.waveform)?;
            let ratio = detection.users[0].likelihood_ratio;
            noise.alarms += usize::from(ratio > detection.threshold);
            noise.ratios.push(ratio);
        }
        Ok(noise)
    }

    /// The power that gives an echo of a strength, and what is reported in each frame.
    fn user(&self, strength: f64, frames: u64) -> Result<(f64, Vec<Seen>), Box<dyn Error>> {
        let mut parameters = self.model.parameters();
        let whole = self.model.simulate(NOISE_SEEDS)?;
        let echoes = self.model.noiseless(&whole.waveform)?;
        let energy: f64 = (0..echoes.receivers())
            .map(|l| echoes.received(l).squared_norm_l2())
            .sum();
        let factor = 0.5 * strength * parameters.noise_w / energy;
        parameters.covariances = (self.power_w.iter())
            .map(|power_w| TransmitCovariance::Isotropic {
                power_w: factor * power_w,
            })
            .collect();
        let at = parameters.scene.users_m[0];
        let model = parameters.check()?;
        let users = (0..frames)
            .map(|seed| {
                let heard = model.simulate(seed)?;
                let detection = self.detector.detect(&heard.echoes, &heard.waveform)?;
                let user = &detection.users[0];
                let near = user.position_m.zip(user.deviation_m());
                let located = near.is_some_and(|(position_m, deviation_m)| {
                    distance_m(&position_m, &at) < 5.0 * deviation_m
                });
                Ok(Seen {
                    ratio: user.likelihood_ratio,
                    threshold: detection.threshold,
                    located,
                })
            })
            .collect::<Result<_, Box<dyn Error>>>()?;
        Ok((10.0 * (1e3 * factor * self.power_w[0]).log10(), users))
    }
}
