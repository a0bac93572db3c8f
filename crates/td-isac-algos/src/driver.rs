//! The alternating optimisation of beams and time allocation (Algorithm 2).
//!
//! Beams for the current `η`; then a strategy proposes a better `η`; a step that lowers the
//! exact rate is rejected. In the end `η_opt = min(η̄, η_L)` (18) with beams designed *at*
//! `η_opt` (line 11 of the printed algorithm passes the one before).
//!
//! The driver knows schemes and strategies by their traits only.

use crlb::Frame;
use robust_sdp::{
    AttackOptions, BeamBoundOptions, RobustError, SdpSolver, SolverError, bound_alone, bound_beams,
};

use crate::allocation::global::GlobalBound;
use crate::allocation::{AllocationContext, Proposal, Sample, TimeAllocation};
use crate::beams::ReducedBeams;
use crate::design::{CertifiedBeams, Design, Termination, attack_reduced, certify_reduced};
use crate::downlink::{Downlink, check_eta, rate_bit_s_hz};
use crate::error::DesignError;
use crate::observer::{Observer, Progress};
use crate::scheme::{BeamformingScheme, Iterate, SchemeContext, TimeAllocationWish};

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
    /// How errors are looked for that bound all beams, if they are.
    pub(crate) beam_bound: Option<BeamBoundOptions>,
}

/// Which time allocations are answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// `η̄` (17), the largest one that keeps the sensing threshold.
    pub(crate) eta_max: f64,
    /// The frame, if only whole numbers of its sensing slots are.
    pub(crate) whole_slots: Option<Frame>,
}

impl Limits {
    /// The time allocations next to this one, at least one, that are answers.
    fn next_to(&self, eta: f64) -> Result<Vec<f64>, DesignError> {
        let Some(frame) = self.whole_slots else {
            return Ok(vec![eta.min(self.eta_max)]);
        };
        let near = frame.whole_slot_allocations(eta, self.eta_max);
        if near.is_empty() {
            return Err(DesignError::NoWholeSlot {
                needed: frame.sensing_slots(self.eta_max).ceil(),
                frame: frame.sensing_slots(0.0),
            });
        }
        Ok(near)
    }
}

impl Default for Driver {
    fn default() -> Self {
        Self {
            eta_start: 0.5,
            max_iterations: 30,
        }
    }
}

/// Half the distance over which error sets are differenced, relative to the distance to the nearer end of (0, 1): its square is
/// the error, the rounding of a set's size over it the noise.
const SLOPE_STEP: f64 = 1e-4;

/// Rejected samples of a search that is not ended by one.
const MAX_SAMPLES: usize = 100;

/// How often the start may retreat when it allows no positive rate.
const MAX_RETREATS: usize = 12;

impl Driver {
    /// Designs beams and time allocation.
    pub(crate) fn run(
        &self,
        task: Task<'_>,
        limits: Limits,
        allocation: &dyn TimeAllocation,
    ) -> Result<Design, DesignError> {
        let eta_max = limits.eta_max;
        check_eta("eta_start", self.eta_start)?;
        check_eta("eta_max", eta_max)?;
        let largest = limits.next_to(eta_max)?[0];
        let mut run = Run::new(task);
        match run.scheme.time_allocation() {
            TimeAllocationWish::Limit => {
                let iterate = run.evaluate(largest, None, None)?;
                run.report(&iterate, true);
                run.finish(iterate, Vec::new(), Termination::AtLimit, None)
            }
            TimeAllocationWish::Optimise => {
                let (mut best, history, mut termination) =
                    self.optimise(&mut run, eta_max, allocation)?;
                if termination == Termination::NoPositiveRate {
                    best.eta = limits.next_to(best.eta)?[0];
                } else {
                    if best.eta > eta_max {
                        best = run.best_within(eta_max, &best)?;
                        run.report(&best, true);
                    }
                    if limits.whole_slots.is_some() && termination != Termination::Cancelled {
                        match run.best_of(&limits.next_to(best.eta)?, &best)? {
                            Some(whole) => best = whole,
                            None => termination = Termination::Cancelled,
                        }
                    }
                }
                run.finish(best, history, termination, Some(eta_max))
            }
        }
    }

    /// Designs beams at a given time allocation, the threshold not enforced.
    pub(crate) fn run_fixed(&self, task: Task<'_>, eta: f64) -> Result<Design, DesignError> {
        check_eta("eta", eta)?;
        let mut run = Run::new(task);
        let iterate = run.evaluate(eta, None, None)?;
        run.report(&iterate, true);
        run.finish(iterate, Vec::new(), Termination::Fixed, None)
    }

