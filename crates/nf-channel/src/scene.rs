//! The scene of sensing, described once.

use crate::vector::{norm, sub};
use crate::{
    AmplitudeProfile, Array, C64, Carrier, Channel, ChannelError, EchoConvention, EchoGain,
    Invalid, PathGain, Reflectivity, Response, Wavefront,
};

/// Why a [`Network`] or an [`EchoScene`] was rejected.
///
/// Indices count from zero, in the order in which users and access points were given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SceneError {
    /// A list is empty, or the reflectivities are those of another scene.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no response of an access point to a user.
    #[error("access point {access_point}, user {user}: {source}")]
    Response {
        /// Index of the access point.
        access_point: usize,
        /// Index of the user.
        user: usize,
        /// What is wrong with the position.
        #[source]
        source: ChannelError,
    },
    /// The gain of an echo overflows.
    #[error(
        "echo gain of user {user} from access point {transmitter} to {receiver} = {value} must be finite"
    )]
    EchoGain {
        /// Index of the user.
        user: usize,
        /// Index of the receiving access point.
        receiver: usize,
        /// Index of the transmitting access point.
        transmitter: usize,
        /// What came out.
        value: C64,
    },
}

/// Access points and how waves reach them: all that receivers know of a scene. Freely editable;
/// [`check`](Self::check) turns it into a [`ValidNetwork`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(deny_unknown_fields, bound = "[f64; D]: crate::Plain")
)]
pub struct Network<const D: usize> {
    /// Carrier frequency and wavelength.
    pub carrier: Carrier,
    /// Arrays of the access points; every one transmits and receives. One is monostatic sensing.
    pub access_points: Vec<Array<D>>,
    /// Spherical waves, or the planar comparator.
    pub wavefront: Wavefront,
    /// Equal or distance-dependent amplitudes over an array.
    pub amplitude_profile: AmplitudeProfile,
    /// One-way amplitude over distance.
    pub path_gain: PathGain,
    /// Whether the echo is `a b^H` with `b = a` or with `b = conj(a)`.
    pub echo_convention: EchoConvention,
}

impl<const D: usize> Network<D> {
    /// Spherical waves of uniform amplitude over an array, square-root path gain and conjugate
    /// echoes. Change the fields for anything else.
    pub fn new(carrier: Carrier, access_points: Vec<Array<D>>) -> Self {
        Self {
            carrier,
            access_points,
            wavefront: Wavefront::default(),
            amplitude_profile: AmplitudeProfile::default(),
            path_gain: PathGain::default(),
            echo_convention: EchoConvention::default(),
        }
    }

    /// Checks that there is an access point: arrays and carrier have been checked before.
    ///
    /// # Errors
    ///
    /// [`Invalid::Count`] without access points.
    pub fn check(self) -> Result<ValidNetwork<D>, SceneError> {
        Invalid::if_none("access_points", self.access_points.len())?;
        Ok(ValidNetwork { parameters: self })
    }
}

/// A [`Network`] with at least one access point.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidNetwork<const D: usize> {
    parameters: Network<D>,
}

impl<const D: usize> ValidNetwork<D> {
    /// The parameters that were checked.
    pub fn parameters(&self) -> &Network<D> {
        &self.parameters
    }

    /// Arrays of the access points, at least one.
    pub fn access_points(&self) -> &[Array<D>] {
        &self.parameters.access_points
    }

    /// Response of an access point to a user at a position, with its gradient.
    ///
    /// # Errors
    ///
    /// As for [`Array::response`].
    ///
    /// # Panics
    ///
    /// There is no such access point, as for a slice.
    pub fn response(
        &self,
        access_point: usize,
        position_m: &[f64; D],
    ) -> Result<Response<D>, ChannelError> {
        let of = &self.parameters;
        let array = &of.access_points[access_point];
        array.response(&of.carrier, of.wavefront, of.amplitude_profile, position_m)
    }

    /// The values of [`response`](Self::response) alone.
    ///
    /// # Errors
    ///
    /// As for [`Array::response`].
    ///
    /// # Panics
    ///
    /// There is no such access point, as for a slice.
    pub fn response_values(
        &self,
        access_point: usize,
        position_m: &[f64; D],
    ) -> Result<Vec<C64>, ChannelError> {
        let of = &self.parameters;
        let array = &of.access_points[access_point];
        array.response_values(&of.carrier, of.wavefront, of.amplitude_profile, position_m)
    }

