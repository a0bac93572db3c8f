//! The communication half of a design: one run for each beamforming scheme.

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::report::SchemeReport;
use crate::save::SavedScheme;
use crate::sensing::SensingRun;
use td_isac_algos::scenario::CheckedScenario;

/// What one scheme reached, and with what.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemeRun {
    pub report: SchemeReport,
    pub design: SavedScheme,
}

/// Runs the schemes that the command line asks for, in that order.
///
/// No scheme is built yet: the list is empty, and the command says so.
pub fn run_schemes<const D: usize>(
    _scenario: &CheckedScenario<D>,
    _sensing: &SensingRun<D>,
    _arguments: &Arguments,
) -> Result<Vec<SchemeRun>, Failure> {
    Ok(Vec::new())
}
