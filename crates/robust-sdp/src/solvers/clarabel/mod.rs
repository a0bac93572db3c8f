//! Clarabel behind [`SdpSolver`]: a second opinion from a general conic solver.
//!
//! [Clarabel](https://clarabel.org) is a homogeneous self-dual interior-point method on sparse
//! data. It sees the problem through a real embedding of twice the side and knows nothing of
//! shared factors, so it is one to two orders of magnitude slower than
//! [`HermitianIpm`](crate::HermitianIpm) on problems with large complex blocks; what it is good for is that it shares
//! no line of code with it.
//!
//! What ends a solve is what the caller asked for, judged by evidence. Of Clarabel's final
//! iterate, whatever its status says, the multipliers are [made stationary](repair) where they miss that by
//! more than was asked for, and the residuals recomputed from the problem's own data
//! ([`ValidSdp::residuals`]): within the tolerance it is an optimum, otherwise an error that
//! carries the iterate. Certificates are rechecked the same way. A run that leads nowhere is repeated
//! once with the other choice of equilibration.

mod embedding;
mod program;
mod repair;

use std::sync::{Mutex, mpsc};

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultInfo, DefaultSettings, DefaultSolver, IPSolver, SolverStatus};

use crate::sdp::{
    Control, IterationReport, LastIterate, Monitor, Residuals, SdpOutcome, SdpSolution, SdpSolver,
    SolveRequest, SolverError, Tolerance, ValidSdp, solve_in_units,
};
use program::{Program, dual_point, primal_point};

/// The settings of Clarabel itself, for [`ClarabelSolver::settings`].
pub use clarabel::solver::DefaultSettings as ClarabelSettings;

/// Clarabel as an [`SdpSolver`].
///
/// Needs a BLAS and LAPACK at link time: see the crate's features `clarabel-sdp` and
/// `system-openblas`.
///
/// - **Tolerances** are the request's; those among [`settings`](Self::settings) are overwritten.
/// - **Start**: ignored, Clarabel starts where it wants.
/// - **Monitor**: obeyed. Clarabel takes callbacks that outlive every borrow, so *with a monitor*
///   the iteration runs on a thread of its own that ends with the solve; the monitor itself
///   runs on the caller's, the two alternate, and without a monitor no thread is made. The
///   residuals that it sees are Clarabel's own.
///
/// ```
/// use faer::Mat;
/// use robust_sdp::*;
///
/// // The largest eigenvalue of diag(1, 2) is 2: min t, t I ⪰ A.
/// let mut problem = SdpProblem::new();
/// let t = problem.add_scalar(ScalarUnknown::Free);
/// let mut lmi = Lmi::new(2, Field::Complex);
/// lmi.constant = Mat::from_fn(2, 2, |i, j| faer::c64::new(if i == j { -1.0 - i as f64 } else { 0.0 }, 0.0));
/// lmi.add_diagonal(t, [(0, 1.0), (1, 1.0)]);
/// problem.add_lmi(lmi);
/// problem.objective = LinearForm::new().scalar(t, -1.0);
///
/// let mut solver = ClarabelSolver::default();
/// solver.settings.max_iter = 50;
/// let outcome = solver.solve(&problem.check()?, SolveRequest::default())?;
/// let SdpOutcome::Optimal(solution) = outcome else { panic!("no optimum") };
/// assert!((solution.primal.scalars[0] - 2.0).abs() < 1e-7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ClarabelSolver {
    /// Clarabel's own settings. The default is Clarabel's but for: quiet; one thread; the
    /// linear solver `faer` (the other takes twenty times as long on semidefinite cones);
    /// static regularisation 1e-7 (at 1e-8 ill-conditioned problems break down); no presolve
    /// and no chordal decomposition (dense problems gain nothing).
    pub settings: ClarabelSettings<f64>,
}

impl Default for ClarabelSolver {
    fn default() -> Self {
        Self {
            settings: DefaultSettings {
                verbose: false,
                max_threads: 1,
                direct_solve_method: "faer".to_owned(),
                static_regularization_constant: 1e-7,
                presolve_enable: false,
                chordal_decomposition_enable: false,
                ..DefaultSettings::default()
            },
        }
    }
}

const NAME: &str = "clarabel";

