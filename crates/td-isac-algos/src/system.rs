//! From a scenario to the two halves of a design: the sensing covariance and the downlink.

use std::sync::Arc;

use crlb::{CrlbError, ErrorEllipsoid, SensingModel, max_time_allocation, time_allocation_limit};
use nf_channel::{Array, C64, ChannelError};
use robust_sdp::SdpSolver;

use crate::downlink::Downlink;
use crate::error::{DesignError, same_length};
use crate::outlook::PriorOutlook;
use crate::scenario::{CheckedScenario, DrawStream, ErrorSize};
use crate::sensing::{SensingCovariance, SensingError, SensingMethod};
use crate::uncertainty::{
    BallUncertainty, PositionRegion, PositionSet, PositionUncertainty, Scattering,
    UncertaintyModel, UserPosition, chi_square_radius, error_radius_m,
};

/// The designed sensing half of a system.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(bound = "[f64; D]: nf_channel::Plain"))]
pub struct Sensing<const D: usize> {
    /// The covariances with their certificate.
    pub covariance: SensingCovariance<D>,
    /// `C` of the covariances: `CRLB = C / (1 - η)`, m².
    pub crlb_constant_m2: f64,
    /// `C` with the same power spent isotropically, m².
    pub crlb_constant_isotropic_m2: f64,
    /// The threshold that the CRLB has to keep, m².
    pub crlb_threshold_m2: f64,
    /// What a plan on a prior expects; `None` for one that knows the scene. With a prior, `C` and the covariance's bounds
    /// are means over fresh draws.
    pub prior: Option<PriorOutlook>,
}

impl<const D: usize> Sensing<D> {
    /// Minimises the CRLB of a scenario, by default with [`SensingMethod::new`]; with a prior, its mean over the prior.
    ///
    /// # Errors
    /// [`SensingError`]: positions that cannot be identified, or no convergence.
    pub fn design(
        scenario: &CheckedScenario<D>,
        settings: Option<&SensingMethod>,
    ) -> Result<Self, SensingError> {
        Self::find(scenario, settings, |design, model| design.optimise(model))
    }

    /// [`design`](Self::design) through the semidefinite program
    /// ([`SensingMethod::optimise_with`]) and any solver. (The mean over a prior has no such program, and is minimised
    /// as by [`design`](Self::design).)
    ///
    /// # Errors
    /// As [`design`](Self::design), and [`SensingError::Solver`].
    pub fn design_with(
        scenario: &CheckedScenario<D>,
        settings: Option<&SensingMethod>,
        solver: &dyn SdpSolver,
    ) -> Result<Self, SensingError> {
        Self::find(scenario, settings, |design, model| {
            design.optimise_with(model, solver)
        })
    }

    fn find(
        scenario: &CheckedScenario<D>,
        settings: Option<&SensingMethod>,
        optimise: impl FnOnce(
            &SensingMethod,
            &SensingModel<D>,
        ) -> Result<SensingCovariance<D>, SensingError>,
    ) -> Result<Self, SensingError> {
        let default = SensingMethod::new(scenario.sensing_power_w());
        let settings = settings.unwrap_or(&default);
        let (covariance, prior) = match scenario.parameters().prior {
            Some(prior) => {
                let scenes = scenario.prior_models(prior.draws, DrawStream::Plan)?;
                let planned = settings.optimise_over(&scenes, None)?;
                let (covariance, outlook) = PriorOutlook::judge(scenario, settings, planned)?;
                (covariance, Some(outlook))
            }
            None => (
                optimise(settings, &scenario.sensing_parameters().check()?)?,
                None,
            ),
        };
        let frame = scenario.frame();
        Ok(Self {
            crlb_constant_m2: frame.crlb_constant_m2(&covariance.bound),
            crlb_constant_isotropic_m2: frame.crlb_constant_m2(&covariance.isotropic_bound),
            crlb_threshold_m2: scenario.parameters().crlb_threshold_m2,
            covariance,
            prior,
        })
    }

    /// `η̄ = 1 - C/CRLB_th` (17) as it is, negative when the threshold is unreachable; with a prior, which is information
    /// too, [`PriorOutlook::eta_limit`].
    pub fn eta_limit(&self) -> f64 {
        match &self.prior {
            Some(prior) => prior.eta_limit,
            None => time_allocation_limit(self.crlb_constant_m2, self.crlb_threshold_m2),
        }
    }

    /// `η̄`, checked.
    ///
    /// # Errors
    /// [`CrlbError::ThresholdUnreachable`] with both numbers when `C ≥ CRLB_th`.
    pub fn eta_max(&self) -> Result<f64, CrlbError> {
        if let Some(prior) = self.prior.filter(|prior| prior.eta_limit > 0.0) {
            return Ok(prior.eta_limit.min(1.0 - 0.5 * f64::EPSILON));
        }
        max_time_allocation(self.crlb_constant_m2, self.crlb_threshold_m2)
    }
}

impl<const D: usize> CheckedScenario<D> {
    /// The communication half with the paper's ball uncertainty (4) for a CRLB constant `C`, of the
    /// scale that the scenario gives these balls; whatever else it says of uncertainty is not looked at.
    ///
    /// # Errors
    /// [`DesignError`] for numbers that make no problem (none that a checked scenario and a
    /// designed covariance can produce).
    pub fn downlink(&self, crlb_constant_m2: f64) -> Result<Downlink, DesignError> {
        let spec = self.parameters().uncertainty;
        let scale = match (spec.set, spec.size) {
            (PositionSet::Ball, ErrorSize::Scale(scale)) => scale,
            _ => 1.0,
        };
        self.downlink_under(self.with_scattering(BallUncertainty::new(
            scale * self.error_scale_per_m(),
            crlb_constant_m2,
            &self.channel_values(),
        )?)?)
    }

