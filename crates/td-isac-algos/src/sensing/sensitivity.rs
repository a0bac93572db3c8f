//! First and second derivatives of the bound with respect to the covariances.
//!
//! Write `f = Tr(J̄_e^{-1})` and, for a coordinate q, `D_q` for the part of `∂_q H` that is left after
//! fitting the unknown gains (all of it when the gains are known). `J̄_e` is the Gram matrix of the `D_q`
//! under Ψ, summed over pairs. Work with the combinations `D_t = Σ_q C_qt D_q` for which it is the
//! identity and its inverse is diagonal: with `σ_t` the eigenvalues of `J̄_e^{-1}`,
//!
//! ```math
//! \bar J_e^{-1} = C C^T, \qquad \bar J_e^{-2} = C\,\mathrm{diag}(\sigma)\,C^T, \qquad f = \sum_t \sigma_t .
//! ```
//!
//! By the envelope theorem the elimination of the gains does not contribute to the first derivative,
//! and to the second only through the gain error that a change of Ψ leaves. With `A_s` an orthonormal
//! basis (under Ψ) of the nuisance echoes of a pair,
//!
//! ```math
//! Df[H] = -\sum_m \mathrm{Tr}(G_m H_m), \qquad G_m = \sum_{l,t} \sigma_t D_t^H D_t \succeq 0,
//! ```
//! ```math
//! D^2 f[H,H] = 2\sum_{t,u} \sigma_t \big(\textstyle\sum_{lm}\mathrm{Re\,Tr}(H_m D_t^H D_u)\big)^2
//!    + 2\sum_{lm}\sum_{s,t} \sigma_t \big|\mathrm{Tr}(H_m A_s^H D_t)\big|^2 .
//! ```
//!
//! The second derivative is a sum of squares of linear functionals: a few that couple all access
//! points, the rest local to one. That is the form in which it is handed to the solver.

use std::f64::consts::SQRT_2;

use crlb::{CrlbError, EchoInformation, SensingModel, TransmitGram};
use faer::{Mat, MatRef, Side, c64};

use super::hermitian;

/// What stays the same while the covariance changes: the receive vectors in minimal coordinates.
#[derive(Debug, Clone)]
pub(super) struct EchoGeometry<'a, const D: usize> {
    model: &'a SensingModel<D>,
    /// For each receiver a matrix with the Gram matrix of the receive vectors.
    receive: Vec<Mat<c64>>,
    /// Normalised information that does not depend on the covariance, along the users' own axes.
    besides: Option<Mat<f64>>,
}

/// `f` and its derivatives at one covariance.
#[derive(Debug, Clone)]
pub(super) struct Sensitivity {
    objective: f64,
    /// `σ_t`.
    modes: Vec<f64>,
    /// Indexed `[receiver][transmitter]`.
    pairs: Vec<Vec<PairDerivative>>,
}

#[derive(Debug, Clone)]
struct PairDerivative {
    /// For each t: `D_t = Σ_j x_j b_j^H` as the matrix of the `x_j` in receive coordinates, j over
    /// the transmit vectors.
    modes: Vec<Mat<c64>>,
    /// The same for `A_s`; only responses, no gradients, take part.
    nuisance: Vec<Mat<c64>>,
}

/// Squares that add up to the second derivative; each column holds the coordinates of a functional.
#[derive(Debug, Clone)]
pub(super) struct HessianFactor {
    /// For each access point `r² × n(n+1)/2`: functionals that sum over access points.
    pub coupling: Vec<Mat<f64>>,
    /// For each access point: functionals of its own covariance.
    pub local: Vec<Mat<f64>>,
}

