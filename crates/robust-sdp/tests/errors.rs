//! Every way to be wrong has a name, and no failure passes for an answer.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod random;

use std::sync::atomic::{AtomicUsize, Ordering};

use faer::{Mat, c64};
use random::*;
use robust_sdp::*;

fn instance() -> RatioProblem {
    let shape = Shape {
        targets: 2,
        groups: vec![2, 3],
        radii: (0.1, 0.2),
        floors: (0.1, 1.0),
    };
    problem(&mut Draw::new(21), &shape)
}

fn attempt(solver: &dyn SdpSolver) -> Result<MaxMinSolution, RobustError> {
    let problem = instance().check().unwrap();
    max_min_ratio(&problem, solver, &by_programs(), &mut || false)
}

/// Vectors would not need the solver for more than worst cases.
fn by_programs() -> MaxMinOptions {
    MaxMinOptions {
        method: Method::Programs,
        ..MaxMinOptions::default()
    }
}

/// Which programs a [`Broken`] solver fails at.
#[derive(Debug, Clone, Copy)]
enum Fails {
    From(usize),
    /// Programs without matrix unknowns: the worst cases of given forms.
    WorstCases,
    /// Programs with them.
    Relaxations,
}

/// The native solver until it fails, leaving nothing behind.
#[derive(Debug)]
struct Broken {
    fails: Fails,
    calls: AtomicUsize,
    inner: HermitianIpm,
}

fn broken(fails: Fails) -> Broken {
    Broken {
        fails,
        calls: AtomicUsize::new(0),
        inner: HermitianIpm::default(),
    }
}

impl SdpSolver for Broken {
    fn name(&self) -> &'static str {
        "broken"
    }

    fn solve(
        &self,
        problem: &ValidSdp,
        request: SolveRequest<'_>,
    ) -> Result<SdpOutcome, SolverError> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let fails = match self.fails {
            Fails::From(first) => call >= first,
            Fails::WorstCases => problem.matrices.is_empty(),
            Fails::Relaxations => !problem.matrices.is_empty(),
        };
        if fails {
            return Err(SolverError::Stalled {
                solver: "broken",
                reason: "on purpose",
                iterations: 0,
                residuals: Residuals {
                    primal: f64::INFINITY,
                    dual: f64::INFINITY,
                    gap: f64::INFINITY,
                    primal_objective: f64::NEG_INFINITY,
                    dual_objective: f64::INFINITY,
                },
                last: None,
            });
        }
        self.inner.solve(problem, request)
    }
}

/// A solver that fails from some call on is an error, or an answer that is as right as the
/// undisturbed one; never a ratio of zero.
#[test]
fn failures_do_not_pass_for_answers() {
    let right = attempt(&HermitianIpm::default()).unwrap();
    let mut failed = 0;
    for first in 0..30 {
        match attempt(&broken(Fails::From(first))) {
            Err(RobustError::Solver(SolverError::Stalled {
                solver: "broken", ..
            })) => failed += 1,
            Err(other) => panic!("failing from call {first}: {other}"),
            Ok(found) => {
                assert!(found.bracket.lower() <= right.bracket.upper());
                assert!(found.bracket.upper() >= right.bracket.lower());
                // What was proven before the breakdown, however little that may be.
                assert!(found.bracket.lower() > 0.0, "{first}");
            }
        }
    }
    assert!(failed > 3, "{failed}");
}

#[test]
fn programs_that_always_fail_are_errors() {
    let error = attempt(&broken(Fails::Relaxations)).unwrap_err();
    assert!(matches!(error, RobustError::Solver(_)), "{error}");
    assert!(!error.is_cancellation());
    // Without worst cases nothing is ever proven to be attained.
    attempt(&broken(Fails::WorstCases)).unwrap_err();
    let problem = instance();
    let beams = beams(&mut Draw::new(1), &problem);
    let problem = problem.check().unwrap();
    let solver = broken(Fails::WorstCases);
    assert!(worst_case_ratios(&problem, &beams, &solver).is_err());
    assert!(margins(&problem, &beams, 1.0, &solver).is_err());
}

/// Claims what a problem with a known feasible point cannot be.
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

/// Right ratios with multipliers that prove nothing.
#[derive(Debug)]
struct Forgetful;

impl SdpSolver for Forgetful {
    fn name(&self) -> &'static str {
        "forgetful"
    }

    fn solve(
        &self,
        problem: &ValidSdp,
        request: SolveRequest<'_>,
    ) -> Result<SdpOutcome, SolverError> {
        let mut outcome = HermitianIpm::default().solve(problem, request)?;
        if let SdpOutcome::Optimal(solution) | SdpOutcome::Stopped(solution) = &mut outcome {
            solution.primal.scalars[1..].fill(0.0);
        }
        Ok(outcome)
    }
}

