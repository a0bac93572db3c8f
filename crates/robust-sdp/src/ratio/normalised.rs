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
//! `h = Σ_m z_m (ĥ_m + q_m)`, `|z_m| = 1`, without any constant term, for no ratio changes when the whole vector
//! turns. So `B_k` has one column `ĥ_m` for each turning part in the place of `ĥ_k`, and the
//! coordinates are homogeneous, `y = (x, z)`. The set is described by quadratics relative to the last part's
//! `|z|² = 1`: `‖x_i‖² ≤ |z|²` for the balls, `|z_m|² = |z|²`, an equality whose multiplier is free, and
//! `Re z_m z_l^* ≥ cos(Φ_m + Φ_l) |z|²` for parts with `Φ_m + Φ_l < π`. This is exact for one part, whatever
//! its phase, and for two parts without balls: the form is linear in `w = z_1 z_2^*`, and the extreme points of
//! `{|w| ≤ 1, Re w ≥ cos}` are the arc itself.

use std::f64::consts::PI;

use faer::{Mat, MatRef, c64};

use crate::hermitian::{Field, linalg};
use crate::ratio::problem::{ErrorBlock, RatioTarget, TurningPart, ValidRatioProblem};
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

/// A coordinate of modulus one: the phase that turns a part of the vector.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Turn {
    /// What it turns, and by how much at most.
    pub(crate) part: TurningPart,
    /// Its column in the factor.
    pub(crate) column: usize,
}

/// Target `k` after normalisation.
#[derive(Debug, Clone)]
pub(crate) struct NormalisedTarget {
    /// `B_k`, `N × side`: the columns of the error blocks, then one column for each part of the vector
    /// that turns by itself. Without phases the last column is the whole vector. Over the reals
    /// a complex block enters as `[E, jE]`.
    pub(crate) factor: Mat<c64>,
    /// Real when any error block is.
    pub(crate) field: Field,
    /// Columns of each error block; empty for a block of size zero and for phases.
    pub(crate) blocks: Vec<std::ops::Range<usize>>,
    /// The columns of the vector's parts. The last one is the corner of the inequality.
    pub(crate) turns: Vec<Turn>,
    /// What confines the coordinates, one multiplier each: the blocks' balls in the order of the blocks,
    /// then the moduli of all parts but the last, then the angles between parts.
    pub(crate) constraints: Vec<Constraint>,
    /// `s_k`.
    pub(crate) floor: f64,
    /// `ĥ_k / ‖h_k‖`, one column.
    nominal: Mat<c64>,
    /// The largest fraction, over groups, of a group's part that survives every error of that group.
    /// Zero when nothing is certain to arrive.
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
        self.nominal.as_ref()
    }

    /// The coordinates without any error, apart from the corner's.
    pub(crate) fn undisturbed(&self) -> Vec<c64> {
        let mut x = vec![c64::new(0.0, 0.0); self.side()];
        for turn in &self.turns {
            x[turn.column] = c64::new(1.0, 0.0);
        }
        x
    }
}

/// Pairs of parts, by their columns, whose angle is confined: its largest value is less than π. With
/// the cosine of that value.
fn pairs(turns: &[Turn]) -> impl Iterator<Item = (usize, usize, f64)> + '_ {
    turns.iter().enumerate().flat_map(move |(i, a)| {
        let rest = turns[i + 1..].iter();
        rest.map(|b| (a.column, b.column, a.part.angle + b.part.angle))
            .filter(|(_, _, angle)| *angle < PI)
            .map(|(p, q, angle)| (p, q, angle.cos()))
    })
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
                for part in target.turning_parts(&ranges) {
                    let mut column = vec![c64::new(0.0, 0.0); n];
                    for i in part.groups.iter().flat_map(|&m| ranges[m].clone()) {
                        column[i] = nominal[i] / length;
                    }
                    turns.push(Turn {
                        column: columns.len(),
                        part,
                    });
                    columns.push(column);
                }
                NormalisedTarget {
                    factor: Mat::from_fn(n, columns.len(), |i, j| columns[j][i]),
                    field: if real { Field::Real } else { Field::Complex },
                    constraints: constraints(&target.errors, &blocks, &turns),
                    blocks,
                    turns,
                    floor: 1.0 / (length * length),
                    nominal: Mat::from_fn(n, 1, |i, _| nominal[i] / length),
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

/// See [`NormalisedTarget::constraints`].
fn constraints(
    errors: &[ErrorBlock],
    blocks: &[std::ops::Range<usize>],
    turns: &[Turn],
) -> Vec<Constraint> {
    let re = |v: f64| c64::new(v, 0.0);
    let corner = turns.last().map_or(0, |t| t.column);
    // ‖x‖² ≤ 1, or |z|² = 1, both against the corner's |z|² = 1.
    let within_corner = |columns: std::ops::Range<usize>, equality: bool| {
        let mut entries: Vec<_> = columns.map(|p| (p, p, re(1.0))).collect();
        if !entries.is_empty() {
            entries.push((corner, corner, re(-1.0)));
        }
        Constraint { entries, equality }
    };
    let balls = (errors.iter().zip(blocks))
        .filter(|(block, _)| !matches!(block, ErrorBlock::Phase { .. }))
        .map(|(_, columns)| within_corner(columns.clone(), false));
    let moduli = (turns.iter().filter(|t| t.column != corner))
        .map(|t| within_corner(t.column..t.column + 1, true));
    let angles = pairs(turns).map(|(a, b, cosine)| Constraint {
        entries: vec![
            (a, b, re(-0.5)),
            (b, a, re(-0.5)),
            (corner, corner, re(cosine)),
        ],
        equality: false,
    });
    balls.chain(moduli).chain(angles).collect()
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
            part * (2.0 * (0.5 * angle.min(PI)).sin()).powi(2)
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
