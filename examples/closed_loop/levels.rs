//! Promised against achieved over the level of reflections: a table and a picture.

use std::error::Error;
use std::path::Path;

use td_isac_examples::plot::{Axis, Colour, Dash, Figure, Marker, Panel, Series, Style};
use td_isac_examples::table::{Cell, Table};

use crate::promises::{Promises, Row};

/// Writes `promises.csv`, `.png` and `.svg` into the folder.
pub fn write(folder: &Path, levels: &[(f64, Promises)]) -> Result<(), Box<dyn Error>> {
    table(levels).write(&folder.join("promises.csv"))?;
    let name = levels.first().map_or("", |(_, first)| &first.scenario);
    let mut figure = Figure::new(format!("{name}: promised and achieved rates, medians"));
    let rows = levels.first().map_or(0, |(_, first)| first.schemes.len());
    for index in 0..rows {
        figure = figure.with(panel(levels, index));
    }
    figure.write(&folder.join("promises"))?;
    Ok(())
}

/// The rows of one level by what was known.
fn known(found: &Promises) -> [(&'static str, &[Row]); 2] {
    [
        ("pilots", &found.schemes),
        ("line of sight", &found.line_of_sight),
    ]
}

fn table(levels: &[(f64, Promises)]) -> Table {
    let mut table = Table::new([
        "reflections",
        "knowledge",
        "scheme",
        "promises",
        "kept",
        "promised_bit_s_hz",
        "achieved_bit_s_hz",
    ]);
    for (level, found) in levels {
        for (knowledge, rows) in known(found) {
            for row in rows {
                table.push([
                    Cell::from(*level),
                    knowledge.into(),
                    row.scheme.as_str().into(),
                    row.promises.into(),
                    (row.promises > 0).then_some(row.kept).into(),
                    row.promised.into(),
                    row.achieved.into(),
                ]);
            }
        }
    }
    table
}

/// One scheme. A level of zero has no place on a logarithmic axis.
fn panel(levels: &[(f64, Promises)], scheme: usize) -> Panel {
    let title = levels
        .first()
        .map_or("", |(_, first)| &first.schemes[scheme].scheme);
    let mut panel = Panel::new(
        Axis::log("reflections, times those of the file"),
        Axis::linear("rate (bit/s/Hz)"),
    )
    .titled(title);
    for (index, knowledge) in ["pilots", "line of sight"].into_iter().enumerate() {
        let over = |value: fn(&Row) -> Option<f64>| {
            let point = |(level, found): &(f64, Promises)| {
                let row = known(found)[index].1.get(scheme)?;
                (*level > 0.0).then_some([*level, value(row)?])
            };
            levels.iter().filter_map(point).collect::<Vec<_>>()
        };
        let mut style = Style::line(Colour::palette(index), Dash::Solid);
        style.marker = Marker::Circle;
        let promised = Series::styled(
            format!("{knowledge}: promised"),
            style,
            over(|row| row.promised),
        );
        style.marker = Marker::Ring;
        let style = style.dashed(Dash::Dashed);
        let achieved = Series::styled(
            format!("{knowledge}: achieved"),
            style,
            over(|row| row.achieved),
        );
        panel = panel.with(promised).with(achieved);
    }
    panel
}
