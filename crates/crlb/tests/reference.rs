//! Constants C of the paper's layout under isotropic signals, from an independent implementation
//! (numpy, dense matrices).
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use approx::assert_relative_eq;
use common::{AXES_DEG, paper};
use crlb::{Frame, GainModel, SensingSignal, max_time_allocation};
use nf_channel::EchoGain;

fn isotropic_constant_m2(echo_gain: EchoGain, gain_model: GainModel, power_w: f64) -> f64 {
    let model = paper(AXES_DEG, echo_gain, gain_model).check().unwrap();
    let signal = SensingSignal::isotropic(vec![power_w; 3]);
    let bound = model.fisher_information(&signal).unwrap().bound().unwrap();
    Frame::new(0.1, 1e-3).unwrap().crlb_constant_m2(&bound)
}

#[test]
fn total_path_echoes() {
    let at_40_dbm = [
        (GainModel::Unknown, 2.774137161153019e-12),
        (GainModel::CarrierPhase, 3.967450878485222e-17),
        (GainModel::Known, 2.5956906014850676e-12),
    ];
    for (gain_model, expected) in at_40_dbm {
        let constant = isotropic_constant_m2(EchoGain::TotalPath, gain_model, 10.0);
        assert_relative_eq!(constant, expected, max_relative = 1e-8);
    }
    let at_35_dbm = [
        (GainModel::Unknown, 8.772591970957307e-12),
        (GainModel::CarrierPhase, 1.2546181280849218e-16),
        (GainModel::Known, 8.208294401785307e-12),
    ];
    for (gain_model, expected) in at_35_dbm {
        let power_w = 10f64.powf(0.5);
        let constant = isotropic_constant_m2(EchoGain::TotalPath, gain_model, power_w);
        assert_relative_eq!(constant, expected, max_relative = 1e-8);
    }
}

#[test]
fn two_hop_echoes() {
    let expected = [
        (GainModel::Unknown, 5.605231043655818e-07),
        (GainModel::CarrierPhase, 8.039983332432633e-12),
        (GainModel::Known, 5.309054371175847e-07),
    ];
    for (gain_model, expected) in expected {
        let constant = isotropic_constant_m2(EchoGain::TwoHop, gain_model, 10.0);
        assert_relative_eq!(constant, expected, max_relative = 1e-8);
    }
}

#[test]
fn threshold_above_and_below_the_constant() {
    // 1 - 2.5e-12/1e-11
    assert_relative_eq!(max_time_allocation(2.5e-12, 1e-11).unwrap(), 0.75);
    let error = max_time_allocation(3e-4, 1e-11).unwrap_err().to_string();
    assert!(error.contains("3e-4") && error.contains("1e-11"), "{error}");
}
