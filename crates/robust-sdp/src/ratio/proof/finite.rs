//! Upper bounds for all forms, whatever can be certified of them: errors one by one.
//!
//! What forms attain in the worst case they attain under each error. Take errors of each target's set, `h_{k,i} = ĥ_k + e_{k,i}`,
//! and weights `λ_{k,i} ≥ 0`. With `Σ_i λ_{k,i} h_{k,i} h_{k,i}^H` in the place of `F_k Z_k F_k^H`, and `Σ_i λ_{k,i}` in that
//! of `[Z_k]_last`, the argument of [`super::upper`] needs no S-procedure: adding up
//! `h^H (W_k - γ Σ_{j≠k} W_j) h ≥ γ σ_k²` times the weights shows that no forms attain more than `γ` under these errors alone.

use faer::{Mat, c64};

use super::alone::bound_alone;
use super::bracket::UpperBound;
use super::upper::{Factor, Room, Witness};
use crate::hermitian::{Field, linalg};
use crate::ratio::problem::{ErrorBlock, ValidRatioProblem};

/// One error of a target's set, and how much it counts in a [`BeamBound`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct WeightedError {
    /// `λ`.
    pub weight: f64,
    /// `x_i` for each block of the target, of length at most one; for a phase `e^{jα}`. As in [`Attack`](crate::Attack).
    pub coordinates: Vec<Vec<c64>>,
}

/// A ratio that no forms exceed, by errors under which they would have to attain it.
///
/// Unlike the upper end of a [`Bracket`](crate::Bracket) it bounds what forms do, not what the S-procedure can certify of them. Allows for rounding.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BeamBound {
    ratio: f64,
    errors: Vec<Vec<WeightedError>>,
}

impl BeamBound {
    /// What each target could attain alone under one error.
    pub(crate) fn alone(problem: &ValidRatioProblem) -> Self {
        Self {
            ratio: bound_alone(problem),
            errors: vec![Vec::new(); problem.targets.len()],
        }
    }

    /// The ratio.
    pub fn ratio(&self) -> f64 {
        self.ratio
    }

    /// The errors of each target with their weights; none where the bound is [`bound_alone`].
    pub fn errors(&self) -> &[Vec<WeightedError>] {
        &self.errors
    }

    /// The lower of this bound and one that a witness made of errors has proven.
    pub(crate) fn lowered(&mut self, errors: Vec<Vec<WeightedError>>, bound: UpperBound) {
        if bound.ratio() < self.ratio {
            self.ratio = bound.ratio();
            self.errors = errors;
        }
    }
}

impl<'a> Witness<'a> {
    /// From errors of each target with weights; coordinates outside of their sets are moved into them. `None` where they say nothing.
    pub(crate) fn of_errors(
        problem: &ValidRatioProblem,
        room: Room<'a>,
        errors: &[Vec<WeightedError>],
    ) -> Option<Self> {
        if errors.len() != problem.targets.len() {
            return None;
        }
        let factors = errors.iter().enumerate().map(|(k, list)| {
            let sound = |e: &WeightedError| e.weight.is_finite() && e.weight >= 0.0;
            if !list.iter().all(sound) {
                return None;
            }
            let nominal = &problem.targets[k].nominal;
            let errors: Vec<(Vec<c64>, f64)> = list
                .iter()
                .map(|e| error_under(problem, k, &e.coordinates))
                .collect::<Option<_>>()?;
            let root = |i: usize| list[i].weight.sqrt();
            let columns = Mat::from_fn(problem.dimension(), list.len(), |r, i| {
                (nominal[r] + errors[i].0[r]) * root(i)
            });
            let squares = errors
                .iter()
                .enumerate()
                .map(|(i, v)| (v.1 * root(i)).powi(2));
            Some(Factor {
                columns,
                size: squares.sum::<f64>().sqrt(),
                weight: problem.targets[k].floor * list.iter().map(|e| e.weight).sum::<f64>(),
            })
        });
        let factors: Vec<Factor> = factors.collect::<Option<_>>()?;
        Self::of_factors(problem, room, &factors)
    }
}

/// The error `e` of a target with these coordinates, and the sum of the sizes of the terms of `ĥ_k + e`; `None` for coordinates of another
/// shape or that are no numbers.
pub(crate) fn error_under(
    problem: &ValidRatioProblem,
    k: usize,
    coordinates: &[Vec<c64>],
) -> Option<(Vec<c64>, f64)> {
    let target = &problem.targets[k];
    let ranges = problem.group_ranges();
    if coordinates.len() != target.errors.len() {
        return None;
    }
    let mut turns = vec![0.0; ranges.len()];
    let mut error = vec![c64::ZERO; problem.dimension()];
    let squares = target.nominal.iter().map(|v| v.norm_sqr());
    let mut size = squares.sum::<f64>().sqrt();
    for (block, given) in target.errors.iter().zip(coordinates) {
        let finite = |x: &c64| x.re.is_finite() && x.im.is_finite();
        if !given.iter().all(finite) {
            return None;
        }
        match block {
            ErrorBlock::Ball { group, radius } => {
                let rows = ranges[*group].clone();
                let x = inside(given, rows.len(), Field::Complex)?;
                for (row, x) in rows.zip(&x) {
                    error[row] += x * *radius;
                }
                size += radius;
            }
            ErrorBlock::Directions { matrix, field } => {
                let x = inside(given, matrix.ncols(), *field)?;
                for (row, error) in error.iter_mut().enumerate() {
                    let terms = x.iter().enumerate().map(|(c, x)| matrix[(row, c)] * x);
                    *error += terms.sum::<c64>();
                }
                size += linalg::norm(matrix.as_ref());
            }
            ErrorBlock::Phase { group, angle } => {
                let [turn] = given.as_slice() else {
                    return None;
                };
                turns[*group] += turn.arg().clamp(-angle, *angle);
            }
        }
    }
    for (range, &turn) in ranges.iter().zip(&turns) {
        // e^{jα} - 1, without cancellation.
        let chord = c64::new(0.0, 2.0 * (0.5 * turn).sin()) * c64::from_polar(1.0, 0.5 * turn);
        for row in range.clone() {
            error[row] += target.nominal[row] * chord;
        }
    }
    Some((error, size))
}

/// Coordinates of so many entries, of length at most one, real if they have to be.
fn inside(given: &[c64], entries: usize, field: Field) -> Option<Vec<c64>> {
    if given.len() != entries {
        return None;
    }
    let real = |x: &c64| match field {
        Field::Real => c64::from(x.re),
        Field::Complex => *x,
    };
    let own: Vec<c64> = given.iter().map(real).collect();
    let length = own
        .iter()
        .map(|x| x.norm_sqr())
        .sum::<f64>()
        .sqrt()
        .max(1.0);
    Some(own.iter().map(|x| x / length).collect())
}