    /// Channel `β = |β| exp(−jk r_0)` of an access point's reference point to a user at a position.
    ///
    /// # Panics
    ///
    /// There is no such access point, as for a slice.
    pub fn reference_gain(&self, access_point: usize, position_m: &[f64; D]) -> C64 {
        let of = &self.parameters;
        let distance_m = norm(&sub(
            position_m,
            of.access_points[access_point].reference_m(),
        ));
        C64::from_polar(
            of.path_gain.amplitude(&of.carrier, distance_m),
            -of.carrier.wavenumber_rad_per_m() * distance_m,
        )
    }

    /// Responses of every access point to users at these positions, `[access point][user]`.
    ///
    /// # Errors
    ///
    /// [`SceneError::Response`] names the access point and the user.
    pub fn responses(&self, users_m: &[[f64; D]]) -> Result<Vec<Vec<Response<D>>>, SceneError> {
        let response = |access_point: usize, user: usize| {
            self.response(access_point, &users_m[user])
                .map_err(|source| SceneError::Response {
                    access_point,
                    user,
                    source,
                })
        };
        (0..self.access_points().len())
            .map(|m| (0..users_m.len()).map(|user| response(m, user)).collect())
            .collect()
    }
}

/// A scene of sensing, freely editable; [`check`](Self::check) turns it into a [`ValidScene`].
///
/// Access point `m` transmits, user `k` reflects, access point `l` receives, through the channel
///
/// ```math
/// H_k^{lm} = \alpha_{k,l,m}\, a_{k,l}\, b_{k,m}^H, \qquad
///    \alpha_{k,l,m} = \rho_{k,l,m}\, g_{k,l,m}\, e^{-jk(r_{k,l} \mp r_{k,m})},
/// ```
///
/// with the responses `a` of [`Response`], `b = a` and the sign "−" for conjugate echoes, `b = conj(a)` and
/// "+" for reciprocal ones ([`EchoConvention`]), reflectivities ρ and amplitudes `g` ([`EchoGain`]).
/// Bounds, simulations and estimators take responses and gains from here, so that they speak of one
/// scene.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(deny_unknown_fields, bound = "[f64; D]: crate::Plain")
)]
pub struct EchoScene<const D: usize> {
    /// The access points.
    pub network: Network<D>,
    /// Positions of the users (the targets), in metres.
    pub users_m: Vec<[f64; D]>,
    /// Two-way amplitude over both distances.
    pub echo_gain: EchoGain,
    /// Reflection coefficients of every user, receiver and transmitter.
    pub reflectivity: Reflectivity,
    /// Links that something stands in the way of: no channel, and no echo that passes along them either way.
    #[cfg_attr(feature = "serde", serde(default))]
    pub blocked: Vec<BlockedLink>,
}

/// The way between a user and an access point, in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct BlockedLink {
    /// Index of the user.
    pub user: usize,
    /// Index of the access point.
    pub access_point: usize,
}

impl<const D: usize> EchoScene<D> {
    /// Two-hop echoes of unit reflectivity, in a network of its defaults ([`Network::new`]). Change the
    /// fields for anything else.
    pub fn new(carrier: Carrier, access_points: Vec<Array<D>>, users_m: Vec<[f64; D]>) -> Self {
        let reflectivity = Reflectivity::unit(users_m.len(), access_points.len());
        Self {
            network: Network::new(carrier, access_points),
            users_m,
            echo_gain: EchoGain::default(),
            reflectivity,
            blocked: Vec::new(),
        }
    }

    /// Checks the scene and computes its responses and echo gains.
    ///
    /// Cost and memory: `O(M N K D)` for `M` access points of `N` elements and `K` users.
    ///
    /// # Errors
    ///
    /// [`SceneError::Invalid`] without users or access points, for reflectivities of another scene or a blocked link
    /// of users or access points that there are not,
    /// [`SceneError::Response`] for an impossible geometry, [`SceneError::EchoGain`] for a gain that
    /// overflows.
    pub fn check(self) -> Result<ValidScene<D>, SceneError> {
        let (users, stations) = (self.users_m.len(), self.network.access_points.len());
        Invalid::if_none("users", users)?;
        let network = self.network.check()?;
        let reflectivity = self.reflectivity;
        Invalid::unless_size("reflectivity (users)", users, reflectivity.users())?;
        Invalid::unless_size(
            "reflectivity (access points)",
            stations,
            reflectivity.access_points(),
        )?;
        for link in &self.blocked {
            Invalid::unless_index("blocked user", users, link.user)?;
            Invalid::unless_index("blocked access_point", stations, link.access_point)?;
        }
        let responses = network.responses(&self.users_m)?;
        let mut scene = ValidScene {
            network,
            users_m: self.users_m,
            echo_gain: self.echo_gain,
            reflectivity,
            blocked: self.blocked,
            responses,
            gains: Vec::new(),
        };
        scene.gains = scene.compute_gains()?;
        Ok(scene)
    }
}

