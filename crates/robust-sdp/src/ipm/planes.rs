//! Small dense complex matrices in two planes, and the kernels on them.
//!
//! Real and imaginary parts are stored apart, column by column, each column padded with zeros to
//! whole vectors, so that every kernel runs down columns in full registers. The blocks of an
//! interior-point iteration have sides of a dozen: there a general matrix product spends
//! more time on its way in than on its products.

use faer::{Mat, MatRef, c64};
use pulp::{Arch, Simd, WithSimd};

/// A complex matrix in two planes.
#[derive(Debug, Clone, Default)]
pub(super) struct Planes {
    rows: usize,
    cols: usize,
    /// Distance between columns: `rows`, rounded up to whole vectors.
    stride: usize,
    re: Vec<f64>,
    im: Vec<f64>,
}

/// Doubles in a vector of the best instruction set there is.
fn lanes() -> usize {
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

/// What stands on the right of a product.
#[derive(Debug, Clone, Copy)]
pub(super) enum Right<'a> {
    /// `B`.
    Plain(&'a Planes),
    /// `B^H`.
    Adjoint(&'a Planes),
}

impl Right<'_> {
    fn rows(&self) -> usize {
        match self {
            Right::Plain(b) => b.rows,
            Right::Adjoint(b) => b.cols,
        }
    }

    fn cols(&self) -> usize {
        match self {
            Right::Plain(b) => b.cols,
            Right::Adjoint(b) => b.rows,
        }
    }

    #[inline(always)]
    fn entry(&self, row: usize, column: usize) -> (f64, f64) {
        match self {
            Right::Plain(b) => {
                let p = row + b.stride * column;
                (b.re[p], b.im[p])
            }
            Right::Adjoint(b) => {
                let p = column + b.stride * row;
                (b.re[p], -b.im[p])
            }
        }
    }
}

impl Planes {
    pub(super) fn zeros(rows: usize, cols: usize) -> Self {
        let stride = rows.next_multiple_of(lanes());
        Self {
            rows,
            cols,
            stride,
            re: vec![0.0; stride * cols],
            im: vec![0.0; stride * cols],
        }
    }

    pub(super) fn from_mat(a: MatRef<'_, c64>) -> Self {
        let mut out = Self::zeros(a.nrows(), a.ncols());
        for j in 0..out.cols {
            for i in 0..out.rows {
                out.set(i, j, a[(i, j)]);
            }
        }
        out
    }

    pub(super) fn to_mat(&self) -> Mat<c64> {
        Mat::from_fn(self.rows, self.cols, |i, j| self.get(i, j))
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn cols(&self) -> usize {
        self.cols
    }

    #[inline(always)]
    pub(super) fn get(&self, i: usize, j: usize) -> c64 {
        let p = i + self.stride * j;
        c64::new(self.re[p], self.im[p])
    }

    #[inline(always)]
    pub(super) fn set(&mut self, i: usize, j: usize, value: c64) {
        let p = i + self.stride * j;
        (self.re[p], self.im[p]) = (value.re, value.im);
    }

    /// Adds a real number to an entry.
    #[inline(always)]
    pub(super) fn add_real(&mut self, i: usize, j: usize, value: f64) {
        self.re[i + self.stride * j] += value;
    }

    /// Real and imaginary part of a column, padding included.
    #[inline(always)]
    pub(super) fn column(&self, j: usize) -> (&[f64], &[f64]) {
        let range = self.stride * j..self.stride * (j + 1);
        (&self.re[range.clone()], &self.im[range])
    }

    #[inline(always)]
    pub(super) fn column_mut(&mut self, j: usize) -> (&mut [f64], &mut [f64]) {
        let range = self.stride * j..self.stride * (j + 1);
        (&mut self.re[range.clone()], &mut self.im[range])
    }

    pub(super) fn fill_zero(&mut self) {
        self.re.fill(0.0);
        self.im.fill(0.0);
    }

    pub(super) fn copy_from(&mut self, other: &Planes) {
        self.re.copy_from_slice(&other.re);
        self.im.copy_from_slice(&other.im);
    }

    /// `self += weight · other`.
    pub(super) fn add_scaled(&mut self, other: &Planes, weight: f64) {
        let arch = Arch::new();
        arch.dispatch(Axpy {
            x: &other.re,
            weight,
            y: &mut self.re,
        });
        arch.dispatch(Axpy {
            x: &other.im,
            weight,
            y: &mut self.im,
        });
    }

    /// Adds `value` times column `source` of another matrix to a column.
    pub(super) fn add_scaled_column(
        &mut self,
        j: usize,
        other: &Planes,
        source: usize,
        value: c64,
    ) {
        let (x_re, x_im) = other.column(source);
        let (re, im) = self.column_mut(j);
        for i in 0..re.len() {
            re[i] += value.re * x_re[i] - value.im * x_im[i];
            im[i] += value.re * x_im[i] + value.im * x_re[i];
        }
    }

    pub(super) fn scale(&mut self, weight: f64) {
        for v in self.re.iter_mut().chain(&mut self.im) {
            *v *= weight;
        }
    }

    /// Replaces the matrix by its complex conjugate.
    pub(super) fn conjugate(&mut self) {
        self.im.iter_mut().for_each(|v| *v = -*v);
    }

    /// The adjoint, into a matrix of the transposed shape.
    pub(super) fn adjoint_into(&self, out: &mut Planes) {
        for j in 0..self.cols {
            let (re, im) = self.column(j);
            for i in 0..self.rows {
                let p = j + out.stride * i;
                out.re[p] = re[i];
                out.im[p] = -im[i];
            }
        }
    }

    /// Replaces a square matrix by its Hermitian part, and by the real part of that if asked.
    pub(super) fn make_hermitian(&mut self, real: bool) {
        for j in 0..self.cols {
            for i in 0..j {
                let (p, q) = (i + self.stride * j, j + self.stride * i);
                let re = 0.5 * (self.re[p] + self.re[q]);
                let im = if real {
                    0.0
                } else {
                    0.5 * (self.im[p] - self.im[q])
                };
                (self.re[p], self.re[q]) = (re, re);
                (self.im[p], self.im[q]) = (im, -im);
            }
            self.im[j + self.stride * j] = 0.0;
        }
    }

    /// `Re Tr(A^H B)`.
    pub(super) fn inner(&self, other: &Planes) -> f64 {
        let arch = Arch::new();
        arch.dispatch(Dot(&self.re, &other.re)) + arch.dispatch(Dot(&self.im, &other.im))
    }

    /// `self = A B`, or `self += A B`.
    pub(super) fn product(&mut self, a: &Planes, b: Right<'_>, accumulate: bool) {
        debug_assert_eq!((self.rows, self.cols), (a.rows, b.cols()));
        debug_assert_eq!(a.cols, b.rows());
        Arch::new().dispatch(Product {
            out: self,
            a,
            b,
            accumulate,
        });
    }

    /// Lower Cholesky factor with a zero upper triangle; `false` unless the matrix is
    /// numerically positive definite.
    pub(super) fn cholesky_into(&self, factor: &mut Planes) -> bool {
        Arch::new().dispatch(Cholesky { a: self, l: factor })
    }

    /// The inverse of a lower triangular matrix.
    pub(super) fn lower_inverse_into(&self, inverse: &mut Planes) {
        Arch::new().dispatch(LowerInverse {
            l: self,
            x: inverse,
        });
    }
}

/// `y += weight · x`.
struct Axpy<'a> {
    x: &'a [f64],
    weight: f64,
    y: &'a mut [f64],
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
pub(super) fn axpy(weight: f64, x: &[f64], y: &mut [f64]) {
    Arch::new().dispatch(Axpy { x, weight, y });
}

/// Dot product.
struct Dot<'a>(&'a [f64], &'a [f64]);

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
pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    Arch::new().dispatch(Dot(x, y))
}

struct Product<'a> {
    out: &'a mut Planes,
    a: &'a Planes,
    b: Right<'a>,
    accumulate: bool,
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
    out: &mut Planes,
    a: &Planes,
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

struct Cholesky<'a> {
    a: &'a Planes,
    l: &'a mut Planes,
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

struct LowerInverse<'a> {
    l: &'a Planes,
    x: &'a mut Planes,
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

#[cfg(test)]
mod tests;
