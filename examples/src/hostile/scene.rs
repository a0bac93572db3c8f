//! The generator: what a well-formed scenario may contain although nobody would build it.

use std::array::from_fn;

use crlb::GainModel;
use nf_channel::{
    AmplitudeProfile, ArraySpec, C64, EchoConvention, EchoGain, LinearExtent, PathGain,
    SPEED_OF_LIGHT_M_PER_S, dbm_to_watt,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use td_isac_algos::scenario::{ErrorSize, ReflectivitySpec, Scenario, UncertaintySpec};
use td_isac_algos::uncertainty::PositionSet;

/// How large the channel errors are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ErrorScale {
    /// As the scenario says.
    AsGiven,
    /// Relative radius of the paper's balls at η = 1/2, whatever the sensing is worth: between
    /// immaterial and larger than the channels, which the powers alone seldom hit.
    Relative(f64),
}

/// How the time allocation is chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TimeChoice {
    /// Given; the threshold is not enforced.
    Fixed(f64),
    /// By the strategy of that name.
    Strategy(&'static str),
}

/// One hostile case in `D` dimensions.
#[derive(Debug, Clone, PartialEq)]
pub struct Case<const D: usize> {
    /// Its number in the series.
    pub number: u64,
    /// The scenario.
    pub scenario: Scenario<D>,
    /// Size of the channel errors.
    pub error_scale: ErrorScale,
    /// The scheme's name.
    pub scheme: &'static str,
    /// The time allocation.
    pub time: TimeChoice,
    /// What is extreme about it.
    pub traits: Vec<&'static str>,
}

/// A case in the plane or in space.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum AnyCase {
    TwoD(Case<2>),
    ThreeD(Case<3>),
}

impl AnyCase {
    /// The `number`-th case of the series with this seed.
    pub fn draw(seed: u64, number: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(number);
        let mut draw = Draw { rng };
        if draw.chance(0.7) {
            Self::TwoD(Case::draw(number, draw))
        } else {
            Self::ThreeD(Case::draw(number, draw))
        }
    }

    /// What is extreme about it.
    pub fn traits(&self) -> &[&'static str] {
        match self {
            Self::TwoD(case) => &case.traits,
            Self::ThreeD(case) => &case.traits,
        }
    }
}

/// Random decisions.
struct Draw {
    rng: ChaCha8Rng,
}

impl Draw {
    fn chance(&mut self, probability: f64) -> bool {
        self.rng.random::<f64>() < probability
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.rng.random::<f64>()
    }

    /// Log-uniform.
    fn scale(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }

    fn count(&mut self, low: usize, high: usize) -> usize {
        self.rng.random_range(low..=high)
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.rng.random_range(0..choices.len())]
    }

    fn direction<const D: usize>(&mut self) -> [f64; D] {
        loop {
            let v: [f64; D] = from_fn(|_| self.between(-1.0, 1.0));
            let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
            if (0.1..1.0).contains(&length) {
                return v.map(|x| x / length);
            }
        }
    }
}

impl<const D: usize> Case<D> {
    fn draw(number: u64, mut draw: Draw) -> Self {
        let mut traits = Vec::new();
        let frequency_hz = if draw.chance(0.7) {
            28e9
        } else {
            traits.push("odd carrier");
            draw.scale(1e8, 1e12)
        };
        let access_points = access_points(&mut draw, frequency_hz, &mut traits);
        let users_m = users(&mut draw, &access_points, &mut traits);
        let mut scenario = Scenario::new(frequency_hz, access_points, users_m);
        scenario.name = format!("hostile {number}");
        levels(&mut draw, &mut scenario, &mut traits);
        models(&mut draw, &mut scenario, &mut traits);
        let error_scale = errors(&mut draw, &mut scenario, &mut traits);
        let scheme = draw.one_of(&[
            "main",
            "main",
            "main",
            "ei",
            "ei",
            "mrt",
            "mrt-hermitian",
            "zf",
            "rzf",
            "mrt-equal",
            "perfect",
        ]);
        let time = if draw.chance(0.6) {
            TimeChoice::Fixed(match draw.count(0, 9) {
                0 => 1e-9,
                1 => 1.0 - 1e-9,
                2 => 0.999,
                _ => draw.between(0.05, 0.95),
            })
        } else {
            TimeChoice::Strategy(draw.one_of(&["margin", "rate", "rate", "exhaustive"]))
        };
        Self {
            number,
            scenario,
            error_scale,
            scheme,
            time,
            traits,
        }
    }
}

