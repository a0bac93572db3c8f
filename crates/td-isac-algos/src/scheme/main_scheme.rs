//! TD-ISAC-Main: robust beamforming by semidefinite relaxation, problem (14).

use robust_sdp::{
    Attained, MaxMinOptions, Method, Neighbour, Policy, RankOneOptions, ValidRatioProblem,
    local_ascent, max_min_ratio, max_min_ratio_from, rank_one, worst_case_ratios,
};

use super::{
    BeamformingScheme, Extracted, MaximumRatio, MrtPowers, Relaxed, SchemeContext, ZeroForcing,
};
use crate::beams::ReducedBeams;
use crate::downlink::Downlink;
use crate::error::DesignError;

/// TD-ISAC-Main: the largest SINR that can be guaranteed to all users at once for every channel
/// error in the set, by the S-procedure's (corrected) matrix inequality, root finding on the
/// SINR, and rank-one extraction at a sacrifice of 0.1 %. Where the optimal forms are not of rank
/// one, the returned beams are the best of theirs and of the simpler schemes'.
///
/// Cost of a solve: some fifty Newton steps with `2 K r` real unknowns, `r ≤ M K`, whatever the number of antennas; where
/// the optimal forms are not of rank one, a few semidefinite programs with `K r²` unknowns more.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Main {
    /// Root finding.
    pub max_min: MaxMinOptions,
    /// Extraction.
    pub rank_one: RankOneOptions,
}

impl Default for Main {
    fn default() -> Self {
        Self {
            max_min: MaxMinOptions {
                // What vectors prove without a program (2e-6 at most on the presets). The last digits of a bracket
                // would take two programs and change the certified rate by less than 1e-6.
                ratio_tolerance: 3e-6,
                ..MaxMinOptions::default()
            },
            rank_one: RankOneOptions::default(),
        }
    }
}

impl BeamformingScheme for Main {
    fn name(&self) -> &str {
        "main"
    }

    fn seeks_among_all_beams(&self) -> bool {
        true
    }

    fn check(&self) -> Result<(), DesignError> {
        self.max_min.check()?;
        Ok(self.rank_one.check()?)
    }

    fn solve(
        &self,
        downlink: &Downlink,
        eta: f64,
        context: &mut SchemeContext<'_>,
    ) -> Result<Relaxed, DesignError> {
        let problem = downlink.problem_at(eta)?;
        let neighbour = match context.previous {
            Some(previous) => {
                let point = previous.relaxed.point();
                Some(downlink.problem_at(previous.eta)?).zip(point)
            }
            None => None,
        };
        let solve = |options: &MaxMinOptions, context: &mut SchemeContext<'_>| {
            let cancelled = &mut *context.interrupted;
            let solution = match &neighbour {
                Some((other, point)) => {
                    let neighbour = Neighbour {
                        problem: other,
                        point,
                    };
                    max_min_ratio_from(&problem, neighbour, context.solver, options, cancelled)?
                }
                None => max_min_ratio(&problem, context.solver, options, cancelled)?,
            };
            context.conic_solves += solution.solves;
            Ok::<_, DesignError>(solution)
        };
        if let (Some(precision), Method::Automatic) = (context.precision, self.max_min.method) {
            // Along the way nobody asks for an upper bound.
            let options = MaxMinOptions {
                method: Method::Vectors,
                policy: Policy {
                    escapes: 0,
                    ..self.max_min.policy
                },
                ratio_tolerance: self.max_min.ratio_tolerance.max(precision),
                ..self.max_min
            };
            if let Some(found) = ignore_failure(solve(&options, context))? {
                return Relaxed::of_solution(downlink, found);
            }
        }
        Relaxed::of_solution(downlink, solve(&self.max_min, context)?)
    }

    fn extract(
        &self,
        downlink: &Downlink,
        eta: f64,
        relaxed: &Relaxed,
        context: &mut SchemeContext<'_>,
    ) -> Result<Extracted, DesignError> {
        let problem = downlink.problem_at(eta)?;
        // Vectors that lose less than extraction gives up anyway need none.
        if let Some(beams) = &relaxed.vectors {
            let least = (1.0 - self.rank_one.sacrifice) * relaxed.gamma;
            let certified = ignore_failure(guaranteed(&problem, beams, context))?;
            if certified.is_some_and(|gamma| gamma >= least) {
                return Ok(Extracted {
                    beams: beams.clone(),
                    rank_one_ratio: Some(0.0),
                });
            }
        }
        let flat = rank_one(
            &problem,
            context.solver,
            &Attained {
                ratio: relaxed.gamma,
                slope: relaxed.slope,
                forms: relaxed.forms.columns(),
            },
            &self.rank_one,
            &mut *context.interrupted,
        )?;
        context.conic_solves += flat.solves;
        let own = Extracted::of_rank_one(downlink, flat)?;
        best_of_alternatives(downlink, eta, &problem, relaxed, own, context)
    }
}

