//! Schemes and strategies with bad parameters, and under a solver that fails.

use super::*;

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
                    gamma_upper_bound: None,
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
