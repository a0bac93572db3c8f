//! Numbers beyond arithmetic, and problems beyond the methods: errors with names, never answers.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod random;

use faer::Mat;
use random::*;
use robust_sdp::*;

fn instance(floors: (f64, f64)) -> RatioProblem {
    let shape = Shape {
        targets: 2,
        groups: vec![2, 3],
        radii: (0.1, 0.2),
        floors,
    };
    problem(&mut Draw::new(21), &shape)
}

/// Beams a hundred orders of magnitude too large: their squares are no numbers in units of the budget.
#[test]
fn forms_whose_power_overflows() {
    let mut problem = instance((0.1, 1.0));
    problem.budgets.fill(1e-20);
    let forms: Vec<Mat<faer::c64>> = beams(&mut Draw::new(1), &problem)
        .iter()
        .map(|g| g * faer::Scale(faer::c64::from(1e160)))
        .collect();
    let problem = problem.check().unwrap();
    let solver = HermitianIpm::default();
    let multipliers = vec![vec![0.1; 2]; 2];
    let refused = |outcome: Result<(), RobustError>| {
        let error = outcome.unwrap_err();
        assert!(matches!(error, RobustError::BadNumber { .. }), "{error}");
        assert!(error.to_string().contains("form"), "{error}");
    };
    refused(nominal_ratios(&problem, &forms).map(|_| ()));
    refused(worst_case_ratios(&problem, &forms, &solver).map(|_| ()));
    refused(margins(&problem, &forms, 1.0, &solver).map(|_| ()));
    refused(certify(&problem, &forms, &multipliers, 1.0).map(|_| ()));
    refused(attack(&problem, &forms, &[], &AttackOptions::default()).map(|_| ()));
}

/// A ratio so large that the program's entries overflow has no program; its inequality says that nothing is proven.
#[test]
fn ratios_that_overflow() {
    let problem = instance((1e-3, 2e-3));
    let mut forms = beams(&mut Draw::new(1), &problem);
    forms
        .iter_mut()
        .for_each(|g| *g *= faer::Scale(faer::c64::from(1e3)));
    let problem = problem.check().unwrap();
    let multipliers = vec![vec![0.1; 2]; 2];
    let found = certify(&problem, &forms, &multipliers, f64::MAX).unwrap();
    assert!(found.noise_margin < 0.0, "{found:?}");
    let error = margins(&problem, &forms, f64::MAX, &HermitianIpm::default()).unwrap_err();
    assert!(
        matches!(error, RobustError::Problem(ProblemError::NotFinite { .. })),
        "{error}"
    );
}

/// Next to the critical ratio of a problem without noise the barrier method may come to a standstill: it says so,
/// with a bracket that holds the programs' answer.
#[test]
fn floors_beyond_the_method_on_vectors() {
    let shape = Shape {
        targets: 3,
        groups: vec![3, 3],
        radii: (0.1, 0.3),
        floors: (1e-12, 2e-12),
    };
    let problem = problem(&mut Draw::new(0), &shape).check().unwrap();
    let by = |method| {
        let options = MaxMinOptions {
            method,
            ..MaxMinOptions::default()
        };
        max_min_ratio(&problem, &HermitianIpm::default(), &options, &mut || false)
    };
    let vectors = by(Method::Vectors).unwrap();
    assert!(vectors.bracket.upper() > (1.0 + 5e-3) * vectors.bracket.lower());
    let programs = by(Method::Programs).unwrap();
    assert!(vectors.bracket.lower() <= programs.bracket.upper());
    assert!(programs.bracket.lower() <= vectors.bracket.upper());
}
