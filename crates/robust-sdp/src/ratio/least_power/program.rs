//! The program of least power.
//!
//! Ratios are given, so all is linear in the forms but what is feasible. Forms and multipliers can be scaled together: let
//! `τ` be the floor that forms of total power one tolerate, in units of the problem's own. Then
//!
//! ```math
//! \max_{W,\mu,\tau} \tau \quad \text{s.t.}\quad
//! B_k^H \Big(W_k - t_k \sum_{j\ne k} W_j\Big) B_k + \mathrm{blkdiag}\Big(\mu_1 I, \dots, \mu_L I, -\sum_i \mu_i - s_k t_k \tau\Big) \succeq 0,
//! \quad \sum_j \mathrm{Tr}\, W_j \le 1, \quad \sum_j \mathrm{Tr}(\Pi_m W_j) \le P_m \tau
//! ```
//!
//! has the point `W = 0`, `τ = 0` whatever the ratios, a bounded objective, and the least power is `1/τ*`: no phase one,
//! and no failure to be read as infeasibility. Ratios that are out of reach have `τ* = 0`, which proves nothing;
//! what proves it is another normalisation ([`Normalisation`]) with an optimum away from zero.
//!
//! Everything is in units in which the optimum is near one: powers relative to one of reference, each target's inequality
//! divided by its share of it, `s_k t_k`.

use faer::{Mat, c64};

use crate::ratio::error::RobustError;
use crate::ratio::max_min::programs::relaxation::Relaxation;
use crate::ratio::outcome::{unless, usable};
use crate::ratio::proof::PowerBound;
use crate::sdp::{
    LinearForm, Lmi, MatrixId, ScalarUnknown, SdpProblem, SdpSolver, SolveRequest, Tolerance,
};

/// What keeps the forms from growing or vanishing.
#[derive(Debug, Clone, Copy)]
pub(super) enum Normalisation<'a> {
    /// Their total cost (`Tr C_j W_j`, of power if not given), at most one; each group's power at most so many times `τ`.
    Total {
        costs: Option<&'a [Mat<c64>]>,
        budgets: Option<&'a [f64]>,
    },
    /// Their total power, exactly one: a negative `τ*` means that no power will do.
    Exhausted,
    /// Each group's power, at most this: `τ* < 1` means that the budgets do not suffice.
    Budgets(&'a [f64]),
}

/// A program's solution.
#[derive(Debug, Clone)]
pub(super) struct Point {
    /// `τ*` as the solver found it.
    pub(super) floor: f64,
    /// `X_j`, up to a common factor.
    pub(super) forms: Vec<Mat<c64>>,
    /// `Z_k` of the scaled inequalities.
    multipliers: Vec<Mat<c64>>,
    /// Of the total power, and of the groups' budgets.
    price: f64,
    budget_prices: Option<Vec<f64>>,
}

/// A relaxation with the ratios asked for, in units of a power of reference.
#[derive(Debug)]
pub(super) struct Programs<'a> {
    /// Of the problem with that power as every group's budget.
    pub(super) relaxation: &'a Relaxation<'a>,
    pub(super) ratios: &'a [f64],
    /// The power of reference.
    pub(super) reference: f64,
    pub(super) accuracy: f64,
}

/// What may be added to the prices, relative to the highest: too much costs as much in the bound.
const ADDITIONS: [f64; 12] = [
    0.0, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-2, 1.0,
];

/// Objectives smaller than this are solved for again in other units.
pub(super) const SMALL: f64 = 1e-2;

