//! What a certified rate cannot depend on, and which way it must move.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod properties;

use std::sync::Arc;

use faer::c64;
use nf_channel::{Array, ArraySpec, LinearExtent};
use proptest::prelude::*;
use robust_sdp::{AttackOptions, HermitianIpm, MaxMinOptions, max_min_ratio};
use td_isac_algos::allocation::Exhaustive;
use td_isac_algos::scenario::{ReflectivitySpec, Scenario};
use td_isac_algos::scheme::{BeamformingScheme, EqualPowerMrt, Main, MaximumRatio, ZeroForcing};
use td_isac_algos::uncertainty::BallUncertainty;
use td_isac_algos::{Design, Downlink, Sensing, Study};

/// Two access points of six antennas and two users around (20, 20), in a scene whose relative errors are a
/// few per cent at half of the time.
fn scenario(seed: u64, users_m: [[f64; 2]; 2], axes: [f64; 2]) -> Scenario<2> {
    let array = |reference_m, angle: f64| ArraySpec::UniformLinear {
        reference_m,
        axis: [angle.cos(), angle.sin()],
        elements: 6,
        extent: Some(LinearExtent::Aperture { aperture_m: 0.4 }),
    };
    let stations = vec![array([0.0, 0.0], axes[0]), array([45.0, 5.0], axes[1])];
    let mut scenario = Scenario::new(28e9, stations, users_m.to_vec());
    scenario.reflectivity = ReflectivitySpec::Rayleigh { seed };
    scenario.error_scale_per_m = Some(30.0);
    scenario
}

fn scenarios() -> impl Strategy<Value = Scenario<2>> {
    let user = || prop::array::uniform2(10.0..35.0f64);
    let axes = prop::array::uniform2(0.0..3.1f64);
    (0u64..1000, user(), user(), axes)
        .prop_map(|(seed, a, b, axes)| scenario(seed, [a, b], axes))
        .prop_filter("users side by side", |s| {
            let [a, b] = [s.users_m[0], s.users_m[1]];
            (a[0] - b[0]).hypot(a[1] - b[1]) > 3.0
        })
}

fn sensed(scenario: &Scenario<2>) -> (Downlink, Sensing<2>) {
    let checked = scenario.check().unwrap();
    let sensing = Sensing::design(&checked, None).unwrap();
    (checked.downlink(sensing.crlb_constant_m2).unwrap(), sensing)
}

fn designed(downlink: &Downlink, eta: f64, scheme: &dyn BeamformingScheme) -> Design {
    Study::new(downlink)
        .eta(eta)
        .scheme(scheme)
        .attack(AttackOptions::default())
        .run()
        .unwrap()
}

/// The relaxation's optimum: what all orders of Main are about.
fn optimum(downlink: &Downlink, eta: f64) -> (f64, f64) {
    let found = max_min_ratio(
        &downlink.problem_at(eta).unwrap(),
        &HermitianIpm::default(),
        &MaxMinOptions::default(),
        &mut || false,
    )
    .unwrap();
    (found.bracket.lower(), found.bracket.upper())
}

/// The relative size of the channel errors at half of the time decides what a test shows.
fn relative(scenario: &Scenario<2>, sensing: &Sensing<2>) -> f64 {
    scenario.error_scale_per_m.unwrap() * (2.0 * sensing.crlb_constant_m2).sqrt()
}

