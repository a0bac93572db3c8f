//! Random scenarios, each designed by every scheme at one time allocation: how much of what the matrix inequality can
//! certify is kept, and whether the best scheme ever falls behind a simple one.
//!
//! `cargo run --release --example random_designs [-- --cases N] [--seed S] [--only CASE]`

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use crlb::GainModel;
use nf_channel::{ArraySpec, EchoConvention, EchoGain, LinearExtent, dbm_to_watt};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use td_isac_algos::scenario::{ErrorSize, ReflectivitySpec, Scenario, UncertaintySpec};
use td_isac_algos::scheme::{
    BeamformingScheme, EqualPowerMrt, Main, MaximumRatio, MrtPowers, ZeroForcing,
};
use td_isac_algos::uncertainty::PositionSet;
use td_isac_algos::{Sensing, Study};

/// Designs random scenarios by several schemes and compares what they certify.
#[derive(Debug, Parser)]
#[command(name = "random_designs", version, max_term_width = 80)]
struct Arguments {
    /// Number of cases
    #[arg(long, value_name = "N", default_value = "200")]
    cases: u64,

    /// Number of the first case
    #[arg(long, value_name = "CASE", default_value = "0")]
    first: u64,

    /// Seed of all of them
    #[arg(long, value_name = "S", default_value = "1")]
    seed: u64,

    /// Most users
    #[arg(long, value_name = "K", default_value = "6")]
    users: usize,

    /// Most access points
    #[arg(long, value_name = "M", default_value = "8")]
    access_points: usize,

    /// One case only, in every detail
    #[arg(long, value_name = "CASE")]
    only: Option<u64>,
}

/// What one scheme certified, or why it has no answer.
struct Row {
    scheme: &'static str,
    outcome: Result<(f64, Option<f64>), String>,
    seconds: f64,
}

/// A random scenario and a time allocation.
fn draw<const D: usize>(rng: &mut ChaCha8Rng, most: (usize, usize)) -> (Scenario<D>, f64) {
    let mut between = |low: f64, high: f64| low + (high - low) * rng.random::<f64>();
    let mut point = |low: f64, high: f64| std::array::from_fn::<f64, D, _>(|_| between(low, high));
    let (users, access_points) = {
        let [a, b] = [point(0.0, 1.0)[0], point(0.0, 1.0)[0]];
        (
            1 + (most.0 as f64 * a) as usize,
            1 + (most.1 as f64 * b) as usize,
        )
    };
    let frequency_hz = 3e9 * 10f64.powf(point(0.0, 1.0)[0] * 1.3);
    let wavelength_m = 3e8 / frequency_hz;
    let arrays: Vec<ArraySpec<D>> = (0..access_points)
        .map(|_| {
            let elements = 1 + (24.0 * point(0.0, 1.0)[0]) as usize;
            let spread = 0.5 + 4.5 * point(0.0, 1.0)[0].powi(3);
            ArraySpec::UniformLinear {
                reference_m: point(0.0, 25.0),
                axis: point(-1.0, 1.0),
                elements,
                extent: (elements > 1).then_some(LinearExtent::Spacing {
                    spacing_m: spread * wavelength_m,
                }),
            }
        })
        .collect();
    let users_m = (0..users).map(|_| point(2.0, 23.0)).collect();
    let mut scenario = Scenario::new(frequency_hz, arrays, users_m);
    let choice = |x: f64, n: usize| ((n as f64) * x) as usize;
    scenario.communication_power_w = dbm_to_watt(10.0 + 36.0 * point(0.0, 1.0)[0]).into();
    scenario.sensing_power_w = dbm_to_watt(10.0 + 50.0 * point(0.0, 1.0)[0]).into();
    scenario.communication_noise_w = dbm_to_watt(-110.0 + 20.0 * point(0.0, 1.0)[0]).into();
    scenario.crlb_threshold_m2 = 1e3;
    scenario.gain_model = [
        GainModel::Unknown,
        GainModel::Known,
        GainModel::CarrierPhase,
    ][choice(point(0.0, 1.0)[0], 3)];
    if point(0.0, 1.0)[0] < 0.5 {
        scenario.echo_convention = EchoConvention::Reciprocal;
    }
    if point(0.0, 1.0)[0] < 0.5 {
        scenario.echo_gain = EchoGain::TwoHop;
    }
    if point(0.0, 1.0)[0] < 0.5 {
        scenario.reflectivity = ReflectivitySpec::Rayleigh { seed: 7 };
    }
    scenario.uncertainty = UncertaintySpec {
        set: [PositionSet::Ball, PositionSet::Phase, PositionSet::Ellipse]
            [choice(point(0.0, 1.0)[0], 3)],
        size: if point(0.0, 1.0)[0] < 0.5 {
            ErrorSize::Scale(1.0)
        } else {
            ErrorSize::Confidence(0.95)
        },
    };
    (scenario, 0.05 + 0.9 * point(0.0, 1.0)[0])
}

