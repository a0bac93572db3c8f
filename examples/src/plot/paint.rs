//! Scenes onto plotters' backends.

use super::figure::Figure;
use super::font::font;
use super::layout::layout;
use super::scene::{Anchor, Place, Scene, Shape};
use super::style::Colour;
use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontTransform, RGBColor, ShapeStyle, TextStyle, WHITE};
use std::path::{Path, PathBuf};

/// Backends place shapes on whole pixels; drawing at twice the size halves the steps, and the bitmap is
/// averaged down again.
const OVERSAMPLING: u32 = 2;

/// How far below its place a backend must be told to centre a text so that half the height of its capitals
/// is there, as a share of the font size.
const BITMAP_TEXT_DROP: f64 = 0.19;
const SVG_TEXT_DROP: f64 = 0.06;

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

impl Figure {
    /// Writes `stem.png` and `stem.svg`, and the folder if there is none. Same figure, same bytes.
    ///
    /// # Errors
    ///
    /// [`PlotError::Description`] for a figure that cannot be drawn (no panels, limits that are not
    /// ascending, a heat map whose values do not fit its columns), [`PlotError::Write`] for
    /// files.
    pub fn write(&self, stem: &Path) -> Result<(), PlotError> {
        let scene = layout(self)?;
        if let Some(folder) = stem.parent() {
            save(folder, std::fs::create_dir_all(folder))?;
        }
        // Not `with_extension`: a stem may have a point in its name.
        let file = |extension: &str| {
            let mut name = stem.as_os_str().to_owned();
            name.push(extension);
            PathBuf::from(name)
        };
        let (png, svg) = (file(".png"), file(".svg"));
        save(&png, std::fs::write(&png, self::png(&scene)?))?;
        save(&svg, std::fs::write(&svg, self::svg(&scene)?))
    }
}

fn save(path: &Path, result: std::io::Result<()>) -> Result<(), PlotError> {
    result.map_err(|source| PlotError::Write {
        path: path.to_owned(),
        source,
    })
}

fn size(scene: &Scene) -> (u32, u32) {
    (scene.width as u32, scene.height as u32)
}

fn svg(scene: &Scene) -> Result<String, PlotError> {
    let (width, height) = size(scene);
    let drawn = (width * OVERSAMPLING, height * OVERSAMPLING);
    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, drawn).into_drawing_area();
    paint(scene, area, SVG_TEXT_DROP)?;
    let header = format!("width=\"{}\" height=\"{}\"", drawn.0, drawn.1);
    Ok(text.replacen(
        &header,
        &format!("width=\"{width}\" height=\"{height}\""),
        1,
    ))
}

fn png(scene: &Scene) -> Result<Vec<u8>, PlotError> {
    let (width, height) = size(scene);
    let drawn = (width * OVERSAMPLING, height * OVERSAMPLING);
    let mut pixels = vec![0; drawn.0 as usize * drawn.1 as usize * 3];
    let area = BitMapBackend::with_buffer(&mut pixels, drawn).into_drawing_area();
    paint(scene, area, BITMAP_TEXT_DROP)?;
    let averaged = averaged(&pixels, width as usize, height as usize);
    let encode = || -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::High);
        encoder.write_header()?.write_image_data(&averaged)?;
        Ok(bytes)
    };
    encode().map_err(|error| PlotError::Backend(error.to_string()))
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

fn paint<B: DrawingBackend>(
    scene: &Scene,
    area: DrawingArea<B, Shift>,
    text_drop: f64,
) -> Result<(), PlotError> {
    area.fill(&WHITE)
        .map_err(|e| PlotError::Backend(e.to_string()))?;
    for shape in &scene.shapes.0 {
        draw(&area, shape, text_drop)?;
    }
    area.present()
        .map_err(|e| PlotError::Backend(e.to_string()))
}

fn place(at: Place) -> (i32, i32) {
    let pixel = |value: f64| (value * f64::from(OVERSAMPLING)).round() as i32;
    (pixel(at.0), pixel(at.1))
}

fn filled(colour: Colour, opacity: f64) -> ShapeStyle {
    RGBColor(colour.0, colour.1, colour.2).mix(opacity).filled()
}

fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    shape: &Shape,
    text_drop: f64,
) -> Result<(), PlotError> {
    let scale = f64::from(OVERSAMPLING);
    let drawn = match shape {
        Shape::Fill {
            corners,
            colour,
            opacity,
        } => {
            let corners: Vec<_> = corners.iter().map(|&corner| place(corner)).collect();
            area.draw(&Polygon::new(corners, filled(*colour, *opacity)))
        }
        Shape::Box { from, to, colour } => area.draw(&Rectangle::new(
            [place(*from), place(*to)],
            filled(*colour, 1.0),
        )),
        Shape::Line {
            points,
            colour,
            width,
        } => {
            let points: Vec<_> = points.iter().map(|&point| place(point)).collect();
            let stroke = (width * scale).round() as u32;
            area.draw(&PathElement::new(
                points,
                filled(*colour, 1.0).stroke_width(stroke),
            ))
        }
        Shape::Disc {
            centre,
            radius,
            colour,
        } => {
            let radius = (radius * scale).round() as i32;
            area.draw(&Circle::new(place(*centre), radius, filled(*colour, 1.0)))
        }
        Shape::Text {
            text,
            at,
            size,
            anchor,
            upwards,
        } => {
            let horizontal = match anchor {
                Anchor::Start => HPos::Left,
                Anchor::Middle => HPos::Center,
                Anchor::End => HPos::Right,
            };
            let transform = if *upwards {
                FontTransform::Rotate270
            } else {
                FontTransform::None
            };
            let style = TextStyle::from(font(size * scale)?.transform(transform))
                .pos(Pos::new(horizontal, VPos::Center));
            let drop = text_drop * size;
            let at = if *upwards {
                (at.0 + drop, at.1)
            } else {
                (at.0, at.1 + drop)
            };
            area.draw(&Text::new(text.as_str(), place(at), style))
        }
    };
    drawn.map_err(|error| PlotError::Backend(error.to_string()))
}
