//! Main where errors are so large that its optimal forms are not of rank one.
#![cfg(feature = "toml")]
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

use robust_sdp::HermitianIpm;
use td_isac_algos::scenario::AnyScenario;
use td_isac_algos::scheme::{BeamformingScheme, Main, MaximumRatio, ZeroForcing};
use td_isac_algos::{Downlink, Sensing, Study};

fn certified(downlink: &Downlink, scheme: &dyn BeamformingScheme) -> f64 {
    let solver = HermitianIpm::default();
    Study::new(downlink)
        .eta(0.6)
        .scheme(scheme)
        .solver(&solver)
        .run()
        .unwrap()
        .certified
        .gamma
}

#[test]
fn main_guarantees_no_less_than_simpler_schemes() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/scenarios/weak-echo.toml"
    );
    let AnyScenario::TwoD(mut scenario) = AnyScenario::from_toml_file(file).unwrap() else {
        panic!("{file} is not in the plane");
    };
    // Two users: the optimal forms tend to W_1 = W_2 as errors grow, and γ to 1/(K - 1) = 1.
    scenario.users_m.truncate(2);
    let scenario = scenario.check().unwrap();
    let constant = Sensing::design(&scenario, None).unwrap().crlb_constant_m2;
    let relative = scenario.error_scale_per_m() * (constant / 0.4).sqrt();
    for wanted in [0.6, 0.75, 0.9] {
        let downlink = scenario
            .downlink(constant * (wanted / relative) * (wanted / relative))
            .unwrap();
        let main = certified(&downlink, &Main::default());
        for simpler in [
            &ZeroForcing as &dyn BeamformingScheme,
            &MaximumRatio::default(),
        ] {
            let other = certified(&downlink, simpler);
            assert!(
                main >= 0.999 * other,
                "relative error {wanted}: main {main}, {} {other}",
                simpler.name()
            );
        }
    }
}
