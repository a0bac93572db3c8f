//! Laws of the sensing design on random scenes.
#![allow(clippy::unwrap_used, clippy::panic)]

mod properties;
mod sensing_scenes;

use approx::assert_relative_eq;
use crlb::{CrlbError, GainModel, SensingModel, SensingSignal};
use nf_channel::{Array, EchoGain};
use proptest::prelude::*;
use sensing_scenes::{identifiable, paper_with, scene};
use td_isac_algos::sensing::{
    SensingCovariance, SensingError, SensingMethod, Subspace, covariance_gradient,
};

fn design<const D: usize>(model: &SensingModel<D>) -> SensingMethod {
    let powers = [2.0, 5.0, 1.0];
    SensingMethod::new(powers[..model.access_points()].to_vec())
}

fn objective<const D: usize>(covariance: &SensingCovariance<D>) -> f64 {
    covariance.bound.trace_normalised()
}

/// What every design must satisfy.
fn check<const D: usize>(model: &SensingModel<D>) {
    let design = design(model);
    let covariance = design.optimise(model).unwrap();
    assert!(covariance.relative_gap <= 1e-6);
    let reached = objective(&covariance);
    assert!(reached <= covariance.isotropic_bound.trace_normalised() * (1.0 + 1e-9));
    for (factor, power) in covariance.factors.iter().zip(&design.power_w) {
        assert_relative_eq!(factor.power_w(), *power, max_relative = 1e-12);
        let smallest = factor
            .core
            .self_adjoint_eigenvalues(faer::Side::Lower)
            .unwrap()[0];
        assert!(smallest >= -1e-12 * power);
    }
    // f has degree -1.
    let (value, gradients) = covariance_gradient(model, &covariance.factors).unwrap();
    assert_relative_eq!(value, reached, max_relative = 1e-6);
    let sum: f64 = (gradients.iter().zip(&covariance.factors))
        .map(|(g, factor)| g.inner(&factor.basis, &factor.core))
        .sum();
    assert_relative_eq!(sum, value, max_relative = 1e-6);
}

