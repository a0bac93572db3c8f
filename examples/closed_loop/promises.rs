//! What many draws say: promises kept, promised and achieved.

use serde::Serialize;
use td_isac_algos::coverage::{Proportion, quantile};

use crate::summary::{ROUNDING, Z};

/// What is known of the channels while beams are designed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knowledge {
    /// Pilots.
    Pilots,
    /// Positions: the line of sight from there, in the scenario's set.
    LineOfSight,
}

/// How a frame with pilots is divided: `1 = η_s + η_p + η`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    pub sensing_slots: f64,
    pub pilot_slots: usize,
    pub eta: f64,
}

/// One draw.
pub struct Draw {
    /// One for each scheme and each kind of knowledge.
    pub promises: Vec<Promise>,
    /// Of each user: whether its set holds its channels to all access points.
    pub covered: Vec<bool>,
    /// Of each user: probability of a fit as bad as that of a line of sight.
    pub p_values: Vec<f64>,
    /// Of each user.
    pub reflected_over_direct: Vec<f64>,
}

/// A rate that was certified, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Promise {
    pub scheme: String,
    pub knowledge: Knowledge,
    /// Promised and achieved; `None` where the scheme found no beams.
    pub rates_bit_s_hz: Option<[f64; 2]>,
}

/// One object, for programs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Promises {
    pub schema_version: u32,
    pub scenario: String,
    /// Times the file's difference from the line of sight.
    pub reflections: f64,
    pub draws: u64,
    /// Probability with which each user's set was to hold its channels to all access points, and how often it did.
    pub confidence: f64,
    pub covered: Share,
    /// Time: `1 = η_s + η_p + η` in slots.
    pub sensing_slots: f64,
    pub pilot_slots: usize,
    pub eta: f64,
    /// Reflections over the direct path as the pilots show them, median over users and draws.
    pub reflected_over_direct: f64,
    /// Users whose pilots contradict the line of sight from their positions, at a false alarm in a thousand.
    pub not_line_of_sight: Share,
    /// What has to be true of the world for rates promised on pilots to be kept.
    pub assumptions: [&'static str; 4],
    /// Beams designed on pilots.
    pub schemes: Vec<Row>,
    /// Beams designed on positions alone, as without pilots.
    pub line_of_sight: Vec<Row>,
}

/// One scheme.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    pub scheme: String,
    /// Draws without beams; they promise nothing.
    pub failed: usize,
    /// Draws with a promise above zero.
    pub promises: usize,
    /// Share of these whose true channels got what was promised, with Wilson's 95 % interval.
    pub kept: f64,
    pub kept_interval: [f64; 2],
    /// Certified rate, bit/s/Hz: median, and the 5 and 95 % quantiles.
    pub promised: Option<f64>,
    pub promised_interval: [Option<f64>; 2],
    /// Rate of the same beams on the true channels.
    pub achieved: Option<f64>,
    pub achieved_interval: [Option<f64>; 2],
    /// Median of promised over achieved.
    pub promised_over_achieved: Option<f64>,
}

/// A share of so many, with Wilson's 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    pub share: f64,
    pub interval: [f64; 2],
    pub of: usize,
}

impl From<Proportion> for Share {
    fn from(counted: Proportion) -> Self {
        Self {
            share: counted.share(),
            interval: counted.interval(Z),
            of: counted.trials,
        }
    }
}

const ASSUMPTIONS: [&str; 4] = [
    "channels stay as they are from the pilots to the end of the frame, and the band is narrow: one channel describes it",
    "users' pilots are orthogonal, and their noise is Gaussian, white and of the stated power",
    "arrays send as they hear, but for phases of access points that are Gaussian with the stated deviation",
    "beams w are sent so that a user with channel h receives h^H w",
];

/// A user whose line of sight is rejected at this false-alarm probability is worth a warning.
const ALARM: f64 = 1e-3;

