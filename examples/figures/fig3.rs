//! Fig. 3: error of the rebuilt channel against the error of the position it is rebuilt from.
//!
//! Monte Carlo: displacements of a length d in uniformly random directions (stratified), mean of
//! `‖h(c+δ) - h(c)‖`. To first order the phases of all elements turn by `(2π/λ) d cos θ`, and the mean of
//! `|cos θ|` is 2/π, so the mean relative error is `(4/λ) d`: the paper's α_e = 373 per metre at 28 GHz.

use crate::context::{Claim, Context, Entry, Failure, Made, Results};
use crate::curves::reference_style;
use nf_channel::{AmplitudeProfile, Array, Carrier, LinearExtent, PathGain, axis_from_degrees};
use rand::RngExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use td_isac_examples::plot::{Axis, Figure, Panel, Series};
use td_isac_examples::sweep::Plan;
use td_isac_examples::table::{Cell, Table};

pub const ENTRY: Entry = Entry {
    name: "fig3",
    by_preset: false,
    by_default: true,
    plans,
    make,
};

const CENTRE_M: [f64; 2] = [30.0, 70.0];
const DISTANCE_M: f64 = 30.0;
/// Spacing of the paper's 21 elements over 0.53 m.
const SPACING_M: f64 = 0.53 / 20.0;
/// Off the broadside, in degrees.
const DIRECTIONS: [f64; 3] = [0.0, 30.0, 60.0];
const ELEMENTS: [usize; 3] = [11, 21, 41];
const LARGEST_M: f64 = 5e-4;

/// Mean channel error over displacements of each length, and what is fitted to it.
struct Growth {
    elements: usize,
    direction_deg: f64,
    norm: f64,
    /// `[d, mean ‖Δh‖]`
    mean: Vec<[f64; 2]>,
    /// Least squares through the origin.
    slope: f64,
    /// Largest departure from the line, over the line's end.
    departure: f64,
}

fn plans(_: &Context) -> Result<Vec<Plan>, Failure> {
    Ok(Vec::new())
}

fn growth(context: &Context, elements: usize, direction_deg: f64) -> Result<Growth, Failure> {
    let carrier = Carrier::new(28.0e9).map_err(Failure::other)?;
    let spacing = LinearExtent::Spacing {
        spacing_m: SPACING_M,
    };
    let array = Array::uniform_linear(CENTRE_M, axis_from_degrees(0.0), elements, spacing)
        .map_err(Failure::other)?;
    let (sine, cosine) = direction_deg.to_radians().sin_cos();
    let user = [
        CENTRE_M[0] + DISTANCE_M * sine,
        CENTRE_M[1] - DISTANCE_M * cosine,
    ];
    let channel = |at: [f64; 2]| {
        array
            .channel(
                &carrier,
                PathGain::SquareRoot,
                AmplitudeProfile::Uniform,
                &at,
            )
            .map(|channel| channel.values)
            .map_err(Failure::other)
    };
    let here = channel(user)?;
    let norm = here.iter().map(|h| h.norm_sqr()).sum::<f64>().sqrt();
    let (lengths, draws) = if context.quick { (6, 500) } else { (11, 5000) };
    let mut random = ChaCha8Rng::seed_from_u64(context.seed);
    let mut mean = Vec::new();
    for i in 0..lengths {
        let length = LARGEST_M * i as f64 / (lengths - 1) as f64;
        let mut sum = 0.0;
        for draw in 0..draws {
            // One draw from each of as many equal sectors: stratified, for a hundredth of the variance.
            let turn = (f64::from(draw) + random.random_range(0.0..1.0)) / f64::from(draws);
            let angle = std::f64::consts::TAU * turn;
            let there = channel([
                user[0] + length * angle.cos(),
                user[1] + length * angle.sin(),
            ])?;
            let square: f64 = there
                .iter()
                .zip(&here)
                .map(|(a, b)| (a - b).norm_sqr())
                .sum();
            sum += square.sqrt();
        }
        mean.push([length, sum / f64::from(draws)]);
    }
    let slope =
        mean.iter().map(|[d, e]| d * e).sum::<f64>() / mean.iter().map(|[d, _]| d * d).sum::<f64>();
    let off = |[d, e]: &[f64; 2]| (e - slope * d).abs() / (slope * LARGEST_M);
    Ok(Growth {
        elements,
        direction_deg,
        norm,
        slope,
        departure: mean.iter().map(off).fold(0.0, f64::max),
        mean,
    })
}

fn make(context: &Context, _: &Results) -> Result<Made, Failure> {
    let by_direction: Vec<Growth> = DIRECTIONS
        .iter()
        .map(|&direction| growth(context, ELEMENTS[1], direction))
        .collect::<Result<_, _>>()?;
    let by_size: Vec<Growth> = ELEMENTS
        .iter()
        .map(|&elements| growth(context, elements, DIRECTIONS[0]))
        .collect::<Result<_, _>>()?;
    let wavelength_m = Carrier::new(28.0e9).map_err(Failure::other)?.wavelength_m();
    Ok(Made {
        figure: figure(&by_direction, &by_size, wavelength_m),
        table: table(by_direction.iter().chain(&by_size)),
        settings: json!({
            "access_point_m": CENTRE_M, "distance_m": DISTANCE_M, "spacing_m": SPACING_M,
            "alpha_e_4_over_lambda_per_m": 4.0 / wavelength_m,
            "fitted_relative_slopes_per_m": by_direction.iter().chain(&by_size)
                .map(|g| g.slope / g.norm).collect::<Vec<_>>(),
        }),
        claims: claims(&by_direction, &by_size, 4.0 / wavelength_m),
    })
}

