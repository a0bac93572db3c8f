//! Detection: users are found, or it is said why not.
#![allow(clippy::unwrap_used)]

mod common;

use common::{USERS_M, carrier, paper, rayleigh};
use crlb::TransmitCovariance;
use faer::c64;
use music_loc::{
    Absence, Detection, Detector, DetectorParameters, Doubt, EchoParameters, HalfSpace, Noise,
    Region, UserCount, Verdict, match_nearest,
};
use nf_channel::{
    Array, BlockedLink, EchoConvention, EchoGain, EchoScene, LinearExtent, Reflectivity,
};

const NOISE_W: f64 = 1e-13;

fn detector(echoes: &EchoParameters<2>, region: Region<2>, users: UserCount) -> Detector<2> {
    let network = echoes.scene.network.clone();
    DetectorParameters::new(network, region, users, Noise::Known(echoes.noise_w))
        .check()
        .unwrap()
}

/// Around the users, where they are; the arrays see them from 12 m away and more.
fn around_users() -> Region<2> {
    Region::enclosing(&USERS_M, 2.0).unwrap()
}

fn detect(echoes: &EchoParameters<2>, detector: &Detector<2>, seed: u64) -> Detection<2> {
    let heard = echoes.clone().check().unwrap().simulate(seed).unwrap();
    detector.detect(&heard.echoes, &heard.waveform).unwrap()
}

/// Every user is found, within so many deviations.
fn assert_found(detection: &Detection<2>, users_m: &[[f64; 2]], deviations: f64) {
    let found: Vec<_> = (detection.users.iter())
        .map(|user| user.position_m.unwrap())
        .collect();
    assert_eq!(found.len(), users_m.len(), "{detection:?}");
    for (user, index) in users_m.iter().zip(match_nearest(users_m, &found)) {
        let (at, detected) = (found[index.unwrap()], &detection.users[index.unwrap()]);
        let error = (at[0] - user[0]).hypot(at[1] - user[1]);
        assert!(detected.verdict.is_found(), "{detected:?}");
        let allowed = deviations * detected.deviation_m().unwrap();
        assert!(error < allowed, "{error} {allowed}");
    }
}

#[test]
fn the_papers_users_are_found_with_and_without_their_number() {
    let echoes = rayleigh(3).parameters();
    for users in [UserCount::Given(4), UserCount::AtMost(8)] {
        let detection = detect(&echoes, &detector(&echoes, around_users(), users), 5);
        assert_found(&detection, &USERS_M, 3.0);
        assert!(detection.fit.p_value > 1e-3);
        assert_eq!(detection.better_convention, None);
    }
    // With the noise power unknown, too.
    let network = echoes.scene.network.clone();
    let unknown = DetectorParameters::new(
        network,
        around_users(),
        UserCount::Given(4),
        Noise::Estimated,
    );
    let detection = detect(&echoes, &unknown.check().unwrap(), 5);
    assert_found(&detection, &USERS_M, 3.0);
    assert_eq!(detection.fit.noise_over_known, None);
}

#[test]
fn a_user_that_one_access_point_does_not_see_is_found() {
    let mut echoes = paper();
    echoes.scene.blocked.push(BlockedLink {
        user: 0,
        access_point: 0,
    });
    let detector = detector(&echoes, around_users(), UserCount::Given(4));
    assert_found(&detect(&echoes, &detector, 1), &USERS_M, 3.0);
}

