//! Scenes shared by the tests.
#![allow(dead_code, clippy::unwrap_used)]

use crlb::TransmitCovariance;
use faer::{Mat, c64};
use music_loc::{EchoModel, EchoParameters, Music, MusicParameters, PeakSearch};
use nf_channel::{
    Array, Carrier, EchoGain, EchoScene, LinearExtent, Network, Reflectivity, ValidNetwork,
    axis_from_degrees,
};

pub const USERS_M: [[f64; 2]; 4] = [[20.0, 30.0], [25.0, 40.0], [40.0, 30.0], [35.0, 60.0]];

pub fn carrier() -> Carrier {
    Carrier::new(28e9).unwrap()
}

pub fn linear(centre: [f64; 2], axis_deg: f64, aperture_m: f64) -> Array<2> {
    let extent = LinearExtent::Aperture { aperture_m };
    Array::uniform_linear(centre, axis_from_degrees(axis_deg), 21, extent).unwrap()
}

/// The paper's three access points.
pub fn arrays() -> Vec<Array<2>> {
    vec![
        linear([30.0, 70.0], 0.0, 0.53),
        linear([10.0, 20.0], -45.0, 0.53),
        linear([60.0, 30.0], 45.0, 0.53),
    ]
}

/// The paper's layout: 40 dBm of isotropic signal, -100 dBm of noise, 50 slots, unit reflectivity.
pub fn paper() -> EchoParameters<2> {
    let mut scene = EchoScene::new(carrier(), arrays(), USERS_M.to_vec());
    scene.echo_gain = EchoGain::TotalPath;
    EchoParameters {
        scene,
        covariances: vec![TransmitCovariance::Isotropic { power_w: 10.0 }; 3],
        noise_w: 1e-13,
        slots: 50,
    }
}

/// The same with Rayleigh reflectivity drawn from a seed.
pub fn rayleigh(seed: u64) -> EchoModel<2> {
    let mut parameters = paper();
    parameters.scene.reflectivity = Reflectivity::rayleigh(4, 3, seed);
    parameters.check().unwrap()
}

/// The receivers at the paper's three access points.
pub fn network() -> ValidNetwork<2> {
    Network::new(carrier(), arrays()).check().unwrap()
}

/// What a model's own network makes of its echoes.
pub fn music(model: &EchoModel<2>, seed: u64, edit: impl FnOnce(&mut MusicParameters)) -> Music<2> {
    music_of(model, seed, |_, parameters| edit(parameters))
}

/// The same by receivers that may take the waves for others than they are.
pub fn music_of(
    model: &EchoModel<2>,
    seed: u64,
    edit: impl FnOnce(&mut Network<2>, &mut MusicParameters),
) -> Music<2> {
    let mut network = model.scene().network().parameters().clone();
    let mut parameters = MusicParameters::new(model.scene().users_m().len());
    edit(&mut network, &mut parameters);
    let echoes = model.simulate(seed).unwrap().echoes;
    parameters
        .analyse(&network.check().unwrap(), &echoes)
        .unwrap()
}

/// How many of the users have a peak within the radius, among as many peaks as there are users.
pub fn found(
    music: &Music<2>,
    search: &PeakSearch<2>,
    users_m: &[[f64; 2]],
    radius_m: f64,
) -> usize {
    let peaks = music.peaks(&search.check().unwrap()).unwrap();
    let near = |user: &&[f64; 2]| {
        peaks
            .iter()
            .any(|p| distance(&p.position_m, user) <= radius_m)
    };
    users_m.iter().filter(near).count()
}

pub fn distance<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    (0..D).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt()
}

pub fn scaled(factor: c64, matrix: &Mat<c64>) -> Mat<c64> {
    Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| {
        factor * matrix[(i, j)]
    })
}
