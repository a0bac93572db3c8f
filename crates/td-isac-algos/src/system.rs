//! From a scenario to the two halves of a design: the sensing covariance and the downlink.

use std::sync::Arc;

use crlb::{CrlbError, SensingModel, max_time_allocation, time_allocation_limit};
use nf_channel::C64;
use robust_sdp::SdpSolver;

use crate::downlink::Downlink;
use crate::error::DesignError;
use crate::scenario::CheckedScenario;
use crate::sensing::{SensingCovariance, SensingDesign, SensingError};
use crate::uncertainty::BallUncertainty;

/// The designed sensing half of a system.
#[derive(Debug, Clone)]
pub struct Sensing<const D: usize> {
    /// The covariances with their certificate.
    pub covariance: SensingCovariance<D>,
    /// `C` of the covariances: `CRLB = C / (1 - η)`, m².
    pub crlb_constant_m2: f64,
    /// `C` with the same power spent isotropically, m².
    pub crlb_constant_isotropic_m2: f64,
    /// The threshold that the CRLB has to keep, m².
    pub crlb_threshold_m2: f64,
}

impl<const D: usize> Sensing<D> {
    /// Minimises the CRLB of a scenario, by default with [`SensingDesign::new`].
    ///
    /// # Errors
    /// [`SensingError`]: positions that cannot be identified, or no convergence.
    pub fn design(
        scenario: &CheckedScenario<D>,
        settings: Option<&SensingDesign>,
    ) -> Result<Self, SensingError> {
        Self::find(scenario, settings, |design, model| design.optimise(model))
    }

    /// [`design`](Self::design) through the semidefinite program
    /// ([`SensingDesign::optimise_with`]) and any solver.
    ///
    /// # Errors
    /// As [`design`](Self::design), and [`SensingError::Solver`].
    pub fn design_with(
        scenario: &CheckedScenario<D>,
        settings: Option<&SensingDesign>,
        solver: &dyn SdpSolver,
    ) -> Result<Self, SensingError> {
        Self::find(scenario, settings, |design, model| {
            design.optimise_with(model, solver)
        })
    }

    fn find(
        scenario: &CheckedScenario<D>,
        settings: Option<&SensingDesign>,
        optimise: impl FnOnce(
            &SensingDesign,
            &SensingModel<D>,
        ) -> Result<SensingCovariance<D>, SensingError>,
    ) -> Result<Self, SensingError> {
        let model = scenario.sensing_parameters().check()?;
        let power_w = scenario.parameters().sensing_power_w;
        let default = SensingDesign::new(vec![power_w; scenario.access_points().len()]);
        let covariance = optimise(settings.unwrap_or(&default), &model)?;
        let frame = scenario.frame();
        Ok(Self {
            crlb_constant_m2: frame.crlb_constant_m2(&covariance.bound),
            crlb_constant_isotropic_m2: frame.crlb_constant_m2(&covariance.isotropic_bound),
            crlb_threshold_m2: scenario.parameters().crlb_threshold_m2,
            covariance,
        })
    }

    /// `η̄ = 1 - C/CRLB_th` (17) as it is, negative when the threshold is unreachable.
    pub fn eta_limit(&self) -> f64 {
        time_allocation_limit(self.crlb_constant_m2, self.crlb_threshold_m2)
    }

    /// `η̄`, checked.
    ///
    /// # Errors
    /// [`CrlbError::ThresholdUnreachable`] with both numbers when `C ≥ CRLB_th`.
    pub fn eta_max(&self) -> Result<f64, CrlbError> {
        max_time_allocation(self.crlb_constant_m2, self.crlb_threshold_m2)
    }
}

impl<const D: usize> CheckedScenario<D> {
    /// The communication half with the paper's ball uncertainty (4) for a CRLB constant `C`.
    ///
    /// # Errors
    /// [`DesignError`] for numbers that make no problem (none that a checked scenario and a
    /// designed covariance can produce).
    pub fn downlink(&self, crlb_constant_m2: f64) -> Result<Downlink, DesignError> {
        let channels: Vec<Vec<Vec<C64>>> = self
            .channels()
            .iter()
            .map(|user| user.iter().map(|channel| channel.values.clone()).collect())
            .collect();
        let uncertainty =
            BallUncertainty::new(self.error_scale_per_m(), crlb_constant_m2, &channels)?;
        let parameters = self.parameters();
        Downlink::new(
            &channels,
            &vec![parameters.communication_power_w; self.access_points().len()],
            &vec![parameters.communication_noise_w; channels.len()],
            Arc::new(uncertainty),
        )
    }
}
