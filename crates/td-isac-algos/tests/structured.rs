//! Uncertainty made of positions: what the sets contain, and what they are worth.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod designed;

use std::sync::Arc;

use designed::scenario;
use faer::c64;
use nf_channel::BlockedLink;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use robust_sdp::ErrorBlock;
use td_isac_algos::scenario::{CheckedScenario, ErrorSize, Scenario, UncertaintySpec};
use td_isac_algos::scheme::{BeamformingScheme, ErrorIgnorant, Main, MaximumRatio, ZeroForcing};
use td_isac_algos::uncertainty::{
    BallUncertainty, Growth, OwnBlocks, PositionRegion, PositionSet, PositionUncertainty,
    UncertaintyModel, error_radius_m,
};
use td_isac_algos::{Design, Downlink, PositionAttack, Sensing, Study};

const SETS: [PositionSet; 3] = [PositionSet::Ball, PositionSet::Phase, PositionSet::Ellipse];

/// A scenario with its sensing designed.
struct Scene {
    scenario: CheckedScenario<2>,
    sensing: Sensing<2>,
}

fn scene(scenario: Scenario<2>) -> Scene {
    let scenario = scenario.check().unwrap();
    let sensing = Sensing::design(&scenario, None).unwrap();
    Scene { scenario, sensing }
}

fn preset(name: &str, set: PositionSet, size: ErrorSize) -> Scene {
    scene(Scenario {
        uncertainty: UncertaintySpec { set, size },
        ..scenario(name)
    })
}

impl Scene {
    fn regions(&self) -> Vec<PositionRegion<2>> {
        self.scenario.position_regions(&self.sensing).unwrap()
    }

    fn uncertainty(&self, set: PositionSet) -> PositionUncertainty<2> {
        self.scenario
            .position_uncertainty(set, self.regions())
            .unwrap()
    }

    fn downlink(&self, set: PositionSet) -> Downlink {
        let uncertainty = Arc::new(self.uncertainty(set));
        self.scenario.downlink_under(uncertainty).unwrap()
    }
}

fn fixed(downlink: &Downlink, eta: f64, scheme: &dyn BeamformingScheme) -> Design {
    Study::new(downlink).eta(eta).scheme(scheme).run().unwrap()
}

/// The same position errors of `κ = 1`, a thousandfold SINR: the paper's balls guarantee 30.6 and 6.8
/// here (`driver.rs`).
#[test]
fn phases_are_worth_three_orders_of_magnitude() {
    let scene = preset("weak-echo", PositionSet::Phase, ErrorSize::Scale(1.0));
    let downlink = scene.scenario.robust_downlink(&scene.sensing).unwrap();
    for (eta, least) in [(0.6, 3.0e4), (0.9, 3.0e3)] {
        let design = fixed(&downlink, eta, &Main::default());
        let gamma = design.certified.gamma;
        assert!(gamma >= least, "{eta}: {gamma:e}");
        let proof = design.certified.certificate.unwrap();
        assert!(proof.noise_margin >= 1.0 - 1e-6, "{proof:?}");
        assert!(proof.min_lmi_eigenvalue_relative >= -1e-9, "{proof:?}");
        assert!(proof.max_power_ratio <= 1.0 + 1e-9, "{proof:?}");
        assert!(gamma <= design.gamma_upper_bound.unwrap() * (1.0 + 1e-9));
    }
}

