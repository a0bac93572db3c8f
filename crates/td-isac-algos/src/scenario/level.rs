//! Powers and noises: one for all, or one for each.

use std::ops::MulAssign;

use nf_channel::Invalid;

/// A positive number that access points (users) share, or a list with one for each of them.
///
/// ```
/// use td_isac_algos::scenario::Level;
///
/// assert_eq!(Level::from(2.0).each(3), [2.0, 2.0, 2.0]);
/// assert_eq!(Level::from([1.0, 0.5]).of(1), 0.5);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(untagged))]
pub enum Level {
    /// The same for all.
    Same(f64),
    /// One for each, in order.
    Each(Vec<f64>),
}

impl Level {
    /// That of one of them.
    ///
    /// # Panics
    /// As an index does, if a list has no such entry.
    pub fn of(&self, index: usize) -> f64 {
        match self {
            Self::Same(value) => *value,
            Self::Each(values) => values[index],
        }
    }

    /// The list for so many; a list that there is stays as it is.
    pub fn each(&self, count: usize) -> Vec<f64> {
        match self {
            Self::Same(value) => vec![*value; count],
            Self::Each(values) => values.clone(),
        }
    }

    /// The numbers that were given.
    pub fn values(&self) -> &[f64] {
        match self {
            Self::Same(value) => std::slice::from_ref(value),
            Self::Each(values) => values,
        }
    }

    pub(super) fn check_length(&self, field: &'static str, count: usize) -> Result<(), Invalid> {
        match self {
            Self::Same(_) => Ok(()),
            Self::Each(values) => Invalid::unless_size(field, count, values.len()),
        }
    }
}

impl From<f64> for Level {
    fn from(value: f64) -> Self {
        Self::Same(value)
    }
}

impl From<Vec<f64>> for Level {
    fn from(values: Vec<f64>) -> Self {
        Self::Each(values)
    }
}

impl<const N: usize> From<[f64; N]> for Level {
    fn from(values: [f64; N]) -> Self {
        Self::Each(values.into())
    }
}

impl MulAssign<f64> for Level {
    fn mul_assign(&mut self, factor: f64) {
        match self {
            Self::Same(value) => *value *= factor,
            Self::Each(values) => values.iter_mut().for_each(|value| *value *= factor),
        }
    }
}
