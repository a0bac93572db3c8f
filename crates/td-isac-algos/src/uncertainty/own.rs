//! Error blocks from elsewhere.

use faer::{Scale, c64};
use robust_sdp::ErrorBlock;

use super::{UncertaintyModel, of_user};
use crate::error::DesignError;

/// How the caller's error blocks depend on the time allocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
        ErrorBlock::Rotation { part, angle } => ErrorBlock::Rotation {
            part: part.clone(),
            angle: factor * angle,
        },
    }
}
