//! The root of a function of one variable between two points where it has different signs.

/// A point and the function's value there.
pub(super) type Point = (f64, f64);

/// Chandrupatla's method: inverse quadratic interpolation through the last three points where these allow
/// it, else bisection; the first step interpolates linearly. Ends as soon as `done(best, other)` holds for the better end
/// of the bracket and its other end, or when there is no number in between, and returns the better end.
///
/// `f` may jump: the bracket then closes around the jump. Values that are not finite count by their sign.
///
/// # Errors
/// Those of `f`.
pub(super) fn root<E>(
    mut f: impl FnMut(f64) -> Result<f64, E>,
    ends: (Point, Point),
    done: impl Fn(Point, Point) -> bool,
) -> Result<f64, E> {
    let ((mut b, mut fb), (mut a, mut fa)) = ends;
    let mut share = if (fa - fb).is_finite() {
        fa / (fa - fb)
    } else {
        0.5
    };
    loop {
        let (best, other) = if fa.abs() < fb.abs() {
            ((a, fa), (b, fb))
        } else {
            ((b, fb), (a, fa))
        };
        let middle = a + 0.5 * (b - a);
        if best.1 == 0.0 || middle == a || middle == b || done(best, other) {
            return Ok(best.0);
        }
        // No closer to an end than a thousandth of the bracket: the far end has to move as well.
        let x = a + share.clamp(1e-3, 1.0 - 1e-3) * (b - a);
        let fx = f(x)?;
        // The point that leaves the bracket.
        let (c, fc);
        if (fx > 0.0) == (fa > 0.0) {
            (c, fc) = (a, fa);
        } else {
            (c, fc) = (b, fb);
            (b, fb) = (a, fa);
        }
        (a, fa) = (x, fx);
        let (xi, phi) = ((a - b) / (c - b), (fa - fb) / (fc - fb));
        share = if phi * phi < xi && (1.0 - phi) * (1.0 - phi) < 1.0 - xi {
            fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        } else {
            0.5
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// The root and how often the function was asked.
    fn find(f: impl Fn(f64) -> f64, low: f64, high: f64) -> (f64, usize) {
        let mut calls = 0;
        let counted = |x: f64| {
            calls += 1;
            Ok::<f64, Infallible>(f(x))
        };
        let ends = ((low, f(low)), (high, f(high)));
        let close = |a: Point, b: Point| (a.0 - b.0).abs() < 1e-12 || a.1.abs() < 1e-13;
        let Ok(x) = root(counted, ends, close);
        (x, calls)
    }

    #[test]
    fn roots_of_smooth_functions_take_few_steps() {
        let (x, calls) = find(|x| x * x - 2.0, 0.0, 2.0);
        assert!((x - 2f64.sqrt()).abs() < 1e-12 && calls <= 9, "{x} {calls}");
        // Either order of the ends.
        let (x, calls) = find(|x| x.exp() - 3.0, 4.0, -1.0);
        assert!((x - 3f64.ln()).abs() < 1e-12 && calls <= 14, "{x} {calls}");
        // The condition for the best time allocation where errors limit: log(c (1 - η)) = η/(1 - η).
        let (x, calls) = find(|x| (1e7 * (1.0 - x)).ln() - x / (1.0 - x), 0.5, 0.98);
        assert!(((1e7 * (1.0 - x)).ln() - x / (1.0 - x)).abs() < 1e-9);
        assert!(calls <= 12, "{calls}");
    }

    #[test]
    fn jumps_and_infinities_are_bracketed() {
        let (x, calls) = find(|x| if x < 0.3 { 1.0 } else { -2.0 }, 0.0, 1.0);
        assert!((x - 0.3).abs() < 1e-11 && calls < 90, "{x} {calls}");
        let cliff = |x: f64| if x < 0.7 { 0.5 - x } else { f64::NEG_INFINITY };
        let (x, _) = find(cliff, 0.0, 1.0);
        assert!((x - 0.5).abs() < 1e-10, "{x}");
    }

    #[test]
    fn flat_functions_do_not_hang() {
        let (x, calls) = find(|x| (x - 0.25).powi(9), 0.0, 1.0);
        assert!((x - 0.25).abs() < 0.05 && calls < 90, "{x} {calls}");
    }
}
