//! Robust max-min ratio problems through the S-procedure.
//!
//! | module | |
//! |---|---|
//! | `problem`, `error`, `subspace` | the problem as it is stated |
//! | `normalised`, `reduction`, `conditioning` | the same problem in coordinates that suit it |
//! | `proof` | what forms and multipliers prove, from the problem's data alone |
//! | `given_forms` | the worst case of forms that are given |
//! | `max_min` | the best forms: by semidefinite `programs`, or by `vectors` |
//! | `rank_one` | vectors in the place of forms |
//! | `least_power` | the cheapest vectors for ratios that are given |
//! | `attack` | the most harmful errors that a search finds |
//! | `beam_bound` | what no forms exceed, by such errors |

mod attack;
mod beam_bound;
mod conditioning;
mod error;
mod given_forms;
mod least_power;
mod max_min;
mod normalised;
mod outcome;
mod problem;
mod proof;
mod rank_one;
mod reduction;
mod subspace;

pub use attack::{Attack, AttackOptions, WorstCaseClaim, attack};
pub use beam_bound::{BeamBoundOptions, bound_beams};
pub use conditioning::Conditioning;
pub use error::RobustError;
pub use given_forms::{margins, margins_with_multipliers, nominal_ratios, worst_case_ratios};
pub use least_power::{LeastPower, LeastPowerOptions, least_power};
pub use max_min::{
    Ascent, MaxMinOptions, MaxMinSolution, Method, Neighbour, Policy, RatioPoint, RootFinding,
    local_ascent, max_min_ratio, max_min_ratio_from, max_min_ratio_within,
};
pub use problem::{ErrorBlock, RatioProblem, RatioTarget, Turn, ValidRatioProblem};
pub use proof::{
    BeamBound, Bracket, Certificate, PowerBracket, Proven, WeightedError, bound_alone, certify,
};
pub use rank_one::{Attained, RankOne, RankOneOptions, fill_budget, rank_one, rank_one_within};
pub use reduction::Reduction;
pub use subspace::Subspace;
