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
//! with `s_k = 1/‖h_k‖²` and `τ = γ`. Without this scaling solvers fail at `γ ~ 10^6`. A block may
//! be confined by other quadratics than `1 - ‖x‖² ≥ 0`, see [`Constraint`].

use std::f64::consts::PI;

use faer::{Mat, MatRef, c64};

use crate::hermitian::Field;
use crate::ratio::problem::{ErrorBlock, RatioTarget, ValidRatioProblem};
use crate::sdp::{Lmi, ScalarId, ScalarTerm, ScalarUnknown, SdpProblem};

/// `constant + linear · Re x_1 - square · ‖x‖² ≥ 0` for the coordinates `x` of one block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Constraint {
    pub(crate) block: usize,
    pub(crate) constant: f64,
    pub(crate) linear: f64,
    pub(crate) square: f64,
}

impl Constraint {
    /// Whether it says `‖x‖ ≤ 1`.
    pub(crate) fn is_unit_ball(&self) -> bool {
        (self.constant, self.linear, self.square) == (1.0, 0.0, 1.0)
    }
}

/// The values that the one coordinate of a rotation takes: `1 + ρ x = e^{jα}`, `|α| ≤ angle`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Arc {
    angle: f64,
    size: f64,
}

impl Arc {
    /// The arc of a rotation.
    pub(crate) fn of(block: &ErrorBlock) -> Option<Self> {
        match block {
            ErrorBlock::Ball { .. } | ErrorBlock::Directions { .. } => None,
            ErrorBlock::Rotation { angle, .. } => Some(Self {
                angle: angle.min(PI),
                size: chord(*angle),
            }),
        }
    }

    /// Largest `|α|`.
    pub(crate) fn angle(self) -> f64 {
        self.angle
    }

    /// `ρ`.
    pub(crate) fn size(self) -> f64 {
        self.size
    }

    /// The coordinate at `α`.
    pub(crate) fn coordinate(self, angle: f64) -> c64 {
        // e^{jα} - 1, without cancellation.
        c64::from_polar(2.0 * (0.5 * angle).sin() / self.size, 0.5 * (angle + PI))
    }

    /// The `α` on the arc that lies in the direction of a coordinate.
    pub(crate) fn nearest_angle(self, coordinate: c64) -> f64 {
        let turned = coordinate * self.size + 1.0;
        turned.arg().clamp(-self.angle, self.angle)
    }
}

/// Target `k` after normalisation.
#[derive(Debug, Clone)]
pub(crate) struct NormalisedTarget {
    /// `B_k`, `N × (1 + Σ columns)`; over the reals a complex block enters as `[E, jE]`.
    pub(crate) factor: Mat<c64>,
    /// Real when any error block is.
    pub(crate) field: Field,
    /// Columns of each error block; empty for a block of size zero, which needs no multiplier.
    pub(crate) blocks: Vec<std::ops::Range<usize>>,
    /// For each block that is a rotation, its arc.
    pub(crate) arcs: Vec<Option<Arc>>,
    /// What confines the blocks, one multiplier each, in the order of the blocks.
    pub(crate) constraints: Vec<Constraint>,
    /// `s_k`.
    pub(crate) floor: f64,
    /// What errors of each group alone are certain to leave of the vector, as a part of it: the
    /// largest over groups, and zero when nothing is certain to arrive.
    left: f64,
}

impl NormalisedTarget {
    /// Side of the matrix inequality.
    pub(crate) fn side(&self) -> usize {
        self.factor.ncols()
    }

    /// If errors leave too little of the vector to be told from nothing, how much more than no
    /// power at all may still arrive, as a part of the nominal power.
    pub(crate) fn swallowed(&self) -> Option<f64> {
        match self.left {
            left if left <= ROUNDING => Some(0.0),
            left if left <= NEXT_TO_NOTHING => Some(left * left),
            _ => None,
        }
    }

    /// Whether no block has any size.
    pub(crate) fn is_exact(&self) -> bool {
        self.blocks.iter().all(|b| b.is_empty())
    }

    /// Adds an unknown for the multiplier of each constraint that needs one; the constraints
    /// with their unknowns.
    pub(crate) fn add_multiplier_unknowns(
        &self,
        problem: &mut SdpProblem,
        lmi: &mut Lmi,
    ) -> Vec<(usize, ScalarId)> {
        (0..self.constraints.len())
            .filter(|&i| !self.blocks[self.constraints[i].block].is_empty())
            .map(|i| {
                let id = problem.add_scalar(ScalarUnknown::NonNegative);
                lmi.scalars.push(ScalarTerm {
                    scalar: id,
                    entries: self.multiplier_entries(i),
                });
                (i, id)
            })
            .collect()
    }

