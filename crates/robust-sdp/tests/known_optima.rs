//! Semidefinite programs whose optima are known in closed form.
#![allow(clippy::unwrap_used, clippy::panic)]

use faer::{Mat, c64};
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

/// The optimum by every solver; `exact` is what all of them have to find, to 1e-7.
fn assert_optimum(what: &str, problem: SdpProblem, exact: f64) -> SdpSolution {
    let problem = problem.check().unwrap();
    let mut found = None;
    for solver in solvers() {
        let name = solver.name();
        let solution = match solver.solve(&problem, SolveRequest::default()) {
            Ok(SdpOutcome::Optimal(solution)) => solution,
            other => panic!("{name}, {what}: expected an optimum, got {other:?}"),
        };
        let r = &solution.residuals;
        for value in [r.primal_objective, r.dual_objective] {
            let error = (value - exact).abs() / exact.abs().max(1.0);
            assert!(error < 1e-7, "{name}, {what}: {value} {exact}");
        }
        found.get_or_insert(solution);
    }
    found.unwrap()
}

const FIELDS: [Field; 2] = [Field::Real, Field::Complex];

/// `E_ij + E_ji`, and over the complex numbers `j (E_ij - E_ji)`.
fn couplings(n: usize, i: usize, k: usize, field: Field) -> Vec<Mat<c64>> {
    let directions = match field {
        Field::Real => vec![re(1.0)],
        Field::Complex => vec![re(1.0), c64::new(0.0, 1.0)],
    };
    directions
        .into_iter()
        .map(|direction| {
            let mut e = Mat::<c64>::zeros(n, n);
            e[(i, k)] = direction;
            e[(k, i)] = direction.conj();
            e
        })
        .collect()
}

/// A diagonal unitary: what it does to a real problem makes a complex one with the same optimum.
fn phases(n: usize, field: Field) -> Vec<c64> {
    (0..n)
        .map(|i| match field {
            Field::Real => re(1.0),
            Field::Complex => c64::from_polar(1.0, 0.7 * (i * i) as f64),
        })
        .collect()
}

fn turned(a: &Mat<c64>, phases: &[c64]) -> Mat<c64> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| {
        phases[i] * a[(i, j)] * phases[j].conj()
    })
}

/// Lovász θ of a graph: `max <J, X>`, `Tr X = 1`, `X_ij = 0` on edges. Over the complex numbers
/// `J` is turned, so that the optimal `X` is genuinely complex.
fn lovasz(n: usize, edges: &[(usize, usize)], field: Field) -> SdpProblem {
    let mut problem = SdpProblem::new();
    let x = problem.add_matrix(n, field);
    problem.add_equality(LinearForm::new().matrix(x, Mat::identity(n, n)), 1.0);
    for &(i, k) in edges {
        for e in couplings(n, i, k, field) {
            problem.add_equality(LinearForm::new().matrix(x, e), 0.0);
        }
    }
    let ones = Mat::from_fn(n, n, |_, _| re(1.0));
    problem.objective = LinearForm::new().matrix(x, turned(&ones, &phases(n, field)));
    problem
}

fn cycle(n: usize) -> Vec<(usize, usize)> {
    (0..n).map(|i| (i, (i + 1) % n)).collect()
}

/// `θ(C_n) = n cos(π/n) / (1 + cos(π/n))`.
#[test]
fn lovasz_theta_of_odd_cycles() {
    for n in [5, 7, 11] {
        let c = (std::f64::consts::PI / n as f64).cos();
        let exact = n as f64 * c / (1.0 + c);
        for field in FIELDS {
            let what = format!("C_{n} {field:?}");
            assert_optimum(&what, lovasz(n, &cycle(n), field), exact);
        }
    }
}

/// The Petersen graph: pairs of five things, adjacent when disjoint. θ = 4.
#[test]
fn lovasz_theta_of_the_petersen_graph() {
    let pairs: Vec<(usize, usize)> = (0..5).flat_map(|b| (0..b).map(move |a| (a, b))).collect();
    let disjoint =
        |p: (usize, usize), q: (usize, usize)| p.0 != q.0 && p.0 != q.1 && p.1 != q.0 && p.1 != q.1;
    let mut edges = Vec::new();
    for (j, &q) in pairs.iter().enumerate() {
        let earlier = pairs[..j].iter().enumerate();
        edges.extend(
            earlier
                .filter(|(_, p)| disjoint(**p, q))
                .map(|(i, _)| (i, j)),
        );
    }
    assert_eq!(edges.len(), 15);
    for field in FIELDS {
        assert_optimum("Petersen", lovasz(10, &edges, field), 4.0);
    }
}

