//! Every function that can fail is made to, and names what was wrong.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod common;

use common::{AXES_DEG, paper};
use crlb::{
    CrlbError, FactoredCovariance, Frame, GainModel, SensingModel, SensingSignal, TransmitGram,
    max_time_allocation,
};
use faer::{Mat, c64};
use nf_channel::{EchoGain, Invalid};

fn model() -> SensingModel<2> {
    paper(AXES_DEG, EchoGain::TwoHop, GainModel::Unknown)
        .check()
        .unwrap()
}

fn rejected(signal: &SensingSignal) -> CrlbError {
    let model = model();
    let error = model.fisher_information(signal).unwrap_err();
    // As text: a NaN is not equal to itself.
    let same = model.transmit_gram(signal).unwrap_err();
    assert_eq!(same.to_string(), error.to_string());
    error
}

#[test]
fn covariances_are_checked() {
    let identity = || Mat::<c64>::identity(21, 21);
    let dense = |spoil: &dyn Fn(&mut Mat<c64>)| {
        let mut covariances = vec![identity(); 3];
        spoil(&mut covariances[1]);
        rejected(&SensingSignal::dense(covariances))
    };
    let invalid = |why| CrlbError::NotACovariance {
        access_point: 1,
        why,
    };
    let nan = c64::new(f64::NAN, 0.0);
    assert_eq!(dense(&|m| m[(3, 4)] = nan), invalid("non-finite entries"));
    assert_eq!(
        dense(&|m| m[(3, 4)] = c64::new(0.1, 0.0)),
        invalid("not Hermitian")
    );
    assert_eq!(
        dense(&|m| m[(5, 5)] = c64::new(-1.0, 0.0)),
        invalid("negative diagonal")
    );
    assert!(matches!(
        dense(&|m| *m = Mat::identity(20, 21)),
        CrlbError::Invalid(Invalid::Size {
            what: "covariance (rows)",
            requirement: 21,
            value: 20
        })
    ));
    assert!(matches!(
        dense(&|m| *m = Mat::identity(21, 22)),
        CrlbError::Invalid(Invalid::Size {
            what: "covariance (columns)",
            ..
        })
    ));
    let message = invalid("not Hermitian").to_string();
    assert!(message.contains("access point 1"), "{message}");
}

#[test]
fn factored_covariances_are_checked() {
    let factored = |spoil: &dyn Fn(&mut FactoredCovariance)| {
        let mut factors = vec![
            FactoredCovariance {
                basis: Mat::identity(21, 2),
                core: Mat::identity(2, 2),
                floor_w: 0.0,
            };
            3
        ];
        spoil(&mut factors[2]);
        rejected(&SensingSignal::factored(factors))
    };
    let size = |error| matches!(error, CrlbError::Invalid(Invalid::Size { .. }));
    assert!(size(factored(&|f| f.basis = Mat::identity(20, 2))));
    assert!(size(factored(&|f| f.core = Mat::identity(3, 3))));
    assert!(matches!(
        factored(&|f| f.basis[(0, 0)] = c64::new(f64::INFINITY, 0.0)),
        CrlbError::NotACovariance {
            access_point: 2,
            ..
        }
    ));
    for floor_w in [-1.0, f64::NAN] {
        assert!(matches!(
            factored(&|f| f.floor_w = floor_w),
            CrlbError::Invalid(Invalid::Number {
                what: "floor_w",
                ..
            })
        ));
    }
}

#[test]
fn waveforms_are_checked() {
    let samples = || vec![Mat::<c64>::identity(21, 5); 3];
    let mut bad = samples();
    bad[1] = Mat::identity(21, 4);
    assert!(matches!(
        rejected(&SensingSignal::Waveform(bad)),
        CrlbError::Invalid(Invalid::Size {
            what: "waveform (slots)",
            requirement: 5,
            value: 4
        })
    ));
    let mut bad = samples();
    bad[2] = Mat::identity(20, 5);
    assert!(matches!(
        rejected(&SensingSignal::Waveform(bad)),
        CrlbError::Invalid(Invalid::Size {
            what: "waveform (elements)",
            ..
        })
    ));
    let empty = vec![Mat::<c64>::zeros(21, 0); 3];
    assert!(matches!(
        rejected(&SensingSignal::Waveform(empty)),
        CrlbError::Invalid(Invalid::Count {
            what: "waveform (slots)",
            ..
        })
    ));
    assert!(matches!(
        rejected(&SensingSignal::Waveform(samples()[..2].to_vec())),
        CrlbError::Invalid(Invalid::Size { .. })
    ));
}

