//! Simulated echoes against the model's definition.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod common;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use common::{distance, paper, rayleigh};
use crlb::{CrlbError, FactoredCovariance, TransmitCovariance};
use faer::{Mat, c64};
use music_loc::{EchoParameters, LocError};
use nf_channel::{
    Array, ChannelError, EchoConvention, EchoGain, Invalid, Reflectivity, SceneError,
};

/// `exp(∓jk r_n)` for every element: a one-way channel without its amplitude, by the definition.
fn wave(array: &Array<2>, user: &[f64; 2], wavenumber: f64) -> Vec<c64> {
    let reference = array.reference_m();
    (array.offsets_m().iter())
        .map(|offset| {
            let element = [reference[0] + offset[0], reference[1] + offset[1]];
            c64::from_polar(1.0, -wavenumber * distance(user, &element))
        })
        .collect()
}

/// `H_{lm} = Σ_k ρ g h_l h_m^H` (or `h_l h_m^T`), entry by entry.
fn echo_matrix(parameters: &EchoParameters<2>, receiver: usize, transmitter: usize) -> Mat<c64> {
    let wavenumber = parameters.scene.network.carrier.wavenumber_rad_per_m();
    let arrays = &parameters.scene.network.access_points;
    let (to, from) = (&arrays[receiver], &arrays[transmitter]);
    let mut sum = Mat::zeros(to.len(), from.len());
    let wavelength = parameters.scene.network.carrier.wavelength_m();
    let square = wavelength / (4.0 * std::f64::consts::PI);
    for (user, position) in parameters.scene.users_m.iter().enumerate() {
        let (inward, outward) = (
            wave(to, position, wavenumber),
            wave(from, position, wavenumber),
        );
        let (r, s) = (
            distance(position, to.reference_m()),
            distance(position, from.reference_m()),
        );
        let amplitude = match parameters.scene.echo_gain {
            EchoGain::TwoHop => square / (r * s),
            _ => square.sqrt() / (r + s),
        };
        let factor = parameters
            .scene
            .reflectivity
            .get(user, receiver, transmitter)
            * amplitude;
        for i in 0..to.len() {
            for j in 0..from.len() {
                let sent = match parameters.scene.network.echo_convention {
                    EchoConvention::Conjugate => outward[j].conj(),
                    EchoConvention::Reciprocal => outward[j],
                };
                sum[(i, j)] += factor * inward[i] * sent;
            }
        }
    }
    sum
}

#[test]
fn echoes_follow_the_definition_in_every_convention() {
    for convention in [EchoConvention::Conjugate, EchoConvention::Reciprocal] {
        for gain in [EchoGain::TwoHop, EchoGain::TotalPath] {
            let mut parameters = paper();
            parameters.scene.network.echo_convention = convention;
            parameters.scene.echo_gain = gain;
            parameters.scene.reflectivity = Reflectivity::rayleigh(4, 3, 5);
            parameters.noise_w = 0.0;
            let model = parameters.check().unwrap();
            let simulation = model.simulate(9).unwrap();
            let again = model.noiseless(&simulation.waveform).unwrap();
            for l in 0..3 {
                let expected = (0..3)
                    .map(|m| echo_matrix(&model.parameters(), l, m) * &simulation.waveform[m])
                    .fold(Mat::<c64>::zeros(21, 50), |sum, term| sum + term);
                // Distances of 50 m keep the phase 2π·50/λ to about 1e-11.
                let error = (simulation.echoes.received(l) - &expected).norm_max();
                assert_abs_diff_eq!(error / expected.norm_max(), 0.0, epsilon = 1e-9);
                assert_eq!(simulation.echoes.received(l), again.received(l));
            }
        }
    }
}

#[test]
fn seeds_reproduce_and_differ() {
    let model = rayleigh(1);
    let first = model.simulate(3).unwrap();
    assert_eq!(first, model.simulate(3).unwrap());
    assert_ne!(first, model.simulate(4).unwrap());
    // The draws do not depend on the noise power: the waveform is the same, the noise scales.
    let with = |noise_w: f64| {
        let mut parameters = model.parameters();
        parameters.noise_w = noise_w;
        parameters.check().unwrap().simulate(3).unwrap()
    };
    let (none, one, four) = (with(0.0), with(1.0), with(4.0));
    assert_eq!(none.waveform, four.waveform);
    let noise = |with: &music_loc::Simulation| with.echoes.received(2) - none.echoes.received(2);
    let twice = common::scaled(c64::from(2.0), &noise(&one));
    assert!((noise(&four) - twice).norm_max() < 1e-12);
}

#[test]
fn sample_covariances_converge_to_their_expectation() {
    // E[Y_l Y_l^H]/τ = Σ_m H_lm Ψ_m H_lm^H + σ² I; signals of different access points are independent.
    let mut parameters = paper();
    parameters.slots = 20_000;
    // About as strong as the echoes, so that both show.
    parameters.noise_w = 1e-5;
    let factor = Mat::from_fn(21, 21, |i, j| {
        let x = (2 * i + 5 * j) as f64;
        c64::new(x.sin(), x.cos()) * 0.2
    });
    let dense = &factor * factor.adjoint() + Mat::<c64>::identity(21, 21);
    parameters.covariances[1] = TransmitCovariance::Dense(dense.clone());
    let model = parameters.check().unwrap();
    let echoes = model.simulate(2).unwrap().echoes;
    for l in 0..3 {
        let mut expected = common::scaled(c64::from(1e-5), &Mat::identity(21, 21));
        for m in 0..3 {
            let matrix = echo_matrix(&model.parameters(), l, m);
            let sent = match m {
                1 => dense.clone(),
                _ => common::scaled(c64::from(10.0 / 21.0), &Mat::identity(21, 21)),
            };
            expected += &matrix * sent * matrix.adjoint();
        }
        let found = echoes.sample_covariance(l);
        // Entry (i, j) of a sample covariance has variance R_ii R_jj / τ: five deviations.
        for i in 0..21 {
            for j in 0..21 {
                let deviation = (expected[(i, i)].re * expected[(j, j)].re / 20_000.0).sqrt();
                let error = (found[(i, j)] - expected[(i, j)]).norm();
                assert!(error < 5.0 * deviation, "{l} {i} {j}: {error} {deviation}");
            }
        }
    }
}

