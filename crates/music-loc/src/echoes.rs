//! What the access points received.

use faer::{Mat, MatRef, c64};

use nf_channel::{Invalid, ValidNetwork};

use crate::LocError;

/// Received samples `Y_l`, one `N_l × τ` matrix for each receiving access point, all finite and with a
/// common number τ ≥ 1 of slots.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Samples"))]
pub struct Echoes {
    #[cfg_attr(feature = "serde", serde(with = "crlb::rows::list"))]
    received: Vec<Mat<c64>>,
}

impl Echoes {
    /// Samples from anywhere.
    ///
    /// # Errors
    ///
    /// [`LocError::Invalid`] without receivers, elements or slots or when the numbers of slots differ,
    /// [`LocError::NonFiniteSamples`].
    pub fn new(received: Vec<Mat<c64>>) -> Result<Self, LocError> {
        check_samples("echo", &received)?;
        Ok(Self { received })
    }

    /// These echoes less others of the same arrays and slots: what has come since the others were received.
    ///
    /// Static scatterers, leakage between access points and whatever else stays the same cancels if the others are
    /// of a frame without users **and of the same waveform**; the noise of both frames is in the difference, with
    /// the sum of their powers.
    ///
    /// # Errors
    ///
    /// [`LocError::Invalid`] for other numbers of receivers, elements or slots.
    pub fn minus(&self, others: &Self) -> Result<Self, LocError> {
        Invalid::unless_size("echoes", self.receivers(), others.receivers())?;
        Invalid::unless_size("echoes (slots)", self.slots(), others.slots())?;
        let difference = |(a, b): (&Mat<c64>, &Mat<c64>)| {
            Invalid::unless_size("echoes (elements)", a.nrows(), b.nrows())?;
            Ok(a - b)
        };
        let pairs = self.received.iter().zip(&others.received);
        Self::new(pairs.map(difference).collect::<Result<_, LocError>>()?)
    }

    /// Number of receiving access points.
    pub fn receivers(&self) -> usize {
        self.received.len()
    }

    /// Number of slots, τ.
    pub fn slots(&self) -> usize {
        self.received[0].ncols()
    }

    /// `Y_l`, elements by slots.
    ///
    /// # Panics
    ///
    /// The index is out of range, as for a slice.
    pub fn received(&self, receiver: usize) -> MatRef<'_, c64> {
        self.received[receiver].as_ref()
    }

    /// All receivers below each other, `Σ_l N_l × τ`.
    pub fn stacked(&self) -> Mat<c64> {
        let rows = self.received.iter().map(Mat::nrows).sum();
        let mut stacked = Mat::zeros(rows, self.slots());
        let mut first = 0;
        for block in &self.received {
            stacked
                .as_mut()
                .subrows_mut(first, block.nrows())
                .copy_from(block);
            first += block.nrows();
        }
        stacked
    }

    /// The error for echoes that other arrays have received.
    pub(crate) fn check_receivers<const D: usize>(
        &self,
        network: &ValidNetwork<D>,
    ) -> Result<(), Invalid> {
        let arrays = network.access_points();
        Invalid::unless_size("echoes", arrays.len(), self.receivers())?;
        for (array, block) in arrays.iter().zip(&self.received) {
            Invalid::unless_size("echoes (elements)", array.len(), block.nrows())?;
        }
        Ok(())
    }

    /// `Y_l Y_l^H / τ`.
    ///
    /// # Panics
    ///
    /// The index is out of range, as for a slice.
    pub fn sample_covariance(&self, receiver: usize) -> Mat<c64> {
        covariance(self.received(receiver))
    }

    /// The same of all receivers stacked, cross-terms between receivers included.
    pub fn stacked_sample_covariance(&self) -> Mat<c64> {
        covariance(self.stacked().as_ref())
    }
}

/// What echoes are read from.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct Samples {
    #[serde(with = "crlb::rows::list")]
    received: Vec<Mat<c64>>,
}

#[cfg(feature = "serde")]
impl TryFrom<Samples> for Echoes {
    type Error = LocError;

    fn try_from(Samples { received }: Samples) -> Result<Self, LocError> {
        Self::new(received)
    }
}

fn covariance(samples: MatRef<'_, c64>) -> Mat<c64> {
    let scale = faer::Scale(c64::from(1.0 / samples.ncols() as f64));
    scale * (samples * samples.adjoint())
}

/// At least one block, one row and one column, a common number of columns, finite entries.
pub(crate) fn check_samples(what: &'static str, blocks: &[Mat<c64>]) -> Result<(), LocError> {
    Invalid::if_none("access_points", blocks.len())?;
    let slots = blocks[0].ncols();
    Invalid::if_none("slots", slots)?;
    for (access_point, block) in blocks.iter().enumerate() {
        Invalid::if_none("elements", block.nrows())?;
        Invalid::unless_size("samples (slots)", slots, block.ncols())?;
        if !block.is_all_finite() {
            return Err(LocError::NonFiniteSamples { what, access_point });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_the_stacked_covariance_are_the_receivers_own() {
        let block = |rows: usize, shift: f64| {
            Mat::from_fn(rows, 5, |i, j| c64::new((i * j) as f64, shift + j as f64))
        };
        let echoes = Echoes::new(vec![block(3, 0.0), block(2, 1.0)]).unwrap();
        let stacked = echoes.stacked_sample_covariance();
        let own = echoes.sample_covariance(1);
        assert!((stacked.submatrix(3, 3, 2, 2) - &own).norm_max() < 1e-12);
        assert_eq!(own[(0, 1)].conj(), own[(1, 0)]);
    }

    #[test]
    fn samples_are_checked() {
        let zeros = |rows, columns| Mat::<c64>::zeros(rows, columns);
        let error = |blocks| Echoes::new(blocks).unwrap_err();
        let text = |blocks| error(blocks).to_string();
        assert_eq!(text(vec![]), "access_points = 0 must be at least 1");
        assert_eq!(text(vec![zeros(2, 0)]), "slots = 0 must be at least 1");
        assert_eq!(text(vec![zeros(0, 2)]), "elements = 0 must be at least 1");
        assert!(matches!(
            error(vec![zeros(2, 3), zeros(2, 4)]),
            LocError::Invalid(Invalid::Size {
                requirement: 3,
                value: 4,
                ..
            })
        ));
        let mut spoilt = zeros(2, 3);
        spoilt[(1, 2)] = c64::new(0.0, f64::NAN);
        assert_eq!(
            error(vec![zeros(2, 3), spoilt]),
            LocError::NonFiniteSamples {
                what: "echo",
                access_point: 1
            }
        );
    }
}
