//! The font that ships with the package, and how much room text takes.

use super::paint::PlotError;
use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};
use std::sync::OnceLock;

static DEJAVU_SANS: &[u8] = include_bytes!("../../assets/DejaVuSans.ttf");

/// How far below its place a text has to be put so that its capitals are centred there, as a share of the font
/// size: backends centre the line instead.
pub(super) const TEXT_DROP: f64 = 0.15;

/// Registered as `sans-serif`, so that an SVG asks its reader for that family.
pub(super) fn font(size_px: f64) -> Result<FontDesc<'static>, PlotError> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let registered = REGISTERED
        .get_or_init(|| register_font("sans-serif", FontStyle::Normal, DEJAVU_SANS).is_ok());
    if *registered {
        let family = FontFamily::SansSerif;
        Ok(FontDesc::new(family, size_px, FontStyle::Normal))
    } else {
        Err(PlotError::Font)
    }
}

/// Width of a line of text.
pub(super) fn text_width_px(text: &str, size_px: f64) -> Result<f64, PlotError> {
    // At ten times the size the whole pixels it is given in are fine enough.
    let (width, _) = font(10.0 * size_px)?
        .box_size(text)
        .map_err(|_| PlotError::Font)?;
    Ok(f64::from(width) / 10.0)
}
