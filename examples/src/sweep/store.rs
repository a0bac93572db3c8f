//! Finished results in a file of JSON lines, so that an interrupted run resumes.

use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What went wrong with a file of results.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system's word.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What happened.
        #[source]
        source: io::Error,
    },
    /// A complete line that is not a result.
    #[error("{}, line {line}: {problem}", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

/// A file of JSON objects, one a line, each with an `id` of its own.
///
/// Lines are appended whole. A last line without its line feed, which a run leaves that is killed while it
/// writes, is cut off when the file is opened again.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    file: Mutex<File>,
    found: BTreeMap<String, Value>,
}

impl Store {
    /// Opens the file, makes it if there is none, and reads what it has.
    ///
    /// # Errors
    ///
    /// It cannot be read or written, a complete line is no JSON object with an `id`, or two lines of one
    /// `id` disagree.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let io = |source| StoreError::Io {
            path: path.to_owned(),
            source,
        };
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(io)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(io)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io)?;
        let complete = bytes
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        if complete < bytes.len() {
            file.set_len(complete as u64).map_err(io)?;
        }
        file.seek(SeekFrom::Start(complete as u64)).map_err(io)?;
        let mut found = BTreeMap::new();
        for (index, line) in bytes[..complete].split(|&byte| byte == b'\n').enumerate() {
            if line.is_empty() {
                continue;
            }
            read(line, &mut found).map_err(|problem| StoreError::Line {
                path: path.to_owned(),
                line: index + 1,
                problem,
            })?;
        }
        Ok(Self {
            path: path.to_owned(),
            file: Mutex::new(file),
            found,
        })
    }

    /// What was there when the file was opened, by `id`.
    pub fn found(&self) -> &BTreeMap<String, Value> {
        &self.found
    }

    /// Appends one result.
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub fn append(&self, result: &impl Serialize) -> Result<(), StoreError> {
        let io = |source| StoreError::Io {
            path: self.path.clone(),
            source,
        };
        let line = serde_json::to_string(result).map_err(|error| io(error.into()))? + "\n";
        // A thread that panicked while it held the lock has written its line or it has not; the
        // next one is whole either way.
        let mut file = self
            .file
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        file.write_all(line.as_bytes()).map_err(io)
    }
}

fn read(line: &[u8], found: &mut BTreeMap<String, Value>) -> Result<(), String> {
    let value: Value = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let Some(id) = value.get("id").and_then(Value::as_str) else {
        return Err("not an object with an \"id\"".to_owned());
    };
    let id = id.to_owned();
    match found.get(&id) {
        Some(known) if *known != value => Err(format!("another result for {id}")),
        _ => {
            found.insert(id, value);
            Ok(())
        }
    }
}
