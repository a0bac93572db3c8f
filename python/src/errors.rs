//! Errors of the crates as exceptions of the package, with the crates' own words.

use pyo3::PyErr;
use td_isac_algos::DesignError;
use td_isac_algos::music_loc::LocError;
use td_isac_algos::robust_sdp::SolverError;
use td_isac_algos::scenario::{ScenarioError, ScenarioFileError};

/// The classes, which Python's half defines: an exception of two bases is easier said there.
mod classes {
    pyo3::import_exception!(near_field_isac.errors, Cancelled);
    pyo3::import_exception!(near_field_isac.errors, InputError);
    pyo3::import_exception!(near_field_isac.errors, NoSolutionError);
    pyo3::import_exception!(near_field_isac.errors, SolverError);
}

/// Something is wrong with what the caller passed.
pub fn input(message: impl std::fmt::Display) -> PyErr {
    classes::InputError::new_err(message.to_string())
}

/// A file that cannot be read is Python's own error, of the kind that the system names.
pub fn of_file(error: ScenarioFileError) -> PyErr {
    match &error {
        ScenarioFileError::Read { source, .. } => {
            let kind = std::io::Error::new(source.kind(), error.to_string());
            PyErr::from(kind)
        }
        _ => input(error),
    }
}

pub fn of_scenario(error: ScenarioError) -> PyErr {
    input(error)
}

pub fn of_localisation(error: LocError) -> PyErr {
    match &error {
        LocError::Factorisation { .. } => classes::SolverError::new_err(error.to_string()),
        _ => input(error),
    }
}

pub fn of_solver(error: SolverError) -> PyErr {
    classes::SolverError::new_err(error.to_string())
}

pub fn of_design(error: DesignError) -> PyErr {
    let message = error.to_string();
    match error.name() {
        "threshold-unreachable" | "not-identifiable" => classes::NoSolutionError::new_err(message),
        "cancelled" => classes::Cancelled::new_err(message),
        "limit-met" | "solver-failed" | "unproven" | "program-failed" | "sensing-failed" => {
            classes::SolverError::new_err(message)
        }
        _ => classes::InputError::new_err(message),
    }
}
