//! What depends on the machine and the day: kept apart from the results.

use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};
use td_isac_examples::sweep::Finished;

/// A file of JSON lines: one for each run's machine, one for each design's seconds.
pub struct SideFile(Mutex<File>);

#[derive(Serialize)]
struct Host<'a> {
    version: &'a str,
    os: &'a str,
    architecture: &'a str,
    cores: Option<usize>,
    threads: usize,
    shard: String,
    started_unix_s: Option<u64>,
}

#[derive(Serialize)]
struct Timing<'a> {
    id: &'a str,
    seconds: f64,
}

impl SideFile {
    /// Opens it, and adds a line on this machine and run.
    pub fn open(path: &Path, threads: usize, shard: (usize, usize)) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        let side = Self(Mutex::new(file));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok();
        side.write(&Host {
            version: env!("CARGO_PKG_VERSION"),
            os: std::env::consts::OS,
            architecture: std::env::consts::ARCH,
            cores: std::thread::available_parallelism().ok().map(Into::into),
            threads,
            shard: format!("{}/{}", shard.0, shard.1),
            started_unix_s: now.map(|since| since.as_secs()),
        })?;
        Ok(side)
    }

    /// Adds a design's seconds.
    pub fn add(&self, finished: &Finished<'_>) -> io::Result<()> {
        self.write(&Timing {
            id: &finished.record.id,
            seconds: finished.seconds,
        })
    }

    fn write(&self, line: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string(line)? + "\n";
        let mut file = self
            .0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        file.write_all(text.as_bytes())
    }
}
