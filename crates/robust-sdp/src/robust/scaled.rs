//! Normalised data of the robust ratio problem.
//!
//! Coordinates of group `m` are multiplied by `sqrt(P_m)` and vectors by `1/σ_k`, which makes
//! budgets and floors one; target `k`'s matrix inequality is then divided by `‖h_k‖²`. With
//! `B_k = [E_{k,1} .. E_{k,L}, ĥ_k] / ‖h_k‖` in these coordinates the S-procedure reads
//!
//! ```math
//! B_k^H \Big(W_k - \gamma \sum_{j\ne k} W_j\Big) B_k
//!    + \mathrm{blkdiag}\Big(\mu_1 I, \dots, \mu_L I, -\sum_i \mu_i - s_k \tau\Big) \succeq 0, \qquad \mu \ge 0,
//! ```
//!
//! with `s_k = 1/‖h_k‖²` and `τ = γ`. Without this scaling solvers fail at `γ ~ 10^6`.

use faer::{Mat, MatRef, c64};

use super::problem::{ErrorBlock, RatioTarget, ValidRatioProblem};
use crate::sdp::{Lmi, ScalarId, ScalarUnknown, SdpProblem};
use crate::svec::Field;

/// Target `k` after normalisation.
#[derive(Debug, Clone)]
pub(crate) struct ScaledTarget {
    /// `B_k`, `N × (1 + Σ columns)`; over the reals a complex block enters as `[E, jE]`.
    pub(crate) factor: Mat<c64>,
    /// Real when any error block is.
    pub(crate) field: Field,
    /// Columns of each error block; empty for a block of size zero, which needs no multiplier.
    pub(crate) blocks: Vec<std::ops::Range<usize>>,
    /// `s_k`.
    pub(crate) floor: f64,
    /// Whether the balls contain the negative of the vector: nothing is certain to arrive.
    pub(crate) swallowed: bool,
}

impl ScaledTarget {
    /// Side of the matrix inequality.
    pub(crate) fn side(&self) -> usize {
        self.factor.ncols()
    }

    /// Adds an unknown for the multiplier of each block that needs one; the blocks with their
    /// unknowns.
    pub(crate) fn add_multiplier_unknowns(
        &self,
        problem: &mut SdpProblem,
        lmi: &mut Lmi,
    ) -> Vec<(usize, ScalarId)> {
        (0..self.blocks.len())
            .filter(|&i| !self.blocks[i].is_empty())
            .map(|i| {
                let id = problem.add_scalar(ScalarUnknown::NonNegative);
                lmi.add_diagonal(id, self.multiplier_entries(i));
                (i, id)
            })
            .collect()
    }

    /// Adds `blkdiag(μ_1 I, .., μ_L I, -Σμ)` to a matrix, `μ_i = values[i] / unit`.
    pub(crate) fn add_multipliers(&self, m: &mut Mat<c64>, values: &[f64], unit: f64) {
        for (i, value) in values.iter().enumerate() {
            for (p, sign) in self.multiplier_entries(i) {
                m[(p, p)] += c64::new(sign * value / unit, 0.0);
            }
        }
    }

    /// `ĥ_k / ‖h_k‖`.
    pub(crate) fn nominal(&self) -> MatRef<'_, c64> {
        self.factor.subcols(self.side() - 1, 1)
    }

    /// The diagonal of the multiplier of block `i`: one on the block, minus one at the end.
    /// Nothing for an empty block.
    fn multiplier_entries(&self, block: usize) -> Vec<(usize, f64)> {
        if self.blocks[block].is_empty() {
            return Vec::new();
        }
        let mut entries: Vec<(usize, f64)> = self.blocks[block].clone().map(|p| (p, 1.0)).collect();
        entries.push((self.side() - 1, -1.0));
        entries
    }
}

/// All targets after normalisation.
#[derive(Debug, Clone)]
pub(crate) struct ScaledProblem {
    pub(crate) targets: Vec<ScaledTarget>,
    pub(crate) ranges: Vec<std::ops::Range<usize>>,
    /// `sqrt(P_m)` of each coordinate: columns of forms are divided by it.
    pub(crate) coordinate_scale: Vec<f64>,
}

