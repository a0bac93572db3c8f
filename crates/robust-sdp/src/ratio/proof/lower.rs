//! Lower bounds: a ratio that given forms attain for every error.
//!
//! With `a_j = F^H G_j` the inequality of [`super::inequality`] at `γ` is
//!
//! ```text
//! a_k a_k^H/γ - Σ_{j≠k} a_j a_j^H - Σ_i μ_i Q_i - σ² e_last e_last^T ⪰ 0,
//! ```
//!
//! and the exact `a_j` differ from the computed ones. Divide the exact inequality at `γ (1-θ)/(1+θ)`, with
//! multipliers `(1+θ) μ`, by `1+θ`: by [`super::rounding`] it is the computed one at `γ` less
//! `(δ_k δ_k^H/γ + Σ δ_j δ_j^H)/(θ (1-θ))` at most, and with a floor of `σ²/(1+θ)` only.

use faer::{Mat, c64};

use super::inequality::{Inequality, last_pivot};
use super::rounding::{ROUNDING, Reserve};
use crate::hermitian::linalg;
use crate::ratio::problem::ValidRatioProblem;

/// The ratio that one target is proven to keep under given forms, for every error, and the multipliers that prove it.
///
/// What [`worst_case_ratios`](crate::worst_case_ratios) answers. Only the proofs make one, by the check and never by
/// assertion; [`certify`](crate::certify) repeats it.
///
/// ```compile_fail,E0451
/// let wishful = robust_sdp::Proven { ratio: 2.0, multipliers: vec![] };
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Proven {
    ratio: f64,
    multipliers: Vec<f64>,
}

impl Proven {
    /// Nothing: a ratio of zero, which any forms attain.
    pub fn nothing() -> Self {
        Self {
            ratio: 0.0,
            multipliers: Vec::new(),
        }
    }

    /// A ratio attained for every error, an allowance for rounding taken off; zero when none can be certified.
    pub fn ratio(&self) -> f64 {
        self.ratio
    }

    /// The multipliers that prove it, in the unit of the floor (empty when the ratio is zero): one for
    /// each ball and set of directions, in the order of the blocks; then for each group that
    /// [turns](crate::RatioTarget::turns) one for its arc and one, of any sign, for its modulus; then one for each
    /// pair of such groups whose phases add up to less than π.
    pub fn multipliers(&self) -> &[f64] {
        &self.multipliers
    }
}

/// The inequality of target `k` without the floor, `forms` as columns `G_j`; with the sizes of the terms of
/// its diagonal and the squared deviations of its products, weighted.
struct Claim<'a> {
    inequality: Inequality<'a>,
    matrix: Mat<c64>,
    sizes: Vec<f64>,
    errors: Vec<f64>,
}

impl<'a> Claim<'a> {
    fn new(
        problem: &'a ValidRatioProblem,
        forms: &[Mat<c64>],
        k: usize,
        gamma: f64,
        multipliers: &[f64],
    ) -> Self {
        let inequality = Inequality::new(problem, k);
        let side = inequality.side;
        let lengths = inequality.lengths();
        let mut matrix = Mat::<c64>::zeros(side, side);
        let mut errors = vec![0.0; side];
        inequality.add_multipliers(&mut matrix, multipliers);
        // The corner collects all multipliers; an entry off the diagonal counts in both its rows.
        let mut sizes = vec![0.0; side];
        for (multiplier, value) in inequality.multipliers.iter().zip(multipliers) {
            for &(p, _, entry) in &multiplier.entries {
                sizes[p] += (entry * value).abs();
            }
        }
        for (j, g) in forms.iter().enumerate() {
            let seen = inequality.seen(g.as_ref());
            let (weight, size) = if j == k {
                (1.0 / gamma, 1.0 / gamma)
            } else {
                (-1.0, 1.0)
            };
            matrix += linalg::mul_adjoint_right(seen.as_ref(), seen.as_ref())
                * faer::Scale(c64::from(weight));
            let length = linalg::norm(g.as_ref());
            for p in 0..side {
                sizes[p] += size * linalg::norm(seen.as_ref().subrows(p, 1)).powi(2);
                errors[p] += size * (ROUNDING * lengths[p] * length).powi(2);
            }
        }
        inequality.project(&mut matrix);
        Self {
            inequality,
            matrix,
            sizes,
            errors,
        }
    }
}

/// Whether forms attain `gamma` at target `k`, by multipliers in the unit of the floor. What is
/// proven is less than `gamma` by what rounding may have added: a part of `10^-10` where nothing cancels.
///
/// `None` if the inequality does not hold, or for multipliers of the wrong sign or number.
pub(crate) fn attains(
    problem: &ValidRatioProblem,
    forms: &[Mat<c64>],
    k: usize,
    gamma: f64,
    multipliers: &[f64],
) -> Option<Proven> {
    if !(gamma.is_finite() && gamma > 0.0) {
        return None;
    }
    let mut claim = Claim::new(problem, forms, k, gamma, multipliers);
    let expected = &claim.inequality.multipliers;
    let admissible = |(m, value): (&super::inequality::Multiplier, &f64)| {
        value.is_finite() && (m.free || *value >= 0.0)
    };
    if multipliers.len() != expected.len() || !expected.iter().zip(multipliers).all(admissible) {
        return None;
    }
    let (side, floor) = (claim.inequality.side, claim.inequality.floor());
    claim.sizes[side - 1] += floor;
    let reserve = Reserve::new(&claim.sizes, &claim.errors, side - 1..side);
    for (p, part) in reserve.diagonal.iter().enumerate() {
        claim.matrix[(p, p)] -= c64::from(*part);
    }
    (last_pivot(claim.matrix.as_ref()) >= floor).then(|| Proven {
        ratio: reserve.down(gamma),
        multipliers: multipliers.iter().map(|m| m * reserve.rest()).collect(),
    })
}

