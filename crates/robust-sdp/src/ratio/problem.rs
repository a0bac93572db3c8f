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
//! `U_k = { Σ_i E_{k,i} x_i : ‖x_i‖ ≤ 1 }`, each `x_i` complex or real, and unknown phases of the
//! groups, see [`ErrorBlock::Phase`].

use std::f64::consts::PI;
use std::ops::Range;

use faer::{Mat, c64};

use crate::hermitian::{Field, linalg};
use crate::ratio::error::RobustError;

/// One block of an uncertainty set.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
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
        #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
        matrix: Mat<c64>,
        /// Whether `x` is real or complex.
        field: Field,
    },
    /// The vector's part in one group is turned by an unknown phase `|α| ≤ angle`, together with the
    /// ball around it.
    ///
    /// With phases the set is `h = Σ_m e^{jα_m} (ĥ_m + q_m) + Σ E x`, `‖q_m‖` within the balls. No ratio
    /// changes when a whole vector is turned, so only differences of phases count: a single group
    /// loses nothing to its phase, however unknown. Several phases of one group add up.
    Phase {
        /// Which group.
        group: usize,
        /// Largest `|α|` in radians, not negative; π or more is any phase at all.
        angle: f64,
    },
}

impl ErrorBlock {
    fn is_real(&self) -> bool {
        let Self::Directions { field, .. } = self else {
            return false;
        };
        *field == Field::Real
    }
}

/// One uncertain vector with its floor.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "RatioProblem"))]
pub struct ValidRatioProblem(RatioProblem);

impl std::ops::Deref for ValidRatioProblem {
    type Target = RatioProblem;

    fn deref(&self) -> &RatioProblem {
        &self.0
    }
}

/// A problem that is read is checked.
#[cfg(feature = "serde")]
impl TryFrom<RatioProblem> for ValidRatioProblem {
    type Error = RobustError;

    fn try_from(problem: RatioProblem) -> Result<Self, RobustError> {
        problem.check()
    }
}

/// A group whose part of the vector turns against the others.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Turn {
    /// Which group.
    pub group: usize,
    /// The largest phase, at most π.
    pub angle: f64,
}

impl Turn {
    /// `max |e^{jα} - 1|`, the chord from the middle of the arc to its end.
    pub(crate) fn size(self) -> f64 {
        chord(self.angle)
    }
}

/// `2 sin(angle/2)`, the length of the chord of an arc.
pub(crate) fn chord(angle: f64) -> f64 {
    2.0 * (0.5 * angle.min(PI)).sin()
}

impl RatioTarget {
    /// The groups that turn against the rest of the vector: those with a phase that the vector reaches. None
    /// if there is no rest: a single group that turns is the whole vector turned, which no ratio sees.
    ///
    /// `ranges` are the coordinates of each group, [`RatioProblem::group_ranges`].
    pub fn turns(&self, ranges: &[Range<usize>]) -> Vec<Turn> {
        let reached = |m: usize| {
            self.nominal[ranges[m].clone()]
                .iter()
                .any(|v| v.norm_sqr() > 0.0)
        };
        let phase = |m: usize| -> f64 {
            let of_group = self.errors.iter().map(|block| match block {
                ErrorBlock::Phase { group, angle } if *group == m => *angle,
                _ => 0.0,
            });
            of_group.sum::<f64>().min(PI)
        };
        let groups: Vec<usize> = (0..ranges.len()).filter(|&m| reached(m)).collect();
        if groups.len() < 2 {
            return Vec::new();
        }
        let turns = groups.into_iter().map(|group| Turn {
            group,
            angle: phase(group),
        });
        turns.filter(|t| t.angle > 0.0).collect()
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
            let has = |kind: fn(&ErrorBlock) -> bool| target.errors.iter().any(kind);
            if has(|b| matches!(b, ErrorBlock::Phase { .. })) && has(ErrorBlock::is_real) {
                return Err(RobustError::PhaseBesideReal { target: index });
            }
        }
        Ok(ValidRatioProblem(self))
    }

    fn check_block(&self, index: usize, block: &ErrorBlock) -> Result<(), RobustError> {
        match block {
            ErrorBlock::Ball { group, radius } => {
                self.check_group(index, *group)?;
                not_negative("radius", index, *radius)?;
            }
            ErrorBlock::Directions { matrix, .. } => {
                self.check_matrix(index, matrix)?;
                if matrix.ncols() == 0 {
                    return Err(RobustError::Empty {
                        what: "columns of an error matrix",
                    });
                }
            }
            ErrorBlock::Phase { group, angle } => {
                self.check_group(index, *group)?;
                not_negative("angle", index, *angle)?;
            }
        }
        Ok(())
    }

    fn check_group(&self, index: usize, group: usize) -> Result<(), RobustError> {
        if group < self.group_sizes.len() {
            return Ok(());
        }
        Err(RobustError::NoSuchGroup {
            target: index,
            group,
            groups: self.group_sizes.len(),
        })
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
    pub fn group_ranges(&self) -> Vec<Range<usize>> {
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

    /// Forms for this problem: one set of columns for each target, finite powers.
    ///
    /// # Errors
    /// [`RobustError`] naming what does not fit.
    pub(crate) fn check_forms(&self, forms: &[Mat<c64>]) -> Result<(), RobustError> {
        same_length("forms", self.targets.len(), forms.len())?;
        for (index, g) in forms.iter().enumerate() {
            same_length("rows of a form's columns", self.dimension(), g.nrows())?;
            let power = |range: &Range<usize>, budget: f64| {
                let scaled =
                    linalg::norm(g.as_ref().subrows(range.start, range.len())) / budget.sqrt();
                scaled * scaled
            };
            let value: f64 = (self.group_ranges().iter().zip(&self.budgets))
                .map(|(range, &budget)| power(range, budget))
                .sum();
            if !value.is_finite() {
                return Err(RobustError::BadNumber {
                    what: "power of a form's columns over the budgets",
                    index,
                    value,
                    allowed: "small enough to be computed",
                });
            }
        }
        Ok(())
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

fn not_negative(what: &'static str, index: usize, value: f64) -> Result<(), RobustError> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    Err(RobustError::BadNumber {
        what,
        index,
        value,
        allowed: "not negative",
    })
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
