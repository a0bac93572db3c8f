//! One panel: axes, heat map, series.

use super::axis::Ruler;
use super::figure::{Axis, ColourScale, HeatMap, Panel, Scale, Series};
use super::font::text_width_px;
use super::marks::{line, marker};
use super::paint::PlotError;
use super::scene::{Anchor, Frame, Place, Shapes};
use super::style::{Colour, sequential};

pub(super) const BAND_OPACITY: f64 = 0.22;

const TICK_TEXT: f64 = 22.0;
const LABEL_TEXT: f64 = 24.0;
const TITLE_TEXT: f64 = 25.0;
const LINE: f64 = 36.0;
const BAR: f64 = 26.0;
const RULE_WIDTH: f64 = 1.5;
/// Steps of the continuous colour map: neighbouring cells of one colour become one shape.
const STEPS: f64 = 64.0;

/// Draws a panel into its cell of the figure.
pub(super) fn draw(panel: &Panel, cell: Frame, shapes: &mut Shapes) -> Result<(), PlotError> {
    if let Some(heat) = &panel.heat {
        check(heat)?;
    }
    let title_room = if panel.title.is_empty() { 14.0 } else { LINE };
    let (top, bottom) = (cell.top + title_room, cell.bottom - 2.0 * LINE);
    let y = ruler(&panel.y, panel, 1, [bottom, top])?;
    let left = cell.left + LINE + widest(&y.ticks())? + 14.0;
    let right = cell.right - 22.0 - bar_room(panel.heat.as_ref())?;
    let frame = Frame {
        left,
        top,
        right,
        bottom,
    };
    let x = ruler(&panel.x, panel, 0, [left, right])?;

    if let Some(heat) = &panel.heat {
        cells(heat, &x, &y, shapes);
        bar(heat, &frame, shapes)?;
    } else {
        grid(&x, &y, &frame, shapes);
    }
    for series in &panel.series {
        band(series, &x, &y, shapes);
    }
    for series in &panel.series {
        curve(series, &x, &y, &frame, shapes);
    }
    axes(panel, (&x, &y), cell, &frame, shapes);
    Ok(())
}

fn check(heat: &HeatMap) -> Result<(), PlotError> {
    let found = match &heat.scale {
        _ if heat.columns == 0
            || heat.values.len() % heat.columns != 0
            || heat.values.is_empty() =>
        {
            format!("{} values in {} columns", heat.values.len(), heat.columns)
        }
        ColourScale::Continuous { low, high } if low < high => return Ok(()),
        ColourScale::Continuous { low, high } => format!("colours from {low} to {high}"),
        ColourScale::Bands { edges, colours } if edges.len() + 1 == colours.len() => return Ok(()),
        ColourScale::Bands { edges, colours } => {
            format!("{} edges between {} colours", edges.len(), colours.len())
        }
    };
    Err(PlotError::Description {
        what: "a heat map needs full rows and a colour for every value",
        found,
    })
}

/// The axis number `axis`, fitted to everything in the panel.
fn ruler(axis: &Axis, panel: &Panel, index: usize, pixels: [f64; 2]) -> Result<Ruler, PlotError> {
    if let (Some(heat), None, Scale::Linear) = (&panel.heat, axis.limits, axis.scale) {
        let ends = if index == 0 { heat.x } else { heat.y };
        return Ruler::new(axis, ends.into_iter(), true, pixels);
    }
    let points = panel
        .series
        .iter()
        .flat_map(|s| &s.points)
        .map(|p| p[index]);
    let bands = panel.series.iter().flat_map(|s| &s.band);
    let band = bands.flat_map(|b| {
        if index == 0 {
            [b[0], b[0]]
        } else {
            [b[1], b[2]]
        }
    });
    Ruler::new(axis, points.chain(band), false, pixels)
}

fn widest(ticks: &[(f64, String)]) -> Result<f64, PlotError> {
    ticks.iter().try_fold(0.0f64, |widest, (_, label)| {
        Ok(widest.max(text_width_px(label, TICK_TEXT)?))
    })
}

