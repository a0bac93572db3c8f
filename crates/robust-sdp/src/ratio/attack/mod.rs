//! The other side of a worst case: errors that do harm.
//!
//! A certified ratio is a lower bound of what given forms attain in the worst case; every error
//! inside the set gives an upper bound. For target `k`, with `v = [x; 1]` and `B_k` as in
//! [`certify`](super::certify), the ratio is a quotient of quadratics,
//!
//! ```text
//! r(x) = v^H B^H W_k B v / (v^H B^H Σ_{j≠k} W_j B v + σ²),     ‖x_i‖ ≤ 1 for each block i
//! ```
//!
//! The search descends on it block by block. With `γ = r(x)` at the present point, the minimiser
//! of `v^H B^H (W_k - γ Σ W_j) B v` over one block, the others held, is a trust-region problem and
//! is solved exactly (on the arc of a rotation in closed form); its value is at most `γσ²`, so the
//! ratio falls (Dinkelbach's argument).
//! Several starts make it unlikely, not impossible, that a worse error is missed: *the result is
//! an attack and never a proof*.

mod trust_region;

use faer::{Mat, c64};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::hermitian::Field;
use crate::hermitian::linalg;
use crate::ratio::error::{RobustError, check_option};
use crate::ratio::given_forms::WorstCase;
use crate::ratio::normalised::{Arc, NormalisedProblem, NormalisedTarget, chord};
use crate::ratio::problem::{ErrorBlock, ValidRatioProblem};
use crate::ratio::proof::certificate::{check_shapes, check_target_multipliers, project};
use trust_region::minimise;

/// Options of [`attack`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AttackOptions {
    /// Random starts for each target, beside the error-free one and the certificate's; 16 by
    /// default.
    pub restarts: usize,
    /// Seed of the random starts; 0 by default.
    pub seed: u64,
    /// Rounds over the blocks from each start; 500 by default.
    pub max_rounds: usize,
    /// A round that lowers the ratio by less than this, relative, ends a descent; 1e-8 by
    /// default.
    pub tolerance: f64,
}

impl Default for AttackOptions {
    fn default() -> Self {
        Self {
            restarts: 16,
            seed: 0,
            max_rounds: 500,
            tolerance: 1e-8,
        }
    }
}

impl AttackOptions {
    /// Refuses what makes no sense; done by [`attack`].
    ///
    /// # Errors
    /// [`RobustError::BadOption`].
    pub fn check(&self) -> Result<(), RobustError> {
        check_option(
            "tolerance",
            self.tolerance,
            self.tolerance.is_finite() && self.tolerance >= 0.0,
            "must be finite and not negative",
        )
    }
}

/// An attack this close to what is certified, relative, is as good as any.
const CLOSED: f64 = 1e-9;

/// The most harmful error found for one target.
#[derive(Debug, Clone, PartialEq)]
pub struct Attack {
    /// The ratio at that error, in the problem's own coordinates: an upper bound of the true
    /// worst case.
    pub ratio: f64,
    /// The error `Σ_i E_i x_i`.
    pub error: Vec<c64>,
    /// `x_i` for each block of the target, of length at most one; for a rotation the complex number
    /// with `1 + ρ x = e^{jα}`, `ρ = 2 sin(angle/2)`.
    pub coordinates: Vec<Vec<c64>>,
}

/// Searches for the error that does the most harm to each target under given forms.
///
/// `forms` are columns `G_j`, `W_j = G_j G_j^H`, as for
/// [`worst_case_ratios`](super::worst_case_ratios). `certified`, that function's result or an
/// empty slice, adds a start for each target: where the certificate is tight, its multipliers
/// know the worst error, and the search ends where nothing is left to find. In a reduced problem whose span contains the forms the worst error lies
/// in the span, so nothing is lost by searching there.
///
/// Cost: for each round an eigenvalue decomposition of each block's size.
///
/// # Errors
/// Wrong shapes, or eigenvalues that could not be computed.
pub fn attack(
    problem: &ValidRatioProblem,
    forms: &[Mat<c64>],
    certified: &[WorstCase],
    options: &AttackOptions,
) -> Result<Vec<Attack>, RobustError> {
    options.check()?;
    check_shapes(problem, forms)?;
    if !certified.is_empty() && certified.len() != problem.targets.len() {
        return Err(RobustError::WrongLength {
            what: "certified worst cases",
            expected: problem.targets.len(),
            found: certified.len(),
        });
    }
    // Where nothing is certified there are no multipliers.
    for (k, worst) in certified.iter().enumerate().filter(|(_, w)| w.ratio > 0.0) {
        check_target_multipliers(problem, k, &worst.multipliers)?;
    }
    let scaled = NormalisedProblem::new(problem);
    let columns: Vec<Mat<c64>> = forms
        .iter()
        .map(|g| scaled.scale_columns(g.as_ref()))
        .collect();
    (0..problem.targets.len())
        .map(|k| {
            let search = Search::new(&scaled.targets[k], &columns, k, options);
            let known = certified.get(k).filter(|w| w.ratio > 0.0);
            let hint = match known {
                Some(worst) => {
                    let unit = scaled.multiplier_unit(problem, k, worst.ratio);
                    search.certificates_error(worst, unit)?
                }
                None => None,
            };
            let enough = known.map_or(0.0, |w| w.ratio * (1.0 + CLOSED));
            let worst = search.run(k, hint, enough)?;
            Ok(in_problem_units(
                problem,
                forms,
                k,
                &scaled.targets[k],
                &worst,
            ))
        })
        .collect()
}

