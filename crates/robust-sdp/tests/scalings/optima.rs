//! Optima that are known, in any unit.

use super::*;

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

/// Least power in SI units without any normalisation, of two vectors of some 1e-6 or 1e-3 with floors of 1e-13. For orthogonal vectors it is
/// `Σ t σ²/‖h‖²`: nanowatts, whose digits an objective that is compared with one does not have.
#[test]
fn least_power_in_si_units() {
    for (size, ratios) in [
        (1e-6, [1e-8, 2e-8]),
        (1e-3, [0.01, 0.02]),
        (1e-6, [10.0, 20.0]),
    ] {
        let (lengths, floor) = ([size, 0.8 * size], 1e-13);
        let power = |k: usize| ratios[k] * floor / (lengths[k] * lengths[k]);
        let exact: f64 = (0..2).map(power).sum();
        let mut problem = SdpProblem::new();
        let forms = [(); 2].map(|()| problem.add_matrix(2, Field::Complex));
        for k in 0..2 {
            let mut lmi = Lmi::new(1, Field::Complex);
            // h^H = (1, ±j) ‖h‖/sqrt(2)
            let sign = if k == 0 { 1.0 } else { -1.0 };
            let half = lengths[k] * std::f64::consts::FRAC_1_SQRT_2;
            let h = [c64::new(half, 0.0), c64::new(0.0, sign * half)];
            let factor = lmi.add_factor(Mat::from_fn(1, 2, |_, i| h[i]));
            for (j, form) in forms.iter().enumerate() {
                lmi.add_congruence(if j == k { 1.0 } else { -ratios[k] }, factor, *form);
            }
            lmi.constant[(0, 0)] = re(-ratios[k] * floor);
            problem.add_lmi(lmi);
        }
        let minus = -Mat::<c64>::identity(2, 2);
        problem.objective =
            (forms.iter()).fold(LinearForm::new(), |sum, id| sum.matrix(*id, minus.clone()));
        assert_optimum(&format!("least power {exact:e}"), problem, -exact);
    }
}
