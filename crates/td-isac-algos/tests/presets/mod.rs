//! Downlinks to test schemes on: the examples' scenarios and random channels.
#![allow(dead_code)] // each test uses its part
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

use std::path::Path;
use std::sync::Arc;

use nf_channel::C64;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use td_isac_algos::scenario::AnyScenario;
use td_isac_algos::scheme::BeamformingScheme;
use td_isac_algos::uncertainty::BallUncertainty;
use td_isac_algos::{Design, Downlink, Sensing, Study};

/// A preset's downlink under its optimal sensing covariance, and the largest time allocation.
pub fn downlink_of(preset: &str) -> (Downlink, f64) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/scenarios")
        .join(preset)
        .with_extension("toml");
    let AnyScenario::TwoD(scenario) = AnyScenario::from_toml_file(&file).unwrap() else {
        panic!("{preset} is three-dimensional");
    };
    let scenario = scenario.check().unwrap();
    let sensing = Sensing::design(&scenario, None).unwrap();
    let downlink = scenario.downlink(sensing.crlb_constant_m2).unwrap();
    (downlink, sensing.eta_max().unwrap())
}

/// Between one and three access points of four to six antennas, two to four users, channels of
/// independent Gaussian-like entries and unequal strength; `relative_radius` is that of the
/// error balls at `η = 1/2`.
pub fn random_downlink(seed: u64, relative_radius: f64, noise_w: f64) -> Downlink {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let users = rng.random_range(2..=4);
    let access_points = rng.random_range(1..=3);
    // Enough antennas to tell all users apart.
    let antennas: Vec<usize> = (0..access_points)
        .map(|_| rng.random_range(4..=6))
        .collect();
    let mut normal = || (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
    let channels: Vec<Vec<Vec<C64>>> = (0..users)
        .map(|_| {
            antennas
                .iter()
                .map(|&count| {
                    let strength = 10f64.powf(0.2 * normal());
                    (0..count)
                        .map(|_| C64::new(normal(), normal()) * strength)
                        .collect()
                })
                .collect()
        })
        .collect();
    let uncertainty = BallUncertainty::new(relative_radius, 0.5, &channels).unwrap();
    Downlink::new(
        &channels,
        &vec![1.0; access_points],
        &vec![noise_w; users],
        Arc::new(uncertainty),
    )
    .unwrap()
}

/// A scheme's design at a given time allocation.
pub fn fixed(downlink: &Downlink, eta: f64, scheme: &dyn BeamformingScheme) -> Design {
    Study::new(downlink).eta(eta).scheme(scheme).run().unwrap()
}
