//! Axes as plotters takes them: ends, ticks and labels, linear or logarithmic, with gaps.

use super::figure::{Axis, Scale};
use super::paint::PlotError;
use plotters::coord::ranged1d::{
    KeyPointHint, KeyPointWeight, NoDefaultFormatting, Ranged, ValueFormatter,
};
use plotters::coord::types::RangedCoordf64;
use std::ops::Range;

/// An axis with its ends and ticks settled, as charts take it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ruler {
    scale: Scale,
    /// Ends, after the logarithm if there is one.
    ends: [f64; 2],
    /// Values and labels.
    ticks: Vec<(f64, String)>,
}

impl Ruler {
    /// Fits the axis to the data it must show, of which not all need be usable. `snug` leaves no margin
    /// (heat maps fill their panel).
    pub fn new(
        axis: &Axis,
        data: impl Iterator<Item = f64>,
        snug: bool,
    ) -> Result<Self, PlotError> {
        let scale = axis.scale;
        let transform = |value: f64| transformed(scale, value);
        let ends = match axis.limits {
            Some([low, high]) => match (transform(low), transform(high)) {
                (Some(a), Some(b)) if a < b => [a, b],
                _ => {
                    return Err(PlotError::Description {
                        what: "limits of an axis must be finite, ascending, and positive if logarithmic",
                        found: format!("{low} and {high} on {:?}", axis.label),
                    });
                }
            },
            None => {
                let ends = data.filter_map(transform).fold(None, |ends, value| {
                    let (low, high) = ends.unwrap_or((value, value));
                    Some((value.min(low), value.max(high)))
                });
                let Some((low, high)) = ends else {
                    return Err(PlotError::Description {
                        what: "an axis needs at least one value it can show",
                        found: format!("none on {:?}", axis.label),
                    });
                };
                let width = high - low;
                let margin = match (snug, width > 0.0) {
                    (true, true) => 0.0,
                    (false, true) => 0.04 * width,
                    (_, false) => 0.5 * low.abs().max(1.0),
                };
                [low - margin, high + margin]
            }
        };
        // At most six ticks, or half as many where labels are long (`1.2·10⁻¹¹`).
        let mut ticks = ticks(scale, ends, 6);
        let long = |label: &String| label.contains('.') && label.contains('·');
        if ticks.iter().any(|(_, label)| long(label)) {
            ticks = self::ticks(scale, ends, 3);
        }
        Ok(Self { scale, ends, ticks })
    }

    /// The same with other ticks.
    pub fn labelled(self, ticks: &[(f64, String)]) -> Self {
        Self {
            ticks: ticks.to_vec(),
            ..self
        }
    }

    /// Whether the axis can show a value at all.
    pub fn shows(&self, value: f64) -> bool {
        transformed(self.scale, value).is_some()
    }

    /// Values and labels of the ticks.
    pub fn ticks(&self) -> &[(f64, String)] {
        &self.ticks
    }

    /// From 0 to 1 along the axis, possibly beyond; `None` for a gap.
    fn place(&self, value: f64) -> Option<f64> {
        let [low, high] = self.ends;
        let place = (transformed(self.scale, value)? - low) / (high - low);
        // Far beyond the ends is all the same, and stays within a pixel's type.
        Some(place.clamp(-10.0, 11.0))
    }
}

impl Ranged for Ruler {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (first, last): (i32, i32)) -> i32 {
        let place = self.place(*value).unwrap_or(0.0);
        first + (place * f64::from(last - first)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        match hint.weight() {
            KeyPointWeight::Bold => self.ticks.iter().map(|tick| tick.0).collect(),
            KeyPointWeight::Any => Vec::new(),
        }
    }

    fn range(&self) -> Range<f64> {
        let [low, high] = self.ends.map(|end| match self.scale {
            Scale::Linear => end,
            Scale::Log => 10f64.powf(end),
        });
        low..high
    }
}

impl ValueFormatter<f64> for Ruler {
    fn format_ext(&self, value: &f64) -> String {
        let tick = self.ticks.iter().find(|tick| tick.0 == *value);
        tick.map_or_else(String::new, |tick| tick.1.clone())
    }
}

fn ticks(scale: Scale, ends: [f64; 2], wanted: usize) -> Vec<(f64, String)> {
    let values = match scale {
        Scale::Linear => RangedCoordf64::from(ends[0]..ends[1]).key_points(wanted),
        Scale::Log => log_ticks(ends),
    };
    let digits = digits(&values);
    let label = |value| match scale {
        Scale::Log => power_label(value),
        Scale::Linear => linear_label(value, digits),
    };
    values.into_iter().map(|v| (v, label(v))).collect()
}

fn transformed(scale: Scale, value: f64) -> Option<f64> {
    let place = match scale {
        Scale::Linear => value,
        Scale::Log if value > 0.0 => value.log10(),
        Scale::Log => return None,
    };
    place.is_finite().then_some(place)
}

