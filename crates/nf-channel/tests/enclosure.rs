//! The set of channels around a position holds the channel of every position in reach.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

use nf_channel::enclosure::{ChannelEnclosure, PositionSensitivity};
use nf_channel::{
    AmplitudeProfile, Array, C64, Carrier, ChannelError, Invalid, LinearExtent, PathGain,
    axis_from_degrees,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::array::from_fn;

/// An array, a user and the model of amplitudes.
struct Scene<const D: usize> {
    array: Array<D>,
    carrier: Carrier,
    path_gain: PathGain,
    profile: AmplitudeProfile,
    user_m: [f64; D],
}

fn normal<const D: usize>(rng: &mut ChaCha8Rng) -> [f64; D] {
    from_fn(|_| (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0)
}

fn unit<const D: usize>(rng: &mut ChaCha8Rng) -> [f64; D] {
    let v = normal::<D>(rng);
    let length = length(&v);
    v.map(|x| x / length)
}

fn length<const D: usize>(v: &[f64; D]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// Between one and a few dozen elements in any arrangement, some far from their reference point.
fn scene<const D: usize>(rng: &mut ChaCha8Rng) -> Scene<D> {
    let aperture_m = 10f64.powf(rng.random_range(-2.0..0.5));
    let elements = rng.random_range(1..=40);
    let reference_m = normal::<D>(rng).map(|x| 10.0 * x);
    let line = rng.random::<bool>().then(|| unit::<D>(rng));
    let shift = normal::<D>(rng).map(|x| {
        if rng.random::<bool>() {
            aperture_m * x
        } else {
            0.0
        }
    });
    let offsets_m = (0..elements)
        .map(|_| {
            let point = match line {
                Some(axis) => axis.map(|x| x * rng.random_range(-0.5..0.5)),
                None => normal::<D>(rng).map(|x| 0.2 * x),
            };
            from_fn(|i| shift[i] + aperture_m * point[i])
        })
        .collect();
    // From well inside the array's extent to the far field.
    let distance_m = aperture_m * 10f64.powf(rng.random_range(-0.3..2.5));
    let direction = unit::<D>(rng);
    Scene {
        array: Array::from_offsets(reference_m, offsets_m).unwrap(),
        carrier: Carrier::from_wavelength(10f64.powf(rng.random_range(-3.0..0.0))).unwrap(),
        path_gain: if rng.random() {
            PathGain::Friis
        } else {
            PathGain::SquareRoot
        },
        profile: if rng.random() {
            AmplitudeProfile::Uniform
        } else {
            AmplitudeProfile::PerElement
        },
        user_m: from_fn(|i| reference_m[i] + distance_m * direction[i]),
    }
}

impl<const D: usize> Scene<D> {
    fn channel(&self, displacement_m: &[f64; D]) -> Vec<C64> {
        let position_m = from_fn(|i| self.user_m[i] + displacement_m[i]);
        self.array
            .channel(&self.carrier, self.path_gain, self.profile, &position_m)
            .unwrap()
            .values
    }

    fn sensitivity(&self) -> PositionSensitivity<D> {
        self.array
            .position_sensitivity(&self.carrier, self.path_gain, self.profile, &self.user_m)
            .unwrap()
    }

    /// Distance of the displaced channel from `{ e^{-jφ} h : |φ| ≤ phase_rad }`, and what the rounding of this
    /// very comparison may contribute to it. That of the channels is the enclosure's to contain.
    fn outside(&self, nominal: &[C64], enclosure: &ChannelEnclosure, d: &[f64; D]) -> (f64, f64) {
        let moved = self.channel(d);
        let inner: C64 = moved.iter().zip(nominal).map(|(g, h)| g.conj() * h).sum();
        // The best phase, or the nearest that is allowed.
        let phase = inner.arg().clamp(-enclosure.phase_rad, enclosure.phase_rad);
        let turn = C64::from_polar(1.0, phase);
        let square: f64 = moved
            .iter()
            .zip(nominal)
            .map(|(g, h)| (turn * g - h).norm_sqr())
            .sum();
        let norm = nominal.iter().map(|h| h.norm_sqr()).sum::<f64>().sqrt();
        (square.sqrt(), norm * 1e-14)
    }

    fn assert_contains(&self, nominal: &[C64], enclosure: &ChannelEnclosure, d: &[f64; D]) -> f64 {
        let (distance, rounding) = self.outside(nominal, enclosure, d);
        assert!(
            distance <= enclosure.remainder + rounding,
            "{distance:e} > {:e} + {rounding:e} at {d:?} of {:?}",
            enclosure.remainder,
            self.array
        );
        distance / (enclosure.remainder + rounding)
    }

    /// Climbs from `y` in the unit ball to a displacement `axes · y` as far outside as possible.
    fn attack(
        &self,
        nominal: &[C64],
        enclosure: &ChannelEnclosure,
        axes: &[[f64; D]; D],
        rng: &mut ChaCha8Rng,
    ) -> f64 {
        let mut y = in_ball(rng);
        let mut worst = self.assert_contains(nominal, enclosure, &image(axes, &y));
        let mut step = 0.5;
        while step > 1e-3 {
            let direction = unit::<D>(rng);
            let mut next: [f64; D] = from_fn(|i| y[i] + step * direction[i]);
            let size = length(&next).max(1.0);
            next = next.map(|x| x / size);
            let value = self.assert_contains(nominal, enclosure, &image(axes, &next));
            if value > worst {
                (y, worst) = (next, value);
            } else {
                step *= 0.8;
            }
        }
        worst
    }
}

fn image<const D: usize>(axes: &[[f64; D]; D], y: &[f64; D]) -> [f64; D] {
    from_fn(|j| (0..D).map(|i| axes[i][j] * y[i]).sum())
}

/// Half of the points on the surface, where errors are largest.
fn in_ball<const D: usize>(rng: &mut ChaCha8Rng) -> [f64; D] {
    let direction = unit::<D>(rng);
    let radius = if rng.random() {
        1.0
    } else {
        rng.random::<f64>()
    };
    direction.map(|x| radius * x)
}

/// Random balls and ellipsoids around random users: `samples` random errors and `attacks` climbs for
/// each of `scenes`. The largest share of a remainder that was reached.
fn check<const D: usize>(seed: u64, scenes: usize, samples: usize, attacks: usize) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut largest: f64 = 0.0;
    for _ in 0..scenes {
        let scene = scene::<D>(&mut rng);
        let sensitivity = scene.sensitivity();
        let nominal = scene.channel(&[0.0; D]);
        let distance_m = length(&from_fn::<_, D, _>(|i| {
            scene.user_m[i] - scene.array.reference_m()[i]
        }));
        let radius_m = distance_m * 10f64.powf(rng.random_range(-7.0..-0.3));
        let (axes, enclosure) = if rng.random() {
            let axes = from_fn(|i| from_fn(|j| if i == j { radius_m } else { 0.0 }));
            (axes, sensitivity.ball(radius_m))
        } else {
            // Vectors of different lengths, not orthogonal: together no longer than the radius.
            let share = radius_m / (D as f64).sqrt();
            let axes = from_fn(|_| {
                let size = share * 10f64.powf(rng.random_range(-2.0..0.0));
                unit::<D>(&mut rng).map(|x| size * x)
            });
            (axes, sensitivity.ellipsoid(&axes))
        };
        let enclosure = match enclosure {
            Ok(enclosure) => enclosure,
            Err(ChannelError::ErrorReachesArray { .. }) => continue,
            Err(error) => panic!("{error}"),
        };
        for _ in 0..samples {
            let displacement = image(&axes, &in_ball(&mut rng));
            largest = largest.max(scene.assert_contains(&nominal, &enclosure, &displacement));
        }
        for _ in 0..attacks {
            largest = largest.max(scene.attack(&nominal, &enclosure, &axes, &mut rng));
        }
    }
    largest
}

#[test]
fn every_channel_in_reach_is_contained() {
    for largest in [check::<2>(1, 300, 20, 2), check::<3>(2, 300, 20, 2)] {
        // The bound is attained, not merely kept.
        assert!(largest > 0.99, "{largest}");
    }
}

/// A million errors: `cargo test --release -p nf-channel --test enclosure -- --ignored`.
#[test]
#[ignore = "ten seconds"]
fn a_million_channels_are_contained() {
    check::<2>(3, 6_000, 70, 1);
    check::<3>(4, 6_000, 70, 1);
}

/// With one displacement towards the reference of a single antenna everything is known exactly.
#[test]
fn one_antenna_has_a_phase_and_a_distance() {
    let carrier = Carrier::from_wavelength(0.01).unwrap();
    let array = Array::single([0.0, 0.0]).unwrap();
    let sensitivity = array
        .position_sensitivity(
            &carrier,
            PathGain::Friis,
            AmplitudeProfile::Uniform,
            &[3.0, 4.0],
        )
        .unwrap();
    let r = 1e-3;
    let enclosure = sensitivity.ball(r).unwrap();
    let k = carrier.wavenumber_rad_per_m();
    // Besides, what rounding of coordinates and distances may do to a phase.
    let rounding = 4.0 * f64::EPSILON * k * 5.0;
    assert!((enclosure.phase_rad - rounding - k * r).abs() < 1e-15);
    assert!((enclosure.phase_curvature_rad - rounding - k * r * r / 10.0).abs() < 1e-15);
    // Fading by r/(r_0 - r), and a quarter of r²/r_0 of path that no phase explains.
    let fading = r / (5.0 - r);
    let expected =
        (fading * fading + (1.0 + fading) * (k * r * r / 20.0 + rounding).powi(2)).sqrt();
    assert!((enclosure.remainder / sensitivity.channel_norm() - expected).abs() < 1e-15);
    // Only the component along the line of sight turns the phase: (3, 4)/5 · (0.8, -0.6) = 0.
    let across = [[0.8 * r, -0.6 * r], [0.0, 0.0]];
    let enclosure = sensitivity.ellipsoid(&across).unwrap();
    assert!(enclosure.phase_rad < k * r * r / 9.9);
}

/// 46 m away at 539 GHz a phase is 5e5 radians, which double precision holds to 1e-10; the region is 1e-14 m wide.
#[test]
fn rounding_of_phases_is_contained() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut contained_without = 0;
    for _ in 0..200 {
        let direction = unit::<2>(&mut rng);
        let scene = Scene {
            array: Array::uniform_linear(
                [31.0, -7.0],
                unit(&mut rng),
                8,
                LinearExtent::Aperture { aperture_m: 0.01 },
            )
            .unwrap(),
            carrier: Carrier::new(539e9).unwrap(),
            path_gain: PathGain::Friis,
            profile: AmplitudeProfile::Uniform,
            user_m: [31.0 + 46.0 * direction[0], -7.0 + 46.0 * direction[1]],
        };
        let (r, nominal) = (1e-14, scene.channel(&[0.0, 0.0]));
        let enclosure = scene.sensitivity().ball(r).unwrap();
        let d = unit::<2>(&mut rng).map(|x| r * x);
        let (distance, rounding) = scene.outside(&nominal, &enclosure, &d);
        assert!(distance <= enclosure.remainder + rounding);
        let exact = ChannelEnclosure {
            phase_rad: scene.carrier.wavenumber_rad_per_m() * r,
            ..enclosure
        };
        let (distance, rounding) = scene.outside(&nominal, &exact, &d);
        contained_without += usize::from(distance <= rounding);
    }
    assert!(contained_without < 200, "the reserve is not needed");
}

#[test]
fn what_has_no_enclosure_is_an_error() {
    let array = Array::uniform_linear(
        [0.0, 0.0],
        axis_from_degrees(90.0),
        5,
        LinearExtent::Aperture { aperture_m: 2.0 },
    )
    .unwrap();
    let sensitivity = |profile| {
        array
            .position_sensitivity(
                &Carrier::new(28e9).unwrap(),
                PathGain::Friis,
                profile,
                &[0.0, 3.0],
            )
            .unwrap()
    };
    // The reference point is 3 m away, the nearest element 2 m.
    let uniform = sensitivity(AmplitudeProfile::Uniform);
    let own = sensitivity(AmplitudeProfile::PerElement);
    assert!(uniform.ball(2.5).is_ok());
    for (radius_m, distance_m, result) in [
        (3.0, 3.0, uniform.ball(3.0)),
        (2.5, 2.0, own.ball(2.5)),
        (3.0, 3.0, uniform.ellipsoid(&[[0.0, 3.0], [1.0, 0.0]])),
    ] {
        assert_eq!(
            result,
            Err(ChannelError::ErrorReachesArray {
                radius_m,
                distance_m
            })
        );
    }
    assert_eq!(
        uniform.ball(-1.0),
        Err(ChannelError::Invalid(Invalid::Number {
            what: "radius_m",
            value: -1.0,
            requirement: "at least 0"
        }))
    );
    assert!(uniform.ball(f64::NAN).is_err());
    assert!(
        uniform
            .ellipsoid(&[[f64::INFINITY, 0.0], [0.0, 0.0]])
            .is_err()
    );
    assert_eq!(uniform.ball(0.0).unwrap().remainder, 0.0);
}
