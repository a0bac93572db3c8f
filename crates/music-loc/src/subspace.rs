//! Signal subspaces of received samples.

use faer::{Mat, MatRef, c64};

use crate::LocError;
use crate::echoes::Echoes;
use crate::order::{ModelOrder, estimate};

/// How the receivers' data are combined.
///
/// User `k` reaches receiver `l` along `a_{k,l}` with a waveform of its own: the echo matrix of one user
/// over all receivers has the rank of the `M × M` table of its gains `α_{k,l,m}`, which is M for
/// independent reflectivities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum SubspaceVariant {
    /// K vectors for all receivers stacked, matched against the stacked channel `β_l a_l`, carrier
    /// phases included: the paper's. Right only where every user's gain table has rank one
    /// (`α_{k,l,m} = ρ_k β_l β_m^*`: two-hop echoes and one reflectivity a user); its peaks are then
    /// about a wavelength wide, and no coarse grid sees them.
    StackedK,
    /// K·M vectors for all receivers stacked, matched against the stacked responses. Needs a signal
    /// subspace that large: transmit covariances whose ranks sum to K·M.
    StackedKM,
    /// K vectors for each receiver, noise projections summed over the receivers. Needs transmit
    /// covariances whose ranks sum to K.
    #[default]
    PerAccessPoint,
}

/// Orthonormal bases `U_s` of the signal: one for the stack, or one for each receiver.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Subspaces {
    pub bases: Vec<Mat<c64>>,
}

impl Subspaces {
    pub fn new(
        echoes: &Echoes,
        variant: SubspaceVariant,
        order: ModelOrder,
    ) -> Result<Self, LocError> {
        let receivers = echoes.receivers();
        let bases = match variant {
            SubspaceVariant::PerAccessPoint => (0..receivers)
                .map(|l| {
                    let factors = Factors::new(echoes.received(l), Some(l))?;
                    Ok(factors.basis(factors.dimension(order, 1, 1)?))
                })
                .collect::<Result<_, LocError>>()?,
            SubspaceVariant::StackedKM => {
                let factors = Factors::new(echoes.stacked().as_ref(), None)?;
                vec![factors.basis(factors.dimension(order, receivers, 1)?)]
            }
            SubspaceVariant::StackedK => {
                let factors = Factors::new(echoes.stacked().as_ref(), None)?;
                vec![factors.basis(factors.dimension(order, 1, receivers)?)]
            }
        };
        Ok(Self { bases })
    }
}

/// Left singular vectors and singular values of data scaled to a largest entry of 1.
struct Factors {
    vectors: Mat<c64>,
    singular: Vec<f64>,
    larger: usize,
}

impl Factors {
    /// A thin decomposition of the data themselves: no covariance is formed, so noiseless data keep all
    /// their digits and fewer snapshots than antennas need nothing special.
    fn new(samples: MatRef<'_, c64>, receiver: Option<usize>) -> Result<Self, LocError> {
        let largest = samples.norm_max();
        if largest == 0.0 {
            return Err(LocError::NoSignal { receiver });
        }
        let scaled = Mat::from_fn(samples.nrows(), samples.ncols(), |i, j| {
            samples[(i, j)] / largest
        });
        let svd = scaled.thin_svd().map_err(|_| LocError::Factorisation {
            what: "received samples",
        })?;
        let count = samples.nrows().min(samples.ncols());
        Ok(Self {
            vectors: svd.U().to_owned(),
            singular: (0..count).map(|i| svd.S()[i].re).collect(),
            larger: samples.nrows().max(samples.ncols()),
        })
    }

    /// `multiple` vectors a user, or the estimated dimension shared out between `shares`.
    fn dimension(
        &self,
        order: ModelOrder,
        multiple: usize,
        shares: usize,
    ) -> Result<usize, LocError> {
        let limit = self.vectors.nrows() - 1;
        let dimension = match order {
            ModelOrder::Given(users) => users.saturating_mul(multiple),
            _ => return Ok(estimate(order, &self.singular, self.larger).div_ceil(shares)),
        };
        if (1..=limit).contains(&dimension) {
            Ok(dimension)
        } else {
            Err(LocError::Order { dimension, limit })
        }
    }

    /// The strongest vectors, no more than the data's numerical rank: others would be rounding noise.
    fn basis(&self, dimension: usize) -> Mat<c64> {
        let threshold = f64::EPSILON * self.larger as f64 * self.singular[0];
        let rank = self.singular.iter().filter(|&&s| s > threshold).count();
        let columns = dimension.min(rank);
        self.vectors.subcols(0, columns).to_owned()
    }
}
