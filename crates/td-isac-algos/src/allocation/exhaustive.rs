//! The reference: a direct search of the exact rate `R(η)`, and the proof that it found the best.

use super::global::GlobalBound;
use super::{AllocationContext, Proposal, TimeAllocation};
use crate::downlink::check_eta;
use crate::error::{DesignError, require};

/// Bracketing on a coarse grid, then parabolic interpolation safeguarded by golden section
/// (Brent's method), every sample being one beamforming problem.
///
/// That is exact for a rate with a single peak, and for several peaks further apart than the grid. Then, where the scheme
/// bounds its SINR from above, branch and bound on "larger time allocations can be certified no more" until the best sample is proven
/// to be within [`gap_tolerance`](Self::gap_tolerance) of the best time allocation there is, whatever the number of peaks:
/// [`Design::eta_global_gap_bit_s_hz`](crate::Design::eta_global_gap_bit_s_hz) says how close.
/// The next sample is a function of the samples so far, so the strategy has no state.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Exhaustive {
    /// Points of the coarse grid besides the start.
    pub grid: Vec<f64>,
    /// Relative accuracy of the rate at the peak; 1e-7 by default.
    pub rate_tolerance: f64,
    /// How much better, relatively, another time allocation may be for all that is proven; 1e-2 by default. A smaller one
    /// takes samples like its inverse square root.
    pub gap_tolerance: f64,
}

impl Default for Exhaustive {
    fn default() -> Self {
        Self {
            grid: vec![0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98],
            rate_tolerance: 1e-7,
            gap_tolerance: 1e-2,
        }
    }
}

const GOLDEN: f64 = 0.381_966_011_250_105_1;

impl Exhaustive {
    /// The next sample after those in `evaluated`, `None` when the peak is located.
    pub(super) fn next(&self, evaluated: &[(f64, f64)], limit: f64) -> Option<f64> {
        // Samples this close are one and the same.
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        // The grid, from the best sample outwards, until both neighbours of the best are known.
        let mut sorted = evaluated.to_vec();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let best = (0..sorted.len()).max_by(|&a, &b| sorted[a].1.total_cmp(&sorted[b].1))?;
        if let Some(&point) = self
            .grid
            .iter()
            .filter(|&&g| g < limit)
            .find(|&&g| !sorted.iter().any(|&(eta, _)| (eta - g).abs() < 0.015))
        {
            return Some(point);
        }
        let (x, fx) = sorted[best];
        let low = best.checked_sub(1).map(|i| sorted[i]);
        let high = sorted.get(best + 1).copied();
        let (a, b) = match (low, high) {
            (Some(a), Some(b)) => (a, b),
            // The peak lies beyond the grid: halve the way to the end of the interval.
            (None, _) if x > 1e-3 => return Some(0.5 * x),
            // Very close to it where it is not a time allocation itself.
            (_, None) if x < limit - 1e-6 => {
                let end = if limit < 1.0 - 1e-6 {
                    limit
                } else {
                    0.5 * (1.0 + x)
                };
                return Some(end);
            }
            _ => return None,
        };
        // What the peak can still gain, by the parabola through the three samples.
        let (p, curvature) = parabola(a, (x, fx), b);
        let gain = 0.5 * curvature.abs() * (p - x) * (p - x);
        let width = (x - a.0).max(b.0 - x);
        let scale = fx.abs().max(f64::MIN_POSITIVE);
        let flat = 0.5 * curvature.abs() * width * width <= 100.0 * self.rate_tolerance * scale;
        if flat && gain <= 0.1 * self.rate_tolerance * scale || width < 1e-7 {
            return None;
        }
        let mut next = if p > a.0 && p < b.0 && curvature < 0.0 && !self.lopsided(&sorted, best) {
            p
        } else if b.0 - x > x - a.0 {
            x + GOLDEN * (b.0 - x)
        } else {
            x - GOLDEN * (x - a.0)
        };
        // A sample on top of the best one says nothing; step aside into the longer half by
        // enough to see the curvature.
        let aside = (0.1 * width).min((self.rate_tolerance * scale / curvature.abs()).sqrt() * 3.0);
        if (next - x).abs() < aside {
            next = if b.0 - x > x - a.0 {
                x + aside
            } else {
                x - aside
            };
        }
        if evaluated.iter().any(|&(eta, _)| near(eta, next)) {
            return None;
        }
        Some(next)
    }

