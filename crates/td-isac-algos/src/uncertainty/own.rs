//! Error blocks from elsewhere.

use faer::{Scale, c64};
use robust_sdp::ErrorBlock;

use super::{UncertaintyModel, of_user};
use crate::error::DesignError;

/// How the caller's error blocks depend on the time allocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Growth {
    /// Not at all: errors that sensing does not reduce.
    Constant,
    /// In proportion to the position error, `1/sqrt(1 - η)`; blocks are given for a block of time
    /// that is all sensing (`η = 0`).
    #[default]
    PositionError,
}

/// The caller's own error blocks, in the coordinates of the stacked channels.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct OwnBlocks {
    /// `blocks[user]`.
    pub blocks: Vec<Vec<ErrorBlock>>,
    /// Dependence on the time allocation.
    pub growth: Growth,
}

impl UncertaintyModel for OwnBlocks {
    fn error_blocks(&self, user: usize, eta: f64) -> Result<Vec<ErrorBlock>, DesignError> {
        let blocks = of_user(&self.blocks, user)?;
        let factor = match self.growth {
            Growth::Constant => 1.0,
            Growth::PositionError => (1.0 - eta).sqrt().recip(),
        };
        Ok(blocks.iter().map(|block| scaled(block, factor)).collect())
    }
}

fn scaled(block: &ErrorBlock, factor: f64) -> ErrorBlock {
    match block {
        ErrorBlock::Ball { group, radius } => ErrorBlock::Ball {
            group: *group,
            radius: factor * radius,
        },
        ErrorBlock::Directions { matrix, field } => ErrorBlock::Directions {
            matrix: matrix * Scale(c64::new(factor, 0.0)),
            field: *field,
        },
        ErrorBlock::Phase { group, angle } => ErrorBlock::Phase {
            group: *group,
            angle: factor * angle,
        },
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // helpers of tests
mod tests {
    use faer::Mat;
    use robust_sdp::Field;

    use super::*;

    /// With three quarters of the time for other things position errors are twice what they were.
    #[test]
    fn every_kind_of_block_grows() {
        let matrix = Mat::from_fn(3, 2, |i, j| c64::new(1.0 + i as f64, j as f64));
        let blocks = |factor: f64| {
            vec![
                ErrorBlock::Ball {
                    group: 1,
                    radius: 0.3 * factor,
                },
                ErrorBlock::Directions {
                    matrix: Mat::from_fn(3, 2, |i, j| matrix[(i, j)] * factor),
                    field: Field::Real,
                },
                ErrorBlock::Phase {
                    group: 2,
                    angle: 0.2 * factor,
                },
            ]
        };
        let model = |growth| OwnBlocks {
            blocks: vec![blocks(1.0)],
            growth,
        };
        let growing = model(Growth::PositionError).error_blocks(0, 0.75).unwrap();
        assert_eq!(growing, blocks(2.0));
        let constant = model(Growth::Constant).error_blocks(0, 0.75).unwrap();
        assert_eq!(constant, blocks(1.0));
    }
}
