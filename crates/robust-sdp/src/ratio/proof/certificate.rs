//! How well forms and multipliers prove a claim.

use faer::{Mat, c64};

use super::lower;
use crate::hermitian::linalg;
use crate::ratio::error::RobustError;
use crate::ratio::problem::ValidRatioProblem;

/// What `(W, μ)` prove about a ratio, smallest over targets.
///
/// The matrix inequality is
/// `L_k = B_k^H (W_k/γ - Σ_{j≠k} W_j) B_k + blkdiag(μ_1 I, .., μ_L I, -Σμ - σ_k²)`,
/// `B_k = [E_{k,1} .. E_{k,L}, ĥ_k]`; with [phases](crate::ErrorBlock::Phase) there is one column more for each
/// group that turns, and there are multipliers for their arcs, moduli (of any sign) and pairs.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
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
/// multipliers (`μ` of each target, in the unit of the floor and the order of
/// [`Proven::multipliers`](crate::Proven::multipliers)).
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
    problem.check_forms(forms)?;
    check_multipliers(problem, multipliers)?;
    check_ratio(ratio)?;
    let mut certificate = Certificate {
        min_lmi_eigenvalue_relative: f64::INFINITY,
        noise_margin: f64::INFINITY,
        max_power_ratio: used_budget(problem, forms),
    };
    for (k, values) in multipliers.iter().enumerate() {
        let (mut m, terms) = lower::matrix(problem, forms, k, ratio, values);
        let side = m.nrows();
        // In units of its terms: nothing in the relative eigenvalue, everything for tiny channels.
        m *= faer::Scale(c64::from(1.0 / terms));
        let (values_of_m, _) =
            linalg::eigen(m.as_ref(), false).ok_or(RobustError::Eigenvalues {
                dim: side,
                place: "certificate",
            })?;
        let mut largest = values_of_m.iter().fold(0.0f64, |a, v| a.max(v.abs()));
        if side == 1 {
            // Without errors the inequality is a number, signal less interference and noise, and often
            // zero but for rounding: its size is that of its terms.
            largest = largest.max(1.0);
        }
        certificate.noise_margin =
            (certificate.noise_margin).min(lower::noise_margin(problem, forms, k, ratio, values));
        certificate.min_lmi_eigenvalue_relative = certificate
            .min_lmi_eigenvalue_relative
            .min(values_of_m[0] / largest.max(f64::MIN_POSITIVE));
    }
    Ok(certificate)
}

/// The largest share of a budget that forms use.
fn used_budget(problem: &ValidRatioProblem, forms: &[Mat<c64>]) -> f64 {
    let share = |(rows, budget): (std::ops::Range<usize>, &f64)| {
        let power = |g: &Mat<c64>| {
            let length = linalg::norm(g.as_ref().subrows(rows.start, rows.len())) / budget.sqrt();
            length * length
        };
        forms.iter().map(power).sum::<f64>()
    };
    let shares = problem.group_ranges().into_iter().zip(&problem.budgets);
    shares.map(share).fold(0.0, f64::max)
}

/// For each target as many multipliers as it needs, of the right signs.
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
    let inequality = super::inequality::Inequality::new(problem, index);
    let expected = inequality.multipliers.len();
    if values.len() != expected {
        return Err(RobustError::WrongLength {
            what: "multipliers of a target",
            expected,
            found: values.len(),
        });
    }
    for (multiplier, &value) in inequality.multipliers.iter().zip(values) {
        if !(value.is_finite() && (multiplier.free || value >= 0.0)) {
            return Err(RobustError::BadNumber {
                what: "multiplier",
                index,
                value,
                allowed: if multiplier.free {
                    "of any sign"
                } else {
                    "not negative"
                },
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
