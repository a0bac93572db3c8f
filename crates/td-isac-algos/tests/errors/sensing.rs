//! Sensing without an answer.

use super::*;

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
