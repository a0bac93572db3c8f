//! The other side of a worst case: errors that do harm.
//!
//! A certified ratio is a lower bound of what given forms attain in the worst case; every error
//! inside the set gives an upper bound. For target `k`, with `v = [x; 1]` and `B_k` as in
//! [`certify`](super::certify), the ratio is a quotient of quadratics,
//!
//! ```text
//! r(x) = v^H B^H W_k B v / (v^H B^H Σ_{j≠k} W_j B v + σ²),     ‖x_i‖ ≤ 1,  1 + ρ_m x_m = e^{jα_m}, |α_m| ≤ Φ_m
//! ```
//!
//! The search descends on it block by block. With `γ = r(x)` at the present point, the minimiser
//! of `v^H B^H (W_k - γ Σ W_j) B v` over one block, the others held, is a trust-region problem and
//! is solved exactly (for a phase in closed form); its value is at most `γσ²`, so the
//! ratio falls (Dinkelbach's argument).
//! Several starts make it unlikely, not impossible, that a worse error is missed: *the result is
//! an attack and never a proof*.

mod claim;
mod duals;
mod trust_region;

use faer::{Mat, MatRef, c64};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::hermitian::Field;
use crate::hermitian::linalg;
use crate::ratio::error::{RobustError, check_option};
use crate::ratio::normalised::{NormalisedProblem, NormalisedTarget, TurnColumn};
use crate::ratio::problem::{ErrorBlock, Turn, ValidRatioProblem};
use crate::ratio::proof::{check_target_multipliers, error_under};
pub use claim::WorstCaseClaim;
pub(super) use duals::errors_of_duals;
use trust_region::minimise;

/// Options of [`attack`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
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
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Attack {
    /// The ratio at that error, in the problem's own coordinates: an upper bound of the true
    /// worst case.
    pub ratio: f64,
    /// The error `h - ĥ`: `Σ_i E_i x_i`, and `(e^{jα_m} - 1) ĥ_m` for each group that turns.
    pub error: Vec<c64>,
    /// `x_i` for each block of the target, of length at most one; for a phase `e^{jα}`.
    pub coordinates: Vec<Vec<c64>>,
}

