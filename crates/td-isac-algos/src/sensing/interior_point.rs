//! Primal–dual interior-point method for `min f(X)` over `X_m ⪰ 0`, `Tr X_m = 1`.
//!
//! With `-G_m` the gradient of a convex `f` that decreases in every `X_m`, the optimality conditions are
//!
//! ```math
//! \nu_m I - G_m - Z_m = 0, \qquad \mathrm{Tr}\,X_m = 1, \qquad X_m Z_m = \mu I, \qquad \mu \to 0,
//! ```
//!
//! and for fixed μ they are those of the barrier problem `min f - μ Σ log det X_m`. Each iteration takes a
//! Newton step of these conditions in Nesterov–Todd scaling. Because the scaled second derivative plus
//! the identity is positive definite, the primal part of the step is a descent direction of the barrier
//! function, so a line search on that function makes the iteration globally convergent; the dual matrices
//! only shape the step. μ is lowered when the iterate is close to the central path, the further the closer a trial
//! step with `μ = 0` gets to the boundary.
//!
//! Progress is judged by the Frank–Wolfe gap alone, which bounds the error of any feasible point; on the
//! central path it equals `μ Σ_m r_m`.

use faer::{Mat, Side, c64};

use super::cone::{Cone, Scaling};
use super::hermitian;
use super::newton::{NewtonSystem, NewtonVector};
use super::sensitivity::HessianFactor;

/// Fraction of the way to the boundary of the cone.
const TO_BOUNDARY: f64 = 0.99;
/// Step lengths tried before giving up.
const MAX_HALVINGS: usize = 30;
/// Fraction of the predicted decrease that a step must achieve.
const ARMIJO: f64 = 1e-4;
/// Changes of the barrier function below this fraction of `f` are rounding.
const ROUNDING: f64 = 1e-13;
/// Changes below this fraction may be, in scenes with little information; steps are then judged by
/// the distance from the central path, for which the gradient has more digits.
const POOR_ROUNDING: f64 = 1e-9;
/// Largest distance from the central path, in units of μ, at which μ is lowered.
const CENTRED: f64 = 2.0;
/// Factors by which μ is lowered: bolder saves nothing, for the way back to the path is longer.
const BOLDEST: f64 = 0.1;
const TIMIDEST: f64 = 0.3;
/// Eigenvalues of `XZ` outside `[μ/κ, κμ]` make the dual start again from `μ X^{-1}`.
const DUAL_TRUST: f64 = 1e4;

/// A convex function of several Hermitian matrices that decreases in each.
///
/// An object, not a type parameter: the method is compiled once, in this crate, whatever the dimension of
/// the scene behind the function.
pub(super) trait Objective {
    /// Evaluates; `None` where the function is not defined numerically.
    fn at(&self, variables: &[Mat<c64>]) -> Option<Box<dyn ObjectivePoint>>;
}

/// Value and derivatives of an [`Objective`] at a point.
pub(super) trait ObjectivePoint {
    /// `f`.
    fn value(&self) -> f64;
    /// `G_m = -∇_m f`, positive semidefinite.
    fn descent(&self) -> Vec<Mat<c64>>;
    /// Squares of the second derivative with respect to `Y_m`, `X_m = T_m Y_m T_m^H`.
    fn hessian_factor(&self, transforms: &[&Mat<c64>]) -> HessianFactor;
}

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub target_gap: f64,
    pub max_iterations: usize,
}

/// The best point found.
#[derive(Debug, Clone)]
pub(super) struct Minimum {
    pub variables: Vec<Mat<c64>>,
    /// `Σ_m (λ_max(G_m) - Tr G_m X_m) / f`.
    pub relative_gap: f64,
    pub iterations: usize,
}

struct Iterate {
    cones: Vec<Cone>,
    multipliers: Vec<f64>,
    /// μ of the barrier problem at hand.
    barrier: f64,
    point: Box<dyn ObjectivePoint>,
    descent: Vec<Mat<c64>>,
}