#[test]
fn mirror_images_make_doubtful_until_a_half_plane_rules_them_out() {
    let spacing_m = carrier().wavelength_m() / 2.0;
    let extent = LinearExtent::Spacing { spacing_m };
    let array = Array::uniform_linear([0.0; 2], [1.0, 0.0], 128, extent).unwrap();
    let users_m = [[1.0, 2.0], [-1.0, 3.0]];
    let echoes = EchoParameters {
        scene: EchoScene::new(carrier(), vec![array], users_m.to_vec()),
        covariances: vec![TransmitCovariance::Isotropic { power_w: 1.0 }],
        noise_w: NOISE_W,
        slots: 20,
    };
    let mut region = Region::new([-2.0, -4.0], [2.0, 4.0]);
    let both = detector(&echoes, region.clone(), UserCount::Given(2));
    let detection = detect(&echoes, &both, 1);
    for user in &detection.users {
        let at = user.position_m.unwrap();
        let Verdict::Doubtful(Doubt::Ambiguous {
            position_m, mirror, ..
        }) = user.verdict
        else {
            unreachable!("{user:?}");
        };
        assert!(mirror && (position_m[1] + at[1]).abs() < 1e-9);
        assert!(user.verdict.reason().contains("mirror image at ("));
    }
    region.half_spaces.push(HalfSpace {
        point_m: [0.0; 2],
        normal: [0.0, 1.0],
    });
    let one = detector(&echoes, region, UserCount::Given(2));
    assert_found(&detect(&echoes, &one, 1), &users_m, 4.0);
}

/// Noise alone, with the waveform of the paper's layout.
fn nobody() -> EchoParameters<2> {
    let mut echoes = paper();
    let silent = vec![vec![vec![c64::ZERO; 3]; 3]; 4];
    echoes.scene.reflectivity = Reflectivity::explicit(silent).unwrap();
    echoes
}

#[test]
fn nobody_is_found_where_there_is_nobody() {
    let echoes = nobody();
    let region = Region::new([27.0, 39.0], [29.0, 41.0]);
    let detector = detector(&echoes, region, UserCount::Given(2));
    let detection = detect(&echoes, &detector, 11);
    assert_eq!(detection.users.len(), 2);
    for user in &detection.users {
        assert_eq!((user.position_m, user.deviation_m()), (None, None));
        let Verdict::NotFound(Absence::NoEcho {
            likelihood_ratio,
            threshold,
        }) = user.verdict
        else {
            unreachable!("{user:?}");
        };
        assert!(likelihood_ratio < threshold && threshold == detection.threshold);
    }
}

#[test]
fn with_no_users_the_fit_says_whether_there_is_only_noise() {
    let region = Region::new([27.0, 39.0], [29.0, 41.0]);
    for (echoes, only_noise) in [(nobody(), true), (paper(), false)] {
        let detector = detector(&echoes, region.clone(), UserCount::Given(0));
        let detection = detect(&echoes, &detector, 12);
        assert!(detection.users.is_empty());
        assert_eq!(detection.fit.p_value > 1e-3, only_noise, "{detection:?}");
    }
}

/// `MUSIC_LOC_FRAMES=2000 cargo test --release -p music-loc --test detection false_alarms -- --ignored
/// --nocapture`
#[test]
#[ignore = "minutes"]
#[allow(clippy::print_stdout)]
fn false_alarms_come_at_the_stated_rate() {
    let frames: u64 = std::env::var("MUSIC_LOC_FRAMES").map_or(2000, |n| n.parse().unwrap());
    let echoes = nobody();
    for half_m in [5.0, 12.0] {
        let region = Region::new(
            [28.0 - half_m, 40.0 - half_m],
            [28.0 + half_m, 40.0 + half_m],
        );
        let detector = detector(&echoes, region, UserCount::AtMost(2));
        let alarms = (0..frames)
            .filter(|&seed| !detect(&echoes, &detector, seed).users.is_empty())
            .count();
        let rate = alarms as f64 / frames as f64;
        println!("{half_m} m: {alarms} of {frames}");
        // The level, its tolerance, and three deviations of the count.
        assert!((rate - 0.05).abs() < 0.01 + 3.0 * (0.05 * 0.95 / frames as f64).sqrt());
    }
}

