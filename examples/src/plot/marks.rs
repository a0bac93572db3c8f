//! Lines, bands and markers as shapes.

use super::scene::{Frame, Place, Shapes};
use super::style::{Colour, Dash, Marker, Style};

pub(super) const LINE_WIDTH: f64 = 3.0;
const MARKER_RADIUS: f64 = 7.0;

/// A line through the points, cut to the frame and into dashes.
pub(super) fn line(points: &[Place], style: Style, frame: &Frame, shapes: &mut Shapes) {
    if style.dash == Dash::None {
        return;
    }
    for run in clipped(points, frame) {
        for points in dashed(&run, style.dash.pattern()) {
            shapes.line(points, style.colour, LINE_WIDTH);
        }
    }
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

/// Cuts a polyline by a pattern of lengths drawn and skipped; an empty pattern draws all of it.
fn dashed(points: &[Place], pattern: &[f64]) -> Vec<Vec<Place>> {
    if pattern.is_empty() {
        return vec![points.to_vec()];
    }
    let mut pieces = Vec::new();
    let (mut index, mut left) = (0, pattern[0]);
    let mut piece = vec![points[0]];
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        let mut length = (to.0 - from.0).hypot(to.1 - from.1);
        while length > left {
            let share = left / length;
            from = (
                from.0 + share * (to.0 - from.0),
                from.1 + share * (to.1 - from.1),
            );
            length -= left;
            piece.push(from);
            if index % 2 == 0 {
                pieces.push(std::mem::take(&mut piece));
            }
            piece = vec![from];
            index = (index + 1) % pattern.len();
            left = pattern[index];
        }
        left -= length;
        piece.push(to);
    }
    if index % 2 == 0 && piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

/// A marker, on a white rim where it is filled, so that it stands out on lines and heat maps.
pub(super) fn marker(at: Place, style: Style, shapes: &mut Shapes) {
    let mut put = |radius: f64, colour: Colour| {
        let corner = |degrees: f64, radius: f64| {
            let (sine, cosine) = degrees.to_radians().sin_cos();
            (at.0 + radius * cosine, at.1 - radius * sine)
        };
        let mut polygon = |angles: &[f64], radius: f64| {
            let corners = angles.iter().map(|&angle| corner(angle, radius));
            shapes.fill(corners.collect(), colour, 1.0);
        };
        // The white rim of an open marker lies on both sides of its stroke.
        let stroke = if colour == style.colour { 3.0 } else { 6.0 };
        match style.marker {
            Marker::None => {}
            Marker::Circle => shapes.disc(at, radius, colour),
            // Hollow, so that another marker inside it shows.
            Marker::Ring => {
                let around = (0..=24).map(|i| corner(15.0 * f64::from(i), MARKER_RADIUS + 1.0));
                shapes.line(around.collect::<Vec<_>>(), colour, stroke);
            }
            Marker::Square => polygon(&[45.0, 135.0, 225.0, 315.0], 1.25 * radius),
            Marker::Triangle => polygon(&[90.0, 210.0, 330.0], 1.35 * radius),
            Marker::Diamond => polygon(&[0.0, 90.0, 180.0, 270.0], 1.3 * radius),
            Marker::Cross => {
                for (from, to) in [(45.0, 225.0), (135.0, 315.0)] {
                    shapes.line([corner(from, radius), corner(to, radius)], colour, stroke);
                }
            }
        }
    };
    put(MARKER_RADIUS + 1.5, Colour::WHITE);
    put(MARKER_RADIUS, style.colour);
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

    #[test]
    fn dashes_have_their_lengths_round_corners() {
        let pieces = dashed(&[(0.0, 0.0), (8.0, 0.0), (8.0, 12.0)], &[6.0, 4.0]);
        assert_eq!(pieces[0], [(0.0, 0.0), (6.0, 0.0)]);
        assert_eq!(pieces[1], [(8.0, 2.0), (8.0, 8.0)]);
        assert_eq!(pieces.len(), 2);
    }
}
