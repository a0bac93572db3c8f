//! Robust beamforming and time allocation for time-division near-field ISAC.
//!
//! `M` access points locate `K` users from echoes during the fraction `1 - η` of each block,
//! rebuild the users' channels from the positions, and serve them during the fraction `η`:
//!
//! ```math
//! \begin{aligned}
//! \text{position error:} && \mathrm{CRLB} &= \frac{C(\Psi)}{1-\eta}, \\
//! \text{channel error (4):} && \lVert h_{k,m} - \hat h_{k,m} \rVert &\le \varepsilon_{k,m}
//!    = \alpha_e \sqrt{\mathrm{CRLB}}\; \lVert \hat h_{k,m} \rVert, \\
//! \text{rate (5):} && R &= \eta \log_2(1 + \gamma),
//! \end{aligned}
//! ```
//!
//! with γ the smallest SINR over users and channel errors. [`sensing`] is about the first line,
//! [`uncertainty`] about the second, [`scheme`] and [`allocation`] about the third.
//!
//! A [`Study`] goes all the way, from a [`Scenario`](scenario::Scenario) or from channels of one's
//! own to a [`Design`] that carries the certificate of its rate:
//!
//! 1. A [`scenario`] describes the scene; [`Sensing::design`] finds the covariance `Ψ` of least
//!    `C` and the largest time allocation `η̄` that keeps the threshold (17).
//! 2. [`Downlink`] holds the channels and their uncertainty as a function of `η`.
//! 3. A [`scheme`] designs beams at a given `η`; a strategy of [`allocation`] looks for a better
//!    `η`, and the run finishes with `η_opt = min(η̄, η_L)` (18). [`Schemes`] and [`Strategies`] have
//!    them by name.
//! 4. [`certify_beams`] proves what any [`Beams`] guarantee.
//! 5. [`design_least_power`] asks the other way round: what power SINRs take that are given.
//!
//! With the feature `localisation`, scenarios also simulate their echoes and locate their users
//! (`CheckedScenario::echo_parameters`, `CheckedScenario::localiser_parameters`); [`coverage`] counts how often
//! promises made on estimates are kept.
//!
//! With the feature `serde`, scenarios, schemes, strategies, beams and plain results are written and read, and
//! checked when they are read. What claims a proof ([`Design`], [`LeastPowerDesign`], [`CertifiedBeams`], [`Sensing`] and its covariance)
//! is only written: read its [`Beams`], and [`certify_beams`] proves again what they guarantee.
//!
//! The README has all of it in ten lines.

pub mod allocation;
mod beams;
pub mod coverage;
mod design;
mod downlink;
mod driver;
mod error;
mod least_power;
#[cfg(feature = "localisation")]
mod localisation;
mod observer;
mod outlook;
pub mod pilots;
mod position_attack;
mod registry;
pub mod scenario;
pub mod scheme;
pub mod sensing;
mod study;
mod system;
pub mod uncertainty;

/// The layers below, in the versions that this crate speaks.
pub use {crlb, nf_channel, robust_sdp};

/// Echoes and localisation (feature `localisation`).
#[cfg(feature = "localisation")]
pub use music_loc;

pub use beams::{Beams, Forms, ReducedBeams};
pub use design::{
    AttackedChannel, CertifiedBeams, Design, Termination, attack_beams, certify_beams,
};
pub use downlink::{Downlink, gamma_for_rate, rate_bit_s_hz};
pub use error::DesignError;
pub use least_power::{LeastPowerDesign, design_least_power};
pub use observer::{Observer, Progress, Silent};
pub use outlook::PriorOutlook;
pub use position_attack::{AttackedUser, PositionAttack};
pub use registry::{Registry, Schemes, Strategies};
pub use study::{Prepared, Study, System};
pub use system::Sensing;

/// The code in this crate's README compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct CrateReadme;
