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

/// Whether a line that names antennas, or goes on with a list, has a number of more than two digits. A million
/// antennas are allowed and take a while; the fuzzer has other things to do. A look at the text
/// costs nothing, parsing it twice would double the time of every input.
fn asks_for_many_antennas(text: &str) -> bool {
    let long = |token: &str| {
        let digits = token.bytes().filter(u8::is_ascii_digit).count();
        let whole = !token.contains(['.', 'e', 'E', '-', '+']) || token.starts_with("0x");
        whole && digits > 2
    };
    text.lines()
        .filter(|line| line.contains("elements") || line.contains("planar") || !line.contains('='))
        .flat_map(|line| line.split(|c: char| !(c.is_alphanumeric() || "._-+".contains(c))))
        .filter(|token| token.starts_with(|c: char| c.is_ascii_digit()))
        .any(long)
}
