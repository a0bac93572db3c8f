//! Access points in scenario files.

use super::error::KeyProblem;
use super::node::{Misread, Node, TableNode};
use nf_channel::{ArraySpec, LinearExtent, axis_from_degrees};
use std::array::from_fn;

const LINEAR_2D: [&str; 4] = ["elements", "aperture_m", "spacing_m", "axis_deg"];
const LINEAR_3D: [&str; 4] = ["elements", "aperture_m", "spacing_m", "axis"];
const PLANAR: [&str; 4] = ["planar", "spacing_m", "row_axis", "column_axis"];

/// One `[[access_point]]`.
pub(super) fn access_point<const D: usize>(node: &Node) -> Result<ArraySpec<D>, Misread> {
    let table = node.table()?.only(&["position_m", "array"])?;
    let reference_m = position(&table.required("position_m", "a list of coordinates")?)?;
    let array = table.required(
        "array",
        "a table such as { elements = 21, aperture_m = 0.5, .. }",
    )?;
    let array = array.table()?;
    if D == 2 {
        // Named before they are found to be unknown keys, because they exist elsewhere.
        let instead = "a direction in the plane is axis_deg";
        reject(
            &array,
            &["axis", "planar", "row_axis", "column_axis"],
            D,
            instead,
        )?;
        linear(reference_m, array.only(&LINEAR_2D)?)
    } else {
        reject(
            &array,
            &["axis_deg"],
            D,
            "a direction in space is axis = [x, y, z]",
        )?;
        match array.optional("planar") {
            None => linear(reference_m, array.only(&LINEAR_3D)?),
            Some(shape) => planar(reference_m, &shape, &array.only(&PLANAR)?),
        }
    }
}

/// A position with as many coordinates as the first one in the file.
pub(super) fn position<const D: usize>(node: &Node) -> Result<[f64; D], Misread> {
    let found = node.list()?.len();
    if found != D {
        return Err(node.misread(KeyProblem::MixedDimensions { expected: D, found }));
    }
    node.vector()
}

fn reject(
    array: &TableNode,
    keys: &[&str],
    dimension: usize,
    instead: &'static str,
) -> Result<(), Misread> {
    match keys.iter().find_map(|key| array.optional(key)) {
        None => Ok(()),
        Some(node) => Err(node.misread(KeyProblem::OtherDimension { dimension, instead })),
    }
}

fn linear<const D: usize>(
    reference_m: [f64; D],
    array: TableNode,
) -> Result<ArraySpec<D>, Misread> {
    let elements = array.required("elements", "a whole number")?.count()?;
    let extent = extent(&array, elements)?;
    let (key, expected) = if D == 2 {
        ("axis_deg", "an angle in degrees")
    } else {
        ("axis", "a direction [x, y, z]")
    };
    let axis = match array.optional(key) {
        // One element has no direction.
        None if elements == 1 => [0.0; D],
        None => {
            return Err(Misread {
                key: format!("{}.{key}", array.path),
                problem: KeyProblem::Missing { expected },
            });
        }
        Some(node) if D == 2 => {
            let axis = axis_from_degrees(node.number()?);
            from_fn(|i| axis[i])
        }
        Some(node) => node.vector()?,
    };
    Ok(ArraySpec::UniformLinear {
        reference_m,
        axis,
        elements,
        extent,
    })
}

fn extent(array: &TableNode, elements: usize) -> Result<Option<LinearExtent>, Misread> {
    let (aperture, spacing) = (array.optional("aperture_m"), array.optional("spacing_m"));
    let problem = |node: Option<&Node>, expected| Misread {
        key: node.map_or_else(|| array.path.clone(), |node| node.path.clone()),
        problem: KeyProblem::Extent { elements, expected },
    };
    match (aperture, spacing) {
        (None, None) if elements == 1 => Ok(None),
        (None, None) => Err(problem(None, "aperture_m or spacing_m")),
        (Some(node), _) | (_, Some(node)) if elements == 1 => {
            Err(problem(Some(&node), "neither aperture_m nor spacing_m"))
        }
        (Some(node), Some(_)) => Err(problem(
            Some(&node),
            "either aperture_m or spacing_m, not both",
        )),
        (Some(node), None) => Ok(Some(LinearExtent::Aperture {
            aperture_m: node.positive()?,
        })),
        (None, Some(node)) => Ok(Some(LinearExtent::Spacing {
            spacing_m: node.positive()?,
        })),
    }
}

fn planar<const D: usize>(
    reference_m: [f64; D],
    shape: &Node,
    array: &TableNode,
) -> Result<ArraySpec<D>, Misread> {
    let mut counts = [0; 2];
    for (count, node) in counts
        .iter_mut()
        .zip(shape.list_of(2, "numbers [rows, columns]")?)
    {
        *count = node.count()?;
    }
    let axis = |key| array.required(key, "a direction [x, y, z]")?.vector();
    Ok(ArraySpec::UniformPlanar {
        reference_m,
        rows: counts[0],
        columns: counts[1],
        row_axis: axis("row_axis")?,
        column_axis: axis("column_axis")?,
        spacing_m: array
            .required("spacing_m", "a length in metres")?
            .positive()?,
    })
}