/// Searches for the error that does the most harm to each target under given forms.
///
/// `forms` are columns `G_j`, `W_j = G_j G_j^H`, as for
/// [`worst_case_ratios`](super::worst_case_ratios). `claims`, made of that function's result, or an
/// empty slice, add a start for each target: where the certificate is tight, its multipliers
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
    claims: &[WorstCaseClaim],
    options: &AttackOptions,
) -> Result<Vec<Attack>, RobustError> {
    options.check()?;
    problem.check_forms(forms)?;
    if !claims.is_empty() && claims.len() != problem.targets.len() {
        return Err(RobustError::WrongLength {
            what: "certified worst cases",
            expected: problem.targets.len(),
            found: claims.len(),
        });
    }
    // Where nothing is certified there are no multipliers.
    for (k, worst) in claims.iter().enumerate().filter(|(_, w)| w.ratio > 0.0) {
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
            let known = claims.get(k).filter(|w| w.ratio > 0.0);
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
        let mut rng = ChaCha8Rng::seed_from_u64(self.options.seed);
        rng.set_stream(k as u64);
        let random = (0..self.options.restarts).map(|i| self.random_start(&mut rng, i % 2 == 1));
        let starts = hint
            .into_iter()
            .chain(std::iter::once(self.undisturbed()))
            .chain(random);
        let mut best: Option<(f64, Vec<c64>)> = None;
        for start in starts {
            let (ratio, v) = self.descend(start)?;
            if best.as_ref().is_none_or(|(least, _)| ratio < *least) {
                best = Some((ratio, v));
            }
            if best.as_ref().is_some_and(|(least, _)| *least <= enough) {
                break;
            }
        }
        Ok(best.map_or_else(|| self.undisturbed(), |(_, v)| v))
    }

    /// `r(x)`, through amplitudes, which lose fewer digits than the forms.
    fn ratio(&self, v: &[c64]) -> f64 {
        let v = MatRef::from_column_major_slice(v, v.len(), 1);
        let mut powers = self.gains.iter().map(|g| {
            let y = linalg::mul(g.as_ref(), v);
            linalg::inner(y.as_ref(), y.as_ref())
        });
        let signal = powers.next().unwrap_or(0.0);
        signal / (powers.sum::<f64>() + self.target.floor)
    }

    /// No error at all.
    fn undisturbed(&self) -> Vec<c64> {
        let mut v = vec![c64::new(0.0, 0.0); self.target.side()];
        v[self.target.side() - 1] = c64::new(1.0, 0.0);
        v
    }

    /// Rounds over the blocks until the ratio no longer falls. Where blocks pull at each other a
    /// round moves little, and the next one the same way: each is followed by an attempt to go
    /// on along its move, twice as far after every success.
    fn descend(&self, mut v: Vec<c64>) -> Result<(f64, Vec<c64>), RobustError> {
        let mut ratio = self.ratio(&v);
        let mut stride = 1.0;
        for _ in 0..self.options.max_rounds {
            let (before, start) = (ratio, v.clone());
            let mut try_next = |v: &mut Vec<c64>, next: Vec<c64>| {
                let lower = self.ratio(&next);
                let better = lower < ratio;
                if better {
                    (ratio, *v) = (lower, next);
                }
                (better, ratio)
            };
            let mut now = before;
            for block in self.target.blocks.iter().filter(|b| !b.is_empty()) {
                let mut next = v.clone();
                next[block.clone()].copy_from_slice(&self.worst_in_block(&v, block, now)?);
                now = try_next(&mut v, next).1;
            }
            for turn in &self.target.turns {
                let mut next = v.clone();
                next[turn.column] = self.worst_phase(&v, turn, now);
                now = try_next(&mut v, next).1;
            }
            let further = self.extrapolated(&start, &v, stride);
            stride = if try_next(&mut v, further).0 {
                2.0 * stride
            } else {
                1.0
            };
            if before - ratio <= self.options.tolerance * before {
                break;
            }
        }
        Ok((ratio, v))
    }

    /// `to + stride (to - from)`, back in the set.
    fn extrapolated(&self, from: &[c64], to: &[c64], stride: f64) -> Vec<c64> {
        let mut v: Vec<c64> = from
            .iter()
            .zip(to)
            .map(|(a, b)| b + (b - a) * stride)
            .collect();
        self.confine(&mut v);
        v
    }

    /// Every block into its ball, every phase onto its arc.
    fn confine(&self, v: &mut [c64]) {
        for block in &self.target.blocks {
            confine(&mut v[block.clone()]);
        }
        for turn in &self.target.turns {
            let z = v[turn.column] * turn.turn.size() + 1.0;
            v[turn.column] = on_arc(z.arg(), turn);
        }
    }

    /// `(wanted - γ unwanted)_{ij}`.
    fn entry(&self, i: usize, j: usize, ratio: f64) -> c64 {
        self.wanted[(i, j)] - self.unwanted[(i, j)] * ratio
    }

    /// The exact minimiser of `v^H (wanted - γ unwanted) v` over one block.
    fn worst_in_block(
        &self,
        v: &[c64],
        block: &std::ops::Range<usize>,
        ratio: f64,
    ) -> Result<Vec<c64>, RobustError> {
        let a = Mat::from_fn(block.len(), block.len(), |i, j| {
            self.entry(block.start + i, block.start + j, ratio)
        });
        let force: Vec<c64> = block
            .clone()
            .map(|i| {
                let others = (0..v.len()).filter(|j| !block.contains(j));
                others.map(|j| self.entry(i, j, ratio) * v[j]).sum::<c64>()
            })
            .collect();
        minimise(a.as_ref(), &force, self.target.field).ok_or(RobustError::Eigenvalues {
            dim: block.len(),
            place: "attack",
        })
    }

    /// The same over one phase, `a |x|² + 2 Re(force^* x)`. With `z = 1 + ρ x`, `|z| = 1`, that is a constant and
    /// `2/ρ Re((force - a/ρ)^* z)`, a cosine of the angle to the best `z` of the circle, so the best on the
    /// arc is the nearest to it.
    fn worst_phase(&self, v: &[c64], turn: &TurnColumn, ratio: f64) -> c64 {
        let others = (0..v.len()).filter(|&j| j != turn.column);
        let force: c64 = others
            .map(|j| self.entry(turn.column, j, ratio) * v[j])
            .sum();
        let own = self.entry(turn.column, turn.column, ratio).re;
        on_arc((own / turn.turn.size() - force).arg(), turn)
    }

    /// Where a certificate is tight its inequality is singular, and the null vector, scaled to
    /// end in one, is the worst error.
    fn certificates_error(
        &self,
        worst: &WorstCaseClaim,
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
        let mut v: Vec<c64> = (0..side).map(|i| vectors[(i, 0)] / d[i]).collect();
        let anchor = v[side - 1];
        if anchor.norm() == 0.0 {
            return Ok(None);
        }
        v.iter_mut().for_each(|x| *x /= anchor);
        if v.iter().any(|x| !(x.re.is_finite() && x.im.is_finite())) {
            return Ok(None);
        }
        if self.target.field == Field::Real {
            v.iter_mut().for_each(|x| x.im = 0.0);
        }
        self.confine(&mut v);
        Ok(Some(v))
    }

    /// Uniform on the surface of each block's ball; phases uniform on their arcs, or, if asked
    /// for, at their ends, where several of them have their worst as a rule.
    fn random_start(&self, rng: &mut ChaCha8Rng, ends: bool) -> Vec<c64> {
        let mut normal = || {
            let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
            radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
        };
        let mut v: Vec<c64> = (0..self.target.side())
            .map(|_| match self.target.field {
                Field::Real => c64::new(normal(), 0.0),
                Field::Complex => c64::new(normal(), normal()),
            })
            .collect();
        for block in &self.target.blocks {
            let part = &mut v[block.clone()];
            let norm = length(part).max(f64::MIN_POSITIVE);
            part.iter_mut().for_each(|x| *x /= norm);
        }
        for turn in &self.target.turns {
            let share = v[turn.column].arg() / std::f64::consts::PI;
            let share = if ends { 1f64.copysign(share) } else { share };
            v[turn.column] = on_arc(share * turn.turn.angle, turn);
        }
        self.confine(&mut v);
        v[self.target.side() - 1] = c64::new(1.0, 0.0);
        v
    }
}