/// No beams do worse at a position than is guaranteed: exact channels, searched by descent.
fn check_positions(
    (name, size): (&str, ErrorSize),
    sets: &[PositionSet],
    schemes: &[&dyn BeamformingScheme],
    attack: PositionAttack,
) {
    let eta = 0.7;
    for &set in sets {
        let scene = preset(name, set, size);
        let downlink = scene.downlink(set);
        let here: Vec<_> = scene.regions().iter().map(|r| r.at(eta)).collect();
        for &scheme in schemes {
            let design = fixed(&downlink, eta, scheme);
            let attacked = attack
                .worst_users(&scene.scenario, &here, &design.beamformers)
                .unwrap();
            for (user, found) in attacked.iter().enumerate() {
                let certified = design.certified.user_gamma[user];
                assert!(
                    certified <= found.gamma * (1.0 + 1e-9),
                    "{name} {set:?} {} user {user}: {certified:e} {found:?}",
                    design.scheme
                );
                // The attack stays in the region that was certified.
                let length = found.displacement_m[0].hypot(found.displacement_m[1]);
                if let PositionRegion::Ball { radius_m } = here[user] {
                    assert!(length <= radius_m * (1.0 + 1e-12));
                }
            }
            let least = attacked
                .iter()
                .map(|a| a.gamma)
                .fold(f64::INFINITY, f64::min);
            assert!(least < design.certified.gamma_nominal * (1.0 + 1e-9));
        }
    }
}

#[test]
fn no_position_undercuts_the_guarantee() {
    let sets = [PositionSet::Phase, PositionSet::Ellipse];
    let attack = PositionAttack {
        starts: 6,
        steps: 30,
    };
    let weak = ("weak-echo", ErrorSize::Scale(1.0));
    check_positions(weak, &sets, &[&Main::default(), &ZeroForcing], attack);
}

/// The same at length: `cargo test --release -p td-isac-algos --features toml --test structured -- --ignored`.
#[test]
#[ignore = "a minute"]
fn no_position_undercuts_any_guarantee() {
    let schemes: [&dyn BeamformingScheme; 4] = [
        &Main::default(),
        &MaximumRatio::default(),
        &ErrorIgnorant::default(),
        &ZeroForcing,
    ];
    for case in [
        ("weak-echo", ErrorSize::Scale(1.0)),
        ("paper", ErrorSize::Confidence(0.95)),
    ] {
        check_positions(case, &SETS, &schemes, PositionAttack::default());
    }
}

/// The attack finds what a fine grid finds.
#[test]
fn the_attack_is_as_good_as_a_grid() {
    let scene = preset("weak-echo", PositionSet::Phase, ErrorSize::Scale(1.0));
    let eta = 0.9;
    let design = fixed(&scene.downlink(PositionSet::Phase), eta, &ZeroForcing);
    let here: Vec<_> = scene.regions().iter().map(|r| r.at(eta)).collect();
    let attack = |attack: PositionAttack, regions: &[PositionRegion<2>]| {
        attack
            .worst_users(&scene.scenario, regions, &design.beamformers)
            .unwrap()
    };
    let found = attack(
        PositionAttack {
            starts: 10,
            steps: 40,
        },
        &here,
    );
    let PositionRegion::Ball { radius_m } = here[0] else {
        panic!("phases come with discs")
    };
    // SINR at single points: regions of no size around displaced users.
    let mut worst = vec![f64::INFINITY; found.len()];
    let still = PositionAttack {
        starts: 0,
        steps: 0,
    };
    for ring in 0..=8 {
        for spoke in 0..40 {
            let angle = f64::from(spoke) * std::f64::consts::TAU / 40.0;
            let length = radius_m * f64::from(ring) / 8.0;
            let mut moved = scene.scenario.parameters().clone();
            for user in &mut moved.users_m {
                user[0] += length * angle.cos();
                user[1] += length * angle.sin();
            }
            let points = vec![PositionRegion::Ball { radius_m: 0.0 }; found.len()];
            let there = still
                .worst_users(&moved.check().unwrap(), &points, &design.beamformers)
                .unwrap();
            for (least, user) in worst.iter_mut().zip(there) {
                *least = least.min(user.gamma);
            }
        }
    }
    for (user, (found, grid)) in found.iter().zip(&worst).enumerate() {
        assert!(
            found.gamma <= grid * (1.0 + 1e-6),
            "{user}: {found:?} {grid}"
        );
    }
}

