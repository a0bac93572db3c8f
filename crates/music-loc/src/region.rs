//! Where users can be, and the positions at which none of them is missed.
//!
//! A step `δ` changes the phase of element `n` relative to its array's middle by `k (u_n - u_0)·δ`, `u` being the directions
//! from there to the position. Cells are halved, each time along the axis that matters most, until that is at most π/2 between a cell's
//! centre and its corners, for every element of every array: the null of a uniform array's beam is at π, so that every lobe
//! has a cell whose centre is on it, at no less than a third of its power on either way of an echo (`(2/π)²`, less what
//! directions change within a cell).

use nf_channel::{Array, Invalid, ValidNetwork};

use crate::LocError;
use crate::grid::offsets as offsets_of_signs;

/// Largest phase between the centre and the corners of a cell.
const LARGEST_PHASE_RAD: f64 = std::f64::consts::FRAC_PI_2;

/// Largest distance between the centre and the corners of a cell, relative to the distance from an array: directions at
/// the centre are then those of the cell.
const LARGEST_CELL: f64 = 0.25;

/// Most cells of a search: beyond it a region is taken for a mistake.
pub const MAX_CELLS: usize = 1 << 23;

/// A box, less what lies behind planes and next to arrays.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(deny_unknown_fields, bound = "[f64; D]: nf_channel::Plain")
)]
pub struct Region<const D: usize> {
    /// Lower bounds of the box.
    pub minimum_m: [f64; D],
    /// Its upper bounds.
    pub maximum_m: [f64; D],
    /// Half-spaces that users are in: a point of the plane (the line, in two dimensions) that bounds it, and
    /// a normal, of any length, to the side where users can be.
    pub half_spaces: Vec<HalfSpace<D>>,
}

/// The side of a plane (of a line in two dimensions) that its normal points to.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(deny_unknown_fields, bound = "[f64; D]: nf_channel::Plain")
)]
pub struct HalfSpace<const D: usize> {
    /// A point of the boundary.
    pub point_m: [f64; D],
    /// Direction into the half-space.
    pub normal: [f64; D],
}

impl<const D: usize> HalfSpace<D> {
    fn contains(&self, position_m: &[f64; D]) -> bool {
        let along: f64 = (0..D)
            .map(|i| self.normal[i] * (position_m[i] - self.point_m[i]))
            .sum();
        along >= 0.0
    }
}

impl<const D: usize> Region<D> {
    /// A whole box.
    pub fn new(minimum_m: [f64; D], maximum_m: [f64; D]) -> Self {
        Self {
            minimum_m,
            maximum_m,
            half_spaces: Vec::new(),
        }
    }

    /// The box that encloses positions with a margin on every side.
    ///
    /// # Errors
    ///
    /// [`LocError::Invalid`] without positions.
    pub fn enclosing(positions_m: &[[f64; D]], margin_m: f64) -> Result<Self, LocError> {
        Invalid::if_none("positions_m", positions_m.len())?;
        let bound = |pick: fn(f64, f64) -> f64, margin: f64| {
            std::array::from_fn(|axis| {
                let along = positions_m.iter().map(|position| position[axis]);
                along.reduce(pick).unwrap_or(0.0) + margin
            })
        };
        Ok(Self::new(
            bound(f64::min, -margin_m),
            bound(f64::max, margin_m),
        ))
    }

    /// Whether a position is in the box and on the right side of every plane.
    pub fn contains(&self, position_m: &[f64; D]) -> bool {
        let inside = |i: usize| (self.minimum_m[i]..=self.maximum_m[i]).contains(&position_m[i]);
        (0..D).all(inside)
            && self
                .half_spaces
                .iter()
                .all(|half| half.contains(position_m))
    }

    pub(crate) fn check(&self) -> Result<(), LocError> {
        for axis in 0..D {
            let (low, high) = (self.minimum_m[axis], self.maximum_m[axis]);
            if !(low < high && (high - low).is_finite()) {
                return Err(LocError::Grid {
                    axis,
                    points: 0,
                    minimum_m: low,
                    maximum_m: high,
                });
            }
        }
        for half in &self.half_spaces {
            for value in half.point_m {
                Invalid::unless_finite("half_spaces.point_m", value)?;
            }
            let mut square = 0.0;
            for value in half.normal {
                Invalid::unless_finite("half_spaces.normal", value)?;
                square += value * value;
            }
            Invalid::unless_positive("half_spaces.normal (length)", square)?;
        }
        Ok(())
    }
}

