//! Regions that hold a Gaussian position error with a given probability.
//!
//! `‖δ‖² = Σ_i λ_i z_i²` for `δ ~ N(0, Σ)`, λ the eigenvalues of Σ. Its distribution is a mixture of
//! chi-squares (H. Ruben, 1962): with `β = min λ`, `γ_i = 1 - β/λ_i`,
//!
//! ```text
//! P(‖δ‖² ≤ t) = Σ_k c_k F_{D+2k}(t/β),   c_0 = Π_i (β/λ_i)^{1/2},
//! c_k = (1/2k) Σ_i S_i(k),               S_i(k+1) = γ_i (S_i(k) + c_k),   S_i(0) = 0
//! ```
//!
//! Every term is positive, so a truncated sum is a lower bound of the probability.

use std::f64::consts::PI;

use crate::error::DesignError;

/// Variances below this part of the largest are raised to it, which keeps the mixture short and never makes
/// the radius smaller. (Larger where nobody designs: in the plane by 3 % at a confidence of 0.1, twofold at 0.01.)
const SMALLEST_VARIANCE: f64 = 1e-3;

/// What the truncated mixture may be short of.
const MISSING_WEIGHT: f64 = 1e-12;

/// `κ` with `P(‖z‖ ≤ κ) = confidence` for a standard Gaussian vector of `dimensions` coordinates: the
/// ellipsoid `{ Σ^{1/2} y : ‖y‖ ≤ κ }` holds an error of covariance Σ with that probability.
///
/// # Errors
/// A confidence outside (0, 1), or no dimensions.
pub fn chi_square_radius(confidence: f64, dimensions: usize) -> Result<f64, DesignError> {
    error_radius_m(confidence, &vec![1.0; dimensions])
}

/// `P(χ²_ν > t)`: the probability that the squares of ν standard Gaussian numbers add up to more than `t`, to 1e-12.
pub(crate) fn chi_square_tail(freedom: usize, t: f64) -> f64 {
    if t <= 0.0 {
        return 1.0;
    }
    (1.0 - ChiSquare::new(t, freedom).distribution).clamp(0.0, 1.0)
}

