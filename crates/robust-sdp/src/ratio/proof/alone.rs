//! Upper bounds without multipliers: what one target could attain alone, under one error.
//!
//! Take any error `e_k` of the set, `r = ĥ_k + e_k`. Without interference, forms within the budgets give
//! `r^H W_k r ≤ (Σ_m ‖r_m‖ √P_m)²`, by the triangle inequality over groups for each column of `W_k` and
//! then over columns. So no forms attain more than that over `σ_k²` at target `k`. The error taken here shortens each
//! group's part as far as blocks that act within the group can; if it may vanish the bound is next to zero, for errors
//! have swallowed the vector.

use faer::c64;

use super::bracket::UpperBound;
use super::rounding::ROUNDING;
use crate::hermitian::Field;
use crate::ratio::problem::{ErrorBlock, RatioTarget, ValidRatioProblem};

/// What no forms exceed at every target: the least, over targets, of `(Σ_m ‖r_m‖ √P_m)²/σ_k²`, `r = ĥ_k + e_k` with the error `e_k` that
/// shortens each group's part most among those that act within the group.
pub fn bound_alone(problem: &ValidRatioProblem) -> f64 {
    UpperBound::alone(problem).ratio()
}

impl UpperBound {
    /// The least, over targets, of what each could attain alone.
    pub(crate) fn alone(problem: &ValidRatioProblem) -> Self {
        let bounds = Self::each_alone(problem).into_iter();
        bounds.fold(Self::proven(f64::INFINITY), |a, b| a.min(Some(b)))
    }

    /// What each target could attain alone.
    pub(crate) fn each_alone(problem: &ValidRatioProblem) -> Vec<Self> {
        let ranges = problem.group_ranges();
        let bound = |target: &RatioTarget| {
            let groups = ranges.iter().zip(&problem.budgets).enumerate();
            let amplitude: f64 = groups
                .map(|(m, (range, budget))| left_over(target, m, range) * budget.sqrt())
                .sum();
            if amplitude == 0.0 {
                return 0.0;
            }
            let quotient = amplitude / target.floor.sqrt();
            (quotient * quotient * (1.0 + ROUNDING)).max(f64::MIN_POSITIVE)
        };
        (problem.targets.iter().map(bound).map(Self::proven)).collect()
    }
}

/// At least the length of what an error leaves of one group's part of the vector; exactly zero where the errors reach beyond
/// doubt further than the part is long.
fn left_over(target: &RatioTarget, group: usize, range: &std::ops::Range<usize>) -> f64 {
    let mut rest: Vec<c64> = target.nominal[range.clone()].to_vec();
    let whole = length(&rest);
    let mut reach = 0.0;
    for block in &target.errors {
        match block {
            ErrorBlock::Ball { group: g, radius } if *g == group => reach += radius,
            ErrorBlock::Directions {
                matrix,
                field: Field::Complex,
            } if matrix.ncols() == 1 => {
                let column = matrix.col_as_slice(0);
                let outside = |i: usize| !range.contains(&i) && column[i] != c64::ZERO;
                if !(0..column.len()).any(outside) {
                    shorten(&mut rest, &column[range.clone()]);
                }
            }
            ErrorBlock::Ball { .. } | ErrorBlock::Directions { .. } | ErrorBlock::Phase { .. } => {}
        }
    }
    let left = length(&rest) - reach;
    if left < -ROUNDING * whole {
        0.0
    } else {
        left.max(0.0) + ROUNDING * whole
    }
}

/// Adds the multiple of modulus at most one of a column that leaves least.
fn shorten(rest: &mut [c64], column: &[c64]) {
    let size = length(column);
    if size == 0.0 {
        return;
    }
    let unit = |v: &c64| *v / size;
    let along: c64 = (column.iter().zip(&*rest))
        .map(|(e, r)| unit(e).conj() * r)
        .sum();
    let modulus = along.norm();
    // The largest multiple falls short of one by more than rounding.
    let kept = (size * (1.0 - ROUNDING)).min(modulus);
    if modulus > 0.0 {
        let step = along * (kept / modulus);
        for (r, e) in rest.iter_mut().zip(column) {
            *r -= unit(e) * step;
        }
    }
}

