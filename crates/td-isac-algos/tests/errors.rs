//! Every function of the design layer that can fail is made to, and says what was wrong.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod presets;

use std::sync::Arc;

use crlb::{CrlbError, FactoredCovariance};
use faer::{Mat, c64};
use nf_channel::{ArraySpec, C64, Invalid, LinearExtent};
use presets::random_downlink;
use robust_sdp::{
    AttackOptions, DualPoint, ErrorBlock, HermitianIpm, MaxMinOptions, RankOneOptions, Residuals,
    RobustError, SdpOutcome, SdpSolver, SolveRequest, SolverError, ValidSdp,
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
use td_isac_algos::uncertainty::{PositionRegion, PositionSet, PositionUncertainty, UserPosition};
use td_isac_algos::{
    BallUncertainty, Beams, DesignError, Downlink, ExactChannels, PositionAttack, Sensing, Study,
    UncertaintyModel, attack_beams, certify_beams,
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

#[test]
fn downlinks_of_bad_shape() {
    let h = |n: usize| vec![C64::new(1.0, 0.5); n];
    let exact = || Arc::new(ExactChannels);
    let channels = vec![vec![h(2), h(3)], vec![h(2), h(3)]];
    let attempt = |channels: &[Vec<Vec<C64>>], powers: &[f64], noise: &[f64]| {
        Downlink::new(channels, powers, noise, exact()).unwrap_err()
    };
    assert!(misfit(&attempt(&channels, &[1.0, 1.0], &[1.0])));
    assert!(misfit(&attempt(&channels, &[1.0], &[1.0, 1.0])));
    let ragged = vec![vec![h(2), h(3)], vec![h(2), h(2)]];
    assert!(misfit(&attempt(&ragged, &[1.0, 1.0], &[1.0, 1.0])));
    let error = attempt(&channels, &[1.0, -1.0], &[1.0, 1.0]);
    assert!(error.to_string().contains("-1"), "{error}");
    assert!(attempt(&[], &[], &[]).to_string().contains("empty"));
    // The uncertainty of fewer users than there are channels.
    let few = BallUncertainty::new(1.0, 1e-6, &channels[..1]).unwrap();
    assert_eq!(
        Downlink::new(&channels, &[1.0; 2], &[1.0; 2], Arc::new(few)).unwrap_err(),
        DesignError::UnknownUser { user: 1, known: 1 }
    );
}

#[test]
fn time_allocations_out_of_range() {
    let downlink = random_downlink(1, 0.1, 0.1);
    for eta in [0.0, 1.0, -1.0, f64::NAN] {
        let bad = |error: DesignError| {
            assert!(
                matches!(error, DesignError::BadTimeAllocation { name: "eta", .. }),
                "{error}"
            );
        };
        bad(downlink.problem_at(eta).unwrap_err());
        bad(downlink.full_problem_at(eta).unwrap_err());
        let solver = HermitianIpm::default();
        bad(Study::new(&downlink)
            .eta(eta)
            .scheme(&ZeroForcing)
            .solver(&solver)
            .run()
            .unwrap_err());
    }
}

#[test]
fn beams_of_bad_shape() {
    let downlink = random_downlink(1, 0.1, 0.1);
    let solver = HermitianIpm::default();
    let (antennas, users) = (downlink.antennas().to_vec(), downlink.users());
    let beams = |antennas: &[usize], users: usize| {
        let numbers: Vec<Vec<C64>> = (antennas.iter())
            .map(|&count| vec![C64::new(0.1, 0.0); count])
            .collect();
        Beams::new(&vec![numbers; users]).unwrap()
    };
    let good = beams(&antennas, users);
    let certified = certify_beams(&downlink, 0.5, &good, &solver).unwrap();
    let mut longer = antennas.clone();
    longer[0] += 1;
    // As many rows as the right ones, cut elsewhere.
    let mut moved = longer.clone();
    *moved.last_mut().unwrap() -= 1;
    let fewer = &antennas[1..];
    let options = AttackOptions::default();
    for beams in [
        beams(&antennas, users - 1),
        beams(&longer, users),
        beams(&moved, users),
        beams(fewer, users),
    ] {
        assert!(misfit(
            &certify_beams(&downlink, 0.5, &beams, &solver).unwrap_err()
        ));
        let error = attack_beams(&downlink, 0.5, &beams, &certified, &options).unwrap_err();
        assert!(misfit(&error), "{error}");
        assert!(misfit(&downlink.achieved_gamma(&beams).unwrap_err()));
        assert!(misfit(&downlink.reduce(&beams).unwrap_err()));
    }
    // In reduced coordinates.
    let columns = |rows, count| vec![Mat::<c64>::zeros(rows, 1); count];
    let dimension = downlink.dimension();
    for columns in [columns(dimension + 1, users), columns(dimension, users + 1)] {
        assert!(misfit(&downlink.forms(columns.clone()).unwrap_err()));
        assert!(misfit(&downlink.reduced_beams(columns).unwrap_err()));
    }
}

/// Beams that are none are refused where they are made.
#[test]
fn beams_that_are_none() {
    let h = |n: usize| vec![C64::new(1.0, 0.5); n];
    let ragged = [vec![h(2), h(3)], vec![h(3), h(2)]];
    assert!(misfit(&Beams::new(&ragged).unwrap_err()));
    let missing = [vec![h(2), h(3)], vec![h(2)]];
    assert!(misfit(&Beams::new(&missing).unwrap_err()));
    let matrix = Mat::<c64>::zeros(4, 2);
    assert!(misfit(&Beams::from_matrix(&[2, 3], &matrix).unwrap_err()));
    let mut infinite = [vec![h(2)], vec![h(2)]];
    infinite[1][0][1].im = f64::INFINITY;
    let error = Beams::new(&infinite).unwrap_err();
    assert!(matches!(error, DesignError::BadBeam { user: 1, .. }));
    assert!(
        error.to_string().contains("user 1 has an entry inf"),
        "{error}"
    );
    let beams = Beams::from_matrix(
        &[2, 3],
        &Mat::from_fn(5, 2, |i, k| c64::new(i as f64, k as f64)),
    );
    let beams = beams.unwrap();
    assert_eq!(beams.of(1, 0), [C64::new(0.0, 1.0), C64::new(1.0, 1.0)]);
    assert_eq!(beams.of(0, 1), &beams.stacked(0)[2..]);
    assert_eq!(beams.power_w(0), 1.0 + 1.0 + 2.0);
}

/// Each scheme and strategy hands a solver's failure on.
#[test]
fn failures_pass_through_schemes_and_strategies() {
    let downlink = random_downlink(1, 0.1, 0.1);
    // (Where channels are exact no semidefinite program is solved: nothing can fail in `PerfectCsi`.)
    let schemes: [&dyn BeamformingScheme; 5] = [
        &Main::default(),
        &MaximumRatio::default(),
        &ZeroForcing,
        &RegularisedZeroForcing,
        &EqualPowerMrt,
    ];
    for scheme in schemes {
        let mut never = || false;
        let mut context = SchemeContext {
            solver: &Fails,
            previous: None,
            precision: None,
            conic_solves: 0,
            interrupted: &mut never,
        };
        let error = scheme.solve(&downlink, 0.5, &mut context).unwrap_err();
        assert!(failed(&error), "{}: {error}", scheme.name());
    }
    let good = Study::new(&downlink)
        .eta(0.5)
        .scheme(&ZeroForcing)
        .run()
        .unwrap();
    assert!(good.certified.gamma > 0.0);
    let mut never = || false;
    let solver = HermitianIpm::default();
    let mut context = SchemeContext {
        solver: &solver,
        previous: None,
        precision: None,
        conic_solves: 0,
        interrupted: &mut never,
    };
    let relaxed = ZeroForcing.solve(&downlink, 0.5, &mut context).unwrap();
    let current = Iterate {
        eta: 0.5,
        rate_bit_s_hz: 1e-3,
        relaxed: relaxed.clone(),
    };
    let mut context = SchemeContext {
        solver: &Fails,
        previous: Some(&current),
        precision: None,
        conic_solves: 0,
        interrupted: &mut never,
    };
    assert!(failed(
        &context.inherited_gamma(&downlink, 0.4).unwrap_err()
    ));
    let strategies: [&dyn TimeAllocation; 2] =
        [&ConstraintMargin::default(), &WorstCaseRate::default()];
    for strategy in strategies {
        let error = strategy
            .propose(&mut AllocationContext {
                downlink: &downlink,
                current: &current,
                evaluated: &[Sample {
                    eta: 0.5,
                    rate_bit_s_hz: 1e-3,
                    slope: None,
                }],
                limit: 0.9,
                solver: &Fails,
                conic_solves: &mut 0,
            })
            .unwrap_err();
        assert!(failed(&error), "{}: {error}", strategy.name());
    }
    // The exhaustive search solves nothing itself: its samples are the driver's.
    let error = Study::new(&downlink)
        .eta_max(0.9)
        .scheme(&ZeroForcing)
        .allocation(&Exhaustive::default())
        .solver(&Fails)
        .run()
        .unwrap_err();
    assert!(failed(&error), "{error}");
}

#[test]
fn interrupted_cones_are_cancelled() {
    let downlink = random_downlink(1, 0.1, 0.1);
    let mut always = || true;
    let mut context = SchemeContext {
        solver: &HermitianIpm::default(),
        previous: None,
        precision: None,
        conic_solves: 0,
        interrupted: &mut always,
    };
    assert_eq!(
        ErrorIgnorant::default()
            .solve(&downlink, 0.5, &mut context)
            .unwrap_err(),
        DesignError::Cancelled
    );
}

/// An accuracy that nothing has leaves the search of the SINR open, which is said, with the scheme's name.
#[test]
fn accuracies_beyond_cone_programs() {
    let downlink = random_downlink(1, 0.1, 0.1);
    let mut never = || false;
    let mut context = SchemeContext {
        solver: &HermitianIpm::default(),
        previous: None,
        precision: None,
        conic_solves: 0,
        interrupted: &mut never,
    };
    let error = ErrorIgnorant { tolerance: 0.0 }
        .solve(&downlink, 0.5, &mut context)
        .unwrap_err();
    let DesignError::Program {
        scheme, program, ..
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!((*scheme, *program), ("ei", "search of the SINR"));
    assert!(
        error.to_string().contains("no convergence after"),
        "{error}"
    );
}

/// The default extraction takes single vectors only, and says so to whoever writes a scheme.
#[derive(Debug)]
struct TwoColumns;

impl BeamformingScheme for TwoColumns {
    fn name(&self) -> &str {
        "two-columns"
    }

    fn solve(
        &self,
        downlink: &Downlink,
        _eta: f64,
        _context: &mut SchemeContext<'_>,
    ) -> Result<Relaxed, DesignError> {
        let columns = vec![Mat::zeros(downlink.dimension(), 2); downlink.users()];
        Ok(Relaxed {
            gamma: 1.0,
            gamma_upper_bound: None,
            forms: downlink.forms(columns)?,
            multipliers: None,
            slope: 0.0,
            duals: Vec::new(),
            vectors: None,
        })
    }
}

/// Parameters outside their range are refused with name, value and what would be right, whoever holds them.
#[test]
fn parameters_out_of_range() {
    let downlink = random_downlink(1, 0.1, 0.1);
    let refused = |error: DesignError, field: &str, value: &str| {
        let text = error.to_string();
        assert!(text.contains(&format!("{field} = {value}: must")), "{text}");
        assert_eq!(error.name(), "bad-parameter");
    };
    let max_min = |edit: fn(&mut MaxMinOptions)| {
        let mut main = Main::default();
        edit(&mut main.max_min);
        main
    };
    let rank_one = |edit: fn(&mut RankOneOptions)| {
        let mut mrt = MaximumRatio::default();
        edit(&mut mrt.rank_one);
        mrt
    };
    let schemes: [(Box<dyn BeamformingScheme>, &str, &str); 9] = [
        (
            Box::new(max_min(|o| o.ratio_tolerance = f64::NAN)),
            "ratio_tolerance",
            "NaN",
        ),
        (
            Box::new(max_min(|o| o.ratio_tolerance = 0.0)),
            "ratio_tolerance",
            "0",
        ),
        (Box::new(max_min(|o| o.max_solves = 0)), "max_solves", "0"),
        (Box::new(max_min(|o| o.start = Some(-1.0))), "start", "-1"),
        (Box::new(rank_one(|o| o.sacrifice = 2.0)), "sacrifice", "2"),
        (
            Box::new(rank_one(|o| o.sacrifice = -0.1)),
            "sacrifice",
            "-0.1",
        ),
        (
            Box::new(rank_one(|o| o.accuracy = f64::INFINITY)),
            "accuracy",
            "inf",
        ),
        (
            Box::new(ErrorIgnorant {
                tolerance: f64::NAN,
            }),
            "tolerance",
            "NaN",
        ),
        (
            Box::new(PerfectCsi {
                main: max_min(|o| o.ratio_tolerance = 1.0),
            }),
            "ratio_tolerance",
            "1",
        ),
    ];
    for (scheme, field, value) in &schemes {
        let error = Study::new(&downlink).scheme(scheme.as_ref()).eta(0.5).run();
        refused(error.unwrap_err(), field, value);
    }
    let search = |grid_step, tolerance| LineSearch {
        grid_step,
        tolerance,
    };
    let margin = |search| ConstraintMargin {
        search,
        ..ConstraintMargin::default()
    };
    let exhaustive = Exhaustive {
        rate_tolerance: 0.0,
        ..Exhaustive::default()
    };
    let imprecise = Slope {
        precision: f64::NAN,
        ..Slope::default()
    };
    let scanned = Slope {
        scan: vec![0.5, 1.0],
        ..Slope::default()
    };
    let strategies: [(&dyn TimeAllocation, &str, &str); 5] = [
        (&margin(search(0.5, 1e-3)), "grid_step", "0.5"),
        (
            &WorstCaseRate {
                search: search(0.1, f64::NAN),
            },
            "tolerance",
            "NaN",
        ),
        (&scanned, "scan", "1"),
        (&exhaustive, "rate_tolerance", "0"),
        (&imprecise, "precision", "NaN"),
    ];
    for (strategy, field, value) in strategies {
        let error = Study::new(&downlink).allocation(strategy).run();
        refused(error.unwrap_err(), field, value);
    }
    let options = AttackOptions {
        tolerance: f64::NAN,
        ..AttackOptions::default()
    };
    let error = Study::new(&downlink).attack(options).eta(0.5).run();
    refused(error.unwrap_err(), "tolerance", "NaN");
}

#[test]
fn forms_that_are_no_vectors() {
    let downlink = random_downlink(1, 0.1, 0.1);
    let error = Study::new(&downlink)
        .eta(0.5)
        .scheme(&TwoColumns)
        .run()
        .unwrap_err();
    assert!(matches!(
        error,
        DesignError::BadParameter {
            name: "columns of a form",
            ..
        }
    ));
    assert!(
        error.to_string().contains("must override extract"),
        "{error}"
    );
}

#[test]
fn uncertainty_that_makes_no_sense() {
    let h = vec![vec![vec![C64::new(1.0, 0.0); 2]]];
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        for (name, scale, constant) in [
            ("error_scale_per_m", bad, 1.0),
            ("crlb_constant_m2", 1.0, bad),
        ] {
            let error = BallUncertainty::new(scale, constant, &h).unwrap_err();
            assert!(
                matches!(error, DesignError::BadParameter { name: found, .. } if found == name),
                "{error}"
            );
        }
    }
    let scenario = checked();
    let region = |radius_m| PositionRegion::Ball { radius_m };
    let regions = |count| vec![region(1e-4); count];
    let uncertainty = scenario
        .position_uncertainty(PositionSet::Phase, regions(2))
        .unwrap();
    let unknown = DesignError::UnknownUser { user: 2, known: 2 };
    assert_eq!(uncertainty.region(2, 0.5).unwrap_err(), unknown);
    assert_eq!(uncertainty.enclosures(2, 0.5).unwrap_err(), unknown);
    assert_eq!(uncertainty.error_blocks(2, 0.5).unwrap_err(), unknown);
    for count in [0, 1, 3] {
        let error = scenario
            .position_uncertainty(PositionSet::Phase, regions(count))
            .unwrap_err();
        assert!(misfit(&error), "{error}");
    }
    let axes = [[1.0, 0.0], [0.0, f64::NAN]];
    let ellipsoid = PositionRegion::Ellipsoid { semi_axes_m: axes };
    let error = scenario
        .position_uncertainty(PositionSet::Ellipse, vec![region(1e-4), ellipsoid])
        .unwrap_err();
    assert!(error.to_string().contains("semi_axes_m"), "{error}");
    // Channels of two access points, sensitivities of none.
    let user = UserPosition::<2> {
        channels: vec![vec![C64::new(1.0, 0.0)]; 2],
        sensitivities: Vec::new(),
        region: region(1.0),
    };
    let error = PositionUncertainty::new(PositionSet::Ball, vec![user]).unwrap_err();
    assert!(misfit(&error), "{error}");
    // Blocks that are no part of the problem.
    #[derive(Debug)]
    struct Elsewhere;
    impl UncertaintyModel for Elsewhere {
        fn error_blocks(&self, _: usize, _: f64) -> Result<Vec<ErrorBlock>, DesignError> {
            Ok(vec![ErrorBlock::Ball {
                group: 7,
                radius: 1.0,
            }])
        }
    }
    let error = scenario.downlink_under(Arc::new(Elsewhere)).unwrap_err();
    assert!(matches!(
        error,
        DesignError::Robust(RobustError::NoSuchGroup { group: 7, .. })
    ));
    assert!(scenario.downlink(f64::NAN).is_err());
}

#[test]
fn position_attacks_that_do_not_fit() {
    let scenario = checked();
    let attack = PositionAttack::default();
    let beams = |antennas: &[usize], users| {
        let matrix = Mat::<c64>::zeros(antennas.iter().sum(), users);
        Beams::from_matrix(antennas, &matrix).unwrap()
    };
    let regions = |count, radius_m| vec![PositionRegion::Ball { radius_m }; count];
    for (regions, beams) in [
        (regions(1, 1e-4), beams(&[6, 6], 2)),
        (regions(3, 1e-4), beams(&[6, 6], 2)),
        (regions(2, 1e-4), beams(&[6, 6], 1)),
        (regions(2, 1e-4), beams(&[6, 5], 2)),
        (regions(2, 1e-4), beams(&[5, 7], 2)),
        (regions(2, 1e-4), beams(&[12], 2)),
    ] {
        let error = attack.worst_users(&scenario, &regions, &beams).unwrap_err();
        assert!(misfit(&error), "{error}");
    }
    let error = attack
        .worst_users(&scenario, &regions(2, f64::INFINITY), &beams(&[6, 6], 2))
        .unwrap_err();
    assert!(matches!(error, DesignError::Channel(_)), "{error}");
}

#[test]
fn sensing_without_an_answer() {
    // One access point, two users on its axis.
    let mut blind = scenario();
    blind.access_points.truncate(1);
    blind.users_m = vec![[20.0, 0.0], [5.0, 9.0]];
    let blind = blind.check().unwrap();
    let unidentifiable = |error: SensingError| {
        assert!(
            matches!(
                &error,
                SensingError::Bound(CrlbError::NotIdentifiable { users, .. }) if users == &[0]
            ),
            "{error}"
        );
        assert!(error.to_string().contains("users [0]"), "{error}");
    };
    unidentifiable(Sensing::design(&blind, None).unwrap_err());
    let solver = HermitianIpm::default();
    unidentifiable(Sensing::design_with(&blind, None, &solver).unwrap_err());
    // A setting for another number of access points.
    let wrong = SensingMethod::new(vec![1.0; 3]);
    assert!(matches!(
        Sensing::design(&checked(), Some(&wrong)),
        Err(SensingError::Bound(CrlbError::Invalid(
            Invalid::Size { .. }
        )))
    ));
    // A solver that fails.
    let error = Sensing::design_with(&checked(), None, &Fails).unwrap_err();
    assert!(matches!(error, SensingError::Solver(_)), "{error}");
    let model = checked().sensing_parameters().check().unwrap();
    let error = SensingMethod::new(vec![1.0; 2])
        .optimise_with(&model, &Fails)
        .unwrap_err();
    assert!(matches!(error, SensingError::Solver(_)), "{error}");
    // Covariances that are none.
    let factor = |core| FactoredCovariance {
        basis: Mat::identity(6, 2),
        core,
        floor_w: 0.0,
    };
    for factors in [
        vec![factor(Mat::identity(2, 2))],
        vec![factor(Mat::identity(3, 3)); 2],
        vec![factor(Mat::zeros(2, 2)); 2],
    ] {
        assert!(covariance_gradient(&model, &factors).is_err());
        assert!(relative_gap(&model, &factors).is_err());
    }
    let gradient = CovarianceGradient {
        vectors: Mat::identity(6, 3),
        core: Mat::from_fn(3, 3, |_, _| c64::new(f64::NAN, 0.0)),
    };
    assert!(gradient.largest_eigenvalue().is_err());
}

/// Claims that a problem with a feasible point has none.
#[derive(Debug)]
struct Liar;

impl SdpSolver for Liar {
    fn name(&self) -> &'static str {
        "liar"
    }

    fn solve(&self, _: &ValidSdp, _: SolveRequest<'_>) -> Result<SdpOutcome, SolverError> {
        Ok(SdpOutcome::PrimalInfeasible {
            certificate: DualPoint {
                lmis: Vec::new(),
                matrices: Vec::new(),
                scalars: Vec::new(),
                inequalities: Vec::new(),
                equalities: Vec::new(),
            },
            residual: 0.0,
        })
    }
}

#[test]
fn a_lying_solver_is_no_answer() {
    let error = Sensing::design_with(&checked(), None, &Liar).unwrap_err();
    assert!(
        matches!(
            error,
            SensingError::ImpossibleOutcome { solver: "liar", .. }
        ),
        "{error}"
    );
}

#[test]
fn a_threshold_out_of_reach() {
    let mut strict = scenario();
    strict.crlb_threshold_m2 = 1e-30;
    let sensing = Sensing::design(&strict.check().unwrap(), None).unwrap();
    let error = sensing.eta_max().unwrap_err();
    assert!(matches!(error, CrlbError::ThresholdUnreachable { .. }));
    assert!(error.to_string().contains("1e-30 m²"), "{error}");
    // The driver refuses the limit that belongs to it.
    let downlink = random_downlink(1, 0.1, 0.1);
    let error = Study::new(&downlink)
        .eta_max(sensing.eta_limit())
        .scheme(&ZeroForcing)
        .allocation(&WorstCaseRate::default())
        .run()
        .unwrap_err();
    assert!(matches!(
        error,
        DesignError::BadTimeAllocation {
            name: "eta_max",
            ..
        }
    ));
}

/// A sensing result whose confidence cannot be had.
#[test]
fn regions_of_no_confidence() {
    let sensing = Sensing::design(&checked(), None).unwrap();
    let mut edited = scenario();
    edited.uncertainty = UncertaintySpec {
        set: PositionSet::Ball,
        size: ErrorSize::Confidence(0.95),
    };
    let good = edited.check().unwrap();
    assert!(good.position_regions(&sensing).is_ok());
    assert!(good.robust_downlink(&sensing).is_ok());
    // The sensing of one user more.
    let mut more = scenario();
    more.users_m.push([30.0, 20.0]);
    let other = Sensing::design(&more.check().unwrap(), None).unwrap();
    assert!(misfit(&good.position_regions(&other).unwrap_err()));
    assert!(misfit(&good.robust_downlink(&other).unwrap_err()));
}
