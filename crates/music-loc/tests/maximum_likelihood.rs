//! The estimator against the bound of another crate, which knows nothing of it.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod common;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use common::{USERS_M, distance, rayleigh};
use crlb::{SensingParameters, SensingSignal, TransmitCovariance};
use faer::linalg::solvers::Solve;
use faer::{Mat, Side, c64};
use music_loc::{
    EchoModel, Echoes, Estimate, Grid, LocError, LocaliserParameters, Outcome, RefineParameters,
};
use nf_channel::{EchoConvention, Invalid, SceneError};

/// The default refinement by the model's own access points.
fn refined(
    model: &EchoModel<2>,
    echoes: &Echoes,
    waveform: &[Mat<c64>],
    starts_m: &[[f64; 2]],
) -> Result<Estimate<2>, LocError> {
    let refiner = RefineParameters::default().check().unwrap();
    refiner.refine(model.scene().network(), echoes, waveform, starts_m)
}

/// Covariance bound, conditional on the realised waveform.
fn bound_m2(model: &EchoModel<2>, waveform: &[Mat<c64>]) -> Mat<f64> {
    let parameters = model.parameters();
    let sensing = SensingParameters::new(parameters.scene, parameters.noise_w);
    let signal = SensingSignal::Waveform(waveform.to_vec());
    let information = sensing
        .check()
        .unwrap()
        .fisher_information(&signal)
        .unwrap();
    let slots = waveform[0].ncols() as f64;
    information.bound().unwrap().covariance_m2(slots)
}

fn starts() -> Vec<[f64; 2]> {
    USERS_M.iter().map(|[x, y]| [x + 0.02, y - 0.01]).collect()
}

fn model(seed: u64, convention: EchoConvention, noise_w: f64) -> EchoModel<2> {
    let mut parameters = rayleigh(seed).parameters();
    parameters.scene.network.echo_convention = convention;
    parameters.noise_w = noise_w;
    parameters.check().unwrap()
}

#[test]
fn noiseless_echoes_give_the_truth() {
    for convention in [EchoConvention::Conjugate, EchoConvention::Reciprocal] {
        let model = model(2, convention, 0.0);
        let data = model.simulate(1).unwrap();
        let estimate = refined(&model, &data.echoes, &data.waveform, &starts()).unwrap();
        for (found, user) in estimate.positions_m.iter().zip(&USERS_M) {
            assert_abs_diff_eq!(distance(found, user), 0.0, epsilon = 1e-8);
        }
        // Users 0 and 2 share a line with no array's axis: every gain is determined.
        for (l, m, k) in [(0, 0, 0), (1, 2, 3), (2, 1, 1)] {
            let (found, expected) = (estimate.gains[l][m][k], model.scene().echo_gain(l, m, k));
            assert_abs_diff_eq!(
                (found - expected).norm() / expected.norm(),
                0.0,
                epsilon = 1e-5
            );
        }
    }
}

#[test]
fn the_reported_covariance_is_the_bound() {
    for convention in [EchoConvention::Conjugate, EchoConvention::Reciprocal] {
        let model = model(2, convention, 1e-13);
        let data = model.simulate(1).unwrap();
        let estimate = refined(&model, &data.echoes, &data.waveform, &starts()).unwrap();
        assert_eq!(estimate.outcome, Outcome::Converged);
        // 3·21·50 samples less 36 gains and 8 real coordinates: a chi-square of 6220 degrees, whose
        // relative deviation is sqrt(2/6220) = 1.8 %.
        assert_relative_eq!(estimate.noise_w, 1e-13, max_relative = 0.09);
        let bound = bound_m2(&model, &data.waveform);
        for i in 0..8 {
            let found = estimate.covariance_m2[(i, i)] / estimate.noise_w * 1e-13;
            // At estimated gains instead of the true ones, -70 dB apart or closer.
            assert_relative_eq!(found, bound[(i, i)], max_relative = 1e-2);
        }
    }
}

/// Root of the mean of `e^T C^{-1} e / 8` over trials with new noise, waveforms and reflectivities, `e`
/// the error of all coordinates and `C` their bound: 1 for an efficient estimator, whatever the
/// correlations and however the users' accuracies differ.
fn efficiency(trials: u64) -> f64 {
    let mut sum = 0.0;
    for seed in 0..trials {
        let model = model(seed, EchoConvention::Conjugate, 1e-13);
        let data = model.simulate(1000 + seed).unwrap();
        let estimate = refined(&model, &data.echoes, &data.waveform, &starts()).unwrap();
        let bound = bound_m2(&model, &data.waveform);
        // Balanced: users' accuracies differ by orders.
        let deviation = |i: usize| bound[(i, i)].sqrt();
        let correlation = Mat::from_fn(8, 8, |i, j| bound[(i, j)] / (deviation(i) * deviation(j)));
        let error = Mat::from_fn(8, 1, |i, _| {
            (estimate.positions_m[i / 2][i % 2] - USERS_M[i / 2][i % 2]) / deviation(i)
        });
        let whitened = correlation.llt(Side::Lower).unwrap().solve(&error);
        sum += (error.transpose() * whitened)[(0, 0)] / 8.0;
    }
    (sum / trials as f64).sqrt()
}

#[test]
fn errors_reach_the_bound() {
    // A chi-square of 320 degrees: its root deviates by 1/sqrt(640) = 4 %.
    let efficiency = efficiency(40);
    assert!((0.88..1.12).contains(&efficiency), "{efficiency}");
}

