//! What a set costs: processor time of one design, the sets taken in turn.

use std::fmt::Write;
use std::time::Instant;

use td_isac_algos::scenario::{ErrorSize, Scenario, UncertaintySpec};
use td_isac_algos::{Downlink, Schemes, Sensing, Study};

use crate::Failure;
use crate::arguments::Arguments;
use crate::study::SETS;

/// Seconds that this thread has spent on a processor, where Linux tells; of the clock elsewhere.
fn seconds(start: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| start.elapsed().as_secs_f64(), |ns| 1e-9 * ns)
}

/// Times of every set at the given time allocation and with the time allocation optimised, and the ratio
/// to the paper's balls in the same round.
pub fn measure<const D: usize>(
    scenario: &Scenario<D>,
    sensing: &Sensing<D>,
    arguments: &Arguments,
) -> Result<String, Failure> {
    let downlinks = SETS
        .into_iter()
        .map(|(_, set)| {
            let mut scenario = scenario.clone();
            let size = ErrorSize::Scale(1.0);
            scenario.uncertainty = UncertaintySpec { set, size };
            scenario.error_scale_per_m = None;
            Ok(scenario.check()?.robust_downlink(sensing)?)
        })
        .collect::<Result<Vec<Downlink>, Failure>>()?;
    let eta_max = sensing.eta_max()?;
    let mut text = format!("{}, seconds of processor time, medians\n", scenario.name);
    let schemes = Schemes::default();
    for name in &arguments.schemes {
        let scheme = schemes.get(name)?;
        for optimised in [false, true] {
            let design = |downlink: &Downlink| -> Result<f64, Failure> {
                let study = Study::new(downlink).scheme(scheme);
                let clock = Instant::now();
                let before = seconds(clock);
                if optimised {
                    study.eta_max(eta_max).run()?;
                } else {
                    study.eta(arguments.eta).run()?;
                }
                Ok(seconds(clock) - before)
            };
            let mut rounds = Vec::with_capacity(arguments.cost);
            for _ in 0..arguments.cost {
                rounds.push(
                    downlinks
                        .iter()
                        .map(design)
                        .collect::<Result<Vec<_>, _>>()?,
                );
            }
            let what = if optimised {
                "η optimised".to_owned()
            } else {
                format!("η = {}", arguments.eta)
            };
            for (index, (set, _)) in SETS.into_iter().enumerate() {
                let time = median(rounds.iter().map(|round| round[index]));
                let ratio = median(rounds.iter().map(|round| round[index] / round[0]));
                writeln!(
                    text,
                    "{name}, {what}, {set}: {time:.2} s, {ratio:.2} times the ball's"
                )?;
            }
        }
    }
    Ok(text)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
