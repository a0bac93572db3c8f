//! Colours, dashes and markers that stay apart for colour-blind readers and in grey.

use super::paint::SCALE;
use plotters::style::RGBColor;
use plotters::style::colors::colormaps::ViridisRGB;

/// Red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    /// Black.
    pub const BLACK: Self = Self(0, 0, 0);
    /// White.
    pub const WHITE: Self = Self(255, 255, 255);
    /// Lines of the grid.
    pub(super) const GRID: Self = Self(222, 222, 222);

    /// Okabe and Ito's palette (jfly.uni-koeln.de/color), darkest and most distinct first, without yellow,
    /// which is invisible on white; round and round.
    pub fn palette(index: usize) -> Self {
        const OKABE_ITO: [Colour; 7] = [
            Colour(0, 114, 178),
            Colour(213, 94, 0),
            Colour(0, 158, 115),
            Colour(204, 121, 167),
            Colour(0, 0, 0),
            Colour(230, 159, 0),
            Colour(86, 180, 233),
        ];
        OKABE_ITO[index % OKABE_ITO.len()]
    }
}

/// How the points of a series are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dash {
    /// One line.
    Solid,
    /// Dashes.
    Dashed,
    /// Longer ones.
    LongDashed,
    /// Dots.
    Dotted,
    /// Not at all.
    None,
}

impl Dash {
    /// Lengths drawn and skipped, in pixels of the drawing.
    pub(super) fn lengths(self) -> (f64, f64) {
        let (drawn, skipped) = match self {
            Self::Solid | Self::None => (1.0, 0.0),
            Self::Dashed => (16.0, 9.0),
            Self::LongDashed => (30.0, 8.0),
            Self::Dotted => (4.0, 6.0),
        };
        (SCALE * drawn, SCALE * skipped)
    }
}

/// What stands at each point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// Nothing.
    None,
    /// Filled circle.
    Circle,
    /// Filled square.
    Square,
    /// Filled triangle.
    Triangle,
    /// Filled diamond.
    Diamond,
    /// Open circle.
    Ring,
    /// Two crossed strokes.
    Cross,
}

/// How a series looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Of line, markers and band.
    pub colour: Colour,
    /// Of the line.
    pub dash: Dash,
    /// At the points.
    pub marker: Marker,
}

impl Style {
    /// A line without markers.
    pub fn line(colour: Colour, dash: Dash) -> Self {
        let marker = Marker::None;
        Self {
            colour,
            dash,
            marker,
        }
    }

    /// Markers without a line.
    pub fn marks(colour: Colour, marker: Marker) -> Self {
        let dash = Dash::None;
        Self {
            colour,
            dash,
            marker,
        }
    }

    /// The same with another line.
    #[must_use]
    pub fn dashed(self, dash: Dash) -> Self {
        Self { dash, ..self }
    }

    /// Style number `index`: its own colour and its own marker.
    pub fn numbered(index: usize) -> Self {
        const MARKERS: [Marker; 5] = [
            Marker::Circle,
            Marker::Square,
            Marker::Triangle,
            Marker::Diamond,
            Marker::Ring,
        ];
        Self {
            colour: Colour::palette(index),
            dash: Dash::Solid,
            marker: MARKERS[index % MARKERS.len()],
        }
    }
}

/// A sequential map from 0 (dark) to 1 (light) of even perceptual steps, readable in grey: viridis.
pub fn sequential(fraction: f64) -> Colour {
    let RGBColor(red, green, blue) = ViridisRGB::get_color(fraction.clamp(0.0, 1.0));
    Colour(red, green, blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance of sRGB (ITU-R BT.709).
    fn luminance(Colour(red, green, blue): Colour) -> f64 {
        let linear = |value: u8| {
            let share = f64::from(value) / 255.0;
            if share <= 0.04045 {
                share / 12.92
            } else {
                ((share + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    #[test]
    fn the_sequential_map_grows_lighter() {
        let levels: Vec<f64> = (0..=64)
            .map(|i| luminance(sequential(f64::from(i) / 64.0)))
            .collect();
        assert!(
            levels.windows(2).all(|pair| pair[1] > pair[0]),
            "{levels:?}"
        );
        assert_eq!(sequential(-1.0), sequential(0.0));
        assert_eq!(sequential(2.0), sequential(1.0));
    }

    #[test]
    fn no_line_drowns_in_white() {
        for index in 0..7 {
            let contrast = 1.05 / (luminance(Colour::palette(index)) + 0.05);
            assert!(contrast > 2.0, "{index}: {contrast}");
        }
    }
}
