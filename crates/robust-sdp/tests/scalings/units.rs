//! Random problems in units that have nothing to do with each other.

use super::*;

/// Feasible and bounded problems are never called anything else, whatever their units, and the optimum is
/// as it should be. How many have none of seven digits.
fn feasible_in_any_unit(seeds: std::ops::Range<u64>, orders: f64) -> usize {
    let mut failures = 0;
    for seed in seeds {
        let problem = random_program(seed);
        let solver = HermitianIpm::default();
        let solve =
            |p: &SdpProblem| solver.solve(&p.clone().check().unwrap(), SolveRequest::default());
        let Ok(SdpOutcome::Optimal(reference)) = solve(&problem) else {
            panic!("seed {seed}")
        };
        let (other, unit) = rescaled(&problem, &mut Draw::new(seed + 7), orders);
        match solve(&other) {
            Ok(SdpOutcome::Optimal(found)) => {
                let a = reference.residuals.primal_objective;
                let b = found.residuals.primal_objective / unit;
                assert!(
                    (a - b).abs() < 1e-6 * a.abs().max(1.0),
                    "seed {seed}: {a} {b}"
                );
            }
            Ok(other) => panic!("seed {seed}: {other:?}"),
            Err(_) => failures += 1,
        }
    }
    failures
}

#[test]
fn feasible_problems_are_feasible_in_any_unit() {
    for orders in [12.0, 24.0] {
        assert_eq!(feasible_in_any_unit(0..30, orders), 0, "{orders}");
    }
}

/// Ten seconds.
#[test]
#[ignore = "long"]
fn two_thousand_feasible_problems_in_any_unit() {
    let failures = feasible_in_any_unit(0..2000, 12.0);
    assert_eq!(failures, 0);
}

/// Contradictions and unlimited growth are recognised in any unit, by certificates that pass the check, or
/// solutions are excluded up to a size. How many of either.
fn certificates(class: Class, seeds: std::ops::Range<u64>, orders: f64) -> [usize; 2] {
    let mut counts = [0, 0];
    for seed in seeds {
        let (problem, _) = rescaled(&class.draw(seed), &mut Draw::new(seed), orders);
        let problem = problem.check().unwrap();
        let what = format!("{class:?} {seed}, {orders} orders");
        match HermitianIpm::default().solve(&problem, SolveRequest::default()) {
            Ok(SdpOutcome::PrimalInfeasible { certificate, .. }) => {
                assert_eq!(class, Class::Infeasible, "{what}");
                let check = problem.check_infeasibility(&certificate).unwrap();
                assert!(check.is_proof(), "{what}: {check:?}");
                assert!((check.value + 1.0).abs() < 1e-9 && check.residual < 1e-10);
                counts[0] += 1;
            }
            Ok(SdpOutcome::DualInfeasible { direction, .. }) => {
                assert_eq!(class, Class::Unbounded, "{what}");
                let check = problem.check_unboundedness(&direction).unwrap();
                assert!(check.is_proof(), "{what}: {check:?}");
                assert!((check.value - 1.0).abs() < 1e-9 && check.residual < 1e-10);
                counts[0] += 1;
            }
            Ok(SdpOutcome::NoPointBelow { size, .. }) => {
                assert!(class == Class::Infeasible && size > 0.0, "{what}: {size}");
                counts[1] += 1;
            }
            Ok(SdpOutcome::NoMultipliersBelow { size, .. }) => {
                assert!(class == Class::Unbounded && size > 0.0, "{what}: {size}");
                counts[1] += 1;
            }
            other => panic!("{what}: {other:?}"),
        }
    }
    counts
}

#[test]
fn certificates_in_any_unit() {
    for orders in [0.0, 12.0, 24.0] {
        for class in [Class::Infeasible, Class::Unbounded] {
            // One unbounded problem gets a size only.
            let [proven, below] = certificates(class, 0..20, orders);
            assert!(proven >= 19 && proven + below == 20, "{class:?}: {proven}");
        }
    }
}

/// The measure of [`ValidSdp::check_infeasibility`].
fn size(problem: &SdpProblem, point: &PrimalPoint) -> f64 {
    let traces = point.matrices.iter().zip(&problem.matrices).map(|(x, m)| {
        let entry = |i: usize| x[(i, i)].re / m.magnitude[i].powi(2);
        (0..m.dim).map(entry).sum::<f64>()
    });
    traces.sum::<f64>() + point.scalars.iter().map(|y| y.abs()).sum::<f64>()
}

proptest! {
    #![proptest_config(cases(24))]

    /// No multipliers whatsoever exclude a feasible point: not random ones, and not those that are
    /// almost a certificate, since they are one for the same problem with a wall past the point.
    #[test]
    fn nothing_excludes_a_feasible_point(seed in any::<u64>(), distance in -8.0f64..0.0, orders in 0.0f64..12.0) {
        let mut draw = Draw::new(seed);
        let (feasible, inside) = base(&mut draw);
        let cost = feasible.objective.clone();
        let top = {
            let solved = HermitianIpm::default().solve(&feasible.clone().check().unwrap(), SolveRequest::default());
            let Ok(SdpOutcome::Optimal(s)) = solved else { panic!("no optimum") };
            s.residuals.dual_objective
        };
        // The objective beyond the optimum is infeasible; its certificate is almost one without the wall.
        let mut walled = feasible.clone();
        let beyond = top + 10f64.powf(distance) * top.abs().max(1.0);
        let mut wall = LinearForm::new();
        for (id, c) in &cost.matrices {
            wall = wall.matrix(*id, c * faer::Scale(re(-1.0)));
        }
        for (id, c) in &cost.scalars {
            wall = wall.scalar(*id, -c);
        }
        walled.add_inequality(wall, -beyond);
        let (walled, _) = rescaled(&walled, &mut draw, orders);
        let walled = walled.check().unwrap();
        let outcome = HermitianIpm::default().solve(&walled, SolveRequest::default());
        let certificate = match outcome {
            Ok(SdpOutcome::PrimalInfeasible { certificate, .. }) => certificate,
            Ok(SdpOutcome::NoPointBelow { certificate, .. }) => certificate,
            Ok(SdpOutcome::AlmostOptimal { solution, .. }) => solution.dual,
            Ok(other) => panic!("{other:?}"),
            Err(error) => error.last_iterate().unwrap().dual.clone(),
        };
        let mut draw = Draw::new(seed);
        let (again, _) = base(&mut draw);
        prop_assert_eq!(&again, &feasible);
        let mut without = certificate;
        let mut other = walled.into_inner();
        other.inequalities.pop();
        without.inequalities.pop();
        let other = other.check().unwrap();
        let check = other.check_infeasibility(&without).unwrap();
        prop_assert!(!check.is_proof(), "{check:?}");
        // In its own units the point inside is at hand.
        let mine = feasible.clone().check().unwrap();
        let random = DualPoint {
            lmis: mine.lmis.iter().map(|l| positive_definite(&mut draw, l.dim(), l.field)).collect(),
            matrices: mine.matrices.iter().map(|m| positive_definite(&mut draw, m.dim, m.field)).collect(),
            scalars: vec![0.0, draw.between(0.0, 1.0)],
            inequalities: mine.inequalities.iter().map(|_| draw.between(0.0, 2.0)).collect(),
            equalities: mine.equalities.iter().map(|_| 10.0 * draw.normal()).collect(),
        };
        let check = mine.check_infeasibility(&random).unwrap();
        prop_assert!(check.size <= size(&mine, &inside), "{check:?}");
    }
}
