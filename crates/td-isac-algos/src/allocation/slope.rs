//! The root of the rate's exact slope.

use super::root::{Point, root};
use super::{AllocationContext, Exhaustive, Proposal, Sample, TimeAllocation};
use crate::error::{DesignError, require};

/// Solves `R'(η) = 0` on `(0, η̄]`, every sample being one beamforming problem that tells its rate and, by its
/// multipliers, the rate's slope with the beams following `η`.
///
/// A few samples across the interval find where the slope turns from rising to falling; a bracketing root
/// finder locates the peak there. Of several peaks those are located that may exceed the best one found, given that SINRs
/// do not rise with `η`; `η̄` itself is the answer if the rate still rises there. Since the rate is flat at its peak and the slope is
/// exact, problems along the way need be solved to two digits only; the last one is solved in full.
///
/// Where the scheme does not tell its slope the samples of [`Exhaustive`] are taken.
///
/// The next sample is a function of the samples so far, so the strategy has no state.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Slope {
    /// Where to look first, besides the start and `η̄`, as parts of `-ln(1 - η̄)` (error radii are exponentials of that).
    pub scan: Vec<f64>,
    /// Relative accuracy of the rate at the peak; 1e-7 by default.
    pub rate_tolerance: f64,
    /// Relative accuracy of SINRs along the way; 1e-2 by default. The derivative is that of a smooth function this close to
    /// the logarithm of the SINR, so the peak is found to a small part of `1 - η`, and the rate there to the square of
    /// that: on the presets 1e-3 and 1e-2 end at the same rate to 1e-8.
    pub precision: f64,
}

impl Default for Slope {
    fn default() -> Self {
        Self {
            scan: vec![1.0 / 3.0, 2.0 / 3.0],
            rate_tolerance: 1e-7,
            precision: 1e-2,
        }
    }
}

/// Halvings of an interval in which the slopes do not tell where the peak is.
const MAX_HALVINGS: usize = 40;

/// Why a search cannot go on.
enum Lacking {
    /// It needs a sample there.
    Sample(f64),
    /// There is a sample without a slope.
    Slope,
}

/// A sample with its coordinate `x = -ln(1 - η)` and the slope `dR/dx`.
#[derive(Clone, Copy)]
struct Known {
    x: f64,
    rate: f64,
    slope: f64,
    eta: f64,
}

impl Known {
    fn point(&self) -> Point {
        (self.x, self.slope)
    }

    fn rises(&self) -> bool {
        self.slope > 0.0
    }
}

fn coordinate(eta: f64) -> f64 {
    -(-eta).ln_1p()
}

fn eta_at(x: f64) -> f64 {
    -(-x).exp_m1()
}

/// The search so far, which is run again from its beginning with every new sample.
struct Search<'a> {
    evaluated: &'a [Sample],
    /// The samples that it has asked for.
    used: Vec<Known>,
}

impl Search<'_> {
    fn look(&mut self, eta: f64, x: f64) -> Result<Known, Lacking> {
        let sample = self.evaluated.iter().find(|s| s.eta == eta);
        let sample = sample.ok_or(Lacking::Sample(eta))?;
        let rate = sample.rate_bit_s_hz;
        let slope = match sample.slope {
            Some(slope) => slope * (1.0 - eta),
            // Nothing can be guaranteed with so little sensing, or the problem could not be solved there.
            None if rate <= 0.0 => f64::NEG_INFINITY,
            None => return Err(Lacking::Slope),
        };
        let known = Known {
            x,
            rate,
            slope,
            eta,
        };
        if !self.used.iter().any(|k| k.eta == eta) {
            self.used.push(known);
            self.used.sort_by(|a, b| a.x.total_cmp(&b.x));
        }
        Ok(known)
    }

    fn best_rate(&self) -> f64 {
        self.used.iter().map(|k| k.rate).fold(0.0, f64::max)
    }

    /// Looks to the left of everything until the rate rises there.
    fn extend_left(&mut self) -> Result<(), Lacking> {
        for _ in 0..MAX_HALVINGS {
            match self.used.first() {
                Some(first) if !first.rises() => {
                    let x = 0.5 * first.x;
                    self.look(eta_at(x), x)?;
                }
                _ => break,
            }
        }
        Ok(())
    }

    /// Looks into intervals that must hold a peak although the slopes at their ends have one sign: the rate at one end denies
    /// it, by more than `noise`.
    fn split_dips(&mut self, noise: f64) -> Result<(), Lacking> {
        for _ in 0..MAX_HALVINGS {
            let hides = |pair: &[Known]| {
                let (a, b) = (pair[0], pair[1]);
                let noise = noise * a.rate.max(b.rate);
                a.rises() && b.rises() && b.rate < a.rate - noise
                    || !a.rises() && !b.rises() && a.rate < b.rate - noise
            };
            let hidden = self.used.windows(2).find(|pair| hides(pair));
            let Some(x) = hidden.map(|pair| 0.5 * (pair[0].x + pair[1].x)) else {
                break;
            };
            self.look(eta_at(x), x)?;
        }
        Ok(())
    }

    /// The peak in a bracket.
    fn peak(&mut self, (a, b): (Known, Known), tolerance: f64) -> Result<Known, Lacking> {
        // What the rate may gain at the root, by the chord of the slope.
        let enough = tolerance * self.best_rate();
        let done = |best: Point, other: Point| {
            let width = (best.0 - other.0).abs();
            0.5 * best.1 * best.1 * width <= enough * (best.1 - other.1).abs() || width <= 1e-9
        };
        let slope = |x: f64| self.look(eta_at(x), x).map(|known| known.slope);
        let x = root(slope, (a.point(), b.point()), done)?;
        let at = self.used.iter().find(|k| k.x == x);
        Ok(at.copied().unwrap_or(a))
    }
}

