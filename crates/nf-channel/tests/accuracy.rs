//! Accuracy at ranges where a difference of distances would lose the phase.
#![allow(clippy::unwrap_used)] // helpers of tests

use approx::{assert_abs_diff_eq, assert_relative_eq};
use nf_channel::{AmplitudeProfile, Array, Carrier, Wavefront};
use std::f64::consts::PI;

/// Positions in this test are whole multiples of this length, hence exact in floating point.
const GRID_M: f64 = 1.0 / 1024.0;
/// Extra bits of the integer square root.
const SHIFT: u32 = 42;

/// Distance of a grid vector in units of `GRID_M / 2^SHIFT` (2e-16 m), by integer arithmetic.
fn distance_units<const D: usize>(vector: &[i64; D]) -> i128 {
    let square: u128 = vector
        .iter()
        .map(|&x| (i128::from(x) * i128::from(x)) as u128)
        .sum();
    (square << (2 * SHIFT)).isqrt() as i128
}

/// Phases and gradients of `a` at a user some 3 km away, against integer arithmetic.
fn assert_accurate<const D: usize>(user: [i64; D], reference: [i64; D], offsets: &[[i64; D]]) {
    let metres = |v: &[i64; D]| v.map(|x| x as f64 * GRID_M);
    let carrier = Carrier::new(28.0e9).unwrap();
    let wavenumber = carrier.wavenumber_rad_per_m();
    let array =
        Array::from_offsets(metres(&reference), offsets.iter().map(metres).collect()).unwrap();
    let response = array
        .response(
            &carrier,
            Wavefront::Near,
            AmplitudeProfile::Uniform,
            &metres(&user),
        )
        .unwrap();
    let from_reference: [i64; D] = std::array::from_fn(|i| user[i] - reference[i]);
    let r_0 = distance_units(&from_reference);
    let mut naive_error = 0.0_f64;
    for (n, offset) in offsets.iter().enumerate() {
        let from_element: [i64; D] = std::array::from_fn(|i| from_reference[i] - offset[i]);
        let r_n = distance_units(&from_element);
        let unit_m = GRID_M / (1u64 << SHIFT) as f64;
        let phase = -wavenumber * (r_n - r_0) as f64 * unit_m;
        let turned_back = response.values[n] * nf_channel::C64::from_polar(1.0, -phase);
        assert_abs_diff_eq!(turned_back.arg(), 0.0, epsilon = 1e-12);

        let norm = |v: &[i64; D]| metres(v).iter().map(|x| x * x).sum::<f64>().sqrt();
        let naive = -wavenumber * (norm(&from_element) - norm(&from_reference));
        naive_error = naive_error.max((naive - phase).abs());

        // u_n − u_0 = (r_0 x_n − r_n x_0)/(r_n r_0), the numerator scaled down to fit.
        for i in 0..D {
            let numerator = r_0 * i128::from(from_element[i]) - r_n * i128::from(from_reference[i]);
            let turn =
                numerator as f64 * unit_m * GRID_M / (r_n as f64 * unit_m) / (r_0 as f64 * unit_m);
            let found = response.gradient[i][n] / response.values[n] / wavenumber;
            assert_abs_diff_eq!(found.im, -turn, epsilon = 5e-16);
            assert_abs_diff_eq!(found.re, 0.0, epsilon = 1e-15);
        }
    }
    // What this test would see if the distances were subtracted.
    assert!(
        naive_error > 1e-11,
        "the scene is too easy: {naive_error:e}"
    );
}

#[test]
fn three_kilometres_in_the_plane() {
    let offsets: Vec<[i64; 2]> = (-10..=10).map(|n| [20 * n, 17 * n]).collect();
    assert_accurate([2_000_011, -2_300_077], [30_721, 71_683], &offsets);
}

#[test]
fn three_kilometres_in_space() {
    let offsets: Vec<[i64; 3]> = (-3..=3)
        .flat_map(|n| (-3..=3).map(move |m| [31 * n, 29 * m, 7 * (n + m)]))
        .collect();
    assert_accurate(
        [2_000_011, -1_300_077, 1_700_033],
        [-30_721, 71_683, 9_001],
        &offsets,
    );
}

/// Broadside, `u_n − u_0 = (−s²/(r_n (r_n + r)), −s/r_n)`: the first entry is 7e-9 of a
/// difference of two numbers near 1, and still relatively accurate.
#[test]
fn direction_differences_keep_their_digits() {
    let carrier = Carrier::new(28.0e9).unwrap();
    let (r, s) = (3000.0_f64, 0.25);
    let array = Array::from_offsets([0.0, 0.0], vec![[0.0, s]]).unwrap();
    let response = array
        .response(
            &carrier,
            Wavefront::Near,
            AmplitudeProfile::PerElement,
            &[r, 0.0],
        )
        .unwrap();
    let r_n = r.hypot(s);
    let k = carrier.wavenumber_rad_per_m();
    let relative = |i: usize| response.gradient[i][0] / response.values[0];
    assert_relative_eq!(
        relative(0).im,
        k * s * s / (r_n * (r_n + r)),
        max_relative = 1e-11
    );
    assert_relative_eq!(relative(1).im, k * s / r_n, max_relative = 1e-13);
    // ∂ ln(r/r_n) = (1/r − r/r_n², s/r_n²), and 1/r − r/r_n² = s²/(r r_n²)
    assert_relative_eq!(
        relative(0).re,
        s * s / (r * r_n * r_n),
        max_relative = 1e-11
    );
    assert_relative_eq!(relative(1).re, s / (r_n * r_n), max_relative = 1e-13);
}

/// The spherical phase exceeds the planar one by `k |d|² sin²θ / (2 r)` to first order in `1/r`:
/// π/8 for the end elements at the Rayleigh distance, half of it at twice the distance.
#[test]
fn near_tends_to_far_as_one_over_the_distance() {
    let carrier = Carrier::new(10.0e9).unwrap();
    let half = 0.4;
    let array =
        Array::from_offsets([1.0, 2.0, 3.0], vec![[half, 0.0, 0.0], [-half, 0.0, 0.0]]).unwrap();
    let rayleigh = array.rayleigh_distance_m(&carrier);
    let sine_squared = 0.75_f64;
    let towards = [0.5, 0.0, sine_squared.sqrt()];
    for factor in [10.0, 20.0, 1000.0] {
        let position =
            std::array::from_fn(|i| array.reference_m()[i] + factor * rayleigh * towards[i]);
        let values = |wavefront| {
            array
                .response_values(&carrier, wavefront, AmplitudeProfile::PerElement, &position)
                .unwrap()
        };
        let (near, far) = (values(Wavefront::Near), values(Wavefront::Far));
        for (a, b) in near.iter().zip(&far) {
            let lag = (b * a.conj()).arg();
            let expected = PI / 8.0 * sine_squared / factor;
            // The next term is smaller by |d| cosθ / r.
            assert_relative_eq!(
                lag,
                expected,
                max_relative = 2.0 * half / (factor * rayleigh) + 1e-8
            );
        }
    }
}
