//! The reduction to the span of the data against the problem as it is.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod common;
mod random;

use common::reference_problem;
use faer::{Mat, c64};
use proptest::prelude::*;
use random::*;
use robust_sdp::*;

/// The optimum in full dimension and after the reduction; each comes with a bracket.
fn both(shape: &Shape, seed: u64) -> (MaxMinSolution, MaxMinSolution) {
    let full = problem(&mut Draw::new(seed), shape).check().unwrap();
    let reduction = Reduction::new(&full, &[]);
    assert!(reduction.dimension() < full.dimension());
    let reduced = reduction.reduce(&full).unwrap();
    (solve(&full), solve(&reduced))
}

proptest! {
    #![proptest_config(cases(8))]

    /// Both brackets contain the same number, so neither lower end may pass the other's upper
    /// end; they are 1e-7 wide, so the lower ends agree to 1e-6.
    #[test]
    fn same_optimum(
        seed in any::<u64>(),
        targets in 2usize..4,
        size in 3usize..5,
        dominant in any::<bool>(),
    ) {
        prop_assume!(targets < size);
        let shape = Shape {
            targets,
            groups: vec![size, size],
            radii: (0.05, 0.4),
            floors: if dominant { (1.0, 30.0) } else { (1e-7, 1e-5) },
        };
        let (full, reduced) = both(&shape, seed);
        prop_assert!(full.bracket.lower() <= reduced.bracket.upper() * (1.0 + 1e-9));
        prop_assert!(reduced.bracket.lower() <= full.bracket.upper() * (1.0 + 1e-9));
        prop_assert!(
            (full.bracket.lower() / reduced.bracket.lower() - 1.0).abs() < 1e-6,
            "{shape:?}: [{}, {}] against [{}, {}]",
            full.bracket.lower(), full.bracket.upper(), reduced.bracket.lower(), reduced.bracket.upper()
        );
    }

    /// Given beams that leave the span of the data: their columns have to be part of the span.
    #[test]
    fn same_worst_case_of_given_beams(seed in any::<u64>(), targets in 2usize..4) {
        let mut draw = Draw::new(seed);
        let shape = Shape {
            targets,
            groups: vec![7, 8],
            radii: (0.01, 0.1),
            floors: (0.1, 1.0),
        };
        let full = problem(&mut draw, &shape).check().unwrap();
        let beams = matched(&full, &mut draw);
        let reduction = Reduction::new(&full, &beams);
        prop_assert!(reduction.dimension() < full.dimension());
        let inside: Vec<Mat<c64>> = beams.iter().map(|b| reduction.project(b.as_ref())).collect();
        let reduced = reduction.reduce(&full).unwrap();
        let solver = HermitianIpm::default();
        let direct = worst_case_ratios(&full, &beams, &solver).unwrap();
        let small = worst_case_ratios(&reduced, &inside, &solver).unwrap();
        for (a, b) in direct.iter().zip(&small) {
            prop_assert!(a.ratio() > 0.0);
            prop_assert!((a.ratio() / b.ratio() - 1.0).abs() < 1e-6, "{} {}", a.ratio(), b.ratio());
        }
    }
}

/// Beams along the nominal vectors with a third of their power outside the span of all of them.
fn matched(problem: &ValidRatioProblem, draw: &mut Draw) -> Vec<Mat<c64>> {
    let span = Reduction::new(problem, &[]);
    problem
        .targets
        .iter()
        .map(|target| {
            let stray = draw.matrix(problem.dimension(), 1);
            let stray = &stray - span.lift(span.project(stray.as_ref()).as_ref());
            let (h, s) = (length(&target.nominal), stray.norm_l2());
            Mat::from_fn(problem.dimension(), 1, |i, _| {
                target.nominal[i] / h + stray[(i, 0)] * (0.7 / s)
            })
        })
        .collect()
}

/// The trap: a beam `a ĥ/‖ĥ‖ + b v`, `v ⟂ ĥ`, of a single target with one ball receives at
/// least `(a ‖ĥ‖ - ε sqrt(a² + b²))²`, but its projection on the span at least
/// `(a ‖ĥ‖ - ε a)²`. Without the beam in its span, the reduction certifies the projection.
#[test]
fn beams_outside_the_span_are_overstated_without_them() {
    let mut draw = Draw::new(5);
    let (n, floor, a, b) = (6, 0.3, 1.0, 0.8);
    let nominal = draw.vector(n);
    let size = length(&nominal);
    let radius = 0.3 * size;
    let mut away = draw.vector(n);
    let overlap = dot(&nominal, &away) / (size * size);
    away.iter_mut()
        .zip(&nominal)
        .for_each(|(v, h)| *v -= h * overlap);
    let away_size = length(&away);
    let beam = Mat::from_fn(n, 1, |i, _| {
        nominal[i] * (a / size) + away[i] * (b / away_size)
    });
    let full = RatioProblem {
        group_sizes: vec![n],
        budgets: vec![2.0],
        targets: vec![RatioTarget {
            nominal,
            errors: vec![ErrorBlock::Ball { group: 0, radius }],
            floor,
        }],
    }
    .check()
    .unwrap();
    let worst = |reduction: &Reduction| {
        let reduced = reduction.reduce(&full).unwrap();
        let inside = reduction.project(beam.as_ref());
        worst_case_ratios(&reduced, &[inside], &HermitianIpm::default()).unwrap()[0].ratio()
    };
    let truth = (a * size - radius * a.hypot(b)).powi(2) / floor;
    let projected = (a * size - radius * a).powi(2) / floor;
    let with_beam = worst(&Reduction::new(&full, std::slice::from_ref(&beam)));
    let without = worst(&Reduction::new(&full, &[]));
    assert!(
        (with_beam / truth - 1.0).abs() < 1e-6,
        "{with_beam} {truth}"
    );
    assert!(
        (without / projected - 1.0).abs() < 1e-6,
        "{without} {projected}"
    );
    assert!(without > 1.2 * truth, "the trap is not visible here");
}

