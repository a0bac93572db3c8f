//! Laws of the pseudo-spectrum, and what happens at the edges.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod common;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use common::{
    USERS_M, carrier, distance, found, linear, music, music_of, network, paper, rayleigh, scaled,
};
use crlb::TransmitCovariance;
use faer::{Mat, c64};
use music_loc::{
    EchoModel, EchoParameters, Echoes, Grid, LocError, ModelOrder, MusicParameters, PeakSearch,
    SubspaceVariant,
};
use nf_channel::{
    AmplitudeProfile, Array, EchoGain, EchoScene, Invalid, Network, Reflectivity, Wavefront,
};

/// A scene heard under isotropic signals of the same power from each access point.
fn heard<const D: usize>(
    scene: EchoScene<D>,
    power_w: f64,
    noise_w: f64,
    slots: usize,
) -> EchoModel<D> {
    let stations = scene.network.access_points.len();
    let covariances = vec![TransmitCovariance::Isotropic { power_w }; stations];
    let parameters = EchoParameters {
        scene,
        covariances,
        noise_w,
        slots,
    };
    parameters.check().unwrap()
}

/// A box of 2 m around a position.
fn around(centre: [f64; 2], count: usize) -> PeakSearch<2> {
    let low = centre.map(|x| x - 1.03);
    let high = centre.map(|x| x + 0.97);
    PeakSearch::new(Grid::with_step(low, high, 0.2).unwrap(), count)
}

fn noiseless(seed: u64) -> EchoModel<2> {
    let mut parameters = rayleigh(seed).parameters();
    parameters.noise_w = 0.0;
    parameters.check().unwrap()
}

#[test]
fn noiseless_peaks_are_at_the_users() {
    let model = noiseless(3);
    for variant in [SubspaceVariant::PerAccessPoint, SubspaceVariant::StackedKM] {
        let music = music(&model, 1, |m| m.variant = variant);
        for user in USERS_M {
            let peaks = music.peaks(&around(user, 1).check().unwrap()).unwrap();
            assert_eq!(peaks.len(), 1);
            assert_abs_diff_eq!(distance(&peaks[0].position_m, &user), 0.0, epsilon = 1e-5);
            assert!(music.spectrum_db(&[user]).unwrap()[0] > 140.0);
        }
    }
}

#[test]
fn k_stacked_vectors_suffice_for_gain_tables_of_rank_one() {
    // Two-hop echoes of unit reflectivity: H = Σ_k h_k h_k^H.
    let mut parameters = paper();
    parameters.scene.echo_gain = EchoGain::TwoHop;
    parameters.noise_w = 0.0;
    let model = parameters.check().unwrap();
    let music = music(&model, 1, |m| m.variant = SubspaceVariant::StackedK);
    for user in USERS_M {
        assert!(music.noise_fraction(&user).unwrap() < 1e-12);
        // A quarter of a wavelength away the carrier phases no longer fit.
        let aside = [user[0] + carrier().wavelength_m() / 4.0, user[1]];
        assert!(music.noise_fraction(&aside).unwrap() > 1e-2);
    }
}

#[test]
fn a_common_phase_and_scale_of_the_data_change_nothing() {
    let model = rayleigh(2);
    let echoes = model.simulate(5).unwrap().echoes;
    let turned = |factor: c64| {
        Echoes::new(
            (0..3)
                .map(|l| scaled(factor, &echoes.received(l).to_owned()))
                .collect(),
        )
    };
    let grid = Grid::with_step([19.0, 29.0], [21.0, 31.0], 0.25).unwrap();
    for variant in [
        SubspaceVariant::PerAccessPoint,
        SubspaceVariant::StackedK,
        SubspaceVariant::StackedKM,
    ] {
        let spectrum = |echoes: &Echoes| {
            let mut parameters = MusicParameters::new(4);
            parameters.variant = variant;
            parameters
                .analyse(&network(), echoes)
                .unwrap()
                .grid_spectrum_db(&grid)
                .unwrap()
        };
        let reference = spectrum(&echoes);
        for factor in [
            c64::from_polar(1.0, 1.3),
            c64::from_polar(1e160, 0.4),
            c64::from(1e-160),
        ] {
            for (a, b) in spectrum(&turned(factor).unwrap()).iter().zip(&reference) {
                let fraction = |level_db: &f64| 10f64.powf(-level_db / 10.0);
                assert_abs_diff_eq!(fraction(a), fraction(b), epsilon = 1e-13);
            }
        }
    }
}

