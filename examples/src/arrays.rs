//! Complex arrays of NumPy: files `.npy` and archives `.npz`.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use faer::{Mat, c64};
use npyz::{DType, NpyFile, Order, TypeChar, WriterBuilder};
use num_complex::Complex;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

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

/// An array of any number of dimensions, its last index running fastest.
#[derive(Debug)]
struct Array {
    shape: Vec<usize>,
    entries: Vec<c64>,
}

/// An archive `.npz` that is open.
struct Archive<'a> {
    file: &'a Path,
    zip: ZipArchive<BufReader<File>>,
}

fn unreadable(file: &Path, array: Option<&str>, why: String) -> Unreadable {
    Unreadable {
        file: file.to_owned(),
        array: array.map(str::to_owned),
        why,
    }
}

fn open(file: &Path) -> Result<File, Unreadable> {
    File::open(file).map_err(|e| unreadable(file, None, format!("cannot be read: {e}")))
}

impl<'a> Archive<'a> {
    fn open(file: &'a Path) -> Result<Self, Unreadable> {
        let zip = ZipArchive::new(BufReader::new(open(file)?))
            .map_err(|e| unreadable(file, None, format!("is no .npz archive: {e}")))?;
        Ok(Self { file, zip })
    }

    /// The two-dimensional array of that name; `meaning` says what its indices are.
    fn matrix(&mut self, name: &str, meaning: &str) -> Result<Mat<c64>, Unreadable> {
        let wrong = |why: String| unreadable(self.file, Some(name), why);
        let entry = (self.zip.by_name(&format!("{name}.npy")))
            .map_err(|e| wrong(format!("cannot be read: {e}")))?;
        let bytes = entry.size();
        let Array { shape, entries } = array(entry, bytes).map_err(wrong)?;
        match shape[..] {
            [rows, columns] => Ok(Mat::from_fn(rows, columns, |i, j| entries[i * columns + j])),
            _ => Err(wrong(format!(
                "has {} dimensions; expected two, {meaning}",
                shape.len()
            ))),
        }
    }

    /// How many arrays `x0, x1, ..` there are.
    fn count(&self, letter: char) -> usize {
        let has = |index: &usize| {
            let name = format!("{letter}{index}.npy");
            self.zip.index_for_name(&name).is_some()
        };
        (0..).take_while(has).count()
    }
}

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
    let mut archive = Archive::open(file)?;
    (elements.iter().enumerate())
        .map(|(index, &elements)| {
            let name = format!("{letter}{index}");
            let matrix = archive.matrix(&name, "element and slot")?;
            if matrix.nrows() != elements {
                let why = format!(
                    "has {} rows; access point {index} has {elements} elements",
                    matrix.nrows()
                );
                return Err(unreadable(file, Some(&name), why));
            }
            Ok(matrix)
        })
        .collect()
}

/// Channels `[user][access point][element]`: of a file `.npy` with an array of these three indices, or of an archive `.npz`
/// with arrays `h0, h1, ..`, one for each access point, of user and element. complex128 or complex64, in C or Fortran order.
///
/// # Errors
///
/// The file or one of the arrays cannot be read, or is none such.
pub fn channels(file: &Path) -> Result<Vec<Vec<Vec<c64>>>, Unreadable> {
    if file
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("npz"))
    {
        return channels_by_access_point(file);
    }
    let opened = open(file)?;
    let bytes = (opened.metadata())
        .map_err(|e| unreadable(file, None, format!("cannot be read: {e}")))?
        .len();
    let array = array(BufReader::new(opened), bytes).map_err(|why| unreadable(file, None, why))?;
    let [users, access_points, elements] = array.shape[..] else {
        let why = format!(
            "has {} dimensions; expected three: user, access point and element",
            array.shape.len()
        );
        return Err(unreadable(file, None, why));
    };
    if users * access_points * elements == 0 {
        let why = format!("has no channels: its shape is {:?}", array.shape);
        return Err(unreadable(file, None, why));
    }
    Ok(array
        .entries
        .chunks(access_points * elements)
        .map(|user| user.chunks(elements).map(<[c64]>::to_vec).collect())
        .collect())
}

