//! From information to bounds: the inverse, its parts, and when there is none.

use faer::{Mat, MatRef};
use nf_channel::Invalid;

use crate::CrlbError;
use crate::fisher::{AmbiguousPair, FisherInformation};
use crate::information::PositionInformation;
use crate::linalg;
use crate::position_covariance::PositionCovariance;

/// Eigenvalues of `J̄_e`, scaled by the diagonal of `J̄_pp`, below this times the number of
/// coordinates are rounding noise: entries of both carry some tens of units in the last place, and
/// the elimination of the gains subtracts quantities of the size of `J̄_pp`.
const INFORMATION_ROUNDING: f64 = 64.0 * f64::EPSILON;

/// A user takes part in an unidentifiable direction when its weight there exceeds this.
const TAKES_PART: f64 = 1e-3;

/// Cramér–Rao bound of the positions: any unbiased estimator's error covariance is at least
/// [`covariance_m2`](Self::covariance_m2).
///
/// The bound scales as `σ²/τ`; the scale-free part `J̄_e^{-1}` is computed once.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "PlainBound"))]
pub struct PositionBound<const D: usize> {
    users: usize,
    noise_w: f64,
    #[cfg_attr(feature = "serde", serde(with = "crate::rows"))]
    inverse: Mat<f64>,
    ambiguous: Vec<AmbiguousPair>,
}

/// What a bound is read from.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct PlainBound {
    users: usize,
    noise_w: f64,
    #[serde(with = "crate::rows")]
    inverse: Mat<f64>,
    ambiguous: Vec<AmbiguousPair>,
}

#[cfg(feature = "serde")]
impl<const D: usize> TryFrom<PlainBound> for PositionBound<D> {
    type Error = Invalid;

    fn try_from(plain: PlainBound) -> Result<Self, Invalid> {
        let side = plain.users.saturating_mul(D);
        Invalid::unless_positive("noise_w", plain.noise_w)?;
        Invalid::unless_size("inverse (rows)", side, plain.inverse.nrows())?;
        Invalid::unless_size("inverse (columns)", side, plain.inverse.ncols())?;
        Ok(Self {
            users: plain.users,
            noise_w: plain.noise_w,
            inverse: plain.inverse,
            ambiguous: plain.ambiguous,
        })
    }
}

/// Region that holds the estimation error of one user at one standard deviation.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(bound = "[f64; D]: nf_channel::Plain, [[f64; D]; D]: nf_channel::Plain")
)]
pub struct ErrorEllipsoid<const D: usize> {
    /// Lengths of the semi-axes (standard deviations), in metres, ascending.
    pub semi_axes_m: [f64; D],
    /// Their directions: `directions[i]` is the unit vector that belongs to `semi_axes_m[i]`.
    pub directions: [[f64; D]; D],
}

impl<const D: usize> FisherInformation<D> {
    /// Inverts the equivalent information.
    ///
    /// Whether a position can be identified is judged against natural scales, never against the
    /// largest entry: a distant user's range may carry 1e-10 of the information of its
    /// direction, legitimately, while a user on the axis of the only array shows pure rounding noise.
    /// Nor may it hang on pairs of access points that [cannot tell](Self::ambiguous_pairs) the
    /// user's echo from others: the gain of a difference below working precision is
    /// not eliminated, and could take all that such a pair seems to say.
    ///
    /// Information is a sum of products of responses, so it is rounded against its terms: the
    /// bound's relative error is of the order `1e-16 s²/λ`, λ the smallest eigenvalue of `J̄_e` scaled by
    /// the diagonal of `J̄_pp` and `s²` the largest ratio of what the gains could explain to `J̄_pp` (up to `1e12` with
    /// echoes that are next to dependent, at most the number of pairs otherwise).
    ///
    /// # Errors
    ///
    /// [`CrlbError::NotIdentifiable`] with the users concerned, or [`CrlbError::Factorisation`].
    pub fn bound(&self) -> Result<PositionBound<D>, CrlbError> {
        let side = self.own_position.nrows();
        Ok(PositionBound {
            users: self.users,
            noise_w: self.noise_w,
            inverse: self.inverse_with(&Mat::zeros(side, side))?,
            ambiguous: self.ambiguous_pairs(),
        })
    }

    /// The bound from the echoes of τ slots and other, independent information (a prior, another frame, pilots):
    /// `(J_e + J_0)^{-1}`. Without any it is [`bound`](Self::bound), digit for digit.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Invalid`] for a number of slots that is not positive and finite, or information about another
    /// number of users; as [`bound`](Self::bound) where neither source shows a position.
    pub fn bound_with(
        &self,
        slots: f64,
        other: &PositionInformation<D>,
    ) -> Result<PositionCovariance<D>, CrlbError> {
        Invalid::unless_positive("slots", slots)?;
        Invalid::unless_size("information (users)", self.users, other.users())?;
        let scale = self.scale(slots);
        let normalised = linalg::scaled(1.0 / scale, &other.matrix_per_m2().to_owned());
        let inverse = self.inverse_with(&self.along_own_axes(&normalised))?;
        let scaled = linalg::scaled(1.0 / scale, &inverse);
        Ok(PositionCovariance::unchecked(scaled))
    }

