//! The sensing problem as a semidefinite program against the method made for it.
//!
//! The two share the derivatives of the echo and nothing of the optimisation. At length, with
//! both solvers on the paper's scenarios and on random scenes:
//!
//! ```text
//! OPENBLAS_NUM_THREADS=1 cargo test --release -p td-isac-algos --features clarabel-sdp,system-openblas \
//!     --test sensing_program -- --ignored --nocapture
//! ```
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // helpers of tests

mod sensing_scenes;

use crlb::{GainModel, SensingModel};
use nf_channel::EchoGain;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use robust_sdp::{HermitianIpm, SdpSolver};
use sensing_scenes::{identifiable, paper, scene};
use td_isac_algos::sensing::{SensingCovariance, SensingError, SensingMethod};

/// What the two have to agree to, relative.
const AGREEMENT: f64 = 1e-6;

fn objective<const D: usize>(covariance: &SensingCovariance<D>) -> f64 {
    covariance.bound.trace_normalised()
}

/// All solvers that are built in.
fn solvers() -> Vec<Box<dyn SdpSolver>> {
    vec![
        Box::new(HermitianIpm::default()),
        #[cfg(feature = "clarabel-sdp")]
        Box::new(robust_sdp::ClarabelSolver::default()),
    ]
}

/// The program's bound over the direct method's, minus one.
fn difference<const D: usize>(
    model: &SensingModel<D>,
    design: &SensingMethod,
    solver: &dyn SdpSolver,
) -> Result<f64, SensingError> {
    let direct = design.optimise(model)?;
    let program = design.optimise_with(model, solver)?;
    println!(
        "{}: direct gap {:.1e} ({} iterations), program gap {:.1e} ({}), difference {:+.1e}",
        solver.name(),
        direct.relative_gap,
        direct.iterations,
        program.relative_gap,
        program.iterations,
        objective(&program) / objective(&direct) - 1.0
    );
    // A bound that the optimum beats would be none.
    assert!(program.relative_gap > -1e-9, "{}", program.relative_gap);
    Ok(objective(&program) / objective(&direct) - 1.0)
}

/// Random scenes, the same every time.
fn scenes<const D: usize>(
    count: usize,
    stations: std::ops::Range<usize>,
    users: std::ops::Range<usize>,
) -> Vec<SensingModel<D>> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[5; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = scene::<D>(stations, users);
    std::iter::repeat_with(|| strategy.new_tree(&mut runner).unwrap().current())
        .map(|parameters| parameters.check().unwrap())
        .filter(identifiable)
        .take(count)
        .collect()
}

fn design<const D: usize>(model: &SensingModel<D>) -> SensingMethod {
    SensingMethod::new(vec![2.0; model.access_points()])
}

/// Every solver solves every scene, and its answer is the direct method's.
#[test]
fn small_scenes() {
    for (i, model) in scenes::<2>(4, 1..3, 1..3).iter().enumerate() {
        for solver in solvers() {
            for isotropic_fraction in [0.0, 0.2] {
                let design = SensingMethod {
                    isotropic_fraction,
                    ..design(model)
                };
                let found = difference(model, &design, solver.as_ref()).unwrap();
                assert!(
                    found.abs() < AGREEMENT,
                    "scene {i}, {}: {found:e}",
                    solver.name()
                );
            }
        }
    }
}

/// Random scenes in two and three dimensions.
#[test]
#[ignore = "a minute; the command is at the top"]
fn many_scenes() {
    let mut failures = vec![0; solvers().len()];
    let mut worst = vec![0f64; solvers().len()];
    fn all<const D: usize>(models: &[SensingModel<D>], failures: &mut [usize], worst: &mut [f64]) {
        for model in models {
            for (s, solver) in solvers().iter().enumerate() {
                match difference(model, &design(model), solver.as_ref()) {
                    Ok(found) => worst[s] = worst[s].max(found.abs()),
                    Err(error) => {
                        println!("{error}");
                        failures[s] += 1;
                    }
                }
            }
        }
    }
    all(&scenes::<2>(25, 1..4, 1..4), &mut failures, &mut worst);
    all(&scenes::<3>(10, 1..3, 1..3), &mut failures, &mut worst);
    println!("35 scenes: failures {failures:?}, largest differences {worst:?}");
    assert!(worst.iter().all(|w| *w < AGREEMENT), "{worst:?}");
    assert_eq!(failures[0], 0);
}

/// Every gain model in the paper's layout.
#[test]
#[ignore = "a minute; the command is at the top"]
fn the_papers_layout() {
    for (echo, gains) in [
        (EchoGain::TotalPath, GainModel::Unknown),
        (EchoGain::TwoHop, GainModel::Unknown),
        (EchoGain::TwoHop, GainModel::CarrierPhase),
        (EchoGain::TwoHop, GainModel::Known),
    ] {
        let model = paper(echo, gains).check().unwrap();
        for solver in solvers() {
            let found = difference(&model, &SensingMethod::new(vec![10.0; 3]), solver.as_ref());
            let found = found.unwrap();
            assert!(
                found.abs() < AGREEMENT,
                "{gains:?}, {}: {found:e}",
                solver.name()
            );
        }
    }
}
