//! The matrix inequality as it is often printed, with the wrong sign of the floor.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod random;

use faer::{Mat, c64};
use random::*;
use robust_sdp::*;

/// `[[M + Λ, M ĥ], [ĥ^H M, ĥ^H M ĥ ± σ² - Σ λ ε²]]` of target k, one λ per group.
fn inequality(
    problem: &RatioProblem,
    forms: &[Mat<c64>],
    multipliers: &[f64],
    k: usize,
    gamma: f64,
    floor_sign: f64,
) -> Mat<c64> {
    let n = problem.dimension();
    let target = &problem.targets[k];
    let h = &target.nominal;
    let m = Mat::from_fn(n, n, |p, q| {
        let mut sum = re(0.0);
        for (j, w) in forms.iter().enumerate() {
            let weight = if j == k { 1.0 / gamma } else { -1.0 };
            sum += w[(p, q)] * weight;
        }
        sum
    });
    let mh: Vec<c64> = (0..n)
        .map(|p| (0..n).map(|q| m[(p, q)] * h[q]).sum())
        .collect();
    let mut lambda = vec![0.0; n];
    let mut corner = dot(h, &mh).re + floor_sign * target.floor;
    for (block, l) in target.errors.iter().zip(multipliers) {
        let ErrorBlock::Ball { group, radius } = block else {
            panic!("balls only")
        };
        lambda[ranges(&problem.group_sizes)[*group].clone()].fill(*l);
        corner -= l * radius * radius;
    }
    Mat::from_fn(n + 1, n + 1, |p, q| match (p == n, q == n) {
        (false, false) => m[(p, q)] + re(if p == q { lambda[p] } else { 0.0 }),
        (false, true) => mh[p],
        (true, false) => mh[q].conj(),
        (true, true) => re(corner),
    })
}

fn instance() -> RatioProblem {
    let shape = Shape {
        targets: 2,
        groups: vec![3, 3],
        radii: (0.1, 0.2),
        floors: (0.5, 1.0),
    };
    problem(&mut Draw::new(11), &shape)
}

/// With `+σ²` sending nothing is feasible at every ratio, and a bisection for the largest
/// feasible ratio ends at its upper end, wherever that is.
#[test]
fn the_printed_sign_admits_silence_at_every_ratio() {
    let problem = instance();
    let n = problem.dimension();
    let silence = vec![Mat::<c64>::zeros(n, n); 2];
    for gamma in [1e-3, 1.0, 1e9] {
        for k in 0..2 {
            let printed = inequality(&problem, &silence, &[0.0, 0.0], k, gamma, 1.0);
            assert!(eigenvalues(&printed)[0] >= 0.0);
        }
    }
}

/// With `-σ²` it is infeasible at every ratio and for any multipliers; the margin is exactly
/// zero where one is needed.
#[test]
fn the_right_sign_asks_for_a_signal() {
    let problem = instance();
    let n = problem.dimension();
    let silence = vec![Mat::<c64>::zeros(n, n); 2];
    for gamma in [1e-3, 1.0, 1e9] {
        for multipliers in [[0.0, 0.0], [1.0, 0.3]] {
            let right = inequality(&problem, &silence, &multipliers, 0, gamma, -1.0);
            assert!(eigenvalues(&right)[0] <= -0.5);
        }
    }
    let valid = problem.check().unwrap();
    let columns = vec![Mat::<c64>::zeros(n, 1); 2];
    let none = vec![vec![0.0, 0.0]; 2];
    let margins = margins_with_multipliers(&valid, &columns, &none, 1.0).unwrap();
    assert_eq!(margins, vec![0.0, 0.0]);
    let certificate = certify(&valid, &columns, &none, 1.0).unwrap();
    assert_eq!(certificate.noise_margin, 0.0);
    let worst = worst_case_ratios(&valid, &columns, &HermitianIpm::default()).unwrap();
    assert!(worst.iter().all(|w| w.ratio() == 0.0));
}

/// The optimum satisfies the right inequality, and its ratio is the largest: with `-σ²`, five
/// per mille more is out of reach for its forms whatever the multipliers.
#[test]
fn the_optimum_satisfies_the_right_inequality() {
    let problem = instance();
    let solution = solve(&problem);
    let gamma = solution.bracket.lower();
    let forms: Vec<Mat<c64>> = solution
        .point
        .forms
        .iter()
        .map(|g| {
            Mat::from_fn(g.nrows(), g.nrows(), |i, j| {
                (0..g.ncols()).map(|c| g[(i, c)] * g[(j, c)].conj()).sum()
            })
        })
        .collect();
    for k in 0..2 {
        // μ = λ ε².
        let lambda: Vec<f64> = solution.point.multipliers[k]
            .iter()
            .zip(&problem.targets[k].errors)
            .map(|(mu, block)| match block {
                ErrorBlock::Ball { radius, .. } => mu / (radius * radius),
                ErrorBlock::Directions { .. } | ErrorBlock::Phase { .. } => panic!("balls only"),
            })
            .collect();
        let right = inequality(&problem, &forms, &lambda, k, gamma, -1.0);
        let spectrum = eigenvalues(&right);
        let largest = spectrum.iter().fold(0.0f64, |a, v| a.max(v.abs()));
        assert!(spectrum[0] > -1e-9 * largest, "{spectrum:?}");
    }
    let valid = problem.check().unwrap();
    let solver = HermitianIpm::default();
    let more = margins(&valid, &solution.point.forms, 1.005 * gamma, &solver).unwrap();
    assert!(more.iter().any(|t| *t < 1.0), "{more:?}");
}

/// The other printed sign: with `M_k` negated (interference minus signal) beside an unchanged
/// inequality, beams that interfere and do not serve pass, and beams that serve without
/// interfering fail.
#[test]
fn negated_matrices_reward_interference() {
    let mut problem = instance();
    problem.targets.iter_mut().for_each(|t| t.errors.clear());
    let n = problem.dimension();
    let outer = |h: &[c64]| Mat::from_fn(n, n, |i, j| h[i] * h[j].conj());
    let first = outer(&problem.targets[0].nominal);
    let nothing = Mat::<c64>::zeros(n, n);
    // Target 0 is served by form 0, or disturbed by form 1, along its own vector.
    let served = [first.clone(), nothing.clone()];
    let disturbed = [nothing, first];
    let negated = |forms: &[Mat<c64>; 2]| forms.clone().map(|w| &w * faer::Scale(re(-1.0)));
    let least = |forms: &[Mat<c64>]| {
        let a = inequality(&problem, forms, &[], 0, 0.1, -1.0);
        let spectrum = eigenvalues(&a);
        spectrum[0] / spectrum.iter().fold(0.0f64, |a, v| a.max(v.abs()))
    };
    // Without errors only the corner counts, so look at the quadratic form along it.
    let corner = |forms: &[Mat<c64>]| inequality(&problem, forms, &[], 0, 0.1, -1.0)[(n, n)].re;
    assert!(corner(&served) > 0.0 && corner(&negated(&served)) < 0.0);
    assert!(corner(&disturbed) < 0.0 && corner(&negated(&disturbed)) > 0.0);
    assert!(least(&negated(&served)) < -0.1);
}
