//! Curves into a panel and into a table at once.

use crate::curves::{Point, SCHEMES, scheme_style, series};
use td_isac_examples::plot::{Panel, Style};
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curves::Spread;
    use td_isac_examples::plot::Axis;

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
