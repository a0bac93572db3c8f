//! What one user more explains beside others, all gains adapting.
//!
//! The echoes of a user at `c` in receiver `l` are the space of the matrices `E_{c,r} = a_l q_r^T / ‖a_l‖`, with orthonormal rows
//! `q_r` of the span of the waveforms that reach `c` (see `scan`). Their inner products with each other are
//!
//! ```math
//! \langle E_{c,r}, E_{c',r'}\rangle = \frac{a_l(c)^H a_l(c')}{\lVert a_l(c)\rVert \lVert a_l(c')\rVert}\, q_r^H q'_{r'}.
//! ```
//!
//! With `z` those with what the others leave of the data, and `W` the components of the user's vectors in an orthonormal basis
//! of the others', least squares in all gains explains `Σ_l z^H (I − W^H W)^{-1} z` more than the others do. Where users' echoes
//! overlap this is far more than what `z` alone says, and its maximum is elsewhere.

use faer::{Mat, c64};

use crate::scan::{EchoSpace, Scan, inner};

/// Squared norm below which what others leave of a vector of unit length is rounding.
const DEPENDENT: f64 = 1e-9;

/// The echoes of some users.
pub(crate) struct Others {
    space: EchoSpace,
    /// For each receiver the lengths of the responses, and the triangular factor of the vectors' inner products.
    receivers: Vec<(Vec<f64>, Cholesky)>,
}

impl Others {
    /// `None` for nobody, and where one of the positions has no response.
    pub fn of<const D: usize>(scan: &mut Scan<'_, D>, positions_m: &[[f64; D]]) -> Option<Self> {
        if positions_m.is_empty() {
            return None;
        }
        scan.echoes_from(positions_m).map(Self::new)
    }

    fn new(space: EchoSpace) -> Self {
        let count = space.rows.len();
        let overlap = Mat::from_fn(count, count, |i, j| inner(&space.rows[i], &space.rows[j]));
        let receivers = (space.seen.iter())
            .map(|seen| {
                let lengths: Vec<f64> = (0..seen.ncols()).map(|p| length(seen, p)).collect();
                let angles = seen.adjoint() * seen;
                let products = Mat::from_fn(count, count, |i, j| {
                    let (p, q) = (space.owner[i], space.owner[j]);
                    overlap[(i, j)] * angles[(p, q)] / (lengths[p] * lengths[q])
                });
                (lengths, Cholesky::new(products))
            })
            .collect();
        Self { space, receivers }
    }

    /// What a user explains more, of data that the others leave. `responses` and `heard` (`(a^H Y)^T`) have a column for each of
    /// some positions, of which `p` is meant; `basis` are orthonormal rows of the waveforms that reach it.
    pub fn explained_beside(
        &self,
        responses: &[Mat<c64>],
        heard: &[Mat<c64>],
        p: usize,
        basis: &[Vec<c64>],
    ) -> f64 {
        let rank = basis.len();
        let along: Vec<Vec<c64>> = (basis.iter())
            .map(|row| {
                self.space
                    .rows
                    .iter()
                    .map(|other| inner(other, row))
                    .collect()
            })
            .collect();
        let mut explained = 0.0;
        for (l, (lengths, factor)) in self.receivers.iter().enumerate() {
            let here = responses[l].col(p);
            let own = length(&responses[l], p);
            let seen = &self.space.seen[l];
            let angles: Vec<c64> = (0..seen.ncols())
                .map(|other| {
                    let pairs = seen.col(other).iter().zip(here.iter());
                    let product: c64 = pairs.map(|(a, b)| a.conj() * b).sum();
                    product / (own * lengths[other])
                })
                .collect();
            let within: Vec<Vec<c64>> = (along.iter())
                .map(|along| {
                    let products = (along.iter().zip(&self.space.owner))
                        .map(|(value, &other)| *value * angles[other])
                        .collect();
                    factor.solve(products)
                })
                .collect();
            let left = Mat::from_fn(rank, rank, |i, j| {
                let unit = if i == j { c64::ONE } else { c64::ZERO };
                unit - inner(&within[i], &within[j])
            });
            let column = heard[l].col(p);
            let data = (basis.iter())
                .map(|row| {
                    let pairs = row.iter().zip(column.iter());
                    pairs.map(|(q, y)| q.conj() * y).sum::<c64>() / own
                })
                .collect();
            let whitened = Cholesky::new(left).solve(data);
            explained += whitened.iter().map(c64::norm_sqr).sum::<f64>();
        }
        explained
    }
}

