//! Least power on the presets and on random downlinks: the inverse of Main, in antenna coordinates.
#![cfg(feature = "toml")]
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod presets;

use presets::{downlink_of, fixed, random_downlink};
use robust_sdp::{AttackOptions, HermitianIpm, LeastPowerOptions, RobustError};
use td_isac_algos::scheme::Main;
use td_isac_algos::{
    DesignError, Downlink, LeastPowerDesign, attack_beams, certify_beams, design_least_power,
};

fn least(
    downlink: &Downlink,
    eta: f64,
    gamma: &[f64],
    options: &LeastPowerOptions,
) -> Result<LeastPowerDesign, DesignError> {
    let solver = HermitianIpm::default();
    design_least_power(downlink, eta, gamma, &solver, options, &mut || false)
}

/// What is said of the power holds of the beams, and what is asked for is certified of them where nobody knows whence they
/// come.
fn check(downlink: &Downlink, gamma: &[f64], found: &LeastPowerDesign) {
    let total = found.total_power_w();
    assert!(found.power_lower_bound_w > 0.0 && found.power_lower_bound_w <= total * (1.0 + 1e-12));
    for (m, (used, most)) in found.power_w.iter().zip(downlink.power_w()).enumerate() {
        assert!(*used <= most * (1.0 + 1e-12), "{used} {most}");
        assert_eq!(*used, found.beamformers.power_w(m));
    }
    let (eta, solver) = (found.eta, HermitianIpm::default());
    let certified = certify_beams(downlink, eta, &found.beamformers, &solver).unwrap();
    for ((again, proven), wanted) in certified
        .user_gamma
        .iter()
        .zip(&found.user_gamma)
        .zip(gamma)
    {
        assert!(
            proven >= wanted && *again >= wanted * (1.0 - 1e-5),
            "{again} {wanted}"
        );
    }
    let options = AttackOptions::default();
    let attacks = attack_beams(downlink, eta, &found.beamformers, &certified, &options).unwrap();
    for (attack, wanted) in attacks.iter().zip(gamma) {
        assert!(attack.gamma >= wanted * (1.0 - 1e-9));
    }
}

/// Less than Main certifies takes less than the budgets; a tenth of it less again, and so does more time for sensing. More than Main's
/// upper bound is out of reach.
#[test]
fn presets() {
    for preset in ["paper", "weak-echo", "carrier-phase"] {
        let (downlink, _) = downlink_of(preset);
        let options = LeastPowerOptions::default();
        let main = fixed(&downlink, 0.5, &Main::default());
        let most: f64 = downlink.power_w().iter().sum();
        let mut last = most;
        for part in [0.9, 0.09, 0.009] {
            let gamma = vec![part * main.certified.gamma; downlink.users()];
            let found = least(&downlink, 0.5, &gamma, &options).unwrap();
            check(&downlink, &gamma, &found);
            let width = 1.0 - found.power_lower_bound_w / found.total_power_w();
            assert!(width < 1e-4, "{preset} {part}: {width:e}");
            assert!(found.total_power_w() < last, "{preset} {part}");
            last = found.total_power_w();
            let sensed = least(&downlink, 0.3, &gamma, &options).unwrap();
            assert!(sensed.total_power_w() < last, "{preset} {part}");
        }
        let beyond = vec![1.01 * main.gamma_upper_bound.unwrap(); downlink.users()];
        let error = least(&downlink, 0.5, &beyond, &options).unwrap_err();
        assert_eq!(error.name(), "out-of-reach", "{error}");
    }
}

/// Next to what main certifies beams are found too; far beyond what anybody can certify is out of reach, whatever programs do there.
#[test]
fn next_to_the_limit_and_far_beyond_it() {
    for preset in ["paper", "weak-echo", "carrier-phase"] {
        let (downlink, _) = downlink_of(preset);
        let options = LeastPowerOptions::default();
        let main = fixed(&downlink, 0.5, &Main::default());
        let gamma = |factor: f64| vec![factor * main.certified.gamma; downlink.users()];
        for below_db in [0.001, 0.02, 0.05] {
            let gamma = gamma(10f64.powf(-0.1 * below_db));
            let found = least(&downlink, 0.5, &gamma, &options);
            let found = found.unwrap_or_else(|error| panic!("{preset} {below_db}: {error}"));
            check(&downlink, &gamma, &found);
        }
        for factor in [1e2, 1e5, 1e10] {
            let error = least(&downlink, 0.5, &gamma(factor), &options).unwrap_err();
            assert_eq!(error.name(), "out-of-reach", "{preset} {factor}: {error}");
        }
    }
}

#[test]
fn random_downlinks() {
    for seed in 0..6 {
        let downlink = random_downlink(seed, 0.05, 0.1);
        let gamma: Vec<f64> = (0..downlink.users()).map(|k| 0.5 + k as f64).collect();
        let options = LeastPowerOptions {
            within_budgets: false,
            ..LeastPowerOptions::default()
        };
        match least(&downlink, 0.5, &gamma, &options) {
            Ok(found) if found.power_w.iter().all(|p| *p <= 1.0) => {
                check(&downlink, &gamma, &found);
                let limited = least(&downlink, 0.5, &gamma, &LeastPowerOptions::default());
                assert_eq!(limited.unwrap(), found);
            }
            Ok(_) | Err(DesignError::Robust(RobustError::BeyondReachTogether { .. })) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn bad_input_is_named() {
    let downlink = random_downlink(1, 0.05, 0.1);
    let options = LeastPowerOptions::default();
    let gamma = vec![1.0; downlink.users()];
    assert!(matches!(
        least(&downlink, 1.0, &gamma, &options),
        Err(DesignError::BadTimeAllocation { .. })
    ));
    let error = least(&downlink, 0.5, &gamma[1..], &options).unwrap_err();
    assert!(error.to_string().contains("ratios asked for"), "{error}");
}