/// What a solver says of a worst case counts for nothing until its multipliers have been checked.
#[test]
fn multipliers_that_prove_nothing_are_no_answer() {
    let problem = instance();
    // Along the vectors: something is sure to be attained.
    let beams: Vec<Mat<c64>> = (problem.targets.iter())
        .map(|t| Mat::from_fn(5, 1, |i, _| t.nominal[i] * 0.3))
        .collect();
    let problem = problem.check().unwrap();
    let right = worst_case_ratios(&problem, &beams, &HermitianIpm::default()).unwrap();
    assert!(right.iter().all(|w| w.ratio() > 0.01), "{right:?}");
    match worst_case_ratios(&problem, &beams, &Forgetful).unwrap_err() {
        RobustError::Unproven { target: 0, upper } => assert!(upper >= right[0].ratio()),
        error => panic!("{error}"),
    }
}

#[test]
fn infeasibility_of_a_feasible_program_is_an_error() {
    let error = attempt(&Liar).unwrap_err();
    assert!(
        matches!(error, RobustError::ImpossibleOutcome { solver: "liar", .. }),
        "{error}"
    );
}

#[test]
fn cancellation_is_an_error_of_its_own() {
    let problem = instance().check().unwrap();
    let solver = HermitianIpm::default();
    for after in [0, 5, 20] {
        let mut polls = 0;
        let mut cancelled = || {
            polls += 1;
            polls > after
        };
        let options = MaxMinOptions::default();
        let error = max_min_ratio(&problem, &solver, &options, &mut cancelled).unwrap_err();
        assert!(error.is_cancellation(), "{error}");
        assert_eq!(polls, after + 1, "went on after it was cancelled");
    }
    let solution = solve(&instance());
    let attained = Attained {
        ratio: solution.bracket.lower(),
        slope: solution.point.slope,
        forms: &solution.point.forms,
    };
    let error = rank_one(
        &problem,
        &solver,
        &attained,
        &RankOneOptions::default(),
        &mut || true,
    )
    .unwrap_err();
    assert!(error.is_cancellation(), "{error}");
}

#[test]
fn a_limit_of_programs_leaves_the_bracket() {
    let options = MaxMinOptions {
        max_solves: 1,
        ..by_programs()
    };
    let problem = instance().check().unwrap();
    let right = solve(&instance());
    let found = max_min_ratio(&problem, &HermitianIpm::default(), &options, &mut || false).unwrap();
    assert_eq!(found.solves, 1);
    let (found, right) = (&found.bracket, &right.bracket);
    assert!(found.lower() <= right.upper() && right.lower() <= found.upper());
    assert!(found.relative_width() > 1e-3);
}

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

/// A small program that is right.
fn program() -> (SdpProblem, MatrixId, ScalarId) {
    let mut problem = SdpProblem::new();
    let x = problem.add_matrix(2, Field::Complex);
    let y = problem.add_scalar(ScalarUnknown::Free);
    let mut lmi = Lmi::new(3, Field::Complex);
    let factor = lmi.add_factor(Mat::zeros(3, 2));
    lmi.add_congruence(1.0, factor, x);
    lmi.add_diagonal(y, [(0, 1.0)]);
    problem.add_lmi(lmi);
    problem.add_inequality(LinearForm::new().matrix(x, Mat::identity(2, 2)), 1.0);
    problem.add_equality(LinearForm::new().scalar(y, 1.0), 0.0);
    (problem, x, y)
}

/// What `spoil` does to a good program is noticed as `expected`.
fn rejected(
    spoil: impl FnOnce(&mut SdpProblem, MatrixId, ScalarId),
    expected: impl FnOnce(&ProblemError) -> bool,
) {
    let (mut problem, x, y) = program();
    spoil(&mut problem, x, y);
    let error = problem.check().unwrap_err();
    assert!(expected(&error), "{error:?}");
    assert!(!error.to_string().is_empty());
}

