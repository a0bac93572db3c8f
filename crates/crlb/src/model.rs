//! The sensing scene: plain parameters, and the validated model computed from them.

use faer::{Mat, MatRef, c64};
use nf_channel::{
    AmplitudeProfile, Array, Carrier, EchoConvention, EchoGain, PathGain, Reflectivity, Wavefront,
};

use crate::CrlbError;
use crate::covariance::SensingSignal;
use crate::frames::Frames;
use crate::linalg;
use crate::span::TransmitSpan;

/// What the estimator knows about the complex echo gains α.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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

/// A sensing scene, freely editable; [`check`](Self::check) turns it into a [`SensingModel`].
#[derive(Debug, Clone, PartialEq)]
pub struct SensingParameters<const D: usize> {
    /// Carrier frequency and wavelength.
    pub carrier: Carrier,
    /// Arrays of the access points; every one transmits and receives.
    pub access_points: Vec<Array<D>>,
    /// Positions of the users (the targets), in metres.
    pub users_m: Vec<[f64; D]>,
    /// One-way amplitude over distance.
    pub path_gain: PathGain,
    /// Two-way amplitude over both distances.
    pub echo_gain: EchoGain,
    /// Whether the echo is `a b^H` with `b = a` or with `b = conj(a)`.
    pub echo_convention: EchoConvention,
    /// Reflection coefficients of every user, receiver and transmitter.
    pub reflectivity: Reflectivity,
    /// What is known about the echo gains.
    pub gain_model: GainModel,
    /// Spherical or planar wavefronts.
    pub wavefront: Wavefront,
    /// Equal or distance-dependent amplitudes over an array.
    pub amplitude_profile: AmplitudeProfile,
    /// Receiver noise power per element and sensing slot, in watts.
    pub noise_w: f64,
}

impl<const D: usize> SensingParameters<D> {
    /// The paper's model of this geometry: unknown gains, two-hop echoes of unit reflectivity,
    /// spherical wavefronts, square-root path gain. Change the fields for anything else.
    pub fn new(
        carrier: Carrier,
        access_points: Vec<Array<D>>,
        users_m: Vec<[f64; D]>,
        noise_w: f64,
    ) -> Self {
        let reflectivity = Reflectivity::unit(users_m.len(), access_points.len());
        Self {
            carrier,
            access_points,
            users_m,
            path_gain: PathGain::SquareRoot,
            echo_gain: EchoGain::TwoHop,
            echo_convention: EchoConvention::Conjugate,
            reflectivity,
            gain_model: GainModel::Unknown,
            wavefront: Wavefront::Near,
            amplitude_profile: AmplitudeProfile::Uniform,
            noise_w,
        }
    }

    /// Validates the scene and computes its responses, gradients and echo gains.
    ///
    /// Cost: `O(M N_t (D+1)² K²)` operations and `O(M N_t (D+1) K)` memory.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Empty`] without users or access points, [`CrlbError::NotPositive`] for the
    /// noise power, [`CrlbError::Size`] when the reflectivity has other dimensions, and
    /// [`CrlbError::Response`] for an impossible geometry.
    pub fn check(self) -> Result<SensingModel<D>, CrlbError> {
        SensingModel::new(self)
    }
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
    /// Distance of each user to the reference point.
    pub distance_m: Vec<f64>,
    /// Derivative of that distance along each coordinate of each user.
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
    parameters: SensingParameters<D>,
    pub(crate) responses: Vec<ArrayResponses>,
    /// α, indexed `[receiver][transmitter][user]`.
    gains: Vec<Vec<Vec<c64>>>,
    pub(crate) frames: Frames<D>,
}

impl<const D: usize> SensingModel<D> {
    fn new(parameters: SensingParameters<D>) -> Result<Self, CrlbError> {
        let (users, stations) = (parameters.users_m.len(), parameters.access_points.len());
        if users == 0 {
            return Err(CrlbError::Empty { what: "user" });
        }
        if stations == 0 {
            return Err(CrlbError::Empty {
                what: "access point",
            });
        }
        if !(parameters.noise_w > 0.0 && parameters.noise_w.is_finite()) {
            return Err(CrlbError::NotPositive {
                field: "noise_w",
                value: parameters.noise_w,
            });
        }
        check_size(
            "reflectivity (users)",
            users,
            parameters.reflectivity.users(),
        )?;
        check_size(
            "reflectivity (access points)",
            stations,
            parameters.reflectivity.access_points(),
        )?;
        let responses = (0..stations)
            .map(|station| array_responses(&parameters, station))
            .collect::<Result<Vec<_>, _>>()?;
        let gains = echo_gains(&parameters, &responses);
        let mut model = Self {
            frames: Frames::identity(users),
            parameters,
            responses,
            gains,
        };
        model.choose_frames()?;
        Ok(model)
    }

    /// Measures each user's position along the principal axes of its own information.
    fn choose_frames(&mut self) -> Result<(), CrlbError> {
        let signal = SensingSignal::Isotropic(vec![1.0; self.access_points()]);
        let information = self.fisher_information(&signal)?;
        let frames = Frames::principal(information.position_normalised().as_ref())?;
        for responses in &mut self.responses {
            let users = frames.users();
            frames.turn_columns(responses.receive.subcols_mut(users, D * users));
            frames.turn_columns(responses.transmit.subcols_mut(users, D * users));
            frames.turn(&mut responses.direction);
            let receive = responses.receive.as_ref();
            responses.receive_gram = linalg::adjoint_times(receive, receive);
        }
        self.frames = frames;
        Ok(())
    }

