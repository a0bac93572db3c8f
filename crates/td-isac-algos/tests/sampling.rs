//! Certified rates against sampled channels, in antenna coordinates.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod designed;

use designed::preset;
use faer::{Mat, c64};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use robust_sdp::{AttackOptions, ErrorBlock, ValidRatioProblem, certify, nominal_ratios};
use td_isac_algos::Study;
use td_isac_algos::scheme::Main;

const ETA: f64 = 0.6;
const SAMPLES: usize = 10_000;

/// `|h^H w_k|² / (Σ_{j≠k} |h^H w_j|² + σ²)`.
fn sinr(h: &[c64], beams: &[Mat<c64>], k: usize, noise_w: f64) -> f64 {
    let received: Vec<f64> = beams
        .iter()
        .map(|w| {
            let sum: c64 = h
                .iter()
                .enumerate()
                .map(|(i, v)| v.conj() * w[(i, 0)])
                .sum();
            sum.norm_sqr()
        })
        .collect();
    let total: f64 = received.iter().sum();
    received[k] / (total - received[k] + noise_w)
}

/// Sets each access point's part of `x` to the length of its ball's radius.
fn to_the_surface(problem: &ValidRatioProblem, k: usize, x: &mut [c64]) {
    let ranges = problem.group_ranges();
    for block in &problem.targets[k].errors {
        let ErrorBlock::Ball { group, radius } = block else {
            panic!("the presets have balls")
        };
        let part = &mut x[ranges[*group].clone()];
        let length = part.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt();
        if length > 0.0 {
            part.iter_mut().for_each(|v| *v *= radius / length);
        }
    }
}

fn complex(rng: &mut ChaCha8Rng) -> c64 {
    // The sum of a few uniform numbers is round enough for directions.
    let mut normal = || (0..6).map(|_| rng.random::<f64>() - 0.5).sum::<f64>();
    c64::new(normal(), normal())
}

/// Errors uniform on the surface of the balls, and (half of them) errors in the span of the
/// beams, where all the harm is: an isotropic error in 63 dimensions hardly touches it.
#[test]
fn certified_rate_is_below_every_sample() {
    for name in ["weak-echo", "paper"] {
        let scene = preset(name);
        let design = Study::new(&scene.downlink)
            .eta(ETA)
            .scheme(&Main::default())
            .attack(AttackOptions::default())
            .run()
            .unwrap();
        let full = scene.downlink.full_problem_at(ETA).unwrap();
        let beams = design.beamformers.columns();
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut worst = f64::INFINITY;
        for (k, target) in full.targets.iter().enumerate() {
            for sample in 0..SAMPLES {
                let mut error: Vec<c64> = if sample % 2 == 0 {
                    (0..full.dimension()).map(|_| complex(&mut rng)).collect()
                } else {
                    let weights: Vec<Vec<c64>> = (0..full.group_sizes.len())
                        .map(|_| beams.iter().map(|_| complex(&mut rng)).collect())
                        .collect();
                    let mut error = Vec::with_capacity(full.dimension());
                    for (range, weights) in full.group_ranges().into_iter().zip(&weights) {
                        for i in range {
                            let sum = beams.iter().zip(weights).map(|(w, x)| w[(i, 0)] * x);
                            error.push(sum.sum());
                        }
                    }
                    error
                };
                to_the_surface(&full, k, &mut error);
                let h: Vec<c64> = target
                    .nominal
                    .iter()
                    .zip(&error)
                    .map(|(h, e)| h + e)
                    .collect();
                worst = worst.min(sinr(&h, beams, k, target.floor));
            }
        }
        assert!(
            design.certified.gamma <= worst * (1.0 + 1e-9),
            "{name}: certified {} above the sample {worst}",
            design.certified.gamma
        );
        // The attack does at least as much harm as any sample, and is in the bracket.
        let attacked = design.gamma_attacked.unwrap();
        assert!(design.certified.gamma <= attacked * (1.0 + 1e-9), "{name}");
        assert!(
            attacked <= worst * (1.0 + 1e-6),
            "{name}: {attacked} {worst}"
        );
        assert!(attacked <= design.certified.gamma_nominal, "{name}");
        // The samples do come from the set that was certified, and they do some harm.
        assert!(worst < design.certified.gamma_nominal, "{name}");
        let nominal = (0..full.targets.len())
            .map(|k| sinr(&full.targets[k].nominal, beams, k, full.targets[k].floor))
            .fold(f64::INFINITY, f64::min);
        let reported = design.certified.gamma_nominal;
        // Interference is nulled to 1e-4 of the signal's amplitude or less; directions below
        // 1e-11 of the channels are not part of the reduced span, 1e-7 of what is left.
        assert!(
            (reported / nominal - 1.0).abs() < 1e-7,
            "{name}: {reported} {nominal}"
        );
    }
}

/// What the certificate says in the reduced coordinates holds for the antennas.
#[test]
fn certificate_holds_in_antenna_coordinates() {
    for name in ["weak-echo", "paper"] {
        let scene = preset(name);
        let design = Study::new(&scene.downlink)
            .eta(ETA)
            .scheme(&Main::default())
            .run()
            .unwrap();
        let full = scene.downlink.full_problem_at(ETA).unwrap();
        let certified = &design.certified;
        let reduced = certified.certificate.unwrap();
        let again = certify(
            &full,
            design.beamformers.columns(),
            &certified.multipliers,
            certified.gamma,
        )
        .unwrap();
        assert!(again.min_lmi_eigenvalue_relative >= -1e-9, "{again:?}");
        assert!(again.noise_margin >= 1.0 - 1e-6, "{again:?}");
        assert!(again.max_power_ratio <= 1.0 + 1e-9, "{again:?}");
        assert!((again.noise_margin - reduced.noise_margin).abs() < 1e-6);
        assert!((again.max_power_ratio - reduced.max_power_ratio).abs() < 1e-9);
        // The complement adds multipliers to the spectrum and nothing else.
        assert!(
            again.min_lmi_eigenvalue_relative
                <= reduced.min_lmi_eigenvalue_relative.max(0.0) + 1e-9
        );
        for (antennas, reduced) in nominal_ratios(&full, design.beamformers.columns())
            .unwrap()
            .iter()
            .zip(&certified.user_gamma)
        {
            assert!(antennas >= reduced);
        }
        // Power, by hand.
        for (range, budget) in full.group_ranges().into_iter().zip(&full.budgets) {
            let used: f64 = design
                .beamformers
                .columns()
                .iter()
                .flat_map(|w| range.clone().map(|i| w[(i, 0)].norm_sqr()))
                .sum();
            assert!(used <= budget * (1.0 + 1e-9));
        }
    }
}
