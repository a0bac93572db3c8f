//! Solvers that fail, lie or are stopped.

use super::*;

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

/// A solver that fails from some call on is an error, or an answer that is right and whose bracket says how much is
/// known; never a ratio of zero.
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
                assert!(found.bracket.lower() > 0.0, "{first}");
                let whole = found.bracket.lower() > 0.999 * right.bracket.lower();
                assert!(whole || found.bracket.relative_width() > 1e-3, "{first}");
            }
        }
    }
    assert!(failed > 0, "{failed}");
}

/// Solves, and answers in the shapes of another problem, or with what is no number.
#[derive(Debug)]
struct Misshapen(fn(&mut SdpSolution));

impl SdpSolver for Misshapen {
    fn name(&self) -> &'static str {
        "misshapen"
    }

    fn solve(
        &self,
        problem: &ValidSdp,
        request: SolveRequest<'_>,
    ) -> Result<SdpOutcome, SolverError> {
        let mut outcome = HermitianIpm::default().solve(problem, request)?;
        if let SdpOutcome::Optimal(solution) | SdpOutcome::Stopped(solution) = &mut outcome {
            (self.0)(solution);
        }
        Ok(outcome)
    }
}

#[test]
fn answers_of_the_wrong_shape_are_named() {
    let problem = instance();
    let beams = beams(&mut Draw::new(1), &problem);
    let problem = problem.check().unwrap();
    let spoils: [fn(&mut SdpSolution); 5] = [
        |s| s.primal.scalars.clear(),
        |s| s.primal.matrices.push(Mat::zeros(1, 1)),
        |s| s.dual.lmis.iter_mut().for_each(|z| *z = Mat::zeros(1, 1)),
        |s| s.dual.inequalities.push(1.0),
        |s| s.primal.scalars.iter_mut().for_each(|y| *y = f64::NAN),
    ];
    for spoil in spoils {
        let solver = Misshapen(spoil);
        for error in [
            worst_case_ratios(&problem, &beams, &solver).unwrap_err(),
            margins(&problem, &beams, 1.0, &solver).unwrap_err(),
            attempt(&solver).unwrap_err(),
        ] {
            let RobustError::Solver(SolverError::Unusable { solver, .. }) = &error else {
                panic!("{error}");
            };
            assert_eq!(*solver, "misshapen");
            assert!(
                error.to_string().contains("does not fit the problem"),
                "{error}"
            );
        }
    }
}

#[test]
fn programs_that_always_fail_are_errors() {
    let error = attempt(&broken(Fails::Relaxations)).unwrap_err();
    assert!(matches!(error, RobustError::Solver(_)), "{error}");
    assert!(!error.is_cancellation());
    // Without worst cases the programs' own multipliers prove what their forms attain.
    let found = attempt(&broken(Fails::WorstCases)).unwrap().bracket;
    let right = attempt(&HermitianIpm::default()).unwrap().bracket;
    assert!(found.lower() > right.lower() * (1.0 - 1e-6), "{found:?}");
    assert!(found.upper() >= right.lower() && found.lower() <= right.upper());
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

    fn solve(
        &self,
        problem: &ValidSdp,
        request: SolveRequest<'_>,
    ) -> Result<SdpOutcome, SolverError> {
        match HermitianIpm::default().solve(problem, request)? {
            SdpOutcome::Optimal(solution) | SdpOutcome::Stopped(solution) => {
                Ok(SdpOutcome::PrimalInfeasible {
                    certificate: solution.dual,
                    residual: 0.0,
                })
            }
            outcome => Ok(outcome),
        }
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
