//! Vectors in the place of the forms of least power, and the power at which they are certified.
//!
//! Multiplying all vectors by a number raises every certified ratio, for floors matter less. For each target the S-procedure gives
//! the largest floor `τ_k` that it tolerates at its ratio; all are certified as soon as powers are multiplied by `1/min_k τ_k`.

use faer::{Mat, c64};

use super::program::{Normalisation, Point, Programs};
use crate::hermitian::{Field, linalg};
use crate::ratio::error::RobustError;
use crate::ratio::given_forms::{Given, worst_case_ratios};
use crate::ratio::max_min::programs::relaxation::Relaxation;
use crate::ratio::problem::ValidRatioProblem;
use crate::ratio::proof::{PowerUsed, Proven, noise_margin};
use crate::ratio::rank_one::{NEGLIGIBLE, principal, unit};
use crate::ratio::subspace::Subspace;
use crate::sdp::SdpSolver;

/// Vectors with proofs.
#[derive(Debug, Clone)]
pub(super) struct Beams {
    pub(super) vectors: Vec<Mat<c64>>,
    pub(super) used: PowerUsed,
}

/// What vectors are looked for with.
pub(super) struct Extraction<'a> {
    pub(super) problem: &'a ValidRatioProblem,
    pub(super) programs: &'a Programs<'a>,
    /// Of the groups, relative to the power of reference, if they are to be kept.
    pub(super) budgets: Option<&'a [f64]>,
    pub(super) solver: &'a dyn SdpSolver,
    /// Vectors of this power will do.
    pub(super) enough: f64,
    pub(super) reweightings: usize,
    /// Programs solved.
    pub(super) solves: usize,
    /// The best so far.
    pub(super) best: Option<Beams>,
}

/// The least that is given up of a power, and by how much more each time that this does not suffice.
const GIVES: [f64; 9] = [3e-10, 3e-9, 3e-8, 3e-7, 3e-6, 3e-5, 3e-4, 3e-3, 3e-2];

