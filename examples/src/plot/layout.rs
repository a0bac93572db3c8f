//! Where everything goes.

use super::figure::Figure;
use super::legend::Legend;
use super::paint::PlotError;
use super::panel;
use super::scene::{Anchor, Frame, Scene, Shapes};

const TITLE: f64 = 30.0;
const TITLE_ROOM: f64 = 56.0;
const MARGIN: f64 = 12.0;

/// The figure as shapes.
pub(super) fn layout(figure: &Figure) -> Result<Scene, PlotError> {
    if figure.panels.is_empty() || figure.columns == 0 {
        return Err(PlotError::Description {
            what: "a figure needs panels and columns",
            found: format!("{} and {}", figure.panels.len(), figure.columns),
        });
    }
    let columns = figure.columns.min(figure.panels.len());
    let rows = figure.panels.len().div_ceil(columns);
    let width = f64::from(figure.width_px);
    let (cell_width, cell_height) = (
        (width - 2.0 * MARGIN) / columns as f64,
        f64::from(figure.row_height_px),
    );
    if cell_width < 200.0 || cell_height < 200.0 {
        return Err(PlotError::Description {
            what: "a panel needs at least 200 pixels each way",
            found: format!("{cell_width} by {cell_height}"),
        });
    }
    let legend = Legend::new(figure)?;
    let mut shapes = Shapes::default();
    let mut top = MARGIN;
    if !figure.title.is_empty() {
        let at = (0.5 * width, top + 0.45 * TITLE_ROOM);
        shapes.text(&figure.title, at, TITLE, Anchor::Middle);
        top += TITLE_ROOM;
    }
    for (i, panel) in figure.panels.iter().enumerate() {
        let (row, column) = (i / columns, i % columns);
        let left = MARGIN + column as f64 * cell_width;
        let cell = Frame {
            left,
            top: top + row as f64 * cell_height,
            right: left + cell_width,
            bottom: top + (row + 1) as f64 * cell_height,
        };
        panel::draw(panel, cell, &mut shapes)?;
    }
    top += rows as f64 * cell_height;
    legend.draw(width, top, &mut shapes);
    Ok(Scene {
        width,
        height: (top + legend.height() + MARGIN).ceil(),
        shapes,
    })
}
