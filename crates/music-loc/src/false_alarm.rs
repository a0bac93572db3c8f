//! How large the likelihood ratio of a user becomes somewhere in a region where there is none.
//!
//! `2T/σ²` at one position is a chi-square of as many degrees of freedom as a user has (real) gains, `ν`. Over a
//! region it is the square of the maximum, over unit vectors `v` of the spaces of echoes, of the Gaussian
//! field `Re⟨v, n⟩`; the metric of that field is the information that an echo `v` of unit energy has about the position,
//!
//! ```math
//! G_{ij}(v) = \sum_l \mathrm{Re}\langle (\partial_i a_l)_\perp, (\partial_j a_l)_\perp\rangle\, \lVert w_l\rVert^2
//!    + \lVert a_l\rVert^2\, \mathrm{Re}\langle (\partial_i w_l)_\perp, (\partial_j w_l)_\perp\rangle,
//! ```
//!
//! for `v_l = a_l w_l^T`, ⊥ being outside of the spaces of `a_l` and of the waveforms that reach the position. The volume
//! `∫ E_v √det G dc` and the surface, with Worsley's densities, give the expected Euler characteristic, and
//! `1 - exp(-E)` of it the probability. (For fields whose metric depends on `v` the leading term is that of the
//! tube formula; the densities' lower orders are those of an equal metric.)

use faer::{Mat, c64};
use nf_channel::{EchoConvention, ValidNetwork};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::chi_square::euler_density;
use crate::linalg;
use crate::region::Cells;

/// Cells, and faces of the border, at which the metric is sampled: the sums are known to some 3 %, which is 0.2 %
/// of false alarms at 5 %; the surface matters less by the root of the number of cells.
const SAMPLES: [usize; 2] = [512, 64];

/// Seed of the echoes `v` that are sampled.
const SEED: u64 = 0x5eed;

/// Rows that others explain up to this, relative to the largest, are no rows of their own.
const DEPENDENT: f64 = 1e-9;

/// Volume and surface of a region in the metric of the likelihood ratio's field, and its degrees of freedom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Extent {
    dimension: usize,
    volume: f64,
    surface: f64,
    pub freedom: f64,
}

impl Extent {
    pub fn new<const D: usize>(
        network: &ValidNetwork<D>,
        waveform: &[Mat<c64>],
        cells: &Cells<D>,
    ) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        let mut rank = 0;
        let mut mean = |[count, limit]: [usize; 2],
                        measure: &mut dyn FnMut(usize, &[f64]) -> f64,
                        at: &dyn Fn(usize) -> [f64; D]| {
            let samples = count.min(limit);
            let mut sum = 0.0;
            for sample in 0..samples {
                let index = sample * count / samples;
                if let Some((metric, found)) = metric(network, waveform, &at(index), &mut rng) {
                    rank = rank.max(found);
                    sum += measure(index, &metric);
                }
            }
            sum * count as f64 / samples.max(1) as f64
        };
        let all: Vec<usize> = (0..D).collect();
        let volume = mean(
            [cells.centres_m.len(), SAMPLES[0]],
            &mut |cell, metric| {
                cells.sides_m[cell].iter().product::<f64>() * root_determinant::<D>(metric, &all)
            },
            &|cell| cells.centres_m[cell],
        );
        let surface = mean(
            [cells.border.len(), SAMPLES[1]],
            &mut |face, metric| {
                let (cell, axis) = cells.border[face];
                let along: Vec<usize> = (0..D).filter(|&i| i != axis).collect();
                let area: f64 = along.iter().map(|&i| cells.sides_m[cell][i]).product();
                area * root_determinant::<D>(metric, &along)
            },
            &|face| cells.centres_m[cells.border[face].0],
        );
        Self {
            dimension: D,
            volume,
            surface,
            freedom: 2.0 * (waveform.len() * rank) as f64,
        }
    }

    /// Probability that the ratio exceeds `t` somewhere, far out.
    pub fn exceedance(&self, t: f64) -> f64 {
        let density = |j| euler_density(j, self.freedom, t);
        let expected = self.volume * density(self.dimension)
            + 0.5 * self.surface * density(self.dimension - 1)
            + if self.dimension > 1 { density(0) } else { 0.0 };
        1.0 - (-expected).exp()
    }

    /// The ratio that is exceeded somewhere with such a probability; infinite where no echo reaches the
    /// receivers from anywhere.
    pub fn threshold(&self, probability: f64) -> f64 {
        if self.freedom == 0.0 {
            return f64::INFINITY;
        }
        let mut high = 2.0 * self.freedom + 100.0;
        while self.exceedance(high) > probability {
            high *= 2.0;
        }
        // Downwards: below the mean the expansion is no probability any more.
        let mut low = high;
        while self.exceedance(low) <= probability && low > 1e-3 {
            (high, low) = (low, 0.9 * low);
        }
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if self.exceedance(middle) > probability {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }
}

