//! Beyond the paper: sets of channel errors that come from position errors, beside balls, at equal
//! confidence. Certified rates, and what is left of the same beams at the worst positions found, against
//! the sensing power, the threshold and the number of antennas; and the time allocation.

use crate::context::{Claim, Context, Entry, Failure, Made, Results, SENSING, THRESHOLD};
use crate::curves::{Point, curve, or_zero, reference_style};
use crate::panels::{Curve, columns, draw};
use serde_json::json;
use std::collections::BTreeMap;
use td_isac_examples::plot::{Axis, Dash, Figure, Panel, Style};
use td_isac_examples::sweep::{Axis as Variation, KeyPath, Plan, Record};
use td_isac_examples::table::{Cell, Table};
use toml::Value;

pub const ENTRY: Entry = Entry {
    name: "structured",
    by_preset: false,
    by_default: false,
    plans,
    make,
};

const MODEL: &str = "uncertainty.model";
const CONFIDENCE: &str = "uncertainty.confidence";
const SCALE: &str = "uncertainty.scale";
const ANTENNAS: &str = "access_point[*].array.elements";

/// A design takes seconds, and the bands are narrow.
const MOST_REALISATIONS: u64 = 10;
const PROBABILITY: f64 = 0.95;

/// A set of channel errors.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Set {
    model: &'static str,
    size: (&'static str, f64),
    name: &'static str,
}

const SETS: [Set; 4] = [
    Set {
        model: "ball",
        size: (CONFIDENCE, PROBABILITY),
        name: "ball",
    },
    Set {
        model: "phase",
        size: (CONFIDENCE, PROBABILITY),
        name: "phase",
    },
    Set {
        model: "ellipse",
        size: (CONFIDENCE, PROBABILITY),
        name: "ellipse",
    },
    Set {
        model: "ball",
        size: (SCALE, 1.0),
        name: "the paper's ball",
    },
];

/// What is varied while all else is the preset's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Swept {
    SensingPower,
    Threshold,
    Antennas,
}

const SWEPT: [Swept; 3] = [Swept::SensingPower, Swept::Threshold, Swept::Antennas];

impl Swept {
    fn key(self) -> &'static str {
        match self {
            Self::SensingPower => SENSING,
            Self::Threshold => THRESHOLD,
            Self::Antennas => ANTENNAS,
        }
    }

    fn axis(self) -> Axis {
        match self {
            Self::SensingPower => Axis::linear("sensing power P_s (dBm)"),
            Self::Threshold => Axis::linear("threshold CRLB_th (m²)"),
            Self::Antennas => Axis::linear("antennas of each access point N_t"),
        }
    }

    /// The preset's value.
    fn own(self, context: &Context) -> Value {
        match self {
            Self::SensingPower => Value::Float(40.0),
            Self::Threshold => Value::Float(context.preset.threshold_m2),
            Self::Antennas => Value::Integer(21),
        }
    }

    fn values(self, context: &Context) -> Vec<Value> {
        let floats = |values: Vec<f64>| values.into_iter().map(Value::Float).collect();
        match self {
            Self::SensingPower => {
                floats(context.grid(&[35.0, 40.0], &[32.5, 35.0, 37.5, 40.0, 45.0]))
            }
            Self::Threshold => {
                let own = context.preset.threshold_m2;
                let multiples = context.grid(&[0.5, 1.0], &[0.5, 0.75, 1.0, 1.5, 2.5]);
                // To six digits, so that files say 1.5e-11 and not 1.4999999999999999e-11.
                let rounded = |multiple: f64| {
                    let product = multiple * own;
                    format!("{product:.5e}").parse().unwrap_or(product)
                };
                floats(multiples.into_iter().map(rounded).collect())
            }
            Self::Antennas => {
                let counts: &[i64] = if context.quick {
                    &[11, 21]
                } else {
                    &[11, 21, 41, 81]
                };
                counts.iter().copied().map(Value::Integer).collect()
            }
        }
    }
}

/// Main with one set. All plans vary the same keys, so that what they share is computed once.
fn plan(context: &Context, set: Set, swept: Swept) -> Result<Plan, Failure> {
    let mut plan = context.plan()?;
    if let Some(seeds) = &mut plan.seeds {
        seeds.end = seeds.end.min(seeds.start + MOST_REALISATIONS);
    }
    plan.schemes = vec!["main".to_owned()];
    let mut vary = |key: &str, values: Vec<Value>| -> Result<(), Failure> {
        let path = KeyPath::parse(key).map_err(Failure::other)?;
        plan.axes.push(Variation { path, values });
        Ok(())
    };
    vary(MODEL, vec![Value::from(set.model)])?;
    vary(set.size.0, vec![Value::Float(set.size.1)])?;
    for axis in SWEPT {
        let values = if axis == swept {
            axis.values(context)
        } else {
            vec![axis.own(context)]
        };
        vary(axis.key(), values)?;
    }
    Ok(plan)
}

