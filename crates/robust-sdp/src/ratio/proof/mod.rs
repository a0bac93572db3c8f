//! What forms and multipliers prove.
//!
//! Everything here is computed from the problem as it was stated, in its own units: nothing is shared with
//! the code that looks for forms, multipliers and prices, whose results are taken as claims. A lower
//! bound is an S-procedure's inequality ([`lower`]), an upper bound a feasible point of the
//! relaxation's dual ([`upper`]), a [`finite`] list of errors, or what a target could attain [`alone`], and so are both bounds of the least [`power`]; each holds for the numbers as given, whatever [`rounding`] does to the check.
//! [`certificate`] reports how well a claim holds. What is proven is a type that only this folder makes: [`Proven`] for one target,
//! [`Bracket`] for the best forms, [`PowerBracket`] for the cheapest.
//!
//! This folder imports the problem and plain linear algebra only; `tests/proof_imports.rs` reads its imports.

mod alone;
mod bracket;
#[cfg(test)]
mod by_hand;
mod certificate;
mod finite;
mod inequality;
mod lower;
mod power;
mod rounding;
mod upper;

pub use alone::bound_alone;
pub use bracket::Bracket;
pub(crate) use bracket::{LowerBound, UpperBound};
pub use certificate::{Certificate, certify};
pub(crate) use certificate::{check_multipliers, check_ratio, check_target_multipliers};
pub(crate) use finite::error_under;
pub use finite::{BeamBound, WeightedError};
pub use lower::Proven;
pub(crate) use lower::{attains, noise_margin};
pub use power::PowerBracket;
pub(crate) use power::{PowerBound, PowerUsed};
pub(crate) use upper::{Room, Witness};
