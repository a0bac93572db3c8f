//! The largest eigenvalue of a small symmetric matrix.

use std::array::from_fn;

/// Sweeps after which rotations have long converged (quadratically) for `D` of 2 or 3.
const MAX_SWEEPS: usize = 30;

/// An upper bound of the largest eigenvalue, by Jacobi rotations, exact up to rounding: what
/// the rotations leave off the diagonal is added (Gershgorin).
pub(crate) fn largest_eigenvalue<const D: usize>(mut a: [[f64; D]; D]) -> f64 {
    for _ in 0..MAX_SWEEPS {
        let mut rotated = false;
        for p in 0..D {
            for q in p + 1..D {
                if a[p][q].abs() > f64::EPSILON * (a[p][p] * a[q][q]).abs().sqrt() {
                    rotate(&mut a, p, q);
                    rotated = true;
                }
            }
        }
        if !rotated {
            break;
        }
    }
    let bound = |i: usize| {
        let off: f64 = (0..D).filter(|&j| j != i).map(|j| a[i][j].abs()).sum();
        a[i][i] + off
    };
    (0..D).map(bound).fold(f64::NEG_INFINITY, f64::max)
}

/// Makes `a[p][q]` zero by a rotation in the plane of axes `p` and `q`.
fn rotate<const D: usize>(a: &mut [[f64; D]; D], p: usize, q: usize) {
    let cotangent = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
    let tangent = cotangent.signum() / (cotangent.abs() + cotangent.hypot(1.0));
    let cos = tangent.hypot(1.0).recip();
    let sin = tangent * cos;
    for row in a.iter_mut() {
        let (x, y) = (row[p], row[q]);
        row[p] = cos * x - sin * y;
        row[q] = sin * x + cos * y;
    }
    let (x, y) = (a[p], a[q]);
    a[p] = from_fn(|i| cos * x[i] - sin * y[i]);
    a[q] = from_fn(|i| sin * x[i] + cos * y[i]);
    a[p][q] = 0.0;
    a[q][p] = 0.0;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_forms() {
        assert_eq!(largest_eigenvalue([[3.0]]), 3.0);
        assert_eq!(largest_eigenvalue([[0.0; 3]; 3]), 0.0);
        let close = |a: f64, b: f64| (a - b).abs() <= 4.0 * f64::EPSILON * b.abs();
        assert!(close(largest_eigenvalue([[2.0, 1.0], [1.0, 2.0]]), 3.0));
        assert!(close(largest_eigenvalue([[1.0, -2.0], [-2.0, 1.0]]), 3.0));
        // v vᵀ with ‖v‖² = 14, at any size.
        for scale in [1e-20, 1.0, 1e20] {
            let v = [1.0, 2.0, -3.0];
            let a: [[f64; 3]; 3] = from_fn(|i| from_fn(|j| scale * v[i] * v[j]));
            assert!(close(largest_eigenvalue(a), 14.0 * scale));
        }
        // A circulant matrix: eigenvalues 4, 1, 1.
        let a: [[f64; 3]; 3] = from_fn(|i| from_fn(|j| if i == j { 2.0 } else { 1.0 }));
        assert!(close(largest_eigenvalue(a), 4.0));
    }
}