#[test]
fn planar_and_spherical_waves_agree_as_d_squared_over_lambda_r() {
    // On the broadside the phases differ by k d²/(2r): at the ends of the array by π/4 · D²/(λr).
    let wavelength = carrier().wavelength_m();
    for aperture in [0.2, 0.53] {
        for multiple in [4.0, 16.0, 64.0] {
            let array = linear([0.0, 0.0], 0.0, aperture);
            let range = multiple * array.rayleigh_distance_m(&carrier());
            let response = |wavefront| {
                let uniform = AmplitudeProfile::Uniform;
                array
                    .response_values(&carrier(), wavefront, uniform, &[0.0, range])
                    .unwrap()
            };
            let (near, far) = (response(Wavefront::Near), response(Wavefront::Far));
            let expected = std::f64::consts::FRAC_PI_4 * aperture.powi(2) / (wavelength * range);
            assert_relative_eq!((near[0] - far[0]).norm(), expected, max_relative = 1e-2);

            // Noise fraction of the planar response: the variance of the phases over the elements,
            // (k/2r)² Var(d²), to first order. Elements n = -10..10 at d = nD/20.
            let powers = |p: i32| (-10..=10).map(|n| f64::from(n).powi(p)).sum::<f64>() / 21.0;
            let variance = (powers(4) - powers(2).powi(2)) * (aperture / 20.0).powi(4);
            let slope = carrier().wavenumber_rad_per_m() / (2.0 * range);
            let user = [0.0, range];
            let scene = EchoScene::new(carrier(), vec![array], vec![user]);
            let planar = music_of(&heard(scene, 1.0, 0.0, 30), 1, |network, _| {
                network.wavefront = Wavefront::Far;
            });
            assert_relative_eq!(
                planar.noise_fraction(&user).unwrap(),
                slope.powi(2) * variance,
                max_relative = 1e-2
            );
        }
    }
}

#[test]
fn fewer_snapshots_than_antennas() {
    let mut parameters = rayleigh(6).parameters();
    parameters.slots = 8;
    let model = parameters.check().unwrap();
    let music = music(&model, 3, |_| {});
    assert_eq!(music.signal_dimensions(), [4, 4, 4]);
    let box_of_users = Grid::with_step([17.0, 27.0], [43.0, 63.0], 0.25).unwrap();
    assert_eq!(
        found(&music, &PeakSearch::new(box_of_users, 4), &USERS_M, 0.1),
        4
    );

    // Two snapshots carry two dimensions, whatever the order.
    let mut parameters = model.parameters();
    parameters.slots = 2;
    let short = common::music(&parameters.check().unwrap(), 3, |_| {});
    assert_eq!(short.signal_dimensions(), [2, 2, 2]);
}