proptest! {
    #![proptest_config(properties::cases(6))]

    /// More power to transmit, more power to sense, smaller errors a metre: each raises the optimum. Of
    /// power that holds as far as noise matters; near the ratio that errors alone allow it does no harm.
    #[test]
    fn the_optimum_rises_with_power_and_knowledge(scenario in scenarios(), eta in 0.2..0.8f64) {
        let (downlink, sensing) = sensed(&scenario);
        prop_assume!(relative(&scenario, &sensing) < 0.5);
        let (attained, here) = optimum(&downlink, eta);
        let powered = |factor: f64| {
            let mut copy = scenario.clone();
            copy.communication_power_w *= factor;
            optimum(&sensed(&copy).0, eta)
        };
        let (limit, _) = powered(1e6);
        let (there, at_most) = powered(2.0);
        prop_assert!(at_most >= attained, "{at_most} {attained}");
        prop_assert!(there > here || here > 0.9 * limit, "{there} {here} {limit}");
        let mut louder = scenario.clone();
        louder.sensing_power_w *= 2.0;
        let mut surer = scenario.clone();
        surer.error_scale_per_m = scenario.error_scale_per_m.map(|a| 0.5 * a);
        for (better, what) in [(louder, "sensing"), (surer, "errors")] {
            let (there, _) = optimum(&sensed(&better).0, eta);
            prop_assert!(there > here * (1.0 + 1e-6), "{what}: {there} {here}");
        }
    }

    /// A looser threshold leaves more time, and the best rate over it does not fall; a scheme at the limit
    /// takes all of it.
    #[test]
    fn the_rate_rises_with_the_threshold(scenario in scenarios(), share in 0.05..0.6f64) {
        let (downlink, sensing) = sensed(&scenario);
        prop_assume!(relative(&scenario, &sensing) < 0.5);
        let run = |threshold_m2: f64| {
            let limit = crlb::max_time_allocation(sensing.crlb_constant_m2, threshold_m2).unwrap();
            let solver = HermitianIpm::default();
            let design = Study::new(&downlink).eta_max(limit).scheme(&ZeroForcing).allocation(&Exhaustive::default()).eta_start(0.5 * limit).solver(&solver).run()
                .unwrap();
            (design.rate_bit_s_hz(), design.eta, limit)
        };
        let tight = sensing.crlb_constant_m2 / (1.0 - share);
        let (low, low_eta, low_limit) = run(tight);
        let (high, high_eta, high_limit) = run(1.5 * tight);
        prop_assert!(low_eta <= low_limit && high_eta <= high_limit && low_limit < high_limit);
        prop_assert!(high >= low * (1.0 - 1e-6), "{high} {low}");
    }

    /// `C` is inversely proportional to the sensing power, and proportional to the noise and to the slots.
    #[test]
    fn the_constant_scales_with_power_noise_and_slots(
        scenario in scenarios(),
        exponent in -3.0..3.0f64,
    ) {
        let factor = 10f64.powf(exponent);
        let constant = |edit: &dyn Fn(&mut Scenario<2>)| {
            let mut copy = scenario.clone();
            edit(&mut copy);
            sensed(&copy).1.crlb_constant_m2
        };
        let here = constant(&|_| {});
        let close = |there: f64, expected: f64| (there / expected - 1.0).abs() < 1e-5;
        prop_assert!(close(constant(&|s| s.sensing_power_w *= factor), here / factor));
        prop_assert!(close(constant(&|s| s.sensing_noise_w *= factor), here * factor));
        prop_assert!(close(constant(&|s| s.frame_duration_s *= 4.0), here / 4.0));
    }

    /// Powers and noise in another unit leave every SINR as it is.
    #[test]
    fn units_of_power_do_not_matter(scenario in scenarios(), exponent in -8.0..8.0f64) {
        let (downlink, sensing) = sensed(&scenario);
        prop_assume!(relative(&scenario, &sensing) < 0.5);
        let factor = 10f64.powf(exponent);
        let mut scaled = scenario.clone();
        scaled.communication_power_w *= factor;
        scaled.communication_noise_w *= factor;
        scaled.sensing_power_w *= factor;
        scaled.sensing_noise_w *= factor;
        let (lower, upper) = optimum(&downlink, 0.5);
        let (again, _) = optimum(&sensed(&scaled).0, 0.5);
        prop_assert!(again > lower * (1.0 - 1e-4) && again < upper * (1.0 + 1e-4));
    }

    /// The names of users and access points, and where the origin is, do not matter.
    #[test]
    fn order_and_place_do_not_matter(
        scenario in scenarios(),
        angle in -3.0..3.0f64,
        shift in prop::array::uniform2(-100.0..100.0f64),
    ) {
        let mut scenario = scenario;
        scenario.reflectivity = ReflectivitySpec::Unit;
        let (downlink, sensing) = sensed(&scenario);
        prop_assume!(relative(&scenario, &sensing) < 0.5);
        let (lower, upper) = optimum(&downlink, 0.5);
        let mut users = scenario.clone();
        users.users_m.reverse();
        let mut stations = scenario.clone();
        stations.access_points.reverse();
        let mut moved = scenario.clone();
        let (sin, cos) = angle.sin_cos();
        let turn = |v: [f64; 2]| [cos * v[0] - sin * v[1], sin * v[0] + cos * v[1]];
        let place = |v: [f64; 2]| { let t = turn(v); [t[0] + shift[0], t[1] + shift[1]] };
        moved.users_m.iter_mut().for_each(|u| *u = place(*u));
        for station in &mut moved.access_points {
            if let ArraySpec::UniformLinear { reference_m, axis, .. } = station {
                *reference_m = place(*reference_m);
                *axis = turn(*axis);
            }
        }
        for (other, what) in [(users, "users"), (stations, "access points"), (moved, "motion")] {
            let (again, other_sensing) = sensed(&other);
            let ratio = other_sensing.crlb_constant_m2 / sensing.crlb_constant_m2;
            prop_assert!((ratio - 1.0).abs() < 1e-5, "{what}: {ratio}");
            let (again, _) = optimum(&again, 0.5);
            prop_assert!(
                again > lower * (1.0 - 1e-4) && again < upper * (1.0 + 1e-4),
                "{what}: {again} {lower} {upper}"
            );
        }
    }

    /// One user: maximum-ratio beams with all power are optimal, and Main, MRT and the closed form
    /// `(Σ_m sqrt(P_m) (‖ĥ_m‖ - ε_m)_+)²/σ²` agree, the certificate included.
    #[test]
    fn one_user_in_closed_form(scenario in scenarios(), error in 0.0..0.9f64) {
        let mut scenario = scenario;
        scenario.users_m.truncate(1);
        let checked = scenario.check().unwrap();
        let channels: Vec<Vec<Vec<c64>>> = (checked.channels().iter())
            .map(|user| user.iter().map(|h| h.values.clone()).collect())
            .collect();
        // Relative radius `error` at η = 1/2.
        let uncertainty = BallUncertainty::new(error, 0.5, &channels).unwrap();
        let downlink = checked.downlink_under(Arc::new(uncertainty)).unwrap();
        let norms = channels[0].iter().map(|h| h.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt());
        let amplitude: f64 = norms.map(|h| h * (1.0 - error)).sum();
        let expected =
            scenario.communication_power_w.of(0) * amplitude * amplitude / scenario.communication_noise_w.of(0);
        let schemes: [&dyn BeamformingScheme; 2] = [&Main::default(), &MaximumRatio::default()];
        for scheme in schemes {
            let design = designed(&downlink, 0.5, scheme);
            let upper = design.gamma_upper_bound.unwrap() / expected;
            prop_assert!((upper - 1.0).abs() < 1e-6, "{}: {upper}", scheme.name());
            // Extraction gives up a thousandth.
            let found = design.certified.gamma / expected;
            prop_assert!(found < 1.0 + 1e-6 && found > 0.9989, "{}: {found}", scheme.name());
            let attacked = design.gamma_attacked.unwrap() / design.certified.gamma;
            prop_assert!((attacked - 1.0).abs() < 1e-6, "{}: {attacked}", scheme.name());
        }
        // Equal-power MRT gives the one user all power: the closed form to the last digits.
        let equal = designed(&downlink, 0.5, &EqualPowerMrt).certified.gamma / expected;
        prop_assert!((equal - 1.0).abs() < 1e-6, "{equal}");
    }

    /// Another user takes power and adds interference; another access point, at the same errors of
    /// the others, can be left silent.
    #[test]
    fn more_users_cost_and_more_access_points_serve(scenario in scenarios(), error in 0.01..0.3f64) {
        let optimum_of = |stations: usize, users: usize| {
            let mut part = scenario.clone();
            part.access_points.truncate(stations);
            part.users_m.truncate(users);
            let checked = part.check().unwrap();
            let channels: Vec<Vec<Vec<c64>>> = (checked.channels().iter())
                .map(|user| user.iter().map(|h| h.values.clone()).collect())
                .collect();
            let uncertainty = BallUncertainty::new(error, 0.5, &channels).unwrap();
            optimum(&checked.downlink_under(Arc::new(uncertainty)).unwrap(), 0.5)
        };
        let both = optimum_of(2, 2);
        prop_assert!(both.0 <= optimum_of(2, 1).1 * (1.0 + 1e-6));
        prop_assert!(optimum_of(1, 2).0 <= both.1 * (1.0 + 1e-6));
    }

    /// Certified ≤ attacked ≤ nominal, for every scheme, in antenna coordinates: the attack's candidates
    /// include the channel without error.
    #[test]
    fn certified_attacked_nominal(scenario in scenarios(), eta in 0.2..0.9f64) {
        let (downlink, _) = sensed(&scenario);
        let schemes: [&dyn BeamformingScheme; 3] =
            [&Main::default(), &MaximumRatio::default(), &ZeroForcing];
        for scheme in schemes {
            let design = designed(&downlink, eta, scheme);
            let (low, high) = (design.certified.gamma, design.certified.gamma_nominal);
            prop_assert!(low <= design.gamma_attacked.unwrap() * (1.0 + 1e-9));
            prop_assert!(low <= design.gamma_beam_upper_bound);
            prop_assert!(design.gamma_attacked.unwrap() <= high * (1.0 + 1e-9));
            let nominal = downlink.achieved_gamma(&design.beamformers).unwrap();
            let least = nominal.into_iter().fold(f64::INFINITY, f64::min);
            prop_assert!((least / high - 1.0).abs() < 1e-9, "{least} {high}");
        }
    }
}

/// The uncertainty set of the paper contains what sensing promises: radii grow as `1/sqrt(1-η)` and in
/// proportion to the channels.
#[test]
fn radii_follow_the_paper() {
    let scenario = scenario(1, [[15.0, 20.0], [25.0, 28.0]], [0.3, 1.2]);
    let (downlink, sensing) = sensed(&scenario);
    let checked = scenario.check().unwrap();
    for eta in [0.1, 0.5, 0.99] {
        let problem = downlink.full_problem_at(eta).unwrap();
        for (k, target) in problem.targets.iter().enumerate() {
            for (m, block) in target.errors.iter().enumerate() {
                let robust_sdp::ErrorBlock::Ball { group, radius } = block else {
                    panic!("balls only");
                };
                assert_eq!(*group, m);
                let h = &checked.channels()[k][m].values;
                let norm = h.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt();
                let expected = 30.0 * (sensing.crlb_constant_m2 / (1.0 - eta)).sqrt() * norm;
                assert!((radius / expected - 1.0).abs() < 1e-12);
            }
        }
    }
    let elements: usize = checked.access_points().iter().map(Array::len).sum();
    assert_eq!(downlink.full_problem_at(0.5).unwrap().dimension(), elements);
}
