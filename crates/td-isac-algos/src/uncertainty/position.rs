//! What a position error can do to the channels, and nothing else.
//!
//! The channel that follows from a position is wrong by `h(c + δ) - h(c)`. On the array of access
//! point `m` that is a phase and a small remainder,
//! `h_m(c + δ) = e^{-jφ_m} (ĥ_m + q_m)` ([`nf_channel::enclosure`] proves the bounds).

use faer::{Mat, c64};
use nf_channel::C64;
use nf_channel::enclosure::{ChannelEnclosure, PositionSensitivity};
use robust_sdp::{ErrorBlock, Field};

use super::{UncertaintyModel, not_negative, of_user};
use crate::error::{DesignError, same_length};

/// Which set of channels is built around the positions. All contain every channel that a position in
/// the region leads to; they differ in what else they contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum PositionSet {
    /// For each access point the smallest ball around `ĥ_m`: what the common phase does is allowed in
    /// every direction.
    Ball,
    /// For each access point an unknown phase up to `max |φ_m|` and a ball of radius `max ‖q_m‖`. The
    /// phases of access points are independent of each other; what they have in common harms nothing.
    #[default]
    Phase,
    /// One real block for the position itself, `-j ψ_m(δ) ĥ_m`, the same `δ` for all access points: `ψ_m` is the
    /// linear part of the phase less the access points' mean, `ψ_m(δ) = φ'_m(δ) - Σ_l φ'_l(δ)/M`, since no SINR
    /// changes when the whole channel turns. (The mean leaves the least `Σ_m ψ_m²`.)
    /// For each access point a disc `s ĥ_m` holds the rest of `e^{-jψ} - 1`, `|s| ≤ ψ_m²/2` plus the
    /// curvature of the phase, and a ball `q_m`.
    Ellipse,
}

impl PositionSet {
    /// Its word in scenario files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ball => "ball",
            Self::Phase => "phase",
            Self::Ellipse => "ellipse",
        }
    }
}

/// Position errors of one user in a block that is all sensing; those at a time allocation η are
/// larger by `1/sqrt(1 - η)`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(
        rename_all = "snake_case",
        deny_unknown_fields,
        bound = "[f64; D]: nf_channel::Plain, [[f64; D]; D]: nf_channel::Plain"
    )
)]
pub enum PositionRegion<const D: usize> {
    /// `‖δ‖ ≤ radius_m`.
    Ball {
        /// The radius.
        radius_m: f64,
    },
    /// `δ = Σ_i y_i semi_axes_m[i]`, `‖y‖ ≤ 1`.
    Ellipsoid {
        /// The vectors that the unit ball's axes become.
        semi_axes_m: [[f64; D]; D],
    },
}

impl<const D: usize> PositionRegion<D> {
    /// The region at a time allocation.
    #[must_use]
    pub fn at(&self, eta: f64) -> Self {
        let factor = (1.0 - eta).sqrt().recip();
        match self {
            Self::Ball { radius_m } => Self::Ball {
                radius_m: factor * radius_m,
            },
            Self::Ellipsoid { semi_axes_m } => Self::Ellipsoid {
                semi_axes_m: semi_axes_m.map(|axis| axis.map(|x| factor * x)),
            },
        }
    }

    /// The vectors `a_i` of `δ = Σ_i y_i a_i`, `‖y‖ ≤ 1`.
    pub fn semi_axes_m(&self) -> [[f64; D]; D] {
        match self {
            Self::Ball { radius_m } => std::array::from_fn(|i| {
                std::array::from_fn(|j| if i == j { *radius_m } else { 0.0 })
            }),
            Self::Ellipsoid { semi_axes_m } => *semi_axes_m,
        }
    }

    fn check(&self) -> Result<(), DesignError> {
        match self {
            Self::Ball { radius_m } => not_negative("radius_m", *radius_m).map(drop),
            Self::Ellipsoid { semi_axes_m } => semi_axes_m
                .iter()
                .flatten()
                .try_for_each(|x| not_negative("semi_axes_m", x.abs()).map(drop)),
        }
    }

    fn enclose(&self, sensitivity: &PositionSensitivity<D>) -> Option<ChannelEnclosure> {
        // The only thing that a checked region can do wrong is to reach the array.
        match self {
            Self::Ball { radius_m } => sensitivity.ball(*radius_m),
            Self::Ellipsoid { semi_axes_m } => sensitivity.ellipsoid(semi_axes_m),
        }
        .ok()
    }
}

/// What the set of one user is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct UserPosition<const D: usize> {
    /// `channels[access point]`, `ĥ` at the estimated position.
    pub channels: Vec<Vec<C64>>,
    /// `sensitivities[access point]` at the same position.
    pub sensitivities: Vec<PositionSensitivity<D>>,
    /// Where the user may be.
    pub region: PositionRegion<D>,
}

/// The channels of all positions in a region around the estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct PositionUncertainty<const D: usize> {
    set: PositionSet,
    users: Vec<UserPosition<D>>,
}

impl<const D: usize> PositionUncertainty<D> {
    /// The given kind of set for each of the users.
    ///
    /// # Errors
    /// [`DesignError::BadParameter`] for a region of negative or non-finite size, and channels and
    /// sensitivities of different numbers of access points.
    pub fn new(set: PositionSet, users: Vec<UserPosition<D>>) -> Result<Self, DesignError> {
        for user in &users {
            user.region.check()?;
            let expected = user.channels.len();
            same_length("sensitivities", expected, user.sensitivities.len())?;
        }
        Ok(Self { set, users })
    }

