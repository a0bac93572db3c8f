//! Writing of SDPA's sparse format.

use std::fmt;

use super::{SdpaBlock, SdpaProblem};

impl fmt::Display for SdpaProblem {
    /// The file; numbers read back as what they are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}", self.costs.len(), self.blocks.len())?;
        for block in &self.blocks {
            match block {
                SdpaBlock::Symmetric(side) => write!(f, "{side} ")?,
                SdpaBlock::Diagonal(side) => write!(f, "-{side} ")?,
            }
        }
        writeln!(f)?;
        for cost in &self.costs {
            write!(f, "{cost:e} ")?;
        }
        writeln!(f)?;
        for e in &self.entries {
            let (block, row, column) = (e.block + 1, e.row + 1, e.column + 1);
            writeln!(f, "{} {block} {row} {column} {:e}", e.matrix, e.value)?;
        }
        Ok(())
    }
}
