//! Tails of the chi-square distribution and of the maximum of a chi-square field.
//!
//! A chi-square field of ν degrees of freedom whose components have unit variance exceeds `t` somewhere in a
//! region with a probability near the expected Euler characteristic of the excursion set,
//! `Σ_j L_j ρ_j(t)` (K. J. Worsley, "Local maxima and the expected Euler characteristic of excursion sets of
//! χ², F and t fields", Adv. Appl. Prob. 26, 1994), with the region's volumes `L_j` in the metric of the
//! components' derivatives and
//!
//! ```math
//! \begin{aligned}
//! \rho_0 &= P(\chi_\nu^2 > t), \qquad
//! \rho_j = (2\pi)^{-j/2}\, \frac{t^{(\nu-j)/2} e^{-t/2}}{2^{(\nu-2)/2}\Gamma(\nu/2)}\, q_j(t), \\
//! q_1 &= 1, \quad q_2 = t - (\nu-1), \quad q_3 = t^2 - (2\nu-1) t + (\nu-1)(\nu-2).
//! \end{aligned}
//! ```

use std::f64::consts::TAU;

/// Terms of the series and of the continued fraction: some tens of deviations of the largest counts.
const TERM_LIMIT: usize = 100_000;

/// `P(χ²_ν > t)`: the regularised incomplete gamma function `Q(ν/2, t/2)`, by its series below the mean and
/// by Lentz's continued fraction above.
pub(crate) fn upper_tail(freedom: f64, t: f64) -> f64 {
    let (a, x) = (0.5 * freedom, 0.5 * t);
    if x <= 0.0 {
        return 1.0;
    }
    if !x.is_finite() {
        return 0.0;
    }
    let scale = (a * x.ln() - x - libm::lgamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0 / a, 1.0 / a);
        for n in 1..TERM_LIMIT {
            term *= x / (a + n as f64);
            sum += term;
            if term < f64::EPSILON * sum {
                break;
            }
        }
        return (1.0 - scale * sum).clamp(0.0, 1.0);
    }
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1.0 / f64::MIN_POSITIVE, 1.0 / b);
    let mut fraction = d;
    for n in 1..TERM_LIMIT {
        let n = n as f64;
        let numerator = -n * (n - a);
        b += 2.0;
        d = 1.0 / (numerator * d + b);
        c = b + numerator / c;
        let factor = c * d;
        fraction *= factor;
        if (factor - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    (scale * fraction).clamp(0.0, 1.0)
}

/// `ρ_j(t)` for `j` up to 3.
pub(crate) fn euler_density(dimension: usize, freedom: f64, t: f64) -> f64 {
    if dimension == 0 {
        return upper_tail(freedom, t);
    }
    let polynomial = match dimension {
        1 => 1.0,
        2 => t - (freedom - 1.0),
        _ => t * t - (2.0 * freedom - 1.0) * t + (freedom - 1.0) * (freedom - 2.0),
    };
    let j = dimension as f64;
    let exponent = 0.5 * (freedom - j) * t.ln()
        - 0.5 * t
        - 0.5 * (freedom - 2.0) * std::f64::consts::LN_2
        - libm::lgamma(0.5 * freedom);
    TAU.powf(-0.5 * j) * exponent.exp() * polynomial
}

/// Upper tail of the largest eigenvalue of `N N^H`, `N` of `p × n` independent CN(0, 1) entries: centred at
/// `(√p + √n)²` and scaled by `(√p + √n)(1/√p + 1/√n)^{1/3}` it has the Tracy–Widom law of order 2 in the limit
/// (K. Johansson, Comm. Math. Phys. 209, 2000), whose right tail is `exp(-4x^{3/2}/3)/(16π x^{3/2})`.
/// Asymptotic: it is capped at 1/2, and of use far out only.
pub(crate) fn largest_eigenvalue_tail(p: usize, n: usize, value: f64) -> f64 {
    let (p, n) = ((p as f64).sqrt(), (n as f64).sqrt());
    let x = (value - (p + n).powi(2)) / ((p + n) * (1.0 / p + 1.0 / n).cbrt());
    if x <= 0.0 {
        return 0.5;
    }
    let power = x.powf(1.5);
    ((-4.0 / 3.0 * power).exp() / (8.0 * TAU * power)).min(0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn tails_of_even_counts_are_sums_of_poisson() {
        for (half, t) in [(1, 0.3), (4, 9.0), (9, 57.0), (30, 40.0)] {
            let x: f64 = 0.5 * t;
            let mut term = (-x).exp();
            let mut sum = 0.0;
            for i in 0..half {
                sum += term;
                term *= x / f64::from(i + 1);
            }
            let found = upper_tail(2.0 * f64::from(half), t);
            assert_relative_eq!(found, sum, max_relative = 1e-11);
        }
        // One degree of freedom, and the limit of many.
        assert_relative_eq!(
            upper_tail(1.0, 4.0),
            libm::erfc(2f64.sqrt()),
            epsilon = 1e-14
        );
        let many = 1e6;
        let one_sigma = upper_tail(many, many + (2.0 * many).sqrt());
        assert_relative_eq!(one_sigma, 0.158_655, epsilon = 2e-4);
        assert_eq!(
            (upper_tail(4.0, 0.0), upper_tail(4.0, f64::INFINITY)),
            (1.0, 0.0)
        );
    }

    #[test]
    fn densities_are_those_of_gaussian_fields_for_two_components_far_out() {
        // ρ_j is -(2π)^{-1/2} times the derivative of ρ_{j-1} after √t, for one component: t = x², the
        // known Gaussian densities, twice (both signs).
        for x in [2.0_f64, 3.0, 4.5] {
            let gauss = |j: f64, hermite: f64| {
                2.0 * TAU.powf(-0.5 * (j + 1.0)) * hermite * (-0.5 * x * x).exp()
            };
            let t = x * x;
            assert_relative_eq!(
                euler_density(1, 1.0, t),
                gauss(1.0, 1.0),
                max_relative = 1e-12
            );
            assert_relative_eq!(
                euler_density(2, 1.0, t),
                gauss(2.0, x),
                max_relative = 1e-12
            );
            let third = gauss(3.0, x * x - 1.0);
            assert_relative_eq!(euler_density(3, 1.0, t), third, max_relative = 1e-12);
        }
    }
}
