//! How well positions are known: a prior, or what a bound or an estimate leaves.

use faer::{Mat, MatRef};
use nf_channel::Invalid;

use crate::CrlbError;
use crate::bound::{ErrorEllipsoid, ellipsoids};
use crate::information::PositionInformation;
use crate::linalg;

/// Covariance of the position errors of all users, in m²: what is known beforehand (a prior), or the bound on
/// what any estimator may know after all sources of information have been used.
///
/// Coordinates are numbered `D·user + axis`. A variance of zero is a coordinate known exactly.
#[derive(Debug, Clone, PartialEq)]
pub struct PositionCovariance<const D: usize> {
    matrix_m2: Mat<f64>,
}

impl<const D: usize> PositionCovariance<D> {
    /// Any covariance of the coordinates of all users, `DK × DK`, errors of different users correlated or not.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Invalid`] for a side that is no multiple of `D`, a matrix that is not square, or entries that are not
    /// finite; [`CrlbError::NotPositiveSemidefinite`].
    pub fn from_matrix(matrix_m2: Mat<f64>) -> Result<Self, CrlbError> {
        check_positive::<D>("position covariance (m²)", matrix_m2.as_ref())?;
        Ok(Self { matrix_m2 })
    }

    /// A covariance for each user, errors of different users uncorrelated.
    ///
    /// # Errors
    ///
    /// As [`from_matrix`](Self::from_matrix).
    pub fn from_users_m2(covariances_m2: &[[[f64; D]; D]]) -> Result<Self, CrlbError> {
        let side = D * covariances_m2.len();
        Self::from_matrix(Mat::from_fn(side, side, |i, j| {
            if i / D == j / D {
                covariances_m2[i / D][i % D][j % D]
            } else {
                0.0
            }
        }))
    }

    /// The same standard deviation along all axes, one for each user.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Invalid`] for no user, or a deviation that is negative or not finite.
    pub fn from_deviations_m(deviations_m: &[f64]) -> Result<Self, CrlbError> {
        for &deviation in deviations_m {
            Invalid::unless_nonnegative("position_std_m", deviation)?;
        }
        let side = D * deviations_m.len();
        Self::from_matrix(Mat::from_fn(side, side, |i, j| {
            let deviation = deviations_m[i / D];
            if i == j { deviation * deviation } else { 0.0 }
        }))
    }

    pub(crate) fn unchecked(matrix_m2: Mat<f64>) -> Self {
        Self { matrix_m2 }
    }

    /// The covariance, `DK × DK`, in m².
    pub fn matrix_m2(&self) -> MatRef<'_, f64> {
        self.matrix_m2.as_ref()
    }

    /// Number of users, K.
    pub fn users(&self) -> usize {
        self.matrix_m2.nrows() / D
    }

    /// Sum of the mean squared errors of all coordinates, in m².
    pub fn total_m2(&self) -> f64 {
        (0..self.matrix_m2.nrows())
            .map(|i| self.matrix_m2[(i, i)])
            .sum()
    }

    /// Covariance of each user's own errors, in m²: what is left of the others' is averaged over.
    pub fn users_m2(&self) -> Vec<[[f64; D]; D]> {
        (0..self.users())
            .map(|user| {
                std::array::from_fn(|i| {
                    std::array::from_fn(|j| self.matrix_m2[(D * user + i, D * user + j)])
                })
            })
            .collect()
    }

    /// Mean squared distance error of each user, in m².
    pub fn user_total_m2(&self) -> Vec<f64> {
        let trace = |block: &[[f64; D]; D]| (0..D).map(|i| block[i][i]).sum();
        self.users_m2().iter().map(trace).collect()
    }

    /// Error ellipse (ellipsoid) of each user at one standard deviation.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Factorisation`] when an eigenvalue decomposition fails.
    pub fn error_ellipsoids(&self) -> Result<Vec<ErrorEllipsoid<D>>, CrlbError> {
        ellipsoids(self.matrix_m2.as_ref(), 1.0)
    }

    /// The inverse: this covariance as one source of information among others.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Factorisation`] where some coordinate is known exactly, an information without end;
    /// [`updated`](Self::updated) takes such priors too.
    pub fn information(&self) -> Result<PositionInformation<D>, CrlbError> {
        linalg::balanced_inverse(self.matrix_m2.as_ref())
            .map(PositionInformation::unchecked)
            .ok_or(CrlbError::Factorisation {
                what: "position covariance (a coordinate known exactly is information without end)",
            })
    }

    /// This prior after independent information: `P^{1/2} (I + P^{1/2} J P^{1/2})^{-1} P^{1/2}`, which is
    /// `(P^{-1} + J)^{-1}` where the inverse exists, the prior where there is no information, and zero where the prior
    /// leaves nothing to learn.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Invalid`] for another number of users, [`CrlbError::Factorisation`].
    pub fn updated(&self, information: &PositionInformation<D>) -> Result<Self, CrlbError> {
        Invalid::unless_size("information (users)", self.users(), information.users())?;
        let failed = CrlbError::Factorisation {
            what: "posterior information",
        };
        let root = linalg::symmetric_root(self.matrix_m2()).ok_or(failed.clone())?;
        let mut inner = linalg::congruence(&root, information.matrix_per_m2());
        for i in 0..inner.nrows() {
            inner[(i, i)] += 1.0;
        }
        let inverse = linalg::balanced_inverse(inner.as_ref()).ok_or(failed)?;
        Ok(Self {
            matrix_m2: linalg::symmetric(linalg::congruence(&root, inverse.as_ref()).as_ref()),
        })
    }
}

/// Largest negative eigenvalue that passes for rounding, of a matrix balanced to unit diagonal.
const ROUNDING: f64 = 1e-9;

/// Whether a matrix over all coordinates is a symmetric positive semidefinite one of numbers.
pub(crate) fn check_positive<const D: usize>(
    what: &'static str,
    matrix: MatRef<'_, f64>,
) -> Result<(), CrlbError> {
    let side = matrix.nrows();
    Invalid::if_none("users", side / D)?;
    Invalid::unless_size("matrix (rows)", D * (side / D), side)?;
    Invalid::unless_size("matrix (columns)", side, matrix.ncols())?;
    for j in 0..side {
        for i in 0..side {
            Invalid::unless_finite(what, matrix[(i, j)])?;
        }
        Invalid::unless_nonnegative(what, matrix[(j, j)])?;
    }
    let scale =
        |i: usize, j: usize| (matrix[(i, i)].sqrt() * matrix[(j, j)].sqrt()).max(f64::MIN_POSITIVE);
    let balanced = Mat::from_fn(side, side, |i, j| matrix[(i, j)] / scale(i, j));
    let fails = |eigenvalue: f64| Err(CrlbError::NotPositiveSemidefinite { what, eigenvalue });
    for j in 0..side {
        for i in 0..j {
            let difference = (balanced[(i, j)] - balanced[(j, i)]).abs();
            if difference > ROUNDING {
                return Err(CrlbError::NotSymmetric { what, difference });
            }
            // A coordinate without variance has no covariance, and no covariance exceeds the deviations' product.
            if balanced[(i, j)].abs() > 1.0 + ROUNDING {
                return fails(1.0 - balanced[(i, j)].abs());
            }
        }
    }
    match linalg::symmetric_eigen(balanced.as_ref()) {
        Some((values, _)) if values[0] >= -ROUNDING * side as f64 => Ok(()),
        Some((values, _)) => fails(values[0]),
        None => Err(CrlbError::Factorisation { what }),
    }
}
