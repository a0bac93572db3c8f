//! Robust beamforming and time allocation for time-division near-field ISAC.

pub mod allocation;
mod design;
mod downlink;
mod driver;
mod error;
mod observer;
pub mod scenario;
pub mod scheme;
pub mod sensing;
mod system;
mod uncertainty;

pub use design::{CertifiedBeams, Design, Termination, certify_beams};
pub use downlink::{Downlink, rate_bit_s_hz, ratio_for_rate};
pub use driver::Driver;
pub use error::DesignError;
pub use observer::{Observer, Progress, Silent};
pub use system::Sensing;
pub use uncertainty::{BallUncertainty, ExactChannels, UncertaintyModel};

/// The code in the workspace's README compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
