//! Robust max-min ratio problems through the S-procedure.

mod attack;
mod attained;
mod certificate;
mod conditioning;
mod critical;
mod dual_bound;
mod error;
mod fixed;
mod max_min;
mod outcome;
mod problem;
mod rank_one;
mod reduction;
mod relaxation;
mod rounding;
mod scaled;
mod subspace;
mod trust_region;

pub use attack::{Attack, AttackOptions, attack};
pub use certificate::{Certificate, certify};
pub use conditioning::Conditioning;
pub use error::RobustError;
pub use fixed::{WorstCase, margins, margins_with_multipliers, nominal_ratios, worst_case_ratios};
pub use max_min::{
    MaxMinOptions, MaxMinSolution, RootFinding, max_min_ratio, max_min_ratio_within,
};
pub use problem::{ErrorBlock, RatioProblem, RatioTarget, ValidRatioProblem};
pub use rank_one::{Attained, RankOne, RankOneOptions, fill_budget, rank_one, rank_one_within};
pub use reduction::Reduction;
pub use subspace::Subspace;

pub(crate) use certificate::{project, used_budget};
pub(crate) use fixed::{proven, worst_case};
pub(crate) use max_min::swallowed_bound;
pub(crate) use relaxation::{MarginPoint, Relaxation};
pub(crate) use scaled::ScaledProblem;
