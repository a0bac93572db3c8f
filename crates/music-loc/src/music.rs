//! The pseudo-spectrum.

use faer::{MatRef, c64};
use nf_channel::{ChannelError, ValidNetwork};

use crate::order::ModelOrder;
use crate::spectrum::{BLOCK, BlockSpectrum};
use crate::subspace::{SubspaceVariant, Subspaces};
use crate::{Echoes, Grid, LocError};

/// Smallest fraction told from rounding: `‖v‖² − ‖U_s^H v‖²` has lost all its digits below.
const SMALLEST_FRACTION: f64 = f64::EPSILON;

/// How received data are split into signal and noise. Every choice makes sense by itself; whether the
/// order suits the data shows when they are [analysed](Self::analyse).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct MusicParameters {
    /// How the receivers' data are combined.
    pub variant: SubspaceVariant,
    /// Number of users, or how to estimate the dimension of the signal. An estimate is made for each
    /// receiver by [`SubspaceVariant::PerAccessPoint`] and for the stack by the others;
    /// [`SubspaceVariant::StackedK`] keeps one M-th of it, rounded up.
    pub order: ModelOrder,
}

impl MusicParameters {
    /// One subspace for each receiver, `users` users.
    pub fn new(users: usize) -> Self {
        Self {
            variant: SubspaceVariant::PerAccessPoint,
            order: ModelOrder::Given(users),
        }
    }

    /// Splits the echoes that a network has received into signal and noise.
    ///
    /// Of the network's path gain only [`SubspaceVariant::StackedK`] makes use, of its echo convention
    /// none does. Cost: thin singular value decompositions, `O(N τ min(N, τ))` for each receiver or
    /// for the stack with all its `N`.
    ///
    /// # Errors
    ///
    /// [`LocError::Invalid`] when echoes and arrays disagree, [`LocError::NoSignal`] for data that are all
    /// zero, [`LocError::Order`] when a given order leaves no signal or no noise.
    pub fn analyse<const D: usize>(
        self,
        network: &ValidNetwork<D>,
        echoes: &Echoes,
    ) -> Result<Music<D>, LocError> {
        echoes.check_receivers(network)?;
        Ok(Music {
            network: network.clone(),
            variant: self.variant,
            subspaces: Subspaces::new(echoes, self.variant, self.order)?,
        })
    }
}

/// A signal subspace, ready to be compared with any position.
#[derive(Debug, Clone, PartialEq)]
pub struct Music<const D: usize> {
    network: ValidNetwork<D>,
    variant: SubspaceVariant,
    subspaces: Subspaces,
}

impl<const D: usize> Music<D> {
    /// The access points that have received the data.
    pub fn network(&self) -> &ValidNetwork<D> {
        &self.network
    }

    /// Dimension of the signal subspace of the stack, or of every receiver. Smaller than the order
    /// that was given where the data have a smaller rank.
    pub fn signal_dimensions(&self) -> Vec<usize> {
        self.subspaces.bases.iter().map(|b| b.ncols()).collect()
    }

    /// Fraction of the position's response that lies in the noise subspace, from 0 to 1:
    ///
    /// `Σ (‖v‖² − ‖U_s^H v‖²) / Σ ‖v‖²`, summed over receivers or over the one stack.
    ///
    /// On an antenna there is no response, and no evidence of a user either: the fraction is 1.
    /// Cost: `Σ N_l` complex exponentials and as many multiply-adds for each signal dimension.
    ///
    /// # Errors
    ///
    /// [`LocError::SearchedPosition`] for a position that is not finite or overflows.
    pub fn noise_fraction(&self, position_m: &[f64; D]) -> Result<f64, LocError> {
        let Some(vectors) = self.vectors(position_m)? else {
            return Ok(1.0);
        };
        let (mut total, mut signal) = (0.0, 0.0);
        for (basis, vector) in self.subspaces.bases.iter().zip(&vectors) {
            total += vector.iter().map(|v| v.norm_sqr()).sum::<f64>();
            signal += projected(basis.as_ref(), vector);
        }
        Ok(fraction(total, signal))
    }