impl HessianFactor {
    /// The second derivative of a sum. There are never more coupling functionals than coordinates: of many, `U U^T = R^T R`
    /// with `U^T = Q R`.
    pub fn sum(mut parts: Vec<Self>) -> Self {
        if parts.len() == 1 {
            return parts.remove(0);
        }
        let stations = parts[0].coupling.len();
        let joined = |of: fn(&Self) -> &Vec<Mat<f64>>, m: usize| {
            let columns = parts.iter().map(|part| of(part)[m].ncols()).sum();
            let mut all = Mat::<f64>::zeros(of(&parts[0])[m].nrows(), columns);
            let mut start = 0;
            for part in &parts {
                let block = &of(part)[m];
                all.subcols_mut(start, block.ncols()).copy_from(block);
                start += block.ncols();
            }
            all
        };
        let all = |of: fn(&Self) -> &Vec<Mat<f64>>| -> Vec<Mat<f64>> {
            (0..stations).map(|m| joined(of, m)).collect()
        };
        let mut coupling = all(|part| &part.coupling);
        let rows: usize = coupling.iter().map(Mat::nrows).sum();
        if coupling[0].ncols() > rows {
            let mut stacked = Mat::<f64>::zeros(coupling[0].ncols(), rows);
            let mut start = 0;
            for block in &coupling {
                stacked
                    .subcols_mut(start, block.nrows())
                    .copy_from(block.transpose());
                start += block.nrows();
            }
            let triangle = stacked.qr().thin_R().to_owned();
            let mut start = 0;
            for block in &mut coupling {
                let width = block.nrows();
                *block = triangle.subcols(start, width).transpose().to_owned();
                start += width;
            }
        }
        Self {
            coupling,
            local: all(|part| &part.local),
        }
    }
}

impl<'a, const D: usize> EchoGeometry<'a, D> {
    pub fn new(model: &'a SensingModel<D>) -> Self {
        let receive = (0..model.access_points())
            .map(|l| triangle(model.receive_vectors(l)))
            .collect();
        Self {
            model,
            receive,
            besides: None,
        }
    }

    /// Beside other information, normalised as that of the echoes, along x, y (and z).
    #[must_use]
    pub fn beside(mut self, information: MatRef<'_, f64>) -> Self {
        self.besides = Some(self.model.along_own_axes(information));
        self
    }

    pub fn model(&self) -> &'a SensingModel<D> {
        self.model
    }

    /// Evaluates `f` and prepares its derivatives at `B_m^H Ψ_m B_m`.
    pub fn sensitivity(&self, gram: Vec<Mat<c64>>) -> Result<Sensitivity, CrlbError> {
        self.sensitivity_of(&TransmitGram::Uncorrelated(gram))
    }

    /// The same for signals that may be correlated between access points.
    pub fn sensitivity_of(&self, gram: &TransmitGram) -> Result<Sensitivity, CrlbError> {
        let stations = self.model.access_points();
        let blocks = self.model.echo_information(gram)?;
        let side = self.model.coordinates();
        let mut information = Mat::<f64>::zeros(side, side);
        for block in &blocks {
            add(&mut information, &block.equivalent());
        }
        if let Some(other) = &self.besides {
            add(&mut information, other);
        }
        let (modes, combination) = diagonalise(&information)?;
        let mut pairs: Vec<Vec<PairDerivative>> = vec![Vec::with_capacity(stations); stations];
        for block in &blocks {
            for row in 0..block.transmitters.len() {
                pairs[block.receiver].push(self.pair(block, row, combination.as_ref()));
            }
        }
        Ok(Sensitivity {
            objective: modes.iter().sum(),
            modes,
            pairs,
        })
    }

    /// The derivatives of the echo of one of the block's transmitters.
    fn pair(
        &self,
        block: &EchoInformation,
        row: usize,
        combination: MatRef<'_, f64>,
    ) -> PairDerivative {
        let factor = &self.receive[block.receiver];
        let transmitter = block.transmitters[row];
        let (users, coordinates) = (self.model.users(), self.model.coordinates());
        let width = users + coordinates;
        let response = block.gain_response();
        let mode = |t: usize| {
            let mut out = Mat::<c64>::zeros(factor.nrows(), width);
            let mut add = |to: usize, from: usize, weight: c64| {
                for i in 0..factor.nrows() {
                    out[(i, to)] += weight * factor[(i, from)];
                }
            };
            for q in 0..coordinates {
                let user = q / D;
                let weight = self
                    .model
                    .scene()
                    .echo_gain(block.receiver, transmitter, user)
                    * combination[(q, t)];
                add(user, users + q, weight);
                add(users + q, user, weight);
                let slope = self.model.echo_gain_slope(block.receiver, transmitter, q);
                add(user, user, weight * slope);
            }
            // No rows where the gains are known.
            for i in 0..response.nrows().min(users) {
                let fitted: c64 = (0..coordinates)
                    .map(|q| response[(row * users + i, q)] * combination[(q, t)])
                    .sum();
                add(i, i, -fitted);
            }
            out
        };
        let basis = &block.nuisance.basis;
        let nuisance = |s: usize| {
            Mat::from_fn(factor.nrows(), users, |i, k| {
                factor[(i, k)] * basis[(row * users + k, s)]
            })
        };
        PairDerivative {
            modes: (0..coordinates).map(mode).collect(),
            nuisance: (0..block.nuisance.rank()).map(nuisance).collect(),
        }
    }
}

