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
//!
//! **Phases.** Where groups turn by unknown phases ([`ErrorBlock::Phase`]) the vector is
//! `h = Σ_m z_m (ĥ_m + q_m)`, `|z_m| = 1`, and no ratio changes when the whole of it turns. With
//! `z_m = z (1 + ρ_m x_m)` relative to a phase `z` of reference, `ρ_m = 2 sin(Φ_m/2)`, there is one column
//! `ρ_m ĥ_m` for each turning group, and the coordinates `(x, z)` are homogeneous. Known of them are
//!
//! ```text
//! |x_m|² ≤ |z|²,      2 Re x_m z^* + ρ_m |x_m|² = 0,      |ρ_m x_m - ρ_l x_l|² ≤ ρ_ml² |z|²,   ρ_ml = 2 sin((Φ_m+Φ_l)/2),
//! ```
//!
//! the second being `|z_m| = |z|` and its multiplier free, the third for `Φ_m + Φ_l < π`. All coefficients are
//! of order one however small the phases. This is exact for one group, whatever its phase (it turns nothing),
//! and for two without balls: the form is linear in `w = z_1 z_2^*`, and the extreme points of
//! `{|w| ≤ 1, Re w ≥ cos(Φ_1 + Φ_2)}` are the arc itself.

use std::f64::consts::PI;

use faer::{Mat, MatRef, c64};

use crate::hermitian::{Field, linalg};
use crate::ratio::problem::{ErrorBlock, RatioTarget, Turn, ValidRatioProblem, chord};
use crate::sdp::{Lmi, ScalarId, ScalarTerm, ScalarUnknown, SdpProblem};

/// `y^H Q y ≥ 0`, or `= 0`, on the error set: one multiplier of the S-procedure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Constraint {
    /// The nonzero entries of `-Q`, the multiplier's coefficient in the matrix inequality. None for a
    /// block of size zero, which needs no multiplier.
    pub(crate) entries: Vec<(usize, usize, c64)>,
    /// Whether the constraint is an equality, whose multiplier may have any sign.
    pub(crate) equality: bool,
}

/// A group that turns, and the column of its coordinate `x`: `1 + ρ x = e^{jα}`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TurnColumn {
    pub(crate) turn: Turn,
    pub(crate) column: usize,
}

/// Target `k` after normalisation.
#[derive(Debug, Clone)]
pub(crate) struct NormalisedTarget {
    /// `B_k`, `N × side`: the columns of the error blocks, of the groups that turn, and the vector itself.
    /// Over the reals a complex block enters as `[E, jE]`.
    pub(crate) factor: Mat<c64>,
    /// Real when any error block is.
    pub(crate) field: Field,
    /// Columns of each error block; empty for a block of size zero and for phases.
    pub(crate) blocks: Vec<std::ops::Range<usize>>,
    /// The groups that turn.
    pub(crate) turns: Vec<TurnColumn>,
    /// What confines the coordinates, one multiplier each: the blocks' balls in the order of the blocks,
    /// then for each turning group its ball and its modulus, then the angles between pairs of them.
    pub(crate) constraints: Vec<Constraint>,
    /// `s_k`.
    pub(crate) floor: f64,
    /// The largest fraction, over groups, of a group's part that survives every error of that group.
    /// Zero when nothing is certain to arrive.
    left: f64,
}

impl NormalisedTarget {
    /// Side of the matrix inequality.
    pub(crate) fn side(&self) -> usize {
        self.factor.ncols()
    }

    /// Whether errors leave too little of the vector to be told from nothing.
    pub(crate) fn is_swallowed(&self) -> bool {
        self.left <= NEXT_TO_NOTHING
    }

    /// Whether the vector is known, up to a common phase.
    pub(crate) fn is_exact(&self) -> bool {
        self.side() == 1
    }

    /// Adds an unknown for the multiplier of each constraint that needs one; the constraints
    /// with their unknowns.
    pub(crate) fn add_multiplier_unknowns(
        &self,
        problem: &mut SdpProblem,
        lmi: &mut Lmi,
    ) -> Vec<(usize, ScalarId)> {
        let needed = |i: &usize| !self.constraints[*i].entries.is_empty();
        (0..self.constraints.len())
            .filter(needed)
            .map(|i| {
                let constraint = &self.constraints[i];
                let scalar = problem.add_scalar(if constraint.equality {
                    ScalarUnknown::Free
                } else {
                    ScalarUnknown::NonNegative
                });
                lmi.scalars.push(ScalarTerm {
                    scalar,
                    entries: constraint.entries.clone(),
                });
                (i, scalar)
            })
            .collect()
    }

    /// A multiplier as a solver found it, with the sign that its constraint allows.
    pub(crate) fn admissible(&self, constraint: usize, value: f64) -> f64 {
        if self.constraints[constraint].equality {
            value
        } else {
            value.max(0.0)
        }
    }

    /// Subtracts `Σ μ_i Q_i`, `μ_i = values[i] / unit`, from a matrix: for unit balls adds
    /// `blkdiag(μ_1 I, .., μ_L I, -Σμ)`.
    pub(crate) fn add_multipliers(&self, m: &mut Mat<c64>, values: &[f64], unit: f64) {
        for (constraint, value) in self.constraints.iter().zip(values) {
            for &(p, q, entry) in &constraint.entries {
                m[(p, q)] += entry * (value / unit);
            }
        }
    }

