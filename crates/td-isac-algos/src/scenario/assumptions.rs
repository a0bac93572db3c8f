//! What a design takes for granted.

use super::{CheckedScenario, ErrorSize};
use crate::uncertainty::PositionSet;

impl<const D: usize> CheckedScenario<D> {
    /// What has to be true of the world for certified rates to be promises: the model is no part of what is certified.
    pub fn assumptions(&self) -> Vec<&'static str> {
        let spec = self.parameters().uncertainty;
        let mut assumptions = vec![
            if self.parameters().scattering > 0.0 {
                "reflections and scattering at each access point are within the stated share of the channel; no link is blocked but those named"
            } else {
                "every channel is the free line of sight: no reflections, scatterers or blocked links but those named"
            },
            "arrays, clocks and phases of the access points are calibrated and synchronised",
            "users do not move between sensing and the end of the frame",
            "the band is narrow: one frequency describes it",
            if self.parameters().prior.is_some() {
                "users are as likely anywhere as the prior says: C is the mean over it, and that of a single frame may be larger"
            } else {
                "reflectivities and positions are those that sensing was planned for"
            },
            match (spec.set, spec.size) {
                (PositionSet::Ball, ErrorSize::Scale(_)) => {
                    "each channel's error is within the stated radius at each access point"
                }
                (_, ErrorSize::Scale(_)) => {
                    "each user is within the stated multiple of the position errors' deviation"
                }
                (_, ErrorSize::Confidence(_)) => {
                    "position errors are Gaussian with the Cramér-Rao covariance, and each user's is within the stated confidence"
                }
            },
        ];
        if self.parameters().pilots.is_some() {
            assumptions.push(
                "the channels are those of the positions: pilots are heard in the closed loop only",
            );
        }
        if self.whole_slots().is_none() {
            assumptions.push("a frame may have any fraction of a sensing slot");
        }
        assumptions
    }
}
