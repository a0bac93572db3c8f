//! Sensing covariances that minimise the Cramér–Rao bound, with a proof of optimality.
//!
//! # Problem
//!
//! Access point `m` senses with signals of covariance `Ψ_m`. Problem (7) of the paper, which it states
//! as the semidefinite program (8), is
//!
//! ```math
//! \min_{\Psi_1,\dots,\Psi_M} f(\Psi) = \mathrm{Tr}\,\bar J_e(\Psi)^{-1}
//!    \quad\text{s.t.}\quad \mathrm{Tr}\,\Psi_m \le P_m,\quad \Psi_m \succeq 0,
//! ```
//!
//! with the equivalent information `J̄_e` of the user positions (see [`crlb`]). It is solved here as the
//! smooth convex problem that it is, in the few dimensions that matter.
//!
//! # The reduction loses nothing
//!
//! Let `U_m = span{b_{k,m}, ∂b_{k,m}}` over all users k and coordinates, `Π_m` the orthogonal projector
//! on it. Every derivative of an echo has the form `Σ u v^H` with `v ∈ U_m`, and the information
//! depends on `Ψ_m` only through `Tr(Ψ_m v u^H u' v'^H) = (u^H u')(v'^H Ψ_m v)`. Since `v'^H Ψ_m v = v'^H Π_m Ψ_m Π_m v`,
//! replacing `Ψ_m` by `Π_m Ψ_m Π_m` leaves `f` as it is. The replacement is positive semidefinite, and its
//! trace is not larger, because `Tr Ψ_m - Tr Π_m Ψ_m Π_m = Tr (I-Π_m) Ψ_m (I-Π_m) ≥ 0`. So some optimum
//! has the form `Ψ_m = Q_m X_m Q_m^H` with `Q_m` an orthonormal basis of `U_m`: at most `(D+1)K` dimensions
//! (12 for four users in the plane), whatever the number of antennas. More power never hurts, so
//! `Tr X_m = P_m`.
//!
//! An isotropic floor `φ P_m/N_t I` is different: it is `φ P_m/N_t I` on `U_m` as well, and the rest of it,
//! `φ P_m (1 - r/N_t)`, is spent outside. The remaining `(1-φ)P_m` is optimised as above, with the floor's
//! contribution to the information as a constant.
//!
//! # The certificate
//!
//! `f` is convex: the full information is linear in Ψ, a Schur complement is concave in the order of
//! positive semidefinite matrices, and `Tr(·)^{-1}` is convex and decreasing in that order. So `f` lies
//! above its tangent: with `G_m = -∇_m f ⪰ 0` at any admissible Ψ and any other admissible `Ψ*`,
//!
//! ```math
//! f(\Psi^\star) \ge f(\Psi) - \sum_m \mathrm{Tr}\,G_m(\Psi^\star_m - \Psi_m)
//!    \ge f(\Psi) - \Big(\sum_m P_m \lambda_{\max}(G_m) - \sum_m \mathrm{Tr}\,G_m \Psi_m\Big).
//! ```
//!
//! The bracket is a bound on the error that anyone can recompute from the covariances:
//! [`relative_gap`] is this bracket over `f`. As `f(sΨ) = f(Ψ)/s`, Euler's relation gives
//! `Σ_m Tr G_m Ψ_m = f`, so without a floor the relative gap is `Σ_m P_m λ_max(G_m)/f - 1`.
//!
//! The gap is of first order in the error of Ψ where `f` is of second order: a point with `f` good to 1e-6 may
//! show a gap of 0.1. That is why a second-order method is used: it reaches 1e-9.
//!
//! # Method
//!
//! Newton's method on the barrier problems `min f(X) - μ Σ_m log det X_m`, μ → 0, with primal–dual
//! (Nesterov–Todd) scaling; see the sources of `interior_point`, `cone`, `newton` and
//! `sensitivity`, one idea each. `docs/sensing.md` has measurements.
//!
//! # Example
//!
//! ```
//! use crlb::{Frame, SensingParameters};
//! use nf_channel::{Array, Carrier, EchoScene, LinearExtent};
//! use td_isac_algos::sensing::SensingMethod;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let extent = LinearExtent::Aperture { aperture_m: 0.5 };
//! let stations = vec![
//!     Array::uniform_linear([0.0, 0.0], [1.0, 0.0], 21, extent)?,
//!     Array::uniform_linear([40.0, 5.0], [0.0, 1.0], 21, extent)?,
//! ];
//! let users = vec![[15.0, 20.0], [22.0, 31.0]];
//! let scene = EchoScene::new(Carrier::new(28e9)?, stations, users);
//! let model = SensingParameters::new(scene, 1e-13).check()?;
//!
//! let design = SensingMethod::new(vec![10.0, 10.0]).optimise(&model)?;
//! assert!(design.relative_gap <= 1e-6);
//! let frame = Frame::new(0.1, 1e-3)?;
//! let (best, isotropic) = (
//!     frame.crlb_constant_m2(&design.bound),
//!     frame.crlb_constant_m2(&design.isotropic_bound),
//! );
//! assert!(best < 0.5 * isotropic);
//! # Ok(())
//! # }
//! ```

mod certificate;
mod cone;
mod descent;
mod design;
mod dual_bound;
mod error;
mod hermitian;
mod interior_point;
mod mean;
mod newton;
mod program;
mod reduced;
mod sensitivity;
mod waveform;

pub use certificate::{CovarianceGradient, covariance_gradient, relative_gap};
pub use design::{SensingCovariance, SensingMethod, Subspace};
pub use error::SensingError;
pub use mean::Besides;
pub use waveform::Waveform;
