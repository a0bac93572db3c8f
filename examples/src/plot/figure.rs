//! What a figure shows.

use super::style::{Colour, Style};

/// A grid of panels with a title and a common legend.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Above everything; may be empty.
    pub title: String,
    /// Row by row.
    pub panels: Vec<Panel>,
    /// Panels in a row.
    pub columns: usize,
    /// Width of the picture.
    pub width_px: u32,
    /// Height of one row of panels, with its axes.
    pub row_height_px: u32,
}

impl Figure {
    /// A figure without panels, for panels side by side in rows of two.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            panels: Vec::new(),
            columns: 2,
            width_px: 1200,
            row_height_px: 600,
        }
    }

    /// Adds a panel.
    #[must_use]
    pub fn with(mut self, panel: Panel) -> Self {
        self.panels.push(panel);
        self
    }
}

/// One pair of axes and what is drawn between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Above the panel; may be empty.
    pub title: String,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// Below the series.
    pub heat: Option<HeatMap>,
    /// Drawn in this order.
    pub series: Vec<Series>,
}

impl Panel {
    /// An empty panel.
    pub fn new(x: Axis, y: Axis) -> Self {
        Self {
            title: String::new(),
            x,
            y,
            heat: None,
            series: Vec::new(),
        }
    }

    /// Sets the title.
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Adds a series.
    #[must_use]
    pub fn with(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }

    /// Puts a heat map below the series.
    #[must_use]
    pub fn with_heat(mut self, heat: HeatMap) -> Self {
        self.heat = Some(heat);
        self
    }
}

/// An axis; its label carries the unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// `quantity (unit)`.
    pub label: String,
    /// Linear or logarithmic.
    pub scale: Scale,
    /// Where it begins and ends; `None` to fit the data.
    pub limits: Option<[f64; 2]>,
}

/// How values become places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// In proportion.
    Linear,
    /// By their logarithm.
    Log,
}

impl Axis {
    /// A linear axis that fits the data.
    pub fn linear(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            scale: Scale::Linear,
            limits: None,
        }
    }

    /// A logarithmic axis that fits the data.
    pub fn log(label: impl Into<String>) -> Self {
        Self {
            scale: Scale::Log,
            ..Self::linear(label)
        }
    }

    /// Sets the ends.
    #[must_use]
    pub fn between(mut self, low: f64, high: f64) -> Self {
        self.limits = Some([low, high]);
        self
    }
}

/// Points, joined by a line or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// In the legend, once for each name and style; an empty name is not listed.
    pub name: String,
    /// How it looks.
    pub style: Style,
    /// `[x, y]`.
    pub points: Vec<[f64; 2]>,
    /// `[x, low, high]`, shaded; may be empty.
    pub band: Vec<[f64; 3]>,
}

impl Series {
    /// A series in [style number](Style::numbered) `style`.
    pub fn new(name: impl Into<String>, style: usize, points: Vec<[f64; 2]>) -> Self {
        Self::styled(name, Style::numbered(style), points)
    }

    /// A series in a style of its own.
    pub fn styled(name: impl Into<String>, style: Style, points: Vec<[f64; 2]>) -> Self {
        Self {
            name: name.into(),
            style,
            points,
            band: Vec::new(),
        }
    }

    /// Adds a shaded band `[x, low, high]`, such as quartiles.
    #[must_use]
    pub fn with_band(mut self, band: Vec<[f64; 3]>) -> Self {
        self.band = band;
        self
    }
}

/// Values on a regular grid, as colours.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatMap {
    /// First and last column's position.
    pub x: [f64; 2],
    /// First and last row's position.
    pub y: [f64; 2],
    /// Number of columns.
    pub columns: usize,
    /// Row by row from the lowest `y`, the columns running fastest.
    pub values: Vec<f64>,
    /// What the colours mean, with the unit.
    pub label: String,
    /// From values to colours.
    pub scale: ColourScale,
}

/// From values to colours.
#[derive(Debug, Clone, PartialEq)]
pub enum ColourScale {
    /// The [sequential](super::sequential) map between two values.
    Continuous {
        /// Shown darkest, with everything below.
        low: f64,
        /// Shown lightest, with everything above.
        high: f64,
    },
    /// One colour between each pair of neighbouring edges, the outer bands open.
    Bands {
        /// Ascending: one fewer than there are colours.
        edges: Vec<f64>,
        /// From the lowest band to the highest.
        colours: Vec<Colour>,
    },
}