fn grid(x: &Ruler, y: &Ruler, frame: &Frame, shapes: &mut Shapes) {
    for (at, _) in x.ticks() {
        shapes.line([(at, frame.top), (at, frame.bottom)], Colour::GRID, 1.0);
    }
    for (at, _) in y.ticks() {
        shapes.line([(frame.left, at), (frame.right, at)], Colour::GRID, 1.0);
    }
}

fn axes(panel: &Panel, (x, y): (&Ruler, &Ruler), cell: Frame, frame: &Frame, shapes: &mut Shapes) {
    let Frame {
        left,
        top,
        right,
        bottom,
    } = *frame;
    let middle = Anchor::Middle;
    let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
    let round = [&corners[..], &corners[..1]].concat();
    shapes.line(round, Colour::BLACK, RULE_WIDTH);
    for (at, _) in x.ticks() {
        let mark = [(at, bottom), (at, bottom + 6.0)];
        shapes.line(mark, Colour::BLACK, RULE_WIDTH);
    }
    for (at, _) in y.ticks() {
        let mark = [(left - 6.0, at), (left, at)];
        shapes.line(mark, Colour::BLACK, RULE_WIDTH);
    }
    for (at, label) in x.ticks() {
        shapes.text(&label, (at, bottom + 22.0), TICK_TEXT, middle);
    }
    for (at, label) in y.ticks() {
        shapes.text(&label, (left - 11.0, at), TICK_TEXT, Anchor::End);
    }
    let (centre, height) = (0.5 * (left + right), 0.5 * (top + bottom));
    let below = (centre, cell.bottom - 18.0);
    shapes.text(&panel.x.label, below, LABEL_TEXT, middle);
    shapes.text_upwards(&panel.y.label, (cell.left + 18.0, height), LABEL_TEXT);
    let above = (centre, cell.top + 15.0);
    shapes.text(&panel.title, above, TITLE_TEXT, middle);
}

/// Runs of points without a gap, in pixels.
fn runs(points: &[[f64; 2]], x: &Ruler, y: &Ruler) -> Vec<Vec<Place>> {
    let mut runs = vec![Vec::new()];
    for point in points {
        match (x.pixel(point[0]), y.pixel(point[1])) {
            (Some(x), Some(y)) => {
                if let Some(run) = runs.last_mut() {
                    run.push((x, y));
                }
            }
            _ => runs.push(Vec::new()),
        }
    }
    runs
}

fn curve(series: &Series, x: &Ruler, y: &Ruler, frame: &Frame, shapes: &mut Shapes) {
    let runs = runs(&series.points, x, y);
    for run in &runs {
        line(run, series.style, frame, shapes);
    }
    let inside = |&(x, y): &Place| {
        x >= frame.left - 0.5
            && x <= frame.right + 0.5
            && y >= frame.top - 0.5
            && y <= frame.bottom + 0.5
    };
    for at in runs.into_iter().flatten().filter(inside) {
        marker(at, series.style, shapes);
    }
}

fn band(series: &Series, x: &Ruler, y: &Ruler, shapes: &mut Shapes) {
    let shown = |b: &&[f64; 3]| x.shows(b[0]) && y.shows(b[1]) && y.shows(b[2]);
    let at = |b: &[f64; 3], value: f64| Some((x.pixel_within(b[0])?, y.pixel_within(value)?));
    let visible: Vec<&[f64; 3]> = series.band.iter().filter(shown).collect();
    let lower = visible.iter().filter_map(|b| at(b, b[1]));
    let upper = visible.iter().rev().filter_map(|b| at(b, b[2]));
    let corners: Vec<Place> = lower.chain(upper).collect();
    if visible.len() > 1 {
        shapes.fill(corners, series.style.colour, BAND_OPACITY);
    }
}

