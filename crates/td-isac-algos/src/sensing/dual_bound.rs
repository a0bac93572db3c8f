//! What a program's multipliers prove about the sensing problem, whoever found them.
//!
//! In the coordinates of [`super::program`] let `Z^{lm} ⪰ 0` and `N` be any real matrices with
//! `Z^{lm}_{11} ⪰ N N^T` (the block of the positions). Then for all admissible covariances
//!
//! ```math
//! \mathrm{Tr}\,T \ge 2\,\mathrm{Tr}\,N^T S - \mathrm{Tr}\,N^T J_e N
//!    \ge 2\,\mathrm{Tr}\,N^T S - \sum_{lm} \langle Z^{lm}, \Gamma^{lm}(X_m)\rangle ,
//! ```
//!
//! `Γ^{lm}` the Gram matrix of a pair's derivatives: the first because `[[J_e, S], [S, T]] ⪰ 0`, the second
//! because `J_e = Σ Y^{lm}` with `Y^{lm} ⪰ 0` and `Γ^{lm} - diag(Y^{lm}, 0) ⪰ 0`. The right-hand side is linear in
//! `X_m`, whose trace is one, and `(sN, s²Z)` will do as well, so with
//! `A_m = Σ_l Σ_i T_i^H Z^{lm} T_i`
//!
//! ```math
//! \mathrm{Tr}\,T \ge \frac{(\mathrm{Tr}\,N^T S)^2}{\sum_m \lambda_{\max}(A_m) + \mathrm{floor}_m \mathrm{Tr}\,A_m} .
//! ```
//!
//! Multipliers that a solver left a little outside of their cones are put inside first, so this
//! is a bound for any input. Unlike the certificate of the covariances alone, it is as good as
//! the program's duality gap.

use faer::{Mat, Side, c64};

use super::hermitian;
use super::interior_point::largest_eigenvalue;

/// One pair of access points as the bound sees it.
pub(super) struct PairMultiplier<'a> {
    /// `T_i`: positions first, then gains.
    pub factors: &'a [Mat<c64>],
    /// `Z^{lm}`; without nuisance gains `N N^T` takes its place.
    pub multiplier: Option<&'a Mat<c64>>,
}

