//! Sensing for where users may be: the least mean bound over a prior.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::path::Path;
use std::time::Instant;

use approx::assert_relative_eq;
use crlb::faer::{Mat, c64};
use crlb::{
    CrlbError, FactoredCovariance, PositionCovariance, PositionInformation, SensingModel,
    SensingSignal,
};
use nf_channel::Invalid;
use proptest::prelude::*;
use td_isac_algos::Sensing;
use td_isac_algos::scenario::{
    AnyScenario, DrawStream, PositionPrior, PriorReflectivity, Scenario, ScenarioError,
};
use td_isac_algos::sensing::{Besides, SensingError, SensingMethod};

fn preset(name: &str) -> Scenario<2> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/scenarios")
        .join(name)
        .with_extension("toml");
    match AnyScenario::from_toml_file(file).unwrap() {
        AnyScenario::TwoD(scenario) => scenario,
        AnyScenario::ThreeD(_) => panic!("{name} is in space"),
    }
}

fn planned_on(name: &str, position_std_m: f64) -> (Scenario<2>, Sensing<2>) {
    let mut scenario = preset(name);
    scenario.prior = Some(PositionPrior::new(position_std_m));
    let start = Instant::now();
    let sensing = Sensing::design(&scenario.check().unwrap(), None).unwrap();
    let outlook = sensing.prior.unwrap();
    println!(
        "{name}, {position_std_m} m: C {:.3e} (95 % {:.3e}), planned {:.3e}, isotropic {:.3e} (95 % {:.3e}), gap {:.1e}, \
         {} iterations in {} dimensions, ranks {:?}, {:.2?}",
        sensing.crlb_constant_m2,
        outlook.crlb_constant_q95_m2,
        outlook.planned_crlb_constant_m2,
        sensing.crlb_constant_isotropic_m2,
        outlook.crlb_constant_isotropic_q95_m2,
        sensing.covariance.relative_gap,
        sensing.covariance.iterations,
        sensing
            .covariance
            .factors
            .iter()
            .map(|f| f.basis.ncols().to_string())
            .collect::<Vec<_>>()
            .join("+"),
        sensing.covariance.ranks(1e-4),
        start.elapsed(),
    );
    (scenario, sensing)
}

/// The bounds that an independent prototype met with 32 random draws, with some room for its draws and its 150 fresh ones.
#[test]
fn fresh_draws_keep_what_a_prototype_reached() {
    for (name, most_m2) in [("weak-echo", 2.0e-7), ("paper", 8.6e-13)] {
        let (scenario, sensing) = planned_on(name, 0.2);
        assert!(sensing.covariance.relative_gap <= 1e-4);
        assert!(sensing.crlb_constant_m2 <= most_m2, "{name}");
        assert!(sensing.crlb_constant_m2 < sensing.crlb_constant_isotropic_m2);
        // What knows the positions and is wrong about them.
        let mut known = scenario.clone();
        known.prior = None;
        let known = Sensing::design(&known.check().unwrap(), None).unwrap();
        let fresh = scenario
            .check()
            .unwrap()
            .prior_models(500, DrawStream::Fresh)
            .unwrap();
        let constants = mean_trace(&fresh, &known.covariance.factors);
        let own = mean_trace(&fresh, &sensing.covariance.factors);
        println!(
            "planned at the centre: {:.2} times the bound",
            constants / own
        );
        assert!(constants > 1.5 * own);
    }
}

fn mean_trace(scenes: &[SensingModel<2>], factors: &[FactoredCovariance]) -> f64 {
    let signal = SensingSignal::factored(factors.to_vec());
    let trace = |scene: &SensingModel<2>| {
        let information = scene.fisher_information(&signal).unwrap();
        information.bound().unwrap().trace_normalised()
    };
    scenes.iter().map(trace).sum::<f64>() / scenes.len() as f64
}

#[test]
fn a_prior_of_no_width_is_the_plan_that_knows() {
    for name in ["weak-echo", "paper"] {
        let mut scenario = preset(name);
        let known = Sensing::design(&scenario.check().unwrap(), None).unwrap();
        let mut prior = PositionPrior::new(0.0);
        prior.reflectivity = PriorReflectivity::AsGiven;
        prior.draws = 4;
        scenario.prior = Some(prior);
        let sensing = Sensing::design(&scenario.check().unwrap(), None).unwrap();
        let (a, b) = (sensing.crlb_constant_m2, known.crlb_constant_m2);
        assert_relative_eq!(a, b, max_relative = 1e-6);
        // Positions that are known need no sensing.
        let outlook = sensing.prior.unwrap();
        assert!(outlook.keeps_threshold_unsensed() && outlook.prior_total_m2 == 0.0);
        assert!(sensing.eta_max().unwrap() > 1.0 - 1e-15);
    }
}