/// The largest floor, in units of the problem's own, at which forms attain `gamma` at target `k` with the given
/// multipliers; negative infinity where they do at none. As computed, without a reserve.
pub(crate) fn noise_margin(
    problem: &ValidRatioProblem,
    forms: &[Mat<c64>],
    k: usize,
    gamma: f64,
    multipliers: &[f64],
) -> f64 {
    let claim = Claim::new(problem, forms, k, gamma, multipliers);
    last_pivot(claim.matrix.as_ref()) / claim.inequality.floor()
}

/// The inequality of target `k` with its floor, and whether it is a number, with the size of its terms.
pub(super) fn matrix(
    problem: &ValidRatioProblem,
    forms: &[Mat<c64>],
    k: usize,
    gamma: f64,
    multipliers: &[f64],
) -> (Mat<c64>, f64) {
    let mut claim = Claim::new(problem, forms, k, gamma, multipliers);
    let last = claim.inequality.side - 1;
    let floor = claim.inequality.floor();
    claim.matrix[(last, last)] -= c64::from(floor);
    (claim.matrix, claim.sizes[last] + floor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ratio::problem::{ErrorBlock, RatioProblem, RatioTarget};

    fn column(values: &[f64]) -> Mat<c64> {
        Mat::from_fn(values.len(), 1, |i, _| c64::from(values[i]))
    }

    fn ball(nominal: [f64; 2], radius: f64, floor: f64) -> RatioTarget {
        RatioTarget {
            nominal: nominal.map(c64::from).to_vec(),
            errors: vec![ErrorBlock::Ball { group: 0, radius }],
            floor,
        }
    }

    fn problem(targets: Vec<RatioTarget>) -> ValidRatioProblem {
        RatioProblem {
            group_sizes: vec![2],
            budgets: vec![1.0],
            targets,
        }
        .check()
        .unwrap()
    }

    /// One vector of length 5 with a ball of radius 1 around it, one beam of length 1 along it, floor 2: the least
    /// ratio is (5 - 1)²/2 = 8. With the best multiplier 8 is accepted but for the reserve; with no other is it.
    #[test]
    fn nothing_is_accepted_that_is_not_so() {
        let problem = problem(vec![ball([3.0, 4.0], 1.0, 2.0)]);
        let forms = [column(&[0.6, 0.8])];
        // The determinant of the inequality along the beam, (1/γ + μ)(25/γ - μ - 2) = (5/γ)², at γ = 8.
        let best = 0.5;
        let found = attains(&problem, &forms, 0, 8.0 * (1.0 - 1e-7), &[best]).unwrap();
        assert!(found.ratio() < 8.0 && found.ratio() > 8.0 * (1.0 - 2e-7));
        for i in 0..2000 {
            let multiplier = 1e-3 * f64::from(i);
            assert_eq!(attains(&problem, &forms, 0, 8.0, &[multiplier]), None);
        }
        let accepted = |gamma: f64, m: &[f64]| attains(&problem, &forms, 0, gamma, m).is_some();
        assert!(accepted(4.0, &[1.0]));
        assert!(!accepted(4.0, &[-1.0]) && !accepted(4.0, &[f64::NAN]) && !accepted(4.0, &[]));
        assert!(!accepted(0.0, &[1.0]) && !accepted(f64::INFINITY, &[1.0]));
        let margin = noise_margin(&problem, &forms, 0, 8.0, &[best]);
        assert!((margin - 1.0).abs() < 1e-12, "{margin}");
    }

    /// A ball of radius 2 around a vector of length 1 leaves nothing. With a negative multiplier the inequality
    /// holds all the same, `[[4·2 - 2, 2·2], [2·2, 2 + 2 - 1]] ⪰ 0`: it proves nothing and must be refused.
    #[test]
    fn negative_multipliers_prove_nothing() {
        let problem = problem(vec![ball([1.0, 0.0], 2.0, 1.0)]);
        let forms = [Mat::from_fn(2, 2, |i, j| {
            c64::from(if i == j { 1.0 } else { 0.0 })
        })];
        assert!(noise_margin(&problem, &forms, 0, 0.5, &[-2.0]) > 1.0);
        assert_eq!(attains(&problem, &forms, 0, 0.5, &[-2.0]), None);
    }

    /// Two nearly parallel strong vectors nulled by each other's beams: rounding of `ĥ^H w` is all that
    /// the margin consists of, and what is proven gives way to it; without nulls next to nothing is given up.
    #[test]
    fn proofs_give_way_where_beams_null_strong_vectors() {
        let given_up = |angle: f64, amplitude: f64| {
            let vector = |a: f64| [amplitude * a.cos(), amplitude * a.sin()];
            let radius = 1e-9 * amplitude * angle.sin();
            let targets = [0.0, angle].map(|a| ball(vector(a), radius, 1.0));
            let problem = problem(targets.to_vec());
            let beam = |x: f64, y: f64| column(&[x, y].map(|v| v * 0.5f64.sqrt()));
            let forms = [beam(angle.sin(), -angle.cos()), beam(0.0, 1.0)];
            let signal = 0.5 * (amplitude * angle.sin()).powi(2);
            let found = attains(&problem, &forms, 0, 1.0, &[1e-6 * signal]);
            1.0 - found.unwrap().ratio()
        };
        assert!(given_up(1.0, 1e3) < 1.1e-10);
        let (small, smaller) = (given_up(1e-6, 1e9), given_up(1e-7, 1e9));
        assert!(small > 1e-8 && small < 1e-6, "{small:e}");
        assert!(
            (smaller / small - 10.0).abs() < 0.1,
            "{small:e} {smaller:e}"
        );
    }
}
