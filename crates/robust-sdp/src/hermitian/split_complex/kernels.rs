//! The kernels on matrices in two planes, for whatever vectors the machine has.

use pulp::{Arch, Simd, WithSimd};

use super::{Right, SplitComplex};

/// Doubles in a vector of the best instruction set there is.
pub(crate) fn lanes() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F64_LANES
        }
    }
    Arch::new().dispatch(Lanes)
}

/// `y += weight · x`.
pub(crate) struct Axpy<'a> {
    pub(crate) x: &'a [f64],
    pub(crate) weight: f64,
    pub(crate) y: &'a mut [f64],
}

impl WithSimd for Axpy<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (x, x_tail) = S::as_simd_f64s(self.x);
        let (y, y_tail) = S::as_mut_simd_f64s(self.y);
        let w = simd.splat_f64s(self.weight);
        for (y, x) in y.iter_mut().zip(x) {
            *y = simd.mul_add_e_f64s(w, *x, *y);
        }
        for (y, x) in y_tail.iter_mut().zip(x_tail) {
            *y += self.weight * x;
        }
    }
}

/// `y += weight · x` for slices of any length.
pub(crate) fn axpy(weight: f64, x: &[f64], y: &mut [f64]) {
    Arch::new().dispatch(Axpy { x, weight, y });
}

/// Dot product.
pub(crate) struct Dot<'a>(pub(super) &'a [f64], pub(super) &'a [f64]);

impl WithSimd for Dot<'_> {
    type Output = f64;
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let (x, x_tail) = S::as_simd_f64s(self.0);
        let (y, y_tail) = S::as_simd_f64s(self.1);
        let mut sums = [simd.splat_f64s(0.0); 4];
        let mut xs = x.chunks_exact(4);
        let mut ys = y.chunks_exact(4);
        for (x, y) in (&mut xs).zip(&mut ys) {
            for i in 0..4 {
                sums[i] = simd.mul_add_e_f64s(x[i], y[i], sums[i]);
            }
        }
        for (x, y) in xs.remainder().iter().zip(ys.remainder()) {
            sums[0] = simd.mul_add_e_f64s(*x, *y, sums[0]);
        }
        let sum = simd.add_f64s(
            simd.add_f64s(sums[0], sums[1]),
            simd.add_f64s(sums[2], sums[3]),
        );
        let tail: f64 = x_tail.iter().zip(y_tail).map(|(x, y)| x * y).sum();
        simd.reduce_sum_f64s(sum) + tail
    }
}

/// Dot product of slices of any length.
pub(crate) fn dot(x: &[f64], y: &[f64]) -> f64 {
    Arch::new().dispatch(Dot(x, y))
}

pub(crate) struct Product<'a> {
    pub(crate) out: &'a mut SplitComplex,
    pub(crate) a: &'a SplitComplex,
    pub(crate) b: Right<'a>,
    pub(crate) accumulate: bool,
}

/// Inner dimension that one pass of a product covers.
const DEPTH: usize = 32;

impl WithSimd for Product<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            out,
            a,
            b,
            mut accumulate,
        } = self;
        if a.cols == 0 && !accumulate {
            out.fill_zero();
        }
        let mut panel = [[0.0f64; 4]; DEPTH];
        for first in (0..a.cols).step_by(DEPTH) {
            let depth = DEPTH.min(a.cols - first);
            for j in (0..out.cols).step_by(2) {
                let pair = j + 1 < out.cols;
                for (k, entry) in panel[..depth].iter_mut().enumerate() {
                    let (re, im) = b.entry(first + k, j);
                    let (re2, im2) = if pair {
                        b.entry(first + k, j + 1)
                    } else {
                        (0.0, 0.0)
                    };
                    *entry = [re, im, re2, im2];
                }
                product_columns(simd, out, a, first, &panel[..depth], j, accumulate);
            }
            accumulate = true;
        }
    }
}

/// Columns `j` and `j + 1` of a product.
#[inline(always)]
fn product_columns<S: Simd>(
    simd: S,
    out: &mut SplitComplex,
    a: &SplitComplex,
    first: usize,
    panel: &[[f64; 4]],
    j: usize,
    accumulate: bool,
) {
    let vectors = out.stride / S::F64_LANES;
    let range = a.stride * first..a.stride * (first + panel.len());
    let a_re = S::as_simd_f64s(&a.re[range.clone()]).0;
    let a_im = S::as_simd_f64s(&a.im[range]).0;
    let end = (out.stride * (j + 2)).min(out.re.len());
    let out_re = S::as_mut_simd_f64s(&mut out.re[out.stride * j..end]).0;
    let out_im = S::as_mut_simd_f64s(&mut out.im[out.stride * j..end]).0;
    let mut row = 0;
    while row < vectors {
        if vectors - row == 1 {
            tile::<S, 1>(
                simd, a_re, a_im, panel, out_re, out_im, vectors, row, accumulate,
            );
            row += 1;
        } else {
            tile::<S, 2>(
                simd, a_re, a_im, panel, out_re, out_im, vectors, row, accumulate,
            );
            row += 2;
        }
    }
}

