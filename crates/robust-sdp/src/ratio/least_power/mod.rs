//! The least total power at which given ratios are certified.
//!
//! The inverse of [`max_min_ratio`](crate::max_min_ratio): there budgets are given and the common ratio is sought, here each target has a
//! ratio of its own and the power of all groups together is sought, be it within budgets. For given ratios the relaxation is one
//! semidefinite program ([`program`]), and its forms of least power are vectors as a rule ([`beams`]).

use faer::{Mat, c64};

use crate::ratio::conditioning::Conditioning;
use crate::ratio::error::{RobustError, check_option};
use crate::ratio::max_min::programs::relaxation::Relaxation;
use crate::ratio::max_min::{MaxMinOptions, max_min_ratio};
use crate::ratio::problem::ValidRatioProblem;
use crate::ratio::proof::{PowerBound, PowerBracket, Proven, UpperBound};
use crate::ratio::rank_one::{Attained, RankOneOptions, rank_one};
use crate::sdp::SdpSolver;
use beams::{Beams, Extraction, as_they_are, certified};
use program::{Normalisation, Point, Programs, SMALL};

mod beams;
mod program;

/// Options of [`least_power`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct LeastPowerOptions {
    /// Whether each group's power must stay within its budget; it must by default.
    pub within_budgets: bool,
    /// Relative gap of the programs; 1e-7 by default.
    pub accuracy: f64,
    /// Further programs allowed if the forms of least power are not vectors, as in
    /// [`RankOneOptions::reweightings`](crate::RankOneOptions::reweightings). 6 by default.
    pub reweightings: usize,
    /// Change of variables.
    pub conditioning: Conditioning,
}

impl Default for LeastPowerOptions {
    fn default() -> Self {
        Self {
            within_budgets: true,
            accuracy: 1e-7,
            reweightings: 6,
            conditioning: Conditioning::default(),
        }
    }
}

impl LeastPowerOptions {
    /// Refuses what makes no sense; done by every function that takes options.
    ///
    /// # Errors
    /// [`RobustError::BadOption`].
    pub fn check(&self) -> Result<(), RobustError> {
        check_option(
            "accuracy",
            self.accuracy,
            self.accuracy > 0.0 && self.accuracy < 1e-2,
            "must lie in (0, 0.01)",
        )
    }
}

/// Vectors of little power with what is proven of them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct LeastPower {
    /// The least power of all groups together, proven from both sides.
    pub power: PowerBracket,
    /// Vectors of the power [`upper`](PowerBracket::upper), one column for each target.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub vectors: Vec<Mat<c64>>,
    /// What proves that each target keeps its ratio for every error.
    pub proofs: Vec<Proven>,
    /// Largest second-to-first eigenvalue ratio of the forms that the vectors were taken from.
    pub eigenvalue_ratio: f64,
    /// Semidefinite programs solved, worst cases not counted.
    pub solves: usize,
}