    /// Inverse of the equivalent information and other, normalised, along the users' own axes; along the scene's.
    fn inverse_with(&self, other: &Mat<f64>) -> Result<Mat<f64>, CrlbError> {
        let with = |echoes: &Mat<f64>| linalg::sum(echoes, other);
        let (known, equivalent) = (&with(&self.own_position), &with(&self.own_equivalent));
        self.check_gradients(known)?;
        let side = known.nrows();
        self.check_eigenvalues(balance(equivalent.as_ref(), known.as_ref()).as_ref())?;
        if let Some(resolved) = self.resolved() {
            let resolved = with(&resolved);
            self.check_eigenvalues(balance(resolved.as_ref(), known.as_ref()).as_ref())?;
        }
        // Balanced by its own diagonal for the factorisation: entries differ by ten orders.
        let balanced = balance(equivalent.as_ref(), equivalent.as_ref());
        let scaled =
            linalg::positive_inverse(balanced.as_ref()).ok_or(CrlbError::Factorisation {
                what: "equivalent information",
            })?;
        let inverse = Mat::from_fn(side, side, |i, j| {
            let scale = (equivalent[(i, i)] * equivalent[(j, j)]).sqrt();
            0.5 * (scaled[(i, j)] + scaled[(j, i)]) / scale
        });
        self.check_remainders(&inverse)?;
        let inverse = self.restored(&inverse);
        // The reciprocal of next to no power is no number.
        if !inverse.is_all_finite() {
            return Err(CrlbError::Factorisation {
                what: "equivalent information",
            });
        }
        Ok(inverse)
    }

    /// Coordinates on which no echo depends at all (beyond rounding).
    fn check_gradients(&self, known: &Mat<f64>) -> Result<(), CrlbError> {
        let blind = |user: usize| {
            (0..D).any(|axis| {
                let entry = known[(D * user + axis, D * user + axis)];
                // Also catches a user that is not illuminated (0 ≤ 0).
                entry.is_nan() || entry <= self.rounding[user]
            })
        };
        let users: Vec<usize> = (0..self.users).filter(|&user| blind(user)).collect();
        blind_users(users)
    }

    /// Coordinates on which, with all others unknown, no more depends than on rounding errors: a weak axis
    /// may have got its information from a stronger one that it is not quite orthogonal to.
    fn check_remainders(&self, own_inverse: &Mat<f64>) -> Result<(), CrlbError> {
        let blind = |user: usize| {
            (0..D).any(|axis| {
                let p = D * user + axis;
                own_inverse[(p, p)] * self.rounding[user] >= 1.0
            })
        };
        blind_users((0..self.users).filter(|&user| blind(user)).collect())
    }

    /// The information without what pairs say about users whose echoes they cannot tell apart, along the users'
    /// own axes. `None` where all echoes are resolved.
    fn resolved(&self) -> Option<Mat<f64>> {
        if self.blocks.iter().all(|b| b.nuisance.ambiguous.is_empty()) {
            return None;
        }
        let side = self.own_equivalent.nrows();
        let mut sum = Mat::<f64>::zeros(side, side);
        for block in &self.blocks {
            let confused: Vec<usize> = (block.nuisance.ambiguous.iter().flatten())
                .map(|echo| echo % self.users)
                .collect();
            let part = block.equivalent();
            for q in (0..side).filter(|q| !confused.contains(&(q / D))) {
                for p in (0..side).filter(|p| !confused.contains(&(p / D))) {
                    sum[(p, q)] += part[(p, q)];
                }
            }
        }
        Some(sum)
    }

    /// Combinations of coordinates without information.
    fn check_eigenvalues(&self, balanced: MatRef<'_, f64>) -> Result<(), CrlbError> {
        let side = balanced.nrows();
        let (values, vectors) =
            linalg::symmetric_eigen(balanced).ok_or(CrlbError::Factorisation {
                what: "equivalent information",
            })?;
        let threshold = INFORMATION_ROUNDING * side as f64;
        let null = (0..side).take_while(|&i| values[i] <= threshold).count();
        if null == 0 {
            return Ok(());
        }
        let weight =
            |user: usize| -> f64 { linalg::squared_norm(vectors.submatrix(D * user, 0, D, null)) };
        Err(CrlbError::NotIdentifiable {
            users: (0..self.users)
                .filter(|&user| weight(user) > TAKES_PART)
                .collect(),
            information: values[0],
            threshold,
        })
    }
}

/// The error that names users without information, if there are any.
fn blind_users(users: Vec<usize>) -> Result<(), CrlbError> {
    if users.is_empty() {
        return Ok(());
    }
    Err(CrlbError::NotIdentifiable {
        users,
        information: 0.0,
        threshold: DIRECTION_LEVEL,
    })
}

