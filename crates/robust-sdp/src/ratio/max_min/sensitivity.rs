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
use crate::ratio::max_min::MaxMinSolution;
use crate::ratio::normalised::{NormalisedProblem, NormalisedTarget};
use crate::ratio::problem::ValidRatioProblem;

impl MaxMinSolution {
    /// The derivative of the largest ratio along a family of problems, from two members: one at `distance / 2` before
    /// the problem solved, and one as far behind it. Nothing is solved.
    ///
    /// `None` for the answer zero, for budgets that change, and for members whose error blocks are not of one
    /// structure (a block that appears or vanishes between them).
    ///
    /// Accurate to the square of `distance` and to the width of the bracket. Cost `O(K² N side)`.
    #[must_use]
    pub fn derivative(
        &self,
        before: &ValidRatioProblem,
        behind: &ValidRatioProblem,
        distance: f64,
    ) -> Option<f64> {
        let (a, b) = (
            NormalisedProblem::new(before),
            NormalisedProblem::new(behind),
        );
        let targets = a.targets.len();
        let alike = a.coordinate_scale == b.coordinate_scale
            && b.targets.len() == targets
            && self.duals.len() == targets
            && self.forms.len() == targets
            && self.multipliers.len() == targets
            && self.forms.iter().all(|g| g.nrows() == before.dimension());
        if !alike {
            return None;
        }
        let columns: Vec<Mat<c64>> = (self.forms.iter())
            .map(|g| a.scale_columns(g.as_ref()))
            .collect();
        let mut change = 0.0;
        for (k, (from, to)) in a.targets.iter().zip(&b.targets).enumerate() {
            let unit = a.multiplier_unit(before, k, self.ratio_lower);
            let multipliers: Vec<f64> = self.multipliers[k].iter().map(|m| m / unit).collect();
            change += self.target_change((from, to), k, &columns, &multipliers)?;
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
            let weight = if j == k { 1.0 } else { -self.ratio_lower };
            let image = linalg::mul(z.as_ref(), seen.as_ref());
            change += 2.0 * weight * linalg::inner(moved.as_ref(), image.as_ref());
        }
        for (i, multiplier) in multipliers.iter().enumerate() {
            for (target, sign) in [(to, 1.0), (from, -1.0)] {
                for (p, q, entry) in target.multiplier_entries(i) {
                    change += sign * multiplier * (z[(p, q)].conj() * entry).re;
                }
            }
        }
        Some(change - (to.floor - from.floor) * self.ratio_lower * z[(last, last)].re)
    }
}
