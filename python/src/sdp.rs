//! Semidefinite programs.

use numpy::{Complex64, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use td_isac_algos::robust_sdp::faer::{Mat, c64};
use td_isac_algos::robust_sdp::{
    Control, Field, HermitianIpm, IterationReport, LinearForm, Lmi, MatrixId, ProblemError,
    ProvenBounds, ScalarId, ScalarUnknown, SdpOutcome, SdpProblem, SdpSolution, SolveRequest,
    SolverError, Tolerance, ValidSdp,
};

use crate::{arrays, errors, run};

type Matrix<'py> = PyReadonlyArray2<'py, Complex64>;

/// Coefficients of matrix and of scalar unknowns, by index.
type Form<'py> = (Vec<(usize, Matrix<'py>)>, Vec<(usize, f64)>);

/// A linear matrix inequality: whether it is real, its constant, `(coefficient, T, matrix)` and `(scalar, A)`.
type Inequality<'py> = (
    bool,
    Matrix<'py>,
    Vec<(f64, Matrix<'py>, usize)>,
    Vec<(usize, Matrix<'py>)>,
);

/// A program as Python's half collects it.
#[derive(FromPyObject)]
pub struct Program<'py> {
    /// Side, and whether real.
    matrices: Vec<(usize, bool)>,
    /// Whether not negative.
    scalars: Vec<bool>,
    lmis: Vec<Inequality<'py>>,
    inequalities: Vec<(Form<'py>, f64)>,
    equalities: Vec<(Form<'py>, f64)>,
    objective: Form<'py>,
}

fn field(real: bool) -> Field {
    if real { Field::Real } else { Field::Complex }
}

fn owned(given: &Matrix<'_>) -> Mat<c64> {
    let given = given.as_array();
    let (rows, columns) = given.dim();
    Mat::from_fn(rows, columns, |i, j| given[(i, j)])
}

impl Program<'_> {
    fn problem(&self) -> SdpProblem {
        let mut problem = SdpProblem::new();
        let matrices: Vec<MatrixId> = (self.matrices.iter())
            .map(|&(dim, real)| problem.add_matrix(dim, field(real)))
            .collect();
        let kind = |&positive: &bool| match positive {
            true => ScalarUnknown::NonNegative,
            false => ScalarUnknown::Free,
        };
        let scalars: Vec<ScalarId> = (self.scalars.iter())
            .map(|positive| problem.add_scalar(kind(positive)))
            .collect();
        let form = |(of_matrices, of_scalars): &Form<'_>| {
            let form = of_matrices.iter().fold(LinearForm::new(), |form, (x, a)| {
                form.matrix(matrices[*x], owned(a))
            });
            of_scalars
                .iter()
                .fold(form, |form, &(y, c)| form.scalar(scalars[y], c))
        };
        for (left, bound) in &self.inequalities {
            problem.add_inequality(form(left), *bound);
        }
        for (left, bound) in &self.equalities {
            problem.add_equality(form(left), *bound);
        }
        problem.objective = form(&self.objective);
        for (real, constant, congruences, terms) in &self.lmis {
            let constant = owned(constant);
            let mut lmi = Lmi::new(constant.nrows(), field(*real));
            lmi.constant = constant;
            for (coefficient, factor, matrix) in congruences {
                let factor = lmi.add_factor(owned(factor));
                lmi.add_congruence(*coefficient, factor, matrices[*matrix]);
            }
            for (scalar, a) in terms {
                lmi.add_dense(scalars[*scalar], &owned(a));
            }
            problem.add_lmi(lmi);
        }
        problem
    }
}

/// How a program ended.
struct Ended {
    status: &'static str,
    solution: Option<SdpSolution>,
    bounds: ProvenBounds,
    /// Whether the status is proven where it denies that there is a solution.
    proven: bool,
}

/// Maximises.
#[pyfunction]
#[pyo3(signature = (program, *, relative_gap, feasibility))]
pub fn solve_sdp<'py>(
    py: Python<'py>,
    program: Program<'py>,
    relative_gap: f64,
    feasibility: f64,
) -> PyResult<Bound<'py, PyDict>> {
    let problem = program.problem().check().map_err(errors::input)?;
    let tolerance = Tolerance {
        relative_gap,
        feasibility,
        ..Tolerance::default()
    };
    let work = move |watch: &mut run::Watch| solve(&problem, tolerance, watch);
    run::run(py, None, work)?
        .map_err(errors::of_solver)?
        .dict(py)
}

fn solve(
    problem: &ValidSdp,
    tolerance: Tolerance,
    watch: &run::Watch,
) -> Result<Ended, SolverError> {
    let mut monitor = |_: &IterationReport| match watch.stopped() {
        true => Control::Cancel,
        false => Control::Continue,
    };
    let request = SolveRequest {
        tolerance,
        monitor: Some(&mut monitor),
        ..SolveRequest::default()
    };
    let solver = HermitianIpm::default();
    let outcome = problem.solved_by(&solver, request)?;
    let unusable = |source: ProblemError| SolverError::Unusable {
        solver: "native",
        source,
    };
    let nothing = |status, proven| Ended {
        status,
        solution: None,
        bounds: ProvenBounds::NOTHING,
        proven,
    };
    Ok(match outcome {
        SdpOutcome::Optimal(solution) | SdpOutcome::Stopped(solution) => Ended {
            bounds: problem
                .proven_bounds(&solution.primal, &solution.dual)
                .map_err(unusable)?,
            status: "optimal",
            solution: Some(solution),
            proven: true,
        },
        SdpOutcome::AlmostOptimal { solution, bounds } => Ended {
            status: "almost-optimal",
            solution: Some(solution),
            bounds,
            proven: true,
        },
        SdpOutcome::PrimalInfeasible { certificate, .. } => {
            let check = problem.check_infeasibility(&certificate);
            nothing("infeasible", check.map_err(unusable)?.is_proof())
        }
        SdpOutcome::DualInfeasible { direction, .. } => {
            let check = problem.check_unboundedness(&direction);
            nothing("unbounded", check.map_err(unusable)?.is_proof())
        }
        SdpOutcome::NoPointBelow { .. } => nothing("no-moderate-point", false),
        SdpOutcome::NoMultipliersBelow { .. } => nothing("no-moderate-bound", false),
        _ => nothing("unknown", false),
    })
}

impl Ended {
    fn dict(self, py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let list = |matrices: &[Mat<c64>]| {
            let matrices = matrices.iter().map(|x| arrays::matrix(py, x.as_ref()));
            PyList::new(py, matrices.collect::<Vec<_>>())
        };
        let said = PyDict::new(py);
        said.set_item("status", self.status)?;
        said.set_item("proven", self.proven)?;
        said.set_item("proven_lower", self.bounds.lower)?;
        said.set_item("proven_upper", self.bounds.upper)?;
        said.set_item("proven_for_points_up_to", self.bounds.points)?;
        if let Some(solution) = self.solution {
            let (primal, dual, quality) = (solution.primal, solution.dual, solution.residuals);
            said.set_item("objective", quality.primal_objective)?;
            said.set_item("dual_objective", quality.dual_objective)?;
            said.set_item("primal_residual", quality.primal)?;
            said.set_item("dual_residual", quality.dual)?;
            said.set_item("iterations", solution.iterations)?;
            said.set_item("matrices", list(&primal.matrices)?)?;
            said.set_item("scalars", primal.scalars)?;
            said.set_item("equality_multipliers", dual.equalities)?;
            said.set_item("inequality_multipliers", dual.inequalities)?;
            said.set_item("lmi_multipliers", list(&dual.lmis)?)?;
        }
        Ok(said)
    }
}
