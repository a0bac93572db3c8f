//! Two hundred hostile scenarios; `cargo run --release --example hostile` runs two thousand others.

use td_isac_examples::hostile::{AnyCase, Ending, Tally};

#[test]
fn hostile_scenarios_end_well() {
    let mut tally = Tally::default();
    for number in 0..200 {
        let case = AnyCase::draw(2, number);
        tally.add(number, case.traits(), &case.run());
    }
    assert!(tally.violations.is_empty(), "{tally}");
    // The series gets everywhere.
    let count = |wanted: fn(&Ending) -> bool| -> usize {
        (tally.endings.iter())
            .filter(|(ending, _)| wanted(ending))
            .map(|(_, (count, _))| count)
            .sum()
    };
    assert!(count(|e| *e == Ending::Certified) > 40, "{tally}");
    assert!(count(|e| *e == Ending::Nothing) > 5, "{tally}");
    assert!(
        count(|e| matches!(e, Ending::NoSolution(_))) > 20,
        "{tally}"
    );
    assert!(tally.findings.sensing_checks > 80, "{tally}");
    assert!(tally.findings.beam_checks > 40, "{tally}");
}

/// A recheck that cannot fail proves nothing: spoilt claims are refuted.
#[test]
fn false_claims_are_refuted() {
    use faer::{Mat, c64};
    use td_isac_examples::hostile::beam_check::User;
    // One user, one access point: w = ĥ sqrt(P)/‖ĥ‖, γ = P (‖ĥ‖ - ε)²/σ² with μ = ε (‖ĥ‖ - ε) P/γ.
    let channel = vec![vec![c64::new(3.0, 0.0), c64::new(0.0, 4.0)]];
    let (power, radius, noise_w) = (4.0_f64, 1.0, 0.5);
    let beam = Mat::from_fn(2, 1, |i, _| channel[0][i] * (power.sqrt() / 5.0));
    let user = User {
        channel: &channel,
        radii: vec![radius],
        beams: &[beam],
        index: 0,
        noise_w,
    };
    let gamma = power * 16.0 / noise_w;
    let multiplier = radius * (5.0 - radius) * power / gamma;
    let margin = |gamma: f64, mu: f64| {
        user.noise_margin(gamma, &[mu])
            .map_or(f64::NAN, |(margin, _)| margin)
    };
    let eigenvalue = |gamma: f64, mu: f64| {
        user.dense_eigenvalue(gamma, &[mu], &[power])
            .unwrap_or(f64::NAN)
    };
    assert!((margin(gamma, multiplier) - 1.0).abs() < 1e-9);
    assert!(eigenvalue(gamma, multiplier) > -1e-12);
    // Too large a ratio, and the wrong multipliers.
    assert!(margin(1.01 * gamma, multiplier) < 0.995);
    assert!(eigenvalue(1.01 * gamma, multiplier) < -1e-6);
    for factor in [0.9, 1.1] {
        assert!(margin(gamma, factor * multiplier) < 1.0 - 1e-6);
        assert!(eigenvalue(gamma, factor * multiplier) < -1e-9);
    }
    // The attack finds the worst error, from any start.
    for start in [
        vec![c64::new(0.0, 0.0); 2],
        vec![c64::new(0.6, 0.0), c64::new(0.0, 0.8)],
    ] {
        let found = user.attacked(start, 100);
        assert!((found / gamma - 1.0).abs() < 1e-6, "{found} {gamma}");
    }
}
