//! The Fisher information of the whole scene.

use faer::Mat;

use crate::CrlbError;
use crate::echo::EchoInformation;
use crate::linalg;
use crate::model::SensingModel;
use crate::signal::{SensingSignal, TransmitGram};
use crate::user_axes::UserAxes;

/// Rounding level of a response's direction, in units of (coordinate size)/(distance).
const DIRECTION_ROUNDING: f64 = 64.0 * f64::EPSILON;

/// Echoes that a receiver cannot tell apart. A diagnostic, not an error: other pairs may resolve the
/// users, and what this pair says about the sum of the echoes is still counted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AmbiguousPair {
    /// Receiving access point.
    pub receiver: usize,
    /// Transmitting access points that take part (one, unless the signals are correlated).
    pub transmitters: Vec<usize>,
    /// Users with linearly dependent echoes.
    pub users: Vec<usize>,
}

/// Fisher information of a scene under one sensing signal.
///
/// Model: `Y_l = Σ_m Σ_k α_{k,l,m} a_{k,l} b_{k,m}^H S_m + N_l`, white circular Gaussian noise of power
/// σ² per element and slot, τ slots. Unknown: all user positions and, with
/// [`GainModel::Unknown`](crate::GainModel::Unknown), the real and imaginary parts of all α.
///
/// "Normalised" quantities (`J̄`) omit the factor `2τ/σ²`: they depend on the signal's covariance
/// alone and are in watts per square metre times gain; see [`scale`](Self::scale).
#[derive(Debug, Clone)]
pub struct FisherInformation<const D: usize> {
    pub(crate) users: usize,
    pub(crate) noise_w: f64,
    pub(crate) blocks: Vec<EchoInformation>,
    axes: UserAxes<D>,
    /// `J̄_pp` and `J̄_e` along the users' own axes.
    pub(crate) own_position: Mat<f64>,
    pub(crate) own_equivalent: Mat<f64>,
    /// For each user, the information that a gradient made of rounding errors would show.
    pub(crate) rounding: Vec<f64>,
}

impl<const D: usize> SensingModel<D> {
    /// Fisher information under a sensing signal.
    ///
    /// # Errors
    ///
    /// Those of [`transmit_gram`](Self::transmit_gram), and [`CrlbError::Factorisation`].
    pub fn fisher_information(
        &self,
        signal: &SensingSignal,
    ) -> Result<FisherInformation<D>, CrlbError> {
        self.fisher_information_of_gram(&self.transmit_gram(signal)?)
    }

    /// The same from the compressed signal.
    ///
    /// # Errors
    ///
    /// As for [`echo_information`](Self::echo_information).
    pub fn fisher_information_of_gram(
        &self,
        gram: &TransmitGram,
    ) -> Result<FisherInformation<D>, CrlbError> {
        let blocks = self.echo_information(gram)?;
        let side = self.coordinates();
        let mut position = Mat::<f64>::zeros(side, side);
        let mut equivalent = Mat::<f64>::zeros(side, side);
        for block in &blocks {
            linalg::add(&mut position, &block.position);
            linalg::add(&mut equivalent, &block.equivalent());
        }
        Ok(FisherInformation {
            users: self.users(),
            noise_w: self.noise_w(),
            blocks,
            axes: self.axes.clone(),
            own_position: position,
            own_equivalent: equivalent,
            rounding: self.rounding_information(gram),
        })
    }

    /// `Σ_{lm} |α|² ‖a‖² ‖b‖² λ_m (k δ)²`, δ the rounding error of the direction of a user: what
    /// the diagonal of `J̄_pp` shows when the true gradient vanishes. The error of `∂b` may point anywhere, so what counts is
    /// `λ_m`, the brightest that Ψ makes any of the vectors, and not the power that lights `b` itself.
    fn rounding_information(&self, gram: &TransmitGram) -> Vec<f64> {
        let network = self.scene().network();
        let wavenumber = network.parameters().carrier.wavenumber_rad_per_m();
        let stations = self.access_points();
        let direction_error = |station: usize, user: usize| {
            let reference = network.access_points()[station].reference_m();
            let size = norm(&self.scene().users_m()[user]) + norm(reference);
            let distance = self.scene().response(station, user).distance_m;
            DIRECTION_ROUNDING * (1.0 + size / distance)
        };
        let brightest: Vec<f64> = (0..stations).map(|m| self.brightest(gram, m)).collect();
        (0..self.users())
            .map(|user| {
                let mut total = 0.0;
                for receiver in 0..stations {
                    for transmitter in 0..stations {
                        let lit = self.receive_gram(transmitter)[(user, user)].re
                            * brightest[transmitter];
                        let slope = wavenumber
                            * direction_error(receiver, user)
                                .max(direction_error(transmitter, user));
                        total += self
                            .scene()
                            .echo_gain(receiver, transmitter, user)
                            .norm_sqr()
                            * self.receive_gram(receiver)[(user, user)].re
                            * lit
                            * slope
                            * slope;
                    }
                }
                total
            })
            .collect()
    }
}

