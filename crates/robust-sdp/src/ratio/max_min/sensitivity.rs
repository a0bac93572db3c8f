//! How the largest ratio changes with the data.
//!
//! At fixed `γ` the margin is the optimum of a program whose data are the blocks `B_k`. By the envelope theorem
//! its derivative by a parameter of the data is that of the Lagrangian alone, with forms and multipliers held:
//!
//! ```math
//! \partial\tau^* = \sum_k \big\langle Z_k, \partial L_k \big\rangle, \qquad
//! d\gamma^* = \frac{\partial\tau^*}{1 - d\tau^*/d\gamma} ,
//! ```
//!
//! since the largest ratio is the root of `τ*(γ) = γ`. So one solution tells the derivative in every
//! direction; only the blocks themselves are differenced.

use faer::{Mat, c64};

use crate::hermitian::linalg;
use crate::ratio::error::RobustError;
use crate::ratio::max_min::solution::RatioPoint;
use crate::ratio::normalised::{NormalisedProblem, NormalisedTarget};
use crate::ratio::problem::ValidRatioProblem;
use crate::ratio::proof::{check_multipliers, check_ratio, noise_margin};

/// Products of two multipliers of one constraint, relative to their terms, below which they count as complementary.
const COMPLEMENTARY: f64 = 1e-3;

impl RatioPoint {
    /// Given forms in the place of the best ones: `ratio` is what the multipliers certify for them, as
    /// [`worst_case_ratios`](crate::worst_case_ratios) finds them. Its [`derivative`](Self::derivative) is that of the
    /// forms' worst case, the forms held.
    ///
    /// The inequality of the target that attains the least is singular there, and its null vector `z` is the worst
    /// error: `Z = z z^H`. [`duals`](Self::duals) stays empty where no single vector is the worst error.
    ///
    /// # Errors
    /// Wrong shapes, or a ratio that is not positive.
    pub fn of_given_forms(
        problem: &ValidRatioProblem,
        forms: &[Mat<c64>],
        multipliers: &[Vec<f64>],
        ratio: f64,
    ) -> Result<Self, RobustError> {
        problem.check_forms(forms)?;
        check_multipliers(problem, multipliers)?;
        check_ratio(ratio)?;
        let scaled = NormalisedProblem::new(problem);
        let columns: Vec<Mat<c64>> = forms
            .iter()
            .map(|g| scaled.scale_columns(g.as_ref()))
            .collect();
        let margin = |k: usize| noise_margin(problem, forms, k, ratio, &multipliers[k]);
        let worst = (0..forms.len()).min_by(|&a, &b| margin(a).total_cmp(&margin(b)));
        let mut point = Self {
            ratio,
            forms: forms.to_vec(),
            multipliers: multipliers.to_vec(),
            slope: 0.0,
            duals: Vec::new(),
        };
        let Some(worst) = worst else {
            return Ok(point);
        };
        let target = &scaled.targets[worst];
        let mut m = target.ratio_matrix(&columns, worst, ratio);
        let unit = scaled.multiplier_unit(problem, worst, ratio);
        target.add_multipliers(&mut m, &multipliers[worst], unit);
        let last = target.side() - 1;
        m[(last, last)] -= c64::from(target.floor * ratio);
        let Some(z) = null_vector(&m).and_then(|z| worst_error(target, &multipliers[worst], z))
        else {
            return Ok(point);
        };
        for (_, g) in columns.iter().enumerate().filter(|(j, _)| *j != worst) {
            let seen = linalg::mul_adjoint_left(target.factor.as_ref(), g.as_ref());
            let hit = linalg::norm(linalg::mul_adjoint_left(z.as_ref(), seen.as_ref()).as_ref());
            point.slope -= hit * hit;
        }
        point.duals = (scaled.targets.iter())
            .map(|t| Mat::zeros(t.side(), t.side()))
            .collect();
        point.duals[worst] = linalg::mul_adjoint_right(z.as_ref(), z.as_ref());
        Ok(point)
    }