/// A matrix with the Gram matrix of these vectors, and no more rows than columns.
fn triangle(vectors: MatRef<'_, c64>) -> Mat<c64> {
    vectors.qr().thin_R().to_owned()
}

fn add(sum: &mut Mat<f64>, term: &Mat<f64>) {
    *sum += term;
}

/// Eigenvalues σ of `J^{-1}` and the matrix C with `C C^T = J^{-1}`, `C diag(σ) C^T = J^{-2}`.
fn diagonalise(information: &Mat<f64>) -> Result<(Vec<f64>, Mat<f64>), CrlbError> {
    let failed = |_| CrlbError::Factorisation {
        what: "equivalent information",
    };
    let side = information.nrows();
    // Coordinates differ by orders of magnitude in their information: balance before factoring.
    let scale: Vec<f64> = (0..side)
        .map(|i| 1.0 / information[(i, i)].sqrt())
        .collect();
    let balanced = Mat::from_fn(side, side, |i, j| information[(i, j)] * scale[i] * scale[j]);
    let factor = balanced.llt(Side::Lower).map_err(|_| failed(()))?;
    // K = L^{-1} diag(scale), so J^{-1} = K^T K.
    let mut root = Mat::from_fn(side, side, |i, j| if i == j { scale[i] } else { 0.0 });
    factor.L().solve_lower_triangular_in_place(&mut root);
    let outer = &root * root.transpose();
    let eigen = outer
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| failed(()))?;
    let values = eigen.S().column_vector();
    let modes: Vec<f64> = (0..side).map(|i| values[i].max(0.0)).collect();
    if modes.iter().all(|x| x.is_finite()) {
        Ok((modes, root.transpose() * eigen.U()))
    } else {
        Err(failed(()))
    }
}

impl Sensitivity {
    /// `f = Tr(J̄_e^{-1})`.
    pub fn objective(&self) -> f64 {
        self.objective
    }

    /// `σ_t`.
    pub fn modes(&self) -> &[f64] {
        &self.modes
    }

    /// Number of access points.
    pub fn access_points(&self) -> usize {
        self.pairs.len()
    }

    /// The derivatives of one pair, each as the matrix of its `x_j` in receive coordinates over the
    /// transmit vectors: first `D_t` for all t, then the orthonormal nuisance echoes `A_s` (over
    /// the responses only).
    pub fn pair(&self, receiver: usize, transmitter: usize) -> (&[Mat<c64>], &[Mat<c64>]) {
        let pair = &self.pairs[receiver][transmitter];
        (&pair.modes, &pair.nuisance)
    }

    /// `K` with `G_m = B_m K B_m^H`: the gradient over the transmit vectors, `(D+1)K` square.
    pub fn gradient_core(&self, transmitter: usize) -> Mat<c64> {
        hermitian::hermitian_part(&self.cross_core(transmitter, transmitter))
    }

    /// `K_mn = Σ_{l,t} σ_t D_t^{lm,H} D_t^{ln}`: the gradient with respect to the correlation of two transmitters' signals.
    pub fn cross_core(&self, m: usize, n: usize) -> Mat<c64> {
        let width = self.pairs[0][m].modes[0].ncols();
        let mut core = Mat::<c64>::zeros(width, width);
        for row in &self.pairs {
            for ((mode, other), &sigma) in (row[m].modes.iter().zip(&row[n].modes)).zip(&self.modes)
            {
                let weighted = faer::Scale(c64::from(sigma)) * other;
                core += mode.adjoint() * weighted;
            }
        }
        core
    }