/// A lower bound of `Tr T`.
///
/// `pairs[m]` holds the pairs that access point `m` transmits for, `floors[m]` the power of a constant
/// isotropic part, `weights` the diagonal of `S` and `coupling` the matrix `N`. `None` when an
/// eigenvalue iteration fails.
pub(super) fn lower_bound(
    coupling: &Mat<f64>,
    weights: &[f64],
    pairs: &[Vec<PairMultiplier<'_>>],
    floors: &[f64],
) -> Option<f64> {
    let reward: f64 = (weights.iter().enumerate())
        .map(|(t, s)| coupling[(t, t)] * s)
        .sum();
    let required = coupling * coupling.transpose();
    let mut price = 0.0;
    for (pairs, floor) in pairs.iter().zip(floors) {
        let side = pairs.first()?.factors.first()?.ncols();
        let mut cost = Mat::<c64>::zeros(side, side);
        for pair in pairs {
            let multiplier = match pair.multiplier {
                Some(z) => admissible(z, &required)?,
                None => required.clone(),
            };
            let multiplier = Mat::from_fn(multiplier.nrows(), multiplier.ncols(), |i, j| {
                c64::from(multiplier[(i, j)])
            });
            for factor in pair.factors {
                cost += factor.adjoint() * (&multiplier * factor);
            }
        }
        let cost = hermitian::hermitian_part(&cost);
        price += largest_eigenvalue(&cost)? + floor * hermitian::trace(&cost);
    }
    let bound = reward * reward / price;
    (reward > 0.0 && bound.is_finite()).then_some(bound)
}

/// A positive semidefinite matrix near the real part of `multiplier` whose leading block is at
/// least `required`.
fn admissible(multiplier: &Mat<c64>, required: &Mat<f64>) -> Option<Mat<f64>> {
    let side = multiplier.nrows();
    let real = Mat::from_fn(side, side, |i, j| {
        0.5 * (multiplier[(i, j)].re + multiplier[(j, i)].re)
    });
    let mut out = positive_part(&real)?;
    let count = required.nrows();
    let lacking = required - out.submatrix(0, 0, count, count);
    let mut corner = out.submatrix_mut(0, 0, count, count);
    corner += positive_part(&lacking)?;
    Some(out)
}

fn positive_part(matrix: &Mat<f64>) -> Option<Mat<f64>> {
    let eigen = matrix.self_adjoint_eigen(Side::Lower).ok()?;
    let values = eigen.S().column_vector();
    let u = eigen.U();
    let scaled = Mat::from_fn(u.nrows(), u.ncols(), |i, j| u[(i, j)] * values[j].max(0.0));
    Some(scaled * u.transpose())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Positions, and the real and the imaginary part of one gain.
    const COUNT: usize = 2;
    const NUISANCES: usize = 2;

    fn complex(values: &[f64], rows: usize, columns: usize, shift: usize) -> Mat<c64> {
        let at = |k: usize| values[(k + shift) % values.len()];
        Mat::from_fn(rows, columns, |i, j| {
            let k = 2 * (i * columns + j);
            c64::new(at(k), at(k + 1))
        })
    }

    fn square(root: &Mat<c64>) -> Mat<c64> {
        root * root.adjoint()
    }

    /// `Re Σ T_i X T_i^H`.
    fn gram(factors: &[Mat<c64>], x: &Mat<c64>) -> Mat<f64> {
        let side = factors[0].nrows();
        let sum = (factors.iter()).fold(Mat::<c64>::zeros(side, side), |sum, t| {
            sum + t * x * t.adjoint()
        });
        Mat::from_fn(side, side, |i, j| sum[(i, j)].re)
    }

    /// The Schur complement of the gains.
    fn equivalent(gram: &Mat<f64>) -> Mat<f64> {
        use faer::linalg::solvers::Solve;
        let positions = gram.submatrix(0, 0, COUNT, COUNT).to_owned();
        if gram.nrows() == COUNT {
            return positions;
        }
        let gains = gram.submatrix(COUNT, COUNT, NUISANCES, NUISANCES);
        let coupling = gram.submatrix(COUNT, 0, NUISANCES, COUNT).to_owned();
        let solved = gains.partial_piv_lu().solve(&coupling);
        positions - coupling.transpose() * solved
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// Whatever the multipliers, no covariance does better than the bound.
        #[test]
        fn no_covariance_beats_the_bound(
            data in prop::collection::vec(-1.0..1.0f64, 181),
            multiplier in prop::collection::vec(-1.0..1.0f64, 97),
            coupling in prop::array::uniform4(-1.0..1.0f64),
            floor in 0.0..0.2f64,
        ) {
            let weights = [0.8, 0.6];
            let side = 3;
            // Two receivers with an unknown gain, and one without.
            let factors: Vec<Vec<Mat<c64>>> = [COUNT + NUISANCES, COUNT + NUISANCES, COUNT]
                .iter()
                .enumerate()
                .map(|(l, rows)| {
                    (0..2).map(|i| complex(&data, *rows, side, 17 * l + 31 * i)).collect()
                })
                .collect();
            let indefinite = |l: usize| {
                let z = complex(&multiplier, COUNT + NUISANCES, COUNT + NUISANCES, 29 * l);
                // Mostly inside of its cone, as a solver's would be, but not quite.
                square(&z) - Mat::<c64>::identity(COUNT + NUISANCES, COUNT + NUISANCES)
                    * faer::Scale(c64::from(0.05))
            };
            let multipliers = [indefinite(0), indefinite(1)];
            let pairs = vec![(factors.iter().enumerate())
                .map(|(l, factors)| PairMultiplier { factors, multiplier: multipliers.get(l) })
                .collect()];
            let n = Mat::from_fn(COUNT, COUNT, |i, j| coupling[2 * i + j] + if i == j { 1.0 } else { 0.0 });
            let bound = lower_bound(&n, &weights, &pairs, &[floor]);
            prop_assume!(bound.is_some());
            for shift in 0..5 {
                let x = square(&complex(&data, side, side, 7 * shift + 3));
                let x = faer::Scale(c64::from(1.0 / hermitian::trace(&x))) * x;
                let lit = x + Mat::<c64>::identity(side, side) * faer::Scale(c64::from(floor));
                let information = (factors.iter())
                    .map(|factors| equivalent(&gram(factors, &lit)))
                    .fold(Mat::<f64>::zeros(COUNT, COUNT), |a, b| a + b);
                let (a, b, d) = (information[(0, 0)], information[(0, 1)], information[(1, 1)]);
                let determinant = a * d - b * b;
                let value = (weights[0].powi(2) * d + weights[1].powi(2) * a) / determinant;
                prop_assert!(value >= bound.unwrap() * (1.0 - 1e-9), "{value} {bound:?}");
            }
        }
    }

    /// One receiver, known gains: the bound is the optimum, `S²` over the largest `‖d‖²`.
    #[test]
    fn the_bound_is_attained() {
        let factor = Mat::from_fn(1, 2, |_, j| c64::new(1.0 + j as f64, 0.5));
        let length = factor.squared_norm_l2();
        let pairs = vec![vec![PairMultiplier {
            factors: std::slice::from_ref(&factor),
            multiplier: None,
        }]];
        let coupling = Mat::from_fn(1, 1, |_, _| 0.3);
        let bound = lower_bound(&coupling, &[1.0], &pairs, &[0.0]).unwrap();
        assert!((bound * length - 1.0).abs() < 1e-12);
    }
}
