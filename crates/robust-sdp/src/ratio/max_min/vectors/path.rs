//! Following the central path of one set of columns.

use super::barrier::{Interior, Model, Point, moved};
use super::duals;
use super::newton::{Factored, combined};

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
        if last
            && (decrement < model.policy.finished
                || (decrement < model.policy.centred && at_this_weight > model.policy.patience))
        {
            return Ok(Centre {
                point,
                interior,
                t,
                step,
            });
        }
        let next = if decrement < model.policy.centred && !last {
            growth = match at_this_weight {
                0..=3 => f64::min(3.0 * growth, model.policy.growth.1),
                4..=6 => growth,
                _ => f64::max(growth / 3.0, model.policy.growth.0),
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
            Some((next, inside)) if at_this_weight < model.policy.weight_steps => {
                point = next;
                interior = inside;
            }
            _ if t >= model.degree() / model.policy.useful_gap && decrement < 1.0 => {
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
    while factor >= model.policy.growth.0 {
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
            inside.duals.scale(model.policy.growth.0);
            return (model.policy.growth.0, Some((next, inside)));
        }
        length *= 0.5;
    }
    (model.policy.growth.0, None)
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
                if length >= model.policy.long_step {
                    inside.duals = duals::moved(model, point, interior, &path(1.0), &inside);
                }
                return Some((next, inside));
            }
        }
        length *= 0.5;
    }
    None
}