fn plans(context: &Context) -> Result<Vec<Plan>, Failure> {
    let all = SETS
        .into_iter()
        .flat_map(|set| SWEPT.map(|swept| (set, swept)));
    all.map(|(set, swept)| plan(context, set, swept)).collect()
}

/// What is drawn of a design.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantity {
    Certified,
    WorstPosition,
    TimeAllocation,
}

impl Quantity {
    fn name(self) -> &'static str {
        match self {
            Self::Certified => "certified_rate_bit_s_hz",
            Self::WorstPosition => "rate_at_worst_position_bit_s_hz",
            Self::TimeAllocation => "eta",
        }
    }

    fn of(self, record: &Record) -> Option<f64> {
        let value = match self {
            Self::Certified => record.rate_bit_s_hz,
            Self::WorstPosition => record.rate_at_worst_position_bit_s_hz,
            Self::TimeAllocation => record.eta,
        };
        or_zero(record, value)
    }
}

fn style(index: usize, quantity: Quantity) -> Style {
    match SETS[index].size {
        (SCALE, _) => reference_style(),
        _ if quantity == Quantity::WorstPosition => Style {
            dash: Dash::Dotted,
            ..Style::numbered(index)
        },
        _ => Style::numbered(index),
    }
}

/// The curves of one panel, one a set.
fn curves(
    context: &Context,
    results: &Results,
    swept: Swept,
    quantity: Quantity,
) -> Result<Vec<Curve>, Failure> {
    let mut curves = Vec::new();
    for (index, set) in SETS.into_iter().enumerate() {
        let papers = set.size.0 == SCALE;
        if papers && quantity == Quantity::WorstPosition {
            continue; // made for no region
        }
        let records = results.of(&plan(context, set, swept)?)?;
        let name = match quantity {
            Quantity::WorstPosition => format!("{}: at the worst position", set.name),
            _ if papers => format!("{}: certified", set.name),
            _ => format!("{}: certified at 95 %", set.name),
        };
        curves.push(Curve {
            cells: [set.name, swept.key(), quantity.name()]
                .map(Cell::from)
                .to_vec(),
            name,
            style: style(index, quantity),
            points: curve(&records, "main", &[], swept.key(), |r| quantity.of(r)),
        });
    }
    Ok(curves)
}

fn make(context: &Context, results: &Results) -> Result<Made, Failure> {
    let mut table = Table::new(columns(&["set", "against", "quantity"], "value", "result"));
    let mut panels = Vec::new();
    for swept in SWEPT {
        let mut drawn = curves(context, results, swept, Quantity::Certified)?;
        drawn.extend(curves(context, results, swept, Quantity::WorstPosition)?);
        panels.push((swept, "rate (bit/s/Hz)", drawn));
    }
    let etas = curves(
        context,
        results,
        Swept::SensingPower,
        Quantity::TimeAllocation,
    )?;
    panels.push((Swept::SensingPower, "time allocation η", etas.clone()));
    let rates = panels[..3].iter().flat_map(|panel| &panel.2);
    let top = rates
        .flat_map(|curve| &curve.points)
        .map(|point| point.spread.high)
        .fold(1.0, f64::max);
    let mut figure = Figure::new("Position errors instead of arbitrary ones (Main)");
    figure.row_height_px = 480;
    for (swept, label, drawn) in panels {
        let top = if label.starts_with("rate") {
            1.05 * top
        } else {
            1.02
        };
        let panel = Panel::new(swept.axis(), Axis::linear(label).between(0.0, top));
        figure = figure.with(draw(panel, &mut table, drawn));
    }
    // The preset's own point belongs to three plans.
    let mut records = BTreeMap::new();
    for plan in plans(context)? {
        records.extend(results.of(&plan)?.into_iter().map(|r| (r.id.as_str(), r)));
    }
    let records: Vec<&Record> = records.into_values().collect();
    let certified = SWEPT
        .into_iter()
        .map(|swept| curves(context, results, swept, Quantity::Certified))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Made {
        figure,
        table,
        settings: json!({
            "scheme": "main",
            "confidence": PROBABILITY,
            "most_realisations": MOST_REALISATIONS,
            "sets": SETS.map(|set| set.name),
        }),
        claims: vec![sound(&records), worth(&certified), time(&etas)],
    })
}

