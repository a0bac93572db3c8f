//! Echoes of a known scene.

use faer::{Mat, c64};
use nf_channel::{
    AmplitudeProfile, Array, Carrier, EchoConvention, EchoGain, PathGain, Reflectivity, Response,
    Wavefront,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::covariance::Root;
use crate::echoes::{Echoes, check_samples};
use crate::error::{check_nonnegative, check_size};
use crate::linalg;
use crate::{LocError, TransmitCovariance};

/// A scene to be heard, freely editable; [`check`](Self::check) turns it into an [`EchoModel`].
#[derive(Debug, Clone, PartialEq)]
pub struct EchoParameters<const D: usize> {
    /// Carrier frequency and wavelength.
    pub carrier: Carrier,
    /// Arrays of the access points; every one transmits and receives. One is monostatic sensing.
    pub access_points: Vec<Array<D>>,
    /// True positions of the users, in metres.
    pub users_m: Vec<[f64; D]>,
    /// One-way amplitude over distance.
    pub path_gain: PathGain,
    /// Two-way amplitude over both distances.
    pub echo_gain: EchoGain,
    /// Whether the echo is `a b^H` with `b = a` or with `b = conj(a)`.
    pub echo_convention: EchoConvention,
    /// Reflection coefficients of every user, receiver and transmitter.
    pub reflectivity: Reflectivity,
    /// Spherical or planar wavefronts.
    pub wavefront: Wavefront,
    /// Equal or distance-dependent amplitudes over an array.
    pub amplitude_profile: AmplitudeProfile,
    /// Covariance of each access point's signal; signals of different access points are independent.
    pub covariances: Vec<TransmitCovariance>,
    /// Receiver noise power per element and slot, in watts. Zero is allowed.
    pub noise_w: f64,
    /// Number of sensing slots, τ.
    pub slots: usize,
}

impl<const D: usize> EchoParameters<D> {
    /// Spherical waves, two-hop conjugate echoes of unit reflectivity. Change the fields for anything
    /// else.
    pub fn new(
        carrier: Carrier,
        access_points: Vec<Array<D>>,
        users_m: Vec<[f64; D]>,
        covariances: Vec<TransmitCovariance>,
        noise_w: f64,
        slots: usize,
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
            wavefront: Wavefront::Near,
            amplitude_profile: AmplitudeProfile::Uniform,
            covariances,
            noise_w,
            slots,
        }
    }

    /// Validates the scene; computes its responses, gains and covariance roots.
    ///
    /// # Errors
    ///
    /// [`LocError::Empty`] without users, access points or slots, [`LocError::Size`] for lists or
    /// matrices of the wrong size, [`LocError::OutOfRange`] for a noise or signal power,
    /// [`LocError::NotACovariance`], [`LocError::Response`] for an impossible geometry.
    pub fn check(self) -> Result<EchoModel<D>, LocError> {
        for (what, count) in [
            ("access point", self.access_points.len()),
            ("user", self.users_m.len()),
            ("slot", self.slots),
        ] {
            if count == 0 {
                return Err(LocError::Empty { what });
            }
        }
        check_nonnegative("noise_w", self.noise_w)?;
        let (users, stations) = (self.users_m.len(), self.access_points.len());
        check_size("reflectivity (users)", users, self.reflectivity.users())?;
        check_size(
            "reflectivity (access points)",
            stations,
            self.reflectivity.access_points(),
        )?;
        check_size("covariances", stations, self.covariances.len())?;
        let roots = (self.covariances.iter().zip(&self.access_points).enumerate())
            .map(|(m, (covariance, array))| Root::new(covariance, array.len(), m))
            .collect::<Result<_, _>>()?;
        let seen = responses(&self)?;
        let gains = gains(&self, &seen);
        let responses = (seen.iter())
            .map(|users| {
                Mat::from_fn(users[0].values.len(), users.len(), |i, j| {
                    users[j].values[i]
                })
            })
            .collect();
        Ok(EchoModel {
            parameters: self,
            roots,
            responses,
            gains,
        })
    }
}

/// A validated scene, ready to be simulated as often as wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct EchoModel<const D: usize> {
    parameters: EchoParameters<D>,
    roots: Vec<Root>,
    /// `[a_{1,m} .. a_{K,m}]` for each access point.
    responses: Vec<Mat<c64>>,
    /// `α`, indexed `[receiver][transmitter][user]`.
    gains: Vec<Vec<Vec<c64>>>,
}

/// One realisation: what was received, and the waveform behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulation {
    /// `Y_l`.
    pub echoes: Echoes,
    /// `S_m`, one `N_m × τ` matrix for each transmitting access point.
    pub waveform: Vec<Mat<c64>>,
}

impl<const D: usize> EchoModel<D> {
    /// The parameters that this model was built from.
    pub fn parameters(&self) -> &EchoParameters<D> {
        &self.parameters
    }

    /// Echo gain `α` of a user for one receiver and one transmitter.
    ///
    /// # Panics
    ///
    /// An index is out of range, as for a slice.
    pub fn gain(&self, receiver: usize, transmitter: usize, user: usize) -> c64 {
        self.gains[receiver][transmitter][user]
    }

