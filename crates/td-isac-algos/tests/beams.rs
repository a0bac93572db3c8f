//! Beams are certified as they are, whatever they are.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod presets;

use std::sync::Arc;

use faer::{Mat, c64};
use nf_channel::C64;
use presets::random_downlink;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use robust_sdp::{
    AttackOptions, ErrorBlock, Field, HermitianIpm, RobustError, nominal_ratios, worst_case_ratios,
};
use td_isac_algos::scheme::{
    BeamformingScheme, Main, MaximumRatio, Relaxed, SchemeContext, ZeroForcing,
};
use td_isac_algos::uncertainty::UncertaintyModel;
use td_isac_algos::uncertainty::{Growth, OwnBlocks};
use td_isac_algos::{Beams, DesignError, Downlink, Study, attack_beams, certify_beams};

fn c(re: f64, im: f64) -> C64 {
    C64::new(re, im)
}

fn balls(radii: &[f64]) -> Arc<OwnBlocks> {
    let block = |(group, &radius)| ErrorBlock::Ball { group, radius };
    Arc::new(OwnBlocks {
        blocks: vec![radii.iter().enumerate().map(block).collect(); 4],
        growth: Growth::Constant,
    })
}

/// Worst-case SINR of every user by the unreduced problem.
fn in_full_dimension(downlink: &Downlink, eta: f64, beams: &Beams) -> Vec<f64> {
    let problem = downlink.full_problem_at(eta).unwrap();
    let worst = worst_case_ratios(&problem, beams.columns(), &HermitianIpm::default()).unwrap();
    worst.iter().map(|user| user.ratio()).collect()
}

/// The system of docs/extending.md: as many coordinates as antennas, so that a mix-up of the two has the
/// right size.
#[test]
fn a_designs_own_beams_have_its_own_certificate() {
    let channels = vec![
        vec![
            vec![c(1.0, 0.0), c(0.5, 0.5)],
            vec![c(0.2, -0.1), c(0.1, 0.3)],
        ],
        vec![
            vec![c(0.1, -0.4), c(0.3, 0.0)],
            vec![c(0.9, 0.0), c(0.2, 0.7)],
        ],
    ];
    let radius = |norm: f64| 0.1 * norm / 0.5_f64.sqrt();
    let blocks = [1.23, 0.51].map(|norm| {
        vec![ErrorBlock::Ball {
            group: 0,
            radius: radius(norm),
        }]
    });
    let errors = OwnBlocks {
        blocks: blocks.to_vec(),
        growth: Growth::Constant,
    };
    let downlink = Downlink::new(&channels, &[1.0; 2], &[0.01; 2], Arc::new(errors)).unwrap();
    assert_eq!(
        downlink.dimension(),
        downlink.antennas().iter().sum::<usize>()
    );
    let design = (Study::new(&downlink).eta(0.5))
        .scheme(&MaximumRatio::default())
        .run()
        .unwrap();
    let solver = HermitianIpm::default();
    let again = certify_beams(&downlink, 0.5, &design.beamformers, &solver).unwrap();
    let (own, again) = (design.certified.gamma, again.gamma);
    assert!((own - 5.572).abs() < 1e-3, "{own}");
    assert!((again / own - 1.0).abs() < 1e-7, "{again} {own}");
    // The same numbers taken for reduced coordinates are other beams, with another certificate.
    let mixed_up = downlink.reduced_beams(design.beamformers.columns().to_vec());
    let mixed_up = mixed_up.unwrap().lift();
    let other = certify_beams(&downlink, 0.5, &mixed_up, &solver).unwrap();
    assert!((other.gamma / own - 1.0).abs() > 0.1, "{}", other.gamma);
}

/// One user, `ĥ = (1, 0)`, errors up to 1/2, `w = (1, 1)/√2`: the worst error is parallel to `w`,
/// `γ = (1/√2 - 1/2)²`. Projected on the span of the channel the beam would certify `(1/√2 - 1/(2√2))²`.
#[test]
fn a_beam_outside_the_span() {
    let channels = vec![vec![vec![c(1.0, 0.0), c(0.0, 0.0)]]];
    let downlink = Downlink::new(&channels, &[1.0], &[1.0], balls(&[0.5])).unwrap();
    assert_eq!(downlink.dimension(), 1);
    let s = std::f64::consts::FRAC_1_SQRT_2;
    let beams = Beams::new(&[vec![vec![c(s, 0.0), c(s, 0.0)]]]).unwrap();
    let certified = certify_beams(&downlink, 0.5, &beams, &HermitianIpm::default()).unwrap();
    let exact = (s - 0.5_f64).powi(2);
    assert!((exact - 0.0429).abs() < 1e-4);
    assert!(
        (certified.gamma / exact - 1.0).abs() < 1e-6,
        "{certified:?}"
    );
    let full = in_full_dimension(&downlink, 0.5, &beams)[0];
    assert!((certified.gamma / full - 1.0).abs() < 1e-6, "{full}");
    let attacked = attack_beams(
        &downlink,
        0.5,
        &beams,
        &certified,
        &AttackOptions::default(),
    )
    .unwrap();
    assert!((attacked[0].gamma / exact - 1.0).abs() < 1e-6);
}