/// No rate in a bracket exceeds this: error sets grow with `η`, so `log2(1 + γ) = R/η` does not rise.
fn height((a, b): (Known, Known)) -> f64 {
    a.rate * b.eta / a.eta
}

impl Slope {
    /// The best time allocation, or what is needed to tell it.
    fn best(&self, evaluated: &[Sample], limit: f64) -> Result<f64, Lacking> {
        let mut search = Search {
            evaluated,
            used: Vec::new(),
        };
        // The start, and where it has retreated to.
        for sample in evaluated {
            search.look(sample.eta, coordinate(sample.eta))?;
            if sample.rate_bit_s_hz > 0.0 {
                break;
            }
        }
        let end = coordinate(limit);
        search.look(limit, end)?;
        for share in &self.scan {
            search.look(eta_at(share * end), share * end)?;
        }
        search.extend_left()?;
        search.split_dips(self.precision)?;
        let mut brackets: Vec<(Known, Known)> = search
            .used
            .windows(2)
            .filter(|pair| pair[0].rises() && !pair[1].rises())
            .map(|pair| (pair[0], pair[1]))
            .collect();
        brackets.sort_by(|a, b| height(*b).total_cmp(&height(*a)));
        let mut best = search.used.last().copied().filter(Known::rises);
        for bracket in brackets {
            let so_far = best.map_or(0.0, |b| b.rate);
            if height(bracket) > so_far {
                let peak = search.peak(bracket, self.rate_tolerance)?;
                if peak.rate > so_far {
                    best = Some(peak);
                }
            }
        }
        // Where the rate jumps no slope tells the better side.
        let noise = 1.0 + self.precision;
        let highest = search.used.iter().max_by(|a, b| a.rate.total_cmp(&b.rate));
        let answer = match (best, highest) {
            (Some(best), Some(highest)) if highest.rate > best.rate * noise => *highest,
            (Some(best), _) => best,
            (None, Some(highest)) => *highest,
            (None, None) => return Err(Lacking::Slope),
        };
        Ok(answer.eta)
    }

    /// By rates alone.
    fn without_slopes(&self, evaluated: &[Sample], limit: f64) -> Proposal {
        let mut samples: Vec<(f64, f64)> = (evaluated.iter())
            .filter(|sample| sample.eta <= limit)
            .map(|sample| (sample.eta, sample.rate_bit_s_hz))
            .collect();
        samples.sort_by(|a, b| a.0.total_cmp(&b.0));
        let best = samples.iter().max_by(|a, b| a.1.total_cmp(&b.1));
        let Some(&(best, _)) = best else {
            return Proposal::Try(limit);
        };
        if best == limit {
            // On which side is the peak?
            let below = limit - 1e-3 * limit.min(1.0 - limit);
            return if samples.iter().any(|sample| sample.0 == below) {
                Proposal::Settle(limit)
            } else {
                Proposal::Try(below)
            };
        }
        let end = coordinate(limit);
        let search = Exhaustive {
            grid: self.scan.iter().map(|share| eta_at(share * end)).collect(),
            rate_tolerance: self.rate_tolerance,
            ..Exhaustive::default()
        };
        match search.next(&samples, 1.0) {
            Some(next) => Proposal::Try(next.min(limit)),
            None => Proposal::Settle(best),
        }
    }
}

impl TimeAllocation for Slope {
    fn name(&self) -> &str {
        "slope"
    }

