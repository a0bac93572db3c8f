//! The pseudo-spectrum.

use faer::{MatRef, c64};
use nf_channel::{AmplitudeProfile, Array, Carrier, ChannelError, PathGain, Wavefront};

use crate::error::check_size;
use crate::order::ModelOrder;
use crate::spectrum::{BLOCK, BlockSpectrum};
use crate::subspace::{SubspaceVariant, Subspaces};
use crate::{Echoes, Grid, LocError};

/// Smallest fraction told from rounding: `‖v‖² − ‖U_s^H v‖²` has lost all its digits below.
const SMALLEST_FRACTION: f64 = f64::EPSILON;

/// What the search knows about the receivers, freely editable.
#[derive(Debug, Clone, PartialEq)]
pub struct MusicParameters<const D: usize> {
    /// Carrier frequency and wavelength.
    pub carrier: Carrier,
    /// Arrays of the receiving access points, in the order of the echoes.
    pub access_points: Vec<Array<D>>,
    /// Spherical waves, or the planar comparator.
    pub wavefront: Wavefront,
    /// Equal or distance-dependent amplitudes over an array.
    pub amplitude_profile: AmplitudeProfile,
    /// One-way amplitude over distance; [`SubspaceVariant::StackedK`] alone looks at it.
    pub path_gain: PathGain,
    /// How the receivers' data are combined.
    pub variant: SubspaceVariant,
    /// Number of users, or how to estimate the dimension of the signal. An estimate is made for each
    /// receiver by [`SubspaceVariant::PerAccessPoint`] and for the stack by the others;
    /// [`SubspaceVariant::StackedK`] keeps one M-th of it, rounded up.
    pub order: ModelOrder,
}

impl<const D: usize> MusicParameters<D> {
    /// Spherical waves, one subspace for each receiver, `users` users.
    pub fn new(carrier: Carrier, access_points: Vec<Array<D>>, users: usize) -> Self {
        Self {
            carrier,
            access_points,
            wavefront: Wavefront::Near,
            amplitude_profile: AmplitudeProfile::Uniform,
            path_gain: PathGain::SquareRoot,
            variant: SubspaceVariant::PerAccessPoint,
            order: ModelOrder::Given(users),
        }
    }

    /// Splits the echoes into signal and noise.
    ///
    /// Cost: thin singular value decompositions, `O(N τ min(N, τ))` for each receiver or
    /// for the stack with all its `N`.
    ///
    /// # Errors
    ///
    /// [`LocError::Size`] when echoes and arrays disagree, [`LocError::NoSignal`] for data that are all
    /// zero, [`LocError::Order`] when a given order leaves no signal or no noise.
    pub fn analyse(self, echoes: &Echoes) -> Result<Music<D>, LocError> {
        check_size("echoes", self.access_points.len(), echoes.receivers())?;
        for (l, array) in self.access_points.iter().enumerate() {
            check_size("echoes (elements)", array.len(), echoes.received(l).nrows())?;
        }
        let subspaces = Subspaces::new(echoes, self.variant, self.order)?;
        Ok(Music {
            parameters: self,
            subspaces,
        })
    }
}

/// A signal subspace, ready to be compared with any position.
#[derive(Debug, Clone, PartialEq)]
pub struct Music<const D: usize> {
    parameters: MusicParameters<D>,
    subspaces: Subspaces,
}

impl<const D: usize> Music<D> {
    /// The parameters of this analysis.
    pub fn parameters(&self) -> &MusicParameters<D> {
        &self.parameters
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
        let Some(mut blocks) = BlockSpectrum::new(&self.parameters, &self.subspaces.bases) else {
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
        let parameters = &self.parameters;
        let gain =
            |l: usize, i: usize| self.reference_gain(&parameters.access_points[l], &positions_m[i]);
        let coherent = parameters.variant == SubspaceVariant::StackedK;
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
        let parameters = &self.parameters;
        let coherent = parameters.variant == SubspaceVariant::StackedK;
        let mut vectors = Vec::with_capacity(parameters.access_points.len());
        for (access_point, array) in parameters.access_points.iter().enumerate() {
            let response = array.response_values(
                &parameters.carrier,
                parameters.wavefront,
                parameters.amplitude_profile,
                position_m,
            );
            let mut values = match response {
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
                let gain = self.reference_gain(array, position_m);
                values.iter_mut().for_each(|value| *value *= gain);
            }
            vectors.push(values);
        }
        if parameters.variant != SubspaceVariant::PerAccessPoint {
            vectors = vec![vectors.concat()];
        }
        Ok(Some(vectors))
    }

    /// `β = |β| exp(−jk r_0)`.
    fn reference_gain(&self, array: &Array<D>, position_m: &[f64; D]) -> c64 {
        let square: f64 = (position_m.iter().zip(array.reference_m()))
            .map(|(p, e)| (p - e).powi(2))
            .sum();
        let (carrier, distance_m) = (&self.parameters.carrier, square.sqrt());
        c64::from_polar(
            self.parameters.path_gain.amplitude(carrier, distance_m),
            -carrier.wavenumber_rad_per_m() * distance_m,
        )
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