    /// Subtracts `Σ μ_i [x; 1]^H Q_i [x; 1]`, the constraints weighted by `μ_i = values[i] / unit`,
    /// from a matrix: for unit balls adds `blkdiag(μ_1 I, .., μ_L I, -Σμ)`.
    pub(crate) fn add_multipliers(&self, m: &mut Mat<c64>, values: &[f64], unit: f64) {
        for (i, value) in values.iter().enumerate() {
            for (p, q, entry) in self.multiplier_entries(i) {
                m[(p, q)] += entry * (value / unit);
            }
        }
    }

    /// The smallest corner of `Z` that makes `<Z, A_i> ≤ 0` for the coefficients `A_i` of all
    /// multipliers, given its other entries.
    pub(crate) fn dual_corner(&self, z: &Mat<c64>) -> f64 {
        let last = self.side() - 1;
        let needed = |constraint: &Constraint| {
            let block = self.blocks[constraint.block].clone();
            if block.is_empty() {
                return 0.0;
            }
            let linear = constraint.linear * z[(block.start, last)].re;
            let trace: f64 = block.map(|p| z[(p, p)].re).sum();
            (constraint.square * trace - linear) / constraint.constant
        };
        self.constraints.iter().map(needed).fold(0.0, f64::max)
    }

    /// `ĥ_k / ‖h_k‖`.
    pub(crate) fn nominal(&self) -> MatRef<'_, c64> {
        self.factor.subcols(self.side() - 1, 1)
    }

    /// The coefficient of the multiplier of constraint `i`: for a unit ball the diagonal of one
    /// on the block and minus one at the end. Nothing for an empty block.
    pub(crate) fn multiplier_entries(&self, constraint: usize) -> Vec<(usize, usize, c64)> {
        let Constraint {
            block,
            constant,
            linear,
            square,
        } = self.constraints[constraint];
        let columns = self.blocks[block].clone();
        if columns.is_empty() {
            return Vec::new();
        }
        let (first, last) = (columns.start, self.side() - 1);
        let real = |v: f64| c64::new(v, 0.0);
        let mut entries = Vec::with_capacity(columns.len() + 3);
        if square != 0.0 {
            entries.extend(columns.map(|p| (p, p, real(square))));
        }
        if linear != 0.0 {
            entries.push((first, last, real(-0.5 * linear)));
            entries.push((last, first, real(-0.5 * linear)));
        }
        entries.push((last, last, real(-constant)));
        entries
    }
}

/// All targets after normalisation.
#[derive(Debug, Clone)]
pub(crate) struct NormalisedProblem {
    pub(crate) targets: Vec<NormalisedTarget>,
    pub(crate) ranges: Vec<std::ops::Range<usize>>,
    /// `sqrt(P_m)` of each coordinate: columns of forms are divided by it.
    pub(crate) coordinate_scale: Vec<f64>,
    /// Largest error that acts on groups as a whole, as a part of its vector.
    pub(crate) turning: f64,
}