/// Minimises from the centre. `None` only if the function is not defined there.
pub(super) fn minimise(
    objective: &dyn Objective,
    sides: &[usize],
    limits: Limits,
) -> Option<Minimum> {
    minimise_from(objective, start(objective, sides)?, limits)
}

/// Minimises from positive definite matrices of unit trace that are thought to be within this relative gap of the
/// optimum. `None` only if the function is not defined there.
pub(super) fn minimise_near(
    objective: &dyn Objective,
    variables: &[Mat<c64>],
    relative_gap: f64,
    limits: Limits,
) -> Option<Minimum> {
    minimise_from(
        objective,
        start_near(objective, variables, relative_gap)?,
        limits,
    )
}

fn minimise_from(
    objective: &dyn Objective,
    mut current: Iterate,
    limits: Limits,
) -> Option<Minimum> {
    let mut best = Minimum {
        variables: current.variables(),
        relative_gap: current.relative_gap()?,
        iterations: 0,
    };
    for iteration in 1..=limits.max_iterations {
        if best.relative_gap <= limits.target_gap {
            break;
        }
        let Some(next) = advance(objective, current, limits.target_gap) else {
            break;
        };
        current = next;
        best.iterations = iteration;
        if let Some(gap) = current
            .relative_gap()
            .filter(|gap| *gap < best.relative_gap)
        {
            best.relative_gap = gap;
            best.variables = current.variables();
        }
    }
    Some(best)
}

/// `X = I/r`, and multipliers for which the dual is feasible and well centred.
fn start(objective: &dyn Objective, sides: &[usize]) -> Option<Iterate> {
    let centre = |&side: &usize| {
        let share = c64::from(1.0 / side as f64);
        Mat::from_fn(side, side, |i, j| if i == j { share } else { c64::ZERO })
    };
    let variables: Vec<Mat<c64>> = sides.iter().map(centre).collect();
    let point = objective.at(&variables)?;
    let descent = point.descent();
    let floor = 1e-3 * point.value() / sides.len() as f64;
    let mut multipliers = Vec::new();
    let mut cones = Vec::new();
    let mut complementarity = 0.0;
    for (x, g) in variables.iter().zip(&descent) {
        let multiplier = 2.0 * largest_eigenvalue(g)?.max(floor);
        let dual = shifted(multiplier, g);
        complementarity += hermitian::inner(x, &dual);
        cones.push(Cone::new(x, &dual)?);
        multipliers.push(multiplier);
    }
    Some(Iterate {
        cones,
        multipliers,
        barrier: complementarity / sides.iter().sum::<usize>() as f64,
        point,
        descent,
    })
}

/// The point of the central path that has this gap, as far as the variables are on it: `Z = μ X^{-1}`.
fn start_near(
    objective: &dyn Objective,
    variables: &[Mat<c64>],
    relative_gap: f64,
) -> Option<Iterate> {
    let point = objective.at(variables)?;
    let descent = point.descent();
    let degree: usize = variables.iter().map(Mat::nrows).sum();
    let barrier = relative_gap * point.value() / degree as f64;
    let mut multipliers = Vec::new();
    let mut cones = Vec::new();
    for (x, g) in variables.iter().zip(&descent) {
        multipliers.push(largest_eigenvalue(g)?);
        let side = x.nrows();
        let mut cone = Cone::new(x, &Mat::identity(side, side))?;
        cone.centre_dual(barrier);
        cones.push(cone);
    }
    Some(Iterate {
        cones,
        multipliers,
        barrier,
        point,
        descent,
    })
}

impl Iterate {
    fn variables(&self) -> Vec<Mat<c64>> {
        self.cones.iter().map(Cone::primal).collect()
    }

    fn relative_gap(&self) -> Option<f64> {
        let mut gap = 0.0;
        for (x, g) in self.variables().iter().zip(&self.descent) {
            // The trace drifts by rounding only; the certificate is for the normalised point.
            gap += largest_eigenvalue(g)? - hermitian::inner(g, x) / hermitian::trace(x);
        }
        Some(gap / self.point.value())
    }

