//! What rounding can do to a proof, so that it holds for the numbers as they are given.
//!
//! With `a_j = B^H g_j` for the columns `g_j` of the forms, the inequality is
//! `a_k a_k^H - γ Σ_{j≠k} a_j a_j^H + blkdiag(μ I, -Σμ - s γ) ⪰ 0`. Two things are rounded: the entries
//! of the sum, against the sizes of its terms; and each `a_j`, by `|δ_jp| ≤ d_jp = η ‖B_p‖ ‖g_j‖`. The second is
//! what counts where beams null strong channels: `a_j` is then a small rest of large terms. For every
//! `θ > 0`
//!
//! ```text
//! (1-θ) a a^H - δδ^H/θ ⪯ (a+δ)(a+δ)^H ⪯ (1+θ) a a^H + (1+1/θ) δδ^H,     δδ^H ⪯ n diag(d_p²)
//! ```
//!
//! with n the side, so if the inequality holds at `γ` with `n (1+1/θ)/(1-θ) Σ_j |w_j| d_jp²` (`w_k = 1`, else `-γ`) taken off
//! its diagonal, it holds exactly at `γ (1-θ)/(1+θ)` with `(1-θ) μ`.

use faer::{Mat, c64};

use crate::hermitian::linalg;
use crate::ratio::normalised::NormalisedTarget;

/// η, and the relative rounding of the sum of products: some ninety units in the last place, for
/// inner products over hundreds of coordinates and changes between bases.
const ROUNDING: f64 = 2e-14;

/// The least 2θ: what is given up of a ratio anyway.
const SACRIFICE: f64 = 1e-10;

/// What has to be taken off a target's inequality, and off what it then proves.
pub(crate) struct Reserve {
    /// For each diagonal entry.
    pub(crate) diagonal: Vec<f64>,
    /// θ.
    theta: f64,
}

impl Reserve {
    /// For the inequality of target `k` at a ratio, with multipliers.
    pub(crate) fn new(
        target: &NormalisedTarget,
        columns: &[Mat<c64>],
        k: usize,
        ratio: f64,
        multipliers: &[f64],
    ) -> Self {
        let side = target.side();
        let last = side - 1;
        let mut m = Mat::<c64>::zeros(side, side);
        target.add_multipliers(&mut m, multipliers, 1.0);
        // Sums over j of |w_j| |a_jp|² (and the multipliers) and of |w_j| d_jp².
        let mut sizes: Vec<f64> = (0..side).map(|i| m[(i, i)].re.abs()).collect();
        let mut errors = vec![0.0; side];
        sizes[last] += target.floor * ratio;
        for (j, g) in columns.iter().enumerate() {
            let seen = linalg::mul_adjoint_left(target.factor.as_ref(), g.as_ref());
            let weight = if j == k { 1.0 } else { ratio };
            let length = linalg::norm(g.as_ref());
            for i in 0..side {
                sizes[i] += weight * linalg::norm(seen.as_ref().subrows(i, 1)).powi(2);
                errors[i] += weight * deviation(target, i, length).powi(2);
            }
        }
        let n = side as f64;
        // The θ at which both losses at the end of the diagonal are alike.
        let theta = (n * errors[last] / sizes[last])
            .sqrt()
            .clamp(0.5 * SACRIFICE, 0.5);
        let factor = n * (1.0 + 1.0 / theta) / (1.0 - theta);
        let diagonal = (sizes.iter().zip(&errors))
            .map(|(size, error)| ROUNDING * size + factor * error)
            .collect();
        Self { diagonal, theta }
    }

    /// The ratio that an inequality with this reserve proves.
    pub(crate) fn ratio(&self, ratio: f64) -> f64 {
        ratio * (1.0 - self.theta) / (1.0 + self.theta)
    }

    /// The multiplier that proves it.
    pub(crate) fn multiplier(&self, multiplier: f64) -> f64 {
        multiplier * (1.0 - self.theta)
    }
}

/// `d_p` for columns of this length together.
fn deviation(target: &NormalisedTarget, row: usize, length: f64) -> f64 {
    ROUNDING * linalg::norm(target.factor.as_ref().subcols(row, 1)) * length
}