/// Cells that cover a region, as fine as the arrays ask.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cells<const D: usize> {
    pub centres_m: Vec<[f64; D]>,
    /// Sides of each cell.
    pub sides_m: Vec<[f64; D]>,
    /// Faces on the border of what is searched: cell and axis.
    pub border: Vec<(usize, usize)>,
}

impl<const D: usize> Cells<D> {
    /// Users are not sought within an aperture of an array: there every element sees another world, and the cells would
    /// outnumber all others.
    pub fn new(network: &ValidNetwork<D>, region: &Region<D>) -> Result<Self, LocError> {
        region.check()?;
        let arrays: Vec<Outline<D>> = network.access_points().iter().map(Outline::new).collect();
        let wavenumber = network.parameters().carrier.wavenumber_rad_per_m();
        let searched = |position: &[f64; D]| {
            region.contains(position)
                && arrays.iter().all(|a| a.distance_m(position) > a.aperture_m)
        };
        let mut cells = Self {
            centres_m: Vec::new(),
            sides_m: Vec::new(),
            border: Vec::new(),
        };
        let centre = |i: usize| 0.5 * (region.minimum_m[i] + region.maximum_m[i]);
        let mut pending = vec![(
            std::array::from_fn(centre),
            std::array::from_fn(|i| region.maximum_m[i] - region.minimum_m[i]),
        )];
        while let Some((centre, sides)) = pending.pop() {
            let axis = (arrays.iter())
                .map(|array| array.coarsest(&centre, &sides, wavenumber))
                .reduce(|a, b| if b.0 > a.0 { b } else { a })
                .filter(|(excess, _)| *excess > 1.0);
            if let Some((_, axis)) = axis {
                if reaches(&centre, &sides, region, &arrays) {
                    pending.extend(halves(&centre, &sides, axis));
                }
            } else if searched(&centre) {
                let cell = cells.centres_m.len();
                if cell == MAX_CELLS {
                    return Err(LocError::Region { limit: MAX_CELLS });
                }
                for axis in 0..D {
                    for side in [-1.0, 1.0] {
                        let mut beyond = centre;
                        beyond[axis] += side * sides[axis];
                        if !searched(&beyond) {
                            cells.border.push((cell, axis));
                        }
                    }
                }
                cells.centres_m.push(centre);
                cells.sides_m.push(sides);
            }
        }
        Invalid::if_none("positions in the search region", cells.centres_m.len())?;
        Ok(cells)
    }
}

/// The elements of an array that are furthest out, seen from its middle.
struct Outline<const D: usize> {
    middle_m: [f64; D],
    aperture_m: f64,
    extremes_m: Vec<[f64; D]>,
}

impl<const D: usize> Outline<D> {
    fn new(array: &Array<D>) -> Self {
        let offsets = array.offsets_m();
        let mean = |i: usize| offsets.iter().map(|d| d[i]).sum::<f64>() / offsets.len() as f64;
        let mean: [f64; D] = std::array::from_fn(mean);
        let mut extremes_m: Vec<[f64; D]> = Vec::new();
        for direction in offsets_of_signs::<D>() {
            let along = |d: &[f64; D]| (0..D).map(|i| direction[i] as f64 * d[i]).sum::<f64>();
            let furthest = offsets.iter().max_by(|a, b| along(a).total_cmp(&along(b)));
            if let Some(furthest) = furthest {
                let from_middle = std::array::from_fn(|i| furthest[i] - mean[i]);
                if !extremes_m.contains(&from_middle) {
                    extremes_m.push(from_middle);
                }
            }
        }
        Self {
            middle_m: std::array::from_fn(|i| array.reference_m()[i] + mean[i]),
            aperture_m: array.aperture_m(),
            extremes_m,
        }
    }

    fn distance_m(&self, position_m: &[f64; D]) -> f64 {
        distance(&self.middle_m, position_m)
    }

    /// By what factor a cell is too large for this array, and the axis along which.
    fn coarsest(&self, centre: &[f64; D], sides: &[f64; D], wavenumber: f64) -> (f64, usize) {
        let longest = (1..D).fold(0, |m, i| if sides[i] > sides[m] { i } else { m });
        if self.aperture_m == 0.0 {
            return (0.0, longest);
        }
        let x: [f64; D] = std::array::from_fn(|i| centre[i] - self.middle_m[i]);
        let r_0 = norm(&x);
        let excess = 0.5 * norm(sides) / (LARGEST_CELL * r_0);
        if excess > 1.0 {
            return (excess, longest);
        }
        let mut worst = (excess, longest);
        for d in &self.extremes_m {
            let seen: [f64; D] = std::array::from_fn(|i| x[i] - d[i]);
            let r_n = norm(&seen);
            let phase = |i: usize| 0.5 * wavenumber * sides[i] * (seen[i] / r_n - x[i] / r_0).abs();
            let phases: [f64; D] = std::array::from_fn(phase);
            let excess = phases.iter().sum::<f64>() / LARGEST_PHASE_RAD;
            if excess > worst.0 {
                let axis = (1..D).fold(0, |m, i| if phases[i] > phases[m] { i } else { m });
                worst = (excess, axis);
            }
        }
        worst
    }
}