/// Distance of an error from a user's set, less what its last ball (of the access point) makes good:
/// never positive for the channel of a position in the region. Written from the blocks alone.
fn outside(
    blocks: &[ErrorBlock],
    nominal: &[c64],
    mut error: Vec<c64>,
    y: [f64; 2],
    groups: &[usize],
) -> f64 {
    let mut most = f64::NEG_INFINITY;
    let starts: Vec<usize> = groups
        .iter()
        .scan(0, |row, n| Some(std::mem::replace(row, *row + n)))
        .collect();
    for block in blocks {
        match block {
            ErrorBlock::Directions { matrix, .. } if matrix.ncols() == 2 => {
                for (i, e) in error.iter_mut().enumerate() {
                    *e -= matrix[(i, 0)] * y[0] + matrix[(i, 1)] * y[1];
                }
            }
            ErrorBlock::Directions { matrix, .. } => {
                let coefficient = projection(matrix, &error);
                let size = coefficient.norm().max(1.0);
                for (i, e) in error.iter_mut().enumerate() {
                    *e -= matrix[(i, 0)] * (coefficient / size);
                }
            }
            ErrorBlock::Phase { group, angle } => {
                let range = starts[*group]..starts[*group] + groups[*group];
                let turned: c64 = range
                    .clone()
                    .map(|i| nominal[i].conj() * (nominal[i] + error[i]))
                    .sum();
                let nearest = c64::from_polar(1.0, turned.arg().clamp(-angle, *angle)) - 1.0;
                for i in range {
                    error[i] -= nominal[i] * nearest;
                }
            }
            ErrorBlock::Ball { group, radius } => {
                let range = starts[*group]..starts[*group] + groups[*group];
                let left: f64 = error[range].iter().map(|e| e.norm_sqr()).sum();
                most = most.max(left.sqrt() / radius - 1.0);
            }
        }
    }
    most
}

fn projection(column: &faer::Mat<c64>, error: &[c64]) -> c64 {
    let inner: c64 = error
        .iter()
        .enumerate()
        .map(|(i, e)| column[(i, 0)].conj() * e)
        .sum();
    inner / column.squared_norm_l2()
}

