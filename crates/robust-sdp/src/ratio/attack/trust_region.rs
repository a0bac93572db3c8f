//! Quadratic minimisation over a ball, exactly, convex or not.

use faer::{Mat, MatRef, c64};

use crate::hermitian::Field;
use crate::hermitian::linalg;

/// A minimiser of `x^H A x + 2 Re(b^H x)` over `‖x‖ ≤ 1`, over the field of the data.
///
/// `x` is optimal exactly if `(A + νI) x = -b`, `A + νI ⪰ 0` and `ν ≥ 0` is zero unless
/// `‖x‖ = 1` (Moré and Sorensen 1983): in the eigenvectors of `A` an equation in `ν` alone. In
/// the "hard case", where `b` has no part in the lowest eigenvectors, one of those fills up the
/// length. `None` if the eigenvalues do not converge.
pub(super) fn minimise(a: MatRef<'_, c64>, b: &[c64], field: Field) -> Option<Vec<c64>> {
    let n = b.len();
    let (values, vectors) = linalg::eigen(a, true)?;
    let b = Mat::from_fn(n, 1, |i, _| b[i]);
    let parts = linalg::mul_adjoint_left(vectors.as_ref(), b.as_ref());
    // The unknown is `t = ν + λ_1`: close to the hard case `ν` itself has too few digits to say how far
    // it is above the last shift that is allowed.
    let gap = |i: usize| values[i] - values[0];
    let length = |t: f64| {
        (0..n)
            .map(|i| parts[(i, 0)].norm_sqr() / (gap(i) + t).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    let size = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let force = linalg::norm(b.as_ref());
    let tiny = 1e-14 * size.max(force).max(f64::MIN_POSITIVE);
    let least = values[0].max(0.0) + tiny;
    let t = if length(least) <= 1.0 {
        least
    } else {
        // The length falls from above one to below one on this bracket.
        let (mut low, mut high) = (least, least + force + tiny);
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if length(middle) > 1.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    };
    let inner = Mat::from_fn(n, 1, |i, _| -parts[(i, 0)] / (gap(i) + t));
    let mut x = linalg::mul(vectors.as_ref(), inner.as_ref());
    if t == least && values[0] < 0.0 {
        fill_up(&mut x, vectors.subcols(0, 1), field);
    }
    if field == Field::Real {
        for i in 0..n {
            x[(i, 0)].im = 0.0;
        }
    }
    let norm = linalg::norm(x.as_ref()).max(1.0);
    Some((0..n).map(|i| x[(i, 0)] / norm).collect())
}

/// Adds so much of a unit vector that the length becomes one. Over the reals the vector, which
/// an eigenvalue routine for complex matrices gives up to a phase, is first made real.
fn fill_up(x: &mut Mat<c64>, direction: MatRef<'_, c64>, field: Field) {
    let n = x.nrows();
    let mut u = direction.to_owned();
    if field == Field::Real {
        let part =
            |f: fn(c64) -> f64| Mat::from_fn(n, 1, |i, _| c64::new(f(direction[(i, 0)]), 0.0));
        let (re, im) = (part(|v| v.re), part(|v| v.im));
        u = if linalg::norm(re.as_ref()) >= linalg::norm(im.as_ref()) {
            re
        } else {
            im
        };
        let length = linalg::norm(u.as_ref());
        u *= faer::Scale(c64::new(1.0 / length, 0.0));
    }
    // ‖x + t u‖ = 1, the root of smaller size.
    let along = linalg::inner(u.as_ref(), x.as_ref());
    let short = 1.0 - linalg::inner(x.as_ref(), x.as_ref());
    let root = (along * along + short.max(0.0)).sqrt();
    let t = if along >= 0.0 {
        root - along
    } else {
        -root - along
    };
    *x += u * faer::Scale(c64::new(t, 0.0));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(a: &Mat<c64>, b: &[c64], x: &[c64]) -> f64 {
        let n = b.len();
        let mut sum = 0.0;
        for i in 0..n {
            sum += 2.0 * (b[i].conj() * x[i]).re;
            for j in 0..n {
                sum += (x[i].conj() * a[(i, j)] * x[j]).re;
            }
        }
        sum
    }

    fn check(a: &Mat<c64>, b: &[c64], field: Field, samples: &[f64]) -> Result<(), TestCaseError> {
        let n = b.len();
        let x = minimise(a.as_ref(), b, field).unwrap();
        let norm = x.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt();
        prop_assert!(norm <= 1.0 + 1e-12, "{}", norm);
        let best = value(a, b, &x);
        for chunk in samples.chunks_exact(2 * n) {
            let y: Vec<c64> = (0..n)
                .map(|i| {
                    let im = if field == Field::Real {
                        0.0
                    } else {
                        chunk[n + i]
                    };
                    c64::new(chunk[i], im)
                })
                .collect();
            let length = y.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt();
            for scale in [0.5 / length.max(0.5), 1.0 / length.max(1e-3)] {
                let y: Vec<c64> = y
                    .iter()
                    .map(|v| v * scale.min(1.0 / length.max(1e-12)))
                    .collect();
                prop_assert!(
                    value(a, b, &y) >= best - 1e-10,
                    "{} {}",
                    value(a, b, &y),
                    best
                );
            }
        }
        // Moré and Sorensen's conditions, from the answer alone. The shift is read off the answer, so
        // it is as accurate as the answer is stationary.
        let gradient: Vec<c64> = (0..n)
            .map(|i| b[i] + (0..n).map(|j| a[(i, j)] * x[j]).sum::<c64>())
            .collect();
        let nu = -(0..n).map(|i| (x[i].conj() * gradient[i]).re).sum::<f64>();
        let (values, _) = linalg::eigen(a.as_ref(), false).unwrap();
        prop_assert!(
            nu >= -1e-7 && values[0] + nu >= -1e-7,
            "{} {}",
            nu,
            values[0]
        );
        for (g, v) in gradient.iter().zip(&x) {
            prop_assert!((g + v * nu).norm() < 1e-7, "{}", (g + v * nu).norm());
        }
        if norm < 1.0 - 1e-6 {
            prop_assert!(nu.abs() < 1e-7);
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn nothing_in_the_ball_is_better(
            entries in prop::collection::vec(-1.0..1.0f64, 9),
            force in prop::collection::vec(-1.0..1.0f64, 6),
            scale in -6.0..1.0f64,
            samples in prop::collection::vec(-1.0..1.0f64, 6 * 40),
        ) {
            for field in [Field::Real, Field::Complex] {
                let a = crate::hermitian::svec::smat(field, 3, &entries);
                let b: Vec<c64> = (0..3)
                    .map(|i| {
                        let im = if field == Field::Real { 0.0 } else { force[3 + i] };
                        c64::new(force[i], im) * 10f64.powf(scale)
                    })
                    .collect();
                check(&a, &b, field, &samples)?;
                // The hard case: no force along the lowest eigenvector, then none at all.
                let (_, vectors) = linalg::eigen(a.as_ref(), true).unwrap();
                let column = Mat::from_fn(3, 1, |i, _| b[i]);
                let lowest = vectors.as_ref().subcols(0, 1);
                let part = linalg::mul_adjoint_left(lowest, column.as_ref())[(0, 0)];
                let hard: Vec<c64> = (0..3)
                    .map(|i| {
                        let v = b[i] - lowest[(i, 0)] * part;
                        if field == Field::Real { c64::new(v.re, 0.0) } else { v }
                    })
                    .collect();
                check(&a, &hard, field, &samples)?;
                check(&a, &[c64::new(0.0, 0.0); 3], field, &samples)?;
            }
        }
    }
}
