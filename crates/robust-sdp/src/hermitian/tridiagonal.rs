//! The smallest eigenvalue of a small Hermitian matrix.
//!
//! Householder's reduction to a real tridiagonal matrix, then Laguerre's iteration from below the
//! spectrum: for a polynomial with real roots it climbs monotonically and cubically to the
//! smallest one.

use pulp::{Arch, Simd, WithSimd};

use crate::hermitian::split_complex::SplitComplex;

/// Memory of [`smallest_eigenvalue`], reused.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    vector: [Vec<f64>; 2],
    image: [Vec<f64>; 2],
    diagonal: Vec<f64>,
    /// Squares of the off-diagonal entries.
    squares: Vec<f64>,
}

/// The smallest eigenvalue of a Hermitian matrix, which is overwritten, to about 1e-10 of its norm
/// and from below. `None` for entries that are not finite.
pub(crate) fn smallest_eigenvalue(a: &mut SplitComplex, workspace: &mut Workspace) -> Option<f64> {
    let n = a.cols();
    if n == 0 {
        return Some(f64::INFINITY);
    }
    reduce(a, workspace);
    let Workspace {
        diagonal, squares, ..
    } = &*workspace;
    let finite = diagonal.iter().chain(squares).all(|v| v.is_finite());
    finite.then(|| smallest_root(diagonal, squares))
}

/// Fills `diagonal` and `squares`.
fn reduce(a: &mut SplitComplex, workspace: &mut Workspace) {
    let n = a.cols();
    let stride = a.column(0).0.len();
    workspace.diagonal.clear();
    workspace.squares.clear();
    for part in workspace.vector.iter_mut().chain(&mut workspace.image) {
        part.clear();
        part.resize(stride, 0.0);
    }
    for k in 0..n {
        workspace.diagonal.push(a.get(k, k).re);
        if k + 1 == n {
            break;
        }
        let (re, im) = a.column(k);
        let [v_re, v_im] = &mut workspace.vector;
        v_re[k] = 0.0;
        v_im[k] = 0.0;
        v_re[k + 1..n].copy_from_slice(&re[k + 1..n]);
        v_im[k + 1..n].copy_from_slice(&im[k + 1..n]);
        let sum = |x: &[f64]| x.iter().map(|v| v * v).sum::<f64>();
        let below = sum(&v_re[k + 2..n]) + sum(&v_im[k + 2..n]);
        let first = v_re[k + 1].hypot(v_im[k + 1]);
        let square = below + first * first;
        workspace.squares.push(square);
        if below == 0.0 || !square.is_finite() {
            continue;
        }
        // v = x + e^{j arg x_1} ‖x‖ e_1, H = I - 2 v v^H / ‖v‖².
        let norm = square.sqrt();
        let (c, s) = if first > 0.0 {
            (v_re[k + 1] / first, v_im[k + 1] / first)
        } else {
            (1.0, 0.0)
        };
        v_re[k + 1] += c * norm;
        v_im[k + 1] += s * norm;
        Arch::new().dispatch(Reflect {
            a,
            first: k + 1,
            scale: 1.0 / (norm * (norm + first)),
            vector: &workspace.vector,
            image: &mut workspace.image,
        });
    }
}

/// `A ← H A H` on rows and columns from `first` on.
struct Reflect<'a> {
    a: &'a mut SplitComplex,
    first: usize,
    /// `2/‖v‖²`.
    scale: f64,
    vector: &'a [Vec<f64>; 2],
    image: &'a mut [Vec<f64>; 2],
}

