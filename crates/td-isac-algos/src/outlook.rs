//! What a plan on a prior expects of the frame to come.

use crlb::{CrlbError, FisherInformation, PositionBound, SensingSignal, time_allocation_limit};

use crate::coverage::quantile;
use crate::scenario::{CheckedScenario, DrawStream};
use crate::sensing::{SensingCovariance, SensingError, SensingMethod};

/// Fresh draws that a plan is judged by: the share below the quantile of 95 % is then known to 1 %.
const FRESH_DRAWS: usize = 500;

/// What a plan on a prior expects, over fresh draws: others than it was made for, which it fits too well.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PriorOutlook {
    /// Fresh draws.
    pub draws: usize,
    /// Mean of `C` over the draws that the plan was made for, m².
    pub planned_crlb_constant_m2: f64,
    /// `C` that 95 % of the fresh draws keep, m².
    pub crlb_constant_q95_m2: f64,
    /// The same with the power spent isotropically, m².
    pub crlb_constant_isotropic_q95_m2: f64,
    /// Sum of the variances of all coordinates before sensing, m².
    pub prior_total_m2: f64,
    /// The largest time allocation whose mean posterior bound `Tr (J_0 + J_e)^{-1}`, over the fresh draws, keeps the
    /// threshold; 1 where the prior alone keeps it, `1 - C/CRLB_th` (negative) where nothing does.
    pub eta_limit: f64,
}

impl PriorOutlook {
    /// Whether the prior keeps the threshold without sensing: the constraint is void.
    pub fn keeps_threshold_unsensed(&self) -> bool {
        self.eta_limit >= 1.0
    }

    /// The planned covariance with the bounds that fresh draws have on average, and what else they show.
    pub(crate) fn judge<const D: usize>(
        scenario: &CheckedScenario<D>,
        method: &SensingMethod,
        planned: SensingCovariance<D>,
    ) -> Result<(SensingCovariance<D>, Self), SensingError> {
        let scenes = scenario.prior_models(FRESH_DRAWS, DrawStream::Fresh)?;
        let isotropic = SensingSignal::isotropic(method.power_w.clone());
        let heard = |signal: &SensingSignal| -> Result<Vec<FisherInformation<D>>, CrlbError> {
            let information = scenes.iter().map(|scene| scene.fisher_information(signal));
            information.collect()
        };
        let bounds = |heard: &[FisherInformation<D>]| -> Result<Vec<PositionBound<D>>, CrlbError> {
            heard.iter().map(FisherInformation::bound).collect()
        };
        let frame = scenario.frame();
        let q95 = |bounds: &[PositionBound<D>]| {
            let constants: Vec<f64> = bounds.iter().map(|b| frame.crlb_constant_m2(b)).collect();
            quantile(&constants, 0.95).unwrap_or(f64::NAN)
        };
        let informations = heard(&planned.signal())?;
        let own = bounds(&informations)?;
        let plain = bounds(&heard(&isotropic)?)?;
        let mean = PositionBound::mean(&own)?;
        let crlb_constant_m2 = frame.crlb_constant_m2(&mean);
        let outlook = Self {
            draws: FRESH_DRAWS,
            planned_crlb_constant_m2: frame.crlb_constant_m2(&planned.bound),
            crlb_constant_q95_m2: q95(&own),
            crlb_constant_isotropic_q95_m2: q95(&plain),
            prior_total_m2: scenario
                .prior_covariance()
                .map_or(f64::INFINITY, |p| p.total_m2()),
            eta_limit: eta_limit(scenario, &informations, crlb_constant_m2)?,
        };
        let covariance = SensingCovariance {
            bound: mean,
            isotropic_bound: PositionBound::mean(&plain)?,
            ..planned
        };
        Ok((covariance, outlook))
    }
}

/// The root of `mean Tr (J_0 + J_e(η))^{-1} = CRLB_th`; the left side increases in η.
fn eta_limit<const D: usize>(
    scenario: &CheckedScenario<D>,
    heard: &[FisherInformation<D>],
    crlb_constant_m2: f64,
) -> Result<f64, SensingError> {
    let threshold_m2 = scenario.parameters().crlb_threshold_m2;
    let Some(prior) = scenario.prior_covariance() else {
        return Ok(time_allocation_limit(crlb_constant_m2, threshold_m2));
    };
    if prior.total_m2() <= threshold_m2 {
        return Ok(1.0);
    }
    let posterior_m2 = |eta: f64| -> Result<f64, CrlbError> {
        let slots = scenario.frame().sensing_slots(eta);
        let mut sum = 0.0;
        for information in heard {
            let echoes = information.position_information(slots)?;
            sum += prior.updated(&echoes)?.total_m2();
        }
        Ok(sum / heard.len() as f64)
    };
    // The posterior is below what the echoes alone leave, so the limit is not below theirs.
    let mut low = time_allocation_limit(crlb_constant_m2, threshold_m2);
    if low <= 0.0 && posterior_m2(0.0)? > threshold_m2 {
        return Ok(low);
    }
    low = low.clamp(0.0, 1.0);
    let mut high = 1.0;
    // To the digits of a share of time.
    while high - low > 1e-9 {
        let middle = 0.5 * (low + high);
        if posterior_m2(middle)? <= threshold_m2 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(low)
}