    /// Draws waveform and noise and simulates the echoes.
    ///
    /// The draws come from ChaCha8 with the given seed: standard normal pairs, real part before
    /// imaginary part, first for the waveforms (access point, slot, element), then for the noise
    /// (receiver, slot, element). The same seed gives the same draws everywhere, whatever the users,
    /// covariances and noise power; values agree to rounding.
    ///
    /// Cost: `O(M N K τ + M² K τ)`, and `O(M N² τ)` for dense covariances.
    ///
    /// # Errors
    ///
    /// [`LocError::NonFiniteSamples`] when powers or gains overflow.
    pub fn simulate(&self, seed: u64) -> Result<Simulation, LocError> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let slots = self.parameters.slots;
        let waveform: Vec<_> = (self.roots.iter().zip(&self.parameters.access_points))
            .map(|(root, array)| root.apply(&white(&mut rng, array.len(), slots)))
            .collect();
        let amplitude = self.parameters.noise_w.sqrt();
        let received = (self.echo_blocks(&waveform).into_iter())
            .map(|block| {
                let noise = white(&mut rng, block.nrows(), slots);
                linalg::plus_scaled(block, amplitude, noise)
            })
            .collect();
        Ok(Simulation {
            echoes: Echoes::new(received)?,
            waveform,
        })
    }

    /// Noiseless echoes of a given waveform, with any number of slots.
    ///
    /// # Errors
    ///
    /// [`LocError::Size`] or [`LocError::Empty`] for a waveform of the wrong shape,
    /// [`LocError::NonFiniteSamples`].
    pub fn noiseless(&self, waveform: &[Mat<c64>]) -> Result<Echoes, LocError> {
        check_size("waveform", self.roots.len(), waveform.len())?;
        check_samples("waveform", waveform)?;
        for (block, array) in waveform.iter().zip(&self.parameters.access_points) {
            check_size("waveform (elements)", array.len(), block.nrows())?;
        }
        Echoes::new(self.echo_blocks(waveform))
    }

    /// `Y_l = Σ_m A_l diag(α_{·,l,m}) B_m^H S_m`.
    fn echo_blocks(&self, waveform: &[Mat<c64>]) -> Vec<Mat<c64>> {
        let reaching: Vec<Mat<c64>> = (self.responses.iter().zip(waveform))
            .map(|(responses, sent)| match self.parameters.echo_convention {
                EchoConvention::Conjugate => linalg::adjoint_times(responses, sent),
                EchoConvention::Reciprocal => linalg::transpose_times(responses, sent),
            })
            .collect();
        let (users, slots) = (self.parameters.users_m.len(), waveform[0].ncols());
        (self.responses.iter().zip(&self.gains))
            .map(|(responses, gains)| {
                let reflected = Mat::from_fn(users, slots, |user, slot| {
                    (gains.iter().zip(&reaching))
                        .map(|(gain, signal)| gain[user] * signal[(user, slot)])
                        .sum::<c64>()
                });
                linalg::times(responses, &reflected)
            })
            .collect()
    }
}

/// Independent CN(0, 1) entries, column by column.
fn white(rng: &mut ChaCha8Rng, rows: usize, columns: usize) -> Mat<c64> {
    let mut out = Mat::zeros(rows, columns);
    for j in 0..columns {
        for i in 0..rows {
            let re: f64 = StandardNormal.sample(rng);
            let im: f64 = StandardNormal.sample(rng);
            out[(i, j)] = c64::new(re, im) * std::f64::consts::FRAC_1_SQRT_2;
        }
    }
    out
}

/// Responses of every access point to every user.
fn responses<const D: usize>(
    parameters: &EchoParameters<D>,
) -> Result<Vec<Vec<Response<D>>>, LocError> {
    let of_array = |(access_point, array): (usize, &Array<D>)| {
        let of_user = |(user, position)| {
            let (wave, profile) = (parameters.wavefront, parameters.amplitude_profile);
            array
                .response(&parameters.carrier, wave, profile, position)
                .map_err(|source| LocError::Response {
                    access_point,
                    user,
                    source,
                })
        };
        parameters.users_m.iter().enumerate().map(of_user).collect()
    };
    (parameters.access_points.iter().enumerate())
        .map(of_array)
        .collect()
}

/// `α = ρ g exp(−jk(r_l ∓ r_m))`, upper sign for conjugate echoes.
fn gains<const D: usize>(
    parameters: &EchoParameters<D>,
    seen: &[Vec<Response<D>>],
) -> Vec<Vec<Vec<c64>>> {
    let wavenumber = parameters.carrier.wavenumber_rad_per_m();
    let gain = |receiver: usize, transmitter: usize, user: usize| {
        let distance_m = |access_point: usize| seen[access_point][user].distance_m;
        let (inward, outward) = (distance_m(receiver), distance_m(transmitter));
        let amplitude = parameters.echo_gain.amplitude(
            &parameters.carrier,
            parameters.path_gain,
            inward,
            outward,
        );
        let path = inward + parameters.echo_convention.transmit_sign() * outward;
        parameters.reflectivity.get(user, receiver, transmitter)
            * c64::from_polar(amplitude, -wavenumber * path)
    };
    let (stations, users) = (seen.len(), parameters.users_m.len());
    (0..stations)
        .map(|l| {
            (0..stations)
                .map(|m| (0..users).map(|k| gain(l, m, k)).collect())
                .collect()
        })
        .collect()
}