/// Vectors of the least total power at which the S-procedure certifies `ratios[k]` of every target `k`, for every error: a
/// program or two, with `K N²` unknowns for `K` targets in `N` coordinates. What the forms of higher rank would need is
/// bounded from below; where the vectors need much more, the width of [`LeastPower::power`] says so.
///
/// ```
/// use robust_sdp::faer::c64;
/// use robust_sdp::*;
///
/// // One vector known up to a ball: the worst case is P (‖ĥ‖ - ε)²/σ², so a ratio of 8 takes a power of 0.25.
/// let problem = RatioProblem {
///     group_sizes: vec![2],
///     budgets: vec![4.0],
///     targets: vec![RatioTarget {
///         nominal: vec![c64::new(3.0, 0.0), c64::new(0.0, 4.0)],
///         errors: vec![ErrorBlock::Ball { group: 0, radius: 1.0 }],
///         floor: 0.5,
///     }],
/// }
/// .check()?;
/// let (solver, options) = (HermitianIpm::default(), LeastPowerOptions::default());
/// let found = least_power(&problem, &[8.0], &solver, &options, &mut || false)?;
/// assert!(found.power.lower() <= 0.25 && 0.25 <= found.power.upper());
/// assert!(found.power.relative_width() < 1e-6);
/// assert!(found.proofs[0].ratio() >= 8.0);
/// # Ok::<(), RobustError>(())
/// ```
///
/// # Errors
/// Ratios of the wrong number, or not positive. [`RobustError::BeyondReach`] and [`RobustError::BeyondReachTogether`] if the ratios are
/// proven to be out of reach; [`RobustError::PowerUndecided`] if no vectors were found that are certified, without such a proof.
/// Cancellation, or the solver's failure where nothing was found.
pub fn least_power(
    problem: &ValidRatioProblem,
    ratios: &[f64],
    solver: &dyn SdpSolver,
    options: &LeastPowerOptions,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<LeastPower, RobustError> {
    options.check()?;
    check_ratios(problem, ratios)?;
    for (target, bound) in UpperBound::each_alone(problem).into_iter().enumerate() {
        let (wanted, bound) = (ratios[target], bound.ratio());
        if bound < wanted && (options.within_budgets || bound == 0.0) {
            return Err(RobustError::BeyondReach {
                target,
                wanted,
                bound,
            });
        }
    }
    let mut search = Search {
        problem,
        ratios,
        solver,
        options,
        own: Relaxation::new(problem, options.conditioning),
        lower: PowerBound::ZERO,
        solves: 0,
        failure: None,
    };
    // A rule that stays unsaid where budgets are ample: they cost nothing.
    if let Some(found) = search.without_budgets(cancelled)? {
        return Ok(found);
    }
    if let Some(found) = search.within_budgets(cancelled)? {
        return Ok(found);
    }
    if let Some(found) = search.by_common_ratio(cancelled)? {
        return Ok(found);
    }
    Err(search.open())
}

fn check_ratios(problem: &ValidRatioProblem, ratios: &[f64]) -> Result<(), RobustError> {
    if ratios.len() != problem.targets.len() {
        return Err(RobustError::WrongLength {
            what: "ratios asked for",
            expected: problem.targets.len(),
            found: ratios.len(),
        });
    }
    let wrong = |value: &&f64| !(value.is_finite() && **value > 0.0);
    match ratios.iter().enumerate().find(|(_, value)| wrong(value)) {
        None => Ok(()),
        Some((index, &value)) => Err(RobustError::BadNumber {
            what: "ratio asked for",
            index,
            value,
            allowed: "positive",
        }),
    }
}

/// Times that a program may be stated again in a larger unit of power, each up to a million times the last.
const UNITS: usize = 6;

/// Vectors that need no more than this above what is proven of forms are not improved.
const ENOUGH: f64 = 1e-5;

struct Search<'a> {
    problem: &'a ValidRatioProblem,
    ratios: &'a [f64],
    solver: &'a dyn SdpSolver,
    options: &'a LeastPowerOptions,
    /// The relaxation in the problem's own units, for proofs.
    own: Relaxation<'a>,
    lower: PowerBound,
    solves: usize,
    failure: Option<RobustError>,
}

