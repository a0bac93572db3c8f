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
