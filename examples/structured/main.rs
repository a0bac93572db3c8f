//! Which uncertainty is worth what: certified rates of all sets and schemes at equal confidence, the
//! worst positions, and how often the promise is kept when positions err as the bound says.
//!
//! `cargo run --release --example structured [-- SCENARIO.toml [--eta X] [--draws N] [--out DIR]]`

use std::f64::consts::TAU;
use std::path::PathBuf;

use faer::{Mat, c64};
use lexopt::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use robust_sdp::HermitianIpm;
use td_isac_algos::scenario::{AnyScenario, CheckedScenario, ErrorSize, Scenario, UncertaintySpec};
use td_isac_algos::scheme::{BeamformingScheme, ErrorIgnorant, Main, MaximumRatio, ZeroForcing};
use td_isac_algos::uncertainty::{PositionRegion, PositionSet};
use td_isac_algos::{Driver, PositionAttack, Sensing, Silent, rate_bit_s_hz};
use td_isac_examples::table::{Cell, Table};

type Failure = Box<dyn std::error::Error>;

/// What the command line asks for.
struct Arguments {
    scenario: PathBuf,
    eta: f64,
    draws: usize,
    out: Option<PathBuf>,
}

fn main() -> Result<(), Failure> {
    let arguments = arguments()?;
    let table = match AnyScenario::from_toml_file(&arguments.scenario)? {
        AnyScenario::TwoD(scenario) => study(&scenario, &arguments)?,
        AnyScenario::ThreeD(scenario) => study(&scenario, &arguments)?,
    };
    if let Some(folder) = &arguments.out {
        std::fs::create_dir_all(folder)?;
        table.write(&folder.join("structured.csv"))?;
    }
    print(&table.to_csv())
}

fn arguments() -> Result<Arguments, Failure> {
    let mut found = Arguments {
        scenario: PathBuf::from("examples/scenarios/weak-echo.toml"),
        eta: 0.8,
        draws: 2000,
        out: None,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("eta") => found.eta = parser.value()?.parse()?,
            Long("draws") => found.draws = parser.value()?.parse()?,
            Long("out") => found.out = Some(parser.value()?.into()),
            Value(file) => found.scenario = file.into(),
            other => return Err(other.unexpected().into()),
        }
    }
    if !(found.eta > 0.0 && found.eta < 1.0) {
        return Err(format!("--eta {}: expected a number between 0 and 1", found.eta).into());
    }
    Ok(found)
}

#[allow(clippy::print_stdout)] // the example's result
fn print(text: &str) -> Result<(), Failure> {
    print!("{text}");
    Ok(())
}

/// The sets, by the words of scenario files; the paper's balls are those with a scale.
const SETS: [(&str, PositionSet); 3] = [
    ("ball", PositionSet::Ball),
    ("phase", PositionSet::Phase),
    ("ellipse", PositionSet::Ellipse),
];

fn study<const D: usize>(scenario: &Scenario<D>, arguments: &Arguments) -> Result<Table, Failure> {
    let eta = arguments.eta;
    let mut table = Table::new([
        "set",
        "size",
        "scheme",
        "certified_rate_bit_s_hz",
        "attacked_rate_bit_s_hz",
        "nominal_rate_bit_s_hz",
        "position_in_region",
        "promise_kept_user",
        "promise_kept_all",
    ]);
    let sensing = Sensing::design(&scenario.check()?, None)?;
    let sizes = [
        ("1 sigma", ErrorSize::Scale(1.0)),
        ("90 %", ErrorSize::Confidence(0.90)),
        ("95 %", ErrorSize::Confidence(0.95)),
        ("99 %", ErrorSize::Confidence(0.99)),
    ];
    let schemes: [&dyn BeamformingScheme; 4] = [
        &Main::default(),
        &MaximumRatio::default(),
        &ErrorIgnorant::default(),
        &ZeroForcing,
    ];
    for (size_name, size) in sizes {
        for (set_name, set) in SETS {
            let scenario = Scenario {
                uncertainty: UncertaintySpec { set, size },
                ..scenario.clone()
            };
            let checked = scenario.check()?;
            let downlink = checked.robust_downlink(&sensing)?;
            let regions: Vec<_> = (checked.position_regions(&sensing)?.iter())
                .map(|region| region.at(eta))
                .collect();
            let draws = Draws::new(&checked, &sensing, arguments)?;
            for scheme in schemes {
                let design = Driver::default().run_fixed(
                    &downlink,
                    eta,
                    scheme,
                    &HermitianIpm::default(),
                    &mut Silent,
                )?;
                let beams = &design.beamformers;
                let worst = PositionAttack::default().worst_users(&checked, &regions, beams)?;
                let attacked = worst.iter().map(|u| u.sinr).fold(f64::INFINITY, f64::min);
                let kept = draws.kept(&checked, beams, design.certified.gamma)?;
                table.push([
                    Cell::from(set_name),
                    size_name.into(),
                    scheme.name().into(),
                    design.rate_bit_s_hz().into(),
                    rate_bit_s_hz(eta, attacked).into(),
                    rate_bit_s_hz(eta, design.certified.gamma_nominal).into(),
                    draws.inside(&regions).into(),
                    kept.0.into(),
                    kept.1.into(),
                ]);
            }
        }
    }
    Ok(table)
}