/// The quotient of one target over the stacked coordinates of its blocks.
struct Search<'a> {
    target: &'a NormalisedTarget,
    /// `B^H W_k B` and `B^H Σ_{j≠k} W_j B`.
    wanted: Mat<c64>,
    unwanted: Mat<c64>,
    /// `G_j^H B`, the target's own first.
    gains: Vec<Mat<c64>>,
    options: AttackOptions,
}

impl<'a> Search<'a> {
    fn new(
        target: &'a NormalisedTarget,
        columns: &[Mat<c64>],
        k: usize,
        options: &AttackOptions,
    ) -> Self {
        let others = (0..columns.len()).filter(|&j| j != k);
        let gains: Vec<Mat<c64>> = std::iter::once(k)
            .chain(others)
            .map(|j| linalg::mul_adjoint_left(columns[j].as_ref(), target.factor.as_ref()))
            .collect();
        let wanted = power_form(&gains[..1], target);
        let unwanted = power_form(&gains[1..], target);
        Self {
            target,
            wanted,
            unwanted,
            gains,
            options: *options,
        }
    }

    /// The best of all starts, or the first that gets down to `enough`.
    fn run(&self, k: usize, hint: Option<Vec<c64>>, enough: f64) -> Result<Vec<c64>, RobustError> {
        let count = self.target.side() - 1;
        let mut rng = ChaCha8Rng::seed_from_u64(self.options.seed);
        rng.set_stream(k as u64);
        let random = (0..self.options.restarts).map(|i| self.random_start(&mut rng, i % 2 == 1));
        let starts = hint
            .into_iter()
            .chain(std::iter::once(vec![c64::new(0.0, 0.0); count]))
            .chain(random);
        let mut best: Option<(f64, Vec<c64>)> = None;
        for start in starts {
            let (ratio, x) = self.descend(start)?;
            if best.as_ref().is_none_or(|(least, _)| ratio < *least) {
                best = Some((ratio, x));
            }
            if best.as_ref().is_some_and(|(least, _)| *least <= enough) {
                break;
            }
        }
        Ok(best.map_or_else(Vec::new, |(_, x)| x))
    }

    /// `r(x)`, through amplitudes, which lose fewer digits than the forms.
    fn ratio(&self, x: &[c64]) -> f64 {
        let n = x.len();
        let v = Mat::from_fn(
            n + 1,
            1,
            |i, _| if i < n { x[i] } else { c64::new(1.0, 0.0) },
        );
        let mut powers = self.gains.iter().map(|g| {
            let y = linalg::mul(g.as_ref(), v.as_ref());
            linalg::inner(y.as_ref(), y.as_ref())
        });
        let signal = powers.next().unwrap_or(0.0);
        signal / (powers.sum::<f64>() + self.target.floor)
    }

    /// Rounds over the blocks until the ratio no longer falls. Where blocks pull at each other a
    /// round moves little, and the next one the same way: each is followed by an attempt to go
    /// on along its move, twice as far after every success.
    fn descend(&self, mut x: Vec<c64>) -> Result<(f64, Vec<c64>), RobustError> {
        let mut ratio = self.ratio(&x);
        let mut stride = 1.0;
        for _ in 0..self.options.max_rounds {
            let (before, start) = (ratio, x.clone());
            let blocks = self.target.blocks.iter().zip(&self.target.arcs);
            for (block, arc) in blocks.filter(|(b, _)| !b.is_empty()) {
                let mut next = x.clone();
                let worst = self.worst_in_block(&x, block, *arc, ratio)?;
                next[block.clone()].copy_from_slice(&worst);
                let lower = self.ratio(&next);
                if lower < ratio {
                    (ratio, x) = (lower, next);
                }
            }
            let further = self.extrapolated(&start, &x, stride);
            let lower = self.ratio(&further);
            if lower < ratio {
                (ratio, x) = (lower, further);
                stride *= 2.0;
            } else {
                stride = 1.0;
            }
            if before - ratio <= self.options.tolerance * before {
                break;
            }
        }
        Ok((ratio, x))
    }

