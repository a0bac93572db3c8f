//! The Newton system of the interior-point method, and how its structure is used.
//!
//! In scaled variables it reads `(I + Φ^T Φ) x + T ν = r`, `T^T x = q`. The squares `Φ` are local to
//! one variable, except for a few that couple all of them. So: one Cholesky factor for each variable, a
//! low-rank update for the coupling (Woodbury), and a Schur complement for the trace constraints. All
//! three are positive definite whatever the data, because of the identity.

use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::solvers::{Llt, Solve};
use faer::{Accum, Col, Mat, Par, Side};

use super::sensitivity::HessianFactor;

/// Right-hand side or solution: scaled primal coordinates per variable, and one number per constraint.
#[derive(Debug, Clone)]
pub(super) struct NewtonVector {
    pub blocks: Vec<Col<f64>>,
    pub traces: Vec<f64>,
}

/// Factored system.
#[derive(Debug)]
pub(super) struct NewtonSystem {
    factor: HessianFactor,
    /// `T`: coordinates of `G^H G`.
    constraints: Vec<Col<f64>>,
    local: Vec<Llt<f64>>,
    /// `B_m^{-1} U_m`, U the coupling functionals.
    solved_coupling: Vec<Mat<f64>>,
    /// `I + Σ_m U_m^T B_m^{-1} U_m`.
    coupling: Llt<f64>,
    /// `(I + Φ^T Φ)^{-1} T e_m` for each constraint m.
    solved_constraints: Vec<Vec<Col<f64>>>,
    schur: Llt<f64>,
}

impl NewtonSystem {
    /// `None` when rounding spoils a factorisation.
    pub fn new(factor: HessianFactor, constraints: Vec<Col<f64>>) -> Option<Self> {
        let rank = factor.coupling.first()?.ncols();
        let mut local = Vec::new();
        let mut solved_coupling = Vec::new();
        let mut inner = Mat::<f64>::identity(rank, rank);
        for (functionals, coupling) in factor.local.iter().zip(&factor.coupling) {
            let side = functionals.nrows();
            // I + Φ_m^T Φ_m; only the lower triangle is needed.
            let mut matrix = Mat::<f64>::identity(side, side);
            triangular::matmul(
                matrix.as_mut(),
                BlockStructure::TriangularLower,
                Accum::Add,
                functionals,
                BlockStructure::Rectangular,
                functionals.transpose(),
                BlockStructure::Rectangular,
                1.0,
                Par::Seq,
            );
            let cholesky = matrix.llt(Side::Lower).ok()?;
            let solved = cholesky.solve(coupling);
            inner += coupling.transpose() * &solved;
            local.push(cholesky);
            solved_coupling.push(solved);
        }
        let coupling = inner.llt(Side::Lower).ok()?;
        let count = constraints.len();
        let mut system = Self {
            factor,
            constraints,
            local,
            solved_coupling,
            coupling,
            solved_constraints: Vec::with_capacity(count),
            schur: Mat::<f64>::identity(count, count).llt(Side::Lower).ok()?,
        };
        for m in 0..count {
            let mut unit: Vec<Col<f64>> =
                (system.constraints.iter().map(|t| Col::zeros(t.nrows()))).collect();
            unit[m].copy_from(&system.constraints[m]);
            let solved = system.solve_hessian(&unit);
            system.solved_constraints.push(solved);
        }
        let schur = Mat::from_fn(count, count, |i, j| {
            system.constraints[i].transpose() * &system.solved_constraints[j][i]
        });
        system.schur = schur.llt(Side::Lower).ok()?;
        Some(system)
    }

    /// Solves, with one step of iterative refinement: the spectrum of the matrix spreads like 1/μ.
    pub fn solve(&self, rhs: &NewtonVector) -> NewtonVector {
        let mut solution = self.solve_once(rhs);
        let correction = self.solve_once(&self.residual(rhs, &solution));
        for (x, dx) in solution.blocks.iter_mut().zip(&correction.blocks) {
            *x += dx;
        }
        for (v, dv) in solution.traces.iter_mut().zip(&correction.traces) {
            *v += dv;
        }
        solution
    }

    fn solve_once(&self, rhs: &NewtonVector) -> NewtonVector {
        // T^T H^{-1} (r - Tν) = q
        let mut blocks = self.solve_hessian(&rhs.blocks);
        let mut traces = Col::from_fn(rhs.traces.len(), |m| {
            self.constraints[m].transpose() * &blocks[m] - rhs.traces[m]
        });
        self.schur.solve_in_place(traces.as_mat_mut());
        for (m, solved) in self.solved_constraints.iter().enumerate() {
            for (x, column) in blocks.iter_mut().zip(solved) {
                *x -= faer::Scale(traces[m]) * column;
            }
        }
        NewtonVector {
            blocks,
            traces: traces.iter().copied().collect(),
        }
    }

    /// `(I + Φ^T Φ)^{-1} r`.
    fn solve_hessian(&self, rhs: &[Col<f64>]) -> Vec<Col<f64>> {
        let mut out: Vec<Col<f64>> = (self.local.iter().zip(rhs))
            .map(|(factor, r)| factor.solve(r))
            .collect();
        let mut small = Col::<f64>::zeros(self.coupling_rank());
        for (coupling, x) in self.factor.coupling.iter().zip(&out) {
            small += coupling.transpose() * x;
        }
        self.coupling.solve_in_place(small.as_mat_mut());
        for (solved, x) in self.solved_coupling.iter().zip(&mut out) {
            *x -= solved * &small;
        }
        out
    }

    fn residual(&self, rhs: &NewtonVector, at: &NewtonVector) -> NewtonVector {
        let mut shared = Col::<f64>::zeros(self.coupling_rank());
        for (coupling, x) in self.factor.coupling.iter().zip(&at.blocks) {
            shared += coupling.transpose() * x;
        }
        let blocks = (0..rhs.blocks.len())
            .map(|m| {
                let (x, local) = (&at.blocks[m], &self.factor.local[m]);
                let seen = local.transpose() * x;
                &rhs.blocks[m]
                    - x
                    - local * seen
                    - &self.factor.coupling[m] * &shared
                    - faer::Scale(at.traces[m]) * &self.constraints[m]
            })
            .collect();
        let traces = (0..rhs.traces.len())
            .map(|m| rhs.traces[m] - self.constraints[m].transpose() * &at.blocks[m])
            .collect();
        NewtonVector { blocks, traces }
    }

    fn coupling_rank(&self) -> usize {
        self.factor.coupling[0].ncols()
    }
}
