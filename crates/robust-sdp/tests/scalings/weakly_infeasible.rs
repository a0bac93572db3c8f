//! What has no solution, but not by any margin, is not called infeasible.

use super::*;

/// `[x s; s 0] ⪰ 0`: without a solution, but not by any margin.
fn weakly_infeasible(s: f64, objective: f64) -> SdpProblem {
    let mut problem = SdpProblem::new();
    let x = problem.add_scalar(ScalarUnknown::Free);
    let mut lmi = Lmi::new(2, Field::Real);
    lmi.constant[(0, 1)] = re(s);
    lmi.constant[(1, 0)] = re(s);
    lmi.add_diagonal(x, [(0, 1.0)]);
    problem.add_lmi(lmi);
    problem.objective = LinearForm::new().scalar(x, objective);
    problem
}

/// The same as `p + q` and `p - q` on the diagonal, `p ≤ q`.
fn weakly_infeasible_pair(s: f64, objective: f64) -> SdpProblem {
    let mut problem = SdpProblem::new();
    let p = problem.add_scalar(ScalarUnknown::Free);
    let q = problem.add_scalar(ScalarUnknown::Free);
    let mut lmi = Lmi::new(2, Field::Complex);
    lmi.constant[(0, 1)] = c64::new(0.0, s);
    lmi.constant[(1, 0)] = c64::new(0.0, -s);
    lmi.add_diagonal(p, [(0, 1.0), (1, 1.0)]);
    lmi.add_diagonal(q, [(0, 1.0), (1, -1.0)]);
    problem.add_lmi(lmi);
    problem.add_inequality(LinearForm::new().scalar(p, 1.0).scalar(q, -1.0), 0.0);
    problem.objective = LinearForm::new().scalar(p, objective).scalar(q, objective);
    problem
}

/// `x_1 ≥ 2`, `x_{k+1} ≥ x_k²`: feasible, from `x_n = 2^(2^(n-1))` on.
fn khachiyan(n: usize, objective: f64) -> SdpProblem {
    let mut problem = SdpProblem::new();
    let x: Vec<ScalarId> = (0..n)
        .map(|_| problem.add_scalar(ScalarUnknown::Free))
        .collect();
    problem.add_inequality(LinearForm::new().scalar(x[0], -1.0), -2.0);
    for k in 1..n {
        let mut lmi = Lmi::new(2, Field::Real);
        lmi.constant[(1, 1)] = re(1.0);
        lmi.add_diagonal(x[k], [(0, 1.0)]);
        lmi.scalars.push(ScalarTerm {
            scalar: x[k - 1],
            entries: vec![(0, 1, re(1.0)), (1, 0, re(1.0))],
        });
        problem.add_lmi(lmi);
    }
    problem.objective = LinearForm::new().scalar(x[n - 1], objective);
    problem
}

/// What a solve may say of a problem that is infeasible by less than any margin, or whose points are all
/// out of reach: a size, or that it failed; an optimum if `optimal`.
fn assert_no_word(what: &str, problem: SdpProblem, optimal: bool) {
    let problem = problem.check().unwrap();
    for solver in solvers() {
        match solver.solve(&problem, SolveRequest::default()) {
            Err(_) => {}
            Ok(SdpOutcome::NoPointBelow { certificate, size }) => {
                let check = problem.check_infeasibility(&certificate).unwrap();
                assert!(!check.is_proof() && size > 0.0, "{what}: {check:?}");
                assert!((check.size / size - 1.0).abs() < 1e-6, "{what}: {check:?}");
            }
            Ok(SdpOutcome::Optimal(_)) if optimal => {}
            // Points that are nearly feasible, and bounds that hold for points below a size.
            Ok(SdpOutcome::AlmostOptimal { solution, bounds }) => {
                let again = problem
                    .proven_bounds(&solution.primal, &solution.dual)
                    .unwrap();
                assert_eq!(again, bounds, "{what}");
                assert!(
                    bounds.points.is_finite() && bounds.multipliers.is_finite(),
                    "{what}"
                );
            }
            other => panic!("{}, {what}: {other:?}", solver.name()),
        }
    }
}

#[test]
fn weak_infeasibility_is_no_infeasibility() {
    for s in SCALINGS {
        for objective in [0.0, -1.0] {
            assert_no_word(
                &format!("corner, {s:e}"),
                weakly_infeasible(s, objective),
                false,
            );
            let pair = weakly_infeasible_pair(s, objective);
            assert_no_word(&format!("pair, {s:e}"), pair, false);
        }
    }
}

