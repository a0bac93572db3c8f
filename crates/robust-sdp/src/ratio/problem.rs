//! The robust ratio problem: data, uncertainty sets and their validation.
//!
//! Vectors `h_k ∈ C^N`, known up to an error, and Hermitian forms `W_1..W_K ⪰ 0` to be chosen:
//!
//! ```math
//! \begin{aligned}
//! \max_{W,\gamma}\ & \gamma \\
//! \text{s.t.}\ & h^H W_k h \ge \gamma \Big(\sum_{j\ne k} h^H W_j h + \sigma_k^2\Big)
//!    \quad \forall h \in \hat h_k + \mathcal U_k,\ \forall k, \\
//! & \sum_j \mathrm{Tr}(\Pi_m W_j) \le P_m \quad \forall m, \qquad W_j \succeq 0.
//! \end{aligned}
//! ```
//!
//! `Π_m` selects the `m`-th group of coordinates. The uncertainty is data: a list of blocks,
//! `U_k = { Σ_i E_{k,i} x_i : x_i ∈ X_i }`, each `x_i` complex or real in the unit ball, or one
//! complex number in the hull of an arc.

use faer::{Mat, c64};

use crate::hermitian::Field;
use crate::ratio::error::RobustError;

/// One block of an uncertainty set.
#[derive(Debug, Clone, PartialEq)]
pub enum ErrorBlock {
    /// Any complex error of norm at most `radius` in one group of coordinates: `E = radius · I`.
    Ball {
        /// Which group.
        group: usize,
        /// Radius, in the unit of `ĥ`; zero is allowed.
        radius: f64,
    },
    /// `E x`, `‖x‖ ≤ 1`, with a given `N × d` matrix.
    Directions {
        /// `E`.
        matrix: Mat<c64>,
        /// Whether `x` is real or complex.
        field: Field,
    },
    /// A part of the vector is turned by an unknown phase: `(e^{jα} - 1) e`, `|α| ≤ angle`.
    ///
    /// With `ρ` the distance of the arc's ends from 1, the S-procedure sees the arc between its chord
    /// and the circle around `max(1 - ρ, 0.1)` through the ends, and with them every larger disc
    /// through the ends: two multipliers, the circle's first.
    Rotation {
        /// `e`, one column.
        part: Mat<c64>,
        /// Largest angle in radians, not negative; π or more is no constraint but the modulus.
        angle: f64,
    },
}

impl ErrorBlock {
    /// How many multipliers the S-procedure spends on the block.
    pub fn multipliers(&self) -> usize {
        match self {
            Self::Ball { .. } | Self::Directions { .. } => 1,
            Self::Rotation { .. } => 2,
        }
    }
}

/// One uncertain vector with its floor.
#[derive(Debug, Clone, PartialEq)]
pub struct RatioTarget {
    /// `ĥ_k`, length `N`, not zero.
    pub nominal: Vec<c64>,
    /// The uncertainty set; an empty list means that `ĥ_k` is exact.
    pub errors: Vec<ErrorBlock>,
    /// `σ_k²`, positive.
    pub floor: f64,
}

/// The problem, freely editable; [`check`](Self::check) turns it into what the methods accept.
#[derive(Debug, Clone, PartialEq)]
pub struct RatioProblem {
    /// Number of coordinates in each group; they add up to `N`.
    pub group_sizes: Vec<usize>,
    /// `P_m`, positive, one per group.
    pub budgets: Vec<f64>,
    /// The uncertain vectors.
    pub targets: Vec<RatioTarget>,
}

/// A robust ratio problem whose shapes and numbers have been checked.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidRatioProblem(RatioProblem);

impl std::ops::Deref for ValidRatioProblem {
    type Target = RatioProblem;

    fn deref(&self) -> &RatioProblem {
        &self.0
    }
}

