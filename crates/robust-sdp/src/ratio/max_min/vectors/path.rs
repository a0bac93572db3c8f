//! Following the central path of one set of columns.

use super::barrier::{Interior, Model, Point};
use super::duals;
use super::newton::{Factored, combined, moved};

/// A point on the central path, up to a small Newton step.
pub(super) struct Centre {
    pub(super) point: Point,
    pub(super) interior: Interior,
    /// The inverse of the barrier's weight.
    pub(super) t: f64,
    /// The Newton step that remains.
    pub(super) step: Vec<f64>,
}

/// Why a path ended before its goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The caller asked for it.
    Cancelled,
    /// Newton's method stands still, or takes too long.
    Stalled,
}

/// Newton decrements (squared lengths of steps in the metric of the Hessian) below which a point
/// counts as central along the way, and at the end.
const CENTRED: f64 = 0.1;
const FINISHED: f64 = 1e-6;

/// Newton steps at one weight of the barrier.
const MAX_STEPS: usize = 400;

/// Steps at the last weight after which a small step that does not shrink any more is rounding.
const PATIENCE: usize = 60;

/// A path this far (a relative gap of 1e-4) is of use even if it stalls.
const USEFUL_GAP: f64 = 1e-4;

/// After steps at least this long the multipliers follow by their own linearisation; after shorter ones
/// they start afresh from the slacks.
const LONG: f64 = 0.4;

/// Factors between successive weights.
const LARGEST_GROWTH: f64 = 1e3;
const SMALLEST_GROWTH: f64 = 4.0;

/// Follows the path from a strictly feasible point and `t` to a gap of `tolerance` in `log γ`.
pub(super) fn follow(
    model: &Model<'_>,
    mut point: Point,
    mut t: f64,
    tolerance: f64,
    steps: &mut usize,
    cancelled: &mut dyn FnMut() -> bool,
) -> Result<Centre, End> {
    let goal = (model.degree() / tolerance).max(t);
    let mut interior = model.interior(&point).ok_or(End::Stalled)?;
    let mut growth = 10.0;
    let mut at_this_weight = 0;
    loop {
        if cancelled() {
            return Err(End::Cancelled);
        }
        *steps += 1;
        at_this_weight += 1;
        let factored = Factored::new(model, &point, &interior).ok_or(End::Stalled)?;
        let (step, decrement) = factored.centring(t);
        let last = t >= goal;
        if last && (decrement < FINISHED || (decrement < CENTRED && at_this_weight > PATIENCE)) {
            return Ok(Centre {
                point,
                interior,
                t,
                step,
            });
        }
        let next = if decrement < CENTRED && !last {
            growth = match at_this_weight {
                0..=3 => f64::min(3.0 * growth, LARGEST_GROWTH),
                4..=6 => growth,
                _ => f64::max(growth / 3.0, SMALLEST_GROWTH),
            };
            at_this_weight = 0;
            let wanted = growth.min(goal / t);
            let (factor, next) = predict(model, &point, &interior, &factored, &step, t, wanted);
            t *= factor;
            next
        } else {
            search(model, &point, &interior, &factored, &step, t, decrement)
        };
        match next {
            Some((next, inside)) if at_this_weight < MAX_STEPS => {
                point = next;
                interior = inside;
            }
            _ if t >= model.degree() / USEFUL_GAP && decrement < 1.0 => {
                return Ok(Centre {
                    point,
                    interior,
                    t,
                    step,
                });
            }
            _ => return Err(End::Stalled),
        }
    }
}

/// Along the path to `factor` times the present `t`, or less far if that is not feasible.
///
/// Near its end the path is smooth in `1/t`, so its tangent is taken with respect to that.
fn predict(
    model: &Model<'_>,
    point: &Point,
    interior: &Interior,
    factored: &Factored,
    centring: &[f64],
    t: f64,
    mut factor: f64,
) -> (f64, Option<(Point, Interior)>) {
    let tangent = factored.tangent();
    while factor >= SMALLEST_GROWTH {
        let along = t * (1.0 - 1.0 / factor);
        let step = combined(centring, along, &tangent);
        let bend = factored.correction(model, point, interior, &step);
        let next = moved(&moved(point, &step, 1.0), &bend, 1.0);
        if let Some(mut inside) = model.interior(&next) {
            inside.duals = duals::moved(model, point, interior, &next, &inside);
            inside.duals.scale(factor);
            return (factor, Some((next, inside)));
        }
        factor = factor.sqrt();
    }
    // The path is too curved; Newton's method finds back to it.
    let mut length = 1.0;
    for _ in 0..50 {
        let next = moved(point, centring, length);
        if let Some(mut inside) = model.interior(&next) {
            inside.duals = duals::moved(model, point, interior, &next, &inside);
            inside.duals.scale(SMALLEST_GROWTH);
            return (SMALLEST_GROWTH, Some((next, inside)));
        }
        length *= 0.5;
    }
    (SMALLEST_GROWTH, None)
}

/// A step of Newton's method, halved until it is feasible and descends: along the arc that follows the
/// curvature of the inequalities, or where that leads astray straight on.
fn search(
    model: &Model<'_>,
    point: &Point,
    interior: &Interior,
    factored: &Factored,
    step: &[f64],
    t: f64,
    decrement: f64,
) -> Option<(Point, Interior)> {
    let rounding = 1e-12 * interior.barrier.abs();
    let bend = factored.correction(model, point, interior, step);
    let straight = |length: f64| moved(point, step, length);
    let arc = |length: f64| moved(&straight(length), &bend, length * length);
    let paths: [&dyn Fn(f64) -> Point; 2] = [&arc, &straight];
    let mut length = 1.0;
    for _ in 0..50 {
        for path in paths {
            let next = path(length);
            let Some(barrier) = model.barrier(&next) else {
                continue;
            };
            let gain = t * (next.log_ratio - point.log_ratio);
            if barrier - interior.barrier - gain <= rounding - 0.1 * length * decrement {
                let mut inside = model.interior(&next)?;
                if length >= LONG {
                    inside.duals = duals::moved(model, point, interior, &path(1.0), &inside);
                }
                return Some((next, inside));
            }
        }
        length *= 0.5;
    }
    None
}