/// Powers of ten, thinned out to at most eight; 1, 2 and 5 times powers of ten where they are few.
fn log_ticks([low, high]: [f64; 2]) -> Vec<f64> {
    let (first, last) = ((low - 1e-9).ceil() as i32, (high + 1e-9).floor() as i32);
    let decades: Vec<i32> = (first..=last).collect();
    if decades.len() > 2 {
        let every = decades.len().div_ceil(8) as i32;
        return decades
            .into_iter()
            .filter(|power| power.rem_euclid(every) == 0)
            .map(|power| 10f64.powi(power))
            .collect();
    }
    (first - 1..=last)
        .flat_map(|power| [1.0, 2.0, 5.0].map(|m| (m, power)))
        // Through text: 2e-11 is not 2 times 1e-11 in binary.
        .filter_map(|(multiple, power)| format!("{multiple}e{power}").parse::<f64>().ok())
        .filter(|value| (low - 1e-9..=high + 1e-9).contains(&value.log10()))
        .collect()
}

/// Digits after the point that tell the ticks apart.
fn digits(values: &[f64]) -> usize {
    (0..12)
        .find(|&digits| {
            values.iter().all(|value| {
                let text = format!("{value:.digits$}");
                let scale = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
                text.parse::<f64>()
                    .is_ok_and(|read| (read - value).abs() <= 1e-6 * scale)
            })
        })
        .unwrap_or(12)
}

fn linear_label(value: f64, digits: usize) -> String {
    if digits > 4 || value.abs() >= 1e6 {
        return if value == 0.0 {
            "0".to_owned()
        } else {
            power_label(value)
        };
    }
    let text = format!("{value:.digits$}");
    // A true minus sign, and no sign on zero.
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().any(|c| ('1'..='9').contains(&c)) => format!("−{rest}"),
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

/// `10⁻¹¹`, `2·10⁻¹¹`; plain numbers from 0.01 to 1000.
fn power_label(value: f64) -> String {
    if (0.00999..1001.0).contains(&value) {
        return format!("{}", (value * 1e6).round() / 1e6);
    }
    let text = format!("{value:.1e}");
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return text;
    };
    let exponent: String = exponent
        .chars()
        .map(|c| match c {
            '-' => '⁻',
            digit => match digit.to_digit(10) {
                Some(i) => ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][i as usize],
                None => digit,
            },
        })
        .collect();
    let mantissa = mantissa.trim_end_matches(".0").replace('-', "−");
    match mantissa.as_str() {
        "1" => format!("10{exponent}"),
        "−1" => format!("−10{exponent}"),
        _ => format!("{mantissa}·10{exponent}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis, data: &[f64]) -> Vec<String> {
        let ruler = Ruler::new(axis, data.iter().copied(), false).unwrap();
        ruler.ticks().iter().map(|tick| tick.1.clone()).collect()
    }

    #[test]
    fn linear_labels_are_round() {
        let expected = ["25", "30", "35", "40", "45"];
        assert_eq!(labels(&Axis::linear(""), &[25.0, 45.0]), expected);
        let expected = ["0", "0.2", "0.4", "0.6", "0.8", "1"].map(|l| {
            if l == "0" || l == "1" {
                format!("{l}.0")
            } else {
                l.to_owned()
            }
        });
        assert_eq!(labels(&Axis::linear("").between(0.0, 1.0), &[]), expected);
        assert_eq!(
            labels(&Axis::linear("").between(-4e-6, 4e-6), &[])[..2],
            ["−4·10⁻⁶", "−2·10⁻⁶"]
        );
        assert_eq!(
            labels(&Axis::linear("").between(1e-11, 2e-11), &[]),
            ["10⁻¹¹", "1.5·10⁻¹¹", "2·10⁻¹¹"]
        );
    }

    #[test]
    fn logarithmic_labels_are_powers_or_their_halves() {
        assert_eq!(
            labels(&Axis::log("").between(1e-12, 1e-9), &[]),
            ["10⁻¹²", "10⁻¹¹", "10⁻¹⁰", "10⁻⁹"]
        );
        assert_eq!(
            labels(&Axis::log("").between(0.9e-11, 2.1e-11), &[]),
            ["10⁻¹¹", "2·10⁻¹¹"]
        );
        assert!(labels(&Axis::log("").between(1e-30, 1e30), &[]).len() <= 9);
    }

    #[test]
    fn pixels_follow_the_scale_and_gaps_are_gaps() {
        let ruler = Ruler::new(&Axis::log("").between(1.0, 100.0), [].into_iter(), false).unwrap();
        assert_eq!(ruler.map(&10.0, (0, 200)), 100);
        assert_eq!(ruler.map(&10.0, (200, 0)), 100);
        assert_eq!(ruler.map(&100.0, (20, 220)), 220);
        assert!(ruler.shows(1e9) && !ruler.shows(0.0) && !ruler.shows(f64::NAN));
        assert!((ruler.range().end / 100.0 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn impossible_axes_are_named() {
        let error = |axis: Axis, data: &[f64]| {
            Ruler::new(&axis, data.iter().copied(), false)
                .unwrap_err()
                .to_string()
        };
        assert!(error(Axis::log("power (W)"), &[-1.0]).contains("power (W)"));
        assert!(error(Axis::linear("x").between(2.0, 1.0), &[]).contains("2 and 1"));
    }
}
