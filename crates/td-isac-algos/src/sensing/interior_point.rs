//! Primal–dual interior-point method for `min f(X)` over `X_m ⪰ 0`, `Tr X_m = 1`.
//!
//! Conditions, with the gradient `-G_m` of a convex `f` that decreases in every `X_m`:
//!
//! $$ \nu_m I - G_m - Z_m = 0, \qquad \mathrm{Tr}\,X_m = 1, \qquad X_m Z_m = \mu I, \qquad \mu \to 0 . $$
//!
//! Each iteration takes a predictor (μ = 0) and a corrector step of Newton's method in
//! Nesterov–Todd scaling. The first condition is not linear, so a long step can violate it; step
//! lengths are halved until the violation, measured where the primal point is, stays below the
//! complementarity gap or shrinks. Progress is judged by the Frank–Wolfe gap alone, which bounds the
//! error of any feasible point.

use faer::{Col, Mat, Side, c64};

use super::cone::{Cone, Scaling};
use super::hermitian;
use super::newton::{NewtonSystem, NewtonVector};
use super::sensitivity::HessianFactor;

/// Fraction of the way to the boundary of the cone.
const TO_BOUNDARY: f64 = 0.99;
/// Step lengths tried before giving up.
const MAX_HALVINGS: usize = 25;
/// Iterations without a better gap before giving up.
const PATIENCE: usize = 12;

/// A convex function of several Hermitian matrices that decreases in each.
pub(super) trait Objective {
    /// Value and derivatives at a point.
    type Point: ObjectivePoint;
    /// Evaluates; `None` where the function is not defined numerically.
    fn at(&self, variables: &[Mat<c64>]) -> Option<Self::Point>;
}

/// See [`Objective`].
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

struct Iterate<P> {
    cones: Vec<Cone>,
    multipliers: Vec<f64>,
    point: P,
    descent: Vec<Mat<c64>>,
}

/// Minimises from the centre. `None` only if the function is not defined there.
pub(super) fn minimise<O: Objective>(
    objective: &O,
    sides: &[usize],
    limits: Limits,
) -> Option<Minimum> {
    let mut current = start(objective, sides)?;
    let mut best = Minimum {
        variables: current.variables(),
        relative_gap: current.relative_gap()?,
        iterations: 0,
    };
    let mut last_improvement = 0;
    for iteration in 1..=limits.max_iterations {
        if best.relative_gap <= limits.target_gap || iteration - last_improvement > PATIENCE {
            break;
        }
        let Some(next) = advance(objective, &current) else {
            break;
        };
        current = next;
        best.iterations = iteration;
        if let Some(gap) = current.relative_gap().filter(|gap| *gap < best.relative_gap) {
            best.relative_gap = gap;
            best.variables = current.variables();
            last_improvement = iteration;
        }
    }
    Some(best)
}

/// `X = I/r`, and the multipliers for which the dual is exactly feasible and well centred.
fn start<O: Objective>(objective: &O, sides: &[usize]) -> Option<Iterate<O::Point>> {
    let centre = |side: usize| {
        let share = c64::from(1.0 / side as f64);
        Mat::from_fn(side, side, |i, j| if i == j { share } else { c64::ZERO })
    };
    let variables: Vec<Mat<c64>> = sides.iter().map(|&side| centre(side)).collect();
    let point = objective.at(&variables)?;
    let descent = point.descent();
    let floor = 1e-3 * point.value() / sides.len() as f64;
    let mut multipliers = Vec::new();
    let mut cones = Vec::new();
    for (x, g) in variables.iter().zip(&descent) {
        let multiplier = 2.0 * largest_eigenvalue(g)?.max(floor);
        let dual = faer::Scale(c64::from(multiplier)) * Mat::<c64>::identity(x.nrows(), x.nrows()) - g;
        cones.push(Cone::new(x, &dual)?);
        multipliers.push(multiplier);
    }
    Some(Iterate {
        cones,
        multipliers,
        point,
        descent,
    })
}

impl<P: ObjectivePoint> Iterate<P> {
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

    /// `νI - G - Z`.
    fn dual_residual(&self, m: usize) -> Mat<c64> {
        let side = self.descent[m].nrows();
        let shift = c64::from(self.multipliers[m]);
        faer::Scale(shift) * Mat::<c64>::identity(side, side)
            - &self.descent[m]
            - self.cones[m].dual()
    }

    /// The violation of stationarity, in units of `f`.
    fn violation(&self) -> f64 {
        (0..self.cones.len())
            .map(|m| self.cones[m].seen_by_primal(&self.dual_residual(m)).norm_l2())
            .sum()
    }
}