/// `[x_1 + .., 1, ..; 1, 0, 0; .., 0, 1 + ..] ⪰ 0`, the dots being integers times the other unknowns,
/// under integer changes of the unknowns and of the basis with determinant one: still weakly
/// infeasible, exactly, but nothing is where one would look for it.
fn hidden_weak_infeasibility(draw: &mut Draw) -> (SdpProblem, Mat<f64>) {
    let n = 3;
    let mut integer = |bound: f64| draw.between(-bound - 0.5, bound + 0.5).round();
    let mut unimodular = || {
        let mut u = Mat::<f64>::identity(n, n);
        for i in 0..n {
            for j in (0..n).filter(|j| *j != i) {
                let c = integer(1.0);
                for k in 0..n {
                    let added = c * u[(j, k)];
                    u[(i, k)] += added;
                }
            }
        }
        u
    };
    let (basis, unknowns) = (unimodular(), unimodular());
    let mut constant = Mat::<f64>::zeros(n, n);
    constant[(0, 1)] = 1.0;
    constant[(1, 0)] = 1.0;
    constant[(2, 2)] = 1.0;
    let mut terms = vec![Mat::<f64>::zeros(n, n); n];
    terms[0][(0, 0)] = 1.0;
    for term in &mut terms[1..] {
        let (a, b, c) = (integer(3.0), integer(3.0), integer(3.0));
        term[(0, 0)] = a;
        term[(0, 2)] = b;
        term[(2, 0)] = b;
        term[(2, 2)] = c;
    }
    let complex = |a: &Mat<f64>| {
        let image = &basis * a * basis.transpose();
        Mat::from_fn(n, n, |i, j| re(image[(i, j)]))
    };
    let mut problem = SdpProblem::new();
    let mut lmi = Lmi::new(n, Field::Real);
    lmi.constant = complex(&constant);
    for i in 0..n {
        let y = problem.add_scalar(ScalarUnknown::Free);
        let mixed = (0..n).fold(Mat::<f64>::zeros(n, n), |sum, k| {
            sum + &terms[k] * faer::Scale(unknowns[(k, i)])
        });
        lmi.add_dense(y, &complex(&mixed));
    }
    problem.add_lmi(lmi);
    (problem, basis)
}

/// Multipliers with a gradient as small as one likes, rounded: at best they prove a size.
fn no_proof_by_near_certificates(problem: &SdpProblem, basis: &Mat<f64>) {
    use faer::linalg::solvers::DenseSolveCore;
    let inverse = basis.partial_piv_lu().inverse();
    let problem = problem.clone().check().unwrap();
    for k in 1..16 {
        let lacking = 10f64.powi(-k);
        let mut z = Mat::<f64>::zeros(3, 3);
        z[(0, 0)] = lacking;
        z[(1, 1)] = 0.25 / lacking;
        z[(0, 1)] = -0.5;
        z[(1, 0)] = -0.5;
        let image = inverse.transpose() * z * &inverse;
        let certificate = DualPoint {
            lmis: vec![Mat::from_fn(3, 3, |i, j| re(image[(i, j)]))],
            matrices: Vec::new(),
            scalars: vec![0.0; 3],
            inequalities: Vec::new(),
            equalities: Vec::new(),
        };
        let check = problem.check_infeasibility(&certificate).unwrap();
        assert!(!check.is_proof(), "{lacking:e}: {check:?}");
        let exact = k > 5 || ((check.value + 1.0).abs() < 1e-6 && check.size > 0.01 / lacking);
        assert!(exact, "{lacking:e}: {check:?}");
    }
}

#[test]
fn hidden_weak_infeasibility_is_no_infeasibility() {
    for seed in 0..200 {
        let mut draw = Draw::new(seed);
        let (problem, basis) = hidden_weak_infeasibility(&mut draw);
        no_proof_by_near_certificates(&problem, &basis);
        let (problem, _) = rescaled(&problem, &mut draw, [0.0, 12.0][(seed % 2) as usize]);
        // With the tolerance, the corner may be off by a little: that is an optimum of this accuracy.
        assert_no_word(&format!("hidden {seed}"), problem, true);
    }
}