    /// Distance from the point μ of the central path, in units of μ: `‖L^H (νI - G) L/μ - I‖`, best ν.
    fn distance(&self, barrier: f64) -> f64 {
        let mut squares = 0.0;
        for (cone, g) in self.cones.iter().zip(&self.descent) {
            let side = g.nrows();
            let seen = faer::Scale(c64::from(1.0 / barrier)) * cone.seen_by_primal(g);
            let offset = seen + Mat::<c64>::identity(side, side);
            let unit = cone.seen_by_primal(&Mat::identity(side, side));
            let multiplier = hermitian::inner(&unit, &offset) / hermitian::inner(&unit, &unit);
            squares += (faer::Scale(c64::from(multiplier)) * unit - offset).squared_norm_l2();
        }
        squares.sqrt()
    }
}

/// One Newton step; `None` when no step length is acceptable.
fn advance(objective: &dyn Objective, mut from: Iterate, target_gap: f64) -> Option<Iterate> {
    let mut scalings = Vec::with_capacity(from.cones.len());
    for cone in &mut from.cones {
        scalings.push(trusted_scaling(cone, from.barrier)?);
    }
    let transforms: Vec<&Mat<c64>> = scalings.iter().map(|s| &s.transform).collect();
    let constraints = (transforms.iter())
        .map(|g| hermitian::coordinates((g.adjoint() * *g).as_ref()))
        .collect();
    let system = NewtonSystem::new(from.point.hessian_factor(&transforms), constraints)?;
    let step = Step {
        from: &from,
        scalings: &scalings,
        system: &system,
        slacks: (from.multipliers.iter().zip(&from.descent).zip(&transforms))
            .map(|((&multiplier, g), t)| t.adjoint() * shifted(multiplier, g) * *t)
            .collect(),
    };
    let mut barrier = from.barrier;
    if from.distance(from.barrier) <= CENTRED {
        let degree = scalings
            .iter()
            .map(|s| s.spectrum.len() as f64)
            .sum::<f64>();
        let (primal, dual) = step.direction(0.0).longest(&scalings, 1.0)?;
        let reduction = (1.0 - primal.min(dual)).powi(2).clamp(BOLDEST, TIMIDEST);
        // At the centre of the path the gap is μ Σ r: no need to go below half of what is asked for.
        barrier = (barrier * reduction).max(0.5 * target_gap * from.point.value() / degree);
    }
    step.search(objective, barrier)
}

/// The scaling, after replacing a dual that has lost touch with the central path.
fn trusted_scaling(cone: &mut Cone, barrier: f64) -> Option<Scaling> {
    let trusted = |scaling: &Scaling| {
        (scaling.spectrum.iter())
            .all(|l| l * l < DUAL_TRUST * barrier && l * l > barrier / DUAL_TRUST)
    };
    if let Some(scaling) = cone.scaling().filter(trusted) {
        return Some(scaling);
    }
    cone.centre_dual(barrier);
    cone.scaling()
}

struct Step<'a> {
    from: &'a Iterate,
    scalings: &'a [Scaling],
    system: &'a NewtonSystem,
    /// `G^H (νI - G_m) G`.
    slacks: Vec<Mat<c64>>,
}

struct Direction {
    primal: Vec<Mat<c64>>,
    dual: Vec<Mat<c64>>,
    multipliers: Vec<f64>,
}