/// The radius, in the unit of the deviations, that the length of a Gaussian error with standard
/// deviations `deviations_m` along its principal axes does not exceed with probability `confidence`.
///
/// # Errors
/// A confidence outside (0, 1), or deviations that are negative, not finite or all zero.
pub fn error_radius_m(confidence: f64, deviations_m: &[f64]) -> Result<f64, DesignError> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(DesignError::BadParameter {
            name: "confidence",
            value: confidence,
            requirement: "must lie strictly between 0 and 1",
        });
    }
    let mut largest: f64 = 0.0;
    for &deviation in deviations_m {
        largest = largest.max(super::not_negative("deviations_m", deviation)?);
    }
    if largest == 0.0 {
        return Err(DesignError::BadParameter {
            name: "deviations_m",
            value: largest,
            requirement: "at least one must be positive",
        });
    }
    let variances: Vec<f64> = deviations_m
        .iter()
        .map(|s| (s / largest).powi(2).max(SMALLEST_VARIANCE))
        .collect();
    // P(‖δ‖² > t) decays at least as fast as for all variances equal to the largest, one.
    let (mut low, mut high) = (0.0, 1.0);
    while probability(high, &variances) < confidence && high < 1e4 {
        low = high;
        high *= 2.0;
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if probability(middle, &variances) < confidence {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(largest * high.sqrt())
}

/// `P(Σ_i λ_i z_i² ≤ t)`, short by no more than [`MISSING_WEIGHT`].
fn probability(t: f64, variances: &[f64]) -> f64 {
    let smallest = variances.iter().copied().fold(f64::INFINITY, f64::min);
    let mut weight: f64 = variances.iter().map(|v| (smallest / v).sqrt()).product();
    let excess: Vec<f64> = variances.iter().map(|v| 1.0 - smallest / v).collect();
    let mut sums = vec![0.0; variances.len()];
    let mut tails = ChiSquare::new(t / smallest, variances.len());
    let (mut total, mut mass) = (weight * tails.distribution, weight);
    let mut k = 0.0;
    while mass < 1.0 - MISSING_WEIGHT && tails.distribution > MISSING_WEIGHT {
        for (sum, gamma) in sums.iter_mut().zip(&excess) {
            *sum = gamma * (*sum + weight);
        }
        k += 1.0;
        weight = sums.iter().sum::<f64>() / (2.0 * k);
        tails.two_more_degrees();
        total += weight * tails.distribution;
        mass += weight;
    }
    total
}

/// `F_ν(x)` for `ν, ν + 2, ν + 4, ..`: `F_{ν+2} = F_ν - (x/2)^{ν/2} e^{-x/2} / Γ(ν/2 + 1)`.
struct ChiSquare {
    half: f64,
    /// `ν/2`.
    order: f64,
    distribution: f64,
    /// Logarithm of what the next step subtracts.
    log_step: f64,
}

impl ChiSquare {
    fn new(x: f64, degrees: usize) -> Self {
        let half = 0.5 * x;
        let odd = degrees % 2 == 1;
        let mut tail = Self {
            half,
            order: if odd { 0.5 } else { 0.0 },
            distribution: if odd { libm::erf(half.sqrt()) } else { 1.0 },
            // Γ(3/2) = √π/2, Γ(1) = 1
            log_step: if odd {
                0.5 * half.ln() - half - (0.5 * PI.sqrt()).ln()
            } else {
                -half
            },
        };
        for _ in 0..degrees / 2 {
            tail.two_more_degrees();
        }
        tail
    }

    fn two_more_degrees(&mut self) {
        self.distribution = (self.distribution - self.log_step.exp()).max(0.0);
        self.order += 1.0;
        self.log_step += (self.half / self.order).ln();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Closed forms in one and two dimensions, tabulated quantiles beyond.
    #[test]
    fn standard_quantiles() {
        for p in [0.5, 0.9, 0.95, 0.99, 0.999] {
            let two = chi_square_radius(p, 2).unwrap();
            assert!((two - (-2.0 * (1.0 - p).ln()).sqrt()).abs() < 1e-9, "{two}");
        }
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a} {b}");
        close(chi_square_radius(0.95, 1).unwrap(), 1.959_963_985);
        close(chi_square_radius(0.95, 3).unwrap().powi(2), 7.814_727_903);
        close(chi_square_radius(0.99, 4).unwrap().powi(2), 13.276_704_136);
        close(chi_square_radius(0.9, 5).unwrap().powi(2), 9.236_356_900);
    }

    /// `P(‖δ‖ ≤ r)` in the plane as the mean over directions of a Rayleigh distribution.
    #[test]
    fn elongated_ellipses() {
        for ratio in [1.0, 0.5, 0.2, 0.05] {
            for p in [0.5, 0.9, 0.99] {
                let radius = error_radius_m(p, &[3.0, 3.0 * ratio]).unwrap();
                let n = 4096;
                let outside: f64 = (0..n)
                    .map(|i| {
                        let (sin, cos) = (2.0 * PI * f64::from(i) / f64::from(n)).sin_cos();
                        let variance = 9.0 * (cos * cos + ratio * ratio * sin * sin);
                        (-radius * radius / (2.0 * variance)).exp()
                    })
                    .sum::<f64>()
                    / f64::from(n);
                assert!((1.0 - outside - p).abs() < 1e-9, "{ratio} {p} {outside}");
            }
        }
    }

    /// A vanishing axis changes nothing that matters; zero deviations have no region.
    #[test]
    fn degenerate_ellipses() {
        let flat = error_radius_m(0.95, &[2.0, 0.0, 0.0]).unwrap();
        let line = 2.0 * 1.959_963_985;
        assert!(flat >= line && flat < line * 1.003, "{flat} {line}");
        assert!(error_radius_m(0.95, &[0.0, 0.0]).is_err());
        assert!(error_radius_m(0.95, &[]).is_err());
        assert!(error_radius_m(0.95, &[1.0, f64::NAN]).is_err());
        for p in [0.0, 1.0, -0.1, f64::NAN] {
            assert!(chi_square_radius(p, 2).is_err());
        }
    }
}