/// True channels of random positions, in all sets, with sizes from a micrometre to centimetres.
#[test]
fn true_channels_lie_in_the_sets() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let scenario = scenario("weak-echo").check().unwrap();
    let parameters = scenario.parameters();
    let groups: Vec<usize> = scenario.access_points().iter().map(|a| a.len()).collect();
    let stacked = |position_m: &[f64; 2]| -> Vec<c64> {
        let channels = scenario.access_points().iter().map(|array| {
            array
                .channel(
                    scenario.carrier(),
                    parameters.path_gain,
                    parameters.amplitude_profile,
                    position_m,
                )
                .unwrap()
                .values
        });
        channels.flatten().collect()
    };
    for _ in 0..20 {
        let size = 10f64.powf(rng.random_range(-5.0..-1.5));
        let mut axis = || {
            let angle: f64 = rng.random_range(0.0..std::f64::consts::TAU);
            let length = size * 10f64.powf(rng.random_range(-2.0..0.0));
            [length * angle.cos(), length * angle.sin()]
        };
        let regions: Vec<_> = (0..parameters.users_m.len())
            .map(|_| PositionRegion::Ellipsoid {
                semi_axes_m: [axis(), axis()],
            })
            .collect();
        for set in SETS {
            let uncertainty = scenario.position_uncertainty(set, regions.clone()).unwrap();
            let eta = 0.5;
            for (user, home) in parameters.users_m.iter().enumerate() {
                let blocks = uncertainty.error_blocks(user, eta).unwrap();
                let axes = regions[user].at(eta).semi_axes_m();
                let nominal = stacked(home);
                for sample in 0..40 {
                    let angle: f64 = rng.random_range(0.0..std::f64::consts::TAU);
                    let length = if sample % 2 == 0 {
                        1.0
                    } else {
                        rng.random::<f64>()
                    };
                    let y = [length * angle.cos(), length * angle.sin()];
                    let position =
                        std::array::from_fn(|j| home[j] + axes[0][j] * y[0] + axes[1][j] * y[1]);
                    // No receiver sees a turn of the whole channel. The ellipse is stated after one by minus
                    // the mean of the phases' linear parts, by a central difference of `arg ĥ_m^H h_m`.
                    let step: [f64; 2] =
                        std::array::from_fn(|j| 1e-4 * (position[j] - home[j]) / size);
                    let moved =
                        |sign: f64| stacked(&std::array::from_fn(|j| home[j] + sign * step[j]));
                    let (ahead, behind) = (moved(1.0), moved(-1.0));
                    let mut common = 0.0;
                    let mut start = 0;
                    for &antennas in &groups {
                        let own = start..start + antennas;
                        let phase = |h: &[c64]| -> f64 {
                            let inner = own.clone().map(|i| nominal[i].conj() * h[i]);
                            inner.sum::<c64>().arg()
                        };
                        let change = 0.5 * (phase(&ahead) - phase(&behind));
                        common -= change * size / 1e-4 / groups.len() as f64;
                        start += antennas;
                    }
                    if set != PositionSet::Ellipse {
                        common = 0.0;
                    }
                    let error: Vec<c64> = stacked(&position)
                        .iter()
                        .zip(&nominal)
                        .map(|(h, n)| h * c64::from_polar(1.0, common) - n)
                        .collect();
                    let beyond = outside(&blocks, &nominal, error, y, &groups);
                    // Positions of tens of metres are rounded to 1e-15 m, phases to 1e-11.
                    assert!(beyond < 1e-6, "{set:?} {size:e}: {beyond:e}");
                }
            }
        }
    }
}

/// The set with the phases apart is part of the ball around it, and guarantees more. As much confidence
/// costs more the higher it is.
#[test]
fn sets_and_confidence_in_order() {
    let eta = 0.8;
    let gamma = |set, size| {
        let scene = preset("weak-echo", set, size);
        fixed(&scene.downlink(set), eta, &Main::default())
            .certified
            .gamma
    };
    let confident = |set| gamma(set, ErrorSize::Confidence(0.9));
    let (ball, phase, ellipse) = (
        confident(PositionSet::Ball),
        confident(PositionSet::Phase),
        confident(PositionSet::Ellipse),
    );
    assert!(
        ball > 1.0 && phase > 100.0 * ball && ellipse > phase,
        "{ball} {phase} {ellipse}"
    );
    assert!(gamma(PositionSet::Phase, ErrorSize::Confidence(0.99)) < phase);
}

/// A disc of the confidence's radius holds that share of Gaussian errors.
#[test]
fn confidence_is_what_it_says() {
    let scene = preset("weak-echo", PositionSet::Phase, ErrorSize::Confidence(0.95));
    let slots = scene.scenario.frame().sensing_slots(0.0);
    let ellipsoids = scene
        .sensing
        .covariance
        .bound
        .error_ellipsoids(slots)
        .unwrap();
    for (ellipsoid, region) in ellipsoids.iter().zip(scene.regions()) {
        let PositionRegion::Ball { radius_m } = region else {
            panic!("phases come with discs")
        };
        let deviations = ellipsoid.semi_axes_m;
        assert_eq!(radius_m, error_radius_m(0.95, &deviations).unwrap());
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let mut normal = || {
            // Box and Muller.
            let u: f64 = 1.0 - rng.random::<f64>();
            (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * rng.random::<f64>()).cos()
        };
        let samples = 20_000;
        let inside = (0..samples)
            .filter(|_| (normal() * deviations[0]).hypot(normal() * deviations[1]) <= radius_m)
            .count();
        let share = inside as f64 / f64::from(samples);
        // Four standard deviations of a binomial share.
        assert!(
            (share - 0.95).abs() < 4.0 * (0.95_f64 * 0.05 / 2e4).sqrt(),
            "{share}"
        );
    }
}

