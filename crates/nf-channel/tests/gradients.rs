//! Gradients against central differences, at random scenes.
#![allow(clippy::unwrap_used)] // helpers of tests

mod properties;

use nf_channel::{AmplitudeProfile, Array, C64, Carrier, LinearExtent, PathGain, Wavefront};
use proptest::prelude::*;

/// Fourth-order central difference of a vector function along one coordinate.
fn difference<const D: usize>(
    f: impl Fn(&[f64; D]) -> Vec<C64>,
    at: &[f64; D],
    coordinate: usize,
    step: f64,
) -> Vec<C64> {
    let sample = |steps: f64| {
        let mut moved = *at;
        moved[coordinate] += steps * step;
        f(&moved)
    };
    let (near, far) = ([sample(1.0), sample(-1.0)], [sample(2.0), sample(-2.0)]);
    (0..near[0].len())
        .map(|n| (8.0 * (near[0][n] - near[1][n]) - (far[0][n] - far[1][n])) / (12.0 * step))
        .collect()
}

/// The gradient of `f` at `position` and its central difference agree to 1e-7 of the largest
/// possible entry: the carrier phase turns by `k` radians a metre.
fn assert_gradient<const D: usize>(
    carrier: &Carrier,
    position: &[f64; D],
    gradient: &[Vec<C64>; D],
    f: impl Fn(&[f64; D]) -> Vec<C64>,
) -> Result<(), TestCaseError> {
    let wavenumber = carrier.wavenumber_rad_per_m();
    let largest = f(position).iter().fold(0.0, |m: f64, z| m.max(z.norm()));
    for (i, exact) in gradient.iter().enumerate() {
        let numerical = difference(&f, position, i, 0.01 / wavenumber);
        for (n, (a, b)) in exact.iter().zip(&numerical).enumerate() {
            let error = (a - b).norm() / (wavenumber * largest);
            prop_assert!(error < 1e-7, "∂a[{n}]/∂c[{i}]: {a} exact, {b} numerical");
        }
    }
    Ok(())
}

fn assert_all_gradients<const D: usize>(
    carrier: &Carrier,
    array: &Array<D>,
    position: &[f64; D],
) -> Result<(), TestCaseError> {
    for profile in [AmplitudeProfile::Uniform, AmplitudeProfile::PerElement] {
        for wavefront in [Wavefront::Near, Wavefront::Far] {
            let exact = array
                .response(carrier, wavefront, profile, position)
                .unwrap();
            let values = |at: &[f64; D]| {
                array
                    .response_values(carrier, wavefront, profile, at)
                    .unwrap()
            };
            prop_assert_eq!(&exact.values, &values(position));
            assert_gradient(carrier, position, &exact.gradient, values)?;
        }
        for path_gain in [PathGain::SquareRoot, PathGain::Friis] {
            let exact = array
                .channel(carrier, path_gain, profile, position)
                .unwrap();
            let values = |at: &[f64; D]| {
                array
                    .channel(carrier, path_gain, profile, at)
                    .unwrap()
                    .values
            };
            assert_gradient(carrier, position, &exact.gradient, values)?;
        }
    }
    Ok(())
}

/// A point at a distance of 2 m to 80 m from `reference`, in the direction of `towards`.
fn place<const D: usize>(reference: [f64; D], towards: [f64; D], distance: f64) -> [f64; D] {
    let length = towards.iter().map(|x| x * x).sum::<f64>().sqrt();
    std::array::from_fn(|i| reference[i] + distance * towards[i] / length)
}

fn direction<const D: usize>() -> impl Strategy<Value = [f64; D]> {
    proptest::array::uniform::<_, D>(-1.0..1.0f64).prop_filter("needs a length", |v| {
        v.iter().map(|x| x * x).sum::<f64>() > 0.01
    })
}

proptest! {
    #![proptest_config(properties::cases(48))]

    #[test]
    fn in_the_plane(
        frequency_hz in 1e9..60e9f64,
        reference in proptest::array::uniform2(-50.0..50.0f64),
        axis in direction::<2>(),
        elements in 2..12usize,
        aperture_m in 0.05..1.0f64,
        towards in direction::<2>(),
        distance in 2.0..80.0f64,
    ) {
        let carrier = Carrier::new(frequency_hz).unwrap();
        let extent = LinearExtent::Aperture { aperture_m };
        let array = Array::uniform_linear(reference, axis, elements, extent).unwrap();
        assert_all_gradients(&carrier, &array, &place(reference, towards, distance))?;
    }

    #[test]
    fn in_space(
        frequency_hz in 1e9..60e9f64,
        reference in proptest::array::uniform3(-50.0..50.0f64),
        offsets in proptest::collection::vec(proptest::array::uniform3(-0.5..0.5f64), 1..10),
        towards in direction::<3>(),
        distance in 2.0..80.0f64,
    ) {
        let carrier = Carrier::new(frequency_hz).unwrap();
        let array = Array::from_offsets(reference, offsets).unwrap();
        assert_all_gradients(&carrier, &array, &place(reference, towards, distance))?;
    }
}
