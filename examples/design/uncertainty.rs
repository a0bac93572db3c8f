//! Which channel errors the rates are certified for.

use crate::report::UncertaintyReport;
use td_isac_algos::scenario::{CheckedScenario, ErrorSize};
use td_isac_algos::uncertainty::PositionRegion;
use td_isac_algos::{DesignError, Sensing};

/// The scenario's set in numbers.
pub fn report<const D: usize>(
    scenario: &CheckedScenario<D>,
    sensing: &Sensing<D>,
) -> Result<UncertaintyReport, DesignError> {
    let spec = scenario.parameters().uncertainty;
    let (scale, confidence) = match spec.size {
        ErrorSize::Scale(scale) => (Some(scale), None),
        ErrorSize::Confidence(confidence) => (None, Some(confidence)),
    };
    let papers = spec.is_the_papers();
    let alpha = papers.then(|| scenario.error_scale_per_m());
    let deviation_m = sensing.crlb_constant_m2.sqrt();
    let semi_axes_m = if papers {
        None
    } else {
        let regions = scenario.position_regions(sensing)?;
        Some(regions.iter().map(semi_axes_m).collect())
    };
    Ok(UncertaintyReport {
        model: spec.set.as_str(),
        scale,
        confidence,
        error_scale_per_m: alpha,
        scattering: scenario.parameters().scattering,
        relative_radius: (alpha.zip(scale)).map(|(alpha, scale)| scale * alpha * deviation_m),
        position_semi_axes_m: semi_axes_m,
    })
}

/// Lengths of the semi-axes, the longest first.
fn semi_axes_m<const D: usize>(region: &PositionRegion<D>) -> Vec<f64> {
    let axes = region.semi_axes_m();
    let length = |axis: &[f64; D]| axis.iter().map(|x| x * x).sum::<f64>().sqrt();
    let mut lengths: Vec<f64> = axes.iter().map(length).collect();
    lengths.sort_by(|a, b| b.total_cmp(a));
    lengths
}
