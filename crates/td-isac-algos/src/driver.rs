//! The alternating optimisation of beams and time allocation (Algorithm 2).
//!
//! Beams for the current `η`; then a strategy proposes a better `η`; a step that lowers the
//! exact rate is rejected. In the end `η_opt = min(η̄, η_L)` (18) with beams designed *at*
//! `η_opt` (line 11 of the printed algorithm passes the one before).
//!
//! The driver knows schemes and strategies by their traits only.

use robust_sdp::{AttackOptions, RobustError, SdpSolver, SolverError};

use crate::allocation::{AllocationContext, Iterate, Proposal, TimeAllocation};
use crate::beams::ReducedBeams;
use crate::design::{CertifiedBeams, Design, Termination, attack_reduced, certify_reduced};
use crate::downlink::{Downlink, check_eta, rate_bit_s_hz};
use crate::error::DesignError;
use crate::observer::{Observer, Progress};
use crate::scheme::{BeamformingScheme, Relaxed, SchemeContext, TimeAllocationWish};

/// Options of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Driver {
    /// Where the iteration starts.
    pub(crate) eta_start: f64,
    /// Accepted steps allowed.
    pub(crate) max_iterations: usize,
}

/// What is to be designed, with what.
pub(crate) struct Task<'a> {
    pub(crate) downlink: &'a Downlink,
    pub(crate) scheme: &'a dyn BeamformingScheme,
    pub(crate) solver: &'a dyn SdpSolver,
    pub(crate) observer: &'a mut dyn Observer,
    /// How the finished beams are attacked, if they are.
    pub(crate) attack: Option<AttackOptions>,
}

impl Default for Driver {
    fn default() -> Self {
        Self {
            eta_start: 0.5,
            max_iterations: 30,
        }
    }
}

/// Rejected samples of a search that is not ended by one.
const MAX_SAMPLES: usize = 100;

/// How often the start may retreat when it allows no positive rate.
const MAX_RETREATS: usize = 12;

impl Driver {
    /// Designs beams and time allocation; `eta_max` is `η̄` (17), the largest time allocation
    /// that keeps the sensing threshold.
    pub(crate) fn run(
        &self,
        task: Task<'_>,
        eta_max: f64,
        allocation: &dyn TimeAllocation,
    ) -> Result<Design, DesignError> {
        check_eta("eta_start", self.eta_start)?;
        check_eta("eta_max", eta_max)?;
        let mut run = Run::new(task);
        match run.scheme.time_allocation() {
            TimeAllocationWish::Limit => {
                let iterate = run.evaluate(eta_max, None)?;
                run.report(&iterate, true);
                run.finish(iterate, Vec::new(), Termination::AtLimit)
            }
            TimeAllocationWish::Optimise => {
                let (mut best, history, termination) =
                    self.optimise(&mut run, eta_max, allocation)?;
                if best.eta > eta_max && termination != Termination::NoPositiveRate {
                    best = run.evaluate(eta_max, Some(&best.relaxed))?;
                    run.report(&best, true);
                } else if best.eta > eta_max {
                    best.eta = eta_max;
                }
                run.finish(best, history, termination)
            }
        }
    }

    /// Designs beams at a given time allocation, the threshold not enforced.
    pub(crate) fn run_fixed(&self, task: Task<'_>, eta: f64) -> Result<Design, DesignError> {
        check_eta("eta", eta)?;
        let mut run = Run::new(task);
        let iterate = run.evaluate(eta, None)?;
        run.report(&iterate, true);
        run.finish(iterate, Vec::new(), Termination::Fixed)
    }

    fn optimise(
        &self,
        run: &mut Run<'_>,
        eta_max: f64,
        allocation: &dyn TimeAllocation,
    ) -> Result<Optimised, DesignError> {
        let mut current = run.evaluate(self.eta_start, None)?;
        let mut go_on = run.report(&current, true);
        // A start without a positive rate gives a strategy nothing to improve: retreat towards
        // more sensing.
        for _ in 0..MAX_RETREATS {
            if current.rate_bit_s_hz > 0.0 || !go_on {
                break;
            }
            current = run.evaluate(0.5 * current.eta, None)?;
            go_on = run.report(&current, true);
        }
        let mut history = vec![(current.eta, current.rate_bit_s_hz)];
        if current.rate_bit_s_hz <= 0.0 {
            return Ok((current, history, Termination::NoPositiveRate));
        }
        let mut rejected = 0;
        let termination = loop {
            if !go_on {
                break Termination::Cancelled;
            }
            if history.len() > self.max_iterations || rejected > MAX_SAMPLES {
                break Termination::IterationLimit;
            }
            let Proposal::Try(eta) = run.propose(allocation, eta_max, &current)? else {
                break Termination::Converged;
            };
            let next = match run.evaluate(eta, Some(&current.relaxed)) {
                Ok(next) => next,
                Err(error) if is_cancellation(&error) => break Termination::Cancelled,
                Err(error) => return Err(error),
            };
            let gain = next.rate_bit_s_hz - current.rate_bit_s_hz;
            let accepted = gain > 0.0;
            go_on = run.report(&next, accepted);
            if accepted {
                let relative = gain / next.rate_bit_s_hz;
                current = next;
                history.push((current.eta, current.rate_bit_s_hz));
                if allocation.gain_tolerance().is_some_and(|t| relative < t) {
                    break Termination::Converged;
                }
            } else if allocation.ends_on_rejection() {
                break Termination::Safeguarded;
            } else {
                rejected += 1;
            }
        };
        Ok((current, history, termination))
    }
}