#[test]
fn bad_semidefinite_programs_are_named() {
    use ProblemError::*;
    assert!(program().0.check().is_ok());
    assert_eq!(SdpProblem::new().check().unwrap_err(), NoUnknowns);
    // Handles of a larger program name nothing in this one.
    let mut larger = SdpProblem::new();
    let far = (0..3)
        .map(|_| larger.add_matrix(2, Field::Real))
        .last()
        .unwrap();
    let far_scalar = (0..3)
        .map(|_| larger.add_scalar(ScalarUnknown::Free))
        .last()
        .unwrap();
    let skew = Mat::from_fn(2, 2, |i, j| re(if i < j { 1.0 } else { 0.0 }));

    rejected(
        |p, _, _| p.matrices[0].dim = 3,
        |e| {
            matches!(
                e,
                BadMatrixUnknown {
                    index: 0,
                    dim: 3,
                    magnitudes: 2
                }
            )
        },
    );
    rejected(
        |p, _, _| p.matrices[0].magnitude[1] = 0.0,
        |e| matches!(e, BadMagnitude { index: 0, .. }),
    );
    rejected(
        |p, _, _| p.lmis[0].factors[0] = Mat::zeros(2, 2),
        |e| {
            matches!(
                e,
                WrongShape {
                    place: "LMI",
                    expected: (3, 2),
                    found: (2, 2),
                    ..
                }
            )
        },
    );
    rejected(
        |p, _, _| p.lmis[0].constant = Mat::zeros(0, 0),
        |e| matches!(e, WrongShape { place: "LMI", .. }),
    );
    rejected(
        |p, x, _| p.objective = LinearForm::new().matrix(x, Mat::zeros(3, 3)),
        |e| {
            matches!(
                e,
                WrongShape {
                    place: "objective",
                    ..
                }
            )
        },
    );
    rejected(
        |p, x, _| p.add_equality(LinearForm::new().matrix(x, skew), 0.0),
        |e| {
            matches!(
                e,
                NotHermitian {
                    place: "equality",
                    index: 1,
                    ..
                }
            )
        },
    );
    rejected(
        |p, _, _| p.lmis[0].scalars[0].entries.push((0, 1, re(1.0))),
        |e| matches!(e, NotHermitian { place: "LMI", .. }),
    );
    rejected(
        |p, _, _| p.inequalities[0].bound = f64::NAN,
        |e| {
            matches!(
                e,
                NotFinite {
                    place: "inequality",
                    index: 0
                }
            )
        },
    );
    rejected(
        |p, _, _| p.lmis[0].congruences[0].coefficient = f64::INFINITY,
        |e| matches!(e, NotFinite { place: "LMI", .. }),
    );
    rejected(
        |p, _, y| p.objective = LinearForm::new().scalar(y, f64::NAN),
        |e| {
            matches!(
                e,
                NotFinite {
                    place: "objective",
                    ..
                }
            )
        },
    );
    rejected(
        |p, _, _| p.lmis[0].add_congruence(1.0, 0, far),
        |e| matches!(e, UnknownIndex { place: "LMI", .. }),
    );
    rejected(
        |p, x, _| p.lmis[0].add_congruence(1.0, 7, x),
        |e| matches!(e, UnknownIndex { place: "LMI", .. }),
    );
    rejected(
        |p, _, y| p.lmis[0].add_diagonal(y, [(3, 1.0)]),
        |e| matches!(e, UnknownIndex { place: "LMI", .. }),
    );
    for (row, column) in [(0, 3), (3, 0)] {
        rejected(
            |p, _, _| (p.lmis[0].scalars[0].entries).push((row, column, re(1.0))),
            |e| matches!(e, UnknownIndex { place: "LMI", .. }),
        );
    }
    rejected(
        |p, _, _| p.objective = LinearForm::new().scalar(far_scalar, 1.0),
        |e| {
            matches!(
                e,
                UnknownIndex {
                    place: "objective",
                    ..
                }
            )
        },
    );
}

/// Points that do not fit a problem, or are no numbers, cannot be rechecked; that is said.
#[test]
fn points_that_do_not_fit_are_named() {
    let (mut problem, x, _) = program();
    problem.lmis[0].constant = Mat::identity(3, 3);
    problem.objective = LinearForm::new().matrix(x, Mat::identity(2, 2));
    let problem = problem.check().unwrap();
    let Ok(SdpOutcome::Optimal(right)) =
        HermitianIpm::default().solve(&problem, SolveRequest::default())
    else {
        panic!("no optimum")
    };
    let residuals = problem.residuals(&right.primal, &right.dual).unwrap();
    assert!(residuals.primal.max(residuals.dual) < 1e-7, "{residuals}");
    let shape = |spoil: &dyn Fn(&mut SdpSolution)| {
        let mut wrong = right.clone();
        spoil(&mut wrong);
        problem.residuals(&wrong.primal, &wrong.dual).unwrap_err()
    };
    for error in [
        shape(&|s| s.primal.matrices[0] = Mat::zeros(1, 1)),
        shape(&|s| s.primal.scalars.clear()),
        shape(&|s| s.dual.lmis.clear()),
        shape(&|s| s.dual.inequalities.push(0.0)),
    ] {
        assert!(matches!(error, ProblemError::WrongShape { .. }), "{error}");
    }
    let error = shape(&|s| s.primal.scalars[0] = f64::NAN);
    assert!(matches!(error, ProblemError::NotFinite { .. }), "{error}");
    // No certificates: the right multipliers prove no infeasibility, the point is no direction.
    let check = problem.check_infeasibility(&right.dual).unwrap();
    assert!(check.residual > 1e-3, "{check:?}");
    let check = problem.check_unboundedness(&right.primal).unwrap();
    assert!(check.residual > 1e-3, "{check:?}");
}
