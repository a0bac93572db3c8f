//! The one way in: its defaults, what can be brought along, and that all ways lead to the same design.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

use std::sync::Arc;

use crlb::CrlbError;
use nf_channel::{ArraySpec, LinearExtent};
use robust_sdp::{BeamBoundOptions, HermitianIpm};
use td_isac_algos::scenario::{AnyScenario, Scenario};
use td_isac_algos::scheme::{BeamformingScheme, ErrorIgnorant, Main, PerfectCsi, ZeroForcing};
use td_isac_algos::uncertainty::ExactChannels;
use td_isac_algos::{
    Design, DesignError, Observer, Progress, Sensing, Study, Termination, allocation,
};

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

fn same(a: &Design, b: &Design) {
    assert_eq!((a.eta, a.certified.gamma), (b.eta, b.certified.gamma));
    assert_eq!(a.beamformers, b.beamformers);
}

/// Nothing but a scenario: Main, by the recommended strategy, within the threshold, not attacked. Spelling
/// the defaults out, checking or designing parts beforehand changes nothing.
#[test]
fn defaults_and_ways_in() {
    let scenario = scenario();
    let design = Study::new(&scenario).run().unwrap();
    assert_eq!(design.scheme, "main");
    assert!(design.certified.gamma > 0.0 && design.gamma_attacked.is_none());

    let checked = scenario.check().unwrap();
    let sensing = Sensing::design(&checked, None).unwrap();
    let eta_max = sensing.eta_max().unwrap();
    assert!(design.eta <= eta_max);
    let downlink = checked.robust_downlink(&sensing).unwrap();
    let spelled_out = Study::new(&downlink)
        .eta_max(eta_max)
        .whole_slots(checked.whole_slots())
        .eta_start(0.5)
        .scheme(&Main::default())
        .allocation(&allocation::recommended())
        .solver(&HermitianIpm::default())
        .run();
    same(&design, &spelled_out.unwrap());
    let sensed = Study::new(&checked).sensing(&sensing).run().unwrap();
    same(&design, &sensed);
    let any = AnyScenario::from(scenario);
    same(&design, &Study::new(&any).run().unwrap());
}

/// What no beams exceed: of two access points, where the S-procedure is exact, the most that can be certified; without being asked for, and for
/// schemes that do not look among all beams, what one user could have alone.
#[test]
fn a_bound_on_all_beams() {
    let scenario = scenario();
    let bounded = |scheme: &dyn BeamformingScheme| {
        let study = Study::new(&scenario).eta(0.7).scheme(scheme);
        study.beam_bound(BeamBoundOptions::default()).run().unwrap()
    };
    let main = Study::new(&scenario).eta(0.7).run().unwrap();
    let (close, zero_forcing) = (bounded(&Main::default()), bounded(&ZeroForcing));
    same(&main, &close);
    let alone = main.gamma_beam_upper_bound;
    assert_eq!(zero_forcing.gamma_beam_upper_bound, alone);
    let upper = close.gamma_upper_bound.unwrap();
    let found = close.gamma_beam_upper_bound;
    assert!(found < alone && found >= close.certified.gamma);
    assert!(found <= upper * 1.002, "{found} {upper}");
}