    /// The parameters that this model was built from.
    pub fn parameters(&self) -> &SensingParameters<D> {
        &self.parameters
    }

    /// Number of users, K.
    pub fn users(&self) -> usize {
        self.parameters.users_m.len()
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

    /// Echo gain α of a user for one receiver and one transmitter.
    pub fn echo_gain(&self, receiver: usize, transmitter: usize, user: usize) -> c64 {
        self.gains[receiver][transmitter][user]
    }

    /// Relative derivative of the echo gain along a coordinate, `-jk ∂(r_l ∓ r_m)` with
    /// [`GainModel::CarrierPhase`], else zero: the derivative of a user's echo is
    /// `α (∂a b^H + a ∂b^H + slope a b^H)` with array-centred gradients.
    pub fn echo_gain_slope(&self, receiver: usize, transmitter: usize, coordinate: usize) -> c64 {
        if self.parameters.gain_model != GainModel::CarrierPhase {
            return c64::ZERO;
        }
        // Kept apart from the gradients of the arrays: in a conjugate echo of one access point the
        // two carrier phases cancel, and would take the digits of the gradients with them.
        let path = self.responses[receiver].direction[coordinate]
            + round_trip_sign(&self.parameters) * self.responses[transmitter].direction[coordinate];
        c64::new(0.0, -self.parameters.carrier.wavenumber_rad_per_m() * path)
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
        let wavenumber = self.parameters.carrier.wavenumber_rad_per_m();
        TransmitSpan::new(
            self.transmit_vectors(access_point),
            self.users(),
            wavenumber,
        )
    }
}

/// Rejects a size that differs from the expected one.
pub(crate) fn check_size(
    what: &'static str,
    expected: usize,
    found: usize,
) -> Result<(), CrlbError> {
    if expected == found {
        Ok(())
    } else {
        Err(CrlbError::Size {
            what,
            expected,
            found,
        })
    }
}

fn array_responses<const D: usize>(
    parameters: &SensingParameters<D>,
    station: usize,
) -> Result<ArrayResponses, CrlbError> {
    let array = &parameters.access_points[station];
    let users = parameters.users_m.len();
    let mut receive = Mat::<c64>::zeros(array.len(), (D + 1) * users);
    let mut distance_m = Vec::with_capacity(users);
    let mut direction = Vec::with_capacity(D * users);
    for (user, position) in parameters.users_m.iter().enumerate() {
        let response = array
            .response(
                &parameters.carrier,
                parameters.wavefront,
                parameters.amplitude_profile,
                position,
            )
            .map_err(|source| CrlbError::Response {
                access_point: station,
                user,
                source,
            })?;
        for element in 0..array.len() {
            let value = response.values[element];
            receive[(element, user)] = value;
            for axis in 0..D {
                receive[(element, users + D * user + axis)] = response.gradient[axis][element];
            }
        }
        distance_m.push(response.distance_m);
        direction.extend(response.direction);
    }
    let transmit = match parameters.echo_convention {
        EchoConvention::Conjugate => receive.clone(),
        EchoConvention::Reciprocal => Mat::from_fn(receive.nrows(), receive.ncols(), |i, j| {
            receive[(i, j)].conj()
        }),
    };
    let receive_gram = linalg::adjoint_times(receive.as_ref(), receive.as_ref());
    Ok(ArrayResponses {
        receive,
        transmit,
        receive_gram,
        distance_m,
        direction,
    })
}

/// Sign of the outward distance in the phase of an echo.
fn round_trip_sign<const D: usize>(parameters: &SensingParameters<D>) -> f64 {
    match parameters.echo_convention {
        EchoConvention::Conjugate => -1.0,
        EchoConvention::Reciprocal => 1.0,
    }
}

/// `α = ρ g exp(-j k (r_l ∓ r_m))`, upper sign for [`EchoConvention::Conjugate`].
fn echo_gains<const D: usize>(
    parameters: &SensingParameters<D>,
    responses: &[ArrayResponses],
) -> Vec<Vec<Vec<c64>>> {
    let wavenumber = parameters.carrier.wavenumber_rad_per_m();
    let sign = round_trip_sign(parameters);
    let gain = |receiver: usize, transmitter: usize, user: usize| {
        let inward = responses[receiver].distance_m[user];
        let outward = responses[transmitter].distance_m[user];
        let amplitude = parameters.echo_gain.amplitude(
            &parameters.carrier,
            parameters.path_gain,
            inward,
            outward,
        );
        let phase = -wavenumber * (inward + sign * outward);
        parameters.reflectivity.get(user, receiver, transmitter) * c64::from_polar(amplitude, phase)
    };
    let stations = responses.len();
    let users = parameters.users_m.len();
    (0..stations)
        .map(|receiver| {
            (0..stations)
                .map(|transmitter| {
                    (0..users)
                        .map(|user| gain(receiver, transmitter, user))
                        .collect()
                })
                .collect()
        })
        .collect()
}
