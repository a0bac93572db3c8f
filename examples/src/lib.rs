//! What the examples share: pictures and tables of results, and many designs at once.
//!
//! [`arrays`] reads NumPy's files; [`flags`] has what command lines share; [`output`] tries where results are to go; [`plot`] turns a description of a figure into a PNG and an SVG; [`table`] writes CSV; [`sweep`] varies the
//! keys of a scenario file and computes designs on all cores; [`hostile`] draws extreme scenarios and rechecks
//! what is designed for them; [`scenes`] has the presets, varied; [`Failure`] is what `main` returns. All of them give the same bytes for the same
//! input: the font is part of this package, and no result depends on threads or the clock.

pub mod arrays;
mod failure;
pub mod flags;
pub mod hostile;
pub mod output;
pub mod plot;
pub mod scenes;
pub mod sweep;
pub mod table;

pub use failure::Failure;

/// The code in the workspace's README compiles and runs. (Here and not in a library, whose package
/// could not reach it.)
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// The code on the page about extensions compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../docs/extending.md")]
struct Extending;
