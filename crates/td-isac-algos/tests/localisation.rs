//! Optimal sensing signals on simulated echoes: MUSIC finds the users, maximum likelihood meets the
//! bound of the covariance's design.
//!
//! The suite runs a few seeds. A hundred seeds over the whole area, in release mode:
//!
//! ```text
//! cargo test --release -p td-isac-algos --features localisation --test localisation -- \
//!     --ignored --nocapture
//! ```
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

use crlb::SensingSignal;
use music_loc::{Grid, LocaliserParameters, SubspaceVariant, UserCount, match_nearest};
use nf_channel::{
    AmplitudeProfile, ArraySpec, C64, EchoGain, LinearExtent, Wavefront, axis_from_degrees,
    dbm_to_watt,
};
use td_isac_algos::Sensing;
use td_isac_algos::scenario::{CheckedScenario, ReflectivitySpec, Scenario, ScenarioError};

const USERS_M: [[f64; 2]; 4] = [[20.0, 30.0], [25.0, 40.0], [40.0, 30.0], [35.0, 60.0]];
const SLOTS: usize = 50;

/// The paper's layout at 40 dBm, reflectivities drawn from a seed.
fn paper(seed: u64) -> CheckedScenario<2> {
    let mut scenario = layout();
    scenario.reflectivity = ReflectivitySpec::Rayleigh { seed };
    scenario.check().unwrap()
}

fn layout() -> Scenario<2> {
    let array = |reference_m, axis_deg| ArraySpec::UniformLinear {
        reference_m,
        axis: axis_from_degrees(axis_deg),
        elements: 21,
        extent: Some(LinearExtent::Aperture { aperture_m: 0.53 }),
    };
    let access_points = vec![
        array([30.0, 70.0], 0.0),
        array([10.0, 20.0], -45.0),
        array([60.0, 30.0], 45.0),
    ];
    Scenario::new(28.0e9, access_points, USERS_M.to_vec())
}

/// The layout with both one-way losses in the echoes and unit reflectivities.
fn weak_echo(sensing_dbm: f64) -> CheckedScenario<2> {
    let mut scenario = layout();
    scenario.echo_gain = EchoGain::TwoHop;
    scenario.sensing_power_w = dbm_to_watt(sensing_dbm).into();
    scenario.check().unwrap()
}

/// How many users have a peak within 0.1 m, of as many peaks as there are users.
fn found(
    scenario: &CheckedScenario<2>,
    region: Grid<2>,
    seed: u64,
    edit: impl Fn(&mut LocaliserParameters<2>),
) -> usize {
    let sensing = Sensing::design(scenario, None).unwrap();
    let signals = sensing.covariance.transmit_covariances();
    let model = scenario.echo_parameters(signals, SLOTS).check().unwrap();
    let echoes = model.simulate(seed).unwrap().echoes;
    let mut parameters = scenario.localiser_parameters(region);
    edit(&mut parameters);
    let localiser = parameters.check().unwrap();
    let music = localiser.analyse(&echoes).unwrap();
    let peaks = music.peaks(localiser.search()).unwrap();
    let near = |user: &&[f64; 2]| (peaks.iter()).any(|p| distance(&p.position_m, user) <= 0.1);
    USERS_M.iter().filter(near).count()
}