/// The Hamming graph H(d, q), words of length d adjacent when they differ in one letter. Its
/// adjacency eigenvalues are `d(q-1) - qi`, and for a graph so symmetric
/// `θ = n λ_min / (λ_min - λ_max) = q^(d-1)`.
#[test]
fn lovasz_theta_of_hamming_graphs() {
    for (d, q) in [(3u32, 2usize), (2, 3)] {
        let n = q.pow(d);
        let letter = |word: usize, place: u32| word / q.pow(place) % q;
        let mut edges = Vec::new();
        for j in 0..n {
            for i in 0..j {
                let differ = (0..d).filter(|&p| letter(i, p) != letter(j, p)).count();
                if differ == 1 {
                    edges.push((i, j));
                }
            }
        }
        let exact = q.pow(d - 1) as f64;
        assert_optimum("Hamming", lovasz(n, &edges, Field::Real), exact);
    }
}

/// The semidefinite relaxation of the largest cut of an odd cycle: neighbours at an angle of
/// `π - π/n`, so `n (1 + cos(π/n)) / 2`.
#[test]
fn largest_cut_of_odd_cycles() {
    for n in [3, 5, 9] {
        for field in FIELDS {
            let mut problem = SdpProblem::new();
            let x = problem.add_matrix(n, field);
            for i in 0..n {
                let mut e = Mat::<c64>::zeros(n, n);
                e[(i, i)] = re(1.0);
                problem.add_equality(LinearForm::new().matrix(x, e), 1.0);
            }
            // Σ over edges of (X_ii + X_kk - 2 Re X_ik)/4.
            let mut cost = Mat::<c64>::zeros(n, n);
            for (i, k) in cycle(n) {
                for (p, q, v) in [(i, i, 1.0), (k, k, 1.0), (i, k, -1.0), (k, i, -1.0)] {
                    cost[(p, q)] += re(0.25 * v);
                }
            }
            problem.objective = LinearForm::new().matrix(x, turned(&cost, &phases(n, field)));
            let exact = 0.5 * n as f64 * (1.0 + (std::f64::consts::PI / n as f64).cos());
            assert_optimum(&format!("cut of C_{n}"), problem, exact);
        }
    }
}

/// Higham (IMA J. Numer. Anal. 22, 2002): the correlation matrix nearest to
/// `[1 1 0; 1 1 1; 0 1 1]` has the entries 0.7607 and 0.1573, at the distance 0.5278.
///
/// In exact terms: by symmetry the answer is `[1 a b; a 1 a; b a 1]` with determinant
/// `(1-b)(1+b-2a²) = 0`, so `b = 2a²-1`, and `4(1-a)² + 2b²` is least where `4a³ - a - 1 = 0`.
#[test]
fn nearest_correlation_matrix() {
    let mut a: f64 = 0.76;
    for _ in 0..50 {
        a -= (4.0 * a.powi(3) - a - 1.0) / (12.0 * a * a - 1.0);
    }
    let b = 2.0 * a * a - 1.0;
    let exact = (4.0 * (1.0 - a).powi(2) + 2.0 * b * b).sqrt();
    assert!(
        (a - 0.7607).abs() < 5e-5 && (b - 0.1573).abs() < 5e-5 && (exact - 0.5278).abs() < 5e-5
    );

    let given = Mat::from_fn(3, 3, |i, j| re(if i.abs_diff(j) < 2 { 1.0 } else { 0.0 }));
    for field in FIELDS {
        let phases = phases(3, field);
        let given = turned(&given, &phases);
        let mut problem = SdpProblem::new();
        let t = problem.add_scalar(ScalarUnknown::Free);
        // I + Σ y E ⪰ 0, and ‖(I + Σ y E) - A‖ ≤ t as [t I, r; r^T, t] ⪰ 0.
        let mut correlation = Lmi::new(3, field);
        correlation.constant = Mat::identity(3, 3);
        let terms: Vec<Mat<c64>> = [(0, 1), (0, 2), (1, 2)]
            .into_iter()
            .flat_map(|(i, k)| couplings(3, i, k, field))
            .collect();
        let count = terms.len();
        let mut distance = Lmi::new(count + 1, Field::Real);
        distance.add_diagonal(t, (0..=count).map(|i| (i, 1.0)));
        let root = std::f64::consts::SQRT_2;
        for (p, e) in terms.iter().enumerate() {
            let y = problem.add_scalar(ScalarUnknown::Free);
            correlation.add_dense(y, e);
            let mut entry = Mat::<c64>::zeros(count + 1, count + 1);
            entry[(p, count)] = re(root);
            entry[(count, p)] = re(root);
            distance.add_dense(y, &entry);
            let inner: f64 = (0..3)
                .flat_map(|i| (0..3).map(move |j| (i, j)))
                .map(|(i, j)| (e[(i, j)].conj() * given[(i, j)]).re)
                .sum();
            distance.constant[(p, count)] = re(-inner / root);
            distance.constant[(count, p)] = re(-inner / root);
        }
        problem.add_lmi(correlation);
        problem.add_lmi(distance);
        problem.objective = LinearForm::new().scalar(t, -1.0);
        let solution = assert_optimum("nearest correlation", problem, -exact);
        // First coupling: Re X_01.
        let expected = (phases[0] * phases[1].conj() * a).re;
        let found = solution.primal.scalars[1];
        assert!((found - expected).abs() < 1e-4, "{found} {expected}");
    }
}