impl NormalisedProblem {
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
                let mut constraints = Vec::new();
                for block in &target.errors {
                    constraints.extend(confinement(block, blocks.len()));
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
                NormalisedTarget {
                    factor: Mat::from_fn(n, columns.len(), |i, j| columns[j][i]),
                    field: if real { Field::Real } else { Field::Complex },
                    blocks,
                    arcs: target.errors.iter().map(Arc::of).collect(),
                    constraints,
                    floor: 1.0 / (length * length),
                    left: left_over(target, &ranges),
                }
            })
            .collect();
        let turning = problem.targets.iter().map(turning).fold(0.0, f64::max);
        Self {
            targets,
            ranges,
            coordinate_scale,
            turning,
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

/// What confines the coordinates of a block, the `index`-th of its target.
fn confinement(block: &ErrorBlock, index: usize) -> Vec<Constraint> {
    let ball = Constraint {
        block: index,
        constant: 1.0,
        linear: 0.0,
        square: 1.0,
    };
    match block {
        ErrorBlock::Ball { .. } | ErrorBlock::Directions { .. } => vec![ball],
        ErrorBlock::Rotation { angle, .. } => {
            // e^{jα} = 1 + ρ x lies beyond the chord of the arc, and in every disc through the
            // chord's ends with its centre not left of zero. The half-plane and one disc generate
            // all discs with centres further to the right. The one chosen keeps its coefficients
            // of order one, and the nominal vector inside: the disc around `c` is
            // `c - 2 (1 - c)/ρ Re x - |x|² ≥ 0`.
            let size = chord(*angle);
            let centre = (1.0 - size).max(LEFTMOST_CENTRE);
            let disc = Constraint {
                constant: centre,
                linear: -2.0 * (1.0 - centre) / size,
                ..ball
            };
            let half_plane = Constraint {
                constant: 0.5 * size,
                linear: 1.0,
                square: 0.0,
                ..ball
            };
            vec![disc, half_plane]
        }
    }
}

/// Centres of discs stay so far right of zero.
const LEFTMOST_CENTRE: f64 = 0.1;

/// `ρ = max |e^{jα} - 1|` over `|α| ≤ angle`.
pub(crate) fn chord(angle: f64) -> f64 {
    2.0 * (0.5 * angle.min(PI)).sin()
}

/// What is left of a vector below this part of it is rounding.
const ROUNDING: f64 = 1e-12;

/// Below this part the power that is left, its square, is not told from nothing.
const NEXT_TO_NOTHING: f64 = 2e-3;

/// See [`NormalisedTarget::left`].
fn left_over(target: &RatioTarget, ranges: &[std::ops::Range<usize>]) -> f64 {
    let left = ranges.iter().map(|range| {
        let nominal = &target.nominal[range.clone()];
        let length = nominal.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt();
        let reach: f64 = target
            .errors
            .iter()
            .map(|block| reach_within(block, target, range, ranges))
            .sum();
        if reach >= length {
            0.0
        } else {
            1.0 - reach / length
        }
    });
    left.fold(0.0, f64::max)
}

/// The largest error of a target that is no ball, as a part of the vector.
fn turning(target: &RatioTarget) -> f64 {
    let nominal: f64 = target.nominal.iter().map(|v| v.norm_sqr()).sum();
    let sizes = target.errors.iter().map(|block| match block {
        ErrorBlock::Ball { .. } => 0.0,
        ErrorBlock::Directions { matrix, .. } => matrix.squared_norm_l2(),
        ErrorBlock::Rotation { part, angle } => part.squared_norm_l2() * chord(*angle).powi(2),
    });
    (sizes.fold(0.0, f64::max) / nominal).sqrt()
}

/// How far a block can move the vector towards zero in one group without touching the others.
fn reach_within(
    block: &ErrorBlock,
    target: &RatioTarget,
    range: &std::ops::Range<usize>,
    ranges: &[std::ops::Range<usize>],
) -> f64 {
    match block {
        ErrorBlock::Ball { group, radius } if ranges[*group] == *range => *radius,
        ErrorBlock::Directions {
            matrix,
            field: Field::Complex,
        } if matrix.ncols() == 1 => along_nominal(matrix, target, range).unwrap_or(0.0),
        ErrorBlock::Rotation { part, angle } => along_nominal(part, target, range)
            .map_or(0.0, |length| length * (1.0 - angle.min(PI).cos())),
        ErrorBlock::Ball { .. } | ErrorBlock::Directions { .. } => 0.0,
    }
}

/// The length of a column that is a multiple of the nominal vector's part in one group.
fn along_nominal(
    column: &Mat<c64>,
    target: &RatioTarget,
    range: &std::ops::Range<usize>,
) -> Option<f64> {
    let (mut inner, mut square, mut outside) = (c64::new(0.0, 0.0), 0.0, 0.0);
    let mut nominal_square = 0.0;
    for i in 0..column.nrows() {
        let value = column[(i, 0)];
        if range.contains(&i) {
            inner += target.nominal[i].conj() * value;
            square += value.norm_sqr();
            nominal_square += target.nominal[i].norm_sqr();
        } else {
            outside += value.norm_sqr();
        }
    }
    let parallel = inner.norm_sqr() >= (1.0 - 1e-12) * square * nominal_square;
    (parallel && outside == 0.0).then(|| square.sqrt())
}

fn is_exact(block: &ErrorBlock) -> bool {
    match block {
        ErrorBlock::Ball { radius, .. } => *radius == 0.0,
        ErrorBlock::Directions { matrix, .. } => matrix.squared_norm_l2() == 0.0,
        ErrorBlock::Rotation { part, angle } => *angle == 0.0 || part.squared_norm_l2() == 0.0,
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
        ErrorBlock::Rotation { part, angle } => (
            part * faer::Scale(c64::new(chord(*angle), 0.0)),
            Field::Complex,
        ),
    }
}
