//! One instance, solved and measured.

use std::fs;
use std::time::{Duration, Instant};

use robust_sdp::{
    Control, HermitianIpm, IterationReport, Residuals, SdpOutcome, SdpSolver, SdpaProblem,
    SolveRequest, SolverError, ValidSdp,
};

/// What came out, in the format's terms: it minimises, so that signs are not those of the library.
#[derive(Debug, Clone)]
pub struct Run {
    /// How it ended.
    pub outcome: &'static str,
    /// `c^T x`, if there is an iterate.
    pub primal: Option<f64>,
    /// `<F_0, Y>`.
    pub dual: Option<f64>,
    pub residual_primal: Option<f64>,
    pub residual_dual: Option<f64>,
    /// Of wall-clock time, the check included.
    pub seconds: f64,
    /// Most memory of the process meanwhile, in MiB; `None` where the system does not tell.
    pub peak_mb: Option<f64>,
}

/// Solves an instance; an iteration that begins after the limit is not made.
pub fn run(file: &SdpaProblem, limit: Duration) -> Run {
    reset_peak();
    let start = Instant::now();
    let problem = file.problem().ok().and_then(|problem| problem.check().ok());
    let (outcome, residuals) = match problem {
        Some(problem) => solve(&problem, start, limit),
        None => ("invalid", None),
    };
    Run {
        outcome,
        primal: residuals.map(|r| -r.primal_objective),
        dual: residuals.map(|r| -r.dual_objective),
        residual_primal: residuals.map(|r| r.primal),
        residual_dual: residuals.map(|r| r.dual),
        seconds: start.elapsed().as_secs_f64(),
        peak_mb: peak_mb(),
    }
}

fn solve(problem: &ValidSdp, start: Instant, limit: Duration) -> (&'static str, Option<Residuals>) {
    let mut last = None;
    let mut monitor = |report: &IterationReport| {
        last = Some(report.residuals);
        if start.elapsed() > limit {
            Control::Cancel
        } else {
            Control::Continue
        }
    };
    let request = SolveRequest {
        monitor: Some(&mut monitor),
        ..SolveRequest::default()
    };
    match HermitianIpm::default().solve(problem, request) {
        // What is claimed is computed again from the data.
        Ok(SdpOutcome::Optimal(s)) => match problem.residuals(&s.primal, &s.dual) {
            Ok(r) => ("optimal", Some(r)),
            Err(_) => ("invalid", None),
        },
        Ok(SdpOutcome::AlmostOptimal { solution: s, .. }) => ("almost-optimal", Some(s.residuals)),
        Ok(SdpOutcome::Stopped(s)) => ("stopped", Some(s.residuals)),
        Ok(SdpOutcome::PrimalInfeasible { .. }) => ("primal-infeasible", None),
        Ok(SdpOutcome::DualInfeasible { .. }) => ("dual-infeasible", None),
        Ok(SdpOutcome::NoPointBelow { .. }) => ("no-point-below", last),
        Ok(SdpOutcome::NoMultipliersBelow { .. }) => ("no-multipliers-below", last),
        Ok(_) => ("unknown", last),
        Err(error) => {
            let at = error.last_iterate().map(|s| s.residuals);
            let kind = match error {
                SolverError::IterationLimit { .. } => "iteration-limit",
                SolverError::Stalled { .. } => "stalled",
                SolverError::Cancelled { .. } => "time-limit",
                _ => "unsupported",
            };
            (kind, at.or(last))
        }
    }
}

/// Lets the kernel forget the peak so far, where it can.
fn reset_peak() {
    // Not everywhere, and nothing depends on it: then the peak is that of all instances so far.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn peak_mb() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}
