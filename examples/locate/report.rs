//! What is written: an object for machines, a table for people.

use std::fmt::Write as _;

use music_loc::{Detection, match_nearest};
use nf_channel::EchoConvention;
use serde::Serialize;

/// One frame.
#[derive(Debug, Serialize)]
pub struct Report {
    users: Vec<UserReport>,
    noise_estimate_over_known: Option<f64>,
    fit_p_value: f64,
    /// Likelihood ratio that an echo has to exceed.
    threshold: f64,
    /// `conjugate` or `reciprocal`, where that fits much better than the scenario's convention.
    better_convention: Option<&'static str>,
    /// For each user of a simulated scene, in the scenario's order, the distance of the position found for it. (The users
    /// that are reported are in another order, the strongest echo first: see [`UserReport::error_m`].)
    #[serde(skip_serializing_if = "Option::is_none")]
    errors_m: Option<Vec<Option<f64>>>,
}

#[derive(Debug, Serialize)]
struct UserReport {
    position_m: Option<Vec<f64>>,
    deviation_m: Option<f64>,
    verdict: &'static str,
    reason: String,
    likelihood_ratio: f64,
    /// In a simulated scene the distance from the user that the position belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_m: Option<f64>,
}

impl Report {
    /// What was found, beside the truth where it is known.
    pub fn new<const D: usize>(detection: &Detection<D>, truth_m: Option<&[[f64; D]]>) -> Self {
        let reported: Vec<(usize, [f64; D])> = (detection.users.iter().enumerate())
            .filter_map(|(index, user)| Some((index, user.position_m?)))
            .collect();
        let found: Vec<[f64; D]> = reported.iter().map(|(_, at)| *at).collect();
        let mut of_reported = vec![None; detection.users.len()];
        let error = |truth: &[f64; D], at: &[f64; D]| {
            let square = |i: usize| (truth[i] - at[i]).powi(2);
            (0..D).map(square).sum::<f64>().sqrt()
        };
        let errors_m = truth_m.map(|truth_m| {
            (truth_m.iter().zip(match_nearest(truth_m, &found)))
                .map(|(truth, index)| {
                    let index = index?;
                    let error_m = error(truth, &found[index]);
                    of_reported[reported[index].0] = Some(error_m);
                    Some(error_m)
                })
                .collect()
        });
        Self {
            users: (detection.users.iter().zip(of_reported))
                .map(|(user, error_m)| UserReport {
                    position_m: user.position_m.map(|p| p.to_vec()),
                    deviation_m: user.deviation_m(),
                    verdict: user.verdict.word(),
                    reason: user.verdict.reason(),
                    likelihood_ratio: user.likelihood_ratio,
                    error_m,
                })
                .collect(),
            noise_estimate_over_known: detection.fit.noise_over_known,
            fit_p_value: detection.fit.p_value,
            threshold: detection.threshold,
            better_convention: detection
                .better_convention
                .map(|convention| match convention {
                    EchoConvention::Conjugate => "conjugate",
                    EchoConvention::Reciprocal => "reciprocal",
                }),
            errors_m,
        }
    }

    /// The same for people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for user in &self.users {
            let _ = write!(text, "{:9}", user.verdict);
            if let Some(position) = &user.position_m {
                let numbers: Vec<String> = position.iter().map(|x| format!("{x:.4}")).collect();
                let _ = write!(text, " ({}) m", numbers.join(", "));
            }
            if let Some(deviation_m) = user.deviation_m {
                let _ = write!(text, ", deviation {deviation_m:.2e} m");
            }
            let _ = write!(text, ", likelihood ratio {:.1}", user.likelihood_ratio);
            let colon = if user.reason.is_empty() { "" } else { ": " };
            let _ = writeln!(text, "{colon}{}", user.reason);
        }
        if self.users.is_empty() {
            let _ = writeln!(text, "no users");
        }
        if let Some(ratio) = self.noise_estimate_over_known {
            let _ = writeln!(
                text,
                "noise {ratio:.4} times the known one, fit p = {:.3}",
                self.fit_p_value
            );
        }
        if let Some(convention) = self.better_convention {
            let _ = writeln!(
                text,
                "the {convention} convention of echoes fits much better"
            );
        }
        if let Some(errors) = &self.errors_m {
            let one = |error: &Option<f64>| error.map_or("-".to_owned(), |e| format!("{e:.2e}"));
            let errors: Vec<String> = errors.iter().map(one).collect();
            let _ = writeln!(text, "distances from the users (m): {}", errors.join(", "));
        }
        text
    }
}
