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
//! [`EchoScene`](nf_channel::EchoScene) → [`SensingParameters`] → [`check`](SensingParameters::check) →
//! [`SensingModel`] →
//! [`fisher_information`](SensingModel::fisher_information) → [`FisherInformation`] →
//! [`bound`](FisherInformation::bound) → [`PositionBound`]; [`Frame`] turns the bound into the
//! constant `C` of a time-division frame. `check` takes the parameters by value: clone them to vary one.
//!
//! How well two panels on opposite walls locate two users in a room, with 0.1 W each in all directions:
//!
//! ```
//! use crlb::nf_channel::{Array, Carrier, EchoScene};
//! use crlb::{SensingParameters, SensingSignal};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // 8 x 8 elements, half a wavelength apart.
//! let panel = |centre| {
//!     Array::uniform_planar(centre, [8, 8], [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], 0.00535)
//! };
//! let arrays = vec![panel([0.0, 3.0, 2.5])?, panel([8.0, 3.0, 2.5])?];
//! let users = vec![[3.0, 1.0, 1.0], [5.0, 4.0, 1.5]];
//! let scene = EchoScene::new(Carrier::new(28e9)?, arrays, users);
//! // Noise power per element and slot in watts: -100 dBm.
//! let model = SensingParameters::new(scene, 1e-13).check()?;
//! let bound = model.fisher_information(&SensingSignal::isotropic(vec![0.1; 2]))?.bound()?;
//! let (all_m2, each_m2) = (bound.crlb_m2(50.0), bound.user_crlb_m2(50.0)); // after 50 slots
//! assert!((each_m2.iter().sum::<f64>() / all_m2 - 1.0).abs() < 1e-9);
//! for ellipsoid in bound.error_ellipsoids(50.0)? {
//!     assert!(ellipsoid.semi_axes_m[0] <= ellipsoid.semi_axes_m[2]); // metres, ascending
//! }
//! # Ok(())
//! # }
//! ```

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod bound;
mod covariance;
mod echo;
mod error;
mod fisher;
mod frame;
mod information;
mod linalg;
mod model;
mod motion;
mod nuisance;
mod parameters;
mod position_covariance;
#[cfg(feature = "serde")]
pub mod rows;
mod signal;
mod span;
mod user_axes;

/// Matrices: covariances are given, and information comes back, in those of this crate.
pub use faer;
/// Arrays, carriers, gains and scenes: what a [`SensingParameters`] is made of.
pub use nf_channel;

pub use bound::{ErrorEllipsoid, PositionBound};
pub use covariance::{FactoredCovariance, TransmitCovariance};
pub use echo::EchoInformation;
pub use error::CrlbError;
pub use fisher::{AmbiguousPair, FisherInformation};
pub use frame::{Frame, crlb_at_m2, max_time_allocation, time_allocation_limit};
pub use information::PositionInformation;
pub use model::{GainModel, SensingModel};
pub use motion::MotionBound;
pub use nuisance::NuisanceProjection;
pub use parameters::SensingParameters;
pub use position_covariance::PositionCovariance;
pub use signal::{SensingSignal, TransmitGram};
pub use span::TransmitSpan;
