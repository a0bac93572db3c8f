//! The S-procedure's matrix inequality of one target, built from the problem's data.
//!
//! The uncertain vector is `h = F y`. The columns of `F` are those of the error blocks, in their
//! order, then `ρ_m ĥ_m` for each group that turns by a phase up to `Φ_m`, `ρ_m = 2 sin(Φ_m/2)`, and in the end `ĥ`
//! itself. The last coordinate `z` has modulus one. The vector turned is `Σ_m z (1 + ρ_m x_m) ĥ_m`, so what is
//! known of `y` are quadratics:
//!
//! | from | quadratic | multiplier |
//! |---|---|---|
//! | each ball and each set of directions | `‖x_i‖² ≤ |z|²` | `μ ≥ 0` |
//! | each turning group: its arc | `|x_m|² ≤ |z|²` | `μ ≥ 0` |
//! | and its modulus, `|1 + ρ_m x_m| = 1` | `2 Re x_m z^* + ρ_m |x_m|² = 0` | free |
//! | each pair of them with `Φ_m + Φ_l < π` | `|ρ_m x_m - ρ_l x_l|² ≤ 4 sin²((Φ_m + Φ_l)/2) |z|²` | `μ ≥ 0` |
//!
//! If `F^H (W_k/γ - Σ_{j≠k} W_j) F - Σ_i μ_i Q_i - σ² e_last e_last^T ⪰ 0`, then multiplying by `y` on both sides shows
//! that the ratio is at least `γ` for every error. Over the reals a complex block is written as
//! `[E, jE]`, and the inequality is that of the real parts.

use std::f64::consts::PI;
use std::ops::Range;

use faer::{Mat, MatRef, c64};

use crate::hermitian::{Field, linalg};
use crate::ratio::problem::{ErrorBlock, RatioProblem, RatioTarget};

/// Some columns of `F`.
#[derive(Debug)]
enum Piece<'a> {
    /// `radius · I` on a group's coordinates.
    Ball { rows: Range<usize>, radius: f64 },
    /// A matrix as it is.
    Directions { matrix: &'a Mat<c64> },
    /// The vector on some coordinates, times a number.
    Part { rows: Range<usize>, size: f64 },
}

/// One quadratic's multiplier: the nonzero entries of `-Q`, and its sign.
#[derive(Debug)]
pub(super) struct Multiplier {
    pub(super) entries: Vec<(usize, usize, f64)>,
    pub(super) free: bool,
}

/// The inequality of one target, without forms.
#[derive(Debug)]
pub(super) struct Inequality<'a> {
    target: &'a RatioTarget,
    /// With the first of its columns, and whether it is written twice, as `[E, jE]`.
    pieces: Vec<(Piece<'a>, usize, bool)>,
    pub(super) multipliers: Vec<Multiplier>,
    pub(super) side: usize,
    pub(super) field: Field,
    dimension: usize,
    /// Columns and `ρ` of the turning groups.
    pub(super) arcs: Vec<(usize, f64)>,
}

impl<'a> Inequality<'a> {
    /// That of target `k`.
    pub(super) fn new(problem: &'a RatioProblem, k: usize) -> Self {
        let target = &problem.targets[k];
        let ranges = problem.group_ranges();
        let is_real = |block: &ErrorBlock| matches!(block, ErrorBlock::Directions { field, .. } if *field == Field::Real);
        let field = if target.errors.iter().any(is_real) {
            Field::Real
        } else {
            Field::Complex
        };
        let (mut pieces, mut balls, mut side) = (Vec::new(), Vec::new(), 0);
        for block in &target.errors {
            let (piece, columns, own) = match block {
                ErrorBlock::Phase { .. } => continue,
                ErrorBlock::Ball { group, radius } => {
                    let (rows, radius) = (ranges[*group].clone(), *radius);
                    let columns = if radius == 0.0 { 0 } else { rows.len() };
                    (Piece::Ball { rows, radius }, columns, Field::Complex)
                }
                ErrorBlock::Directions { matrix, field } => {
                    let nothing = linalg::norm(matrix.as_ref()) == 0.0;
                    let columns = if nothing { 0 } else { matrix.ncols() };
                    (Piece::Directions { matrix }, columns, *field)
                }
            };
            let twice = field == Field::Real && own == Field::Complex;
            let first = side;
            side += if twice { 2 * columns } else { columns };
            balls.push(first..side);
            if columns > 0 {
                pieces.push((piece, first, twice));
            }
        }
        let turns = target.turns(&ranges);
        let first = side;
        for turn in &turns {
            let rows = ranges[turn.group].clone();
            let size = 2.0 * (0.5 * turn.angle).sin();
            pieces.push((Piece::Part { rows, size }, side, false));
            side += 1;
        }
        let arcs = turns.iter().enumerate().map(|(i, t)| (first + i, t.angle));
        let arcs: Vec<(usize, f64)> = arcs.collect();
        let rows = 0..problem.dimension();
        pieces.push((Piece::Part { rows, size: 1.0 }, side, false));
        Self {
            target,
            pieces,
            multipliers: multipliers(&balls, &arcs, side),
            side: side + 1,
            field,
            dimension: problem.dimension(),
            arcs: arcs
                .into_iter()
                .map(|(p, angle)| (p, 2.0 * (0.5 * angle).sin()))
                .collect(),
        }
    }

