//! Channels from pilots: how often the sets hold them, and what is certified through precoders.
#![allow(clippy::unwrap_used)] // helpers of tests

mod designed;

use faer::c64;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use robust_sdp::HermitianIpm;
use td_isac_algos::coverage::Proportion;
use td_isac_algos::pilots::{Pilots, PrecodedChannels};
use td_isac_algos::scheme::{BeamformingScheme, Main, MaximumRatio};
use td_isac_algos::uncertainty::ExactChannels;
use td_isac_algos::{Downlink, Study, certify_beams};

const ENERGY_W: f64 = 0.08;
const NOISE_W: f64 = 1e-3;
const CONFIDENCE: f64 = 0.9;

type Channels = Vec<Vec<Vec<c64>>>;

fn gaussian(random: &mut ChaCha8Rng, variance: f64) -> c64 {
    let (u, v): (f64, f64) = (random.random(), random.random());
    c64::from_polar(
        (-variance * (1.0 - u).ln()).sqrt(),
        std::f64::consts::TAU * v,
    )
}

fn pilots(channels: &Channels, random: &mut ChaCha8Rng) -> Pilots {
    let mut received = channels.clone();
    for y in received.iter_mut().flatten().flatten() {
        *y = *y * ENERGY_W.sqrt() + gaussian(random, NOISE_W);
    }
    Pilots {
        received,
        energy_w: ENERGY_W,
        noise_w: NOISE_W,
        calibration_std_rad: 0.0,
    }
}

/// Channels of entries of that size, to access points of so many elements.
fn channels(users: usize, elements: &[usize], size: f64, seed: u64) -> Channels {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut link = |&n: &usize| (0..n).map(|_| gaussian(&mut random, size * size)).collect();
    (0..users)
        .map(|_| elements.iter().map(&mut link).collect())
        .collect()
}

/// The error of each access point over the radius of its ball.
fn relative_errors(found: &PrecodedChannels, truth: &Channels, user: usize) -> Vec<f64> {
    let precoded = found.precode(&truth[user]).unwrap();
    (precoded
        .iter()
        .zip(&found.channels()[user])
        .zip(&found.radii()[user]))
    .map(|((h, c), r)| {
        h.iter()
            .zip(c)
            .map(|(h, c)| (h - c).norm_sqr())
            .sum::<f64>()
            .sqrt()
            / r
    })
    .collect()
}

/// How often the sets of all users hold their channels.
fn coverage(truth: &Channels, trials: u64) -> Proportion {
    let mut inside = Vec::new();
    for seed in 0..trials {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let found = pilots(truth, &mut random)
            .least_squares(CONFIDENCE)
            .unwrap();
        for user in 0..truth.len() {
            inside.push(
                relative_errors(&found, truth, user)
                    .iter()
                    .all(|&e| e <= 1.0),
            );
        }
    }
    Proportion::of(inside)
}

/// No channel is covered less often than is said: strong ones, ones as weak as the noise, none at all, users in one place, and
/// arrays of fewer elements than there are users. Strong ones are covered not much more often either: of the two events that
/// share the risk the one of the length hardly matters to them, so between 90 and 95 % for each user.
#[test]
fn sets_hold_every_channel_as_often_as_they_say() {
    let deviation = (NOISE_W / ENERGY_W).sqrt();
    let elements = [21, 9, 3];
    let strong = channels(4, &elements, 30.0 * deviation, 1);
    let mut together = strong.clone();
    together[1] = together[0].clone();
    let mut mixed = channels(4, &elements, deviation, 2);
    mixed[0] = strong[0].clone();
    mixed[3].iter_mut().flatten().for_each(|h| *h = c64::ZERO);
    for (what, truth) in [
        ("strong", &strong),
        ("weak", &channels(4, &elements, deviation, 3)),
        ("nothing", &channels(4, &elements, 0.0, 4)),
        ("together", &together),
        ("mixed", &mixed),
    ] {
        let counted = coverage(truth, 500);
        let [_, most] = counted.interval(3.0);
        assert!(most >= CONFIDENCE, "{what}: {counted:?}");
    }
    let [least, _] = coverage(&strong, 500).interval(3.0);
    assert!(least < 0.955, "{least}");
}

