//! Independent recheck of what forms and multipliers prove.
//!
//! Works on the S-procedure's matrix inequality alone and knows neither how the forms nor how
//! the multipliers were found.

use faer::{Mat, c64};

use crate::hermitian::Field;
use crate::hermitian::linalg;
use crate::ratio::error::RobustError;
use crate::ratio::normalised::NormalisedProblem;
use crate::ratio::problem::{ErrorBlock, ValidRatioProblem};

/// What `(W, μ)` prove about a ratio, smallest over targets.
///
/// The matrix inequality is
/// `L_k = B_k^H (W_k/γ - Σ_{j≠k} W_j) B_k + blkdiag(μ_1 I, .., μ_L I, -Σμ - σ_k²)`,
/// `B_k = [E_{k,1} .. E_{k,L}, ĥ_k]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Certificate {
    /// Smallest over largest eigenvalue of `L_k`; where there are no errors and `L_k` is a number, that
    /// number over the noise at least.
    pub min_lmi_eigenvalue_relative: f64,
    /// The largest `t` with `L_k(t in place of σ_k²) ⪰ 0`, divided by `σ_k²`; at least one
    /// proves the ratio. Negative infinity when no `t` will do.
    pub noise_margin: f64,
    /// Largest share of a budget `P_m` in use.
    pub max_power_ratio: f64,
}

/// Checks that `forms` (columns `G_j`, `W_j = G_j G_j^H`) attain `ratio > 0` with the given
/// multipliers (`μ` of each target's blocks, in the unit of the floor).
///
/// The problem must contain the forms' columns: either it is the full one, or they were part
/// of the span it was reduced to. Cost `O(Σ side³)`.
///
/// # Errors
/// Wrong shapes, or eigenvalues that could not be computed.
pub fn certify(
    problem: &ValidRatioProblem,
    forms: &[Mat<c64>],
    multipliers: &[Vec<f64>],
    ratio: f64,
) -> Result<Certificate, RobustError> {
    check_shapes(problem, forms)?;
    check_multipliers(problem, multipliers)?;
    check_ratio(ratio)?;
    let scaled = NormalisedProblem::new(problem);
    let columns: Vec<Mat<c64>> = forms
        .iter()
        .map(|g| scaled.scale_columns(g.as_ref()))
        .collect();
    let mut certificate = Certificate {
        min_lmi_eigenvalue_relative: f64::INFINITY,
        noise_margin: f64::INFINITY,
        max_power_ratio: used_budget(&scaled, &columns),
    };
    for (k, target) in scaled.targets.iter().enumerate() {
        let unit = scaled.multiplier_unit(problem, k, ratio);
        let mut m = ratio_matrix(target, &columns, k, ratio);
        target.add_multipliers(&mut m, &multipliers[k], unit);
        let last = target.side() - 1;
        let margin = last_pivot(&m, target.field) / (target.floor * ratio);
        m[(last, last)] -= c64::new(target.floor * ratio, 0.0);
        project(&mut m, target.field);
        let (values, _) = linalg::eigen(m.as_ref(), false).ok_or(RobustError::Eigenvalues {
            dim: target.side(),
            place: "certificate",
        })?;
        let mut largest = values.iter().fold(0.0f64, |a, v| a.max(v.abs()));
        if target.side() == 1 {
            // Without errors the inequality is a number, signal less interference and noise, and often
            // zero but for rounding: its size is that of its terms.
            largest = largest.max(terms(target, &columns, k, ratio));
        }
        certificate.noise_margin = certificate.noise_margin.min(margin);
        certificate.min_lmi_eigenvalue_relative = certificate
            .min_lmi_eigenvalue_relative
            .min(values[0] / largest.max(f64::MIN_POSITIVE));
    }
    Ok(certificate)
}

