//! The bound and its optimality from the Jacobian of the echoes, in all antennas.
//!
//! For the echo `H = α a b^H` of a user over a pair of access points and a covariance `Ψ = F F^H`, every
//! derivative of the received signal is a matrix `∂H F`. With `V` the columns that unknown gains can
//! explain and `D` those of the positions, what is left is `R = D - V V⁺ D` and
//! `J̄_e = Re R^H R`; its inverse comes from the singular values of `R`, whose condition number is
//! the square root of that of `J̄_e`.
//!
//! The library forms `D^H D - L^H V^H V L`, `L = V⁺ D`, from products of inner products over the antennas, one of them
//! weighted by Ψ. Each is rounded by at most `c u` of the norms of what is multiplied, `u = 2^-53` and `c` twice the number
//! of its terms. So entry (p, q) is rounded by at most `c u s_p s_q`, where `s_p` has the norms of the terms of `∂_p H` and
//! of the echoes times `L_p`, times the root of Ψ's norm; the whole matrix by at most `c n u diag(s²)`, n the
//! number of coordinates; and `Tr J̄_e^{-1}` by at most the part `c n u/σ²` of itself, σ the smallest singular value
//! of `R diag(1/s)`. Coordinates are each user's principal axes, as in the library; turning gradients to them, which both
//! do, rounds all of a user's gradients by the strongest of them, to first order in `R`: with `s` the largest of each
//! user (and of the carrier phase's derivative, whose two directions may cancel), that is another `2 c sqrt(n) u/σ`.

use crlb::{FactoredCovariance, GainModel, SensingParameters};
use faer::{Mat, Scale, Side, c64};
use nf_channel::{EchoConvention, Response};

/// What the recheck found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SensingRecheck {
    /// `Tr J̄_e^{-1}`.
    pub trace: f64,
    /// Bound on `(f - f*)/f`, from dense gradients.
    pub relative_gap: f64,
    /// What rounding may do to the trace, as a part of it, where the information is formed from squares.
    pub rounding: f64,
}

/// Singular values of the echoes, normalised each, whose square is below this times their number do not count: the
/// library's definition of echoes that cannot be told apart.
const INDEPENDENT: f64 = 1e-12;

/// The derivatives of one pair's echo, as dense matrices.
struct Pair {
    transmitter: usize,
    /// `∂_p H` for each coordinate of each user, as its terms.
    positions: Vec<[Mat<c64>; 3]>,
    /// `a_k b_k^H`, one for each user.
    echoes: Vec<Mat<c64>>,
    /// For each user what the carrier's phase adds to `∂H`, as a multiple of the echo, if the directions to both
    /// arrays add up. They may cancel, but not their rounding.
    turns: Vec<f64>,
    /// Whether the gains are unknown.
    fits: bool,
}

impl Pair {
    fn derivative(&self, coordinate: usize) -> Mat<c64> {
        let [back, forth, slope] = &self.positions[coordinate];
        back + forth + slope
    }

    /// What unknown gains can explain.
    fn gains(&self) -> &[Mat<c64>] {
        if self.fits { &self.echoes } else { &[] }
    }
}

/// What is left of the derivatives after fitting the gains.
struct Fitted {
    /// `R`, real and imaginary parts one above the other.
    jacobian: Mat<f64>,
    /// For each pair the gains' response to positions.
    responses: Vec<Mat<c64>>,
    /// `s_p`.
    sizes: Vec<f64>,
    /// For each user the size of what its directions are rounded against.
    turns: Vec<f64>,
}

/// Recomputes the bound of given covariances; `None` where decompositions fail or the Jacobian is
/// singular to working precision.
pub fn recheck<const D: usize>(
    parameters: &SensingParameters<D>,
    covariances: &[FactoredCovariance],
) -> Option<SensingRecheck> {
    let mut pairs = pairs(parameters)?;
    turn::<D>(&mut pairs)?;
    let roots: Vec<Root> = covariances.iter().map(root).collect::<Option<_>>()?;
    let Fitted {
        jacobian,
        responses,
        sizes,
        turns,
    } = fit(&pairs, &roots)?;
    let coordinates = jacobian.ncols();
    let lengths: Vec<f64> = (0..coordinates)
        .map(|j| jacobian.col(j).norm_l2())
        .collect();
    let svd = scaled(&jacobian, &lengths).thin_svd().ok()?;
    let values = svd.S().column_vector();
    let (largest, smallest) = (values[0], values[values.nrows() - 1]);
    if jacobian.nrows() < coordinates || smallest.is_nan() || smallest <= 1e-15 * largest {
        return None;
    }
    // Rows of `U = diag(1/lengths) V S^{-1}`: J̄_e^{-1} = U U^T.
    let u = Mat::from_fn(coordinates, coordinates, |i, j| {
        svd.V()[(i, j)] / (values[j] * lengths[i])
    });
    let trace = u.squared_norm_l2();
    // J̄_e^{-2} = U (U^T U) U^T: derivatives along the columns of U, whose own cancellations are harmless
    // there, and their weights.
    let weights = u.transpose() * &u;
    Some(SensingRecheck {
        trace,
        relative_gap: dense_gap(&pairs, &responses, &u, &weights, trace, covariances)?,
        rounding: rounding::<D>(&jacobian, &sizes, &turns, longest(parameters))?,
    })
}

