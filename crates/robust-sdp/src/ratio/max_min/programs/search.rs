//! The largest ratio by programs at fixed ratios: root finding on the margin.
//!
//! `φ(γ) = τ*(γ) - γ` is strictly decreasing, so its root is unique. Each semidefinite program
//! yields rigorous bounds on both sides, wherever it was solved: the worst-case ratio of the
//! forms it found is attained, and its multipliers bound the margin at every ratio, hence the
//! root. Both are tangent to `φ` at the point, so the bracket that a program leaves is as wide
//! as the square of its distance to the root.

use faer::c64;

use crate::ratio::error::RobustError;
use crate::ratio::max_min::options::{MaxMinOptions, RootFinding};
use crate::ratio::max_min::programs::critical::critical_ratio;
use crate::ratio::max_min::programs::dual_bound::MarginPoint;
use crate::ratio::max_min::programs::relaxation::Relaxation;
use crate::ratio::max_min::solution::{MaxMinSolution, RatioPoint};
use crate::ratio::outcome::SMALLEST_RATIO;
use crate::ratio::proof::{Bracket, LowerBound, UpperBound};
use crate::sdp::SdpSolver;

/// Searches for the ratio, from what is known of it.
pub(crate) fn search(
    relaxation: &Relaxation<'_>,
    known: Option<&MaxMinSolution>,
    solver: &dyn SdpSolver,
    options: &MaxMinOptions,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<MaxMinSolution, RobustError> {
    let mut search = Search::new(relaxation, known, options);
    if relaxation.is_swallowed() {
        return search.finish();
    }
    if options.start.is_none() && search.lower() == 0.0 {
        search.start_from_zero_forcing(solver)?;
    }
    while !search.done() {
        if search.solves >= options.max_solves || search.fruitless >= options.policy.fruitless {
            break;
        }
        search.bound_by_critical_ratio(solver, cancelled)?;
        if search.done() {
            break;
        }
        let accuracy = 0.3 * options.ratio_tolerance;
        let point =
            match relaxation.margin(solver, search.proposal, accuracy, search.slope, cancelled) {
                Ok(point) => {
                    search.failures = 0;
                    point
                }
                // A bracket that was proven without it does not need the program.
                Err(error) if search.suffices() && !error.is_cancellation() => break,
                Err(error) if error.is_cancellation() => return Err(error),
                Err(error) => {
                    search.failure = Some(error);
                    if search.retreat() {
                        continue;
                    }
                    break;
                }
            };
        let before = search.upper() - search.lower();
        search.record(point, solver)?;
        let after = search.upper() - search.lower();
        let settled = search.settled || after > 0.9 * before;
        if settled && search.width() <= options.policy.numerical_width {
            // Rounding, not the method, sets the width now; the bracket says how wide it is.
            break;
        }
    }
    search.finish()
}

struct Search<'a> {
    relaxation: &'a Relaxation<'a>,
    /// What was proven before.
    known: Option<&'a MaxMinSolution>,
    options: MaxMinOptions,
    attained: LowerBound,
    bound: UpperBound,
    best: Option<(MarginPoint, Vec<Vec<f64>>)>,
    /// Where to solve next, and what to expect there.
    proposal: f64,
    slope: f64,
    solves: usize,
    /// Programs that narrowed nothing.
    fruitless: usize,
    /// Programs that failed in a row.
    failures: usize,
    /// The last failure to solve a program, about which nothing was concluded.
    failure: Option<RobustError>,
    /// The last program attained its ratio and Newton sees no more to gain.
    settled: bool,
    /// Up to which ratio the critical one has been looked for.
    critical_tried: f64,
}