/// `v ↦ Σ_j ‖G_j^H B v‖²` as a matrix.
fn power_form(gains: &[Mat<c64>], target: &NormalisedTarget) -> Mat<c64> {
    let mut m = Mat::<c64>::zeros(target.side(), target.side());
    for g in gains {
        m += linalg::mul_adjoint_left(g.as_ref(), g.as_ref());
    }
    linalg::project(&mut m, target.field);
    m
}

fn length(x: &[c64]) -> f64 {
    x.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt()
}

/// To length one if it is longer.
fn confine(x: &mut [c64]) {
    let norm = length(x).max(1.0);
    x.iter_mut().for_each(|v| *v /= norm);
}

/// The coordinate `x` with `1 + ρ x = e^{jα}`, `α` as near to the given one as the arc allows.
fn on_arc(angle: f64, turn: &TurnColumn) -> c64 {
    let half = 0.5 * angle.clamp(-turn.turn.angle, turn.turn.angle);
    // e^{jα} - 1, without cancellation.
    c64::new(0.0, 2.0 * half.sin() / turn.turn.size()) * c64::from_polar(1.0, half)
}

/// The error and its ratio, by the problem's own data.
fn in_problem_units(
    problem: &ValidRatioProblem,
    forms: &[Mat<c64>],
    k: usize,
    scaled: &NormalisedTarget,
    v: &[c64],
) -> Attack {
    let target = &problem.targets[k];
    let coordinates = coordinates(problem, k, scaled, v);
    // Coordinates of the problem's own shape; what is no number is no error.
    let error = error_under(problem, k, &coordinates)
        .map_or_else(|| vec![c64::ZERO; problem.dimension()], |(error, _)| error);
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

/// [`Attack::coordinates`] of a point of the search.
fn coordinates(
    problem: &ValidRatioProblem,
    k: usize,
    scaled: &NormalisedTarget,
    v: &[c64],
) -> Vec<Vec<c64>> {
    let target = &problem.targets[k];
    let ranges = problem.group_ranges();
    let angle_of = |group: usize| {
        let turn = scaled.turns.iter().find(|t| t.turn.group == group);
        turn.map_or(0.0, |t| {
            let Turn { angle, .. } = t.turn;
            (v[t.column] * t.turn.size() + 1.0)
                .arg()
                .clamp(-angle, angle)
        })
    };
    let of_block = |(block, range): (&ErrorBlock, &std::ops::Range<usize>)| {
        let (columns, field) = match block {
            ErrorBlock::Ball { group, .. } => (ranges[*group].len(), Field::Complex),
            ErrorBlock::Directions { matrix, field } => (matrix.ncols(), *field),
            ErrorBlock::Phase { group, angle } => {
                // Several phases of one group share its turn by their sizes.
                let same = target.errors.iter().map(|other| match other {
                    ErrorBlock::Phase { group: own, angle } if own == group => *angle,
                    _ => 0.0,
                });
                let share = angle / same.sum::<f64>().max(f64::MIN_POSITIVE);
                return vec![c64::from_polar(1.0, share * angle_of(*group))];
            }
        };
        let part = &v[range.clone()];
        let mut own: Vec<c64> = (0..columns)
            .map(|i| match (part.len(), scaled.field, field) {
                (0, _, _) => c64::ZERO,
                // Over the reals a complex block was written as [E, jE].
                (_, Field::Real, Field::Complex) => c64::new(part[i].re, part[columns + i].re),
                _ => part[i],
            })
            .collect();
        confine(&mut own);
        own
    };
    let blocks = target.errors.iter().zip(&scaled.blocks);
    blocks.map(of_block).collect()
}
