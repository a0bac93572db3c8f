//! What holds between the schemes at equal time allocation.
#![cfg(feature = "toml")]
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod presets;

use faer::{Mat, c64};
use presets::{downlink_of, fixed, random_downlink};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use robust_sdp::{ErrorBlock, ValidRatioProblem};
use td_isac_algos::scheme::{
    BeamformingScheme, EqualPowerMrt, ErrorIgnorant, Main, MaximumRatio, MrtPowers, PerfectCsi,
    RegularisedZeroForcing, ZeroForcing,
};
use td_isac_algos::{Design, Downlink};

/// All schemes that are certified for the downlink's errors, but Main.
fn others() -> Vec<Box<dyn BeamformingScheme>> {
    vec![
        Box::new(ErrorIgnorant::default()),
        Box::new(MaximumRatio::default()),
        Box::new(MaximumRatio::new(MrtPowers::Hermitian)),
        Box::new(ZeroForcing),
        Box::new(RegularisedZeroForcing),
        Box::new(EqualPowerMrt),
    ]
}

/// Smallest SINR over users of full-dimension beams, with every user's channel moved by a random
/// point on the surface of its error balls.
fn sampled_gamma(problem: &ValidRatioProblem, beams: &[Mat<c64>], rng: &mut ChaCha8Rng) -> f64 {
    let ranges = problem.group_ranges();
    let mut smallest = f64::INFINITY;
    for (k, target) in problem.targets.iter().enumerate() {
        let mut channel = target.nominal.clone();
        for block in &target.errors {
            let ErrorBlock::Ball { group, radius } = block else {
                panic!("not a ball");
            };
            let mut normal = || (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
            let direction: Vec<c64> = ranges[*group]
                .clone()
                .map(|_| c64::new(normal(), normal()))
                .collect();
            let length = direction.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt();
            for (entry, v) in channel[ranges[*group].clone()].iter_mut().zip(direction) {
                *entry += v * (radius / length);
            }
        }
        let gain = |beam: &Mat<c64>| -> f64 {
            let inner: c64 = channel
                .iter()
                .enumerate()
                .map(|(i, h)| h.conj() * beam[(i, 0)])
                .sum();
            inner.norm_sqr()
        };
        let interference: f64 = (0..beams.len())
            .filter(|&j| j != k)
            .map(|j| gain(&beams[j]))
            .sum();
        smallest = smallest.min(gain(&beams[k]) / (interference + target.floor));
    }
    smallest
}

fn check_samples(downlink: &Downlink, eta: f64, design: &Design, samples: usize) {
    let problem = downlink.full_problem_at(eta).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..samples {
        let sampled = sampled_gamma(&problem, design.beamformers.columns(), &mut rng);
        assert!(
            sampled >= design.certified.gamma * (1.0 - 1e-9),
            "{}: certified {:e}, sampled {sampled:e}",
            design.scheme,
            design.certified.gamma
        );
    }
}

/// Main is best among the robust, nothing exceeds perfect knowledge, and no certificate is
/// refuted by samples.
fn check_order(downlink: &Downlink, eta: f64, samples: usize) {
    let main = fixed(downlink, eta, &Main::default());
    let perfect = fixed(&downlink.with_exact_channels(), eta, &PerfectCsi::default());
    let (robust, bound) = (main.certified.gamma, perfect.certified.gamma);
    assert!(
        robust <= bound * (1.0 + 1e-3),
        "main {robust:e} perfect {bound:e}"
    );
    check_samples(downlink, eta, &main, samples);
    for scheme in others() {
        let design = fixed(downlink, eta, scheme.as_ref());
        let gamma = design.certified.gamma;
        assert!(
            gamma <= robust * (1.0 + 1e-3),
            "{} {gamma:e} main {robust:e}",
            design.scheme
        );
        if let Some(upper) = design.gamma_upper_bound {
            assert!(gamma <= upper * (1.0 + 1e-9));
            assert!(upper <= main.gamma_upper_bound.unwrap() * (1.0 + 1e-6));
        }
        assert!(design.certified.gamma_nominal <= bound * (1.0 + 1.1e-3));
        check_samples(downlink, eta, &design, samples);
    }
}

#[test]
fn order_on_the_presets() {
    for preset in ["paper", "weak-echo", "carrier-phase"] {
        let (downlink, _) = downlink_of(preset);
        check_order(&downlink, 0.6, 300);
    }
}

/// Random channels with relative errors between 1e-3 and 0.3 and noise between -30 and 10 dB.
fn random_case(seed: u64) -> Downlink {
    let mut rng = ChaCha8Rng::seed_from_u64(1000 + seed);
    let radius = 10f64.powf(rng.random_range(-3.0..-0.5));
    let noise_w = 10f64.powf(rng.random_range(-3.0..1.0));
    random_downlink(seed, radius, noise_w)
}

#[test]
fn order_on_random_channels() {
    for seed in 0..5 {
        check_order(&random_case(seed), 0.5, 300);
    }
}

/// The same at length: `cargo test --release -p td-isac-algos --features toml --test schemes --
/// --ignored`.
#[test]
#[ignore = "half a minute"]
fn order_at_length() {
    for preset in ["paper", "weak-echo", "carrier-phase"] {
        let (downlink, _) = downlink_of(preset);
        for eta in [0.3, 0.9] {
            check_order(&downlink, eta, 10_000);
        }
    }
    for seed in 0..50 {
        check_order(&random_case(seed), 0.5, 10_000);
    }
}

/// Errors larger than the channels leave nothing to be certified, which is not an error.
#[test]
fn hopeless_uncertainty_is_zero_for_all() {
    let downlink = random_downlink(1, 1.5, 1e-2);
    for scheme in others() {
        let design = fixed(&downlink, 0.5, scheme.as_ref());
        assert_eq!(design.certified.gamma, 0.0, "{}", design.scheme);
        assert!(design.certified.certificate.is_none());
    }
    let main = fixed(&downlink, 0.5, &Main::default());
    assert_eq!(main.certified.gamma, 0.0);
}