/// The limit derived above.
fn rounding<const D: usize>(
    jacobian: &Mat<f64>,
    sizes: &[f64],
    turns: &[f64],
    terms: usize,
) -> Option<f64> {
    let n = sizes.len() as f64;
    let unit = 2.0 * (terms as f64 + n) * 0.5 * f64::EPSILON;
    let user = |p: usize| &sizes[p - p % D..p - p % D + D];
    let strongest: Vec<f64> = (0..sizes.len())
        .map(|p| user(p).iter().copied().fold(turns[p / D], f64::max))
        .collect();
    let least = |sizes: &[f64]| -> Option<f64> {
        let values = scaled(jacobian, sizes).singular_values().ok()?;
        values.last().copied()
    };
    let (own, common) = (least(sizes)?, least(&strongest)?);
    Some(unit * (n / (own * own) + 2.0 * n.sqrt() / common))
}

fn longest<const D: usize>(parameters: &SensingParameters<D>) -> usize {
    let sizes = parameters
        .scene
        .network
        .access_points
        .iter()
        .map(nf_channel::Array::len);
    sizes.max().unwrap_or(0)
}

fn scaled(matrix: &Mat<f64>, lengths: &[f64]) -> Mat<f64> {
    Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| {
        matrix[(i, j)] / lengths[j]
    })
}

/// Eliminates the gains, pair by pair.
fn fit(pairs: &[Pair], roots: &[Root]) -> Option<Fitted> {
    let coordinates = pairs.first()?.positions.len();
    let mut rows: Vec<Mat<c64>> = Vec::new();
    let mut responses: Vec<Mat<c64>> = Vec::new();
    let mut squares = vec![0.0; coordinates];
    let mut turns = vec![0.0; pairs.first()?.echoes.len()];
    for pair in pairs {
        let root = &roots[pair.transmitter];
        let derivatives: Vec<Mat<c64>> = (0..coordinates)
            .map(|p| pair.derivative(p) * &root.factor)
            .collect();
        let d = stacked(&derivatives);
        let v = stacked(
            &pair
                .gains()
                .iter()
                .map(|g| g * &root.factor)
                .collect::<Vec<_>>(),
        );
        let fitted = least_squares(&v, &d)?;
        let largest = root.largest_w;
        for (p, square) in squares.iter_mut().enumerate() {
            let terms: f64 = pair.positions[p].iter().map(Mat::norm_l2).sum();
            let explained: f64 = (pair.gains().iter().enumerate())
                .map(|(i, g)| fitted[(i, p)].norm() * g.norm_l2())
                .sum();
            *square += largest * (terms * terms + explained * explained);
        }
        for (user, square) in turns.iter_mut().enumerate() {
            *square += largest * (pair.turns[user] * pair.echoes[user].norm_l2()).powi(2);
        }
        // Twice, so that what is left is orthogonal to working precision.
        let once = if v.ncols() > 0 { &d - &v * &fitted } else { d };
        let again = least_squares(&v, &once)?;
        rows.push(if v.ncols() > 0 {
            &once - &v * &again
        } else {
            once
        });
        responses.push(&fitted + &again);
    }
    let height: usize = rows.iter().map(|r| 2 * r.nrows()).sum();
    let mut jacobian = Mat::<f64>::zeros(height, coordinates);
    let mut start = 0;
    for block in &rows {
        for j in 0..coordinates {
            for i in 0..block.nrows() {
                jacobian[(start + 2 * i, j)] = block[(i, j)].re;
                jacobian[(start + 2 * i + 1, j)] = block[(i, j)].im;
            }
        }
        start += 2 * block.nrows();
    }
    Some(Fitted {
        jacobian,
        responses,
        sizes: squares.iter().map(|x| x.sqrt()).collect(),
        turns: turns.iter().map(|x| x.sqrt()).collect(),
    })
}

