//! The crates' vectors and matrices as NumPy's arrays.

use numpy::ndarray::Array2;
use numpy::{Complex64, IntoPyArray, PyArray1, PyArray2};
use pyo3::prelude::*;
use td_isac_algos::Beams;
use td_isac_algos::robust_sdp::faer::{Mat, MatRef, c64};

/// A matrix, row by row.
pub fn matrix<'py>(py: Python<'py>, matrix: MatRef<'_, c64>) -> Bound<'py, PyArray2<Complex64>> {
    let shape = (matrix.nrows(), matrix.ncols());
    Array2::from_shape_fn(shape, |(i, j)| matrix[(i, j)]).into_pyarray(py)
}

/// A real matrix, row by row.
pub fn real_matrix<'py>(py: Python<'py>, matrix: &Mat<f64>) -> Bound<'py, PyArray2<f64>> {
    let shape = (matrix.nrows(), matrix.ncols());
    Array2::from_shape_fn(shape, |(i, j)| matrix[(i, j)]).into_pyarray(py)
}

/// Rows of equal length.
pub fn rows<'py, const D: usize>(py: Python<'py>, rows: &[[f64; D]]) -> Bound<'py, PyArray2<f64>> {
    Array2::from_shape_fn((rows.len(), D), |(i, j)| rows[i][j]).into_pyarray(py)
}

/// Vectors `[user][access point]`.
pub type Links<'py> = Vec<Vec<Bound<'py, PyArray1<Complex64>>>>;

/// Beams as `[user][access point]` vectors.
pub fn beams<'py>(py: Python<'py>, beams: &Beams) -> Links<'py> {
    let user = |k| {
        (0..beams.antennas().len())
            .map(|m| beams.of(k, m).to_vec().into_pyarray(py))
            .collect()
    };
    (0..beams.users()).map(user).collect()
}
