//! What the paper prints about channels, as counterexamples in numbers (docs/errata.md).
#![allow(clippy::unwrap_used)] // a test

use std::f64::consts::{PI, TAU};

use nf_channel::{AmplitudeProfile, Array, C64, Carrier, PathGain, Wavefront};

const USER_M: [f64; 2] = [20.0, 30.0];

fn carrier() -> Carrier {
    Carrier::new(28e9).unwrap()
}

/// The paper's array of 21 elements over 0.53 m, around a reference point.
fn array(reference_m: [f64; 2]) -> Array<2> {
    let offsets = (-10..=10).map(|n| [0.0265 * f64::from(n), 0.0]);
    Array::from_offsets(reference_m, offsets.collect()).unwrap()
}

fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

fn response(array: &Array<2>, at: [f64; 2]) -> Vec<C64> {
    array
        .response_values(&carrier(), Wavefront::Near, AmplitudeProfile::Uniform, &at)
        .unwrap()
}

/// Appendix A's `-j(2π/λ) u_n a_n` misses the derivative of the response (1) by tens of times its size, and is
/// the derivative of a response without its reference phase.
#[test]
fn the_printed_gradient_is_that_of_another_function() {
    let (array, k) = (array([30.0, 70.0]), carrier().wavenumber_rad_per_m());
    let step = 1e-3 / k;
    let moved = |steps: f64| [USER_M[0], USER_M[1] + steps * step];
    let difference = |f: &dyn Fn([f64; 2]) -> Vec<C64>| -> Vec<C64> {
        let (after, before) = (f(moved(1.0)), f(moved(-1.0)));
        after
            .iter()
            .zip(&before)
            .map(|(a, b)| (a - b) / (2.0 * step))
            .collect()
    };
    let elements: Vec<[f64; 2]> = (-10..=10)
        .map(|n| [30.0 + 0.0265 * f64::from(n), 70.0])
        .collect();
    let home = distance(USER_M, [30.0, 70.0]);
    let unreferenced = |at: [f64; 2]| -> Vec<C64> {
        let phase = |e: &[f64; 2]| C64::from_polar(1.0, -k * (distance(at, *e) - home));
        elements.iter().map(phase).collect()
    };
    let printed: Vec<C64> = (elements.iter().zip(response(&array, USER_M)))
        .map(|(e, a)| {
            let u = (USER_M[1] - e[1]) / distance(USER_M, *e);
            C64::new(0.0, -k * u) * a
        })
        .collect();
    let away = |exact: &[C64]| {
        let error = printed.iter().zip(exact).map(|(p, d)| (p - d).norm_sqr());
        let size: f64 = exact.iter().map(C64::norm_sqr).sum();
        (error.sum::<f64>() / size).sqrt()
    };
    let of_response = away(&difference(&|at| response(&array, at)));
    let of_other = away(&difference(&unreferenced));
    assert!(of_response > 100.0, "{of_response}");
    assert!(of_other < 1e-5, "{of_other}");
}

/// `ρ h_l h_m^H` is `ρ β_l β_m^* a_l a_m^H`; with the printed `β_l β_m` even a single echo has another phase.
#[test]
fn the_echo_gain_needs_its_conjugate() {
    let arrays = [array([30.0, 70.0]), array([10.0, 20.0])];
    let [to, from] = arrays.map(|array| {
        let profile = AmplitudeProfile::Uniform;
        let channel = array
            .channel(&carrier(), PathGain::SquareRoot, profile, &USER_M)
            .unwrap();
        (channel, response(&array, USER_M))
    });
    let miss = |gain: C64| {
        let pairs = (0..21).flat_map(|i| (0..21).map(move |j| (i, j)));
        let entries = pairs.map(|(i, j)| {
            let echo = to.0.values[i] * from.0.values[j].conj();
            (
                (gain * to.1[i] * from.1[j].conj() - echo).norm_sqr(),
                echo.norm_sqr(),
            )
        });
        let (error, size) = entries.fold((0.0, 0.0), |(a, b), (e, s)| (a + e, b + s));
        (error / size).sqrt()
    };
    assert!(miss(to.0.gain * from.0.gain.conj()) < 1e-9);
    let printed = miss(to.0.gain * from.0.gain);
    let phase = 2.0 * from.0.gain.arg();
    // |e^{jφ} - 1| for the phase that the conjugate would have removed.
    let expected = (C64::from_polar(1.0, phase) - 1.0).norm();
    assert!(
        (printed - expected).abs() < 1e-9 && printed > 0.1,
        "{printed} {expected}"
    );
}

/// 373 is `4/λ`, the mean over directions; along the line of sight an error is π/2 times as large, and
/// leaves the set (4) that is made with it.
#[test]
fn the_fitted_constant_is_a_mean() {
    let (array, wavelength) = (array([30.0, 70.0]), carrier().wavelength_m());
    let channel = |at: [f64; 2]| {
        let (gain, profile) = (PathGain::SquareRoot, AmplitudeProfile::Uniform);
        array
            .channel(&carrier(), gain, profile, &at)
            .unwrap()
            .values
    };
    let (here, shift_m, directions) = (channel(USER_M), 1e-6, 720);
    let size: f64 = here.iter().map(C64::norm_sqr).sum();
    let per_metre: Vec<f64> = (0..directions)
        .map(|i| {
            let (sine, cosine) = (TAU * f64::from(i) / f64::from(directions)).sin_cos();
            let there = channel([USER_M[0] + shift_m * cosine, USER_M[1] + shift_m * sine]);
            let error = here.iter().zip(&there).map(|(a, b)| (a - b).norm_sqr());
            (error.sum::<f64>() / size).sqrt() / shift_m
        })
        .collect();
    let mean = per_metre.iter().sum::<f64>() / f64::from(directions);
    let most = per_metre.iter().copied().fold(0.0, f64::max);
    assert!((4.0 / wavelength - 373.6).abs() < 0.05);
    assert!((mean * wavelength / 4.0 - 1.0).abs() < 2e-3, "{mean}");
    assert!((most / mean / (PI / 2.0) - 1.0).abs() < 3e-3, "{most}");
    let outside = per_metre.iter().filter(|&&error| error > 4.0 / wavelength);
    // |cos θ| > 2/π for this share of directions.
    let expected = (2.0 / PI).acos() / (PI / 2.0);
    let share = outside.count() as f64 / f64::from(directions);
    assert!((share - expected).abs() < 0.02, "{share} {expected}");
}
