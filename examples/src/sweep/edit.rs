//! Changing one key of a scenario file: dotted paths, and the values a sweep gives them.

use std::fmt;
use toml::{Table, Value};

/// A place in a scenario file, such as `power.sensing_dbm`, `access_point[0].array.elements` or, for
/// all of a list, `access_point[*].array.elements`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPath {
    text: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
    All,
}

/// What is wrong with a sweep's key or values.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// A path that cannot be read.
    #[error("key {path:?}: {problem}")]
    Path {
        /// As it was given.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// Values that cannot be read.
    #[error("values {text:?}: {problem}")]
    Values {
        /// As they were given.
        text: String,
        /// What is wrong.
        problem: String,
    },
}

impl KeyPath {
    /// Reads a path. `a[0].b` and `a.0.b` are the same.
    ///
    /// # Errors
    ///
    /// An empty step, or an index that is not a number or `*`.
    pub fn parse(text: &str) -> Result<Self, EditError> {
        let wrong = |problem: &str| EditError::Path {
            path: text.to_owned(),
            problem: problem.to_owned(),
        };
        let mut steps = Vec::new();
        for part in text.replace('[', ".[").split('.') {
            let step = if let Some(index) = part.strip_prefix('[') {
                let index = index.strip_suffix(']');
                match index.ok_or_else(|| wrong("a bracket is not closed"))? {
                    "*" => Step::All,
                    index => Step::Index(
                        index
                            .parse()
                            .map_err(|_| wrong("an index is a whole number from 0, or *"))?,
                    ),
                }
            } else if part.is_empty() {
                return Err(wrong("a step is empty"));
            } else if part == "*" {
                Step::All
            } else if let Ok(index) = part.parse() {
                Step::Index(index)
            } else {
                Step::Key(part.to_owned())
            };
            steps.push(step);
        }
        match steps.first() {
            Some(Step::Key(_)) => Ok(Self {
                text: text.to_owned(),
                steps,
            }),
            _ => Err(wrong("it must begin with a name")),
        }
    }

    /// The path as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Sets the value in place. A table or key that is not there is made, so that optional keys can be
    /// swept; whether the key means anything is for the reader of scenarios to say.
    ///
    /// # Errors
    ///
    /// An index beyond the end of a list, or a step into something that has no such steps.
    pub fn set(&self, root: &mut Table, value: &Value) -> Result<(), EditError> {
        let Some((Step::Key(first), rest)) = self.steps.split_first() else {
            return Err(self.wrong("it must begin with a name".to_owned()));
        };
        let empty = || Value::Table(Table::new());
        self.set_in(root.entry(first.clone()).or_insert_with(empty), rest, value)
    }

    fn set_in(&self, place: &mut Value, steps: &[Step], value: &Value) -> Result<(), EditError> {
        let Some((step, rest)) = steps.split_first() else {
            *place = value.clone();
            return Ok(());
        };
        match (step, place) {
            (Step::Key(key), Value::Table(table)) => {
                let empty = || Value::Table(Table::new());
                self.set_in(table.entry(key.clone()).or_insert_with(empty), rest, value)
            }
            (Step::Index(index), Value::Array(list)) => {
                let length = list.len();
                match list.get_mut(*index) {
                    Some(place) => self.set_in(place, rest, value),
                    None => Err(self.wrong(format!(
                        "index {index} of a list of {length} (they count from 0)"
                    ))),
                }
            }
            (Step::All, Value::Array(list)) => list
                .iter_mut()
                .try_for_each(|place| self.set_in(place, rest, value)),
            (Step::Key(key), other) => Err(self.wrong(format!(
                "{key:?} is asked of {} {}",
                article(other),
                other.type_str()
            ))),
            (_, other) => Err(self.wrong(format!(
                "an index is asked of {} {}",
                article(other),
                other.type_str()
            ))),
        }
    }

    fn wrong(&self, problem: String) -> EditError {
        EditError::Path {
            path: self.text.clone(),
            problem,
        }
    }
}

fn article(value: &Value) -> &'static str {
    match value {
        Value::Integer(_) | Value::Array(_) => "an",
        _ => "a",
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// One key and the values it takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Which key.
    pub path: KeyPath,
    /// One after the other.
    pub values: Vec<Value>,
}

/// Most values of one axis: a range with a mistyped step is an error, not a full memory.
const MOST_VALUES: f64 = 1e6;

impl Axis {
    /// Reads `KEY=VALUES`. Values are a list `a,b,c` (numbers, `true`, `false`, or words), a range
    /// `from:to:step` with both ends, or a geometric range `from:to:*factor`.
    ///
    /// # Errors
    ///
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, EditError> {
        let Some((path, values)) = text.split_once('=') else {
            return Err(EditError::Values {
                text: text.to_owned(),
                problem: "expected KEY=VALUES".to_owned(),
            });
        };
        Ok(Self {
            path: KeyPath::parse(path.trim())?,
            values: parse_values(values.trim())?,
        })
    }
}

