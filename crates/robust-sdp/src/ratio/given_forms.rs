//! Worst cases of given forms.
//!
//! With the forms fixed, the S-procedure's inequality is linear in the ratio and the
//! multipliers together, so each target's certified ratio is one small semidefinite program
//! with as many unknowns as there are error blocks, plus one.

use faer::{Mat, c64};

use crate::hermitian::Field;
use crate::hermitian::linalg;
use crate::ratio::error::RobustError;
use crate::ratio::normalised::{NormalisedProblem, NormalisedTarget};
use crate::ratio::outcome::usable;
use crate::ratio::problem::ValidRatioProblem;
use crate::ratio::proof::certificate::{
    check_multipliers, check_ratio, check_shapes, last_pivot, ratio_matrix,
};
use crate::ratio::proof::rounding::{Reserve, least_nominal};
use crate::sdp::{
    LinearForm, Lmi, PrimalPoint, ScalarUnknown, SdpProblem, SdpSolver, SolveRequest, Tolerance,
};

/// The certified worst case of one target.
#[derive(Debug, Clone, PartialEq)]
pub struct WorstCase {
    /// A ratio attained for every error; zero when none can be certified.
    pub ratio: f64,
    /// The multipliers that prove it, in the unit of the floor (empty when the ratio is zero).
    pub multipliers: Vec<f64>,
}

/// Ratio of each target without error, `ĥ^H W_k ĥ / (Σ_{j≠k} ĥ^H W_j ĥ + σ²)`.
///
/// # Errors
/// Wrong shapes.
pub fn nominal_ratios(
    problem: &ValidRatioProblem,
    forms: &[Mat<c64>],
) -> Result<Vec<f64>, RobustError> {
    check_shapes(problem, forms)?;
    let (scaled, columns) = normalise(problem, forms);
    Ok(scaled
        .targets
        .iter()
        .enumerate()
        .map(|(k, target)| {
            let (signal, rest) = nominal_parts(target, &columns, k);
            signal / (rest + target.floor)
        })
        .collect())
}

/// The largest ratio of each target that the S-procedure certifies for the given forms.
///
/// `forms` are columns `G_j`, `W_j = G_j G_j^H`, in the problem's coordinates. If the problem
/// is reduced, they must have been part of the span. Cost: one program of side `1 + Σ columns`
/// and `1 + L` unknowns per target.
///
/// # Errors
/// Wrong shapes, or the solver's.
pub fn worst_case_ratios(
    problem: &ValidRatioProblem,
    forms: &[Mat<c64>],
    solver: &dyn SdpSolver,
) -> Result<Vec<WorstCase>, RobustError> {
    check_shapes(problem, forms)?;
    let (scaled, columns) = normalise(problem, forms);
    scaled
        .targets
        .iter()
        .enumerate()
        .map(|(k, target)| {
            let mut worst = worst_case(target, &columns, k, solver)?;
            let unit = scaled.multiplier_unit(problem, k, worst.ratio);
            if worst.ratio > 0.0 {
                worst.multipliers.iter_mut().for_each(|m| *m *= unit);
            }
            Ok(worst)
        })
        .collect()
}

/// The largest margin of each target at a fixed ratio, in units of its floor: the ratio is
/// attained where the margin is at least one. Multipliers are optimised for each.
///
/// # Errors
/// Wrong shapes, a ratio that is not positive, or the solver's.
pub fn margins(
    problem: &ValidRatioProblem,
    forms: &[Mat<c64>],
    ratio: f64,
    solver: &dyn SdpSolver,
) -> Result<Vec<f64>, RobustError> {
    check_shapes(problem, forms)?;
    check_ratio(ratio)?;
    let (scaled, columns) = normalise(problem, forms);
    scaled
        .targets
        .iter()
        .enumerate()
        .map(|(k, target)| {
            Ok(best_margin(target, &columns, k, ratio, solver)? / (target.floor * ratio))
        })
        .collect()
}

