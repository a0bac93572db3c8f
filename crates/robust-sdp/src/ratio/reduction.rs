//! Exact reduction to the span of the data.
//!
//! Let `Π = blkdiag(Π_m)` be a projector with `Π ĥ_k = ĥ_k` and, for every error block,
//! `Π E = E Π'` with an orthogonal projector `Π'` on the block's coordinates. If `(W, μ)` is
//! feasible for the S-procedure's LMI, so is `(Π W Π, μ)`: the new LMI is the old one compressed
//! by `blkdiag(Π', 1)` plus `blkdiag((I - Π') diag(μ) (I - Π'), 0) ⪰ 0`, because within a block
//! `diag(μ)` is a multiple of the identity and commutes with `Π'`; and the budgets are used
//! less. So it loses nothing to look for `W_j = Q X_j Q^H`, `Q` an orthonormal basis of the
//! group-wise span of the `ĥ_k` and of the ranges of the error matrices. A ball in a group
//! stays a ball.
//!
//! Given forms outside that span are a different matter: the reduced LMI would certify `Π W Π`
//! and not `W`. Their columns have to be part of the span (`extra` below).

use faer::{Mat, MatRef, c64};

use crate::hermitian::linalg;
use crate::ratio::error::RobustError;
use crate::ratio::problem::{ErrorBlock, RatioProblem, RatioTarget, ValidRatioProblem};

/// Singular directions below this, relative to unit columns, do not count as part of a span.
const RANK_TOLERANCE: f64 = 1e-11;

/// Relative norm that projection may lose before data count as outside the span.
const SPAN_TOLERANCE: f64 = 1e-9;

/// Orthonormal bases of the span of the data, group by group.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Reduction {
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    bases: Vec<Mat<c64>>,
}

impl Reduction {
    /// The span of `problem`'s data and of the columns of `extra` (each `N × any`).
    ///
    /// Cost `O(N c²)` for `c` columns in all.
    pub fn new(problem: &ValidRatioProblem, extra: &[Mat<c64>]) -> Self {
        let bases = problem
            .group_ranges()
            .into_iter()
            .map(|range| {
                let mut columns: Vec<MatRef<'_, c64>> = problem
                    .targets
                    .iter()
                    .map(|t| MatRef::from_column_major_slice(&t.nominal, t.nominal.len(), 1))
                    .collect();
                for block in problem.targets.iter().flat_map(|t| &t.errors) {
                    match block {
                        ErrorBlock::Ball { .. } | ErrorBlock::Phase { .. } => {}
                        ErrorBlock::Directions { matrix, .. } => columns.push(matrix.as_ref()),
                    }
                }
                columns.extend(extra.iter().map(Mat::as_ref));
                let rows: Vec<MatRef<'_, c64>> = columns
                    .iter()
                    .map(|c| c.subrows(range.start, range.len()))
                    .collect();
                let basis = linalg::orthonormal_basis(concat(&rows).as_ref(), RANK_TOLERANCE);
                if basis.ncols() > 0 {
                    return basis;
                }
                // No data reach this group; keep one coordinate so that no group is empty.
                Mat::from_fn(range.len(), 1, |i, _| {
                    c64::new(if i == 0 { 1.0 } else { 0.0 }, 0.0)
                })
            })
            .collect();
        Self { bases }
    }

    /// `Q_m`, `N_m × r_m`, with orthonormal columns.
    pub fn bases(&self) -> &[Mat<c64>] {
        &self.bases
    }

    /// Number of coordinates after the reduction.
    pub fn dimension(&self) -> usize {
        self.bases.iter().map(Mat::ncols).sum()
    }

    /// The problem in the coordinates `Q^H h`.
    ///
    /// # Errors
    /// [`RobustError`] if `problem` has other group sizes than the one this was made from, or
    /// data outside its span.
    pub fn reduce(&self, problem: &ValidRatioProblem) -> Result<ValidRatioProblem, RobustError> {
        let sizes: Vec<usize> = self.bases.iter().map(Mat::nrows).collect();
        if sizes != problem.group_sizes {
            return Err(RobustError::WrongLength {
                what: "coordinates of the problem to reduce",
                expected: sizes.iter().sum(),
                found: problem.dimension(),
            });
        }
        let targets = problem
            .targets
            .iter()
            .enumerate()
            .map(|(index, target)| self.reduce_target(index, target))
            .collect::<Result<_, _>>()?;
        RatioProblem {
            group_sizes: self.bases.iter().map(Mat::ncols).collect(),
            budgets: problem.budgets.clone(),
            targets,
        }
        .check()
    }

