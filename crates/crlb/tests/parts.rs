//! The parts that the bound is made of and that others build on, against plain dense algebra.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{AXES_DEG, paper};
use crlb::{
    FactoredCovariance, Frame, GainModel, SensingModel, SensingSignal, crlb_at_m2,
    max_time_allocation,
};
use faer::{Mat, c64};
use nf_channel::EchoGain;

fn model() -> SensingModel<2> {
    // No user on any array's axis: all echoes are independent.
    let axes = [AXES_DEG[0], AXES_DEG[1], AXES_DEG[2] + 10.0];
    paper(axes, EchoGain::TwoHop, GainModel::Unknown)
        .check()
        .unwrap()
}

fn gap(a: &Mat<c64>, b: &Mat<c64>) -> f64 {
    (a - b).norm_max() / b.norm_max()
}

/// The gains' response to positions solves the normal equations, `G L = N`.
#[test]
fn gain_response_solves_the_normal_equations() {
    let information = model()
        .fisher_information(&SensingSignal::isotropic(vec![2.0; 3]))
        .unwrap();
    for block in information.blocks() {
        assert_eq!(block.nuisance.rank(), 4);
        let product = &block.gain * block.gain_response();
        assert!(gap(&product, &block.cross) < 1e-9);
    }
}

/// Power is the trace, whatever it is made of.
#[test]
fn power_is_the_trace() {
    let basis = Mat::from_fn(5, 2, |i, j| c64::from(f64::from(u8::from(i == j + 1))));
    let core = Mat::from_fn(2, 2, |i, j| c64::new(if i == j { 3.0 } else { 1.0 }, 0.0));
    for floor_w in [0.0, 0.25] {
        let covariance = FactoredCovariance {
            basis: basis.clone(),
            core: core.clone(),
            floor_w,
        };
        let dense = covariance.to_dense();
        let trace: f64 = (0..5).map(|i| dense[(i, i)].re).sum();
        assert!((covariance.power_w() - trace).abs() < 1e-14);
        assert!((trace - 6.0 - 5.0 * floor_w).abs() < 1e-14);
    }
}

/// The span holds every transmit vector, in orthonormal coordinates and in as few dimensions as there are.
#[test]
fn span_holds_all_transmit_vectors() {
    let model = model();
    for m in 0..3 {
        let span = model.transmit_span(m).unwrap();
        assert_eq!(span.rank(), 12, "access point {m}");
        let gram = span.basis.adjoint() * &span.basis;
        assert!(gap(&gram, &Mat::identity(12, 12)) < 1e-12);
        let rebuilt = &span.basis * &span.coordinates;
        let vectors = model.transmit_vectors(m).to_owned();
        // Gradients are hundreds of times longer than responses: column by column.
        for j in 0..vectors.ncols() {
            let length = vectors.col(j).norm_l2();
            let error = (rebuilt.col(j) - vectors.col(j)).norm_l2();
            assert!(error < 1e-9 * length, "access point {m}, column {j}");
        }
    }
}

/// What a frame is made of, and what a share of it costs.
#[test]
fn frames_divide_time() {
    let frame = Frame::new(0.2, 1e-3).unwrap();
    assert_eq!((frame.duration_s(), frame.sensing_slot_s()), (0.2, 1e-3));
    assert!((frame.sensing_slots(0.25) - 150.0).abs() < 1e-9);
    assert_eq!(crlb_at_m2(3.0, 0.25), 4.0);
    assert_eq!(max_time_allocation(1.0, 4.0).unwrap(), 0.75);
}

/// No noise is no model.
#[test]
fn noise_must_be_positive() {
    for noise_w in [0.0, -1.0, f64::INFINITY] {
        let mut parameters = paper(AXES_DEG, EchoGain::TwoHop, GainModel::Unknown);
        parameters.noise_w = noise_w;
        assert!(parameters.check().is_err(), "{noise_w}");
    }
}

/// A diagonal may be negative by rounding against the largest entry, and by no more; the same for asymmetry.
#[test]
fn covariances_are_checked_against_their_size() {
    let model = model();
    let signal = |entry: f64, skew: f64| {
        let mut first = Mat::<c64>::identity(21, 21) * faer::Scale(c64::from(1e3));
        first[(4, 4)] = c64::from(entry);
        first[(2, 3)] = c64::from(skew);
        let rest = |m: usize| Mat::<c64>::identity(model.elements(m), model.elements(m));
        SensingSignal::dense(vec![first, rest(1), rest(2)])
    };
    assert!(model.transmit_gram(&signal(-1e-7, 0.0)).is_ok());
    assert!(model.transmit_gram(&signal(-1e-5, 0.0)).is_err());
    assert!(model.transmit_gram(&signal(1.0, 1e-7)).is_ok());
    assert!(model.transmit_gram(&signal(1.0, 1e-5)).is_err());
}
