//! Fig. 6: rate of the worst user against the communication power, at two sensing powers.

use crate::context::{COMMUNICATION, Claim, Context, Entry, Failure, Made, Results, SENSING};
use crate::curves::{ACCURACY, SCHEMES, grows, medians};
use crate::panels::{SchemeCurves, rate_figure, rates_over};
use serde_json::json;
use td_isac_examples::plot::Axis;
use td_isac_examples::sweep::Plan;

pub const ENTRY: Entry = Entry {
    name: "fig6",
    by_preset: true,
    by_default: true,
    plans,
    make,
};

pub const SENSING_DBM: [f64; 2] = [35.0, 40.0];

fn communication_dbm(context: &Context) -> Vec<f64> {
    context.grid(
        &[25.0, 30.0, 35.0],
        &[0.0, 10.0, 20.0, 25.0, 30.0, 35.0, 40.0],
    )
}

fn plan(context: &Context) -> Result<Plan, Failure> {
    let plan = context.plan()?.vary(SENSING, &SENSING_DBM)?;
    Ok(plan.vary(COMMUNICATION, &communication_dbm(context))?)
}

fn plans(context: &Context) -> Result<Vec<Plan>, Failure> {
    Ok(vec![plan(context)?])
}

fn make(context: &Context, results: &Results) -> Result<Made, Failure> {
    let records = results.of(&plan(context)?)?;
    let curves = rates_over(&records, COMMUNICATION, &SENSING_DBM);
    let (figure, table) = rate_figure(
        "Fig. 6: certified rate of the worst user",
        &Axis::linear("communication power P_max (dBm)"),
        "communication_dbm",
        &curves,
        &SENSING_DBM,
    );
    Ok(Made {
        figure,
        table,
        settings: json!({ "sensing_dbm": SENSING_DBM, "communication_dbm": communication_dbm(context) }),
        claims: vec![both_powers(&curves), five_decibels(&curves)],
    })
}

fn both_powers(curves: &SchemeCurves<'_>) -> Claim {
    let mut failures = Vec::new();
    let mut numbers = Vec::new();
    for (scheme, name) in SCHEMES {
        let of = |dbm: f64| {
            let here = curves.iter().find(|c| c.0 == dbm && c.1 == scheme);
            here.map_or(Vec::new(), |c| medians(&c.2))
        };
        let (low, high) = (of(SENSING_DBM[0]), of(SENSING_DBM[1]));
        if !(grows(&low, ACCURACY) && grows(&high, ACCURACY)) {
            failures.push(format!("{name} falls with P_max somewhere"));
        }
        if low
            .iter()
            .zip(&high)
            .any(|(low, high)| *high < low * (1.0 - ACCURACY))
        {
            failures.push(format!("{name} falls with P_s somewhere"));
        }
        if let ([first, .., last], [.., best]) = (&low[..], &high[..]) {
            numbers.push(format!(
                "{name} {first:.2} → {last:.2}, {best:.2} at 40 dBm"
            ));
        }
    }
    numbers.extend(failures.iter().cloned());
    Claim {
        id: "rates-grow",
        statement: "All rates grow with the communication power and with the sensing power.",
        test: "median rates of all three schemes never fall by more than 0.1 % (the accuracy of the search over η) \
               from one P_max to the next, nor from P_s = 35 to 40 dBm"
            .to_owned(),
        numbers: numbers.join("; "),
        holds: failures.is_empty(),
    }
}

fn five_decibels(curves: &SchemeCurves<'_>) -> Claim {
    let main = |dbm: f64| {
        curves
            .iter()
            .find(|c| c.0 == dbm && c.1 == "main")
            .map(|c| &c.2)
    };
    let (Some(low), Some(high)) = (main(SENSING_DBM[0]), main(SENSING_DBM[1])) else {
        return Claim {
            id: "sensing-beats-communication",
            statement: FIVE,
            test: String::new(),
            numbers: "no designs".to_owned(),
            holds: false,
        };
    };
    let mut holds = true;
    let mut numbers = Vec::new();
    for pair in low.windows(2).filter(|pair| pair[1].x - pair[0].x == 5.0) {
        let sensing = high.iter().find(|p| p.x == pair[0].x);
        let Some(sensing) = sensing else { continue };
        let gains = (
            sensing.spread.median - pair[0].spread.median,
            pair[1].spread.median - pair[0].spread.median,
        );
        holds &= gains.0 > gains.1;
        numbers.push(format!(
            "{:+.2} against {:+.2} at P_max = {}",
            gains.0, gains.1, pair[0].x
        ));
    }
    Claim {
        id: "sensing-beats-communication",
        statement: FIVE,
        test: "Main, from P_s = 35 dBm and every P_max of the grid: the median gains more by P_s + 5 dB than by \
               P_max + 5 dB".to_owned(),
        numbers: numbers.join("; "),
        holds,
    }
}

const FIVE: &str = "5 dB more for sensing help more than 5 dB more for communication.";