/// Beams at random, in and outside the span: what is certified is what the unreduced problem says, and
/// the error that an attack reports does the harm that it reports, in antennas.
#[test]
fn beams_from_anywhere() {
    for seed in 0..6 {
        let downlink = random_downlink(seed, 0.02, 0.1);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let antennas = downlink.antennas().to_vec();
        let design = (Study::new(&downlink).eta(0.5))
            .scheme(&ZeroForcing)
            .run()
            .unwrap();
        for outside in [0.0, 1e-9, 1e-3, 0.1] {
            let good = &design.beamformers;
            let matrix = Mat::from_fn(antennas.iter().sum(), downlink.users(), |i, k| {
                let noise = c64::new(rng.random::<f64>() - 0.5, rng.random::<f64>() - 0.5);
                (good.stacked(k)[i] + noise * outside) * 0.5
            });
            let beams = Beams::from_matrix(&antennas, &matrix).unwrap();
            let solver = HermitianIpm::default();
            let certified = certify_beams(&downlink, 0.5, &beams, &solver).unwrap();
            for (found, full) in
                (certified.user_gamma.iter()).zip(in_full_dimension(&downlink, 0.5, &beams))
            {
                assert!((found / full - 1.0).abs() < 1e-6, "{found} {full}");
            }
            let options = AttackOptions::default();
            let attacks = attack_beams(&downlink, 0.5, &beams, &certified, &options).unwrap();
            for (user, found) in attacks.iter().enumerate() {
                let mut problem = downlink.full_problem_at(0.5).unwrap().into_inner();
                for (h, e) in problem.targets[user].nominal.iter_mut().zip(&found.error) {
                    *h += e;
                }
                let there = nominal_ratios(&problem.check().unwrap(), beams.columns()).unwrap();
                assert!((there[user] / found.gamma - 1.0).abs() < 1e-6);
                assert!(found.gamma >= certified.user_gamma[user] * (1.0 - 1e-9));
            }
        }
    }
}

/// Sends in a direction that no channel has.
#[derive(Debug)]
struct Stray(Beams);

impl BeamformingScheme for Stray {
    fn name(&self) -> &str {
        "stray"
    }

    fn solve(
        &self,
        downlink: &Downlink,
        eta: f64,
        context: &mut SchemeContext<'_>,
    ) -> Result<Relaxed, DesignError> {
        Relaxed::of_beams(downlink, eta, downlink.reduce(&self.0)?, context)
    }
}

/// A scheme whose beams leave the span goes through the whole of a design, time allocation included.
#[test]
fn a_scheme_outside_the_span() {
    let channels = vec![vec![vec![c(1.0, 0.0), c(0.0, 0.0)]]];
    let downlink = Downlink::new(&channels, &[1.0], &[0.01], balls(&[0.1])).unwrap();
    let stray = Stray(Beams::new(&[vec![vec![c(0.8, 0.0), c(0.6, 0.0)]]]).unwrap());
    let design = Study::new(&downlink).scheme(&stray).run().unwrap();
    let exact = (0.8_f64 - 0.1).powi(2) / 0.01;
    assert!((design.certified.gamma / exact - 1.0).abs() < 1e-6);
    let beam = design.beamformers.stacked(0);
    assert!((beam[0].re - 0.8).abs() < 1e-12 && (beam[1].re - 0.6).abs() < 1e-12);
    // What it promises does not depend on η: all of the time goes to communication.
    assert!(design.eta > 0.99, "{}", design.eta);
}

/// Forms of one downlink are no forms of another, however alike their sizes.
#[test]
fn forms_know_their_downlink() {
    let channel = |h: [C64; 2]| vec![vec![h.to_vec()]];
    let downlink = |h| Downlink::new(&channel(h), &[1.0], &[1.0], balls(&[0.1])).unwrap();
    let one = downlink([c(1.0, 0.0), c(0.0, 0.0)]);
    let other = downlink([c(0.0, 0.0), c(1.0, 0.0)]);
    let design = Study::new(&one).eta(0.5).scheme(&Main::default()).run();
    let beams = one.reduce(&design.unwrap().beamformers).unwrap();
    assert!(one.problem_for(beams.forms(), 0.5).is_ok());
    assert!(matches!(
        other.problem_for(beams.forms(), 0.5).unwrap_err(),
        DesignError::Robust(RobustError::OutsideSpan { .. })
    ));
}

/// Directions that change with the time allocation, which the reduction cannot follow.
#[derive(Debug)]
struct Turning;

impl UncertaintyModel for Turning {
    fn error_blocks(&self, _: usize, eta: f64) -> Result<Vec<ErrorBlock>, DesignError> {
        Ok(vec![ErrorBlock::Directions {
            matrix: Mat::from_fn(3, 1, |i, _| {
                c(if i == 0 { 0.1 } else { eta * i as f64 }, 0.0)
            }),
            field: Field::Real,
        }])
    }
}

/// Error blocks that leave the span are refused: projected they would be a smaller set.
#[test]
fn errors_outside_the_span_are_no_smaller_errors() {
    let channels = vec![vec![vec![c(1.0, 0.0), c(0.0, 0.0), c(0.0, 0.0)]]];
    let downlink = Downlink::new(&channels, &[1.0], &[1.0], Arc::new(Turning)).unwrap();
    assert!(downlink.problem_at(0.5).is_ok());
    // The direction (0, 1, 2) is in the span at every η.
    assert!(downlink.problem_at(0.3).is_ok());
    #[derive(Debug)]
    struct Moving;
    impl UncertaintyModel for Moving {
        fn error_blocks(&self, _: usize, eta: f64) -> Result<Vec<ErrorBlock>, DesignError> {
            Ok(vec![ErrorBlock::Directions {
                matrix: Mat::from_fn(3, 1, |i, _| c(if i == 1 { eta } else { 0.1 }, 0.0)),
                field: Field::Real,
            }])
        }
    }
    let moving = downlink.with_uncertainty(Arc::new(Moving)).unwrap();
    assert!(moving.problem_at(0.5).is_ok());
    assert!(matches!(
        moving.problem_at(0.3).unwrap_err(),
        DesignError::Robust(RobustError::OutsideSpan { target: 0, .. })
    ));
}
