//! perf
mod common;
use common::reference_problem;
use robust_sdp::*;
#[test]
fn t() {
    let full = reference_problem(0.0004, 21);
    let problem = Reduction::new(&full, &[]).reduce(&full).unwrap();
    for _ in 0..5 {
        let t0 = std::time::Instant::now();
        let s = max_min_ratio(
            &problem,
            &HermitianIpm::default(),
            &MaxMinOptions::default(),
            &mut || false,
        )
        .unwrap();
        eprintln!("bi-rbo {} solves {:?}", s.solves, t0.elapsed());
    }
}