/// What a target without errors receives: signal, and `γ` times interference and noise.
fn terms(
    target: &crate::ratio::normalised::NormalisedTarget,
    columns: &[Mat<c64>],
    k: usize,
    ratio: f64,
) -> f64 {
    let powers = columns.iter().enumerate().map(|(j, g)| {
        let c = linalg::mul_adjoint_left(target.nominal(), g.as_ref());
        linalg::inner(c.as_ref(), c.as_ref()) * if j == k { 1.0 } else { ratio }
    });
    powers.sum::<f64>() + target.floor * ratio
}

/// `B_k^H (W_k - γ Σ_{j≠k} W_j) B_k` of normalised columns.
pub(crate) fn ratio_matrix(
    target: &crate::ratio::normalised::NormalisedTarget,
    columns: &[Mat<c64>],
    k: usize,
    ratio: f64,
) -> Mat<c64> {
    let side = target.side();
    let mut m = Mat::<c64>::zeros(side, side);
    for (j, g) in columns.iter().enumerate() {
        let c = linalg::mul_adjoint_left(target.factor.as_ref(), g.as_ref());
        let weight = if j == k { 1.0 } else { -ratio };
        m += linalg::mul_adjoint_right(c.as_ref(), c.as_ref()) * faer::Scale(c64::new(weight, 0.0));
    }
    project(&mut m, target.field);
    m
}

pub(crate) fn used_budget(scaled: &NormalisedProblem, columns: &[Mat<c64>]) -> f64 {
    scaled
        .ranges
        .iter()
        .map(|range| {
            columns
                .iter()
                .map(|g| {
                    let rows = g.as_ref().subrows(range.start, range.len());
                    linalg::inner(rows, rows)
                })
                .sum::<f64>()
        })
        .fold(0.0, f64::max)
}

