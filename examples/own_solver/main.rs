//! A semidefinite solver of your own under the Main scheme, beside the one that ships.
//!
//! [`barrier::Barrier`] is a textbook primal barrier method in dense matrices: slow, short, and nothing in
//! common with `HermitianIpm` but the problem class. [`Counting`] wraps any solver.
//! `cargo run --release --example own_solver`

mod barrier;
mod program;

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use barrier::Barrier;
use robust_sdp::{HermitianIpm, SdpOutcome, SdpSolver, SolveRequest, SolverError, ValidSdp};
use td_isac_algos::nf_channel::{ArraySpec, LinearExtent, axis_from_degrees};
use td_isac_algos::scenario::Scenario;
use td_isac_algos::scheme::Main;
use td_isac_algos::{Driver, Sensing, Silent};
use td_isac_examples::Failure;

/// Passes programs on and counts them.
#[derive(Debug, Default)]
struct Counting<S> {
    inner: S,
    programs: AtomicUsize,
    iterations: AtomicUsize,
}

impl<S: SdpSolver> SdpSolver for Counting<S> {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn solve(
        &self,
        problem: &ValidSdp,
        request: SolveRequest<'_>,
    ) -> Result<SdpOutcome, SolverError> {
        self.programs.fetch_add(1, Ordering::Relaxed);
        let outcome = self.inner.solve(problem, request)?;
        if let SdpOutcome::Optimal(s) | SdpOutcome::Stopped(s) = &outcome {
            self.iterations.fetch_add(s.iterations, Ordering::Relaxed);
        }
        Ok(outcome)
    }
}

fn main() -> Result<(), Failure> {
    let array = |reference_m, axis_deg| ArraySpec::UniformLinear {
        reference_m,
        axis: axis_from_degrees(axis_deg),
        elements: 21,
        extent: Some(LinearExtent::Aperture { aperture_m: 0.53 }),
    };
    let access_points = vec![array([30.0, 70.0], 0.0), array([10.0, 20.0], -45.0)];
    let scenario =
        Scenario::new(28.0e9, access_points, vec![[20.0, 30.0], [25.0, 40.0]]).check()?;
    let downlink = scenario.robust_downlink(&Sensing::design(&scenario, None)?)?;
    run(&downlink, Counting::<HermitianIpm>::default())?;
    run(&downlink, Counting::<Barrier>::default())
}

fn run<S: SdpSolver>(
    downlink: &td_isac_algos::Downlink,
    solver: Counting<S>,
) -> Result<(), Failure> {
    let design =
        Driver::default().run_fixed(downlink, 0.9, &Main::default(), &solver, &mut Silent)?;
    writeln!(
        std::io::stdout(),
        "{:>13}: certified {:.6} bit/s/Hz, at most {:.6}; {} programs, {} iterations",
        solver.name(),
        design.rate_bit_s_hz(),
        design.rate_upper_bound_bit_s_hz().unwrap_or(f64::INFINITY),
        solver.programs.into_inner(),
        solver.iterations.into_inner(),
    )?;
    Ok(())
}