    /// Parabolic steps that keep one end of the bracket far away converge slowly.
    fn lopsided(&self, sorted: &[(f64, f64)], best: usize) -> bool {
        let (left, right) = (
            sorted[best].0 - sorted[best - 1].0,
            sorted[best + 1].0 - sorted[best].0,
        );
        left > 30.0 * right || right > 30.0 * left
    }
}

/// Vertex and second derivative of the parabola through three samples.
fn parabola(a: (f64, f64), x: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    let left = (x.1 - a.1) / (x.0 - a.0);
    let right = (b.1 - x.1) / (b.0 - x.0);
    let curvature = 2.0 * (right - left) / (b.0 - a.0);
    let vertex = 0.5 * (a.0 + x.0) - left / curvature;
    (vertex, curvature)
}

impl TimeAllocation for Exhaustive {
    fn name(&self) -> &str {
        "exhaustive"
    }

    fn check(&self) -> Result<(), DesignError> {
        for &eta in &self.grid {
            check_eta("grid", eta)?;
        }
        require(
            "rate_tolerance",
            self.rate_tolerance,
            self.rate_tolerance > 0.0 && self.rate_tolerance < 1.0,
            "must lie in (0, 1)",
        )?;
        require(
            "gap_tolerance",
            self.gap_tolerance,
            self.gap_tolerance > 0.0,
            "must be positive",
        )
    }

    fn start(&self, wish: f64, limit: f64) -> f64 {
        wish.min(limit)
    }

    fn propose(&self, context: &mut AllocationContext<'_>) -> Result<Proposal, DesignError> {
        let limit = context.limit;
        let samples: Vec<(f64, f64)> = (context.evaluated.iter())
            .map(|sample| (sample.eta, sample.rate_bit_s_hz))
            .collect();
        if let Some(next) = self.next(&samples, limit) {
            return Ok(Proposal::Try(next));
        }
        let bounded = |s: &super::Sample| s.gamma_upper_bound.is_some();
        if !context.evaluated.iter().any(bounded) {
            return Ok(Proposal::Converged);
        }
        let best = samples.iter().map(|s| s.1).fold(0.0, f64::max);
        let bound = GlobalBound::of(context.downlink, context.evaluated, limit)?;
        // A sample that could not be solved is not worth another.
        let next = bound.next(best * (1.0 + self.gap_tolerance));
        let next = next.filter(|next| samples.iter().all(|s| (s.0 - next).abs() > 1e-9));
        Ok(next.map_or(Proposal::Converged, Proposal::Try))
    }

    fn ends_on_rejection(&self) -> bool {
        false
    }

    fn gain_tolerance(&self) -> Option<f64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(f: impl Fn(f64) -> f64, start: f64) -> (f64, usize) {
        let strategy = Exhaustive::default();
        let mut samples = vec![(start, f(start))];
        while let Some(next) = strategy.next(&samples, 1.0) {
            samples.push((next, f(next)));
            assert!(samples.len() < 60, "{samples:?}");
        }
        let best = samples
            .iter()
            .map(|s| s.1)
            .fold(f64::NEG_INFINITY, f64::max);
        (best, samples.len())
    }

    #[test]
    fn peak_to_the_accuracy_asked_for() {
        for scale in [1e-8, 1.0, 1e8] {
            let rate = |eta: f64| eta * (1.0 + scale * (1.0 - eta)).log2();
            let exact = (1..200_000)
                .map(|i| rate(i as f64 / 200_000.0))
                .fold(0.0, f64::max);
            for start in [0.05, 0.5, 0.999] {
                let (found, samples) = search(rate, start);
                assert!(
                    found >= exact * (1.0 - 1e-6),
                    "{scale} {start} {found} {exact}"
                );
                assert!(samples <= 22, "{samples} samples");
            }
        }
    }

    #[test]
    fn peak_outside_the_grid() {
        let (found, _) = search(|eta| -(eta - 0.01).abs().sqrt() + 2.0, 0.5);
        assert!(found > 1.9);
        let (found, _) = search(|eta| eta, 0.5);
        assert!(found > 0.9999);
    }
}