fn is_cancellation(error: &DesignError) -> bool {
    matches!(
        error,
        DesignError::Cancelled
            | DesignError::Robust(RobustError::Solver(SolverError::Cancelled { .. }))
    )
}

/// Best iterate, accepted `(η, rate)`, and why the iteration ended.
type Optimised = (Iterate, Vec<(f64, f64)>, Termination);

/// One run's books.
struct Run<'a> {
    downlink: &'a Downlink,
    scheme: &'a dyn BeamformingScheme,
    solver: &'a dyn SdpSolver,
    observer: &'a mut dyn Observer,
    attack: Option<AttackOptions>,
    evaluated: Vec<(f64, f64)>,
    conic_solves: usize,
}

impl<'a> Run<'a> {
    fn new(task: Task<'a>) -> Self {
        Self {
            downlink: task.downlink,
            scheme: task.scheme,
            solver: task.solver,
            observer: task.observer,
            attack: task.attack,
            evaluated: Vec::new(),
            conic_solves: 0,
        }
    }

    fn evaluate(&mut self, eta: f64, previous: Option<&Relaxed>) -> Result<Iterate, DesignError> {
        let observer = &mut *self.observer;
        let mut interrupted = || observer.interrupted();
        let mut context = SchemeContext {
            solver: self.solver,
            previous,
            conic_solves: self.conic_solves,
            interrupted: &mut interrupted,
        };
        let solved = self.scheme.solve(self.downlink, eta, &mut context);
        self.conic_solves = context.conic_solves;
        let relaxed = solved.map_err(|error| {
            if previous.is_none() && is_cancellation(&error) {
                DesignError::Cancelled
            } else {
                error
            }
        })?;
        let iterate = Iterate {
            eta,
            rate_bit_s_hz: rate_bit_s_hz(eta, relaxed.gamma),
            relaxed,
        };
        self.evaluated.push((eta, iterate.rate_bit_s_hz));
        Ok(iterate)
    }

    fn propose(
        &mut self,
        allocation: &dyn TimeAllocation,
        limit: f64,
        current: &Iterate,
    ) -> Result<Proposal, DesignError> {
        allocation.propose(&mut AllocationContext {
            downlink: self.downlink,
            current,
            evaluated: &self.evaluated,
            limit,
            solver: self.solver,
            conic_solves: &mut self.conic_solves,
        })
    }

    /// Reports an iterate; `false` when the observer wants to stop.
    fn report(&mut self, iterate: &Iterate, accepted: bool) -> bool {
        self.observer.progress(&Progress {
            evaluation: self.evaluated.len().saturating_sub(1),
            eta: iterate.eta,
            gamma: iterate.relaxed.gamma,
            rate_bit_s_hz: iterate.rate_bit_s_hz,
            accepted,
            conic_solves: self.conic_solves,
        })
    }

    /// Beams and certificate of the last iterate.
    fn finish(
        mut self,
        iterate: Iterate,
        history: Vec<(f64, f64)>,
        termination: Termination,
    ) -> Result<Design, DesignError> {
        // A cancelled run still owes its caller the beams of its best iterate.
        let mut never = || false;
        let mut context = SchemeContext {
            solver: self.solver,
            previous: None,
            conic_solves: self.conic_solves,
            interrupted: &mut never,
        };
        let extracted =
            self.scheme
                .extract(self.downlink, iterate.eta, &iterate.relaxed, &mut context)?;
        self.conic_solves = context.conic_solves;
        let certified = certify_reduced(self.downlink, iterate.eta, &extracted.beams, self.solver)?;
        self.conic_solves += certified.user_gamma.len();
        let gamma_attacked = match &self.attack {
            Some(options) => {
                Some(self.attacked(&iterate, &extracted.beams, &certified, options)?)
            }
            None => None,
        };
        Ok(Design {
            scheme: self.scheme.name().to_owned(),
            eta: iterate.eta,
            beamformers: extracted.beams.lift(),
            certified,
            gamma_attacked,
            gamma_upper_bound: iterate.relaxed.gamma_upper_bound,
            rank_one_ratio: extracted.rank_one_ratio,
            history,
            termination,
            conic_solves: self.conic_solves,
        })
    }

    /// SINR of the worst user at the most harmful channel errors that a search finds.
    fn attacked(
        &self,
        iterate: &Iterate,
        beams: &ReducedBeams,
        certified: &CertifiedBeams,
        options: &AttackOptions,
    ) -> Result<f64, DesignError> {
        let found = attack_reduced(self.downlink, iterate.eta, beams, certified, options)?;
        let gammas = found.iter().map(|user| user.gamma);
        Ok(gammas.fold(f64::INFINITY, f64::min))
    }
}