/// One predictor–corrector step; `None` when no step length is acceptable.
fn advance<O: Objective>(objective: &O, from: &Iterate<O::Point>) -> Option<Iterate<O::Point>> {
    let scalings = (from.cones.iter().map(Cone::scaling)).collect::<Option<Vec<_>>>()?;
    let transforms: Vec<&Mat<c64>> = scalings.iter().map(|s| &s.transform).collect();
    let constraints = (transforms.iter())
        .map(|g| hermitian::coordinates((g.adjoint() * *g).as_ref()))
        .collect();
    let system = NewtonSystem::new(from.point.hessian_factor(&transforms), constraints)?;
    let step = Step {
        from,
        scalings: &scalings,
        system: &system,
        residuals: (0..scalings.len())
            .map(|m| transforms[m].adjoint() * from.dual_residual(m) * transforms[m])
            .collect(),
    };

    let degree: usize = scalings.iter().map(|s| s.spectrum.len()).sum();
    let complementarity: f64 = squared_spectrum(&scalings);
    let predictor = step.direction(|s| diagonal(s, |x| -x));
    let reach = predictor.longest(&scalings, 1.0)?;
    let after: f64 = (scalings.iter().zip(&predictor.primal).zip(&predictor.dual))
        .map(|((s, x), z)| {
            let at = |d: &Mat<c64>| diagonal(s, |l| l) + faer::Scale(c64::from(reach)) * d;
            hermitian::inner(&at(x), &at(z))
        })
        .sum();
    let centring = (after / complementarity).clamp(0.0, 1.0).powi(3);
    let target = centring * complementarity / degree as f64;
    let mut m = 0;
    let corrector = step.direction(|s| {
        let second_order = hermitian::hermitian_part(&(&predictor.primal[m] * &predictor.dual[m]));
        m += 1;
        s.divide(&(diagonal(s, |l| target - l * l) - second_order))
    });

    let mut length = (TO_BOUNDARY * corrector.longest(&scalings, 1.0 / TO_BOUNDARY)?).min(1.0);
    let before = from.violation();
    for _ in 0..MAX_HALVINGS {
        if let Some(next) = step.take(objective, &corrector, length) {
            let violation = next.violation();
            let gap: f64 = (next.cones.iter())
                .map(|cone| hermitian::inner(&cone.primal(), &cone.dual()))
                .sum();
            if violation <= (0.9 * before).max(0.5 * gap) {
                return Some(next);
            }
        }
        length *= 0.5;
    }
    None
}

struct Step<'a, P> {
    from: &'a Iterate<P>,
    scalings: &'a [Scaling],
    system: &'a NewtonSystem,
    /// Scaled dual residuals.
    residuals: Vec<Mat<c64>>,
}

struct Direction {
    primal: Vec<Mat<c64>>,
    dual: Vec<Mat<c64>>,
    multipliers: Vec<f64>,
}

impl<P: ObjectivePoint> Step<'_, P> {
    /// Newton direction for `x + z = s(Λ)`.
    fn direction(&self, mut sum: impl FnMut(&Scaling) -> Mat<c64>) -> Direction {
        let sums: Vec<Mat<c64>> = self.scalings.iter().map(&mut sum).collect();
        let rhs = NewtonVector {
            blocks: (sums.iter().zip(&self.residuals))
                .map(|(s, r)| hermitian::coordinates((s - r).as_ref()))
                .collect(),
            traces: (self.from.cones.iter())
                .map(|cone| 1.0 - hermitian::trace(&cone.primal()))
                .collect(),
        };
        let solution = self.system.solve(&rhs);
        let primal: Vec<Mat<c64>> = (solution.blocks.iter().zip(&sums))
            .map(|(x, s)| hermitian::matrix(Col::as_ref(x), s.nrows()))
            .collect();
        let dual = sums.iter().zip(&primal).map(|(s, x)| s - x).collect();
        Direction {
            primal,
            dual,
            multipliers: solution.traces,
        }
    }

    fn take<O: Objective<Point = P>>(
        &self,
        objective: &O,
        direction: &Direction,
        length: f64,
    ) -> Option<Iterate<P>> {
        let cones = (self.scalings.iter().enumerate())
            .map(|(m, s)| s.step(&direction.primal[m], &direction.dual[m], length))
            .collect::<Option<Vec<_>>>()?;
        let variables: Vec<Mat<c64>> = cones.iter().map(Cone::primal).collect();
        let point = objective.at(&variables)?;
        let descent = point.descent();
        Some(Iterate {
            cones,
            multipliers: (self.from.multipliers.iter().zip(&direction.multipliers))
                .map(|(v, dv)| v + length * dv)
                .collect(),
            point,
            descent,
        })
    }
}

impl Direction {
    fn longest(&self, scalings: &[Scaling], limit: f64) -> Option<f64> {
        let mut length = limit;
        for (m, scaling) in scalings.iter().enumerate() {
            length = scaling.longest_step(&self.primal[m], length)?;
            length = scaling.longest_step(&self.dual[m], length)?;
        }
        Some(length)
    }
}

fn squared_spectrum(scalings: &[Scaling]) -> f64 {
    (scalings.iter().flat_map(|s| &s.spectrum)).map(|l| l * l).sum()
}

fn diagonal(scaling: &Scaling, value: impl Fn(f64) -> f64) -> Mat<c64> {
    let side = scaling.spectrum.len();
    Mat::from_fn(side, side, |i, j| {
        c64::from(if i == j { value(scaling.spectrum[i]) } else { 0.0 })
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
