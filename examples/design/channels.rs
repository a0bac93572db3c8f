//! Channels from a file, in place of the free line of sight: `[channels]` of the scenario.

use crate::failure::Failure;
use crate::report::UncertaintyReport;
use std::path::Path;
use td_isac_algos::scenario::{AnyScenario, OwnChannels, RelativeError, ScenarioFileError};
use td_isac_algos::{DesignError, Downlink};
use td_isac_examples::arrays;

/// The channels and what the scenario says besides.
#[derive(Debug)]
pub struct Channels {
    own: OwnChannels,
    downlink: Downlink,
}

impl Channels {
    /// Those of a scenario file, if it has any.
    pub fn of(scenario: &Path) -> Result<Option<Self>, Failure> {
        let text = std::fs::read_to_string(scenario).map_err(|source| ScenarioFileError::Read {
            file: scenario.to_owned(),
            source,
        })?;
        let Some(own) = OwnChannels::from_toml_str(&text, scenario)? else {
            return Ok(None);
        };
        let channels = arrays::channels(&own.file)
            .map_err(|error| Failure::Channels(format!("channels.file: {error}")))?;
        let named =
            |error: DesignError| Failure::Channels(format!("{}: {error}", scenario.display()));
        let downlink = own.downlink(&channels).map_err(named)?;
        Ok(Some(Self { own, downlink }))
    }

    pub fn name(&self) -> &str {
        &self.own.name
    }

    /// What sensing needs, if the file has it.
    pub fn scenario(&self) -> Option<&AnyScenario> {
        self.own.scenario.as_ref()
    }

    pub fn downlink(&self) -> &Downlink {
        &self.downlink
    }

    pub fn heading(&self) -> String {
        format!(
            "{}: {} access points and {} users, channels of {}",
            self.own.name,
            self.downlink.access_points(),
            self.downlink.users(),
            self.own.file.display()
        )
    }

    /// The errors in numbers.
    pub fn uncertainty(&self) -> UncertaintyReport {
        UncertaintyReport {
            model: "channels",
            relative_radius: match self.own.error {
                RelativeError::Same(error) => Some(error),
                RelativeError::Each(_) => None,
            },
            ..UncertaintyReport::default()
        }
    }

    /// What has to be true of the world for the certified rates to be promises.
    pub fn assumptions() -> Vec<&'static str> {
        vec![
            "each channel is within the stated error of the one in the file, on every link and until the end of the frame",
            "beams w are sent so that a user with channel h receives h^H w",
            "the band is narrow: one channel describes it",
        ]
    }
}
