//! Eigenvalues of small Hermitian matrices in about 31 digits, by Jacobi's rotations.
//!
//! A noise margin is a difference of powers that can be `10^17` times the noise; in 16 digits nothing would
//! be left of it.

use faer::{c64, cx128, fx128};

/// Relative rounding of one operation, with a reserve (double-double arithmetic has 104 bits at least).
pub const UNIT: f64 = 1e-31;

/// A number without rounding.
pub fn real(value: f64) -> fx128 {
    fx128::from(value)
}

/// A number without rounding.
pub fn complex(value: c64) -> cx128 {
    cx128::new(real(value.re), real(value.im))
}

/// `|z|²`.
pub fn square(z: cx128) -> fx128 {
    z.re * z.re + z.im * z.im
}

/// Eigenvalues and (in columns) eigenvectors of a Hermitian matrix. `None` if it holds something that is no
/// number.
pub fn eigen(matrix: &[Vec<cx128>]) -> Option<(Vec<fx128>, Vec<Vec<cx128>>)> {
    let n = matrix.len();
    let mut a = matrix.to_vec();
    let (zero, one) = (real(0.0), real(1.0));
    let mut vectors: Vec<Vec<cx128>> = (0..n)
        .map(|i| {
            (0..n)
                .map(|j| cx128::new(if i == j { one } else { zero }, zero))
                .collect()
        })
        .collect();
    let entries = a.iter().flatten().map(|z| z.re.0.hypot(z.im.0));
    let negligible = 1e-3 * UNIT * entries.fold(0.0, f64::max);
    // Each sweep squares what is left beside the diagonal.
    for _ in 0..40 {
        for q in 1..n {
            for p in 0..q {
                rotate(&mut a, &mut vectors, (p, q), negligible);
            }
        }
    }
    let values: Vec<fx128> = (0..n).map(|i| a[i][i].re).collect();
    let sound = values.iter().all(|v| v.0.is_finite());
    sound.then_some((values, vectors))
}

/// Makes the entry `(p, q)` zero by a unitary change of these two coordinates.
fn rotate(
    a: &mut [Vec<cx128>],
    vectors: &mut [Vec<cx128>],
    (p, q): (usize, usize),
    negligible: f64,
) {
    let (zero, one) = (real(0.0), real(1.0));
    if a[p][q].re.0.hypot(a[p][q].im.0) <= negligible {
        (a[p][q], a[q][p]) = (cx128::new(zero, zero), cx128::new(zero, zero));
        return;
    }
    let size = square(a[p][q]).sqrt();
    let theta = (a[q][q].re - a[p][p].re) / (size + size);
    let root = (theta * theta + one).sqrt();
    let t = if theta.0 >= 0.0 {
        one / (theta + root)
    } else {
        -(one / (root - theta))
    };
    let cosine = one / (t * t + one).sqrt();
    let sine = t * cosine;
    let phase = cx128::new(a[p][q].re / size, a[p][q].im / size);
    // The new coordinates: (c, -s e^{-jφ}) and (s e^{jφ}, c).
    let (c, s) = (cx128::new(cosine, zero), phase * cx128::new(sine, zero));
    let columns = |m: &mut [Vec<cx128>]| {
        for row in m.iter_mut() {
            let (x, y) = (row[p], row[q]);
            (row[p], row[q]) = (c * x - s.conj() * y, s * x + c * y);
        }
    };
    columns(a);
    columns(vectors);
    for j in 0..a.len() {
        let (x, y) = (a[p][j], a[q][j]);
        (a[p][j], a[q][j]) = (c * x - s * y, s.conj() * x + c * y);
    }
    (a[p][q], a[q][p]) = (cx128::new(zero, zero), cx128::new(zero, zero));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `A V = V diag(λ)` and `V^H V = I` for a graded matrix, far beyond sixteen digits.
    #[test]
    fn eigenvalues_to_thirty_digits() {
        let n = 4;
        let entry = |i: usize, j: usize| {
            let (x, y) = ((7 * i * j + i + j + 1) as f64, (i as f64) - (j as f64));
            complex(c64::new(
                (0.37 * x).sin() * 10f64.powi((i + j) as i32),
                y * 0.3,
            ))
        };
        let a: Vec<Vec<cx128>> = (0..n)
            .map(|i| (0..n).map(|j| entry(i, j)).collect())
            .collect();
        let (values, v) = eigen(&a).expect("numbers");
        let largest = values.iter().map(|x| x.0.abs()).fold(0.0, f64::max);
        for i in 0..n {
            for j in 0..n {
                let zero = cx128::new(real(0.0), real(0.0));
                let left = (0..n).fold(zero, |s, k| s + a[i][k] * v[k][j]);
                let right = v[i][j] * cx128::new(values[j], real(0.0));
                let error = square(left - right).0.sqrt();
                assert!(error < 100.0 * UNIT * largest, "{i} {j} {error:e}");
                let inner = (0..n).fold(zero, |s, k| s + v[k][i].conj() * v[k][j]);
                let expected = real(if i == j { 1.0 } else { 0.0 });
                let error = square(inner - cx128::new(expected, real(0.0))).0.sqrt();
                assert!(error < 100.0 * UNIT, "{i} {j} {error:e}");
            }
        }
        assert!(eigen(&[vec![complex(c64::new(f64::NAN, 0.0))]]).is_none());
    }
}