    fn reduce_target(
        &self,
        index: usize,
        target: &RatioTarget,
    ) -> Result<RatioTarget, RobustError> {
        let column = MatRef::from_column_major_slice(&target.nominal, target.nominal.len(), 1);
        let nominal = self.project_all(index, "the nominal vector", column)?;
        let errors = (target.errors.iter())
            .map(|block| self.reduce_block(index, block))
            .collect::<Result<_, RobustError>>()?;
        Ok(RatioTarget {
            nominal: (0..nominal.nrows()).map(|i| nominal[(i, 0)]).collect(),
            errors,
            floor: target.floor,
        })
    }

    /// Projects columns that must lie in the span.
    fn project_all(
        &self,
        target: usize,
        what: &'static str,
        a: MatRef<'_, c64>,
    ) -> Result<Mat<c64>, RobustError> {
        let projected = self.project(a);
        let size = linalg::norm(a);
        let back = self.lift(projected.as_ref());
        let lost = linalg::norm((&back - a).as_ref()) / size.max(f64::MIN_POSITIVE);
        if lost > SPAN_TOLERANCE {
            return Err(RobustError::OutsideSpan { target, what, lost });
        }
        Ok(projected)
    }

    /// An error block of a target in the coordinates `Q^H h`.
    ///
    /// # Errors
    /// [`RobustError::OutsideSpan`] for a block whose range leaves the span: its projection would be
    /// another, smaller set.
    pub fn reduce_block(
        &self,
        target: usize,
        block: &ErrorBlock,
    ) -> Result<ErrorBlock, RobustError> {
        Ok(match block {
            ErrorBlock::Ball { .. } | ErrorBlock::Phase { .. } => block.clone(),
            ErrorBlock::Directions { matrix, field } => ErrorBlock::Directions {
                matrix: self.project_all(target, "an error block", matrix.as_ref())?,
                field: *field,
            },
        })
    }

    /// `Q^H A` for columns in full coordinates.
    pub fn project(&self, a: MatRef<'_, c64>) -> Mat<c64> {
        let mut row = 0;
        let parts: Vec<Mat<c64>> = self
            .bases
            .iter()
            .map(|basis| {
                let part = a.subrows(row, basis.nrows());
                row += basis.nrows();
                linalg::mul_adjoint_left(basis.as_ref(), part)
            })
            .collect();
        stack(&parts)
    }

    /// `Q A` for columns in reduced coordinates.
    pub fn lift(&self, a: MatRef<'_, c64>) -> Mat<c64> {
        let mut row = 0;
        let parts: Vec<Mat<c64>> = self
            .bases
            .iter()
            .map(|basis| {
                let part = a.subrows(row, basis.ncols());
                row += basis.ncols();
                linalg::mul(basis.as_ref(), part)
            })
            .collect();
        stack(&parts)
    }
}

fn concat(parts: &[MatRef<'_, c64>]) -> Mat<c64> {
    let rows = parts.first().map_or(0, |p| p.nrows());
    let columns: Vec<(usize, usize)> = parts
        .iter()
        .enumerate()
        .flat_map(|(p, part)| (0..part.ncols()).map(move |j| (p, j)))
        .collect();
    Mat::from_fn(rows, columns.len(), |i, j| {
        let (part, column) = columns[j];
        parts[part][(i, column)]
    })
}

fn stack(parts: &[Mat<c64>]) -> Mat<c64> {
    let columns = parts.first().map_or(0, |p| p.ncols());
    let rows: Vec<(usize, usize)> = parts
        .iter()
        .enumerate()
        .flat_map(|(p, part)| (0..part.nrows()).map(move |i| (p, i)))
        .collect();
    Mat::from_fn(rows.len(), columns, |i, j| {
        let (part, row) = rows[i];
        parts[part][(row, j)]
    })
}