impl<'a> Search<'a> {
    fn new(
        relaxation: &'a Relaxation<'a>,
        known: Option<&'a MaxMinSolution>,
        options: &MaxMinOptions,
    ) -> Self {
        let known_bounds = known.map(|k| k.bracket.bounds());
        let attained = known_bounds.map_or(LowerBound::ZERO, |(lower, _)| lower);
        let bound = UpperBound::alone(relaxation.problem).min(known_bounds.map(|(_, upper)| upper));
        let (lower, upper) = (attained.ratio(), bound.ratio());
        let start = options
            .start
            .filter(|s| s.is_finite() && *s > SMALLEST_RATIO && *s < upper)
            .or((lower > 0.0).then_some(lower));
        Self {
            relaxation,
            known,
            options: *options,
            attained,
            bound,
            best: None,
            proposal: start.unwrap_or_else(|| (1e-6 * upper).max(upper.min(1e3)).min(0.5 * upper)),
            slope: known.map_or(0.0, |k| k.point.slope),
            solves: known.map_or(0, |k| k.solves),
            fruitless: 0,
            failures: 0,
            failure: None,
            settled: false,
            critical_tried: 0.0,
        }
    }

    fn lower(&self) -> f64 {
        self.attained.ratio()
    }

    fn upper(&self) -> f64 {
        self.bound.ratio()
    }

    /// Of the bracket, relative.
    fn width(&self) -> f64 {
        (self.upper() - self.lower()) / self.upper()
    }

    /// Whether the bracket will do if the program at hand cannot be solved; after several that could not,
    /// a wider one.
    fn suffices(&self) -> bool {
        let policy = &self.options.policy;
        let accepted = if self.failures < policy.failures.0 {
            policy.numerical_width
        } else {
            policy.failures.1
        };
        self.width() <= accepted
    }

    fn done(&self) -> bool {
        self.width() <= self.options.ratio_tolerance || self.upper() <= SMALLEST_RATIO
    }

    /// Without a better idea, the search starts from what zero-forcing vectors of equal budget
    /// attain.
    fn start_from_zero_forcing(&mut self, solver: &dyn SdpSolver) -> Result<(), RobustError> {
        let Some(columns) = self.relaxation.zero_forcing_columns() else {
            return Ok(());
        };
        match self.relaxation.attained_by(&columns, solver) {
            Ok((lower, _)) if lower.ratio() > SMALLEST_RATIO && lower.ratio() < self.upper() => {
                self.proposal = lower.ratio();
                Ok(())
            }
            Err(error) if error.is_cancellation() => Err(error),
            // Only a guess is lost.
            _ => Ok(()),
        }
    }

    /// Once it is clear that floors hardly matter, the upper bound comes from the critical
    /// ratio, and so does a guess that is short of the answer by about `1/|slope|`. It is also tried when
    /// a program has narrowed nothing: past the critical ratio multipliers bound the root loosely,
    /// however little of it the floors take.
    fn bound_by_critical_ratio(
        &mut self,
        solver: &dyn SdpSolver,
        cancelled: &mut dyn FnMut() -> bool,
    ) -> Result<(), RobustError> {
        let anywhere = self.fruitless > 0;
        let limit = if anywhere {
            self.upper()
        } else {
            self.options.policy.negligible_floors * self.relaxation.unit
        };
        if limit <= self.critical_tried || self.lower() <= 0.0 || self.lower() > limit {
            return Ok(());
        }
        self.critical_tried = if anywhere { f64::INFINITY } else { limit };
        let found = critical_ratio(
            self.relaxation,
            solver,
            self.lower(),
            limit,
            &self.options,
            &mut self.solves,
            cancelled,
        )?;
        let Some(critical) = found else {
            return Ok(());
        };
        self.bound = self.bound.min(Some(critical.bound));
        let mut point = critical.point;
        let used = self.relaxation.used_budget(&point.forms);
        let scale = faer::Scale(c64::new(1.0 / used, 0.0));
        point.forms.iter_mut().for_each(|x| *x *= scale);
        self.slope = point.slope;
        self.keep_if_better(point, solver)?;
        self.proposal = if self.lower() > 0.9 * self.upper() {
            self.lower()
        } else {
            self.middle()
        };
        Ok(())
    }

