//! A bound on what any forms attain, certified or not, by errors one by one.
//!
//! The largest ratio under finitely many errors is no smaller than under all of a set. It is the root of a margin, as for the
//! relaxation ([`crate::ratio::max_min::programs::search`]), whose program
//!
//! ```math
//! \min_{\lambda,p\ge 0} \sum_m p_m \quad\text{s.t.}\quad \sum_m p_m \Pi_m + \gamma \sum_{k\ne j}\sum_i \lambda_{k,i} h_{k,i} h_{k,i}^H
//!   - \sum_i \lambda_{j,i} h_{j,i} h_{j,i}^H \succeq 0 \ \ \forall j, \qquad \sum_{k,i} \lambda_{k,i} \sigma_k^2 = 1
//! ```
//!
//! has one unknown for each error and group. The multipliers of its inequalities are the best forms against these errors;
//! [`attack`] finds the error that does them most harm, and that joins the list, until the forms keep under attack
//! what the bound says. (A cutting-plane method: its bounds are valid from the first round on.)

use faer::{Mat, c64};

use crate::hermitian::{Field, linalg};
use crate::ratio::attack::{AttackOptions, attack, errors_of_duals};
use crate::ratio::conditioning::Conditioning;
use crate::ratio::error::{RobustError, check_option};
use crate::ratio::max_min::RatioPoint;
use crate::ratio::max_min::programs::relaxation::Relaxation;
use crate::ratio::outcome::{SMALLEST_RATIO, unless, usable};
use crate::ratio::problem::ValidRatioProblem;
use crate::ratio::proof::{BeamBound, Room, WeightedError, Witness, error_under};
use crate::sdp::{
    LinearForm, Lmi, ScalarId, ScalarUnknown, SdpProblem, SdpSolver, SolveRequest, Tolerance,
};

/// Options of [`bound_beams`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct BeamBoundOptions {
    /// The bound is good enough when forms keep all but this part of it under attack; 1e-3 by default.
    pub tolerance: f64,
    /// Times that errors are added; 12 by default.
    pub rounds: usize,
    /// How errors are looked for.
    pub attack: AttackOptions,
}

impl Default for BeamBoundOptions {
    fn default() -> Self {
        Self {
            tolerance: 1e-3,
            rounds: 12,
            attack: AttackOptions::default(),
        }
    }
}

impl BeamBoundOptions {
    /// Refuses what makes no sense; done by [`bound_beams`].
    ///
    /// # Errors
    /// [`RobustError::BadOption`].
    pub fn check(&self) -> Result<(), RobustError> {
        check_option(
            "tolerance",
            self.tolerance,
            self.tolerance > 0.0 && self.tolerance < 1.0,
            "must lie in (0, 1)",
        )?;
        self.attack.check()
    }
}

