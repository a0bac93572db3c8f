//! The legend below the panels.

use super::figure::{Figure, Series};
use super::font::text_width_px;
use super::marks::{line, marker};
use super::paint::PlotError;
use super::scene::{Anchor, Frame, Shapes};
use super::style::Style;

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

    pub fn draw(&self, width: f64, top: f64, shapes: &mut Shapes) {
        for (i, row) in self.rows.iter().enumerate() {
            let total: f64 = row.iter().map(|entry| entry.width + BETWEEN).sum::<f64>() - BETWEEN;
            let (mut x, y) = (0.5 * (width - total), top + (i as f64 + 0.5) * ROW);
            for entry in row {
                draw_sample(entry, x, y, shapes);
                let at = (x + SAMPLE + GAP, y);
                shapes.text(&entry.name, at, TEXT, Anchor::Start);
                x += entry.width + BETWEEN;
            }
        }
    }
}

fn draw_sample(entry: &Entry, x: f64, y: f64, shapes: &mut Shapes) {
    let everywhere = Frame {
        left: x,
        top: y - ROW,
        right: x + SAMPLE,
        bottom: y + ROW,
    };
    if entry.banded {
        let (top, bottom) = (y - 11.0, y + 11.0);
        let right = x + SAMPLE;
        let corners = vec![(x, top), (right, top), (right, bottom), (x, bottom)];
        shapes.fill(corners, entry.style.colour, super::panel::BAND_OPACITY);
    }
    line(&[(x, y), (x + SAMPLE, y)], entry.style, &everywhere, shapes);
    marker((x + 0.5 * SAMPLE, y), entry.style, shapes);
}
