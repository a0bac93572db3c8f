//! Shapes of arrays, and invariance under motions of the whole scene.

mod properties;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use nf_channel::{
    AmplitudeProfile, Array, Carrier, LinearExtent, PathGain, Wavefront, axis_from_degrees,
};
use proptest::prelude::*;
use std::array::from_fn;
use std::f64::consts::PI;

#[test]
fn linear_arrays_are_centred() {
    let spaced = LinearExtent::Spacing { spacing_m: 0.25 };
    let array = Array::uniform_linear([5.0, 1.0], [0.0, 3.0], 4, spaced).unwrap();
    assert_eq!(array.len(), 4);
    assert_eq!(
        array.offsets_m(),
        [[0.0, -0.375], [0.0, -0.125], [0.0, 0.125], [0.0, 0.375]]
    );
    assert_eq!(array.aperture_m(), 0.75);
    let same = LinearExtent::Aperture { aperture_m: 0.75 };
    assert_eq!(
        Array::uniform_linear([5.0, 1.0], [0.0, 3.0], 4, same).unwrap(),
        array
    );
    let single = Array::single([1.0, 2.0]).unwrap();
    assert_eq!((single.len(), single.aperture_m()), (1, 0.0));
}

#[test]
fn axes_count_degrees_counter_clockwise() {
    let [x, y] = axis_from_degrees(-45.0);
    assert_relative_eq!(x, 0.5f64.sqrt(), max_relative = 1e-15);
    assert_relative_eq!(y, -(0.5f64.sqrt()), max_relative = 1e-15);
}

#[test]
fn planar_arrays_run_their_rows_along_the_row_axis() {
    let axes = [[2.0, 0.0, 0.0], [0.0, 0.0, 1.0]];
    let array = Array::uniform_planar([0.0; 3], [2, 3], axes, 0.5).unwrap();
    assert_eq!(
        array.offsets_m(),
        [
            [-0.5, 0.0, -0.25],
            [0.0, 0.0, -0.25],
            [0.5, 0.0, -0.25],
            [-0.5, 0.0, 0.25],
            [0.0, 0.0, 0.25],
            [0.5, 0.0, 0.25],
        ]
    );
    assert_relative_eq!(array.aperture_m(), 1.25f64.sqrt(), max_relative = 1e-15);
}

#[test]
fn aperture_is_the_largest_distance() {
    let skew = [[1.0, 0.0, 0.0], [-1.0, 1.0, 0.0]];
    let planar = Array::uniform_planar([0.0; 3], [3, 4], skew, 1.0).unwrap();
    let scattered = Array::from_offsets([0.0; 3], planar.offsets_m().to_vec()).unwrap();
    assert_relative_eq!(
        planar.aperture_m(),
        scattered.aperture_m(),
        max_relative = 1e-14
    );
    let carrier = Carrier::from_wavelength(0.01).unwrap();
    let rayleigh = 2.0 * planar.aperture_m().powi(2) / 0.01;
    assert_relative_eq!(
        planar.rayleigh_distance_m(&carrier),
        rayleigh,
        max_relative = 1e-14
    );
}

/// Rotation about a unit axis (Rodrigues).
fn rotate(axis: &[f64; 3], angle: f64, v: &[f64; 3]) -> [f64; 3] {
    let (sin, cos) = angle.sin_cos();
    let along: f64 = (0..3).map(|i| axis[i] * v[i]).sum();
    from_fn(|i| {
        let (j, k) = ((i + 1) % 3, (i + 2) % 3);
        cos * v[i] + sin * (axis[j] * v[k] - axis[k] * v[j]) + (1.0 - cos) * along * axis[i]
    })
}