proptest! {
    #![proptest_config(properties::cases(32))]

    #[test]
    fn converges_in_the_plane(parameters in scene::<2>(1..4, 1..5)) {
        let model = parameters.check().unwrap();
        prop_assume!(identifiable(&model));
        check(&model);
    }

    #[test]
    fn converges_in_space(parameters in scene::<3>(1..4, 1..4)) {
        let model = parameters.check().unwrap();
        prop_assume!(identifiable(&model));
        check(&model);
    }

    /// The reduction to the span of the users' responses loses nothing.
    #[test]
    fn full_dimension_gives_the_same_bound(parameters in scene::<2>(1..3, 1..3)) {
        let model = parameters.check().unwrap();
        prop_assume!(identifiable(&model));
        let reduced = design(&model);
        let mut full = reduced.clone();
        full.subspace = Subspace::Full;
        let (reduced, full) = (reduced.optimise(&model).unwrap(), full.optimise(&model).unwrap());
        assert_relative_eq!(objective(&reduced), objective(&full), max_relative = 1e-6);
    }

    /// No other covariance of the same power is better: random ones, and mixtures with the optimum.
    #[test]
    fn nothing_admissible_is_better(
        parameters in scene::<2>(1..3, 1..3),
        weight in 0.0..1.0f64,
    ) {
        let model = parameters.check().unwrap();
        prop_assume!(identifiable(&model));
        let design = design(&model);
        let optimum = design.optimise(&model).unwrap();
        let mut mixed = optimum.factors.clone();
        for (factor, power) in mixed.iter_mut().zip(&design.power_w) {
            factor.core *= faer::Scale(faer::c64::from(1.0 - weight));
            factor.floor_w = weight * power / factor.basis.nrows() as f64;
        }
        let information = model.fisher_information(&SensingSignal::Factored(mixed.clone())).unwrap();
        let other = information.bound().unwrap().trace_normalised();
        prop_assert!(other >= objective(&optimum) * (1.0 - 1e-6));
        // With that floor given, the optimiser does at least as well, and says how far it can go.
        let mut floored = design.clone();
        floored.isotropic_fraction = weight;
        let floored = floored.optimise(&model).unwrap();
        prop_assert!(objective(&floored) <= other * (1.0 + 1e-6));
        prop_assert!(objective(&floored) >= objective(&optimum) * (1.0 - 1e-6));
        for (factor, power) in floored.factors.iter().zip(&design.power_w) {
            assert_relative_eq!(factor.power_w(), *power, max_relative = 1e-12);
        }
    }

    #[test]
    fn rotation_and_translation_are_immaterial(
        parameters in scene::<2>(2..4, 1..4),
        angle in -3.0..3.0f64,
        shift in prop::array::uniform2(-20.0..20.0f64),
    ) {
        let model = parameters.clone().check().unwrap();
        prop_assume!(identifiable(&model));
        let (sin, cos) = angle.sin_cos();
        let turn = |v: &[f64; 2]| [cos * v[0] - sin * v[1], sin * v[0] + cos * v[1]];
        let place = |v: &[f64; 2]| {
            let turned = turn(v);
            [turned[0] + shift[0], turned[1] + shift[1]]
        };
        let mut moved = parameters;
        for user in &mut moved.users_m {
            *user = place(user);
        }
        for station in &mut moved.access_points {
            let offsets = station.offsets_m().iter().map(turn).collect();
            *station = Array::from_offsets(place(station.reference_m()), offsets).unwrap();
        }
        let moved = moved.check().unwrap();
        let here = design(&model).optimise(&model).unwrap();
        let there = design(&moved).optimise(&moved).unwrap();
        assert_relative_eq!(objective(&here), objective(&there), max_relative = 1e-5);
    }

    #[test]
    fn order_of_users_and_access_points_is_immaterial(parameters in scene::<2>(3..4, 3..4)) {
        let model = parameters.clone().check().unwrap();
        prop_assume!(identifiable(&model));
        let mut turned = parameters;
        turned.users_m.rotate_left(1);
        turned.access_points.rotate_left(1);
        let values = (0..3)
            .map(|k| {
                (0..3)
                    .map(|l| {
                        (0..3)
                            .map(|m| {
                                let old = |i: usize| (i + 1) % 3;
                                model.parameters().reflectivity.get(old(k), old(l), old(m))
                            })
                            .collect()
                    })
                    .collect()
            })
            .collect();
        turned.reflectivity = nf_channel::Reflectivity::explicit(values).unwrap();
        let turned = turned.check().unwrap();
        let mut design = design(&model);
        let here = design.optimise(&model).unwrap();
        design.power_w.rotate_left(1);
        let there = design.optimise(&turned).unwrap();
        assert_relative_eq!(objective(&here), objective(&there), max_relative = 1e-6);
    }
}

/// Two users on the axis of the third array: one pair of access points cannot tell them apart, the
/// design succeeds and says so.
#[test]
fn dependent_echoes_of_one_pair() {
    for echo_gain in [EchoGain::TwoHop, EchoGain::TotalPath] {
        let parameters = paper_with(21, [0.0, -45.0, 0.0], echo_gain, GainModel::Unknown);
        let model = parameters.check().unwrap();
        check(&model);
        let covariance = design(&model).optimise(&model).unwrap();
        let pairs = covariance.ambiguous_pairs();
        assert_eq!(pairs.len(), 1);
        assert_eq!(
            (pairs[0].receiver, pairs[0].users.as_slice()),
            (2, &[0, 2][..])
        );
    }
}

#[test]
fn a_user_on_the_axis_of_the_only_array() {
    let mut parameters = paper_with(21, [0.0; 3], EchoGain::TwoHop, GainModel::Unknown);
    parameters.access_points.truncate(1);
    parameters.reflectivity = nf_channel::Reflectivity::unit(4, 1);
    parameters.users_m[1] = [50.0, 70.0];
    let model = parameters.check().unwrap();
    let error = SensingMethod::new(vec![1.0]).optimise(&model).unwrap_err();
    assert!(
        matches!(&error, SensingError::Bound(CrlbError::NotIdentifiable { users, .. }) if users == &[1]),
        "{error}"
    );
}

