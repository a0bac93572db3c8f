//! NumPy archives of complex matrices.

use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use faer::{Mat, c64};
use npyz::{DType, NpyFile, Order, TypeChar};
use num_complex::Complex;
use zip::ZipArchive;

/// Why a matrix could not be read, and from where.
#[derive(Debug)]
pub struct Unreadable {
    file: PathBuf,
    array: Option<String>,
    why: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file.display())?;
        if let Some(array) = &self.array {
            write!(f, "{array}: ")?;
        }
        write!(f, "{}", self.why)
    }
}

impl std::error::Error for Unreadable {}

/// Matrices `x0, x1, ..` of an archive, `x` being the given letter, one for each access point: complex128 or complex64, so
/// many elements by any number of slots.
///
/// # Errors
///
/// The file or one of the arrays cannot be read, or is none such.
pub fn matrices(
    file: &Path,
    letter: char,
    elements: &[usize],
) -> Result<Vec<Mat<c64>>, Unreadable> {
    let unreadable = |array: Option<&str>, why: String| Unreadable {
        file: file.to_owned(),
        array: array.map(str::to_owned),
        why,
    };
    let opened = File::open(file).map_err(|e| unreadable(None, format!("cannot be read: {e}")))?;
    let mut archive = ZipArchive::new(BufReader::new(opened))
        .map_err(|e| unreadable(None, format!("is no .npz archive: {e}")))?;
    (elements.iter().enumerate())
        .map(|(index, &elements)| {
            let name = format!("{letter}{index}");
            let entry = archive
                .by_name(&format!("{name}.npy"))
                .map_err(|e| unreadable(Some(&name), format!("cannot be read: {e}")))?;
            let bytes = entry.size();
            let matrix = matrix(entry, bytes).map_err(|why| unreadable(Some(&name), why))?;
            if matrix.nrows() != elements {
                let why = format!(
                    "has {} rows; access point {index} has {elements} elements",
                    matrix.nrows()
                );
                return Err(unreadable(Some(&name), why));
            }
            Ok(matrix)
        })
        .collect()
}

/// `bytes` is the size of the entry, header and all.
fn matrix(entry: impl Read, bytes: u64) -> Result<Mat<c64>, String> {
    let file = NpyFile::new(entry).map_err(|e| format!("is no array: {e}"))?;
    let &[rows, columns] = file.shape() else {
        return Err(format!(
            "has {} dimensions; expected two, element and slot",
            file.shape().len()
        ));
    };
    // What the header promises is laid out before it is read.
    if rows.checked_mul(columns).is_none_or(|count| count > bytes) {
        return Err(format!(
            "{rows} by {columns} entries are more than it holds"
        ));
    }
    let size = |n: u64| usize::try_from(n).map_err(|_| format!("{n} is too large"));
    let (rows, columns, order) = (size(rows)?, size(columns)?, file.order());
    let entries = values(file)?;
    if rows.checked_mul(columns) != Some(entries.len()) {
        return Err(format!(
            "has {} entries, not {rows} by {columns}",
            entries.len()
        ));
    }
    Ok(Mat::from_fn(rows, columns, |i, j| match order {
        Order::C => entries[i * columns + j],
        Order::Fortran => entries[i + j * rows],
    }))
}

/// All entries, in the order of the file.
fn values(file: NpyFile<impl Read>) -> Result<Vec<c64>, String> {
    let kind = match file.dtype() {
        DType::Plain(kind) => kind,
        other => {
            return Err(format!(
                "has entries {}; expected complex128",
                other.descr()
            ));
        }
    };
    let short = |e: std::io::Error| format!("cannot be read to its end: {e}");
    match (kind.type_char(), kind.size_field()) {
        (TypeChar::Complex, 16) => file.into_vec::<Complex<f64>>().map_err(short),
        (TypeChar::Complex, 8) => {
            let single = file.into_vec::<Complex<f32>>().map_err(short)?;
            let wide = |z: Complex<f32>| c64::new(f64::from(z.re), f64::from(z.im));
            Ok(single.into_iter().map(wide).collect())
        }
        _ => Err(format!(
            "has entries {kind}; expected complex128 or complex64"
        )),
    }
}