impl<const D: usize> SensingModel<D> {
    /// The largest `v^H Ψ v / ‖v‖²` of a transmitter's vectors.
    fn brightest(&self, gram: &TransmitGram, transmitter: usize) -> f64 {
        let (seen, factor) = match gram {
            TransmitGram::Uncorrelated(own) => (&own[transmitter], 1.0),
            // Echoes of correlated transmitters may add in amplitude.
            TransmitGram::Correlated(all) => {
                (&all[transmitter][transmitter], self.access_points() as f64)
            }
        };
        // A vector and its conjugate are equally long.
        let lengths = self.receive_gram(transmitter);
        (0..seen.nrows())
            .map(|c| factor * seen[(c, c)].re / lengths[(c, c)].re)
            .filter(|power| power.is_finite())
            .fold(0.0, f64::max)
    }
}

fn norm<const D: usize>(vector: &[f64; D]) -> f64 {
    vector.iter().map(|x| x * x).sum::<f64>().sqrt()
}

impl<const D: usize> FisherInformation<D> {
    /// `2τ/σ²`, the factor between normalised and true information, for τ sensing slots.
    pub fn scale(&self, slots: f64) -> f64 {
        2.0 * slots / self.noise_w
    }

    /// The blocks, one for each receiver and (group of) transmitters.
    pub fn blocks(&self) -> &[EchoInformation] {
        &self.blocks
    }

    /// Normalised information of the positions with known gains, `J̄_pp`, `DK × DK`.
    pub fn position_normalised(&self) -> Mat<f64> {
        self.restored(&self.own_position)
    }

    /// Normalised equivalent information of the positions (gains eliminated), `J̄_e`, `DK × DK`.
    /// Equal to [`position_normalised`](Self::position_normalised) when the gains are known.
    pub fn equivalent_normalised(&self) -> Mat<f64> {
        self.restored(&self.own_equivalent)
    }

    /// From the users' own axes to those of the scene.
    pub(crate) fn restored(&self, own: &Mat<f64>) -> Mat<f64> {
        self.axes.restore(own.as_ref())
    }

    /// From the axes of the scene to the users' own.
    pub(crate) fn along_own_axes(&self, matrix: &Mat<f64>) -> Mat<f64> {
        self.axes.along(matrix.as_ref())
    }

    /// Equivalent information `J_e` for τ slots, in m⁻².
    pub fn equivalent(&self, slots: f64) -> Mat<f64> {
        linalg::scaled(self.scale(slots), &self.equivalent_normalised())
    }

    /// The complete normalised information `J̄`, side `DK + 2KM²` with unknown gains, else `DK`.
    ///
    /// Order: coordinates user by user and axis by axis; then for each receiver, for each
    /// transmitter, the real parts of α of all users followed by their imaginary parts.
    pub fn full_normalised(&self) -> Mat<f64> {
        let positions = D * self.users;
        let gains: usize = self.blocks.iter().map(|block| 2 * block.gain.nrows()).sum();
        let mut full = Mat::<f64>::zeros(positions + gains, positions + gains);
        full.submatrix_mut(0, 0, positions, positions)
            .copy_from(&self.own_position);
        let mut start = positions;
        for block in &self.blocks {
            let count = block.gain.nrows();
            // Real part of echo i (transmitter-major), and the offset to its imaginary part.
            let real = |i: usize| start + 2 * self.users * (i / self.users) + i % self.users;
            let imaginary = |i: usize| real(i) + self.users;
            for i in 0..count {
                for q in 0..positions {
                    let value = block.cross[(i, q)];
                    for (row, entry) in [(real(i), value.re), (imaginary(i), value.im)] {
                        full[(row, q)] = entry;
                        full[(q, row)] = entry;
                    }
                }
                for j in 0..count {
                    let value = block.gain[(i, j)];
                    full[(real(i), real(j))] = value.re;
                    full[(imaginary(i), imaginary(j))] = value.re;
                    full[(real(i), imaginary(j))] = -value.im;
                    full[(imaginary(i), real(j))] = value.im;
                }
            }
            start += 2 * count;
        }
        self.restored(&full)
    }

