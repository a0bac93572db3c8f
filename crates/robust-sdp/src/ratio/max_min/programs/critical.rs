//! The ratio beyond which errors alone, without any floor, defeat every choice of forms.
//!
//! Where the floors are negligible, `τ*(γ)` drops to exactly zero (`W = 0`) at a critical ratio
//! that the answer misses by less than the last digits, and the margin program near it is
//! degenerate. Scaling forms and multipliers scales the margin, so budgets can be replaced by
//! any normalisation that keeps the forms from vanishing: with their average budget exhausted
//! exactly, the margin becomes a smooth decreasing function of the ratio that crosses zero at
//! the critical one, and where it is negative no forms of any size attain the ratio.

use crate::ratio::error::RobustError;
use crate::ratio::max_min::options::MaxMinOptions;
use crate::ratio::max_min::programs::dual_bound::MarginPoint;
use crate::ratio::max_min::programs::relaxation::Relaxation;
use crate::ratio::proof::UpperBound;
use crate::sdp::SdpSolver;

/// A ratio proven to be beyond reach, and the forms found next to it.
pub(crate) struct Critical {
    pub(crate) bound: UpperBound,
    pub(crate) point: MarginPoint,
}

/// Searches for the critical ratio from `start`, counting its programs in `solves`. `None` if
/// it lies above `limit`, where the budgets matter, or no bound could be proven, be it that a program
/// failed: the bracket stays as it was.
pub(crate) fn critical_ratio(
    relaxation: &Relaxation<'_>,
    solver: &dyn SdpSolver,
    start: f64,
    limit: f64,
    options: &MaxMinOptions,
    solves: &mut usize,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<Option<Critical>, RobustError> {
    let tolerance = options.ratio_tolerance;
    let mut ratio = start;
    let mut accuracy: f64 = 1e-4;
    let mut proving = false;
    let mut overshoot = tolerance;
    for _ in 0..options.policy.critical_programs {
        if ratio > limit {
            return Ok(None);
        }
        *solves += 1;
        let point = match relaxation.homogeneous(solver, ratio, accuracy, cancelled) {
            Ok(point) => point,
            Err(error) if error.is_cancellation() => return Err(error),
            Err(_) => return Ok(None),
        };
        let beyond = proving && point.margin < 0.0;
        if let Some(bound) = beyond
            .then(|| relaxation.unattainable(&point, ratio))
            .flatten()
        {
            return Ok(Some(Critical { bound, point }));
        }
        if point.slope >= 0.0 {
            // No interference at all: no critical ratio.
            return Ok(None);
        }
        let newton = (ratio - point.margin / point.slope).clamp(0.1 * ratio, 10.0 * ratio);
        let step = (newton / ratio - 1.0).abs();
        if proving {
            overshoot *= 4.0;
        }
        // The gap has to be small against the square of the step, and in the end against the
        // tolerance.
        let unit_slope = -point.slope * ratio / relaxation.unit;
        // (Not `clamp`: a loose tolerance may ask for less than 1e-4.)
        accuracy = (0.1 * step * step * unit_slope)
            .max(0.1 * tolerance * unit_slope)
            .min(1e-4);
        proving = proving || step < 1e-3;
        ratio = if proving {
            newton * (1.0 + overshoot)
        } else {
            newton
        };
    }
    Ok(None)
}
