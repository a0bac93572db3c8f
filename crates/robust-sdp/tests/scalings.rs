//! Problems in any units: optima are found, and nothing is called infeasible that is not.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod naive;
mod programs;
mod random;

use faer::{Mat, c64};
use naive::positive_definite;
use programs::{Class, base, random_program};
use proptest::prelude::*;
use random::*;
use robust_sdp::*;

fn re(x: f64) -> c64 {
    c64::new(x, 0.0)
}

/// All solvers that are built in.
fn solvers() -> Vec<Box<dyn SdpSolver>> {
    vec![
        Box::new(HermitianIpm::default()),
        #[cfg(feature = "clarabel-sdp")]
        Box::new(ClarabelSolver::default()),
    ]
}

const SCALINGS: [f64; 11] = [
    1e-12, 1e-10, 1e-8, 1e-6, 1e-3, 1.0, 1e3, 1e6, 1e8, 1e10, 1e12,
];

/// The optimum, to seven digits, by every solver.
fn assert_optimum(what: &str, problem: SdpProblem, exact: f64) {
    for solver in solvers() {
        assert_optimum_of(solver.as_ref(), what, problem.clone(), exact);
    }
}

fn assert_optimum_of(solver: &dyn SdpSolver, what: &str, problem: SdpProblem, exact: f64) {
    let problem = problem.check().unwrap();
    let name = solver.name();
    let solution = match solver.solve(&problem, SolveRequest::default()) {
        Ok(SdpOutcome::Optimal(solution)) => solution,
        other => panic!("{name}, {what}: {other:?}"),
    };
    let r = &solution.residuals;
    for value in [r.primal_objective, r.dual_objective] {
        let error = (value / exact - 1.0).abs();
        assert!(error < 1e-7, "{name}, {what}: {value:e} {exact:e}");
    }
    let again = problem.residuals(&solution.primal, &solution.dual).unwrap();
    assert!(again.primal < 1e-7 && again.dual < 1e-7, "{what}: {again}");
}

/// `max price · y` with `size · y ≤ bound`.
fn one_number(price: f64, size: f64, bound: f64) -> SdpProblem {
    let mut problem = SdpProblem::new();
    let y = problem.add_scalar(ScalarUnknown::Free);
    problem.add_inequality(LinearForm::new().scalar(y, size), bound);
    problem.objective = LinearForm::new().scalar(y, price);
    problem
}

#[test]
fn one_number_in_any_unit() {
    for s in SCALINGS {
        assert_optimum(&format!("max {s:e} y, y <= 1"), one_number(s, 1.0, 1.0), s);
        assert_optimum(
            &format!("max -y, y >= {s:e}"),
            one_number(-1.0, -1.0, -s),
            -s,
        );
        assert_optimum(&format!("{s:e} y <= 1"), one_number(1.0, s, 1.0), 1.0 / s);
    }
}

/// The cut relaxation of the pentagon, of edges with the given weight.
fn pentagon(weight: f64) -> SdpProblem {
    let n = 5;
    let mut problem = SdpProblem::new();
    let x = problem.add_matrix(n, Field::Real);
    let mut cost = Mat::<c64>::zeros(n, n);
    for i in 0..n {
        let mut e = Mat::<c64>::zeros(n, n);
        e[(i, i)] = re(1.0);
        problem.add_equality(LinearForm::new().matrix(x, e), 1.0);
        let k = (i + 1) % n;
        for (p, q, v) in [(i, i, 1.0), (k, k, 1.0), (i, k, -1.0), (k, i, -1.0)] {
            cost[(p, q)] += re(0.25 * v * weight);
        }
    }
    problem.objective = LinearForm::new().matrix(x, cost);
    problem
}

#[test]
fn largest_cut_of_any_weight() {
    let exact = 2.5 * (1.0 + (std::f64::consts::PI / 5.0).cos());
    for s in SCALINGS {
        assert_optimum(&format!("pentagon, {s:e}"), pentagon(s), s * exact);
    }
}

/// `min Tr X`, `X ⪰ size · B`: the sum of the positive eigenvalues.
#[test]
fn least_traces_of_any_size() {
    let n = 4;
    let b = Mat::from_fn(n, n, |i, j| {
        let (p, q) = (i.min(j) as f64, i.max(j) as f64);
        let value = c64::new((1.3 * p - 0.7 * q * q).sin(), (p + 2.1 * q).cos());
        match i.cmp(&j) {
            std::cmp::Ordering::Less => value,
            std::cmp::Ordering::Equal => re(value.re),
            std::cmp::Ordering::Greater => value.conj(),
        }
    });
    let values = b.self_adjoint_eigenvalues(faer::Side::Lower).unwrap();
    let exact: f64 = values.iter().map(|v| v.max(0.0)).sum();
    for s in SCALINGS {
        let mut problem = SdpProblem::new();
        let x = problem.add_matrix(n, Field::Complex);
        let mut lmi = Lmi::new(n, Field::Complex);
        lmi.constant = &b * faer::Scale(re(-s));
        let factor = lmi.add_factor(Mat::identity(n, n));
        lmi.add_congruence(1.0, factor, x);
        problem.add_lmi(lmi);
        problem.objective = LinearForm::new().matrix(x, -Mat::<c64>::identity(n, n));
        assert_optimum(&format!("trace, {s:e}"), problem, -s * exact);
    }
}

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