#[test]
fn thresholds_are_kept_unless_told_otherwise() {
    let mut strict = scenario();
    let sensing = Sensing::design(&strict.check().unwrap(), None).unwrap();
    // Half of the time for sensing, which is more than anybody wants.
    strict.crlb_threshold_m2 = 2.0 * sensing.crlb_constant_m2;
    let eta_max = Sensing::design(&strict.check().unwrap(), None).unwrap();
    let eta_max = eta_max.eta_max().unwrap();
    let study = || Study::new(&strict).scheme(&ZeroForcing);
    assert_eq!(study().run().unwrap().eta, eta_max);
    assert!(study().eta_max(0.999).run().unwrap().eta > 0.6);
    assert_eq!(study().eta(0.7).run().unwrap().eta, 0.7);
    let limited = Study::new(&strict).scheme(&ErrorIgnorant::default()).run();
    let limited = limited.unwrap();
    assert_eq!(
        (limited.eta, limited.termination),
        (eta_max, Termination::AtLimit)
    );
    // Out of reach: an error by name, except for a fixed time allocation.
    strict.crlb_threshold_m2 = 0.5 * sensing.crlb_constant_m2;
    let error = Study::new(&strict).run().unwrap_err();
    assert!(matches!(
        error,
        DesignError::Crlb(CrlbError::ThresholdUnreachable { .. })
    ));
    assert_eq!(error.name(), "threshold-unreachable");
    let fixed = Study::new(&strict).scheme(&ZeroForcing).eta(0.5).run();
    assert_eq!(fixed.unwrap().termination, Termination::Fixed);
}

/// Uncertainty of one's own takes the place of the system's, whichever system it is; a scheme that knows
/// the channels has none.
#[test]
fn uncertainty_is_brought_along() {
    let scenario = scenario();
    let checked = scenario.check().unwrap();
    let downlink = checked.downlink(1e-9).unwrap();
    let study = || Study::new(&scenario).scheme(&ZeroForcing).eta(0.5);
    let robust = study().run().unwrap();
    let exact = study().uncertainty(Arc::new(ExactChannels)).run().unwrap();
    let own = Study::new(&downlink)
        .scheme(&ZeroForcing)
        .uncertainty(Arc::new(ExactChannels))
        .eta(0.5)
        .run()
        .unwrap();
    let (gamma, nominal) = (exact.certified.gamma, exact.certified.gamma_nominal);
    assert!((gamma / nominal - 1.0).abs() < 1e-6, "{gamma} {nominal}");
    assert!((own.certified.gamma / gamma - 1.0).abs() < 1e-6);
    assert!(robust.certified.gamma < gamma);
    let knows = PerfectCsi::default();
    let perfect = Study::new(&scenario).scheme(&knows).eta(0.5).run().unwrap();
    let (gamma, nominal) = (perfect.certified.gamma, perfect.certified.gamma_nominal);
    assert!((gamma / nominal - 1.0).abs() < 1e-6, "{gamma} {nominal}");
    assert!(gamma >= exact.certified.gamma * (1.0 - 1e-3));
}

/// Counts iterates and stops after so many.
struct Impatient(usize);

impl Observer for Impatient {
    fn progress(&mut self, _: &Progress) -> bool {
        self.0 = self.0.saturating_sub(1);
        self.0 > 0
    }
}

#[test]
fn observers_watch_and_cancel() {
    let scenario = scenario();
    let mut observer = Impatient(1);
    let design = Study::new(&scenario)
        .scheme(&ZeroForcing)
        .observer(&mut observer)
        .run()
        .unwrap();
    assert_eq!(design.termination, Termination::Cancelled);
    assert!(design.certified.gamma > 0.0);
}

/// What is wrong is said with its name, before anything is computed.
#[test]
fn mistakes_are_named() {
    let scenario = scenario();
    for (study, name) in [
        (Study::new(&scenario).eta(1.5), "eta"),
        (Study::new(&scenario).eta_max(f64::NAN), "eta_max"),
        (Study::new(&scenario).eta_start(0.0), "eta_start"),
    ] {
        let error = study.run().unwrap_err();
        assert!(
            matches!(&error, DesignError::BadTimeAllocation { name: found, .. } if *found == name),
            "{error}"
        );
    }
    let mut empty = scenario.clone();
    empty.users_m.clear();
    let error = Study::new(&empty).run().unwrap_err();
    assert!(matches!(error, DesignError::Scenario(_)), "{error}");
    // One access point, a user on its axis.
    let mut blind = scenario;
    blind.access_points.truncate(1);
    blind.users_m = vec![[20.0, 0.0], [5.0, 9.0]];
    let error = Study::new(&blind).run().unwrap_err();
    assert_eq!(error.name(), "not-identifiable", "{error}");
}
