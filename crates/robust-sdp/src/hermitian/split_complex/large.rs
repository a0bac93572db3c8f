//! Products and factorisations of matrices that are large enough for blocked algorithms, plane by plane: planes that
//! are zero, as those of real data, cost nothing.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt;
use faer::linalg::matmul::matmul;
use faer::linalg::triangular_inverse::invert_lower_triangular;
use faer::{Accum, Mat, MatMut, MatRef, Par, c64};

use super::{Right, SplitComplex};
use crate::hermitian::linalg;

/// Side from which blocked algorithms are the faster ones.
pub(super) const LARGE: usize = 32;

impl SplitComplex {
    /// Whether the imaginary part vanishes.
    pub(crate) fn is_real(&self) -> bool {
        self.im.iter().all(|v| *v == 0.0)
    }

    fn planes(&self) -> (MatRef<'_, f64>, MatRef<'_, f64>) {
        let plane = |values| {
            MatRef::from_column_major_slice_with_stride(values, self.rows, self.cols, self.stride)
        };
        (plane(&self.re), plane(&self.im))
    }

    fn planes_mut(&mut self) -> (MatMut<'_, f64>, MatMut<'_, f64>) {
        let (rows, cols, stride) = (self.rows, self.cols, self.stride);
        let plane =
            |values| MatMut::from_column_major_slice_with_stride_mut(values, rows, cols, stride);
        (plane(&mut self.re), plane(&mut self.im))
    }
}

/// `out = A B`, or `out += A B`.
pub(super) fn product(out: &mut SplitComplex, a: &SplitComplex, b: Right<'_>, accumulate: bool) {
    if !accumulate {
        out.fill_zero();
    }
    let (right, sign) = match b {
        Right::Plain(b) => (b, 1.0),
        Right::Adjoint(b) => (b, -1.0),
    };
    let (a_re, a_im) = a.planes();
    let (b_re, b_im) = right.planes();
    let (b_re, b_im) = match b {
        Right::Plain(_) => (b_re, b_im),
        Right::Adjoint(_) => (b_re.transpose(), b_im.transpose()),
    };
    let (a_real, b_real) = (a.is_real(), right.is_real());
    let (mut re, mut im) = out.planes_mut();
    let add = |target: &mut MatMut<'_, f64>, x, y, weight| {
        matmul(target.as_mut(), Accum::Add, x, y, weight, Par::Seq);
    };
    add(&mut re, a_re, b_re, 1.0);
    if !a_real {
        add(&mut im, a_im, b_re, 1.0);
    }
    if !b_real {
        add(&mut im, a_re, b_im, sign);
    }
    if !(a_real || b_real) {
        add(&mut re, a_im, b_im, -sign);
    }
}

/// Lower Cholesky factor; `false` unless the matrix is numerically positive definite.
pub(super) fn cholesky(a: &SplitComplex, factor: &mut SplitComplex) -> bool {
    let n = a.cols;
    if !a.is_real() {
        let Some(l) = linalg::cholesky(a.to_mat().as_ref()) else {
            return false;
        };
        *factor = SplitComplex::from_mat(l.as_ref());
        return true;
    }
    factor.copy_from(a);
    let scratch = llt::factor::cholesky_in_place_scratch::<f64>(n, Par::Seq, Default::default());
    let mut buffer = MemBuffer::new(scratch);
    let (mut re, _) = factor.planes_mut();
    let done = llt::factor::cholesky_in_place(
        re.as_mut(),
        Default::default(),
        Par::Seq,
        MemStack::new(&mut buffer),
        Default::default(),
    );
    if done.is_err() {
        return false;
    }
    for j in 0..n {
        for i in 0..j {
            re[(i, j)] = 0.0;
        }
    }
    (0..n).all(|j| re[(j, j)].is_finite() && re[(j, j)] > 0.0)
}

/// The inverse of a lower triangular matrix.
pub(super) fn lower_inverse(l: &SplitComplex, inverse: &mut SplitComplex) {
    inverse.fill_zero();
    if l.is_real() {
        let (factor, _) = l.planes();
        let (re, _) = inverse.planes_mut();
        invert_lower_triangular(re, factor, Par::Seq);
    } else {
        let factor = l.to_mat();
        let mut out = Mat::<c64>::zeros(l.rows, l.cols);
        invert_lower_triangular(out.as_mut(), factor.as_ref(), Par::Seq);
        *inverse = SplitComplex::from_mat(out.as_ref());
    }
}