/// Whether some of a cell may be searched.
fn reaches<const D: usize>(
    centre: &[f64; D],
    sides: &[f64; D],
    region: &Region<D>,
    arrays: &[Outline<D>],
) -> bool {
    let radius = 0.5 * norm(sides);
    let near = region.half_spaces.iter().all(|half| {
        let length = norm(&half.normal);
        let moved = std::array::from_fn(|i| centre[i] + radius * half.normal[i] / length);
        half.contains(&moved)
    });
    near && (arrays.iter()).all(|array| array.distance_m(centre) + radius > array.aperture_m)
}

/// A cell divided along an axis.
fn halves<const D: usize>(
    centre: &[f64; D],
    sides: &[f64; D],
    axis: usize,
) -> [([f64; D], [f64; D]); 2] {
    let mut half = *sides;
    half[axis] *= 0.5;
    let moved = |sign: f64| {
        let mut moved = *centre;
        moved[axis] += sign * 0.5 * half[axis];
        (moved, half)
    };
    [moved(-1.0), moved(1.0)]
}

pub(crate) fn distance<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    norm(&std::array::from_fn::<_, D, _>(|i| a[i] - b[i]))
}

fn norm<const D: usize>(vector: &[f64; D]) -> f64 {
    vector.iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nf_channel::{Carrier, LinearExtent, Network};

    fn network() -> ValidNetwork<2> {
        let extent = LinearExtent::Aperture { aperture_m: 0.4 };
        let array = |at, axis| Array::uniform_linear(at, axis, 16, extent).unwrap();
        let arrays = vec![array([0.0, 0.0], [1.0, 0.2]), array([6.0, 1.0], [0.3, 1.0])];
        Network::new(Carrier::new(28e9).unwrap(), arrays)
            .check()
            .unwrap()
    }

    #[test]
    fn every_position_shares_a_lobe_of_every_array_with_a_centre() {
        let (network, region) = (network(), Region::new([-2.0, 1.0], [7.0, 6.0]));
        let cells = Cells::new(&network, &region).unwrap();
        let area: f64 = cells.sides_m.iter().map(|s| s[0] * s[1]).sum();
        assert!((area - 45.0).abs() < 0.5, "{area}");
        for (centre, sides) in cells.centres_m.iter().zip(&cells.sides_m).step_by(7) {
            for corner in [[0.5, 0.5], [0.5, -0.5], [-0.5, 0.5], [-0.5, -0.5]] {
                let corner: [f64; 2] = std::array::from_fn(|i| centre[i] + corner[i] * sides[i]);
                for l in 0..2 {
                    let here = network.response_values(l, centre).unwrap();
                    let there = network.response_values(l, &corner).unwrap();
                    let overlap: nf_channel::C64 =
                        here.iter().zip(&there).map(|(a, b)| a.conj() * b).sum();
                    let share = overlap.norm_sqr() / 256.0;
                    assert!(
                        share > 0.8 * (2.0 / std::f64::consts::PI).powi(2),
                        "{share}"
                    );
                }
            }
        }
    }

    #[test]
    fn half_planes_and_arrays_are_left_out() {
        let mut region = Region::new([-2.0, -6.0], [7.0, 6.0]);
        region.half_spaces.push(HalfSpace {
            point_m: [0.0, 1.0],
            normal: [0.0, 3.0],
        });
        let cells = Cells::new(&network(), &region).unwrap();
        assert!(cells.centres_m.iter().all(|c| c[1] >= 1.0));
        assert!((cells.centres_m.iter()).all(|c| distance(c, &[6.0, 1.0]) > 0.4));
        assert!(!cells.border.is_empty());
        region.half_spaces[0].normal = [0.0; 2];
        assert!(Cells::new(&network(), &region).is_err());
        assert!(Cells::new(&network(), &Region::new([0.0, 1.0], [1.0, 0.0])).is_err());
    }
}