fn sample(n: usize, field: Field) -> Mat<c64> {
    Mat::from_fn(n, n, |i, j| {
        let (p, q) = (i.min(j) as f64, i.max(j) as f64);
        let value = c64::new((1.3 * p - 0.7 * q * q).sin(), (p + 2.1 * q).cos());
        match (field, i.cmp(&j)) {
            (Field::Real, _) | (_, std::cmp::Ordering::Equal) => re(value.re),
            (Field::Complex, std::cmp::Ordering::Less) => value,
            (Field::Complex, std::cmp::Ordering::Greater) => value.conj(),
        }
    })
}

fn spectrum(a: &Mat<c64>) -> Vec<f64> {
    a.self_adjoint_eigenvalues(faer::Side::Lower).unwrap()
}

/// `min Tr X`, `X ⪰ A`, `X ⪰ 0`: the sum of the positive eigenvalues. `min Tr (P + Q)`,
/// `P - Q = A`: the sum of their sizes.
#[test]
fn least_traces() {
    for field in FIELDS {
        let n = 5;
        let a = sample(n, field);
        let values = spectrum(&a);
        let positive: f64 = values.iter().map(|v| v.max(0.0)).sum();
        let sizes: f64 = values.iter().map(|v| v.abs()).sum();
        assert!(positive > 0.1 && sizes > positive + 0.1);
        let cost = -Mat::<c64>::identity(n, n);

        let mut problem = SdpProblem::new();
        let x = problem.add_matrix(n, field);
        let mut lmi = Lmi::new(n, field);
        lmi.constant = -&a;
        let factor = lmi.add_factor(Mat::identity(n, n));
        lmi.add_congruence(1.0, factor, x);
        problem.add_lmi(lmi);
        problem.objective = LinearForm::new().matrix(x, cost.clone());
        assert_optimum("positive part", problem, -positive);

        let mut problem = SdpProblem::new();
        let p = problem.add_matrix(n, field);
        let q = problem.add_matrix(n, field);
        let mut equate = |e: Mat<c64>| {
            let value: f64 = (0..n)
                .flat_map(|i| (0..n).map(move |j| (i, j)))
                .map(|(i, j)| (e[(i, j)].conj() * a[(i, j)]).re)
                .sum();
            let form = LinearForm::new().matrix(p, e.clone()).matrix(q, -e);
            problem.add_equality(form, value);
        };
        for k in 0..n {
            for i in 0..k {
                couplings(n, i, k, field).into_iter().for_each(&mut equate);
            }
            let mut e = Mat::<c64>::zeros(n, n);
            e[(k, k)] = re(1.0);
            equate(e);
        }
        problem.objective = LinearForm::new().matrix(p, cost.clone()).matrix(q, cost);
        assert_optimum("trace norm", problem, -sizes);
    }
}

/// `max <A, X>`, `0 ⪯ X ⪯ I`, `Tr X = k`: the sum of the k largest eigenvalues (Fan 1949).
#[test]
fn largest_eigenvalues() {
    for field in FIELDS {
        let n = 6;
        let a = sample(n, field);
        let values = spectrum(&a);
        for k in [1, 3] {
            let mut problem = SdpProblem::new();
            let x = problem.add_matrix(n, field);
            let mut lmi = Lmi::new(n, field);
            lmi.constant = Mat::identity(n, n);
            let factor = lmi.add_factor(Mat::identity(n, n));
            lmi.add_congruence(-1.0, factor, x);
            problem.add_lmi(lmi);
            let trace = LinearForm::new().matrix(x, Mat::identity(n, n));
            problem.add_equality(trace, k as f64);
            problem.objective = LinearForm::new().matrix(x, a.clone());
            assert_optimum("largest", problem, values[n - k..].iter().sum());
        }
    }
}

