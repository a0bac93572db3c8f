//! Downlinks, beams and time allocations that are wrong.

use super::*;

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
