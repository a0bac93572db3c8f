//! Beamforming schemes: the boundary behind which the driver knows nothing of their workings.

mod baselines;
mod error_ignorant;
mod main_scheme;
mod max_min_cone;
mod mrt;
mod perfect;
mod whitened;

use faer::{Mat, c64};
use robust_sdp::{MaxMinSolution, RankOne, RatioPoint, SdpSolver, worst_case_ratios};

pub use baselines::{EqualPowerMrt, RegularisedZeroForcing, ZeroForcing};
pub use error_ignorant::ErrorIgnorant;
pub use main_scheme::Main;
pub use mrt::{MaximumRatio, MrtPowers};
pub use perfect::PerfectCsi;

use crate::beams::{Forms, ReducedBeams};
use crate::design::certify_reduced;
use crate::downlink::Downlink;
use crate::error::DesignError;

/// A beamforming scheme.
///
/// The only mandatory work is [`solve`](Self::solve): forms for a given time allocation. A
/// scheme whose forms are vectors already needs nothing else.
pub trait BeamformingScheme: std::fmt::Debug + Send + Sync {
    /// Short name for reports.
    fn name(&self) -> &str;

    /// Refuses parameters that make no sense, before anything is computed.
    ///
    /// # Errors
    /// The parameter, its value and what would be right.
    fn check(&self) -> Result<(), DesignError> {
        Ok(())
    }

    /// The best forms of this scheme at a time allocation, and the worst-case SINR that they attain.
    ///
    /// # Errors
    /// A failure to solve. "No positive SINR can be guaranteed" is an answer, not an error.
    fn solve(
        &self,
        downlink: &Downlink,
        eta: f64,
        context: &mut SchemeContext<'_>,
    ) -> Result<Relaxed, DesignError>;

    /// Beamforming vectors from forms. By default the forms must be vectors already.
    ///
    /// # Errors
    /// A failure to solve, or forms of several columns in the default.
    fn extract(
        &self,
        downlink: &Downlink,
        eta: f64,
        relaxed: &Relaxed,
        context: &mut SchemeContext<'_>,
    ) -> Result<Extracted, DesignError> {
        let _ = (downlink, eta, context);
        Ok(Extracted {
            beams: ReducedBeams::try_from_forms(relaxed.forms.clone())?,
            rank_one_ratio: None,
        })
    }

    /// Whether the scheme looks among all beams for those certified most: only then do its multipliers tell what no beams exceed
    /// ([`Design::gamma_beam_upper_bound`](crate::Design::gamma_beam_upper_bound)).
    fn seeks_among_all_beams(&self) -> bool {
        false
    }

    /// How the scheme wants its time allocation chosen.
    fn time_allocation(&self) -> TimeAllocationWish {
        TimeAllocationWish::Optimise
    }

    /// Whether the scheme is told the channels exactly, as a bound of what others may reach: its
    /// beams are then evaluated without channel errors.
    fn knows_channels(&self) -> bool {
        false
    }
}

/// How a scheme wants its time allocation chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeAllocationWish {
    /// By the driver's strategy.
    Optimise,
    /// As large as the sensing threshold allows, `η̄` (17): for schemes that do not see the
    /// error and would never ask for more sensing.
    Limit,
}

/// What a scheme found at one time allocation.
#[derive(Debug, Clone, PartialEq)]
pub struct Relaxed {
    /// SINR `γ` attained by the forms for every channel error (or, for a scheme that ignores
    /// errors, the SINR it believes in).
    pub gamma: f64,
    /// The most that the scheme's matrix inequality can certify for any forms of its class, if there is such
    /// a bound. Where the S-procedure is only sufficient, beams may keep more.
    pub gamma_upper_bound: Option<f64>,
    /// `W_k = G_k G_k^H` by their columns `G_k`.
    pub forms: Forms,
    /// S-procedure multipliers that prove `gamma`, if the scheme has them.
    pub multipliers: Option<Vec<Vec<f64>>>,
    /// `dτ/dγ` of the margin at `gamma`, zero if unknown.
    pub slope: f64,
    /// Multipliers of the users' inequalities ([`RatioPoint::duals`]), which tell how the SINR changes with the time
    /// allocation; empty if unknown.
    pub duals: Vec<Mat<c64>>,
    /// Beams that the scheme came across, where the forms are of higher rank.
    pub vectors: Option<ReducedBeams>,
}

