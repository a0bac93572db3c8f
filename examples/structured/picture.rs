//! The picture.

use td_isac_examples::plot::{Axis, Colour, Dash, Figure, Marker, Panel, Series, Style};

use crate::study::{Row, SETS};

/// Rates and coverage of the first scheme over the confidence that sets are made for.
pub fn figure(name: &str, eta: f64, rows: &[Row]) -> Figure {
    let scheme = rows.first().map(|row| row.scheme.as_str());
    let confidence = || Axis::linear("probability that sets are made for (%)").between(89.0, 100.0);
    let mut rates = Panel::new(confidence(), Axis::linear("rate (bit/s/Hz)"));
    let mut coverage = Panel::new(confidence(), Axis::linear("channel in its set (%)"));
    coverage = coverage.with(Series::styled(
        "as promised",
        Style {
            colour: Colour::BLACK,
            dash: Dash::Dotted,
            marker: Marker::None,
        },
        vec![[89.0, 89.0], [100.0, 100.0]],
    ));
    for (index, (set, _)) in SETS.into_iter().enumerate() {
        let here = rows
            .iter()
            .filter(|row| row.set == set && Some(row.scheme.as_str()) == scheme);
        let over = |value: &dyn Fn(&Row) -> Option<f64>| {
            let point = |row: &Row| Some([100.0 * row.confidence?, value(row)?]);
            here.clone().filter_map(point).collect::<Vec<_>>()
        };
        let solid = Style::numbered(index);
        let dotted = Style {
            dash: Dash::Dotted,
            ..solid
        };
        rates = rates
            .with(Series::styled(
                format!("{set}: certified"),
                solid,
                over(&|row| Some(row.certified_bit_s_hz)),
            ))
            .with(Series::styled(
                format!("{set}: worst position"),
                dotted,
                over(&|row| Some(row.attacked_bit_s_hz)),
            ));
        coverage = coverage.with(Series::styled(
            format!("{set}: errors as the bound says"),
            solid,
            over(&|row| Some(100.0 * row.bound.channel.share())),
        ));
        let estimated = over(&|row| Some(100.0 * row.estimator?.channel.share()));
        if !estimated.is_empty() {
            let name = format!("{set}: the estimator's errors");
            coverage = coverage.with(Series::styled(name, dotted, estimated));
        }
    }
    let scheme = scheme.unwrap_or_default();
    let mut figure = Figure::new(format!("{name}, {scheme}, η = {eta}"));
    figure.row_height_px = 500;
    figure.with(rates).with(coverage)
}
