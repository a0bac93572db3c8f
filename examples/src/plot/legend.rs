//! The legend below the panels.

use super::chart::BAND_OPACITY;
use super::figure::{Figure, Series};
use super::font::{TEXT_DROP, font, text_width_px};
use super::marks::{Frame, line, marker};
use super::paint::{Area, PlotError, SCALE, backend, filled, px};
use super::style::Style;
use plotters::backend::DrawingBackend;
use plotters::element::Rectangle;
use plotters::style::TextStyle;
use plotters::style::text_anchor::{HPos, Pos, VPos};

const TEXT: f64 = 24.0;
const SAMPLE: f64 = 62.0;
const GAP: f64 = 12.0;
const BETWEEN: f64 = 34.0;
const ROW: f64 = 38.0;

/// Entries in rows.
pub(super) struct Legend {
    rows: Vec<Vec<Entry>>,
}

#[derive(Clone)]
struct Entry {
    name: String,
    style: Style,
    banded: bool,
    width: f64,
}

impl Legend {
    /// The names of all series, each once, in as many rows as they need.
    pub fn new(figure: &Figure) -> Result<Self, PlotError> {
        let mut entries: Vec<Entry> = Vec::new();
        let listed = |series: &&Series| !series.name.is_empty();
        for series in figure.panels.iter().flat_map(|p| &p.series).filter(listed) {
            let known = entries
                .iter_mut()
                .find(|entry| entry.name == series.name && entry.style == series.style);
            match known {
                Some(entry) => entry.banded |= !series.band.is_empty(),
                None => entries.push(Entry {
                    name: series.name.clone(),
                    style: series.style,
                    banded: !series.band.is_empty(),
                    width: SAMPLE + GAP + text_width_px(&series.name, TEXT)?,
                }),
            }
        }
        let room = f64::from(figure.width_px) - 40.0;
        let mut rows: Vec<Vec<Entry>> = Vec::new();
        let mut used = room;
        for entry in entries {
            if used + BETWEEN + entry.width > room {
                rows.push(Vec::new());
                used = 0.0;
            }
            used += BETWEEN + entry.width;
            if let Some(row) = rows.last_mut() {
                row.push(entry);
            }
        }
        Ok(Self { rows })
    }

    pub fn height(&self) -> f64 {
        match self.rows.len() {
            0 => 0.0,
            rows => ROW * rows as f64 + 16.0,
        }
    }

    pub fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Result<(), PlotError> {
        let style = TextStyle::from(font(TEXT * SCALE)?).pos(Pos::new(HPos::Left, VPos::Center));
        let width = f64::from(area.dim_in_pixel().0) / SCALE;
        for (i, row) in self.rows.iter().enumerate() {
            let total: f64 = row.iter().map(|entry| entry.width + BETWEEN).sum::<f64>() - BETWEEN;
            let (mut x, y) = (0.5 * (width - total), (i as f64 + 0.5) * ROW);
            for entry in row {
                draw_sample(entry, x, y, area)?;
                let at = (px(x + SAMPLE + GAP), px(y + TEXT_DROP * TEXT));
                area.draw_text(&entry.name, &style, at).map_err(backend)?;
                x += entry.width + BETWEEN;
            }
        }
        Ok(())
    }
}

fn draw_sample<B: DrawingBackend>(
    entry: &Entry,
    x: f64,
    y: f64,
    area: &Area<B>,
) -> Result<(), PlotError> {
    let (left, right, middle) = (SCALE * x, SCALE * (x + SAMPLE), SCALE * y);
    let frame = Frame {
        left,
        top: middle - SCALE * ROW,
        right,
        bottom: middle + SCALE * ROW,
    };
    if entry.banded {
        let corners = [(px(x), px(y - 11.0)), (px(x + SAMPLE), px(y + 11.0))];
        let fill = filled(entry.style.colour, BAND_OPACITY);
        area.draw(&Rectangle::new(corners, fill)).map_err(backend)?;
    }
    line(
        &[(left, middle), (right, middle)],
        entry.style,
        &frame,
        area,
    )?;
    marker((0.5 * (left + right), middle), entry.style, area)
}
