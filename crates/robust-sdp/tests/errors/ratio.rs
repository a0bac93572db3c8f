//! Ratio problems, forms and multipliers that are wrong.

use super::*;

/// What `spoil` does to a good problem is noticed as `expected`.
fn noticed(spoil: impl Fn(&mut RatioProblem), expected: impl Fn(&RobustError) -> bool) {
    let mut problem = instance();
    spoil(&mut problem);
    let error = problem.check().unwrap_err();
    assert!(expected(&error), "{error:?}");
}

#[test]
fn bad_ratio_problems_are_named() {
    use RobustError::{BadNumber, Empty, NoSuchGroup, WrongLength};
    noticed(
        |p| p.targets.clear(),
        |e| matches!(e, Empty { what: "targets" }),
    );
    noticed(
        |p| p.group_sizes[1] = 0,
        |e| {
            matches!(
                e,
                Empty {
                    what: "group_sizes"
                }
            )
        },
    );
    noticed(
        |p| p.group_sizes.clear(),
        |e| {
            matches!(
                e,
                Empty {
                    what: "group_sizes"
                }
            )
        },
    );
    noticed(
        |p| p.budgets.push(1.0),
        |e| {
            matches!(
                e,
                WrongLength {
                    what: "budgets",
                    expected: 2,
                    found: 3
                }
            )
        },
    );
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        noticed(
            |p| p.budgets[1] = bad,
            |e| {
                matches!(
                    e,
                    BadNumber {
                        what: "budgets",
                        index: 1,
                        ..
                    }
                )
            },
        );
        noticed(
            |p| p.targets[1].floor = bad,
            |e| {
                matches!(
                    e,
                    BadNumber {
                        what: "floor",
                        index: 1,
                        ..
                    }
                )
            },
        );
    }
    noticed(
        |p| p.targets[1].nominal.truncate(4),
        |e| {
            matches!(
                e,
                WrongLength {
                    what: "nominal",
                    expected: 5,
                    found: 4
                }
            )
        },
    );
    noticed(
        |p| p.targets[0].nominal.fill(re(0.0)),
        |e| matches!(e, BadNumber { index: 0, .. }),
    );
    noticed(
        |p| p.targets[0].nominal[2].im = f64::NAN,
        |e| matches!(e, BadNumber { index: 0, .. }),
    );
    noticed(
        |p| {
            p.targets[1].errors[0] = ErrorBlock::Ball {
                group: 2,
                radius: 0.1,
            }
        },
        |e| {
            matches!(
                e,
                NoSuchGroup {
                    target: 1,
                    group: 2,
                    groups: 2
                }
            )
        },
    );
    for radius in [-1e-9, f64::NAN, f64::INFINITY] {
        noticed(
            |p| p.targets[1].errors[0] = ErrorBlock::Ball { group: 0, radius },
            |e| {
                matches!(
                    e,
                    BadNumber {
                        what: "radius",
                        index: 1,
                        ..
                    }
                )
            },
        );
    }
    let directions = |matrix: Mat<c64>| {
        move |p: &mut RatioProblem| {
            p.targets[1].errors[0] = ErrorBlock::Directions {
                matrix: matrix.clone(),
                field: Field::Complex,
            }
        }
    };
    noticed(directions(Mat::zeros(4, 1)), |e| {
        matches!(
            e,
            WrongLength {
                expected: 5,
                found: 4,
                ..
            }
        )
    });
    noticed(directions(Mat::zeros(5, 0)), |e| matches!(e, Empty { .. }));
    noticed(
        directions(Mat::from_fn(5, 1, |_, _| re(f64::INFINITY))),
        |e| matches!(e, BadNumber { index: 1, .. }),
    );
    let valid = instance().check().unwrap();
    assert!(matches!(
        valid.with_scaled_balls(-1.0),
        Err(BadNumber { what: "radius", .. })
    ));
}

#[test]
fn bad_forms_and_multipliers_are_named() {
    use RobustError::{BadNumber, WrongLength};
    let problem = instance().check().unwrap();
    let solver = HermitianIpm::default();
    let good = beams(&mut Draw::new(1), &problem);
    let few = &good[..1];
    let short = vec![Mat::<c64>::zeros(4, 1); 2];
    for forms in [few, &short] {
        let lengths = |e: RobustError| matches!(e, WrongLength { .. });
        assert!(lengths(nominal_ratios(&problem, forms).unwrap_err()));
        assert!(lengths(
            worst_case_ratios(&problem, forms, &solver).unwrap_err()
        ));
        assert!(lengths(margins(&problem, forms, 1.0, &solver).unwrap_err()));
    }
    let multipliers = vec![vec![0.0, 0.0]; 2];
    for ratio in [0.0, -1.0, f64::NAN] {
        assert!(matches!(
            certify(&problem, &good, &multipliers, ratio),
            Err(BadNumber { .. })
        ));
    }
    assert!(matches!(
        certify(&problem, &good, &multipliers[..1], 1.0),
        Err(WrongLength {
            what: "multipliers",
            ..
        })
    ));
    for bad in [-1e-6, f64::NAN] {
        let spoiled = vec![vec![0.0, 0.0], vec![0.0, bad]];
        assert!(matches!(
            certify(&problem, &good, &spoiled, 1.0),
            Err(BadNumber {
                what: "multiplier",
                index: 1,
                ..
            })
        ));
    }
}

