//! The information against differentiated echoes: dense, and without a formula for any gradient.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{cases, derivative, echoes, entries, matrices, scaled_error, scene};
use crlb::{GainModel, SensingParameters, SensingSignal};
use faer::linalg::solvers::Solve;
use faer::{Mat, Side, c64};
use proptest::prelude::*;

const SLOTS: usize = 9;

/// `J` of a waveform from central differences, in the documented order of parameters.
fn dense_information<const D: usize>(
    parameters: &SensingParameters<D>,
    waveform: &[Mat<c64>],
) -> Mat<f64> {
    let model = parameters.clone().check().unwrap();
    let (users, stations) = (model.users(), model.access_points());
    let gains: Vec<Vec<Vec<c64>>> = (0..stations)
        .map(|l| {
            (0..stations)
                .map(|m| {
                    (0..users)
                        .map(|k| model.scene().echo_gain(l, m, k))
                        .collect()
                })
                .collect()
        })
        .collect();
    let mut columns = Vec::new();
    let step_m = 0.005 / parameters.scene.network.carrier.wavenumber_rad_per_m();
    for user in 0..users {
        for axis in 0..D {
            columns.push(derivative(step_m, |shift| {
                let mut positions = parameters.scene.users_m.clone();
                positions[user][axis] += shift;
                echoes(parameters, &positions, &gains, waveform)
            }));
        }
    }
    if parameters.gain_model == GainModel::Unknown {
        for l in 0..stations {
            for m in 0..stations {
                for direction in [c64::new(1.0, 0.0), c64::new(0.0, 1.0)] {
                    for user in 0..users {
                        columns.push(derivative(1.0, |shift| {
                            let mut moved = gains.clone();
                            moved[l][m][user] += direction * shift;
                            echoes(parameters, &parameters.scene.users_m, &moved, waveform)
                        }));
                    }
                }
            }
        }
    }
    let scale = 2.0 / parameters.noise_w;
    Mat::from_fn(columns.len(), columns.len(), |i, j| {
        let inner: c64 = columns[i]
            .iter()
            .zip(&columns[j])
            .map(|(x, y)| x.conj() * y)
            .sum();
        scale * inner.re
    })
}

fn check<const D: usize>(parameters: &SensingParameters<D>, values: &[c64]) {
    let rows: Vec<usize> = parameters
        .scene
        .network
        .access_points
        .iter()
        .map(|a| a.len())
        .collect();
    let waveform = matrices(&rows, SLOTS, values);
    let dense = dense_information(parameters, &waveform);
    let model = parameters.clone().check().unwrap();
    let information = model
        .fisher_information(&SensingSignal::Waveform(waveform))
        .unwrap();
    let full = information.full(SLOTS as f64);
    let error = scaled_error(&full, &dense, &dense);
    assert!(error < 1e-5, "full information differs by {error:e}");
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn waveform_in_the_plane(
        parameters in scene::<2>(1..4, 1..4),
        values in entries(3 * 7 * SLOTS),
    ) {
        check(&parameters, &values);
    }

    #[test]
    fn waveform_in_space(
        parameters in scene::<3>(1..4, 1..3),
        values in entries(3 * 7 * SLOTS),
    ) {
        check(&parameters, &values);
    }

    /// The equivalent information is the dense Schur complement of the full one, for uncorrelated
    /// and for correlated signals.
    #[test]
    fn schur_complement(
        parameters in scene::<2>(1..3, 1..4),
        values in entries(3 * 7 * SLOTS),
        correlated in any::<bool>(),
    ) {
        let rows: Vec<usize> = parameters.scene.network.access_points.iter().map(|a| a.len()).collect();
        let waveform = matrices(&rows, SLOTS, &values);
        let signal = if correlated {
            SensingSignal::Waveform(waveform)
        } else {
            SensingSignal::dense(waveform.iter().map(|s| s * s.adjoint()).collect())
        };
        let model = parameters.check().unwrap();
        let information = model.fisher_information(&signal).unwrap();
        let full = information.full_normalised();
        let (p, n) = (model.coordinates(), full.nrows() - model.coordinates());
        let mut schur = full.submatrix(0, 0, p, p).to_owned();
        if n > 0 {
            // Congruence with the diagonal: gains and positions differ by many orders.
            let scale = |i: usize| full[(p + i, p + i)].sqrt();
            let nuisance = Mat::from_fn(n, n, |i, j| full[(p + i, p + j)] / (scale(i) * scale(j)));
            let cross = Mat::from_fn(n, p, |i, j| full[(p + i, j)] / scale(i));
            // Rounding grows with the inverse of the smallest eigenvalue, on both sides.
            let smallest = nuisance.self_adjoint_eigenvalues(Side::Lower).unwrap()[0];
            prop_assume!(smallest > 1e-5);
            let factor = nuisance.llt(Side::Lower).unwrap();
            schur -= cross.transpose() * factor.solve(&cross);
        }
        let error = scaled_error(
            &information.equivalent_normalised(),
            &schur,
            &information.position_normalised(),
        );
        prop_assert!(error < 1e-9, "differs by {error:e}");
    }
}
