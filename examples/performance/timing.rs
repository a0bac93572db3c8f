//! Times of alternatives, taken in turn.

use std::hint::black_box;
use std::time::Instant;

/// Seconds of one call.
pub fn seconds<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_secs_f64()
}

/// Two alternatives, measured in alternating rounds.
#[derive(Debug)]
pub struct Pair {
    /// Shortest time of each: the least disturbed by whatever else the machine did.
    pub first: f64,
    pub second: f64,
    /// Median over the rounds of `first/second`, neighbours in time.
    pub median_ratio: f64,
}

impl Pair {
    /// Ratio of the shortest times.
    pub fn ratio(&self) -> f64 {
        self.first / self.second
    }
}

/// Measures in `rounds` rounds of `calls` calls each.
pub fn in_turn<A, B>(
    rounds: usize,
    calls: usize,
    mut first: impl FnMut() -> A,
    mut second: impl FnMut() -> B,
) -> Pair {
    let (mut least, mut ratios) = ([f64::INFINITY; 2], Vec::with_capacity(rounds));
    for _ in 0..rounds {
        let a = seconds(|| (0..calls).for_each(|_| drop(black_box(first())))) / calls as f64;
        let b = seconds(|| (0..calls).for_each(|_| drop(black_box(second())))) / calls as f64;
        least = [least[0].min(a), least[1].min(b)];
        ratios.push(a / b);
    }
    ratios.sort_by(f64::total_cmp);
    Pair {
        first: least[0],
        second: least[1],
        median_ratio: ratios[rounds / 2],
    }
}

/// The shortest of a few runs.
pub fn shortest<T>(rounds: usize, mut work: impl FnMut() -> T) -> f64 {
    (0..rounds)
        .map(|_| seconds(&mut work))
        .fold(f64::INFINITY, f64::min)
}