#[test]
fn factored_and_dense_covariances_send_the_same() {
    let basis = Mat::from_fn(21, 21, |i, j| {
        c64::new((i * j) as f64, (i + 2 * j) as f64).exp_i()
    })
    .qr()
    .compute_thin_Q();
    let basis = basis.subcols(0, 2).to_owned();
    let core = Mat::from_fn(2, 2, |i, j| match (i, j) {
        (0, 1) => c64::new(0.5, 1.0),
        (1, 0) => c64::new(0.5, -1.0),
        _ => c64::from(3.0),
    });
    let mut dense = &basis * &core * basis.adjoint();
    for i in 0..21 {
        dense[(i, i)] += 0.1;
    }
    let with = |covariance: TransmitCovariance| {
        let mut parameters = paper();
        parameters.covariances[0] = covariance;
        parameters.check().unwrap().simulate(1).unwrap().waveform
    };
    let factored = with(TransmitCovariance::Factored(FactoredCovariance {
        basis,
        core,
        floor_w: 0.1,
    }));
    let direct = with(TransmitCovariance::Dense(dense));
    assert_relative_eq!((&factored[0] - &direct[0]).norm_max(), 0.0, epsilon = 1e-12);
    assert_eq!(factored[1], direct[1]);
}

trait ExpI {
    fn exp_i(self) -> c64;
}

impl ExpI for c64 {
    /// A unit number that depends on both parts.
    fn exp_i(self) -> c64 {
        c64::from_polar(1.0, self.re * 0.37 + self.im * self.im * 0.11)
    }
}

#[test]
fn wrong_scenes_are_named() {
    let error = |edit: &dyn Fn(&mut EchoParameters<2>)| {
        let mut parameters = paper();
        edit(&mut parameters);
        parameters.check().unwrap_err()
    };
    let none = |what| Invalid::Count {
        what,
        value: 0,
        requirement: "at least 1",
    };
    assert_eq!(error(&|p| p.slots = 0), none("slots").into());
    assert_eq!(
        error(&|p| p.scene.users_m.clear()),
        SceneError::from(none("users")).into()
    );
    assert_eq!(
        error(&|p| p.scene.network.access_points.clear()),
        SceneError::from(none("access_points")).into()
    );
    for bad in [f64::NAN, -1.0, f64::INFINITY] {
        assert!(matches!(
            error(&|p| p.noise_w = bad),
            LocError::Invalid(Invalid::Number {
                what: "noise_w",
                ..
            })
        ));
    }
    assert!(matches!(
        error(&|p| p.scene.reflectivity = Reflectivity::unit(3, 3)),
        LocError::Scene(SceneError::Invalid(Invalid::Size {
            requirement: 4,
            value: 3,
            ..
        }))
    ));
    assert!(matches!(
        error(&|p| p.covariances.truncate(2)),
        LocError::Invalid(Invalid::Size {
            requirement: 3,
            value: 2,
            ..
        })
    ));
    assert!(matches!(
        error(&|p| p.scene.users_m[2] = [60.0, 30.0]),
        LocError::Scene(SceneError::Response {
            access_point: 2,
            user: 2,
            source: ChannelError::OnReference { .. }
        })
    ));
    assert_eq!(
        error(&|p| p.covariances[1] = TransmitCovariance::Dense(-Mat::<c64>::identity(21, 21))),
        LocError::Covariance(CrlbError::NotACovariance {
            access_point: 1,
            why: "negative diagonal"
        })
    );
    let mut waveform = paper().check().unwrap().simulate(0).unwrap().waveform;
    let model = paper().check().unwrap();
    waveform[1][(3, 4)] = c64::new(f64::NAN, 0.0);
    assert_eq!(
        model.noiseless(&waveform),
        Err(LocError::NonFiniteSamples {
            what: "waveform",
            access_point: 1
        })
    );
    waveform.pop();
    assert!(matches!(
        model.noiseless(&waveform),
        Err(LocError::Invalid(Invalid::Size { .. }))
    ));
}

/// Valid one by one, beyond numbers together: an error, and not samples that are none.
#[test]
fn powers_and_gains_that_overflow() {
    let mut parameters = paper();
    parameters.covariances = vec![TransmitCovariance::Isotropic { power_w: 1e300 }; 3];
    let huge = vec![vec![c64::new(1e300, 0.0); 3]; 3];
    parameters.scene.reflectivity = Reflectivity::explicit(vec![huge; 4]).unwrap();
    let error = parameters.check().unwrap().simulate(1).unwrap_err();
    assert!(
        matches!(error, LocError::NonFiniteSamples { .. }),
        "{error}"
    );
}
