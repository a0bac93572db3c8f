//! The information that one receiver extracts from the echoes of one set of transmitters.

use faer::{Mat, MatRef, c64};

use crate::CrlbError;
use crate::model::{GainModel, SensingModel};
use crate::nuisance::NuisanceProjection;
use crate::signal::TransmitGram;

/// Normalised information (without `2τ/σ²`) of one receiver about the positions and about the
/// complex echo gains of one transmitter, or of all transmitters when their signals are correlated.
///
/// For the noiseless echo `H = Σ_k α_k a_k b_k^H` and a covariance Ψ of the transmitted signal, the
/// inner product of two derivatives `u v^H` and `u' v'^H` of `H` is `(u^H u')(v'^H Ψ v)`. So the three
/// blocks below are sums of products of entries of two Gram matrices. The gains enter as complex
/// unknowns: the real information matrix over their real and imaginary parts is
/// `[[Re G, -Im G], [Im G, Re G]]`, and that of gains and positions `[Re N; Im N]`. Positions are
/// along each user's own axes, as in [`SensingModel`].
#[derive(Debug, Clone)]
pub struct EchoInformation {
    /// Index of the receiving access point.
    pub receiver: usize,
    /// Indices of the transmitting access points: one, or all when their signals are correlated.
    pub transmitters: Vec<usize>,
    /// Positions against positions, real symmetric, `DK × DK`.
    pub position: Mat<f64>,
    /// `N`: complex gains (transmitter by transmitter, user by user) against positions, `n × DK`.
    /// It has no rows when the gains are known.
    pub cross: Mat<c64>,
    /// `G`: complex gains against complex gains, Hermitian, `n × n`.
    pub gain: Mat<c64>,
    /// The part of the gains' span that is numerically there.
    pub nuisance: NuisanceProjection,
}

impl EchoInformation {
    /// `L = G⁺ N`, `n × DK`: the change of the gain estimates for each position error. The
    /// derivative of the echo that is left after fitting the gains is `∂_p H - Σ_i L_ip a_i b_i^H`.
    pub fn gain_response(&self) -> Mat<c64> {
        let basis = &self.nuisance.basis;
        basis * (basis.adjoint() * &self.cross)
    }

    /// Contribution to the equivalent information of the positions: `Re(P - N^H G⁺ N)`.
    pub fn equivalent(&self) -> Mat<f64> {
        // Through V^H N with G⁺ = V V^H, so that what is subtracted is exactly positive semidefinite.
        let seen = self.nuisance.basis.adjoint() * &self.cross;
        let explained = seen.adjoint() * &seen;
        Mat::from_fn(self.position.nrows(), self.position.ncols(), |i, j| {
            self.position[(i, j)] - explained[(i, j)].re
        })
    }
}

impl<const D: usize> SensingModel<D> {
    /// All blocks of the information, one for each receiver and (group of) transmitters.
    ///
    /// Cost `O(M² (D+1)² K²)` for products and `O(M² K³)` for the projections.
    ///
    /// # Errors
    ///
    /// [`CrlbError::Invalid`] for Gram matrices of another scene, [`CrlbError::Factorisation`] when an
    /// eigenvalue decomposition fails.
    pub fn echo_information(&self, gram: &TransmitGram) -> Result<Vec<EchoInformation>, CrlbError> {
        gram.check(self.access_points(), (D + 1) * self.users())?;
        let stations = self.access_points();
        let groups: Vec<Vec<usize>> = match gram {
            TransmitGram::Uncorrelated(_) => (0..stations).map(|m| vec![m]).collect(),
            TransmitGram::Correlated(_) => vec![(0..stations).collect()],
        };
        let mut blocks = Vec::with_capacity(stations * groups.len());
        for receiver in 0..stations {
            for transmitters in &groups {
                blocks.push(self.block(receiver, transmitters, gram)?);
            }
        }
        Ok(blocks)
    }

