//! One frame: a scene drawn around a layout, and what the access points hear of it.

use std::error::Error;
use std::f64::consts::{PI, TAU};

use faer::{Mat, c64};
use music_loc::{DetectorParameters, EchoParameters, Echoes, Region, UserCount};
use nf_channel::{BlockedLink, EchoConvention, Reflectivity};
use rand::{Rng, RngExt};
use td_isac_algos::Sensing;
use td_isac_algos::scenario::{CheckedScenario, Scenario};

use crate::layouts::Traced;

/// Most users that are looked for.
const MOST_USERS: usize = 16;
const SLOTS: usize = 50;
/// Users and scatterers keep this far from arrays.
const CLEARANCE_M: f64 = 1.0;
/// How far the users that are drawn may be outside of the box around those of the layout.
const SPREAD_M: f64 = 2.0;

/// What was drawn.
#[derive(Debug, Clone)]
pub struct Drawn<const D: usize> {
    pub users_m: Vec<[f64; D]>,
    pub scatterers_m: Vec<[f64; D]>,
    pub blocked: usize,
    /// Reflections' part of the channels.
    pub reflections: f64,
    pub optimal: bool,
    /// Echoes are of the convention that the detector does not expect.
    pub other_convention: bool,
}

/// A frame to be searched.
pub struct Frame<const D: usize> {
    pub drawn: Drawn<D>,
    pub detector: DetectorParameters<D>,
    pub echoes: Echoes,
    pub waveform: Vec<Mat<c64>>,
}

/// Draws a frame.
///
/// # Errors
///
/// The layout is no scenario.
pub fn draw<const D: usize>(
    scenario: &Scenario<D>,
    traced: Option<&Traced>,
    rng: &mut impl Rng,
) -> Result<Frame<D>, Box<dyn Error>> {
    let mut scenario = scenario.clone();
    let arrays: Vec<[f64; D]> = (scenario.clone().check()?.access_points().iter())
        .map(|array| *array.reference_m())
        .collect();
    // The ray tracer's users are where they are.
    if traced.is_none() && rng.random_bool(0.5) {
        let near = Region::enclosing(&scenario.users_m, SPREAD_M)?;
        let count = rng.random_range(1..=scenario.users_m.len() + 1);
        scenario.users_m = (0..count).map(|_| place(&near, &arrays, rng)).collect();
    }
    if D == 3 {
        // A beam width is centimetres: a box around the users, not the hall.
        let around = Region::enclosing(&scenario.users_m, 0.5)?;
        scenario.search.box_m = Some([around.minimum_m, around.maximum_m]);
    }
    let behind_walls = rng.random_bool(0.5);
    if scenario.search.box_m.is_some() && D == 2 && behind_walls {
        // One side of the wall, with users on it.
        for user in &mut scenario.users_m {
            user[1] = user[1].abs();
        }
        let mut normal = [0.0; D];
        normal[1] = 1.0;
        scenario.search.half_planes.push([[0.0; D], normal]);
    }
    let users = scenario.users_m.len();
    let stations = scenario.access_points.len();
    let checked = scenario.clone().check()?;
    let rayleigh = rng.random_bool(0.5);
    let mut values = reflectivities(users, stations, rayleigh, rng);
    if traced.is_some() {
        // Users of 1 m².
        let amplitude = reflectivity_of(1.0, &checked);
        (values.iter_mut().flatten().flatten()).for_each(|v| *v *= amplitude);
    }
    let blocking = traced.is_none() && rng.random_bool(0.5);
    let blocked: Vec<BlockedLink> = (0..users)
        .flat_map(|user| (0..stations).map(move |access_point| BlockedLink { user, access_point }))
        .filter(|_| blocking && rng.random_bool(0.2))
        .collect();
    let optimal = rng.random_bool(0.5);
    let other_convention = rng.random_bool(0.1);
    let reflections = *pick(&[0.0, 0.01, 0.1, 1.0], rng);
    let region = checked.search_region();
    let scattered = rng.random_bool(0.5);
    let scatterers = if scattered {
        rng.random_range(0..=10)
    } else {
        0
    };
    let scatterers_m: Vec<[f64; D]> = (0..scatterers)
        .map(|_| place(&region, &arrays, rng))
        .collect();
    let (signals, optimal) = signals(&checked, optimal);
    let mut echoes = checked.echo_parameters(signals, SLOTS);
    echoes.scene.blocked.clone_from(&blocked);
    echoes.scene.users_m.extend(&scatterers_m);
    for _ in 0..scatterers {
        let square_m2 = 10f64.powf(rng.random_range(-2.0..0.0));
        let amplitude = reflectivity_of(square_m2, &checked);
        let value = c64::from_polar(amplitude, rng.random_range(0.0..TAU));
        values.push(vec![vec![value; stations]; stations]);
    }
    if other_convention {
        let convention = &mut echoes.scene.network.echo_convention;
        *convention = match *convention {
            EchoConvention::Conjugate => EchoConvention::Reciprocal,
            EchoConvention::Reciprocal => EchoConvention::Conjugate,
        };
    }
    let seed = rng.random();
    let (received, waveform) = match traced {
        None => heard(echoes, values, seed)?,
        Some(traced) => heard_in_street(echoes, values, traced, reflections, seed)?,
    };
    Ok(Frame {
        detector: checked.detector_parameters(UserCount::AtMost(MOST_USERS)),
        drawn: Drawn {
            users_m: scenario.users_m,
            scatterers_m,
            blocked: blocked.len(),
            reflections: if traced.is_some() { reflections } else { 0.0 },
            optimal,
            other_convention,
        },
        echoes: received,
        waveform,
    })
}

