//! Covariances of what the access points transmit.

use faer::{Mat, MatRef, c64};
use nf_channel::Invalid;

use crate::CrlbError;

/// Largest tolerated `|Ψ - Ψ^H|`, relative to the largest entry.
const HERMITIAN_TOLERANCE: f64 = 1e-9;

/// Covariance of one access point in factored form, `Ψ = Q X Q^H + floor·I`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct FactoredCovariance {
    /// `Q`, `N_t × r`, orthonormal columns.
    #[cfg_attr(feature = "serde", serde(with = "crate::rows"))]
    pub basis: Mat<c64>,
    /// `X`, `r × r`, Hermitian positive semidefinite, in watts.
    #[cfg_attr(feature = "serde", serde(with = "crate::rows"))]
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

/// Covariance `Ψ` of one access point's signal, in watts.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
pub enum TransmitCovariance {
    /// `(P / N_t) I`.
    Isotropic {
        /// Total power `P`.
        power_w: f64,
    },
    /// Any Hermitian positive semidefinite matrix, `N_t × N_t`.
    Dense(#[cfg_attr(feature = "serde", serde(with = "crate::rows"))] Mat<c64>),
    /// `Q X Q^H + floor·I`, never formed as an `N_t × N_t` matrix.
    Factored(FactoredCovariance),
}

impl From<FactoredCovariance> for TransmitCovariance {
    fn from(factors: FactoredCovariance) -> Self {
        Self::Factored(factors)
    }
}

impl TransmitCovariance {
    /// Checks sizes for an array of so many elements, finite entries, powers, and that matrices are
    /// Hermitian with a nonnegative diagonal. What would take a decomposition (no negative
    /// eigenvalue, an orthonormal basis) is not looked at: the information needs neither.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Invalid`] or [`CrlbError::NotACovariance`].
    pub fn check(&self, elements: usize, access_point: usize) -> Result<(), CrlbError> {
        match self {
            Self::Isotropic { power_w } => {
                Invalid::unless_nonnegative("power_w", *power_w)?;
            }
            Self::Dense(matrix) => check_hermitian(matrix.as_ref(), elements, access_point)?,
            Self::Factored(factors) => {
                let basis = &factors.basis;
                Invalid::unless_size("covariance basis (elements)", elements, basis.nrows())?;
                check_finite(basis.as_ref(), access_point)?;
                check_hermitian(factors.core.as_ref(), basis.ncols(), access_point)?;
                Invalid::unless_nonnegative("floor_w", factors.floor_w)?;
            }
        }
        Ok(())
    }

    /// Total power `Tr Ψ`, in watts.
    pub fn power_w(&self) -> f64 {
        match self {
            Self::Isotropic { power_w } => *power_w,
            Self::Dense(matrix) => (0..matrix.nrows()).map(|i| matrix[(i, i)].re).sum(),
            Self::Factored(factors) => factors.power_w(),
        }
    }

    /// The covariance of so many elements as a matrix. Memory `O(N_t²)`: bounds do without it.
    pub fn to_dense(&self, elements: usize) -> Mat<c64> {
        match self {
            Self::Isotropic { power_w } => Mat::from_fn(elements, elements, |i, j| {
                c64::from(if i == j {
                    power_w / elements as f64
                } else {
                    0.0
                })
            }),
            Self::Dense(matrix) => matrix.clone(),
            Self::Factored(factors) => factors.to_dense(),
        }
    }

    /// `V^H Ψ V` for vectors of as many elements as the covariance has.
    pub(crate) fn gram(&self, vectors: MatRef<'_, c64>) -> Mat<c64> {
        match self {
            Self::Isotropic { power_w } => {
                let scale = c64::from(power_w / vectors.nrows() as f64);
                faer::Scale(scale) * (vectors.adjoint() * vectors)
            }
            Self::Dense(matrix) => {
                hermitian_part((vectors.adjoint() * (matrix * vectors)).as_ref())
            }
            Self::Factored(factors) => {
                let seen = factors.basis.adjoint() * vectors;
                let mut gram = seen.adjoint() * (&factors.core * &seen);
                if factors.floor_w > 0.0 {
                    gram += faer::Scale(c64::from(factors.floor_w)) * (vectors.adjoint() * vectors);
                }
                hermitian_part(gram.as_ref())
            }
        }
    }
}

/// `(A + A^H)/2`.
fn hermitian_part(matrix: MatRef<'_, c64>) -> Mat<c64> {
    Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| {
        (matrix[(i, j)] + matrix[(j, i)].conj()) * 0.5
    })
}

pub(crate) fn check_finite(matrix: MatRef<'_, c64>, access_point: usize) -> Result<(), CrlbError> {
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
    Invalid::unless_size("covariance (rows)", side, matrix.nrows())?;
    Invalid::unless_size("covariance (columns)", side, matrix.ncols())?;
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
