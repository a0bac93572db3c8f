//! What is written comes back the same, what was invalid does not come back, and neither does a proof.
#![allow(clippy::unwrap_used)] // helpers of tests

use std::fmt::Debug;

use nf_channel::{ArraySpec, C64, LinearExtent};
use robust_sdp::{AttackOptions, ErrorBlock, MaxMinOptions, Method};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, from_value, json, to_value};
use td_isac_algos::allocation::{
    ConstraintMargin, Exhaustive, Multipliers, Slope, WorstCaseRate, recommended,
};
use td_isac_algos::coverage::Proportion;
use td_isac_algos::scenario::{
    AnyScenario, CheckedScenario, ErrorSize, ReflectivitySpec, Scenario, UncertaintySpec,
};
use td_isac_algos::scheme::{ErrorIgnorant, Main, MaximumRatio, MrtPowers, PerfectCsi};
use td_isac_algos::sensing::{SensingCovariance, SensingMethod, Subspace};
use td_isac_algos::uncertainty::{BallUncertainty, ExactChannels, Growth, OwnBlocks, PositionSet};
use td_isac_algos::*;

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> Value {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
    to_value(value).unwrap()
}

fn error<T: DeserializeOwned + Debug>(value: Value) -> String {
    from_value::<T>(value).unwrap_err().to_string()
}

/// Two access points and two users in the plane.
fn scenario() -> Scenario<2> {
    let array = |reference_m, axis| ArraySpec::UniformLinear {
        reference_m,
        axis,
        elements: 6,
        extent: Some(LinearExtent::Aperture { aperture_m: 0.4 }),
    };
    let stations = vec![
        array([0.0, 0.0], [1.0, 0.0]),
        array([40.0, 5.0], [0.0, 1.0]),
    ];
    let mut scenario = Scenario::new(28e9, stations, vec![[15.0, 20.0], [22.0, 31.0]]);
    scenario.crlb_threshold_m2 = 1e-8;
    scenario
}

#[test]
fn scenarios_come_back_checked() {
    let mut scenario = scenario();
    scenario.uncertainty = UncertaintySpec {
        set: PositionSet::Ellipse,
        size: ErrorSize::Confidence(0.95),
    };
    scenario.reflectivity = ReflectivitySpec::Rayleigh { seed: 7 };
    let written = comes_back(&scenario);
    let expected = json!({ "set": "ellipse", "size": { "confidence": 0.95 } });
    assert_eq!(written["uncertainty"], expected);
    // Channels, arrays and gains are not written: they follow.
    let checked = scenario.check().unwrap();
    assert_eq!(comes_back(&checked), written);
    comes_back(&AnyScenario::from(scenario));

    let mut broken = written.clone();
    broken["sensing_noise_w"] = json!(0.0);
    let unchecked: Scenario<2> = from_value(broken.clone()).unwrap();
    let text = error::<CheckedScenario<2>>(broken);
    assert_eq!(text, unchecked.check().unwrap_err().to_string());
    let mut unknown = written;
    unknown["sensing_noise_dbm"] = json!(-100.0);
    let text = error::<Scenario<2>>(unknown);
    assert!(
        text.starts_with("unknown field `sensing_noise_dbm`"),
        "{text}"
    );
}

#[test]
fn schemes_and_strategies_come_back_and_what_is_left_out_has_its_default() {
    let main = Main {
        max_min: MaxMinOptions {
            method: Method::Programs,
            ..Main::default().max_min
        },
        ..Main::default()
    };
    let written = comes_back(&main);
    assert_eq!(written["max_min"]["method"], "programs");
    comes_back(&PerfectCsi { main });
    let hermitian = MaximumRatio::new(MrtPowers::Hermitian);
    assert_eq!(comes_back(&hermitian)["powers"], "hermitian");
    comes_back(&ErrorIgnorant::default());
    comes_back(&Slope::default());
    comes_back(&Exhaustive::default());
    comes_back(&WorstCaseRate::default());
    comes_back(&ConstraintMargin {
        multipliers: Multipliers::Fixed,
        ..ConstraintMargin::default()
    });
    comes_back(&SensingMethod {
        subspace: Subspace::Full,
        ..SensingMethod::new(vec![0.1; 3])
    });
    comes_back(&PositionAttack::default());

    assert_eq!(from_value::<Main>(json!({})).unwrap(), Main::default());
    let slope: Slope = from_value(json!({ "precision": 0.1 })).unwrap();
    let expected = Slope {
        precision: 0.1,
        ..Slope::default()
    };
    assert_eq!(slope, expected);
}