/// The problem in other units: rows of matrix unknowns, scalars, rows of LMIs, constraints, constants
/// and the objective times powers of ten over so many orders. And the unit of the objective.
fn rescaled(problem: &SdpProblem, draw: &mut Draw, orders: f64) -> (SdpProblem, f64) {
    let mut unit = |part: f64| 10f64.powf(part * draw.between(-0.5 * orders, 0.5 * orders));
    let mut list = |n: usize, part: f64| (0..n).map(|_| unit(part)).collect::<Vec<f64>>();
    // Squares of these are units: half of the orders.
    let d: Vec<Vec<f64>> = problem.matrices.iter().map(|m| list(m.dim, 0.5)).collect();
    let e: Vec<Vec<f64>> = problem.lmis.iter().map(|l| list(l.dim(), 0.5)).collect();
    let t = list(problem.scalars.len(), 1.0);
    let inequalities = list(problem.inequalities.len(), 1.0);
    let equalities = list(problem.equalities.len(), 1.0);
    let (constants, objective) = (list(1, 1.0)[0], list(1, 1.0)[0]);
    let both = |a: &Mat<c64>, d: &[f64], c: f64| {
        Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[(i, j)] * (d[i] * d[j] * c))
    };
    let form = |form: &mut LinearForm, row: f64| {
        for (id, c) in &mut form.matrices {
            *c = both(c, &d[id.index()], row);
        }
        for (id, c) in &mut form.scalars {
            *c *= t[id.index()] * row;
        }
    };
    let mut out = problem.clone();
    for (lmi, e) in out.lmis.iter_mut().zip(&e) {
        lmi.constant = both(&lmi.constant, e, constants);
        let factors = std::mem::take(&mut lmi.factors);
        for (k, term) in lmi.congruences.iter_mut().enumerate() {
            let (f, d) = (&factors[term.factor], &d[term.matrix.index()]);
            let f = Mat::from_fn(f.nrows(), f.ncols(), |i, j| f[(i, j)] * (e[i] * d[j]));
            lmi.factors.push(f);
            term.factor = k;
        }
        for term in &mut lmi.scalars {
            let t = t[term.scalar.index()];
            term.entries
                .iter_mut()
                .for_each(|v| v.2 *= e[v.0] * e[v.1] * t);
        }
    }
    for (c, row) in out.inequalities.iter_mut().zip(&inequalities) {
        form(&mut c.form, *row);
        c.bound *= constants * row;
    }
    for (c, row) in out.equalities.iter_mut().zip(&equalities) {
        form(&mut c.form, *row);
        c.bound *= constants * row;
    }
    form(&mut out.objective, objective);
    (out, constants * objective)
}

/// Feasible and bounded problems are never called anything else, whatever their units, and the optimum is
/// as it should be. How many have none of seven digits.
fn feasible_in_any_unit(seeds: std::ops::Range<u64>, orders: f64) -> usize {
    let mut failures = 0;
    for seed in seeds {
        let problem = random_program(seed);
        let solver = HermitianIpm::default();
        let solve =
            |p: &SdpProblem| solver.solve(&p.clone().check().unwrap(), SolveRequest::default());
        let Ok(SdpOutcome::Optimal(reference)) = solve(&problem) else {
            panic!("seed {seed}")
        };
        let (other, unit) = rescaled(&problem, &mut Draw::new(seed + 7), orders);
        match solve(&other) {
            Ok(SdpOutcome::Optimal(found)) => {
                let a = reference.residuals.primal_objective;
                let b = found.residuals.primal_objective / unit;
                assert!(
                    (a - b).abs() < 1e-6 * a.abs().max(1.0),
                    "seed {seed}: {a} {b}"
                );
            }
            Ok(other) => panic!("seed {seed}: {other:?}"),
            Err(_) => failures += 1,
        }
    }
    failures
}

#[test]
fn feasible_problems_are_feasible_in_any_unit() {
    for orders in [12.0, 24.0] {
        assert_eq!(feasible_in_any_unit(0..30, orders), 0, "{orders}");
    }
}

/// Ten seconds.
#[test]
#[ignore = "long"]
fn two_thousand_feasible_problems_in_any_unit() {
    let failures = feasible_in_any_unit(0..2000, 12.0);
    assert_eq!(failures, 0);
}

