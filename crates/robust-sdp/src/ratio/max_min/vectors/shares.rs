//! What each target's inequality contributes to the gradient and the Hessian in the columns.

use faer::{Mat, MatRef, c64};

use super::barrier::{Interior, Model, Point};
use crate::hermitian::Field;
use crate::hermitian::linalg;

/// What one target contributes to the blocks of columns.
pub(super) struct Shares {
    /// `A = T S^{-1} T^H`, `T = F^H B_k`.
    quadratic: Mat<c64>,
    /// `A x_i`, side by side.
    pub(super) quadratic_columns: Mat<c64>,
    /// `x_j^H A x_i`.
    inner: Mat<c64>,
    real: Option<RealShares>,
}

/// [`Shares`] with the inverse slack, and with the estimate of the multiplier in its place.
pub(super) struct BothShares {
    pub(super) primal: Shares,
    pub(super) dual: Shares,
}

/// The same for the conjugate half of an inequality over the reals.
pub(super) struct RealShares {
    /// `T S^{-1} T^T`.
    symmetric: Mat<c64>,
    /// `T S^{-1} conj(b_i)`, side by side.
    columns: Mat<c64>,
    /// `b_j^T S^{-1} b_i`.
    inner: Mat<c64>,
}

impl Shares {
    pub(super) fn new(
        model: &Model<'_>,
        interior: &Interior,
        point: &Point,
        k: usize,
        inverse: &Mat<c64>,
    ) -> Self {
        let factor = model.factors[k].as_ref();
        let slack = &interior.slacks[k];
        let half = linalg::mul_adjoint_left(factor, inverse.as_ref());
        let mut quadratic = linalg::mul(half.as_ref(), factor);
        linalg::symmetrise(&mut quadratic);
        let quadratic_columns = linalg::mul(half.as_ref(), slack.images.as_ref());
        let inner = linalg::mul_adjoint_left(point.columns.as_ref(), quadratic_columns.as_ref());
        let real = (model.field(k) == Field::Real).then(|| {
            let conjugated = conjugate(slack.images.as_ref());
            RealShares {
                symmetric: linalg::mul(half.as_ref(), conjugate(factor).as_ref()),
                columns: linalg::mul(half.as_ref(), conjugated.as_ref()),
                inner: linalg::mul_adjoint_left(
                    conjugated.as_ref(),
                    linalg::mul(inverse.as_ref(), slack.images.as_ref()).as_ref(),
                ),
            }
        });
        Self {
            quadratic,
            quadratic_columns,
            inner,
            real,
        }
    }
}

/// [`stationarity`] of all targets.
pub(super) fn stationarities(
    model: &Model<'_>,
    point: &Point,
    interior: &Interior,
) -> Vec<Mat<c64>> {
    let shares: Vec<Shares> = (0..model.targets())
        .map(|k| Shares::new(model, interior, point, k, &interior.slacks[k].inverse))
        .collect();
    let prices: Vec<f64> = interior.unused.iter().map(|u| 1.0 / u).collect();
    (0..model.targets())
        .map(|j| stationarity(model, point, &prices, shares.iter(), j))
        .collect()
}

/// `Σ_m G_m / unused_m - Σ_k c_{kj} A_k`: zero on the columns of target `j` at a stationary point, and
/// positive semidefinite where the point solves the relaxation.
pub(super) fn stationarity<'s>(
    model: &Model<'_>,
    point: &Point,
    prices: &[f64],
    shares: impl Iterator<Item = &'s Shares>,
    j: usize,
) -> Mat<c64> {
    let n = model.dimension();
    let mut d = Mat::<c64>::zeros(n, n);
    for (form, &price) in model.budgets.iter().zip(prices) {
        d += form * faer::Scale(re(price));
    }
    for (k, share) in shares.enumerate() {
        let weight = if k == j { -1.0 } else { point.ratio() };
        d += &share.quadratic * faer::Scale(re(weight));
    }
    d
}

/// The matrices `C`, `E` with second derivative `Re(δ_i^H C δ_j + δ_i^T E δ_j)` of `-Σ log det S_k`
/// through its first-order changes.
pub(super) fn pair(
    point: &Point,
    shares: &[BothShares],
    i: usize,
    j: usize,
    n: usize,
) -> (Mat<c64>, Mat<c64>) {
    let mut hermitian = Mat::<c64>::zeros(n, n);
    let mut left = Mat::<c64>::zeros(n, 2 * shares.len());
    let mut right = Mat::<c64>::zeros(n, 2 * shares.len());
    let mut conjugates = Vec::new();
    for (k, both) in shares.iter().enumerate() {
        let mut weight = point.weight(k, i) * point.weight(k, j);
        if both.primal.real.is_some() {
            weight *= 0.5;
        }
        let turns = [(&both.primal, &both.dual), (&both.dual, &both.primal)];
        for (turn, (one, two)) in turns.into_iter().enumerate() {
            add_scaled(&mut hermitian, &one.quadratic, two.inner[(j, i)] * weight);
            for r in 0..n {
                left[(r, 2 * k + turn)] = one.quadratic_columns[(r, j)].conj();
                right[(r, 2 * k + turn)] = two.quadratic_columns[(r, i)] * weight;
            }
            if let (Some(one), Some(two)) = (&one.real, &two.real) {
                let outer = linalg::mul_adjoint_right(
                    one.columns.as_ref().subcols(j, 1),
                    two.columns.as_ref().subcols(i, 1),
                );
                add_scaled(&mut hermitian, &outer, re(weight));
                conjugates.push((one, two.inner[(j, i)].conj() * weight));
            }
        }
    }
    let mut bilinear = linalg::mul_adjoint_right(left.as_ref(), right.as_ref());
    for (real, weight) in conjugates {
        add_scaled(&mut bilinear, &conjugate(real.symmetric.as_ref()), weight);
    }
    (hermitian, bilinear)
}

pub(super) fn re(value: f64) -> c64 {
    c64::new(value, 0.0)
}

fn conjugate(a: MatRef<'_, c64>) -> Mat<c64> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[(i, j)].conj())
}

fn add_scaled(sum: &mut Mat<c64>, a: &Mat<c64>, weight: c64) {
    for j in 0..a.ncols() {
        let (from, to) = (a.col_as_slice(j), sum.col_as_slice_mut(j));
        for (x, y) in to.iter_mut().zip(from) {
            *x += y * weight;
        }
    }
}
