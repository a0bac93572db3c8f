//! Problems in the sparse format of SDPA, in which libraries of semidefinite programs are kept.
//!
//! A file states, with real symmetric block-diagonal `F_i`,
//!
//! ```math
//! \min_x\ c^T x \quad\text{s.t.}\quad \sum_{i=1}^m x_i F_i - F_0 \succeq 0
//! \qquad\text{and its dual}\qquad
//! \max_Y\ \langle F_0, Y\rangle \quad\text{s.t.}\quad \langle F_i, Y\rangle = c_i,\ Y \succeq 0.
//! ```
//!
//! (K. Fujisawa, M. Kojima, K. Nakata, M. Yamashita, SDPA User's Manual, 2002.)

mod read;
mod write;

use super::problem::{LinearForm, Lmi, ScalarId, ScalarTerm, ScalarUnknown, SdpProblem};
use crate::hermitian::Field;
use faer::c64;

/// A block of the matrices of an [`SdpaProblem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SdpaBlock {
    /// A symmetric matrix of this side.
    Symmetric(usize),
    /// This many entries of a diagonal, written as a negative size.
    Diagonal(usize),
}

impl SdpaBlock {
    /// Side of the block.
    pub fn side(self) -> usize {
        match self {
            Self::Symmetric(side) | Self::Diagonal(side) => side,
        }
    }
}

/// One entry of a matrix `F_i`, and the one across the diagonal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SdpaEntry {
    /// Which matrix: 0 for `F_0`, `i` for the one of unknown `i - 1`.
    pub matrix: usize,
    /// Which block, from 0.
    pub block: usize,
    /// Row within the block, from 0.
    pub row: usize,
    /// Column within the block, from 0, not before the row.
    pub column: usize,
    /// Value.
    pub value: f64,
}

/// What a file in SDPA's sparse format says.
///
/// ```
/// use robust_sdp::*;
///
/// // The least x_1 + x_2 with [x_1 1; 1 x_2] ⪰ 0 is 2.
/// let text = "2\n1\n2\n1.0 1.0\n0 1 1 2 -1.0\n1 1 1 1 1.0\n2 1 2 2 1.0\n";
/// let file: SdpaProblem = text.parse()?;
/// let outcome = HermitianIpm::default().solve(&file.problem()?.check()?, SolveRequest::default())?;
/// let SdpOutcome::Optimal(solution) = outcome else { panic!("no optimum") };
/// assert!((solution.residuals.primal_objective + 2.0).abs() < 1e-6);
/// assert_eq!(file.to_string().parse::<SdpaProblem>()?, file);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SdpaProblem {
    /// Blocks of all matrices.
    pub blocks: Vec<SdpaBlock>,
    /// `c`; its length is the number of unknowns.
    pub costs: Vec<f64>,
    /// Entries that are not zero, on and above the diagonals, each at most once.
    pub entries: Vec<SdpaEntry>,
}

/// What is wrong with a file in SDPA's format.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SdpaError {
    /// The text ends too early.
    #[error("line {line}: the file ends where {expected} should be")]
    Ended {
        /// Last line of the file, from 1.
        line: usize,
        /// What was looked for.
        expected: &'static str,
    },
    /// A word that is not what it should be.
    #[error("line {line}: `{found}` is no {expected}")]
    NotA {
        /// Line, from 1.
        line: usize,
        /// What was looked for.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// An index outside of its range.
    #[error("line {line}: {what} is {value}, and should be from {least} to {most}")]
    OutOfRange {
        /// Line, from 1.
        line: usize,
        /// Which index.
        what: &'static str,
        /// Its value.
        value: usize,
        /// The smallest there is.
        least: usize,
        /// The largest there is.
        most: usize,
    },
    /// An entry, of a problem that was put together by hand, of a matrix or block that does not exist, outside of its block,
    /// below the diagonal or beside that of a diagonal block.
    #[error("entry {index} has no place among {unknowns} unknowns and {blocks} blocks")]
    Misplaced {
        /// Position among the entries.
        index: usize,
        /// Number of unknowns.
        unknowns: usize,
        /// Number of blocks.
        blocks: usize,
    },
    /// An entry beside the diagonal of a diagonal block.
    #[error("line {line}: entry ({row}, {column}) of block {block}, which is diagonal")]
    OffDiagonal {
        /// Line, from 1.
        line: usize,
        /// Block, from 1.
        block: usize,
        /// Row, from 1.
        row: usize,
        /// Column, from 1.
        column: usize,
    },
    /// The same entry, or the one across the diagonal, for the second time.
    #[error(
        "line {line}: entry ({row}, {column}) of block {block} of matrix {matrix} is given twice"
    )]
    Twice {
        /// Line of the second, from 1.
        line: usize,
        /// Matrix, from 0.
        matrix: usize,
        /// Block, from 1.
        block: usize,
        /// Row, from 1.
        row: usize,
        /// Column, from 1.
        column: usize,
    },
}

