//! Curves into a panel and into a table at once.

use crate::context::SENSING;
use crate::curves::{Point, SCHEMES, curve, or_zero, scheme_style, series};
use td_isac_examples::plot::{Axis, Figure, Panel, Style};
use td_isac_examples::sweep::Record;
use td_isac_examples::table::{Cell, Table};

/// A curve with what tells its rows in the table from the others'.
#[derive(Debug, Clone)]
pub struct Curve {
    pub cells: Vec<Cell>,
    /// In the legend.
    pub name: String,
    pub style: Style,
    pub points: Vec<Point>,
}

/// A curve for each value of the parameter that has a panel of its own, and each scheme.
pub type SchemeCurves<'a> = [(f64, &'a str, Vec<Point>)];

/// The columns of [`draw`]: those of the curves' cells, the abscissa, and what `quantity` is spread over.
pub fn columns(cells: &[&str], abscissa: &str, quantity: &str) -> Vec<String> {
    let own = cells.iter().map(|&cell| cell.to_owned());
    let spread = ["median", "quartile_low", "quartile_high"];
    own.chain([abscissa.to_owned()])
        .chain(spread.map(|part| format!("{quantity}_{part}")))
        .chain(["realisations", "threshold_unreachable"].map(str::to_owned))
        .collect()
}

/// Draws curves in a panel and adds their points to a table with such [`columns`].
pub fn draw(mut panel: Panel, table: &mut Table, curves: impl IntoIterator<Item = Curve>) -> Panel {
    for curve in curves {
        panel = panel.with(series(&curve.name, curve.style, &curve.points));
        for point in &curve.points {
            let mut row = curve.cells.clone();
            row.extend([
                Cell::from(point.x),
                point.spread.median.into(),
                point.spread.low.into(),
                point.spread.high.into(),
                point.realisations.into(),
                point.unreachable.into(),
            ]);
            table.push(row);
        }
    }
    panel
}

/// The same for the paper's schemes at one value of the parameter that has a panel of its own.
pub fn draw_schemes(panel: Panel, table: &mut Table, curves: &SchemeCurves<'_>, at: f64) -> Panel {
    let of = |(scheme, name): (&str, &str)| {
        let here = curves.iter().find(|c| c.0 == at && c.1 == scheme)?;
        Some(Curve {
            cells: vec![Cell::from(scheme), at.into()],
            name: name.to_owned(),
            style: scheme_style(scheme),
            points: here.2.clone(),
        })
    };
    draw(panel, table, SCHEMES.into_iter().filter_map(of))
}

/// Certified rates of the paper's schemes over the key `x`, at each sensing power.
pub fn rates_over(
    records: &[&Record],
    x: &str,
    sensing_dbm: &[f64],
) -> Vec<(f64, &'static str, Vec<Point>)> {
    let rate = |record: &Record| or_zero(record, record.rate_bit_s_hz);
    let of = |dbm, scheme| curve(records, scheme, &[(SENSING, dbm)], x, rate);
    (sensing_dbm.iter())
        .flat_map(|&dbm| SCHEMES.map(|(scheme, _)| (dbm, scheme, of(dbm, scheme))))
        .collect()
}

/// Such rates as a figure, one panel a sensing power and all with the same ordinate, and as a table whose
/// abscissa is called `abscissa`.
pub fn rate_figure(
    title: &str,
    x: &Axis,
    abscissa: &str,
    curves: &SchemeCurves<'_>,
    sensing_dbm: &[f64],
) -> (Figure, Table) {
    let points = curves.iter().flat_map(|c| &c.2);
    let top = points.map(|p| p.spread.high).fold(1.0, f64::max);
    let cells = ["scheme", "sensing_dbm"];
    let mut table = Table::new(columns(&cells, abscissa, "rate_bit_s_hz"));
    let mut figure = Figure::new(title);
    for &dbm in sensing_dbm {
        let y = Axis::linear("rate (bit/s/Hz)").between(0.0, 1.05 * top);
        let axes = Panel::new(x.clone(), y);
        let panel = axes.titled(format!("sensing power P_s = {dbm} dBm"));
        figure = figure.with(draw_schemes(panel, &mut table, curves, dbm));
    }
    (figure, table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curves::Spread;

    #[test]
    fn one_row_a_point_and_one_series_a_curve() {
        let point = |x: f64, median: f64| Point {
            x,
            spread: Spread {
                low: median - 1.0,
                median,
                high: median + 1.0,
            },
            realisations: 3,
            unreachable: 0,
        };
        let curves = [
            (1.0, "main", vec![point(5.0, 10.0), point(6.0, 11.0)]),
            (2.0, "main", vec![point(5.0, 99.0)]),
            (1.0, "mrt", vec![point(5.0, 2.0)]),
        ];
        let mut table = Table::new(columns(&["scheme", "power"], "x", "rate"));
        let panel = Panel::new(Axis::linear("x"), Axis::linear("rate"));
        let panel = draw_schemes(panel, &mut table, &curves, 1.0);
        assert_eq!(panel.series.len(), 2);
        let csv = table.to_csv();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(
            lines[0],
            "scheme,power,x,rate_median,rate_quartile_low,rate_quartile_high,realisations,threshold_unreachable"
        );
        assert_eq!(
            lines[1..],
            [
                "main,1,5,10,9,11,3,0",
                "main,1,6,11,10,12,3,0",
                "mrt,1,5,2,1,3,3,0"
            ]
        );
    }
}