fn access_points<const D: usize>(
    draw: &mut Draw,
    frequency_hz: f64,
    traits: &mut Vec<&'static str>,
) -> Vec<ArraySpec<D>> {
    let count = draw.one_of(&[1, 1, 2, 2, 2, 3, 3]);
    if count == 1 {
        traits.push("one access point");
    }
    if count > 1 && draw.chance(0.2) {
        traits.push("identical access points");
        return vec![access_point(draw, frequency_hz, traits); count];
    }
    (0..count)
        .map(|_| access_point(draw, frequency_hz, traits))
        .collect()
}

fn access_point<const D: usize>(
    draw: &mut Draw,
    frequency_hz: f64,
    traits: &mut Vec<&'static str>,
) -> ArraySpec<D> {
    let reference_m = from_fn(|_| draw.between(-50.0, 50.0));
    let half_wavelength_m = 0.5 * SPEED_OF_LIGHT_M_PER_S / frequency_hz;
    if D == 3 && draw.chance(0.4) {
        // Never parallel: the second axis is moved away from the first.
        let row_axis: [f64; D] = draw.direction();
        let mut column_axis: [f64; D] = draw.direction();
        let along: f64 = (0..D).map(|i| row_axis[i] * column_axis[i]).sum();
        if along.abs() > 0.9 {
            column_axis = from_fn(|i| row_axis[(i + 1) % D]);
        }
        return ArraySpec::UniformPlanar {
            reference_m,
            rows: draw.count(1, 3),
            columns: draw.count(1, 4),
            row_axis,
            column_axis,
            spacing_m: half_wavelength_m,
        };
    }
    let elements = match draw.count(0, 9) {
        0 => {
            traits.push("one antenna");
            1
        }
        1 => draw.count(9, 33),
        _ => draw.count(2, 8),
    };
    let extent = if draw.chance(0.6) {
        LinearExtent::Spacing {
            spacing_m: half_wavelength_m,
        }
    } else {
        LinearExtent::Aperture {
            aperture_m: draw.scale(1e-3, 10.0),
        }
    };
    ArraySpec::UniformLinear {
        reference_m,
        axis: draw.direction(),
        elements,
        extent: (elements > 1).then_some(extent),
    }
}

/// Reference point and a direction of an array: its axis, if it has one.
fn place<const D: usize>(spec: &ArraySpec<D>) -> ([f64; D], [f64; D]) {
    let axis = match spec {
        ArraySpec::UniformLinear { axis, .. } => *axis,
        ArraySpec::UniformPlanar { row_axis, .. } => *row_axis,
        _ => from_fn(|i| f64::from(u8::from(i == 0))),
    };
    (*spec.reference_m(), axis)
}

fn users<const D: usize>(
    draw: &mut Draw,
    access_points: &[ArraySpec<D>],
    traits: &mut Vec<&'static str>,
) -> Vec<[f64; D]> {
    let count = draw.one_of(&[1, 1, 2, 2, 2, 3, 3, 4]);
    if count == 1 {
        traits.push("one user");
    }
    let mut users: Vec<[f64; D]> = Vec::with_capacity(count);
    for _ in 0..count {
        let (origin, axis) = place(&access_points[draw.count(0, access_points.len() - 1)]);
        let away: [f64; D] = draw.direction();
        let user = match (draw.count(0, 13), users.last()) {
            (0 | 1, _) => {
                traits.push("user at 10 cm");
                from_fn(|i| origin[i] + 0.1 * away[i])
            }
            (2 | 3, _) => {
                traits.push("user at 5 km");
                from_fn(|i| origin[i] + 5e3 * away[i])
            }
            (4, _) => {
                traits.push("user on an array's axis");
                let distance = draw.scale(6.0, 200.0);
                from_fn(|i| origin[i] + distance * axis[i])
            }
            (5, Some(last)) => {
                traits.push("coincident users");
                *last
            }
            (6, Some(last)) => {
                traits.push("nearly coincident users");
                let distance = draw.scale(1e-9, 1e-2);
                from_fn(|i| last[i] + distance * away[i])
            }
            _ => from_fn(|_| draw.between(-50.0, 50.0)),
        };
        users.push(user);
    }
    users
}

