//! One panel as plotters' chart: axes, heat map with its bar, bands, curves.

use super::axis::Ruler;
use super::figure::{Axis, ColourScale, HeatMap, Panel, Scale, Series};
use super::font::{TEXT_DROP, font, text_width_px};
use super::marks::{Frame, Place, line, marker};
use super::paint::{Area, PlotError, SCALE, backend, filled, px};
use super::style::{Colour, sequential};
use plotters::backend::DrawingBackend;
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::cartesian::Cartesian2d;
use plotters::element::{PathElement, Polygon, Rectangle};
use plotters::style::TRANSPARENT;

pub(super) const BAND_OPACITY: f64 = 0.22;

const TICK_TEXT: f64 = 22.0;
const LABEL_TEXT: f64 = 24.0;
const TITLE_TEXT: f64 = 25.0;
const LINE: f64 = 36.0;
const BAR: f64 = 26.0;
/// Steps of the continuous colour map: neighbouring cells of one colour become one shape.
const STEPS: f64 = 64.0;

type Chart<'a, B> = ChartContext<'a, B, Cartesian2d<Ruler, Ruler>>;

/// Draws a panel into its cell of the figure; `root` is all of the figure.
pub(super) fn draw<B: DrawingBackend>(
    panel: &Panel,
    cell: &Area<B>,
    root: &Area<B>,
) -> Result<(), PlotError> {
    let (x, y) = (ruler(&panel.x, panel, 0)?, ruler(&panel.y, panel, 1)?);
    let bar = panel.heat.as_ref().map(Bar::new).transpose()?;
    let room = bar.as_ref().map_or(0.0, |bar| bar.room);
    let (place, beside) = cell.split_horizontally(cell.dim_in_pixel().0 as i32 - px(room));
    let mut builder = ChartBuilder::on(&place);
    if panel.title.is_empty() {
        builder.margin_top(px(14.0));
    } else {
        builder
            .margin_top(px(2.0))
            .caption(&panel.title, font(TITLE_TEXT * SCALE)?);
    }
    let labels = widest(y.ticks().iter().map(|(_, label)| label))?;
    let mut chart = builder
        .margin_right(px(22.0))
        .margin_left(px(4.0))
        .x_label_area_size(px(1.8 * LINE))
        .y_label_area_size(px(LINE + 14.0 + labels))
        .build_cartesian_2d(x.clone(), y.clone())
        .map_err(backend)?;
    if let Some(heat) = &panel.heat {
        chart.draw_series(cells(heat)).map_err(backend)?;
    }
    axes(panel, &mut chart)?;
    if let Some(bar) = bar {
        // As high as the chart.
        let height = chart.plotting_area().get_pixel_range().1;
        let (top, bottom) = (cell.get_base_pixel().1, cell.dim_in_pixel().1 as i32);
        let above = height.start - top;
        bar.draw(&beside.margin(above, top + bottom - height.end, px(12.0), px(18.0)))?;
    }
    for series in &panel.series {
        band(series, (&x, &y), &mut chart)?;
    }
    for series in &panel.series {
        curve(series, (&x, &y), &chart, root)?;
    }
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
fn ruler(axis: &Axis, panel: &Panel, index: usize) -> Result<Ruler, PlotError> {
    if let (Some(heat), None, Scale::Linear) = (&panel.heat, axis.limits, axis.scale) {
        let ends = if index == 0 { heat.x } else { heat.y };
        return Ruler::new(axis, ends.into_iter(), true);
    }
    let points = (panel.series.iter())
        .flat_map(|s| &s.points)
        .map(|p| p[index]);
    let bands = panel.series.iter().flat_map(|s| &s.band);
    let ends = |b: &[f64; 3]| match index {
        0 => [b[0], b[0]],
        _ => [b[1], b[2]],
    };
    Ruler::new(axis, points.chain(bands.flat_map(ends)), false)
}

fn widest<'a>(labels: impl Iterator<Item = &'a String>) -> Result<f64, PlotError> {
    labels
        .map(|label| text_width_px(label, TICK_TEXT))
        .try_fold(0.0, |widest: f64, width| Ok(widest.max(width?)))
}

fn axes<B: DrawingBackend>(panel: &Panel, chart: &mut Chart<'_, B>) -> Result<(), PlotError> {
    let grid = match panel.heat {
        None => filled(Colour::GRID, 1.0).stroke_width(SCALE as u32),
        Some(_) => (&TRANSPARENT).into(),
    };
    let rule = filled(Colour::BLACK, 1.0).stroke_width(px(1.5) as u32);
    chart
        .configure_mesh()
        .axis_style(rule)
        .bold_line_style(grid)
        .set_all_tick_mark_size(px(5.0))
        .y_label_offset(px(TEXT_DROP * TICK_TEXT))
        .label_style(font(TICK_TEXT * SCALE)?)
        .axis_desc_style(font(LABEL_TEXT * SCALE)?)
        .x_desc(&panel.x.label)
        .y_desc(&panel.y.label)
        .draw()
        .map_err(backend)?;
    let (x, y) = (chart.x_range(), chart.y_range());
    let corners = [
        (x.start, y.start),
        (x.start, y.end),
        (x.end, y.end),
        (x.end, y.start),
        (x.start, y.start),
    ];
    let frame = PathElement::new(corners, rule);
    chart.draw_series([frame]).map_err(backend)?;
    Ok(())
}

