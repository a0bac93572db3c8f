//! Proof of optimality, computed from the covariances alone (see the [module](super) for the argument).
//!
//! With a floor only the rest of the power, `p_m = Tr X_m`, is free to move, and the bound on
//! the error reads `Σ_m (p_m λ_max(G_m) - Tr G_m Q_m X_m Q_m^H)`.

use crlb::{CrlbError, FactoredCovariance, SensingModel, SensingSignal, TransmitGram};
use faer::{Mat, c64};

use super::hermitian;
use super::interior_point::largest_eigenvalue;
use super::sensitivity::EchoGeometry;

/// `G_m = -∂f/∂Ψ_m` at a covariance, in the form `B_m K_m B_m^H` over the transmit vectors.
///
/// The product with a matrix of the same size never needs `G_m` itself.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CovarianceGradient {
    /// `B_m`, `N_t × (D+1)K`.
    #[cfg_attr(feature = "serde", serde(with = "crlb::rows"))]
    pub vectors: Mat<c64>,
    /// `K_m`, Hermitian, `(D+1)K` square.
    #[cfg_attr(feature = "serde", serde(with = "crlb::rows"))]
    pub core: Mat<c64>,
}

impl CovarianceGradient {
    /// Largest eigenvalue of `G_m`, at the cost of a QR factorisation of the transmit vectors.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Factorisation`] when the eigenvalue iteration fails.
    pub fn largest_eigenvalue(&self) -> Result<f64, CrlbError> {
        // B = Q R with orthonormal Q: the non-zero eigenvalues are those of R K R^H.
        let triangle = self.vectors.qr().thin_R().to_owned();
        let compressed = hermitian::hermitian_part(&(&triangle * &self.core * triangle.adjoint()));
        largest_eigenvalue(&compressed)
            .filter(|value| value.is_finite())
            .ok_or(CrlbError::Factorisation {
                what: "gradient of the bound",
            })
    }

    /// `Tr(G_m Q X Q^H)`.
    pub fn inner(&self, basis: &Mat<c64>, core: &Mat<c64>) -> f64 {
        let seen = basis.adjoint() * &self.vectors;
        hermitian::inner(&(seen.adjoint() * core * &seen), &self.core)
    }

    /// `G_m` as an `N_t × N_t` matrix. Memory `O(N_t²)`.
    pub fn to_dense(&self) -> Mat<c64> {
        &self.vectors * &self.core * self.vectors.adjoint()
    }
}

/// `f = Tr(J̄_e^{-1})` and its negative gradient at given covariances.
///
/// # Errors
///
/// Those of [`SensingModel::transmit_gram`], and [`CrlbError::Factorisation`] when the information is
/// numerically singular.
pub fn covariance_gradient<const D: usize>(
    model: &SensingModel<D>,
    factors: &[FactoredCovariance],
) -> Result<(f64, Vec<CovarianceGradient>), CrlbError> {
    gradient_of(&EchoGeometry::new(model), factors)
}

fn gradient_of<const D: usize>(
    geometry: &EchoGeometry<'_, D>,
    factors: &[FactoredCovariance],
) -> Result<(f64, Vec<CovarianceGradient>), CrlbError> {
    let model = geometry.model();
    let signal = SensingSignal::factored(factors.to_vec());
    let gram = match model.transmit_gram(&signal)? {
        TransmitGram::Uncorrelated(own) => own,
        // Covariances per access point are uncorrelated by construction.
        TransmitGram::Correlated(_) => Vec::new(),
    };
    let sensitivity = geometry.sensitivity(gram)?;
    let gradients = (0..model.access_points())
        .map(|m| CovarianceGradient {
            vectors: model.transmit_vectors(m).to_owned(),
            core: sensitivity.gradient_core(m),
        })
        .collect();
    Ok((sensitivity.objective(), gradients))
}

/// The same of the mean over scenes, without the [`CovarianceGradient`]s of each.
fn mean_gradient<const D: usize>(
    geometries: &[EchoGeometry<'_, D>],
    factors: &[FactoredCovariance],
) -> Result<(f64, Vec<CovarianceGradient>), CrlbError> {
    let weight = 1.0 / geometries.len() as f64;
    let (mut objective, mut parts) = (0.0, Vec::with_capacity(geometries.len()));
    for geometry in geometries {
        let (value, gradients) = gradient_of(geometry, factors)?;
        objective += weight * value;
        parts.push(gradients);
    }
    let joined = |m: usize| {
        let blocks = || parts.iter().map(|part| &part[m]);
        let width: usize = blocks().map(|block| block.core.ncols()).sum();
        let mut vectors = Mat::<c64>::zeros(factors[m].basis.nrows(), width);
        let mut core = Mat::<c64>::zeros(width, width);
        let mut start = 0;
        for block in blocks() {
            let own = block.core.ncols();
            vectors.subcols_mut(start, own).copy_from(&block.vectors);
            core.submatrix_mut(start, start, own, own)
                .copy_from(hermitian::scaled(weight, &block.core));
            start += own;
        }
        CovarianceGradient { vectors, core }
    };
    Ok((objective, (0..factors.len()).map(joined).collect()))
}

/// [`relative_gap`] of the mean over scenes.
pub(super) fn mean_relative_gap<const D: usize>(
    geometries: &[EchoGeometry<'_, D>],
    factors: &[FactoredCovariance],
) -> Result<f64, CrlbError> {
    let (objective, gradients) = mean_gradient(geometries, factors)?;
    gap_of(objective, &gradients, factors)
}

/// Upper bound on `(f(Ψ) - f*)/f(Ψ)` over all covariances with the same powers (and the same floor).
///
/// # Errors
///
/// Those of [`covariance_gradient`].
pub fn relative_gap<const D: usize>(
    model: &SensingModel<D>,
    factors: &[FactoredCovariance],
) -> Result<f64, CrlbError> {
    let (objective, gradients) = covariance_gradient(model, factors)?;
    gap_of(objective, &gradients, factors)
}

fn gap_of(
    objective: f64,
    gradients: &[CovarianceGradient],
    factors: &[FactoredCovariance],
) -> Result<f64, CrlbError> {
    let mut gap = 0.0;
    for (factor, gradient) in factors.iter().zip(gradients) {
        let power = hermitian::trace(&factor.core);
        gap += power * gradient.largest_eigenvalue()? - gradient.inner(&factor.basis, &factor.core);
    }
    Ok(gap / objective)
}
