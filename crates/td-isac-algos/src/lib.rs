//! Placeholder until the first increment of this crate lands.

pub mod scenario;
pub mod sensing;

/// The code in the workspace's README compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
