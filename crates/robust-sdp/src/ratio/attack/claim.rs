//! What an attack may start from.

use crate::ratio::proof::Proven;

/// What somebody says about the worst case of one target: [`Proven`] or read from a file. A search starts from it and does not
/// believe it.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct WorstCaseClaim {
    /// The ratio; zero for no claim.
    pub ratio: f64,
    /// The multipliers, as in [`Proven::multipliers`].
    pub multipliers: Vec<f64>,
}

impl From<&Proven> for WorstCaseClaim {
    fn from(proven: &Proven) -> Self {
        Self {
            ratio: proven.ratio(),
            multipliers: proven.multipliers().to_vec(),
        }
    }
}
