//! The subspace of an access point's signal space that the echoes can see.

use faer::{Mat, MatRef, c64};

use crate::CrlbError;
use crate::model::SensingModel;

/// Columns whose norm is below this fraction of their natural scale are rounding noise: a response
/// gradient that vanishes in exact arithmetic is left with a few units in the last place.
const VANISHING_COLUMN: f64 = 1e-14;

/// Singular values below this fraction of the largest (of columns scaled to unit norm) are dropped.
/// The decomposition resolves them down to about `1e-16`; legitimate ones, such as the range
/// direction of a distant user, were seen as small as `1e-7`.
const RANK_TOLERANCE: f64 = 1e-12;

/// Orthonormal basis `Q` of `span{b_k, ∂b_k}` of one access point, with the coordinates of the
/// spanning vectors.
#[derive(Debug, Clone)]
pub struct TransmitSpan {
    /// `Q`, `N_t × r`, orthonormal columns.
    pub basis: Mat<c64>,
    /// `Q^H B`, `r × (D+1)K`: the transmit vectors in the basis, in the model's column order.
    pub coordinates: Mat<c64>,
}

impl TransmitSpan {
    /// Rank-revealing: columns are scaled to unit norm, and directions that are numerically
    /// absent are left out. Cost `O(N_t (D+1)² K²)`. The vectors are those of one or several scenes, `width` each.
    pub(crate) fn new(
        vectors: MatRef<'_, c64>,
        users: usize,
        width: usize,
        wavenumber: f64,
    ) -> Result<Self, CrlbError> {
        let scale = |column: usize| {
            let natural = if column % width < users {
                1.0
            } else {
                wavenumber
            };
            let norm = vectors.col(column).norm_l2();
            // Uniform responses have norm sqrt(N_t).
            if norm > VANISHING_COLUMN * natural * (vectors.nrows() as f64).sqrt() {
                1.0 / norm
            } else {
                0.0
            }
        };
        let scales: Vec<f64> = (0..vectors.ncols()).map(scale).collect();
        let scaled = Mat::from_fn(vectors.nrows(), vectors.ncols(), |i, j| {
            vectors[(i, j)] * scales[j]
        });
        let svd = scaled.thin_svd().map_err(|_| CrlbError::Factorisation {
            what: "matrix of transmit vectors",
        })?;
        let singular = svd.S().column_vector();
        let largest = singular[0].re;
        let rank = (0..singular.nrows())
            .take_while(|&i| singular[i].re > RANK_TOLERANCE * largest)
            .count();
        let basis = svd.U().subcols(0, rank).to_owned();
        let coordinates = basis.adjoint() * vectors;
        Ok(Self { basis, coordinates })
    }

    /// The span of all scenes' transmit vectors at one access point; [`coordinates`](Self::coordinates) has those of
    /// one scene after those of the other. The scenes have the same access points and the same number of users.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Factorisation`] when the singular value decomposition fails.
    pub fn of_scenes<const D: usize>(
        models: &[SensingModel<D>],
        access_point: usize,
    ) -> Result<Self, CrlbError> {
        let width = models.first().map_or(0, |m| m.coordinates() + m.users());
        let rows = models.first().map_or(0, |m| m.elements(access_point));
        let mut all = Mat::<c64>::zeros(rows, width * models.len());
        for (s, model) in models.iter().enumerate() {
            all.subcols_mut(s * width, width)
                .copy_from(model.transmit_vectors(access_point));
        }
        let (users, wavenumber) = (models.first()).map_or((0, 0.0), |m| {
            let carrier = m.scene().network().parameters().carrier;
            (m.users(), carrier.wavenumber_rad_per_m())
        });
        Self::new(all.as_ref(), users, width, wavenumber)
    }

    /// The trivial span: all of the signal space. Meant for checking the reduction.
    pub fn full(vectors: MatRef<'_, c64>) -> Self {
        let side = vectors.nrows();
        Self {
            basis: Mat::identity(side, side),
            coordinates: vectors.to_owned(),
        }
    }

    /// Dimension r of the span.
    pub fn rank(&self) -> usize {
        self.basis.ncols()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What no checked scene contains: a decomposition that cannot be had is an error.
    #[test]
    fn vectors_that_are_no_numbers() {
        let vectors = Mat::from_fn(4, 3, |i, j| {
            c64::new(if i == j { f64::NAN } else { 1.0 }, 0.0)
        });
        let error = TransmitSpan::new(vectors.as_ref(), 1, 3, 1.0).err();
        assert!(matches!(error, Some(CrlbError::Factorisation { .. })));
    }
}