type Heard = (Echoes, Vec<Mat<c64>>);

fn heard<const D: usize>(
    mut echoes: EchoParameters<D>,
    values: Vec<Vec<Vec<c64>>>,
    seed: u64,
) -> Result<Heard, Box<dyn Error>> {
    echoes.scene.reflectivity = Reflectivity::explicit(values)?;
    let heard = echoes.check()?.simulate(seed)?;
    Ok((heard.echoes, heard.waveform))
}

/// Scatterers by their line of sight; users by `h_l h_m^T` with the channels of the ray tracer.
fn heard_in_street<const D: usize>(
    echoes: EchoParameters<D>,
    mut values: Vec<Vec<Vec<c64>>>,
    traced: &Traced,
    reflections: f64,
    seed: u64,
) -> Result<Heard, Box<dyn Error>> {
    let conjugate = echoes.scene.network.echo_convention == EchoConvention::Conjugate;
    let of_users: Vec<_> = (values.iter_mut().take(traced.all.len()))
        .map(|user| {
            let silent = vec![vec![c64::ZERO; user.len()]; user.len()];
            std::mem::replace(user, silent)
        })
        .collect();
    let (rest, waveform) = heard(echoes, values, seed)?;
    let mut received: Vec<Mat<c64>> = (0..rest.receivers())
        .map(|l| rest.received(l).to_owned())
        .collect();
    for (user, values) in of_users.iter().enumerate() {
        let channels: Vec<Mat<c64>> = (0..received.len())
            .map(|l| {
                let (all, direct) = (&traced.all[user][l], &traced.direct[user][l]);
                Mat::from_fn(all.len(), 1, |n, _| {
                    direct[n] + (all[n] - direct[n]) * reflections
                })
            })
            .collect();
        for (l, received) in received.iter_mut().enumerate() {
            for (m, sent) in waveform.iter().enumerate() {
                let reaching = if conjugate {
                    channels[m].adjoint() * sent
                } else {
                    channels[m].transpose() * sent
                };
                let echo = &channels[l] * reaching;
                *received += Mat::from_fn(echo.nrows(), echo.ncols(), |n, slot| {
                    values[l][m] * echo[(n, slot)]
                });
            }
        }
    }
    Ok((Echoes::new(received)?, waveform))
}

/// The optimal signals for the layout as it was drawn, or isotropic ones where there are no such.
fn signals<const D: usize>(
    scenario: &CheckedScenario<D>,
    optimal: bool,
) -> (Vec<crlb::TransmitCovariance>, bool) {
    let designed = optimal
        .then(|| Sensing::design(scenario, None).ok())
        .flatten();
    match designed {
        Some(design) => (design.covariance.transmit_covariances(), true),
        None => (scenario.isotropic_signals(), false),
    }
}

/// `|ρ|` of a radar cross-section: `λ √σ / (4π)^{3/2} = |ρ| β(1 m)²`.
fn reflectivity_of<const D: usize>(square_m2: f64, scenario: &CheckedScenario<D>) -> f64 {
    let carrier = &scenario.scene().network().parameters().carrier;
    let one_way = scenario.parameters().path_gain.amplitude(carrier, 1.0);
    carrier.wavelength_m() * square_m2.sqrt() / (4.0 * PI).powf(1.5) / (one_way * one_way)
}

fn reflectivities(
    users: usize,
    stations: usize,
    rayleigh: bool,
    rng: &mut impl Rng,
) -> Vec<Vec<Vec<c64>>> {
    let mut one = || {
        let phase = rng.random_range(0.0..TAU);
        if rayleigh {
            c64::from_polar(
                (-rng.random_range(f64::MIN_POSITIVE..1.0).ln()).sqrt(),
                phase,
            )
        } else {
            c64::ONE
        }
    };
    (0..users)
        .map(|_| {
            (0..stations)
                .map(|_| (0..stations).map(|_| one()).collect())
                .collect()
        })
        .collect()
}

/// A place in a region, not next to an array.
fn place<const D: usize>(region: &Region<D>, arrays: &[[f64; D]], rng: &mut impl Rng) -> [f64; D] {
    loop {
        let at =
            std::array::from_fn(|i| rng.random_range(region.minimum_m[i]..region.maximum_m[i]));
        let far = |array: &[f64; D]| distance_m(array, &at) > CLEARANCE_M;
        if region.contains(&at) && arrays.iter().all(far) {
            return at;
        }
    }
}

/// Euclidean distance.
pub fn distance_m<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    let square = |i: usize| (a[i] - b[i]).powi(2);
    (0..D).map(square).sum::<f64>().sqrt()
}

fn pick<'a, T>(of: &'a [T], rng: &mut impl Rng) -> &'a T {
    &of[rng.random_range(0..of.len())]
}