/// `R` vectors of two columns of a product.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
fn tile<S: Simd, const R: usize>(
    simd: S,
    a_re: &[S::f64s],
    a_im: &[S::f64s],
    panel: &[[f64; 4]],
    out_re: &mut [S::f64s],
    out_im: &mut [S::f64s],
    vectors: usize,
    row: usize,
    accumulate: bool,
) {
    let zero = simd.splat_f64s(0.0);
    let mut re = [[zero; R]; 2];
    let mut im = [[zero; R]; 2];
    let columns = a_re.chunks_exact(vectors).zip(a_im.chunks_exact(vectors));
    for ((a_re, a_im), b) in columns.zip(panel) {
        let (a_re, a_im) = (&a_re[row..row + R], &a_im[row..row + R]);
        for c in 0..2 {
            let b_re = simd.splat_f64s(b[2 * c]);
            let b_im = simd.splat_f64s(b[2 * c + 1]);
            for r in 0..R {
                re[c][r] = simd.mul_add_e_f64s(a_re[r], b_re, re[c][r]);
                im[c][r] = simd.mul_add_e_f64s(a_re[r], b_im, im[c][r]);
                re[c][r] = simd.negate_mul_add_e_f64s(a_im[r], b_im, re[c][r]);
                im[c][r] = simd.mul_add_e_f64s(a_im[r], b_re, im[c][r]);
            }
        }
    }
    for c in 0..2 {
        let start = vectors * c + row;
        if start >= out_re.len() {
            break;
        }
        for r in 0..R {
            let (target_re, target_im) = (&mut out_re[start + r], &mut out_im[start + r]);
            if accumulate {
                *target_re = simd.add_f64s(*target_re, re[c][r]);
                *target_im = simd.add_f64s(*target_im, im[c][r]);
            } else {
                (*target_re, *target_im) = (re[c][r], im[c][r]);
            }
        }
    }
}

pub(crate) struct Cholesky<'a> {
    pub(crate) a: &'a SplitComplex,
    pub(crate) l: &'a mut SplitComplex,
}

impl WithSimd for Cholesky<'_> {
    type Output = bool;
    /// Left-looking, a column at a time: `l_jj l_j = a_j - Σ_{k<j} conj(l_jk) l_k`.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        let Self { a, l } = self;
        let n = a.cols;
        for j in 0..n {
            let (done_re, rest_re) = l.re.split_at_mut(l.stride * j);
            let (done_im, rest_im) = l.im.split_at_mut(l.stride * j);
            let (column_re, column_im) = (&mut rest_re[..l.stride], &mut rest_im[..l.stride]);
            let (a_re, a_im) = a.column(j);
            column_re.copy_from_slice(a_re);
            column_im.copy_from_slice(a_im);
            let lower = j / S::F64_LANES;
            for (k, (l_re, l_im)) in (done_re.chunks_exact(l.stride))
                .zip(done_im.chunks_exact(l.stride))
                .enumerate()
            {
                debug_assert!(k < j);
                subtract_multiple(
                    simd,
                    lower,
                    l_re,
                    l_im,
                    (l_re[j], -l_im[j]),
                    column_re,
                    column_im,
                );
            }
            let pivot = column_re[j];
            if !(pivot.is_finite() && pivot > 0.0) {
                return false;
            }
            let inverse = 1.0 / pivot.sqrt();
            column_re[..j].fill(0.0);
            column_im[..j].fill(0.0);
            for v in column_re[j..].iter_mut().chain(&mut column_im[j..]) {
                *v *= inverse;
            }
            column_im[j] = 0.0;
        }
        true
    }
}

pub(crate) struct LowerInverse<'a> {
    pub(crate) l: &'a SplitComplex,
    pub(crate) x: &'a mut SplitComplex,
}

impl WithSimd for LowerInverse<'_> {
    type Output = ();
    /// `X L = I`, last column first: `l_jj x_j = e_j - Σ_{k>j} l_kj x_k`.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { l, x } = self;
        for j in (0..l.cols).rev() {
            let (before_re, done_re) = x.re.split_at_mut(x.stride * (j + 1));
            let (before_im, done_im) = x.im.split_at_mut(x.stride * (j + 1));
            let column_re = &mut before_re[x.stride * j..];
            let column_im = &mut before_im[x.stride * j..];
            column_re.fill(0.0);
            column_im.fill(0.0);
            column_re[j] = 1.0;
            let (l_re, l_im) = l.column(j);
            for (k, (x_re, x_im)) in (done_re.chunks_exact(x.stride))
                .zip(done_im.chunks_exact(x.stride))
                .enumerate()
            {
                let k = j + 1 + k;
                subtract_multiple(
                    simd,
                    k / S::F64_LANES,
                    x_re,
                    x_im,
                    (l_re[k], l_im[k]),
                    column_re,
                    column_im,
                );
            }
            let inverse = 1.0 / l_re[j];
            for v in column_re[j..].iter_mut().chain(&mut column_im[j..]) {
                *v *= inverse;
            }
        }
    }
}

/// `y -= c · x` from vector `first` on.
#[inline(always)]
fn subtract_multiple<S: Simd>(
    simd: S,
    first: usize,
    x_re: &[f64],
    x_im: &[f64],
    c: (f64, f64),
    y_re: &mut [f64],
    y_im: &mut [f64],
) {
    let (c_re, c_im) = (simd.splat_f64s(c.0), simd.splat_f64s(c.1));
    let x_re = &S::as_simd_f64s(x_re).0[first..];
    let x_im = &S::as_simd_f64s(x_im).0[first..];
    let y_re = &mut S::as_mut_simd_f64s(y_re).0[first..];
    let y_im = &mut S::as_mut_simd_f64s(y_im).0[first..];
    for (((y_re, y_im), x_re), x_im) in y_re.iter_mut().zip(y_im).zip(x_re).zip(x_im) {
        let re = simd.negate_mul_add_e_f64s(*x_re, c_re, *y_re);
        let im = simd.negate_mul_add_e_f64s(*x_re, c_im, *y_im);
        *y_re = simd.mul_add_e_f64s(*x_im, c_im, re);
        *y_im = simd.negate_mul_add_e_f64s(*x_im, c_re, im);
    }
}
