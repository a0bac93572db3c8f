//! Laws of the kernels.

use super::*;
use crate::hermitian::linalg;
use proptest::prelude::*;

fn matrix(rows: usize, cols: usize, values: &[f64], from: usize) -> Mat<c64> {
    Mat::from_fn(rows, cols, |i, j| {
        let k = from + 2 * i + 7 * j;
        c64::new(values[k % values.len()], values[(3 * k + 1) % values.len()])
    })
}

fn drop_imaginary(a: &Mat<c64>) -> Mat<c64> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| c64::from(a[(i, j)].re))
}

fn close(a: &SplitComplex, b: &Mat<c64>) -> bool {
    linalg::norm((a.to_mat() - b).as_ref()) <= 1e-12 * (1.0 + linalg::norm(b.as_ref()))
}

proptest! {
    #[test]
    fn products(
        m in 1usize..50, k in 0usize..50, n in 1usize..50, real in prop::bool::ANY,
        x in prop::collection::vec(-1.0..1.0f64, 53),
    ) {
        let (mut a, b, c) = (matrix(m, k, &x, 0), matrix(k, n, &x, 5), matrix(m, n, &x, 9));
        if real { a = drop_imaginary(&a); }
        let expected = linalg::mul(a.as_ref(), b.as_ref());
        let [pa, pb] = [&a, &b].map(|m| SplitComplex::from_mat(m.as_ref()));
        let mut adjoint = SplitComplex::zeros(n, k);
        pb.adjoint_into(&mut adjoint);
        for right in [Right::Plain(&pb), Right::Adjoint(&adjoint)] {
            let mut out = SplitComplex::from_mat(c.as_ref());
            out.product(&pa, right, true);
            prop_assert!(close(&out, &(&expected + &c)));
            out.product(&pa, right, false);
            prop_assert!(close(&out, &expected));
            prop_assert_eq!(out.inner(&out) > 0.0, k > 0);
        }
    }

    #[test]
    fn factors_and_inverses(n in 1usize..50, real in prop::bool::ANY, x in prop::collection::vec(-1.0..1.0f64, 53)) {
        let mut root = matrix(n, n, &x, 0);
        if real { root = drop_imaginary(&root); }
        let mut a = linalg::mul_adjoint_right(root.as_ref(), root.as_ref());
        for i in 0..n { a[(i, i)] += c64::new(1.0, 0.0); }
        let planes = SplitComplex::from_mat(a.as_ref());
        let [mut factor, mut inverse] = [(); 2].map(|()| SplitComplex::zeros(n, n));
        prop_assert!(planes.cholesky_into(&mut factor));
        prop_assert!(close(&factor, &linalg::cholesky(a.as_ref()).unwrap()));
        factor.lower_inverse_into(&mut inverse);
        let mut product = SplitComplex::zeros(n, n);
        product.product(&inverse, Right::Plain(&factor), false);
        prop_assert!(close(&product, &Mat::identity(n, n)));
        // Not definite any more.
        let mut bad = planes;
        bad.add_real(n - 1, n - 1, -2.0 * a[(n - 1, n - 1)].re);
        prop_assert!(!bad.cholesky_into(&mut factor));
    }
}