    fn optimise(
        &self,
        run: &mut Run<'_>,
        eta_max: f64,
        allocation: &dyn TimeAllocation,
    ) -> Result<Optimised, DesignError> {
        let precision = allocation.precision();
        let start = allocation.start(self.eta_start, eta_max);
        let mut current = run.evaluate(start, None, precision)?;
        let mut go_on = run.report(&current, true);
        // A start without a positive rate gives a strategy nothing to improve: retreat towards
        // more sensing.
        for _ in 0..MAX_RETREATS {
            if current.rate_bit_s_hz > 0.0 || !go_on {
                break;
            }
            current = run.evaluate(0.5 * current.eta, None, precision)?;
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
            let (eta, settles) = match run.propose(allocation, eta_max, &current)? {
                Proposal::Try(eta) => (eta, false),
                Proposal::Settle(eta) => (eta, true),
                Proposal::Converged => break Termination::Converged,
            };
            check_eta("eta proposed", eta)?;
            let precision = precision.filter(|_| !settles);
            let next = match run.evaluate(eta, Some(&current), precision) {
                Ok(next) => next,
                Err(error) if is_cancellation(&error) => break Termination::Cancelled,
                // A search that compares many time allocations goes on without this one, and says so.
                Err(_) if !allocation.ends_on_rejection() && !run.unsolved.contains(&eta) => {
                    run.leave_out(eta);
                    rejected += 1;
                    continue;
                }
                Err(error) => return Err(error),
            };
            if settles && allocation.precision().is_some() {
                // Solved in full where the search ended: rates from along the way do not compare.
                go_on = run.report(&next, true);
                history.retain(|&(_, rate)| rate <= next.rate_bit_s_hz);
                history.push((next.eta, next.rate_bit_s_hz));
                current = next;
                break if go_on {
                    Termination::Converged
                } else {
                    Termination::Cancelled
                };
            }
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
            } else if allocation.ends_on_rejection() && !settles {
                break Termination::Safeguarded;
            } else {
                rejected += 1;
            }
            if settles && go_on {
                break Termination::Converged;
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
    beam_bound: Option<BeamBoundOptions>,
    evaluated: Vec<Sample>,
    unsolved: Vec<f64>,
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
            beam_bound: task.beam_bound,
            evaluated: Vec::new(),
            unsolved: Vec::new(),
            conic_solves: 0,
        }
    }

    /// The scheme could not be solved there: nothing is known to be worth having.
    fn leave_out(&mut self, eta: f64) {
        self.unsolved.push(eta);
        self.evaluated.retain(|sample| sample.eta != eta);
        self.evaluated.push(Sample {
            eta,
            rate_bit_s_hz: 0.0,
            slope: None,
            gamma_upper_bound: None,
        });
    }

    /// Beams at the limit of the time allocations, or at the best one tried below it.
    fn best_within(&mut self, limit: f64, previous: &Iterate) -> Result<Iterate, DesignError> {
        let there = self.evaluate(limit, Some(previous), None)?;
        let below = self.evaluated.iter().filter(|s| s.eta < limit);
        let best = below.max_by(|a, b| a.rate_bit_s_hz.total_cmp(&b.rate_bit_s_hz));
        match best {
            Some(best) if best.rate_bit_s_hz > there.rate_bit_s_hz => {
                let eta = best.eta;
                self.evaluate(eta, Some(&there), None)
            }
            _ => Ok(there),
        }
    }

    /// The best of these time allocations, next to where a search ended, or `None` if it was cancelled before it had any. One
    /// that cannot be solved costs the others nothing.
    fn best_of(&mut self, etas: &[f64], nearby: &Iterate) -> Result<Option<Iterate>, DesignError> {
        if etas.contains(&nearby.eta) {
            return Ok(Some(nearby.clone()));
        }
        let mut best: Option<Iterate> = None;
        let mut failure = None;
        for &eta in etas {
            match self.evaluate(eta, Some(nearby), None) {
                Ok(next) => {
                    let better =
                        (best.as_ref()).is_none_or(|b| next.rate_bit_s_hz > b.rate_bit_s_hz);
                    let go_on = self.report(&next, better);
                    if better {
                        best = Some(next);
                    }
                    if !go_on {
                        break;
                    }
                }
                Err(error) if is_cancellation(&error) => return Ok(best),
                Err(error) => {
                    self.leave_out(eta);
                    failure = Some(error);
                }
            }
        }
        match (best, failure) {
            (None, Some(failure)) => Err(failure),
            (best, _) => Ok(best),
        }
    }

