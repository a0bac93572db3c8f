//! The communication half of a design: one run for each beamforming scheme.

use crate::arguments::{Allocation, Arguments, MrtPowers};
use crate::failure::Failure;
use crate::progress::ProgressLine;
use crate::report::{Certificate, Iterate, SchemeReport};
use crate::save::SavedScheme;
use crlb::Frame;
use robust_sdp::{AttackOptions, BeamBoundOptions, SdpSolver};
use std::time::Instant;
use td_isac_algos::{Design, DesignError, Downlink, Schemes, Strategies, Study, rate_bit_s_hz};

/// What one scheme reached, and with what; the design is missing if it failed.
#[derive(Debug)]
pub struct SchemeRun {
    pub report: SchemeReport,
    pub design: Result<SavedScheme, DesignError>,
}

/// What schemes are run on.
pub struct Job<'a> {
    pub downlink: Downlink,
    /// η̄, if there is one.
    pub eta_max: Option<f64>,
    /// The frame, if there is sensing.
    pub frame: Option<Frame>,
    /// The frame, if its sensing slots have to be whole.
    pub whole_slots: Option<Frame>,
    /// Each user's mean squared position error at a time allocation.
    pub user_crlb_m2: &'a dyn Fn(f64) -> Vec<f64>,
}

impl Job<'_> {
    /// The time allocation next to a wished one that keeps the threshold and, if they have to be, leaves whole slots.
    pub fn within_threshold(&self, wish: f64) -> Result<f64, DesignError> {
        let limit = self.eta_max.unwrap_or(wish);
        let Some(frame) = self.whole_slots else {
            return Ok(wish.min(limit));
        };
        // The one that senses more is the last.
        let near = frame.whole_slot_allocations(wish.min(limit), limit);
        near.last().copied().ok_or(DesignError::NoWholeSlot {
            needed: frame.sensing_slots(limit).ceil(),
            frame: frame.sensing_slots(0.0),
        })
    }
}

/// Runs the schemes that the command line asks for, in that order. One that fails costs the others nothing.
pub fn run_schemes(
    job: &Job<'_>,
    arguments: &Arguments,
    solver: &dyn SdpSolver,
) -> Result<Vec<SchemeRun>, Failure> {
    let mut runs = Vec::new();
    for name in &arguments.schemes {
        let start = Instant::now();
        let design = run_scheme(job, name, arguments, solver);
        let seconds = start.elapsed().as_secs_f64();
        runs.push(SchemeRun {
            report: match &design {
                Ok(design) => {
                    let slots = job.frame.map(|frame| frame.sensing_slots(design.eta));
                    scheme_report(name, design, slots, seconds)
                }
                Err(error) => SchemeReport::failed(name, error, seconds),
            },
            design: design.map(|design| {
                let errors = (job.user_crlb_m2)(design.eta);
                let (beams, certified) = (&design.beamformers, &design.certified);
                SavedScheme::new(name, design.eta, beams, certified, errors)
            }),
        });
    }
    Ok(runs)
}

fn run_scheme(
    job: &Job<'_>,
    scheme: &str,
    arguments: &Arguments,
    solver: &dyn SdpSolver,
) -> Result<Design, DesignError> {
    let (schemes, strategies) = (Schemes::default(), Strategies::default());
    let mut progress = ProgressLine::new(scheme);
    let mut study = Study::new(&job.downlink)
        .solver(solver)
        .scheme(schemes.get(registered(scheme, arguments.mrt_powers))?)
        .observer(&mut progress);
    if arguments.attack {
        study = study
            .attack(AttackOptions::default())
            .beam_bound(BeamBoundOptions::default());
    }
    match arguments.allocation() {
        Allocation::Fixed { eta } => study.eta(eta).run(),
        Allocation::Optimised { start, strategy } => {
            if let Some(eta_max) = job.eta_max {
                study = study.eta_max(eta_max);
            }
            study
                .whole_slots(job.whole_slots)
                .eta_start(start)
                .allocation(strategies.get(&strategy)?)
                .run()
        }
    }
}

/// The scheme's name among all schemes.
fn registered(scheme: &str, powers: MrtPowers) -> &str {
    match (scheme, powers) {
        ("mrt", MrtPowers::Hermitian) => "mrt-hermitian",
        _ => scheme,
    }
}

fn scheme_report(
    scheme: &str,
    design: &Design,
    sensing_slots: Option<f64>,
    seconds: f64,
) -> SchemeReport {
    SchemeReport {
        scheme: scheme.to_owned(),
        status: "ok",
        message: (!design.unsolved.is_empty()).then(|| {
            let list: Vec<String> = design
                .unsolved
                .iter()
                .map(|eta| format!("{eta:.6}"))
                .collect();
            format!("could not be solved at η = {}", list.join(", "))
        }),
        eta: Some(design.eta),
        sensing_slots,
        gamma: Some(design.certified.gamma),
        rate_bit_s_hz: Some(design.rate_bit_s_hz()),
        gamma_upper_bound: design.gamma_upper_bound,
        rate_upper_bound_bit_s_hz: design.rate_upper_bound_bit_s_hz(),
        gamma_beam_upper_bound: Some(design.gamma_beam_upper_bound),
        rate_beam_upper_bound_bit_s_hz: Some(design.rate_beam_upper_bound_bit_s_hz()),
        eta_global_gap_bit_s_hz: design.eta_global_gap_bit_s_hz,
        user_rates_bit_s_hz: Some(
            (design.certified.user_gamma.iter())
                .map(|gamma| rate_bit_s_hz(design.eta, *gamma))
                .collect(),
        ),
        gamma_nominal: Some(design.certified.gamma_nominal),
        rate_attacked_bit_s_hz: design.rate_attacked_bit_s_hz(),
        certificate: Certificate::new(&design.certified, design.rank_one_ratio),
        iterations: Some(design.iterations()),
        history: (design.history.iter())
            .map(|&(eta, rate_bit_s_hz)| Iterate { eta, rate_bit_s_hz })
            .collect(),
        termination: Some(design.termination.as_str()),
        sdp_solves: Some(design.conic_solves),
        seconds,
    }
}
