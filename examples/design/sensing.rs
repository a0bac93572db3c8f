//! The sensing half of a design.

use crate::failure::Failure;
use crate::report::SensingReport;
use crlb::Frame;
use td_isac_algos::scenario::CheckedScenario;
use td_isac_algos::sensing::{SensingCovariance, SensingDesign};

/// An optimal sensing covariance and what follows from it for the frame.
#[derive(Debug, Clone)]
pub struct SensingRun<const D: usize> {
    pub covariance: SensingCovariance<D>,
    /// C.
    pub crlb_constant_m2: f64,
    /// `1 − C/threshold`, positive only if the threshold can be reached.
    pub eta_max: f64,
    threshold_m2: f64,
    frame: Frame,
}

/// Designs the sensing covariance of a scenario.
pub fn run_sensing<const D: usize>(
    scenario: &CheckedScenario<D>,
) -> Result<SensingRun<D>, Failure> {
    let parameters = scenario.parameters();
    let model = scenario.sensing_parameters().check()?;
    let powers_w = vec![parameters.sensing_power_w; model.access_points()];
    let covariance = SensingDesign::new(powers_w).optimise(&model)?;
    let frame = scenario.frame();
    let crlb_constant_m2 = frame.crlb_constant_m2(&covariance.bound);
    let threshold_m2 = parameters.crlb_threshold_m2;
    Ok(SensingRun {
        crlb_constant_m2,
        eta_max: crlb::time_allocation_limit(crlb_constant_m2, threshold_m2),
        threshold_m2,
        frame,
        covariance,
    })
}

impl<const D: usize> SensingRun<D> {
    /// The numbers for the report.
    pub fn report(&self) -> SensingReport {
        SensingReport {
            crlb_constant_m2: self.crlb_constant_m2,
            crlb_constant_isotropic_m2: self
                .frame
                .crlb_constant_m2(&self.covariance.isotropic_bound),
            eta_max: self.eta_max,
            relative_gap: self.covariance.relative_gap,
        }
    }

    /// An error unless some time allocation meets the threshold.
    pub fn require_reachable_threshold(&self) -> Result<(), Failure> {
        crlb::max_time_allocation(self.crlb_constant_m2, self.threshold_m2)?;
        Ok(())
    }

    /// Each user's mean squared position error at a time allocation.
    pub fn user_crlb_m2(&self, time_allocation: f64) -> Vec<f64> {
        self.covariance
            .bound
            .user_crlb_m2(self.frame.sensing_slots(time_allocation))
    }

    /// What the reader should know although it is no error: which access points confuse which users.
    pub fn notes(&self) -> Vec<String> {
        let pairs = self.covariance.ambiguous_pairs().iter();
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
