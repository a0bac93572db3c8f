//! One-dimensional maximisation over `η`: a grid, then local refinement.

use super::{Proposal, Sample};
use crate::error::{DesignError, require};

/// A grid of step `ε_η` on (0, 1), refined by golden section around its best point, so that
/// results do not depend on the grid.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct LineSearch {
    /// `ε_η`; 0.1 by default.
    pub grid_step: f64,
    /// Width of the bracket at which refinement ends; 1e-3 by default.
    pub tolerance: f64,
}

impl Default for LineSearch {
    fn default() -> Self {
        Self {
            grid_step: 0.1,
            tolerance: 1e-3,
        }
    }
}

const GOLDEN: f64 = 0.618_033_988_749_894_9;

impl LineSearch {
    /// Refuses what makes no sense.
    ///
    /// # Errors
    /// [`DesignError::BadParameter`].
    pub fn check(&self) -> Result<(), DesignError> {
        require(
            "grid_step",
            self.grid_step,
            self.grid_step > 0.0 && self.grid_step < 0.5,
            "must lie in (0, 0.5)",
        )?;
        require(
            "tolerance",
            self.tolerance,
            self.tolerance > 0.0 && self.tolerance < 1.0,
            "must lie in (0, 1)",
        )
    }

    /// The maximiser of `f` over the grid's bracket of the best of grid and `start`, with its
    /// value. Values that are not numbers count as `-∞`.
    pub(super) fn maximise(
        &self,
        start: f64,
        mut f: impl FnMut(f64) -> Result<f64, DesignError>,
    ) -> Result<(f64, f64), DesignError> {
        self.check()?;
        let mut evaluate =
            |eta: f64| f(eta).map(|v| if v.is_nan() { f64::NEG_INFINITY } else { v });
        let count = (1.0 / self.grid_step).round() as usize;
        let mut points: Vec<f64> = (1..count).map(|i| i as f64 / count as f64).collect();
        // Errors grow without bound as η → 1; look closer there.
        points.extend([1.0 - 0.5 / count as f64, 1.0 - 0.1 / count as f64]);
        points.push(start);
        points.sort_by(f64::total_cmp);
        points.dedup();
        let values = points
            .iter()
            .map(|&p| evaluate(p))
            .collect::<Result<Vec<_>, _>>()?;
        let best = (0..points.len())
            .max_by(|&a, &b| values[a].total_cmp(&values[b]))
            .unwrap_or(0);
        // The ends of (0, 1) bound the search and are never evaluated.
        let mut low = if best > 0 { points[best - 1] } else { 0.0 };
        let mut high = points.get(best + 1).copied().unwrap_or(1.0);
        let mut peak = (points[best], values[best]);
        while high - low > self.tolerance {
            // Golden section of the longer side keeps the best point inside.
            let trial = if high - peak.0 > peak.0 - low {
                peak.0 + (1.0 - GOLDEN) * (high - peak.0)
            } else {
                peak.0 - (1.0 - GOLDEN) * (peak.0 - low)
            };
            let value = evaluate(trial)?;
            let (inner, outer) = (peak.0, trial);
            if value > peak.1 {
                if outer > inner {
                    low = inner;
                } else {
                    high = inner;
                }
                peak = (trial, value);
            } else if outer > inner {
                high = outer;
            } else {
                low = outer;
            }
        }
        Ok(peak)
    }
}

impl LineSearch {
    /// What to try when `f`, made of beams that stay as they are, is largest where it is.
    ///
    /// `f` is a minimum over users and has a kink wherever the beams balance them, so a maximum
    /// says little about beams that follow. A step of half the grid's towards the flatter side
    /// asks the exact rate, once.
    pub(super) fn probe(
        &self,
        at: f64,
        evaluated: &[Sample],
        mut f: impl FnMut(f64) -> Result<f64, DesignError>,
    ) -> Result<Proposal, DesignError> {
        let near = (10.0 * self.tolerance).min(0.1 * at.min(1.0 - at));
        let next = if f(at + near)? >= f(at - near)? {
            at + (0.5 * self.grid_step).min(0.5 * (1.0 - at))
        } else {
            at - (0.5 * self.grid_step).min(0.5 * at)
        };
        let (low, high) = (at.min(next), at.max(next));
        let known = evaluated
            .iter()
            .any(|sample| sample.eta != at && (low..=high).contains(&sample.eta));
        Ok(if known {
            Proposal::Converged
        } else {
            Proposal::Try(next)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_peaks_whatever_the_grid() {
        for grid_step in [0.1, 0.05, 0.025] {
            let search = LineSearch {
                grid_step,
                tolerance: 1e-6,
            };
            for peak in [0.013, 0.31, 0.746, 0.993] {
                let (at, _) = search
                    .maximise(0.5, |x| Ok(-(x - peak) * (x - peak)))
                    .unwrap();
                assert!((at - peak).abs() < 1e-5, "{grid_step} {peak} {at}");
            }
        }
    }

    #[test]
    fn bad_grid_is_named() {
        let search = LineSearch {
            grid_step: 0.0,
            tolerance: 1e-3,
        };
        let error = search.maximise(0.5, Ok).unwrap_err();
        assert!(error.to_string().contains("grid_step"));
    }
}