/// Clarabel measures residuals against larger numbers than we do: it has to do better by this
/// factor before its iterate is taken.
const RESIDUAL_RESERVE: f64 = 0.1;

/// But not further than this: Clarabel gives up where residuals grow far beyond what it is asked for.
const SMALLEST_FEASIBILITY: f64 = 1e-10;

/// An iterate that misses the tolerance by this factor is useless.
const USELESS: f64 = 1e2;

/// And the same for certificates, which it measures against the size of the multipliers.
const CERTIFICATE_RESERVE: f64 = 1e-3;

impl SdpSolver for ClarabelSolver {
    fn name(&self) -> &'static str {
        NAME
    }

    fn solve(
        &self,
        problem: &ValidSdp,
        request: SolveRequest<'_>,
    ) -> Result<SdpOutcome, SolverError> {
        solve_in_units(problem, request, |problem, mut request, size| {
            if request.tolerance.objective_floor <= 0.0 {
                request.tolerance.objective_floor = size;
            }
            self.solve_here(problem, request)
        })
    }
}

impl ClarabelSolver {
    /// Solves a problem whose data are of order one.
    fn solve_here(
        &self,
        problem: &ValidSdp,
        request: SolveRequest<'_>,
    ) -> Result<SdpOutcome, SolverError> {
        let program = Program::new(problem);
        let tolerance = request.tolerance;
        let mut monitor = request.monitor;
        let mut settings = self.settings_for(&tolerance, &program);
        let first = attempt(
            problem,
            &program,
            &settings,
            &tolerance,
            monitor.as_deref_mut(),
        );
        let Err(error) = first else { return first };
        let shortfall = missed(&error, &tolerance);
        let cancelled = |error: &SolverError| matches!(error, SolverError::Cancelled { .. });
        if cancelled(&error) || shortfall <= USELESS {
            return Err(error);
        }
        // Equilibration saves some programs and is the ruin of others, which end at their first
        // iterations.
        settings.equilibrate_enable = !settings.equilibrate_enable;
        let second = attempt(problem, &program, &settings, &tolerance, monitor);
        match second {
            Err(other) if !cancelled(&other) && missed(&other, &tolerance) >= shortfall => {
                Err(error)
            }
            outcome => outcome,
        }
    }
}

/// How far the last iterate of a failure is from the tolerance.
fn missed(error: &SolverError, tolerance: &Tolerance) -> f64 {
    let last = error.last_iterate();
    last.map_or(f64::INFINITY, |last| tolerance.shortfall(&last.residuals))
}

/// One run, and what its end proves.
fn attempt(
    problem: &ValidSdp,
    program: &Program,
    settings: &DefaultSettings<f64>,
    tolerance: &Tolerance,
    monitor: Option<&mut Monitor<'_>>,
) -> Result<SdpOutcome, SolverError> {
    let mut wish = Control::Continue;
    let (settings, tolerance) = (settings.clone(), *tolerance);
    let last = match monitor {
        None => run(program, settings, move |report| {
            satisfied(&tolerance, report)
        })?,
        Some(monitor) => supervised(program, settings, tolerance, monitor, &mut wish)?,
    };
    if wish == Control::Cancel {
        return Err(SolverError::Cancelled {
            solver: NAME,
            iterations: last.iterations,
        });
    }
    judge(problem, program, &tolerance, &last, wish == Control::Accept)
}

impl ClarabelSolver {
    /// Clarabel's gap is relative to one where objectives are small, so what it may declare
    /// solved by itself is at least as good as asked for; usually our own criterion, on its
    /// numbers, ends the iteration first.
    fn settings_for(&self, tolerance: &Tolerance, program: &Program) -> DefaultSettings<f64> {
        let floor = tolerance.objective_floor / (program.primal_unit * program.dual_unit);
        let gap = tolerance.relative_gap * floor.min(1.0);
        DefaultSettings {
            tol_gap_abs: gap,
            tol_gap_rel: gap,
            tol_feas: (RESIDUAL_RESERVE * tolerance.feasibility).max(SMALLEST_FEASIBILITY),
            tol_infeas_abs: tolerance.feasibility,
            tol_infeas_rel: CERTIFICATE_RESERVE * tolerance.feasibility,
            ..self.settings.clone()
        }
    }
}

