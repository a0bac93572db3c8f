//! How an iteration fails.

/// A factorisation failed: the iterate left the cone numerically.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Breakdown;