    /// Which set is built.
    pub fn set(&self) -> PositionSet {
        self.set
    }

    /// Where a user may be at a time allocation.
    ///
    /// # Errors
    /// [`DesignError::UnknownUser`].
    pub fn region(&self, user: usize, eta: f64) -> Result<PositionRegion<D>, DesignError> {
        Ok(of_user(&self.users, user)?.region.at(eta))
    }

    /// The enclosures of one user's channels, one an access point; `None` where a position error may
    /// reach an array.
    ///
    /// # Errors
    /// [`DesignError::UnknownUser`].
    pub fn enclosures(
        &self,
        user: usize,
        eta: f64,
    ) -> Result<Option<Vec<ChannelEnclosure>>, DesignError> {
        let user = of_user(&self.users, user)?;
        let region = user.region.at(eta);
        Ok(user
            .sensitivities
            .iter()
            .map(|s| region.enclose(s))
            .collect())
    }
}

impl<const D: usize> UncertaintyModel for PositionUncertainty<D> {
    fn error_blocks(&self, user: usize, eta: f64) -> Result<Vec<ErrorBlock>, DesignError> {
        let enclosures = self.enclosures(user, eta)?;
        let user = of_user(&self.users, user)?;
        let Some(enclosures) = enclosures else {
            return Ok(user.nothing_is_certain());
        };
        let mut blocks = Vec::with_capacity(2 * enclosures.len() + 1);
        let turns = user.linear_phases(&user.region.at(eta));
        if self.set == PositionSet::Ellipse {
            blocks.push(ErrorBlock::Directions {
                matrix: user.turned(&turns),
                field: Field::Real,
            });
        }
        for (group, enclosure) in enclosures.iter().enumerate() {
            if user.sensitivities[group].channel_norm() == 0.0 {
                continue; // nothing arrives, wherever the user is
            }
            let mut radius = enclosure.remainder;
            match self.set {
                PositionSet::Ball => {
                    let phase = enclosure.phase_rad.min(std::f64::consts::PI);
                    radius += 2.0 * (0.5 * phase).sin() * user.sensitivities[group].channel_norm();
                }
                PositionSet::Phase => blocks.push(ErrorBlock::Phase {
                    group,
                    angle: enclosure.phase_rad,
                }),
                PositionSet::Ellipse => {
                    // |e^{-jψ} - 1 + jψ| ≤ ψ²/2, and the linear part is not all of ψ.
                    let curvature = enclosure.phase_curvature_rad;
                    let linear = turns[group].iter().map(|t| t * t).sum::<f64>().sqrt();
                    let largest = linear + curvature;
                    let size = 0.5 * largest * largest + curvature;
                    blocks.push(ErrorBlock::Directions {
                        matrix: user.part(group, c64::new(size, 0.0)),
                        field: Field::Complex,
                    });
                }
            }
            blocks.push(ErrorBlock::Ball { group, radius });
        }
        Ok(blocks)
    }
}

impl<const D: usize> UserPosition<D> {
    /// A set that certifies nothing: where a user may stand on an array, its channel has no bound.
    fn nothing_is_certain(&self) -> Vec<ErrorBlock> {
        let ball = |(group, s): (usize, &PositionSensitivity<D>)| ErrorBlock::Ball {
            group,
            radius: 2.0 * s.channel_norm(),
        };
        self.sensitivities.iter().enumerate().map(ball).collect()
    }

    /// `factor · ĥ_m`, zero at the other access points.
    fn part(&self, access_point: usize, factor: c64) -> Mat<c64> {
        let antennas: usize = self.channels.iter().map(Vec::len).sum();
        let start: usize = self.channels[..access_point].iter().map(Vec::len).sum();
        let channel = &self.channels[access_point];
        Mat::from_fn(antennas, 1, |i, _| {
            match i.checked_sub(start).and_then(|n| channel.get(n)) {
                Some(h) => factor * h,
                None => c64::new(0.0, 0.0),
            }
        })
    }

    /// `ψ_m(a_i)` for each access point `m` and each axis `a_i` of the region: the linear parts of the phases
    /// less their mean over those from which something arrives.
    fn linear_phases(&self, region: &PositionRegion<D>) -> Vec<[f64; D]> {
        let axes = region.semi_axes_m();
        let along = |s: &PositionSensitivity<D>| {
            let gradient = s.phase_gradient_rad_per_m();
            axes.map(|axis| -> f64 { axis.iter().zip(&gradient).map(|(a, g)| a * g).sum() })
        };
        let phases: Vec<[f64; D]> = self.sensitivities.iter().map(along).collect();
        let seen: Vec<_> = (self.sensitivities.iter().zip(&phases))
            .filter(|(sensitivity, _)| sensitivity.channel_norm() > 0.0)
            .collect();
        let count = seen.len().max(1) as f64;
        let common: [f64; D] =
            std::array::from_fn(|i| seen.iter().map(|(_, p)| p[i]).sum::<f64>() / count);
        let rest = |p: &[f64; D]| std::array::from_fn(|i| p[i] - common[i]);
        phases.iter().map(rest).collect()
    }

    /// Columns `-j ψ_m(a_i) ĥ_m`, stacked over access points.
    fn turned(&self, turns: &[[f64; D]]) -> Mat<c64> {
        let rows: Vec<[c64; D]> = (self.channels.iter().zip(turns))
            .flat_map(|(channel, turn)| {
                let element = |h: &C64| turn.map(|phase| c64::new(0.0, -phase) * h);
                channel.iter().map(element)
            })
            .collect();
        Mat::from_fn(rows.len(), D, |i, j| rows[i][j])
    }
}