/// Powers, noise, durations and the threshold.
fn levels<const D: usize>(
    draw: &mut Draw,
    scenario: &mut Scenario<D>,
    traits: &mut Vec<&'static str>,
) {
    if draw.chance(0.4) {
        traits.push("powers from -60 to 90 dBm");
        scenario.communication_power_w = dbm_to_watt(draw.between(-60.0, 90.0)).into();
        scenario.sensing_power_w = dbm_to_watt(draw.between(-60.0, 90.0)).into();
    }
    if draw.chance(0.3) {
        traits.push("noise from -170 to 0 dBm");
        scenario.sensing_noise_w = dbm_to_watt(draw.between(-170.0, 0.0));
        scenario.communication_noise_w = dbm_to_watt(draw.between(-170.0, 0.0)).into();
    }
    if draw.chance(0.2) {
        traits.push("odd frame");
        scenario.frame_duration_s = draw.scale(1e-6, 1e6);
        scenario.sensing_slot_s = scenario.frame_duration_s * draw.scale(1e-9, 1.0);
    }
    scenario.crlb_threshold_m2 = if draw.chance(0.5) {
        traits.push("irrelevant threshold");
        1e12
    } else {
        draw.scale(1e-30, 1e10)
    };
}

/// Models of gains, echoes and reflectivities.
fn models<const D: usize>(
    draw: &mut Draw,
    scenario: &mut Scenario<D>,
    traits: &mut Vec<&'static str>,
) {
    scenario.gain_model = draw.one_of(&[
        GainModel::Unknown,
        GainModel::Known,
        GainModel::CarrierPhase,
    ]);
    scenario.echo_convention =
        draw.one_of(&[EchoConvention::Conjugate, EchoConvention::Reciprocal]);
    scenario.echo_gain = draw.one_of(&[EchoGain::TwoHop, EchoGain::TotalPath]);
    scenario.path_gain = draw.one_of(&[PathGain::SquareRoot, PathGain::Friis]);
    scenario.amplitude_profile =
        draw.one_of(&[AmplitudeProfile::Uniform, AmplitudeProfile::PerElement]);
    scenario.reflectivity = match draw.count(0, 9) {
        0 => {
            traits.push("reflectivities from nothing to 1e4");
            let (users, stations) = (scenario.users_m.len(), scenario.access_points.len());
            let mut value = || {
                let size = if draw.chance(0.3) {
                    0.0
                } else {
                    draw.scale(1e-8, 1e4)
                };
                C64::from_polar(size, draw.between(0.0, std::f64::consts::TAU))
            };
            let values = (0..users)
                .map(|_| {
                    (0..stations)
                        .map(|_| (0..stations).map(|_| value()).collect())
                        .collect()
                })
                .collect();
            ReflectivitySpec::Explicit { values }
        }
        1..=5 => ReflectivitySpec::Unit,
        _ => ReflectivitySpec::Rayleigh {
            seed: draw.count(0, 1000) as u64,
        },
    };
}

fn errors<const D: usize>(
    draw: &mut Draw,
    scenario: &mut Scenario<D>,
    traits: &mut Vec<&'static str>,
) -> ErrorScale {
    if draw.chance(0.25) {
        traits.push("position sets");
        scenario.uncertainty = UncertaintySpec {
            set: draw.one_of(&[PositionSet::Ball, PositionSet::Phase, PositionSet::Ellipse]),
            size: if draw.chance(0.5) {
                ErrorSize::Scale(draw.scale(1e-3, 10.0))
            } else {
                ErrorSize::Confidence(draw.one_of(&[1e-6, 0.5, 0.95, 0.999_999]))
            },
        };
        return ErrorScale::AsGiven;
    }
    match draw.count(0, 9) {
        0 => {
            traits.push("exact channels");
            scenario.error_scale_per_m = Some(0.0);
            ErrorScale::AsGiven
        }
        1 => {
            scenario.error_scale_per_m = Some(draw.scale(1e-6, 1e6));
            ErrorScale::AsGiven
        }
        2 | 3 => ErrorScale::AsGiven,
        4 | 5 => {
            traits.push("errors like the channels");
            ErrorScale::Relative(draw.one_of(&[0.5, 0.7, 0.76, 0.9, 0.99, 0.999_999, 1.0, 1.5]))
        }
        _ => ErrorScale::Relative(draw.scale(1e-8, 0.7)),
    }
}
