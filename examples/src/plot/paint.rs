//! Figures onto plotters' backends.

use super::chart;
use super::figure::Figure;
use super::font::font;
use super::legend::Legend;
use super::style::Colour;
use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::style::{Color, RGBColor, ShapeStyle, WHITE};
use std::path::{Path, PathBuf};

/// Backends place shapes on whole pixels; drawing at twice the size halves the steps, and the bitmap is
/// averaged down again.
const OVERSAMPLING: u32 = 2;

/// The same, for sizes that are to be drawn.
pub(super) const SCALE: f64 = OVERSAMPLING as f64;

const TITLE: f64 = 30.0;
const MARGIN: f64 = 12.0;

/// Where pixels are drawn.
pub(super) type Area<B> = DrawingArea<B, Shift>;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// A file could not be written.
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        /// Which one.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
    /// The shipped font could not be read.
    #[error("the shipped font cannot be used")]
    Font,
    /// A figure has no panels, or no room for them.
    #[error("{what}: found {found}")]
    Description {
        /// What is wrong.
        what: &'static str,
        /// What was found.
        found: String,
    },
    /// A backend refused to draw.
    #[error("cannot draw: {0}")]
    Backend(String),
}

pub(super) fn backend(error: impl std::fmt::Display) -> PlotError {
    PlotError::Backend(error.to_string())
}

/// A size in pixels of the drawing.
pub(super) fn px(size: f64) -> i32 {
    (size * SCALE).round() as i32
}

pub(super) fn filled(colour: Colour, opacity: f64) -> ShapeStyle {
    RGBColor(colour.0, colour.1, colour.2).mix(opacity).filled()
}

impl Figure {
    /// Writes `stem.png` and `stem.svg`, and the folder if there is none. Same figure, same bytes.
    ///
    /// # Errors
    ///
    /// [`PlotError::Description`] for a figure that cannot be drawn (no panels, limits that are not
    /// ascending, a heat map whose values do not fit its columns), [`PlotError::Write`] for
    /// files.
    pub fn write(&self, stem: &Path) -> Result<(), PlotError> {
        let (png, svg) = (png(self)?, svg(self)?);
        if let Some(folder) = stem.parent() {
            save(folder, std::fs::create_dir_all(folder))?;
        }
        for (extension, bytes) in [(".png", png), (".svg", svg.into_bytes())] {
            // Not `with_extension`: a stem may have a point in its name.
            let mut file = stem.as_os_str().to_owned();
            file.push(extension);
            save(file.as_ref(), std::fs::write(&file, bytes))?;
        }
        Ok(())
    }

    /// Panels in a row, and rows.
    fn grid(&self) -> Result<(usize, usize), PlotError> {
        if self.panels.is_empty() || self.columns == 0 {
            return Err(PlotError::Description {
                what: "a figure needs panels and columns",
                found: format!("{} and {}", self.panels.len(), self.columns),
            });
        }
        let columns = self.columns.min(self.panels.len());
        let width = (f64::from(self.width_px) - 2.0 * MARGIN) / columns as f64;
        let height = f64::from(self.row_height_px);
        if width < 200.0 || height < 200.0 {
            return Err(PlotError::Description {
                what: "a panel needs at least 200 pixels each way",
                found: format!("{width} by {height}"),
            });
        }
        Ok((columns, self.panels.len().div_ceil(columns)))
    }

    /// Width and height.
    fn size(&self) -> Result<(u32, u32), PlotError> {
        let (_, rows) = self.grid()?;
        let title = if self.title.is_empty() {
            0.0
        } else {
            1.9 * TITLE
        };
        let panels = rows as f64 * f64::from(self.row_height_px);
        let height = title + panels + Legend::new(self)?.height() + 2.0 * MARGIN;
        Ok((self.width_px, height.ceil() as u32))
    }

    fn paint<B: DrawingBackend>(&self, root: &Area<B>) -> Result<(), PlotError> {
        let (columns, rows) = self.grid()?;
        let legend = Legend::new(self)?;
        root.fill(&WHITE).map_err(backend)?;
        let margin = px(MARGIN);
        let mut area = root.margin(margin, margin, margin, margin);
        if !self.title.is_empty() {
            let style = font(TITLE * SCALE)?;
            area = area.titled(&self.title, style).map_err(backend)?;
            area = area.margin(margin, 0, 0, 0);
        }
        let height = area.dim_in_pixel().1 as i32 - px(legend.height());
        let (panels, below) = area.split_vertically(height);
        for (panel, cell) in self.panels.iter().zip(panels.split_evenly((rows, columns))) {
            chart::draw(panel, &cell, root)?;
        }
        legend.draw(&below)?;
        root.present().map_err(backend)
    }
}

fn save(path: &Path, result: std::io::Result<()>) -> Result<(), PlotError> {
    result.map_err(|source| PlotError::Write {
        path: path.to_owned(),
        source,
    })
}

fn svg(figure: &Figure) -> Result<String, PlotError> {
    let (width, height) = figure.size()?;
    let drawn = (width * OVERSAMPLING, height * OVERSAMPLING);
    let mut text = String::new();
    figure.paint(&SVGBackend::with_string(&mut text, drawn).into_drawing_area())?;
    let size = |width: u32, height: u32| format!("width=\"{width}\" height=\"{height}\"");
    Ok(text.replacen(&size(drawn.0, drawn.1), &size(width, height), 1))
}

fn png(figure: &Figure) -> Result<Vec<u8>, PlotError> {
    let (width, height) = figure.size()?;
    let drawn = (width * OVERSAMPLING, height * OVERSAMPLING);
    let mut pixels = vec![0; drawn.0 as usize * drawn.1 as usize * 3];
    figure.paint(&BitMapBackend::with_buffer(&mut pixels, drawn).into_drawing_area())?;
    let averaged = averaged(&pixels, width as usize, height as usize);
    let encode = || -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::High);
        encoder.write_header()?.write_image_data(&averaged)?;
        Ok(bytes)
    };
    encode().map_err(backend)
}

/// The mean of each square of pixels.
fn averaged(pixels: &[u8], width: usize, height: usize) -> Vec<u8> {
    let times = OVERSAMPLING as usize;
    let mut result = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            for channel in 0..3 {
                let mut sum = 0;
                for dy in 0..times {
                    for dx in 0..times {
                        let pixel = (y * times + dy) * width * times + x * times + dx;
                        sum += usize::from(pixels[3 * pixel + channel]);
                    }
                }
                let count = times * times;
                result.push(((sum + count / 2) / count) as u8);
            }
        }
    }
    result
}
