//! Multipliers moved to stationarity.
//!
//! Clarabel solves its linear systems by a regularised factorisation of the whole system, which
//! leaves multipliers that miss stationarity, `A^T z + q = 0`, in the eighth digit or so, whatever
//! the tolerance. What they miss is made up for by the change that is smallest in the
//! metric of the multipliers themselves,
//!
//! ```text
//! Z + Z^{1/2} U Z^{1/2},   least ‖U‖   (and z + z u in the orthant),
//! ```
//!
//! which leaves their cones only where `‖U‖ ≥ 1`, and changes the gap by `‖U‖` times itself at most. Where an
//! optimum is not unique, multipliers vanish along its face and nothing small will do; they are then
//! first moved inside by a multiple of the identity, at the price of a gap in proportion.
//!
//! This is a proposal like any other: what it is worth is judged afterwards.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::householder::{
    apply_block_householder_sequence_on_the_left_in_place_scratch,
    apply_block_householder_sequence_on_the_left_in_place_with_conj,
};
use faer::linalg::qr::no_pivoting::factor::{
    qr_in_place, qr_in_place_scratch, recommended_block_size,
};
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::{Conj, Mat, Par, c64};

use super::embedding;
use super::program::Program;
use crate::hermitian::linalg;
use crate::hermitian::svec::{Field, add_svec, smat};

/// Rounds of correction with one factorisation.
const ROUNDS: usize = 3;

/// Multipliers near `z` that are stationary to rounding, after moving `z` inside of the semidefinite cones
/// by `inside` times its largest eigenvalue. `None` where there are none so near.
pub(super) fn stationary(program: &Program, z: &[f64], inside: f64) -> Option<Vec<f64>> {
    let mut metric = Metric::new(program, z, inside)?;
    let columns = program.objective.len();
    let factor = Qr::new(metric.seen(program))?;
    for _ in 0..ROUNDS {
        let z = metric.multipliers();
        let lacking: Vec<f64> = (0..columns)
            .map(|j| -program.objective[j] - program.column(j).map(|(i, a)| a * z[i]).sum::<f64>())
            .collect();
        metric.advance(&factor.least_change(&lacking)?);
    }
    Some(metric.multipliers())
}

/// Multipliers and the roots of their squares.
struct Metric {
    blocks: Vec<Block>,
    /// Equalities and orthant: multiplier and weight.
    rows: Vec<(f64, f64)>,
    len: usize,
}

/// A semidefinite cone with its multiplier.
struct Block {
    /// First row of the cone.
    row: usize,
    field: Field,
    side: usize,
    multiplier: Mat<c64>,
    root: Mat<c64>,
}

impl Metric {
    fn new(program: &Program, z: &[f64], inside: f64) -> Option<Self> {
        let mut blocks = Vec::new();
        let mut largest: f64 = 0.0;
        let mut row = program.equalities + program.orthant;
        for &(field, n) in &program.blocks {
            let len = embedding::len(field, n);
            let value = embedding::extract(field, n, &z[row..row + len]);
            let (values, vectors) = linalg::eigen(value.as_ref(), true)?;
            largest = largest.max(values[n - 1]);
            blocks.push((row, field, n, values, vectors));
            row += len;
        }
        let highest = z[..program.equalities + program.orthant]
            .iter()
            .fold(largest, |a, v| a.max(v.abs()));
        let rows = (0..program.equalities + program.orthant)
            .map(|i| {
                if i < program.equalities {
                    return (z[i], highest);
                }
                let moved = z[i].max(0.0) + inside * largest;
                (moved, moved)
            })
            .collect();
        let blocks = blocks
            .into_iter()
            .map(|(row, field, n, values, vectors)| {
                let power = |p: f64| {
                    let scaled = Mat::from_fn(n, n, |i, j| {
                        vectors[(i, j)] * (values[j].max(0.0) + inside * largest).powf(p)
                    });
                    let mut out = linalg::mul_adjoint_right(scaled.as_ref(), vectors.as_ref());
                    linalg::symmetrise(&mut out);
                    out
                };
                Block {
                    row,
                    field,
                    side: n,
                    multiplier: power(1.0),
                    root: power(0.5),
                }
            })
            .collect();
        Some(Self {
            blocks,
            rows,
            len: z.len(),
        })
    }

