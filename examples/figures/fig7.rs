//! Fig. 7: rate of the worst user against the threshold on the CRLB, at two sensing powers.

use crate::context::{Claim, Context, Entry, Failure, Made, Results, SENSING, THRESHOLD};
use crate::curves::{Point, SCHEMES, grows, medians};
use crate::panels::{SchemeCurves, rate_figure, rates_over};
use serde_json::json;
use td_isac_examples::plot::Axis;
use td_isac_examples::sweep::Plan;

pub const ENTRY: Entry = Entry {
    name: "fig7",
    by_preset: true,
    by_default: true,
    plans,
    make,
};

const SENSING_DBM: [f64; 2] = [35.0, 40.0];

/// Multiples of the preset's threshold: 0.5 and 1 stand for the paper's 1e-11 and 2e-11 m².
fn multiples(context: &Context) -> Vec<f64> {
    context.grid(
        &[0.5, 1.0, 2.5],
        &[0.25, 0.375, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5],
    )
}

/// To six digits, so that files say 5e-11 and not 4.9999999999999995e-11.
fn threshold_m2(own: f64, multiple: f64) -> f64 {
    let product = multiple * own;
    format!("{product:.5e}").parse().unwrap_or(product)
}

fn thresholds_m2(context: &Context) -> Vec<f64> {
    let own = context.preset.threshold_m2;
    multiples(context)
        .into_iter()
        .map(|multiple| threshold_m2(own, multiple))
        .collect()
}

fn plan(context: &Context) -> Result<Plan, Failure> {
    let plan = context.plan()?.vary(SENSING, &SENSING_DBM)?;
    Ok(plan.vary(THRESHOLD, &thresholds_m2(context))?)
}

fn plans(context: &Context) -> Result<Vec<Plan>, Failure> {
    Ok(vec![plan(context)?])
}

fn make(context: &Context, results: &Results) -> Result<Made, Failure> {
    let records = results.of(&plan(context)?)?;
    let curves = rates_over(&records, THRESHOLD, &SENSING_DBM);
    let (figure, table) = rate_figure(
        "Fig. 7: certified rate of the worst user",
        &Axis::linear("threshold CRLB_th (m²)"),
        "crlb_threshold_m2",
        &curves,
        &SENSING_DBM,
    );
    Ok(Made {
        figure,
        table,
        settings: json!({ "sensing_dbm": SENSING_DBM, "thresholds_m2": thresholds_m2(context) }),
        claims: vec![strict(context, &curves), relaxed(context, &curves)],
    })
}

fn points<'a>(curves: &'a SchemeCurves<'a>, dbm: f64, scheme: &str) -> &'a [Point] {
    let here = curves.iter().find(|c| c.0 == dbm && c.1 == scheme);
    here.map_or(&[], |c| &c.2)
}

/// Median at a multiple of the preset's threshold.
fn at(context: &Context, points: &[Point], multiple: f64) -> f64 {
    let threshold = threshold_m2(context.preset.threshold_m2, multiple);
    let here = points.iter().find(|point| point.x == threshold);
    here.map_or(f64::NAN, |point| point.spread.median)
}

fn strict(context: &Context, curves: &SchemeCurves<'_>) -> Claim {
    let mut holds = true;
    let mut numbers = Vec::new();
    for (scheme, name) in SCHEMES {
        let points = points(curves, SENSING_DBM[0], scheme);
        let (before, after) = (at(context, points, 0.5), at(context, points, 1.0));
        holds &= after > 1.005 * before;
        numbers.push(format!("{name} {before:.2} → {after:.2}"));
    }
    Claim {
        id: "relaxing-helps-where-strict",
        statement: "At 35 dBm for sensing, relaxing the threshold from 1e-11 to 2e-11 m² helps all schemes.",
        test: "median rates rise by more than 0.5 % from 0.5 to 1 times the preset's threshold"
            .to_owned(),
        numbers: numbers.join(", "),
        holds,
    }
}

fn relaxed(context: &Context, curves: &SchemeCurves<'_>) -> Claim {
    let mut holds = true;
    let mut numbers = Vec::new();
    for (dbm, from) in [(SENSING_DBM[0], 1.0), (SENSING_DBM[1], 0.5)] {
        for (scheme, name) in SCHEMES {
            let points = points(curves, dbm, scheme);
            let (before, after) = (at(context, points, from), at(context, points, 2.5));
            let change = after / before - 1.0;
            holds &= if scheme == "ei" {
                change < 0.0
            } else {
                change.abs() < 0.03
            };
            numbers.push(format!("{name} {:+.1} % at {dbm} dBm", 100.0 * change));
        }
    }
    let ei = |dbm| medians(points(curves, dbm, "ei"));
    if SENSING_DBM.into_iter().any(|dbm| grows(&ei(dbm), 0.0)) {
        numbers.push("EI rises throughout somewhere".to_owned());
    }
    Claim {
        id: "relaxing-elsewhere",
        statement: "Elsewhere relaxing the threshold hardly moves Main and MRT, and EI falls.",
        test: "from 1 (at 35 dBm) or 0.5 (at 40 dBm) to 2.5 times the preset's threshold: medians of Main and \
               MRT change by less than 3 %, that of EI falls".to_owned(),
        numbers: numbers.join(", "),
        holds,
    }
}
