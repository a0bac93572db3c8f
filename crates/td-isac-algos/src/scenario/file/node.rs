//! TOML values that know their place in the file.
//!
//! Reading by hand instead of through derived deserialisation is what makes every message name the
//! whole path of a key, the value found and what would be right.

use super::error::KeyProblem;
use toml::{Table, Value};

/// A problem and the path of the key that has it.
#[derive(Debug)]
pub(super) struct Misread {
    pub key: String,
    pub problem: KeyProblem,
}

/// A value and its path.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub path: String,
    value: &'a Value,
}

/// A table with a known set of keys, and its path (empty for the whole file).
#[derive(Debug, Clone)]
pub(super) struct TableNode<'a> {
    pub path: String,
    table: &'a Table,
}

impl<'a> TableNode<'a> {
    /// The whole file.
    pub fn root(table: &'a Table) -> Self {
        Self {
            path: String::new(),
            table,
        }
    }

    /// The table itself, once all its keys are among `expected`.
    pub fn only(self, expected: &[&'static str]) -> Result<Self, Misread> {
        match self
            .table
            .keys()
            .find(|key| !expected.contains(&key.as_str()))
        {
            None => Ok(self),
            Some(key) => Err(Misread {
                key: self.path_of(key),
                problem: KeyProblem::Unknown {
                    expected: expected.to_vec(),
                },
            }),
        }
    }

    /// The value of a key that may be absent.
    pub fn optional(&self, key: &str) -> Option<Node<'a>> {
        let value = self.table.get(key)?;
        Some(Node {
            path: self.path_of(key),
            value,
        })
    }

    /// The value of a key, which is described for the message when it is absent.
    pub fn required(&self, key: &str, expected: &'static str) -> Result<Node<'a>, Misread> {
        self.optional(key).ok_or_else(|| Misread {
            key: self.path_of(key),
            problem: KeyProblem::Missing { expected },
        })
    }

    /// A table inside this one with a known set of keys.
    pub fn table(&self, key: &str, expected: &[&'static str]) -> Result<Self, Misread> {
        self.required(key, "a table")?.table()?.only(expected)
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }
}

impl<'a> Node<'a> {
    pub fn misread(&self, problem: KeyProblem) -> Misread {
        Misread {
            key: self.path.clone(),
            problem,
        }
    }

    fn not_a(&self, expected: &'static str) -> Misread {
        let found = match self.value {
            Value::String(text) => format!("the text {text:?}"),
            Value::Integer(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Boolean(truth) => truth.to_string(),
            Value::Datetime(date) => format!("the date {date}"),
            Value::Array(list) => format!("a list of {}", list.len()),
            Value::Table(_) => "a table".to_owned(),
        };
        self.misread(KeyProblem::Type { expected, found })
    }

    /// A finite number, written as a float or as an integer.
    pub fn number(&self) -> Result<f64, Misread> {
        let value = match self.value {
            Value::Float(number) => *number,
            Value::Integer(number) => *number as f64,
            _ => return Err(self.not_a("a number")),
        };
        if value.is_finite() {
            Ok(value)
        } else {
            Err(self.misread(KeyProblem::NonFinite { value }))
        }
    }

    /// A finite number above zero.
    pub fn positive(&self) -> Result<f64, Misread> {
        let value = self.number()?;
        if value > 0.0 {
            Ok(value)
        } else {
            Err(self.misread(KeyProblem::NotPositive { value }))
        }
    }

    /// A finite number, zero or above.
    pub fn non_negative(&self) -> Result<f64, Misread> {
        let value = self.number()?;
        if value < 0.0 {
            Err(self.misread(KeyProblem::Negative { value }))
        } else {
            Ok(value)
        }
    }

    /// A finite number strictly between zero and one.
    pub fn probability(&self) -> Result<f64, Misread> {
        let value = self.number()?;
        if value > 0.0 && value < 1.0 {
            Ok(value)
        } else {
            Err(self.misread(KeyProblem::NotBetween { value }))
        }
    }

    /// A level in dBm, as a power in watts.
    pub fn watts(&self) -> Result<f64, Misread> {
        let value = self.number()?;
        let power_w = nf_channel::dbm_to_watt(value);
        if power_w.is_normal() {
            Ok(power_w)
        } else {
            Err(self.misread(KeyProblem::Level { value }))
        }
    }

    /// A whole number, zero or above.
    pub fn whole(&self) -> Result<u64, Misread> {
        match self.value {
            Value::Integer(number) => u64::try_from(*number).map_err(|_| {
                self.misread(KeyProblem::Negative {
                    value: *number as f64,
                })
            }),
            _ => Err(self.not_a("a whole number")),
        }
    }

    /// A whole number above zero.
    pub fn count(&self) -> Result<usize, Misread> {
        match usize::try_from(self.whole()?) {
            Ok(0) => Err(self.misread(KeyProblem::NotPositive { value: 0.0 })),
            // More than memory can address: the check of the array rejects any such number.
            count => Ok(count.unwrap_or(usize::MAX)),
        }
    }

    pub fn text(&self) -> Result<&'a str, Misread> {
        self.value.as_str().ok_or_else(|| self.not_a("a text"))
    }

    /// One of several words, each with its meaning.
    pub fn choice<T: Copy>(&self, words: &[(&'static str, T)]) -> Result<T, Misread> {
        let found = self.text()?;
        words
            .iter()
            .find(|(word, _)| *word == found)
            .map(|(_, meaning)| *meaning)
            .ok_or_else(|| {
                let expected = words.iter().map(|(word, _)| *word).collect();
                self.misread(KeyProblem::Choice {
                    found: found.to_owned(),
                    expected,
                })
            })
    }

    pub fn table(&self) -> Result<TableNode<'a>, Misread> {
        match self.value {
            Value::Table(table) => Ok(TableNode {
                path: self.path.clone(),
                table,
            }),
            _ => Err(self.not_a("a table")),
        }
    }

    pub fn list(&self) -> Result<Vec<Self>, Misread> {
        match self.value {
            Value::Array(list) => {
                let place = |(i, value)| Node {
                    path: format!("{}[{i}]", self.path),
                    value,
                };
                Ok(list.iter().enumerate().map(place).collect())
            }
            _ => Err(self.not_a("a list")),
        }
    }

    /// A list of the given length, whose entries `what` describes.
    pub fn list_of(&self, expected: usize, what: &'static str) -> Result<Vec<Self>, Misread> {
        let list = self.list()?;
        if list.len() == expected {
            Ok(list)
        } else {
            Err(self.misread(KeyProblem::Length {
                what,
                expected,
                found: list.len(),
            }))
        }
    }

    /// A list of exactly `D` finite numbers.
    pub fn vector<const D: usize>(&self) -> Result<[f64; D], Misread> {
        let mut vector = [0.0; D];
        for (coordinate, node) in vector.iter_mut().zip(self.list_of(D, "numbers")?) {
            *coordinate = node.number()?;
        }
        Ok(vector)
    }
}
