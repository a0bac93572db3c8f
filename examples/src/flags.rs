//! What the command lines of the examples share: how values are checked, and where help and complaints go.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command};
use std::ffi::OsStr;
use std::io::Write;

/// A number strictly between 0 and 1.
///
/// # Errors
///
/// What was expected, for anything else.
pub fn between_0_and_1(text: &str) -> Result<f64, String> {
    number(text, |x| x > 0.0 && x < 1.0, "a number between 0 and 1")
}

/// A number from 0 to 1, both included.
///
/// # Errors
///
/// What was expected, for anything else.
pub fn from_0_to_1(text: &str) -> Result<f64, String> {
    number(text, |x| (0.0..=1.0).contains(&x), "a number from 0 to 1")
}

/// A finite number above zero.
///
/// # Errors
///
/// What was expected, for anything else.
pub fn positive(text: &str) -> Result<f64, String> {
    number(text, |x| x > 0.0 && x.is_finite(), "a number above 0")
}

/// A finite number.
///
/// # Errors
///
/// What was expected, for anything else.
pub fn finite(text: &str) -> Result<f64, String> {
    number(text, f64::is_finite, "a finite number")
}

fn number(text: &str, fits: impl Fn(f64) -> bool, expected: &str) -> Result<f64, String> {
    let number = text.trim().parse().ok().filter(|x| fits(*x));
    number.ok_or_else(|| format!("expected {expected}"))
}

/// One of some words, read as what stands beside it; spaces around it do not matter.
#[derive(Debug, Clone)]
pub struct OneOf<T>(Vec<(String, T)>);

impl<T> OneOf<T> {
    /// Words and what they mean, in the order in which they are listed.
    pub fn new<'a>(words: impl IntoIterator<Item = (&'a str, T)>) -> Self {
        let entry = |(word, meaning): (&str, T)| (word.to_owned(), meaning);
        Self(words.into_iter().map(entry).collect())
    }
}

impl OneOf<String> {
    /// Words that mean themselves.
    pub fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self::new(names.into_iter().map(|name| (name, name.to_owned())))
    }
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for OneOf<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        let word = value.to_str().map_or(value, |text| OsStr::new(text.trim()));
        let names = PossibleValuesParser::new(self.0.iter().map(|entry| entry.0.clone()));
        let word = names.parse_ref(command, arg, word)?;
        let entry = self.0.iter().find(|entry| entry.0 == word);
        let meaning = entry.map(|entry| entry.1.clone());
        meaning.ok_or_else(|| clap::Error::new(ErrorKind::InvalidValue))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let names = self
            .0
            .iter()
            .map(|entry| PossibleValue::new(entry.0.clone()));
        Some(Box::new(names))
    }
}

/// Ends a command whose line asks for help or the version (on `out`) or is wrong (on `err`): says so and
/// returns the exit code, 0 or 2.
pub fn end(error: &clap::Error, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let wrong = error.use_stderr();
    let stream: &mut dyn Write = if wrong { err } else { out };
    // If the stream is closed, the exit code is all that is left.
    let _ = write!(stream, "{}", error.render());
    if wrong { 2 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ArgAction;

    #[test]
    fn ends_of_ranges_are_where_they_are_said_to_be() {
        for text in ["0", "1", "-0.5", "1.5", "nan", "inf", "half", "0,5", ""] {
            assert!(between_0_and_1(text).is_err(), "{text}");
        }
        assert_eq!(between_0_and_1("0.25"), Ok(0.25));
        assert_eq!((from_0_to_1("0"), from_0_to_1("1")), (Ok(0.0), Ok(1.0)));
        assert!(from_0_to_1("-1e-9").is_err() && from_0_to_1("nan").is_err());
        assert!(positive("0").is_err() && positive("inf").is_err());
        assert_eq!((finite("-3"), finite("inf").is_err()), (Ok(-3.0), true));
    }

    #[test]
    fn words_are_read_by_their_table_and_others_named() {
        let list = Arg::new("list")
            .long("list")
            .value_delimiter(',')
            .action(ArgAction::Set)
            .value_parser(OneOf::new([("planar", 1), ("spherical", 2)]));
        let command = Command::new("test").no_binary_name(true).arg(list);
        let read = |line: [&str; 2]| command.clone().try_get_matches_from(line);
        let found = read(["--list", "spherical, planar"]).unwrap();
        let found: Vec<i32> = found.get_many("list").unwrap().copied().collect();
        assert_eq!(found, [2, 1]);

        let error = read(["--list", "planar,sperical"]).unwrap_err();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        assert_eq!(end(&error, &mut out, &mut err), 2);
        let err = String::from_utf8(err).unwrap();
        assert!(out.is_empty());
        for words in [
            "'sperical'",
            "--list",
            "planar, spherical",
            "similar value exists: 'spherical'",
        ] {
            assert!(err.contains(words), "{words}: {err}");
        }
    }
}