/// The SINR that is certified for beams.
fn guaranteed(
    problem: &ValidRatioProblem,
    beams: &ReducedBeams,
    context: &mut SchemeContext<'_>,
) -> Result<f64, DesignError> {
    let worst = worst_case_ratios(problem, beams.columns(), context.solver)?;
    context.conic_solves += worst.len();
    Ok(worst
        .iter()
        .map(|w| w.ratio())
        .fold(f64::INFINITY, f64::min))
}

/// Share of the forms' ratio that their principal directions must guarantee to be kept unchallenged.
/// Their eigenvalues alone do not tell: a second one of a thousandth of the first may carry all of a
/// guarantee.
const KEPT: f64 = 0.99;

/// Where errors are so large that the optimal forms are far from rank one (SINRs around one),
/// their principal directions may guarantee nothing while plain vectors do. The beams of the
/// simpler schemes are feasible here too, and a start for better ones: whichever certifies the most is returned.
fn best_of_alternatives(
    downlink: &Downlink,
    eta: f64,
    problem: &ValidRatioProblem,
    forms: &Relaxed,
    own: Extracted,
    context: &mut SchemeContext<'_>,
) -> Result<Extracted, DesignError> {
    // An alternative that cannot be solved or evaluated is none; that the principal directions
    // cannot be evaluated is for the final certificate to say.
    let mut most = ignore_failure(guaranteed(problem, &own.beams, context))?.unwrap_or(0.0);
    let mut best = own;
    if most >= KEPT * forms.gamma {
        return Ok(best);
    }
    let mut candidates: Vec<ReducedBeams> = forms.vectors.iter().cloned().collect();
    let simpler: [&dyn BeamformingScheme; 3] = [
        &ZeroForcing,
        &MaximumRatio::new(MrtPowers::Real),
        &MaximumRatio::new(MrtPowers::Hermitian),
    ];
    for scheme in simpler {
        let Some(relaxed) = ignore_failure(scheme.solve(downlink, eta, context))? else {
            continue;
        };
        let extracted = scheme.extract(downlink, eta, &relaxed, context);
        candidates.extend(ignore_failure(extracted)?.map(|found| found.beams));
    }
    for beams in candidates {
        let start = beams.columns();
        let improved = local_ascent(problem, start, context.solver, &mut *context.interrupted);
        let improved = ignore_failure(improved.map_err(DesignError::from))?.flatten();
        let beams = match improved {
            Some(ascent) => downlink.reduced_beams(ascent.vectors)?,
            None => beams,
        };
        let certified = ignore_failure(guaranteed(problem, &beams, context))?.unwrap_or(0.0);
        if certified > most {
            most = certified;
            best.beams = beams;
        }
    }
    Ok(best)
}

/// `None` for a failure, except for a cancellation.
fn ignore_failure<T>(result: Result<T, DesignError>) -> Result<Option<T>, DesignError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(DesignError::Robust(error)) if error.is_cancellation() => Err(error.into()),
        Err(_) => Ok(None),
    }
}
