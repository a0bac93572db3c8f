//! Small dense complex matrices in two planes.
//!
//! Real and imaginary parts are stored apart, column by column, each column padded with zeros to
//! whole vectors, so that every kernel runs down columns in full registers. The blocks of an
//! interior-point iteration have sides of a dozen: there a general matrix product spends
//! more time on its way in than on its products.

mod kernels;
mod large;

use faer::{Mat, MatRef, c64};
use pulp::Arch;

use kernels::{Axpy, Cholesky, Dot, LowerInverse, Product, lanes};
pub(crate) use kernels::{axpy, dot};

/// A complex matrix in two planes.
#[derive(Debug, Clone, Default)]
pub(crate) struct SplitComplex {
    rows: usize,
    cols: usize,
    /// Distance between columns: `rows`, rounded up to whole vectors.
    stride: usize,
    re: Vec<f64>,
    im: Vec<f64>,
}

/// What stands on the right of a product.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Right<'a> {
    /// `B`.
    Plain(&'a SplitComplex),
    /// `B^H`.
    Adjoint(&'a SplitComplex),
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

impl SplitComplex {
    pub(crate) fn zeros(rows: usize, cols: usize) -> Self {
        let stride = rows.next_multiple_of(lanes());
        Self {
            rows,
            cols,
            stride,
            re: vec![0.0; stride * cols],
            im: vec![0.0; stride * cols],
        }
    }

    pub(crate) fn from_mat(a: MatRef<'_, c64>) -> Self {
        let mut out = Self::zeros(a.nrows(), a.ncols());
        for j in 0..out.cols {
            for i in 0..out.rows {
                out.set(i, j, a[(i, j)]);
            }
        }
        out
    }

    pub(crate) fn to_mat(&self) -> Mat<c64> {
        Mat::from_fn(self.rows, self.cols, |i, j| self.get(i, j))
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn cols(&self) -> usize {
        self.cols
    }

    #[inline(always)]
    pub(crate) fn get(&self, i: usize, j: usize) -> c64 {
        let p = i + self.stride * j;
        c64::new(self.re[p], self.im[p])
    }

    #[inline(always)]
    pub(crate) fn set(&mut self, i: usize, j: usize, value: c64) {
        let p = i + self.stride * j;
        (self.re[p], self.im[p]) = (value.re, value.im);
    }

    /// Real part of an entry.
    #[inline(always)]
    pub(crate) fn real(&self, i: usize, j: usize) -> f64 {
        self.re[i + self.stride * j]
    }

    /// Adds a real number to an entry.
    #[inline(always)]
    pub(crate) fn add_real(&mut self, i: usize, j: usize, value: f64) {
        self.re[i + self.stride * j] += value;
    }

    /// Real and imaginary part of a column, padding included.
    #[inline(always)]
    pub(crate) fn column(&self, j: usize) -> (&[f64], &[f64]) {
        let range = self.stride * j..self.stride * (j + 1);
        (&self.re[range.clone()], &self.im[range])
    }

    #[inline(always)]
    pub(crate) fn column_mut(&mut self, j: usize) -> (&mut [f64], &mut [f64]) {
        let range = self.stride * j..self.stride * (j + 1);
        (&mut self.re[range.clone()], &mut self.im[range])
    }

    pub(crate) fn fill_zero(&mut self) {
        self.re.fill(0.0);
        self.im.fill(0.0);
    }

    pub(crate) fn copy_from(&mut self, other: &SplitComplex) {
        self.re.copy_from_slice(&other.re);
        self.im.copy_from_slice(&other.im);
    }

    /// `self += weight · other`.
    pub(crate) fn add_scaled(&mut self, other: &SplitComplex, weight: f64) {
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
    pub(crate) fn add_scaled_column(
        &mut self,
        j: usize,
        other: &SplitComplex,
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

    pub(crate) fn scale(&mut self, weight: f64) {
        for v in self.re.iter_mut().chain(&mut self.im) {
            *v *= weight;
        }
    }

    /// Replaces the matrix by its complex conjugate.
    pub(crate) fn conjugate(&mut self) {
        self.im.iter_mut().for_each(|v| *v = -*v);
    }

    /// The adjoint, into a matrix of the transposed shape.
    pub(crate) fn adjoint_into(&self, out: &mut SplitComplex) {
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
    pub(crate) fn make_hermitian(&mut self, real: bool) {
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
    pub(crate) fn inner(&self, other: &SplitComplex) -> f64 {
        let arch = Arch::new();
        arch.dispatch(Dot(&self.re, &other.re)) + arch.dispatch(Dot(&self.im, &other.im))
    }

    /// `self = A B`, or `self += A B`.
    pub(crate) fn product(&mut self, a: &SplitComplex, b: Right<'_>, accumulate: bool) {
        debug_assert_eq!((self.rows, self.cols), (a.rows, b.cols()));
        debug_assert_eq!(a.cols, b.rows());
        if self.rows.min(self.cols).min(a.cols) >= large::LARGE {
            return large::product(self, a, b, accumulate);
        }
        Arch::new().dispatch(Product {
            out: self,
            a,
            b,
            accumulate,
        });
    }

    /// Lower Cholesky factor with a zero upper triangle; `false` unless the matrix is
    /// numerically positive definite.
    pub(crate) fn cholesky_into(&self, factor: &mut SplitComplex) -> bool {
        if self.cols >= large::LARGE {
            return large::cholesky(self, factor);
        }
        Arch::new().dispatch(Cholesky { a: self, l: factor })
    }

    /// The inverse of a lower triangular matrix.
    pub(crate) fn lower_inverse_into(&self, inverse: &mut SplitComplex) {
        if self.cols >= large::LARGE {
            return large::lower_inverse(self, inverse);
        }
        Arch::new().dispatch(LowerInverse {
            l: self,
            x: inverse,
        });
    }
}

#[cfg(test)]
mod tests;
