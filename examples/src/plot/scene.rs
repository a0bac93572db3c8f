//! Shapes in pixels: what the layout makes and the painter draws.

use super::style::Colour;

pub(super) type Place = (f64, f64);

/// Which point of a text its place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    Fill {
        corners: Vec<Place>,
        colour: Colour,
        opacity: f64,
    },
    Box {
        from: Place,
        to: Place,
        colour: Colour,
    },
    Line {
        points: Vec<Place>,
        colour: Colour,
        width: f64,
    },
    Disc {
        centre: Place,
        radius: f64,
        colour: Colour,
    },
    /// One line of text, centred vertically on its place (horizontally, if it runs upwards).
    Text {
        text: String,
        at: Place,
        size: f64,
        anchor: Anchor,
        upwards: bool,
    },
}

/// A picture to be painted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scene {
    pub width: f64,
    pub height: f64,
    pub shapes: Vec<Shape>,
}

/// A rectangle, `y` downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}
