//! The sensing half of a design.

use crate::failure::Failure;
use crate::report::SensingReport;
use crlb::{CrlbError, FactoredCovariance, Frame};
use td_isac_algos::Sensing;
use td_isac_algos::scenario::CheckedScenario;

/// The optimal sensing covariance of a scenario and the frame it is used in.
#[derive(Debug, Clone)]
pub struct SensingRun<const D: usize> {
    sensing: Sensing<D>,
    frame: Frame,
}

/// Designs the sensing covariance of a scenario.
pub fn run_sensing<const D: usize>(
    scenario: &CheckedScenario<D>,
) -> Result<SensingRun<D>, Failure> {
    Ok(SensingRun {
        sensing: Sensing::design(scenario, None)?,
        frame: scenario.frame(),
    })
}

impl<const D: usize> SensingRun<D> {
    /// The numbers for the report.
    pub fn report(&self) -> SensingReport {
        SensingReport {
            crlb_constant_m2: self.sensing.crlb_constant_m2,
            crlb_constant_isotropic_m2: self.sensing.crlb_constant_isotropic_m2,
            eta_max: self.sensing.eta_limit(),
            relative_gap: self.sensing.covariance.relative_gap,
        }
    }

    /// The design itself.
    pub fn designed(&self) -> &Sensing<D> {
        &self.sensing
    }

    /// The largest time allocation that meets the threshold; an error unless there is one.
    pub fn eta_max(&self) -> Result<f64, CrlbError> {
        self.sensing.eta_max()
    }

    /// One covariance an access point.
    pub fn covariances(&self) -> &[FactoredCovariance] {
        &self.sensing.covariance.factors
    }

    /// Each user's mean squared position error at a time allocation.
    pub fn user_crlb_m2(&self, time_allocation: f64) -> Vec<f64> {
        self.sensing
            .covariance
            .bound
            .user_crlb_m2(self.frame.sensing_slots(time_allocation))
    }

    /// What the reader should know although it is no error: which access points confuse which users.
    pub fn notes(&self) -> Vec<String> {
        let pairs = self.sensing.covariance.ambiguous_pairs().iter();
        pairs
            .map(|pair| {
                format!(
                    "access point {} cannot tell apart the echoes of users {:?} from access points {:?}; \
                     the other pairs resolve them (all count from 0)",
                    pair.receiver, pair.users, pair.transmitters
                )
            })
            .collect()
    }
}
