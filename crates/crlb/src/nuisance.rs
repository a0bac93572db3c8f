//! Rank-revealing elimination of the unknown echo gains.

use faer::{Mat, MatRef, Side, c64};

use crate::CrlbError;

/// Eigenvalues of the gain block, scaled to unit diagonal, below this are treated as zero.
///
/// The entries carry rounding errors of about 1e-15, so an eigenvalue of 1e-12 still has three
/// digits, and the direction that belongs to it is resolved. Below, the projection would follow
/// noise. The squared distance of two unit responses is what the eigenvalue measures: users are called
/// indistinguishable when their normalised echoes differ by less than about 1e-6.
const RANK_TOLERANCE: f64 = 1e-12;

/// Echoes below this fraction of the strongest one's power take no part: they carry rounding noise.
const DARK: f64 = 1e-30;

/// A user takes part in an ambiguity when its weight in the null space exceeds this.
const TAKES_PART: f64 = 1e-4;

/// The numerically present part of the span of the echoes `a_i b_i^H`.
#[derive(Debug, Clone)]
pub struct NuisanceProjection {
    /// `V`, `n × rank`, with `V^H G V = I` and `V V^H = G⁺` (the inverse when `G` is regular).
    pub basis: Mat<c64>,
    /// Groups of echoes (indices below n) that the receiver cannot tell apart.
    pub ambiguous: Vec<Vec<usize>>,
}

impl NuisanceProjection {
    /// Factors `G` through the eigenvalues of `D^{-1/2} G D^{-1/2}`, `D = diag G`.
    pub(crate) fn new(gain: MatRef<'_, c64>) -> Result<Self, CrlbError> {
        let side = gain.nrows();
        let strongest = (0..side).map(|i| gain[(i, i)].re).fold(0.0, f64::max);
        let lit: Vec<usize> = (0..side)
            .filter(|&i| gain[(i, i)].re > DARK * strongest)
            .collect();
        if lit.is_empty() {
            return Ok(Self {
                basis: Mat::zeros(side, 0),
                ambiguous: Vec::new(),
            });
        }
        let scale: Vec<f64> = lit.iter().map(|&i| 1.0 / gain[(i, i)].re.sqrt()).collect();
        let scaled = Mat::from_fn(lit.len(), lit.len(), |i, j| {
            gain[(lit[i], lit[j])] * (scale[i] * scale[j])
        });
        if let Some(basis) = regular(scaled.as_ref(), &scale) {
            let mut all = Mat::<c64>::zeros(side, lit.len());
            for (row, &i) in lit.iter().enumerate() {
                for column in 0..lit.len() {
                    all[(i, column)] = basis[(row, column)];
                }
            }
            return Ok(Self {
                basis: all,
                ambiguous: Vec::new(),
            });
        }
        let eigen =
            scaled
                .self_adjoint_eigen(Side::Lower)
                .map_err(|_| CrlbError::Factorisation {
                    what: "information about the echo gains",
                })?;
        let values = eigen.S().column_vector();
        let vectors = eigen.U();
        let null = (0..lit.len())
            .take_while(|&i| values[i].re <= RANK_TOLERANCE * lit.len() as f64)
            .count();
        let mut basis = Mat::<c64>::zeros(side, lit.len() - null);
        for (row, &i) in lit.iter().enumerate() {
            for column in 0..basis.ncols() {
                let weight = scale[row] / values[null + column].re.sqrt();
                basis[(i, column)] = vectors[(row, null + column)] * weight;
            }
        }
        let ambiguous = groups(vectors.subcols(0, null))
            .into_iter()
            .map(|group| group.into_iter().map(|row| lit[row]).collect())
            .collect();
        Ok(Self { basis, ambiguous })
    }

    /// Number of independent echoes.
    pub fn rank(&self) -> usize {
        self.basis.ncols()
    }
}