impl Extraction<'_> {
    /// Looks for vectors: the principal directions of a point's forms; if these are not vectors themselves, directions with powers
    /// chosen anew, and those of forms that cost least outside of them; the directions that other targets do not see. The largest
    /// ratio of a second to a first eigenvalue of the point's forms.
    pub(super) fn run(
        &mut self,
        point: &Point,
        cancelled: &mut dyn FnMut() -> bool,
    ) -> Result<f64, RobustError> {
        let (vectors, eigenvalue_ratio) = self.principal(point)?;
        self.consider(&vectors)?;
        if self.is_done() {
            return Ok(eigenvalue_ratio);
        }
        self.with_own_powers(&vectors, cancelled)?;
        if let Some(columns) = self.programs.relaxation.zero_forcing_columns() {
            self.with_own_powers(&columns, cancelled)?;
        }
        let mut directions = vectors;
        for _ in 0..self.reweightings {
            if self.is_done() {
                break;
            }
            let costs = self.costs_outside(&directions);
            let normalisation = Normalisation::Total {
                costs: Some(&costs),
                budgets: self.budgets,
            };
            let Some(next) = self.attempt(self.programs, normalisation, cancelled)? else {
                break;
            };
            let (vectors, ratio) = self.principal(&next)?;
            self.consider(&vectors)?;
            if ratio > NEGLIGIBLE {
                self.with_own_powers(&vectors, cancelled)?;
            }
            directions = vectors;
        }
        Ok(eigenvalue_ratio)
    }

    fn is_done(&self) -> bool {
        self.best
            .as_ref()
            .is_some_and(|b| b.used.power() <= self.enough)
    }

    /// A program's solution, none where it failed or where nothing is tolerated.
    fn attempt(
        &mut self,
        programs: &Programs<'_>,
        normalisation: Normalisation<'_>,
        cancelled: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Point>, RobustError> {
        self.solves += 1;
        match programs.solve(normalisation, self.solver, cancelled) {
            Ok(point) => Ok((point.floor > 0.0).then_some(point)),
            Err(error) if error.is_cancellation() => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// The principal direction of each form, at the size at which the forms tolerate the floors there are.
    fn principal(&self, point: &Point) -> Result<(Vec<Mat<c64>>, f64), RobustError> {
        let size = faer::Scale(c64::from(1.0 / point.floor.sqrt()));
        let mut worst: f64 = 0.0;
        let mut vectors = Vec::with_capacity(point.forms.len());
        for columns in self.programs.relaxation.columns(&point.forms)? {
            let (column, ratio) = principal(&columns)?;
            worst = worst.max(ratio);
            vectors.push(column * size);
        }
        Ok((vectors, worst))
    }

    /// The power of forms with a rest of what lies along the directions, which keeps the program bounded.
    fn costs_outside(&self, directions: &[Mat<c64>]) -> Vec<Mat<c64>> {
        let relaxation = self.programs.relaxation;
        let cost = |(j, direction): (usize, &Mat<c64>)| {
            let along = unit(relaxation.scaled.scale_columns(direction.as_ref()));
            let basis = relaxation.coordinates.basis(j).columns.as_ref();
            let seen = linalg::mul_adjoint_left(basis, along.as_ref());
            let mut cost = linalg::mul_adjoint_left(basis, basis);
            cost -= linalg::mul_adjoint_right(seen.as_ref(), seen.as_ref())
                * faer::Scale(c64::from(1.0 - 1e-3));
            cost
        };
        directions.iter().enumerate().map(cost).collect()
    }

    /// Considers vectors along given directions with the best powers.
    fn with_own_powers(
        &mut self,
        directions: &[Mat<c64>],
        cancelled: &mut dyn FnMut() -> bool,
    ) -> Result<(), RobustError> {
        let subspace = |v: &Mat<c64>| Subspace {
            basis: v.clone(),
            field: Field::Complex,
        };
        let subspaces: Vec<Subspace> = directions.iter().map(subspace).collect();
        let outer = self.programs;
        let Ok(relaxation) = Relaxation::within(outer.relaxation.problem, &subspaces) else {
            return Ok(());
        };
        let programs = Programs {
            relaxation: &relaxation,
            ..*outer
        };
        let normalisation = Normalisation::Total {
            costs: None,
            budgets: self.budgets,
        };
        let Some(point) = self.attempt(&programs, normalisation, cancelled)? else {
            return Ok(());
        };
        let size = faer::Scale(c64::from(1.0 / point.floor.sqrt()));
        let columns = relaxation.columns(&point.forms)?.into_iter();
        let vectors: Vec<Mat<c64>> = columns.map(|c| c * size).collect();
        self.consider(&vectors)
    }

    /// Keeps vectors if they are certified, within the budgets if these count, and cost less than the best.
    fn consider(&mut self, vectors: &[Mat<c64>]) -> Result<(), RobustError> {
        let found = match certified(self.problem, self.programs.ratios, vectors, self.solver) {
            Ok(Some(found)) => found,
            Err(error) if error.is_cancellation() => return Err(error),
            Ok(None) | Err(_) => return Ok(()),
        };
        let fits = self.budgets.is_none() || found.used.is_within_budgets();
        let best = self.best.as_ref().map_or(f64::INFINITY, |b| b.used.power());
        if fits && found.used.power() < best {
            self.best = Some(found);
        }
        Ok(())
    }
}

/// Vectors multiplied by the least number with which all ratios are certified; `None` if there is none.
pub(super) fn certified(
    problem: &ValidRatioProblem,
    ratios: &[f64],
    vectors: &[Mat<c64>],
    solver: &dyn SdpSolver,
) -> Result<Option<Beams>, RobustError> {
    let given = Given::new(problem, vectors);
    let multipliers = (0..ratios.len())
        .map(|k| Ok(given.best_margin(k, ratios[k], solver)?.1))
        .collect::<Result<Vec<_>, RobustError>>()?;
    let attempt = |give: f64| {
        let claims: Vec<f64> = ratios.iter().map(|t| t * (1.0 + give)).collect();
        let margin = |k: usize| noise_margin(problem, vectors, k, claims[k], &multipliers[k]);
        let least = (0..ratios.len()).map(margin).fold(f64::INFINITY, f64::min);
        let power = (1.0 + give) / least;
        if !(power.is_finite() && power > 0.0) {
            return None;
        }
        let size = faer::Scale(c64::from(power.sqrt()));
        let vectors: Vec<Mat<c64>> = vectors.iter().map(|v| v * size).collect();
        let multipliers: Vec<Vec<f64>> = (multipliers.iter())
            .map(|list| list.iter().map(|m| m * power).collect())
            .collect();
        let used = PowerUsed::new(problem, &vectors, ratios, &claims, &multipliers)?;
        Some(Beams { vectors, used })
    };
    Ok(GIVES.into_iter().find_map(attempt))
}

/// Vectors as they are, but for what rounding takes of a budget that they use up: next to a ratio that errors alone forbid,
/// worst cases are known better than what powers could be saved.
pub(super) fn as_they_are(
    problem: &ValidRatioProblem,
    ratios: &[f64],
    vectors: &[Mat<c64>],
    solver: &dyn SdpSolver,
) -> Result<Option<Beams>, RobustError> {
    let size = faer::Scale(c64::from(1.0 - GIVES[1]));
    let vectors: Vec<Mat<c64>> = vectors.iter().map(|v| v * size).collect();
    let proofs = worst_case_ratios(problem, &vectors, solver)?;
    let claims: Vec<f64> = proofs.iter().map(Proven::ratio).collect();
    let multipliers: Vec<Vec<f64>> = proofs.iter().map(|p| p.multipliers().to_vec()).collect();
    let used = PowerUsed::new(problem, &vectors, ratios, &claims, &multipliers);
    Ok(used.map(|used| Beams { vectors, used }))
}