/// Reported as the threshold when the gradient itself vanishes: its relative rounding, squared.
const DIRECTION_LEVEL: f64 = INFORMATION_ROUNDING * INFORMATION_ROUNDING;

/// `diag(S)^{-1/2} A diag(S)^{-1/2}`.
fn balance(matrix: MatRef<'_, f64>, scale: MatRef<'_, f64>) -> Mat<f64> {
    Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| {
        matrix[(i, j)] / (scale[(i, i)] * scale[(j, j)]).sqrt()
    })
}

/// Each user's error ellipsoid, of a covariance times a scale.
pub(crate) fn ellipsoids<const D: usize>(
    covariance: MatRef<'_, f64>,
    scale: f64,
) -> Result<Vec<ErrorEllipsoid<D>>, CrlbError> {
    (0..covariance.nrows() / D)
        .map(|user| {
            let block = covariance.submatrix(D * user, D * user, D, D);
            let (values, vectors) =
                linalg::symmetric_eigen(block).ok_or(CrlbError::Factorisation {
                    what: "error covariance of a user",
                })?;
            Ok(ErrorEllipsoid {
                semi_axes_m: std::array::from_fn(|i| (scale * values[i].max(0.0)).sqrt()),
                directions: std::array::from_fn(|i| std::array::from_fn(|axis| vectors[(axis, i)])),
            })
        })
        .collect()
}

impl<const D: usize> PositionBound<D> {
    /// The mean over equally likely scenes (draws from a prior): the error covariance averaged over what the truth may
    /// be. Scenes differ in positions and reflectivities, not in the users' number or the noise.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Invalid`] for no bounds, or for another number of users or another noise than the first's.
    pub fn mean(bounds: &[Self]) -> Result<Self, CrlbError> {
        Invalid::if_none("bounds", bounds.len())?;
        let mut mean = bounds[0].clone();
        for bound in &bounds[1..] {
            Invalid::unless_size("bound (users)", mean.users, bound.users)?;
            if bound.noise_w != mean.noise_w {
                return Err(CrlbError::Invalid(Invalid::Number {
                    what: "noise_w",
                    value: bound.noise_w,
                    requirement: "the same in all bounds of a mean",
                }));
            }
            linalg::add(&mut mean.inverse, &bound.inverse);
            for pair in &bound.ambiguous {
                if !mean.ambiguous.contains(pair) {
                    mean.ambiguous.push(pair.clone());
                }
            }
        }
        mean.inverse = linalg::scaled(1.0 / bounds.len() as f64, &mean.inverse);
        Ok(mean)
    }

    /// `J̄_e^{-1}`, `DK × DK`, coordinates user by user and axis by axis.
    pub fn inverse_normalised(&self) -> &Mat<f64> {
        &self.inverse
    }

    /// `Tr(J̄_e^{-1})`, the objective of the sensing design.
    pub fn trace_normalised(&self) -> f64 {
        (0..self.inverse.nrows())
            .map(|i| self.inverse[(i, i)])
            .sum()
    }

    /// `σ²/(2τ)`, the factor between normalised and true bounds, for τ sensing slots.
    pub fn scale(&self, slots: f64) -> f64 {
        self.noise_w / (2.0 * slots)
    }

    /// Smallest error covariance of all positions, in m².
    pub fn covariance_m2(&self, slots: f64) -> Mat<f64> {
        linalg::scaled(self.scale(slots), &self.inverse)
    }

    /// CRLB: the smallest sum of the mean squared errors of all coordinates, in m².
    pub fn crlb_m2(&self, slots: f64) -> f64 {
        self.scale(slots) * self.trace_normalised()
    }

    /// Each user's part of the CRLB: the smallest mean squared distance error, in m².
    pub fn user_crlb_m2(&self, slots: f64) -> Vec<f64> {
        self.axis_crlb_m2(slots)
            .iter()
            .map(|axes| axes.iter().sum())
            .collect()
    }

    /// The smallest mean squared error of each user along each axis, in m².
    pub fn axis_crlb_m2(&self, slots: f64) -> Vec<[f64; D]> {
        let scale = self.scale(slots);
        (0..self.users)
            .map(|user| {
                std::array::from_fn(|axis| scale * self.inverse[(D * user + axis, D * user + axis)])
            })
            .collect()
    }

    /// Error ellipse (ellipsoid) of each user at one standard deviation.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Invalid`] for a number of slots that is not positive and finite,
    /// [`CrlbError::Factorisation`] when an eigenvalue decomposition fails.
    pub fn error_ellipsoids(&self, slots: f64) -> Result<Vec<ErrorEllipsoid<D>>, CrlbError> {
        Invalid::unless_positive("slots", slots)?;
        ellipsoids(self.inverse.as_ref(), self.scale(slots))
    }

    /// Pairs of access points that cannot tell some users' echoes apart.
    pub fn ambiguous_pairs(&self) -> &[AmbiguousPair] {
        &self.ambiguous
    }
}