/// Gram matrices come from another scene, or from the caller.
#[test]
fn gram_matrices_are_checked() {
    let model = model();
    let good = |side| Mat::<c64>::identity(side, side);
    let bad = [
        TransmitGram::Uncorrelated(vec![good(12); 2]),
        TransmitGram::Uncorrelated(vec![good(12), good(11), good(12)]),
        TransmitGram::Uncorrelated(vec![Mat::identity(12, 11); 3]),
        TransmitGram::Correlated(vec![vec![good(12); 3]; 2]),
        TransmitGram::Correlated(vec![vec![good(12); 3], vec![good(12); 2], vec![]]),
    ];
    for gram in bad {
        let error = model.echo_information(&gram).unwrap_err();
        assert!(
            matches!(error, CrlbError::Invalid(Invalid::Size { .. })),
            "{error}"
        );
        let same = model.fisher_information_of_gram(&gram).unwrap_err();
        assert_eq!(same, error);
    }
    // Numbers that are none end in a failed factorisation, not in a bound.
    let nan = Mat::from_fn(12, 12, |_, _| c64::new(f64::NAN, 0.0));
    let gram = TransmitGram::Uncorrelated(vec![nan; 3]);
    let bound = model
        .fisher_information_of_gram(&gram)
        .and_then(|information| information.bound());
    assert!(bound.is_err());
}

/// A signal of no power shows nobody.
#[test]
fn darkness_is_an_error_of_the_bound() {
    let information = model()
        .fisher_information(&SensingSignal::isotropic(vec![0.0; 3]))
        .unwrap();
    assert!(matches!(
        information.bound(),
        Err(CrlbError::NotIdentifiable { users, .. }) if users == [0, 1, 2, 3]
    ));
}

/// As power vanishes the bound grows beyond all numbers: a finite bound or an error, never infinity.
#[test]
fn next_to_no_power_has_no_infinite_bound() {
    let (mut finite, mut refused) = (0, 0);
    for exponent in (-324..-100).step_by(4) {
        let power_w = 10f64.powi(exponent);
        let bound = model()
            .fisher_information(&SensingSignal::isotropic(vec![power_w; 3]))
            .unwrap()
            .bound();
        match bound {
            Ok(bound) => {
                assert!(bound.trace_normalised().is_finite(), "{power_w:e}");
                finite += 1;
            }
            Err(error) => {
                let named = matches!(
                    error,
                    CrlbError::NotIdentifiable { .. } | CrlbError::Factorisation { .. }
                );
                assert!(named, "{power_w:e}: {error}");
                refused += 1;
            }
        }
    }
    assert!(finite > 5 && refused > 5, "{finite} {refused}");
}

#[test]
fn numbers_of_slots_that_are_none() {
    let bound = model()
        .fisher_information(&SensingSignal::isotropic(vec![1.0; 3]))
        .unwrap()
        .bound()
        .unwrap();
    assert!(bound.error_ellipsoids(10.0).is_ok());
    for slots in [f64::NAN, 0.0, -1.0] {
        assert!(
            matches!(
                bound.error_ellipsoids(slots),
                Err(CrlbError::Invalid(Invalid::Number { what: "slots", .. }))
            ),
            "{slots}"
        );
    }
}

#[test]
fn frames_and_thresholds() {
    for (duration_s, slot_s, named) in [
        (0.0, 1e-3, "duration_s"),
        (f64::NAN, 1e-3, "duration_s"),
        (0.1, -1.0, "sensing_slot_s"),
        (0.1, f64::INFINITY, "sensing_slot_s"),
        // More slots than there are numbers.
        (1e200, 1e-200, "duration_s / sensing_slot_s"),
        (1e-200, 1e200, "duration_s / sensing_slot_s"),
    ] {
        assert!(matches!(
            Frame::new(duration_s, slot_s),
            Err(CrlbError::Invalid(Invalid::Number { what: field, .. })) if field == named
        ));
    }
    assert_eq!(
        max_time_allocation(2e-6, 1e-6),
        Err(CrlbError::ThresholdUnreachable {
            crlb_constant_m2: 2e-6,
            threshold_m2: 1e-6
        })
    );
    let message = max_time_allocation(2e-6, 1e-6).unwrap_err().to_string();
    assert!(
        message.contains("1e-6 m²") && message.contains("2e-6 m²"),
        "{message}"
    );
    for threshold_m2 in [0.0, -1.0, f64::NAN] {
        assert!(matches!(
            max_time_allocation(1e-6, threshold_m2),
            Err(CrlbError::Invalid(Invalid::Number {
                what: "threshold_m2",
                ..
            }))
        ));
    }
    for crlb_constant_m2 in [-1.0, f64::NAN] {
        assert!(matches!(
            max_time_allocation(crlb_constant_m2, 1e-6),
            Err(CrlbError::Invalid(Invalid::Number {
                what: "crlb_constant_m2",
                ..
            }))
        ));
    }
}
