//! The dual of a problem, which is a problem of the same class, and the way back.
//!
//! The multipliers `Z_i ⪰ 0`, `z ≥ 0`, `w` of a [`ValidSdp`] solve
//!
//! ```text
//! max  -Σ <Z_i, F_i> - Σ z h - Σ w f
//! s.t. S_v = -C_v - Σ c T^H Z_i T + Σ z G_v + Σ w E_v ⪰ 0        for each matrix unknown v,
//!      Σ <A_is, Z_i> - Σ z g_s - Σ w e_s  ≤ or =  -c_s            for each scalar s ≥ 0 or free,
//! ```
//!
//! and the multipliers of these constraints are the `X_v` and `y_s`. Which of the two is the smaller linear algebra is for
//! a solver to say. Answers are of the problem as it was stated.

use faer::{Mat, Scale, c64};

use super::check::ValidSdp;
use super::error::{LastIterate, SolverError};
use super::evidence::{form_value, lmi_value};
use super::problem::{
    LinearConstraint, LinearForm, Lmi, MatrixId, ScalarId, ScalarTerm, ScalarUnknown, SdpProblem,
};
use super::solution::{DualPoint, PrimalPoint, Residuals, SdpOutcome, SdpSolution};
use super::solver::{Control, IterationReport, SolveRequest};

/// A problem's dual, to be solved in its place.
struct Dual<'a> {
    stated: &'a ValidSdp,
    problem: ValidSdp,
}

impl<'a> Dual<'a> {
    fn new(stated: &'a ValidSdp) -> Self {
        let mut dual = SdpProblem::new();
        for lmi in &stated.lmis {
            let z = dual.add_matrix(lmi.dim(), lmi.field);
            let minus = Scale(c64::new(-1.0, 0.0));
            dual.objective.matrices.push((z, &lmi.constant * minus));
        }
        let inequalities = stated.inequalities.iter();
        let inequalities = inequalities.map(|c| (c, ScalarUnknown::NonNegative));
        let equalities = stated.equalities.iter().map(|c| (c, ScalarUnknown::Free));
        let constraints: Vec<(ScalarId, &LinearConstraint)> = inequalities
            .chain(equalities)
            .map(|(c, kind)| (dual.add_scalar(kind), c))
            .collect();
        for (z, c) in &constraints {
            dual.objective.scalars.push((*z, -c.bound));
        }
        for v in 0..stated.matrices.len() {
            dual.add_lmi(slack(stated, v, &constraints));
        }
        for (form, kind, bound) in scalar_gradients(stated, &constraints) {
            match kind {
                ScalarUnknown::NonNegative => dual.add_inequality(form, bound),
                ScalarUnknown::Free => dual.add_equality(form, bound),
            }
        }
        Self {
            stated,
            problem: ValidSdp::trusted(dual),
        }
    }

    /// The multipliers of the stated problem at a point of the dual; those of the cones of its unknowns are what makes
    /// the gradient vanish, with or without the objective.
    fn multipliers(&self, point: &PrimalPoint, objective: f64) -> DualPoint {
        let count = self.stated.inequalities.len();
        let lmis = self.problem.lmis.iter().zip(&self.stated.matrices);
        let mut scalars = vec![0.0; self.stated.scalars.len()];
        let signed = (scalars.iter_mut().zip(&self.stated.scalars))
            .filter(|(_, kind)| **kind == ScalarUnknown::NonNegative);
        for ((s, _), c) in signed.zip(&self.problem.inequalities) {
            *s = objective * c.bound - form_value(&c.form, point);
        }
        DualPoint {
            lmis: point.matrices.clone(),
            matrices: lmis
                .map(|(lmi, x)| {
                    let value = lmi_value(lmi, point, objective);
                    let d = &x.magnitude;
                    Mat::from_fn(x.dim, x.dim, |i, j| value[(i, j)] / (d[i] * d[j]))
                })
                .collect(),
            scalars,
            inequalities: point.scalars[..count].to_vec(),
            equalities: point.scalars[count..].to_vec(),
        }
    }

    /// The point of the stated problem that multipliers of the dual are.
    fn point(&self, multipliers: &DualPoint) -> PrimalPoint {
        let mut signed = multipliers.inequalities.iter();
        let mut free = multipliers.equalities.iter();
        let blocks = multipliers.lmis.iter().zip(&self.stated.matrices);
        PrimalPoint {
            matrices: blocks
                .map(|(x, unknown)| super::evidence::scaled(x, &unknown.magnitude))
                .collect(),
            scalars: (self.stated.scalars.iter())
                .map(|kind| match kind {
                    ScalarUnknown::NonNegative => signed.next(),
                    ScalarUnknown::Free => free.next(),
                })
                .map(|y| y.copied().unwrap_or(0.0))
                .collect(),
        }
    }

    /// Residuals that the stated problem sees.
    fn residuals(r: &Residuals) -> Residuals {
        Residuals {
            primal: r.dual,
            dual: r.primal,
            gap: r.gap,
            primal_objective: -r.dual_objective,
            dual_objective: -r.primal_objective,
        }
    }

    fn solution(&self, s: &SdpSolution) -> SdpSolution {
        SdpSolution {
            primal: self.point(&s.dual),
            dual: self.multipliers(&s.primal, 1.0),
            residuals: Self::residuals(&s.residuals),
            iterations: s.iterations,
        }
    }