impl WithSimd for Reflect<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            a,
            first,
            scale,
            vector: [v_re, v_im],
            image: [w_re, w_im],
        } = self;
        let n = a.cols();
        let skipped = first / S::F64_LANES;
        let vs_re = &S::as_simd_f64s(v_re).0[skipped..];
        let vs_im = &S::as_simd_f64s(v_im).0[skipped..];
        // p = scale · A v.
        w_re.fill(0.0);
        w_im.fill(0.0);
        for j in first..n {
            let (c_re, c_im) = (scale * v_re[j], scale * v_im[j]);
            let (re, im) = a.column(j);
            let re = &S::as_simd_f64s(re).0[skipped..];
            let im = &S::as_simd_f64s(im).0[skipped..];
            let (c_re, c_im) = (simd.splat_f64s(c_re), simd.splat_f64s(c_im));
            let ws_re = &mut S::as_mut_simd_f64s(w_re).0[skipped..];
            let ws_im = &mut S::as_mut_simd_f64s(w_im).0[skipped..];
            for (((x, y), re), im) in ws_re.iter_mut().zip(ws_im).zip(re).zip(im) {
                *x = simd.mul_add_e_f64s(*re, c_re, *x);
                *y = simd.mul_add_e_f64s(*re, c_im, *y);
                *x = simd.negate_mul_add_e_f64s(*im, c_im, *x);
                *y = simd.mul_add_e_f64s(*im, c_re, *y);
            }
        }
        // w = p - (scale/2) (v^H p) v, and v^H p is real.
        let mut overlap = 0.0;
        for j in first..n {
            overlap += v_re[j] * w_re[j] + v_im[j] * w_im[j];
        }
        let back = 0.5 * scale * overlap;
        for j in first..n {
            w_re[j] -= back * v_re[j];
            w_im[j] -= back * v_im[j];
        }
        // A -= v w^H + w v^H.
        let ws_re = &S::as_simd_f64s(w_re).0[skipped..];
        let ws_im = &S::as_simd_f64s(w_im).0[skipped..];
        for j in first..n {
            let wj = (simd.splat_f64s(w_re[j]), simd.splat_f64s(w_im[j]));
            let vj = (simd.splat_f64s(v_re[j]), simd.splat_f64s(v_im[j]));
            let (re, im) = a.column_mut(j);
            let re = &mut S::as_mut_simd_f64s(re).0[skipped..];
            let im = &mut S::as_mut_simd_f64s(im).0[skipped..];
            let vs = vs_re.iter().zip(vs_im);
            let ws = ws_re.iter().zip(ws_im);
            for (((re, im), v), w) in re.iter_mut().zip(im).zip(vs).zip(ws) {
                let mut x = simd.negate_mul_add_e_f64s(*v.0, wj.0, *re);
                let mut y = simd.negate_mul_add_e_f64s(*v.1, wj.0, *im);
                x = simd.negate_mul_add_e_f64s(*v.1, wj.1, x);
                y = simd.mul_add_e_f64s(*v.0, wj.1, y);
                x = simd.negate_mul_add_e_f64s(*w.0, vj.0, x);
                y = simd.negate_mul_add_e_f64s(*w.1, vj.0, y);
                *re = simd.negate_mul_add_e_f64s(*w.1, vj.1, x);
                *im = simd.mul_add_e_f64s(*w.0, vj.1, y);
            }
        }
    }
}

/// Steps below this fraction of the norm end the iteration.
const RESOLUTION: f64 = 1e-10;

/// Iterations of Laguerre's method; about six are needed.
const MAX_STEPS: usize = 60;