    fn block(
        &self,
        receiver: usize,
        transmitters: &[usize],
        gram: &TransmitGram,
    ) -> Result<EchoInformation, CrlbError> {
        let (users, coordinates) = (self.users(), self.coordinates());
        let with_gains = self.gain_model() == GainModel::Unknown;
        let nuisances = if with_gains {
            users * transmitters.len()
        } else {
            0
        };
        let mut position = Mat::<f64>::zeros(coordinates, coordinates);
        let mut cross = Mat::<c64>::zeros(nuisances, coordinates);
        let mut gain = Mat::<c64>::zeros(nuisances, nuisances);
        for (row, &m) in transmitters.iter().enumerate() {
            for (column, &n) in transmitters.iter().enumerate() {
                // Tr(Ψ_{nm} (u v_m^H)^H u' v_n^H) = (u^H u') (v_n^H Ψ_{nm} v_m)
                let pair = PairProducts {
                    receive: self.receive_gram(receiver),
                    transmit: match gram {
                        TransmitGram::Uncorrelated(own) => own[m].as_ref(),
                        TransmitGram::Correlated(all) => all[n][m].as_ref(),
                    },
                    users,
                    left: self.pair_gains(receiver, m),
                    right: self.pair_gains(receiver, n),
                };
                for q in 0..coordinates {
                    for p in 0..coordinates {
                        position[(p, q)] += pair.position::<D>(p, q).re;
                    }
                }
                if with_gains {
                    for i in 0..users {
                        for q in 0..coordinates {
                            cross[(row * users + i, q)] += pair.cross::<D>(i, q);
                        }
                        for j in 0..users {
                            gain[(row * users + i, column * users + j)] = pair.gain(i, j);
                        }
                    }
                }
            }
        }
        let symmetric = Mat::from_fn(coordinates, coordinates, |i, j| {
            0.5 * (position[(i, j)] + position[(j, i)])
        });
        let nuisance = NuisanceProjection::new(gain.as_ref())?;
        Ok(EchoInformation {
            receiver,
            transmitters: transmitters.to_vec(),
            position: symmetric,
            cross,
            gain,
            nuisance,
        })
    }
}

/// Inner products of echo derivatives of transmitter m (left, conjugated) and n (right).
struct PairProducts<'a> {
    /// `A^H A` at the receiver.
    receive: MatRef<'a, c64>,
    /// `B_n^H Ψ_{nm} B_m`.
    transmit: MatRef<'a, c64>,
    users: usize,
    left: PairGains,
    right: PairGains,
}

/// Echo gains of one pair and their relative derivatives.
struct PairGains {
    /// α of each user.
    values: Vec<c64>,
    /// `∂α/α` for each coordinate.
    slopes: Vec<c64>,
}

impl<const D: usize> SensingModel<D> {
    fn pair_gains(&self, receiver: usize, transmitter: usize) -> PairGains {
        PairGains {
            values: (0..self.users())
                .map(|user| self.scene().echo_gain(receiver, transmitter, user))
                .collect(),
            slopes: (0..self.coordinates())
                .map(|q| self.echo_gain_slope(receiver, transmitter, q))
                .collect(),
        }
    }
}

impl PairProducts<'_> {
    /// `<a_i b_i^H, a_j b_j^H>`.
    fn gain(&self, i: usize, j: usize) -> c64 {
        self.receive[(i, j)] * self.transmit[(j, i)]
    }

    /// `<a_i b_i^H, α_k (∂_q a_k b_k^H + a_k ∂_q b_k^H + slope_q a_k b_k^H)>`, k the user that owns
    /// coordinate q.
    fn cross<const D: usize>(&self, i: usize, q: usize) -> c64 {
        let (k, slope) = (q / D, self.users + q);
        let sum = self.receive[(i, slope)] * self.transmit[(k, i)]
            + self.receive[(i, k)] * self.transmit[(slope, i)]
            + self.right.slopes[q] * self.gain(i, k);
        self.right.values[k] * sum
    }

    /// The same for two coordinates.
    fn position<const D: usize>(&self, p: usize, q: usize) -> c64 {
        let (kp, dp) = (p / D, self.users + p);
        let (kq, dq) = (q / D, self.users + q);
        let (r, t) = (&self.receive, &self.transmit);
        let (sp, sq) = (self.left.slopes[p].conj(), self.right.slopes[q]);
        // <∂a b^H + a ∂b^H, ..> with each term of the right factor, then <slope a b^H, ..>.
        let sum = r[(dp, dq)] * t[(kq, kp)]
            + r[(kp, dq)] * t[(kq, dp)]
            + r[(dp, kq)] * (t[(dq, kp)] + sq * t[(kq, kp)])
            + r[(kp, kq)] * (t[(dq, dp)] + sq * t[(kq, dp)])
            + sp * (r[(kp, dq)] * t[(kq, kp)] + r[(kp, kq)] * (t[(dq, kp)] + sq * t[(kq, kp)]));
        self.left.values[kp].conj() * self.right.values[kq] * sum
    }
}
