//! The optimal sensing covariance against an independent solver (CVXPY with Clarabel, one large LMI).
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod sensing_scenes;

use crlb::{Frame, GainModel};
use nf_channel::EchoGain;
use sensing_scenes::paper;
use td_isac_algos::sensing::SensingDesign;

/// The reference was solved to the stated gap; ours may be lower by that, never higher.
fn check(echo: EchoGain, gains: GainModel, power_dbm: f64, reference_m2: f64) {
    let power_w = nf_channel::dbm_to_watt(power_dbm);
    let model = paper(echo, gains).check().unwrap();
    let start = std::time::Instant::now();
    let design = SensingDesign::new(vec![power_w; 3])
        .optimise(&model)
        .unwrap();
    let elapsed = start.elapsed();
    let constant = Frame::new(0.1, 1e-3)
        .unwrap()
        .crlb_constant_m2(&design.bound);
    println!(
        "C = {constant:.8e} m² ({:+.1e} of the reference), gap {:.1e}, {} iterations, ranks {:?}, {elapsed:.1?}",
        constant / reference_m2 - 1.0,
        design.relative_gap,
        design.iterations,
        design.ranks(1e-6),
    );
    assert!(design.relative_gap <= 1e-6, "gap {:e}", design.relative_gap);
    assert!(constant <= reference_m2 * (1.0 + 1e-9));
    assert!(constant >= reference_m2 * (1.0 - 1e-4));
}

#[test]
fn unknown_gains_total_path() {
    check(
        EchoGain::TotalPath,
        GainModel::Unknown,
        35.0,
        1.4685753048305168e-12,
    );
    check(
        EchoGain::TotalPath,
        GainModel::Unknown,
        40.0,
        4.644042878746718e-13,
    );
}

#[test]
fn unknown_gains_two_hop() {
    check(
        EchoGain::TwoHop,
        GainModel::Unknown,
        40.0,
        9.10006156036212e-08,
    );
}

#[test]
fn carrier_phase_two_hop() {
    check(
        EchoGain::TwoHop,
        GainModel::CarrierPhase,
        40.0,
        9.759872089388057e-13,
    );
}
