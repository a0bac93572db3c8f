//! From a scenario to its echoes and to the estimate of its users' positions (feature `localisation`).
//!
//! A design trusts two statements of the sensing half: how large the error of the positions is, and
//! that of the channels rebuilt from them. [`CheckedScenario::echo_parameters`] and
//! [`CheckedScenario::localiser_parameters`] let both be tried on simulated echoes, and
//! [`CheckedScenario::with_users_at`] is the scenario that the access points then believe in:
//!
//! ```
//! # use nf_channel::{ArraySpec, LinearExtent, axis_from_degrees};
//! # use td_isac_algos::scenario::Scenario;
//! use music_loc::Grid;
//! use td_isac_algos::Sensing;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let array = |reference_m, axis_deg| ArraySpec::UniformLinear {
//! #     reference_m,
//! #     axis: axis_from_degrees(axis_deg),
//! #     elements: 21,
//! #     extent: Some(LinearExtent::Aperture { aperture_m: 0.53 }),
//! # };
//! # let access_points = vec![array([30.0, 70.0], 0.0), array([10.0, 20.0], -45.0)];
//! # let scenario = Scenario::new(28.0e9, access_points, vec![[20.0, 30.0]]).check()?;
//! let sensing = Sensing::design(&scenario, None)?;
//! let signals = sensing.covariance.transmit_covariances();
//! let heard = scenario.echo_parameters(signals, 50).check()?.simulate(1)?;
//! let region = Grid::enclosing(&[[20.0, 30.0]], 2.0, 0.2)?;
//! let localiser = scenario.localiser_parameters(region).check()?;
//! let located = localiser.locate(&heard.echoes, &heard.waveform)?;
//! let found = located.estimate.ok_or("no peak")?.positions_m;
//! let believed = scenario.with_users_at(found)?;
//! let channels = believed.channels();
//! # assert!((believed.parameters().users_m[0][0] - 20.0).abs() < 1e-4);
//! # assert_eq!(channels.len(), 1);
//! # Ok(())
//! # }
//! ```

use crlb::TransmitCovariance;
use music_loc::{
    DetectorParameters, EchoParameters, Grid, HalfSpace, LocaliserParameters, Noise, Region,
    UserCount,
};

use crate::scenario::{CheckedScenario, ScenarioError, SearchSpec};
use crate::sensing::SensingCovariance;

/// How far users are looked for beyond users and access points where a scenario does not say.
const SEARCH_MARGIN_M: f64 = 4.0;

impl<const D: usize> SensingCovariance<D> {
    /// The covariances as those of signals to be simulated.
    pub fn transmit_covariances(&self) -> Vec<TransmitCovariance> {
        self.factors.iter().cloned().map(Into::into).collect()
    }
}

impl<const D: usize> CheckedScenario<D> {
    /// `Ψ_m = (P/N_t) I` at every access point.
    pub fn isotropic_signals(&self) -> Vec<TransmitCovariance> {
        let powers = self.sensing_power_w().into_iter();
        powers
            .map(|power_w| TransmitCovariance::Isotropic { power_w })
            .collect()
    }

    /// The scenario's echoes of such signals, for so many sensing slots
    /// ([`Frame::sensing_slots`](crlb::Frame::sensing_slots) rounded down, in a frame).
    pub fn echo_parameters(
        &self,
        covariances: Vec<TransmitCovariance>,
        slots: usize,
    ) -> EchoParameters<D> {
        EchoParameters {
            scene: self.scene().parameters(),
            covariances,
            noise_w: self.parameters().sensing_noise_w,
            slots,
        }
    }

    /// MUSIC and maximum likelihood for the scenario's access points and number of users, in a region.
    pub fn localiser_parameters(&self, region: Grid<D>) -> LocaliserParameters<D> {
        let network = self.scene().network().parameters().clone();
        LocaliserParameters::in_region(network, region, self.scene().users_m().len())
    }

    /// Where users are looked for: the scenario's box, or one around users and access points with a margin of
    /// 4 m, and its half-planes.
    pub fn search_region(&self) -> Region<D> {
        let SearchSpec { box_m, half_planes } = &self.parameters().search;
        let mut places = self.parameters().users_m.clone();
        places.extend(
            self.access_points()
                .iter()
                .map(|array| *array.reference_m()),
        );
        let bound = |pick: fn(f64, f64) -> f64, start: f64, margin_m: f64| {
            std::array::from_fn(|axis| {
                let along = places.iter().map(|place| place[axis]);
                along.fold(start, pick) + margin_m
            })
        };
        let [minimum_m, maximum_m] = box_m.unwrap_or_else(|| {
            [
                bound(f64::min, f64::INFINITY, -SEARCH_MARGIN_M),
                bound(f64::max, f64::NEG_INFINITY, SEARCH_MARGIN_M),
            ]
        });
        let mut region = Region::new(minimum_m, maximum_m);
        region.half_spaces = (half_planes.iter())
            .map(|&[point_m, normal]| HalfSpace { point_m, normal })
            .collect();
        region
    }

    /// Detection of so many users in the [`search_region`](Self::search_region), the noise known.
    pub fn detector_parameters(&self, users: UserCount) -> DetectorParameters<D> {
        let network = self.scene().network().parameters().clone();
        let noise = Noise::Known(self.parameters().sensing_noise_w);
        DetectorParameters::new(network, self.search_region(), users, noise)
    }

    /// The same scenario with its users elsewhere: what the access points believe in once they have
    /// estimated positions, the reflectivities unchanged.
    ///
    /// # Errors
    /// As for [`Scenario::check`](crate::scenario::Scenario::check).
    pub fn with_users_at(&self, users_m: Vec<[f64; D]>) -> Result<Self, ScenarioError> {
        let mut parameters = self.parameters().clone();
        parameters.users_m = users_m;
        parameters.check()
    }
}
