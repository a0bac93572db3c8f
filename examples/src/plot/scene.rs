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
    pub shapes: Shapes,
}

/// Shapes, the lowest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Shapes(pub Vec<Shape>);

impl Shapes {
    pub fn fill(&mut self, corners: Vec<Place>, colour: Colour, opacity: f64) {
        self.0.push(Shape::Fill {
            corners,
            colour,
            opacity,
        });
    }

    pub fn rectangle(&mut self, from: Place, to: Place, colour: Colour) {
        self.0.push(Shape::Box { from, to, colour });
    }

    pub fn line(&mut self, points: impl Into<Vec<Place>>, colour: Colour, width: f64) {
        self.0.push(Shape::Line {
            points: points.into(),
            colour,
            width,
        });
    }

    pub fn disc(&mut self, centre: Place, radius: f64, colour: Colour) {
        self.0.push(Shape::Disc {
            centre,
            radius,
            colour,
        });
    }

    pub fn text(&mut self, text: &str, at: Place, size: f64, anchor: Anchor) {
        self.0.push(Shape::Text {
            text: text.to_owned(),
            at,
            size,
            anchor,
            upwards: false,
        });
    }

    /// Read from below, and centred.
    pub fn text_upwards(&mut self, text: &str, at: Place, size: f64) {
        self.0.push(Shape::Text {
            text: text.to_owned(),
            at,
            size,
            anchor: Anchor::Middle,
            upwards: true,
        });
    }
}

/// A rectangle, `y` downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}
