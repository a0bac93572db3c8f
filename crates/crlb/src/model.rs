//! A scene as bounds see it: responses, gradients and Gram matrices.

use faer::{Mat, MatRef, c64};
use nf_channel::{EchoConvention, ValidScene};

use crate::CrlbError;
use crate::linalg;
use crate::span::TransmitSpan;
use crate::user_axes::UserAxes;

/// What the estimator knows about the complex echo gains α.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum GainModel {
    /// α is an unknown complex constant for every user and pair of access points, estimated
    /// together with the positions (equation (2) of the paper). The bound does not depend on the
    /// phase reference of the array responses.
    #[default]
    Unknown,
    /// α is a known constant. Positions act through the array-centred responses alone.
    Known,
    /// Reflectivity and amplitude are known constants, and the carrier phase of the echo is a
    /// function of the position (phase-coherent access points). The amplitude's own dependence on
    /// the position is neglected: it is smaller by the number of wavelengths in the distance.
    CarrierPhase,
}

/// The responses of one access point to all users, as matrix columns.
#[derive(Debug, Clone)]
pub(crate) struct ArrayResponses {
    /// `[a_1 .. a_K, ∂_1 a_1 .. ∂_D a_1, ∂_1 a_2 ..]`.
    pub receive: Mat<c64>,
    /// The same for `b`.
    pub transmit: Mat<c64>,
    /// `receive^H receive`.
    pub receive_gram: Mat<c64>,
    /// Derivative of each user's distance from the reference point along each of its coordinates.
    pub direction: Vec<f64>,
}

/// A validated sensing scene with everything that does not depend on the transmitted signal.
///
/// Column order of all response matrices and of their Gram matrices (side `(D+1)K`): the responses
/// of users `0..K`, then the gradients, user by user and direction by direction. Position parameters
/// are numbered in the same way, `D·user + direction`. Here, and in [`EchoInformation`](crate::EchoInformation), the
/// directions are each user's own: the principal axes of its information under isotropic signals. A
/// distant user's range carries a tiny part of the information; along its own axes it keeps all its
/// digits, along x and y it would drown. [`FisherInformation`](crate::FisherInformation) and
/// [`PositionBound`](crate::PositionBound) answer along x, y (and z).
#[derive(Debug, Clone)]
pub struct SensingModel<const D: usize> {
    scene: ValidScene<D>,
    gain_model: GainModel,
    noise_w: f64,
    pub(crate) responses: Vec<ArrayResponses>,
    pub(crate) axes: UserAxes<D>,
}

impl<const D: usize> SensingModel<D> {
    /// The model along x, y (and z).
    pub(crate) fn new(scene: ValidScene<D>, gain_model: GainModel, noise_w: f64) -> Self {
        let stations = scene.network().access_points().len();
        Self {
            responses: (0..stations)
                .map(|station| array_responses(&scene, station))
                .collect(),
            axes: UserAxes::identity(scene.users_m().len()),
            scene,
            gain_model,
            noise_w,
        }
    }

    /// The model along other axes; it was along x, y (and z).
    #[must_use]
    pub(crate) fn along(mut self, axes: UserAxes<D>) -> Self {
        for responses in &mut self.responses {
            let users = axes.users();
            axes.turn_columns(responses.receive.subcols_mut(users, D * users));
            axes.turn_columns(responses.transmit.subcols_mut(users, D * users));
            axes.turn(&mut responses.direction);
            let receive = responses.receive.as_ref();
            responses.receive_gram = linalg::adjoint_times(receive, receive);
        }
        self.axes = axes;
        self
    }

    /// The scene, with its responses and echo gains.
    pub fn scene(&self) -> &ValidScene<D> {
        &self.scene
    }

    /// What is known about the echo gains.
    pub fn gain_model(&self) -> GainModel {
        self.gain_model
    }

    /// Receiver noise power per element and sensing slot, in watts.
    pub fn noise_w(&self) -> f64 {
        self.noise_w
    }

