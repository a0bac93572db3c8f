//! A solver that keeps the programs it is given.

use std::sync::{Mutex, PoisonError};

use super::check::ValidSdp;
use super::error::SolverError;
use super::solution::SdpOutcome;
use super::solver::{SdpSolver, SolveRequest, Tolerance};

/// Passes programs on to another solver and keeps a copy of each, in order: to solve them again with
/// another solver, to time one of them alone, or to look at the one that failed.
///
/// Memory grows by a copy of every program.
///
/// ```
/// use faer::c64;
/// use robust_sdp::*;
///
/// # let problem = RatioProblem {
/// #     group_sizes: vec![2],
/// #     budgets: vec![4.0],
/// #     targets: vec![RatioTarget {
/// #         nominal: vec![c64::new(3.0, 0.0), c64::new(0.0, 4.0)],
/// #         errors: vec![ErrorBlock::Ball { group: 0, radius: 1.0 }],
/// #         floor: 0.5,
/// #     }],
/// # }
/// # .check()?;
/// let recorder = Recorder::new(HermitianIpm::default());
/// max_min_ratio(&problem, &recorder, &MaxMinOptions::default(), &mut || false)?;
/// let mut programs = recorder.take();
/// let (program, tolerance) = programs.pop().expect("one program at least");
/// let request = SolveRequest { tolerance, ..SolveRequest::default() };
/// assert!(HermitianIpm::default().solve(&program, request).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Recorder<S> {
    inner: S,
    programs: Mutex<Vec<(ValidSdp, Tolerance)>>,
}

impl<S> Recorder<S> {
    /// Records what `inner` is asked to solve.
    pub fn new(inner: S) -> Self {
        Self {
            inner,
            programs: Mutex::default(),
        }
    }

    /// The programs so far, with the accuracy that was asked for, and an empty record from now on.
    pub fn take(&self) -> Vec<(ValidSdp, Tolerance)> {
        let mut programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut programs)
    }
}

impl<S: SdpSolver> SdpSolver for Recorder<S> {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn solve(
        &self,
        problem: &ValidSdp,
        request: SolveRequest<'_>,
    ) -> Result<SdpOutcome, SolverError> {
        let entry = (problem.clone(), request.tolerance);
        self.programs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(entry);
        self.inner.solve(problem, request)
    }
}
