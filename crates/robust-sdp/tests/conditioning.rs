//! What the change of variables is there for.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod common;

use common::reference_problem;
use robust_sdp::*;

fn run(rho: f64, conditioning: Conditioning) -> Result<MaxMinSolution, RobustError> {
    let full = reference_problem(rho, 21);
    let problem = Reduction::new(&full, &[]).reduce(&full).unwrap();
    let options = MaxMinOptions {
        conditioning,
        method: Method::Programs,
        ..MaxMinOptions::default()
    };
    max_min_ratio(&problem, &HermitianIpm::default(), &options, &mut || false)
}

/// At a ratio of 10^6 a target's interference has to be suppressed to 10^-6 of its signal. In the
/// coordinates of the data that is the difference of large entries of `W`: the matrix inequality
/// holds by cancellation, the interior-point method's systems lose all their digits, and the solver
/// ends without an answer (from ratios of about 50 on).
/// In zero-forcing coordinates the suppressed part is an entry of its own, with its expected size
/// told to the solver, and the same problems are brackets of 1e-7 after a few programs.
#[test]
fn large_ratios_need_zero_forcing_coordinates() {
    // Ratios of 5e6 and 8e7.
    for rho in [0.00044113382812228436, 1e-4] {
        let found = run(rho, Conditioning::ZeroForcing).unwrap();
        assert!(found.bracket.lower() > 4e6);
        let width = found.bracket.upper() / found.bracket.lower() - 1.0;
        assert!(
            width < 1e-6 && found.solves <= 12,
            "{width:e}, {}",
            found.solves
        );
    }
    // Without them: no answer at all, or one not worth the name.
    match run(0.00044113382812228436, Conditioning::None) {
        Err(error) => assert!(!error.is_cancellation()),
        Ok(found) => {
            let width = found.bracket.upper() / found.bracket.lower() - 1.0;
            assert!(
                width > 1e-4,
                "the change of variables is no longer needed: {width:e}"
            );
        }
    }
}