fn sound(records: &[&Record]) -> Claim {
    let gaps = records.iter().filter_map(|record| {
        let (certified, attacked) = (
            record.rate_bit_s_hz?,
            record.rate_at_worst_position_bit_s_hz?,
        );
        Some(attacked - certified)
    });
    let (count, least) = gaps.fold((0, f64::INFINITY), |(n, least), gap| {
        (n + 1, least.min(gap))
    });
    Claim {
        id: "positions-keep-promises",
        statement: "Beyond the paper: no position in the region gives less than the certified rate.",
        test: "an attack over the exact channels of all positions in the region finds no rate below the \
               certified one, in any design with a set of positions"
            .to_owned(),
        numbers: format!("{count} designs, the closest {least:.3} bit/s/Hz above"),
        holds: count > 0 && least >= 0.0,
    }
}

/// Medians of two curves where both have any.
fn pairs<'a>(a: &'a [Point], b: &'a [Point]) -> impl Iterator<Item = (f64, f64)> + 'a {
    let both = a
        .iter()
        .filter_map(|p| Some((p, b.iter().find(|q| q.x == p.x)?)));
    both.map(|(p, q)| (p.spread.median, q.spread.median))
        .filter(|(p, q)| *p > 0.0 && *q > 0.0)
}

fn worth(certified: &[Vec<Curve>]) -> Claim {
    let mut numbers = Vec::new();
    let mut holds = true;
    for (index, set) in SETS.iter().enumerate().skip(1).take(2) {
        let ratios = certified
            .iter()
            .flat_map(|curves| pairs(&curves[0].points, &curves[index].points))
            .map(|(ball, set)| set / ball);
        let (low, high) = ratios.fold((f64::INFINITY, 0.0f64), |(a, b), r| (a.min(r), b.max(r)));
        holds &= low > 1.0 && high > 0.0;
        numbers.push(format!("{} {low:.2} to {high:.2} times the ball", set.name));
    }
    Claim {
        id: "positions-certify-more",
        statement: "Beyond the paper: at equal confidence, sets of positions certify more than balls.",
        test: "median certified rates of phase and ellipse at 95 % exceed the ball's at 95 % at every point of \
               the figure where both have a design"
            .to_owned(),
        numbers: numbers.join(", "),
        holds,
    }
}

fn time(etas: &[Curve]) -> Claim {
    let all: Vec<(f64, f64)> = pairs(&etas[0].points, &etas[1].points).collect();
    let numbers = all
        .iter()
        .map(|(ball, phase)| format!("{ball:.3} → {phase:.3}"));
    Claim {
        id: "positions-save-sensing",
        statement: "Beyond the paper: with the phase set no more time goes into sensing.",
        test:
            "median η with phase is at least that with the ball less 0.005, at every sensing power"
                .to_owned(),
        numbers: numbers.collect::<Vec<_>>().join(", "),
        holds: !all.is_empty() && all.iter().all(|(ball, phase)| phase + 5e-3 >= *ball),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Preset;

    fn context(quick: bool) -> Context {
        Context {
            preset: Preset::WEAK_ECHO,
            seeds: Some(1..51),
            seed: 1,
            quick,
        }
    }

    /// Every plan is readable, and the preset's own point is one task for all three sweeps.
    #[test]
    fn the_sweeps_share_the_presets_point() {
        for (quick, points) in [(true, 4), (false, 12)] {
            let mut ids = std::collections::BTreeSet::new();
            for plan in plans(&context(quick)).unwrap() {
                ids.extend(plan.tasks().unwrap().into_iter().map(|task| task.id));
            }
            let realisations = MOST_REALISATIONS as usize;
            assert_eq!(ids.len(), SETS.len() * points * realisations);
        }
    }

    fn record(rate: f64, worst: Option<f64>) -> Record {
        serde_json::from_value(json!({
            "id": "x", "scenario": "x", "set": {}, "scheme": "main", "time_allocation": "rate",
            "eta_start": 0.5, "status": "ok", "history": [], "rate_bit_s_hz": rate,
            "rate_at_worst_position_bit_s_hz": worst,
        }))
        .unwrap()
    }

    #[test]
    fn a_broken_promise_fails_the_claim() {
        let good = record(2.0, Some(2.5));
        let bad = record(2.0, Some(1.9));
        let silent = record(2.0, None);
        assert!(sound(&[&good, &silent]).holds);
        assert!(!sound(&[&good, &bad]).holds);
        assert!(!sound(&[&silent]).holds);
    }
}
