//! From echoes to positions: simulation of what the arrays receive, MUSIC on it, and maximum likelihood.
//!
//! # Model
//!
//! Access point `m` transmits `S_m = Ψ_m^{1/2} Z_m`, with `Z_m` white circular Gaussian of unit variance
//! over τ slots; access point `l` receives
//!
//! ```math
//! Y_l = \sum_m \sum_k \alpha_{k,l,m}\, a_{k,l}\, b_{k,m}^H S_m + N_l, \qquad
//!    \alpha_{k,l,m} = \rho_{k,l,m}\, g\, e^{-j\frac{2\pi}{\lambda}(r_{k,l} \mp r_{k,m})},
//! ```
//!
//! with the responses `a` of [`nf_channel`], `b = a` and the sign − for conjugate echoes, `b = conj(a)`
//! and + for reciprocal ones, reflectivities ρ, amplitudes `g`, and white circular Gaussian noise of
//! power σ² per element and slot. Receivers' data are matrices of elements by slots.
//!
//! MUSIC (R. O. Schmidt, "Multiple emitter location and signal parameter estimation", IEEE Trans. AP 34,
//! 1986) compares a position's response `v` with the signal subspace `U_s` of the data:
//!
//! ```math
//! P(c) = \frac{\lVert v\rVert^2}{\lVert v\rVert^2 - \lVert U_s^H v\rVert^2}.
//! ```
//!
//! Reflectivities that differ between pairs of access points give every user up to M dimensions in the
//! stack of all receivers, but one for each receiver: see [`SubspaceVariant`].
//!
//! Lengths are in metres, powers in watts, angles in radians; only the spectrum is in decibels.
//!
//! # Use
//!
//! A scene ([`EchoScene`](nf_channel::EchoScene)), signals, noise and a number of slots make
//! [`EchoParameters`] → [`check`](EchoParameters::check) → [`EchoModel`] →
//! [`simulate`](EchoModel::simulate) → [`Echoes`] (or [`Echoes::new`] for measured ones). What the receivers
//! know is the [`Network`](nf_channel::Network) alone: [`MusicParameters`] →
//! [`analyse`](MusicParameters::analyse) → [`Music`] → [`grid_spectrum_db`](Music::grid_spectrum_db) and
//! [`peaks`](Music::peaks). Where the transmitted waveform is known, [`RefineParameters`] → [`Refiner`] →
//! [`refine`](Refiner::refine) → [`Estimate`] takes the peaks' positions to the most likely ones, with
//! their covariance; [`LocaliserParameters`] → [`Localiser`] does both, with one network for both.
//!
//! Neither asks whether there is a user at all, or whether the model fits. [`DetectorParameters`] →
//! [`Detector`] → [`detect`](Detector::detect) → [`Detection`] does: each user is
//! [found, doubtful or not found](Verdict), with the reason.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod chi_square;
mod detect;
mod echoes;
mod error;
mod false_alarm;
mod fit;
mod grid;
mod judge;
mod linalg;
mod lobes;
mod localise;
mod mirror;
mod music;
mod order;
mod others;
mod peaks;
mod projection;
mod refine;
mod region;
mod rivals;
mod root;
mod scan;
mod search;
mod simulation;
mod spectrum;
mod subspace;
mod trigonometry;
mod verdict;

/// Bounds of the same scenes, and the covariances of the signals that are simulated.
pub use crlb;
/// Matrices: echoes and waveforms are given, and covariances come back, in those of this crate.
pub use faer;
/// Arrays, carriers, gains and scenes: what an [`EchoParameters`] is made of.
pub use nf_channel;

pub use detect::{Detector, DetectorParameters, Noise, UserCount};
pub use echoes::Echoes;
pub use error::LocError;
pub use grid::Grid;
pub use localise::{Localiser, LocaliserParameters, Located, match_nearest};
pub use music::{Music, MusicParameters};
pub use order::ModelOrder;
pub use peaks::{Peak, PeakSearch, ValidPeakSearch};
pub use refine::{Estimate, Outcome, RefineParameters, Refiner};
pub use region::{HalfSpace, MAX_CELLS, Region};
pub use simulation::{EchoModel, EchoParameters, Simulation};
pub use subspace::SubspaceVariant;
pub use verdict::{Absence, DetectedUser, Detection, Doubt, Fit, Verdict};
