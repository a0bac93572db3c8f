//! Robust beamforming and time allocation for time-division near-field ISAC.
//!
//! `M` access points locate `K` users from echoes during the fraction `1 - η` of each block,
//! rebuild the users' channels from the positions, and serve them during the fraction `η`:
//!
//! ```text
//! position error   CRLB = C(Ψ) / (1 - η)                            crate::sensing
//! channel error    ‖h_km - ĥ_km‖ ≤ ε_km = α_e sqrt(CRLB) ‖ĥ_km‖      crate::uncertainty
//! rate             R = η log2(1 + γ),  γ the worst SINR over users and errors
//! ```
//!
//! 1. A [`scenario`] describes the scene; [`Sensing::design`] finds the covariance `Ψ` of least
//!    `C` and the largest time allocation `η̄` that keeps the threshold (17).
//! 2. [`Downlink`] holds the channels and their uncertainty as a function of `η`.
//! 3. A [`scheme`] designs beams at a given `η`; a strategy of [`allocation`] looks for a better
//!    `η`; the [`Driver`] alternates between them and finishes with `η_opt = min(η̄, η_L)` (18).
//! 4. The [`Design`] carries the certificate of its rate. [`certify_beams`] does the same for
//!    beams from anywhere.
//!
//! With the feature `localisation`, scenarios also simulate their echoes and locate their users
//! (`CheckedScenario::echo_parameters`, `CheckedScenario::localiser`); [`coverage`] counts how often
//! promises made on estimates are kept.
//!
//! The README has all of it in thirty lines.

pub mod allocation;
pub mod coverage;
mod design;
mod downlink;
mod driver;
mod error;
#[cfg(feature = "localisation")]
mod localisation;
mod observer;
mod position_attack;
pub mod scenario;
pub mod scheme;
pub mod sensing;
mod system;
pub mod uncertainty;

pub use design::{CertifiedBeams, Design, Termination, certify_beams};
pub use downlink::{Downlink, rate_bit_s_hz, ratio_for_rate};
pub use driver::Driver;
pub use error::DesignError;
pub use observer::{Observer, Progress, Silent};
pub use position_attack::{AttackedUser, PositionAttack};
pub use system::Sensing;
pub use uncertainty::{BallUncertainty, ExactChannels, PositionUncertainty, UncertaintyModel};

/// The code in the workspace's README compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// The code in this crate's README compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct CrateReadme;