/// Wide priors are no information: the limit is that of the echoes; narrow ones leave more time.
#[test]
fn the_limit_counts_the_prior() {
    let limit = |std_m: f64, threshold_m2: f64| {
        let mut scenario = preset("weak-echo");
        let mut prior = PositionPrior::new(std_m);
        prior.draws = 2;
        scenario.prior = Some(prior);
        scenario.crlb_threshold_m2 = threshold_m2;
        let sensing = Sensing::design(&scenario.check().unwrap(), None).unwrap();
        (
            sensing.eta_limit(),
            1.0 - sensing.crlb_constant_m2 / threshold_m2,
        )
    };
    let (with, without) = limit(0.2, 2e-5);
    assert!(with >= without && with - without < 1e-4, "{with} {without}");
    // Eight coordinates of a millimetre squared each, and a threshold of nine and of seven.
    assert_eq!(limit(1e-3, 9e-6).0, 1.0);
    let (with, without) = limit(1e-3, 7e-6);
    assert!(with > without + 1e-3 && with < 1.0, "{with} {without}");
    let (with, without) = limit(0.2, 1e-9);
    assert!(with < 0.0 && (with - without).abs() < 1e-12);
}

#[test]
fn draws_are_those_of_the_prior() {
    let mut scenario = preset("paper");
    let mut prior = PositionPrior::new(0.3);
    prior.seed = 5;
    scenario.prior = Some(prior);
    let checked = scenario.check().unwrap();
    let draws = checked.prior_draws(400, DrawStream::Plan);
    assert_eq!(draws, checked.prior_draws(400, DrawStream::Plan));
    assert_ne!(draws, checked.prior_draws(400, DrawStream::Fresh));
    for (user, centre) in scenario.users_m.iter().enumerate() {
        for axis in 0..2 {
            let offsets: Vec<f64> = (draws.iter())
                .map(|d| d.users_m[user][axis] - centre[axis])
                .collect();
            let mean = offsets.iter().sum::<f64>() / 400.0;
            let square = offsets.iter().map(|x| x * x).sum::<f64>() / 400.0;
            // A plain sample would be off by 0.015 m and 5 %.
            assert!(mean.abs() < 1e-3, "{mean}");
            assert_relative_eq!(square.sqrt(), 0.3, max_relative = 1e-2);
            // One in each stratum: half are below the centre, and a quarter below -0.6745 deviations.
            let below = |z: f64| offsets.iter().filter(|x| **x < z * 0.3).count();
            assert_eq!((below(0.0), below(-0.674_489_75)), (200, 100));
        }
    }
    // Coordinates are shuffled independently: correlations are those of chance, 1/sqrt(400).
    let product: f64 = (draws.iter())
        .map(|d| {
            (d.users_m[0][0] - scenario.users_m[0][0]) * (d.users_m[1][1] - scenario.users_m[1][1])
        })
        .sum();
    assert!((product / 400.0 / 0.09).abs() < 0.2);
}

#[test]
fn priors_that_make_no_sense_are_named() {
    let error = |change: fn(&mut PositionPrior)| {
        let mut scenario = preset("paper");
        let mut prior = PositionPrior::new(0.2);
        change(&mut prior);
        scenario.prior = Some(prior);
        scenario.check().unwrap_err()
    };
    let text = |change| error(change).to_string();
    assert_eq!(
        text(|p| p.position_std_m = -0.1),
        "sensing.prior.position_std_m = -0.1 must be at least 0"
    );
    assert_eq!(
        text(|p| p.draws = 0),
        "sensing.prior.draws = 0 must be at least 1"
    );
    assert_eq!(
        text(|p| p.draws = usize::MAX),
        format!(
            "sensing.prior.draws = {} must be at most 100000",
            usize::MAX
        )
    );
    assert!(text(|p| p.position_std_m = f64::NAN).contains("must be finite"));
    assert!(matches!(
        error(|p| p.position_std_m = 15.0),
        ScenarioError::PriorTooWide {
            user: 0,
            access_point: 1,
            ..
        }
    ));
    let method = SensingMethod::new(vec![1.0; 3]);
    assert!(matches!(
        method.optimise_over::<2>(&[], None),
        Err(SensingError::Bound(CrlbError::Invalid(
            Invalid::Count { .. }
        )))
    ));
    let scenario = preset("paper").check().unwrap();
    let scene = scenario.sensing_parameters().check().unwrap();
    let other = PositionInformation::none(3).unwrap();
    let besides = Besides {
        information: &other,
        slots: 1.0,
    };
    assert!(
        method
            .optimise_over(std::slice::from_ref(&scene), Some(besides))
            .is_err()
    );
    let other = PositionInformation::none(4).unwrap();
    let besides = Besides {
        information: &other,
        slots: 0.0,
    };
    assert!(method.optimise_over(&[scene], Some(besides)).is_err());
}

