//! The joint bound of positions and velocities against finite differences of the moving scene, and an estimator.
#![allow(clippy::unwrap_used)]

use approx::assert_relative_eq;
use crlb::faer::linalg::solvers::{DenseSolveCore, Solve};
use crlb::faer::{Mat, Side, c64};
use crlb::nf_channel::{Array, Carrier, EchoConvention, EchoScene, Reflectivity};
use crlb::{SensingParameters, SensingSignal};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

const SLOTS: usize = 5;
const SLOT_S: f64 = 1e-3;
const NOISE_W: f64 = 1e-11;
const ELEMENTS: usize = 4;
const STATIONS: usize = 2;

fn scene(users: Vec<[f64; 2]>, convention: EchoConvention) -> EchoScene<2> {
    let array = |at: [f64; 2], turn: f64| {
        let offsets = (0..ELEMENTS)
            .map(|n| {
                let x = 0.12 * n as f64 - 0.18;
                [x * turn.cos() + 0.02 * (n * n) as f64, x * turn.sin()]
            })
            .collect();
        Array::from_offsets(at, offsets).unwrap()
    };
    let arrays = vec![array([-9.0, 1.0], 1.3), array([8.0, -2.0], 0.4)];
    let count = users.len();
    let mut scene = EchoScene::new(Carrier::new(10e9).unwrap(), arrays, users);
    scene.network.echo_convention = convention;
    scene.reflectivity = Reflectivity::rayleigh(count, STATIONS, 8);
    scene
}

/// Unknowns: positions, velocities, then real and imaginary part of each gain by user, receiver and transmitter.
struct Moving {
    convention: EchoConvention,
    users: usize,
    truth: Vec<f64>,
    at_m: Vec<[f64; 2]>,
}

impl Moving {
    fn new(at_m: Vec<[f64; 2]>, convention: EchoConvention) -> Self {
        let users = at_m.len();
        let valid = scene(at_m.clone(), convention).check().unwrap();
        let mut truth: Vec<f64> = at_m.concat();
        truth.extend((0..2 * users).map(|i| [1.0, -0.7, 0.2, 1.4][i % 4]));
        for user in 0..users {
            for l in 0..STATIONS {
                for m in 0..STATIONS {
                    let gain = valid.echo_gain(l, m, user);
                    truth.extend([gain.re, gain.im]);
                }
            }
        }
        Self {
            convention,
            users,
            truth,
            at_m,
        }
    }

    /// All that is received without noise. In each slot every element of every array sends one of orthogonal sequences of unit
    /// power, so that the received samples are the channel itself, `Ψ = N I` a slot.
    fn echo(&self, x: &[f64]) -> Vec<c64> {
        let carrier = Carrier::new(10e9).unwrap();
        let k = carrier.wavenumber_rad_per_m();
        let still = scene(self.at_m.clone(), self.convention).check().unwrap();
        let distance = |m: usize, p: &[f64; 2]| {
            let from = still.network().access_points()[m].reference_m();
            (p[0] - from[0]).hypot(p[1] - from[1])
        };
        let mut out = Vec::new();
        for slot in 0..SLOTS {
            let time = (slot as f64 - 0.5 * (SLOTS - 1) as f64) * SLOT_S;
            let at: Vec<[f64; 2]> = (0..self.users)
                .map(|u| {
                    std::array::from_fn(|i| x[2 * u + i] + time * x[2 * self.users + 2 * u + i])
                })
                .collect();
            let moved = scene(at.clone(), self.convention).check().unwrap();
            for l in 0..STATIONS {
                for m in 0..STATIONS {
                    let mut echo = vec![c64::ZERO; ELEMENTS * ELEMENTS];
                    for (u, p) in at.iter().enumerate() {
                        let place = 4 * self.users + 2 * ((u * STATIONS + l) * STATIONS + m);
                        let start: [f64; 2] = [x[2 * u], x[2 * u + 1]];
                        // The phase since the middle; the rest is the gain's.
                        let back = match self.convention {
                            EchoConvention::Conjugate => -1.0,
                            EchoConvention::Reciprocal => 1.0,
                        };
                        let path = distance(l, p) - distance(l, &start)
                            + back * (distance(m, p) - distance(m, &start));
                        let gain =
                            c64::new(x[place], x[place + 1]) * c64::from_polar(1.0, -k * path);
                        let (a, b) = (&moved.response(l, u).values, &moved.response(m, u).values);
                        for i in 0..ELEMENTS {
                            for j in 0..ELEMENTS {
                                let sent = match self.convention {
                                    EchoConvention::Conjugate => b[j].conj(),
                                    EchoConvention::Reciprocal => b[j],
                                };
                                echo[ELEMENTS * i + j] += gain * a[i] * sent;
                            }
                        }
                    }
                    out.extend(echo);
                }
            }
        }
        out
    }

    fn scales(&self) -> Vec<f64> {
        let gain = self.truth[4 * self.users..]
            .iter()
            .fold(0.0f64, |a, b| a.max(b.abs()));
        (0..self.truth.len())
            .map(|i| match i {
                i if i < 2 * self.users => 1e-4,
                i if i < 4 * self.users => 1e-2,
                _ => 1e-4 * gain,
            })
            .collect()
    }

