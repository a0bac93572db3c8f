//! The one way in which this crate, and those that build on it, say that a parameter is wrong.

/// Which parameter is wrong, what it is, and what it must be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// A real number outside of its range.
    #[error("{what} = {value} must be {requirement}")]
    Number {
        /// Name of the parameter, unit included.
        what: &'static str,
        /// What was found.
        value: f64,
        /// What would be right, in words that follow "must be".
        requirement: &'static str,
    },
    /// A number of things outside of its range.
    #[error("{what} = {value} must be {requirement}")]
    Count {
        /// What was counted.
        what: &'static str,
        /// How many were found.
        value: usize,
        /// What would be right, in words that follow "must be".
        requirement: &'static str,
    },
    /// An index of something that there is not.
    #[error("{what} = {value} must be less than {count}, their number")]
    Index {
        /// What is counted.
        what: &'static str,
        /// The index found.
        value: usize,
        /// How many there are.
        count: usize,
    },
    /// A list or matrix whose size differs from that of another one.
    #[error("{what} = {value} must be {requirement}")]
    Size {
        /// What was measured.
        what: &'static str,
        /// The size found.
        value: usize,
        /// The size needed.
        requirement: usize,
    },
}

impl Invalid {
    /// `value`, or the error that it is not finite.
    ///
    /// # Errors
    ///
    /// [`Invalid::Number`].
    pub fn unless_finite(what: &'static str, value: f64) -> Result<f64, Self> {
        Self::unless(value.is_finite(), what, value, "finite")
    }

    /// `value`, or the error that it is not finite and positive.
    ///
    /// # Errors
    ///
    /// [`Invalid::Number`].
    pub fn unless_positive(what: &'static str, value: f64) -> Result<f64, Self> {
        Self::unless_finite(what, value)?;
        Self::unless(value > 0.0, what, value, "positive")
    }

    /// `value`, or the error that it is not finite and at least zero.
    ///
    /// # Errors
    ///
    /// [`Invalid::Number`].
    pub fn unless_nonnegative(what: &'static str, value: f64) -> Result<f64, Self> {
        Self::unless_finite(what, value)?;
        Self::unless(value >= 0.0, what, value, "at least 0")
    }

    /// The error for an empty list of such things.
    ///
    /// # Errors
    ///
    /// [`Invalid::Count`].
    pub fn if_none(what: &'static str, value: usize) -> Result<(), Self> {
        if value > 0 {
            return Ok(());
        }
        Err(Self::Count {
            what,
            value,
            requirement: "at least 1",
        })
    }

    /// The error for an index of one of so many things that is not below their number.
    ///
    /// # Errors
    ///
    /// [`Invalid::Index`].
    pub fn unless_index(what: &'static str, count: usize, value: usize) -> Result<(), Self> {
        if value < count {
            return Ok(());
        }
        Err(Self::Index { what, value, count })
    }

    /// The error for a size that is not the one needed.
    ///
    /// # Errors
    ///
    /// [`Invalid::Size`].
    pub fn unless_size(what: &'static str, requirement: usize, value: usize) -> Result<(), Self> {
        if value == requirement {
            return Ok(());
        }
        Err(Self::Size {
            what,
            value,
            requirement,
        })
    }

    fn unless(
        right: bool,
        what: &'static str,
        value: f64,
        requirement: &'static str,
    ) -> Result<f64, Self> {
        if right {
            return Ok(value);
        }
        Err(Self::Number {
            what,
            value,
            requirement,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_judged_and_named() {
        type Check = fn(&'static str, f64) -> Result<f64, Invalid>;
        let (finite, positive, nonnegative): (Check, Check, Check) = (
            Invalid::unless_finite,
            Invalid::unless_positive,
            Invalid::unless_nonnegative,
        );
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for check in [finite, positive, nonnegative] {
                let error = check("noise_w", value).unwrap_err();
                assert_eq!(
                    error.to_string(),
                    format!("noise_w = {value} must be finite")
                );
            }
        }
        assert_eq!(finite("x", -1.0), Ok(-1.0));
        assert_eq!(nonnegative("x", 0.0), Ok(0.0));
        assert_eq!(positive("x", 1e-300), Ok(1e-300));
        let text = |check: Check, value| check("noise_w", value).unwrap_err().to_string();
        assert_eq!(text(positive, 0.0), "noise_w = 0 must be positive");
        assert_eq!(text(nonnegative, -2.0), "noise_w = -2 must be at least 0");
    }

    #[test]
    fn counts_and_sizes_are_judged_and_named() {
        assert_eq!(Invalid::if_none("users", 1), Ok(()));
        assert_eq!(
            Invalid::if_none("users", 0).unwrap_err().to_string(),
            "users = 0 must be at least 1"
        );
        assert_eq!(Invalid::unless_size("echoes", 3, 3), Ok(()));
        assert_eq!(
            Invalid::unless_size("echoes", 3, 2)
                .unwrap_err()
                .to_string(),
            "echoes = 2 must be 3"
        );
    }
}
