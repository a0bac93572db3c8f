//! What many trials say about one scheme.

use td_isac_algos::coverage::{Proportion, quantile};

use crate::record::{Designed, Outcome, Record};

/// 95 % intervals.
pub const Z: f64 = 1.96;

/// Rates are sums of many terms: a promise is kept to rounding.
pub const ROUNDING: f64 = 1e-9;

/// Counts, coverage and rates of one scheme.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    pub scheme: String,
    pub trials: usize,
    pub unreachable: usize,
    pub not_located: usize,
    pub failed: usize,
    /// Trials with beams.
    pub designed: Vec<Designed>,
}

impl Summary {
    pub fn new(scheme: &str, records: &[Record]) -> Self {
        let mut summary = Self {
            scheme: scheme.to_owned(),
            trials: 0,
            unreachable: 0,
            not_located: 0,
            failed: 0,
            designed: Vec::new(),
        };
        for record in records.iter().filter(|r| r.scheme == scheme) {
            summary.trials += 1;
            match &record.outcome {
                Outcome::Unreachable => summary.unreachable += 1,
                Outcome::NotLocated { .. } => summary.not_located += 1,
                Outcome::Failed { .. } => summary.failed += 1,
                Outcome::Designed(designed) => summary.designed.push(designed.clone()),
            }
        }
        summary
    }

    /// The α_e that would have covered every channel error of a trial.
    pub fn joint_scales(&self) -> Vec<f64> {
        let largest = |d: &Designed| {
            d.covering_scale_per_m
                .iter()
                .flatten()
                .copied()
                .fold(0.0, f64::max)
        };
        self.designed.iter().map(largest).collect()
    }

    /// The α_e that would have covered the errors of all users at one access point, trial by trial.
    pub fn access_point_scales(&self, access_point: usize) -> Vec<f64> {
        let own = |d: &Designed| {
            (d.covering_scale_per_m.iter().map(|user| user[access_point])).fold(0.0, f64::max)
        };
        self.designed.iter().map(own).collect()
    }

    /// The α_e of every single channel.
    pub fn single_scales(&self) -> Vec<f64> {
        let scales = self
            .designed
            .iter()
            .flat_map(|d| d.covering_scale_per_m.iter());
        scales.flatten().copied().collect()
    }

    pub fn access_points(&self) -> usize {
        (self.designed.first()).map_or(0, |d| d.covering_scale_per_m[0].len())
    }

    /// Promises of a positive rate that were kept, of those given.
    pub fn kept(&self) -> Proportion {
        let given = self.designed.iter().filter(|d| d.promised_bit_s_hz > 0.0);
        Proportion::of(given.map(kept))
    }

    /// Mean of a quantity over the trials with beams.
    pub fn mean(&self, of: impl Fn(&Designed) -> f64) -> f64 {
        self.designed.iter().map(of).sum::<f64>() / self.designed.len() as f64
    }

    /// Trials in which an estimate is far from its user: beams were designed for a wrong place.
    pub fn lost(&self) -> usize {
        self.designed.iter().filter(|d| lost(d)).count()
    }

    /// Root mean of the squared position error over what the waveform sent allowed, and over `C/(1-η)`;
    /// trials that lost a user left out.
    pub fn error_ratios(&self) -> [f64; 2] {
        let squared = |d: &Designed| d.position_error_m.iter().map(|e| e * e).sum::<f64>();
        let ratio = |allowed: fn(&Designed) -> Option<f64>| {
            let ratios: Vec<f64> = (self.designed.iter().filter(|d| !lost(d)))
                .filter_map(|d| allowed(d).map(|bound| squared(d) / bound))
                .collect();
            (ratios.iter().sum::<f64>() / ratios.len() as f64).sqrt()
        };
        [
            ratio(|d| d.conditional_crlb_m2),
            ratio(|d| Some(d.planned_crlb_m2)),
        ]
    }