impl RatioProblem {
    /// Checks shapes, signs and finiteness.
    ///
    /// # Errors
    /// [`RobustError`] naming the first offending entry.
    pub fn check(self) -> Result<ValidRatioProblem, RobustError> {
        if self.targets.is_empty() {
            return Err(RobustError::Empty { what: "targets" });
        }
        if self.group_sizes.is_empty() || self.group_sizes.contains(&0) {
            return Err(RobustError::Empty {
                what: "group_sizes",
            });
        }
        same_length("budgets", self.group_sizes.len(), self.budgets.len())?;
        for (index, &value) in self.budgets.iter().enumerate() {
            positive("budgets", index, value)?;
        }
        let n = self.dimension();
        for (index, target) in self.targets.iter().enumerate() {
            positive("floor", index, target.floor)?;
            same_length("nominal", n, target.nominal.len())?;
            let size: f64 = target.nominal.iter().map(|v| v.norm_sqr()).sum();
            positive("squared norm of nominal", index, size)?;
            for block in &target.errors {
                self.check_block(index, block)?;
            }
        }
        Ok(ValidRatioProblem(self))
    }

    fn check_block(&self, index: usize, block: &ErrorBlock) -> Result<(), RobustError> {
        match block {
            ErrorBlock::Ball { group, radius } => {
                if *group >= self.group_sizes.len() {
                    return Err(RobustError::NoSuchGroup {
                        target: index,
                        group: *group,
                        groups: self.group_sizes.len(),
                    });
                }
                if !(radius.is_finite() && *radius >= 0.0) {
                    return Err(RobustError::BadNumber {
                        what: "radius",
                        index,
                        value: *radius,
                        allowed: "not negative",
                    });
                }
            }
            ErrorBlock::Directions { matrix, .. } => {
                self.check_matrix(index, matrix)?;
                if matrix.ncols() == 0 {
                    return Err(RobustError::Empty {
                        what: "columns of an error matrix",
                    });
                }
            }
            ErrorBlock::Rotation { part, angle } => {
                self.check_matrix(index, part)?;
                same_length("columns of a turning part", 1, part.ncols())?;
                if !(angle.is_finite() && *angle >= 0.0) {
                    return Err(RobustError::BadNumber {
                        what: "angle",
                        index,
                        value: *angle,
                        allowed: "not negative",
                    });
                }
            }
        }
        Ok(())
    }

    fn check_matrix(&self, index: usize, matrix: &Mat<c64>) -> Result<(), RobustError> {
        same_length("rows of an error matrix", self.dimension(), matrix.nrows())?;
        for j in 0..matrix.ncols() {
            for i in 0..matrix.nrows() {
                let value = matrix[(i, j)].norm_sqr();
                if !value.is_finite() {
                    return Err(RobustError::BadNumber {
                        what: "an error matrix",
                        index,
                        value,
                        allowed: "small enough to be squared",
                    });
                }
            }
        }
        Ok(())
    }

    /// `N`, the number of coordinates.
    pub fn dimension(&self) -> usize {
        self.group_sizes.iter().sum()
    }

    /// The coordinates of each group.
    pub fn group_ranges(&self) -> Vec<std::ops::Range<usize>> {
        let mut start = 0;
        self.group_sizes
            .iter()
            .map(|&size| {
                start += size;
                start - size..start
            })
            .collect()
    }
}

impl ValidRatioProblem {
    /// Gives the problem back for editing.
    pub fn into_inner(self) -> RatioProblem {
        self.0
    }

    /// The same problem with the radius of every [`ErrorBlock::Ball`] multiplied by `factor`.
    ///
    /// # Errors
    /// [`RobustError::BadNumber`] unless `factor` is finite and not negative.
    pub fn with_scaled_balls(&self, factor: f64) -> Result<Self, RobustError> {
        let mut problem = self.0.clone();
        for block in problem.targets.iter_mut().flat_map(|t| &mut t.errors) {
            if let ErrorBlock::Ball { radius, .. } = block {
                *radius *= factor;
            }
        }
        problem.check()
    }
}

fn same_length(what: &'static str, expected: usize, found: usize) -> Result<(), RobustError> {
    if expected == found {
        Ok(())
    } else {
        Err(RobustError::WrongLength {
            what,
            expected,
            found,
        })
    }
}

fn positive(what: &'static str, index: usize, value: f64) -> Result<(), RobustError> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        Err(RobustError::BadNumber {
            what,
            index,
            value,
            allowed: "positive",
        })
    }
}