/// The margin of each target at a fixed ratio with given multipliers (in the unit of the
/// floor), in units of its floor; negative infinity where the inequality cannot hold.
///
/// # Errors
/// Wrong shapes, a negative multiplier, or a ratio that is not positive.
pub fn margins_with_multipliers(
    problem: &ValidRatioProblem,
    forms: &[Mat<c64>],
    multipliers: &[Vec<f64>],
    ratio: f64,
) -> Result<Vec<f64>, RobustError> {
    check_shapes(problem, forms)?;
    check_multipliers(problem, multipliers)?;
    check_ratio(ratio)?;
    let (scaled, columns) = normalise(problem, forms);
    Ok(scaled
        .targets
        .iter()
        .enumerate()
        .map(|(k, target)| {
            let unit = scaled.multiplier_unit(problem, k, ratio);
            let mut m = ratio_matrix(target, &columns, k, ratio);
            target.add_multipliers(&mut m, &multipliers[k], unit);
            last_pivot(&m, target.field) / (target.floor * ratio)
        })
        .collect())
}

fn normalise(
    problem: &ValidRatioProblem,
    forms: &[Mat<c64>],
) -> (NormalisedProblem, Vec<Mat<c64>>) {
    let scaled = NormalisedProblem::new(problem);
    let columns = forms
        .iter()
        .map(|g| scaled.scale_columns(g.as_ref()))
        .collect();
    (scaled, columns)
}

fn nominal_parts(target: &NormalisedTarget, columns: &[Mat<c64>], k: usize) -> (f64, f64) {
    let mut parts = (0.0, 0.0);
    for (j, g) in columns.iter().enumerate() {
        let c = linalg::mul_adjoint_left(target.nominal(), g.as_ref());
        let power = linalg::inner(c.as_ref(), c.as_ref());
        if j == k {
            parts.0 += power;
        } else {
            parts.1 += power;
        }
    }
    parts
}

/// Maximises `γ` in `B^H (W_k - γ Σ W_j) B + blkdiag(μ I, -Σμ - s γ) ⪰ 0`, whose optimum is
/// never negative (`γ = 0`, `μ = 0` is feasible).
pub(crate) fn worst_case(
    target: &NormalisedTarget,
    columns: &[Mat<c64>],
    k: usize,
    solver: &dyn SdpSolver,
) -> Result<WorstCase, RobustError> {
    let (signal, rest) = nominal_parts(target, columns, k);
    let nominal = signal / (rest + target.floor);
    let zero = WorstCase {
        ratio: 0.0,
        multipliers: Vec::new(),
    };
    if nominal.is_nan()
        || nominal <= crate::ratio::max_min::SMALLEST_RATIO
        || target.swallowed().is_some()
        || silenced(target, &columns[k])
    {
        return Ok(zero);
    }
    if target.is_exact() {
        return Ok(WorstCase {
            ratio: least_nominal(target, columns, k),
            multipliers: vec![0.0; target.constraints.len()],
        });
    }
    let side = target.side();
    let wanted = ratio_matrix(target, columns, k, 0.0);
    let unwanted = {
        // B^H Σ_{j≠k} W_j B + s e e^T
        let mut m = &wanted - &ratio_matrix(target, columns, k, 1.0);
        m[(side - 1, side - 1)] += c64::new(target.floor, 0.0);
        m
    };
    // The natural unit makes wanted and unwanted forms alike in size. The worst case may still
    // be orders away from it; solve again in its own unit, but not so far that a coefficient of
    // the program vanishes. What is below 1e-8 of the nominal ratio counts as nothing.
    let size = (0..side).map(|i| unwanted[(i, i)].re).fold(0.0, f64::max);
    let natural = (signal / size).min(nominal);
    let smallest = (1e-8 * nominal).max(crate::ratio::max_min::SMALLEST_RATIO);
    let mut unit = natural;
    let mut best = zero;
    let mut bound = nominal;
    for _ in 0..4 {
        let (ratio, upper, multipliers) =
            match in_unit(target, &wanted, &unwanted, signal, unit, solver) {
                Ok(found) => found,
                // The first solve has located the ratio already; finer ones only add digits.
                Err(_) if best.ratio > 0.0 => return Ok(best),
                Err(error) => return Err(error),
            };
        best = proven(target, columns, k, ratio, multipliers, best);
        bound = bound.min(upper);
        let finer = (2.0 * upper).max(1e-4 * natural).min(nominal);
        let settled = upper < best.ratio * (1.0 + 1e-8) || (0.4..2.5).contains(&(finer / unit));
        if upper < smallest || settled {
            break;
        }
        unit = finer;
    }
    if best.ratio == 0.0 && bound > smallest.max(1e-6 * natural) {
        return Err(RobustError::Unproven {
            target: k,
            upper: bound,
        });
    }
    Ok(best)
}