/// With all of the power in the floor nothing is left to choose, and the certificate says so.
#[test]
fn a_floor_of_everything_is_isotropic() {
    let model = sensing_scenes::paper(EchoGain::TwoHop, GainModel::Unknown)
        .check()
        .unwrap();
    let mut design = design(&model);
    design.isotropic_fraction = 1.0;
    let covariance = design.optimise(&model).unwrap();
    let isotropic = covariance.isotropic_bound.trace_normalised();
    assert_relative_eq!(objective(&covariance), isotropic, max_relative = 1e-9);
    assert_eq!(covariance.relative_gap, 0.0);
}

/// One access point and users 5 km away: their ranges rest on 1e-10 of the information.
#[test]
fn distant_users_of_one_access_point() {
    let mut parameters = paper_with(21, [20.0, 0.0, 0.0], EchoGain::TwoHop, GainModel::Unknown);
    parameters.access_points.truncate(1);
    parameters.users_m = vec![[3030.0, 4070.0], [-2000.0, 4500.0]];
    parameters.reflectivity = nf_channel::Reflectivity::unit(2, 1);
    check(&parameters.check().unwrap());
}

/// Single elements locate by carrier phase alone; their covariance is a number, and nothing is left to
/// optimise.
#[test]
fn single_elements() {
    let axes = [0.0, 0.0, 0.0];
    let mut parameters = paper_with(2, axes, EchoGain::TwoHop, GainModel::CarrierPhase);
    for station in &mut parameters.access_points {
        *station = Array::single(*station.reference_m()).unwrap();
    }
    parameters.users_m.truncate(1);
    parameters.reflectivity = nf_channel::Reflectivity::unit(1, 3);
    let model = parameters.check().unwrap();
    check(&model);
    let covariance = design(&model).optimise(&model).unwrap();
    assert_eq!(covariance.ranks(1e-6), [1, 1, 1]);
}

/// The work after the first products does not depend on the number of elements.
#[test]
fn a_thousand_elements() {
    let parameters = paper_with(
        1025,
        [0.0, -45.0, 45.0],
        EchoGain::TwoHop,
        GainModel::Unknown,
    );
    let model = parameters.check().unwrap();
    let covariance = SensingMethod::new(vec![10.0; 3]).optimise(&model).unwrap();
    assert!(covariance.relative_gap <= 1e-6);
    for factor in &covariance.factors {
        assert_eq!((factor.basis.nrows(), factor.basis.ncols()), (1025, 12));
    }
}

#[test]
fn settings_out_of_range_are_named() {
    let model = sensing_scenes::paper(EchoGain::TwoHop, GainModel::Unknown)
        .check()
        .unwrap();
    let good = SensingMethod::new(vec![1.0; 3]);
    let mut bad = good.clone();
    bad.isotropic_fraction = 1.5;
    let error = bad.optimise(&model).unwrap_err();
    assert!(matches!(
        error,
        SensingError::Setting {
            field: "isotropic_fraction",
            ..
        }
    ));
    bad = good.clone();
    bad.power_w[1] = f64::NAN;
    assert!(matches!(
        bad.optimise(&model),
        Err(SensingError::Setting {
            field: "power_w",
            ..
        })
    ));
    bad = good.clone();
    bad.power_w.pop();
    let error = bad.optimise(&model).unwrap_err();
    assert!(matches!(
        error,
        SensingError::Bound(CrlbError::Size { found: 2, .. })
    ));
    bad = good;
    bad.max_iterations = 2;
    let error = bad.optimise(&model).unwrap_err();
    assert!(
        matches!(error, SensingError::NotConverged { iterations: 2, .. }),
        "{error}"
    );
}