fn length(v: &[c64]) -> f64 {
    // Nothing small may vanish in a square.
    let largest = v.iter().map(|x| x.norm()).fold(0.0, f64::max);
    if largest == 0.0 {
        return 0.0;
    }
    let squares = v.iter().map(|x| (x.norm() / largest).powi(2));
    largest * squares.sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use faer::Mat;

    use super::*;
    use crate::ratio::problem::RatioProblem;

    fn bound(errors: Vec<ErrorBlock>) -> f64 {
        // Parts of lengths 5 and 2, budgets 4 and 9, floor 0.5.
        let problem = RatioProblem {
            group_sizes: vec![2, 1],
            budgets: vec![4.0, 9.0],
            targets: vec![RatioTarget {
                nominal: vec![c64::new(3.0, 0.0), c64::new(0.0, 4.0), c64::new(2.0, 0.0)],
                errors,
                floor: 0.5,
            }],
        };
        UpperBound::alone(&problem.check().unwrap()).ratio()
    }

    fn assert_bound(errors: Vec<ErrorBlock>, expected: f64) {
        let found = bound(errors);
        assert!(found >= expected, "{found} below {expected}");
        assert!(
            found <= expected * (1.0 + 1e-12) + 1e-24,
            "{found} {expected}"
        );
    }

    #[test]
    fn errors_shorten_each_groups_part() {
        let ball = |group, radius| ErrorBlock::Ball { group, radius };
        let column = |values: [c64; 3], field| ErrorBlock::Directions {
            matrix: Mat::from_fn(3, 1, |i, _| values[i]),
            field,
        };
        let (zero, one) = (c64::ZERO, c64::ONE);
        assert_bound(vec![], (5.0f64 * 2.0 + 2.0 * 3.0).powi(2) / 0.5);
        assert_bound(vec![ball(0, 1.0)], (4.0f64 * 2.0 + 2.0 * 3.0).powi(2) / 0.5);
        assert_bound(vec![ball(0, 1.0), ball(1, 7.0)], 8.0f64.powi(2) / 0.5);
        // One entry of a part can be taken away, and no more.
        let first = column([one * 9.0, zero, zero], Field::Complex);
        assert_bound(vec![first], (4.0f64 * 2.0 + 2.0 * 3.0).powi(2) / 0.5);
        let first = column([one, zero, zero], Field::Complex);
        let left = (2.0f64 * 2.0 + 4.0 * 4.0).sqrt();
        assert_bound(vec![first], (left * 2.0 + 2.0 * 3.0).powi(2) / 0.5);
        // What acts across groups or is real only is not counted on.
        let across = column([one, zero, one], Field::Complex);
        assert_bound(vec![across], 16.0f64.powi(2) / 0.5);
        let real = column([one, zero, zero], Field::Real);
        assert_bound(vec![real], 16.0f64.powi(2) / 0.5);
        let two = ErrorBlock::Directions {
            matrix: Mat::from_fn(3, 2, |i, _| c64::from(f64::from(i == 0))),
            field: Field::Complex,
        };
        assert_bound(vec![two], 16.0f64.powi(2) / 0.5);
    }

    /// Lengths and the sum are each rounded up by η = 2e-14, and no error is longer than allowed.
    #[test]
    fn rounding_is_allowed_for() {
        let excess = bound(vec![]) / (16.0f64.powi(2) / 0.5) - 1.0;
        assert!(excess > 5.5e-14 && excess < 6.5e-14, "{excess:e}");
        let mut rest = [c64::from(3.0)];
        shorten(&mut rest, &[c64::ONE]);
        assert!(rest[0].re > 2.0 + 1e-14 && rest[0].re < 2.0 + 3e-14);
        let mut rest = [c64::ONE, c64::ZERO];
        shorten(&mut rest, &[c64::ZERO, c64::ONE]);
        assert_eq!(rest, [c64::ONE, c64::ZERO]);
    }

    #[test]
    fn a_swallowed_vector_is_bounded_by_zero() {
        let ball = |group, radius| ErrorBlock::Ball { group, radius };
        assert_eq!(bound(vec![ball(0, 5.1), ball(1, 2.1)]), 0.0);
        // On the edge rounding keeps the bound from being zero.
        for radii in [[5.0, 2.0], [5.0 + 2e-14, 7.0]] {
            let edge = bound(vec![ball(0, radii[0]), ball(1, radii[1])]);
            assert!(edge > 0.0 && edge < 1e-24, "{edge:e}");
        }
    }
}
