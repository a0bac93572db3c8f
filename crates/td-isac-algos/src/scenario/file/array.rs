//! Access points in scenario files.

use super::keys::{AccessPoint, Elements, LineInPlane, LineInSpace, Number, Planar, Positive};
use super::{Misread, read};
use nf_channel::{ArraySpec, LinearExtent, axis_from_degrees};
use serde::Deserialize;
use std::array::from_fn;
use toml::{Table, Value};

/// One `[[access_point]]`, whose path is given.
pub(super) fn access_point<const D: usize>(
    path: &str,
    found: AccessPoint,
    wavelength_m: f64,
) -> Result<ArraySpec<D>, Misread> {
    let reference_m = position(path, &found.position_m)?;
    let (path, mut keys) = (format!("{path}.array"), found.array);
    // Keys of the other dimension exist, elsewhere: that they are unknown would not help.
    let (others, instead): (&[&str], _) = match D {
        2 => (
            &["axis", "planar", "row_axis", "column_axis"],
            "a direction in the plane is axis_deg",
        ),
        _ => (&["axis_deg"], "a direction in space is axis = [x, y, z]"),
    };
    if let Some(key) = others.iter().find(|key| keys.contains_key(**key)) {
        return Err(Misread::new(
            format!("{path}.{key}"),
            format!("not in a scenario with {D} coordinates; {instead}"),
        ));
    }
    if keys.contains_key("elements_m") {
        return elements(&path, reference_m, &read::<Elements>(&path, keys)?);
    }
    in_wavelengths(&path, &mut keys, wavelength_m)?;
    if keys.contains_key("planar") {
        return planar(reference_m, read(&path, keys)?);
    }
    let line = Line::read::<D>(&path, keys)?;
    Ok(ArraySpec::UniformLinear {
        reference_m,
        axis: line.axis::<D>(&path)?,
        elements: line.elements,
        extent: line.extent(&path)?,
    })
}

/// A position with as many coordinates as the first one in the file.
pub(super) fn position<const D: usize>(
    path: &str,
    coordinates: &[Number],
) -> Result<[f64; D], Misread> {
    let found = coordinates.len();
    if found == D {
        return Ok(from_fn(|i| coordinates[i].0));
    }
    Err(Misread::new(
        format!("{path}.position_m"),
        format!(
            "{found} coordinates, but access_point[0].position_m has {D}: \
             all positions are in the plane or all are in space"
        ),
    ))
}

/// What arrays along a line are described by in either dimension.
struct Line {
    elements: usize,
    aperture_m: Option<Positive>,
    spacing_m: Option<Positive>,
    axis: Option<[f64; 3]>,
}

impl Line {
    fn read<const D: usize>(path: &str, keys: Table) -> Result<Self, Misread> {
        Ok(if D == 2 {
            let line: LineInPlane = read(path, keys)?;
            Self {
                elements: line.elements.0,
                aperture_m: line.aperture_m,
                spacing_m: line.spacing_m,
                axis: line.axis_deg.map(|angle| {
                    let [x, y] = axis_from_degrees(angle.0);
                    [x, y, 0.0]
                }),
            }
        } else {
            let line: LineInSpace = read(path, keys)?;
            Self {
                elements: line.elements.0,
                aperture_m: line.aperture_m,
                spacing_m: line.spacing_m,
                axis: line.axis.map(|axis| axis.map(|x| x.0)),
            }
        })
    }

    fn axis<const D: usize>(&self, path: &str) -> Result<[f64; D], Misread> {
        match self.axis {
            Some(axis) => Ok(from_fn(|i| axis[i])),
            // One element has no direction.
            None if self.elements == 1 => Ok([0.0; D]),
            None if D == 2 => Err(Misread::missing(
                format!("{path}.axis_deg"),
                "an angle in degrees",
            )),
            None => Err(Misread::missing(
                format!("{path}.axis"),
                "a direction [x, y, z]",
            )),
        }
    }

    fn extent(&self, path: &str) -> Result<Option<LinearExtent>, Misread> {
        let elements = self.elements;
        let wrong = |key: &str, expected: &str| {
            let problem = format!("{elements} elements take {expected}");
            Err(Misread::new(format!("{path}{key}"), problem))
        };
        match (self.aperture_m, self.spacing_m) {
            (None, None) if elements == 1 => Ok(None),
            (Some(_), _) if elements == 1 => {
                wrong(".aperture_m", "neither aperture_m nor spacing_m")
            }
            (_, Some(_)) if elements == 1 => {
                wrong(".spacing_m", "neither aperture_m nor spacing_m")
            }
            (None, None) => wrong("", "aperture_m or spacing_m"),
            (Some(_), Some(_)) => wrong(".aperture_m", "either aperture_m or spacing_m, not both"),
            (Some(Positive(aperture_m)), None) => Ok(Some(LinearExtent::Aperture { aperture_m })),
            (None, Some(Positive(spacing_m))) => Ok(Some(LinearExtent::Spacing { spacing_m })),
        }
    }
}

/// `spacing_wavelengths` as the `spacing_m` that it is at this wavelength.
fn in_wavelengths(path: &str, keys: &mut Table, wavelength_m: f64) -> Result<(), Misread> {
    let key = "spacing_wavelengths";
    let Some(value) = keys.remove(key) else {
        return Ok(());
    };
    let path = format!("{path}.{key}");
    if keys.contains_key("spacing_m") {
        return Err(Misread::new(path, "excludes spacing_m"));
    }
    let Positive(wavelengths) =
        Positive::deserialize(value).map_err(|error| Misread::new(path, error.message()))?;
    keys.insert(
        "spacing_m".to_owned(),
        Value::Float(wavelengths * wavelength_m),
    );
    Ok(())
}

/// An array of elements anywhere.
fn elements<const D: usize>(
    path: &str,
    reference_m: [f64; D],
    keys: &Elements,
) -> Result<ArraySpec<D>, Misread> {
    let offset = |(i, found): (usize, &Vec<Number>)| {
        Misread::unless(
            found.len(),
            D,
            format!("{path}.elements_m[{i}]"),
            "coordinates",
        )?;
        Ok(from_fn(|axis| found[axis].0))
    };
    Ok(ArraySpec::Elements {
        reference_m,
        offsets_m: (keys.elements_m.iter().enumerate())
            .map(offset)
            .collect::<Result<_, Misread>>()?,
    })
}

fn planar<const D: usize>(reference_m: [f64; D], keys: Planar) -> Result<ArraySpec<D>, Misread> {
    let axis = |axis: [Number; 3]| from_fn(|i| axis[i].0);
    Ok(ArraySpec::UniformPlanar {
        reference_m,
        rows: keys.planar[0].0,
        columns: keys.planar[1].0,
        row_axis: axis(keys.row_axis),
        column_axis: axis(keys.column_axis),
        spacing_m: keys.spacing_m.0,
    })
}
