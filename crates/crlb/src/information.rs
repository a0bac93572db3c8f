//! Information about positions from any sources. It adds up.

use faer::{Mat, MatRef};
use nf_channel::Invalid;

use crate::CrlbError;
use crate::fisher::FisherInformation;
use crate::linalg;
use crate::position_covariance::{PositionCovariance, check_positive};

/// Information about the positions of all users, in m⁻²: the sum over independent sources (echoes of one or several
/// frames, a prior, pilots, another sensor), each with its own nuisances eliminated.
///
/// Sources are independent when their errors are, *and* when their nuisances are not the same unknowns: echo gains that stay
/// as they are from one frame to the next may be used twice by a better bound than the sum.
///
/// ```
/// use crlb::nf_channel::{Array, Carrier, EchoScene, LinearExtent};
/// use crlb::{PositionCovariance, SensingParameters, SensingSignal};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let extent = LinearExtent::Aperture { aperture_m: 0.5 };
/// let array = |at, axis| Array::uniform_linear(at, axis, 21, extent);
/// let arrays = vec![array([0.0, 0.0], [1.0, 0.0])?, array([40.0, 5.0], [0.0, 1.0])?];
/// let scene = EchoScene::new(Carrier::new(28e9)?, arrays, vec![[15.0, 20.0], [22.0, 31.0]]);
/// let model = SensingParameters::new(scene, 1e-13).check()?;
/// let echoes = model.fisher_information(&SensingSignal::isotropic(vec![0.1; 2]))?;
///
/// let prior = PositionCovariance::<2>::from_deviations_m(&[0.2, 0.05])?;
/// let two_frames = echoes.position_information(10.0)?.plus(&echoes.position_information(5.0)?)?;
/// let posterior = two_frames.plus(&prior.information()?)?.covariance()?;
/// assert!(posterior.total_m2() < echoes.bound()?.crlb_m2(15.0));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PositionInformation<const D: usize> {
    matrix_per_m2: Mat<f64>,
}

impl<const D: usize> PositionInformation<D> {
    /// None at all.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Invalid`] for no user.
    pub fn none(users: usize) -> Result<Self, CrlbError> {
        Invalid::if_none("users", users)?;
        Ok(Self {
            matrix_per_m2: Mat::zeros(D * users, D * users),
        })
    }

    /// Any information, `DK × DK`, coordinates numbered `D·user + axis`.
    ///
    /// # Errors
    ///
    /// As [`PositionCovariance::from_matrix`].
    pub fn from_matrix(matrix_per_m2: Mat<f64>) -> Result<Self, CrlbError> {
        check_positive::<D>("position information (1/m²)", matrix_per_m2.as_ref())?;
        Ok(Self { matrix_per_m2 })
    }

    pub(crate) fn unchecked(matrix_per_m2: Mat<f64>) -> Self {
        Self { matrix_per_m2 }
    }

    /// The matrix, `DK × DK`, in m⁻².
    pub fn matrix_per_m2(&self) -> MatRef<'_, f64> {
        self.matrix_per_m2.as_ref()
    }

    /// Number of users, K.
    pub fn users(&self) -> usize {
        self.matrix_per_m2.nrows() / D
    }

    /// What this and an independent source say together.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Invalid`] for another number of users.
    pub fn plus(mut self, other: &Self) -> Result<Self, CrlbError> {
        Invalid::unless_size("information (users)", self.users(), other.users())?;
        linalg::add(&mut self.matrix_per_m2, &other.matrix_per_m2);
        Ok(self)
    }

    /// The bound: no unbiased estimator from these sources has a smaller error covariance.
    ///
    /// The sum is inverted as it is; where echoes are a source, [`FisherInformation::bound_with`] keeps more digits and
    /// knows which users to name.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Factorisation`] where some combination of coordinates is unknown.
    pub fn covariance(&self) -> Result<PositionCovariance<D>, CrlbError> {
        linalg::balanced_inverse(self.matrix_per_m2.as_ref())
            .map(PositionCovariance::unchecked)
            .ok_or(CrlbError::Factorisation {
                what: "position information (some coordinates remain unknown)",
            })
    }
}

impl<const D: usize> FisherInformation<D> {
    /// What the echoes of τ sensing slots say about the positions, gains eliminated: a source among others.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Invalid`] for a number of slots that is not positive and finite.
    pub fn position_information(&self, slots: f64) -> Result<PositionInformation<D>, CrlbError> {
        Invalid::unless_positive("slots", slots)?;
        Ok(PositionInformation::unchecked(self.equivalent(slots)))
    }
}
