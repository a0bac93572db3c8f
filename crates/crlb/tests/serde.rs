//! What is written comes back the same, and what was invalid does not come back.
#![allow(clippy::unwrap_used)]

mod common;

use std::fmt::Debug;

use common::{AXES_DEG, paper};
use crlb::{
    AmbiguousPair, ErrorEllipsoid, FactoredCovariance, Frame, GainModel, PositionBound,
    SensingSignal, TransmitCovariance,
};
use faer::{Mat, c64};
use nf_channel::EchoGain;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, from_value, json, to_value};

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> Value {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
    to_value(value).unwrap()
}

fn error<T: DeserializeOwned + Debug>(value: Value) -> String {
    from_value::<T>(value).unwrap_err().to_string()
}

fn matrix(rows: usize, columns: usize) -> Mat<c64> {
    Mat::from_fn(rows, columns, |i, j| c64::new(i as f64 / 3.0, j as f64))
}

#[test]
fn parameters_and_signals_come_back() {
    let written = comes_back(&paper(
        AXES_DEG,
        EchoGain::TotalPath,
        GainModel::CarrierPhase,
    ));
    assert_eq!(written["gain_model"], "carrier_phase");
    let factors = |rank| FactoredCovariance {
        basis: matrix(4, rank),
        core: matrix(rank, rank),
        floor_w: 0.25,
    };
    let covariances = vec![
        TransmitCovariance::Isotropic { power_w: 0.1 },
        TransmitCovariance::Dense(matrix(3, 3)),
        factors(2).into(),
        // No directions at all, the floor alone.
        factors(0).into(),
    ];
    let written = comes_back(&SensingSignal::Uncorrelated(covariances));
    let dense = &written["uncorrelated"][1]["dense"];
    // Rows of [re, im].
    assert_eq!(dense[2][1], json!([2.0 / 3.0, 1.0]));
    let written = comes_back(&SensingSignal::Waveform(vec![matrix(3, 5), matrix(2, 5)]));
    assert_eq!(written["waveform"][1][0][4], json!([0.0, 4.0]));
}

#[test]
fn results_come_back() {
    comes_back(&Frame::new(0.1, 1e-3).unwrap());
    // Users 0 and 2 are on the axis of the third array, which cannot tell them apart.
    let model = paper([0.0, -45.0, 0.0], EchoGain::TwoHop, GainModel::Unknown)
        .check()
        .unwrap();
    let information = model
        .fisher_information(&SensingSignal::isotropic(vec![10.0; 3]))
        .unwrap();
    let bound: PositionBound<2> = information.bound().unwrap();
    assert!(!bound.ambiguous_pairs().is_empty());
    let written = comes_back(&bound);
    assert_eq!(written["inverse"][3][2], bound.inverse_normalised()[(3, 2)]);
    let pairs: Vec<AmbiguousPair> = bound.ambiguous_pairs().to_vec();
    comes_back(&pairs);
    let ellipsoids: Vec<ErrorEllipsoid<2>> = bound.error_ellipsoids(50.0).unwrap();
    comes_back(&ellipsoids);
}

#[test]
fn what_is_invalid_does_not_come_back() {
    assert_eq!(
        error::<Frame>(json!({ "duration_s": 0.1, "sensing_slot_s": 0.0 })),
        "sensing_slot_s = 0 must be positive"
    );
    let bound =
        |inverse| json!({ "users": 1, "noise_w": 1.0, "inverse": inverse, "ambiguous": [] });
    let text = error::<PositionBound<2>>(bound(json!([[1.0, 0.0]])));
    assert_eq!(text, "inverse (rows) = 1 must be 2");
    let text = error::<PositionBound<2>>(bound(json!([[1.0, 0.0], [1.0]])));
    assert_eq!(text, "row 1 has 1 entries and must have 2, like row 0");
}
