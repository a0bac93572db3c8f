//! Efficiency over sensing power: the threshold region.

use std::error::Error;
use std::path::Path;

use td_isac_examples::plot::{Axis, Colour, Dash, Figure, Panel, Series, Style};

use crate::Row;

/// Writes `ml_efficiency.png` and `ml_efficiency.svg` into the folder.
pub fn write(folder: &Path, scenario: &str, rows: &[Row]) -> Result<(), Box<dyn Error>> {
    let power = || Axis::linear("sensing power (dBm)");
    let mut ratio = Panel::new(power(), Axis::linear("RMSE / root of the bound"))
        .titled("trials that located every user");
    let mut located = Panel::new(
        power(),
        Axis::linear("share of the trials").between(0.0, 1.05),
    )
    .titled("every user located");
    for (index, name) in ["isotropic", "optimal"].into_iter().enumerate() {
        let own = || rows.iter().filter(|row| row.covariance.name() == name);
        if own().next().is_none() {
            continue;
        }
        let curve = |of: fn(&Row) -> f64| {
            let points = own().map(|row| [row.sensing_dbm, of(row)]);
            // Where nobody was located there is no efficiency.
            let points = points.filter(|[_, value]| value.is_finite()).collect();
            Series::new(name, index, points)
        };
        ratio = ratio.with(curve(|row| row.summary.efficiency));
        let share = |row: &Row| row.summary.located as f64 / row.summary.trials as f64;
        located = located.with(curve(share));
    }
    let powers = || rows.iter().map(|row| row.sensing_dbm);
    let ends = [
        powers().fold(f64::INFINITY, f64::min),
        powers().fold(f64::NEG_INFINITY, f64::max),
    ];
    let efficient = Style::line(Colour::BLACK, Dash::Dotted);
    let ratio = ratio.with(Series::styled(
        "efficient",
        efficient,
        ends.map(|power| [power, 1.0]).to_vec(),
    ));
    Figure::new(format!("{scenario}: maximum likelihood after MUSIC"))
        .with(ratio)
        .with(located)
        .write(&folder.join("ml_efficiency"))?;
    Ok(())
}