/// Smallest eigenvalue of the tridiagonal matrix with the given diagonal and squares of
/// off-diagonal entries.
fn smallest_root(diagonal: &[f64], squares: &[f64]) -> f64 {
    let n = diagonal.len();
    if n == 1 {
        return diagonal[0];
    }
    let off = |i: usize| squares.get(i).map_or(0.0, |s: &f64| s.sqrt());
    let before = |i: usize| if i == 0 { 0.0 } else { off(i - 1) };
    let (mut low, mut size) = (f64::INFINITY, 0.0f64);
    for i in 0..n {
        let radius = before(i) + off(i);
        low = low.min(diagonal[i] - radius);
        size = size.max(diagonal[i].abs() + radius);
    }
    // Below every eigenvalue, by a margin that rounding does not bridge.
    let mut x = low - 1e-14 * size - f64::MIN_POSITIVE;
    let count = n as f64;
    for _ in 0..MAX_STEPS {
        // q_i = d_i - x - e²/q_{i-1}: pivots of T - x I; the determinant is their product. With
        // r_i = q_i'/q_i, Σ 1/(λ - x) = -Σ r_i, and Σ 1/(λ - x)² = Σ (r_i² - q_i''/q_i).
        let (mut q, mut dq, mut ddq) = (diagonal[0] - x, -1.0, 0.0);
        let (mut first, mut second) = (0.0, 0.0);
        for i in 0..n {
            if i > 0 {
                // t = e²/q: t' = -t r, t'' = -(t' r + t r'), r' = q''/q - r².
                let (r, t) = (dq / q, squares[i - 1] / q);
                let r_slope = ddq / q - r * r;
                let t_slope = -t * r;
                let t_curve = -(t_slope * r + t * r_slope);
                q = diagonal[i] - x - t;
                dq = -1.0 - t_slope;
                ddq = -t_curve;
            }
            if q.is_nan() || q <= 0.0 {
                // Rounding has taken x past the smallest eigenvalue.
                return x;
            }
            let r = dq / q;
            first -= r;
            second += r * r - ddq / q;
        }
        let root = ((count - 1.0) * (count * second - first * first).max(0.0)).sqrt();
        let step = count / (first + root);
        if step.is_nan() || step <= RESOLUTION * size {
            return x;
        }
        x += step;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use faer::{Mat, c64};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_the_eigenvalue_decomposition(
            n in 1usize..9,
            entries in prop::collection::vec(-1.0..1.0f64, 162),
            grade in prop::collection::vec(-8.0..0.0f64, 9),
        ) {
            for graded in [false, true] {
                let weight = |i: usize| if graded { 10f64.powf(grade[i]) } else { 1.0 };
                let mut a = Mat::from_fn(n, n, |i, j| {
                    let k = 2 * (i + 9 * j);
                    c64::new(entries[k], entries[k + 1]) * (weight(i) * weight(j))
                });
                crate::hermitian::linalg::symmetrise(&mut a);
                let (values, _) = crate::hermitian::linalg::eigen(a.as_ref(), false).unwrap();
                let size = values.iter().fold(0.0f64, |s, v| s.max(v.abs()));
                let mut planes = SplitComplex::from_mat(a.as_ref());
                let found = smallest_eigenvalue(&mut planes, &mut Workspace::default()).unwrap();
                prop_assert!((found - values[0]).abs() <= 2e-9 * size, "{found} {values:?}");
            }
        }
    }

    #[test]
    fn special_matrices() {
        let mut work = Workspace::default();
        for n in 1..6 {
            // The zero matrix, the identity, and a multiple eigenvalue below a single one.
            for (diagonal, expected) in [(0.0, 0.0), (1.0, 1.0)] {
                let mut a = SplitComplex::zeros(n, n);
                for i in 0..n {
                    a.add_real(i, i, diagonal);
                }
                let found = smallest_eigenvalue(&mut a, &mut work).unwrap();
                assert!((found - expected).abs() < 1e-9, "{n} {found}");
            }
            let mut ones =
                SplitComplex::from_mat(Mat::from_fn(n, n, |_, _| c64::new(1.0, 0.0)).as_ref());
            let found = smallest_eigenvalue(&mut ones, &mut work).unwrap();
            let expected = if n == 1 { 1.0 } else { 0.0 };
            assert!((found - expected).abs() < 1e-9, "{n} {found}");
        }
        let mut bad = SplitComplex::zeros(2, 2);
        bad.add_real(1, 1, f64::NAN);
        assert_eq!(smallest_eigenvalue(&mut bad, &mut work), None);
    }
}
