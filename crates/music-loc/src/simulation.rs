//! Echoes of a known scene.

use crlb::TransmitCovariance;
use faer::{Mat, c64};
use nf_channel::{EchoConvention, EchoScene, Invalid, ValidScene};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::LocError;
use crate::echoes::{Echoes, check_samples};
use crate::linalg;
use crate::root::Root;

/// A scene and what is heard of it, freely editable; [`check`](Self::check) turns it into an
/// [`EchoModel`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(deny_unknown_fields, bound = "[f64; D]: nf_channel::Plain")
)]
pub struct EchoParameters<const D: usize> {
    /// Access points, users, and the gains between them.
    pub scene: EchoScene<D>,
    /// Covariance of each access point's signal; signals of different access points are independent.
    pub covariances: Vec<TransmitCovariance>,
    /// Receiver noise power per element and slot, in watts. Zero is allowed.
    pub noise_w: f64,
    /// Number of sensing slots, τ.
    pub slots: usize,
}

impl<const D: usize> EchoParameters<D> {
    /// Validates the scene; computes its responses, gains and covariance roots.
    ///
    /// # Errors
    ///
    /// [`LocError::Scene`] for a scene that cannot be ([`EchoScene::check`]), [`LocError::Invalid`] for the
    /// noise power, no slots or too few covariances, [`LocError::Covariance`] for one of these.
    pub fn check(self) -> Result<EchoModel<D>, LocError> {
        Invalid::if_none("slots", self.slots)?;
        Invalid::unless_nonnegative("noise_w", self.noise_w)?;
        let scene = self.scene.check()?;
        let arrays = scene.network().access_points();
        Invalid::unless_size("covariances", arrays.len(), self.covariances.len())?;
        let roots = (self.covariances.iter().zip(arrays).enumerate())
            .map(|(m, (covariance, array))| Root::new(covariance, array.len(), m))
            .collect::<Result<_, _>>()?;
        let responses = (arrays.iter().enumerate())
            .map(|(m, array)| {
                Mat::from_fn(array.len(), scene.users_m().len(), |element, user| {
                    scene.response(m, user).values[element]
                })
            })
            .collect();
        Ok(EchoModel {
            scene,
            covariances: self.covariances,
            noise_w: self.noise_w,
            slots: self.slots,
            roots,
            responses,
        })
    }
}

/// A validated scene, ready to be simulated as often as wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct EchoModel<const D: usize> {
    scene: ValidScene<D>,
    covariances: Vec<TransmitCovariance>,
    noise_w: f64,
    slots: usize,
    roots: Vec<Root>,
    /// `[a_{1,m} .. a_{K,m}]` for each access point.
    responses: Vec<Mat<c64>>,
}

/// One realisation: what was received, and the waveform behind it.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Simulation {
    /// `Y_l`.
    pub echoes: Echoes,
    /// `S_m`, one `N_m × τ` matrix for each transmitting access point.
    #[cfg_attr(feature = "serde", serde(with = "crlb::rows::list"))]
    pub waveform: Vec<Mat<c64>>,
}

impl<const D: usize> EchoModel<D> {
    /// The parameters that were checked, to be edited and checked again.
    pub fn parameters(&self) -> EchoParameters<D> {
        EchoParameters {
            scene: self.scene.parameters(),
            covariances: self.covariances.clone(),
            noise_w: self.noise_w,
            slots: self.slots,
        }
    }

    /// The scene, with its responses and echo gains.
    pub fn scene(&self) -> &ValidScene<D> {
        &self.scene
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
        let (slots, arrays) = (self.slots, self.scene.network().access_points());
        let waveform: Vec<_> = (self.roots.iter().zip(arrays))
            .map(|(root, array)| root.apply(&white(&mut rng, array.len(), slots)))
            .collect();
        self.received(waveform, &mut rng)
    }

    /// The echoes of a given waveform, of any number of slots, with the noise that [`simulate`](Self::simulate) of the same
    /// seed and as many slots draws.
    ///
    /// # Errors
    ///
    /// As [`noiseless`](Self::noiseless).
    pub fn simulate_sent(
        &self,
        waveform: Vec<Mat<c64>>,
        seed: u64,
    ) -> Result<Simulation, LocError> {
        self.check_waveform(&waveform)?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let slots = waveform[0].ncols();
        for array in self.scene.network().access_points() {
            // In place of the waveform's draws.
            white(&mut rng, array.len(), slots);
        }
        self.received(waveform, &mut rng)
    }

    fn received(
        &self,
        waveform: Vec<Mat<c64>>,
        rng: &mut ChaCha8Rng,
    ) -> Result<Simulation, LocError> {
        let (amplitude, slots) = (self.noise_w.sqrt(), waveform[0].ncols());
        let received = (self.echo_blocks(&waveform).into_iter())
            .map(|block| {
                let noise = white(rng, block.nrows(), slots);
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
    /// [`LocError::Invalid`] for a waveform of the wrong shape, [`LocError::NonFiniteSamples`].
    pub fn noiseless(&self, waveform: &[Mat<c64>]) -> Result<Echoes, LocError> {
        self.check_waveform(waveform)?;
        Echoes::new(self.echo_blocks(waveform))
    }

    fn check_waveform(&self, waveform: &[Mat<c64>]) -> Result<(), LocError> {
        Invalid::unless_size("waveform", self.roots.len(), waveform.len())?;
        check_samples("waveform", waveform)?;
        let arrays = self.scene.network().access_points();
        for (block, array) in waveform.iter().zip(arrays) {
            Invalid::unless_size("waveform (elements)", array.len(), block.nrows())?;
        }
        Ok(())
    }

    /// `Y_l = Σ_m A_l diag(α_{·,l,m}) B_m^H S_m`.
    fn echo_blocks(&self, waveform: &[Mat<c64>]) -> Vec<Mat<c64>> {
        let convention = self.scene.network().parameters().echo_convention;
        let reaching: Vec<Mat<c64>> = (self.responses.iter().zip(waveform))
            .map(|(responses, sent)| match convention {
                EchoConvention::Conjugate => linalg::adjoint_times(responses, sent),
                EchoConvention::Reciprocal => linalg::transpose_times(responses, sent),
            })
            .collect();
        let (users, slots) = (self.scene.users_m().len(), waveform[0].ncols());
        (self.responses.iter().enumerate())
            .map(|(receiver, responses)| {
                let reflected = Mat::from_fn(users, slots, |user, slot| {
                    (reaching.iter().enumerate())
                        .map(|(m, signal)| {
                            self.scene.echo_gain(receiver, m, user) * signal[(user, slot)]
                        })
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
