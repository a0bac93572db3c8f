//! Fig. 4: position error against sensing power for one, two and three access points that share the same
//! antennas and the same power: 63, 32 and 21 antennas, 3, 1.5 and 1 times the power each.
//!
//! What a further access point brings depends on the model of the echo gains, and on whether larger arrays
//! are longer or denser, so all four combinations are shown, whatever the preset.

use crate::context::{Claim, Context, Entry, Failure, Made, Preset, Results, SENSING};
use crate::curves::{Point, curve, series};
use serde_json::json;
use td_isac_examples::plot::{Axis, Figure, Panel, Style};
use td_isac_examples::sweep::{self, Plan, Record};
use td_isac_examples::table::{Cell, Table};
use toml::Value;

pub const ENTRY: Entry = Entry {
    name: "fig4",
    by_preset: false,
    by_default: true,
    plans,
    make,
};

const ETA: f64 = 0.5;
const APERTURE_M: f64 = 0.53;
/// Access points, antennas of each.
const SHARES: [(usize, i64); 3] = [(1, 63), (2, 32), (3, 21)];
const READINGS: [(Preset, &str); 2] = [
    (Preset::PAPER, "eq. (2), gains unknown"),
    (Preset::CARRIER_PHASE, "carrier phase known"),
];
const SIZES: [(&str, &str); 2] = [("spacing", "equal spacing"), ("aperture", "equal aperture")];

/// Power of each of `access_points` such that their sum is that of three at `power_dbm`.
fn shared_dbm(power_dbm: f64, access_points: usize) -> f64 {
    power_dbm + 10.0 * (3.0 / access_points as f64).log10()
}

fn powers_dbm(context: &Context) -> Vec<f64> {
    context.grid(&[25.0, 45.0], &[25.0, 30.0, 35.0, 40.0, 45.0])
}

fn plan(
    context: &Context,
    preset: Preset,
    size: &str,
    (access_points, antennas): (usize, i64),
) -> Result<Plan, Failure> {
    let mut plan = Context {
        preset,
        ..context.clone()
    }
    .plan()?;
    if let Some(Value::Array(list)) = plan.base.get_mut("access_point") {
        list.truncate(access_points);
        for value in list {
            let Some(Value::Table(array)) = value.get_mut("array") else {
                continue;
            };
            array.insert("elements".to_owned(), antennas.into());
            if size == "spacing" {
                array.remove("aperture_m");
                array.insert("spacing_m".to_owned(), (APERTURE_M / 20.0).into());
            }
        }
    }
    let name = format!("{} M={access_points} equal-{size}", preset.name);
    plan = plan.set("name", name)?;
    let powers = powers_dbm(context).into_iter();
    let powers: Vec<f64> = powers.map(|dbm| shared_dbm(dbm, access_points)).collect();
    plan = plan.vary(SENSING, &powers)?;
    plan.schemes = vec![sweep::SENSING.to_owned()];
    Ok(plan)
}

fn plans(context: &Context) -> Result<Vec<Plan>, Failure> {
    let mut plans = Vec::new();
    for (preset, _) in READINGS {
        for (size, _) in SIZES {
            for share in SHARES {
                plans.push(plan(context, preset, size, share)?);
            }
        }
    }
    Ok(plans)
}

/// √CRLB over the power of one of three access points.
fn errors(
    context: &Context,
    results: &Results,
    preset: Preset,
    size: &str,
    share: (usize, i64),
) -> Result<Vec<Point>, Failure> {
    let records = results.of(&plan(context, preset, size, share)?)?;
    let error = |record: &Record| Some((record.crlb_constant_m2? / (1.0 - ETA)).sqrt());
    let mut points = curve(&records, "sensing", &[], SENSING, error);
    for (point, dbm) in points.iter_mut().zip(powers_dbm(context)) {
        point.x = dbm;
    }
    Ok(points)
}

fn make(context: &Context, results: &Results) -> Result<Made, Failure> {
    let mut figure = Figure::new(
        "Fig. 4: position error, the same antennas and power shared by M access points",
    );
    figure.row_height_px = 480;
    let mut table = Table::new([
        "gain_model",
        "arrays",
        "access_points",
        "antennas_each",
        "sensing_dbm",
        "root_crlb_m_median",
        "root_crlb_m_quartile_low",
        "root_crlb_m_quartile_high",
        "realisations",
    ]);
    let mut claims = Vec::new();
    for (preset, reading) in READINGS {
        for (size, arrays) in SIZES {
            let axes = Panel::new(
                Axis::linear("sensing power P_s (dBm)"),
                Axis::log("√CRLB (m)"),
            );
            let mut panel = axes.titled(format!("{reading}, {arrays}"));
            let mut curves = Vec::new();
            for (i, share) in SHARES.into_iter().enumerate() {
                let points = errors(context, results, preset, size, share)?;
                let name = format!("M = {} ({} antennas each)", share.0, share.1);
                panel = panel.with(series(&name, Style::numbered(i), &points));
                for point in &points {
                    table.push([
                        Cell::from(preset.name),
                        size.into(),
                        share.0.into(),
                        (share.1 as usize).into(),
                        point.x.into(),
                        point.spread.median.into(),
                        point.spread.low.into(),
                        point.spread.high.into(),
                        point.realisations.into(),
                    ]);
                }
                curves.push(points);
            }
            figure = figure.with(panel);
            claims.push(claim(preset, size, &curves)?);
        }
    }
    Ok(Made {
        figure,
        table,
        settings: json!({ "time_allocation": ETA, "aperture_m": APERTURE_M, "powers_dbm": powers_dbm(context) }),
        claims,
    })
}

fn claim(preset: Preset, size: &str, curves: &[Vec<Point>]) -> Result<Claim, Failure> {
    let ends = |points: &[Point]| match (points.first(), points.last()) {
        (Some(first), Some(last)) => Ok((first.spread.median, last.spread.median)),
        _ => Err(Failure::other("no designs for fig4")),
    };
    let [(one_low, one), (two_low, two), (three_low, three)] =
        [ends(&curves[0])?, ends(&curves[1])?, ends(&curves[2])?];
    let id = match (preset.name, size) {
        ("paper", "spacing") => "access-points-eq2-spacing",
        ("paper", _) => "access-points-eq2-aperture",
        (_, "spacing") => "access-points-carrier-spacing",
        _ => "access-points-carrier-aperture",
    };
    Ok(Claim {
        id,
        statement: "More access points beat more power: each further one lowers the position error, \
                    and more than 20 dB of power do.",
        test: format!(
            "{} gains, equal {size}: from M = 1 to 2 and from 2 to 3 the median √CRLB falls, and three access \
             points at 25 dBm beat one at 45 dBm",
            preset.name
        ),
        numbers: format!(
            "`{}` gains, equal {size}: at 45 dBm {one:.1e}, {two:.1e}, {three:.1e} m for M = 1, 2, 3; at 25 dBm \
             {one_low:.1e}, {two_low:.1e}, {three_low:.1e} m",
            preset.name
        ),
        holds: two < one && three < two && three_low < one,
    })
}