#[test]
fn forms_that_are_no_numbers_are_no_answer_of_zero() {
    let problem = instance().check().unwrap();
    let solver = HermitianIpm::default();
    let mut forms = beams(&mut Draw::new(1), &problem);
    forms[1][(2, 0)] = c64::new(f64::NAN, 0.0);
    let named = |error: RobustError| {
        assert!(
            matches!(error, RobustError::BadNumber { index: 1, .. }),
            "{error}"
        );
    };
    let none = vec![vec![0.0, 0.0]; 2];
    named(nominal_ratios(&problem, &forms).unwrap_err());
    named(worst_case_ratios(&problem, &forms, &solver).unwrap_err());
    named(margins(&problem, &forms, 1.0, &solver).unwrap_err());
    named(margins_with_multipliers(&problem, &forms, &none, 1.0).unwrap_err());
    named(certify(&problem, &forms, &none, 1.0).unwrap_err());
    named(attack(&problem, &forms, &[], &AttackOptions::default()).unwrap_err());
    let attained = Attained {
        ratio: 1.0,
        slope: 0.0,
        forms: &forms,
    };
    let options = RankOneOptions::default();
    named(rank_one(&problem, &solver, &attained, &options, &mut || false).unwrap_err());
}

/// As many multipliers as a target's blocks have, in every function that takes some.
#[test]
fn multipliers_are_counted() {
    use RobustError::{BadNumber, WrongLength};
    let problem = instance().check().unwrap();
    let forms = beams(&mut Draw::new(1), &problem);
    let bad = [
        vec![vec![0.0; 2]; 1],
        vec![vec![0.0; 2]; 3],
        vec![vec![0.0; 2], vec![0.0; 3]],
        vec![vec![0.0; 1], vec![0.0; 2]],
        vec![Vec::new(); 2],
    ];
    for multipliers in &bad {
        for error in [
            certify(&problem, &forms, multipliers, 1.0).unwrap_err(),
            margins_with_multipliers(&problem, &forms, multipliers, 1.0).unwrap_err(),
        ] {
            assert!(matches!(error, WrongLength { .. }), "{error}");
        }
    }
    let negative = vec![vec![0.0, -1.0], vec![0.0, 0.0]];
    assert!(matches!(
        margins_with_multipliers(&problem, &forms, &negative, 1.0),
        Err(BadNumber {
            what: "multiplier",
            index: 0,
            ..
        })
    ));
    let worst = |count| WorstCaseClaim {
        ratio: 1.0,
        multipliers: vec![0.1; count],
    };
    let options = AttackOptions::default();
    let error = attack(&problem, &forms, &[worst(2), worst(3)], &options).unwrap_err();
    assert!(matches!(error, WrongLength { found: 3, .. }), "{error}");
    let none = vec![vec![0.0, 0.0]; 2];
    for ratio in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let solver = HermitianIpm::default();
        for error in [
            margins(&problem, &forms, ratio, &solver).unwrap_err(),
            margins_with_multipliers(&problem, &forms, &none, ratio).unwrap_err(),
        ] {
            assert!(matches!(error, BadNumber { what: "ratio", .. }), "{error}");
        }
    }
}

#[test]
fn what_cannot_be_made_rank_one_is_named() {
    let problem = instance().check().unwrap();
    let solver = HermitianIpm::default();
    let forms = beams(&mut Draw::new(1), &problem);
    let attempt = |ratio, forms: &[Mat<c64>], subspaces: Option<&[Subspace]>| {
        let attained = Attained {
            ratio,
            slope: 0.0,
            forms,
        };
        let options = RankOneOptions::default();
        let mut never = || false;
        match subspaces {
            None => rank_one(&problem, &solver, &attained, &options, &mut never),
            Some(subspaces) => rank_one_within(
                &problem, subspaces, &solver, &attained, &options, &mut never,
            ),
        }
    };
    let short = RobustError::WrongLength {
        what: "forms",
        expected: 2,
        found: 1,
    };
    assert_eq!(attempt(1.0, &forms[..1], None).unwrap_err(), short);
    assert!(matches!(
        attempt(f64::NAN, &forms, None),
        Err(RobustError::BadNumber { .. })
    ));
    assert!(matches!(
        attempt(1.0, &forms, Some(&[])),
        Err(RobustError::WrongLength {
            what: "subspaces",
            ..
        })
    ));
    // Nothing attained, nothing to extract.
    let nothing = attempt(0.0, &[], None).unwrap();
    assert!(nothing.vectors.iter().all(|v| v.squared_norm_l2() == 0.0));
    // Forms without columns are zero; beams for them are found afresh.
    let empty = vec![Mat::<c64>::zeros(5, 0); 2];
    assert!(attempt(1e-3, &empty, None).is_ok());
}

#[test]
fn data_outside_a_reduction_are_named() {
    let shape = Shape {
        targets: 2,
        groups: vec![4, 4],
        radii: (0.1, 0.2),
        floors: (0.1, 1.0),
    };
    let mut draw = Draw::new(4);
    let one = problem(&mut draw, &shape).check().unwrap();
    let other = problem(&mut draw, &shape).check().unwrap();
    let reduction = Reduction::new(&one, &[]);
    match reduction.reduce(&other).unwrap_err() {
        RobustError::OutsideSpan {
            target: 0, lost, ..
        } => assert!(lost > 0.1),
        error => panic!("{error:?}"),
    }
    // Whatever the data's unit.
    let mut small = (*other).clone();
    for target in &mut small.targets {
        target.nominal.iter_mut().for_each(|v| *v *= 1e-12);
        target.errors.clear();
    }
    let error = reduction.reduce(&small.check().unwrap()).unwrap_err();
    assert!(matches!(error, RobustError::OutsideSpan { .. }));
    let error = reduction.reduce(&instance().check().unwrap()).unwrap_err();
    assert!(matches!(error, RobustError::WrongLength { .. }));
}
