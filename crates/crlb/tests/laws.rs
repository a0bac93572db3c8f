//! Laws that the information and the bound obey for every scene.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use approx::assert_relative_eq;
use common::{
    AXES_DEG, array, cases, entries, matrices, paper, scaled_error, scene, well_conditioned,
};
use crlb::{FactoredCovariance, FisherInformation, GainModel, SensingParameters, SensingSignal};
use faer::{Mat, Side, c64};
use nf_channel::{Array, EchoGain};
use proptest::prelude::*;

const RANK: usize = 9;

/// A random covariance of rank up to [`RANK`] for each access point.
fn covariances<const D: usize>(parameters: &SensingParameters<D>, values: &[c64]) -> Vec<Mat<c64>> {
    let rows: Vec<usize> = parameters
        .scene
        .network
        .access_points
        .iter()
        .map(|a| a.len())
        .collect();
    matrices(&rows, RANK, values)
        .iter()
        .map(|root| root * root.adjoint())
        .collect()
}

fn information<const D: usize>(
    parameters: &SensingParameters<D>,
    signal: SensingSignal,
) -> FisherInformation<D> {
    let model = parameters.clone().check().unwrap();
    model.fisher_information(&signal).unwrap()
}

/// Rotation by `angle` in the plane of the first two axes, then a shift of every coordinate.
fn moved<const D: usize>(
    parameters: &SensingParameters<D>,
    angle: f64,
    shift: [f64; D],
) -> SensingParameters<D> {
    let turn = |v: &[f64; D]| {
        let mut out = *v;
        out[0] = angle.cos() * v[0] - angle.sin() * v[1];
        out[1] = angle.sin() * v[0] + angle.cos() * v[1];
        out
    };
    let place = |v: &[f64; D]| {
        let turned = turn(v);
        std::array::from_fn(|i| turned[i] + shift[i])
    };
    let rebuild = |a: &Array<D>| {
        array(
            place(a.reference_m()),
            a.offsets_m().iter().map(turn).collect(),
        )
    };
    let mut copy = parameters.clone();
    copy.scene.network.access_points = parameters
        .scene
        .network
        .access_points
        .iter()
        .map(rebuild)
        .collect();
    copy.scene.users_m = parameters.scene.users_m.iter().map(place).collect();
    copy
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn information_is_positive_semidefinite(
        parameters in scene::<2>(1..4, 1..4),
        values in entries(3 * 7 * RANK),
        columns in 1..=RANK,
    ) {
        // Low-rank covariances too: there a wrong gain block makes the matrix indefinite.
        let rows: Vec<usize> = parameters.scene.network.access_points.iter().map(|a| a.len()).collect();
        let signal = SensingSignal::dense(
            matrices(&rows, columns, &values).iter().map(|s| s * s.adjoint()).collect(),
        );
        let full = information(&parameters, signal).full_normalised();
        let side = full.nrows();
        let scale = |i: usize| full[(i, i)].max(f64::MIN_POSITIVE).sqrt();
        let balanced = Mat::from_fn(side, side, |i, j| full[(i, j)] / (scale(i) * scale(j)));
        for j in 0..side {
            for i in 0..j {
                prop_assert!((balanced[(i, j)] - balanced[(j, i)]).abs() < 1e-12);
            }
        }
        let smallest = balanced.self_adjoint_eigenvalues(Side::Lower).unwrap()[0];
        prop_assert!(smallest > -1e-12, "eigenvalue {smallest:e}");
    }

    /// Dense, factored, isotropic and sampled forms of the same covariance agree.
    #[test]
    fn forms_of_a_signal_agree(
        parameters in scene::<2>(1..2, 1..4),
        values in entries(7 * RANK),
    ) {
        let mut parameters = parameters;
        if parameters.gain_model == GainModel::CarrierPhase {
            // In a conjugate echo of one access point the carrier phase cancels, digits with it.
            parameters.gain_model = GainModel::Known;
        }
        let dense = covariances(&parameters, &values);
        let elements = parameters.scene.network.access_points[0].len();
        let reference = information(&parameters, SensingSignal::dense(dense.clone()));
        prop_assume!(well_conditioned(&reference) && reference.bound().is_ok());
        let factored = SensingSignal::factored(vec![FactoredCovariance {
            basis: Mat::identity(elements, elements),
            core: dense[0].clone(),
            floor_w: 0.0,
        }]);
        let root = matrices(&[elements], RANK, &values);
        let amplitude = faer::Scale(c64::from((RANK as f64).sqrt()));
        let sampled = SensingSignal::Waveform(vec![amplitude * &root[0]]);
        for signal in [factored, sampled] {
            let other = information(&parameters, signal);
            let full = reference.full_normalised();
            let error = scaled_error(&other.full_normalised(), &full, &full);
            prop_assert!(error < 1e-6, "differs by {error:e}");
        }
        let power_w = 3.0;
        let isotropic = information(&parameters, SensingSignal::isotropic(vec![power_w]));
        let floor = SensingSignal::factored(vec![FactoredCovariance {
            basis: Mat::identity(elements, elements),
            core: Mat::zeros(elements, elements),
            floor_w: power_w / elements as f64,
        }]);
        let full = isotropic.full_normalised();
        let error = scaled_error(&information(&parameters, floor).full_normalised(), &full, &full);
        prop_assert!(error < 1e-6, "isotropic differs by {error:e}");
    }

    #[test]
    fn bound_is_invariant_under_motion_in_the_plane(
        parameters in scene::<2>(2..4, 1..4),
        values in entries(3 * 7 * RANK),
        angle in -3.0..3.0f64,
        shift in prop::array::uniform2(-20.0..20.0f64),
    ) {
        let signal = SensingSignal::dense(covariances(&parameters, &values));
        let here = information(&parameters, signal.clone());
        prop_assume!(well_conditioned(&here));
        let there = information(&moved(&parameters, angle, shift), signal);
        let (here, there) = (here.bound().unwrap(), there.bound().unwrap());
        assert_relative_eq!(here.crlb_m2(1.0), there.crlb_m2(1.0), max_relative = 1e-6);
        for (a, b) in here.user_crlb_m2(1.0).iter().zip(there.user_crlb_m2(1.0)) {
            assert_relative_eq!(*a, b, max_relative = 1e-6);
        }
    }

    #[test]
    fn bound_is_invariant_under_motion_in_space(
        parameters in scene::<3>(3..4, 1..3),
        values in entries(3 * 7 * RANK),
        angle in -3.0..3.0f64,
        shift in prop::array::uniform3(-20.0..20.0f64),
    ) {
        let signal = SensingSignal::dense(covariances(&parameters, &values));
        let here = information(&parameters, signal.clone());
        prop_assume!(well_conditioned(&here));
        let there = information(&moved(&parameters, angle, shift), signal);
        let (here, there) = (here.bound().unwrap(), there.bound().unwrap());
        assert_relative_eq!(here.crlb_m2(1.0), there.crlb_m2(1.0), max_relative = 1e-6);
    }

    #[test]
    fn bound_scales_with_power_noise_and_time(
        parameters in scene::<2>(2..4, 1..4),
        values in entries(3 * 7 * RANK),
        factor in 0.1..10.0f64,
        time_allocation in 0.0..0.95f64,
    ) {
        let covariance = covariances(&parameters, &values);
        let stronger = covariance.iter().map(|c| faer::Scale(c64::from(factor)) * c).collect();
        let base = information(&parameters, SensingSignal::dense(covariance.clone()));
        prop_assume!(well_conditioned(&base));
        let base = base.bound().unwrap();
        let frame = crlb::Frame::new(0.1, 1e-3).unwrap();
        let constant = frame.crlb_constant_m2(&base);

        let more_power = information(&parameters, SensingSignal::dense(stronger)).bound().unwrap();
        assert_relative_eq!(frame.crlb_constant_m2(&more_power), constant / factor, max_relative = 1e-7);

        let mut noisier = parameters.clone();
        noisier.noise_w *= factor;
        let more_noise = information(&noisier, SensingSignal::dense(covariance)).bound().unwrap();
        assert_relative_eq!(frame.crlb_constant_m2(&more_noise), constant * factor, max_relative = 1e-12);

        let crlb = base.crlb_m2(frame.sensing_slots(time_allocation));
        assert_relative_eq!(crlb, constant / (1.0 - time_allocation), max_relative = 1e-12);
    }

    /// Users' bounds add up to the CRLB, and an ellipse holds the same variance as its axes.
    #[test]
    fn parts_add_up(parameters in scene::<2>(2..4, 1..4)) {
        let stations = parameters.scene.network.access_points.len();
        let information = information(&parameters, SensingSignal::isotropic(vec![1.0; stations]));
        prop_assume!(well_conditioned(&information));
        let bound = information.bound().unwrap();
        let users = bound.user_crlb_m2(5.0);
        assert_relative_eq!(users.iter().sum::<f64>(), bound.crlb_m2(5.0), max_relative = 1e-12);
        for (ellipse, user) in bound.error_ellipsoids(5.0).unwrap().iter().zip(&users) {
            let variance: f64 = ellipse.semi_axes_m.iter().map(|s| s * s).sum();
            assert_relative_eq!(variance, *user, max_relative = 1e-9);
            prop_assert!(ellipse.semi_axes_m[0] <= ellipse.semi_axes_m[1]);
        }
    }
}