fn parse_values(text: &str) -> Result<Vec<Value>, EditError> {
    let wrong = |problem: &str| EditError::Values {
        text: text.to_owned(),
        problem: problem.to_owned(),
    };
    let parts: Vec<&str> = text.split(':').map(str::trim).collect();
    match parts[..] {
        [list] => list
            .split(',')
            .map(|word| match word.trim() {
                "" => Err(wrong("a value is empty")),
                word => Ok(parse_value(word)),
            })
            .collect(),
        [from, to, step] => {
            let (factor, step) = match step.strip_prefix('*') {
                Some(factor) => (true, factor),
                None => (false, step),
            };
            let whole = [from, to, step].map(|part| part.parse::<i64>());
            let number = |part: &str| match part.parse::<f64>() {
                Ok(value) if value.is_finite() => Ok(value),
                _ => Err(wrong("a range is from:to:step or from:to:*factor")),
            };
            let (a, b, s) = (number(from)?, number(to)?, number(step)?);
            let values = if factor {
                geometric(a, b, s)
            } else {
                arithmetic(a, b, s)
            };
            let values = values.ok_or_else(|| {
                wrong(
                    "the step does not lead from one end to the other in at most a million values",
                )
            })?;
            let integers = !factor && whole.iter().all(Result::is_ok);
            Ok(values
                .into_iter()
                .map(|value| {
                    if integers {
                        Value::Integer(value as i64)
                    } else {
                        Value::Float(value)
                    }
                })
                .collect())
        }
        _ => Err(wrong("a range is from:to:step or from:to:*factor")),
    }
}

fn parse_value(word: &str) -> Value {
    if let Ok(whole) = word.parse() {
        return Value::Integer(whole);
    }
    match word.parse::<f64>() {
        Ok(number) if number.is_finite() => Value::Float(number),
        _ => match word {
            "true" => Value::Boolean(true),
            "false" => Value::Boolean(false),
            text => Value::String(text.to_owned()),
        },
    }
}

/// The last digits of sums and products are noise that would end in file names and legends.
fn twelve_digits(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

fn arithmetic(from: f64, to: f64, step: f64) -> Option<Vec<f64>> {
    let count = ((to - from) / step + 1e-9).floor();
    let usable = (0.0..MOST_VALUES).contains(&count);
    usable.then(|| {
        (0..=count as usize)
            .map(|i| twelve_digits(from + step * i as f64))
            .collect()
    })
}

fn geometric(from: f64, to: f64, factor: f64) -> Option<Vec<f64>> {
    if from <= 0.0 || to <= 0.0 || factor <= 0.0 || factor == 1.0 {
        return None;
    }
    let count = ((to / from).ln() / factor.ln() + 1e-9).floor();
    let usable = (0.0..MOST_VALUES).contains(&count);
    usable.then(|| {
        (0..=count as usize)
            .map(|i| twelve_digits(from * factor.powi(i as i32)))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floats(text: &str) -> Vec<f64> {
        let number = |value: Value| value.as_float().unwrap();
        parse_values(text)
            .unwrap()
            .into_iter()
            .map(number)
            .collect()
    }

    #[test]
    fn ranges_have_both_ends_and_clean_digits() {
        assert_eq!(floats("25:30:2.5"), [25.0, 27.5, 30.0]);
        assert_eq!(floats("0.1:0.5:0.1"), [0.1, 0.2, 0.3, 0.4, 0.5]);
        assert_eq!(floats("1e-12:8e-12:*2"), [1e-12, 2e-12, 4e-12, 8e-12]);
        assert_eq!(floats("3:1:-0.5"), [3.0, 2.5, 2.0, 1.5, 1.0]);
        let whole = parse_values("11:21:5").unwrap();
        assert_eq!(whole, [11, 16, 21].map(Value::Integer));
    }

    #[test]
    fn lists_mix_types() {
        let values = parse_values("1, 2.5,carrier-phase,true").unwrap();
        let expected = [
            Value::Integer(1),
            Value::Float(2.5),
            Value::String("carrier-phase".to_owned()),
            Value::Boolean(true),
        ];
        assert_eq!(values, expected);
    }

    #[test]
    fn bad_values_are_named() {
        for text in [
            "", "1:2", "1:2:3:4", "2:1:1", "1:2:0", "0:1:1e-9", "1:2:x", "-1:2:*2", "1,,2",
        ] {
            let error = parse_values(text).unwrap_err();
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
        }
    }

    #[test]
    fn paths_reach_tables_lists_and_all_of_a_list() {
        let mut root: Table = toml::from_str(
            "[power]\nsensing_dbm = 40\n[[ap]]\narray = { elements = 21 }\n[[ap]]\narray = { elements = 21 }\n",
        )
        .unwrap();
        let mut set = |path: &str, value: i64| {
            KeyPath::parse(path)?
                .set(&mut root, &Value::Integer(value))
                .map(|()| root.clone())
        };
        let now = set("power.sensing_dbm", 35).unwrap();
        assert_eq!(now["power"]["sensing_dbm"], Value::Integer(35));
        let now = set("ap[1].array.elements", 32).unwrap();
        assert_eq!(now["ap"][1]["array"]["elements"], Value::Integer(32));
        assert_eq!(now["ap"][0]["array"]["elements"], Value::Integer(21));
        let now = set("ap.0.array.elements", 63).unwrap();
        assert_eq!(now["ap"][0]["array"]["elements"], Value::Integer(63));
        let now = set("ap[*].array.elements", 5).unwrap();
        assert_eq!(now["ap"][1]["array"]["elements"], Value::Integer(5));
        let now = set("uncertainty.error_scale_per_m", 373).unwrap();
        assert_eq!(now["uncertainty"]["error_scale_per_m"], Value::Integer(373));
        let wrong = |result: Result<Table, EditError>| result.unwrap_err().to_string();
        assert!(wrong(set("ap[2].array.elements", 1)).contains("index 2 of a list of 2"));
        assert!(wrong(set("power.sensing_dbm.x", 1)).contains("\"x\" is asked of an integer"));
        assert!(wrong(set("power[0]", 1)).contains("an index is asked of a table"));
        for path in ["", "a..b", "[0].a", "a[x]", "a[1"] {
            assert!(KeyPath::parse(path).is_err(), "{path}");
        }
    }
}
