//! Lines and markers in pixels, where charts have none like these: lines end at the frame, and markers
//! stand out on lines and heat maps.

use super::paint::{Area, PlotError, SCALE, backend, filled};
use super::style::{Colour, Dash, Marker, Style};
use plotters::backend::DrawingBackend;
use plotters::element::{Circle, DashedPathElement, PathElement, Polygon};

/// Pixels of the drawing, not yet whole.
pub(super) type Place = (f64, f64);

const LINE_WIDTH: f64 = 3.0 * SCALE;
const MARKER_RADIUS: f64 = 7.0 * SCALE;

/// A rectangle, `y` downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Frame {
    /// Whether it holds a place, up to half a pixel.
    pub fn holds(&self, (x, y): Place) -> bool {
        let near = |value: f64, low: f64, high: f64| value >= low - 1.0 && value <= high + 1.0;
        near(x, self.left, self.right) && near(y, self.top, self.bottom)
    }
}

/// A line through the points, cut to the frame.
pub(super) fn line<B: DrawingBackend>(
    points: &[Place],
    style: Style,
    frame: &Frame,
    area: &Area<B>,
) -> Result<(), PlotError> {
    let stroke = filled(style.colour, 1.0).stroke_width(LINE_WIDTH as u32);
    for run in clipped(points, frame) {
        let run: Vec<(i32, i32)> = run.into_iter().map(pixel).collect();
        match style.dash {
            Dash::None => Ok(()),
            Dash::Solid => area.draw(&PathElement::new(run, stroke)),
            dash => {
                let (drawn, skipped) = dash.lengths();
                area.draw(&DashedPathElement::new(run, drawn, skipped, stroke))
            }
        }
        .map_err(backend)?;
    }
    Ok(())
}

fn pixel((x, y): Place) -> (i32, i32) {
    (x.round() as i32, y.round() as i32)
}

/// The parts of a polyline that lie in the frame.
fn clipped(points: &[Place], frame: &Frame) -> Vec<Vec<Place>> {
    let mut runs: Vec<Vec<Place>> = Vec::new();
    for pair in points.windows(2) {
        let Some((from, to)) = clip(pair[0], pair[1], frame) else {
            continue;
        };
        match runs.last_mut() {
            Some(run) if run.last() == Some(&from) => run.push(to),
            _ => runs.push(vec![from, to]),
        }
    }
    runs
}

/// Liang and Barsky: the part of a segment that lies in the frame.
fn clip(from: Place, to: Place, frame: &Frame) -> Option<(Place, Place)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    let sides = [
        (-dx, from.0 - frame.left),
        (dx, frame.right - from.0),
        (-dy, from.1 - frame.top),
        (dy, frame.bottom - from.1),
    ];
    for (outwards, room) in sides {
        if outwards == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if outwards < 0.0 {
            enter = enter.max(room / outwards);
        } else {
            leave = leave.min(room / outwards);
        }
    }
    if enter > leave {
        return None;
    }
    let at = |share: f64| (from.0 + share * dx, from.1 + share * dy);
    // Ends that were not cut stay exactly as they are, so that runs join.
    let start = if enter > 0.0 { at(enter) } else { from };
    let end = if leave < 1.0 { at(leave) } else { to };
    Some((start, end))
}

/// A marker, on a white rim where it is filled.
pub(super) fn marker<B: DrawingBackend>(
    at: Place,
    style: Style,
    area: &Area<B>,
) -> Result<(), PlotError> {
    let rim = (MARKER_RADIUS + 1.5 * SCALE, Colour::WHITE, 6.0 * SCALE);
    for (radius, colour, stroke) in [rim, (MARKER_RADIUS, style.colour, 3.0 * SCALE)] {
        let corner = |degrees: f64, radius: f64| {
            let (sine, cosine) = degrees.to_radians().sin_cos();
            pixel((at.0 + radius * cosine, at.1 - radius * sine))
        };
        let fill = filled(colour, 1.0);
        let polygon = |angles: &[f64], radius: f64| {
            let corners: Vec<_> = angles.iter().map(|&a| corner(a, radius)).collect();
            area.draw(&Polygon::new(corners, fill))
        };
        let stroke = |points: Vec<(i32, i32)>| {
            area.draw(&PathElement::new(points, fill.stroke_width(stroke as u32)))
        };
        match style.marker {
            Marker::None => Ok(()),
            Marker::Circle => area.draw(&Circle::new(pixel(at), radius as i32, fill)),
            // Hollow, so that another marker inside it shows.
            Marker::Ring => {
                let around = (0..=24).map(|i| corner(15.0 * f64::from(i), MARKER_RADIUS + SCALE));
                stroke(around.collect())
            }
            Marker::Square => polygon(&[45.0, 135.0, 225.0, 315.0], 1.25 * radius),
            Marker::Triangle => polygon(&[90.0, 210.0, 330.0], 1.35 * radius),
            Marker::Diamond => polygon(&[0.0, 90.0, 180.0, 270.0], 1.3 * radius),
            Marker::Cross => stroke(vec![corner(45.0, radius), corner(225.0, radius)])
                .and_then(|()| stroke(vec![corner(135.0, radius), corner(315.0, radius)])),
        }
        .map_err(backend)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Frame = Frame {
        left: 0.0,
        top: 0.0,
        right: 100.0,
        bottom: 100.0,
    };

    #[test]
    fn lines_are_cut_at_the_frame() {
        let runs = clipped(
            &[(-50.0, 50.0), (50.0, 50.0), (50.0, 250.0), (60.0, 50.0)],
            &FRAME,
        );
        assert_eq!(runs[0], [(0.0, 50.0), (50.0, 50.0), (50.0, 100.0)]);
        assert_eq!(runs.len(), 2);
        assert!(clipped(&[(-5.0, -5.0), (-5.0, 200.0)], &FRAME).is_empty());
    }
}
