//! What the examples share: pictures and tables of results.
//!
//! [`plot`] turns a description of a figure into a PNG and an SVG; [`table`] writes CSV. Both give the same
//! bytes for the same input, on every machine: the font is part of this package.

pub mod plot;
pub mod table;
