//! Coverage and promises as pictures.

use std::error::Error;
use std::path::Path;

use td_isac_examples::plot::{Axis, Colour, Dash, Figure, Panel, Series, Style};

use crate::summary::Summary;

/// Writes `closed-loop.png` and `closed-loop.svg` into the folder.
pub fn write(
    folder: &Path,
    scenario: &str,
    error_scale_per_m: f64,
    summaries: &[Summary],
) -> Result<(), Box<dyn Error>> {
    Figure::new(format!("{scenario}: promises made on estimated positions"))
        .with(coverage(error_scale_per_m, summaries))
        .with(rates(summaries))
        .write(&folder.join("closed-loop"))?;
    Ok(())
}

/// Factor on either side of the design's α_e that is shown; trials that lost a user are far beyond.
const REACH: f64 = 30.0;

/// Share of the trials whose channel errors are all covered, by α_e.
fn coverage(error_scale_per_m: f64, summaries: &[Summary]) -> Panel {
    let mut panel = Panel::new(
        Axis::log("error scale α_e (1/m)")
            .between(error_scale_per_m / REACH, error_scale_per_m * REACH),
        Axis::linear("trials with all channels covered").between(0.0, 1.0),
    )
    .titled("coverage of the set (4)");
    for (index, summary) in summaries.iter().enumerate() {
        let mut scales = summary.joint_scales();
        scales.sort_by(f64::total_cmp);
        let count = scales.len() as f64;
        let points = (scales.iter().enumerate())
            .map(|(i, &scale)| [scale, (i + 1) as f64 / count])
            .filter(|[scale, _]| (1.0 / REACH..REACH).contains(&(scale / error_scale_per_m)))
            .collect();
        // Named once, beside the points of the other panel.
        let style = Style::line(Colour::palette(index), Dash::Solid);
        panel = panel.with(Series::styled("", style, points));
    }
    let assumed = vec![[error_scale_per_m, 0.0], [error_scale_per_m, 1.0]];
    let style = Style::line(Colour::BLACK, Dash::Dashed);
    panel.with(Series::styled("α_e of the design", style, assumed))
}

/// Achieved over promised rate, trial by trial.
fn rates(summaries: &[Summary]) -> Panel {
    let mut panel = Panel::new(
        Axis::linear("promised (bit/s/Hz)"),
        Axis::linear("achieved (bit/s/Hz)"),
    )
    .titled("rates, one point a trial");
    let mut largest = 0.0_f64;
    for (index, summary) in summaries.iter().enumerate() {
        let points: Vec<[f64; 2]> = (summary.designed.iter())
            .map(|d| [d.promised_bit_s_hz, d.achieved_bit_s_hz])
            .collect();
        largest = points.iter().flatten().copied().fold(largest, f64::max);
        let style = Style::numbered(index).dashed(Dash::None);
        panel = panel.with(Series::styled(summary.scheme.clone(), style, points));
    }
    let diagonal = vec![[0.0, 0.0], [largest, largest]];
    let style = Style::line(Colour::BLACK, Dash::Dotted);
    panel.with(Series::styled("promise just kept", style, diagonal))
}