impl ScaledProblem {
    pub(crate) fn new(problem: &ValidRatioProblem) -> Self {
        let ranges = problem.group_ranges();
        let mut coordinate_scale = vec![0.0; problem.dimension()];
        for (range, budget) in ranges.iter().zip(&problem.budgets) {
            coordinate_scale[range.clone()].fill(budget.sqrt());
        }
        let n = problem.dimension();
        let targets = problem
            .targets
            .iter()
            .map(|target| {
                let whitened = |i: usize, v: c64| v * (coordinate_scale[i] / target.floor.sqrt());
                let nominal: Vec<c64> = (0..n).map(|i| whitened(i, target.nominal[i])).collect();
                let length = nominal.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt();
                let real = target.errors.iter().any(|block| {
                    matches!(
                        block,
                        ErrorBlock::Directions {
                            field: Field::Real,
                            ..
                        }
                    )
                });
                let mut columns: Vec<Vec<c64>> = Vec::new();
                let mut blocks = Vec::new();
                for block in &target.errors {
                    if is_exact(block) {
                        blocks.push(columns.len()..columns.len());
                        continue;
                    }
                    let (matrix, field) = dense(block, &ranges, n);
                    let first = columns.len();
                    let units = if real && field == Field::Complex {
                        vec![c64::new(1.0, 0.0), c64::new(0.0, 1.0)]
                    } else {
                        vec![c64::new(1.0, 0.0)]
                    };
                    for unit in units {
                        for j in 0..matrix.ncols() {
                            columns.push(
                                (0..n)
                                    .map(|i| whitened(i, matrix[(i, j)]) * unit / length)
                                    .collect(),
                            );
                        }
                    }
                    blocks.push(first..columns.len());
                }
                columns.push(nominal.iter().map(|v| v / length).collect());
                ScaledTarget {
                    factor: Mat::from_fn(n, columns.len(), |i, j| columns[j][i]),
                    field: if real { Field::Real } else { Field::Complex },
                    blocks,
                    floor: 1.0 / (length * length),
                    swallowed: swallowed(target, &ranges),
                }
            })
            .collect();
        Self {
            targets,
            ranges,
            coordinate_scale,
        }
    }

    /// Normalised columns from columns in the problem's units.
    pub(crate) fn scale_columns(&self, columns: MatRef<'_, c64>) -> Mat<c64> {
        Mat::from_fn(columns.nrows(), columns.ncols(), |i, j| {
            columns[(i, j)] / self.coordinate_scale[i]
        })
    }

    /// The inverse of [`scale_columns`](Self::scale_columns).
    pub(crate) fn unscale_columns(&self, columns: MatRef<'_, c64>) -> Mat<c64> {
        Mat::from_fn(columns.nrows(), columns.ncols(), |i, j| {
            columns[(i, j)] * self.coordinate_scale[i]
        })
    }

    /// What a normalised multiplier is worth in the units of the matrix inequality
    /// `B^H (W_k/γ - Σ W_j) B + blkdiag(μ I, -Σμ - σ²)`.
    pub(crate) fn multiplier_unit(&self, problem: &ValidRatioProblem, k: usize, ratio: f64) -> f64 {
        problem.targets[k].floor / (self.targets[k].floor * ratio)
    }
}

fn swallowed(target: &RatioTarget, ranges: &[std::ops::Range<usize>]) -> bool {
    ranges.iter().enumerate().all(|(m, range)| {
        let nominal = &target.nominal[range.clone()];
        let length = nominal.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt();
        let radius = target.errors.iter().map(|block| match block {
            ErrorBlock::Ball { group, radius } if *group == m => *radius,
            _ => 0.0,
        });
        radius.sum::<f64>() >= length
    })
}

fn is_exact(block: &ErrorBlock) -> bool {
    match block {
        ErrorBlock::Ball { radius, .. } => *radius == 0.0,
        ErrorBlock::Directions { matrix, .. } => matrix.squared_norm_l2() == 0.0,
    }
}

fn dense(block: &ErrorBlock, ranges: &[std::ops::Range<usize>], n: usize) -> (Mat<c64>, Field) {
    match block {
        ErrorBlock::Ball { group, radius } => {
            let range = &ranges[*group];
            let matrix = Mat::from_fn(n, range.len(), |i, j| {
                c64::new(if i == range.start + j { *radius } else { 0.0 }, 0.0)
            });
            (matrix, Field::Complex)
        }
        ErrorBlock::Directions { matrix, field } => (matrix.clone(), *field),
    }
}
