//! What the access points transmit while sensing, and all that the information sees of it.

use faer::{Mat, MatRef, c64};

use crate::CrlbError;
use crate::linalg;
use crate::model::{SensingModel, check_size};

/// Largest tolerated `|Ψ - Ψ^H|`, relative to the largest entry.
const HERMITIAN_TOLERANCE: f64 = 1e-9;

/// Covariance of one access point in factored form, `Ψ = Q X Q^H + floor·I`.
#[derive(Debug, Clone, PartialEq)]
pub struct FactoredCovariance {
    /// `Q`, `N_t × r`, orthonormal columns.
    pub basis: Mat<c64>,
    /// `X`, `r × r`, Hermitian positive semidefinite, in watts.
    pub core: Mat<c64>,
    /// Isotropic part: power of each element, in watts.
    pub floor_w: f64,
}

impl FactoredCovariance {
    /// Total power `Tr Ψ`, in watts.
    pub fn power_w(&self) -> f64 {
        let core: f64 = (0..self.core.nrows()).map(|i| self.core[(i, i)].re).sum();
        core + self.floor_w * self.basis.nrows() as f64
    }

    /// The covariance as an `N_t × N_t` matrix. Memory `O(N_t²)`: nothing here needs it.
    pub fn to_dense(&self) -> Mat<c64> {
        let mut dense = &self.basis * &self.core * self.basis.adjoint();
        for i in 0..dense.nrows() {
            dense[(i, i)] += self.floor_w;
        }
        dense
    }
}