/// Eigenvalues above this are far from [`RANK_TOLERANCE`].
const CLEARLY_REGULAR: f64 = 1e-6;

/// `D^{-1/2} L^{-H}` with `L L^H` the scaled matrix, if it is clearly regular. The usual case, and the
/// eigenvalues it does without would take most of the time of a bound.
fn regular(scaled: MatRef<'_, c64>, scale: &[f64]) -> Option<Mat<c64>> {
    let n = scaled.nrows();
    let mut l = Mat::<c64>::zeros(n, n);
    for j in 0..n {
        let mut pivot = scaled[(j, j)].re;
        for k in 0..j {
            pivot -= l[(j, k)].norm_sqr();
        }
        // Also catches what is not a number.
        if pivot.is_nan() || pivot <= CLEARLY_REGULAR {
            return None;
        }
        let inverse = 1.0 / pivot.sqrt();
        l[(j, j)] = c64::from(pivot.sqrt());
        for i in j + 1..n {
            let mut value = scaled[(i, j)];
            for k in 0..j {
                value -= l[(i, k)] * l[(j, k)].conj();
            }
            l[(i, j)] = value * inverse;
        }
    }
    // Column c of X = L^{-1}, whose adjoint is wanted. No eigenvalue is below 1/‖X‖².
    let mut square = 0.0;
    let mut basis = Mat::<c64>::zeros(n, n);
    for c in 0..n {
        for i in c..n {
            let mut value = c64::from(if i == c { 1.0 } else { 0.0 });
            for k in c..i {
                // X_kc is the conjugate of the entry (c, k) found before.
                value -= l[(i, k)] * basis[(c, k)].conj();
            }
            let entry = value / l[(i, i)].re;
            square += entry.norm_sqr();
            basis[(c, i)] = entry.conj();
        }
    }
    if square > 1.0 / CLEARLY_REGULAR {
        return None;
    }
    for (row, s) in scale.iter().enumerate() {
        for column in row..n {
            basis[(row, column)] *= *s;
        }
    }
    Some(basis)
}

/// Connected components of the projector on the null space: echoes in different components are not
/// confused with one another.
fn groups(null: MatRef<'_, c64>) -> Vec<Vec<usize>> {
    let projector = null * null.adjoint();
    let side = projector.nrows();
    let mut component: Vec<usize> = (0..side).collect();
    for i in 0..side {
        for j in 0..i {
            if projector[(i, j)].norm() > TAKES_PART && component[i] != component[j] {
                let (from, to) = (component[i], component[j]);
                component
                    .iter_mut()
                    .filter(|label| **label == from)
                    .for_each(|label| *label = to);
            }
        }
    }
    (0..side)
        .map(|label| {
            (0..side)
                .filter(|&i| component[i] == label && projector[(i, i)].re > TAKES_PART)
                .collect::<Vec<_>>()
        })
        .filter(|group| group.len() > 1)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `V^H G V = I` and `V V^H G = I`, by factors and (with two echoes nearly the same) by eigenvalues.
    #[test]
    fn basis_whitens_the_gain_block() {
        for closeness in [0.3, 1e-4] {
            let side = 4;
            let response = Mat::from_fn(9, side, |i, j| {
                let x = if j == 3 { 2.0 + closeness } else { j as f64 };
                c64::from_polar(10f64.powi(-3 * (j as i32)), 0.4 * i as f64 * x)
            });
            let gain = response.adjoint() * &response;
            let found = NuisanceProjection::new(gain.as_ref()).unwrap();
            assert_eq!(found.rank(), side);
            assert!(found.ambiguous.is_empty());
            let eye = found.basis.adjoint() * (&gain * &found.basis);
            for j in 0..side {
                for i in 0..side {
                    let expected = if i == j { 1.0 } else { 0.0 };
                    let error = (eye[(i, j)] - expected).norm();
                    assert!(error < 1e-6, "{closeness} {i} {j} {error}");
                }
            }
        }
    }
}