/// A colour; the same for all values of one step.
fn colour(scale: &ColourScale, value: f64) -> Colour {
    match scale {
        ColourScale::Continuous { low, high } => {
            let place = ((value - low) / (high - low)).clamp(0.0, 1.0);
            sequential((place * STEPS).round() / STEPS)
        }
        ColourScale::Bands { edges, colours } => {
            colours[edges.iter().filter(|&&edge| value >= edge).count()]
        }
    }
}

fn cells(heat: &HeatMap, x: &Ruler, y: &Ruler, shapes: &mut Shapes) {
    let rows = heat.values.len() / heat.columns;
    // Edges lie halfway between neighbours, and at the outer positions themselves.
    let edge = |ends: [f64; 2], count: usize, index: usize| {
        let share = (index as f64 - 0.5) / (count.max(2) - 1) as f64;
        ends[0] + share.clamp(0.0, 1.0) * (ends[1] - ends[0])
    };
    for row in 0..rows {
        let values = &heat.values[row * heat.columns..(row + 1) * heat.columns];
        let mut start = 0;
        while start < values.len() {
            let fill = colour(&heat.scale, values[start]);
            let same = |value: &&f64| colour(&heat.scale, **value) == fill;
            let end = start + values[start..].iter().take_while(same).count().max(1);
            let corner = |column, row| {
                let x = x.pixel_within(edge(heat.x, heat.columns, column))?;
                Some((x, y.pixel_within(edge(heat.y, rows, row))?))
            };
            if let (Some(from), Some(to)) = (corner(start, row + 1), corner(end, row)) {
                shapes.rectangle(from, to, fill);
            }
            start = end;
        }
    }
}

/// The values that the colour bar names, each with its place from 0 to 1.
fn bar_ticks(heat: &HeatMap) -> Result<Vec<(f64, String)>, PlotError> {
    match &heat.scale {
        ColourScale::Continuous { low, high } => {
            let axis = Axis::linear(heat.label.as_str()).between(*low, *high);
            Ok(Ruler::new(&axis, [].into_iter(), true, [0.0, 1.0])?.ticks())
        }
        ColourScale::Bands { edges, .. } => {
            let count = (edges.len() + 1) as f64;
            let place = |(i, edge): (usize, &f64)| ((i + 1) as f64 / count, format!("{edge}"));
            Ok(edges.iter().enumerate().map(place).collect())
        }
    }
}

fn bar_room(heat: Option<&HeatMap>) -> Result<f64, PlotError> {
    match heat {
        None => Ok(0.0),
        Some(heat) => Ok(BAR + LINE + 30.0 + widest(&bar_ticks(heat)?)?),
    }
}

fn bar(heat: &HeatMap, frame: &Frame, shapes: &mut Shapes) -> Result<(), PlotError> {
    let (left, right) = (frame.right + 16.0, frame.right + 16.0 + BAR);
    let height = frame.bottom - frame.top;
    let at = |share: f64| frame.bottom - share * height;
    let colours: Vec<Colour> = match &heat.scale {
        ColourScale::Continuous { .. } => (0..STEPS as usize)
            .map(|i| sequential(i as f64 / (STEPS - 1.0)))
            .collect(),
        ColourScale::Bands { colours, .. } => colours.clone(),
    };
    let count = colours.len() as f64;
    for (i, colour) in colours.into_iter().enumerate() {
        let (low, high) = (i as f64 / count, (i + 1) as f64 / count);
        shapes.rectangle((left, at(high)), (right, at(low)), colour);
    }
    let ticks = bar_ticks(heat)?;
    let widest = widest(&ticks)?;
    for (share, text) in ticks {
        let mark = [(right, at(share)), (right + 5.0, at(share))];
        shapes.line(mark, Colour::BLACK, RULE_WIDTH);
        let beside = (right + 9.0, at(share));
        shapes.text(&text, beside, TICK_TEXT, Anchor::Start);
    }
    let beside = (right + 28.0 + widest, at(0.5));
    shapes.text_upwards(&heat.label, beside, LABEL_TEXT);
    Ok(())
}
