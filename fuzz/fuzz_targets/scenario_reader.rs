//! Any text as a scenario file: a scenario with finite channels, or an error that names the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use td_isac_algos::scenario::{AnyScenario, Scenario};

fuzz_target!(|text: &str| {
    if asks_for_many_antennas(text) {
        return;
    }
    match AnyScenario::from_toml_str(text, "fuzz.toml") {
        Ok(AnyScenario::TwoD(scenario)) => valid(&scenario),
        Ok(AnyScenario::ThreeD(scenario)) => valid(&scenario),
        Err(error) => assert!(error.to_string().starts_with("fuzz.toml"), "{error}"),
    }
});

fn valid<const D: usize>(scenario: &Scenario<D>) {
    let checked = scenario.check().expect("what was read has been checked");
    for channel in checked.channels().iter().flatten() {
        assert!(channel.values.iter().all(|h| h.is_finite()));
        assert!(channel.gradient.iter().flatten().all(|h| h.is_finite()));
    }
}

/// A million antennas are allowed and take a while; the fuzzer has other things to do.
fn asks_for_many_antennas(text: &str) -> bool {
    fn many(value: &toml::Value, counted: bool) -> bool {
        match value {
            toml::Value::Integer(n) => counted && *n > 4096,
            toml::Value::Array(list) => list.iter().any(|v| many(v, counted)),
            toml::Value::Table(table) => (table.iter())
                .any(|(key, v)| many(v, counted || key == "elements" || key == "planar")),
            _ => false,
        }
    }
    toml::from_str(text).is_ok_and(|table| many(&toml::Value::Table(table), false))
}
