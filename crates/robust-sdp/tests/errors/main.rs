//! Every way to be wrong has a name, and no failure passes for an answer.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

#[path = "../random/mod.rs"]
mod random;

mod failures;
mod programs;
mod ratio;

use std::sync::atomic::{AtomicUsize, Ordering};

use faer::{Mat, c64};
use random::*;
use robust_sdp::*;

fn instance() -> RatioProblem {
    let shape = Shape {
        targets: 2,
        groups: vec![2, 3],
        radii: (0.1, 0.2),
        floors: (0.1, 1.0),
    };
    problem(&mut Draw::new(21), &shape)
}