    /// `B_k^H (W_k - γ Σ_{j≠k} W_j) B_k` of normalised columns.
    pub(crate) fn ratio_matrix(&self, columns: &[Mat<c64>], k: usize, ratio: f64) -> Mat<c64> {
        let side = self.side();
        let mut m = Mat::<c64>::zeros(side, side);
        for (j, g) in columns.iter().enumerate() {
            let c = linalg::mul_adjoint_left(self.factor.as_ref(), g.as_ref());
            let weight = if j == k { 1.0 } else { -ratio };
            m += linalg::mul_adjoint_right(c.as_ref(), c.as_ref())
                * faer::Scale(c64::new(weight, 0.0));
        }
        linalg::project(&mut m, self.field);
        m
    }

    /// `ĥ_k / ‖h_k‖`.
    pub(crate) fn nominal(&self) -> MatRef<'_, c64> {
        self.factor.subcols(self.side() - 1, 1)
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
                for block in &target.errors {
                    let first = columns.len();
                    if !is_exact(block) {
                        let (matrix, field) = dense(block, &ranges, n);
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
                    }
                    blocks.push(first..columns.len());
                }
                let mut turns = Vec::new();
                for turn in target.turns(&ranges) {
                    let mut column = vec![c64::new(0.0, 0.0); n];
                    for i in ranges[turn.group].clone() {
                        column[i] = nominal[i] * (turn.size() / length);
                    }
                    turns.push(TurnColumn {
                        turn,
                        column: columns.len(),
                    });
                    columns.push(column);
                }
                columns.push(nominal.iter().map(|v| v / length).collect());
                NormalisedTarget {
                    factor: Mat::from_fn(n, columns.len(), |i, j| columns[j][i]),
                    field: if real { Field::Real } else { Field::Complex },
                    constraints: constraints(&target.errors, &blocks, &turns, columns.len() - 1),
                    blocks,
                    turns,
                    floor: 1.0 / (length * length),
                    left: left_over(target, &ranges),
                }
            })
            .collect();
        let turning = (problem.targets.iter())
            .map(|t| turning(t, &ranges))
            .fold(0.0, f64::max);
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

    /// Largest share of a budget that normalised columns use.
    pub(crate) fn used_budget(&self, columns: &[Mat<c64>]) -> f64 {
        let share = |range: &std::ops::Range<usize>| -> f64 {
            let rows = |g: &Mat<c64>| {
                let part = g.as_ref().subrows(range.start, range.len()).to_owned();
                linalg::inner(part.as_ref(), part.as_ref())
            };
            columns.iter().map(rows).sum()
        };
        self.ranges.iter().map(share).fold(0.0, f64::max)
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

/// See [`NormalisedTarget::constraints`]. `corner` is the last coordinate.
fn constraints(
    errors: &[ErrorBlock],
    blocks: &[std::ops::Range<usize>],
    turns: &[TurnColumn],
    corner: usize,
) -> Vec<Constraint> {
    let re = |v: f64| c64::new(v, 0.0);
    let inequality = |entries| Constraint {
        entries,
        equality: false,
    };
    let ball = |columns: std::ops::Range<usize>| {
        let mut entries: Vec<_> = columns.map(|p| (p, p, re(1.0))).collect();
        if !entries.is_empty() {
            entries.push((corner, corner, re(-1.0)));
        }
        inequality(entries)
    };
    let balls = (errors.iter().zip(blocks))
        .filter(|(block, _)| !matches!(block, ErrorBlock::Phase { .. }))
        .map(|(_, columns)| ball(columns.clone()));
    let arcs = turns.iter().flat_map(|t| {
        let modulus = Constraint {
            entries: vec![
                (t.column, t.column, re(-t.turn.size())),
                (t.column, corner, re(-1.0)),
                (corner, t.column, re(-1.0)),
            ],
            equality: true,
        };
        [ball(t.column..t.column + 1), modulus]
    });
    let pairs = turns.iter().enumerate().flat_map(|(i, a)| {
        let others = turns[i + 1..].iter();
        others
            .filter(|b| a.turn.angle + b.turn.angle < PI)
            .map(move |b| {
                let between = chord(a.turn.angle + b.turn.angle);
                let (u, v) = (a.turn.size() / between, b.turn.size() / between);
                inequality(vec![
                    (a.column, a.column, re(u * u)),
                    (b.column, b.column, re(v * v)),
                    (a.column, b.column, re(-u * v)),
                    (b.column, a.column, re(-u * v)),
                    (corner, corner, re(-1.0)),
                ])
            })
    });
    balls.chain(arcs).chain(pairs).collect()
}

/// Below this part the power that is left, its square, is not told from nothing.
const NEXT_TO_NOTHING: f64 = 5e-5;

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
fn turning(target: &RatioTarget, ranges: &[std::ops::Range<usize>]) -> f64 {
    let nominal: f64 = target.nominal.iter().map(|v| v.norm_sqr()).sum();
    let sizes = target.errors.iter().map(|block| match block {
        ErrorBlock::Ball { .. } => 0.0,
        ErrorBlock::Directions { matrix, .. } => matrix.squared_norm_l2(),
        ErrorBlock::Phase { group, angle } => {
            let part: f64 = target.nominal[ranges[*group].clone()]
                .iter()
                .map(|v| v.norm_sqr())
                .sum();
            part * chord(*angle).powi(2)
        }
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
        ErrorBlock::Ball { .. } | ErrorBlock::Directions { .. } | ErrorBlock::Phase { .. } => 0.0,
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
        ErrorBlock::Phase { .. } => true,
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
        // Phases turn the vector's own columns.
        ErrorBlock::Phase { .. } => (Mat::zeros(n, 0), Field::Complex),
    }
}
