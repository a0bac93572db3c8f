//! A scenario whose dimension is known at run time only.

use super::Scenario;

/// A scenario in the plane or in space.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum AnyScenario {
    /// Positions have two coordinates.
    TwoD(Scenario<2>),
    /// Positions have three coordinates.
    ThreeD(Scenario<3>),
}

impl AnyScenario {
    /// Number of coordinates of a position.
    pub fn dimension(&self) -> usize {
        match self {
            Self::TwoD(_) => 2,
            Self::ThreeD(_) => 3,
        }
    }

    /// What reports call the scenario.
    pub fn name(&self) -> &str {
        match self {
            Self::TwoD(scenario) => &scenario.name,
            Self::ThreeD(scenario) => &scenario.name,
        }
    }
}

impl From<Scenario<2>> for AnyScenario {
    fn from(scenario: Scenario<2>) -> Self {
        Self::TwoD(scenario)
    }
}

impl From<Scenario<3>> for AnyScenario {
    fn from(scenario: Scenario<3>) -> Self {
        Self::ThreeD(scenario)
    }
}