/// Position errors drawn from the Cramér–Rao covariance, `displacements_m[draw][user]`.
struct Draws<const D: usize> {
    displacements_m: Vec<Vec<[f64; D]>>,
}

impl<const D: usize> Draws<D> {
    fn new(
        scenario: &CheckedScenario<D>,
        sensing: &Sensing<D>,
        arguments: &Arguments,
    ) -> Result<Self, Failure> {
        let slots = scenario.frame().sensing_slots(arguments.eta);
        let ellipsoids = sensing.covariance.bound.error_ellipsoids(slots)?;
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        // Box and Muller.
        let mut normal = || {
            let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
            radius * (TAU * rng.random::<f64>()).cos()
        };
        let mut draw = || {
            let displacement = |ellipsoid: &crlb::ErrorEllipsoid<D>| {
                let y: [f64; D] = std::array::from_fn(|i| normal() * ellipsoid.semi_axes_m[i]);
                std::array::from_fn(|j| (0..D).map(|i| y[i] * ellipsoid.directions[i][j]).sum())
            };
            ellipsoids.iter().map(displacement).collect()
        };
        Ok(Self {
            displacements_m: (0..arguments.draws).map(|_| draw()).collect(),
        })
    }

    /// Share of the users' positions that lie in their regions.
    fn inside(&self, regions: &[PositionRegion<D>]) -> f64 {
        let all = self
            .displacements_m
            .iter()
            .flatten()
            .zip(regions.iter().cycle());
        let inside = all.filter(|(displacement, region)| {
            // Semi-axes are orthogonal here: coordinates along them, over their squared lengths.
            let y = region.semi_axes_m().map(|axis| {
                let square: f64 = axis.iter().map(|a| a * a).sum();
                let along: f64 = axis.iter().zip(*displacement).map(|(a, d)| a * d).sum();
                along / square
            });
            y.iter().map(|v| v * v).sum::<f64>() <= 1.0
        });
        inside.count() as f64 / (self.displacements_m.len() * regions.len()) as f64
    }

    /// Share of users, and of draws with all users, that receive at least `gamma` at the true position.
    fn kept(
        &self,
        scenario: &CheckedScenario<D>,
        beams: &[Mat<c64>],
        gamma: f64,
    ) -> Result<(f64, f64), Failure> {
        let still = PositionAttack {
            starts: 0,
            steps: 0,
        };
        let point = vec![PositionRegion::Ball { radius_m: 0.0 }; beams.len()];
        let (mut users, mut draws) = (0, 0);
        for displacements in &self.displacements_m {
            let mut moved = scenario.parameters().clone();
            for (home, displacement) in moved.users_m.iter_mut().zip(displacements) {
                *home = std::array::from_fn(|i| home[i] + displacement[i]);
            }
            let there = still.worst_users(&moved.check()?, &point, beams)?;
            let kept = there.iter().filter(|user| user.sinr >= gamma).count();
            users += kept;
            draws += usize::from(kept == there.len());
        }
        let count = self.displacements_m.len() as f64;
        Ok((
            users as f64 / (count * beams.len() as f64),
            draws as f64 / count,
        ))
    }
}