    fn evaluate(
        &mut self,
        eta: f64,
        previous: Option<&Iterate>,
        precision: Option<f64>,
    ) -> Result<Iterate, DesignError> {
        let observer = &mut *self.observer;
        let mut interrupted = || observer.interrupted();
        let mut context = SchemeContext {
            solver: self.solver,
            previous,
            precision,
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
        self.evaluated.push(Sample {
            eta,
            rate_bit_s_hz: iterate.rate_bit_s_hz,
            slope: self.rate_slope(&iterate),
            gamma_upper_bound: iterate.relaxed.gamma_upper_bound,
        });
        Ok(iterate)
    }

    /// `dR/dη` from the multipliers of one solution: `log2(1 + γ) + η γ' / ((1 + γ) ln 2)`. Only the error sets are
    /// differenced. `None` where the scheme has no multipliers, or the sets change their structure here.
    fn rate_slope(&self, iterate: &Iterate) -> Option<f64> {
        let Iterate { eta, relaxed, .. } = iterate;
        let half = SLOPE_STEP * eta.min(1.0 - eta);
        let problem = |eta: f64| self.downlink.problem_for(&relaxed.forms, eta).ok();
        let point = relaxed.point()?;
        // Where a set changes its structure at this very place, the derivative is one-sided.
        let spans = [(-half, half), (-half, 0.0), (0.0, half)];
        let derivative = spans.into_iter().find_map(|(low, high)| {
            point.derivative(&problem(eta + low)?, &problem(eta + high)?, high - low)
        })?;
        let nats = relaxed.gamma.ln_1p() + eta * derivative / (1.0 + relaxed.gamma);
        Some(nats / std::f64::consts::LN_2)
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

    /// How much better than `rate` any time allocation up to `limit` might be; `None` if the scheme bounds nothing.
    fn global_gap(&self, limit: f64, rate: f64) -> Result<Option<f64>, DesignError> {
        if self.evaluated.iter().all(|s| s.gamma_upper_bound.is_none()) {
            return Ok(None);
        }
        let bound = GlobalBound::of(self.downlink, &self.evaluated, limit)?;
        Ok(Some((bound.rate_bit_s_hz() - rate).max(0.0)))
    }

    /// Beams and certificate of the last iterate. Time allocations up to `limit` were there to choose from.
    fn finish(
        mut self,
        iterate: Iterate,
        history: Vec<(f64, f64)>,
        termination: Termination,
        limit: Option<f64>,
    ) -> Result<Design, DesignError> {
        // A cancelled run still owes its caller the beams of its best iterate.
        let mut never = || false;
        let mut context = SchemeContext {
            solver: self.solver,
            previous: None,
            precision: None,
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
        let gamma_beam_upper_bound = self.bound_on_beams(&iterate)?;
        let rate = rate_bit_s_hz(iterate.eta, certified.gamma);
        let eta_global_gap_bit_s_hz = match limit {
            Some(limit) => self.global_gap(limit, rate)?,
            None => None,
        };
        Ok(Design {
            scheme: self.scheme.name().to_owned(),
            eta: iterate.eta,
            beamformers: extracted.beams.lift(),
            certified,
            gamma_attacked,
            gamma_upper_bound: iterate.relaxed.gamma_upper_bound,
            gamma_beam_upper_bound,
            eta_global_gap_bit_s_hz,
            rank_one_ratio: extracted.rank_one_ratio,
            history,
            termination,
            unsolved: self.unsolved,
            conic_solves: self.conic_solves,
        })
    }

    /// What no beams exceed at the iterate's time allocation: by errors one by one, if that is asked for and the scheme knows where to
    /// look for them, else by what each user could have alone.
    fn bound_on_beams(&self, iterate: &Iterate) -> Result<f64, DesignError> {
        let forms = &iterate.relaxed.forms;
        let problem = self.downlink.problem_for(forms, iterate.eta)?;
        let alone = bound_alone(&problem);
        let point = iterate.relaxed.point();
        let point = point.filter(|_| self.scheme.seeks_among_all_beams());
        let (Some(options), Some(point)) = (&self.beam_bound, point) else {
            return Ok(alone);
        };
        let found = bound_beams(&problem, &point, self.solver, options, &mut || false);
        Ok(found.map_or(alone, |bound| bound.ratio()))
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
