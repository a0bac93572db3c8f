//! Positions that an array cannot tell from another one.

use nf_channel::Array;

/// Offsets from a common line (plane), relative to the aperture, that are rounding.
const FLAT: f64 = 1e-9;

/// The mirror image of a position in the line (in the plane, in space) that an array lies in; `None` where it
/// lies in no single one, and for an image that is the position itself.
///
/// A collinear array in space has a whole circle of images, which a singular covariance tells of.
pub(crate) fn image<const D: usize>(array: &Array<D>, position_m: &[f64; D]) -> Option<[f64; D]> {
    let normal = normal(array)?;
    let (reference, offset) = (array.reference_m(), array.offsets_m()[0]);
    let height: f64 = (0..D)
        .map(|i| normal[i] * (position_m[i] - reference[i] - offset[i]))
        .sum();
    (height != 0.0).then(|| std::array::from_fn(|i| position_m[i] - 2.0 * height * normal[i]))
}

/// Unit normal of the only line (plane) through all elements.
fn normal<const D: usize>(array: &Array<D>) -> Option<[f64; D]> {
    // A common phase of the responses is free, so only the elements matter.
    let offsets = array.offsets_m();
    let origin = offsets[0];
    let scale = array.aperture_m();
    let mut basis: Vec<[f64; D]> = Vec::with_capacity(D);
    for offset in offsets {
        let left = outside(std::array::from_fn(|i| offset[i] - origin[i]), &basis);
        let length = norm(&left);
        if length > FLAT * scale && scale > 0.0 {
            basis.push(left.map(|x| x / length));
            if basis.len() == D {
                return None;
            }
        }
    }
    if basis.len() + 1 != D {
        return None;
    }
    let axis_of = |axis: usize| {
        let mut unit = [0.0; D];
        unit[axis] = 1.0;
        outside(unit, &basis)
    };
    let best = (0..D)
        .map(axis_of)
        .max_by(|a, b| norm(a).total_cmp(&norm(b)))?;
    let length = norm(&best);
    Some(best.map(|x| x / length))
}

fn outside<const D: usize>(mut vector: [f64; D], basis: &[[f64; D]]) -> [f64; D] {
    for unit in basis {
        let along: f64 = (0..D).map(|i| unit[i] * vector[i]).sum();
        for i in 0..D {
            vector[i] -= along * unit[i];
        }
    }
    vector
}

fn norm<const D: usize>(vector: &[f64; D]) -> f64 {
    vector.iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nf_channel::LinearExtent;

    #[test]
    fn images_have_the_same_distances_to_every_element() {
        let extent = LinearExtent::Aperture { aperture_m: 0.5 };
        let line = Array::uniform_linear([1.0, 2.0], [1.0, 0.4], 9, extent).unwrap();
        let user = [3.0, -1.0];
        let seen = image(&line, &user).unwrap();
        let distance = |a: &[f64; 2], b: &[f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
        for element in line.elements_m() {
            assert!((distance(&seen, &element) - distance(&user, &element)).abs() < 1e-12);
        }
        assert!(distance(&seen, &user) > 1.0);
        let bent = Array::from_offsets([0.0; 2], vec![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]).unwrap();
        assert_eq!(image(&bent, &user), None);

        let axes = [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let plane = Array::uniform_planar([1.0, 0.0, 0.0], [3, 4], axes, 0.1).unwrap();
        let seen = image(&plane, &[3.0, 0.5, 0.7]).unwrap();
        assert!((seen[0] + 1.0).abs() < 1e-12 && (seen[1] - 0.5).abs() < 1e-12);
        let line = Array::uniform_linear([0.0; 3], [1.0, 0.0, 0.0], 9, extent).unwrap();
        assert_eq!(image(&line, &[3.0, 0.5, 0.7]), None);
    }
}
