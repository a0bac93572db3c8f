//! A lower bound of the smallest eigenvalue of `R D R^H` without forming it, for matrices too large for
//! [`tridiagonal`](super::tridiagonal).
//!
//! Lanczos' iteration with full reorthogonalisation, as for the lengths of steps in K.-C. Toh, SIAM J. Optim. 14 (2003). The bound
//! is the smallest Ritz value less its residual; an eigenvector that the start does not see could be missed, so whoever
//! takes a step has to look whether it stayed inside.

use faer::{Mat, c64};

use super::linalg;
use super::split_complex::{SplitComplex, axpy, dot};

/// Side from which this is faster than a reduction to tridiagonal form.
pub(crate) const LARGE: usize = 64;

/// Most Lanczos vectors.
const MOST: usize = 60;

/// Relative error of the bound that is good enough.
const ACCURACY: f64 = 0.01;

/// A vector in two planes; the second is empty where everything is real.
type Vector = [Vec<f64>; 2];

fn inner(x: &Vector, y: &Vector) -> (f64, f64) {
    let re = dot(&x[0], &y[0]) + dot(&x[1], &y[1]);
    let im = if x[1].is_empty() {
        0.0
    } else {
        dot(&x[0], &y[1]) - dot(&x[1], &y[0])
    };
    (re, im)
}

/// `y += (re + j im) x`.
fn add(y: &mut Vector, x: &Vector, re: f64, im: f64) {
    let [y_re, y_im] = y;
    axpy(re, &x[0], y_re);
    if !x[1].is_empty() {
        axpy(re, &x[1], y_im);
        axpy(-im, &x[1], y_re);
        axpy(im, &x[0], y_im);
    }
}

