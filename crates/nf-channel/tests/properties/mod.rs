//! How many random inputs a property is tried with.

use proptest::prelude::*;

/// Random inputs for each property: `number`, which `PROPTEST_CASES` multiplies (its default, 256, by one).
pub fn cases(number: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: (number * default.cases).div_ceil(256),
        ..default
    }
}
