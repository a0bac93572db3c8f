//! How matrices and numbers are written (feature `serde`): `#[serde(with = "crate::written")]`.
//!
//! Matrices are lists of rows, complex entries `[re, im]`. A matrix without rows comes back without columns.
//! Numbers are numbers; infinities and NaN, for which JSON has no word, are the strings `"inf"`, `"-inf"` and
//! `"NaN"`.

use faer::{Mat, c64};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::sdp::MatrixId;

pub(crate) fn serialize<T: Written, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    value.form().serialize(to)
}

pub(crate) fn deserialize<'de, T: Written, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    T::of_form(T::Form::deserialize(from)?).map_err(D::Error::custom)
}

/// A type that is written in another form than its own.
pub(crate) trait Written: Sized {
    type Form: Serialize + DeserializeOwned;

    fn form(&self) -> Self::Form;

    fn of_form(form: Self::Form) -> Result<Self, String>;
}

impl Written for Mat<c64> {
    type Form = Vec<Vec<c64>>;

    fn form(&self) -> Self::Form {
        let row = |i| (0..self.ncols()).map(|j| self[(i, j)]).collect();
        (0..self.nrows()).map(row).collect()
    }

    fn of_form(rows: Self::Form) -> Result<Self, String> {
        let columns = rows.first().map_or(0, Vec::len);
        if let Some(i) = rows.iter().position(|row| row.len() != columns) {
            let found = rows[i].len();
            return Err(format!(
                "row {i} has {found} entries and must have {columns}, like row 0"
            ));
        }
        Ok(Mat::from_fn(rows.len(), columns, |i, j| rows[i][j]))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Number {
    Finite(f64),
    Word(String),
}

impl Written for f64 {
    type Form = Number;

    fn form(&self) -> Number {
        if self.is_finite() {
            Number::Finite(*self)
        } else {
            Number::Word(self.to_string())
        }
    }

    fn of_form(form: Number) -> Result<Self, String> {
        match form {
            Number::Finite(value) => Ok(value),
            Number::Word(word) => (word.parse()).map_err(|_| format!("{word:?} must be a number")),
        }
    }
}

impl<T: Written> Written for Vec<T> {
    type Form = Vec<T::Form>;

    fn form(&self) -> Self::Form {
        self.iter().map(T::form).collect()
    }

    fn of_form(form: Self::Form) -> Result<Self, String> {
        form.into_iter().map(T::of_form).collect()
    }
}

impl<T: Written> Written for Option<T> {
    type Form = Option<T::Form>;

    fn form(&self) -> Self::Form {
        self.as_ref().map(T::form)
    }

    fn of_form(form: Self::Form) -> Result<Self, String> {
        form.map(T::of_form).transpose()
    }
}

/// A coefficient of a linear form.
impl<T: Written> Written for (MatrixId, T) {
    type Form = (MatrixId, T::Form);

    fn form(&self) -> Self::Form {
        (self.0, self.1.form())
    }

    fn of_form((id, form): Self::Form) -> Result<Self, String> {
        Ok((id, T::of_form(form)?))
    }
}