fn distance(a: &[f64; 2], b: &[f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

fn users_box() -> Grid<2> {
    Grid::enclosing(&USERS_M, 3.0, 0.25).unwrap()
}

#[test]
fn optimal_signals_show_all_users_to_each_receiver() {
    for seed in 0..3 {
        assert_eq!(
            found(&paper(seed), users_box(), seed, |_| {}),
            4,
            "seed {seed}"
        );
    }
}

#[test]
fn planar_waves_find_at_most_one() {
    let far = |p: &mut LocaliserParameters<2>| p.network.wavefront = Wavefront::Far;
    for seed in 0..2 {
        assert!(
            found(&paper(seed), users_box(), seed, far) <= 1,
            "seed {seed}"
        );
    }
}

/// Mean squared error of all trials over the mean bound, conditional on each waveform; its root.
fn efficiency(trials: u64) -> f64 {
    let scenario = paper(5);
    let sensing = Sensing::design(&scenario, None).unwrap();
    let signals = sensing.covariance.transmit_covariances();
    let model = scenario.echo_parameters(signals, SLOTS).check().unwrap();
    let information = scenario.sensing_parameters().check().unwrap();
    let parameters = scenario.localiser_parameters(users_box());
    let localiser = parameters.check().unwrap();
    let (mut squared, mut bound) = (0.0, 0.0);
    for seed in 0..trials {
        let heard = model.simulate(seed).unwrap();
        let located = localiser.locate(&heard.echoes, &heard.waveform).unwrap();
        let found = located.estimate.unwrap().positions_m;
        for (user, index) in USERS_M.iter().zip(match_nearest(&USERS_M, &found)) {
            squared += distance(user, &found[index.unwrap()]).powi(2);
        }
        let signal = SensingSignal::Waveform(heard.waveform);
        let information = information.fisher_information(&signal).unwrap();
        bound += information.bound().unwrap().crlb_m2(SLOTS as f64);
    }
    (squared / bound).sqrt()
}

#[test]
fn errors_reach_the_bound_of_the_waveform_sent() {
    // Dominated by the weakest user: a chi-square of at least 40 degrees, whose root deviates by
    // 1/sqrt(80) = 11 % at most; two deviations and a half.
    let efficiency = efficiency(20);
    assert!((0.72..1.28).contains(&efficiency), "{efficiency}");
}

/// Root of the mean squared error of one user over its mean bound, the estimator started near the truth.
fn efficiency_of_user(scenario: &CheckedScenario<2>, user: usize, trials: u64) -> f64 {
    let sensing = Sensing::design(scenario, None).unwrap();
    let signals = sensing.covariance.transmit_covariances();
    let model = scenario.echo_parameters(signals, SLOTS).check().unwrap();
    let information = scenario.sensing_parameters().check().unwrap();
    let parameters = scenario.localiser_parameters(users_box());
    let localiser = parameters.check().unwrap();
    let starts = USERS_M.map(|[x, y]| [x + 0.018, y - 0.009]);
    let (mut squared, mut bound) = (0.0, 0.0);
    for seed in 0..trials {
        let heard = model.simulate(seed).unwrap();
        let found = (localiser.refine(&heard.echoes, &heard.waveform, &starts)).unwrap();
        squared += distance(&USERS_M[user], &found.positions_m[user]).powi(2);
        let signal = SensingSignal::Waveform(heard.waveform);
        let information = information.fisher_information(&signal).unwrap();
        let covariance = information.bound().unwrap().covariance_m2(SLOTS as f64);
        bound += covariance[(2 * user, 2 * user)] + covariance[(2 * user + 1, 2 * user + 1)];
    }
    (squared / bound).sqrt()
}

/// The covariance that minimises the bound may light a user by the derivative of its response and not by the
/// response. Its gain is then unknown, the product of gain and displacement is all that the echo shows, and the bound,
/// which has the gain at its true value, is out of reach until the power makes up for the darkness.
#[test]
fn the_bound_is_out_of_reach_of_a_user_lit_by_the_slope_of_its_response_alone() {
    let (station, user) = (2, 1);
    let scenario = weak_echo(40.0);
    let sensing = Sensing::design(&scenario, None).unwrap();
    let factor = &sensing.covariance.factors[station];
    let covariance = factor.to_dense();
    let seen = (scenario.access_points()[station])
        .response(
            scenario.carrier(),
            Wavefront::Near,
            AmplitudeProfile::Uniform,
            &USERS_M[user],
        )
        .unwrap();
    // v^H Ψ v over the power, per element: 1 for isotropic signals.
    let lit = |v: &[C64]| {
        let mut power = C64::new(0.0, 0.0);
        for (i, left) in v.iter().enumerate() {
            for (j, right) in v.iter().enumerate() {
                power += left.conj() * covariance[(i, j)] * right;
            }
        }
        let norm: f64 = v.iter().map(C64::norm_sqr).sum();
        power.re / factor.power_w() * v.len() as f64 / norm
    };
    let (response, slope) = (lit(&seen.values), lit(&seen.gradient[0]));
    assert!(response < 1e-6, "{response}");
    assert!(slope > 1.0, "{slope}");

    // Chi-squares of about 80 degrees: a root deviates by 8 %.
    let excess = efficiency_of_user(&scenario, user, 40);
    assert!(excess > 1.4, "{excess}");
    let enough = efficiency_of_user(&weak_echo(110.0), user, 40);
    assert!((0.8..1.2).contains(&enough), "{enough}");
}

/// Users found in the whole area by every variant, for the optimal signals of each draw.
#[test]
#[ignore = "minutes: the whole area for 100 seeds"]
#[allow(clippy::print_stdout)]
fn whole_area() {
    let area = Grid::with_step([0.0, 0.0], [70.0, 70.0], 0.2).unwrap();
    let seeds = std::env::var("MUSIC_LOC_SEEDS").map_or(100, |s| s.parse().unwrap());
    type Edit = fn(&mut LocaliserParameters<2>);
    let cases: [(&str, Edit); 4] = [
        ("per access point", |_| {}),
        ("planar waves", |p| p.network.wavefront = Wavefront::Far),
        ("stacked, K vectors", |p| {
            p.music.variant = SubspaceVariant::StackedK
        }),
        ("stacked, KM vectors", |p| {
            p.music.variant = SubspaceVariant::StackedKM
        }),
    ];
    for (name, edit) in cases {
        let mut runs_that_found = [0; 5];
        for seed in 0..seeds {
            runs_that_found[found(&paper(seed), area, 100 + seed, edit)] += 1;
        }
        println!("{name}: runs that found 0, 1, 2, 3, 4 users: {runs_that_found:?}");
        match name {
            "per access point" => assert!(runs_that_found[4] * 100 >= seeds * 95),
            "planar waves" => assert!(runs_that_found[4] * 100 <= seeds * 5),
            _ => {}
        }
    }
}

/// An estimate on top of an antenna makes no scenario.
#[test]
fn users_on_antennas_are_rejected() {
    let mut users = USERS_M.to_vec();
    users[2] = [30.0, 70.0];
    assert!(matches!(
        paper(1).with_users_at(users),
        Err(ScenarioError::Channel {
            user: 2,
            access_point: 0,
            ..
        })
    ));
    // Reflectivities are drawn for as many users as there are.
    assert!(paper(1).with_users_at(Vec::new()).is_err());
}

/// Echoes so weak that pairs of wrong positions fit: whoever is found is there, whoever is not says why.
#[test]
fn weak_users_are_not_wrong_in_silence() {
    // The paper's printed powers and noise.
    let mut scenario = layout();
    scenario.echo_gain = EchoGain::TwoHop;
    scenario.sensing_power_w = dbm_to_watt(35.0).into();
    scenario.sensing_noise_w = dbm_to_watt(-70.0);
    let scenario = scenario.check().unwrap();
    let sensing = Sensing::design(&scenario, None).unwrap();
    let signals = sensing.covariance.transmit_covariances();
    let model = scenario.echo_parameters(signals, SLOTS).check().unwrap();
    let parameters = scenario.detector_parameters(UserCount::Given(4));
    let detector = parameters.check().unwrap();
    let heard = model.simulate(1).unwrap();
    let detection = detector.detect(&heard.echoes, &heard.waveform).unwrap();
    assert!(detection.users.iter().any(|user| !user.verdict.is_found()));
    for user in detection
        .users
        .iter()
        .filter(|user| user.verdict.is_found())
    {
        let at = user.position_m.unwrap();
        let error = (USERS_M.iter())
            .map(|truth| (at[0] - truth[0]).hypot(at[1] - truth[1]))
            .fold(f64::INFINITY, f64::min);
        assert!(error < 5.0 * user.deviation_m().unwrap(), "{user:?}");
    }
}
