//! Channel uncertainty as a function of the time allocation.
//!
//! Sensing lasts the fraction `1 - η` of a block, so position errors, and with them the errors
//! of the rebuilt channels, grow as `1/sqrt(1 - η)`. What is known of them is a set for each
//! user, stated as error blocks:
//!
//! | set | blocks | what it holds |
//! |---|---|---|
//! | [`BallUncertainty`] | one ball per access point | any error of the paper's size (4) |
//! | [`PositionUncertainty`] | see [`PositionSet`] | every channel that a position error can lead to |
//! | [`OwnBlocks`] | the caller's | whatever the caller knows |
//! | [`Scattering`] | those of another, larger balls | the same, and reflections up to a size |
//! | [`ExactChannels`] | none | the estimate |

mod ball;
mod confidence;
mod own;
mod position;
mod scattering;

pub use ball::BallUncertainty;
pub(crate) use confidence::chi_square_tail;
pub use confidence::{chi_square_radius, error_radius_m};
pub use own::{Growth, OwnBlocks};
pub use position::{PositionRegion, PositionSet, PositionUncertainty, UserPosition};
pub use scattering::Scattering;

use robust_sdp::ErrorBlock;

use crate::error::DesignError;

/// The error set of each user's stacked channel at a time allocation.
///
/// The error blocks may change in size with `η`, not in direction: their span at one `η` must
/// be their span at every other, or be zero there.
pub trait UncertaintyModel: std::fmt::Debug + Send + Sync {
    /// The blocks of user `user` at time allocation `eta`, in the coordinates of the stacked
    /// channel.
    ///
    /// # Errors
    /// [`DesignError`] for a user or an `eta` the model does not cover.
    fn error_blocks(&self, user: usize, eta: f64) -> Result<Vec<ErrorBlock>, DesignError>;
}

/// No error at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ExactChannels;

impl UncertaintyModel for ExactChannels {
    fn error_blocks(&self, _user: usize, _eta: f64) -> Result<Vec<ErrorBlock>, DesignError> {
        Ok(Vec::new())
    }
}

/// The number, or the error that it is negative or not finite.
fn not_negative(name: &'static str, value: f64) -> Result<f64, DesignError> {
    if value.is_finite() && value >= 0.0 {
        return Ok(value);
    }
    Err(DesignError::BadParameter {
        name,
        value,
        requirement: "must be finite and not negative",
    })
}

/// The entry of one user, or the error that the model does not know the user.
fn of_user<T>(users: &[T], user: usize) -> Result<&T, DesignError> {
    users.get(user).ok_or(DesignError::UnknownUser {
        user,
        known: users.len(),
    })
}