pub(crate) fn check_shapes(
    problem: &ValidRatioProblem,
    forms: &[Mat<c64>],
) -> Result<(), RobustError> {
    let lengths = |what, expected, found| RobustError::WrongLength {
        what,
        expected,
        found,
    };
    if forms.len() != problem.targets.len() {
        return Err(lengths("forms", problem.targets.len(), forms.len()));
    }
    for (index, g) in forms.iter().enumerate() {
        if g.nrows() != problem.dimension() {
            return Err(lengths(
                "rows of a form's columns",
                problem.dimension(),
                g.nrows(),
            ));
        }
        let power = |range: &std::ops::Range<usize>, budget: f64| {
            let scaled = linalg::norm(g.as_ref().subrows(range.start, range.len())) / budget.sqrt();
            scaled * scaled
        };
        let value: f64 = (problem.group_ranges().iter().zip(&problem.budgets))
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

/// For each target as many multipliers as its blocks have, none negative.
pub(crate) fn check_multipliers(
    problem: &ValidRatioProblem,
    multipliers: &[Vec<f64>],
) -> Result<(), RobustError> {
    let targets = problem.targets.len();
    if multipliers.len() != targets {
        return Err(RobustError::WrongLength {
            what: "multipliers",
            expected: targets,
            found: multipliers.len(),
        });
    }
    (multipliers.iter().enumerate())
        .try_for_each(|(index, values)| check_target_multipliers(problem, index, values))
}

/// [`check_multipliers`] for one target.
pub(crate) fn check_target_multipliers(
    problem: &ValidRatioProblem,
    index: usize,
    values: &[f64],
) -> Result<(), RobustError> {
    let blocks = &problem.targets[index].errors;
    let expected = blocks.iter().map(ErrorBlock::multipliers).sum();
    if values.len() != expected {
        return Err(RobustError::WrongLength {
            what: "multipliers of a target",
            expected,
            found: values.len(),
        });
    }
    for &value in values {
        if !(value.is_finite() && value >= 0.0) {
            return Err(RobustError::BadNumber {
                what: "multiplier",
                index,
                value,
                allowed: "not negative",
            });
        }
    }
    Ok(())
}

/// A ratio that can be attained by something.
pub(crate) fn check_ratio(value: f64) -> Result<(), RobustError> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(RobustError::BadNumber {
        what: "ratio",
        index: 0,
        value,
        allowed: "positive",
    })
}

pub(crate) fn project(m: &mut Mat<c64>, field: Field) {
    linalg::symmetrise(m);
    if field == Field::Real {
        for j in 0..m.ncols() {
            for i in 0..m.nrows() {
                m[(i, j)].im = 0.0;
            }
        }
    }
}

/// `max { t : M - t e_last e_last^T ⪰ 0 }`, negative infinity if the leading block is not
/// positive semidefinite. A direction in which the leading block vanishes must not couple to
/// the last row.
pub(crate) fn last_pivot(m: &Mat<c64>, field: Field) -> f64 {
    let n = m.nrows() - 1;
    let mut m = m.clone();
    project(&mut m, field);
    if n == 0 {
        return m[(0, 0)].re;
    }
    // A unit diagonal makes the decision about the leading block independent of scale.
    let d: Vec<f64> = (0..n).map(|i| m[(i, i)].re.max(0.0).sqrt()).collect();
    let active: Vec<usize> = (0..n).filter(|&i| d[i] > 0.0).collect();
    let size = m[(n, n)].re.abs().max(f64::MIN_POSITIVE);
    for i in (0..n).filter(|&i| d[i] == 0.0) {
        // A zero (or negative) diagonal entry admits only zeros beside it.
        let coupled = (0..=n).any(|j| m[(i, j)].norm() > 1e-13 * size);
        if m[(i, i)].re < -1e-13 * size || coupled {
            return f64::NEG_INFINITY;
        }
    }
    if active.is_empty() {
        return m[(n, n)].re;
    }
    let a = Mat::from_fn(active.len(), active.len(), |i, j| {
        m[(active[i], active[j])] / (d[active[i]] * d[active[j]])
    });
    let Some(l) = linalg::cholesky(a.as_ref()) else {
        return f64::NEG_INFINITY;
    };
    let mut v = Mat::from_fn(active.len(), 1, |i, _| m[(active[i], n)] / d[active[i]]);
    linalg::solve_lower(l.as_ref(), v.as_mut());
    m[(n, n)].re - linalg::inner(v.as_ref(), v.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pivot(rows: &[&[f64]]) -> f64 {
        let m = Mat::from_fn(rows.len(), rows.len(), |i, j| c64::from(rows[i][j]));
        last_pivot(&m, Field::Real)
    }

    #[test]
    fn last_pivots_by_hand() {
        assert_eq!(pivot(&[&[7.0]]), 7.0);
        assert_eq!(pivot(&[&[4.0, 2.0], &[2.0, 3.0]]), 2.0);
        // Whatever the scales: 3 - (1 + 1).
        let graded = pivot(&[
            &[1e-20, 0.0, 1e-10],
            &[0.0, 1e20, 1e10],
            &[1e-10, 1e10, 3.0],
        ]);
        assert!((graded - 1.0).abs() < 1e-12, "{graded}");
        let coupled = pivot(&[&[2.0, 1.0, 2.0], &[1.0, 1.0, 1.0], &[2.0, 1.0, 5.0]]);
        assert!((coupled - 3.0).abs() < 1e-12, "{coupled}");
    }

    /// Where the leading block vanishes the last row has to, too; where it is negative nothing helps.
    #[test]
    fn last_pivots_of_singular_blocks() {
        assert_eq!(pivot(&[&[0.0, 0.0], &[0.0, 3.0]]), 3.0);
        assert_eq!(pivot(&[&[0.0, 1e-9], &[1e-9, 3.0]]), f64::NEG_INFINITY);
        assert_eq!(pivot(&[&[-1e-9, 0.0], &[0.0, 3.0]]), f64::NEG_INFINITY);
        let zeros_beside = [[4.0, 0.0, 2.0], [0.0, 0.0, 0.0], [2.0, 0.0, 3.0]];
        assert_eq!(pivot(&zeros_beside.each_ref().map(|r| r.as_slice())), 2.0);
        let indefinite = [[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        assert_eq!(
            pivot(&indefinite.each_ref().map(|r| r.as_slice())),
            f64::NEG_INFINITY
        );
    }
}