/// With as many elements as users every direction is used, nothing is taken off, and the probability is exact.
#[test]
fn small_arrays_have_exact_balls() {
    let truth = channels(3, &[3, 2], 0.2, 5);
    let counted = coverage(&truth, 1000);
    let [least, most] = counted.interval(3.0);
    assert!(least <= CONFIDENCE && CONFIDENCE <= most, "{counted:?}");
}

/// Balls are those of as many dimensions as there are users, not elements.
#[test]
fn elements_cost_nothing() {
    let radius = |elements: usize| {
        let truth = channels(4, &[elements], 3.0, 6);
        let mut random = ChaCha8Rng::seed_from_u64(0);
        let found = pilots(&truth, &mut random)
            .least_squares(CONFIDENCE)
            .unwrap();
        found.radii()[0][0]
    };
    let (few, many) = (radius(16), radius(256));
    assert!((many / few - 1.0).abs() < 0.1, "{few} {many}");
}

/// Beams of the precoded downlink, sent from antennas: the same power, and the SINRs of the true channels are those that
/// these channels have through the precoders. What is certified is kept by every channel in the set, and with calibration
/// phases by these in any combination.
#[test]
fn certified_through_precoders_is_kept_by_antennas() {
    let truth = channels(3, &[12, 8], 3.0, 7);
    let mut random = ChaCha8Rng::seed_from_u64(8);
    for calibration_std_rad in [0.0, 0.02] {
        let heard = Pilots {
            calibration_std_rad,
            ..pilots(&truth, &mut random)
        };
        let found = heard.least_squares(CONFIDENCE).unwrap();
        assert_eq!(found.angle_rad() > 0.0, calibration_std_rad > 0.0);
        let (power_w, noise_w) = ([2.0, 1.0], [1e-3, 2e-3, 1e-3]);
        let downlink = found.downlink(&power_w, &noise_w).unwrap();
        for scheme in [
            &Main::default() as &dyn BeamformingScheme,
            &MaximumRatio::default(),
        ] {
            let design = Study::new(&downlink).scheme(scheme).eta(0.8).run().unwrap();
            assert!(design.certified.gamma > 1.0);
            let sent = found.antenna_beams(&design.beamformers).unwrap();
            for m in 0..2 {
                let difference = sent.power_w(m) - design.beamformers.power_w(m);
                assert!(difference.abs() < 1e-12 && sent.power_w(m) <= power_w[m] * (1.0 + 1e-9));
            }
            // Channels on the border of the set, turned by as much as it says.
            for _ in 0..50 {
                let mut inside = truth.clone();
                for (user, parts) in inside.iter_mut().enumerate() {
                    let precoded = found.precode(parts).unwrap();
                    for (m, h) in parts.iter_mut().enumerate() {
                        let (c, radius) = (&found.channels()[user][m], found.radii()[user][m]);
                        let error: Vec<c64> =
                            c.iter().map(|_| gaussian(&mut random, 1.0)).collect();
                        let length = error.iter().map(|e| e.norm_sqr()).sum::<f64>().sqrt();
                        let turned = (2.0 * random.random::<f64>() - 1.0) * found.angle_rad();
                        // What the precoder does not see stays as it is.
                        let moved = (c.iter().zip(&error).zip(&precoded[m]))
                            .map(|((c, e), h)| c + e * (radius / length) - h);
                        let moved = found.lift(m, &moved.collect::<Vec<_>>());
                        for (h, d) in h.iter_mut().zip(moved) {
                            *h = (*h + d) * c64::from_polar(1.0, turned);
                        }
                    }
                }
                let met = Downlink::new(
                    &inside,
                    &power_w,
                    &noise_w,
                    std::sync::Arc::new(ExactChannels),
                );
                let least = met.unwrap().achieved_gamma(&sent).unwrap();
                let least = least.into_iter().fold(f64::INFINITY, f64::min);
                assert!(least >= design.certified.gamma * (1.0 - 1e-9), "{least}");
            }
            let again = certify_beams(
                &downlink,
                0.8,
                &design.beamformers,
                &HermitianIpm::default(),
            );
            assert!(again.unwrap().gamma >= design.certified.gamma * (1.0 - 1e-6));
        }
    }
}