    fn check(&self) -> Result<(), DesignError> {
        for &share in &self.scan {
            require(
                "scan",
                share,
                share > 0.0 && share < 1.0,
                "must lie in (0, 1)",
            )?;
        }
        let parts = [
            ("rate_tolerance", self.rate_tolerance),
            ("precision", self.precision),
        ];
        parts.into_iter().try_for_each(|(name, value)| {
            require(
                name,
                value,
                value > 0.0 && value < 1.0,
                "must lie in (0, 1)",
            )
        })
    }

    fn propose(&self, context: &mut AllocationContext<'_>) -> Result<Proposal, DesignError> {
        Ok(match self.best(context.evaluated, context.limit) {
            Ok(eta) => Proposal::Settle(eta),
            Err(Lacking::Sample(eta)) => Proposal::Try(eta),
            Err(Lacking::Slope) => self.without_slopes(context.evaluated, context.limit),
        })
    }

    fn start(&self, wish: f64, limit: f64) -> f64 {
        wish.min(limit)
    }

    fn precision(&self) -> Option<f64> {
        Some(self.precision)
    }

    fn ends_on_rejection(&self) -> bool {
        false
    }

    fn gain_tolerance(&self) -> Option<f64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The time allocation found, its rate and the number of samples, for a rate with its slope.
    fn search(
        rate: &dyn Fn(f64) -> f64,
        slope: &dyn Fn(f64) -> Option<f64>,
        start: f64,
        limit: f64,
    ) -> (f64, usize) {
        let strategy = Slope::default();
        let sample = |eta: f64| Sample {
            eta,
            rate_bit_s_hz: rate(eta),
            slope: slope(eta),
            gamma_upper_bound: None,
        };
        let mut samples = vec![sample(start.min(limit))];
        loop {
            let proposal = match strategy.best(&samples, limit) {
                Ok(eta) => Proposal::Settle(eta),
                Err(Lacking::Sample(eta)) => Proposal::Try(eta),
                Err(Lacking::Slope) => strategy.without_slopes(&samples, limit),
            };
            match proposal {
                Proposal::Try(eta) => {
                    assert!(eta > 0.0 && eta <= limit);
                    samples.push(sample(eta));
                }
                Proposal::Settle(eta) => return (eta, samples.len()),
                Proposal::Converged => unreachable!("the strategy settles"),
            }
            assert!(samples.len() < 100, "{samples:?}");
        }
    }

    fn highest(rate: &dyn Fn(f64) -> f64, limit: f64) -> f64 {
        let rates = (1..=200_000).map(|i| rate(limit * f64::from(i) / 200_000.0));
        rates.fold(0.0, f64::max)
    }

    #[test]
    fn finds_the_peak_or_the_limit_from_anywhere() {
        for scale in [1e-8, 1.0, 1e8] {
            let rate = |eta: f64| eta * (scale * (1.0 - eta)).ln_1p();
            let slope = |eta: f64| {
                let gamma = scale * (1.0 - eta);
                Some(gamma.ln_1p() - eta * scale / (1.0 + gamma))
            };
            for limit in [0.02, 0.4, 0.9, 1.0 - 1e-9] {
                let best = highest(&rate, limit);
                for start in [0.05, 0.5, 0.999] {
                    let (eta, samples) = search(&rate, &slope, start, limit);
                    let found = rate(eta);
                    assert!(
                        found >= best * (1.0 - 1e-6),
                        "{scale} {limit} {start}: {eta}"
                    );
                    assert!(samples <= 14, "{scale} {limit} {start}: {samples} samples");
                    // And without slopes.
                    let (eta, _) = search(&rate, &|_| None, start, limit);
                    assert!(
                        rate(eta) >= best * (1.0 - 1e-5),
                        "{scale} {limit} {start}: {eta}"
                    );
                }
            }
        }
    }

    /// SINRs that fall in two steps, so that the rate has two peaks, the second the higher one unless the limit comes
    /// first; and no rate at all beyond 0.97.
    #[test]
    fn several_peaks_and_nothing_beyond() {
        let step = |eta: f64, at: f64, width: f64| 1.0 / (1.0 + ((at - eta) / width).exp());
        let rate = |eta: f64| {
            let bits = 8.0 - 3.0 * step(eta, 0.55, 0.02) - 4.5 * step(eta, 0.9, 0.01);
            if eta > 0.97 { 0.0 } else { eta * bits }
        };
        let slope = |eta: f64| {
            let step = 1e-6;
            (eta < 0.97).then(|| 0.5 * (rate(eta + step) - rate(eta - step)) / step)
        };
        for limit in [0.5, 0.7, 0.96, 0.99] {
            let best = highest(&rate, limit);
            for start in [0.1, 0.5, 0.96] {
                let (eta, _) = search(&rate, &slope, start, limit);
                assert!(rate(eta) >= best * (1.0 - 1e-6), "{limit} {start}: {eta}");
            }
        }
    }
}
