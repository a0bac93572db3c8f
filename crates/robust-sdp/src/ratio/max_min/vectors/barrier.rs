//! The barrier problem: its unknowns, its inequalities and their inverses.

use faer::{Mat, MatRef, c64};

use super::restriction::Restriction;
use crate::hermitian::Field;
use crate::hermitian::linalg;
use crate::ratio::max_min::policy::Policy;
use crate::ratio::max_min::programs::relaxation::Relaxation;

/// The data of the relaxation in conditioned coordinates, and who owns which column.
pub(super) struct Model<'a> {
    pub(super) relaxation: &'a Relaxation<'a>,
    /// `B_k^H F` of each target.
    pub(super) factors: Vec<&'a Mat<c64>>,
    /// `F^H Π_m F`.
    pub(super) budgets: &'a [Mat<c64>],
    /// Each target's constraints that have a multiplier.
    pub(super) constraints: Vec<Vec<Constraint>>,
    pub(super) policy: Policy,
    /// What the columns of each target are restricted to, if they are.
    pub(super) restriction: Option<Restriction<'a>>,
}

/// One multiplier's place and coefficient in its target's inequality.
pub(super) struct Constraint {
    /// Position among all of the target's constraints.
    pub(super) index: usize,
    /// Whether it may have any sign: then no barrier keeps it.
    pub(super) free: bool,
    /// The nonzero entries of the coefficient.
    pub(super) entries: Vec<(usize, usize, c64)>,
}

impl Constraint {
    /// Whether the coefficient has entries on the diagonal only: those of balls and moduli do.
    pub(super) fn is_diagonal(&self) -> bool {
        self.entries.iter().all(|(p, q, _)| p == q)
    }
}

/// The unknowns.
#[derive(Debug, Clone)]
pub(super) struct Point {
    /// `W_j = Σ_i x_i x_i^H` over the columns `x_i` that target `j` owns, in conditioned coordinates.
    pub(super) columns: Mat<c64>,
    /// The owner of each column.
    pub(super) owners: Vec<usize>,
    /// `μ`, positive unless free, in the order of [`Model::constraints`].
    pub(super) multipliers: Vec<Vec<f64>>,
    /// `log γ`.
    pub(super) log_ratio: f64,
}

/// Moves along a step in real coordinates.
pub(super) fn moved(point: &Point, step: &[f64], length: f64) -> Point {
    let n = point.columns.nrows();
    let mut next = point.clone();
    for i in 0..point.owners.len() {
        for r in 0..n {
            next.columns[(r, i)].re += length * step[2 * n * i + r];
            next.columns[(r, i)].im += length * step[2 * n * i + n + r];
        }
    }
    let mut rest = step[2 * n * point.owners.len()..].iter();
    for value in next.multipliers.iter_mut().flatten() {
        *value += length * rest.next().unwrap_or(&0.0);
    }
    next.log_ratio += length * rest.next().unwrap_or(&0.0);
    next
}

/// One target's inequality at a point.
pub(super) struct Slack {
    /// `b_i = B_k^H F x_i`, side by side.
    pub(super) images: Mat<c64>,
    /// `S`.
    pub(super) matrix: Mat<c64>,
    /// `S^{-1}`.
    pub(super) inverse: Mat<c64>,
}

/// The inequalities at a point, all of them strict.
pub(super) struct Interior {
    pub(super) slacks: Vec<Slack>,
    /// `1 - Σ_i x_i^H F^H Π_m F x_i`.
    pub(super) unused: Vec<f64>,
    /// Estimates of the multipliers, times `t`: the inverse slacks at a centre.
    pub(super) duals: Duals,
    /// `-Σ log det S_k - Σ log μ - Σ log unused`.
    pub(super) barrier: f64,
}

/// Estimates of the relaxation's multipliers, times `t`.
#[derive(Debug, Clone)]
pub(super) struct Duals {
    /// Of the matrix inequalities: `S^{-1}` at a centre.
    pub(super) matrices: Vec<Mat<c64>>,
    /// Of the signs of `μ`: `1/μ` at a centre, zero where `μ` is free.
    pub(super) signs: Vec<Vec<f64>>,
    /// Of the budgets: `1/unused` at a centre.
    pub(super) prices: Vec<f64>,
}

