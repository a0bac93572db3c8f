//! Channels in units in which every budget and every noise power is one.

use faer::{Mat, c64};
use robust_sdp::ValidRatioProblem;

use crate::error::DesignError;

/// `H = [h_1 .. h_K]`, coordinates multiplied by `sqrt(P_m)` and columns by `1/σ_k`, with its
/// singular value decomposition `H = U S V^H`.
#[derive(Debug, Clone)]
pub(super) struct Whitened {
    /// `H`, `N × K`.
    pub(super) channels: Mat<c64>,
    /// The coordinates of each access point.
    pub(super) ranges: Vec<std::ops::Range<usize>>,
    /// `sqrt(P_m)` of each coordinate.
    scale: Vec<f64>,
    u: Mat<c64>,
    s: Vec<f64>,
    v: Mat<c64>,
}

/// Singular values below this, relative to the largest, count as zero.
const RANK_TOLERANCE: f64 = 1e-6;

impl Whitened {
    /// Nominal channels only; errors are not looked at.
    pub(super) fn new(
        problem: &ValidRatioProblem,
        scheme: &'static str,
    ) -> Result<Self, DesignError> {
        let ranges = problem.group_ranges();
        let mut scale = vec![0.0; problem.dimension()];
        for (range, budget) in ranges.iter().zip(&problem.budgets) {
            scale[range.clone()].fill(budget.sqrt());
        }
        let channels = Mat::from_fn(problem.dimension(), problem.targets.len(), |i, k| {
            let target = &problem.targets[k];
            target.nominal[i] * (scale[i] / target.floor.sqrt())
        });
        let svd = channels.svd().map_err(|_| DesignError::Program {
            scheme,
            program: "singular values of the channels",
            status: "no convergence".to_owned(),
        })?;
        let values = svd.S().column_vector();
        Ok(Self {
            u: svd.U().to_owned(),
            s: (0..values.nrows()).map(|i| values[i].re).collect(),
            v: svd.V().to_owned(),
            channels,
            ranges,
            scale,
        })
    }

    /// Whether the channels are linearly independent.
    pub(super) fn independent(&self) -> bool {
        let smallest = self.s.last().copied().unwrap_or(0.0);
        self.s.len() == self.channels.ncols() && smallest > RANK_TOLERANCE * self.s[0]
    }

    /// `U f(S) V^H`; `H (H^H H)^{-1}` for `f(s) = 1/s`.
    pub(super) fn filtered(&self, f: impl Fn(f64) -> f64) -> Mat<c64> {
        let gains: Vec<f64> = self.s.iter().map(|&s| f(s)).collect();
        let (n, users) = (self.channels.nrows(), self.channels.ncols());
        Mat::from_fn(n, users, |i, k| {
            gains
                .iter()
                .enumerate()
                .map(|(p, &gain)| self.u[(i, p)] * self.v[(k, p)].conj() * gain)
                .sum()
        })
    }

    /// The zero-forcing beams, dependent directions left out.
    pub(super) fn zero_forcing(&self) -> Mat<c64> {
        let smallest = RANK_TOLERANCE * self.s.first().copied().unwrap_or(0.0);
        self.filtered(|s| if s > smallest { 1.0 / s } else { 0.0 })
    }

    /// Unit columns: the zero-forcing directions of all users and, orthogonal to every channel,
    /// the rest of the space. Needs independent channels.
    pub(super) fn zero_forcing_basis(&self) -> Mat<c64> {
        let (n, users) = (self.channels.nrows(), self.channels.ncols());
        let directions = self.zero_forcing();
        let length: Vec<f64> = (0..users).map(|k| column_norm(&directions, k)).collect();
        Mat::from_fn(n, n, |i, j| {
            if j < users {
                directions[(i, j)] / length[j]
            } else {
                self.u[(i, j)]
            }
        })
    }

    /// The largest share of a budget that whitened beams use.
    fn used_budget(&self, beams: &Mat<c64>) -> f64 {
        self.ranges
            .iter()
            .map(|range| {
                (0..beams.ncols())
                    .flat_map(|k| range.clone().map(move |i| (i, k)))
                    .map(|(i, k)| beams[(i, k)].norm_sqr())
                    .sum::<f64>()
            })
            .fold(0.0, f64::max)
    }

    /// Whitened beams scaled by one factor so that the busiest access point uses its budget up.
    pub(super) fn fill(&self, mut beams: Mat<c64>) -> Mat<c64> {
        let used = self.used_budget(&beams);
        if used > 0.0 {
            beams *= faer::Scale(c64::new(used.sqrt().recip(), 0.0));
        }
        beams
    }

    /// Beams in the problem's units, one column each.
    pub(super) fn beams(&self, whitened: &Mat<c64>) -> Vec<Mat<c64>> {
        (0..whitened.ncols())
            .map(|k| Mat::from_fn(whitened.nrows(), 1, |i, _| whitened[(i, k)] * self.scale[i]))
            .collect()
    }

    /// The smallest SINR of whitened beams.
    pub(super) fn sinr(&self, beams: &Mat<c64>) -> f64 {
        let gains = self.channels.adjoint() * beams;
        (0..gains.nrows())
            .map(|k| {
                let power = |j: usize| gains[(k, j)].norm_sqr();
                let interference: f64 = (0..gains.ncols()).filter(|&j| j != k).map(power).sum();
                power(k) / (interference + 1.0)
            })
            .fold(f64::INFINITY, f64::min)
    }
}

fn column_norm(a: &Mat<c64>, k: usize) -> f64 {
    (0..a.nrows())
        .map(|i| a[(i, k)].norm_sqr())
        .sum::<f64>()
        .sqrt()
}