/// The largest eigenvalue: min t, t I - A ⪰ 0.
#[test]
fn largest_eigenvalue() {
    let n = 6;
    let a = Mat::from_fn(n, n, |i, j| {
        if i == j {
            re(i as f64)
        } else {
            c64::new(0.3, 0.1 * (j as f64 - i as f64))
        }
    });
    let mut problem = SdpProblem::new();
    let t = problem.add_scalar(ScalarUnknown::Free);
    let mut lmi = Lmi::new(n, Field::Complex);
    lmi.constant = -&a;
    lmi.add_diagonal(t, (0..n).map(|i| (i, 1.0)));
    problem.add_lmi(lmi);
    problem.objective = LinearForm::new().scalar(t, -1.0);
    let exact = a.self_adjoint_eigenvalues(faer::Side::Lower).unwrap()[n - 1];
    let solution = assert_optimum("largest eigenvalue", problem, -exact);
    assert!(
        (solution.primal.scalars[0] - exact).abs() < 1e-7,
        "{} {exact}",
        solution.primal.scalars[0]
    );
}

#[test]
fn contradiction_is_certified() {
    // X ⪰ 0, Tr X ≤ -1.
    let mut problem = SdpProblem::new();
    let x = problem.add_matrix(3, Field::Complex);
    problem.add_inequality(LinearForm::new().matrix(x, Mat::identity(3, 3)), -1.0);
    let problem = problem.check().unwrap();
    for solver in solvers() {
        match solver.solve(&problem, SolveRequest::default()).unwrap() {
            SdpOutcome::PrimalInfeasible {
                certificate,
                residual,
            } => {
                assert!(residual < 1e-8);
                assert!((certificate.inequalities[0] - 1.0).abs() < 1e-6);
                let check = problem.check_infeasibility(&certificate).unwrap();
                assert!(
                    (check.value + 1.0).abs() < 1e-9 && check.residual < 1e-7,
                    "{check:?}"
                );
            }
            other => panic!("{}: {other:?}", solver.name()),
        }
    }
}

#[test]
fn unbounded_is_certified() {
    let mut problem = SdpProblem::new();
    let x = problem.add_matrix(3, Field::Complex);
    let mut e = Mat::<c64>::zeros(3, 3);
    e[(0, 0)] = re(1.0);
    problem.add_inequality(LinearForm::new().matrix(x, e), 1.0);
    problem.objective = LinearForm::new().matrix(x, Mat::identity(3, 3));
    let problem = problem.check().unwrap();
    for solver in solvers() {
        match solver.solve(&problem, SolveRequest::default()).unwrap() {
            SdpOutcome::DualInfeasible {
                direction,
                residual,
            } => {
                assert!(residual < 1e-8);
                let check = problem.check_unboundedness(&direction).unwrap();
                assert!(
                    (check.value - 1.0).abs() < 1e-9 && check.residual < 1e-7,
                    "{check:?}"
                );
            }
            other => panic!("{}: {other:?}", solver.name()),
        }
    }
}

/// A real symmetric unknown sees nothing of a coefficient's imaginary part, wherever the coefficient stands.
#[test]
fn real_unknowns_do_not_see_imaginary_parts() {
    let a = |re: f64, im: f64| {
        let rows = [
            [c64::new(1.0, 0.0), c64::new(re, im)],
            [c64::new(re, -im), c64::new(-1.0, 0.0)],
        ];
        Mat::from_fn(2, 2, |i, j| rows[i][j])
    };
    let turn = Mat::from_fn(2, 2, |i, j| c64::new(0.0, j as f64 - i as f64));
    for (field, exact) in [(Field::Real, 5f64.sqrt()), (Field::Complex, 14f64.sqrt())] {
        let mut problem = SdpProblem::new();
        let x = problem.add_matrix(2, field);
        problem.add_inequality(LinearForm::new().matrix(x, Mat::identity(2, 2)), 1.0);
        problem.objective = LinearForm::new().matrix(x, a(2.0, 3.0));
        assert_optimum("largest eigenvalue", problem, exact);
    }
    // As the bound of an inequality: 2 Tr X ≤ 1 and nothing else.
    let mut problem = SdpProblem::new();
    let x = problem.add_matrix(2, Field::Real);
    let twice = Mat::<c64>::identity(2, 2) * faer::Scale(re(2.0));
    problem.add_inequality(LinearForm::new().matrix(x, &twice + &turn), 1.0);
    problem.objective = LinearForm::new().matrix(x, Mat::identity(2, 2));
    assert_optimum("trace", problem, 0.5);
    // As an equality, 0 = 0 for a real unknown.
    let mut problem = SdpProblem::new();
    let x = problem.add_matrix(2, Field::Real);
    problem.add_inequality(LinearForm::new().matrix(x, Mat::identity(2, 2)), 1.0);
    problem.add_equality(LinearForm::new().matrix(x, a(2.0, 0.0) + turn), 1.0);
    problem.objective = LinearForm::new().matrix(x, a(2.0, -7.0));
    assert_optimum("bound by an equality", problem, 1.0);
}