    /// The table's block of this scheme.
    pub fn text(&self, error_scale_per_m: f64) -> String {
        let covered = |scales: &[f64]| {
            let inside = Proportion::of(scales.iter().map(|&s| s <= error_scale_per_m));
            let needed = quantile(scales, 0.95).unwrap_or(f64::NAN);
            format!("{}, 95 % at α_e = {needed:.0} /m", percent(inside))
        };
        let mut lines = vec![
            format!(
                "{}: {} trials, {} threshold unreachable, {} too few peaks, {} solver failures; a user lost in {}",
                self.scheme,
                self.trials,
                self.unreachable,
                self.not_located,
                self.failed,
                self.lost()
            ),
            format!(
                "  slots {:.1} on average; position error over bound {:.3} for the waveform sent, {:.3} for the plan",
                self.mean(|d| d.slots as f64),
                self.error_ratios()[0],
                self.error_ratios()[1]
            ),
            format!(
                "  all channels in their balls   {}",
                covered(&self.joint_scales())
            ),
        ];
        for m in 0..self.access_points() {
            let covered = covered(&self.access_point_scales(m));
            lines.push(format!("  all at access point {m}         {covered}"));
        }
        lines.push(format!(
            "  a channel in its ball         {}",
            covered(&self.single_scales())
        ));
        lines.push(format!(
            "  promise kept                  {} of {} with a promise above zero",
            percent(self.kept()),
            self.kept().trials
        ));
        lines.push(format!(
            "  promised {:.3}, achieved {:.3} bit/s/Hz on average",
            self.mean(|d| d.promised_bit_s_hz),
            self.mean(|d| d.achieved_bit_s_hz)
        ));
        lines.join("\n") + "\n"
    }
}

/// An estimate further away than this belongs to no user.
const LOST_M: f64 = 0.5;

fn lost(designed: &Designed) -> bool {
    designed.position_error_m.iter().any(|&e| e > LOST_M)
}

/// Whether the true channels got at least what was certified for the estimated ones.
pub fn kept(designed: &Designed) -> bool {
    designed.achieved_bit_s_hz >= designed.promised_bit_s_hz * (1.0 - ROUNDING)
}

/// A share with its 95 % interval.
fn percent(proportion: Proportion) -> String {
    let [low, high] = proportion.interval(Z);
    format!(
        "{:.1} % ({:.1} to {:.1})",
        100.0 * proportion.share(),
        100.0 * low,
        100.0 * high
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(outcome: Outcome) -> Record {
        Record {
            seed: 0,
            scheme: "main".to_owned(),
            crlb_constant_m2: 1.0,
            outcome,
        }
    }

    fn designed(error_m: f64, scale: f64, promised: f64, achieved: f64) -> Record {
        record(Outcome::Designed(Designed {
            slots: 10,
            eta: 0.9,
            position_error_m: vec![error_m, 0.0],
            planned_crlb_m2: 1e-4,
            conditional_crlb_m2: Some(4e-4),
            covering_scale_per_m: vec![vec![scale, 1.0], vec![2.0, 3.0]],
            promised_bit_s_hz: promised,
            achieved_bit_s_hz: achieved,
        }))
    }

    #[test]
    fn outcomes_are_counted_once() {
        let mut other = designed(0.0, 1.0, 1.0, 0.5);
        other.scheme = "ei".to_owned();
        let records = [
            record(Outcome::Unreachable),
            record(Outcome::NotLocated { slots: 4, peaks: 3 }),
            designed(0.02, 5.0, 1.0, 2.0),
            designed(0.02, 4.0, 1.0, 0.9),
            designed(9.0, 400.0, 0.0, 0.0),
            other,
        ];
        let summary = Summary::new("main", &records);
        assert_eq!(
            (summary.trials, summary.unreachable, summary.not_located),
            (5, 1, 1)
        );
        assert_eq!(summary.lost(), 1);
        // No promise, nothing to keep.
        assert_eq!(summary.kept(), Proportion { kept: 1, trials: 2 });
        assert_eq!(summary.joint_scales(), [5.0, 4.0, 400.0]);
        assert_eq!(summary.access_point_scales(1), [3.0; 3]);
        assert_eq!(summary.single_scales().len(), 12);
        let [conditional, planned] = summary.error_ratios();
        assert!((conditional - 1.0).abs() < 1e-12 && (planned - 2.0).abs() < 1e-12);
    }
}
