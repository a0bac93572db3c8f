//! Each user's own coordinate axes.

use faer::{Mat, MatMut, MatRef, c64};

use crate::CrlbError;
use crate::linalg;

/// One orthogonal matrix for each user; its columns are the user's axes.
#[derive(Debug, Clone)]
pub(crate) struct UserAxes<const D: usize> {
    axes: Vec<[[f64; D]; D]>,
}

impl<const D: usize> UserAxes<D> {
    /// The axes of the scene.
    pub fn identity(users: usize) -> Self {
        let unit = std::array::from_fn(|i| std::array::from_fn(|j| f64::from(u8::from(i == j))));
        Self {
            axes: vec![unit; users],
        }
    }

    /// The eigenvectors of each user's diagonal block.
    ///
    /// They are accurate to rounding even where the small eigenvalues are not, so a gradient along a
    /// weak axis keeps the digits that the block itself has lost.
    pub fn principal(information: MatRef<'_, f64>) -> Result<Self, CrlbError> {
        let axes = (0..information.nrows() / D)
            .map(|user| {
                let block = information.submatrix(D * user, D * user, D, D);
                let (_, vectors) =
                    linalg::symmetric_eigen(block).ok_or(CrlbError::Factorisation {
                        what: "information about a user",
                    })?;
                Ok(std::array::from_fn(|i| {
                    std::array::from_fn(|j| vectors[(i, j)])
                }))
            })
            .collect::<Result<_, CrlbError>>()?;
        Ok(Self { axes })
    }

    /// Number of users.
    pub fn users(&self) -> usize {
        self.axes.len()
    }

    /// Components along the scene's axes to components along the users' axes.
    pub fn turn(&self, components: &mut [f64]) {
        for (user, axes) in self.axes.iter().enumerate() {
            let old: [f64; D] = std::array::from_fn(|i| components[D * user + i]);
            for j in 0..D {
                components[D * user + j] = (0..D).map(|i| old[i] * axes[i][j]).sum();
            }
        }
    }

    /// The same for the columns of a matrix of derivatives.
    pub fn turn_columns(&self, mut columns: MatMut<'_, c64>) {
        for row in 0..columns.nrows() {
            for (user, axes) in self.axes.iter().enumerate() {
                let old: [c64; D] = std::array::from_fn(|i| columns[(row, D * user + i)]);
                for j in 0..D {
                    columns[(row, D * user + j)] = (0..D).map(|i| old[i] * axes[i][j]).sum();
                }
            }
        }
    }

    /// A symmetric matrix over all coordinates, from the users' axes back to the scene's. Rows and
    /// columns beyond the coordinates (gains) stay as they are.
    pub fn restore(&self, matrix: MatRef<'_, f64>) -> Mat<f64> {
        linalg::symmetric(linalg::congruence(&self.turn_of(matrix.nrows()), matrix).as_ref())
    }

    /// The way back: from the scene's axes to the users'.
    pub fn along(&self, matrix: MatRef<'_, f64>) -> Mat<f64> {
        let turn = self.turn_of(matrix.nrows()).transpose().to_owned();
        linalg::symmetric(linalg::congruence(&turn, matrix).as_ref())
    }

    /// The orthogonal matrix whose columns are all users' axes, and nothing else beyond the coordinates.
    fn turn_of(&self, side: usize) -> Mat<f64> {
        let mut turn = Mat::<f64>::identity(side, side);
        for (user, axes) in self.axes.iter().enumerate() {
            for i in 0..D {
                for j in 0..D {
                    turn[(D * user + i, D * user + j)] = axes[i][j];
                }
            }
        }
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What no checked scene contains: a decomposition that cannot be had is an error.
    #[test]
    fn information_that_is_no_number() {
        let information = Mat::from_fn(2, 2, |_, _| f64::NAN);
        let error = UserAxes::<2>::principal(information.as_ref()).err();
        assert!(matches!(error, Some(CrlbError::Factorisation { .. })));
    }
}
