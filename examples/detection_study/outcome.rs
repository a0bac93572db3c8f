//! What became of a frame.

use music_loc::{Detection, Verdict, match_nearest};

use crate::frame::{Drawn, distance_m};

/// An error that is no silent failure: less than this, or less than five reported deviations.
const HARMLESS_M: f64 = 0.05;
const DEVIATIONS: f64 = 5.0;

/// Counts of one frame.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Found at a user.
    pub users: usize,
    /// Found at a scatterer.
    pub scatterers: usize,
    /// Reported as found, and elsewhere.
    pub silent: usize,
    /// Reported as doubtful.
    pub doubtful: usize,
    /// The worst that is reported as found: error and deviation.
    pub worst_m: Option<(f64, f64)>,
    pub noise_over_known: f64,
    pub p_value: f64,
    /// Words of the verdicts, with positions.
    pub lines: Vec<String>,
}

impl Outcome {
    /// Counts, every reported user compared with the nearest source of echoes that is not closer to another one.
    pub fn of<const D: usize>(detection: &Detection<D>, drawn: &Drawn<D>) -> Self {
        let mut outcome = Self {
            noise_over_known: detection.fit.noise_over_known.unwrap_or(f64::NAN),
            p_value: detection.fit.p_value,
            ..Self::default()
        };
        let sources: Vec<[f64; D]> = drawn
            .users_m
            .iter()
            .chain(&drawn.scatterers_m)
            .copied()
            .collect();
        let reported: Vec<_> = (detection.users.iter())
            .filter_map(|user| Some((user, user.position_m?)))
            .collect();
        let positions: Vec<[f64; D]> = reported.iter().map(|(_, at)| *at).collect();
        let matched = match_nearest(&positions, &sources);
        for ((user, at), source) in reported.iter().zip(matched) {
            let error_m = source.map_or(f64::INFINITY, |s| distance_m(at, &sources[s]));
            let deviation_m = user.deviation_m();
            outcome.lines.push(format!(
                "{at:.3?} error {error_m:.2e} m, deviation {:.1e} m, ratio {:.1}: {} {}",
                deviation_m.unwrap_or(f64::NAN),
                user.likelihood_ratio,
                user.verdict.word(),
                user.verdict.reason()
            ));
            if user.verdict != Verdict::Found {
                outcome.doubtful += 1;
                continue;
            }
            let deviation_m = deviation_m.unwrap_or(0.0);
            let known = outcome.worst_m.map_or(0.0, |(worst_m, _)| worst_m);
            if error_m >= known {
                outcome.worst_m = Some((error_m, deviation_m));
            }
            if error_m > HARMLESS_M && error_m > DEVIATIONS * deviation_m {
                outcome.silent += 1;
            } else if source.is_some_and(|s| s < drawn.users_m.len()) {
                outcome.users += 1;
            } else {
                outcome.scatterers += 1;
            }
        }
        outcome
    }
}