/// With `blkdiag(Re G, Re G)` for the gains, as printed in the paper, the matrix is no information:
/// some combination of parameters would have a negative variance of its score.
#[test]
fn dropping_the_imaginary_part_breaks_the_information() {
    let parameters = paper(AXES_DEG, EchoGain::TwoHop, GainModel::Unknown);
    // One beam for each access point, with an arbitrary phase progression.
    let beam = |m: usize| {
        let weights = Mat::from_fn(21, 1, |n, _| {
            c64::from_polar(1.0, 0.3 * (n * n) as f64 + m as f64 * n as f64)
        });
        &weights * weights.adjoint()
    };
    let signal = SensingSignal::dense((0..3).map(beam).collect());
    let full = information(&parameters, signal).full_normalised();
    let side = full.nrows();
    let smallest = |matrix: &Mat<f64>| {
        let balanced = Mat::from_fn(side, side, |i, j| {
            matrix[(i, j)] / (matrix[(i, i)] * matrix[(j, j)]).sqrt()
        });
        balanced.self_adjoint_eigenvalues(Side::Lower).unwrap()[0]
    };
    assert!(smallest(&full) > -1e-12);

    let mut printed = full.clone();
    // Order of the gains: for each pair four real parts, then four imaginary parts.
    for start in (8..side).step_by(8) {
        for i in 0..4 {
            for j in 0..4 {
                printed[(start + i, start + 4 + j)] = 0.0;
                printed[(start + 4 + j, start + i)] = 0.0;
            }
        }
    }
    assert!(smallest(&printed) < -1e-3, "{:e}", smallest(&printed));
}
