//! Vectors of `D` coordinates.

use std::array::from_fn;

pub(crate) fn dot<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

pub(crate) fn sub<const D: usize>(a: &[f64; D], b: &[f64; D]) -> [f64; D] {
    from_fn(|i| a[i] - b[i])
}

/// `a + s b`.
pub(crate) fn add_scaled<const D: usize>(a: &[f64; D], s: f64, b: &[f64; D]) -> [f64; D] {
    from_fn(|i| a[i] + s * b[i])
}

pub(crate) fn scale<const D: usize>(s: f64, a: &[f64; D]) -> [f64; D] {
    a.map(|x| s * x)
}

pub(crate) fn norm<const D: usize>(a: &[f64; D]) -> f64 {
    dot(a, a).sqrt()
}

/// Largest coordinate in absolute value.
pub(crate) fn max_abs<const D: usize>(a: &[f64; D]) -> f64 {
    a.iter().fold(0.0, |m: f64, x| m.max(x.abs()))
}