    fn multipliers(&self) -> Vec<f64> {
        let mut out = Vec::with_capacity(self.len);
        out.extend(self.rows.iter().map(|(z, _)| z));
        for block in &self.blocks {
            embedding::embed(block.field, block.multiplier.as_ref(), &mut out);
        }
        out
    }

    /// The constraints' columns in the metric, `Z^{1/2} A_j Z^{1/2}`.
    fn seen(&self, program: &Program) -> Mat<f64> {
        let coordinates = |b: &Block| b.field.coordinates(b.side);
        let height = self.rows.len() + self.blocks.iter().map(coordinates).sum::<usize>();
        let columns = program.objective.len();
        let mut out = Mat::<f64>::zeros(height, columns);
        let mut dense = vec![0.0; self.len];
        for j in 0..columns {
            dense.fill(0.0);
            program.column(j).for_each(|(i, a)| dense[i] = a);
            let mut at = 0;
            for (value, (_, weight)) in dense.iter().zip(&self.rows) {
                out[(at, j)] = value * weight;
                at += 1;
            }
            for block in &self.blocks {
                let (field, n) = (block.field, block.side);
                let count = coordinates(block);
                let entries = &dense[block.row..block.row + embedding::len(field, n)];
                if entries.iter().any(|v| *v != 0.0) {
                    let image = embedding::extract(field, n, entries);
                    let image = linalg::congruence(block.root.as_ref(), image.as_ref());
                    let mut coordinates = vec![0.0; count];
                    add_svec(field, image.as_ref(), 1.0, &mut coordinates);
                    for (i, value) in coordinates.into_iter().enumerate() {
                        out[(at + i, j)] = value;
                    }
                }
                at += count;
            }
        }
        out
    }

    fn advance(&mut self, change: &[f64]) {
        let (rows, mut rest) = change.split_at(self.rows.len());
        for ((z, weight), u) in self.rows.iter_mut().zip(rows) {
            *z += *weight * u;
        }
        for block in &mut self.blocks {
            let (own, others) = rest.split_at(block.field.coordinates(block.side));
            rest = others;
            let change = smat(block.field, block.side, own);
            block.multiplier += linalg::congruence(block.root.as_ref(), change.as_ref());
            linalg::symmetrise(&mut block.multiplier);
        }
    }
}

/// `M = Q R`.
struct Qr {
    packed: Mat<f64>,
    coefficients: Mat<f64>,
}

impl Qr {
    fn new(mut packed: Mat<f64>) -> Option<Self> {
        let (rows, columns) = (packed.nrows(), packed.ncols());
        if rows < columns {
            return None;
        }
        let block = recommended_block_size::<f64>(rows, columns);
        let mut coefficients = Mat::zeros(block, columns);
        let scratch =
            qr_in_place_scratch::<f64>(rows, columns, block, Par::Seq, Default::default());
        qr_in_place(
            packed.as_mut(),
            coefficients.as_mut(),
            Par::Seq,
            MemStack::new(&mut MemBuffer::new(scratch)),
            Default::default(),
        );
        Some(Self {
            packed,
            coefficients,
        })
    }