    /// Factor of the second derivative with respect to `Y_m`, `Ψ_m = V_m Y_m V_m^H`, where
    /// `seen[m] = V_m^H B_m` (`r × (D+1)K`). All squares are multiplied by `weight`.
    pub fn hessian_factor(&self, seen: &[Mat<c64>], weight: f64) -> HessianFactor {
        let mut factor = HessianFactor {
            coupling: Vec::with_capacity(seen.len()),
            local: Vec::with_capacity(seen.len()),
        };
        for (transmitter, vectors) in seen.iter().enumerate() {
            let (coupling, local) = self.access_point_factor(transmitter, vectors, weight);
            factor.coupling.push(coupling);
            factor.local.push(local);
        }
        factor
    }

    fn access_point_factor(
        &self,
        transmitter: usize,
        vectors: &Mat<c64>,
        weight: f64,
    ) -> (Mat<f64>, Mat<f64>) {
        let (side, modes) = (vectors.nrows(), self.modes.len());
        let dimension = hermitian::dimension(side);
        let mut gram = Mat::<c64>::zeros(modes * side, modes * side);
        let nuisances: usize = (self.pairs.iter())
            .map(|row| row[transmitter].nuisance.len())
            .sum();
        let mut local = Mat::<f64>::zeros(dimension, 2 * modes * nuisances);
        let mut column = 0;
        for row in &self.pairs {
            let pair = &row[transmitter];
            let left = side_by_side(&pair.modes, vectors.as_ref());
            gram += left.adjoint() * &left;
            if pair.nuisance.is_empty() {
                continue;
            }
            let users = pair.nuisance[0].ncols();
            let fitted = side_by_side(&pair.nuisance, vectors.subcols(0, users));
            let products = fitted.adjoint() * &left;
            for s in 0..pair.nuisance.len() {
                for t in 0..modes {
                    // |Tr(H M)|² = <H, herm(M)>² + <H, herm(-jM)>²
                    let scale = (2.0 * weight * self.modes[t]).sqrt();
                    for turn in [c64::new(scale, 0.0), c64::new(0.0, -scale)] {
                        let entry =
                            |i: usize, j: usize| turn * products[(s * side + i, t * side + j)];
                        hermitian::write_coordinates(local.col_mut(column), side, entry);
                        column += 1;
                    }
                }
            }
        }
        let mut coupling = Mat::<f64>::zeros(dimension, modes * (modes + 1) / 2);
        let mut column = 0;
        for u in 0..modes {
            for t in 0..=u {
                // Off the diagonal the functional appears twice, with σ_t and with σ_u.
                let sum = if t == u {
                    self.modes[t]
                } else {
                    self.modes[t] + self.modes[u]
                };
                let scale = (weight * sum).sqrt() * SQRT_2;
                let entry = |i: usize, j: usize| gram[(t * side + i, u * side + j)] * scale;
                hermitian::write_coordinates(coupling.col_mut(column), side, entry);
                column += 1;
            }
        }
        (coupling, local)
    }
}

