//! Forms that are restricted to given subspaces.
//!
//! `W_j = T_j X_j T_j^H` with `X_j ⪰ 0` real or complex: vectors combined from given directions, of
//! which only powers and (over the complex numbers) relative phases are to be chosen. Everything
//! else about the robust ratio problem stays as it is.

use faer::{Mat, c64};

use crate::hermitian::Field;
use crate::hermitian::linalg;
use crate::ratio::error::RobustError;
use crate::ratio::problem::ValidRatioProblem;

/// The directions that one target's form is made of.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Subspace {
    /// `T_j`, `N × d`, no zero columns; lengths do not matter, and the columns may be dependent.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub basis: Mat<c64>,
    /// Whether `X_j` is real symmetric or complex Hermitian.
    pub field: Field,
}

/// One subspace for each target, with as many rows as the problem has coordinates.
pub(crate) fn check_subspaces(
    problem: &ValidRatioProblem,
    subspaces: &[Subspace],
) -> Result<(), RobustError> {
    let lengths = |what, expected, found| RobustError::WrongLength {
        what,
        expected,
        found,
    };
    if subspaces.len() != problem.targets.len() {
        return Err(lengths("subspaces", problem.targets.len(), subspaces.len()));
    }
    for (index, subspace) in subspaces.iter().enumerate() {
        let basis = subspace.basis.as_ref();
        if basis.nrows() != problem.dimension() {
            return Err(lengths(
                "rows of a subspace's basis",
                problem.dimension(),
                basis.nrows(),
            ));
        }
        if basis.ncols() == 0 {
            return Err(RobustError::Empty {
                what: "columns of a subspace's basis",
            });
        }
        for j in 0..basis.ncols() {
            let value = linalg::norm(basis.subcols(j, 1));
            if !(value.is_finite() && value > 0.0) {
                return Err(RobustError::BadNumber {
                    what: "length of a column of a subspace's basis",
                    index,
                    value,
                    allowed: "positive",
                });
            }
        }
    }
    Ok(())
}
