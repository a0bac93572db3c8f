//! The semidefinite relaxation at a fixed ratio.
//!
//! At fixed `γ` the margin `τ` is maximised in the scaled inequality of [`crate::ratio::normalised`]
//! (`τ` stands in the place of the floor). This is always feasible (`W = 0`, `μ = 0`,
//! `τ = 0`), so "is `γ` attainable" becomes the comparison `τ*(γ) ≥ γ`, with a bound on either
//! side: the program's value on the attainable side, its dual's on the other. No phase one, no
//! reading of a solver's failure as infeasibility.

use faer::{Mat, c64};

use crate::hermitian::linalg;
use crate::ratio::error::RobustError;
use crate::ratio::max_min::programs::dual_bound::MarginPoint;
use crate::ratio::max_min::programs::relaxation::Relaxation;
use crate::ratio::outcome::{unless, usable};
use crate::sdp::{
    Control, IterationReport, LinearForm, Lmi, MatrixId, ScalarId, ScalarUnknown, SdpProblem,
    SdpSolution, SdpSolver, SolveRequest, Tolerance,
};

/// What keeps the forms of a program from growing or vanishing.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Normalisation {
    /// The budgets; the margin is to be maximised.
    Budgets,
    /// The budgets, at a given margin.
    BudgetsAtMargin(f64),
    /// The budgets' average is exhausted exactly; the margin is to be maximised and may be
    /// negative.
    AverageBudget,
}

/// The handles of a program built by [`Relaxation`].
struct Program {
    problem: SdpProblem,
    forms: Vec<MatrixId>,
    margin: Option<ScalarId>,
    /// Of each target: its constraints with a multiplier.
    multipliers: Vec<Vec<(usize, ScalarId)>>,
}