/// `None` where there is nothing to design: positions that cannot be identified.
fn run<const D: usize>(scenario: &Scenario<D>, eta: f64) -> Option<Vec<Row>> {
    let checked = scenario.clone().check().ok()?;
    let sensing = Sensing::design(&checked, None).ok()?;
    let (main, mrt, herm) = (
        Main::default(),
        MaximumRatio::default(),
        MaximumRatio::new(MrtPowers::Hermitian),
    );
    let schemes: [(&'static str, &dyn BeamformingScheme); 5] = [
        ("main", &main),
        ("mrt", &mrt),
        ("mrt-h", &herm),
        ("mrt-eq", &EqualPowerMrt),
        ("zf", &ZeroForcing),
    ];
    let row = |(name, scheme): (&'static str, &dyn BeamformingScheme)| {
        let start = Instant::now();
        let outcome = Study::new(&checked)
            .sensing(&sensing)
            .scheme(scheme)
            .eta(eta)
            .run();
        Row {
            scheme: name,
            outcome: outcome
                .map(|d| (d.certified.gamma, d.gamma_upper_bound))
                .map_err(|e| e.to_string()),
            seconds: start.elapsed().as_secs_f64(),
        }
    };
    Some(schemes.map(row).into_iter().collect())
}

#[allow(clippy::print_stdout)] // the example's result
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let most = (arguments.users, arguments.access_points);
    let first = arguments.only.unwrap_or(arguments.first);
    let cases = if arguments.only.is_some() {
        1
    } else {
        arguments.cases
    };
    let (mut designed, mut failed, mut behind, mut short, mut far) = (0, 0, 0, 0, 0);
    for number in first..first + cases {
        let mut rng = ChaCha8Rng::seed_from_u64(arguments.seed);
        rng.set_stream(number);
        let planar = rng.random::<f64>() < 0.7;
        let (what, rows) = if planar {
            let (scenario, eta) = draw::<2>(&mut rng, most);
            (describe(&scenario, eta), run(&scenario, eta))
        } else {
            let (scenario, eta) = draw::<3>(&mut rng, most);
            (describe(&scenario, eta), run(&scenario, eta))
        };
        let Some(rows) = rows else { continue };
        designed += 1;
        let of = |row: &Row| row.outcome.as_ref().map_or(0.0, |o| o.0);
        let failures: Vec<&Row> = rows.iter().filter(|r| r.outcome.is_err()).collect();
        failed += usize::from(!failures.is_empty());
        let main = of(&rows[0]);
        let best = rows.iter().map(of).fold(0.0, f64::max);
        let upper = match &rows[0].outcome {
            Ok((_, Some(upper))) => *upper,
            _ => f64::NAN,
        };
        let kept = if upper <= 1e-9 { 1.0 } else { main / upper };
        behind += usize::from(main < best * (1.0 - 1e-4));
        short += usize::from(kept < 0.99);
        far += usize::from(kept < 0.9);
        let slow = rows.iter().map(|r| r.seconds).fold(0.0, f64::max);
        if !failures.is_empty()
            || kept < 0.99
            || main < best * (1.0 - 1e-4)
            || slow > 5.0
            || arguments.only.is_some()
        {
            println!("case {number}: {what}: kept {kept:.4} of {upper:.6e}");
            for row in &rows {
                match &row.outcome {
                    Ok((gamma, upper)) => println!(
                        "    {:7} {gamma:.6e} {:.6e} {:.2} s",
                        row.scheme,
                        upper.unwrap_or(f64::NAN),
                        row.seconds
                    ),
                    Err(error) => println!("    {:7} {error} ({:.2} s)", row.scheme, row.seconds),
                }
            }
        }
    }
    println!(
        "{designed} designed, {failed} with a failure, {behind} behind a simpler scheme, {short} below 0.99 of the bound, {far} below 0.9"
    );
    ExitCode::from(u8::from(failed > 0 || behind > 0))
}

fn describe<const D: usize>(s: &Scenario<D>, eta: f64) -> String {
    format!(
        "{D}-D, K {}, M {}, {:?} {:?} {:?}, eta {eta:.3}",
        s.users_m.len(),
        s.access_points.len(),
        s.gain_model,
        s.uncertainty.set,
        s.uncertainty.size
    )
}
