//! Files of semidefinite programs in SDPA's format, gzipped or not.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use robust_sdp::{SdpaError, SdpaProblem};

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file system, or the compression.
    #[error("{}", path.display())]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    /// What the file says.
    #[error("{}", path.display())]
    Format { path: PathBuf, source: SdpaError },
}

/// An instance's name and the file it is in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instance {
    pub name: String,
    pub path: PathBuf,
}

/// The instances in a directory, by name with numbers in their order.
pub fn list(directory: &Path) -> Result<Vec<Instance>, ReadError> {
    let wrong = |source| ReadError::File {
        path: directory.to_owned(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        let file = path.file_name().and_then(|n| n.to_str());
        let name = file.and_then(|n| {
            n.strip_suffix(".dat-s")
                .or_else(|| n.strip_suffix(".dat-s.gz"))
        });
        if let Some(name) = name.map(str::to_owned) {
            found.push(Instance { name, path });
        }
    }
    found.sort_by_cached_key(|i| natural(&i.name));
    Ok(found)
}

/// Words and numbers of a name, apart: `qap5` comes before `qap10`.
fn natural(name: &str) -> Vec<(String, u64)> {
    let mut parts: Vec<(String, u64)> = vec![(String::new(), 0)];
    let mut digits = false;
    for c in name.chars() {
        if let Some(digit) = c.to_digit(10) {
            if let Some((_, number)) = parts.last_mut() {
                *number = number.saturating_mul(10).saturating_add(u64::from(digit));
            }
            digits = true;
        } else {
            if digits {
                parts.push((String::new(), 0));
                digits = false;
            }
            if let Some((word, _)) = parts.last_mut() {
                word.push(c);
            }
        }
    }
    parts
}

impl Instance {
    /// Reads the file.
    pub fn read(&self) -> Result<SdpaProblem, ReadError> {
        let wrong = |source| ReadError::File {
            path: self.path.clone(),
            source,
        };
        let mut text = String::new();
        let mut file = fs::File::open(&self.path).map_err(wrong)?;
        if self.path.extension().is_some_and(|e| e == "gz") {
            MultiGzDecoder::new(file).read_to_string(&mut text)
        } else {
            file.read_to_string(&mut text)
        }
        .map_err(wrong)?;
        text.parse().map_err(|source| ReadError::Format {
            path: self.path.clone(),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_as_numbers() {
        let mut names = ["qap10", "mcp250-1", "qap5", "mcp124-2", "arch0"];
        names.sort_by_cached_key(|n| natural(n));
        assert_eq!(names, ["arch0", "mcp124-2", "mcp250-1", "qap5", "qap10"]);
    }

    #[test]
    fn gzip_and_plain_text_say_the_same() {
        let text = "1\n1\n1\n2.5\n1 1 1 1 1.0\n";
        let directory = std::env::temp_dir().join(format!("sdplib-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("a.dat-s"), text).unwrap();
        let packed = fs::File::create(directory.join("b.dat-s.gz")).unwrap();
        let mut packed = flate2::write::GzEncoder::new(packed, flate2::Compression::default());
        std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
        packed.finish().unwrap();
        let found = list(&directory).unwrap();
        let names: Vec<&str> = found.iter().map(|i| i.name.as_str()).collect();
        let problems: Vec<SdpaProblem> = found.iter().map(|i| i.read().unwrap()).collect();
        fs::remove_dir_all(&directory).unwrap();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(problems[0].costs, [2.5]);
        assert_eq!(problems[0], problems[1]);
    }
}
