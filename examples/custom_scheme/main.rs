//! A beamforming scheme of your own, from outside the crates, in the same study as the others.
//!
//! Robust zero-forcing: the directions are those of zero-forcing, only the powers are optimised,
//! for the worst channel error. `cargo run --release --example custom_scheme [-- SCENARIO.toml]`

use faer::{Mat, c64};
use robust_sdp::{Field, MaxMinOptions, Subspace, ValidRatioProblem, max_min_ratio_within};
use std::io::Write;
use td_isac_algos::scenario::AnyScenario;
use td_isac_algos::scheme::{BeamformingScheme, Main, Relaxed, SchemeContext, ZeroForcing};
use td_isac_algos::{DesignError, Downlink, Study};
use td_isac_examples::Failure;

/// `W_k = p_k f_k f_k^H`: `f_k` reaches no other user, `p_k` is chosen robustly.
#[derive(Debug)]
struct RobustZeroForcing;

impl BeamformingScheme for RobustZeroForcing {
    fn name(&self) -> &str {
        "robust-zf"
    }

    fn solve(
        &self,
        downlink: &Downlink,
        eta: f64,
        context: &mut SchemeContext<'_>,
    ) -> Result<Relaxed, DesignError> {
        let problem = downlink.problem_at(eta)?;
        let options = MaxMinOptions {
            start: context.inherited_gamma(downlink, eta)?,
            ..MaxMinOptions::default()
        };
        let solution = max_min_ratio_within(
            &problem,
            &zero_forcing_directions(&problem)?,
            context.solver,
            &options,
            &mut *context.interrupted,
        )?;
        context.conic_solves += solution.solves;
        // One direction per user: the forms are beams already and need no extraction.
        Relaxed::of_solution(downlink, solution)
    }
}

/// One direction for each user, the columns of `Ĥ (Ĥ^H Ĥ)^{-1}`.
fn zero_forcing_directions(problem: &ValidRatioProblem) -> Result<Vec<Subspace>, DesignError> {
    let (rows, users) = (problem.dimension(), problem.targets.len());
    let channels: Mat<c64> = Mat::from_fn(rows, users, |i, k| problem.targets[k].nominal[i]);
    let svd = channels.thin_svd().map_err(|_| DesignError::Program {
        scheme: "robust-zf",
        program: "singular values",
        status: "no convergence".to_owned(),
    })?;
    let directions = svd.pseudoinverse().adjoint().to_owned();
    Ok((0..users)
        .map(|k| Subspace {
            basis: directions.subcols(k, 1).to_owned(),
            field: Field::Real,
        })
        .collect())
}

fn main() -> Result<(), Failure> {
    let default = || concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/paper.toml").into();
    let file = std::env::args_os().nth(1).unwrap_or_else(default);
    let AnyScenario::TwoD(scenario) = AnyScenario::from_toml_file(&file)? else {
        return Err("this example wants a scenario in the plane".into());
    };
    let schemes: [&dyn BeamformingScheme; 3] = [&ZeroForcing, &RobustZeroForcing, &Main::default()];
    for scheme in schemes {
        let design = Study::new(&scenario).scheme(scheme).run()?;
        writeln!(
            std::io::stdout(),
            "{:>10}: certified {:7.4} bit/s/Hz at eta = {:.4}",
            design.scheme,
            design.rate_bit_s_hz(),
            design.eta
        )?;
    }
    Ok(())
}
