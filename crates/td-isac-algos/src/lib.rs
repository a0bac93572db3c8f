//! Placeholder until the first increment of this crate lands.

pub mod scenario;
pub mod sensing;
