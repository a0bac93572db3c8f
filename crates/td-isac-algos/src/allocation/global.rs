//! How much better than all samples any time allocation could be.
//!
//! Error sets grow with the time allocation (less sensing, larger errors: an
//! [`UncertaintyModel`](crate::UncertaintyModel) says that it is so), hence the SINR that can be certified does not. With
//! `γ_up(a)`, what can be certified at `a` at most,
//!
//! ```math
//! R(\eta) \le b \log_2(1 + \gamma_{up}(a)) \qquad a \le \eta \le b ,
//! ```
//!
//! and samples at `a_1 < a_2 < ..` bound the rate on all of `(0, η̄]`, peaks or no peaks between them.

use robust_sdp::bound_alone;

use super::Sample;
use crate::downlink::{Downlink, rate_bit_s_hz};
use crate::error::DesignError;

/// The rate's upper bounds between samples.
#[derive(Debug)]
pub(crate) struct GlobalBound {
    /// `(a, b, γ_up(a))`, from zero to the limit.
    intervals: Vec<(f64, f64, f64)>,
}

impl GlobalBound {
    /// From what is known of a downlink's samples, up to `limit`. Below the first of them no user can be promised more than
    /// alone, without errors.
    pub(crate) fn of(
        downlink: &Downlink,
        samples: &[Sample],
        limit: f64,
    ) -> Result<Self, DesignError> {
        let alone = bound_alone(&downlink.with_exact_channels().problem_at(limit)?);
        Ok(Self::new(samples, limit, alone))
    }

    /// From samples of known upper bounds, up to `limit`; `alone` bounds the SINR below the first of them.
    fn new(samples: &[Sample], limit: f64, alone: f64) -> Self {
        let mut known: Vec<(f64, f64)> = (samples.iter())
            .filter(|sample| sample.eta < limit)
            .filter_map(|sample| Some((sample.eta, sample.gamma_upper_bound?)))
            .collect();
        known.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut intervals = Vec::with_capacity(known.len() + 1);
        let (mut start, mut gamma) = (0.0, alone);
        for (eta, upper) in known {
            if eta > start {
                intervals.push((start, eta, gamma));
            }
            start = eta;
            gamma = upper.min(gamma);
        }
        intervals.push((start, limit, gamma));
        Self { intervals }
    }

    fn highest(&self) -> (f64, f64, f64) {
        let rate = |&(_, b, gamma): &(f64, f64, f64)| rate_bit_s_hz(b, gamma);
        let compare = |x: &&(f64, f64, f64), y: &&(f64, f64, f64)| rate(x).total_cmp(&rate(y));
        let highest = self.intervals.iter().max_by(compare);
        highest.copied().unwrap_or((0.0, 1.0, f64::INFINITY))
    }

    /// No time allocation up to the limit has a higher rate.
    pub(crate) fn rate_bit_s_hz(&self) -> f64 {
        let (_, b, gamma) = self.highest();
        rate_bit_s_hz(b, gamma)
    }

    /// The sample that leaves nothing above `rate` on the first part of the interval that is bounded worst, as long a part as
    /// can be; `None` if no interval's bound exceeds `rate`.
    pub(crate) fn next(&self, rate: f64) -> Option<f64> {
        let (a, b, gamma) = self.highest();
        // An interval that ends where it was cut may exceed the rate by rounding.
        if rate_bit_s_hz(b, gamma) <= rate * (1.0 + 1e-9) {
            return None;
        }
        Some(rate / rate_bit_s_hz(1.0, gamma)).filter(|&next| next > a && next < b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `γ(η)` of two steps, so that the rate has two peaks with a false dip between: at 0.5 and at 0.9.
    fn gamma(eta: f64) -> f64 {
        if eta <= 0.5 {
            1000.0
        } else if eta <= 0.9 {
            60.0
        } else {
            1.0
        }
    }

    fn sample(eta: f64) -> Sample {
        Sample {
            eta,
            rate_bit_s_hz: rate_bit_s_hz(eta, gamma(eta)),
            slope: None,
            gamma_upper_bound: Some(gamma(eta)),
        }
    }

    #[test]
    fn the_bound_holds_between_samples_and_closes() {
        let limit = 0.95;
        let exact = (1..100_000)
            .map(|i| i as f64 * 1e-5)
            .filter(|eta| *eta <= limit)
            .map(|eta| sample(eta).rate_bit_s_hz)
            .fold(0.0, f64::max);
        let mut samples = vec![sample(0.9)];
        let mut steps = 0;
        loop {
            let best = samples.iter().map(|s| s.rate_bit_s_hz).fold(0.0, f64::max);
            let bound = GlobalBound::new(&samples, limit, 1e4);
            assert!(bound.rate_bit_s_hz() >= exact, "{bound:?}");
            let Some(next) = bound.next(best * (1.0 + 1e-2)) else {
                assert!(bound.rate_bit_s_hz() <= best * (1.0 + 1.01e-2));
                assert!(best >= exact / (1.0 + 1.01e-2), "{best} {exact}");
                break;
            };
            samples.push(sample(next));
            steps += 1;
            assert!(steps < 60, "{samples:?}");
        }
    }

    #[test]
    fn samples_without_bounds_leave_the_trivial_one() {
        let none = Sample {
            gamma_upper_bound: None,
            ..sample(0.5)
        };
        let bound = GlobalBound::new(&[none], 0.8, 7.0);
        assert!((bound.rate_bit_s_hz() - 0.8 * 3.0).abs() < 1e-12);
    }
}