impl<'a> Model<'a> {
    /// With columns from the subspaces of `within`, if there are such.
    pub(super) fn new(
        relaxation: &'a Relaxation<'a>,
        within: Option<&'a Relaxation<'a>>,
        policy: Policy,
    ) -> Self {
        let constraints = relaxation
            .scaled
            .targets
            .iter()
            .map(|target| {
                (target.constraints.iter().enumerate())
                    .map(|(index, constraint)| Constraint {
                        index,
                        free: constraint.equality,
                        entries: constraint.entries.clone(),
                    })
                    .filter(|c| !c.entries.is_empty())
                    .collect()
            })
            .collect();
        Self {
            relaxation,
            factors: relaxation.factors.iter().map(|f| &f[0]).collect(),
            budgets: &relaxation.budget_forms[0],
            constraints,
            policy,
            restriction: within.map(|within| Restriction::new(relaxation, within)),
        }
    }

    /// The relaxation that the columns are candidates of.
    pub(super) fn own(&self) -> &Relaxation<'a> {
        (self.restriction.as_ref()).map_or(self.relaxation, |restriction| restriction.within)
    }

    /// Number of targets.
    pub(super) fn targets(&self) -> usize {
        self.factors.len()
    }

    /// Length of a column.
    pub(super) fn dimension(&self) -> usize {
        self.budgets[0].nrows()
    }

    /// `s_k`.
    pub(super) fn floor(&self, k: usize) -> f64 {
        self.relaxation.scaled.targets[k].floor
    }

    /// Whether a target's inequality is written over the reals.
    pub(super) fn field(&self, k: usize) -> Field {
        self.relaxation.scaled.targets[k].field
    }

    /// The barrier's parameter: `Σ_k side_k` and one for each signed multiplier and budget.
    pub(super) fn degree(&self) -> f64 {
        let sides: usize = self.factors.iter().map(|f| f.nrows()).sum();
        let kept = |list: &Vec<Constraint>| list.iter().filter(|c| !c.free).count();
        let multipliers: usize = self.constraints.iter().map(kept).sum();
        (sides + multipliers + self.budgets.len()) as f64
    }

    /// `S_k = Σ_i c_{ki} b_i b_i^H + Σ_l μ_l A_l - s_k γ e e^T` from the images `b_i`.
    pub(super) fn slack(&self, point: &Point, k: usize, images: MatRef<'_, c64>) -> Mat<c64> {
        let ratio = point.ratio();
        let mut s = weighted_outer(images, |i| point.weight_at(k, i, ratio));
        let last = s.nrows() - 1;
        s[(last, last)] -= c64::new(self.floor(k) * ratio, 0.0);
        for (constraint, &value) in self.constraints[k].iter().zip(&point.multipliers[k]) {
            for &(p, q, entry) in &constraint.entries {
                s[(p, q)] += entry * value;
            }
        }
        linalg::project(&mut s, self.field(k));
        s
    }

    /// `Σ_{i∉k} b_i b_i^H + s_k e e^T`.
    pub(super) fn unwanted(&self, point: &Point, k: usize, images: MatRef<'_, c64>) -> Mat<c64> {
        let mut n = weighted_outer(images, |i| f64::from(u8::from(point.owners[i] != k)));
        let last = n.nrows() - 1;
        n[(last, last)] += c64::new(self.floor(k), 0.0);
        linalg::project(&mut n, self.field(k));
        n
    }

    /// The inequalities at a point, or `None` unless all hold strictly.
    pub(super) fn interior(&self, point: &Point) -> Option<Interior> {
        let (unused, mut barrier) = self.bounds(point)?;
        let mut slacks = Vec::with_capacity(self.targets());
        for k in 0..self.targets() {
            let (images, matrix, l) = self.factorised_slack(point, k)?;
            barrier -= log_determinant(&l);
            let mut root = Mat::<c64>::identity(l.nrows(), l.nrows());
            linalg::solve_lower(l.as_ref(), root.as_mut());
            let mut inverse = linalg::mul_adjoint_left(root.as_ref(), root.as_ref());
            linalg::project(&mut inverse, self.field(k));
            slacks.push(Slack {
                images,
                matrix,
                inverse,
            });
        }
        let duals = Duals {
            matrices: slacks.iter().map(|s: &Slack| s.inverse.clone()).collect(),
            signs: (self.constraints.iter().zip(&point.multipliers))
                .map(|(constraints, list)| {
                    let sign = |(c, m): (&Constraint, &f64)| if c.free { 0.0 } else { 1.0 / m };
                    constraints.iter().zip(list).map(sign).collect()
                })
                .collect(),
            prices: unused.iter().map(|u| 1.0 / u).collect(),
        };
        barrier.is_finite().then_some(Interior {
            slacks,
            unused,
            duals,
            barrier,
        })
    }

    /// The barrier alone: what [`interior`](Self::interior) computes, without the inverses.
    pub(super) fn barrier(&self, point: &Point) -> Option<f64> {
        let (_, mut barrier) = self.bounds(point)?;
        for k in 0..self.targets() {
            let (_, _, l) = self.factorised_slack(point, k)?;
            barrier -= log_determinant(&l);
        }
        barrier.is_finite().then_some(barrier)
    }

    /// What is left of each budget, and the part of the barrier that keeps budgets and multipliers;
    /// `None` unless all are positive.
    fn bounds(&self, point: &Point) -> Option<(Vec<f64>, f64)> {
        let mut barrier = 0.0;
        let mut unused = Vec::with_capacity(self.budgets.len());
        for form in self.budgets {
            let used = linalg::mul(form.as_ref(), point.columns.as_ref());
            let left = 1.0 - linalg::inner(used.as_ref(), point.columns.as_ref());
            if left.is_nan() || left <= 0.0 {
                return None;
            }
            barrier -= left.ln();
            unused.push(left);
        }
        let signed = (self.constraints.iter().zip(&point.multipliers))
            .flat_map(|(constraints, list)| constraints.iter().zip(list))
            .filter(|(constraint, _)| !constraint.free);
        for (_, &value) in signed {
            if value.is_nan() || value <= 0.0 {
                return None;
            }
            barrier -= value.ln();
        }
        Some((unused, barrier))
    }

    /// The images `b_i` of the columns in target `k`'s coordinates, `S_k` and its Cholesky factor;
    /// `None` unless it is positive definite.
    fn factorised_slack(&self, point: &Point, k: usize) -> Option<(Mat<c64>, Mat<c64>, Mat<c64>)> {
        let images = linalg::mul(self.factors[k].as_ref(), point.columns.as_ref());
        let matrix = self.slack(point, k, images.as_ref());
        let l = linalg::cholesky(matrix.as_ref())?;
        Some((images, matrix, l))
    }
}

impl Point {
    /// `γ`.
    pub(super) fn ratio(&self) -> f64 {
        self.log_ratio.exp()
    }

    /// `c_{ki}`.
    pub(super) fn weight(&self, k: usize, column: usize) -> f64 {
        self.weight_at(k, column, self.ratio())
    }

    fn weight_at(&self, k: usize, column: usize, ratio: f64) -> f64 {
        if self.owners[column] == k {
            1.0
        } else {
            -ratio
        }
    }
}

/// `Σ_i weight(i) b_i b_i^H`.
fn weighted_outer(columns: MatRef<'_, c64>, weight: impl Fn(usize) -> f64) -> Mat<c64> {
    let weighted = Mat::from_fn(columns.nrows(), columns.ncols(), |r, i| {
        columns[(r, i)] * weight(i)
    });
    linalg::mul_adjoint_right(weighted.as_ref(), columns)
}

/// `log det L L^H` of a Cholesky factor.
fn log_determinant(l: &Mat<c64>) -> f64 {
    2.0 * (0..l.nrows()).map(|i| l[(i, i)].re.ln()).sum::<f64>()
}