#[test]
fn uncertainty_comes_back() {
    let ball = ErrorBlock::Ball {
        group: 1,
        radius: 0.25,
    };
    comes_back(&OwnBlocks {
        blocks: vec![vec![ball], vec![]],
        growth: Growth::Constant,
    });
    let channels = vec![vec![vec![C64::new(3.0, 4.0)], vec![C64::new(0.0, 1.0)]]];
    let balls = BallUncertainty::new(370.0, 1e-11, &channels).unwrap();
    let mut written = comes_back(&balls);
    assert_eq!(written["channel_norms"], json!([[5.0, 1.0]]));
    written["channel_norms"][0][1] = json!(-1.0);
    let text = error::<BallUncertainty>(written);
    assert!(
        text.contains("channel_norms") && text.contains("-1"),
        "{text}"
    );
    comes_back(&ExactChannels);
    comes_back(&Proportion::of([true, false]));
}

/// A design is written; its beams, and how the run went, are read. What the beams guarantee is proven again
/// by `certify_beams`.
#[test]
fn beams_come_back_and_their_certificate_is_computed_again() {
    let scenario = scenario().check().unwrap();
    let sensing = Sensing::design(&scenario, None).unwrap();
    let attack = AttackOptions {
        restarts: 1,
        ..AttackOptions::default()
    };
    let strategy = recommended();
    let design = Study::new(&scenario)
        .sensing(&sensing)
        .allocation(&strategy)
        .attack(attack)
        .run()
        .unwrap();
    let written = to_value(&design).unwrap();
    assert_eq!(written["termination"], design.termination.as_str());
    comes_back(&design.termination);

    let written_beams = comes_back(&design.beamformers);
    assert_eq!(written["beamformers"], written_beams);
    let last = design.beamformers.of(1, 1)[5];
    assert_eq!(written_beams[1][1][5], json!([last.re, last.im]));

    let beams: Beams = from_value(written["beamformers"].clone()).unwrap();
    let downlink = scenario.robust_downlink(&sensing).unwrap();
    let eta = written["eta"].as_f64().unwrap();
    let solver = robust_sdp::HermitianIpm::default();
    let again = certify_beams(&downlink, eta, &beams, &solver).unwrap();
    let direct = certify_beams(&downlink, eta, &design.beamformers, &solver).unwrap();
    assert_eq!(again, direct);
    // The design's own certificate was computed in the scheme's coordinates.
    let gamma = written["certified"]["gamma"].as_f64().unwrap();
    assert!((again.gamma / gamma - 1.0).abs() < 1e-6);
    let attacked = attack_beams(&downlink, eta, &beams, &again, &attack).unwrap();
    comes_back(&attacked);

    let written = to_value(&sensing).unwrap();
    let factors: Vec<crlb::FactoredCovariance> =
        from_value(written["covariance"]["factors"].clone()).unwrap();
    assert_eq!(factors, sensing.covariance.factors);
}

#[test]
fn beams_that_are_invalid_do_not_come_back() {
    let text = error::<Beams>(json!([[[[1, 0]], [[1, 0]]], [[[1, 0]]]]));
    let beam = vec![vec![C64::new(1.0, 0.0)]];
    let beams = Beams::new(&[[beam.clone(), beam.clone()].concat(), beam]);
    assert_eq!(text, beams.unwrap_err().to_string());
}

/// Implemented once for every type and once more for those that can be read: naming the method is ambiguous, and
/// does not compile, for the latter.
trait NeverRead<Marker> {
    fn never_read() {}
}

impl<T> NeverRead<()> for T {}

struct CanBeRead;

impl<T: DeserializeOwned> NeverRead<CanBeRead> for T {}

#[test]
fn what_claims_a_proof_is_never_read() {
    <Design as NeverRead<_>>::never_read();
    <CertifiedBeams as NeverRead<_>>::never_read();
    <SensingCovariance<2> as NeverRead<_>>::never_read();
    <Sensing<2> as NeverRead<_>>::never_read();
}
