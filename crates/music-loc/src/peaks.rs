//! Peaks of the pseudo-spectrum.

use faer::{Col, Mat};
use nf_channel::Invalid;

use crate::grid::offsets;
use crate::linalg;
use crate::{Grid, LocError, Music};

/// Local maxima of the grid that are refined, for each peak asked for: the order of two peaks on the
/// coarse grid says little about the order of their tops.
const CANDIDATES_PER_PEAK: usize = 12;

/// Moves of one refinement: far more than halving needs, an end for plateaus.
const MOVE_LIMIT: usize = 2000;

/// Steps that the final parabola may move along an axis.
const PARABOLA_REACH: f64 = 2.0;

/// What to look for, freely editable; [`check`](Self::check) turns it into a [`ValidPeakSearch`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(
        deny_unknown_fields,
        bound = "[f64; D]: nf_channel::Plain, [usize; D]: nf_channel::Plain"
    )
)]
pub struct PeakSearch<const D: usize> {
    /// Coarse grid. Its steps must not miss the peaks: half the beam width `λr/D` of the widest
    /// array is safe.
    pub grid: Grid<D>,
    /// Most peaks returned.
    pub count: usize,
    /// Of two peaks closer than this only the higher one stays.
    pub min_separation_m: f64,
    /// Step at which the refinement ends with a parabola.
    pub resolution_m: f64,
}

impl<const D: usize> PeakSearch<D> {
    /// Half a metre of separation, a resolution of 0.1 mm.
    pub fn new(grid: Grid<D>, count: usize) -> Self {
        Self {
            grid,
            count,
            min_separation_m: 0.5,
            resolution_m: 1e-4,
        }
    }

    /// Checks the lengths. (The grid is checked when it is made, and no peaks are as many as any.)
    ///
    /// # Errors
    ///
    /// [`LocError::Invalid`] for a separation that is negative or a resolution that is not positive.
    pub fn check(self) -> Result<ValidPeakSearch<D>, LocError> {
        Invalid::unless_nonnegative("min_separation_m", self.min_separation_m)?;
        Invalid::unless_positive("resolution_m", self.resolution_m)?;
        Ok(ValidPeakSearch { parameters: self })
    }
}

/// A [`PeakSearch`] whose lengths are lengths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValidPeakSearch<const D: usize> {
    parameters: PeakSearch<D>,
}

impl<const D: usize> ValidPeakSearch<D> {
    /// The parameters that were checked.
    pub fn parameters(&self) -> &PeakSearch<D> {
        &self.parameters
    }
}

/// A local maximum of the pseudo-spectrum.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(bound = "[f64; D]: nf_channel::Plain"))]
pub struct Peak<const D: usize> {
    /// Where it is.
    pub position_m: [f64; D],
    /// How high it is.
    pub level_db: f64,
}

impl<const D: usize> Music<D> {
    /// The highest peaks, in descending order: fewer than asked for where the region has fewer.
    ///
    /// The local maxima of the coarse grid are climbed with ever smaller steps down to the resolution;
    /// a paraboloid gives the last digits. Where the spectrum still rises across the
    /// border of the grid there is no peak.
    ///
    /// # Errors
    ///
    /// As for [`noise_fraction`](Self::noise_fraction).
    pub fn peaks(&self, search: &ValidPeakSearch<D>) -> Result<Vec<Peak<D>>, LocError> {
        let levels = self.grid_spectrum_db(&search.parameters.grid)?;
        self.peaks_of_spectrum(search, &levels)
    }

    /// The same, given the spectrum on the coarse grid.
    ///
    /// # Errors
    ///
    /// [`LocError::Invalid`] when the spectrum is not that of the grid, and as for
    /// [`peaks`](Self::peaks).
    pub fn peaks_of_spectrum(
        &self,
        search: &ValidPeakSearch<D>,
        levels_db: &[f64],
    ) -> Result<Vec<Peak<D>>, LocError> {
        let search = &search.parameters;
        Invalid::unless_size("spectrum", search.grid.len(), levels_db.len())?;
        let mut maxima = local_maxima(&search.grid, levels_db);
        maxima.truncate(search.count.saturating_mul(CANDIDATES_PER_PEAK));
        let mut peaks = Vec::with_capacity(maxima.len());
        for index in maxima {
            let start_m = search.grid.position_m(index);
            let inside = |position_m: &[f64; D]| inside(&search.grid, position_m);
            let step_m = search.grid.step_m();
            peaks.extend(self.climb(start_m, step_m, search.resolution_m, inside)?);
        }
        Ok(suppress(peaks, search.min_separation_m, search.count))
    }