/// No information besides is no change, the same draw many times is that draw, and a floor is kept.
#[test]
fn one_scene_many_times_is_one_scene() {
    let scenario = preset("weak-echo").check().unwrap();
    let scene = scenario.sensing_parameters().check().unwrap();
    for fraction in [0.0, 0.3, 1.0] {
        let mut method = SensingMethod::new(scenario.sensing_power_w());
        method.isotropic_fraction = fraction;
        let one = method.optimise(&scene).unwrap();
        let none = PositionInformation::none(4).unwrap();
        let besides = Besides {
            information: &none,
            slots: 3.0,
        };
        let many = method
            .optimise_over(&vec![scene.clone(); 3], Some(besides))
            .unwrap();
        let (a, b) = (many.bound.trace_normalised(), one.bound.trace_normalised());
        assert_relative_eq!(a, b, max_relative = 1e-6);
        for (factor, power) in many.factors.iter().zip(&method.power_w) {
            assert_relative_eq!(factor.power_w(), *power, max_relative = 1e-9);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// With a prior as strong as the echoes, no other admissible covariance has a mean posterior bound below the
    /// certified one; where the prior says more, less power goes there, so the design is another one than without.
    #[test]
    fn nothing_admissible_beats_the_mean_posterior(
        std_m in 0.01..0.5f64,
        seed in any::<u64>(),
        values in prop::collection::vec(-1.0..1.0f64, 64),
        sharp in 0usize..4,
    ) {
        let mut scenario = preset("weak-echo");
        let mut prior = PositionPrior::new(std_m);
        prior.seed = seed;
        scenario.prior = Some(prior);
        let checked = scenario.check().unwrap();
        let scenes = checked.prior_models(3, DrawStream::Plan).unwrap();
        let slots = 50.0;
        // The bound of one slot's echoes is about a centimetre.
        let mut deviations = vec![1e-3; 4];
        deviations[sharp] = 1e-5;
        let known = PositionCovariance::<2>::from_deviations_m(&deviations).unwrap();
        let known = known.information().unwrap();
        let posterior = |factors: &[FactoredCovariance]| {
            let signal = SensingSignal::factored(factors.to_vec());
            scenes.iter().map(|scene| {
                let heard = scene.fisher_information(&signal).unwrap();
                heard.bound_with(slots, &known).unwrap().total_m2()
            }).sum::<f64>() / 3.0
        };
        let method = SensingMethod::new(checked.sensing_power_w());
        let besides = Besides { information: &known, slots };
        let with = method.optimise_over(&scenes, Some(besides)).unwrap();
        let without = method.optimise_over(&scenes, None).unwrap();
        let best = posterior(&with.factors);
        prop_assert!(best < posterior(&without.factors) * (1.0 + 1e-9));
        let least = best * (1.0 - with.relative_gap.max(0.0) - 1e-9);
        for step in [1e-3, 1e-1, 1.0] {
            let other: Vec<FactoredCovariance> = (with.factors.iter().enumerate()).map(|(m, f)| {
                let n = f.basis.nrows();
                let at = |i: usize, k: usize| values[(7 * i + 11 * k + 5 * m) % values.len()];
                let root = Mat::from_fn(n, n, |i, k| c64::new(at(i, k), at(k, i + 3)));
                let mut dense = &root * root.adjoint();
                let trace: f64 = (0..n).map(|i| dense[(i, i)].re).sum();
                let (own, power) = (f.to_dense(), method.power_w[m]);
                for j in 0..n {
                    for i in 0..n {
                        dense[(i, j)] = own[(i, j)] * (1.0 - step) + dense[(i, j)] * (step * power / trace);
                    }
                }
                FactoredCovariance { basis: Mat::identity(n, n), core: dense, floor_w: 0.0 }
            }).collect();
            prop_assert!(posterior(&other) >= least);
        }
    }
}

/// The cost of 32 draws beside that of the plan that knows.
#[test]
#[ignore = "prints times; run with --release --ignored --nocapture"]
fn cost_of_draws() {
    for name in ["weak-echo", "paper"] {
        let mut scenario = preset(name);
        let known = scenario.check().unwrap();
        let scene = known.sensing_parameters().check().unwrap();
        let method = SensingMethod::new(known.sensing_power_w());
        let shortest = |run: &dyn Fn()| {
            let time = || {
                let start = Instant::now();
                run();
                start.elapsed().as_secs_f64()
            };
            (0..3).map(|_| time()).fold(f64::INFINITY, f64::min)
        };
        let one = shortest(&|| drop(method.optimise(&scene).unwrap()));
        scenario.prior = Some(PositionPrior::new(0.2));
        let checked = scenario.check().unwrap();
        for draws in [8, 16, 32, 64] {
            let scenes = checked.prior_models(draws, DrawStream::Plan).unwrap();
            let many = shortest(&|| drop(method.optimise_over(&scenes, None).unwrap()));
            println!(
                "{name}: {draws} draws {:.2} s, {:.1} times one design of {:.3} s",
                many,
                many / one,
                one
            );
        }
    }
}
