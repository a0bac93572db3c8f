//! Scenes shared by the tests, and an independent model of the received echoes.
#![allow(dead_code)]

use crlb::{FisherInformation, GainModel, SensingParameters};
use faer::{Mat, Side, c64};
use nf_channel::{Array, Carrier, EchoConvention, EchoGain, EchoScene, Reflectivity};
use proptest::prelude::*;

/// Random inputs for each property: `number`, which `PROPTEST_CASES` multiplies (its default, 256, by one).
pub fn cases(number: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: (number * default.cases).div_ceil(256),
        max_global_rejects: 100_000,
        ..default
    }
}

/// A uniform linear array in the plane, from its definition.
pub fn linear(centre: [f64; 2], elements: usize, aperture_m: f64, axis_deg: f64) -> Array<2> {
    let (sin, cos) = axis_deg.to_radians().sin_cos();
    let offsets = (0..elements)
        .map(|n| {
            let along = aperture_m * (n as f64 / (elements as f64 - 1.0) - 0.5);
            [along * cos, along * sin]
        })
        .collect();
    array(centre, offsets)
}

/// An array from its reference point and element offsets.
pub fn array<const D: usize>(reference_m: [f64; D], offsets_m: Vec<[f64; D]>) -> Array<D> {
    Array::from_offsets(reference_m, offsets_m).unwrap()
}

/// The paper's layout with the effective noise of -100 dBm; `axes_deg` turns the three arrays.
pub fn paper(
    axes_deg: [f64; 3],
    echo_gain: EchoGain,
    gain_model: GainModel,
) -> SensingParameters<2> {
    let centres = [[30.0, 70.0], [10.0, 20.0], [60.0, 30.0]];
    let arrays = (0..3)
        .map(|m| linear(centres[m], 21, 0.53, axes_deg[m]))
        .collect();
    let users = vec![[20.0, 30.0], [25.0, 40.0], [40.0, 30.0], [35.0, 60.0]];
    let carrier = Carrier::new(28e9).unwrap();
    let mut parameters = SensingParameters::new(EchoScene::new(carrier, arrays, users), 1e-13);
    parameters.scene.echo_gain = echo_gain;
    parameters.gain_model = gain_model;
    parameters
}

/// Array axes of the reference scenarios.
pub const AXES_DEG: [f64; 3] = [0.0, -45.0, 45.0];

fn unit_vector<const D: usize>() -> impl Strategy<Value = [f64; D]> {
    prop::array::uniform::<_, D>(-1.0..1.0f64)
        .prop_filter("too short to normalise", |v| norm(v) > 0.2)
        .prop_map(|v| v.map(|x| x / norm(&v)))
}

fn station<const D: usize>() -> impl Strategy<Value = Array<D>> {
    let offsets = prop::collection::vec(prop::array::uniform::<_, D>(-0.3..0.3f64), 4..7);
    (unit_vector::<D>(), 12.0..18.0f64, offsets)
        .prop_map(|(direction, radius, offsets)| array(direction.map(|x| x * radius), offsets))
}

fn complex() -> impl Strategy<Value = c64> {
    (0.3..1.5f64, 0.0..6.2f64).prop_map(|(r, phase)| c64::from_polar(r, phase))
}

/// A random scene at 1 GHz: access points on a shell around the users, with random reflectivities.
pub fn scene<const D: usize>(
    stations: std::ops::Range<usize>,
    users: std::ops::Range<usize>,
) -> impl Strategy<Value = SensingParameters<D>> {
    let lists = (
        prop::collection::vec(station::<D>(), stations),
        prop::collection::vec(prop::array::uniform::<_, D>(-6.0..6.0f64), users),
    );
    let choices = (any::<bool>(), any::<bool>(), gain_model());
    let reflections = prop::collection::vec(complex(), 3 * 3 * 3);
    (lists, choices, reflections).prop_map(
        |((arrays, users), (reciprocal, total, model), values)| {
            let (k, m) = (users.len(), arrays.len());
            let carrier = Carrier::new(1e9).unwrap();
            let table = (0..k)
                .map(|i| {
                    (0..m)
                        .map(|l| (0..m).map(|j| values[(i * 3 + l) * 3 + j]).collect())
                        .collect()
                })
                .collect();
            let mut parameters =
                SensingParameters::new(EchoScene::new(carrier, arrays, users), 1e-10);
            parameters.scene.reflectivity = Reflectivity::explicit(table).unwrap();
            parameters.gain_model = model;
            if reciprocal {
                parameters.scene.network.echo_convention = EchoConvention::Reciprocal;
            }
            if total {
                parameters.scene.echo_gain = EchoGain::TotalPath;
            }
            parameters
        },
    )
}

fn gain_model() -> impl Strategy<Value = GainModel> {
    prop_oneof![
        Just(GainModel::Unknown),
        Just(GainModel::Known),
        Just(GainModel::CarrierPhase)
    ]
}

/// Random complex entries in the unit square, for waveforms and covariance factors.
pub fn entries(count: usize) -> impl Strategy<Value = Vec<c64>> {
    prop::collection::vec((-1.0..1.0f64, -1.0..1.0f64), count)
        .prop_map(|v| v.into_iter().map(|(re, im)| c64::new(re, im)).collect())
}