    /// Real parts over imaginary parts of the derivative along each unknown in units of its scale.
    fn slopes(&self, x: &[f64]) -> Mat<f64> {
        let columns: Vec<Vec<c64>> = (self.scales().iter().enumerate())
            .map(|(i, step)| {
                let moved = |h: f64| {
                    let mut y = x.to_vec();
                    y[i] += h;
                    self.echo(&y)
                };
                let (up, down) = (moved(*step), moved(-step));
                up.iter().zip(&down).map(|(a, b)| (a - b) * 0.5).collect()
            })
            .collect();
        let rows = columns[0].len();
        Mat::from_fn(2 * rows, columns.len(), |i, j| {
            let value = columns[j][i % rows];
            if i < rows { value.re } else { value.im }
        })
    }

    fn bound(&self) -> (Mat<f64>, Mat<f64>) {
        let model = SensingParameters::new(scene(self.at_m.clone(), self.convention), NOISE_W);
        let model = model.check().unwrap();
        let signal = SensingSignal::isotropic(vec![ELEMENTS as f64; STATIONS]);
        let bound = model.motion_bound(&signal, SLOTS, SLOT_S).unwrap();
        (
            bound.position().matrix_m2().to_owned(),
            bound.velocity_m2_per_s2().to_owned(),
        )
    }
}

#[test]
fn the_bound_is_that_of_the_moving_scene() {
    for convention in [EchoConvention::Conjugate, EchoConvention::Reciprocal] {
        let mut moving = Moving::new(vec![[0.5, 6.0], [-2.0, 3.0]], convention);
        // The bound neglects what a motion changes of the responses during sensing.
        moving.truth[4..8].fill(0.0);
        let slopes = moving.slopes(&moving.truth);
        let information = crlb::faer::Scale(2.0 / NOISE_W) * (slopes.transpose() * &slopes);
        let side = information.nrows();
        let scale: Vec<f64> = (0..side).map(|i| information[(i, i)].sqrt()).collect();
        let balanced = Mat::from_fn(side, side, |i, j| {
            information[(i, j)] / (scale[i] * scale[j])
        });
        let inverse = balanced.llt(Side::Lower).unwrap().inverse();
        let units = moving.scales();
        let entry =
            |i: usize, j: usize| inverse[(i, j)] / (scale[i] * scale[j]) * units[i] * units[j];
        let (position, velocity) = moving.bound();
        for i in 0..4 {
            for j in 0..4 {
                let deviation = (position[(i, i)] * position[(j, j)]).sqrt();
                assert!((entry(i, j) - position[(i, j)]).abs() < 1e-3 * deviation);
                let deviation = (velocity[(i, i)] * velocity[(j, j)]).sqrt();
                assert!((entry(4 + i, 4 + j) - velocity[(i, j)]).abs() < 1e-3 * deviation);
                let deviation = (position[(i, i)] * velocity[(j, j)]).sqrt();
                assert!(
                    entry(i, 4 + j).abs() < 2e-3 * deviation,
                    "{}",
                    entry(i, 4 + j) / deviation
                );
            }
        }
    }
}

/// Maximum likelihood with the velocity in the model, from the truth, against the bound: 2000 trials.
#[test]
fn an_estimator_reaches_the_bound() {
    let moving = Moving::new(vec![[0.5, 6.0]], EchoConvention::Conjugate);
    let clean = moving.echo(&moving.truth);
    let units = moving.scales();
    // The noise is small enough for the slopes at the truth.
    let slopes = moving.slopes(&moving.truth);
    let solver = (slopes.transpose() * &slopes).llt(Side::Lower).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    let trials = 2000;
    let mut squares = [0.0; 4];
    for _ in 0..trials {
        let heard: Vec<c64> = (clean.iter())
            .map(|c| c + c64::new(normal(), normal()) * (0.5 * NOISE_W).sqrt())
            .collect();
        let mut x = moving.truth.clone();
        for _ in 0..3 {
            let model = moving.echo(&x);
            let rows = model.len();
            let rest = Mat::from_fn(2 * rows, 1, |i, _| {
                let value = heard[i % rows] - model[i % rows];
                if i < rows { value.re } else { value.im }
            });
            let step = solver.solve(slopes.transpose() * &rest);
            x.iter_mut()
                .enumerate()
                .for_each(|(i, x)| *x += step[(i, 0)] * units[i]);
        }
        for (i, square) in squares.iter_mut().enumerate() {
            *square += (x[i] - moving.truth[i]).powi(2) / f64::from(trials);
        }
    }
    let (position, velocity) = moving.bound();
    assert_relative_eq!(
        squares[0] + squares[1],
        position[(0, 0)] + position[(1, 1)],
        max_relative = 0.05
    );
    assert_relative_eq!(
        squares[2] + squares[3],
        velocity[(0, 0)] + velocity[(1, 1)],
        max_relative = 0.05
    );
}

#[test]
fn motion_needs_two_slots_and_time() {
    let model = SensingParameters::new(scene(vec![[0.5, 6.0]], EchoConvention::Conjugate), NOISE_W);
    let model = model.check().unwrap();
    let signal = SensingSignal::isotropic(vec![1.0; STATIONS]);
    let error = model
        .motion_bound(&signal, 1, SLOT_S)
        .unwrap_err()
        .to_string();
    assert_eq!(error, "slots = 1 must be at least 2 to show motion");
    assert!(model.motion_bound(&signal, 2, 0.0).is_err());
    let bound = model.motion_bound(&signal, 2, SLOT_S).unwrap();
    let later = bound.position_after(0.1).unwrap().total_m2();
    let v = bound.velocity_m2_per_s2();
    let expected = bound.position().total_m2() + 0.01 * (v[(0, 0)] + v[(1, 1)]);
    assert_relative_eq!(later, expected, max_relative = 1e-12);
    assert!(bound.position_after(f64::NAN).is_err());
}