fn channels_by_access_point(file: &Path) -> Result<Vec<Vec<Vec<c64>>>, Unreadable> {
    let mut archive = Archive::open(file)?;
    let count = archive.count('h');
    if count == 0 {
        let why = "has no arrays h0, h1, .., one for each access point".to_owned();
        return Err(unreadable(file, None, why));
    }
    let parts = (0..count)
        .map(|m| archive.matrix(&format!("h{m}"), "user and element"))
        .collect::<Result<Vec<_>, _>>()?;
    let users = parts[0].nrows();
    for (m, part) in parts.iter().enumerate() {
        if part.nrows() != users || part.nrows() * part.ncols() == 0 {
            let why = format!(
                "is {} by {}; expected one row for each of {users} users of h0, and at least one element",
                part.nrows(),
                part.ncols()
            );
            return Err(unreadable(file, Some(&format!("h{m}")), why));
        }
    }
    let row = |part: &Mat<c64>, user: usize| (0..part.ncols()).map(|n| part[(user, n)]).collect();
    Ok((0..users)
        .map(|user| parts.iter().map(|part| row(part, user)).collect())
        .collect())
}

/// `bytes` is the size of the source, header and all.
fn array(source: impl Read, bytes: u64) -> Result<Array, String> {
    let file = NpyFile::new(source).map_err(|e| format!("is no array: {e}"))?;
    let shape = file.shape().to_vec();
    // What the header promises is laid out before it is read.
    let count = shape.iter().try_fold(1_u64, |all, n| all.checked_mul(*n));
    if count.is_none_or(|count| count > bytes) {
        return Err(format!("{shape:?} entries are more than it holds"));
    }
    let size = |n: &u64| usize::try_from(*n).map_err(|_| format!("{n} is too large"));
    let shape = shape.iter().map(size).collect::<Result<Vec<_>, _>>()?;
    let order = file.order();
    let found = values(file)?;
    let count: usize = shape.iter().product();
    if found.len() != count {
        return Err(format!("has {} entries, not {shape:?}", found.len()));
    }
    let entries = match order {
        Order::C => found,
        Order::Fortran => {
            // Where the entry stands whose last index runs fastest.
            let place = |mut index: usize| {
                let mut digits = vec![0; shape.len()];
                for (digit, n) in digits.iter_mut().zip(&shape).rev() {
                    (*digit, index) = (index % n, index / n);
                }
                let digits = digits.iter().zip(&shape).rev();
                digits.fold(0, |place, (digit, n)| place * n + digit)
            };
            (0..count).map(|index| found[place(index)]).collect()
        }
    };
    Ok(Array { shape, entries })
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

/// An archive `.npz` of complex128 matrices with these names.
///
/// # Errors
///
/// What the operating system says.
pub fn save(file: &Path, matrices: &[(String, Mat<c64>)]) -> io::Result<()> {
    let mut archive = ZipWriter::new(BufWriter::new(File::create(file)?));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, matrix) in matrices {
        let rows =
            (0..matrix.nrows()).flat_map(|i| (0..matrix.ncols()).map(move |j| matrix[(i, j)]));
        let shape = [matrix.nrows() as u64, matrix.ncols() as u64];
        archive.start_file(format!("{name}.npy"), stored)?;
        archive.write_all(&npy(&shape, Order::C, rows)?)?;
    }
    archive.finish()?.flush()
}

