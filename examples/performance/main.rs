//! Scratch.
#![allow(clippy::unwrap_used, clippy::print_stdout)]
use std::sync::Mutex;
use std::time::Instant;

use robust_sdp::{
    HermitianIpm, MaxMinOptions, SdpOutcome, SdpSolver, SolveRequest, SolverError, Tolerance,
    ValidSdp, max_min_ratio,
};
use td_isac_algos::Sensing;
use td_isac_algos::scenario::AnyScenario;

#[derive(Debug, Default)]
struct Recorder {
    inner: HermitianIpm,
    seen: Mutex<Vec<(ValidSdp, Tolerance, usize, f64)>>,
}

impl SdpSolver for Recorder {
    fn name(&self) -> &'static str {
        "recorder"
    }
    fn solve(&self, p: &ValidSdp, r: SolveRequest<'_>) -> Result<SdpOutcome, SolverError> {
        let t = r.tolerance;
        let start = Instant::now();
        let out = self.inner.solve(p, r);
        let s = start.elapsed().as_secs_f64();
        let it = match &out {
            Ok(SdpOutcome::Optimal(s) | SdpOutcome::Stopped(s)) => s.iterations,
            _ => 0,
        };
        self.seen.lock().unwrap().push((p.clone(), t, it, s));
        out
    }
}

fn main() {
    let name = std::env::args().nth(1).unwrap_or("paper".into());
    let eta: f64 = std::env::args().nth(2).unwrap_or("0.6".into()).parse().unwrap();
    let AnyScenario::TwoD(s) =
        AnyScenario::from_toml_file(format!("examples/scenarios/{name}.toml")).unwrap()
    else {
        return;
    };
    let s = s.check().unwrap();
    let sensing = Sensing::design(&s, None).unwrap();
    let downlink = s.downlink(sensing.crlb_constant_m2).unwrap();
    let problem = downlink.problem_at(eta).unwrap();
    let solver = Recorder::default();
    let start = Instant::now();
    let sol = max_min_ratio(&problem, &solver, &MaxMinOptions::default(), &mut || false).unwrap();
    println!(
        "ratio {:.12e} {:.12e} solves {} in {:.4}",
        sol.ratio_lower,
        sol.ratio_upper,
        sol.solves,
        start.elapsed().as_secs_f64()
    );
    let seen = solver.seen.lock().unwrap();
    for (p, t, it, s) in seen.iter() {
        println!(
            "{} matrices, {} lmis: {it} iterations {:.3} ms  gap {:.1e} floor {:.1e} feas {:.1e}",
            p.matrices.len(),
            p.lmis.len(),
            s * 1e3,
            t.relative_gap,
            t.objective_floor,
            t.feasibility
        );
    }
    let big: Vec<_> = seen.iter().filter(|x| x.0.matrices.len() > 1).collect();
    let (p, t, ..) = big[big.len() - 1];
    for _ in 0..5 {
        let start = Instant::now();
        let mut trace = std::env::args().nth(3).is_some();
        let mut monitor = |r: &robust_sdp::IterationReport| {
            if trace {
                println!("{} {} compl {:.3e}", r.iteration, r.residuals, r.complementarity);
            }
            robust_sdp::Control::Continue
        };
        let out = HermitianIpm::default().solve(
            p,
            SolveRequest {
                tolerance: Tolerance {
                    relative_gap: 1e-8,
                    ..*t
                },
                monitor: Some(&mut monitor),
                ..Default::default()
            },
        );
        trace = false;
        let _ = trace;
        let e = start.elapsed().as_secs_f64();
        match out {
            Ok(SdpOutcome::Optimal(s)) => {
                println!("1e-8: {} iterations {:.3} ms", s.iterations, e * 1e3);
            }
            other => println!("{:?}", other.map(|_| ()).map_err(|e| e.to_string())),
        }
        if std::env::args().nth(3).is_some() {
            break;
        }
    }
}