#[test]
fn bad_pilots_are_named() {
    let truth = channels(2, &[4, 3], 1.0, 9);
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let good = pilots(&truth, &mut random);
    let said =
        |pilots: &Pilots, confidence| pilots.least_squares(confidence).unwrap_err().to_string();
    for confidence in [0.0, 1.0, f64::NAN] {
        assert!(said(&good, confidence).contains("confidence"));
    }
    let mut bad = good.clone();
    bad.received[1].pop();
    assert!(said(&bad, 0.9).contains("access points of the pilots: expected length 2, found 1"));
    let mut bad = good.clone();
    bad.received[1][0][2] = c64::new(f64::NAN, 0.0);
    assert!(said(&bad, 0.9).contains("received = NaN: must be finite"));
    let bad = Pilots {
        noise_w: 0.0,
        ..good.clone()
    };
    assert!(said(&bad, 0.9).contains("noise_w = 0: must be positive"));
    let bad = Pilots {
        calibration_std_rad: -1.0,
        ..good.clone()
    };
    assert!(said(&bad, 0.9).contains("calibration_std_rad = -1"));
    let bad = Pilots {
        received: vec![vec![], vec![]],
        ..good
    };
    assert!(said(&bad, 0.9).contains("received"));
}

/// p-values of a line of sight are uniform, with users a millimetre from where they are believed, any phase at each access
/// point, and with as much scattering as the model says; reflections that it does not know are found, at their level.
#[test]
fn pilots_tell_a_line_of_sight_from_reflections() {
    let scenario = designed::scenario("paper").check().unwrap();
    let moved = (scenario.parameters().users_m.iter()).map(|[x, y]| [x + 6e-4, y - 8e-4]);
    let truth = scenario.with_users_at(moved.collect()).unwrap();
    let size = |h: &[c64]| h.iter().map(|v| v.norm_sqr()).sum::<f64>() / h.len() as f64;
    let typical = size(&truth.channels()[0][0].values);
    let play = |scattering: f64, seed: u64| {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let received = (truth.channels().iter())
            .map(|user| {
                let link = |channel: &nf_channel::Channel<2>| {
                    let turn = gaussian(&mut random, 1.0);
                    let turn = turn / turn.norm();
                    let level = scattering * size(&channel.values);
                    let mut reflected = || gaussian(&mut random, level);
                    let h: Vec<c64> = channel
                        .values
                        .iter()
                        .map(|h| h * turn + reflected())
                        .collect();
                    let noise = 1e-3 * typical;
                    h.into_iter()
                        .map(|h| h + gaussian(&mut random, noise))
                        .collect()
                };
                user.iter().map(link).collect()
            })
            .collect();
        Pilots {
            received,
            energy_w: 1.0,
            noise_w: 1e-3 * typical,
            calibration_std_rad: 0.0,
        }
    };
    for scattering in [0.0, 0.3] {
        let mut small = Vec::new();
        for seed in 0..300 {
            let fits = play(scattering, seed)
                .direct_path_fit(scenario.channels(), scattering)
                .unwrap();
            small.extend(fits.iter().map(|fit| fit.p_value < 0.1));
        }
        let [least, most] = Proportion::of(small).interval(3.0);
        assert!(
            least <= 0.1 && 0.1 <= most,
            "{scattering}: {least} to {most}"
        );
    }
    for fit in play(0.3, 1)
        .direct_path_fit(scenario.channels(), 0.0)
        .unwrap()
    {
        assert!(fit.p_value < 1e-9);
        assert!(
            (fit.reflected_over_direct - 0.3f64.sqrt()).abs() < 0.15,
            "{fit:?}"
        );
    }
}
