//! Semidefinite programs and points that are wrong.

use super::*;

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