proptest! {
    #![proptest_config(properties::cases(64))]

    /// Responses and channels depend on the relative position only, and gradients turn with the scene.
    #[test]
    fn moving_the_whole_scene_changes_nothing(
        offsets in proptest::collection::vec(proptest::array::uniform3(-0.5..0.5f64), 1..8),
        user in proptest::array::uniform3(3.0..30.0f64),
        shift in proptest::array::uniform3(-100.0..100.0f64),
        polar in 0.0..PI,
        azimuth in 0.0..2.0 * PI,
        angle in 0.0..2.0 * PI,
    ) {
        let axis = [polar.sin() * azimuth.cos(), polar.sin() * azimuth.sin(), polar.cos()];
        let turn = |v: &[f64; 3]| rotate(&axis, angle, v);
        let carrier = Carrier::new(28.0e9).unwrap();
        let moved_user: [f64; 3] = { let t = turn(&user); from_fn(|i| t[i] + shift[i]) };
        let array = Array::from_offsets([0.0; 3], offsets.clone()).unwrap();
        let moved = Array::from_offsets(shift, offsets.iter().map(turn).collect()).unwrap();
        // Rounding of coordinates near 100 m, in units of k: 600 rad/m × 3e-14 m.
        let tolerance = 1e-10;

        for wavefront in [Wavefront::Near, Wavefront::Far] {
            let response = |array: &Array<3>, at: &[f64; 3]| {
                array.response(&carrier, wavefront, AmplitudeProfile::PerElement, at).unwrap()
            };
            let (before, after) = (response(&array, &user), response(&moved, &moved_user));
            for n in 0..array.len() {
                assert_abs_diff_eq!((before.values[n] - after.values[n]).norm(), 0.0, epsilon = tolerance);
                let gradient = |part: fn(&nf_channel::C64) -> f64| {
                    turn(&from_fn(|i| part(&before.gradient[i][n])))
                };
                let (re, im) = (gradient(|z| z.re), gradient(|z| z.im));
                for i in 0..3 {
                    let found = after.gradient[i][n];
                    let scale = carrier.wavenumber_rad_per_m();
                    assert_abs_diff_eq!(found.re / scale, re[i] / scale, epsilon = tolerance);
                    assert_abs_diff_eq!(found.im / scale, im[i] / scale, epsilon = tolerance);
                }
            }
        }
        let channel = |array: &Array<3>, at: &[f64; 3]| {
            array.channel(&carrier, PathGain::Friis, AmplitudeProfile::Uniform, at).unwrap()
        };
        let (before, after) = (channel(&array, &user), channel(&moved, &moved_user));
        for n in 0..array.len() {
            let difference = (before.values[n] - after.values[n]).norm() / before.gain.norm();
            assert_abs_diff_eq!(difference, 0.0, epsilon = tolerance);
        }
    }
}

/// Element by element, the channel is that of the direct path, whatever the reference point.
#[test]
fn the_channel_carries_the_phase_of_each_path() {
    let carrier = Carrier::from_wavelength(0.02).unwrap();
    // The reference point is 5 m away, which is 250 wavelengths: no phase. The other is 12√2 m away.
    let array = Array::from_offsets([0.0, 0.0], vec![[0.0, 0.0], [-9.0, -8.0]]).unwrap();
    let at = [3.0, 4.0];
    let profile = AmplitudeProfile::PerElement;
    let channel = array
        .channel(&carrier, PathGain::Friis, profile, &at)
        .unwrap();
    let r_far = 12f64.hypot(12.0);
    let friis = 0.02 / (4.0 * PI);
    assert_relative_eq!(channel.values[0].re, friis / 5.0, max_relative = 1e-12);
    assert_abs_diff_eq!(channel.values[0].im, 0.0, epsilon = 1e-12 * friis);
    assert_relative_eq!(
        channel.values[1].norm(),
        friis / r_far,
        max_relative = 1e-12
    );
    let expected = nf_channel::C64::from_polar(friis / r_far, -2.0 * PI * r_far / 0.02);
    assert_abs_diff_eq!(
        (channel.values[1] - expected).norm(),
        0.0,
        epsilon = 1e-11 * friis
    );
    assert_eq!(channel.distance_m, 5.0);
    assert_relative_eq!(channel.direction[0], 0.6, max_relative = 1e-15);
}
