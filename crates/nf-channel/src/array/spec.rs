//! Plain array parameters and their check.

use super::{Array, diameter};
use crate::error::finite_vector;
use crate::vector::{add_scaled, dot, norm, scale};
use crate::{ChannelError, Invalid};
use std::array::from_fn;

/// Most elements an array may have: beyond it a count is taken for a mistake.
pub const MAX_ELEMENTS: usize = 1 << 20;

/// Sines below this make two axes parallel.
const PARALLEL_SINE: f64 = 1e-9;

/// Size of a uniform linear array, either way of stating it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
pub enum LinearExtent {
    /// Distance between neighbours.
    Spacing {
        /// That distance.
        spacing_m: f64,
    },
    /// Distance between the first and the last element.
    Aperture {
        /// That distance.
        aperture_m: f64,
    },
}

/// Plain parameters of an array, to be edited freely and then [checked](ArraySpec::check).
///
/// Axes need not have unit length.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(
        rename_all = "snake_case",
        deny_unknown_fields,
        bound = "[f64; D]: crate::Plain"
    )
)]
pub enum ArraySpec<const D: usize> {
    /// Elements on a line, evenly spaced and centred on the reference point.
    UniformLinear {
        /// Centre of the array.
        reference_m: [f64; D],
        /// Direction of the line. A single element has none, and it is not looked at.
        axis: [f64; D],
        /// Number of elements.
        elements: usize,
        /// Spacing or aperture; `None` for exactly one element.
        extent: Option<LinearExtent>,
    },
    /// Elements on a grid centred on the reference point.
    UniformPlanar {
        /// Centre of the array.
        reference_m: [f64; D],
        /// Number of rows.
        rows: usize,
        /// Elements in each row.
        columns: usize,
        /// Direction in which each row runs.
        row_axis: [f64; D],
        /// Direction in which the rows follow each other.
        column_axis: [f64; D],
        /// Distance between neighbours along both axes.
        spacing_m: f64,
    },
    /// Elements anywhere.
    Elements {
        /// Reference point of phases and distances.
        reference_m: [f64; D],
        /// Positions of the elements relative to it.
        offsets_m: Vec<[f64; D]>,
    },
}

impl<const D: usize> ArraySpec<D> {
    /// Reference point of phases and distances.
    pub fn reference_m(&self) -> &[f64; D] {
        match self {
            Self::UniformLinear { reference_m, .. }
            | Self::UniformPlanar { reference_m, .. }
            | Self::Elements { reference_m, .. } => reference_m,
        }
    }

    /// The array with these parameters.
    ///
    /// # Errors
    ///
    /// A number is not finite, a spacing or aperture not positive, an axis zero, two axes parallel,
    /// the array empty or beyond [`MAX_ELEMENTS`], or a single element has an extent or several lack
    /// one.
    pub fn check(self) -> Result<Array<D>, ChannelError> {
        let (reference_m, offsets_m, aperture_m) = match self {
            Self::UniformLinear {
                reference_m,
                axis,
                elements,
                extent,
            } => {
                let count = count("elements", elements)?;
                let spacing = linear_spacing(count, extent)?;
                let offsets = match spacing {
                    None => vec![[0.0; D]],
                    Some(spacing) => line(&unit("axis", &axis)?, count, spacing),
                };
                (
                    reference_m,
                    offsets,
                    spacing.unwrap_or(0.0) * (count - 1) as f64,
                )
            }
            Self::UniformPlanar {
                reference_m,
                rows,
                columns,
                row_axis,
                column_axis,
                spacing_m,
            } => {
                let rows = count("rows", rows)?;
                let columns = count("columns", columns)?;
                count("elements", rows.saturating_mul(columns))?;
                let spacing = Invalid::unless_positive("spacing_m", spacing_m)?;
                let along = unit("row_axis", &row_axis)?;
                let down = unit("column_axis", &column_axis)?;
                let sine = norm(&add_scaled(&along, -dot(&along, &down), &down));
                if sine < PARALLEL_SINE {
                    return Err(ChannelError::ParallelAxes { sine });
                }
                let row = line(&along, columns, spacing);
                let offsets = line(&down, rows, spacing)
                    .iter()
                    .flat_map(|start| row.iter().map(|step| add_scaled(start, 1.0, step)))
                    .collect();
                // The longer diagonal of the parallelogram.
                let (width, height) = ((columns - 1) as f64, (rows - 1) as f64);
                let diagonal = |sign: f64| {
                    spacing * norm(&add_scaled(&scale(width, &along), sign * height, &down))
                };
                (reference_m, offsets, diagonal(1.0).max(diagonal(-1.0)))
            }
            Self::Elements {
                reference_m,
                offsets_m,
            } => {
                count("elements", offsets_m.len())?;
                let aperture_m = diameter(&offsets_m);
                (reference_m, offsets_m, aperture_m)
            }
        };
        for offset in &offsets_m {
            finite_vector("offsets_m", *offset)?;
        }
        Ok(Array {
            reference_m: finite_vector("reference_m", reference_m)?,
            offsets_m,
            aperture_m: Invalid::unless_finite("aperture_m", aperture_m)?,
        })
    }
}

/// Unit vector at the angle `axis_deg` from +x, counter-clockwise, in degrees.
pub fn axis_from_degrees(axis_deg: f64) -> [f64; 2] {
    let (sin, cos) = axis_deg.to_radians().sin_cos();
    [cos, sin]
}

fn count(what: &'static str, value: usize) -> Result<usize, Invalid> {
    Invalid::if_none(what, value)?;
    if value > MAX_ELEMENTS {
        return Err(Invalid::Count {
            what,
            value,
            requirement: "at most 1048576",
        });
    }
    Ok(value)
}

/// Spacing of a linear array; `None` for one element.
fn linear_spacing(
    elements: usize,
    extent: Option<LinearExtent>,
) -> Result<Option<f64>, ChannelError> {
    match extent {
        None if elements == 1 => Ok(None),
        None => Err(ChannelError::ExtentMissing { elements }),
        Some(_) if elements == 1 => Err(ChannelError::ExtentOfOneElement),
        Some(LinearExtent::Spacing { spacing_m }) => {
            Ok(Some(Invalid::unless_positive("spacing_m", spacing_m)?))
        }
        Some(LinearExtent::Aperture { aperture_m }) => Ok(Some(
            Invalid::unless_positive("aperture_m", aperture_m)? / (elements - 1) as f64,
        )),
    }
}

/// `count` points along `axis`, centred on the origin.
fn line<const D: usize>(axis: &[f64; D], count: usize, spacing_m: f64) -> Vec<[f64; D]> {
    let middle = (count - 1) as f64 / 2.0;
    (0..count)
        .map(|n| scale((n as f64 - middle) * spacing_m, axis))
        .collect()
}

fn unit<const D: usize>(field: &'static str, axis: &[f64; D]) -> Result<[f64; D], ChannelError> {
    let axis = finite_vector(field, *axis)?;
    let largest = crate::vector::max_abs(&axis);
    if largest == 0.0 {
        return Err(ChannelError::ZeroAxis { field });
    }
    // Dividing by the largest coordinate first keeps the squares in range.
    let shaped: [f64; D] = from_fn(|i| axis[i] / largest);
    Ok(scale(norm(&shaped).recip(), &shaped))
}