/// A checked scene with its responses and echo gains.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidScene<const D: usize> {
    network: ValidNetwork<D>,
    users_m: Vec<[f64; D]>,
    echo_gain: EchoGain,
    reflectivity: Reflectivity,
    blocked: Vec<BlockedLink>,
    /// `[access point][user]`.
    responses: Vec<Vec<Response<D>>>,
    /// `α`, receiver by receiver, transmitter by transmitter, user by user.
    gains: Vec<C64>,
}

impl<const D: usize> ValidScene<D> {
    /// The parameters that were checked, to be edited and checked again.
    pub fn parameters(&self) -> EchoScene<D> {
        EchoScene {
            network: self.network.parameters.clone(),
            users_m: self.users_m.clone(),
            echo_gain: self.echo_gain,
            reflectivity: self.reflectivity.clone(),
            blocked: self.blocked.clone(),
        }
    }

    /// The access points: what receivers know of the scene.
    pub fn network(&self) -> &ValidNetwork<D> {
        &self.network
    }

    /// Positions of the users, at least one.
    pub fn users_m(&self) -> &[[f64; D]] {
        &self.users_m
    }

    /// Reflection coefficients.
    pub fn reflectivity(&self) -> &Reflectivity {
        &self.reflectivity
    }

    /// Response `a_{k,m}` of an access point to a user.
    ///
    /// # Panics
    ///
    /// An index is out of range, as for a slice.
    pub fn response(&self, access_point: usize, user: usize) -> &Response<D> {
        &self.responses[access_point][user]
    }

    /// Whether something stands between a user and an access point.
    pub fn is_blocked(&self, access_point: usize, user: usize) -> bool {
        self.blocked.contains(&BlockedLink { user, access_point })
    }

    /// One-way channel `h_{k,m}` between a user and an access point: zero, as its gradient, where the link is
    /// blocked.
    ///
    /// # Panics
    ///
    /// An index is out of range, as for a slice.
    pub fn channel(&self, access_point: usize, user: usize) -> Channel<D> {
        let of = &self.network.parameters;
        let response = self.response(access_point, user).clone();
        let mut channel = Channel::from_response(&of.carrier, of.path_gain, response);
        if self.is_blocked(access_point, user) {
            channel.gain = C64::ZERO;
            channel.values.fill(C64::ZERO);
            channel.gradient.iter_mut().for_each(|g| g.fill(C64::ZERO));
        }
        channel
    }

    /// Complex gain `α_{k,l,m}` of a user's echo.
    ///
    /// # Panics
    ///
    /// An index is out of range, as for a slice.
    pub fn echo_gain(&self, receiver: usize, transmitter: usize, user: usize) -> C64 {
        let (stations, users) = (self.responses.len(), self.users_m.len());
        assert!(transmitter < stations && user < users);
        self.gains[(receiver * stations + transmitter) * users + user]
    }

    /// `α = ρ g exp(−jk(r_l ∓ r_m))`, upper sign for conjugate echoes.
    fn compute_gains(&self) -> Result<Vec<C64>, SceneError> {
        let of = &self.network.parameters;
        let wavenumber = of.carrier.wavenumber_rad_per_m();
        let gain = |receiver: usize, transmitter: usize, user: usize| {
            if self.is_blocked(receiver, user) || self.is_blocked(transmitter, user) {
                return Ok(C64::ZERO);
            }
            let inward = self.responses[receiver][user].distance_m;
            let outward = self.responses[transmitter][user].distance_m;
            let amplitude = (self.echo_gain).amplitude(&of.carrier, of.path_gain, inward, outward);
            let phase = -wavenumber * (inward + of.echo_convention.transmit_sign() * outward);
            let value = self.reflectivity.get(user, receiver, transmitter)
                * C64::from_polar(amplitude, phase);
            if value.is_finite() {
                return Ok(value);
            }
            Err(SceneError::EchoGain {
                user,
                receiver,
                transmitter,
                value,
            })
        };
        let (stations, users) = (self.responses.len(), self.users_m.len());
        let mut gains = Vec::with_capacity(stations * stations * users);
        for receiver in 0..stations {
            for transmitter in 0..stations {
                for user in 0..users {
                    gains.push(gain(receiver, transmitter, user)?);
                }
            }
        }
        Ok(gains)
    }
}