/// `[X_1 V^H, X_2 V^H, ..]`.
fn side_by_side(factors: &[Mat<c64>], vectors: MatRef<'_, c64>) -> Mat<c64> {
    let side = vectors.nrows();
    let mut out = Mat::<c64>::zeros(factors[0].nrows(), factors.len() * side);
    for (t, factor) in factors.iter().enumerate() {
        out.subcols_mut(t * side, side)
            .copy_from(factor * vectors.adjoint());
    }
    out
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use crlb::{GainModel, SensingParameters};
    use nf_channel::{Array, Carrier, EchoConvention, EchoScene, Reflectivity};
    use proptest::prelude::*;

    use super::*;

    /// Two access points of six elements and two users, at 3 GHz.
    fn model(
        positions: [[f64; 2]; 4],
        seed: u64,
        gains: GainModel,
        reciprocal: bool,
    ) -> SensingModel<2> {
        let offsets: Vec<[f64; 2]> = (0..6)
            .map(|n| [0.1 * n as f64 - 0.25, 0.03 * (n * n) as f64])
            .collect();
        let station = |p: [f64; 2], side: f64| {
            Array::from_offsets([side + p[0], p[1]], offsets.clone()).unwrap()
        };
        let stations = vec![station(positions[0], -14.0), station(positions[1], 14.0)];
        let users = vec![positions[2], [positions[3][0], positions[3][1] + 8.0]];
        let carrier = Carrier::new(3e9).unwrap();
        let mut parameters =
            SensingParameters::new(EchoScene::new(carrier, stations, users), 1e-10);
        parameters.scene.reflectivity = Reflectivity::rayleigh(2, 2, seed);
        parameters.gain_model = gains;
        if reciprocal {
            parameters.scene.network.echo_convention = EchoConvention::Reciprocal;
        }
        parameters.check().unwrap()
    }

    fn seen(model: &SensingModel<2>, point: &[Mat<c64>]) -> Vec<Mat<c64>> {
        (point.iter().enumerate())
            .map(|(m, x)| {
                let vectors = model.transmit_vectors(m);
                hermitian::hermitian_part(&(vectors.adjoint() * (x * vectors)))
            })
            .collect()
    }

    fn filled(values: &[f64], positive: bool) -> Vec<Mat<c64>> {
        (0..2)
            .map(|m| {
                let at = |i: usize, j: usize| values[(36 * m + 6 * i + j) % values.len()];
                let root = Mat::from_fn(6, 6, |i, j| c64::new(at(i, j), at(j, i + 3)));
                if positive {
                    &root * root.adjoint() + Mat::<c64>::identity(6, 6)
                } else {
                    hermitian::hermitian_part(&root)
                }
            })
            .collect()
    }

    fn shifted(point: &[Mat<c64>], direction: &[Mat<c64>], by: f64) -> Vec<Mat<c64>> {
        (point.iter().zip(direction))
            .map(|(x, h)| x + faer::Scale(c64::from(by)) * h)
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn derivatives_match_central_differences(
            positions in prop::array::uniform4(prop::array::uniform2(-3.0..3.0f64)),
            values in prop::collection::vec(-1.0..1.0f64, 97),
            changes in prop::collection::vec(-1.0..1.0f64, 89),
            seed in any::<u64>(),
            reciprocal in any::<bool>(),
            gains in prop_oneof![
                Just(GainModel::Unknown), Just(GainModel::Known), Just(GainModel::CarrierPhase)
            ],
        ) {
            let model = model(positions, seed, gains, reciprocal);
            let geometry = EchoGeometry::new(&model);
            let (point, direction) = (filled(&values, true), filled(&changes, false));
            let at = |by: f64| {
                geometry.sensitivity(seen(&model, &shifted(&point, &direction, by))).unwrap()
            };
            let descent_along = |sensitivity: &Sensitivity| -> f64 {
                (seen(&model, &direction).iter().enumerate())
                    .map(|(m, h)| hermitian::inner(&sensitivity.gradient_core(m), h))
                    .sum()
            };
            let (step, here) = (1e-3, at(0.0));
            let slope = (at(-step).objective() - at(step).objective()) / (2.0 * step);
            let scale = here.objective();
            assert_relative_eq!(slope, descent_along(&here), max_relative = 1e-3, epsilon = 1e-5 * scale);

            let curvature =
                (descent_along(&at(-step)) - descent_along(&at(step))) / (2.0 * step);
            let vectors: Vec<Mat<c64>> = (0..2)
                .map(|m| model.transmit_vectors(m).to_owned())
                .collect();
            let factor = here.hessian_factor(&vectors, 1.0);
            let mut coupled = vec![0.0; factor.coupling[0].ncols()];
            let mut sum = 0.0;
            for (m, h) in direction.iter().enumerate() {
                let x = hermitian::coordinates(h.as_ref());
                sum += (factor.local[m].transpose() * &x).squared_norm_l2();
                let part = factor.coupling[m].transpose() * &x;
                coupled.iter_mut().zip(part.iter()).for_each(|(c, p)| *c += p);
            }
            sum += coupled.iter().map(|c| c * c).sum::<f64>();
            assert_relative_eq!(curvature, sum, max_relative = 1e-3, epsilon = 1e-5 * scale);
        }
    }
}
