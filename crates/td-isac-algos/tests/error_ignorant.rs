//! TD-ISAC-EI's cone program against known optima and an independent method.
#![cfg(feature = "toml")]
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod presets;
mod properties;

use presets::{downlink_of, fixed, random_downlink};
use proptest::prelude::*;
use robust_sdp::{HermitianIpm, MaxMinOptions, max_min_ratio};
use td_isac_algos::scheme::{ErrorIgnorant, Main, ZeroForcing};
use td_isac_algos::{Design, Downlink};

/// The optimum without errors by the semidefinite relaxation, which is tight there: its bracket.
fn semidefinite(downlink: &Downlink) -> (f64, f64) {
    let solution = max_min_ratio(
        downlink.without_errors(),
        &HermitianIpm::default(),
        &MaxMinOptions::default(),
        &mut || false,
    )
    .unwrap();
    (solution.bracket.lower(), solution.bracket.upper())
}

fn believed(downlink: &Downlink) -> f64 {
    fixed(downlink, 0.5, &ErrorIgnorant::default())
        .certified
        .gamma_nominal
}

/// CVXPY's optimum of the paper's layout at 30 dBm and -100 dBm, and that of zero-forcing alone.
#[test]
fn reference_optimum_of_the_papers_layout() {
    let (downlink, _) = downlink_of("paper");
    let believed = believed(&downlink);
    assert!((believed / 6.11e8 - 1.0).abs() < 1e-3, "{believed:e}");
    let forced = fixed(&downlink, 0.5, &ZeroForcing).certified.gamma_nominal;
    assert!((forced / 4.50e8 - 1.0).abs() < 1e-3, "{forced:e}");
}

#[test]
fn cones_agree_with_semidefinite_programs_on_the_presets() {
    for preset in ["paper", "weak-echo", "carrier-phase"] {
        let (downlink, _) = downlink_of(preset);
        let (lower, upper) = semidefinite(&downlink);
        let believed = believed(&downlink);
        assert!(
            believed > lower * (1.0 - 1e-5) && believed < upper * (1.0 + 1e-5),
            "{preset}: {believed:e} in [{lower:e}, {upper:e}]"
        );
    }
}

proptest! {
    #![proptest_config(properties::cases(6))]

    /// Noise from negligible to dominant.
    #[test]
    fn cones_agree_with_semidefinite_programs(seed in 0u64..1000, noise_db in -30.0..40.0f64) {
        let downlink = random_downlink(seed, 0.0, 10f64.powf(noise_db / 10.0));
        let (lower, upper) = semidefinite(&downlink);
        let believed = believed(&downlink);
        prop_assert!(
            believed > lower * (1.0 - 1e-5) && believed < upper * (1.0 + 1e-5),
            "{believed:e} in [{lower:e}, {upper:e}]"
        );
    }
}

/// The guarantee of beams made in ignorance approaches that of robust ones as errors vanish.
#[test]
fn ignorance_costs_nothing_without_errors() {
    let loss = |radius: f64| {
        let downlink = random_downlink(3, radius, 0.01);
        let gamma = |design: Design| design.certified.gamma;
        let main = gamma(fixed(&downlink, 0.5, &Main::default()));
        let ignorant = gamma(fixed(&downlink, 0.5, &ErrorIgnorant::default()));
        1.0 - ignorant / main
    };
    let losses = [1e-1, 1e-2, 1e-5].map(loss);
    assert!(losses[0] > 0.05, "{losses:?}");
    assert!(losses[1] < losses[0], "{losses:?}");
    // Main gives up 1e-3 in extraction.
    assert!(losses[2].abs() < 1.5e-3, "{losses:?}");
}