/// Contradictions and unlimited growth are recognised in any unit, by certificates that pass the check, or
/// solutions are excluded up to a size. How many of either.
fn certificates(class: Class, seeds: std::ops::Range<u64>, orders: f64) -> [usize; 2] {
    let mut counts = [0, 0];
    for seed in seeds {
        let (problem, _) = rescaled(&class.draw(seed), &mut Draw::new(seed), orders);
        let problem = problem.check().unwrap();
        let what = format!("{class:?} {seed}, {orders} orders");
        match HermitianIpm::default().solve(&problem, SolveRequest::default()) {
            Ok(SdpOutcome::PrimalInfeasible { certificate, .. }) => {
                assert_eq!(class, Class::Infeasible, "{what}");
                let check = problem.check_infeasibility(&certificate).unwrap();
                assert!(check.is_proof(), "{what}: {check:?}");
                assert!((check.value + 1.0).abs() < 1e-9 && check.residual < 1e-10);
                counts[0] += 1;
            }
            Ok(SdpOutcome::DualInfeasible { direction, .. }) => {
                assert_eq!(class, Class::Unbounded, "{what}");
                let check = problem.check_unboundedness(&direction).unwrap();
                assert!(check.is_proof(), "{what}: {check:?}");
                assert!((check.value - 1.0).abs() < 1e-9 && check.residual < 1e-10);
                counts[0] += 1;
            }
            Ok(SdpOutcome::NoPointBelow { size, .. }) => {
                assert!(class == Class::Infeasible && size > 0.0, "{what}: {size}");
                counts[1] += 1;
            }
            Ok(SdpOutcome::NoMultipliersBelow { size, .. }) => {
                assert!(class == Class::Unbounded && size > 0.0, "{what}: {size}");
                counts[1] += 1;
            }
            other => panic!("{what}: {other:?}"),
        }
    }
    counts
}

#[test]
fn certificates_in_any_unit() {
    for orders in [0.0, 12.0, 24.0] {
        for class in [Class::Infeasible, Class::Unbounded] {
            // One unbounded problem gets a size only.
            let [proven, below] = certificates(class, 0..20, orders);
            assert!(proven >= 19 && proven + below == 20, "{class:?}: {proven}");
        }
    }
}

/// The measure of [`ValidSdp::check_infeasibility`].
fn size(problem: &SdpProblem, point: &PrimalPoint) -> f64 {
    let traces = point.matrices.iter().zip(&problem.matrices).map(|(x, m)| {
        let entry = |i: usize| x[(i, i)].re / m.magnitude[i].powi(2);
        (0..m.dim).map(entry).sum::<f64>()
    });
    traces.sum::<f64>() + point.scalars.iter().map(|y| y.abs()).sum::<f64>()
}

proptest! {
    #![proptest_config(cases(24))]

    /// No multipliers whatsoever exclude a feasible point: not random ones, and not those that are
    /// almost a certificate, since they are one for the same problem with a wall past the point.
    #[test]
    fn nothing_excludes_a_feasible_point(seed in any::<u64>(), distance in -8.0f64..0.0, orders in 0.0f64..12.0) {
        let mut draw = Draw::new(seed);
        let (feasible, inside) = base(&mut draw);
        let cost = feasible.objective.clone();
        let top = {
            let solved = HermitianIpm::default().solve(&feasible.clone().check().unwrap(), SolveRequest::default());
            let Ok(SdpOutcome::Optimal(s)) = solved else { panic!("no optimum") };
            s.residuals.dual_objective
        };
        // The objective beyond the optimum is infeasible; its certificate is almost one without the wall.
        let mut walled = feasible.clone();
        let beyond = top + 10f64.powf(distance) * top.abs().max(1.0);
        let mut wall = LinearForm::new();
        for (id, c) in &cost.matrices {
            wall = wall.matrix(*id, c * faer::Scale(re(-1.0)));
        }
        for (id, c) in &cost.scalars {
            wall = wall.scalar(*id, -c);
        }
        walled.add_inequality(wall, -beyond);
        let (walled, _) = rescaled(&walled, &mut draw, orders);
        let walled = walled.check().unwrap();
        let outcome = HermitianIpm::default().solve(&walled, SolveRequest::default());
        let certificate = match outcome {
            Ok(SdpOutcome::PrimalInfeasible { certificate, .. }) => certificate,
            Ok(SdpOutcome::NoPointBelow { certificate, .. }) => certificate,
            Ok(other) => panic!("{other:?}"),
            Err(error) => error.last_iterate().unwrap().dual.clone(),
        };
        let mut draw = Draw::new(seed);
        let (again, _) = base(&mut draw);
        prop_assert_eq!(&again, &feasible);
        let mut without = certificate;
        let mut other = walled.into_inner();
        other.inequalities.pop();
        without.inequalities.pop();
        let other = other.check().unwrap();
        let check = other.check_infeasibility(&without).unwrap();
        prop_assert!(!check.is_proof(), "{check:?}");
        // In its own units the point inside is at hand.
        let mine = feasible.clone().check().unwrap();
        let random = DualPoint {
            lmis: mine.lmis.iter().map(|l| positive_definite(&mut draw, l.dim(), l.field)).collect(),
            matrices: mine.matrices.iter().map(|m| positive_definite(&mut draw, m.dim, m.field)).collect(),
            scalars: vec![0.0, draw.between(0.0, 1.0)],
            inequalities: mine.inequalities.iter().map(|_| draw.between(0.0, 2.0)).collect(),
            equalities: mine.equalities.iter().map(|_| 10.0 * draw.normal()).collect(),
        };
        let check = mine.check_infeasibility(&random).unwrap();
        prop_assert!(check.size <= size(&mine, &inside), "{check:?}");
    }
}