    /// The complete information `J` for τ slots, in the order of
    /// [`full_normalised`](Self::full_normalised).
    pub fn full(&self, slots: f64) -> Mat<f64> {
        linalg::scaled(self.scale(slots), &self.full_normalised())
    }

    /// Pairs of access points for which some users have linearly dependent echoes.
    pub fn ambiguous_pairs(&self) -> Vec<AmbiguousPair> {
        let mut pairs = Vec::new();
        for block in &self.blocks {
            for group in &block.nuisance.ambiguous {
                let mut users: Vec<usize> = group.iter().map(|i| i % self.users).collect();
                let mut transmitters: Vec<usize> = group
                    .iter()
                    .map(|i| block.transmitters[i / self.users])
                    .collect();
                for list in [&mut users, &mut transmitters] {
                    list.sort_unstable();
                    list.dedup();
                }
                pairs.push(AmbiguousPair {
                    receiver: block.receiver,
                    transmitters,
                    users,
                });
            }
        }
        pairs
    }
}

#[cfg(test)]
mod tests {
    use faer::c64;
    use nf_channel::{Array, Carrier, EchoConvention, EchoScene};
    use proptest::prelude::*;

    use super::*;
    use crate::SensingParameters;

    fn station() -> impl Strategy<Value = Array<2>> {
        let offsets = prop::collection::vec(prop::array::uniform2(-0.5..0.5f64), 5..8);
        (0.0..6.2f64, offsets).prop_map(|(angle, offsets)| {
            Array::from_offsets([14.0 * angle.cos(), 14.0 * angle.sin()], offsets).unwrap()
        })
    }

    /// Replaces the centred gradients by those of `exp(-jk r_n)`, without `+ jk u_0`.
    fn uncentred(model: &SensingModel<2>) -> SensingModel<2> {
        let parameters = model.scene().network().parameters();
        let wavenumber = parameters.carrier.wavenumber_rad_per_m();
        let users = model.users();
        let mut copy = model.clone();
        for responses in &mut copy.responses {
            for coordinate in 0..2 * users {
                let user = coordinate / 2;
                let slope = wavenumber * responses.direction[coordinate];
                for n in 0..responses.receive.nrows() {
                    let a = responses.receive[(n, user)];
                    responses.receive[(n, users + coordinate)] += c64::new(0.0, -slope) * a;
                    let sign = parameters.echo_convention.transmit_sign();
                    let b = responses.transmit[(n, user)];
                    responses.transmit[(n, users + coordinate)] += c64::new(0.0, sign * slope) * b;
                }
            }
            responses.receive_gram = responses.receive.adjoint() * &responses.receive;
        }
        copy
    }

    proptest! {
        #![proptest_config(ProptestConfig { max_global_rejects: 100_000, ..Default::default() })]

        /// A common phase of the response lies in the span of the unknown gain, so the equivalent
        /// information cannot depend on the phase reference.
        #[test]
        fn unknown_gains_absorb_the_phase_reference(
            stations in prop::collection::vec(station(), 1..4),
            users in prop::collection::vec(prop::array::uniform2(-7.0..7.0f64), 1..4),
            reciprocal in any::<bool>(),
        ) {
            let count = stations.len();
            let carrier = Carrier::new(1e9).unwrap();
            let mut scene = EchoScene::new(carrier, stations, users);
            if reciprocal {
                scene.network.echo_convention = EchoConvention::Reciprocal;
            }
            let model = SensingParameters::new(scene, 1e-10).check().unwrap();
            let signal = SensingSignal::isotropic(vec![1.0; count]);
            let centred = model.fisher_information(&signal).unwrap();
            // Close users: the elimination itself loses digits.
            prop_assume!(centred.blocks().iter().all(|block| {
                let users = model.users();
                (0..users).all(|i| (0..i).all(|j| {
                    let gain = &block.gain;
                    gain[(i, j)].norm_sqr() < 0.5 * gain[(i, i)].re * gain[(j, j)].re
                }))
            }));
            let other = uncentred(&model).fisher_information(&signal).unwrap();
            let (a, b) = (centred.equivalent_normalised(), other.equivalent_normalised());
            let known = centred.position_normalised();
            let size = |i: usize| known[(i, i)] + known[(i ^ 1, i ^ 1)];
            for j in 0..a.ncols() {
                for i in 0..a.nrows() {
                    // The range direction alone can be a thousand times weaker.
                    let scale = (size(i) * size(j)).sqrt();
                    prop_assert!((a[(i, j)] - b[(i, j)]).abs() < 1e-9 * scale);
                }
            }
        }
    }
}
