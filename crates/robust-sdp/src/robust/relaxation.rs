//! The semidefinite relaxation at a fixed ratio.
//!
//! At fixed `γ` the margin `τ` is maximised in the scaled inequality of [`super::scaled`]
//! (`τ` stands in the place of the floor). This is always feasible (`W = 0`, `μ = 0`,
//! `τ = 0`), so "is `γ` attainable" becomes the comparison `τ*(γ) ≥ γ`, with a bound on either
//! side: the program's value on the attainable side, its dual's on the other. No phase one, no
//! reading of a solver's failure as infeasibility.

use faer::{Mat, c64};

use super::conditioning::{Conditioning, Coordinates};
use super::error::RobustError;
use super::problem::ValidRatioProblem;
use super::scaled::ScaledProblem;
use super::subspace::{Subspace, check_subspaces};
use crate::linalg;
use crate::sdp::{
    Control, IterationReport, LinearForm, Lmi, MatrixId, ScalarId, ScalarUnknown, SdpOutcome,
    SdpProblem, SdpSolution, SdpSolver, SolveRequest, SolverError, Tolerance,
};
use crate::svec::Field;

/// The relaxation of one problem, ready to be solved at many ratios.
#[derive(Debug)]
pub(crate) struct Relaxation<'a> {
    pub(crate) problem: &'a ValidRatioProblem,
    pub(crate) scaled: ScaledProblem,
    pub(crate) coordinates: Coordinates,
    /// `Tr(Π_m F X F^H) = <G_m, X>` for each basis `F` and each group `m`.
    budget_forms: Vec<Vec<Mat<c64>>>,
    /// `B_k^H F` for each target `k` and each basis `F`.
    factors: Vec<Vec<Mat<c64>>>,
    /// Unit of `τ`: the smallest `‖h_k‖²`.
    pub(crate) unit: f64,
}

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
}

/// The solution of the margin program at one ratio.
#[derive(Debug, Clone)]
pub(crate) struct MarginPoint {
    /// `γ`.
    pub(crate) ratio: f64,
    /// `X_j` in conditioned coordinates, within the budgets.
    pub(crate) forms: Vec<Mat<c64>>,
    /// `τ*(γ)` as the solver found it.
    pub(crate) margin: f64,
    /// `dτ*/dγ`.
    pub(crate) slope: f64,
    /// Multipliers that bound the margin from above at every ratio.
    dual: DualBound,
}

/// `F^H B_k Z_k B_k^H F` for each target `k` and each basis `F`, and the prices `p_m` of the
/// budgets.
#[derive(Debug, Clone)]
struct DualBound {
    images: Vec<Vec<Mat<c64>>>,
    prices: Vec<f64>,
}

impl<'a> Relaxation<'a> {
    /// Forms of the whole space.
    pub(crate) fn new(problem: &'a ValidRatioProblem, conditioning: Conditioning) -> Self {
        let scaled = ScaledProblem::new(problem);
        let coordinates = Coordinates::new(&scaled, conditioning);
        Self::build(problem, scaled, coordinates)
    }

    /// Forms restricted to subspaces.
    pub(crate) fn within(
        problem: &'a ValidRatioProblem,
        subspaces: &[Subspace],
    ) -> Result<Self, RobustError> {
        check_subspaces(problem, subspaces)?;
        let scaled = ScaledProblem::new(problem);
        let coordinates = Coordinates::within(&scaled, subspaces);
        Ok(Self::build(problem, scaled, coordinates))
    }