    /// Number of users, K.
    pub fn users(&self) -> usize {
        self.scene.users_m().len()
    }

    /// Number of access points, M.
    pub fn access_points(&self) -> usize {
        self.responses.len()
    }

    /// Number of unknown coordinates, `D·K`.
    pub fn coordinates(&self) -> usize {
        D * self.users()
    }

    /// Number of elements of an access point's array.
    pub fn elements(&self, access_point: usize) -> usize {
        self.responses[access_point].receive.nrows()
    }

    /// Relative derivative of the echo gain along a coordinate, `-jk ∂(r_l ∓ r_m)` with
    /// [`GainModel::CarrierPhase`], else zero: the derivative of a user's echo is
    /// `α (∂a b^H + a ∂b^H + slope a b^H)` with array-centred gradients.
    pub fn echo_gain_slope(&self, receiver: usize, transmitter: usize, coordinate: usize) -> c64 {
        if self.gain_model != GainModel::CarrierPhase {
            return c64::ZERO;
        }
        // Kept apart from the gradients of the arrays: in a conjugate echo of one access point the
        // two carrier phases cancel, and would take the digits of the gradients with them.
        let of = self.scene.network().parameters();
        let path = self.responses[receiver].direction[coordinate]
            + of.echo_convention.transmit_sign()
                * self.responses[transmitter].direction[coordinate];
        c64::new(0.0, -of.carrier.wavenumber_rad_per_m() * path)
    }

    /// Receive responses and gradients of an access point, `N_t × (D+1)K`.
    pub fn receive_vectors(&self, access_point: usize) -> MatRef<'_, c64> {
        self.responses[access_point].receive.as_ref()
    }

    /// Transmit responses `b` and gradients of an access point, `N_t × (D+1)K`.
    pub fn transmit_vectors(&self, access_point: usize) -> MatRef<'_, c64> {
        self.responses[access_point].transmit.as_ref()
    }

    /// Gram matrix of [`receive_vectors`](Self::receive_vectors), `(D+1)K` square.
    pub fn receive_gram(&self, access_point: usize) -> MatRef<'_, c64> {
        self.responses[access_point].receive_gram.as_ref()
    }

    /// Orthonormal basis of the span of an access point's transmit vectors, and their coordinates.
    ///
    /// The information depends on a covariance only through its compression to this span.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Factorisation`] when the singular value decomposition fails.
    pub fn transmit_span(&self, access_point: usize) -> Result<TransmitSpan, CrlbError> {
        TransmitSpan::of_scenes(std::slice::from_ref(self), access_point)
    }

    /// A symmetric matrix over all coordinates, along x, y (and z), as one along the users' own axes, in which
    /// [`EchoInformation`](crate::EchoInformation) is.
    pub fn along_own_axes(&self, matrix: MatRef<'_, f64>) -> Mat<f64> {
        self.axes.along(matrix)
    }
}

fn array_responses<const D: usize>(scene: &ValidScene<D>, station: usize) -> ArrayResponses {
    let network = scene.network();
    let (elements, users) = (
        network.access_points()[station].len(),
        scene.users_m().len(),
    );
    let mut receive = Mat::<c64>::zeros(elements, (D + 1) * users);
    let mut direction = Vec::with_capacity(D * users);
    for user in 0..users {
        let response = scene.response(station, user);
        for element in 0..elements {
            receive[(element, user)] = response.values[element];
            for axis in 0..D {
                receive[(element, users + D * user + axis)] = response.gradient[axis][element];
            }
        }
        direction.extend(response.direction);
    }
    let transmit = match network.parameters().echo_convention {
        EchoConvention::Conjugate => receive.clone(),
        EchoConvention::Reciprocal => Mat::from_fn(receive.nrows(), receive.ncols(), |i, j| {
            receive[(i, j)].conj()
        }),
    };
    let receive_gram = linalg::adjoint_times(receive.as_ref(), receive.as_ref());
    ArrayResponses {
        receive,
        transmit,
        receive_gram,
        direction,
    }
}
