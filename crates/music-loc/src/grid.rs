//! Rectangular grids of positions.

use nf_channel::Invalid;

use crate::LocError;

/// Evenly spaced positions in a box, bounds included. An axis of one point sits at its lower bound.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(
        bound = "[f64; D]: nf_channel::Plain, [usize; D]: nf_channel::Plain",
        try_from = "Bounds<D>"
    )
)]
pub struct Grid<const D: usize> {
    minimum_m: [f64; D],
    maximum_m: [f64; D],
    points: [usize; D],
}

// A grid is never empty, so `is_empty` would be a question with one answer.
#[allow(clippy::len_without_is_empty)]
impl<const D: usize> Grid<D> {
    /// So many points along each axis.
    ///
    /// # Errors
    ///
    /// [`LocError::Grid`]: bounds that are not finite and ascending, an axis without points or with one
    /// point between different bounds, or more points in total than can be counted.
    pub fn new(
        minimum_m: [f64; D],
        maximum_m: [f64; D],
        points: [usize; D],
    ) -> Result<Self, LocError> {
        let mut total = 1usize;
        for axis in 0..D {
            let (low, high, count) = (minimum_m[axis], maximum_m[axis], points[axis]);
            let overflow = total.checked_mul(count).is_none();
            total = total.saturating_mul(count);
            let ordered = if count == 1 { low == high } else { low < high };
            if !((high - low).is_finite() && ordered && count > 0) || overflow {
                return Err(LocError::Grid {
                    axis,
                    points: count,
                    minimum_m: low,
                    maximum_m: high,
                });
            }
        }
        Ok(Self {
            minimum_m,
            maximum_m,
            points,
        })
    }

    /// The fewest points that are no further than `step_m` apart.
    ///
    /// # Errors
    ///
    /// [`LocError::Invalid`] for the step, and as for [`new`](Self::new).
    pub fn with_step(
        minimum_m: [f64; D],
        maximum_m: [f64; D],
        step_m: f64,
    ) -> Result<Self, LocError> {
        Invalid::unless_positive("step_m", step_m)?;
        let points = std::array::from_fn(|axis| {
            // Bounds a rounding error short of a multiple of the step need no extra point.
            let steps = (maximum_m[axis] - minimum_m[axis]) / step_m * (1.0 - 4.0 * f64::EPSILON);
            (steps.ceil() as usize).saturating_add(1)
        });
        Self::new(minimum_m, maximum_m, points)
    }

    /// The box that encloses positions with a margin on every side, its points no further than
    /// `step_m` apart.
    ///
    /// # Errors
    ///
    /// [`LocError::Invalid`] without positions, and as for [`with_step`](Self::with_step).
    pub fn enclosing(
        positions_m: &[[f64; D]],
        margin_m: f64,
        step_m: f64,
    ) -> Result<Self, LocError> {
        Invalid::if_none("positions_m", positions_m.len())?;
        let first = positions_m[0];
        let bound = |pick: fn(f64, f64) -> f64, margin: f64| {
            std::array::from_fn(|axis| {
                let along = positions_m.iter().map(|position| position[axis]);
                along.fold(first[axis], pick) + margin
            })
        };
        Self::with_step(
            bound(f64::min, -margin_m),
            bound(f64::max, margin_m),
            step_m,
        )
    }

    /// Lower bounds.
    pub fn minimum_m(&self) -> [f64; D] {
        self.minimum_m
    }

    /// Upper bounds.
    pub fn maximum_m(&self) -> [f64; D] {
        self.maximum_m
    }

    /// Points along each axis.
    pub fn shape(&self) -> [usize; D] {
        self.points
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.points.iter().product()
    }

    /// Distance between neighbours along each axis; zero along an axis of one point.
    pub fn step_m(&self) -> [f64; D] {
        std::array::from_fn(|axis| match self.points[axis] {
            1 => 0.0,
            count => (self.maximum_m[axis] - self.minimum_m[axis]) / (count - 1) as f64,
        })
    }

    /// Position number `index`: the first axis runs fastest.
    ///
    /// # Panics
    ///
    /// The index is out of range, as for a slice.
    pub fn position_m(&self, index: usize) -> [f64; D] {
        assert!(index < self.len(), "{index} of {} points", self.len());
        let (steps, coordinates) = (self.step_m(), self.coordinates(index));
        std::array::from_fn(|axis| self.minimum_m[axis] + steps[axis] * coordinates[axis] as f64)
    }