#[test]
fn orders_are_estimated() {
    let model = rayleigh(6);
    for order in [ModelOrder::MinimumDescriptionLength, ModelOrder::Akaike] {
        let own = music(&model, 3, |m| m.order = order).signal_dimensions();
        assert!(
            own.iter().all(|&d| (4..=6).contains(&d)),
            "{order:?} {own:?}"
        );
    }
    let mdl = |variant| {
        let music = music(&model, 3, |m| {
            m.order = ModelOrder::MinimumDescriptionLength;
            m.variant = variant;
        });
        music.signal_dimensions()
    };
    assert_eq!(mdl(SubspaceVariant::PerAccessPoint), [4, 4, 4]);
    assert_eq!(mdl(SubspaceVariant::StackedKM), [12]);
    assert_eq!(mdl(SubspaceVariant::StackedK), [4]);

    // Noise alone: no signal, a flat spectrum, no peaks.
    let mut silent = model.parameters();
    silent.covariances = vec![TransmitCovariance::Isotropic { power_w: 0.0 }; 3];
    let noise = music(&silent.check().unwrap(), 3, |m| {
        m.order = ModelOrder::MinimumDescriptionLength;
    });
    assert_eq!(noise.signal_dimensions(), [0, 0, 0]);
    assert_eq!(noise.spectrum_db(&USERS_M).unwrap(), [0.0; 4]);
    assert!(
        noise
            .peaks(&around([20.0, 30.0], 4).check().unwrap())
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_wrong_order_is_a_result_or_an_error() {
    let model = rayleigh(6);
    // One too many leaves the users where they are: all of their responses are in the subspace.
    let more = music(&model, 3, |m| m.order = ModelOrder::Given(5));
    for user in USERS_M {
        assert_eq!(found(&more, &around(user, 1), &[user], 0.1), 1);
    }
    let echoes = model.simulate(3).unwrap().echoes;
    for (users, variant) in [
        (0, SubspaceVariant::PerAccessPoint),
        (21, SubspaceVariant::PerAccessPoint),
        (21, SubspaceVariant::StackedKM),
        (usize::MAX, SubspaceVariant::StackedKM),
    ] {
        let mut parameters = MusicParameters::new(users);
        parameters.variant = variant;
        assert!(matches!(
            parameters.analyse(&network(), &echoes),
            Err(LocError::Order { .. })
        ));
    }
}

#[test]
fn too_low_an_order_leaves_a_defined_spectrum() {
    for users in [1, 2, 3] {
        let music = music(&rayleigh(6), 3, |m| m.order = ModelOrder::Given(users));
        assert_eq!(music.signal_dimensions(), [users; 3]);
        let box_of_users = Grid::with_step([17.0, 27.0], [43.0, 63.0], 0.4).unwrap();
        let levels = music.grid_spectrum_db(&box_of_users).unwrap();
        assert!(levels.iter().all(|level| (0.0..=157.0).contains(level)));
        let peaks = music
            .peaks(&PeakSearch::new(box_of_users, users).check().unwrap())
            .unwrap();
        assert!(peaks.len() <= users);
        // No response fits in a subspace that misses a part of it.
        let full = common::music(&rayleigh(6), 3, |_| {});
        let (few, all) = (music.spectrum_db(&USERS_M), full.spectrum_db(&USERS_M));
        for (few, all) in few.unwrap().iter().zip(all.unwrap()) {
            assert!(*few < all - 20.0, "{few} {all}");
        }
    }
}

#[test]
fn receivers_that_do_not_transmit_are_enough() {
    let mut parameters = rayleigh(6).parameters();
    for silent in [1, 2] {
        parameters.covariances[silent] = TransmitCovariance::Isotropic { power_w: 0.0 };
    }
    let echoes = parameters.check().unwrap().simulate(3).unwrap().echoes;
    let hears = [1, 2].map(|l| echoes.received(l).to_owned());
    let arrays = common::arrays().split_off(1);
    let network = Network::new(carrier(), arrays).check().unwrap();
    let music = MusicParameters::new(4)
        .analyse(&network, &Echoes::new(hears.to_vec()).unwrap())
        .unwrap();
    for user in USERS_M {
        assert_eq!(found(&music, &around(user, 1), &[user], 0.1), 1);
    }
}

#[test]
fn silence_and_misfits_are_errors() {
    let analyse = |variant, blocks: Vec<Mat<c64>>| {
        let mut parameters = MusicParameters::new(4);
        parameters.variant = variant;
        parameters
            .analyse(&network(), &Echoes::new(blocks).unwrap())
            .unwrap_err()
    };
    let zeros = || Mat::<c64>::zeros(21, 50);
    assert_eq!(
        analyse(
            SubspaceVariant::PerAccessPoint,
            vec![zeros(), zeros(), zeros()]
        ),
        LocError::NoSignal { receiver: Some(0) }
    );
    assert_eq!(
        analyse(SubspaceVariant::StackedKM, vec![zeros(), zeros(), zeros()]),
        LocError::NoSignal { receiver: None }
    );
    for blocks in [
        vec![zeros(), zeros()],
        vec![zeros(), zeros(), Mat::zeros(20, 50)],
    ] {
        let error = analyse(SubspaceVariant::PerAccessPoint, blocks);
        assert!(
            matches!(error, LocError::Invalid(Invalid::Size { .. })),
            "{error}"
        );
    }
    let music = music(&rayleigh(1), 1, |_| {});
    assert!(matches!(
        music.spectrum_db(&[[f64::NAN, 0.0]]),
        Err(LocError::SearchedPosition {
            access_point: 0,
            ..
        })
    ));
    // On an antenna: no evidence.
    assert_eq!(music.spectrum_db(&[[30.0, 70.0]]).unwrap(), [0.0]);
    let mut search = around(USERS_M[0], 1);
    search.min_separation_m = f64::NAN;
    assert!(matches!(
        search.check(),
        Err(LocError::Invalid(Invalid::Number { .. }))
    ));
}

#[test]
fn close_users_are_told_apart_and_suppressed_on_request() {
    let mut parameters = paper();
    let users = vec![[25.0, 40.0], [25.3, 40.0]];
    parameters.scene.users_m = users.clone();
    parameters.scene.reflectivity = Reflectivity::rayleigh(2, 3, 4);
    let music = music(&parameters.check().unwrap(), 2, |_| {});
    let grid = Grid::with_step([24.0, 39.0], [26.5, 41.0], 0.1).unwrap();
    let mut search = PeakSearch::new(grid, 2);
    search.min_separation_m = 0.1;
    assert_eq!(found(&music, &search, &users, 0.05), 2);
    search.min_separation_m = 0.6;
    assert_eq!(found(&music, &search, &users, 0.05), 1);
}

#[test]
fn one_array_sees_a_user_behind_it_in_front_as_well() {
    // A line has the same distances to both sides: two peaks, mirror images.
    let array = linear([0.0, 0.0], 0.0, 0.53);
    let mut scene = EchoScene::new(carrier(), vec![array], vec![[1.0, -8.0]]);
    scene.echo_gain = EchoGain::TotalPath;
    let music = music(&heard(scene, 10.0, 1e-13, 50), 1, |_| {});
    let grid = Grid::with_step([-1.0, -10.0], [3.0, 10.0], 0.1).unwrap();
    let search = PeakSearch::new(grid, 2);
    assert_eq!(found(&music, &search, &[[1.0, -8.0], [1.0, 8.0]], 0.05), 2);
}

#[test]
fn three_dimensions() {
    let planar = |centre, axes| Array::uniform_planar(centre, [8, 8], axes, 0.03).unwrap();
    let arrays = vec![
        planar([0.0, 0.0, 3.0], [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        planar([5.0, -4.0, 3.0], [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
    ];
    let user = [4.0, 1.0, 1.5];
    let mut scene = EchoScene::new(carrier(), arrays, vec![user]);
    scene.echo_gain = EchoGain::TotalPath;
    let model = heard(scene, 10.0, 1e-13, 20);
    let echoes = model.simulate(1).unwrap().echoes;
    let music = MusicParameters::new(1)
        .analyse(model.scene().network(), &echoes)
        .unwrap();
    let grid = Grid::with_step([3.53, 0.53, 1.03], [4.53, 1.53, 2.03], 0.1).unwrap();
    let peaks = music
        .peaks(&PeakSearch::new(grid, 1).check().unwrap())
        .unwrap();
    assert_abs_diff_eq!(distance(&peaks[0].position_m, &user), 0.0, epsilon = 0.01);
}

#[test]
fn fewer_peaks_than_asked_for_are_an_answer() {
    let music = music(&noiseless(3), 1, |_| {});
    let peaks = music
        .peaks(&around(USERS_M[0], 100).check().unwrap())
        .unwrap();
    assert!(!peaks.is_empty() && peaks.len() < 100);
    assert!(peaks.is_sorted_by(|a, b| a.level_db >= b.level_db));
    for (i, a) in peaks.iter().enumerate() {
        for b in &peaks[..i] {
            assert!(distance(&a.position_m, &b.position_m) > 0.5);
        }
    }
}