fn curve<B: DrawingBackend>(
    series: &Series,
    (x, y): (&Ruler, &Ruler),
    chart: &Chart<'_, B>,
    root: &Area<B>,
) -> Result<(), PlotError> {
    let shown = |p: &[f64; 2]| x.shows(p[0]) && y.shows(p[1]);
    let pixel = |p: &[f64; 2]| {
        let (x, y) = chart.backend_coord(&(p[0], p[1]));
        (f64::from(x), f64::from(y))
    };
    // Runs of points without a gap.
    let runs: Vec<Vec<Place>> = (series.points)
        .split(|p| !shown(p))
        .map(|run| run.iter().map(pixel).collect())
        .collect();
    let (x, y) = chart.plotting_area().get_pixel_range();
    let frame = Frame {
        left: f64::from(x.start),
        top: f64::from(y.start),
        right: f64::from(x.end),
        bottom: f64::from(y.end),
    };
    for run in &runs {
        line(run, series.style, &frame, root)?;
    }
    for at in runs.into_iter().flatten().filter(|&at| frame.holds(at)) {
        marker(at, series.style, root)?;
    }
    Ok(())
}

fn band<B: DrawingBackend>(
    series: &Series,
    (x, y): (&Ruler, &Ruler),
    chart: &mut Chart<'_, B>,
) -> Result<(), PlotError> {
    let shown = |b: &&[f64; 3]| x.shows(b[0]) && y.shows(b[1]) && y.shows(b[2]);
    let visible: Vec<&[f64; 3]> = series.band.iter().filter(shown).collect();
    if visible.len() > 1 {
        let lower = visible.iter().map(|b| (b[0], b[1]));
        let upper = visible.iter().rev().map(|b| (b[0], b[2]));
        let corners: Vec<(f64, f64)> = lower.chain(upper).collect();
        let fill = filled(series.style.colour, BAND_OPACITY);
        let band = Polygon::new(corners, fill);
        chart.draw_series([band]).map_err(backend)?;
    }
    Ok(())
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

/// Runs of one colour in each row.
fn cells(heat: &HeatMap) -> Vec<Rectangle<(f64, f64)>> {
    let rows = heat.values.len() / heat.columns;
    // Edges lie halfway between neighbours, and at the outer positions themselves.
    let edge = |ends: [f64; 2], count: usize, index: usize| {
        let share = (index as f64 - 0.5) / (count.max(2) - 1) as f64;
        ends[0] + share.clamp(0.0, 1.0) * (ends[1] - ends[0])
    };
    let mut cells = Vec::new();
    for (row, values) in heat.values.chunks(heat.columns).enumerate() {
        let colours: Vec<Colour> = values.iter().map(|&v| colour(&heat.scale, v)).collect();
        let mut start = 0;
        for run in colours.chunk_by(|a, b| a == b) {
            let corner = |column, row| {
                let x = edge(heat.x, heat.columns, column);
                (x, edge(heat.y, rows, row))
            };
            let ends = [corner(start, row), corner(start + run.len(), row + 1)];
            cells.push(Rectangle::new(ends, filled(run[0], 1.0)));
            start += run.len();
        }
    }
    cells
}

/// The colours of a heat map and what they stand for, beside it.
struct Bar<'a> {
    heat: &'a HeatMap,
    /// The values that are named, each with its place from 0 to 1.
    labels: Vec<(f64, String)>,
    /// Width of everything.
    room: f64,
}

impl<'a> Bar<'a> {
    fn new(heat: &'a HeatMap) -> Result<Self, PlotError> {
        check(heat)?;
        let labels: Vec<(f64, String)> = match &heat.scale {
            ColourScale::Continuous { low, high } => {
                let axis = Axis::linear(heat.label.as_str()).between(*low, *high);
                let ruler = Ruler::new(&axis, [].into_iter(), true)?;
                let place = |tick: &(f64, String)| ((tick.0 - low) / (high - low), tick.1.clone());
                ruler.ticks().iter().map(place).collect()
            }
            ColourScale::Bands { edges, .. } => {
                let count = (edges.len() + 1) as f64;
                let place = |(i, edge): (usize, &f64)| ((i + 1) as f64 / count, edge.to_string());
                edges.iter().enumerate().map(place).collect()
            }
        };
        let room = BAR + LINE + 48.0 + widest(labels.iter().map(|(_, label)| label))?;
        Ok(Self { heat, labels, room })
    }

    /// A chart of the colours alone, labelled at its right.
    fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Result<(), PlotError> {
        let colours: Vec<Colour> = match &self.heat.scale {
            ColourScale::Continuous { .. } => (0..STEPS as usize)
                .map(|i| sequential(i as f64 / (STEPS - 1.0)))
                .collect(),
            ColourScale::Bands { colours, .. } => colours.clone(),
        };
        let unit = Axis::linear("").between(0.0, 1.0);
        let share = Ruler::new(&unit, [].into_iter(), true)?;
        let mut chart = ChartBuilder::on(area)
            .right_y_label_area_size(area.dim_in_pixel().0 as i32 - px(BAR))
            .build_cartesian_2d(share.clone(), share.labelled(&self.labels))
            .map_err(backend)?;
        let count = colours.len() as f64;
        let fields = colours.into_iter().enumerate().map(|(i, colour)| {
            let (low, high) = (i as f64 / count, (i + 1) as f64 / count);
            Rectangle::new([(0.0, low), (1.0, high)], filled(colour, 1.0))
        });
        chart.draw_series(fields).map_err(backend)?;
        chart
            .configure_mesh()
            .disable_mesh()
            .set_all_tick_mark_size(px(5.0))
            .y_label_offset(px(TEXT_DROP * TICK_TEXT))
            .label_style(font(TICK_TEXT * SCALE)?)
            .axis_desc_style(font(LABEL_TEXT * SCALE)?)
            .y_desc(&self.heat.label)
            .draw()
            .map_err(backend)
    }
}
