//! Scaling, symmetry and order: what a channel cannot depend on.
#![allow(clippy::unwrap_used, clippy::panic)]

mod properties;

use nf_channel::{AmplitudeProfile, Array, Carrier, PathGain, Response, Wavefront};
use proptest::prelude::*;

fn offsets() -> impl Strategy<Value = Vec<[f64; 3]>> {
    proptest::collection::vec(proptest::array::uniform3(-0.5..0.5f64), 1..8)
}

fn profile(per_element: bool) -> AmplitudeProfile {
    if per_element {
        AmplitudeProfile::PerElement
    } else {
        AmplitudeProfile::Uniform
    }
}

fn respond(
    offsets: &[[f64; 3]],
    wavelength_m: f64,
    wavefront: Wavefront,
    per_element: bool,
    user: [f64; 3],
) -> Response<3> {
    let array = Array::from_offsets([0.0; 3], offsets.to_vec()).unwrap();
    let carrier = Carrier::from_wavelength(wavelength_m).unwrap();
    array
        .response(&carrier, wavefront, profile(per_element), &user)
        .unwrap()
}

proptest! {
    #![proptest_config(properties::cases(64))]

    /// Only lengths in wavelengths count: a scene and its wavelength enlarged together have the same
    /// responses, and gradients smaller by the factor.
    #[test]
    fn lengths_count_in_wavelengths(
        offsets in offsets(),
        user in proptest::array::uniform3(3.0..30.0f64),
        factor in 0.01..100.0f64,
        planar in any::<bool>(),
        per_element in any::<bool>(),
    ) {
        let wavefront = if planar { Wavefront::Far } else { Wavefront::Near };
        let here = respond(&offsets, 0.1, wavefront, per_element, user);
        let larger: Vec<[f64; 3]> = offsets.iter().map(|d| d.map(|x| x * factor)).collect();
        let there = respond(&larger, 0.1 * factor, wavefront, per_element, user.map(|x| x * factor));
        let slope = 2.0 * std::f64::consts::PI / 0.1;
        for n in 0..offsets.len() {
            prop_assert!((here.values[n] - there.values[n]).norm() < 1e-11);
            for axis in 0..3 {
                let difference = here.gradient[axis][n] - there.gradient[axis][n] * factor;
                prop_assert!(difference.norm() < 1e-11 * slope);
            }
        }
    }

    /// A mirror leaves responses alone: seen from behind a linear array nothing differs.
    #[test]
    fn mirrored_scenes_respond_alike(
        offsets in offsets(),
        user in proptest::array::uniform3(3.0..30.0f64),
        axis in 0usize..3,
        per_element in any::<bool>(),
    ) {
        let mirror = |mut v: [f64; 3]| { v[axis] = -v[axis]; v };
        let here = respond(&offsets, 0.1, Wavefront::Near, per_element, user);
        let image: Vec<[f64; 3]> = offsets.iter().copied().map(mirror).collect();
        let there = respond(&image, 0.1, Wavefront::Near, per_element, mirror(user));
        for n in 0..offsets.len() {
            prop_assert!((here.values[n] - there.values[n]).norm() < 1e-12);
        }
    }

    /// Elements are independent of each other: permuted, their values are; left out, the others stay.
    #[test]
    fn elements_do_not_know_each_other(
        offsets in offsets(),
        user in proptest::array::uniform3(3.0..30.0f64),
        per_element in any::<bool>(),
    ) {
        let all = respond(&offsets, 0.1, Wavefront::Near, per_element, user);
        for n in 0..offsets.len() {
            let alone = respond(&offsets[n..=n], 0.1, Wavefront::Near, per_element, user);
            prop_assert_eq!(alone.values[0], all.values[n]);
        }
        let mut turned = offsets.clone();
        turned.rotate_left(1);
        let other = respond(&turned, 0.1, Wavefront::Near, per_element, user);
        for n in 0..offsets.len() {
            prop_assert_eq!(other.values[n], all.values[(n + 1) % offsets.len()]);
        }
    }

    /// `|h_n| r_n` is a constant of the carrier with amplitudes by element, `|h_n| r_0` with a uniform one.
    #[test]
    fn amplitudes_fall_with_the_distance(
        offsets in offsets(),
        user in proptest::array::uniform3(3.0..30.0f64),
        friis in any::<bool>(),
    ) {
        let carrier = Carrier::from_wavelength(0.1).unwrap();
        let array = Array::from_offsets([0.0; 3], offsets.clone()).unwrap();
        let reduced = 0.1 / (4.0 * std::f64::consts::PI);
        let (gain, at_one_metre) = if friis {
            (PathGain::Friis, reduced)
        } else {
            (PathGain::SquareRoot, reduced.sqrt())
        };
        let length = |v: [f64; 3]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
        for per_element in [false, true] {
            let channel = array.channel(&carrier, gain, profile(per_element), &user).unwrap();
            for (n, d) in offsets.iter().enumerate() {
                let from = if per_element { *d } else { [0.0; 3] };
                let distance = length(std::array::from_fn(|i| user[i] - from[i]));
                let product = channel.values[n].norm() * distance;
                prop_assert!((product / at_one_metre - 1.0).abs() < 1e-12);
            }
        }
    }
}
