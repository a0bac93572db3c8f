//! The relaxation by semidefinite programs at fixed ratios.

pub(crate) mod attained;
pub(crate) mod critical;
pub(crate) mod dual_bound;
pub(crate) mod margin;
pub(crate) mod relaxation;
pub(crate) mod search;
