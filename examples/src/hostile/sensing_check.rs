//! The bound and its optimality from the Jacobian of the echoes, in all antennas.
//!
//! For the echo `H = α a b^H` of a user over a pair of access points and a covariance `Ψ = F F^H`, every
//! derivative of the received signal is a matrix `∂H F`. With `V` the columns that unknown gains can
//! explain and `D` those of the positions, what is left is `R = D - V V⁺ D` and
//! `J̄_e = Re R^H R`; its inverse comes from the singular values of `R`, whose condition number is
//! the square root of that of `J̄_e`.

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
    /// Condition number of the Jacobian after balancing its columns.
    pub condition: f64,
    /// Smallest relative singular value of the echoes that were eliminated.
    pub echo_independence: f64,
}

/// Echoes below this part of the strongest, normalised each, do not count as independent.
const INDEPENDENT: f64 = 1e-6;

/// The derivatives of one pair's echo, as dense matrices.
struct Pair {
    transmitter: usize,
    /// `∂_p H`, one for each coordinate of each user.
    positions: Vec<Mat<c64>>,
    /// `a_k b_k^H`, one for each user, if their gains are unknown.
    gains: Vec<Mat<c64>>,
}

/// Recomputes the bound of given covariances; `None` where decompositions fail or the Jacobian is
/// singular to working precision.
pub fn recheck<const D: usize>(
    parameters: &SensingParameters<D>,
    covariances: &[FactoredCovariance],
) -> Option<SensingRecheck> {
    let coordinates = D * parameters.users_m.len();
    let pairs = pairs(parameters)?;
    let roots: Vec<Mat<c64>> = covariances.iter().map(root).collect::<Option<_>>()?;
    let mut independence = f64::INFINITY;
    let mut rows: Vec<Mat<c64>> = Vec::new();
    // Gains' response to positions, for each pair.
    let mut responses: Vec<Mat<c64>> = Vec::new();
    for pair in &pairs {
        let seen = |h: &Mat<c64>| h * &roots[pair.transmitter];
        let d = stacked(&pair.positions.iter().map(seen).collect::<Vec<_>>());
        let v = stacked(&pair.gains.iter().map(seen).collect::<Vec<_>>());
        let (fitted, smallest) = least_squares(&v, &d)?;
        independence = independence.min(smallest);
        // Twice, so that what is left is orthogonal to working precision.
        let once = if v.ncols() > 0 { &d - &v * &fitted } else { d };
        let (again, _) = least_squares(&v, &once)?;
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
    let lengths: Vec<f64> = (0..coordinates)
        .map(|j| jacobian.col(j).norm_l2())
        .collect();
    let balanced = Mat::from_fn(height, coordinates, |i, j| jacobian[(i, j)] / lengths[j]);
    let svd = balanced.thin_svd().ok()?;
    let values = svd.S().column_vector();
    let (largest, smallest) = (values[0], values[values.nrows() - 1]);
    if height < coordinates || smallest.is_nan() || smallest <= 1e-15 * largest {
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
    let combinations = u;
    Some(SensingRecheck {
        trace,
        relative_gap: dense_gap(
            &pairs,
            &responses,
            &combinations,
            &weights,
            trace,
            covariances,
        )?,
        condition: largest / smallest,
        echo_independence: independence,
    })
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
            let left: Vec<Mat<c64>> = (pair.positions.iter().enumerate())
                .map(|(p, h)| {
                    (pair.gains.iter().enumerate())
                        .fold(h.clone(), |d, (i, g)| d - Scale(response[(i, p)]) * g)
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
    let stations = parameters.access_points.len();
    let responses: Vec<Vec<Response<D>>> = (parameters.access_points.iter())
        .map(|array| {
            (parameters.users_m.iter())
                .map(|user| {
                    array
                        .response(
                            &parameters.carrier,
                            parameters.wavefront,
                            parameters.amplitude_profile,
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
    let conjugate = parameters.echo_convention == EchoConvention::Conjugate;
    let wavenumber = parameters.carrier.wavenumber_rad_per_m();
    // The echo's transmit side is `b^H`: conj(a) or a.
    let outward = |x: c64| if conjugate { x.conj() } else { x };
    let outer = |a: &[c64], b: &[c64]| Mat::from_fn(a.len(), b.len(), |i, j| a[i] * outward(b[j]));
    let mut found = Pair {
        transmitter,
        positions: Vec::new(),
        gains: Vec::new(),
    };
    for user in 0..parameters.users_m.len() {
        let (back, forth) = (&responses[receiver][user], &responses[transmitter][user]);
        let size = parameters.echo_gain.amplitude(
            &parameters.carrier,
            parameters.path_gain,
            back.distance_m,
            forth.distance_m,
        );
        let sign = if conjugate { -1.0 } else { 1.0 };
        let phase = -wavenumber * (back.distance_m + sign * forth.distance_m);
        let gain =
            parameters.reflectivity.get(user, receiver, transmitter) * c64::from_polar(size, phase);
        let echo = outer(&back.values, &forth.values);
        for axis in 0..D {
            let mut slope = outer(&back.gradient[axis], &forth.values)
                + outer(&back.values, &forth.gradient[axis]);
            if parameters.gain_model == GainModel::CarrierPhase {
                let path = back.direction[axis] + sign * forth.direction[axis];
                slope += Scale(c64::new(0.0, -wavenumber * path)) * &echo;
            }
            found.positions.push(Scale(gain) * slope);
        }
        if parameters.gain_model == GainModel::Unknown {
            found.gains.push(echo);
        }
    }
    found
}

/// `F`, `Ψ = F F^H`.
fn root(covariance: &FactoredCovariance) -> Option<Mat<c64>> {
    let dense = if covariance.floor_w > 0.0 {
        return None; // designs here have no floor
    } else {
        &covariance.core
    };
    let eigen = dense.self_adjoint_eigen(Side::Lower).ok()?;
    let values = eigen.S().column_vector();
    let half = Mat::from_fn(dense.nrows(), dense.nrows(), |i, j| {
        eigen.U()[(i, j)] * values[j].re.max(0.0).sqrt()
    });
    Some(&covariance.basis * half)
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

/// `V⁺ D`, columns of V normalised first, and the smallest relative singular value that counted.
fn least_squares(v: &Mat<c64>, d: &Mat<c64>) -> Option<(Mat<c64>, f64)> {
    if v.ncols() == 0 {
        return Some((Mat::zeros(0, d.ncols()), f64::INFINITY));
    }
    let lengths: Vec<f64> = (0..v.ncols()).map(|j| v.col(j).norm_l2()).collect();
    let strongest = lengths.iter().copied().fold(0.0, f64::max);
    let inverse: Vec<f64> = lengths
        .iter()
        .map(|&l| if l > 1e-15 * strongest { 1.0 / l } else { 0.0 })
        .collect();
    let unit = Mat::from_fn(v.nrows(), v.ncols(), |i, j| v[(i, j)] * inverse[j]);
    let svd = unit.thin_svd().ok()?;
    let values = svd.S().column_vector();
    let largest = values[0].re;
    let mut seen = svd.U().adjoint() * d;
    let mut smallest = f64::INFINITY;
    for i in 0..values.nrows() {
        let relative = values[i].re / largest;
        // Columns that are not there at all have a singular value of zero.
        if relative > 1e-14 {
            smallest = smallest.min(relative);
        }
        let weight = if relative > INDEPENDENT {
            1.0 / values[i].re
        } else {
            0.0
        };
        for j in 0..d.ncols() {
            seen[(i, j)] *= weight;
        }
    }
    let fitted = svd.V() * seen;
    Some((
        Mat::from_fn(fitted.nrows(), fitted.ncols(), |i, j| {
            fitted[(i, j)] * inverse[i]
        }),
        smallest,
    ))
}