    /// The communication half with the scenario's uncertainty ([`Scenario::uncertainty`]) under a
    /// designed sensing covariance.
    ///
    /// # Errors
    /// [`DesignError`]: an error ellipse that could not be computed.
    ///
    /// [`Scenario::uncertainty`]: crate::scenario::Scenario::uncertainty
    pub fn robust_downlink(&self, sensing: &Sensing<D>) -> Result<Downlink, DesignError> {
        let spec = self.parameters().uncertainty;
        if spec.is_the_papers() {
            return self.downlink(sensing.crlb_constant_m2);
        }
        let regions = self.position_regions(sensing)?;
        let uncertainty = self.position_uncertainty(spec.set, regions)?;
        self.downlink_under(self.with_scattering(uncertainty)?)
    }

    /// Errors of positions, and the scenario's scattering besides.
    fn with_scattering(
        &self,
        model: impl UncertaintyModel + 'static,
    ) -> Result<Arc<dyn UncertaintyModel>, DesignError> {
        let model: Arc<dyn UncertaintyModel> = Arc::new(model);
        let share = self.parameters().scattering;
        if share == 0.0 {
            return Ok(model);
        }
        let scattered = Scattering::relative(model, share, &self.channel_values())?;
        Ok(Arc::new(scattered))
    }

    /// The communication half with any uncertainty, and nothing besides.
    ///
    /// # Errors
    /// [`DesignError`]: whatever the uncertainty model objects to.
    pub fn downlink_under(
        &self,
        uncertainty: Arc<dyn UncertaintyModel>,
    ) -> Result<Downlink, DesignError> {
        Downlink::new(
            &self.channel_values(),
            &self.communication_power_w(),
            &self.communication_noise_w(),
            uncertainty,
        )
    }

    /// The channels of all positions in the regions (one a user, sizes at `η = 0`).
    ///
    /// # Errors
    /// [`DesignError::BadParameter`] for a region of negative or non-finite size, and regions for
    /// another number of users.
    pub fn position_uncertainty(
        &self,
        set: PositionSet,
        regions: Vec<PositionRegion<D>>,
    ) -> Result<PositionUncertainty<D>, DesignError> {
        let parameters = self.parameters();
        let channels = self.channel_values();
        same_length("regions", channels.len(), regions.len())?;
        let users = (channels.into_iter().zip(regions).zip(&parameters.users_m))
            .enumerate()
            .map(|(user, ((channels, region), position_m))| {
                let sensitivity = |(access_point, array): (usize, &Array<D>)| {
                    let free = array.position_sensitivity(
                        self.carrier(),
                        parameters.path_gain,
                        parameters.amplitude_profile,
                        position_m,
                    )?;
                    let blocked = self.scene().is_blocked(access_point, user);
                    Ok(if blocked {
                        free.of_blocked_link()
                    } else {
                        free
                    })
                };
                Ok(UserPosition {
                    channels,
                    sensitivities: self
                        .access_points()
                        .iter()
                        .enumerate()
                        .map(sensitivity)
                        .collect::<Result<_, ChannelError>>()?,
                    region,
                })
            })
            .collect::<Result<_, DesignError>>()?;
        PositionUncertainty::new(set, users)
    }

    /// Where each user may be in a block that is all sensing, by the scenario's
    /// [`ErrorSize`]. The paper's balls are not made of positions; for them this is the disc
    /// of [`PositionSet::Phase`].
    ///
    /// # Errors
    /// [`DesignError`]: sensing for another number of users, or an error ellipse that could not be
    /// computed.
    pub fn position_regions(
        &self,
        sensing: &Sensing<D>,
    ) -> Result<Vec<PositionRegion<D>>, DesignError> {
        let spec = self.parameters().uncertainty;
        let slots = self.frame().sensing_slots(0.0);
        let ellipsoids = sensing.covariance.bound.error_ellipsoids(slots)?;
        same_length(
            "users of the sensing",
            self.channels().len(),
            ellipsoids.len(),
        )?;
        let region = |ellipsoid: &ErrorEllipsoid<D>| {
            let axes = |factor: f64| PositionRegion::Ellipsoid {
                semi_axes_m: std::array::from_fn(|i| {
                    ellipsoid.directions[i].map(|x| factor * ellipsoid.semi_axes_m[i] * x)
                }),
            };
            Ok(match (spec.set, spec.size) {
                (PositionSet::Ellipse, ErrorSize::Scale(scale)) => axes(scale),
                (PositionSet::Ellipse, ErrorSize::Confidence(confidence)) => {
                    axes(chi_square_radius(confidence, D)?)
                }
                (PositionSet::Ball | PositionSet::Phase, ErrorSize::Scale(scale)) => {
                    PositionRegion::Ball {
                        radius_m: scale * sensing.crlb_constant_m2.sqrt(),
                    }
                }
                (PositionSet::Ball | PositionSet::Phase, ErrorSize::Confidence(confidence)) => {
                    PositionRegion::Ball {
                        radius_m: error_radius_m(confidence, &ellipsoid.semi_axes_m)?,
                    }
                }
            })
        };
        ellipsoids.iter().map(region).collect()
    }

    fn channel_values(&self) -> Vec<Vec<Vec<C64>>> {
        self.channels()
            .iter()
            .map(|user| user.iter().map(|channel| channel.values.clone()).collect())
            .collect()
    }
}
