//! A solver that fails is an error at the top, with its own words, whenever it fails.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod presets;

use std::sync::atomic::{AtomicUsize, Ordering};

use presets::random_downlink;
use robust_sdp::{
    HermitianIpm, Residuals, RobustError, SdpOutcome, SdpSolver, SolveRequest, SolverError,
    ValidSdp,
};
use td_isac_algos::allocation::WorstCaseRate;
use td_isac_algos::scheme::{BeamformingScheme, Main, ZeroForcing};
use td_isac_algos::{DesignError, Study};

/// The native solver for so many programs, then failures only.
#[derive(Debug)]
struct BreaksDown {
    after: usize,
    calls: AtomicUsize,
}

impl SdpSolver for BreaksDown {
    fn name(&self) -> &'static str {
        "breaks-down"
    }

    fn solve(
        &self,
        problem: &ValidSdp,
        request: SolveRequest<'_>,
    ) -> Result<SdpOutcome, SolverError> {
        if self.calls.fetch_add(1, Ordering::Relaxed) < self.after {
            return HermitianIpm::default().solve(problem, request);
        }
        Err(SolverError::Stalled {
            solver: self.name(),
            reason: "on purpose",
            iterations: 0,
            residuals: Residuals::UNKNOWN,
            last: None,
        })
    }
}

/// Whenever the solver breaks down, the driver's answer is that error, or a design as certified
/// as any; never a design without a rate.
#[test]
fn the_error_arrives_at_the_top() {
    let downlink = random_downlink(4, 0.1, 0.1);
    let schemes: [&dyn BeamformingScheme; 2] = [&Main::default(), &ZeroForcing];
    for scheme in schemes {
        let run = |solver: &dyn SdpSolver| {
            let strategy = WorstCaseRate::default();
            Study::new(&downlink)
                .eta_max(0.9)
                .scheme(scheme)
                .allocation(&strategy)
                .solver(solver)
                .run()
        };
        let right = run(&HermitianIpm::default()).unwrap();
        assert!(right.certified.gamma > 0.0);
        let mut errors = 0;
        for after in [0, 1, 3, 8, 21] {
            let solver = BreaksDown {
                after,
                calls: AtomicUsize::new(0),
            };
            match run(&solver) {
                Err(DesignError::Robust(RobustError::Solver(error))) => {
                    assert!(error.to_string().contains("on purpose"), "{error}");
                    errors += 1;
                }
                Err(other) => panic!("{}, after {after}: {other}", scheme.name()),
                // The breakdown came after the last program, or where only digits were at stake.
                Ok(design) => {
                    let (found, expected) = (design.certified.gamma, right.certified.gamma);
                    assert!(found > 0.9 * expected, "after {after}: {found} {expected}");
                }
            }
        }
        assert!(errors >= 2, "{}: {errors}", scheme.name());
    }
}