fn satisfied(tolerance: &Tolerance, report: &IterationReport) -> bool {
    let r = &report.residuals;
    r.primal.max(r.dual) <= RESIDUAL_RESERVE * tolerance.feasibility
        && r.relative_gap(tolerance.objective_floor) <= 0.5 * tolerance.relative_gap
}

/// Where Clarabel stopped.
struct Stop {
    status: SolverStatus,
    iterations: usize,
    x: Vec<f64>,
    s: Vec<f64>,
    z: Vec<f64>,
}

/// Runs Clarabel until it ends by itself or `enough` is true of an iterate.
fn run(
    program: &Program,
    settings: DefaultSettings<f64>,
    mut enough: impl FnMut(&IterationReport) -> bool + Send + Sync + 'static,
) -> Result<Stop, SolverError> {
    let columns = program.objective.len();
    let rejected = |_| SolverError::Unsupported {
        solver: NAME,
        feature: "these settings or this problem (rejected by Clarabel's own check)",
    };
    let mut solver = DefaultSolver::new(
        &CscMatrix::zeros((columns, columns)),
        &program.objective,
        &program.matrix,
        &program.constants,
        &program.cones,
        settings,
    )
    .map_err(rejected)?;
    let (primal, dual) = (program.primal_unit, program.dual_unit);
    solver.set_termination_callback(move |info: &DefaultInfo<f64>| {
        enough(&report(info, primal * dual))
    });
    solver.solve();
    let solution = solver.solution;
    let in_units = |values: Vec<f64>, unit: f64| values.iter().map(|v| v * unit).collect();
    Ok(Stop {
        status: solution.status,
        iterations: solution.iterations as usize,
        x: in_units(solution.x, primal),
        s: in_units(solution.s, primal),
        z: in_units(solution.z, dual),
    })
}

/// An iterate in our terms: Clarabel minimises, an objective in this unit.
fn report(info: &DefaultInfo<f64>, unit: f64) -> IterationReport {
    let gap = unit * (info.cost_primal - info.cost_dual);
    IterationReport {
        iteration: info.iterations as usize,
        residuals: Residuals {
            primal: info.res_primal,
            dual: info.res_dual,
            gap,
            primal_objective: -unit * info.cost_primal,
            dual_objective: -unit * info.cost_dual,
        },
        complementarity: gap.abs(),
    }
}