impl Relaxed {
    /// Given beams with the worst-case SINR that can be certified for them at a time allocation: all
    /// that a scheme of closed form needs. [`Downlink::reduce`] makes them from any
    /// [`Beams`](crate::Beams).
    ///
    /// # Errors
    /// Beams of another downlink, or a failure to solve.
    pub fn of_beams(
        downlink: &Downlink,
        eta: f64,
        beams: ReducedBeams,
        context: &mut SchemeContext<'_>,
    ) -> Result<Self, DesignError> {
        let certified = certify_reduced(downlink, eta, &beams, context.solver)?;
        context.conic_solves += beams.columns().len();
        let (mut slope, mut duals) = (0.0, Vec::new());
        if certified.gamma > 0.0 {
            let point = RatioPoint::of_given_forms(
                &downlink.problem_for(beams.forms(), eta)?,
                beams.columns(),
                &certified.multipliers,
                certified.gamma,
            )?;
            (slope, duals) = (point.slope, point.duals);
        }
        Ok(Self {
            gamma: certified.gamma,
            gamma_upper_bound: None,
            forms: beams.into(),
            multipliers: (certified.gamma > 0.0).then_some(certified.multipliers),
            slope,
            duals,
            vectors: None,
        })
    }

    /// A solution of the downlink's reduced problem ([`Downlink::problem_at`]).
    ///
    /// # Errors
    /// A solution of another problem's size.
    pub fn of_solution(downlink: &Downlink, solution: MaxMinSolution) -> Result<Self, DesignError> {
        let point = solution.point;
        Ok(Self {
            gamma: solution.bracket.lower(),
            gamma_upper_bound: Some(solution.bracket.upper()),
            forms: downlink.forms(point.forms)?,
            multipliers: Some(point.multipliers),
            slope: point.slope,
            duals: point.duals,
            vectors: (solution.vectors)
                .map(|columns| downlink.reduced_beams(columns))
                .transpose()?,
        })
    }

    /// The point of the downlink's reduced problem, to start from or to differentiate; `None` without multipliers.
    pub fn point(&self) -> Option<RatioPoint> {
        Some(RatioPoint {
            ratio: self.gamma,
            forms: self.forms.columns().to_vec(),
            multipliers: self.multipliers.clone()?,
            slope: self.slope,
            duals: self.duals.clone(),
        })
    }
}

/// One beamforming problem that has been solved.
#[derive(Debug, Clone, PartialEq)]
pub struct Iterate {
    /// Time allocation `η`.
    pub eta: f64,
    /// Its rate `η log2(1 + γ)`, bit/s/Hz.
    pub rate_bit_s_hz: f64,
    /// The scheme's result.
    pub relaxed: Relaxed,
}

/// Beamforming vectors of a scheme.
#[derive(Debug, Clone, PartialEq)]
pub struct Extracted {
    /// The vectors.
    pub beams: ReducedBeams,
    /// Largest second-to-first eigenvalue ratio of the forms before extraction; `None` when
    /// they were vectors from the start.
    pub rank_one_ratio: Option<f64>,
}

impl Extracted {
    /// Vectors found for the downlink's reduced problem ([`Downlink::problem_at`]).
    ///
    /// # Errors
    /// Vectors of another problem's size.
    pub fn of_rank_one(downlink: &Downlink, found: RankOne) -> Result<Self, DesignError> {
        Ok(Self {
            beams: downlink.reduced_beams(found.vectors)?,
            rank_one_ratio: Some(found.eigenvalue_ratio),
        })
    }
}

/// What a scheme may use: the solver, the previous result, and the books.
pub struct SchemeContext<'a> {
    /// The semidefinite solver.
    pub solver: &'a dyn SdpSolver,
    /// The result at another time allocation, to start from.
    pub previous: Option<&'a Iterate>,
    /// How closely the SINR need be known, relatively, where the result only tells where to look next; `None`: as closely as
    /// the scheme's options say.
    pub precision: Option<f64>,
    /// Conic programs solved so far; schemes add theirs.
    pub conic_solves: usize,
    /// Whether the run has been interrupted.
    pub interrupted: &'a mut dyn FnMut() -> bool,
}

impl std::fmt::Debug for SchemeContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SchemeContext")
            .field("solver", &self.solver.name())
            .field("previous", &self.previous.is_some())
            .field("precision", &self.precision)
            .field("conic_solves", &self.conic_solves)
            .finish_non_exhaustive()
    }
}

impl SchemeContext<'_> {
    /// The SINR that the previous forms are certified to attain at `eta`: an attainable
    /// starting point for the next search. `None` without previous forms.
    ///
    /// # Errors
    /// A failure to solve.
    pub fn inherited_gamma(
        &mut self,
        downlink: &Downlink,
        eta: f64,
    ) -> Result<Option<f64>, DesignError> {
        let Some(previous) = self.previous else {
            return Ok(None);
        };
        let forms = &previous.relaxed.forms;
        let problem = downlink.problem_for(forms, eta)?;
        let worst = worst_case_ratios(&problem, forms.columns(), self.solver)?;
        self.conic_solves += worst.len();
        Ok(Some(
            worst
                .iter()
                .map(|w| w.ratio())
                .fold(f64::INFINITY, f64::min),
        ))
    }
}