/// `L_k` of `Certificate`, written out in the problem's own units.
fn dense_inequality(
    problem: &RatioProblem,
    beams: &[Mat<c64>],
    multipliers: &[f64],
    k: usize,
    gamma: f64,
) -> Mat<c64> {
    let n = problem.dimension();
    let target = &problem.targets[k];
    let mut radius = vec![0.0; n];
    let mut diagonal = vec![0.0; n];
    let ranges = ranges(&problem.group_sizes);
    for (block, mu) in target.errors.iter().zip(multipliers) {
        let ErrorBlock::Ball { group, radius: r } = block else {
            panic!("balls only")
        };
        radius[ranges[*group].clone()].fill(*r);
        diagonal[ranges[*group].clone()].fill(*mu);
    }
    diagonal.push(-multipliers.iter().sum::<f64>() - target.floor);
    // B^H w, written out: the radii on the error's coordinates, ĥ^H w at the end.
    let images: Vec<Vec<c64>> = beams
        .iter()
        .map(|w| {
            let mut image: Vec<c64> = (0..n).map(|i| w[(i, 0)] * radius[i]).collect();
            image.push((0..n).map(|i| target.nominal[i].conj() * w[(i, 0)]).sum());
            image
        })
        .collect();
    Mat::from_fn(n + 1, n + 1, |p, q| {
        let mut sum = re(if p == q { diagonal[p] } else { 0.0 });
        for (j, c) in images.iter().enumerate() {
            let weight = if j == k { 1.0 / gamma } else { -1.0 };
            sum += c[p] * c[q].conj() * weight;
        }
        sum
    })
}

/// The spectrum in full dimension is that of the reduced block and each multiplier as often as
/// its group has coordinates outside the span; the certificate reads its ends.
#[test]
fn spectrum_is_the_block_and_the_multipliers() {
    for (rho, points) in [(4e-4, 21), (0.18, 21), (0.18, 65)] {
        let full = reference_problem(rho, points);
        let reduction = Reduction::new(&full, &[]);
        let reduced = reduction.reduce(&full).unwrap();
        let solver = HermitianIpm::default();
        let solution = solve(&reduced);
        let attained = Attained {
            ratio: solution.bracket.lower(),
            slope: solution.point.slope,
            forms: &solution.point.forms,
        };
        let flat = rank_one(
            &reduced,
            &solver,
            &attained,
            &RankOneOptions::default(),
            &mut || false,
        )
        .unwrap();
        let worst = worst_case_ratios(&reduced, &flat.vectors, &solver).unwrap();
        let gamma = worst
            .iter()
            .map(|w| w.ratio())
            .fold(f64::INFINITY, f64::min);
        // Multipliers belong to `W_k/γ`: at a smaller γ they grow by the quotient.
        let multipliers: Vec<Vec<f64>> = worst
            .iter()
            .map(|w| {
                w.multipliers()
                    .iter()
                    .map(|m| m * w.ratio() / gamma)
                    .collect()
            })
            .collect();
        let lifted: Vec<Mat<c64>> = flat
            .vectors
            .iter()
            .map(|v| reduction.lift(v.as_ref()))
            .collect();
        let (mut smallest, mut margin) = (f64::INFINITY, f64::INFINITY);
        for k in 0..full.targets.len() {
            let dense = dense_inequality(&full, &lifted, &multipliers[k], k, gamma);
            let block = dense_inequality(&reduced, &flat.vectors, &multipliers[k], k, gamma);
            let found = eigenvalues(&dense);
            let mut expected = eigenvalues(&block);
            for (m, mu) in multipliers[k].iter().enumerate() {
                let outside = full.group_sizes[m] - reduced.group_sizes[m];
                expected.extend(std::iter::repeat_n(*mu, outside));
            }
            expected.sort_by(f64::total_cmp);
            assert_eq!(found.len(), expected.len());
            let largest = found.iter().fold(0.0f64, |a, v| a.max(v.abs()));
            for (a, b) in found.iter().zip(&expected) {
                // Backward errors of the eigenvalues: a small multiple of rounding.
                assert!((a - b).abs() < 1e-12 * largest, "{rho} {points}: {a} {b}");
            }
            smallest = smallest.min(found[0] / largest);
            margin = margin.min(found[0]);
        }
        let certificate = certify(&full, &lifted, &multipliers, gamma).unwrap();
        let small = certify(&reduced, &flat.vectors, &multipliers, gamma).unwrap();
        let reported = certificate.min_lmi_eigenvalue_relative;
        assert!((reported - smallest).abs() < 1e-11, "{reported} {smallest}");
        assert!(smallest >= -1e-9, "{smallest}");
        assert!((certificate.noise_margin / small.noise_margin - 1.0).abs() < 1e-6);
        assert!(small.noise_margin >= 1.0 - 1e-6);
        assert!((certificate.max_power_ratio / small.max_power_ratio - 1.0).abs() < 1e-9);
    }
}