/// `√det` of the rows and columns of some axes, none of which is 1.
fn root_determinant<const D: usize>(metric: &[f64], axes: &[usize]) -> f64 {
    let g = |i: usize, j: usize| metric[axes[i] * D + axes[j]];
    let determinant = match axes.len() {
        0 => 1.0,
        1 => g(0, 0),
        2 => g(0, 0) * g(1, 1) - g(0, 1) * g(1, 0),
        _ => {
            let minor = |a: usize, b: usize| g(1, a) * g(2, b) - g(1, b) * g(2, a);
            g(0, 0) * minor(1, 2) - g(0, 1) * minor(0, 2) + g(0, 2) * minor(0, 1)
        }
    };
    determinant.max(0.0).sqrt()
}

/// `G` of one random echo of unit energy from a position, row by row, and the number of waveforms that reach it
/// independently; `None` without a response.
fn metric<const D: usize>(
    network: &ValidNetwork<D>,
    waveform: &[Mat<c64>],
    position_m: &[f64; D],
    rng: &mut ChaCha8Rng,
) -> Option<(Vec<f64>, usize)> {
    let stations = waveform.len();
    let responses = (0..stations)
        .map(|m| network.response(m, position_m).ok())
        .collect::<Option<Vec<_>>>()?;
    let conjugate = network.parameters().echo_convention == EchoConvention::Conjugate;
    // Columns: the waveform that arrives, and its derivatives.
    let reaching: Vec<Mat<c64>> = (responses.iter().zip(waveform))
        .map(|(seen, sent)| {
            let factors = Mat::from_fn(sent.nrows(), D + 1, |n, j| {
                let value = if j == 0 {
                    seen.values[n]
                } else {
                    seen.gradient[j - 1][n]
                };
                if conjugate { value.conj() } else { value }
            });
            linalg::transpose_times(sent, &factors)
        })
        .collect();
    let basis = Basis::new(&reaching);
    let rank = basis.rows.len();
    let mut gaussian = || {
        let re: f64 = StandardNormal.sample(rng);
        let im: f64 = StandardNormal.sample(rng);
        c64::new(re, im)
    };
    let mut echo: Vec<c64> = (0..stations * rank).map(|_| gaussian()).collect();
    let length = echo.iter().map(c64::norm_sqr).sum::<f64>().sqrt();
    echo.iter_mut().for_each(|u| *u /= length);
    let mut metric = vec![0.0; D * D];
    for (l, seen) in responses.iter().enumerate() {
        let u = &echo[l * rank..(l + 1) * rank];
        let power: f64 = seen.values.iter().map(c64::norm_sqr).sum();
        let share: f64 = u.iter().map(c64::norm_sqr).sum();
        // w_l = Σ_j u_j q_j / ‖a_l‖, and q_j = Σ_m c_jm r_m at fixed c.
        let turned: Vec<Vec<c64>> = (0..D)
            .map(|axis| basis.turned(&reaching, u, axis))
            .collect();
        let bent: Vec<Vec<c64>> = (0..D)
            .map(|axis| outside(&seen.gradient[axis], &seen.values, power))
            .collect();
        for i in 0..D {
            for j in 0..D {
                metric[i * D + j] += real_inner(&bent[i], &bent[j]) * share / power
                    + real_inner(&turned[i], &turned[j]);
            }
        }
    }
    Some((metric, rank))
}