    /// `to + stride (to - from)`, back in the set.
    fn extrapolated(&self, from: &[c64], to: &[c64], stride: f64) -> Vec<c64> {
        let mut x: Vec<c64> = from
            .iter()
            .zip(to)
            .map(|(a, b)| b + (b - a) * stride)
            .collect();
        self.confine(&mut x);
        x
    }

    /// Every block into its set.
    fn confine(&self, x: &mut [c64]) {
        for (block, arc) in self.target.blocks.iter().zip(&self.target.arcs) {
            confine(&mut x[block.clone()], *arc, self.target.field);
        }
    }

    /// The exact minimiser of `v^H (wanted - γ unwanted) v` over one block.
    fn worst_in_block(
        &self,
        x: &[c64],
        block: &std::ops::Range<usize>,
        arc: Option<Arc>,
        ratio: f64,
    ) -> Result<Vec<c64>, RobustError> {
        let entry = |i: usize, j: usize| self.wanted[(i, j)] - self.unwanted[(i, j)] * ratio;
        let a = Mat::from_fn(block.len(), block.len(), |i, j| {
            entry(block.start + i, block.start + j)
        });
        let force: Vec<c64> = block
            .clone()
            .map(|i| {
                let others = (0..x.len()).filter(|j| !block.contains(j));
                entry(i, x.len()) + others.map(|j| entry(i, j) * x[j]).sum::<c64>()
            })
            .collect();
        if let Some(arc) = arc {
            return Ok(minimise_on_arc(arc, &a, &force, self.target.field));
        }
        minimise(a.as_ref(), &force, self.target.field).ok_or(RobustError::Eigenvalues {
            dim: block.len(),
            place: "attack",
        })
    }

    /// Where a certificate is tight its inequality is singular, and the null vector, scaled to
    /// end in one, is the worst error.
    fn certificates_error(
        &self,
        worst: &WorstCase,
        unit: f64,
    ) -> Result<Option<Vec<c64>>, RobustError> {
        let side = self.target.side();
        let mut m = &self.wanted - &self.unwanted * faer::Scale(c64::new(worst.ratio, 0.0));
        self.target
            .add_multipliers(&mut m, &worst.multipliers, unit);
        m[(side - 1, side - 1)] -= c64::new(self.target.floor * worst.ratio, 0.0);
        let d: Vec<f64> = (0..side)
            .map(|i| m[(i, i)].re.abs().sqrt().max(f64::MIN_POSITIVE.sqrt()))
            .collect();
        let balanced = Mat::from_fn(side, side, |i, j| m[(i, j)] / (d[i] * d[j]));
        let (_, vectors) =
            linalg::eigen(balanced.as_ref(), true).ok_or(RobustError::Eigenvalues {
                dim: side,
                place: "attack",
            })?;
        let last = vectors[(side - 1, 0)] / d[side - 1];
        if last.norm() == 0.0 {
            return Ok(None);
        }
        let mut x: Vec<c64> = (0..side - 1)
            .map(|i| vectors[(i, 0)] / (last * d[i]))
            .collect();
        if x.iter().any(|v| !(v.re.is_finite() && v.im.is_finite())) {
            return Ok(None);
        }
        if self.target.field == Field::Real {
            x.iter_mut().for_each(|v| v.im = 0.0);
        }
        self.confine(&mut x);
        Ok(Some(x))
    }

    /// Uniform on the surface of each block's ball; on an arc, where the normal draw points, or, if asked
    /// for, the end it points to, where several arcs have their worst errors as a rule.
    fn random_start(&self, rng: &mut ChaCha8Rng, ends: bool) -> Vec<c64> {
        let mut normal = || {
            let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
            radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
        };
        let mut x: Vec<c64> = (0..self.target.side() - 1)
            .map(|_| match self.target.field {
                Field::Real => c64::new(normal(), 0.0),
                Field::Complex => c64::new(normal(), normal()),
            })
            .collect();
        for block in &self.target.blocks {
            let part = &mut x[block.clone()];
            let norm = length(part).max(f64::MIN_POSITIVE);
            part.iter_mut().for_each(|v| *v /= norm);
        }
        self.confine(&mut x);
        let arcs = self.target.blocks.iter().zip(&self.target.arcs);
        for (block, arc) in arcs.filter(|(block, _)| ends && !block.is_empty()) {
            let Some(arc) = arc else { continue };
            let part = &mut x[block.clone()];
            let angle = arc.nearest_angle(joined(part, self.target.field));
            let end = arc.coordinate(arc.angle().copysign(angle));
            part.copy_from_slice(&split(end, self.target.field));
        }
        x
    }
}