    /// The least `u` with `M^T u = b`: `Q R^{-T} b`.
    fn least_change(&self, b: &[f64]) -> Option<Vec<f64>> {
        let (rows, columns) = (self.packed.nrows(), self.packed.ncols());
        let mut u = Mat::from_fn(rows, 1, |i, _| b.get(i).copied().unwrap_or(0.0));
        let triangle = self.packed.as_ref().subrows(0, columns);
        let lower = triangle.transpose();
        solve_lower_triangular_in_place(lower, u.as_mut().subrows_mut(0, columns), Par::Seq);
        let scratch = apply_block_householder_sequence_on_the_left_in_place_scratch::<f64>(
            rows,
            self.coefficients.nrows(),
            1,
        );
        apply_block_householder_sequence_on_the_left_in_place_with_conj(
            self.packed.as_ref(),
            self.coefficients.as_ref(),
            Conj::No,
            u.as_mut(),
            Par::Seq,
            MemStack::new(&mut MemBuffer::new(scratch)),
        );
        let u: Vec<f64> = (0..rows).map(|i| u[(i, 0)]).collect();
        u.iter().all(|v| v.is_finite()).then_some(u)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdp::{LinearForm, Lmi, ScalarUnknown, SdpProblem};

    /// Two matrix unknowns, a free and a signed scalar, an inequality of matrices, one of numbers and
    /// an equality; the objective is replaced below.
    fn program() -> Program {
        let mut problem = SdpProblem::new();
        let wave =
            |i: usize, j: usize| c64::new((3.0 * i as f64 + j as f64).sin(), (i as f64).cos());
        let x = problem.add_matrix_with_magnitude(Field::Complex, vec![1.0, 0.3, 2.0]);
        let y = problem.add_matrix(2, Field::Real);
        let t = problem.add_scalar(ScalarUnknown::Free);
        let s = problem.add_scalar(ScalarUnknown::NonNegative);
        let mut lmi = Lmi::new(4, Field::Complex);
        lmi.constant = Mat::identity(4, 4);
        let factor = lmi.add_factor(Mat::from_fn(4, 3, wave));
        lmi.add_congruence(-1.0, factor, x);
        let factor = lmi.add_factor(Mat::from_fn(4, 2, |i, j| wave(j + 1, i)));
        lmi.add_congruence(0.5, factor, y);
        lmi.add_diagonal(t, [(0, 1.0), (3, -1.0)]);
        lmi.add_diagonal(s, [(1, 1.0)]);
        problem.add_lmi(lmi);
        problem.add_inequality(
            LinearForm::new()
                .matrix(x, Mat::identity(3, 3))
                .scalar(t, 1.0),
            1.0,
        );
        problem.add_equality(
            LinearForm::new()
                .matrix(y, Mat::identity(2, 2))
                .scalar(s, 2.0),
            1.0,
        );
        problem.objective = LinearForm::new().scalar(t, 1.0);
        Program::new(&problem.check().unwrap())
    }

    /// Multipliers with eigenvalues of very different size.
    fn multipliers(program: &Program) -> Vec<f64> {
        let mut z = vec![0.7; program.equalities + program.orthant];
        for (b, &(field, n)) in program.blocks.iter().enumerate() {
            let root = Mat::from_fn(n, n, |i, j| {
                let x = (7 * b + 2 * i * i + 3 * i * j + 5 * j) as f64;
                let size = 10f64.powi(-(j as i32));
                let imaginary = if field == Field::Complex {
                    x.cos()
                } else {
                    0.0
                };
                c64::new(x.sin() * size, imaginary * size)
            });
            let square = linalg::mul_adjoint_right(root.as_ref(), root.as_ref());
            embedding::embed(field, square.as_ref(), &mut z);
        }
        z
    }

    fn adjoint(program: &Program, z: &[f64], j: usize) -> f64 {
        program.column(j).map(|(i, a)| a * z[i]).sum()
    }

    #[test]
    fn what_is_lacking_is_made_up_for_inside_of_the_cones() {
        let mut program = program();
        let z = multipliers(&program);
        for j in 0..program.objective.len() {
            let noise = 1e-7 * (j as f64 + 0.5).sin();
            program.objective[j] = noise - adjoint(&program, &z, j);
        }
        let moved = stationary(&program, &z, 0.0).unwrap();
        let lacking = (0..program.objective.len())
            .map(|j| (adjoint(&program, &moved, j) + program.objective[j]).abs())
            .fold(0.0, f64::max);
        assert!(lacking < 1e-13, "{lacking}");
        let distance = z
            .iter()
            .zip(&moved)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        assert!(distance < 1e-5, "{distance}");
        let mut row = program.equalities + program.orthant;
        assert!(moved[program.equalities..row].iter().all(|v| *v >= 0.0));
        for &(field, n) in &program.blocks {
            let len = embedding::len(field, n);
            let value = embedding::extract(field, n, &moved[row..row + len]);
            let (values, _) = linalg::eigen(value.as_ref(), false).unwrap();
            assert!(values[0] > -1e-16, "{values:?}");
            row += len;
        }
    }
}
