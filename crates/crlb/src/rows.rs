//! Matrices for `serde`: a list of rows, complex entries as `[re, im]` (feature `serde`).
//!
//! For fields of a matrix, `#[serde(with = "crlb::rows")]`, and of a list of them,
//! `#[serde(with = "crlb::rows::list")]`. A matrix without rows comes back without columns.

use faer::Mat;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes a matrix row by row.
///
/// # Errors
///
/// Those of the serialiser.
pub fn serialize<T: Clone + Serialize, S: Serializer>(
    matrix: &Mat<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let row = |i: usize| -> Vec<T> {
        (0..matrix.ncols())
            .map(|j| matrix[(i, j)].clone())
            .collect()
    };
    serializer.collect_seq((0..matrix.nrows()).map(row))
}

/// Reads a matrix written row by row.
///
/// # Errors
///
/// Those of the deserialiser; rows that differ in length.
pub fn deserialize<'de, T: Clone + Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Mat<T>, D::Error> {
    let rows = Vec::<Vec<T>>::deserialize(deserializer)?;
    let columns = rows.first().map_or(0, Vec::len);
    for (i, row) in rows.iter().enumerate() {
        if row.len() != columns {
            let found = row.len();
            return Err(D::Error::custom(format!(
                "row {i} has {found} entries and must have {columns}, like row 0"
            )));
        }
    }
    Ok(Mat::from_fn(rows.len(), columns, |i, j| rows[i][j].clone()))
}

/// The same for lists of matrices.
pub mod list {
    use super::*;

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    #[serde(bound(
        serialize = "T: Clone + Serialize",
        deserialize = "T: Clone + Deserialize<'de>"
    ))]
    struct Rows<T>(#[serde(with = "super")] Mat<T>);

    /// Writes each matrix row by row.
    ///
    /// # Errors
    ///
    /// Those of the serialiser.
    pub fn serialize<T: Clone + Serialize, S: Serializer>(
        matrices: &[Mat<T>],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(matrices.iter().map(|matrix| Rows(matrix.clone())))
    }

    /// Reads matrices written row by row.
    ///
    /// # Errors
    ///
    /// As for a single one.
    pub fn deserialize<'de, T: Clone + Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Mat<T>>, D::Error> {
        let rows = Vec::<Rows<T>>::deserialize(deserializer)?;
        Ok(rows.into_iter().map(|Rows(matrix)| matrix).collect())
    }
}