impl Search<'_> {
    /// The answer with budgets left aside, if it is one: vectors within them, or no need to be.
    fn without_budgets(
        &mut self,
        cancelled: &mut dyn FnMut() -> bool,
    ) -> Result<Option<LeastPower>, RobustError> {
        let mut reference = self.interference_free();
        for unit in 0..UNITS {
            let scaled = self.in_units(reference)?;
            let relaxation = Relaxation::new(&scaled, self.options.conditioning);
            let programs = self.programs(&relaxation, reference);
            let total = Normalisation::Total {
                costs: None,
                budgets: None,
            };
            let point = self.attempt(&programs, total, cancelled)?;
            if let Some(point) = &point {
                self.lower = self.lower.max(programs.power_needed(&self.own, point));
                if point.floor >= SMALL {
                    return self.vectors(&programs, point, None, cancelled);
                }
            }
            if unit == 0 {
                let point = self.attempt(&programs, Normalisation::Exhausted, cancelled)?;
                if let Some(point) = point.filter(|p| p.floor < 0.0) {
                    if let Some(budget_factor) = programs.budget_factor(&self.own, &point) {
                        return Err(RobustError::BeyondReachTogether { budget_factor });
                    }
                    let needed = programs.power_needed(&self.own, &point);
                    self.lower = self.lower.max(needed);
                }
            }
            if self.options.within_budgets && reference > self.all_budgets() {
                return Ok(None);
            }
            let floor = point.map_or(0.0, |p| p.floor);
            reference /= floor.clamp(1e-6, 0.5);
        }
        Ok(None)
    }

    /// The answer within budgets, or the proof that there is none.
    fn within_budgets(
        &mut self,
        cancelled: &mut dyn FnMut() -> bool,
    ) -> Result<Option<LeastPower>, RobustError> {
        if !self.options.within_budgets {
            return Ok(None);
        }
        let budget_factor = self.lower.over_budgets(self.problem);
        if budget_factor > 1.0 {
            return Err(RobustError::BeyondReachTogether { budget_factor });
        }
        // Vectors need a little more than forms.
        let kept = 1.0 - 10.0 * self.options.accuracy;
        let mut reference = self.lower.power().max(self.interference_free());
        while reference <= self.all_budgets() {
            let scaled = self.in_units(reference)?;
            let relaxation = Relaxation::new(&scaled, self.options.conditioning);
            let programs = self.programs(&relaxation, reference);
            let budgets = self.budgets(reference, kept);
            let total = Normalisation::Total {
                costs: None,
                budgets: Some(&budgets),
            };
            let point = self.attempt(&programs, total, cancelled)?;
            if let Some(point) = &point {
                self.lower = self.lower.max(programs.power_needed(&self.own, point));
                if point.floor >= SMALL {
                    if let Some(found) =
                        self.vectors(&programs, point, Some(&budgets), cancelled)?
                    {
                        return Ok(Some(found));
                    }
                    break;
                }
            }
            reference /= SMALL;
        }
        let reference = self.problem.budgets.iter().fold(0.0, |a: f64, b| a.max(*b));
        let scaled = self.in_units(reference)?;
        let relaxation = Relaxation::new(&scaled, self.options.conditioning);
        let programs = self.programs(&relaxation, reference);
        let budgets = self.budgets(reference, 1.0);
        let point = self.attempt(&programs, Normalisation::Budgets(&budgets), cancelled)?;
        let factor = point.and_then(|p| programs.budget_factor(&self.own, &p));
        match factor {
            Some(budget_factor) if budget_factor > 1.0 => {
                Err(RobustError::BeyondReachTogether { budget_factor })
            }
            _ => Ok(None),
        }
    }

    /// What programs leave open next to the limit or far beyond it, by the largest ratio common to all targets within the budgets:
    /// proven to be below the lowest ratio asked for, there is no answer; vectors that attain the highest are one, made smaller.
    fn by_common_ratio(
        &mut self,
        cancelled: &mut dyn FnMut() -> bool,
    ) -> Result<Option<LeastPower>, RobustError> {
        if !self.options.within_budgets {
            return Ok(None);
        }
        let options = MaxMinOptions {
            conditioning: self.options.conditioning,
            ..MaxMinOptions::default()
        };
        let found = match max_min_ratio(self.problem, self.solver, &options, cancelled) {
            Ok(found) => found,
            Err(error) if error.is_cancellation() => return Err(error),
            Err(error) => {
                self.failure.get_or_insert(error);
                return Ok(None);
            }
        };
        self.solves += found.solves;
        let lowest = self.ratios.iter().copied().fold(f64::INFINITY, f64::min);
        if found.bracket.upper() < lowest {
            return Err(RobustError::BeyondReachTogether { budget_factor: 1.0 });
        }
        let attained = Attained {
            ratio: found.bracket.lower(),
            slope: found.point.slope,
            forms: &found.point.forms,
        };
        let options = RankOneOptions {
            conditioning: self.options.conditioning,
            ..RankOneOptions::default()
        };
        let flat = rank_one(self.problem, self.solver, &attained, &options, cancelled);
        let (flat, eigenvalue_ratio) = match flat {
            Ok(flat) => (Some(flat.vectors), flat.eigenvalue_ratio),
            Err(error) if error.is_cancellation() => return Err(error),
            Err(_) => (None, 0.0),
        };
        let mut best: Option<Beams> = None;
        for vectors in found.vectors.into_iter().chain(flat) {
            for find in [certified, as_they_are] {
                match find(self.problem, self.ratios, &vectors, self.solver) {
                    Ok(Some(next)) if next.used.is_within_budgets() => {
                        let power = best.as_ref().map_or(f64::INFINITY, |b| b.used.power());
                        if next.used.power() < power {
                            best = Some(next);
                        }
                        break;
                    }
                    Err(error) if error.is_cancellation() => return Err(error),
                    _ => {}
                }
            }
        }
        Ok(best.map(|best| self.answer(best, eigenvalue_ratio)))
    }

    fn answer(&self, best: Beams, eigenvalue_ratio: f64) -> LeastPower {
        LeastPower {
            power: PowerBracket::new(self.lower, &best.used),
            vectors: best.vectors,
            proofs: best.used.into_proofs(),
            eigenvalue_ratio,
            solves: self.solves,
        }
    }

    /// Vectors from a point, if any are certified, and within the budgets if these count.
    fn vectors(
        &mut self,
        programs: &Programs<'_>,
        point: &Point,
        budgets: Option<&[f64]>,
        cancelled: &mut dyn FnMut() -> bool,
    ) -> Result<Option<LeastPower>, RobustError> {
        let mut extraction = Extraction {
            problem: self.problem,
            programs,
            budgets,
            solver: self.solver,
            enough: self.lower.power() * (1.0 + ENOUGH),
            reweightings: self.options.reweightings,
            solves: 0,
            best: None,
        };
        let eigenvalue_ratio = extraction.run(point, cancelled)?;
        let (best, solves) = (extraction.best, extraction.solves);
        self.solves += solves;
        let fits = |b: &Beams| !self.options.within_budgets || b.used.is_within_budgets();
        let best = best.filter(fits);
        Ok(best.map(|best| self.answer(best, eigenvalue_ratio)))
    }

    /// A program's solution; a failure is kept.
    fn attempt(
        &mut self,
        programs: &Programs<'_>,
        normalisation: Normalisation<'_>,
        cancelled: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Point>, RobustError> {
        self.solves += 1;
        match programs.solve(normalisation, self.solver, cancelled) {
            Ok(point) => Ok(Some(point)),
            Err(error) if error.is_cancellation() => Err(error),
            Err(error) => {
                self.failure.get_or_insert(error);
                Ok(None)
            }
        }
    }

    /// What the targets would need without errors and each other, `Σ_k t_k σ_k²/‖ĥ_k‖²`.
    fn interference_free(&self) -> f64 {
        let needed = self
            .problem
            .targets
            .iter()
            .zip(self.ratios)
            .map(|(target, ratio)| {
                let squares = target.nominal.iter().map(|v| v.norm_sqr());
                ratio * target.floor / squares.sum::<f64>()
            });
        needed.sum()
    }

    fn all_budgets(&self) -> f64 {
        self.problem.budgets.iter().sum()
    }

    /// Budgets relative to a power of reference, and of those only a part.
    fn budgets(&self, reference: f64, kept: f64) -> Vec<f64> {
        let budgets = self.problem.budgets.iter();
        budgets.map(|b| b / reference * kept).collect()
    }

    /// The problem with one power as every group's budget.
    fn in_units(&self, reference: f64) -> Result<ValidRatioProblem, RobustError> {
        let mut problem = self.problem.clone().into_inner();
        problem.budgets.fill(reference);
        problem.check()
    }

    fn programs<'b>(&self, relaxation: &'b Relaxation<'b>, reference: f64) -> Programs<'b>
    where
        Self: 'b,
    {
        Programs {
            relaxation,
            ratios: self.ratios,
            reference,
            accuracy: self.options.accuracy,
        }
    }

    /// Neither an answer nor a proof that there is none.
    fn open(self) -> RobustError {
        match self.failure {
            Some(failure) if self.lower == PowerBound::ZERO => failure,
            _ => RobustError::PowerUndecided {
                lower: self.lower.power(),
            },
        }
    }
}