    /// The pseudo-spectrum `−10 lg(noise fraction)` in dB: 0 where nothing looks like the signal, up
    /// to 157 for noiseless data at a user.
    ///
    /// # Errors
    ///
    /// As for [`noise_fraction`](Self::noise_fraction).
    pub fn spectrum_db(&self, positions_m: &[[f64; D]]) -> Result<Vec<f64>, LocError> {
        let mut levels = Vec::with_capacity(positions_m.len());
        let stacked = self.variant != SubspaceVariant::PerAccessPoint;
        let blocks = BlockSpectrum::new(&self.network, stacked, &self.subspaces.bases);
        let Some(mut blocks) = blocks else {
            return positions_m.iter().map(|p| self.level_db(p)).collect();
        };
        for block in positions_m.chunks(BLOCK) {
            self.add_levels_db(&mut blocks, block, &mut levels)?;
        }
        Ok(levels)
    }

    /// The levels of one block.
    fn add_levels_db(
        &self,
        blocks: &mut BlockSpectrum<D>,
        positions_m: &[[f64; D]],
        levels: &mut Vec<f64>,
    ) -> Result<(), LocError> {
        let gain = |l: usize, i: usize| self.network.reference_gain(l, &positions_m[i]);
        let coherent = self.variant == SubspaceVariant::StackedK;
        let gain = coherent.then_some(&gain as &dyn Fn(usize, usize) -> c64);
        match blocks.powers(positions_m, gain) {
            Some(powers) => levels.extend((0..positions_m.len()).map(|i| {
                let (total, signal) = (powers.total[i], powers.signal[i]);
                decibel(fraction(total, signal))
            })),
            // Some position is on an antenna or out of range.
            None => {
                for position in positions_m {
                    levels.push(self.level_db(position)?);
                }
            }
        }
        Ok(())
    }

    /// The pseudo-spectrum on a grid, in the order of its indices.
    ///
    /// # Errors
    ///
    /// As for [`noise_fraction`](Self::noise_fraction).
    pub fn grid_spectrum_db(&self, grid: &Grid<D>) -> Result<Vec<f64>, LocError> {
        let positions: Vec<[f64; D]> = grid.positions_m().collect();
        self.spectrum_db(&positions)
    }

    pub(crate) fn level_db(&self, position_m: &[f64; D]) -> Result<f64, LocError> {
        Ok(decibel(self.noise_fraction(position_m)?))
    }

    /// What is compared with each basis, or `None` on an antenna.
    fn vectors(&self, position_m: &[f64; D]) -> Result<Option<Vec<Vec<c64>>>, LocError> {
        let coherent = self.variant == SubspaceVariant::StackedK;
        let stations = self.network.access_points().len();
        let mut vectors = Vec::with_capacity(stations);
        for access_point in 0..stations {
            let mut values = match self.network.response_values(access_point, position_m) {
                Ok(values) => values,
                Err(ChannelError::OnElement { .. } | ChannelError::OnReference { .. }) => {
                    return Ok(None);
                }
                Err(source) => {
                    return Err(LocError::SearchedPosition {
                        access_point,
                        source,
                    });
                }
            };
            if coherent {
                let gain = self.network.reference_gain(access_point, position_m);
                values.iter_mut().for_each(|value| *value *= gain);
            }
            vectors.push(values);
        }
        if self.variant != SubspaceVariant::PerAccessPoint {
            vectors = vec![vectors.concat()];
        }
        Ok(Some(vectors))
    }
}

/// `(‖v‖² − ‖U_s^H v‖²)/‖v‖²`.
fn fraction(total: f64, signal: f64) -> f64 {
    ((total - signal) / total).clamp(SMALLEST_FRACTION, 1.0)
}

fn decibel(fraction: f64) -> f64 {
    -10.0 * fraction.log10()
}

/// `‖U^H v‖²`.
fn projected(basis: MatRef<'_, c64>, vector: &[c64]) -> f64 {
    (0..basis.ncols())
        .map(|column| {
            (vector.iter().enumerate())
                .map(|(row, value)| basis[(row, column)].conj() * value)
                .sum::<c64>()
                .norm_sqr()
        })
        .sum()
}
