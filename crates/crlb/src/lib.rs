//! Cramér–Rao bounds for localising near-field users from the echoes of several access points.
//!
//! # Model
//!
//! Access point `m` transmits `S_m`; access point `l` receives
//!
//! ```math
//! Y_l = \sum_m \sum_k \alpha_{k,l,m}\, a_{k,l}\, b_{k,m}^H S_m + N_l,
//! ```
//!
//! with near-field responses `a` that depend on the user's position, `b = a` or `b = conj(a)`, complex
//! echo gains α, and white circular Gaussian noise of power σ² per element and slot. With
//! `Ψ = blkdiag(Ψ_1 .. Ψ_M)` the covariance of the transmitted signals and τ sensing slots, the Fisher
//! information of real parameters p and q is
//!
//! ```math
//! J_{pq} = \frac{2\tau}{\sigma^2}\, \mathrm{Re} \sum_{l,m}
//!    \mathrm{Tr}\big(\Psi_m (\partial_p H^{lm})^H \partial_q H^{lm}\big), \qquad
//!    H^{lm} = \sum_k \alpha_{k,l,m}\, a_{k,l}\, b_{k,m}^H.
//! ```
//!
//! The gains of one pair of access points appear in the echo of that pair only, so eliminating them
//! (the Schur complement that gives the equivalent information `J_e`) splits into one small problem
//! for each pair, and the bound on the positions is `Tr(J_e^{-1})`. Everything is assembled from
//! inner products of the `(D+1)K` response vectors at each access point: no matrix of the size of
//! the arrays is formed.
//!
//! # Use
//!
//! [`SensingParameters`] → [`check`](SensingParameters::check) → [`SensingModel`] →
//! [`fisher_information`](SensingModel::fisher_information) → [`FisherInformation`] →
//! [`bound`](FisherInformation::bound) → [`PositionBound`]; [`Frame`] turns the bound into the
//! constant `C` of a time-division frame.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod bound;
mod covariance;
mod echo;
mod error;
mod fisher;
mod frame;
mod frames;
mod model;
mod nuisance;
mod span;

/// Arrays, carriers and gains: what a [`SensingParameters`] is made of.
pub use nf_channel;

pub use bound::{ErrorEllipsoid, PositionBound};
pub use covariance::{FactoredCovariance, SensingSignal, TransmitGram};
pub use echo::EchoInformation;
pub use error::CrlbError;
pub use fisher::{AmbiguousPair, FisherInformation};
pub use frame::{Frame, crlb_at_m2, max_time_allocation, time_allocation_limit};
pub use model::{GainModel, SensingModel, SensingParameters};
pub use nuisance::NuisanceProjection;
pub use span::TransmitSpan;
