//! Descent of smooth functions without a second derivative: L-BFGS (Nocedal and Wright, algorithms 7.4 and 7.5).

use std::collections::VecDeque;

/// Steps that the curvature is remembered of.
const MEMORY: usize = 12;
/// Steps that improve by less than this, relative to the value, end the descent.
const STANDSTILL: f64 = 1e-6;
const MAX_STEPS: usize = 400;
const MAX_HALVINGS: usize = 30;
/// Fraction of the predicted decrease that a step must achieve.
const ARMIJO: f64 = 1e-4;

/// A positive function and its gradient; `None` where it is not defined.
pub(super) trait Smooth {
    fn at(&self, x: &[f64]) -> Option<(f64, Vec<f64>)>;
}

/// A local minimum from a start; `None` if the function is not defined there.
pub(super) fn minimise_smooth(function: &dyn Smooth, start: Vec<f64>) -> Option<(f64, Vec<f64>)> {
    let (mut x, (mut value, mut gradient)) = (start.clone(), function.at(&start)?);
    let mut memory: VecDeque<(Vec<f64>, Vec<f64>)> = VecDeque::new();
    for _ in 0..MAX_STEPS {
        let direction = direction(&gradient, &memory, &x);
        let slope = dot(&direction, &gradient);
        let Some((next, next_value, next_gradient)) =
            search(function, &x, value, &direction, slope)
        else {
            break;
        };
        let step: Vec<f64> = next.iter().zip(&x).map(|(a, b)| a - b).collect();
        let change: Vec<f64> = next_gradient
            .iter()
            .zip(&gradient)
            .map(|(a, b)| a - b)
            .collect();
        if dot(&step, &change) > 0.0 {
            memory.push_back((step, change));
        }
        if memory.len() > MEMORY {
            memory.pop_front();
        }
        let gained = value - next_value;
        (x, value, gradient) = (next, next_value, next_gradient);
        if gained <= STANDSTILL * value {
            break;
        }
    }
    Some((value, x))
}

/// The two-loop recursion; the first step is a tenth of the point's length.
fn direction(gradient: &[f64], memory: &VecDeque<(Vec<f64>, Vec<f64>)>, x: &[f64]) -> Vec<f64> {
    let mut q = gradient.to_vec();
    let mut weights = Vec::with_capacity(memory.len());
    for (step, change) in memory.iter().rev() {
        let weight = dot(step, &q) / dot(step, change);
        q.iter_mut().zip(change).for_each(|(q, c)| *q -= weight * c);
        weights.push(weight);
    }
    let scale = match memory.back() {
        Some((step, change)) => dot(step, change) / dot(change, change),
        None => 0.1 * (dot(x, x) / dot(gradient, gradient).max(f64::MIN_POSITIVE)).sqrt(),
    };
    q.iter_mut().for_each(|q| *q *= scale);
    for ((step, change), weight) in memory.iter().zip(weights.iter().rev()) {
        let correction = weight - dot(change, &q) / dot(step, change);
        q.iter_mut()
            .zip(step)
            .for_each(|(q, s)| *q += correction * s);
    }
    q.iter().map(|q| -q).collect()
}

/// The longest of the halved steps that descends enough.
fn search(
    function: &dyn Smooth,
    x: &[f64],
    value: f64,
    direction: &[f64],
    slope: f64,
) -> Option<(Vec<f64>, f64, Vec<f64>)> {
    let mut length = 1.0;
    for _ in 0..MAX_HALVINGS {
        let next: Vec<f64> = x
            .iter()
            .zip(direction)
            .map(|(x, d)| x + length * d)
            .collect();
        if let Some((next_value, gradient)) = function.at(&next)
            && next_value <= value + ARMIJO * length * slope
        {
            return Some((next, next_value, gradient));
        }
        length *= 0.5;
    }
    None
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Rosenbrock;

    impl Smooth for Rosenbrock {
        fn at(&self, x: &[f64]) -> Option<(f64, Vec<f64>)> {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            let gradient = vec![-2.0 * a - 400.0 * x[0] * b, 200.0 * b];
            Some((1e-6 + a * a + 100.0 * b * b, gradient))
        }
    }

    /// f(1, 1) = 0 (Rosenbrock, 1960), raised above zero.
    #[test]
    fn down_the_valley() {
        let (value, x) = minimise_smooth(&Rosenbrock, vec![-1.2, 1.0]).unwrap();
        assert!(value < 1.1e-6, "{value}");
        assert!((x[0] - 1.0).abs() < 1e-2 && (x[1] - 1.0).abs() < 1e-2);
    }
}
