//! The sensing half of a design.

use crate::failure::Failure;
use crate::report::{PriorReport, SensingReport};
use crlb::{CrlbError, FactoredCovariance, Frame};
use robust_sdp::SdpSolver;
use td_isac_algos::Sensing;
use td_isac_algos::scenario::{CheckedScenario, PositionPrior};

/// The optimal sensing covariance of a scenario and the frame it is used in.
#[derive(Debug, Clone)]
pub struct SensingRun<const D: usize> {
    sensing: Sensing<D>,
    frame: Frame,
    prior: Option<PositionPrior>,
}

/// Designs the sensing covariance of a scenario: as a semidefinite program if there is a solver
/// for it, else by the method made for the problem.
pub fn run_sensing<const D: usize>(
    scenario: &CheckedScenario<D>,
    solver: Option<&dyn SdpSolver>,
) -> Result<SensingRun<D>, Failure> {
    Ok(SensingRun {
        sensing: match solver {
            Some(solver) => Sensing::design_with(scenario, None, solver)?,
            None => Sensing::design(scenario, None)?,
        },
        frame: scenario.frame(),
        prior: scenario.parameters().prior,
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
            prior: (self.prior.zip(self.sensing.prior)).map(|(prior, outlook)| PriorReport {
                position_std_m: prior.position_std_m,
                draws: prior.draws,
                planned_crlb_constant_m2: outlook.planned_crlb_constant_m2,
                fresh_draws: outlook.draws,
                crlb_constant_q95_m2: outlook.crlb_constant_q95_m2,
                crlb_constant_isotropic_q95_m2: outlook.crlb_constant_isotropic_q95_m2,
                keeps_threshold_unsensed: outlook.keeps_threshold_unsensed(),
            }),
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
