//! `[channels]`: measured or simulated channels in place of the free line of sight.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nf_channel::C64;
use serde::Deserialize;
use toml::{Table, Value};

use super::error::ScenarioFileError;
use super::keys::{Channels, Error, LevelsOfPart, REQUIRED};
use super::{Misread, any_scenario, checked, parse, read};
use crate::Downlink;
use crate::error::{DesignError, same_length};
use crate::scenario::{AnyScenario, Level};
use crate::uncertainty::{ExactChannels, Scattering};

/// What a scenario file with a table `[channels]` says. The channels themselves stand in a file of their own, for the caller to
/// read.
///
/// ```toml
/// name = "street"
/// [channels]
/// file = "street.npy"          # relative to the scenario file
/// error = 0.1                  # ‖Δh‖ ≤ error · ‖ĥ‖ on each link; or [[..], ..] by user and access point; default 0
/// [power]
/// communication_dbm = 30
/// [noise]
/// communication_dbm = -100
/// ```
///
/// With all other keys of a scenario besides, its sensing limits the time allocation; without them the time allocation has to be
/// given.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OwnChannels {
    /// What reports call it.
    pub name: String,
    /// Where the channels stand.
    pub file: PathBuf,
    /// Largest errors, relative to the channels.
    pub error: RelativeError,
    /// Largest power of the access points.
    pub communication_power_w: Level,
    /// Noise power at the users.
    pub communication_noise_w: Level,
    /// Positions and all else that sensing needs, if the file has them.
    pub scenario: Option<AnyScenario>,
}

/// Largest errors of channels, relative to their norms.
#[derive(Debug, Clone, PartialEq)]
pub enum RelativeError {
    /// The same on every link.
    Same(f64),
    /// `[user][access point]`.
    Each(Vec<Vec<f64>>),
}

impl OwnChannels {
    /// Reads what the text of a scenario file says of channels: `None` without a table `[channels]`. `file` is the name that
    /// messages give, and where relative paths start.
    ///
    /// # Errors
    /// As [`AnyScenario::from_toml_file`].
    pub fn from_toml_str(
        text: &str,
        file: impl AsRef<Path>,
    ) -> Result<Option<Self>, ScenarioFileError> {
        let file = file.as_ref();
        let mut root = parse(text, file)?;
        let Some(channels) = root.remove("channels") else {
            return Ok(None);
        };
        own_channels(channels, root, file)
            .map_err(|Misread { key, problem }| ScenarioFileError::Key {
                file: file.to_owned(),
                key,
                problem,
            })
            .and_then(|own| {
                own.scenario.as_ref().map_or(Ok(()), |s| checked(s, file))?;
                Ok(Some(own))
            })
    }

    /// The downlink of these channels, `[user][access point][element]`: SINRs are those of `h^H w`.
    ///
    /// # Errors
    /// Channels, powers, noises or errors whose numbers do not agree, or that are not finite.
    pub fn downlink(&self, channels: &[Vec<Vec<C64>>]) -> Result<Downlink, DesignError> {
        let users = channels.len();
        let access_points = channels.first().map_or(0, Vec::len);
        let list = |what, level: &Level, count| {
            let values = level.each(count);
            same_length(what, count, values.len())?;
            Ok::<_, DesignError>(values)
        };
        let radii = match &self.error {
            RelativeError::Same(error) => vec![vec![*error; access_points]; users],
            RelativeError::Each(errors) => {
                same_length("channels.error (users)", users, errors.len())?;
                for row in errors {
                    same_length("channels.error (access points)", access_points, row.len())?;
                }
                errors.clone()
            }
        };
        let norm = |h: &Vec<C64>| h.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt();
        let radii = (radii.iter().zip(channels))
            .map(|(errors, user)| errors.iter().zip(user).map(|(e, h)| e * norm(h)).collect())
            .collect();
        Downlink::new(
            channels,
            &list(
                "power.communication_dbm",
                &self.communication_power_w,
                access_points,
            )?,
            &list(
                "noise.communication_dbm",
                &self.communication_noise_w,
                users,
            )?,
            Arc::new(Scattering::new(Arc::new(ExactChannels), radii)?),
        )
    }
}

fn own_channels(channels: Value, root: Table, file: &Path) -> Result<OwnChannels, Misread> {
    let Value::Table(channels) = channels else {
        return Err(Misread::new("channels", "expected a table"));
    };
    let keys: Channels = read("channels", channels)?;
    let whole = REQUIRED.iter().all(|(key, _)| root.contains_key(*key));
    let scenario = if whole {
        Some(any_scenario(root.clone())?)
    } else {
        None
    };
    let part = |key: &str| -> Result<Level, Misread> {
        match root.get(key) {
            Some(Value::Table(table)) => {
                read::<LevelsOfPart>(key, table.clone()).map(|keys| keys.communication_dbm.level())
            }
            Some(_) => Err(Misread::new(key, "expected a table")),
            None => Err(Misread::missing(key, "a table")),
        }
    };
    let unknown = (root.keys()).find(|key| {
        let optional = ["uncertainty", "blocked", "search", "pilots"];
        !REQUIRED.iter().any(|(known, _)| known == key) && !optional.contains(&key.as_str())
    });
    if let Some(key) = unknown {
        return Err(Misread::new(key, "unknown key"));
    }
    let name = match root.get("name") {
        Some(name) => String::deserialize(name.clone())
            .map_err(|error| Misread::new("name", error.message()))?,
        None => return Err(Misread::missing("name", "a text")),
    };
    Ok(OwnChannels {
        name,
        file: file.parent().unwrap_or(Path::new("")).join(keys.file),
        error: match keys.error {
            None => RelativeError::Same(0.0),
            Some(Error::Same(error)) => RelativeError::Same(error.0),
            Some(Error::Each(errors)) => RelativeError::Each(
                (errors.iter())
                    .map(|row| row.iter().map(|error| error.0).collect())
                    .collect(),
            ),
        },
        communication_power_w: part("power")?,
        communication_noise_w: part("noise")?,
        scenario,
    })
}
