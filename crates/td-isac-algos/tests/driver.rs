//! The driver on the presets.
#![cfg(feature = "toml")]

use robust_sdp::HermitianIpm;
use td_isac_algos::allocation::*;
use td_isac_algos::scenario::AnyScenario;
use td_isac_algos::scheme::Main;
use td_isac_algos::*;

#[test]
fn explore() {
    for name in ["paper", "weak-echo", "carrier-phase"] {
        let path = format!(
            "{}/../../examples/scenarios/{name}.toml",
            env!("CARGO_MANIFEST_DIR")
        );
        let AnyScenario::TwoD(scenario) = AnyScenario::from_toml_file(&path).unwrap() else {
            panic!()
        };
        let scenario = scenario.check().unwrap();
        let t0 = std::time::Instant::now();
        let sensing = Sensing::design(&scenario, None).unwrap();
        eprintln!(
            "{name} C {:e} gap {:e} it {} {:?}",
            sensing.crlb_constant_m2,
            sensing.covariance.relative_gap,
            sensing.covariance.iterations,
            t0.elapsed()
        );
        let downlink = scenario.downlink(sensing.crlb_constant_m2).unwrap();
        let strategies: [&dyn TimeAllocation; 4] = [
            &Exhaustive::default(),
            &ConstraintMargin::default(),
            &WorstCaseRate::default(),
            &ConstraintMargin {
                multipliers: Multipliers::Fixed,
                ..Default::default()
            },
        ];
        for s in strategies {
            for eta_start in [0.1, 0.5, 0.9] {
                let t0 = std::time::Instant::now();
                let d = Driver {
                    eta_start,
                    ..Default::default()
                }
                .run(
                    &downlink,
                    sensing.eta_max().unwrap(),
                    &Main::default(),
                    s,
                    &HermitianIpm::default(),
                    &mut Silent,
                );
                match d {
                    Ok(d) => {
                        eprintln!(
                            "  {} {eta_start} -> {:.5} rate {:.7} upper {:.7} {:?} it {} solves {} {:?} rank {:.1e}",
                            s.name(),
                            d.eta,
                            d.rate_bit_s_hz(),
                            d.rate_upper_bound_bit_s_hz().unwrap(),
                            d.termination,
                            d.iterations(),
                            d.conic_solves,
                            t0.elapsed(),
                            d.rank_one_ratio.unwrap()
                        );
                        eprintln!("      {:.6?}", d.history);
                    }
                    Err(e) => eprintln!("  {} {eta_start} ERROR {e}", s.name()),
                }
            }
        }
    }
}