fn length(columns: &Mat<c64>, p: usize) -> f64 {
    columns.col(p).iter().map(c64::norm_sqr).sum::<f64>().sqrt()
}

/// `G = L L^H`, without the vectors that depend on those before.
struct Cholesky {
    lower: Mat<c64>,
    independent: Vec<bool>,
}

impl Cholesky {
    fn new(mut products: Mat<c64>) -> Self {
        let side = products.nrows();
        let mut independent = vec![true; side];
        for j in 0..side {
            let mut pivot = products[(j, j)].re;
            for k in (0..j).filter(|&k| independent[k]) {
                pivot -= products[(j, k)].norm_sqr();
            }
            if pivot <= DEPENDENT {
                independent[j] = false;
                continue;
            }
            let root = pivot.sqrt();
            for i in j + 1..side {
                let mut value = products[(i, j)];
                for k in (0..j).filter(|&k| independent[k]) {
                    value -= products[(i, k)] * products[(j, k)].conj();
                }
                products[(i, j)] = value / root;
            }
            products[(j, j)] = root.into();
        }
        Self {
            lower: products,
            independent,
        }
    }

    /// `L^{-1} b`, zero for what depends on others.
    fn solve(&self, mut values: Vec<c64>) -> Vec<c64> {
        for j in 0..values.len() {
            if !self.independent[j] {
                values[j] = c64::ZERO;
                continue;
            }
            let mut value = values[j];
            for (k, before) in values[..j].iter().enumerate() {
                value -= self.lower[(j, k)] * *before;
            }
            values[j] = value / self.lower[(j, j)].re;
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refine::Point;
    use crate::scan::Left;
    use crate::{EchoParameters, Echoes};
    use approx::assert_relative_eq;
    use crlb::TransmitCovariance;
    use nf_channel::{Array, Carrier, EchoConvention, EchoScene, LinearExtent};

    #[test]
    fn one_user_more_explains_what_least_squares_in_all_gains_does() {
        let extent = LinearExtent::Aperture { aperture_m: 0.3 };
        let array = |at, axis| Array::uniform_linear(at, axis, 7, extent).unwrap();
        let arrays = vec![array([0.0, 0.0], [1.0, 0.2]), array([6.0, 1.0], [0.3, 1.0])];
        let users_m = vec![[2.0, 4.0], [2.1, 4.1], [4.0, 5.0]];
        for convention in [EchoConvention::Conjugate, EchoConvention::Reciprocal] {
            let mut scene =
                EchoScene::new(Carrier::new(28e9).unwrap(), arrays.clone(), users_m.clone());
            scene.network.echo_convention = convention;
            let model = EchoParameters {
                scene,
                covariances: vec![TransmitCovariance::Isotropic { power_w: 1.0 }; 2],
                noise_w: 1e-9,
                slots: 12,
            };
            let model = model.check().unwrap();
            let heard = model.simulate(3).unwrap();
            let network = model.scene().network();
            let cost = |echoes: &Echoes, positions_m: &[[f64; 2]]| {
                Point::new(network, echoes, &heard.waveform, positions_m.to_vec()).unwrap()
            };
            let others_m = [users_m[0], users_m[2]];
            let before = cost(&heard.echoes, &others_m);
            let mut scan = Scan::new(network, &heard.waveform);
            let left = [Left {
                residual: before.residuals(),
                others: Others::of(&mut scan, &others_m),
            }];
            let places = [users_m[1], [1.0, 3.0], [3.9, 5.1]];
            let explained = scan.explained(&left, &places);
            for (place, found) in places.iter().zip(&explained[0]) {
                let after = cost(&heard.echoes, &[users_m[0], users_m[2], *place]);
                assert_relative_eq!(*found, before.cost - after.cost, max_relative = 1e-6);
            }
        }
    }
}