/// A ratio that no forms exceed, whatever could be certified of them, from the errors that harm given forms most.
///
/// The upper end of a [`Bracket`](crate::Bracket) bounds what the S-procedure can certify, which for several blocks of errors
/// may be less than what forms do. This bound holds for all forms and beams. Good forms (those of a
/// [`MaxMinSolution`](crate::MaxMinSolution)) make it fast, any will do. In a reduced problem it holds for the forms
/// of the span only, which are as good as any if the span contains errors and nominal vectors.
///
/// Cost: for each round an [`attack`] and some programs of `K` inequalities of side `N` with one unknown for each error so far. A solver that
/// fails ends the rounds; what was proven by then is returned.
///
/// # Errors
/// Wrong shapes, options that make no sense, or cancellation.
pub fn bound_beams(
    problem: &ValidRatioProblem,
    point: &RatioPoint,
    solver: &dyn SdpSolver,
    options: &BeamBoundOptions,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<BeamBound, RobustError> {
    options.check()?;
    problem.check_forms(&point.forms)?;
    let mut best = BeamBound::alone(problem);
    let relaxation = Relaxation::new(problem, Conditioning::Automatic);
    let mut errors = Errors::new(problem);
    for (k, list) in errors_of_duals(problem, &point.duals, options.attack.seed)
        .into_iter()
        .enumerate()
    {
        for coordinates in list {
            errors.add(&relaxation, k, coordinates);
        }
    }
    let (mut kept, mut forms) = (0.0, point.forms.clone());
    let mut ratio = None;
    for _ in 0..options.rounds {
        if best.ratio() <= SMALLEST_RATIO {
            break;
        }
        let found = attack(problem, &forms, &[], &options.attack)?;
        let worst = found.iter().map(|a| a.ratio).fold(f64::INFINITY, f64::min);
        kept = f64::max(kept, worst);
        if best.ratio() <= kept * (1.0 + options.tolerance) {
            break;
        }
        // Every error below the bound tightens it; those that hardly do only cost.
        let harmful = |ratio: f64| ratio < best.ratio() * (1.0 - 0.1 * options.tolerance);
        let mut added = false;
        for (k, attack) in found.into_iter().enumerate() {
            added |= harmful(attack.ratio) && errors.add(&relaxation, k, attack.coordinates);
        }
        if !added {
            break;
        }
        let start = ratio
            .unwrap_or(worst)
            .clamp(1e-9 * best.ratio(), best.ratio());
        let finite = Finite {
            relaxation: &relaxation,
            errors: &errors,
            accuracy: 0.1 * options.tolerance,
        };
        match finite.lower(&mut best, start, solver, cancelled) {
            Ok(Some(point)) => {
                ratio = Some(point.ratio);
                forms = relaxation.columns(&point.forms)?;
                errors.keep(&point.shares);
            }
            Ok(None) => break,
            Err(error) if error.is_cancellation() => return Err(error),
            Err(_) => break,
        }
    }
    Ok(best)
}

/// Errors of each target with the vectors that they lead to, normalised.
struct Errors {
    coordinates: Vec<Vec<Vec<Vec<c64>>>>,
    /// Unit vectors, and the squares of their lengths.
    vectors: Vec<Vec<(Mat<c64>, f64)>>,
}

impl Errors {
    fn new(problem: &ValidRatioProblem) -> Self {
        let targets = problem.targets.len();
        Self {
            coordinates: vec![Vec::new(); targets],
            vectors: (0..targets).map(|_| Vec::new()).collect(),
        }
    }

    /// Adds an error of target `k`; whether it leaves anything of the vector.
    fn add(&mut self, relaxation: &Relaxation<'_>, k: usize, coordinates: Vec<Vec<c64>>) -> bool {
        let target = &relaxation.problem.targets[k];
        let Some((error, _)) = error_under(relaxation.problem, k, &coordinates) else {
            return false;
        };
        let scale = &relaxation.scaled.coordinate_scale;
        let mut vector = Mat::from_fn(error.len(), 1, |i, _| {
            (target.nominal[i] + error[i]) * (scale[i] / target.floor.sqrt())
        });
        let length = linalg::norm(vector.as_ref());
        if !(length.is_finite() && length > 0.0) {
            return false;
        }
        vector *= faer::Scale(c64::from(1.0 / length));
        self.coordinates[k].push(coordinates);
        self.vectors[k].push((vector, length * length));
        true
    }

    /// Drops the errors that do not count: they only make programs larger.
    fn keep(&mut self, shares: &[Vec<f64>]) {
        for (k, shares) in shares.iter().enumerate() {
            let mut counts = shares.iter().map(|s| *s > NO_SHARE);
            self.coordinates[k].retain(|_| counts.next().unwrap_or(true));
            let mut counts = shares.iter().map(|s| *s > NO_SHARE);
            self.vectors[k].retain(|_| counts.next().unwrap_or(true));
        }
    }
}

/// The best forms against some errors, at a fixed ratio.
struct Point {
    ratio: f64,
    /// In conditioned coordinates.
    forms: Vec<Mat<c64>>,
    /// How much each error counts; one in all.
    shares: Vec<Vec<f64>>,
}

/// An error that counts less than this has no say in the bound.
const NO_SHARE: f64 = 1e-7;

/// The problem under finitely many errors.
struct Finite<'a> {
    relaxation: &'a Relaxation<'a>,
    errors: &'a Errors,
    accuracy: f64,
}

/// Programs for one list of errors, at most.
const PROGRAMS: usize = 12;