impl Programs<'_> {
    /// Each target's share of the power of reference, `s_k t_k`.
    fn shares(&self) -> Vec<f64> {
        let targets = self.relaxation.scaled.targets.iter().zip(self.ratios);
        targets
            .map(|(target, ratio)| target.floor * ratio)
            .collect()
    }

    pub(super) fn solve(
        &self,
        normalisation: Normalisation<'_>,
        solver: &dyn SdpSolver,
        cancelled: &mut dyn FnMut() -> bool,
    ) -> Result<Point, RobustError> {
        let mut problem = SdpProblem::new();
        let tau = problem.add_scalar(ScalarUnknown::Free);
        let forms = self.add_forms(&mut problem);
        let shares = self.shares();
        for (k, target) in self.relaxation.scaled.targets.iter().enumerate() {
            let mut lmi = Lmi::new(target.side(), target.field);
            for factor in &self.relaxation.factors[k] {
                lmi.add_factor(factor.clone());
            }
            for (j, &form) in forms.iter().enumerate() {
                let weight = if j == k { 1.0 } else { -self.ratios[k] };
                let place = self.relaxation.coordinates.index(j);
                lmi.add_congruence(weight / shares[k], place, form);
            }
            target.add_multiplier_unknowns(&mut problem, &mut lmi);
            lmi.add_diagonal(tau, [(target.side() - 1, -1.0)]);
            problem.add_lmi(lmi);
        }
        let power = |m: usize| {
            let place = |j: usize| self.relaxation.coordinates.index(j);
            (forms.iter().enumerate()).fold(LinearForm::new(), |sum, (j, &id)| {
                sum.matrix(id, self.relaxation.budget_forms[place(j)][m].clone())
            })
        };
        let groups = self.relaxation.scaled.ranges.len();
        match normalisation {
            Normalisation::Total { costs, budgets } => {
                problem.add_inequality(self.total(&forms, costs), 1.0);
                for (m, budget) in budgets.unwrap_or(&[]).iter().enumerate() {
                    problem.add_inequality(power(m).scalar(tau, -budget), 0.0);
                }
            }
            Normalisation::Exhausted => problem.add_equality(self.total(&forms, None), 1.0),
            Normalisation::Budgets(budgets) => {
                (0..groups).for_each(|m| problem.add_inequality(power(m), budgets[m]));
            }
        }
        problem.objective = LinearForm::new().scalar(tau, 1.0);
        let mut monitor = unless(cancelled);
        let request = SolveRequest {
            tolerance: Tolerance {
                relative_gap: self.accuracy,
                objective_floor: SMALL,
                feasibility: 1e-9,
            },
            start: None,
            monitor: Some(&mut monitor),
        };
        let solution = usable(solver, problem.check()?.solved_by(solver, request), 1e-3)?;
        let prices: Vec<f64> = (solution.dual.inequalities.iter())
            .map(|p| p.max(0.0))
            .collect();
        let (price, budget_prices) = match normalisation {
            Normalisation::Total { budgets: None, .. } => (prices[0], None),
            Normalisation::Total { .. } => (prices[0], Some(prices[1..].to_vec())),
            Normalisation::Exhausted => (0.0, None),
            Normalisation::Budgets(_) => (0.0, Some(prices)),
        };
        Ok(Point {
            floor: solution.residuals.primal_objective,
            forms: (forms.iter())
                .map(|id| solution.primal.matrices[id.index()].clone())
                .collect(),
            multipliers: solution.dual.lmis,
            price,
            budget_prices,
        })
    }

    fn add_forms(&self, problem: &mut SdpProblem) -> Vec<MatrixId> {
        let highest = self.ratios.iter().fold(0.0, |a: f64, t| a.max(*t));
        let add = |(j, share): (usize, &f64)| {
            let basis = self.relaxation.coordinates.basis(j);
            let sizes = basis.magnitude(j, highest).into_iter();
            let magnitude = sizes.map(|size| size * share.sqrt()).collect();
            problem.add_matrix_with_magnitude(basis.field, magnitude)
        };
        self.shares().iter().enumerate().map(add).collect()
    }

    /// `Σ_j Tr C_j F X_j F^H`.
    fn total(&self, forms: &[MatrixId], costs: Option<&[Mat<c64>]>) -> LinearForm {
        let power = |j: usize| {
            let groups = &self.relaxation.budget_forms[self.relaxation.coordinates.index(j)];
            let n = self.relaxation.coordinates.basis(j).dimension();
            groups
                .iter()
                .fold(Mat::<c64>::zeros(n, n), |sum, g| sum + g)
        };
        (forms.iter().enumerate()).fold(LinearForm::new(), |sum, (j, &id)| {
            sum.matrix(id, costs.map_or_else(|| power(j), |c| c[j].clone()))
        })
    }

    /// The power that a point's multipliers and prices prove to be needed, in the problem's own units.
    pub(super) fn power_needed(&self, own: &Relaxation<'_>, point: &Point) -> Option<PowerBound> {
        let bases = own.bases();
        let witness = own.witness_of(&self.claims(point), &bases)?;
        let budget_prices = (point.budget_prices.as_ref()).map(|prices| {
            prices
                .iter()
                .map(|q| q / self.reference)
                .collect::<Vec<_>>()
        });
        // Without a price of power (no power will do), what lies outside of all vectors' span pays for itself by an addition.
        let size = if point.price > 0.0 { point.price } else { 1.0 };
        ADDITIONS.iter().find_map(|addition| {
            let price = (point.price + addition * size) / self.reference;
            witness.least_power(self.ratios, price, budget_prices.as_deref())
        })
    }

    /// How many times the budgets a point's multipliers and prices prove to be needed.
    pub(super) fn budget_factor(&self, own: &Relaxation<'_>, point: &Point) -> Option<f64> {
        let bases = own.bases();
        let witness = own.witness_of(&self.claims(point), &bases)?;
        let none = vec![0.0; own.scaled.ranges.len()];
        let prices = point.budget_prices.as_ref().unwrap_or(&none);
        let highest = prices.iter().fold(0.0, |a: f64, q| a.max(*q));
        ADDITIONS.iter().find_map(|addition| {
            let raised = prices
                .iter()
                .map(|q| (q + addition * highest) / self.reference);
            witness.budget_factor(self.ratios, &raised.collect::<Vec<_>>())
        })
    }

    /// Multipliers in the problem's own units: the inequality was divided by `σ_k²/s_k` to be normalised and by `s_k t_k`
    /// since.
    fn claims(&self, point: &Point) -> Vec<Mat<c64>> {
        let targets = self.relaxation.problem.targets.iter().zip(self.ratios);
        (point.multipliers.iter().zip(targets))
            .map(|(z, (target, ratio))| z * faer::Scale(c64::from(1.0 / (ratio * target.floor))))
            .collect()
    }
}