    /// Every position, in the order of their indices.
    pub fn positions_m(&self) -> impl Iterator<Item = [f64; D]> + '_ {
        (0..self.len()).map(|index| self.position_m(index))
    }

    pub(crate) fn coordinates(&self, index: usize) -> [usize; D] {
        let mut rest = index;
        std::array::from_fn(|axis| {
            let coordinate = rest % self.points[axis];
            rest /= self.points[axis];
            coordinate
        })
    }

    /// Indices of the up to `3^D − 1` neighbours of a point.
    pub(crate) fn neighbours(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        let centre = self.coordinates(index);
        offsets::<D>().filter_map(move |offset| {
            let mut neighbour = 0;
            for axis in (0..D).rev() {
                let moved = centre[axis].checked_add_signed(offset[axis])?;
                if moved >= self.points[axis] {
                    return None;
                }
                neighbour = neighbour * self.points[axis] + moved;
            }
            Some(neighbour)
        })
    }
}

/// What a grid is read from.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(bound = "[f64; D]: nf_channel::Plain, [usize; D]: nf_channel::Plain")]
struct Bounds<const D: usize> {
    minimum_m: [f64; D],
    maximum_m: [f64; D],
    points: [usize; D],
}

#[cfg(feature = "serde")]
impl<const D: usize> TryFrom<Bounds<D>> for Grid<D> {
    type Error = LocError;

    fn try_from(plain: Bounds<D>) -> Result<Self, LocError> {
        Self::new(plain.minimum_m, plain.maximum_m, plain.points)
    }
}

/// Every vector of −1, 0 and 1 except zero.
pub(crate) fn offsets<const D: usize>() -> impl Iterator<Item = [isize; D]> {
    let count = 3usize.pow(D as u32);
    (0..count)
        .map(|index| {
            let mut rest = index;
            std::array::from_fn(|_| {
                let digit = rest % 3;
                rest /= 3;
                digit as isize - 1
            })
        })
        .filter(|offset| offset.iter().any(|&step| step != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_positions_and_neighbours() {
        let grid = Grid::new([0.0, 10.0, 5.0], [1.0, 12.0, 5.0], [3, 5, 1]).unwrap();
        assert_eq!(grid.len(), 15);
        assert_eq!(grid.step_m(), [0.5, 0.5, 0.0]);
        assert_eq!(grid.position_m(4), [0.5, 10.5, 5.0]);
        assert_eq!(grid.positions_m().last(), Some([1.0, 12.0, 5.0]));
        let mut around: Vec<_> = grid.neighbours(4).collect();
        around.sort_unstable();
        assert_eq!(around, [0, 1, 2, 3, 5, 6, 7, 8]);
        assert_eq!(grid.neighbours(0).count(), 3);
        let stepped = Grid::with_step([0.0, 0.0], [0.3, 0.25], 0.1).unwrap();
        assert_eq!(stepped.shape(), [4, 4]);
        let around = Grid::enclosing(&[[1.0, 5.0], [2.0, 3.0]], 0.5, 0.25).unwrap();
        assert_eq!(around.minimum_m(), [0.5, 2.5]);
        assert_eq!(around.maximum_m(), [2.5, 5.5]);
        assert_eq!(around.shape(), [9, 13]);
    }

    #[test]
    fn bad_bounds_are_named() {
        let axis = |grid: Result<Grid<2>, _>| match grid {
            Err(LocError::Grid { axis, .. }) => axis,
            other => unreachable!("{other:?}"),
        };
        assert_eq!(axis(Grid::new([0.0, 1.0], [1.0, 0.0], [2, 2])), 1);
        assert_eq!(axis(Grid::new([f64::NAN, 0.0], [1.0, 1.0], [2, 2])), 0);
        assert_eq!(axis(Grid::new([0.0; 2], [1.0; 2], [2, 0])), 1);
        assert_eq!(axis(Grid::new([0.0; 2], [1.0; 2], [2, 1])), 1);
        assert_eq!(axis(Grid::new([0.0; 2], [1.0; 2], [usize::MAX, 2])), 1);
        assert!(Grid::with_step([0.0; 2], [1.0; 2], 0.0).is_err());
        assert!(Grid::<2>::enclosing(&[], 1.0, 0.1).is_err());
        assert_eq!(axis(Grid::enclosing(&[[0.0, 0.0]], -1.0, 0.1)), 0);
        assert_eq!(axis(Grid::enclosing(&[[0.0, 0.0]], f64::NAN, 0.1)), 0);
    }
}