impl Relaxation<'_> {
    fn program(&self, ratio: f64, normalisation: Normalisation) -> Program {
        let mut problem = SdpProblem::new();
        let count = self.scaled.targets.len();
        let forms: Vec<MatrixId> = (0..count)
            .map(|j| {
                let basis = self.coordinates.basis(j);
                problem.add_matrix_with_magnitude(basis.field, basis.magnitude(j, ratio))
            })
            .collect();
        let fixed_margin = match normalisation {
            Normalisation::BudgetsAtMargin(value) => Some(value),
            Normalisation::Budgets | Normalisation::AverageBudget => None,
        };
        let margin = match fixed_margin {
            None => Some(problem.add_scalar(ScalarUnknown::Free)),
            Some(_) => None,
        };
        let mut multipliers = Vec::with_capacity(count);
        for (k, target) in self.scaled.targets.iter().enumerate() {
            let side = target.side();
            let mut lmi = Lmi::new(side, target.field);
            for factor in &self.factors[k] {
                lmi.add_factor(factor.clone());
            }
            for (j, &form) in forms.iter().enumerate() {
                let weight = if j == k { 1.0 } else { -ratio };
                lmi.add_congruence(weight, self.coordinates.index(j), form);
            }
            multipliers.push(target.add_multiplier_unknowns(&mut problem, &mut lmi));
            match (margin, fixed_margin) {
                (Some(tau), _) => lmi.add_diagonal(tau, [(side - 1, -target.floor * self.unit)]),
                (None, Some(value)) => {
                    lmi.constant[(side - 1, side - 1)] = c64::new(-target.floor * value, 0.0);
                }
                (None, None) => {}
            }
            problem.add_lmi(lmi);
        }
        // A linear form given by its coefficient in each basis.
        let over_forms = |coefficients: &dyn Fn(usize) -> Mat<c64>| {
            forms
                .iter()
                .enumerate()
                .fold(LinearForm::new(), |sum, (j, &id)| {
                    sum.matrix(id, coefficients(self.coordinates.index(j)))
                })
        };
        if normalisation == Normalisation::AverageBudget {
            problem.add_equality(over_forms(&|basis| self.average_budget_form(basis)), 1.0);
        } else {
            for m in 0..self.scaled.ranges.len() {
                problem.add_inequality(
                    over_forms(&|basis| self.budget_forms[basis][m].clone()),
                    1.0,
                );
            }
        }
        Program {
            problem,
            forms,
            margin,
            multipliers,
        }
    }

    /// Maximises the margin at `ratio`.
    ///
    /// The bounds that follow from the solution are in error by the square of the distance to
    /// the root and, to first order, by the gap; so the solve ends as soon as the gap is
    /// small against that square, or at `accuracy` (relative to the ratio, in the ratio).
    /// `slope` is a guess of `dτ*/dγ`.
    pub(crate) fn margin(
        &self,
        solver: &dyn SdpSolver,
        ratio: f64,
        accuracy: f64,
        slope: f64,
        cancelled: &mut dyn FnMut() -> bool,
    ) -> Result<MarginPoint, RobustError> {
        let mut program = self.program(ratio, Normalisation::Budgets);
        if let Some(tau) = program.margin {
            program.problem.objective = LinearForm::new().scalar(tau, 1.0);
        }
        let valid = program.problem.clone().check()?;
        let target = ratio / self.unit;
        let steepness = 1.0 - slope.min(0.0);
        // The bound that the multipliers prove suffers from what they lack in feasibility.
        let feasibility = (0.01 * target).clamp(1e-13, 1e-9);
        let mut monitor = |report: &IterationReport| {
            if cancelled() {
                return Control::Cancel;
            }
            let r = report.residuals;
            let middle = 0.5 * (r.primal_objective + r.dual_objective);
            let distance = (middle / target - 1.0).abs() / steepness;
            let wanted = (0.3 * distance * distance)
                .min(0.1 * distance)
                .max(accuracy);
            let gap = r.gap.abs().min(report.complementarity);
            if r.primal < 1e-9 && r.dual < feasibility && gap < wanted * steepness * target {
                Control::Accept
            } else {
                Control::Continue
            }
        };
        let request = SolveRequest {
            tolerance: Tolerance {
                relative_gap: accuracy * steepness,
                objective_floor: target,
                feasibility,
            },
            start: None,
            monitor: Some(&mut monitor),
        };
        let solution = usable(solver, valid.solved_by(solver, request), 1e-3)?;
        Ok(self.margin_point(ratio, &program, &solution))
    }

    /// The forms of margin `margin` at `ratio` that use the least total budget; given
    /// directions (unit columns in normalised coordinates), the forms that use least outside of
    /// them.
    pub(crate) fn least_budget(
        &self,
        solver: &dyn SdpSolver,
        ratio: f64,
        margin: f64,
        directions: Option<&[Mat<c64>]>,
        accuracy: f64,
        cancelled: &mut dyn FnMut() -> bool,
    ) -> Result<Vec<Mat<c64>>, RobustError> {
        let mut program = self.program(ratio, Normalisation::BudgetsAtMargin(margin));
        let mut objective = LinearForm::new();
        for (j, &id) in program.forms.iter().enumerate() {
            let n = self.coordinates.basis(j).dimension();
            let mut cost = Mat::<c64>::zeros(n, n);
            for form in &self.budget_forms[self.coordinates.index(j)] {
                cost -= form;
            }
            if let Some(directions) = directions {
                let f = self.coordinates.basis(j).columns.as_ref();
                let along = linalg::mul_adjoint_left(f, directions[j].as_ref());
                // A little of the budget stays in the objective to keep it bounded below.
                let weight = faer::Scale(c64::new(1.0 - 1e-3, 0.0));
                cost += linalg::mul_adjoint_right(along.as_ref(), along.as_ref()) * weight;
            }
            objective = objective.matrix(id, cost);
        }
        program.problem.objective = objective;
        let valid = program.problem.check()?;
        let mut monitor = unless(cancelled);
        let request = SolveRequest {
            tolerance: Tolerance {
                relative_gap: accuracy,
                objective_floor: 1e-6,
                // Only the forms matter here, and they are primal.
                feasibility: 1e-7,
            },
            start: None,
            monitor: Some(&mut monitor),
        };
        Ok(usable(solver, valid.solved_by(solver, request), 1e-3)?
            .primal
            .matrices)
    }

    fn margin_point(&self, ratio: f64, program: &Program, solution: &SdpSolution) -> MarginPoint {
        let mut forms: Vec<Mat<c64>> = program
            .forms
            .iter()
            .map(|id| solution.primal.matrices[id.index()].clone())
            .collect();
        let (dual, slope) = self.dual_feasible(&forms, solution);
        let used = self.used_budget(&forms).max(1.0);
        if used > 1.0 {
            let down = c64::new(1.0 / used, 0.0);
            forms.iter_mut().for_each(|x| *x *= faer::Scale(down));
        }
        let targets = self.scaled.targets.iter().zip(&program.multipliers);
        let multipliers = targets
            .map(|(target, list)| {
                let mut values = vec![0.0; target.constraints.len()];
                for &(i, id) in list {
                    values[i] = target.admissible(i, solution.primal.scalars[id.index()]) / used;
                }
                values
            })
            .collect();
        MarginPoint {
            ratio,
            forms,
            multipliers,
            margin: solution.residuals.primal_objective * self.unit,
            slope,
            dual,
        }
    }

    /// `X ↦ mean over m of Tr(Π_m F X F^H)`.
    fn average_budget_form(&self, basis: usize) -> Mat<c64> {
        let n = self.coordinates.bases[basis].dimension();
        let weight = c64::new(1.0 / self.scaled.ranges.len() as f64, 0.0);
        let mut sum = Mat::<c64>::zeros(n, n);
        for form in &self.budget_forms[basis] {
            sum += form * faer::Scale(weight);
        }
        sum
    }

    /// The margin, in its unit, with the budgets replaced by `mean = 1`, and the slope; a
    /// negative margin means that no forms whatsoever attain the ratio. See
    /// [`crate::ratio::max_min::programs::critical`].
    pub(crate) fn homogeneous(
        &self,
        solver: &dyn SdpSolver,
        ratio: f64,
        accuracy: f64,
        cancelled: &mut dyn FnMut() -> bool,
    ) -> Result<MarginPoint, RobustError> {
        let mut program = self.program(ratio, Normalisation::AverageBudget);
        if let Some(tau) = program.margin {
            program.problem.objective = LinearForm::new().scalar(tau, 1.0);
        }
        let valid = program.problem.clone().check()?;
        let mut monitor = unless(cancelled);
        let request = SolveRequest {
            tolerance: Tolerance {
                relative_gap: accuracy,
                objective_floor: 1.0,
                feasibility: 1e-9,
            },
            start: None,
            monitor: Some(&mut monitor),
        };
        let solution = usable(solver, valid.solved_by(solver, request), 1e-3)?;
        Ok(self.margin_point(ratio, &program, &solution))
    }
}
