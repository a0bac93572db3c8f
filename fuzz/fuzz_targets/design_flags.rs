//! Any bytes as the command line of `design`, split at zeros: a valid one, or an error with words.
#![no_main]

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use clap::Parser;
use libfuzzer_sys::fuzz_target;

#[allow(dead_code)] // the example uses the rest
#[path = "../../examples/design/arguments.rs"]
mod arguments;

use arguments::{Allocation, Arguments};

fuzz_target!(|bytes: &[u8]| {
    let words = bytes.split(|b| *b == 0);
    match Arguments::try_parse_from(words.map(|word| OsString::from_vec(word.to_vec()))) {
        Ok(arguments) => {
            let (Allocation::Fixed { eta } | Allocation::Optimised { start: eta, .. }) =
                arguments.allocation();
            assert!(eta > 0.0 && eta < 1.0);
            assert!(!arguments.schemes.is_empty());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