/// Cuts a list of numbers into one `rows[m] × columns` matrix for each access point.
pub fn matrices(rows: &[usize], columns: usize, values: &[c64]) -> Vec<Mat<c64>> {
    let mut start = 0;
    rows.iter()
        .map(|&count| {
            let matrix = Mat::from_fn(count, columns, |i, j| values[start + i * columns + j]);
            start += count * columns;
            matrix
        })
        .collect()
}

pub fn norm<const D: usize>(v: &[f64; D]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

pub fn distance<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    let difference: [f64; D] = std::array::from_fn(|i| a[i] - b[i]);
    norm(&difference)
}

/// `a_n = exp(-jk(r_n - r_0))`, by the definition.
fn response<const D: usize>(array: &Array<D>, wavenumber: f64, user: &[f64; D]) -> Vec<c64> {
    let reference = array.reference_m();
    let r0 = distance(user, reference);
    array
        .offsets_m()
        .iter()
        .map(|offset| {
            let element: [f64; D] = std::array::from_fn(|i| reference[i] + offset[i]);
            c64::from_polar(1.0, -wavenumber * (distance(user, &element) - r0))
        })
        .collect()
}

/// Noiseless echoes of all receivers, one below the other, as a vector.
///
/// `positions` and `gains[l][m][k]` are the free parameters. With [`GainModel::CarrierPhase`] the phase of α follows
/// the positions, its amplitude and reflectivity are those of `parameters`.
pub fn echoes<const D: usize>(
    parameters: &SensingParameters<D>,
    positions: &[[f64; D]],
    gains: &[Vec<Vec<c64>>],
    waveform: &[Mat<c64>],
) -> Vec<c64> {
    let k = parameters.scene.network.carrier.wavenumber_rad_per_m();
    let conjugate = parameters.scene.network.echo_convention == EchoConvention::Conjugate;
    let slots = waveform[0].ncols();
    let mut out = Vec::new();
    for (l, receiver) in parameters.scene.network.access_points.iter().enumerate() {
        let mut received = Mat::<c64>::zeros(receiver.len(), slots);
        for (m, transmitter) in parameters.scene.network.access_points.iter().enumerate() {
            for (user, position) in positions.iter().enumerate() {
                let a = response(receiver, k, position);
                let mut b = response(transmitter, k, position);
                let mut gain = gains[l][m][user];
                if parameters.gain_model == GainModel::CarrierPhase {
                    let sign = if conjugate { -1.0 } else { 1.0 };
                    let path = |p: &[f64; D]| {
                        distance(p, receiver.reference_m())
                            + sign * distance(p, transmitter.reference_m())
                    };
                    let moved = path(position) - path(&parameters.scene.users_m[user]);
                    gain *= c64::from_polar(1.0, -k * moved);
                }
                if !conjugate {
                    b.iter_mut().for_each(|x| *x = x.conj());
                }
                for slot in 0..slots {
                    let sent: c64 = (0..b.len())
                        .map(|n| b[n].conj() * waveform[m][(n, slot)])
                        .sum();
                    for n in 0..a.len() {
                        received[(n, slot)] += gain * a[n] * sent;
                    }
                }
            }
        }
        for slot in 0..slots {
            out.extend((0..receiver.len()).map(|n| received[(n, slot)]));
        }
    }
    out
}

/// Fourth-order central difference of a vector-valued function of one real number.
pub fn derivative(step: f64, f: impl Fn(f64) -> Vec<c64>) -> Vec<c64> {
    let values = [-2.0, -1.0, 1.0, 2.0].map(|s| f(s * step));
    (0..values[0].len())
        .map(|i| {
            (values[0][i] - values[3][i] + (values[2][i] - values[1][i]) * 8.0) / (12.0 * step)
        })
        .collect()
}

/// Largest `|A - B|_ij / sqrt(D_ii D_jj)`.
pub fn scaled_error(a: &Mat<f64>, b: &Mat<f64>, diagonal: &Mat<f64>) -> f64 {
    let mut worst = 0.0f64;
    for j in 0..a.ncols() {
        for i in 0..a.nrows() {
            let scale = (diagonal[(i, i)] * diagonal[(j, j)]).sqrt();
            worst = worst.max((a[(i, j)] - b[(i, j)]).abs() / scale);
        }
    }
    worst
}

/// Whether rounding errors stay below about 1e-8 in the bound: neither the echoes (the gain blocks)
/// nor the coordinates (the equivalent information) are close to dependent.
pub fn well_conditioned<const D: usize>(information: &FisherInformation<D>) -> bool {
    let smallest = |matrix: Mat<c64>, scale: &dyn Fn(usize) -> f64| {
        let balanced = Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| {
            matrix[(i, j)] / (scale(i) * scale(j)).sqrt()
        });
        balanced.self_adjoint_eigenvalues(Side::Lower).unwrap()[0]
    };
    let echoes = information.blocks().iter().all(|block| {
        let gain = &block.gain;
        gain.nrows() == 0 || smallest(gain.clone(), &|i| gain[(i, i)].re) > 1e-4
    });
    let (equivalent, known) = (
        information.equivalent_normalised(),
        information.position_normalised(),
    );
    let complex = Mat::from_fn(known.nrows(), known.ncols(), |i, j| {
        c64::from(equivalent[(i, j)])
    });
    echoes && smallest(complex, &|i| known[(i, i)]) > 1e-3
}