    /// The derivative of the largest ratio along a family of problems, from two members that lie `distance` apart, with the
    /// problem solved in the middle. Nothing is solved.
    ///
    /// `None` for the answer zero, for budgets that change, and for members whose error blocks are not of one
    /// structure (a block that appears or vanishes between them).
    ///
    /// Accurate to the square of `distance` and to the width of the bracket. Cost `O(K² N side)`.
    #[must_use]
    pub fn derivative(
        &self,
        from: &ValidRatioProblem,
        to: &ValidRatioProblem,
        distance: f64,
    ) -> Option<f64> {
        let (a, b) = (NormalisedProblem::new(from), NormalisedProblem::new(to));
        let targets = a.targets.len();
        let alike = a.coordinate_scale == b.coordinate_scale
            && b.targets.len() == targets
            && self.duals.len() == targets
            && self.forms.len() == targets
            && self.multipliers.len() == targets
            && self.forms.iter().all(|g| g.nrows() == from.dimension());
        if !alike {
            return None;
        }
        let columns: Vec<Mat<c64>> = (self.forms.iter())
            .map(|g| a.scale_columns(g.as_ref()))
            .collect();
        let mut change = 0.0;
        for (k, pair) in a.targets.iter().zip(&b.targets).enumerate() {
            let unit = a.multiplier_unit(from, k, self.ratio);
            let multipliers: Vec<f64> = self.multipliers[k].iter().map(|m| m / unit).collect();
            change += self.target_change(pair, k, &columns, &multipliers)?;
        }
        let derivative = change / distance / (1.0 - self.slope.min(0.0));
        derivative.is_finite().then_some(derivative)
    }

    /// `<Z_k, L_k(to) - L_k(from)>` to first order around the middle.
    fn target_change(
        &self,
        (from, to): (&NormalisedTarget, &NormalisedTarget),
        k: usize,
        columns: &[Mat<c64>],
        multipliers: &[f64],
    ) -> Option<f64> {
        let z = &self.duals[k];
        let last = from.side() - 1;
        if from.blocks != to.blocks
            || from.constraints.len() != to.constraints.len()
            || from.field != to.field
            || z.nrows() != from.side()
            || multipliers.len() != from.constraints.len()
        {
            return None;
        }
        let difference = &to.factor - &from.factor;
        let middle = (&to.factor + &from.factor) * faer::Scale(c64::new(0.5, 0.0));
        let mut change = 0.0;
        for (j, g) in columns.iter().enumerate() {
            let seen = linalg::mul_adjoint_left(middle.as_ref(), g.as_ref());
            let moved = linalg::mul_adjoint_left(difference.as_ref(), g.as_ref());
            let weight = if j == k { 1.0 } else { -self.ratio };
            let image = linalg::mul(z.as_ref(), seen.as_ref());
            change += 2.0 * weight * linalg::inner(moved.as_ref(), image.as_ref());
        }
        for (i, multiplier) in multipliers.iter().enumerate() {
            for (target, sign) in [(to, 1.0), (from, -1.0)] {
                for &(p, q, entry) in &target.constraints[i].entries {
                    change += sign * multiplier * (z[(p, q)].conj() * entry).re;
                }
            }
        }
        Some(change - (to.floor - from.floor) * self.ratio * z[(last, last)].re)
    }
}

/// The eigenvector of the smallest eigenvalue after scaling to a unit diagonal.
fn null_vector(m: &Mat<c64>) -> Option<Mat<c64>> {
    let n = m.nrows();
    let scale: Vec<f64> = (0..n)
        .map(|i| m[(i, i)].re.abs().sqrt().max(f64::MIN_POSITIVE))
        .collect();
    let unit = Mat::from_fn(n, n, |i, j| m[(i, j)] / (scale[i] * scale[j]));
    let (_, vectors) = linalg::eigen(unit.as_ref(), true)?;
    Some(Mat::from_fn(n, 1, |i, _| vectors[(i, 0)] / scale[i]))
}

/// A null vector, normalised to `s |z_last|² = 1`, if it is an error of the set: where a multiplier is at work its
/// constraint holds with equality.
fn worst_error(target: &NormalisedTarget, multipliers: &[f64], z: Mat<c64>) -> Option<Mat<c64>> {
    let last = z[(target.side() - 1, 0)].norm_sqr() * target.floor;
    let z = z * faer::Scale(c64::from(1.0 / last.sqrt()));
    for (constraint, &multiplier) in target.constraints.iter().zip(multipliers) {
        let (mut sum, mut size) = (0.0, 0.0);
        for &(p, q, entry) in &constraint.entries {
            let term = (z[(p, 0)].conj() * entry * z[(q, 0)]).re;
            sum += term;
            size += term.abs();
        }
        let apart = sum.is_nan() || sum.abs() > COMPLEMENTARY * size;
        if apart && (multiplier > 0.0 || constraint.equality) {
            return None;
        }
    }
    last.is_finite().then_some(z)
}
