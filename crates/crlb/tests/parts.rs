//! The parts that the bound is made of and that others build on, against plain dense algebra.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{AXES_DEG, paper};
use crlb::{FactoredCovariance, GainModel, SensingModel, SensingSignal};
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
        .fisher_information(&SensingSignal::Isotropic(vec![2.0; 3]))
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