/// `R^H x`, `D x` or `R x`, `R` lower triangular.
#[derive(Clone, Copy)]
enum Factor<'a> {
    Adjoint(&'a SplitComplex),
    Whole(&'a SplitComplex),
    Lower(&'a SplitComplex),
}

fn apply(factor: Factor<'_>, x: &Vector) -> Vector {
    let real = x[1].is_empty();
    let n = x[0].len();
    let mut out = [vec![0.0; n], vec![0.0; if real { 0 } else { n }]];
    for j in 0..n {
        let (a, first) = match factor {
            Factor::Adjoint(a) | Factor::Lower(a) => (a, j),
            Factor::Whole(a) => (a, 0),
        };
        let (re, im) = a.column(j);
        let (re, im) = (&re[first..n], &im[first..n]);
        if let Factor::Adjoint(_) = factor {
            out[0][j] = dot(re, &x[0][first..]);
            if !real {
                out[0][j] += dot(im, &x[1][first..]);
                out[1][j] = dot(re, &x[1][first..]) - dot(im, &x[0][first..]);
            }
            continue;
        }
        let [out_re, out_im] = &mut out;
        axpy(x[0][j], re, &mut out_re[first..]);
        if !real {
            axpy(-x[1][j], im, &mut out_re[first..]);
            axpy(x[0][j], im, &mut out_im[first..]);
            axpy(x[1][j], re, &mut out_im[first..]);
        }
    }
    out
}

/// A lower bound of the smallest eigenvalue of `R D R^H`, `R` lower triangular and `D` Hermitian, good to a hundredth. Where
/// a Ritz value less its residual is above `enough`, that is returned at once: no bound, but a sign that the eigenvalue is
/// hardly below `enough`. `None` if it takes too many vectors, or if the start is in an invariant subspace.
pub(crate) fn smallest_of_congruence(
    r: &SplitComplex,
    d: &SplitComplex,
    enough: f64,
) -> Option<f64> {
    let n = d.cols();
    let real = r.is_real() && d.is_real();
    // Any vector will do that has a part along each eigenvector.
    let entry = |i: usize| 1.0 + 0.5 * ((i * i + 1) as f64).sin();
    let mut v: Vector = [
        (0..n).map(entry).collect(),
        vec![0.0; if real { 0 } else { n }],
    ];
    let mut basis: Vec<Vector> = Vec::new();
    let (mut diagonal, mut off): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    let mut length = inner(&v, &v).0.sqrt();
    let mut next_check = 6;
    while basis.len() < MOST.min(n) {
        v.iter_mut().flatten().for_each(|x| *x /= length);
        let mut w = apply(
            Factor::Lower(r),
            &apply(Factor::Whole(d), &apply(Factor::Adjoint(r), &v)),
        );
        diagonal.push(inner(&v, &w).0);
        basis.push(v);
        for _ in 0..2 {
            for q in &basis {
                let (re, im) = inner(q, &w);
                add(&mut w, q, -re, -im);
            }
        }
        length = inner(&w, &w).0.sqrt();
        if !length.is_finite() {
            return None;
        }
        let size = diagonal
            .iter()
            .chain(&off)
            .fold(0.0f64, |s, x| s.max(x.abs()));
        let exhausted = basis.len() == n || length <= 1e-14 * size;
        if basis.len() >= next_check || exhausted {
            next_check += next_check / 2;
            let (least, last) = smallest_ritz(&diagonal, &off)?;
            if exhausted {
                // All of the space, or else an invariant part of it, and what is outside is not known.
                return (basis.len() == n).then_some(least - 1e-14 * size);
            }
            let error = length * last;
            if error <= ACCURACY * least.abs() || least - error > enough {
                return Some(least - error);
            }
        }
        off.push(length);
        v = w;
    }
    None
}

/// Smallest eigenvalue of a tridiagonal matrix, and the last component of its eigenvector.
fn smallest_ritz(diagonal: &[f64], off: &[f64]) -> Option<(f64, f64)> {
    let n = diagonal.len();
    let t = Mat::from_fn(n, n, |i, j| {
        c64::from(match i.abs_diff(j) {
            0 => diagonal[i],
            1 => off[i.min(j)],
            _ => 0.0,
        })
    });
    let (values, vectors) = linalg::eigen(t.as_ref(), true)?;
    Some((values[0], vectors[(n - 1, 0)].norm()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invariant_subspace_is_no_bound() {
        // The start has no part in what changes the sign of two equal coordinates.
        let n = 2;
        let d = SplitComplex::from_mat(Mat::<c64>::identity(n, n).as_ref());
        let found = smallest_of_congruence(&d, &d, f64::INFINITY);
        assert!(found.is_none());
    }
    use crate::hermitian::split_complex::Right;

    /// Dense matrices of many sizes: an eigenvector that the start does not see may be missed in others.
    #[test]
    fn bounds_the_smallest_eigenvalue_of_dense_matrices() {
        let mut state = 1u64;
        let mut draw = || {
            // Knuth's linear congruential sequence.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        for case in 0..120 {
            let (n, real) = (2 + case % 39, case % 3 == 0);
            let mut entry = || c64::new(draw(), if real { 0.0 } else { draw() });
            let r = Mat::from_fn(n, n, |i, j| match i.cmp(&j) {
                std::cmp::Ordering::Less => c64::from(0.0),
                std::cmp::Ordering::Equal => c64::from(1.5 + entry().re),
                std::cmp::Ordering::Greater => entry(),
            });
            let mut d = Mat::from_fn(n, n, |_, _| entry());
            linalg::symmetrise(&mut d);
            let shift = entry().re + 1.0;
            for i in 0..n {
                d[(i, i)] += c64::from(shift);
            }
            let (r, d) = (
                SplitComplex::from_mat(r.as_ref()),
                SplitComplex::from_mat(d.as_ref()),
            );
            let mut half = SplitComplex::zeros(n, n);
            half.product(&r, Right::Plain(&d), false);
            let mut whole = SplitComplex::zeros(n, n);
            whole.product(&half, Right::Adjoint(&r), false);
            let (values, _) = linalg::eigen(whole.to_mat().as_ref(), false).unwrap();
            let size = values.iter().fold(0.0f64, |s, v| s.max(v.abs()));
            let found = smallest_of_congruence(&r, &d, f64::INFINITY).unwrap();
            assert!(
                found <= values[0] + 1e-12 * size,
                "{case}: {found} {values:?}"
            );
            let least = values[0] - 0.011 * values[0].abs() - 1e-12 * size;
            assert!(found >= least, "{case}: {found} {values:?}");
            let enough = values[0] - 0.5 * size - 1e-9;
            let found = smallest_of_congruence(&r, &d, enough).unwrap();
            assert!(found > enough, "{case}: {found} {values:?}");
        }
    }
}