/// From the scene's axes to each user's principal axes under isotropic signals.
fn turn<const D: usize>(pairs: &mut [Pair]) -> Option<()> {
    let users = pairs.first()?.positions.len() / D;
    for user in 0..users {
        let height: usize = pairs.iter().map(|pair| cells(&pair.positions[0][0])).sum();
        let mut all = Mat::<f64>::zeros(2 * height, D);
        let mut start = 0;
        for pair in pairs.iter() {
            let each: Vec<Mat<c64>> = (0..D).map(|i| pair.derivative(D * user + i)).collect();
            let columns = stacked(&each);
            for j in 0..D {
                for i in 0..columns.nrows() {
                    all[(start + 2 * i, j)] = columns[(i, j)].re;
                    all[(start + 2 * i + 1, j)] = columns[(i, j)].im;
                }
            }
            start += 2 * columns.nrows();
        }
        let svd = all.thin_svd().ok()?;
        for pair in pairs.iter_mut() {
            let old: Vec<[Mat<c64>; 3]> = pair.positions[D * user..D * (user + 1)].to_vec();
            for j in 0..D {
                pair.positions[D * user + j] = std::array::from_fn(|term| {
                    let zero = Mat::zeros(old[0][term].nrows(), old[0][term].ncols());
                    (0..D).fold(zero, |sum, i| {
                        sum + Scale(c64::from(svd.V()[(i, j)])) * &old[i][term]
                    })
                });
            }
        }
    }
    Some(())
}

fn cells(matrix: &Mat<c64>) -> usize {
    matrix.nrows() * matrix.ncols()
}

/// `Σ_m (P_m λ_max(G_m) - Tr G_m Ψ_m) / f` with `G_m = Σ_l Σ_ij K_ij R_i^H R_j`, `R_i = Σ_p U_pi D_p`,
/// `K = U^T U`, `D_p` the derivative after fitting the gains.
fn dense_gap(
    pairs: &[Pair],
    responses: &[Mat<c64>],
    combinations: &Mat<f64>,
    weights: &Mat<f64>,
    trace: f64,
    covariances: &[FactoredCovariance],
) -> Option<f64> {
    let mut gap = 0.0;
    for (m, covariance) in covariances.iter().enumerate() {
        let antennas = covariance.basis.nrows();
        let mut gradient = Mat::<c64>::zeros(antennas, antennas);
        for (pair, response) in pairs.iter().zip(responses) {
            if pair.transmitter != m {
                continue;
            }
            let left: Vec<Mat<c64>> = (0..pair.positions.len())
                .map(|p| {
                    (pair.gains().iter().enumerate()).fold(pair.derivative(p), |d, (i, g)| {
                        d - Scale(response[(i, p)]) * g
                    })
                })
                .collect();
            let along: Vec<Mat<c64>> = (0..combinations.ncols())
                .map(|i| {
                    let zero = Mat::zeros(left[0].nrows(), left[0].ncols());
                    (left.iter().enumerate()).fold(zero, |r, (p, d)| {
                        r + Scale(c64::from(combinations[(p, i)])) * d
                    })
                })
                .collect();
            for (i, d) in along.iter().enumerate() {
                for (j, e) in along.iter().enumerate() {
                    gradient += Scale(c64::from(weights[(i, j)])) * (d.adjoint() * e);
                }
            }
        }
        let hermitian = Scale(c64::from(0.5)) * (&gradient + gradient.adjoint());
        let values = hermitian.self_adjoint_eigenvalues(Side::Lower).ok()?;
        let dense = covariance.to_dense();
        let product = &hermitian * &dense;
        let spent: f64 = (0..antennas).map(|i| product[(i, i)].re).sum();
        gap += covariance.power_w() * values.last()? - spent;
    }
    Some(gap / trace)
}

fn pairs<const D: usize>(parameters: &SensingParameters<D>) -> Option<Vec<Pair>> {
    let stations = parameters.scene.network.access_points.len();
    let responses: Vec<Vec<Response<D>>> = (parameters.scene.network.access_points.iter())
        .map(|array| {
            (parameters.scene.users_m.iter())
                .map(|user| {
                    array
                        .response(
                            &parameters.scene.network.carrier,
                            parameters.scene.network.wavefront,
                            parameters.scene.network.amplitude_profile,
                            user,
                        )
                        .ok()
                })
                .collect()
        })
        .collect::<Option<_>>()?;
    let mut pairs = Vec::new();
    for receiver in 0..stations {
        for transmitter in 0..stations {
            pairs.push(pair(parameters, &responses, receiver, transmitter));
        }
    }
    Some(pairs)
}

