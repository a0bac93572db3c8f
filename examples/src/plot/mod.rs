//! Figures: one description, written as PNG and as SVG.
//!
//! A [`Figure`] is a grid of [`Panel`]s; a panel shows a [`HeatMap`], [`Series`], or series on top of a heat
//! map. Axes are linear or logarithmic, the legend stands below the panels and lists every name once.
//! Values that are not finite, and values that are not positive on a logarithmic axis, are gaps in
//! the line.
//!
//! ```no_run
//! use td_isac_examples::plot::{Axis, Figure, Panel, Series};
//!
//! # fn main() -> Result<(), td_isac_examples::plot::PlotError> {
//! let rates = vec![[25.0, 11.2], [30.0, 14.0], [35.0, 16.9]];
//! let quartiles = vec![[25.0, 10.8, 11.5], [30.0, 13.7, 14.4], [35.0, 16.5, 17.1]];
//! let panel = Panel::new(Axis::linear("sensing power (dBm)"), Axis::linear("rate (bit/s/Hz)"))
//!     .with(Series::new("Main", 0, rates).with_band(quartiles));
//! Figure::new("Rate over sensing power").with(panel).write("out/rate".as_ref())?; // rate.png, rate.svg
//! # Ok(())
//! # }
//! ```
//!
//! Axes, grids and the layout are plotters' own charts; what is added is what these lack: axes that know gaps and write
//! powers, lines that end at the frame, markers that stand out, the legend that panels share, and PNG and SVG alike.
//!
//! Sizes are for a picture 1200 pixels wide that stays readable at half of that.

mod axis;
mod chart;
mod figure;
mod font;
mod legend;
mod marks;
mod paint;
mod style;

pub use figure::{Axis, ColourScale, Figure, HeatMap, Panel, Scale, Series};
pub use paint::PlotError;
pub use style::{Colour, Dash, Marker, Style, sequential};
