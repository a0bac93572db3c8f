//! Signals, and all that the information sees of them.

use faer::{Mat, c64};
use nf_channel::Invalid;

use crate::CrlbError;
use crate::covariance::{FactoredCovariance, TransmitCovariance, check_finite};
use crate::linalg;
use crate::model::SensingModel;

/// Transmitted signal, as far as the bound is concerned.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum SensingSignal {
    /// One covariance for each access point, mutually uncorrelated signals.
    Uncorrelated(Vec<TransmitCovariance>),
    /// Known samples, one `N_t × τ` matrix for each access point with a common number of slots τ.
    /// Their sample covariance counts, correlation between access points included: a receiver then
    /// has to separate the echoes of all transmitters at once.
    Waveform(#[cfg_attr(feature = "serde", serde(with = "crate::rows::list"))] Vec<Mat<c64>>),
}

impl SensingSignal {
    /// `Ψ_m = (P_m / N_t) I`, with the power `P_m` of every access point in watts.
    pub fn isotropic(powers_w: Vec<f64>) -> Self {
        let of_power = |power_w| TransmitCovariance::Isotropic { power_w };
        Self::Uncorrelated(powers_w.into_iter().map(of_power).collect())
    }

    /// One dense covariance for each access point, mutually uncorrelated signals.
    pub fn dense(matrices: Vec<Mat<c64>>) -> Self {
        let matrices = matrices.into_iter().map(TransmitCovariance::Dense);
        Self::Uncorrelated(matrices.collect())
    }

    /// One factored covariance for each access point, mutually uncorrelated signals.
    pub fn factored(factors: Vec<FactoredCovariance>) -> Self {
        Self::Uncorrelated(factors.into_iter().map(Into::into).collect())
    }
}

/// Transmit vectors seen through the signal: `B_m^H Ψ_{mm'} B_{m'}`, each `(D+1)K` square.
#[derive(Debug, Clone)]
pub enum TransmitGram {
    /// Uncorrelated access points: only `m = m'` is present.
    Uncorrelated(Vec<Mat<c64>>),
    /// Indexed `[m][m']`.
    Correlated(Vec<Vec<Mat<c64>>>),
}

impl TransmitGram {
    /// One matrix for each access point (or pair of them) and all `side × side`.
    pub(crate) fn check(&self, stations: usize, side: usize) -> Result<(), Invalid> {
        let square = |matrix: &Mat<c64>| {
            Invalid::unless_size("transmit Gram matrix (rows)", side, matrix.nrows())?;
            Invalid::unless_size("transmit Gram matrix (columns)", side, matrix.ncols())
        };
        match self {
            Self::Uncorrelated(own) => {
                Invalid::unless_size("transmit Gram matrices", stations, own.len())?;
                own.iter().try_for_each(square)
            }
            Self::Correlated(all) => {
                Invalid::unless_size("transmit Gram matrices", stations, all.len())?;
                all.iter().try_for_each(|row| {
                    Invalid::unless_size("transmit Gram matrices of a row", stations, row.len())?;
                    row.iter().try_for_each(square)
                })
            }
        }
    }
}

impl<const D: usize> SensingModel<D> {
    /// Compresses a signal to the Gram matrices that determine the information.
    ///
    /// With K users: `O(M N_t² K)` for a dense covariance, `O(M N_t K r)` for a factored one of
    /// rank r, `O(M N_t K τ)` for a waveform, and `O(M K²)` for the isotropic one.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Invalid`] (a size, a negative or non-finite power, a waveform without samples) or
    /// [`CrlbError::NotACovariance`].
    pub fn transmit_gram(&self, signal: &SensingSignal) -> Result<TransmitGram, CrlbError> {
        let (given, what) = match signal {
            SensingSignal::Uncorrelated(covariances) => (covariances.len(), "covariances"),
            SensingSignal::Waveform(samples) => (samples.len(), "waveform (access points)"),
        };
        Invalid::unless_size(what, self.access_points(), given)?;
        match signal {
            SensingSignal::Uncorrelated(covariances) => (covariances.iter().enumerate())
                .map(|(m, covariance)| {
                    covariance.check(self.elements(m), m)?;
                    Ok(covariance.gram(self.transmit_vectors(m)))
                })
                .collect::<Result<_, _>>()
                .map(TransmitGram::Uncorrelated),
            SensingSignal::Waveform(samples) => self.waveform_gram(samples),
        }
    }

    fn waveform_gram(&self, samples: &[Mat<c64>]) -> Result<TransmitGram, CrlbError> {
        let slots = samples[0].ncols();
        Invalid::if_none("waveform (slots)", slots)?;
        let mut seen = Vec::with_capacity(samples.len());
        for (m, block) in samples.iter().enumerate() {
            Invalid::unless_size("waveform (elements)", self.elements(m), block.nrows())?;
            Invalid::unless_size("waveform (slots)", slots, block.ncols())?;
            check_finite(block.as_ref(), m)?;
            let vectors = self.transmit_vectors(m);
            seen.push(linalg::adjoint_times(vectors, block.as_ref()));
        }
        let gram =
            |m: usize, n: usize| linalg::scaled_outer(1.0 / slots as f64, &seen[m], &seen[n]);
        Ok(TransmitGram::Correlated(
            (0..seen.len())
                .map(|m| (0..seen.len()).map(|n| gram(m, n)).collect())
                .collect(),
        ))
    }
}
