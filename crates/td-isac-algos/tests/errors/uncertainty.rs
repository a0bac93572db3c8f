//! Sets of errors and regions of positions that are wrong.

use super::*;

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
