//! Errors that end an example.

use std::error::Error;
use std::fmt;

/// What `main` returns: an error shown as its message and those of its causes, where the standard library
/// would show its fields.
pub struct Failure(Box<dyn Error>);

impl<E: Into<Box<dyn Error>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        // Messages that repeat their cause say it once.
        let mut said = self.0.to_string();
        while let Some(error) = cause {
            let text = error.to_string();
            if !said.contains(&text) {
                write!(f, ": {text}")?;
            }
            said = text;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_messages_and_not_fields() {
        let error = "x".parse::<f64>().unwrap_err();
        let failure = Failure::from(error);
        assert_eq!(format!("{failure:?}"), "invalid float literal");
    }
}