    fn keep_if_better(
        &mut self,
        point: MarginPoint,
        solver: &dyn SdpSolver,
    ) -> Result<(), RobustError> {
        let (attained, multipliers) = match self.relaxation.attained_ratio(&point, solver) {
            Ok(found) => found,
            // Forms of which nothing can be proven improve nothing; the bracket stays open.
            Err(RobustError::Unproven { .. }) => return Ok(()),
            Err(error @ RobustError::Solver(_)) if !error.is_cancellation() => {
                self.failure = Some(error);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if attained > self.attained {
            self.attained = attained;
            self.best = Some((point, multipliers));
        }
        Ok(())
    }

    fn record(&mut self, point: MarginPoint, solver: &dyn SdpSolver) -> Result<(), RobustError> {
        self.solves += 1;
        self.slope = point.slope;
        let ratio = point.ratio;
        let width = self.upper() - self.lower();
        let newton = ratio + (point.margin - ratio) / (1.0 - point.slope.min(0.0));
        let point_attains = point.margin >= ratio && newton > ratio * (1.0 + 1e-12);
        self.bound = self.bound.min(self.relaxation.ratio_bound(&point));
        self.keep_if_better(point, solver)?;
        self.settled = point_attains && newton - ratio < 0.1 * self.options.ratio_tolerance * ratio;
        self.proposal = match self.options.root_finding {
            RootFinding::Newton
                if newton > self.lower()
                    && newton < self.upper()
                    && (self.upper() - self.lower() < 0.9 * width || point_attains) =>
            {
                newton
            }
            _ if self.upper() - self.lower() < 0.9 * width => self.middle(),
            // Nothing learnt there: look closer to what is known to be attainable.
            _ => {
                self.fruitless += 1;
                self.lower() + (self.middle() - self.lower()) * 0.5f64.powi(self.fruitless as i32)
            }
        };
        Ok(())
    }

    /// After a program that the solver could not solve, about which nothing is concluded: the
    /// next one is easier, at a ratio nearer to what is attainable. Whether there is to be a next one.
    fn retreat(&mut self) -> bool {
        self.solves += 1;
        self.failures += 1;
        self.proposal = if self.lower() > 0.0 {
            (self.lower() * self.proposal).sqrt()
        } else {
            0.1 * self.proposal
        };
        self.failures <= self.options.policy.failures.0
    }

    /// The middle of the bracket, on a logarithmic scale while it is wide.
    fn middle(&self) -> f64 {
        if self.lower() == 0.0 {
            0.03 * self.upper()
        } else if self.upper() > 1.5 * self.lower() {
            (self.lower() * self.upper()).sqrt()
        } else {
            0.5 * (self.lower() + self.upper())
        }
    }

    /// The forms that were known stand unless others attain more than the tolerance: they may be vectors. A failure is an answer
    /// only beside something that was proven.
    fn finish(self) -> Result<MaxMinSolution, RobustError> {
        if let Some(failure) = self
            .failure
            .clone()
            .filter(|_| self.lower() == 0.0 && !self.done())
        {
            return Err(failure);
        }
        let relaxation = self.relaxation;
        let tolerance = self.options.ratio_tolerance;
        if let Some(known) = self.known
            && known.bracket.lower() > 0.0
            && self.lower() <= known.bracket.lower() * (1.0 + tolerance)
        {
            return Ok(MaxMinSolution {
                bracket: Bracket::new(known.bracket.bounds().0, self.bound),
                solves: self.solves,
                ..known.clone()
            });
        }
        let ratio = self.lower();
        let Some((point, multipliers)) = self.best else {
            return Ok(MaxMinSolution::nothing(relaxation, self.bound, self.solves));
        };
        Ok(MaxMinSolution {
            bracket: Bracket::new(self.attained, self.bound),
            point: RatioPoint {
                ratio,
                forms: relaxation.columns(&point.forms)?,
                multipliers: relaxation.in_units(&multipliers, ratio),
                slope: point.slope,
                duals: point.dual.multipliers,
            },
            vectors: self.known.and_then(MaxMinSolution::single_vectors),
            solves: self.solves,
        })
    }
}
