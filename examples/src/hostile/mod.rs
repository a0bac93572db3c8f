//! Hostile scenarios: extreme but valid ones, designed like any other, and every answer checked again.
//!
//! [`AnyCase::draw`] makes the `number`-th case of a series; [`AnyCase::run`] designs it and says how that
//! ended: with a certified result, with a typed error, or with something that must not be. A
//! certified result is one that survived an independent recheck in full dimension:
//!
//! - [`sensing_check`]: the bound from the Jacobian of the echoes by singular value decompositions (the
//!   library squares it to a Fisher matrix first), in all antennas; and the optimality gap from
//!   dense gradients.
//! - [`beam_check`]: the matrix inequality from the raw channels, once densely by eigenvalues, once through
//!   the Sherman–Morrison–Woodbury formula in as many dimensions as there are users (the library factors
//!   a reduced inequality); and an attack in antenna coordinates by gradients (the library's attack
//!   solves trust-region problems in reduced ones).
//!
//! `cargo run --release --example hostile` runs 2000 cases; `docs/testing.md` has the counts.

pub mod beam_check;
mod precise;
mod run;
mod scene;
pub mod sensing_check;
mod tally;
mod verdict;

pub use scene::{AnyCase, Case, ErrorScale, TimeChoice};
pub use tally::Tally;
pub use verdict::{Ending, Findings, Verdict};