impl SdpaProblem {
    /// The problem as this crate states it: free scalars `x`, the maximum of `-c^T x`, an LMI for each symmetric
    /// block and an inequality for each entry of a diagonal one, in the order of the blocks.
    ///
    /// The format's optimum is minus this problem's; the multipliers of the LMIs and inequalities are
    /// the blocks of `Y`.
    ///
    /// # Errors
    /// [`SdpaError::Misplaced`]; never for what was read from a file.
    pub fn problem(&self) -> Result<SdpProblem, SdpaError> {
        if let Some(index) = self.entries.iter().position(|e| !self.has_place(e)) {
            return Err(SdpaError::Misplaced {
                index,
                unknowns: self.costs.len(),
                blocks: self.blocks.len(),
            });
        }
        let mut problem = SdpProblem::new();
        let x: Vec<ScalarId> = (self.costs.iter())
            .map(|_| problem.add_scalar(ScalarUnknown::Free))
            .collect();
        problem.objective.scalars = x
            .iter()
            .copied()
            .zip(self.costs.iter().map(|c| -c))
            .collect();
        problem.objective.scalars.retain(|(_, c)| *c != 0.0);
        let mut sorted: Vec<&SdpaEntry> = self.entries.iter().collect();
        sorted.sort_by_key(|e| (e.block, e.matrix));
        let mut rest = sorted.as_slice();
        for (index, block) in self.blocks.iter().enumerate() {
            let count = rest.partition_point(|e| e.block == index);
            let (entries, later) = rest.split_at(count);
            rest = later;
            match *block {
                SdpaBlock::Symmetric(side) => {
                    problem.add_lmi(lmi(side, entries, &x));
                }
                SdpaBlock::Diagonal(side) => add_inequalities(&mut problem, side, entries, &x),
            }
        }
        Ok(problem)
    }

    fn has_place(&self, e: &SdpaEntry) -> bool {
        let fits = |block: &SdpaBlock| match *block {
            SdpaBlock::Symmetric(side) => e.row <= e.column && e.column < side,
            SdpaBlock::Diagonal(side) => e.row == e.column && e.column < side,
        };
        e.matrix <= self.costs.len() && self.blocks.get(e.block).is_some_and(fits)
    }
}

fn lmi(side: usize, entries: &[&SdpaEntry], x: &[ScalarId]) -> Lmi {
    let mut lmi = Lmi::new(side, Field::Real);
    for group in entries.chunk_by(|a, b| a.matrix == b.matrix) {
        let both = group.iter().flat_map(|e| {
            let value = c64::new(e.value, 0.0);
            let across = (e.row != e.column).then_some((e.column, e.row, value));
            std::iter::once((e.row, e.column, value)).chain(across)
        });
        match group[0].matrix {
            0 => both.for_each(|(i, j, v)| lmi.constant[(i, j)] = -v),
            i => lmi.scalars.push(ScalarTerm {
                scalar: x[i - 1],
                entries: both.collect(),
            }),
        }
    }
    lmi
}

/// `Σ x_i F_i - F_0 ≥ 0`, entry by entry.
fn add_inequalities(problem: &mut SdpProblem, side: usize, entries: &[&SdpaEntry], x: &[ScalarId]) {
    let mut rows = vec![(LinearForm::new(), 0.0); side];
    for e in entries {
        let (form, bound) = &mut rows[e.row];
        match e.matrix {
            0 => *bound = -e.value,
            i => form.scalars.push((x[i - 1], -e.value)),
        }
    }
    for (form, bound) in rows {
        problem.add_inequality(form, bound);
    }
}
