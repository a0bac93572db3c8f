//! Optima of the reference instance against values computed independently (CVXPY with
//! Clarabel, and a hand-written interior-point method that agreed with it).

mod common;

use common::reference_problem;
use robust_sdp::*;

const VALUES: [(f64, f64); 9] = [
    (0.00044113382812228436, 5019850.205101712),
    (0.0005835652020547377, 2900720.374922965),
    (0.0011671304041094756, 733798.3223915717),
    (0.00030429611677247007, 10278012.648323074),
    (0.00040254592495131316, 5998098.072107545),
    (0.0008050918499026265, 1535336.4141909548),
    (0.1347008898907839, 54.27571139886597),
    (0.1781925280150543, 30.55302567117691),
    (0.35638505603010867, 6.790194636612357),
];

#[test]
fn optimal_ratios() {
    for (rho, expected) in VALUES {
        let full = reference_problem(rho, 21);
        let reduction = Reduction::new(&full, &[]);
        let problem = reduction.reduce(&full).unwrap();
        assert_eq!(problem.dimension(), 12);
        let solver = HermitianIpm::default();
        let solution =
            max_min_ratio(&problem, &solver, &MaxMinOptions::default(), &mut || false).unwrap();
        assert!((solution.bracket.lower() / expected - 1.0).abs() < 1e-4);
        assert!(solution.bracket.upper() / solution.bracket.lower() - 1.0 < 3e-5);
        assert!(solution.solves <= 20, "{} solves", solution.solves);

        // The relaxation's forms attain what is claimed, by the given multipliers.
        let proof = certify(
            &problem,
            &solution.point.forms,
            &solution.point.multipliers,
            solution.bracket.lower(),
        )
        .unwrap();
        assert_proves(&proof);

        let flat = rank_one(
            &problem,
            &solver,
            &Attained {
                ratio: solution.bracket.lower(),
                slope: solution.point.slope,
                forms: &solution.point.forms,
            },
            &RankOneOptions::default(),
            &mut || false,
        )
        .unwrap();
        assert!(flat.eigenvalue_ratio < 1e-5, "{}", flat.eigenvalue_ratio);
        let worst = worst_case_ratios(&problem, &flat.vectors, &solver).unwrap();
        let ratio = worst
            .iter()
            .map(|w| w.ratio())
            .fold(f64::INFINITY, f64::min);
        assert!(
            ratio > 0.998 * solution.bracket.lower(),
            "{ratio} of {}",
            solution.bracket.lower()
        );
        let multipliers: Vec<Vec<f64>> = worst.iter().map(|w| w.multipliers().to_vec()).collect();
        assert_proves(&certify(&problem, &flat.vectors, &multipliers, ratio).unwrap());
    }
}

fn assert_proves(certificate: &Certificate) {
    assert!(
        certificate.min_lmi_eigenvalue_relative >= -1e-9,
        "{certificate:?}"
    );
    assert!(certificate.noise_margin >= 1.0 - 1e-6, "{certificate:?}");
    assert!(certificate.max_power_ratio <= 1.0 + 1e-9, "{certificate:?}");
}
