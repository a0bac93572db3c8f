//! Worst cases of given forms.
//!
//! With the forms fixed, the S-procedure's inequality is linear in the ratio and the
//! multipliers together, so each target's certified ratio is one small semidefinite program
//! with as many unknowns as there are error blocks, plus one.

use faer::{Mat, c64};

use crate::hermitian::{Field, linalg};
use crate::ratio::error::RobustError;
use crate::ratio::normalised::{NormalisedProblem, NormalisedTarget};
use crate::ratio::outcome::{SMALLEST_RATIO, usable};
use crate::ratio::problem::ValidRatioProblem;
use crate::ratio::proof::{Proven, attains, check_multipliers, check_ratio, noise_margin};
use crate::sdp::{
    LinearForm, Lmi, PrimalPoint, ScalarUnknown, SdpProblem, SdpSolver, SolveRequest, Tolerance,
};

/// Ratio of each target without error, `ĥ^H W_k ĥ / (Σ_{j≠k} ĥ^H W_j ĥ + σ²)`.
///
/// # Errors
/// Wrong shapes.
pub fn nominal_ratios(
    problem: &ValidRatioProblem,
    forms: &[Mat<c64>],
) -> Result<Vec<f64>, RobustError> {
    problem.check_forms(forms)?;
    let given = Given::new(problem, forms);
    Ok((0..problem.targets.len())
        .map(|k| {
            let (signal, rest) = given.nominal_parts(k);
            signal / (rest + given.scaled.targets[k].floor)
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
) -> Result<Vec<Proven>, RobustError> {
    problem.check_forms(forms)?;
    let given = Given::new(problem, forms);
    (0..problem.targets.len())
        .map(|k| given.worst_case(k, solver))
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
    problem.check_forms(forms)?;
    check_ratio(ratio)?;
    let given = Given::new(problem, forms);
    (0..problem.targets.len())
        .map(|k| Ok(given.best_margin(k, ratio, solver)?.0))
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
    problem.check_forms(forms)?;
    check_multipliers(problem, multipliers)?;
    check_ratio(ratio)?;
    let margin = |(k, values): (usize, &Vec<f64>)| noise_margin(problem, forms, k, ratio, values);
    Ok(multipliers.iter().enumerate().map(margin).collect())
}

/// Given forms of a problem, in its own units and normalised.
pub(crate) struct Given<'a> {
    problem: &'a ValidRatioProblem,
    forms: &'a [Mat<c64>],
    scaled: NormalisedProblem,
    columns: Vec<Mat<c64>>,
}

impl<'a> Given<'a> {
    pub(crate) fn new(problem: &'a ValidRatioProblem, forms: &'a [Mat<c64>]) -> Self {
        let scaled = NormalisedProblem::new(problem);
        let columns = (forms.iter())
            .map(|g| scaled.scale_columns(g.as_ref()))
            .collect();
        Self {
            problem,
            forms,
            scaled,
            columns,
        }
    }

    /// Signal and interference of target `k` without errors, relative to `‖h_k‖²`.
    fn nominal_parts(&self, k: usize) -> (f64, f64) {
        let nominal = self.scaled.targets[k].nominal();
        let mut parts = (0.0, 0.0);
        for (j, g) in self.columns.iter().enumerate() {
            let c = linalg::mul_adjoint_left(nominal, g.as_ref());
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
        &self,
        k: usize,
        solver: &dyn SdpSolver,
    ) -> Result<Proven, RobustError> {
        let target = &self.scaled.targets[k];
        let (signal, rest) = self.nominal_parts(k);
        let nominal = signal / (rest + target.floor);
        if nominal.is_nan()
            || nominal <= SMALLEST_RATIO
            || target.is_swallowed()
            || silenced(target, &self.columns[k])
        {
            return Ok(Proven::nothing());
        }
        if target.is_exact() {
            let none = vec![0.0; target.constraints.len()];
            return Ok(self.proven(k, nominal, &none, Proven::nothing()));
        }
        let side = target.side();
        let wanted = target.ratio_matrix(&self.columns, k, 0.0);
        let unwanted = {
            // B^H Σ_{j≠k} W_j B + s e e^T
            let mut m = &wanted - &target.ratio_matrix(&self.columns, k, 1.0);
            m[(side - 1, side - 1)] += c64::new(target.floor, 0.0);
            m
        };
        // The natural unit makes wanted and unwanted forms alike in size. The worst case may still
        // be orders away from it; solve again in its own unit, but not so far that a coefficient of
        // the program vanishes. What is below 1e-8 of the nominal ratio counts as nothing.
        let size = (0..side).map(|i| unwanted[(i, i)].re).fold(0.0, f64::max);
        let natural = (signal / size).min(nominal);
        let smallest = (1e-8 * nominal).max(SMALLEST_RATIO);
        let mut unit = natural;
        let mut best = Proven::nothing();
        let mut bound = nominal;
        for _ in 0..4 {
            let (ratio, upper, multipliers) =
                match in_unit(target, &wanted, &unwanted, signal, unit, solver) {
                    Ok(found) => found,
                    // The first solve has located the ratio already; finer ones only add digits.
                    Err(_) if best.ratio() > 0.0 => return Ok(best),
                    Err(error) => return Err(error),
                };
            best = self.proven(k, ratio, &multipliers, best);
            bound = bound.min(upper);
            let finer = (2.0 * upper).max(1e-4 * natural).min(nominal);
            let settled =
                upper < best.ratio() * (1.0 + 1e-8) || (0.4..2.5).contains(&(finer / unit));
            if upper < smallest || settled {
                break;
            }
            unit = finer;
        }
        if best.ratio() == 0.0 && bound > smallest.max(1e-6 * natural) {
            return Err(RobustError::Unproven {
                target: k,
                upper: bound,
            });
        }
        Ok(best)
    }

    /// The better of `best` and what a claim with normalised multipliers proves, giving way in ever
    /// larger steps (to a third) where the solver's last digits were not good enough.
    pub(crate) fn proven(&self, k: usize, ratio: f64, multipliers: &[f64], best: Proven) -> Proven {
        if ratio.is_nan() || ratio <= best.ratio().max(SMALLEST_RATIO) {
            return best;
        }
        let gives = std::iter::once(0.0).chain((0..25).map(|i| 1e-12 * 3f64.powi(i)));
        let attempt = |give: f64| {
            let ratio = ratio * (1.0 - give);
            let unit = self.scaled.multiplier_unit(self.problem, k, ratio);
            let values: Vec<f64> = multipliers.iter().map(|m| m * unit).collect();
            attains(self.problem, self.forms, k, ratio, &values)
        };
        let found = gives.into_iter().find_map(attempt);
        found.filter(|f| f.ratio() > best.ratio()).unwrap_or(best)
    }

    /// `max τ` over multipliers at a fixed ratio, in units of the floor, with the multipliers in the same unit.
    pub(crate) fn best_margin(
        &self,
        k: usize,
        ratio: f64,
        solver: &dyn SdpSolver,
    ) -> Result<(f64, Vec<f64>), RobustError> {
        let target = &self.scaled.targets[k];
        let side = target.side();
        let m = target.ratio_matrix(&self.columns, k, ratio);
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
        let solution = usable(solver, problem.check()?.solved_by(solver, request), 1e-6)?;
        // What the multipliers prove, whatever the solver thinks of them.
        let unit = self.scaled.multiplier_unit(self.problem, k, ratio) * size;
        let mut values = vec![0.0; target.constraints.len()];
        for (i, id) in multipliers {
            values[i] = unit * target.admissible(i, solution.primal.scalars[id.index()]);
        }
        let margin = noise_margin(self.problem, self.forms, k, ratio, &values);
        Ok((margin, values))
    }
}

/// Whether some error leaves nothing of the signal: for a single vector `w` and independent complex
/// balls `x_i`, `h^H w = ĥ^H w + Σ_i x_i^H E_i^H w` vanishes somewhere exactly if `|ĥ^H w| ≤ Σ_i ‖E_i^H w‖`.
/// The program's optimum is then zero without a strictly complementary solution, which solvers dislike.
fn silenced(target: &NormalisedTarget, own: &Mat<c64>) -> bool {
    if own.ncols() != 1 || target.field != Field::Complex || !target.turns.is_empty() {
        return false;
    }
    let seen = linalg::mul_adjoint_left(target.factor.as_ref(), own.as_ref());
    let reach: f64 = (target.blocks.iter())
        .map(|block| linalg::norm(seen.as_ref().subrows(block.start, block.len())))
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
    // Strictly feasible: unwanted forms help where the ratio is negative. (With phases
    // the solver's own start has to do.)
    let start = target.turns.is_empty().then(|| {
        let mut scalars = vec![0.1 / multipliers.len() as f64; multipliers.len() + 1];
        scalars[gamma.index()] = -1.0;
        PrimalPoint {
            matrices: Vec::new(),
            scalars,
        }
    });
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
        usable(solver, valid.solved_by(solver, request), 1e-2)
    };
    // Where a start so close to the boundary misleads the solver, its own may not.
    let solution = match attempt(start.as_ref()) {
        Err(error) if start.is_some() && !error.is_cancellation() => attempt(None)?,
        outcome => outcome?,
    };
    let ratio = solution.primal.scalars[gamma.index()] * unit;
    let upper = (solution.residuals.dual_objective * unit).max(ratio);
    let mut values = vec![0.0; target.constraints.len()];
    for (i, id) in multipliers {
        values[i] = target.admissible(i, solution.primal.scalars[id.index()]) * signal;
    }
    Ok((ratio, upper, values))
}
