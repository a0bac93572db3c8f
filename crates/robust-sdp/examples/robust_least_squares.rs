//! Least squares when the matrix is known up to a few unknown parameters.
//!
//! `A(u) = A_0 + Σ u_i A_i` with `‖u‖ ≤ 1`, as when a measuring device has a drift or a timing error.
//! Ordinary least squares fits `A_0` and may do badly for another `u`. The robust solution minimises
//! the worst residual `max_u ‖A(u) x - b‖` (El Ghaoui and Lebret 1997): with `r = A_0 x - b` and
//! `M = [A_1 x .. A_p x]`, the S-lemma says that the residual is at most `t` for every `u` exactly if
//!
//! ```text
//! [ t - τ   0     r^T ]
//! [ 0      τ I    M^T ]  ⪰ 0        for some τ ≥ 0,
//! [ r       M     t I ]
//! ```
//!
//! which is linear in `(x, t, τ)` together.
//!
//! `cargo run --release -p robust-sdp --example robust_least_squares`

use faer::linalg::solvers::SolveLstsq;
use faer::{Mat, c64};
use robust_sdp::{
    Field, HermitianIpm, LinearForm, Lmi, ScalarId, ScalarUnknown, SdpOutcome, SdpProblem,
    SdpSolver, SolveRequest,
};
use std::io::Write;

/// A cubic fitted to samples whose abscissae are off by an unknown delay and an unknown drift.
struct Model {
    /// `A_0, A_1, .., A_p`.
    matrices: Vec<Mat<f64>>,
    data: Mat<f64>,
}

impl Model {
    fn new() -> Self {
        let (samples, degree) = (12, 3);
        let at = |i: usize| i as f64 / (samples - 1) as f64;
        let power = |i: usize, j: usize| at(i).powi(j as i32);
        let slope = |i: usize, j: usize| match j {
            0 => 0.0,
            _ => j as f64 * at(i).powi(j as i32 - 1),
        };
        let matrix = |entry: &dyn Fn(usize, usize) -> f64| Mat::from_fn(samples, degree + 1, entry);
        Self {
            matrices: vec![
                matrix(&power),
                matrix(&|i, j| 0.05 * slope(i, j)),
                matrix(&|i, j| 0.05 * at(i) * slope(i, j)),
            ],
            data: Mat::from_fn(samples, 1, |i, _| (9.0 * at(i)).sin() + at(i)),
        }
    }

    /// `‖A(u) x - b‖`.
    fn residual(&self, x: &Mat<f64>, u: &[f64]) -> f64 {
        let mut r = &self.matrices[0] * x - &self.data;
        for (a, u) in self.matrices[1..].iter().zip(u) {
            r += faer::Scale(*u) * (a * x);
        }
        r.norm_l2()
    }

    /// The largest residual over a fine grid of parameters (two of them) on the unit circle,
    /// where a convex function is largest.
    fn worst_residual(&self, x: &Mat<f64>) -> f64 {
        (0..3600)
            .map(|k| f64::from(k) * std::f64::consts::TAU / 3600.0)
            .map(|angle| self.residual(x, &[angle.cos(), angle.sin()]))
            .fold(0.0, f64::max)
    }

    /// The inequality of the module's documentation as a problem, with the names of `x`.
    fn robust(&self) -> (SdpProblem, Vec<ScalarId>) {
        let (rows, columns) = (self.data.nrows(), self.matrices[0].ncols());
        let parameters = self.matrices.len() - 1;
        let side = 1 + parameters + rows;
        let mut problem = SdpProblem::new();
        let t = problem.add_scalar(ScalarUnknown::Free);
        let tau = problem.add_scalar(ScalarUnknown::NonNegative);
        let mut lmi = Lmi::new(side, Field::Real);
        let border = 1 + parameters;
        lmi.add_diagonal(
            t,
            std::iter::once((0, 1.0)).chain((border..side).map(|i| (i, 1.0))),
        );
        lmi.add_diagonal(
            tau,
            std::iter::once((0, -1.0)).chain((1..border).map(|i| (i, 1.0))),
        );
        for i in 0..rows {
            let value = c64::new(-self.data[(i, 0)], 0.0);
            lmi.constant[(border + i, 0)] = value;
            lmi.constant[(0, border + i)] = value;
        }
        let mut x = Vec::new();
        for j in 0..columns {
            let mut coefficient = Mat::<c64>::zeros(side, side);
            for (p, a) in self.matrices.iter().enumerate() {
                for i in 0..rows {
                    let value = c64::new(a[(i, j)], 0.0);
                    coefficient[(border + i, p)] = value;
                    coefficient[(p, border + i)] = value;
                }
            }
            let unknown = problem.add_scalar(ScalarUnknown::Free);
            lmi.add_dense(unknown, &coefficient);
            x.push(unknown);
        }
        problem.add_lmi(lmi);
        problem.objective = LinearForm::new().scalar(t, -1.0);
        (problem, x)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = Model::new();
    let ordinary = model.matrices[0].qr().solve_lstsq(&model.data);

    let (problem, names) = model.robust();
    let outcome = HermitianIpm::default().solve(&problem.check()?, SolveRequest::default())?;
    let SdpOutcome::Optimal(solution) = outcome else {
        return Err(format!("not an optimum: {outcome:?}").into());
    };
    let robust = Mat::from_fn(names.len(), 1, |j, _| {
        solution.primal.scalars[names[j].index()]
    });
    let promised = -solution.residuals.primal_objective;

    let mut out = std::io::stdout();
    writeln!(out, "residual            u = 0   worst u")?;
    for (name, x) in [("least squares", &ordinary), ("robust", &robust)] {
        let (nominal, worst) = (model.residual(x, &[0.0, 0.0]), model.worst_residual(x));
        writeln!(out, "{name:<15} {nominal:>9.5} {worst:>9.5}")?;
    }
    writeln!(out, "promised by the S-lemma   {promised:>9.5}")?;
    Ok(())
}