    fn build(
        problem: &'a ValidRatioProblem,
        scaled: ScaledProblem,
        coordinates: Coordinates,
    ) -> Self {
        let budget_forms = coordinates
            .bases
            .iter()
            .map(|basis| {
                scaled
                    .ranges
                    .iter()
                    .map(|range| {
                        let rows = basis.columns.as_ref().subrows(range.start, range.len());
                        linalg::mul_adjoint_left(rows, rows)
                    })
                    .collect()
            })
            .collect();
        let factors = scaled
            .targets
            .iter()
            .map(|target| {
                coordinates
                    .bases
                    .iter()
                    .map(|f| linalg::mul_adjoint_left(target.factor.as_ref(), f.columns.as_ref()))
                    .collect()
            })
            .collect();
        let unit = scaled
            .targets
            .iter()
            .map(|t| 1.0 / t.floor)
            .fold(f64::INFINITY, f64::min);
        Self {
            problem,
            scaled,
            coordinates,
            budget_forms,
            factors,
            unit,
        }
    }

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
            for i in target.active_blocks() {
                let multiplier = problem.add_scalar(ScalarUnknown::NonNegative);
                lmi.add_diagonal(multiplier, target.multiplier_entries(i));
            }
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
        let solution = usable(solver, solver.solve(&valid, request), 1e-3)?;
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
        let mut monitor = |_: &IterationReport| {
            if cancelled() {
                Control::Cancel
            } else {
                Control::Continue
            }
        };
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
        Ok(usable(solver, solver.solve(&valid, request), 1e-3)?
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
        let used = self.used_budget(&forms);
        if used > 1.0 {
            let down = c64::new(1.0 / used, 0.0);
            forms.iter_mut().for_each(|x| *x *= faer::Scale(down));
        }
        MarginPoint {
            ratio,
            forms,
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
    /// [`super::critical`].
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
        let mut monitor = |_: &IterationReport| {
            if cancelled() {
                Control::Cancel
            } else {
                Control::Continue
            }
        };
        let request = SolveRequest {
            tolerance: Tolerance {
                relative_gap: accuracy,
                objective_floor: 1.0,
                feasibility: 1e-9,
            },
            start: None,
            monitor: Some(&mut monitor),
        };
        let solution = usable(solver, solver.solve(&valid, request), 1e-3)?;
        Ok(self.margin_point(ratio, &program, &solution))
    }

    /// Whether the multipliers of a point prove that no forms attain `ratio` at any budget:
    /// `B_j Z_j B_j^H - γ Σ_{k≠j} B_k Z_k B_k^H ≺ 0` for all `j`.
    pub(crate) fn proves_unattainable(&self, point: &MarginPoint, ratio: f64) -> bool {
        self.proves_bound(&point.dual, ratio, None)
    }

    /// Largest share of a budget that the forms use.
    pub(crate) fn used_budget(&self, forms: &[Mat<c64>]) -> f64 {
        (0..self.scaled.ranges.len())
            .map(|m| {
                forms
                    .iter()
                    .enumerate()
                    .map(|(j, x)| {
                        let budget = &self.budget_forms[self.coordinates.index(j)][m];
                        linalg::inner(budget.as_ref(), x.as_ref())
                    })
                    .sum::<f64>()
            })
            .fold(0.0, f64::max)
    }

    /// Turns the solver's multipliers into a dual-feasible point. With `Z_k ⪰ 0`,
    /// `Σ_k s_k [Z_k]_last = 1`, `[Z_k]_last ≥ Tr` of each block and
    /// `Σ_m p_m Π_m ⪰ B_j Z_j B_j^H - γ Σ_{k≠j} B_k Z_k B_k^H` for all `j`, `τ*(γ) ≤ Σ_m p_m`.
    ///
    /// Also the slope `dτ*/dγ = Σ_k <Z_k, -B_k^H Σ_{j≠k} W_j B_k>`.
    fn dual_feasible(&self, forms: &[Mat<c64>], solution: &SdpSolution) -> (DualBound, f64) {
        let mut multipliers = solution.dual.lmis.clone();
        let mut normalisation = 0.0;
        for (z, target) in multipliers.iter_mut().zip(&self.scaled.targets) {
            let last = target.side() - 1;
            let largest = target
                .blocks
                .iter()
                .map(|b| b.clone().map(|p| z[(p, p)].re).sum::<f64>())
                .fold(0.0, f64::max);
            if z[(last, last)].re < largest {
                z[(last, last)] = c64::new(largest, 0.0);
            }
            normalisation += target.floor * z[(last, last)].re;
        }
        let inverse = 1.0 / normalisation.max(f64::MIN_POSITIVE);
        let mut slope = 0.0;
        let mut images: Vec<Vec<Mat<c64>>> = Vec::with_capacity(multipliers.len());
        for (k, z) in multipliers.iter_mut().enumerate() {
            *z *= faer::Scale(c64::new(inverse, 0.0));
            let image: Vec<Mat<c64>> = self.factors[k]
                .iter()
                .map(|t| {
                    let t = t.as_ref();
                    linalg::mul_adjoint_left(t, linalg::mul(z.as_ref(), t).as_ref())
                })
                .collect();
            for (j, x) in forms.iter().enumerate() {
                if j != k {
                    let image = &image[self.coordinates.index(j)];
                    slope -= linalg::inner(image.as_ref(), x.as_ref());
                }
            }
            images.push(image);
        }
        let prices: Vec<f64> = solution
            .dual
            .inequalities
            .iter()
            .map(|p| p.max(0.0) * inverse)
            .collect();
        (DualBound { images, prices }, slope)
    }

    /// Whether multipliers prove `τ*(ratio) ≤ ratio`: do prices in their proportion that add up
    /// to the ratio (or, without `addition`, no prices at all) pay for every form?
    ///
    /// Decided by Cholesky factorisations, which respect the grading of these matrices where
    /// eigenvalues lose their small end.
    fn proves_bound(&self, dual: &DualBound, ratio: f64, addition: Option<f64>) -> bool {
        let mut prices = Vec::new();
        if let Some(addition) = addition {
            // A budget that is not exhausted has a price near zero, and a tiny excess there
            // would have to be paid by raising all prices manyfold: add a little to each first.
            let highest = dual.prices.iter().fold(0.0, |a: f64, p| a.max(*p));
            prices = dual.prices.iter().map(|p| p + addition * highest).collect();
            let scale = ratio / prices.iter().sum::<f64>();
            prices.iter_mut().for_each(|p| *p *= scale);
        }
        (0..dual.images.len()).all(|j| {
            let index = self.coordinates.index(j);
            let basis = self.coordinates.basis(j);
            let n = basis.dimension();
            let mut rest = Mat::<c64>::zeros(n, n);
            for (form, &price) in self.budget_forms[index].iter().zip(&prices) {
                rest += form * faer::Scale(c64::new(price, 0.0));
            }
            for (k, images) in dual.images.iter().enumerate() {
                let weight = if k == j { -1.0 } else { ratio };
                rest += &images[index] * faer::Scale(c64::new(weight, 0.0));
            }
            if basis.field == Field::Real {
                // What pays for every real form.
                rest = Mat::from_fn(n, n, |r, c| c64::new(rest[(r, c)].re, 0.0));
            }
            linalg::cholesky(rest.as_ref()).is_some()
        })
    }

    /// A ratio that no forms exceed, by the multipliers of a point. What they prove is monotone
    /// in the ratio and tangent to the truth at the point's, so the search starts at Newton's
    /// estimate of the root and moves up in growing steps.
    pub(crate) fn ratio_bound(&self, point: &MarginPoint) -> f64 {
        let newton = point.ratio + (point.margin - point.ratio) / (1.0 - point.slope.min(0.0));
        let start = newton.max(0.0);
        let mut step = 1e-10 * newton.abs().max(1e-3 * point.ratio);
        for _ in 0..120 {
            let ratio = start + step;
            for addition in [1e-9, 1e-7, 1e-5, 1e-3, 1.0] {
                if self.proves_bound(&point.dual, ratio, Some(addition)) {
                    return ratio;
                }
            }
            step *= 1.7;
        }
        f64::INFINITY
    }

    /// The ratio that the forms of a point attain, with the multipliers that prove it
    /// (normalised): the worst case over errors of given forms, smallest over targets.
    pub(crate) fn attained_ratio(
        &self,
        point: &MarginPoint,
        solver: &dyn SdpSolver,
    ) -> Result<(f64, Vec<Vec<f64>>), RobustError> {
        let columns = point
            .forms
            .iter()
            .enumerate()
            .map(|(j, x)| self.normalised_columns(j, x))
            .collect::<Result<Vec<_>, RobustError>>()?;
        self.attained_by(&columns, solver)
    }

    /// As [`attained_ratio`](Self::attained_ratio) for normalised columns.
    pub(crate) fn attained_by(
        &self,
        columns: &[Mat<c64>],
        solver: &dyn SdpSolver,
    ) -> Result<(f64, Vec<Vec<f64>>), RobustError> {
        let mut ratio = f64::INFINITY;
        let mut multipliers = Vec::with_capacity(columns.len());
        for (k, target) in self.scaled.targets.iter().enumerate() {
            let worst = super::fixed::worst_case(target, columns, k, solver)?;
            ratio = ratio.min(worst.ratio);
            multipliers.push(worst.multipliers);
        }
        Ok((ratio, multipliers))
    }

    /// Normalised zero-forcing vectors, of equal size and together within the budgets.
    pub(crate) fn zero_forcing_columns(&self) -> Option<Vec<Mat<c64>>> {
        let mut columns = self.coordinates.basis(0).zero_forcing_directions()?;
        let used = super::certificate::used_budget(&self.scaled, &columns);
        let scale = faer::Scale(c64::new(1.0 / used.sqrt(), 0.0));
        columns.iter_mut().for_each(|c| *c *= scale);
        Some(columns)
    }

    fn normalised_columns(&self, target: usize, x: &Mat<c64>) -> Result<Mat<c64>, RobustError> {
        let basis = self.coordinates.basis(target).columns.as_ref();
        Ok(linalg::mul(basis, root(x)?.as_ref()))
    }

    /// Columns `G_j` of the problem's own coordinates with `W_j = G_j G_j^H`, for all targets.
    pub(crate) fn columns(&self, forms: &[Mat<c64>]) -> Result<Vec<Mat<c64>>, RobustError> {
        forms
            .iter()
            .enumerate()
            .map(|(j, x)| {
                let columns = self.normalised_columns(j, x)?;
                Ok(self.scaled.unscale_columns(columns.as_ref()))
            })
            .collect()
    }
}

/// `G` with `X = G G^H`, by the eigenvectors of `X` scaled to a unit diagonal, which respects
/// the grading of `X`.
fn root(x: &Mat<c64>) -> Result<Mat<c64>, RobustError> {
    let n = x.nrows();
    let d: Vec<f64> = (0..n)
        .map(|i| x[(i, i)].re.max(0.0).sqrt().max(f64::MIN_POSITIVE))
        .collect();
    let unit = Mat::from_fn(n, n, |i, j| x[(i, j)] / (d[i] * d[j]));
    let (values, vectors) = linalg::eigen(unit.as_ref(), true).ok_or(RobustError::Eigenvalues {
        dim: n,
        place: "forms",
    })?;
    Ok(Mat::from_fn(n, n, |i, j| {
        vectors[(i, j)] * (d[i] * values[j].max(0.0).sqrt())
    }))
}

/// The solution of a program, or the best iterate of a solver that failed late, its objective
/// known to `accuracy` at least: whatever is made of it (forms, multipliers, prices) is proven
/// afterwards without the solver.
pub(crate) fn usable(
    solver: &dyn SdpSolver,
    outcome: Result<SdpOutcome, SolverError>,
    accuracy: f64,
) -> Result<SdpSolution, RobustError> {
    match outcome {
        Ok(outcome) => solved(solver, outcome),
        Err(error) => match error.last_iterate() {
            Some(last)
                if last.residuals.primal < accuracy.min(1e-4)
                    && last.residuals.dual < 1e-6
                    && last.residuals.relative_gap(1e-3) < accuracy =>
            {
                Ok(last.clone())
            }
            _ => Err(error.into()),
        },
    }
}

/// The solution of a program that is known to have one.
pub(crate) fn solved(
    solver: &dyn SdpSolver,
    outcome: SdpOutcome,
) -> Result<SdpSolution, RobustError> {
    let claim = match outcome {
        SdpOutcome::Optimal(solution) | SdpOutcome::Stopped(solution) => return Ok(solution),
        SdpOutcome::PrimalInfeasible { .. } => "infeasible",
        SdpOutcome::DualInfeasible { .. } => "unbounded",
    };
    Err(RobustError::ImpossibleOutcome {
        solver: solver.name(),
        claim,
    })
}