/// Whether some error leaves nothing of the signal: for a single vector `w` and independent complex
/// balls `x_i`, `h^H w = ĥ^H w + Σ_i x_i^H E_i^H w` vanishes somewhere exactly if `|ĥ^H w| ≤ Σ_i ‖E_i^H w‖`.
/// The program's optimum is then zero without a strictly complementary solution, which solvers dislike.
fn silenced(target: &NormalisedTarget, own: &Mat<c64>) -> bool {
    if own.ncols() != 1 || target.field != Field::Complex {
        return false;
    }
    let seen = linalg::mul_adjoint_left(target.factor.as_ref(), own.as_ref());
    let reach: f64 = (target.constraints.iter())
        .filter(|constraint| constraint.is_unit_ball())
        .map(|constraint| {
            let block = target.blocks[constraint.block].clone();
            linalg::norm(seen.as_ref().subrows(block.start, block.len()))
        })
        .sum();
    seen[(target.side() - 1, 0)].norm() <= reach
}

/// The program of [`worst_case`] with the ratio counted in `unit`: the ratio, an upper bound,
/// and the multipliers.
fn in_unit(
    target: &NormalisedTarget,
    wanted: &Mat<c64>,
    unwanted: &Mat<c64>,
    signal: f64,
    unit: f64,
    solver: &dyn SdpSolver,
) -> Result<(f64, f64, Vec<f64>), RobustError> {
    let mut problem = SdpProblem::new();
    let gamma = problem.add_scalar(ScalarUnknown::Free);
    let mut lmi = Lmi::new(target.side(), target.field);
    lmi.constant = wanted * faer::Scale(c64::new(1.0 / signal, 0.0));
    lmi.add_dense(
        gamma,
        &(unwanted * faer::Scale(c64::new(-unit / signal, 0.0))),
    );
    let multipliers = target.add_multiplier_unknowns(&mut problem, &mut lmi);
    problem.add_lmi(lmi);
    problem.objective = LinearForm::new().scalar(gamma, 1.0);
    // Strictly feasible: unwanted forms help where the ratio is negative.
    let mut scalars = vec![0.1 / multipliers.len() as f64; multipliers.len() + 1];
    scalars[gamma.index()] = -1.0;
    let start = PrimalPoint {
        matrices: Vec::new(),
        scalars,
    };
    let valid = problem.check()?;
    let attempt = |start: Option<&PrimalPoint>| {
        let request = SolveRequest {
            tolerance: Tolerance {
                relative_gap: 1e-9,
                objective_floor: 1e-2,
                feasibility: 1e-9,
            },
            start,
            ..SolveRequest::default()
        };
        usable(solver, solver.solve(&valid, request), 1e-2)
    };
    // Where a start so close to the boundary misleads the solver, its own may not.
    let solution = match attempt(Some(&start)) {
        Err(error) if !error.is_cancellation() => attempt(None)?,
        outcome => outcome?,
    };
    let ratio = solution.primal.scalars[gamma.index()] * unit;
    let upper = (solution.residuals.dual_objective * unit).max(ratio);
    let mut values = vec![0.0; target.constraints.len()];
    for (i, id) in multipliers {
        values[i] = solution.primal.scalars[id.index()].max(0.0) * signal;
    }
    Ok((ratio, upper, values))
}

/// Accepts a ratio with its multipliers only after checking them, giving way in ever larger
/// steps (to a tenth) where the solver's last digits were not good enough. What is accepted holds
/// exactly for the numbers given, whatever [rounding](Reserve) did to the check.
pub(crate) fn proven(
    target: &NormalisedTarget,
    columns: &[Mat<c64>],
    k: usize,
    ratio: f64,
    multipliers: Vec<f64>,
    best: WorstCase,
) -> WorstCase {
    if ratio.is_nan() || ratio <= best.ratio.max(crate::ratio::max_min::SMALLEST_RATIO) {
        return best;
    }
    let gives = std::iter::once(0.0).chain((0..20).map(|i| 1e-10 * 3f64.powi(i)));
    for give in gives {
        let ratio = ratio * (1.0 - give);
        let mut m = ratio_matrix(target, columns, k, ratio);
        target.add_multipliers(&mut m, &multipliers, 1.0);
        let reserve = Reserve::new(target, columns, k, ratio, &multipliers);
        for (i, part) in reserve.diagonal.iter().enumerate() {
            m[(i, i)] -= c64::from(*part);
        }
        if last_pivot(&m, target.field) >= target.floor * ratio {
            return WorstCase {
                ratio: reserve.ratio(ratio),
                multipliers: (multipliers.iter())
                    .map(|&m| reserve.multiplier(m))
                    .collect(),
            };
        }
    }
    best
}