impl Step<'_> {
    /// Newton direction for the barrier problem of μ: `x + z = μ Λ^{-1} - Λ`.
    fn direction(&self, barrier: f64) -> Direction {
        let rhs = NewtonVector {
            blocks: (self.scalings.iter().zip(&self.slacks))
                .map(|(s, slack)| {
                    let force = diagonal(s, |l| barrier / l) - slack;
                    hermitian::coordinates(force.as_ref())
                })
                .collect(),
            traces: (self.from.cones.iter())
                .map(|cone| 1.0 - hermitian::trace(&cone.primal()))
                .collect(),
        };
        let solution = self.system.solve(&rhs);
        let primal: Vec<Mat<c64>> = (solution.blocks.iter().zip(self.scalings))
            .map(|(x, s)| hermitian::matrix(x.as_ref(), s.spectrum.len()))
            .collect();
        let dual = (primal.iter().zip(self.scalings))
            .map(|(x, s)| diagonal(s, |l| barrier / l - l) - x)
            .collect();
        Direction {
            primal,
            dual,
            multipliers: solution.traces,
        }
    }

    /// Longest acceptable step of the barrier function `f - μ Σ log det X`.
    fn search(&self, objective: &dyn Objective, barrier: f64) -> Option<Iterate> {
        let direction = self.direction(barrier);
        let limit = 1.0 / TO_BOUNDARY;
        let (primal, dual) = direction.longest(self.scalings, limit)?;
        let mut length = TO_BOUNDARY * primal;
        let dual_length = TO_BOUNDARY * dual;
        // <∇f - μ X^{-1}, dX>, in scaled variables; the multipliers drop out on Tr dX = 0.
        let slope: f64 = (direction.primal.iter().zip(&self.slacks).zip(self.scalings))
            .map(|((x, slack), s)| hermitian::inner(&(slack - diagonal(s, |l| barrier / l)), x))
            .sum();
        let log_det = |cones: &[Cone]| cones.iter().map(Cone::log_det).sum::<f64>();
        let before = self.from.point.value();
        let distance = self.from.distance(barrier);
        let log_before = log_det(&self.from.cones);
        for _ in 0..MAX_HALVINGS {
            if let Some(next) = self.take(objective, &direction, [length, dual_length], barrier) {
                let change =
                    next.point.value() - before - barrier * (log_det(&next.cones) - log_before);
                let descends = change <= ARMIJO * length * slope.min(0.0) + ROUNDING * before;
                let closer = || next.distance(barrier) < distance;
                if descends || (change.abs() <= POOR_ROUNDING * before && closer()) {
                    return Some(next);
                }
            }
            length *= 0.5;
        }
        None
    }

    fn take(
        &self,
        objective: &dyn Objective,
        direction: &Direction,
        lengths: [f64; 2],
        barrier: f64,
    ) -> Option<Iterate> {
        let cones = (self.scalings.iter().enumerate())
            .map(|(m, s)| s.step(&direction.primal[m], &direction.dual[m], lengths))
            .collect::<Option<Vec<_>>>()?;
        let variables: Vec<Mat<c64>> = cones.iter().map(Cone::primal).collect();
        let point = objective.at(&variables)?;
        let descent = point.descent();
        Some(Iterate {
            cones,
            multipliers: (self.from.multipliers.iter().zip(&direction.multipliers))
                .map(|(v, dv)| v + lengths[1] * dv)
                .collect(),
            barrier,
            point,
            descent,
        })
    }
}

impl Direction {
    /// Longest primal and dual steps inside the cones.
    fn longest(&self, scalings: &[Scaling], limit: f64) -> Option<(f64, f64)> {
        let (mut primal, mut dual) = (limit, limit);
        for (m, scaling) in scalings.iter().enumerate() {
            primal = scaling.longest_step(&self.primal[m], primal)?;
            dual = scaling.longest_step(&self.dual[m], dual)?;
        }
        Some((primal, dual))
    }
}

/// `νI - G`.
fn shifted(multiplier: f64, descent: &Mat<c64>) -> Mat<c64> {
    let side = descent.nrows();
    faer::Scale(c64::from(multiplier)) * Mat::<c64>::identity(side, side) - descent
}

fn diagonal(scaling: &Scaling, value: impl Fn(f64) -> f64) -> Mat<c64> {
    let side = scaling.spectrum.len();
    Mat::from_fn(side, side, |i, j| {
        c64::from(if i == j {
            value(scaling.spectrum[i])
        } else {
            0.0
        })
    })
}

/// λ_max; `None` when the eigenvalue iteration fails.
pub(super) fn largest_eigenvalue(matrix: &Mat<c64>) -> Option<f64> {
    matrix
        .self_adjoint_eigenvalues(Side::Lower)
        .ok()?
        .last()
        .copied()
}
