//! Every function of the design layer that can fail is made to, and says what was wrong.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

#[path = "../presets/mod.rs"]
mod presets;

mod downlinks;
mod schemes;
mod sensing;
mod uncertainty;

use std::sync::Arc;

use crlb::{CrlbError, FactoredCovariance};
use faer::{Mat, c64};
use nf_channel::{ArraySpec, C64, Invalid, LinearExtent};
use presets::random_downlink;
use robust_sdp::{
    AttackOptions, ErrorBlock, HermitianIpm, MaxMinOptions, RankOneOptions, Residuals, RobustError,
    SdpOutcome, SdpSolver, SolveRequest, SolverError, ValidSdp,
};
use td_isac_algos::allocation::{
    AllocationContext, ConstraintMargin, Exhaustive, LineSearch, Sample, Slope, TimeAllocation,
    WorstCaseRate,
};
use td_isac_algos::scenario::{CheckedScenario, ErrorSize, Scenario, UncertaintySpec};
use td_isac_algos::scheme::{
    BeamformingScheme, EqualPowerMrt, ErrorIgnorant, Iterate, Main, MaximumRatio, PerfectCsi,
    RegularisedZeroForcing, Relaxed, SchemeContext, ZeroForcing,
};
use td_isac_algos::sensing::{
    CovarianceGradient, SensingError, SensingMethod, covariance_gradient, relative_gap,
};
use td_isac_algos::uncertainty::{
    BallUncertainty, ExactChannels, PositionRegion, PositionSet, PositionUncertainty,
    UncertaintyModel, UserPosition,
};
use td_isac_algos::{
    Beams, DesignError, Downlink, PositionAttack, Sensing, Study, attack_beams, certify_beams,
};

/// Fails at every program.
#[derive(Debug)]
struct Fails;

impl SdpSolver for Fails {
    fn name(&self) -> &'static str {
        "fails"
    }

    fn solve(&self, _: &ValidSdp, _: SolveRequest<'_>) -> Result<SdpOutcome, SolverError> {
        Err(SolverError::Stalled {
            solver: self.name(),
            reason: "on purpose",
            iterations: 0,
            residuals: Residuals::UNKNOWN,
            last: None,
        })
    }
}

fn failed(error: &DesignError) -> bool {
    matches!(
        error,
        DesignError::Robust(RobustError::Solver(SolverError::Stalled { .. }))
    )
}

fn misfit(error: &DesignError) -> bool {
    matches!(error, DesignError::Robust(RobustError::WrongLength { .. }))
}

fn scenario() -> Scenario<2> {
    let array = |reference_m, axis| ArraySpec::UniformLinear {
        reference_m,
        axis,
        elements: 6,
        extent: Some(LinearExtent::Aperture { aperture_m: 0.4 }),
    };
    let stations = vec![
        array([0.0, 0.0], [1.0, 0.0]),
        array([40.0, 5.0], [0.0, 1.0]),
    ];
    Scenario::new(28e9, stations, vec![[15.0, 20.0], [22.0, 31.0]])
}

fn checked() -> CheckedScenario<2> {
    scenario().check().unwrap()
}