#[test]
fn echoes_of_something_else_make_all_doubtful() {
    // The other convention: nothing fits, and the hint says what does.
    let mut echoes = paper();
    echoes.scene.network.echo_convention = EchoConvention::Reciprocal;
    let heard = echoes.clone().check().unwrap().simulate(1).unwrap();
    echoes.scene.network.echo_convention = EchoConvention::Conjugate;
    let wrong = detector(&echoes, around_users(), UserCount::Given(4));
    let starts = wrong
        .assess(&heard.echoes, &heard.waveform, &USERS_M)
        .unwrap();
    assert!(
        (starts.users.iter()).all(|user| !user.verdict.is_found() && user.covariance_m2.is_none())
    );
    assert!(starts.fit.noise_over_known.unwrap() > 100.0);
    assert_eq!(starts.better_convention, Some(EchoConvention::Reciprocal));

    // A scatterer beside the users: more echoes than users, until the empty frame is subtracted.
    let scatterer = [30.0, 45.0];
    let mut all = paper();
    all.scene.users_m.push(scatterer);
    all.scene.reflectivity = Reflectivity::unit(5, 3);
    let all = all.check().unwrap();
    let heard = all.simulate(2).unwrap();
    let detector = detector(&all.parameters(), around_users(), UserCount::Given(4));
    let detection = detector.detect(&heard.echoes, &heard.waveform).unwrap();
    assert_eq!(detection.users.len(), 5);
    for user in &detection.users {
        let doubt = Doubt::MoreEchoesThanUsers {
            echoes: 5,
            users: 4,
        };
        assert_eq!(user.verdict, Verdict::Doubtful(doubt));
    }
    let mut alone = paper();
    alone.scene.users_m = vec![scatterer];
    alone.scene.reflectivity = Reflectivity::unit(1, 3);
    let empty = alone.check().unwrap().noiseless(&heard.waveform).unwrap();
    let rest = heard.echoes.minus(&empty).unwrap();
    let detection = detector.detect(&rest, &heard.waveform).unwrap();
    assert_found(&detection, &USERS_M, 3.0);
}

#[test]
fn bad_parameters_are_named() {
    let network = paper().scene.network;
    let parameters = |edit: &dyn Fn(&mut DetectorParameters<2>)| {
        let mut parameters = DetectorParameters::new(
            network.clone(),
            around_users(),
            UserCount::Given(1),
            Noise::Known(NOISE_W),
        );
        edit(&mut parameters);
        parameters.check().unwrap_err().to_string()
    };
    let zero = parameters(&|p| p.noise = Noise::Known(0.0));
    assert_eq!(zero, "noise_w = 0 must be positive");
    let level = parameters(&|p| p.false_alarm = 1.0);
    assert_eq!(level, "false_alarm = 1 must be between 0 and 1");
    assert!(parameters(&|p| p.region.maximum_m[1] = f64::NAN).contains("axis 1"));
}

/// Two-hop echoes of scattered reflectivity; two users are seen by one access point alone.
fn seen_by_one(seed: u64) -> EchoParameters<2> {
    let mut echoes = rayleigh(seed).parameters();
    echoes.scene.echo_gain = EchoGain::TwoHop;
    echoes.scene.blocked = [(2, 0), (2, 1), (0, 1), (0, 2)]
        .map(|(user, access_point)| BlockedLink { user, access_point })
        .to_vec();
    echoes
}

#[test]
fn no_position_is_claimed_that_is_wrong_where_one_array_alone_sees_a_user() {
    let mut found = 0;
    for seed in 0..6 {
        let echoes = seen_by_one(seed);
        let region = Region::enclosing(&USERS_M, 8.0).unwrap();
        let detector = detector(&echoes, region, UserCount::AtMost(8));
        for user in detect(&echoes, &detector, seed).users {
            if !user.verdict.is_found() {
                continue;
            }
            let at = user.position_m.unwrap();
            let error = (USERS_M.iter())
                .map(|u| (at[0] - u[0]).hypot(at[1] - u[1]))
                .fold(f64::INFINITY, f64::min);
            let allowed = (5.0 * user.deviation_m().unwrap()).max(0.05);
            assert!(error < allowed, "seed {seed}: {error} m off: {user:?}");
            found += 1;
        }
    }
    // Of the two users that all see, half or more.
    assert!(found >= 6, "{found}");
}
