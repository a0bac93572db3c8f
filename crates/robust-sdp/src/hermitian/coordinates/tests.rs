//! Laws of the kernels.

use super::*;
use crate::hermitian::linalg;
use crate::hermitian::split_complex::Right;
use faer::Mat;
use proptest::prelude::*;

fn matrix(rows: usize, cols: usize, values: &[f64]) -> Mat<c64> {
    Mat::from_fn(rows, cols, |i, j| {
        let k = 2 * (i + rows * j);
        c64::new(values[k % values.len()], values[(k + 1) % values.len()])
    })
}

fn from_coordinates(field: Field, n: usize, x: &[f64]) -> Mat<c64> {
    let mut planes = SplitComplex::zeros(n, n);
    matrix_into(field, &x[..field.coordinates(n)], &mut planes);
    planes.to_mat()
}

proptest! {
    #[test]
    fn coordinates_are_an_isometry(
        n in 1usize..6,
        x in prop::collection::vec(-1.0..1.0f64, 25),
        y in prop::collection::vec(-1.0..1.0f64, 25),
    ) {
        for field in [Field::Real, Field::Complex] {
            let len = field.coordinates(n);
            let (a, b) = (from_coordinates(field, n, &x), from_coordinates(field, n, &y));
            let dot: f64 = x[..len].iter().zip(&y[..len]).map(|(p, q)| p * q).sum();
            prop_assert!((linalg::inner(a.as_ref(), b.as_ref()) - dot).abs() < 1e-12);
            let mut back = vec![0.0; len];
            add_coordinates(field, &SplitComplex::from_mat(a.as_ref()), 1.0, &mut back);
            for (p, q) in back.iter().zip(&x) {
                prop_assert!((p - q).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn bilinear_form_is_the_trace(
        m in 1usize..6,
        n in 1usize..6,
        x in prop::collection::vec(-1.0..1.0f64, 25),
        y in prop::collection::vec(-1.0..1.0f64, 25),
        p in prop::collection::vec(-1.0..1.0f64, 50),
        q in prop::collection::vec(-1.0..1.0f64, 50),
    ) {
        let (p, q) = (matrix(m, n, &p), matrix(n, m, &q));
        let planes = [SplitComplex::from_mat(p.as_ref()), SplitComplex::from_mat(q.adjoint().to_owned().as_ref())];
        for row_field in [Field::Real, Field::Complex] {
            for column_field in [Field::Real, Field::Complex] {
                for conjugate in [false, true] {
                    let mut form = BilinearForm::new(row_field, m, column_field, n);
                    form.compute(&planes[0], &planes[1], conjugate, Part::Whole);
                    let xm = from_coordinates(row_field, m, &x);
                    let mut ym = from_coordinates(column_field, n, &y);
                    if conjugate { ym = ym.conjugate().to_owned(); }
                    let xpyq = linalg::mul(linalg::mul(xm.as_ref(), p.as_ref()).as_ref(), linalg::mul(ym.as_ref(), q.as_ref()).as_ref());
                    let expected: f64 = (0..m).map(|i| xpyq[(i, i)].re).sum();
                    let mut got = 0.0;
                    for (j, y) in y[..column_field.coordinates(n)].iter().enumerate() {
                        for (v, x) in form.column(j).iter().zip(&x) { got += x * v * y; }
                    }
                    prop_assert!((expected - got).abs() < 1e-12, "{row_field:?} {column_field:?} {conjugate}: {expected} {got}");
                }
            }
        }
    }

    /// What is left out of a symmetric form lies above its diagonal.
    #[test]
    fn lower_part_is_that_of_the_whole(n in 1usize..6, p in prop::collection::vec(-1.0..1.0f64, 50)) {
        let mut p = SplitComplex::from_mat(matrix(n, n, &p).as_ref());
        p.make_hermitian(false);
        let mut q = SplitComplex::zeros(n, n);
        q.product(&p, Right::Adjoint(&p), false);
        for field in [Field::Real, Field::Complex] {
            let [mut whole, mut lower] = [(); 2].map(|()| BilinearForm::new(field, n, field, n));
            whole.compute(&p, &q, false, Part::Whole);
            lower.compute(&p, &q, false, Part::Lower);
            for j in 0..field.coordinates(n) {
                prop_assert_eq!(&whole.column(j)[j..], &lower.column(j)[j..]);
                for i in 0..j {
                    prop_assert!((whole.column(j)[i] - whole.column(i)[j]).abs() < 1e-12);
                }
            }
        }
    }
}
