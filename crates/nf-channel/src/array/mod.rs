//! Antenna arrays: plain parameters ([`ArraySpec`]) and what they become once checked ([`Array`]).

mod spec;

pub use spec::{ArraySpec, LinearExtent, MAX_ELEMENTS, axis_from_degrees};

use crate::vector::{add_scaled, norm, sub};
use crate::{Carrier, ChannelError};

/// A checked antenna array: a reference point and the offsets of the elements from it.
///
/// Offsets are kept as they were built, not as differences of absolute positions, so that an array
/// far from the origin loses no digits.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(bound = "[f64; D]: crate::Plain", try_from = "plain::Array<D>")
)]
pub struct Array<const D: usize> {
    reference_m: [f64; D],
    offsets_m: Vec<[f64; D]>,
    aperture_m: f64,
}

// An array is never empty, so `is_empty` would be a question with one answer.
#[allow(clippy::len_without_is_empty)]
impl<const D: usize> Array<D> {
    /// Elements on a line, evenly spaced and centred on the reference point.
    ///
    /// For a single element use [`Array::single`].
    ///
    /// # Errors
    ///
    /// See [`ArraySpec::check`].
    pub fn uniform_linear(
        reference_m: [f64; D],
        axis: [f64; D],
        elements: usize,
        extent: LinearExtent,
    ) -> Result<Self, ChannelError> {
        ArraySpec::UniformLinear {
            reference_m,
            axis,
            elements,
            extent: Some(extent),
        }
        .check()
    }

    /// One element, at the reference point.
    ///
    /// # Errors
    ///
    /// The position is not finite.
    pub fn single(reference_m: [f64; D]) -> Result<Self, ChannelError> {
        ArraySpec::Elements {
            reference_m,
            offsets_m: vec![[0.0; D]],
        }
        .check()
    }

    /// Elements at arbitrary offsets from the reference point.
    ///
    /// # Errors
    ///
    /// See [`ArraySpec::check`].
    pub fn from_offsets(
        reference_m: [f64; D],
        offsets_m: Vec<[f64; D]>,
    ) -> Result<Self, ChannelError> {
        ArraySpec::Elements {
            reference_m,
            offsets_m,
        }
        .check()
    }

    /// The reference point `e_0`.
    pub fn reference_m(&self) -> &[f64; D] {
        &self.reference_m
    }

    /// Number of elements, at least 1.
    pub fn len(&self) -> usize {
        self.offsets_m.len()
    }

    /// `e_n − e_0` for every element.
    pub fn offsets_m(&self) -> &[[f64; D]] {
        &self.offsets_m
    }

    /// Positions `e_n` of the elements.
    pub fn elements_m(&self) -> impl ExactSizeIterator<Item = [f64; D]> + '_ {
        let at = |offset: &[f64; D]| add_scaled(&self.reference_m, 1.0, offset);
        self.offsets_m.iter().map(at)
    }

    /// Largest distance between two elements.
    pub fn aperture_m(&self) -> f64 {
        self.aperture_m
    }

    /// Rayleigh distance `2 D²/λ` of the aperture `D`: closer than this, the wave is spherical.
    pub fn rayleigh_distance_m(&self, carrier: &Carrier) -> f64 {
        2.0 * self.aperture_m * self.aperture_m / carrier.wavelength_m()
    }
}

impl Array<3> {
    /// Elements on a rectangular or skew grid, centred on the reference point: `rows` rows of
    /// `columns` elements, each row running along `row_axis`, the rows stacked along `column_axis`,
    /// with the same spacing both ways.
    ///
    /// # Errors
    ///
    /// See [`ArraySpec::check`].
    pub fn uniform_planar(
        reference_m: [f64; 3],
        [rows, columns]: [usize; 2],
        [row_axis, column_axis]: [[f64; 3]; 2],
        spacing_m: f64,
    ) -> Result<Self, ChannelError> {
        ArraySpec::UniformPlanar {
            reference_m,
            rows,
            columns,
            row_axis,
            column_axis,
            spacing_m,
        }
        .check()
    }
}

/// What an array is read from: as it was written, before anything is checked.
#[cfg(feature = "serde")]
mod plain {
    use crate::{ArraySpec, ChannelError, Invalid};

    /// Deviation of a given aperture from that of the elements that is rounding, relative.
    const ROUNDING: f64 = 1e-12;

    #[derive(serde::Deserialize)]
    #[serde(bound = "[f64; D]: crate::Plain")]
    pub(super) struct Array<const D: usize> {
        reference_m: [f64; D],
        offsets_m: Vec<[f64; D]>,
        aperture_m: f64,
    }

    impl<const D: usize> TryFrom<Array<D>> for super::Array<D> {
        type Error = ChannelError;

        fn try_from(plain: Array<D>) -> Result<Self, ChannelError> {
            let (reference_m, offsets_m) = (plain.reference_m, plain.offsets_m);
            let mut array = ArraySpec::Elements {
                reference_m,
                offsets_m,
            }
            .check()?;
            let deviation = (array.aperture_m - plain.aperture_m).abs();
            // Not `>`: what is no number is wrong too.
            if deviation <= ROUNDING * array.aperture_m {
                array.aperture_m = plain.aperture_m;
                return Ok(array);
            }
            Err(Invalid::Number {
                what: "aperture_m",
                value: plain.aperture_m,
                requirement: "the largest distance between two elements",
            }
            .into())
        }
    }
}

/// Largest distance between two of the points.
fn diameter<const D: usize>(points: &[[f64; D]]) -> f64 {
    let mut largest = 0.0_f64;
    for (i, p) in points.iter().enumerate() {
        for q in &points[..i] {
            largest = largest.max(norm(&sub(p, q)));
        }
    }
    largest
}