/// ```text
/// cargo test --release -p music-loc --test maximum_likelihood -- --ignored --nocapture
/// ```
#[test]
#[ignore = "ten seconds: 1000 trials"]
#[allow(clippy::print_stdout)]
fn errors_reach_the_bound_in_many_trials() {
    let efficiency = efficiency(1000);
    println!("root of the mean normalised square error, 1000 trials: {efficiency:.4}");
    assert!((0.97..1.05).contains(&efficiency));
}

#[test]
fn from_echoes_to_the_bound_by_way_of_music() {
    let model = model(7, EchoConvention::Conjugate, 1e-13);
    let data = model.simulate(8).unwrap();
    let grid = Grid::with_step([17.0, 27.0], [43.0, 63.0], 0.2).unwrap();
    let network = model.scene().network().parameters().clone();
    let located = LocaliserParameters::in_region(network, grid, 4)
        .check()
        .unwrap()
        .locate(&data.echoes, &data.waveform)
        .unwrap();
    assert_eq!(located.peaks.len(), 4);
    let estimate = located.estimate.unwrap();
    let bound = bound_m2(&model, &data.waveform);
    for (k, user) in USERS_M.iter().enumerate() {
        let error = (estimate.positions_m.iter())
            .map(|found| distance(found, user))
            .fold(f64::INFINITY, f64::min);
        let deviation = (bound[(2 * k, 2 * k)] + bound[(2 * k + 1, 2 * k + 1)]).sqrt();
        assert!(
            error < 5.0 * deviation,
            "user {k}: {error} m, bound {deviation} m"
        );
    }
}

#[test]
fn misfits_are_errors() {
    let model = model(2, EchoConvention::Conjugate, 1e-13);
    let data = model.simulate(1).unwrap();
    let error = |waveform: &[Mat<c64>], starts: &[[f64; 2]]| {
        refined(&model, &data.echoes, waveform, starts).unwrap_err()
    };
    assert_eq!(
        error(&data.waveform, &[]),
        LocError::Invalid(Invalid::Count {
            what: "starts_m",
            value: 0,
            requirement: "at least 1"
        })
    );
    assert!(matches!(
        error(&data.waveform[..2], &starts()),
        LocError::Invalid(Invalid::Size { .. })
    ));
    assert!(matches!(
        error(&data.waveform, &[[30.0, 70.0]]),
        LocError::Scene(SceneError::Response {
            access_point: 0,
            user: 0,
            ..
        })
    ));
    for step_tolerance_m in [0.0, -1.0, f64::NAN] {
        let parameters = RefineParameters {
            step_tolerance_m,
            ..RefineParameters::default()
        };
        let message = parameters.check().unwrap_err().to_string();
        assert!(message.contains("step_tolerance_m ="), "{message}");
    }
    assert!(matches!(
        error(&data.waveform, &[[f64::NAN, 0.0]]),
        LocError::Scene(SceneError::Response { .. })
    ));
}

#[test]
fn one_transmitter_and_two_listeners() {
    let mut parameters = rayleigh(3).parameters();
    for silent in [1, 2] {
        parameters.covariances[silent] = TransmitCovariance::Isotropic { power_w: 0.0 };
    }
    let model = parameters.check().unwrap();
    let data = model.simulate(1).unwrap();
    let estimate = refined(&model, &data.echoes, &data.waveform, &starts()).unwrap();
    let bound = bound_m2(&model, &data.waveform);
    for (k, user) in USERS_M.iter().enumerate() {
        let deviation = (bound[(2 * k, 2 * k)] + bound[(2 * k + 1, 2 * k + 1)]).sqrt();
        let error = distance(&estimate.positions_m[k], user);
        assert!(error < 5.0 * deviation, "user {k}: {error} {deviation}");
    }
    // What is not sent has no gain.
    assert_eq!(estimate.gains[0][1][2], c64::ZERO);
}

#[test]
fn data_that_say_nothing_are_errors() {
    let model = model(2, EchoConvention::Conjugate, 1e-13);
    let data = model.simulate(1).unwrap();
    let undetermined = |echoes: &Echoes, waveform: &[Mat<c64>], starts: &[[f64; 2]]| {
        let error = refined(&model, echoes, waveform, starts).unwrap_err();
        assert!(matches!(error, LocError::Factorisation { .. }), "{error}");
    };
    let silence = Echoes::new(vec![Mat::zeros(21, 50); 3]).unwrap();
    undetermined(&silence, &data.waveform, &starts());
    undetermined(&data.echoes, &vec![Mat::zeros(21, 50); 3], &starts());
    let twice = [USERS_M[1], USERS_M[0], USERS_M[0]];
    assert_eq!(
        refined(&model, &data.echoes, &data.waveform, &twice),
        Err(LocError::CoincidentStarts {
            first: 1,
            second: 2
        })
    );
    // One slot at each of 21 antennas: 21 samples and 12 gains a receiver, but the gains of one user
    // all multiply the same vector.
    let cut = |matrices: Vec<Mat<c64>>| -> Vec<Mat<c64>> {
        (matrices.iter())
            .map(|m| m.subcols(0, 1).to_owned())
            .collect()
    };
    let echoes = (0..3).map(|l| data.echoes.received(l).to_owned()).collect();
    let (echoes, waveform) = (
        Echoes::new(cut(echoes)).unwrap(),
        cut(data.waveform.clone()),
    );
    let estimate = refined(&model, &echoes, &waveform, &starts()).unwrap();
    assert!(estimate.covariance_m2.is_all_finite());
}
