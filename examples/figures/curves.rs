//! Medians and quartiles over realisations.

use td_isac_examples::plot::{Colour, Dash, Series, Style};
use td_isac_examples::sweep::{Record, Status};

/// The paper's schemes: name in records, name in figures.
pub const SCHEMES: [(&str, &str); 3] = [("main", "Main"), ("ei", "EI"), ("mrt", "MRT")];

/// Median and quartiles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub low: f64,
    pub median: f64,
    pub high: f64,
}

impl Spread {
    /// Of at least one value, interpolated linearly between order statistics.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let last = values.len().checked_sub(1)?;
        let at = |share: f64| {
            let place = share * last as f64;
            let below = place.floor() as usize;
            let above = (below + 1).min(last);
            values[below] + (place - below as f64) * (values[above] - values[below])
        };
        Some(Self {
            low: at(0.25),
            median: at(0.5),
            high: at(0.75),
        })
    }
}

/// One place of a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub x: f64,
    pub spread: Spread,
    /// Realisations that count, those without a design included.
    pub realisations: usize,
    /// Realisations whose threshold is out of reach: their rate and time allocation count as zero.
    pub unreachable: usize,
}

/// A key's value in a record.
pub fn set(record: &Record, key: &str) -> Option<f64> {
    record.set.get(key)?.as_f64()
}

/// A quantity of a design; zero where the threshold is out of reach, `None` where a solver failed.
pub fn or_zero(record: &Record, value: Option<f64>) -> Option<f64> {
    match record.status {
        Status::Ok => value,
        Status::ThresholdUnreachable => Some(0.0),
        Status::NotIdentifiable | Status::SolverFailed => None,
    }
}

/// A quantity over the key `x`, of the records that have the scheme and the values `at`.
pub fn curve(
    records: &[&Record],
    scheme: &str,
    at: &[(&str, f64)],
    x: &str,
    value: impl Fn(&Record) -> Option<f64>,
) -> Vec<Point> {
    let wanted = |record: &&&Record| {
        record.scheme == scheme && at.iter().all(|&(key, v)| set(record, key) == Some(v))
    };
    let chosen: Vec<&Record> = records.iter().filter(wanted).copied().collect();
    let mut places: Vec<f64> = chosen.iter().filter_map(|record| set(record, x)).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    let point = |place: f64| {
        let here = || {
            chosen
                .iter()
                .filter(move |record| set(record, x) == Some(place))
        };
        let values: Vec<f64> = here().filter_map(|record| value(record)).collect();
        let unreachable = here().filter(|r| r.status == Status::ThresholdUnreachable);
        Some(Point {
            x: place,
            realisations: values.len(),
            unreachable: unreachable.count(),
            spread: Spread::of(values)?,
        })
    };
    places.into_iter().filter_map(point).collect()
}

/// Medians of a curve.
pub fn medians(points: &[Point]) -> Vec<f64> {
    points.iter().map(|point| point.spread.median).collect()
}

/// A curve as a series: median with markers, quartiles as a band (if there is more than one realisation).
pub fn series(name: &str, style: Style, points: &[Point]) -> Series {
    let line = points.iter().map(|p| [p.x, p.spread.median]).collect();
    let series = Series::styled(name, style, line);
    if points.iter().all(|p| p.realisations < 2) {
        return series;
    }
    let band = points.iter().map(|p| [p.x, p.spread.low, p.spread.high]);
    series.with_band(band.collect())
}

/// The style of a scheme, the same in all figures.
pub fn scheme_style(scheme: &str) -> Style {
    let index = SCHEMES.iter().position(|entry| entry.0 == scheme);
    Style::numbered(index.unwrap_or(3)).dashed(match index {
        Some(1) => Dash::Dashed,
        Some(2) => Dash::LongDashed,
        _ => Dash::Solid,
    })
}

/// A plain black line for references.
pub fn reference_style() -> Style {
    Style::line(Colour::BLACK, Dash::Dotted)
}

/// How exactly the strategies find the best rate, as a share of it: they agree with an exhaustive search to
/// half of this (docs/performance.md).
pub const ACCURACY: f64 = 1e-3;

/// Whether no value falls below its predecessor by more than a share of it.
pub fn grows(values: &[f64], share: f64) -> bool {
    values
        .windows(2)
        .all(|pair| pair[1] >= pair[0] * (1.0 - share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_by_interpolation() {
        // The default definition of R and numpy: quantile(1..4) = 1.75, 2.5, 3.25.
        let spread = Spread::of(vec![4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!(
            spread,
            Spread {
                low: 1.75,
                median: 2.5,
                high: 3.25
            }
        );
        let one = Spread::of(vec![7.0]).unwrap();
        assert_eq!((one.low, one.median, one.high), (7.0, 7.0, 7.0));
        assert_eq!(Spread::of(Vec::new()), None);
    }

    fn record(scheme: &str, power: f64, status: &str, rate: Option<f64>) -> Record {
        serde_json::from_value(serde_json::json!({
            "id": "x", "scenario": "x", "set": { "power": power }, "scheme": scheme,
            "time_allocation": "rate", "eta_start": 0.5, "status": status, "rate_bit_s_hz": rate,
            "history": [],
        }))
        .unwrap()
    }

    #[test]
    fn out_of_reach_counts_as_zero_and_failures_do_not_count() {
        let records = [
            record("main", 2.0, "ok", Some(5.0)),
            record("main", 1.0, "ok", Some(3.0)),
            record("main", 1.0, "threshold-unreachable", None),
            record("main", 1.0, "solver-failed", None),
            record("mrt", 1.0, "ok", Some(9.0)),
        ];
        let records: Vec<&Record> = records.iter().collect();
        let rate = |record: &Record| or_zero(record, record.rate_bit_s_hz);
        let points = curve(&records, "main", &[], "power", rate);
        assert_eq!(points.iter().map(|p| p.x).collect::<Vec<_>>(), [1.0, 2.0]);
        assert_eq!(medians(&points), [1.5, 5.0]);
        assert_eq!((points[0].realisations, points[0].unreachable), (2, 1));
        let elsewhere = curve(&records, "main", &[("power", 2.0)], "power", rate);
        assert_eq!(medians(&elsewhere), [5.0]);
    }

    #[test]
    fn growth_has_a_tolerance() {
        assert!(grows(&[1.0, 0.9995, 2.0], ACCURACY));
        assert!(!grows(&[1.0, 0.99, 2.0], ACCURACY));
    }
}
