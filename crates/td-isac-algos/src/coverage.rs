//! Statistics of promises: how often an error stays in its set, how often a rate is kept.

use nf_channel::C64;

/// `‖h_{k,m} − ĥ_{k,m}‖ / ‖ĥ_{k,m}‖`, indexed `[user][access point]`: covered by the set (4) when at
/// most [`BallUncertainty::relative_radius`](crate::uncertainty::BallUncertainty::relative_radius). The set is
/// centred at the estimate, whose norm it knows.
///
/// Users, access points and antennas beyond those of the shorter list are left out.
pub fn relative_channel_errors(
    truth: &[Vec<Vec<C64>>],
    estimate: &[Vec<Vec<C64>>],
) -> Vec<Vec<f64>> {
    let relative = |(h, found): (&Vec<C64>, &Vec<C64>)| {
        let error: f64 = h.iter().zip(found).map(|(a, b)| (a - b).norm_sqr()).sum();
        let size: f64 = found.iter().map(|v| v.norm_sqr()).sum();
        (error / size).sqrt()
    };
    (truth.iter().zip(estimate))
        .map(|(user, found)| user.iter().zip(found).map(relative).collect())
        .collect()
}

/// How many of so many trials kept a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Proportion {
    /// Trials that kept it.
    pub kept: usize,
    /// All trials.
    pub trials: usize,
}

impl Proportion {
    /// Counts the outcomes.
    pub fn of(outcomes: impl IntoIterator<Item = bool>) -> Self {
        let mut counted = Self::default();
        for kept in outcomes {
            counted.kept += usize::from(kept);
            counted.trials += 1;
        }
        counted
    }

    /// The share of trials that kept the promise; NaN without trials.
    pub fn share(&self) -> f64 {
        self.kept as f64 / self.trials as f64
    }

    /// E. B. Wilson's interval for the true probability, `z` standard deviations wide on either side
    /// (1.96 for 95 %): meaningful at shares of 0 and 1 too. All of `[0, 1]` without trials.
    ///
    /// With `n` trials and share `p`: `(p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)`.
    pub fn interval(&self, z: f64) -> [f64; 2] {
        if self.trials == 0 {
            return [0.0, 1.0];
        }
        let (n, p) = (self.trials as f64, self.share());
        let (centre, weight) = (p + z * z / (2.0 * n), 1.0 + z * z / n);
        let half = z * (p * (1.0 - p) / n + (z / (2.0 * n)).powi(2)).sqrt();
        [
            ((centre - half) / weight).max(0.0),
            ((centre + half) / weight).min(1.0),
        ]
    }
}

/// The smallest of the values that at least this share of them does not exceed; `None` without values.
/// A share of 0.95 of the errors that a set of unit size would have to cover is the size that covers
/// 95 %.
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    // Counted first: 0.95 · 20 is 19 whatever the last bit says.
    let needed = (share * sorted.len() as f64 * (1.0 - 4.0 * f64::EPSILON)).ceil();
    let index = (needed as usize).saturating_sub(1);
    sorted
        .get(index.min(sorted.len().saturating_sub(1)))
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_relative_to_the_estimate() {
        let estimate = vec![vec![vec![C64::new(3.0, 0.0), C64::new(0.0, 4.0)]]];
        let truth = vec![vec![vec![C64::new(3.0, 1.0), C64::new(0.0, 4.0)]]];
        assert_eq!(relative_channel_errors(&truth, &estimate), [[0.2]]);
    }

    #[test]
    fn wilson_intervals() {
        // Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263 and 0 of 20.
        let interval = |kept, trials| Proportion { kept, trials }.interval(1.959_964);
        let near = |found: [f64; 2], expected: [f64; 2]| {
            (0..2).all(|i| (found[i] - expected[i]).abs() < 5e-5)
        };
        assert!(near(interval(81, 263), [0.2553, 0.3662]));
        assert!(near(interval(0, 20), [0.0, 0.1611]));
        assert_eq!(interval(0, 0), [0.0, 1.0]);
        assert_eq!(Proportion::of([true, false, true, true]).share(), 0.75);
    }

    #[test]
    fn quantiles_cover_their_share() {
        let values: Vec<f64> = (1..=20).rev().map(f64::from).collect();
        assert_eq!(quantile(&values, 0.95), Some(19.0));
        assert_eq!(quantile(&values, 0.951), Some(20.0));
        assert_eq!(quantile(&values, 0.0), Some(1.0));
        assert_eq!(quantile(&values, 1.0), Some(20.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
