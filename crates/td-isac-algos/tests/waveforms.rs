//! Finite signals whose sample covariances are the designed ones.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::path::Path;

use approx::assert_relative_eq;
use crlb::SensingSignal;
use td_isac_algos::Sensing;
use td_isac_algos::scenario::AnyScenario;
use td_isac_algos::sensing::Waveform;

#[test]
fn slots_enough_are_exact_and_fewer_are_next_best() {
    for name in ["paper", "weak-echo"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/scenarios")
            .join(name);
        let AnyScenario::TwoD(scenario) =
            AnyScenario::from_toml_file(file.with_extension("toml")).unwrap()
        else {
            panic!("{name} is in space");
        };
        let scenario = scenario.check().unwrap();
        let sensing = Sensing::design(&scenario, None).unwrap();
        let model = scenario.sensing_parameters().check().unwrap();
        let factors = &sensing.covariance.factors;
        let planned = sensing.covariance.bound.trace_normalised();
        for slots in [4, 7, 12, 25] {
            let waveform = Waveform::design(std::slice::from_ref(&model), factors, slots).unwrap();
            let random = random_ratio(&scenario, &sensing, slots, planned);
            println!(
                "{name}, {slots} slots: {:.4} times the plan's bound{}, random signals {random:.3}",
                waveform.bound_ratio,
                if waveform.exact { " (exact)" } else { "" },
            );
            for (samples, factor) in waveform.samples.iter().zip(factors) {
                let power = samples.squared_norm_l2() / slots as f64;
                assert_relative_eq!(power, factor.power_w(), max_relative = 1e-9);
            }
            assert!(waveform.bound_ratio < random);
            if slots >= 12 {
                assert!(waveform.exact && (waveform.bound_ratio - 1.0).abs() < 1e-3);
                let scale = crlb::faer::Scale(crlb::faer::c64::from(1.0 / slots as f64));
                for (m, samples) in waveform.samples.iter().enumerate() {
                    let sample = scale * (samples * samples.adjoint());
                    let error = (sample - factors[m].to_dense()).norm_max();
                    assert!(error < 1e-5 * factors[m].power_w(), "{error:e}");
                    let other = &waveform.samples[(m + 1) % 3];
                    assert!((samples * other.adjoint()).norm_max() < 1e-9 * factors[m].power_w());
                    // The same power in every slot.
                    let first = samples.col(0).squared_norm_l2();
                    for t in 0..slots {
                        assert_relative_eq!(
                            samples.col(t).squared_norm_l2(),
                            first,
                            max_relative = 1e-9
                        );
                    }
                }
            }
        }
        assert!(Waveform::design(std::slice::from_ref(&model), factors, 0).is_err());
    }
}

/// Mean ratio of bounds of random Gaussian signals with the same covariances.
fn random_ratio(
    scenario: &td_isac_algos::scenario::CheckedScenario<2>,
    sensing: &Sensing<2>,
    slots: usize,
    planned: f64,
) -> f64 {
    let signals = sensing.covariance.transmit_covariances();
    let echoes = scenario.echo_parameters(signals, slots).check().unwrap();
    let model = scenario.sensing_parameters().check().unwrap();
    let ratio = |seed: u64| {
        let heard = echoes.simulate(seed).unwrap();
        let information = model.fisher_information(&SensingSignal::Waveform(heard.waveform));
        information.unwrap().bound().unwrap().trace_normalised() / planned
    };
    (0..40).map(ratio).sum::<f64>() / 40.0
}