    /// `σ²`.
    pub(super) fn floor(&self) -> f64 {
        self.target.floor
    }

    /// `F^H G`.
    pub(super) fn seen(&self, g: MatRef<'_, c64>) -> Mat<c64> {
        let mut out = Mat::<c64>::zeros(self.side, g.ncols());
        for (piece, first, twice) in &self.pieces {
            let own = match piece {
                Piece::Ball { rows, radius } => {
                    g.subrows(rows.start, rows.len()) * faer::Scale(c64::from(*radius))
                }
                Piece::Directions { matrix } => linalg::mul_adjoint_left(matrix.as_ref(), g),
                Piece::Part { rows, size } => {
                    let arriving = |c: usize| -> c64 {
                        let terms = rows
                            .clone()
                            .map(|i| self.target.nominal[i].conj() * g[(i, c)]);
                        terms.sum::<c64>() * *size
                    };
                    Mat::from_fn(1, g.ncols(), |_, c| arriving(c))
                }
            };
            for c in 0..g.ncols() {
                for r in 0..own.nrows() {
                    out[(first + r, c)] = own[(r, c)];
                    if *twice {
                        // (jE)^H g
                        out[(first + own.nrows() + r, c)] = own[(r, c)] * c64::new(0.0, -1.0);
                    }
                }
            }
        }
        out
    }

    /// `F L`.
    pub(super) fn image(&self, l: MatRef<'_, c64>) -> Mat<c64> {
        let mut out = Mat::<c64>::zeros(self.dimension, l.ncols());
        for (piece, first, twice) in &self.pieces {
            let columns = match piece {
                Piece::Ball { rows, .. } => rows.len(),
                Piece::Directions { matrix } => matrix.ncols(),
                Piece::Part { .. } => 1,
            };
            let mut own = l.subrows(*first, columns).to_owned();
            if *twice {
                own += l.subrows(first + columns, columns) * faer::Scale(c64::new(0.0, 1.0));
            }
            match piece {
                Piece::Ball { rows, radius } => {
                    for c in 0..l.ncols() {
                        for (r, i) in rows.clone().enumerate() {
                            out[(i, c)] += own[(r, c)] * *radius;
                        }
                    }
                }
                Piece::Directions { matrix } => out += linalg::mul(matrix.as_ref(), own.as_ref()),
                Piece::Part { rows, size } => {
                    for c in 0..l.ncols() {
                        for i in rows.clone() {
                            out[(i, c)] += self.target.nominal[i] * (own[(0, c)] * *size);
                        }
                    }
                }
            }
        }
        out
    }

    /// The length of each column of `F`.
    pub(super) fn lengths(&self) -> Vec<f64> {
        let mut lengths = vec![0.0; self.side];
        for (piece, first, twice) in &self.pieces {
            let own: Vec<f64> = match piece {
                Piece::Ball { rows, radius } => vec![*radius; rows.len()],
                Piece::Directions { matrix } => (0..matrix.ncols())
                    .map(|c| linalg::norm(matrix.as_ref().subcols(c, 1)))
                    .collect(),
                Piece::Part { rows, size } => {
                    let part = &self.target.nominal[rows.clone()];
                    let power: f64 = part.iter().map(|v| v.norm_sqr()).sum();
                    vec![power.sqrt() * *size]
                }
            };
            for copy in 0..=usize::from(*twice) {
                lengths[first + copy * own.len()..][..own.len()].copy_from_slice(&own);
            }
        }
        lengths
    }

    /// `-Σ_i μ_i Q_i`, added.
    pub(super) fn add_multipliers(&self, m: &mut Mat<c64>, values: &[f64]) {
        for (multiplier, value) in self.multipliers.iter().zip(values) {
            for &(p, q, entry) in &multiplier.entries {
                m[(p, q)] += c64::from(entry * value);
            }
        }
    }

    /// The Hermitian part, or its real part where the inequality is over the reals.
    pub(super) fn project(&self, m: &mut Mat<c64>) {
        linalg::symmetrise(m);
        if self.field == Field::Real {
            for j in 0..m.ncols() {
                for i in 0..m.nrows() {
                    m[(i, j)].im = 0.0;
                }
            }
        }
    }
}

