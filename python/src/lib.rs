//! The compiled half of the Python package `near_field_isac`.
//!
//! Python's half (the folder `near_field_isac`) has the documented classes and checks what callers pass; this half
//! calls the crates and hands back plain dictionaries and arrays. It is not meant to be called by anybody else.

mod arrays;
mod beams;
mod design;
mod errors;
mod localise;
mod run;
mod scenario;
mod sdp;
mod sensing;
mod values;

use pyo3::prelude::*;

/// The compiled half of near_field_isac.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::beams::{certify_in_scenario, certify_own, robust_beams};
    #[pymodule_export]
    use crate::design::{design, scheme_names, sensing, strategy_names};
    #[pymodule_export]
    use crate::localise::{detect, grid_axes, localise, music};
    #[pymodule_export]
    use crate::scenario::Scenario;
    #[pymodule_export]
    use crate::sdp::solve_sdp;
    #[pymodule_export]
    use crate::sensing::{crlb, simulate_echoes};
}