/// `v ↦ Σ_j ‖G_j^H B v‖²` as a matrix.
fn power_form(gains: &[Mat<c64>], target: &NormalisedTarget) -> Mat<c64> {
    let mut m = Mat::<c64>::zeros(target.side(), target.side());
    for g in gains {
        m += linalg::mul_adjoint_left(g.as_ref(), g.as_ref());
    }
    project(&mut m, target.field);
    m
}

fn length(x: &[c64]) -> f64 {
    x.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt()
}

/// Into the block's set: to length one if it is longer, onto the arc of a rotation.
fn confine(x: &mut [c64], arc: Option<Arc>, field: Field) {
    match arc {
        Some(arc) if !x.is_empty() => {
            let at = arc.coordinate(arc.nearest_angle(joined(x, field)));
            x.copy_from_slice(&split(at, field));
        }
        _ => {
            let norm = length(x).max(1.0);
            x.iter_mut().for_each(|v| *v /= norm);
        }
    }
}

/// The complex coordinate of a rotation, which over the reals is written as two.
fn joined(x: &[c64], field: Field) -> c64 {
    match field {
        Field::Complex => x[0],
        Field::Real => c64::new(x[0].re, x[1].re),
    }
}

fn split(x: c64, field: Field) -> Vec<c64> {
    match field {
        Field::Complex => vec![x],
        Field::Real => vec![c64::new(x.re, 0.0), c64::new(x.im, 0.0)],
    }
}

/// The minimiser of `a |x|² + 2 Re(force^* x)` on an arc. With `z = 1 + ρ x`, `|z| = 1`, that is a
/// constant and `2/ρ Re((force - a/ρ)^* z)`, a cosine of the angle to the best `z` of the circle, so
/// the best on the arc is the nearest to it.
///
/// The block's matrix is `a` times the identity over the reals too, because there its columns are `[e, je]`.
fn minimise_on_arc(arc: Arc, a: &Mat<c64>, force: &[c64], field: Field) -> Vec<c64> {
    let best = a[(0, 0)].re / arc.size() - joined(force, field);
    let angle = best.arg().clamp(-arc.angle(), arc.angle());
    split(arc.coordinate(angle), field)
}

/// The error and its ratio, by the problem's own data.
fn in_problem_units(
    problem: &ValidRatioProblem,
    forms: &[Mat<c64>],
    k: usize,
    scaled: &NormalisedTarget,
    x: &[c64],
) -> Attack {
    let target = &problem.targets[k];
    let ranges = problem.group_ranges();
    let mut error = vec![c64::new(0.0, 0.0); problem.dimension()];
    let mut coordinates = Vec::with_capacity(target.errors.len());
    for (block, range) in target.errors.iter().zip(&scaled.blocks) {
        let (columns, field) = match block {
            ErrorBlock::Ball { group, .. } => (ranges[*group].len(), Field::Complex),
            ErrorBlock::Directions { matrix, field } => (matrix.ncols(), *field),
            ErrorBlock::Rotation { .. } => (1, Field::Complex),
        };
        let part = &x[range.clone()];
        let mut own: Vec<c64> = (0..columns)
            .map(|i| match (part.len(), scaled.field, field) {
                (0, _, _) => c64::new(0.0, 0.0),
                // Over the reals a complex block was written as [E, jE].
                (_, Field::Real, Field::Complex) => c64::new(part[i].re, part[columns + i].re),
                _ => part[i],
            })
            .collect();
        let arc = Arc::of(block).filter(|_| !part.is_empty());
        confine(&mut own, arc, Field::Complex);
        match block {
            ErrorBlock::Ball { group, radius } => {
                for (i, v) in ranges[*group].clone().zip(&own) {
                    error[i] += v * *radius;
                }
            }
            ErrorBlock::Directions { matrix, .. } => {
                for (i, e) in error.iter_mut().enumerate() {
                    *e += (0..columns).map(|j| matrix[(i, j)] * own[j]).sum::<c64>();
                }
            }
            ErrorBlock::Rotation { part, angle } => {
                let turn = own[0] * chord(*angle);
                for (i, e) in error.iter_mut().enumerate() {
                    *e += part[(i, 0)] * turn;
                }
            }
        }
        coordinates.push(own);
    }
    let h = Mat::from_fn(error.len(), 1, |i, _| target.nominal[i] + error[i]);
    let power = |g: &Mat<c64>| {
        let y = linalg::mul_adjoint_left(g.as_ref(), h.as_ref());
        linalg::inner(y.as_ref(), y.as_ref())
    };
    let others = (0..forms.len()).filter(|&j| j != k);
    let rest: f64 = others.map(|j| power(&forms[j])).sum();
    Attack {
        ratio: power(&forms[k]) / (rest + target.floor),
        error,
        coordinates,
    }
}
