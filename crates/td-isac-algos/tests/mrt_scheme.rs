//! TD-ISAC-MRT against an independent solver.
#![cfg(feature = "toml")]
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod presets;

use presets::downlink_of;
use td_isac_algos::scheme::{MaximumRatio, MrtPowers};
use td_isac_algos::{Design, Study};

fn design(powers: MrtPowers, eta: f64) -> Design {
    let (downlink, _) = downlink_of("weak-echo");
    Study::new(&downlink)
        .eta(eta)
        .scheme(&MaximumRatio::new(powers))
        .run()
        .unwrap()
}

/// Optima of the relaxation with real power matrices by CVXPY and Clarabel.
#[test]
fn real_powers_reach_the_reference() {
    for (eta, reference) in [(0.3, 26.192_152_587_595_32), (0.6, 17.377_336_685_446_547)] {
        let design = design(MrtPowers::Real, eta);
        let bound = design.gamma_upper_bound.unwrap();
        assert!((bound / reference - 1.0).abs() < 5e-3, "{eta}: {bound}");
        let certified = design.certified.gamma;
        assert!(certified <= bound * (1.0 + 1e-9));
        assert!(certified > 0.99 * bound, "{eta}: {certified} of {bound}");
    }
}

#[test]
fn free_phases_are_worth_a_fifth() {
    let real = design(MrtPowers::Real, 0.6).gamma_upper_bound.unwrap();
    let hermitian = design(MrtPowers::Hermitian, 0.6).gamma_upper_bound.unwrap();
    let gain = hermitian / real - 1.0;
    assert!((0.15..0.25).contains(&gain), "{gain}");
}