impl Finite<'_> {
    /// Lowers a bound to the root of the margin, by Newton's method from `ratio` on; the best forms near it. `None` if there are no
    /// programs to solve, for want of errors of some target.
    fn lower(
        &self,
        best: &mut BeamBound,
        mut ratio: f64,
        solver: &dyn SdpSolver,
        cancelled: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Point>, RobustError> {
        if self.errors.vectors.iter().any(Vec::is_empty) {
            return Ok(None);
        }
        for _ in 0..PROGRAMS {
            let (point, newton) = self.solve(best, ratio, solver, cancelled)?;
            let settled = (newton / ratio - 1.0).abs() < self.accuracy;
            if settled {
                return Ok(Some(point));
            }
            // Newton's method may leap beyond what is known to be out of reach.
            ratio = if newton < best.ratio() {
                newton.max(0.1 * ratio)
            } else {
                (ratio * best.ratio()).sqrt()
            };
        }
        self.solve(best, ratio, solver, cancelled)
            .map(|p| Some(p.0))
    }

    /// Solves the program at a ratio and takes from it what it proves; the forms, and Newton's next ratio.
    fn solve(
        &self,
        best: &mut BeamBound,
        ratio: f64,
        solver: &dyn SdpSolver,
        cancelled: &mut dyn FnMut() -> bool,
    ) -> Result<(Point, f64), RobustError> {
        let relaxation = self.relaxation;
        let unit = relaxation.unit;
        let mut program = SdpProblem::new();
        let prices: Vec<ScalarId> = (relaxation.scaled.ranges.iter())
            .map(|_| program.add_scalar(ScalarUnknown::NonNegative))
            .collect();
        let mut sum = LinearForm::new();
        let mut weights: Vec<Vec<ScalarId>> = Vec::new();
        for list in &self.errors.vectors {
            let mut own = Vec::new();
            for (_, square) in list {
                let id = program.add_scalar(ScalarUnknown::NonNegative);
                sum = sum.scalar(id, unit / square);
                own.push(id);
            }
            weights.push(own);
        }
        program.add_equality(sum, 1.0);
        let magnitudes: Vec<Vec<f64>> = (0..weights.len())
            .map(|j| relaxation.coordinates.basis(j).magnitude(j, ratio))
            .collect();
        for (j, magnitude) in magnitudes.iter().enumerate() {
            let n = magnitude.len();
            let mut lmi = Lmi::new(n, Field::Complex);
            for (&price, form) in prices.iter().zip(&relaxation.budget_forms[0]) {
                let sized = Mat::from_fn(n, n, |r, c| form[(r, c)] * (magnitude[r] * magnitude[c]));
                lmi.add_dense(price, &sized);
            }
            let basis = relaxation.coordinates.basis(j).columns.as_ref();
            for (k, list) in self.errors.vectors.iter().enumerate() {
                let sign = if k == j { -1.0 } else { ratio };
                for ((vector, _), &weight) in list.iter().zip(&weights[k]) {
                    let seen = linalg::mul_adjoint_left(basis, vector.as_ref());
                    let seen = Mat::from_fn(n, 1, |r, _| seen[(r, 0)] * magnitude[r]);
                    let square = linalg::mul_adjoint_right(seen.as_ref(), seen.as_ref());
                    lmi.add_dense(weight, &(square * faer::Scale(c64::from(sign))));
                }
            }
            program.add_lmi(lmi);
        }
        program.objective = (prices.iter()).fold(LinearForm::new(), |f, &p| f.scalar(p, -1.0));
        let mut monitor = unless(cancelled);
        let request = SolveRequest {
            tolerance: Tolerance {
                relative_gap: 0.1 * self.accuracy,
                objective_floor: ratio / unit,
                feasibility: (0.01 * ratio / unit).clamp(1e-13, 1e-9),
            },
            start: None,
            monitor: Some(&mut monitor),
        };
        let solution = usable(solver, program.check()?.solved_by(solver, request), 1e-2)?;
        let value = |id: &ScalarId| solution.primal.scalars[id.index()].max(0.0);
        let prices: Vec<f64> = prices.iter().map(|p| value(p) * unit).collect();
        // X_j = M Y_j M of the multipliers Y_j.
        let mut forms: Vec<Mat<c64>> = (solution.dual.lmis.iter().zip(&magnitudes))
            .map(|(y, m)| Mat::from_fn(m.len(), m.len(), |r, c| y[(r, c)] * (m[r] * m[c])))
            .collect();
        let used = relaxation.used_budget(&forms);
        if used > 0.0 {
            forms
                .iter_mut()
                .for_each(|x| *x *= faer::Scale(c64::from(1.0 / used)));
        }
        let mut slope = 0.0;
        let mut claims: Vec<Vec<WeightedError>> = Vec::new();
        let mut shares: Vec<Vec<f64>> = Vec::new();
        for (k, list) in self.errors.vectors.iter().enumerate() {
            let floor = relaxation.problem.targets[k].floor;
            let (mut own, mut counts) = (Vec::new(), Vec::new());
            for (i, (vector, square)) in list.iter().enumerate() {
                let weight = value(&weights[k][i]) * unit;
                slope -= weight * self.unwanted(&forms, k, vector);
                counts.push(weight / square);
                own.push(WeightedError {
                    weight: weight / (floor * square),
                    coordinates: self.errors.coordinates[k][i].clone(),
                });
            }
            claims.push(own);
            shares.push(counts);
        }
        let margin: f64 = prices.iter().sum();
        let newton = ratio + (margin - ratio) / (1.0 - slope);
        self.prove(best, claims, &prices, newton);
        let point = Point {
            ratio,
            forms,
            shares,
        };
        Ok((point, newton))
    }

    /// What forms other than the target's own have arrive along a vector.
    fn unwanted(&self, forms: &[Mat<c64>], k: usize, vector: &Mat<c64>) -> f64 {
        let others = forms.iter().enumerate().filter(|(j, _)| *j != k);
        let power = |(j, x): (usize, &Mat<c64>)| {
            let basis = self.relaxation.coordinates.basis(j).columns.as_ref();
            let seen = linalg::mul_adjoint_left(basis, vector.as_ref());
            let image = linalg::mul(x.as_ref(), seen.as_ref());
            linalg::inner(seen.as_ref(), image.as_ref())
        };
        others.map(power).sum()
    }

    fn prove(
        &self,
        best: &mut BeamBound,
        claims: Vec<Vec<WeightedError>>,
        prices: &[f64],
        newton: f64,
    ) {
        let relaxation = self.relaxation;
        let bases = relaxation.bases();
        let room = Room::Everywhere(bases[0].as_ref());
        let proven = Witness::of_errors(relaxation.problem, room, &claims).and_then(|witness| {
            let start = newton.max(0.0);
            relaxation.proven_near(&witness, prices, start, 1e-10 * start.max(SMALLEST_RATIO))
        });
        if let Some(bound) = proven {
            best.lowered(claims, bound);
        }
    }
}