/// Runs Clarabel on a thread of its own while the monitor watches on this one.
fn supervised(
    program: &Program,
    settings: DefaultSettings<f64>,
    tolerance: Tolerance,
    monitor: &mut Monitor<'_>,
    wish: &mut Control,
) -> Result<Stop, SolverError> {
    let (reports, incoming) = mpsc::channel::<IterationReport>();
    let (answers, orders) = mpsc::channel::<bool>();
    let orders = Mutex::new(orders);
    let ask = move |report: &IterationReport| {
        if satisfied(&tolerance, report) {
            return true;
        }
        // Either channel is closed only if the other side has panicked: stop.
        let answer = || {
            reports.send(*report).ok()?;
            orders.lock().ok()?.recv().ok()
        };
        answer().unwrap_or(true)
    };
    std::thread::scope(|scope| {
        let worker = scope.spawn(move || run(program, settings, ask));
        for report in incoming {
            *wish = monitor(&report);
            if answers.send(*wish != Control::Continue).is_err() {
                break;
            }
        }
        worker
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// What the final iterate proves.
fn judge(
    problem: &ValidSdp,
    program: &Program,
    tolerance: &Tolerance,
    stop: &Stop,
    accepted: bool,
) -> Result<SdpOutcome, SolverError> {
    let stalled = |reason, residuals, last| SolverError::Stalled {
        solver: NAME,
        reason,
        iterations: stop.iterations,
        residuals,
        last,
    };
    match stop.status {
        SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible => {
            if let Some(outcome) = infeasible(problem, tolerance, stop) {
                return Ok(outcome);
            }
            let reason = "its certificate of infeasibility does not hold";
            return Err(stalled(reason, Residuals::UNKNOWN, None));
        }
        SolverStatus::DualInfeasible | SolverStatus::AlmostDualInfeasible => {
            if let Some(outcome) = unbounded(problem, tolerance, stop) {
                return Ok(outcome);
            }
            let reason = "its certificate of unboundedness does not hold";
            return Err(stalled(reason, Residuals::UNKNOWN, None));
        }
        _ => {}
    }
    let Some(solution) = best_pair(problem, program, tolerance, stop) else {
        return Err(stalled(
            "the iterate is not finite",
            Residuals::UNKNOWN,
            None,
        ));
    };
    let residuals = solution.residuals;
    if tolerance.shortfall(&residuals) <= 1.0 {
        return Ok(SdpOutcome::Optimal(solution));
    }
    if accepted {
        return Ok(SdpOutcome::Stopped(solution));
    }
    let last = Some(LastIterate(Box::new(solution)));
    Err(match stop.status {
        SolverStatus::MaxIterations => SolverError::IterationLimit {
            solver: NAME,
            iterations: stop.iterations,
            residuals,
            last,
        },
        SolverStatus::Solved | SolverStatus::CallbackTerminated => stalled(
            "the residuals recomputed from the problem exceed the tolerance",
            residuals,
            last,
        ),
        SolverStatus::AlmostSolved => stalled("almost solved", residuals, last),
        SolverStatus::MaxTime => stalled("time limit", residuals, last),
        SolverStatus::NumericalError => stalled("numerical error", residuals, last),
        SolverStatus::InsufficientProgress => stalled("insufficient progress", residuals, last),
        _ => stalled("no result", residuals, last),
    })
}

/// How far inside multipliers are moved before they are made stationary, relative to the largest.
const INSIDE: [f64; 3] = [0.0, 1e-9, 1e-7];

/// Multipliers further from stationarity than this are not worth a repair.
const REPAIRABLE: f64 = 1e-2;

/// The final iterate, its multipliers made stationary where that serves the tolerance.
fn best_pair(
    problem: &ValidSdp,
    program: &Program,
    tolerance: &Tolerance,
    stop: &Stop,
) -> Option<SdpSolution> {
    let primal = primal_point(problem, &stop.x, Some(&stop.s));
    let pair = |z: &[f64], scale: f64| {
        let dual = dual_point(problem, z, scale);
        let residuals = problem.residuals(&primal, &dual).ok()?;
        Some(SdpSolution {
            primal: primal.clone(),
            dual,
            residuals,
            iterations: stop.iterations,
        })
    };
    let mut best = pair(&stop.z, 1.0)?;
    let lacking = best.residuals.dual;
    if lacking <= tolerance.feasibility || lacking > REPAIRABLE {
        return Some(best);
    }
    let unit = program.dual_unit;
    let relative: Vec<f64> = stop.z.iter().map(|v| v / unit).collect();
    for inside in INSIDE {
        let moved = repair::stationary(program, &relative, inside);
        let Some(found) = moved.and_then(|z| pair(&z, unit)) else {
            continue;
        };
        let repaired = found.residuals.dual <= tolerance.feasibility;
        if tolerance.shortfall(&found.residuals) < tolerance.shortfall(&best.residuals) {
            best = found;
        }
        if repaired {
            break;
        }
    }
    Some(best)
}

/// What the multipliers prove of the feasible points.
fn infeasible(problem: &ValidSdp, tolerance: &Tolerance, stop: &Stop) -> Option<SdpOutcome> {
    let outcome = problem.judge_multipliers(&dual_point(problem, &stop.z, 1.0));
    outcome.filter(|outcome| says_something(outcome, tolerance))
}

/// What the solution, as a direction, proves of the multipliers.
fn unbounded(problem: &ValidSdp, tolerance: &Tolerance, stop: &Stop) -> Option<SdpOutcome> {
    let outcome = problem.judge_direction(&primal_point(problem, &stop.x, None));
    outcome.filter(|outcome| says_something(outcome, tolerance))
}

/// That solutions are not small is no outcome where the size is moderate.
fn says_something(outcome: &SdpOutcome, tolerance: &Tolerance) -> bool {
    match outcome {
        SdpOutcome::NoPointBelow { size, .. } | SdpOutcome::NoMultipliersBelow { size, .. } => {
            size * tolerance.feasibility >= 1.0
        }
        _ => true,
    }
}
