//! What the examples share: pictures and tables of results, and many designs at once.
//!
//! [`plot`] turns a description of a figure into a PNG and an SVG; [`table`] writes CSV; [`sweep`] varies the
//! keys of a scenario file and computes designs on all cores; [`hostile`] draws extreme scenarios and rechecks
//! what is designed for them; [`Failure`] is what `main` returns. All of them give the same bytes for the same
//! input: the font is part of this package, and no result depends on threads or the clock.

mod failure;
pub mod hostile;
pub mod plot;
pub mod sweep;
pub mod table;

pub use failure::Failure;