/// Multipliers as in a certificate with the bound -1 that lack `lacking` of being one: they prove that
/// `x ≥ 1 / lacking`, and nothing about larger points.
#[test]
fn a_near_certificate_proves_a_size() {
    for lacking in [1e-2, 1e-5, 1e-8, 1e-12] {
        let problem = weakly_infeasible(1.0, 0.0).check().unwrap();
        let mut certificate = DualPoint {
            lmis: vec![Mat::zeros(2, 2)],
            matrices: Vec::new(),
            scalars: vec![0.0],
            inequalities: Vec::new(),
            equalities: Vec::new(),
        };
        let z = &mut certificate.lmis[0];
        z[(0, 0)] = re(lacking);
        z[(1, 1)] = re(0.25 / lacking);
        z[(0, 1)] = re(-0.5);
        z[(1, 0)] = re(-0.5);
        let check = problem.check_infeasibility(&certificate).unwrap();
        assert!((check.value + 1.0).abs() < 1e-12);
        assert!((check.size * lacking - 1.0).abs() < 1e-10, "{check:?}");
        // One number: nothing cancels in what should vanish.
        let problem = one_number(-1.0, -1.0, -1.0 / lacking).check().unwrap();
        certificate.lmis.clear();
        certificate.inequalities = vec![lacking];
        let check = problem.check_infeasibility(&certificate).unwrap();
        assert!((check.size * lacking - 1.0).abs() < 1e-10, "{check:?}");
        assert!((check.residual - 1.0).abs() < 1e-10, "{check:?}");
        // max 1/lacking y, y ≤ 1: the multiplier is 1/lacking.
        let problem = one_number(1.0 / lacking, 1.0, 1.0).check().unwrap();
        let direction = PrimalPoint {
            matrices: Vec::new(),
            scalars: vec![lacking],
        };
        let check = problem.check_unboundedness(&direction).unwrap();
        assert!((check.size * lacking - 1.0).abs() < 1e-10, "{check:?}");
        assert!((check.residual - 1.0).abs() < 1e-10, "{check:?}");
    }
}

/// `max 2 s X_12`, `X_11 = 0`: the optimum is zero, but no multiplier proves it.
#[test]
fn an_optimum_without_multipliers_is_not_unbounded() {
    for s in SCALINGS {
        let mut problem = SdpProblem::new();
        let x = problem.add_matrix(2, Field::Complex);
        let mut corner = Mat::<c64>::zeros(2, 2);
        corner[(0, 0)] = re(1.0);
        problem.add_equality(LinearForm::new().matrix(x, corner), 0.0);
        let mut cost = Mat::<c64>::zeros(2, 2);
        cost[(0, 1)] = c64::new(0.0, s);
        cost[(1, 0)] = c64::new(0.0, -s);
        problem.objective = LinearForm::new().matrix(x, cost);
        let problem = problem.check().unwrap();
        for solver in solvers() {
            let outcome = solver.solve(&problem, SolveRequest::default());
            let claim = matches!(
                outcome,
                Ok(SdpOutcome::PrimalInfeasible { .. }
                    | SdpOutcome::DualInfeasible { .. }
                    | SdpOutcome::NoPointBelow { .. })
            );
            assert!(!claim, "{}, {s:e}: {outcome:?}", solver.name());
        }
        for k in 1..16 {
            let lacking = 10f64.powi(-k);
            let mut direction = Mat::<c64>::zeros(2, 2);
            direction[(0, 0)] = re(lacking / s);
            direction[(1, 1)] = re(0.25 / lacking / s);
            direction[(0, 1)] = c64::new(0.0, 0.5 / s);
            direction[(1, 0)] = c64::new(0.0, -0.5 / s);
            let direction = PrimalPoint {
                matrices: vec![direction],
                scalars: Vec::new(),
            };
            let check = problem.check_unboundedness(&direction).unwrap();
            assert!((check.value - 1.0).abs() < 1e-12, "{check:?}");
            assert!(!check.is_proof(), "{s:e}, {lacking:e}: {check:?}");
            assert!((check.size * lacking / s - 1.0).abs() < 1e-8, "{check:?}");
        }
    }
}

#[test]
fn chains_of_squares_are_feasible() {
    for n in 2..=9 {
        for objective in [0.0, -1.0] {
            let problem = khachiyan(n, objective);
            if n <= 6 && objective < 0.0 {
                let exact = -(2f64.powi(1 << (n - 1)));
                assert_optimum_of(
                    &HermitianIpm::default(),
                    &format!("chain of {n}"),
                    problem,
                    exact,
                );
            } else {
                assert_no_word(&format!("chain of {n}"), problem, true);
            }
        }
    }
}
