//! Substitution with one right-hand side.
//!
//! Four columns of the factor at a time, so that the vector passes through the registers a
//! quarter as often: what costs is reading the factor once.

use pulp::{Arch, Simd, WithSimd};

/// Columns taken together.
const WIDTH: usize = 4;

/// Overwrites `x` with `(L L^T)^{-1} x` for a lower triangular `L`, column-major, columns `stride`
/// apart.
pub(crate) fn solve_factored(factor: &[f64], stride: usize, x: &mut [f64]) {
    Arch::new().dispatch(Substitution { factor, stride, x });
}

struct Substitution<'a> {
    factor: &'a [f64],
    stride: usize,
    x: &'a mut [f64],
}

impl WithSimd for Substitution<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { factor, stride, x } = self;
        let n = x.len();
        let whole = n - n % WIDTH;
        for j in (0..whole).step_by(WIDTH) {
            let l: [&[f64]; WIDTH] =
                std::array::from_fn(|c| &factor[stride * (j + c)..stride * (j + c) + n]);
            let mut head = [0.0; WIDTH];
            for c in 0..WIDTH {
                let mut v = x[j + c];
                for k in 0..c {
                    v -= l[k][j + c] * head[k];
                }
                head[c] = v / l[c][j + c];
                x[j + c] = head[c];
            }
            let next = j + WIDTH;
            subtract_columns(
                simd,
                std::array::from_fn(|c| &l[c][next..]),
                head,
                &mut x[next..],
            );
        }
        for j in whole..n {
            let column = &factor[stride * j..stride * j + n];
            x[j] /= column[j];
            for i in j + 1..n {
                x[i] -= column[i] * x[j];
            }
        }
        for j in (whole..n).rev() {
            let column = &factor[stride * j..stride * j + n];
            for i in j + 1..n {
                x[j] -= column[i] * x[i];
            }
            x[j] /= column[j];
        }
        for j in (0..whole).step_by(WIDTH).rev() {
            let l: [&[f64]; WIDTH] =
                std::array::from_fn(|c| &factor[stride * (j + c)..stride * (j + c) + n]);
            let next = j + WIDTH;
            let sums = dot_columns(simd, std::array::from_fn(|c| &l[c][next..]), &x[next..]);
            for c in (0..WIDTH).rev() {
                let mut v = x[j + c] - sums[c];
                for k in c + 1..WIDTH {
                    v -= l[c][j + k] * x[j + k];
                }
                x[j + c] = v / l[c][j + c];
            }
        }
    }
}

/// `x -= Σ_c weights_c columns_c`.
#[inline(always)]
fn subtract_columns<S: Simd>(
    simd: S,
    columns: [&[f64]; WIDTH],
    weights: [f64; WIDTH],
    x: &mut [f64],
) {
    let w = weights.map(|w| simd.splat_f64s(-w));
    let parts = columns.map(|c| S::as_simd_f64s(c));
    let (head, tail) = S::as_mut_simd_f64s(x);
    let [a, b, c, d] = parts.map(|p| &p.0[..head.len()]);
    for (i, x) in head.iter_mut().enumerate() {
        let left = simd.mul_add_e_f64s(a[i], w[0], simd.mul_add_e_f64s(b[i], w[1], *x));
        let right = simd.mul_add_e_f64s(c[i], w[2], simd.mul_f64s(d[i], w[3]));
        *x = simd.add_f64s(left, right);
    }
    for (i, x) in tail.iter_mut().enumerate() {
        for c in 0..WIDTH {
            *x -= weights[c] * parts[c].1[i];
        }
    }
}

/// `columns_c · x`.
#[inline(always)]
fn dot_columns<S: Simd>(simd: S, columns: [&[f64]; WIDTH], x: &[f64]) -> [f64; WIDTH] {
    let parts = columns.map(|c| S::as_simd_f64s(c));
    let (head, tail) = S::as_simd_f64s(x);
    let [a, b, c, d] = parts.map(|p| &p.0[..head.len()]);
    let mut even = [simd.splat_f64s(0.0); WIDTH];
    let mut odd = even;
    let mut i = 0;
    while i + 1 < head.len() {
        let columns = [a, b, c, d];
        for k in 0..WIDTH {
            even[k] = simd.mul_add_e_f64s(columns[k][i], head[i], even[k]);
            odd[k] = simd.mul_add_e_f64s(columns[k][i + 1], head[i + 1], odd[k]);
        }
        i += 2;
    }
    if i < head.len() {
        let columns = [a, b, c, d];
        for k in 0..WIDTH {
            even[k] = simd.mul_add_e_f64s(columns[k][i], head[i], even[k]);
        }
    }
    std::array::from_fn(|k| {
        let rest: f64 = parts[k].1.iter().zip(tail).map(|(l, x)| l * x).sum();
        simd.reduce_sum_f64s(simd.add_f64s(even[k], odd[k])) + rest
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use faer::linalg::solvers::Solve;
    use faer::{Mat, Side};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_a_general_solver(n in 1usize..40, seed in prop::collection::vec(-1.0..1.0f64, 64)) {
            let stride = n + 3;
            let entry = |i: usize, j: usize| seed[(7 * i + 13 * j + i * j) % 64];
            let lower = Mat::from_fn(n, n, |i, j| match i.cmp(&j) {
                std::cmp::Ordering::Less => 0.0,
                std::cmp::Ordering::Equal => 1.5 + entry(i, i),
                std::cmp::Ordering::Greater => entry(i, j) / n as f64,
            });
            let mut factor = vec![f64::NAN; stride * n];
            for j in 0..n { for i in j..n { factor[i + stride * j] = lower[(i, j)]; } }
            let rhs: Vec<f64> = (0..n).map(|i| seed[(i * 5) % 64]).collect();
            let mut x = rhs.clone();
            solve_factored(&factor, stride, &mut x);
            let a = &lower * lower.transpose();
            let b = Mat::from_fn(n, 1, |i, _| rhs[i]);
            let expected = a.llt(Side::Lower).unwrap().solve(&b);
            for i in 0..n {
                prop_assert!((x[i] - expected[(i, 0)]).abs() < 1e-9 * (1.0 + expected[(i, 0)].abs()));
            }
        }
    }
}
