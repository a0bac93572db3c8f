//! What the pseudo-spectrum cannot depend on.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod common;

use common::{USERS_M, arrays, carrier, network, rayleigh};
use faer::Mat;
use music_loc::{Echoes, MusicParameters, SubspaceVariant};
use nf_channel::{Array, Network};

const PROBES: [[f64; 2]; 4] = [[20.0, 30.0], [22.5, 31.0], [40.0, 52.0], [5.0, 60.0]];

fn blocks(seed: u64) -> Vec<Mat<faer::c64>> {
    let data = rayleigh(seed).simulate(seed).unwrap();
    (0..3).map(|l| data.echoes.received(l).to_owned()).collect()
}

fn fractions(
    arrays: Vec<Array<2>>,
    blocks: Vec<Mat<faer::c64>>,
    variant: SubspaceVariant,
    probes: &[[f64; 2]],
) -> Vec<f64> {
    let mut parameters = MusicParameters::new(USERS_M.len());
    parameters.variant = variant;
    let network = Network::new(carrier(), arrays).check().unwrap();
    let music = parameters
        .analyse(&network, &Echoes::new(blocks).unwrap())
        .unwrap();
    (probes.iter())
        .map(|probe| music.noise_fraction(probe).unwrap())
        .collect()
}

fn same(here: &[f64], there: &[f64]) {
    for (a, b) in here.iter().zip(there) {
        assert!((a - b).abs() < 1e-9, "{here:?} {there:?}");
    }
}

/// Data received by a moved scene belong to moved positions.
#[test]
fn moving_the_whole_scene_moves_the_spectrum() {
    let (sin, cos) = 1.1f64.sin_cos();
    let turn = |v: &[f64; 2]| [cos * v[0] - sin * v[1], sin * v[0] + cos * v[1]];
    let place = |v: &[f64; 2]| {
        let t = turn(v);
        [t[0] + 12.0, t[1] - 40.0]
    };
    let moved: Vec<Array<2>> = (arrays().iter())
        .map(|a| {
            let offsets = a.offsets_m().iter().map(turn).collect();
            Array::from_offsets(place(a.reference_m()), offsets).unwrap()
        })
        .collect();
    let probes: Vec<[f64; 2]> = PROBES.iter().map(place).collect();
    for variant in [SubspaceVariant::PerAccessPoint, SubspaceVariant::StackedKM] {
        let here = fractions(arrays(), blocks(1), variant, &PROBES);
        same(
            &here,
            &fractions(moved.clone(), blocks(1), variant, &probes),
        );
    }
}

/// Receivers, antennas and slots may come in any order.
#[test]
fn order_is_immaterial() {
    for variant in [SubspaceVariant::PerAccessPoint, SubspaceVariant::StackedKM] {
        let here = fractions(arrays(), blocks(2), variant, &PROBES);
        let (mut turned, mut data) = (arrays(), blocks(2));
        turned.rotate_left(1);
        data.rotate_left(1);
        same(&here, &fractions(turned, data, variant, &PROBES));
        let slots: Vec<_> = (blocks(2).iter())
            .map(|b| Mat::from_fn(b.nrows(), b.ncols(), |i, j| b[(i, (j + 7) % b.ncols())]))
            .collect();
        same(&here, &fractions(arrays(), slots, variant, &PROBES));
        let antennas: Vec<_> = (blocks(2).iter())
            .map(|b| Mat::from_fn(b.nrows(), b.ncols(), |i, j| b[((i + 5) % b.nrows(), j)]))
            .collect();
        let relabelled: Vec<Array<2>> = (arrays().iter())
            .map(|a| {
                let mut offsets = a.offsets_m().to_vec();
                offsets.rotate_left(5);
                Array::from_offsets(*a.reference_m(), offsets).unwrap()
            })
            .collect();
        same(&here, &fractions(relabelled, antennas, variant, &PROBES));
    }
}

/// A fraction of a response is between nothing and all of it, and a larger signal subspace leaves less.
#[test]
fn more_dimensions_leave_less_noise() {
    let echoes = Echoes::new(blocks(3)).unwrap();
    let at = |order: usize| -> Vec<f64> {
        let music = MusicParameters::new(order)
            .analyse(&network(), &echoes)
            .unwrap();
        PROBES.map(|p| music.noise_fraction(&p).unwrap()).to_vec()
    };
    let mut last = vec![1.0; PROBES.len()];
    for order in 1..8 {
        let here = at(order);
        for (a, b) in here.iter().zip(&last) {
            assert!(
                (0.0..=1.0).contains(a) && *a <= b + 1e-12,
                "{here:?} {last:?}"
            );
        }
        last = here;
    }
}