/// The caller's own blocks: the paper's balls, written by hand.
#[test]
fn own_blocks() {
    let scenario = scenario("weak-echo").check().unwrap();
    let sensing = Sensing::design(&scenario, None).unwrap();
    let channels: Vec<Vec<Vec<c64>>> = scenario
        .channels()
        .iter()
        .map(|user| user.iter().map(|c| c.values.clone()).collect())
        .collect();
    let scale = scenario.error_scale_per_m();
    let balls = BallUncertainty::new(scale, sensing.crlb_constant_m2, &channels).unwrap();
    let at_start = (0..4).map(|user| balls.error_blocks(user, 0.0).unwrap());
    let own = |growth| OwnBlocks {
        blocks: at_start.clone().collect(),
        growth,
    };
    let downlink = |model| scenario.downlink_under(Arc::new(model)).unwrap();
    let expected = scenario.downlink(sensing.crlb_constant_m2).unwrap();
    let expected = fixed(&expected, 0.6, &ZeroForcing).certified.gamma;
    let growing = fixed(&downlink(own(Growth::PositionError)), 0.6, &ZeroForcing);
    assert!((growing.certified.gamma / expected - 1.0).abs() < 1e-9);
    let constant = fixed(&downlink(own(Growth::Constant)), 0.6, &ZeroForcing);
    assert!(constant.certified.gamma > 1.5 * expected);
    assert!(own(Growth::Constant).error_blocks(4, 0.5).is_err());
}

/// Where a user may stand on an access point nothing is guaranteed, and that is no error. Nor is it, by sets that leave
/// nothing of the channel, anywhere within a wavelength: but phases alone, however unknown, leave each access point's power.
#[test]
fn hopeless_positions_guarantee_nothing() {
    let base = scenario("weak-echo").check().unwrap();
    for radius_m in [0.02, 1.0, 1e3] {
        for set in SETS {
            let regions = vec![PositionRegion::Ball { radius_m }; 4];
            let uncertainty = base.position_uncertainty(set, regions).unwrap();
            let downlink = base.downlink_under(Arc::new(uncertainty)).unwrap();
            let design = fixed(&downlink, 0.5, &Main::default());
            let gamma = design.certified.gamma;
            if set == PositionSet::Phase && radius_m < 0.1 {
                assert!(gamma > 1.0, "{gamma}");
            } else {
                assert_eq!(gamma, 0.0, "{set:?} {radius_m}");
            }
        }
    }
    for radius_m in [-1.0, f64::NAN] {
        let regions = vec![PositionRegion::Ball { radius_m }; 4];
        assert!(
            base.position_uncertainty(PositionSet::Phase, regions)
                .is_err()
        );
    }
}

/// An access point from which nothing arrives is one that is not there, in every set; and attacks of positions know it.
#[test]
fn blocked_links_have_no_errors() {
    let eta = 0.7;
    for set in SETS {
        let mut blocked = scenario("weak-echo");
        let mut removed = blocked.clone();
        blocked.blocked = (0..4)
            .map(|user| BlockedLink {
                user,
                access_point: 1,
            })
            .collect();
        removed.access_points.remove(1);
        let regions = vec![PositionRegion::Ball { radius_m: 3e-4 }; 4];
        let designs = [blocked, removed].map(|scenario| {
            let scenario = scenario.check().unwrap();
            let uncertainty = scenario.position_uncertainty(set, regions.clone()).unwrap();
            let downlink = scenario.downlink_under(Arc::new(uncertainty)).unwrap();
            let design = fixed(&downlink, eta, &ZeroForcing);
            let here: Vec<_> = regions.iter().map(|r| r.at(eta)).collect();
            let attacked = PositionAttack::default()
                .worst_users(&scenario, &here, &design.beamformers)
                .unwrap();
            for (user, found) in attacked.iter().enumerate() {
                assert!(design.certified.user_gamma[user] <= found.gamma * (1.0 + 1e-9));
            }
            (design.certified.gamma, attacked[0].gamma)
        });
        assert!(designs[0].0 > 0.0, "{set:?}");
        assert!(
            (designs[0].0 / designs[1].0 - 1.0).abs() < 1e-6,
            "{set:?} {designs:?}"
        );
        assert!(
            (designs[0].1 / designs[1].1 - 1.0).abs() < 1e-3,
            "{set:?} {designs:?}"
        );
    }
}