/// Orthonormal combinations of the waveforms that reach a position.
struct Basis {
    rows: Vec<Vec<c64>>,
    /// Each row's coefficients in the waveforms.
    coefficients: Vec<Vec<c64>>,
}

impl Basis {
    fn new(reaching: &[Mat<c64>]) -> Self {
        let mut basis = Self {
            rows: Vec::new(),
            coefficients: Vec::new(),
        };
        let square = |row: &[c64]| row.iter().map(c64::norm_sqr).sum::<f64>();
        let largest = (reaching.iter())
            .map(|block| square(linalg::column_slice(block, 0)))
            .fold(0.0, f64::max);
        for (m, block) in reaching.iter().enumerate() {
            let mut row = linalg::column_slice(block, 0).to_vec();
            let mut coefficients = vec![c64::ZERO; reaching.len()];
            coefficients[m] = c64::ONE;
            for _ in 0..2 {
                for (other, theirs) in basis.rows.iter().zip(&basis.coefficients) {
                    let along = inner(other, &row);
                    subtract(&mut row, along, other);
                    subtract(&mut coefficients, along, theirs);
                }
            }
            let left = square(&row);
            if left > DEPENDENT * DEPENDENT * largest {
                let scale = c64::from(1.0 / left.sqrt());
                row.iter_mut().for_each(|v| *v *= scale);
                coefficients.iter_mut().for_each(|v| *v *= scale);
                basis.rows.push(row);
                basis.coefficients.push(coefficients);
            }
        }
        basis
    }

    /// `(∂ Σ_j u_j q_j)_⊥` along an axis, the combination of the waveforms held.
    fn turned(&self, reaching: &[Mat<c64>], u: &[c64], axis: usize) -> Vec<c64> {
        let mut sum = vec![c64::ZERO; reaching[0].nrows()];
        for (u, coefficients) in u.iter().zip(&self.coefficients) {
            for (c, block) in coefficients.iter().zip(reaching) {
                subtract(&mut sum, -(u * c), linalg::column_slice(block, axis + 1));
            }
        }
        for row in &self.rows {
            let along = inner(row, &sum);
            subtract(&mut sum, along, row);
        }
        sum
    }
}

/// A vector less its part along another one, whose power is given.
fn outside(vector: &[c64], along: &[c64], power: f64) -> Vec<c64> {
    let mut left = vector.to_vec();
    subtract(&mut left, inner(along, vector) / power, along);
    left
}

fn subtract(from: &mut [c64], factor: c64, vector: &[c64]) {
    for (value, v) in from.iter_mut().zip(vector) {
        *value -= factor * v;
    }
}

fn inner(a: &[c64], b: &[c64]) -> c64 {
    a.iter().zip(b).map(|(a, b)| a.conj() * b).sum()
}

fn real_inner(a: &[c64], b: &[c64]) -> f64 {
    inner(a, b).re
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_invert_exceedances_and_grow_with_the_region() {
        let extent = |volume: f64| Extent {
            dimension: 2,
            volume,
            surface: 2.0 * volume.sqrt(),
            freedom: 18.0,
        };
        let mut last = 0.0;
        for volume in [0.0, 1.0, 1e3, 1e6] {
            let threshold = extent(volume).threshold(0.05);
            assert!(threshold > last);
            assert!((extent(volume).exceedance(threshold) - 0.05).abs() < 1e-9);
            last = threshold;
        }
        // A region of one point: the quantile of the chi-square itself (as 1 - exp(-p)).
        let point = extent(0.0).threshold(0.05);
        assert!((28.5..29.0).contains(&point), "{point}");
    }
}