/// Transmitted signal, as far as the bound is concerned.
#[derive(Debug, Clone, PartialEq)]
pub enum SensingSignal {
    /// `Ψ_m = (P_m / N_t) I`, with the power `P_m` of every access point in watts.
    Isotropic(Vec<f64>),
    /// One dense covariance for each access point, mutually uncorrelated signals.
    Dense(Vec<Mat<c64>>),
    /// One factored covariance for each access point, mutually uncorrelated signals.
    Factored(Vec<FactoredCovariance>),
    /// Known samples, one `N_t × τ` matrix for each access point with a common number of slots τ.
    /// Their sample covariance counts, correlation between access points included: a receiver then
    /// has to separate the echoes of all transmitters at once.
    Waveform(Vec<Mat<c64>>),
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
    pub(crate) fn check(&self, stations: usize, side: usize) -> Result<(), CrlbError> {
        let square = |matrix: &Mat<c64>| {
            check_size("transmit Gram matrix (rows)", side, matrix.nrows())?;
            check_size("transmit Gram matrix (columns)", side, matrix.ncols())
        };
        match self {
            Self::Uncorrelated(own) => {
                check_size("transmit Gram matrices", stations, own.len())?;
                own.iter().try_for_each(square)
            }
            Self::Correlated(all) => {
                check_size("transmit Gram matrices", stations, all.len())?;
                all.iter().try_for_each(|row| {
                    check_size("transmit Gram matrices of a row", stations, row.len())?;
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
    /// [`CrlbError::Size`], [`CrlbError::NotACovariance`] or [`CrlbError::NotPositive`] (a negative
    /// or non-finite power, or a waveform without samples).
    pub fn transmit_gram(&self, signal: &SensingSignal) -> Result<TransmitGram, CrlbError> {
        let stations = self.access_points();
        let given = match signal {
            SensingSignal::Isotropic(powers) => powers.len(),
            SensingSignal::Dense(matrices) | SensingSignal::Waveform(matrices) => matrices.len(),
            SensingSignal::Factored(factors) => factors.len(),
        };
        check_size("sensing signal (access points)", stations, given)?;
        match signal {
            SensingSignal::Isotropic(powers) => (0..stations)
                .map(|m| isotropic_gram(self.transmit_vectors(m), powers[m]))
                .collect::<Result<_, _>>()
                .map(TransmitGram::Uncorrelated),
            SensingSignal::Dense(matrices) => (0..stations)
                .map(|m| dense_gram(self.transmit_vectors(m), matrices[m].as_ref(), m))
                .collect::<Result<_, _>>()
                .map(TransmitGram::Uncorrelated),
            SensingSignal::Factored(factors) => (0..stations)
                .map(|m| factored_gram(self.transmit_vectors(m), &factors[m], m))
                .collect::<Result<_, _>>()
                .map(TransmitGram::Uncorrelated),
            SensingSignal::Waveform(samples) => self.waveform_gram(samples),
        }
    }

    fn waveform_gram(&self, samples: &[Mat<c64>]) -> Result<TransmitGram, CrlbError> {
        let slots = samples[0].ncols();
        if slots == 0 {
            return Err(CrlbError::Empty {
                what: "waveform sample",
            });
        }
        let mut seen = Vec::with_capacity(samples.len());
        for (m, block) in samples.iter().enumerate() {
            check_size("waveform (elements)", self.elements(m), block.nrows())?;
            check_size("waveform (slots)", slots, block.ncols())?;
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

fn isotropic_gram(vectors: MatRef<'_, c64>, power_w: f64) -> Result<Mat<c64>, CrlbError> {
    check_power("power_w", power_w)?;
    let scale = c64::from(power_w / vectors.nrows() as f64);
    Ok(faer::Scale(scale) * (vectors.adjoint() * vectors))
}

fn dense_gram(
    vectors: MatRef<'_, c64>,
    covariance: MatRef<'_, c64>,
    access_point: usize,
) -> Result<Mat<c64>, CrlbError> {
    check_hermitian(covariance, vectors.nrows(), access_point)?;
    Ok(hermitian_part(
        (vectors.adjoint() * (covariance * vectors)).as_ref(),
    ))
}

fn factored_gram(
    vectors: MatRef<'_, c64>,
    factors: &FactoredCovariance,
    access_point: usize,
) -> Result<Mat<c64>, CrlbError> {
    check_size(
        "covariance basis (elements)",
        vectors.nrows(),
        factors.basis.nrows(),
    )?;
    check_finite(factors.basis.as_ref(), access_point)?;
    check_hermitian(factors.core.as_ref(), factors.basis.ncols(), access_point)?;
    check_power("floor_w", factors.floor_w)?;
    let seen = factors.basis.adjoint() * vectors;
    let mut gram = seen.adjoint() * (&factors.core * &seen);
    if factors.floor_w > 0.0 {
        gram += faer::Scale(c64::from(factors.floor_w)) * (vectors.adjoint() * vectors);
    }
    Ok(hermitian_part(gram.as_ref()))
}

/// `(A + A^H)/2`.
pub(crate) fn hermitian_part(matrix: MatRef<'_, c64>) -> Mat<c64> {
    Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| {
        (matrix[(i, j)] + matrix[(j, i)].conj()) * 0.5
    })
}

fn check_power(field: &'static str, value: f64) -> Result<(), CrlbError> {
    if value >= 0.0 && value.is_finite() {
        Ok(())
    } else {
        Err(CrlbError::NotPositive { field, value })
    }
}

fn check_finite(matrix: MatRef<'_, c64>, access_point: usize) -> Result<(), CrlbError> {
    if matrix.is_all_finite() {
        Ok(())
    } else {
        Err(CrlbError::NotACovariance {
            access_point,
            why: "non-finite entries",
        })
    }
}

fn check_hermitian(
    matrix: MatRef<'_, c64>,
    side: usize,
    access_point: usize,
) -> Result<(), CrlbError> {
    check_size("covariance (rows)", side, matrix.nrows())?;
    check_size("covariance (columns)", side, matrix.ncols())?;
    check_finite(matrix, access_point)?;
    let tolerance = HERMITIAN_TOLERANCE * matrix.norm_max();
    let fails = |why| Err(CrlbError::NotACovariance { access_point, why });
    for j in 0..side {
        if matrix[(j, j)].re < -tolerance {
            return fails("negative diagonal");
        }
        for i in 0..=j {
            if (matrix[(i, j)] - matrix[(j, i)].conj()).norm() > tolerance {
                return fails("not Hermitian");
            }
        }
    }
    Ok(())
}
