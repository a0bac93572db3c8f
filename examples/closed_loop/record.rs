//! What is kept of each trial, one line of JSON, so that a long run can be interrupted.

use std::error::Error;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};
use td_isac_algos::scenario::{Level, PositionPrior};

/// One scheme in one trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub seed: u64,
    pub scheme: String,
    /// `C` for the reflectivities drawn, or its mean over the prior, m².
    pub crlb_constant_m2: f64,
    pub outcome: Outcome,
}

/// How far a trial came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// These reflectivities do not allow the sensing threshold.
    Unreachable,
    /// MUSIC saw fewer peaks than there are users.
    NotLocated { slots: usize, peaks: usize },
    /// A solver failed.
    Failed { slots: usize, error: String },
    /// Beams were designed on the estimated positions.
    Designed(Designed),
}

/// Promises and what became of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Designed {
    pub slots: usize,
    pub eta: f64,
    /// Distance of each user from its estimate.
    pub position_error_m: Vec<f64>,
    /// `C/(1-η)`, m²: what the plan expects as the sum of the users' mean squared errors.
    pub planned_crlb_m2: f64,
    /// What the waveform sent allowed, m². `None` when it did not allow any: too few slots to tell the echoes apart.
    pub conditional_crlb_m2: Option<f64>,
    /// `‖h - ĥ‖ / (‖ĥ‖ sqrt(C/(1-η)))`, `[user][access point]`: the α_e that would just cover it.
    pub covering_scale_per_m: Vec<Vec<f64>>,
    /// Certified before, and reached on the true channels.
    pub promised_bit_s_hz: f64,
    pub achieved_bit_s_hz: f64,
}

/// What must be equal for records to be continued.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heading {
    pub format: u32,
    pub scenario: String,
    pub schemes: Vec<String>,
    pub error_scale_per_m: f64,
    pub sensing_power_w: Level,
    pub min_slots: usize,
    pub isotropic_part: f64,
    #[serde(default)]
    pub prior: Option<PositionPrior>,
    /// Whether the signals sent are those designed for the slots, or random ones of the planned covariances.
    #[serde(default)]
    pub designed_signals: bool,
}

/// The file of the records.
pub struct Journal {
    file: File,
}

impl Journal {
    /// Opens or creates the file; returns what it already holds.
    pub fn open(path: &Path, heading: &Heading) -> Result<(Self, Vec<Record>), Box<dyn Error>> {
        let records = if path.exists() {
            read(path, heading)?
        } else {
            std::fs::write(path, serde_json::to_string(heading)? + "\n")?;
            Vec::new()
        };
        let file = OpenOptions::new().append(true).open(path)?;
        Ok((Self { file }, records))
    }

    /// Appends the records of trials, a line for each.
    pub fn append(&mut self, trials: &[Vec<Record>]) -> Result<(), Box<dyn Error>> {
        let mut text = String::new();
        for records in trials {
            text += &serde_json::to_string(records)?;
            text.push('\n');
        }
        self.file.write_all(text.as_bytes())?;
        Ok(self.file.flush()?)
    }
}

/// All records of a journal. A last line without its end was interrupted, and is cut off.
fn read(path: &Path, heading: &Heading) -> Result<Vec<Record>, Box<dyn Error>> {
    let name = path.display();
    let mut text = std::fs::read_to_string(path)?;
    let complete = text.rfind('\n').map_or(0, |end| end + 1);
    if complete < text.len() {
        text.truncate(complete);
        std::fs::write(path, &text)?;
    }
    let mut lines = text.lines();
    let first: Heading = serde_json::from_str(lines.next().unwrap_or_default())
        .map_err(|error| format!("{name}: not a journal of this example: {error}"))?;
    if first != *heading {
        return Err(
            format!("{name}: from other settings ({first:?}); choose another --out").into(),
        );
    }
    let mut records = Vec::new();
    for (i, line) in lines.enumerate() {
        let trial: Vec<Record> = serde_json::from_str(line)
            .map_err(|error| format!("{name}: line {}: {error}", i + 2))?;
        records.extend(trial);
    }
    Ok(records)
}