/// The table at the top; `arcs` are columns and angles of the turning groups.
fn multipliers(balls: &[Range<usize>], arcs: &[(usize, f64)], last: usize) -> Vec<Multiplier> {
    let signed = |entries| Multiplier {
        entries,
        free: false,
    };
    let ball = |columns: Range<usize>| {
        let corner = if columns.is_empty() {
            None
        } else {
            Some((last, last, -1.0))
        };
        signed(columns.map(|p| (p, p, 1.0)).chain(corner).collect())
    };
    let mut all: Vec<Multiplier> = balls.iter().map(|b| ball(b.clone())).collect();
    for &(p, angle) in arcs {
        all.push(ball(p..p + 1));
        all.push(Multiplier {
            entries: vec![
                (p, p, -2.0 * (0.5 * angle).sin()),
                (p, last, -1.0),
                (last, p, -1.0),
            ],
            free: true,
        });
    }
    for (i, &(p, angle)) in arcs.iter().enumerate() {
        for &(q, other) in arcs[i + 1..].iter().filter(|(_, other)| angle + other < PI) {
            // Sines of halves, the common factor two left out.
            let [a, b, both] = [angle, other, angle + other].map(|x| (0.5 * x).sin());
            let cross = -a * b / (both * both);
            all.push(signed(vec![
                (p, p, a * a / (both * both)),
                (q, q, b * b / (both * both)),
                (p, q, cross),
                (q, p, cross),
                (last, last, -1.0),
            ]));
        }
    }
    all
}

/// `max { t : M - t e_last e_last^T ⪰ 0 }`, negative infinity if the leading block is not
/// positive semidefinite. A direction in which the leading block vanishes must not couple to
/// the last row. `m` is Hermitian.
pub(super) fn last_pivot(m: MatRef<'_, c64>) -> f64 {
    let n = m.nrows() - 1;
    if n == 0 {
        return m[(0, 0)].re;
    }
    // A unit diagonal makes the decision about the leading block independent of scale.
    let d: Vec<f64> = (0..n).map(|i| m[(i, i)].re.max(0.0).sqrt()).collect();
    let active: Vec<usize> = (0..n).filter(|&i| d[i] > 0.0).collect();
    let size = m[(n, n)].re.abs().max(f64::MIN_POSITIVE);
    for i in (0..n).filter(|&i| d[i] == 0.0) {
        // A diagonal entry that is not positive must be zero, and admits only zeros beside it.
        if (0..=n).any(|j| m[(i, j)].norm() > 1e-13 * size) {
            return f64::NEG_INFINITY;
        }
    }
    if active.is_empty() {
        return m[(n, n)].re;
    }
    let a = Mat::from_fn(active.len(), active.len(), |i, j| {
        m[(active[i], active[j])] / (d[active[i]] * d[active[j]])
    });
    let Some(l) = linalg::cholesky(a.as_ref()) else {
        return f64::NEG_INFINITY;
    };
    let mut v = Mat::from_fn(active.len(), 1, |i, _| m[(active[i], n)] / d[active[i]]);
    linalg::solve_lower(l.as_ref(), v.as_mut());
    m[(n, n)].re - linalg::inner(v.as_ref(), v.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pivot(rows: &[&[f64]]) -> f64 {
        let m = Mat::from_fn(rows.len(), rows.len(), |i, j| c64::from(rows[i][j]));
        last_pivot(m.as_ref())
    }

    #[test]
    fn last_pivots_by_hand() {
        assert_eq!(pivot(&[&[7.0]]), 7.0);
        assert_eq!(pivot(&[&[4.0, 2.0], &[2.0, 3.0]]), 2.0);
        // Whatever the scales: 3 - (1 + 1).
        let graded = pivot(&[
            &[1e-20, 0.0, 1e-10],
            &[0.0, 1e20, 1e10],
            &[1e-10, 1e10, 3.0],
        ]);
        assert!((graded - 1.0).abs() < 1e-12, "{graded}");
        let coupled = pivot(&[&[2.0, 1.0, 2.0], &[1.0, 1.0, 1.0], &[2.0, 1.0, 5.0]]);
        assert!((coupled - 3.0).abs() < 1e-12, "{coupled}");
    }

    /// Where the leading block vanishes the last row has to, too; where it is negative nothing helps.
    #[test]
    fn last_pivots_of_singular_blocks() {
        assert_eq!(pivot(&[&[0.0, 0.0], &[0.0, 3.0]]), 3.0);
        assert_eq!(pivot(&[&[0.0, 1e-9], &[1e-9, 3.0]]), f64::NEG_INFINITY);
        assert_eq!(pivot(&[&[-1e-9, 0.0], &[0.0, 3.0]]), f64::NEG_INFINITY);
        // What counts as zero is 10^-13 of the corner.
        assert_eq!(pivot(&[&[0.0, 1e-13], &[1e-13, 3.0]]), 3.0);
        assert_eq!(pivot(&[&[0.0, 1e-13], &[1e-13, 0.01]]), f64::NEG_INFINITY);
        let zeros_beside = [[4.0, 0.0, 2.0], [0.0, 0.0, 0.0], [2.0, 0.0, 3.0]];
        assert_eq!(pivot(&zeros_beside.each_ref().map(|r| r.as_slice())), 2.0);
        let indefinite = [[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        assert_eq!(
            pivot(&indefinite.each_ref().map(|r| r.as_slice())),
            f64::NEG_INFINITY
        );
    }
}
