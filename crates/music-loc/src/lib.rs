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
//! [`EchoParameters`] → [`check`](EchoParameters::check) → [`EchoModel`] →
//! [`simulate`](EchoModel::simulate) → [`Echoes`] (or [`Echoes::new`] for measured ones);
//! [`MusicParameters`] → [`analyse`](MusicParameters::analyse) → [`Music`] →
//! [`grid_spectrum_db`](Music::grid_spectrum_db) and [`peaks`](Music::peaks). Where the
//! transmitted waveform is known, [`RefineParameters`] → [`refine`](RefineParameters::refine) →
//! [`Estimate`] takes the peaks' positions to the most likely ones, with their covariance; a
//! [`Localiser`] does both.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod covariance;
mod echoes;
mod error;
mod grid;
mod linalg;
mod localise;
mod music;
mod order;
mod peaks;
mod projection;
mod refine;
mod simulation;
mod spectrum;
mod subspace;
mod trigonometry;

/// Arrays, carriers and gains: what an [`EchoParameters`] is made of.
pub use nf_channel;

pub use covariance::TransmitCovariance;
pub use echoes::Echoes;
pub use error::LocError;
pub use grid::Grid;
pub use localise::{Localiser, Located, match_nearest};
pub use music::{Music, MusicParameters};
pub use order::ModelOrder;
pub use peaks::{Peak, PeakSearch};
pub use refine::{Estimate, Outcome, RefineParameters};
pub use simulation::{EchoModel, EchoParameters, Simulation};
pub use subspace::SubspaceVariant;
pub use trigonometry::sin_cos;