impl Promises {
    /// Counts the draws of a scenario.
    pub fn new(
        scenario: &str,
        reflections: f64,
        confidence: f64,
        plan: Plan,
        draws: &[Draw],
    ) -> Self {
        let covered = draws.iter().flat_map(|draw| draw.covered.iter().copied());
        let p_values = draws.iter().flat_map(|draw| &draw.p_values);
        let reflected: Vec<f64> = (draws.iter().flat_map(|draw| &draw.reflected_over_direct))
            .copied()
            .collect();
        let rows = |knowledge| {
            let first = draws.first().map_or(&[][..], |draw| &draw.promises);
            let names = first
                .iter()
                .filter(move |p| p.knowledge == knowledge)
                .map(|p| &p.scheme);
            names.map(|name| Row::new(name, knowledge, draws)).collect()
        };
        Self {
            schema_version: 1,
            scenario: scenario.to_owned(),
            reflections,
            draws: draws.len() as u64,
            confidence,
            covered: Proportion::of(covered).into(),
            sensing_slots: plan.sensing_slots,
            pilot_slots: plan.pilot_slots,
            eta: plan.eta,
            reflected_over_direct: quantile(&reflected, 0.5).unwrap_or(f64::NAN),
            not_line_of_sight: Proportion::of(p_values.map(|&p| p < ALARM)).into(),
            assumptions: ASSUMPTIONS,
            schemes: rows(Knowledge::Pilots),
            line_of_sight: rows(Knowledge::LineOfSight),
        }
    }

    /// The warning that positions alone are not enough, if they are not.
    pub fn warning(&self) -> Option<String> {
        let rejected = self.not_line_of_sight.share;
        (rejected > 10.0 * ALARM).then(|| {
            format!(
                "warning: the pilots of {:.0} % of the users contradict a line of sight from their positions: reflections of \
                 about {:.2} times the direct path (median); rates promised on positions alone are not to be trusted",
                100.0 * rejected,
                self.reflected_over_direct
            )
        })
    }

    /// A table for people.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{}, reflections times {}: {} draws; {} sensing slots and {} pilots leave eta = {:.4}\n\
             channels in the {:.0} % set of their user: {}\n\n\
             {:<16} {:<10} {:>26} {:>10} {:>10} {:>8}\n",
            self.scenario,
            self.reflections,
            self.draws,
            self.sensing_slots,
            self.pilot_slots,
            self.eta,
            100.0 * self.confidence,
            percent(&self.covered),
            "knowledge",
            "scheme",
            "promises kept (95 %)",
            "promised",
            "achieved",
            "ratio"
        );
        for (knowledge, rows) in [
            ("pilots", &self.schemes),
            ("line of sight", &self.line_of_sight),
        ] {
            for row in rows {
                let share = Share {
                    share: row.kept,
                    interval: row.kept_interval,
                    of: row.promises,
                };
                let number =
                    |value: Option<f64>| value.map_or("-".to_owned(), |x| format!("{x:.2}"));
                text += &format!(
                    "{:<16} {:<10} {:>26} {:>10} {:>10} {:>8}\n",
                    knowledge,
                    row.scheme,
                    percent(&share),
                    number(row.promised),
                    number(row.achieved),
                    number(row.promised_over_achieved)
                );
            }
        }
        text + "rates in bit/s/Hz, medians; intervals after Wilson\n"
    }
}

impl Row {
    fn new(scheme: &str, knowledge: Knowledge, draws: &[Draw]) -> Self {
        let own = draws.iter().flat_map(|draw| &draw.promises);
        let own: Vec<&Promise> = own
            .filter(|p| p.scheme == scheme && p.knowledge == knowledge)
            .collect();
        let rates: Vec<[f64; 2]> = own.iter().filter_map(|p| p.rates_bit_s_hz).collect();
        let given = rates.iter().filter(|[promised, _]| *promised > 0.0);
        let kept = Proportion::of(given.clone().map(|[p, a]| *a >= p * (1.0 - ROUNDING)));
        let promised: Vec<f64> = rates.iter().map(|[promised, _]| *promised).collect();
        let achieved: Vec<f64> = rates.iter().map(|[_, achieved]| *achieved).collect();
        let ratios: Vec<f64> = given.map(|[p, a]| p / a).collect();
        let interval = |values: &[f64]| [quantile(values, 0.05), quantile(values, 0.95)];
        Self {
            scheme: scheme.to_owned(),
            failed: own.len() - rates.len(),
            promises: kept.trials,
            kept: kept.share(),
            kept_interval: kept.interval(Z),
            promised: quantile(&promised, 0.5),
            promised_interval: interval(&promised),
            achieved: quantile(&achieved, 0.5),
            achieved_interval: interval(&achieved),
            promised_over_achieved: quantile(&ratios, 0.5),
        }
    }
}

fn percent(share: &Share) -> String {
    if share.of == 0 {
        return "none given".to_owned();
    }
    let [low, high] = share.interval.map(|x| 100.0 * x);
    format!("{:.1} % ({low:.1} to {high:.1})", 100.0 * share.share)
}