/// `max τ` over multipliers at a fixed ratio.
fn best_margin(
    target: &NormalisedTarget,
    columns: &[Mat<c64>],
    k: usize,
    ratio: f64,
    solver: &dyn SdpSolver,
) -> Result<f64, RobustError> {
    let side = target.side();
    let m = ratio_matrix(target, columns, k, ratio);
    let size = linalg::norm(m.as_ref()).max(f64::MIN_POSITIVE);
    let mut problem = SdpProblem::new();
    let tau = problem.add_scalar(ScalarUnknown::Free);
    let mut lmi = Lmi::new(side, target.field);
    lmi.constant = &m * faer::Scale(c64::new(1.0 / size, 0.0));
    lmi.add_diagonal(tau, [(side - 1, -1.0)]);
    let multipliers = target.add_multiplier_unknowns(&mut problem, &mut lmi);
    problem.add_lmi(lmi);
    problem.objective = LinearForm::new().scalar(tau, 1.0);
    let request = SolveRequest {
        tolerance: Tolerance {
            relative_gap: 1e-8,
            objective_floor: (target.floor * ratio / size).max(1e-9),
            feasibility: 1e-9,
        },
        ..SolveRequest::default()
    };
    let solution = usable(solver, solver.solve(&problem.check()?, request), 1e-6)?;
    // What the multipliers prove, whatever the solver thinks of them.
    let mut values = vec![0.0; target.constraints.len()];
    for (i, id) in multipliers {
        values[i] = solution.primal.scalars[id.index()].max(0.0);
    }
    let mut proof = m;
    target.add_multipliers(&mut proof, &values, 1.0 / size);
    Ok(last_pivot(&proof, target.field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HermitianIpm;
    use crate::ratio::normalised::NormalisedProblem;
    use crate::ratio::problem::{ErrorBlock, RatioProblem, RatioTarget};

    /// One vector of length 5 with a ball of radius 1 around it, one beam of length 1 along it: the least
    /// ratio is (5 - 1)²/2. Whatever a solver may claim, no more than that is accepted.
    #[test]
    fn nothing_is_accepted_that_is_not_so() {
        let problem = RatioProblem {
            group_sizes: vec![2],
            budgets: vec![1.0],
            targets: vec![RatioTarget {
                nominal: vec![c64::from(3.0), c64::new(0.0, 4.0)],
                errors: vec![ErrorBlock::Ball {
                    group: 0,
                    radius: 1.0,
                }],
                floor: 2.0,
            }],
        }
        .check()
        .unwrap();
        let scaled = NormalisedProblem::new(&problem);
        let target = &scaled.targets[0];
        let beam = Mat::from_fn(2, 1, |i, _| [c64::from(0.6), c64::new(0.0, 0.8)][i]);
        let columns = [scaled.scale_columns(beam.as_ref())];
        let found = worst_case(target, &columns, 0, &HermitianIpm::default()).unwrap();
        assert!(found.ratio <= 8.0 && found.ratio > 8.0 * (1.0 - 1e-6));

        let none = WorstCase {
            ratio: 0.0,
            multipliers: Vec::new(),
        };
        let accepted = |claimed: f64| {
            let multipliers = found.multipliers.clone();
            proven(target, &columns, 0, claimed, multipliers, none.clone()).ratio
        };
        assert!(accepted(4.0) > 4.0 * (1.0 - 1e-9) && accepted(4.0) <= 4.0);
        assert!(accepted(8.0 * (1.0 + 1e-3)) <= 8.0);
        assert_eq!(accepted(12.0), 0.0);
    }
}
