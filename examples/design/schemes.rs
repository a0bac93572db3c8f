//! The communication half of a design: one run for each beamforming scheme.

use crate::arguments::{Allocation, Arguments, MrtPowers, Scheme, TimeAllocation};
use crate::failure::Failure;
use crate::progress::ProgressLine;
use crate::report::{Certificate, Iterate, SchemeReport};
use crate::save::SavedScheme;
use crate::sensing::SensingRun;
use robust_sdp::SdpSolver;
use std::time::Instant;
use td_isac_algos::allocation::Refined;
use td_isac_algos::scenario::CheckedScenario;
use td_isac_algos::{Design, Downlink, Driver, allocation, scheme};

/// What one scheme reached, and with what.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemeRun {
    pub report: SchemeReport,
    pub design: SavedScheme,
}

/// Runs the schemes that the command line asks for, in that order.
pub fn run_schemes<const D: usize>(
    scenario: &CheckedScenario<D>,
    sensing: &SensingRun<D>,
    arguments: &Arguments,
    solver: &dyn SdpSolver,
) -> Result<Vec<SchemeRun>, Failure> {
    let downlink = scenario.robust_downlink(sensing.designed())?;
    let antennas: Vec<usize> = scenario
        .access_points()
        .iter()
        .map(|array| array.len())
        .collect();
    arguments
        .schemes
        .iter()
        .map(|&scheme| {
            let start = Instant::now();
            let design = run_scheme(&downlink, sensing, scheme, arguments, solver)?;
            let seconds = start.elapsed().as_secs_f64();
            Ok(SchemeRun {
                report: scheme_report(scheme, &design, seconds),
                design: SavedScheme::new(
                    scheme.name(),
                    &design,
                    &antennas,
                    sensing.user_crlb_m2(design.eta),
                ),
            })
        })
        .collect()
}

fn run_scheme<const D: usize>(
    downlink: &Downlink,
    sensing: &SensingRun<D>,
    scheme: Scheme,
    arguments: &Arguments,
    solver: &dyn SdpSolver,
) -> Result<Design, Failure> {
    let beamforming = beamforming(scheme, arguments.mrt_powers);
    // A bound that holds when nothing is uncertain is evaluated when nothing is.
    let exact = (scheme == Scheme::PerfectCsi).then(|| downlink.with_exact_channels());
    let downlink = exact.as_ref().unwrap_or(downlink);
    let mut progress = ProgressLine::new(scheme.name());
    let design = match arguments.allocation() {
        Allocation::Fixed { eta } => Driver::default().run_fixed(
            downlink,
            eta,
            beamforming.as_ref(),
            solver,
            &mut progress,
        )?,
        Allocation::Optimised { start, how } => Driver {
            eta_start: start,
            ..Driver::default()
        }
        .run(
            downlink,
            sensing.eta_max()?,
            beamforming.as_ref(),
            strategy(how).as_ref(),
            solver,
            &mut progress,
        )?,
    };
    Ok(design)
}

fn beamforming(scheme: Scheme, powers: MrtPowers) -> Box<dyn scheme::BeamformingScheme> {
    match scheme {
        Scheme::Main => Box::new(scheme::Main::default()),
        Scheme::ErrorIgnorant => Box::new(scheme::ErrorIgnorant::default()),
        Scheme::MaximumRatio => Box::new(scheme::MaximumRatio::new(match powers {
            MrtPowers::Real => scheme::MrtPowers::Real,
            MrtPowers::Hermitian => scheme::MrtPowers::Hermitian,
        })),
        Scheme::ZeroForcing => Box::new(scheme::ZeroForcing),
        Scheme::RegularisedZeroForcing => Box::new(scheme::RegularisedZeroForcing),
        Scheme::EqualPowerMrt => Box::new(scheme::EqualPowerMrt),
        Scheme::PerfectCsi => Box::new(scheme::PerfectCsi::default()),
    }
}

fn strategy(how: TimeAllocation) -> Box<dyn allocation::TimeAllocation> {
    let margin = |multipliers| allocation::ConstraintMargin {
        multipliers,
        ..Default::default()
    };
    match how {
        TimeAllocation::Margin => {
            Box::new(Refined::new(margin(allocation::Multipliers::Reoptimised)))
        }
        TimeAllocation::MarginFixed => Box::new(margin(allocation::Multipliers::Fixed)),
        TimeAllocation::Rate => Box::new(Refined::new(allocation::WorstCaseRate::default())),
        TimeAllocation::Exhaustive => Box::new(allocation::Exhaustive::default()),
    }
}

fn scheme_report(scheme: Scheme, design: &Design, seconds: f64) -> SchemeReport {
    let certificate = design.certified.certificate.as_ref();
    SchemeReport {
        scheme: scheme.name(),
        eta: design.eta,
        gamma: design.certified.gamma,
        rate_bit_s_hz: design.rate_bit_s_hz(),
        gamma_upper_bound: design.gamma_upper_bound,
        rate_upper_bound_bit_s_hz: design.rate_upper_bound_bit_s_hz(),
        gamma_nominal: Some(design.certified.gamma_nominal),
        rate_attacked_bit_s_hz: Some(design.rate_attacked_bit_s_hz()),
        certificate: Certificate {
            min_lmi_eigenvalue_relative: certificate.map(|c| c.min_lmi_eigenvalue_relative),
            noise_margin: certificate.map(|c| c.noise_margin),
            max_power_ratio: certificate.map(|c| c.max_power_ratio),
            rank_one_ratio: design.rank_one_ratio,
        },
        iterations: design.iterations(),
        history: design
            .history
            .iter()
            .map(|&(eta, rate_bit_s_hz)| Iterate { eta, rate_bit_s_hz })
            .collect(),
        termination: design.termination.as_str(),
        sdp_solves: design.conic_solves,
        seconds,
    }
}