fn figure(by_direction: &[Growth], by_size: &[Growth], wavelength_m: f64) -> Figure {
    let axes = || {
        let x = Axis::linear("position error (mm)").between(0.0, 1e3 * LARGEST_M);
        Panel::new(x, Axis::linear("mean channel error ‖Δh‖"))
    };
    let series = |name: String, style: usize, growth: &Growth| {
        let points = growth.mean.iter().map(|[d, e]| [1e3 * d, *e]).collect();
        Series::new(name, style, points)
    };
    let line = |growth: &Growth| {
        let end = 4.0 / wavelength_m * LARGEST_M * growth.norm;
        let points = vec![[0.0, 0.0], [1e3 * LARGEST_M, end]];
        Series::styled("(4/λ) d ‖h‖", reference_style(), points)
    };
    let slope = by_direction[0].slope / by_direction[0].norm;
    let mut left = axes().titled(format!(
        "three positions at {DISTANCE_M} m, fitted {slope:.1}/m"
    ));
    for (i, growth) in by_direction.iter().enumerate() {
        left = left.with(series(
            format!("{}° off broadside", growth.direction_deg),
            i,
            growth,
        ));
    }
    let mut right = axes().titled(format!(
        "three array sizes, 4/λ = {:.1}/m",
        4.0 / wavelength_m
    ));
    for (i, growth) in by_size.iter().enumerate() {
        right = right.with(series(
            format!("{} antennas", growth.elements),
            3 + i,
            growth,
        ));
        right = right.with(line(growth));
    }
    left = left.with(line(&by_direction[0]));
    Figure::new("Fig. 3: channel error grows in proportion to the position error")
        .with(left)
        .with(right)
}

fn table<'a>(growths: impl Iterator<Item = &'a Growth>) -> Table {
    let mut table = Table::new([
        "elements",
        "direction_deg",
        "channel_norm",
        "position_error_m",
        "mean_channel_error",
        "mean_relative_error",
        "fitted_relative_slope_per_m",
    ]);
    for growth in growths {
        for [d, e] in &growth.mean {
            table.push([
                Cell::from(growth.elements),
                growth.direction_deg.into(),
                growth.norm.into(),
                (*d).into(),
                (*e).into(),
                (e / growth.norm).into(),
                (growth.slope / growth.norm).into(),
            ]);
        }
    }
    table
}

/// Largest over smallest, less one.
fn disagreement(values: impl Iterator<Item = f64> + Clone) -> f64 {
    values.clone().fold(0.0, f64::max) / values.fold(f64::INFINITY, f64::min) - 1.0
}

fn claims(by_direction: &[Growth], by_size: &[Growth], expected: f64) -> Vec<Claim> {
    let all = || by_direction.iter().chain(by_size);
    let departure = all().map(|g| g.departure).fold(0.0, f64::max);
    let slopes = all().map(|g| g.slope / g.norm);
    let worst = slopes
        .clone()
        .map(|s| (s / expected - 1.0).abs())
        .fold(0.0, f64::max);
    let distance = disagreement(by_direction.iter().map(|g| g.slope));
    let size = disagreement(by_size.iter().map(|g| g.slope / g.norm));
    let absolute = by_size[2].slope / by_size[0].slope;
    let norms = by_size[2].norm / by_size[0].norm;
    vec![
        Claim {
            id: "linear-error",
            statement: "The channel error grows in proportion to the position error, with the slope α_e.",
            test: "line through the origin fitted up to 0.5 mm: departure below 2 % of its end, relative slope \
                   within 2 % of 4/λ".to_owned(),
            numbers: format!(
                "departure {:.2} %; slopes {:.1} to {:.1} per metre, 4/λ = {expected:.1}",
                100.0 * departure,
                slopes.clone().fold(f64::INFINITY, f64::min),
                slopes.fold(0.0, f64::max),
            ),
            holds: departure < 0.02 && worst < 0.02,
        },
        Claim {
            id: "equal-distance",
            statement: "At equal distance from the access point the growth hardly depends on the position.",
            test: "slopes of ‖Δh‖ at three positions agree to 3 %".to_owned(),
            numbers: format!("{:.2} % apart", 100.0 * distance),
            holds: distance < 0.03,
        },
        Claim {
            id: "error-as-norm",
            statement: "The error grows with the number of antennas as the norm of the channel does.",
            test: "slopes of ‖Δh‖/‖h‖ for three array sizes agree to 2 %".to_owned(),
            numbers: format!(
                "{:.2} % apart; from {} to {} antennas ‖Δh‖ grows {absolute:.3} times, ‖h‖ {norms:.3} times",
                100.0 * size,
                by_size[0].elements,
                by_size[2].elements,
            ),
            holds: size < 0.02,
        },
    ]
}