fn pair<const D: usize>(
    parameters: &SensingParameters<D>,
    responses: &[Vec<Response<D>>],
    receiver: usize,
    transmitter: usize,
) -> Pair {
    let conjugate = parameters.scene.network.echo_convention == EchoConvention::Conjugate;
    let wavenumber = parameters.scene.network.carrier.wavenumber_rad_per_m();
    // The echo's transmit side is `b^H`: conj(a) or a.
    let outward = |x: c64| if conjugate { x.conj() } else { x };
    let outer = |a: &[c64], b: &[c64]| Mat::from_fn(a.len(), b.len(), |i, j| a[i] * outward(b[j]));
    let mut found = Pair {
        transmitter,
        positions: Vec::new(),
        echoes: Vec::new(),
        turns: Vec::new(),
        fits: parameters.gain_model == GainModel::Unknown,
    };
    for user in 0..parameters.scene.users_m.len() {
        let (back, forth) = (&responses[receiver][user], &responses[transmitter][user]);
        let size = parameters.scene.echo_gain.amplitude(
            &parameters.scene.network.carrier,
            parameters.scene.network.path_gain,
            back.distance_m,
            forth.distance_m,
        );
        let sign = if conjugate { -1.0 } else { 1.0 };
        let phase = -wavenumber * (back.distance_m + sign * forth.distance_m);
        let gain = parameters
            .scene
            .reflectivity
            .get(user, receiver, transmitter)
            * c64::from_polar(size, phase);
        let echo = outer(&back.values, &forth.values);
        for axis in 0..D {
            let slope = if parameters.gain_model == GainModel::CarrierPhase {
                let path = back.direction[axis] + sign * forth.direction[axis];
                c64::new(0.0, -wavenumber * path)
            } else {
                c64::ZERO
            };
            found.positions.push([
                Scale(gain) * outer(&back.gradient[axis], &forth.values),
                Scale(gain) * outer(&back.values, &forth.gradient[axis]),
                Scale(gain * slope) * &echo,
            ]);
        }
        let coherent = parameters.gain_model == GainModel::CarrierPhase;
        let turn = if coherent { 2.0 * wavenumber } else { 0.0 };
        found.turns.push(turn * gain.norm());
        found.echoes.push(echo);
    }
    found
}

/// `F`, `Ψ = F F^H`, and the largest eigenvalue.
struct Root {
    factor: Mat<c64>,
    largest_w: f64,
}

fn root(covariance: &FactoredCovariance) -> Option<Root> {
    if covariance.floor_w > 0.0 {
        return None; // designs here have no floor
    }
    let core = &covariance.core;
    let eigen = core.self_adjoint_eigen(Side::Lower).ok()?;
    let values = eigen.S().column_vector();
    let half = Mat::from_fn(core.nrows(), core.nrows(), |i, j| {
        eigen.U()[(i, j)] * values[j].re.max(0.0).sqrt()
    });
    Some(Root {
        factor: &covariance.basis * half,
        largest_w: values.iter().map(|v| v.re).fold(0.0, f64::max),
    })
}

/// Each matrix as one column.
fn stacked(matrices: &[Mat<c64>]) -> Mat<c64> {
    let Some(first) = matrices.first() else {
        return Mat::zeros(0, 0);
    };
    let (height, width) = (first.nrows(), first.ncols());
    Mat::from_fn(height * width, matrices.len(), |row, column| {
        matrices[column][(row % height, row / height)]
    })
}

/// `V⁺ D` of what counts as independent when the columns of V are scaled to unit length.
fn least_squares(v: &Mat<c64>, d: &Mat<c64>) -> Option<Mat<c64>> {
    if v.ncols() == 0 {
        return Some(Mat::zeros(0, d.ncols()));
    }
    let lengths: Vec<f64> = (0..v.ncols()).map(|j| v.col(j).norm_l2()).collect();
    let strongest = lengths.iter().copied().fold(0.0, f64::max);
    let inverse: Vec<f64> = lengths
        .iter()
        .map(|&l| if l > 1e-15 * strongest { 1.0 / l } else { 0.0 })
        .collect();
    let lit = inverse.iter().filter(|&&x| x > 0.0).count();
    let unit = Mat::from_fn(v.nrows(), v.ncols(), |i, j| v[(i, j)] * inverse[j]);
    let svd = unit.thin_svd().ok()?;
    let values = svd.S().column_vector();
    let mut seen = svd.U().adjoint() * d;
    for i in 0..values.nrows() {
        let value = values[i].re;
        let weight = if value * value > INDEPENDENT * lit as f64 {
            1.0 / value
        } else {
            0.0
        };
        for j in 0..d.ncols() {
            seen[(i, j)] *= weight;
        }
    }
    let fitted = svd.V() * seen;
    Some(Mat::from_fn(fitted.nrows(), fitted.ncols(), |i, j| {
        fitted[(i, j)] * inverse[i]
    }))
}