    /// Certificates are judged again, as what they are to the stated problem; `None` if nothing is left of one.
    fn outcome(&self, outcome: SdpOutcome) -> Option<SdpOutcome> {
        match outcome {
            SdpOutcome::Optimal(s) => Some(SdpOutcome::Optimal(self.solution(&s))),
            SdpOutcome::AlmostOptimal { solution, .. } => {
                let solution = self.solution(&solution);
                let bounds = self
                    .stated
                    .proven_bounds(&solution.primal, &solution.dual)
                    .ok()?;
                Some(SdpOutcome::AlmostOptimal { solution, bounds })
            }
            SdpOutcome::Stopped(s) => Some(SdpOutcome::Stopped(self.solution(&s))),
            SdpOutcome::PrimalInfeasible { certificate, .. }
            | SdpOutcome::NoPointBelow { certificate, .. } => {
                self.stated.judge_direction(&self.point(&certificate))
            }
            SdpOutcome::DualInfeasible { direction, .. }
            | SdpOutcome::NoMultipliersBelow { direction, .. } => {
                let multipliers = self.multipliers(&direction, 0.0);
                self.stated.judge_multipliers(&multipliers)
            }
        }
    }

    fn error(&self, mut error: SolverError) -> SolverError {
        if let SolverError::IterationLimit {
            residuals, last, ..
        }
        | SolverError::Stalled {
            residuals, last, ..
        } = &mut error
        {
            *residuals = Self::residuals(residuals);
            if let Some(LastIterate(solution)) = last {
                **solution = self.solution(solution);
            }
        }
        error
    }
}

/// Solves a problem's dual and answers for the problem. A start is of no use there.
pub(crate) fn solve_dual(
    solver: &'static str,
    stated: &ValidSdp,
    request: SolveRequest<'_>,
    inner: impl FnOnce(&ValidSdp, SolveRequest<'_>) -> Result<SdpOutcome, SolverError>,
) -> Result<SdpOutcome, SolverError> {
    let dual = Dual::new(stated);
    let mut monitor = request.monitor;
    let watched = monitor.is_some();
    let mut iterations = 0;
    let mut translated = |report: &IterationReport| {
        iterations = report.iteration;
        let report = IterationReport {
            residuals: Dual::residuals(&report.residuals),
            ..*report
        };
        monitor.as_mut().map_or(Control::Continue, |m| m(&report))
    };
    let inside = SolveRequest {
        tolerance: request.tolerance,
        start: None,
        monitor: if watched { Some(&mut translated) } else { None },
    };
    let outcome = inner(&dual.problem, inside).map_err(|e| dual.error(e))?;
    dual.outcome(outcome).ok_or(SolverError::Stalled {
        solver,
        reason: "a certificate that proves nothing",
        iterations,
        residuals: Residuals::UNKNOWN,
        last: None,
    })
}

/// `D S_v D ⪰ 0`, `D` being the unknown's magnitudes.
fn slack(stated: &ValidSdp, v: usize, constraints: &[(ScalarId, &LinearConstraint)]) -> Lmi {
    let unknown = &stated.matrices[v];
    let (n, d) = (unknown.dim, &unknown.magnitude);
    let mut out = Lmi::new(n, unknown.field);
    for (id, c) in &stated.objective.matrices {
        if id.0 == v {
            for j in 0..n {
                for i in 0..n {
                    // The Hermitian part, exactly: the solver takes it for granted.
                    let value = (c[(i, j)] + c[(j, i)].conj()) * (0.5 * d[i] * d[j]);
                    out.constant[(i, j)] -= value;
                }
            }
        }
    }
    for (i, lmi) in stated.lmis.iter().enumerate() {
        let mut places = vec![None; lmi.factors.len()];
        for term in lmi.congruences.iter().filter(|t| t.matrix.0 == v) {
            let t = &lmi.factors[term.factor];
            let factor = *places[term.factor].get_or_insert_with(|| {
                out.add_factor(Mat::from_fn(n, t.nrows(), |a, b| t[(b, a)].conj() * d[a]))
            });
            out.add_congruence(-term.coefficient, factor, MatrixId(i));
        }
    }
    for (z, c) in constraints {
        let mut entries = Vec::new();
        for (_, g) in c.form.matrices.iter().filter(|(id, _)| id.0 == v) {
            for j in 0..n {
                for i in 0..n {
                    let value = (g[(i, j)] + g[(j, i)].conj()) * (0.5 * d[i] * d[j]);
                    if value != c64::new(0.0, 0.0) {
                        entries.push((i, j, value));
                    }
                }
            }
        }
        if !entries.is_empty() {
            out.scalars.push(ScalarTerm {
                scalar: *z,
                entries,
            });
        }
    }
    out
}

/// For each scalar the form of the multipliers that its own multiplier completes, its kind and the bound.
fn scalar_gradients(
    stated: &ValidSdp,
    constraints: &[(ScalarId, &LinearConstraint)],
) -> Vec<(LinearForm, ScalarUnknown, f64)> {
    let mut out: Vec<(LinearForm, ScalarUnknown, f64)> = (stated.scalars.iter())
        .map(|kind| (LinearForm::new(), *kind, 0.0))
        .collect();
    for (s, c) in &stated.objective.scalars {
        out[s.0].2 -= c;
    }
    for (i, lmi) in stated.lmis.iter().enumerate() {
        for term in &lmi.scalars {
            let mut a = Mat::zeros(lmi.dim(), lmi.dim());
            for &(row, column, value) in &term.entries {
                a[(row, column)] += value;
            }
            out[term.scalar.0].0.matrices.push((MatrixId(i), a));
        }
    }
    for (z, c) in constraints {
        for (s, g) in &c.form.scalars {
            out[s.0].0.scalars.push((*z, -g));
        }
    }
    out
}