/// An array as a file `.npy`, from its entries in that order.
fn npy(shape: &[u64], order: Order, entries: impl IntoIterator<Item = c64>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = npyz::WriteOptions::<Complex<f64>>::new()
        .default_dtype()
        .order(order)
        .shape(shape)
        .writer(&mut bytes)
        .begin_nd()?;
    writer.extend(entries)?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(shape: &[u64], order: Order, entries: &[c64]) -> Vec<u8> {
        super::npy(shape, order, entries.iter().copied()).unwrap()
    }

    /// Matrices that were saved are read back, row by row.
    #[test]
    fn archives_are_read_back() {
        let file = std::env::temp_dir().join(format!("td-isac-saved-{}.npz", std::process::id()));
        let matrix =
            |rows, columns| Mat::from_fn(rows, columns, |i, j| c64::new(i as f64, -(j as f64)));
        let saved = [matrix(2, 3), matrix(2, 1)];
        let names = ["h0", "h1"].map(str::to_owned);
        save(
            &file,
            &names.into_iter().zip(saved.clone()).collect::<Vec<_>>(),
        )
        .unwrap();
        assert_eq!(matrices(&file, 'h', &[2, 2]).unwrap(), saved);
        assert_eq!(
            channels(&file).unwrap()[1][0],
            [0.0, 1.0, 2.0].map(|j| c64::new(1.0, -j))
        );
        std::fs::remove_file(&file).unwrap();
    }

    /// The channel `100 user + 10 access point + element`, in both orders, and as one array for each access point.
    #[test]
    fn channels_come_in_three_forms() {
        let folder = std::env::temp_dir().join(format!("td-isac-arrays-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let value =
            |user: u64, m: u64, n: u64| c64::new((100 * user + 10 * m + n) as f64, n as f64);
        let (users, access_points, elements) = (2, 3, 4);
        let mut c = Vec::new();
        for user in 0..users {
            for m in 0..access_points {
                c.extend((0..elements).map(|n| value(user, m, n)));
            }
        }
        let mut fortran = Vec::new();
        for n in 0..elements {
            for m in 0..access_points {
                fortran.extend((0..users).map(|user| value(user, m, n)));
            }
        }
        let shape = [users, access_points, elements];
        let expected: Vec<Vec<Vec<c64>>> = (0..users)
            .map(|user| {
                (0..access_points)
                    .map(|m| (0..elements).map(|n| value(user, m, n)).collect())
                    .collect()
            })
            .collect();
        let file = folder.join("h.npy");
        for bytes in [
            npy(&shape, Order::C, &c),
            npy(&shape, Order::Fortran, &fortran),
        ] {
            std::fs::write(&file, bytes).unwrap();
            assert_eq!(channels(&file).unwrap(), expected);
        }

        let archive = folder.join("h.npz");
        let parts = |sizes: &[(u64, u64)]| {
            let mut zip = zip::ZipWriter::new(File::create(&archive).unwrap());
            for (m, &(users, elements)) in sizes.iter().enumerate() {
                let options = zip::write::SimpleFileOptions::default();
                zip.start_file(format!("h{m}.npy"), options).unwrap();
                let entries: Vec<c64> = (0..users)
                    .flat_map(|user| (0..elements).map(move |n| value(user, m as u64, n)))
                    .collect();
                zip.write_all(&npy(&[users, elements], Order::C, &entries))
                    .unwrap();
            }
            zip.finish().unwrap();
        };
        // Access points of different sizes.
        parts(&[(2, 4), (2, 1)]);
        let found = channels(&archive).unwrap();
        assert_eq!(found[1][0], expected[1][0]);
        assert_eq!(found[1][1], expected[1][1][..1]);

        let refused = |file: &Path, words: &str| {
            let said = channels(file).unwrap_err().to_string();
            assert!(said.contains(words), "{said}");
        };
        parts(&[(2, 4), (3, 1)]);
        refused(
            &archive,
            "h1: is 3 by 1; expected one row for each of 2 users",
        );
        parts(&[]);
        refused(&archive, "has no arrays h0, h1");
        std::fs::write(&file, npy(&[6, 4], Order::C, &c)).unwrap();
        refused(&file, "has 2 dimensions; expected three");
        std::fs::write(&file, npy(&[0, 3, 4], Order::C, &[])).unwrap();
        refused(&file, "has no channels");
        // More is promised than there is.
        let mut short = npy(&shape, Order::C, &c);
        short.truncate(short.len() - 20);
        std::fs::write(&file, &short).unwrap();
        refused(&file, "cannot be read to its end");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