/// The least ratio of a target without errors that rounding of its `a_j` admits.
pub(crate) fn least_nominal(target: &NormalisedTarget, columns: &[Mat<c64>], k: usize) -> f64 {
    let (mut signal, mut rest) = (0.0, target.floor);
    for (j, g) in columns.iter().enumerate() {
        let seen = linalg::mul_adjoint_left(target.nominal(), g.as_ref());
        let amplitude = linalg::norm(seen.as_ref());
        let deviation = deviation(target, target.side() - 1, linalg::norm(g.as_ref()));
        if j == k {
            signal = (amplitude - deviation).max(0.0).powi(2);
        } else {
            rest += (amplitude + deviation).powi(2);
        }
    }
    signal / rest * (1.0 - SACRIFICE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ratio::normalised::NormalisedProblem;
    use crate::ratio::problem::{ErrorBlock, RatioProblem, RatioTarget};

    /// Two nearly parallel strong channels nulled by each other's beams: rounding of `ĥ^H w` is all that
    /// the margin consists of, and the reserve is what it takes; without nulls it is next to nothing.
    #[test]
    fn reserve_grows_where_beams_null_strong_channels() {
        let theta = |angle: f64, amplitude: f64| {
            let vector = |a: f64| {
                vec![
                    c64::from(amplitude * a.cos()),
                    c64::from(amplitude * a.sin()),
                ]
            };
            let target = |a: f64| RatioTarget {
                nominal: vector(a),
                floor: 1.0,
                errors: vec![ErrorBlock::Ball {
                    group: 0,
                    radius: 1e-3 * amplitude,
                }],
            };
            let problem = RatioProblem {
                group_sizes: vec![2],
                budgets: vec![1.0],
                targets: vec![target(0.0), target(angle)],
            }
            .check()
            .unwrap();
            let scaled = NormalisedProblem::new(&problem);
            let beam =
                |x: f64, y: f64| Mat::from_fn(2, 1, |i, _| c64::from([x, y][i] * 0.5f64.sqrt()));
            let columns = [beam(angle.sin(), -angle.cos()), beam(0.0, 1.0)];
            Reserve::new(&scaled.targets[0], &columns, 0, 1.0, &[0.0]).theta
        };
        assert!(theta(1.0, 1e3) == 0.5 * SACRIFICE);
        // The signal is sin² of the angle of what rounding is relative to.
        let (small, smaller) = (theta(1e-6, 1e9), theta(1e-7, 1e9));
        assert!(small > 1e-8 && small < 1e-6, "{small:e}");
        assert!(
            (smaller / small - 10.0).abs() < 0.1,
            "{small:e} {smaller:e}"
        );
    }

    /// The formulas at the top, written out for two beams that (nearly) null a strong channel.
    #[test]
    fn reserve_is_what_the_inequality_needs() {
        let target = |x: f64, y: f64| RatioTarget {
            nominal: vec![c64::from(x), c64::from(y)],
            floor: 1.0,
            errors: vec![ErrorBlock::Ball {
                group: 0,
                radius: 1e-3,
            }],
        };
        let problem = RatioProblem {
            group_sizes: vec![2],
            budgets: vec![1.0],
            targets: vec![target(1.0, 0.0), target(0.0, 1.0)],
        }
        .check()
        .unwrap();
        let scaled = NormalisedProblem::new(&problem);
        let mut target = scaled.targets[0].clone();
        target.floor = 1e-26;
        let beams = [[1e-12, 0.6], [2e-13, 0.8]];
        let columns = beams.map(|g| Mat::from_fn(2, 1, |i, _| c64::from(g[i])));
        let (ratio, multiplier) = (3.0, 1e-25);
        let reserve = Reserve::new(&target, &columns, 0, ratio, &[multiplier]);

        let weights = [1.0, ratio];
        let b = |p: usize| [target.factor[(0, p)].re, target.factor[(1, p)].re];
        let size = |p: usize| -> f64 {
            let terms = (0..2).map(|j| {
                let a = b(p)[0] * beams[j][0] + b(p)[1] * beams[j][1];
                weights[j] * a * a
            });
            multiplier + terms.sum::<f64>() + if p == 2 { target.floor * ratio } else { 0.0 }
        };
        let error = |p: usize| -> f64 {
            let length = b(p)[0].hypot(b(p)[1]);
            let d = |j: usize| ROUNDING * length * beams[j][0].hypot(beams[j][1]);
            (0..2).map(|j| weights[j] * d(j) * d(j)).sum()
        };
        let theta = (3.0 * error(2) / size(2)).sqrt();
        assert!(theta > 0.01 && theta < 0.2, "{theta}");
        let same = |x: f64, y: f64| assert!((x / y - 1.0).abs() < 1e-12, "{x:e} {y:e}");
        for p in 0..3 {
            let lost = 3.0 * (1.0 + 1.0 / theta) / (1.0 - theta) * error(p);
            same(reserve.diagonal[p], ROUNDING * size(p) + lost);
        }
        same(reserve.ratio(2.0), 2.0 * (1.0 - theta) / (1.0 + theta));
        same(reserve.multiplier(2.0), 2.0 * (1.0 - theta));
    }
}