/// Scattering adds a ball to each access point: of one user under balls alone the guarantee has a closed form, in every set what
/// is drawn with any reflections keeps it, and none of it is none.
#[test]
fn scattering_is_a_ball_more() {
    let share = 0.2;
    let mut single = scenario("weak-echo");
    single.users_m.truncate(1);
    single.scattering = share;
    let single = scene(single);
    let constant = single.sensing.crlb_constant_m2;
    let downlink = single.scenario.downlink(constant).unwrap();
    let eta = 0.5;
    let radius = share + single.scenario.error_scale_per_m() * (constant / (1.0 - eta)).sqrt();
    let amplitude: f64 = (0..3)
        .map(|m| {
            let h = downlink.channel(0, m);
            (1.0 - radius) * h.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt()
        })
        .sum();
    let expected = downlink.power_w()[0] * amplitude * amplitude / downlink.noise_w()[0];
    let gamma = fixed(&downlink, eta, &Main::default()).certified.gamma;
    assert!((gamma / expected - 1.0).abs() < 1e-6, "{gamma} {expected}");

    let mut rng = ChaCha8Rng::seed_from_u64(11);
    for set in SETS {
        let size = ErrorSize::Scale(0.3);
        let downlink = |scattering: f64| {
            let free = preset("weak-echo", set, size);
            let parameters = free.scenario.parameters().clone();
            let scattered = Scenario {
                scattering,
                ..parameters
            };
            let scattered = scattered.check().unwrap();
            scattered.robust_downlink(&free.sensing).unwrap()
        };
        let without = fixed(&downlink(0.0), 0.6, &ZeroForcing).certified;
        let scattered = downlink(0.02);
        let design = fixed(&scattered, 0.6, &ZeroForcing);
        let within = &design.certified;
        assert!(
            within.gamma > 0.0 && within.gamma < without.gamma,
            "{set:?}"
        );
        for _ in 0..200 {
            let mut channels = Vec::new();
            for user in 0..4 {
                channels.push(Vec::new());
                for m in 0..3 {
                    let h = scattered.channel(user, m);
                    let g: Vec<c64> = (h.iter())
                        .map(|_| c64::new(rng.random::<f64>() - 0.5, rng.random::<f64>() - 0.5))
                        .collect();
                    let norm = |v: &[c64]| v.iter().map(|x| x.norm_sqr()).sum::<f64>().sqrt();
                    let size = 0.02 * norm(h) / norm(&g);
                    channels[user].push(h.iter().zip(&g).map(|(h, g)| h + size * g).collect());
                }
            }
            let exact = Arc::new(td_isac_algos::uncertainty::ExactChannels);
            let truth =
                Downlink::new(&channels, scattered.power_w(), &scattered.noise_w(), exact).unwrap();
            let achieved = truth.achieved_gamma(&design.beamformers).unwrap();
            for (achieved, promised) in achieved.iter().zip(&within.user_gamma) {
                assert!(*achieved >= promised * (1.0 - 1e-9), "{set:?}");
            }
        }
    }
    let mut wrong = scenario("weak-echo");
    wrong.scattering = -0.1;
    let message = wrong.check().unwrap_err().to_string();
    assert_eq!(message, "scattering = -0.1 must not be negative");
}