    /// The top reached from a start by steps that are halved down to a resolution, unless it lies outside of what is
    /// searched.
    pub(crate) fn climb(
        &self,
        start_m: [f64; D],
        mut step: [f64; D],
        resolution_m: f64,
        inside: impl Fn(&[f64; D]) -> bool,
    ) -> Result<Option<Peak<D>>, LocError> {
        let mut here = start_m;
        let mut lowest = self.noise_fraction(&here)?;
        for _ in 0..MOVE_LIMIT {
            let mut best = (here, lowest);
            for offset in offsets::<D>() {
                let there = moved(&here, &offset, &step);
                // An axis of one point is not searched.
                if there == here {
                    continue;
                }
                let fraction = self.noise_fraction(&there)?;
                if fraction < best.1 {
                    best = (there, fraction);
                }
            }
            if best.1 < lowest {
                (here, lowest) = best;
                if !inside(&here) {
                    return Ok(None);
                }
            } else if step.iter().all(|&s| s <= resolution_m) {
                break;
            } else {
                step = step.map(|s| s / 2.0);
            }
        }
        let position_m = self.parabola(here, lowest, &step)?;
        Ok(Some(Peak {
            position_m,
            level_db: self.level_db(&position_m)?,
        }))
    }

    /// Minimum of the paraboloid through the fractions around a position, cross terms included (the
    /// valleys are long and lie at any angle); the position itself where that is no lower.
    fn parabola(&self, here: [f64; D], lowest: f64, step: &[f64; D]) -> Result<[f64; D], LocError> {
        let axes: Vec<usize> = (0..D).filter(|&axis| step[axis] > 0.0).collect();
        let at = |shifts: [(usize, isize); 2]| {
            let mut offset = [0; D];
            for (axis, shift) in shifts {
                offset[axis] += shift;
            }
            self.noise_fraction(&moved(&here, &offset, step))
        };
        let mut gradient = Col::<f64>::zeros(axes.len());
        let mut curvature = Mat::<f64>::zeros(axes.len(), axes.len());
        for (i, &a) in axes.iter().enumerate() {
            let (before, after) = (at([(a, -1), (a, 0)])?, at([(a, 1), (a, 0)])?);
            gradient[i] = 0.5 * (after - before);
            curvature[(i, i)] = before - 2.0 * lowest + after;
            for (j, &b) in axes[..i].iter().enumerate() {
                let equal = at([(a, 1), (b, 1)])? + at([(a, -1), (b, -1)])?;
                let opposite = at([(a, 1), (b, -1)])? + at([(a, -1), (b, 1)])?;
                curvature[(i, j)] = 0.25 * (equal - opposite);
            }
        }
        let Some(shift) = linalg::positive_solve(&curvature, &gradient) else {
            return Ok(here);
        };
        let mut top = here;
        for (i, &axis) in axes.iter().enumerate() {
            top[axis] -= step[axis] * shift[i].clamp(-PARABOLA_REACH, PARABOLA_REACH);
        }
        let better = self.noise_fraction(&top)? < lowest;
        Ok(if better { top } else { here })
    }
}

fn moved<const D: usize>(from: &[f64; D], offset: &[isize; D], step: &[f64; D]) -> [f64; D] {
    std::array::from_fn(|axis| from[axis] + offset[axis] as f64 * step[axis])
}

fn inside<const D: usize>(grid: &Grid<D>, position_m: &[f64; D]) -> bool {
    let (low, high) = (grid.minimum_m(), grid.maximum_m());
    (0..D).all(|axis| (low[axis]..=high[axis]).contains(&position_m[axis]))
}

/// Points no lower than any neighbour and higher than one (a plateau is no peak), highest first.
fn local_maxima<const D: usize>(grid: &Grid<D>, levels_db: &[f64]) -> Vec<usize> {
    let mut maxima: Vec<usize> = (0..grid.len())
        .filter(|&index| {
            let level = levels_db[index];
            let mut higher = false;
            for neighbour in grid.neighbours(index) {
                if levels_db[neighbour] > level {
                    return false;
                }
                higher |= levels_db[neighbour] < level;
            }
            higher
        })
        .collect();
    maxima.sort_by(|&a, &b| levels_db[b].total_cmp(&levels_db[a]));
    maxima
}

/// The highest peaks that keep their distance from higher ones.
pub(crate) fn suppress<const D: usize>(
    mut peaks: Vec<Peak<D>>,
    min_separation_m: f64,
    count: usize,
) -> Vec<Peak<D>> {
    peaks.sort_by(|a, b| b.level_db.total_cmp(&a.level_db));
    let mut kept: Vec<Peak<D>> = Vec::with_capacity(count.min(peaks.len()));
    for peak in peaks {
        let close = |other: &Peak<D>| {
            let square: f64 = (peak.position_m.iter().zip(&other.position_m))
                .map(|(a, b)| (a - b).powi(2))
                .sum();
            // The same top reached twice is one peak, whatever the separation.
            square.sqrt() <= min_separation_m
        };
        if kept.len() < count && !kept.iter().any(close) {
            kept.push(peak);
        }
    }
    kept
}
