//! What forms and multipliers prove.

pub(crate) mod certificate;
pub(crate) mod rounding;

pub use certificate::{Certificate, certify};
