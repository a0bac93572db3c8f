//! Checked scenarios, the form that algorithms accept.

use super::{
    ErrorSize, PilotSpec, ReflectivitySpec, Scenario, ScenarioError, SearchSpec, Slots,
    UncertaintySpec,
};
use crlb::{Frame, SensingParameters};
use nf_channel::{
    Array, Carrier, Channel, EchoScene, Network, Reflectivity, SceneError, ValidScene, Wavefront,
};

/// A scenario whose parameters are known to be meaningful, with what follows from them.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(
        try_from = "Scenario<D>",
        into = "Scenario<D>",
        bound = "[f64; D]: nf_channel::Plain"
    )
)]
pub struct CheckedScenario<const D: usize> {
    parameters: Scenario<D>,
    frame: Frame,
    scene: ValidScene<D>,
    channels: Vec<Vec<Channel<D>>>,
}

impl<const D: usize> Scenario<D> {
    /// Checks the parameters and computes arrays and channels.
    ///
    /// # Errors
    ///
    /// A number is not finite or has the wrong sign, a slot is longer than the frame, there is no
    /// user or no access point, an array or the reflectivities are invalid, or a user stands on an
    /// element or on the reference point of an array.
    pub fn check(&self) -> Result<CheckedScenario<D>, ScenarioError> {
        let carrier =
            Carrier::new(self.frequency_hz).map_err(|source| ScenarioError::Carrier { source })?;
        for (field, value) in [
            ("sensing_noise_w", self.sensing_noise_w),
            ("crlb_threshold_m2", self.crlb_threshold_m2),
        ] {
            positive(field, value)?;
        }
        let (users, stations) = (self.users_m.len(), self.access_points.len());
        for (field, level, count) in [
            ("communication_noise_w", &self.communication_noise_w, users),
            (
                "communication_power_w",
                &self.communication_power_w,
                stations,
            ),
            ("sensing_power_w", &self.sensing_power_w, stations),
        ] {
            level.check_length(field, count)?;
            for &value in level.values() {
                positive(field, value)?;
            }
        }
        if let Some(value) = self.error_scale_per_m {
            let field = "error_scale_per_m";
            if finite(field, value)? < 0.0 {
                return Err(ScenarioError::Negative { field, value });
            }
            if !self.uncertainty.is_the_papers() {
                return Err(ScenarioError::Unused { field, value });
            }
        }
        if finite("scattering", self.scattering)? < 0.0 {
            return Err(ScenarioError::Negative {
                field: "scattering",
                value: self.scattering,
            });
        }
        self.uncertainty.check()?;
        self.search.check()?;
        if let Some(prior) = &self.prior {
            prior.check(self)?;
        }
        let frame = self.check_frame()?;
        if let Some(pilots) = &self.pilots {
            pilots.check(users, &frame)?;
        }
        let scene = self.check_scene(carrier)?;
        let channels = (0..scene.users_m().len())
            .map(|user| {
                (0..self.access_points.len())
                    .map(|m| scene.channel(m, user))
                    .collect()
            })
            .collect();
        Ok(CheckedScenario {
            parameters: self.clone(),
            frame,
            scene,
            channels,
        })
    }

    fn check_frame(&self) -> Result<Frame, ScenarioError> {
        let duration_s = positive("duration_s", self.frame_duration_s)?;
        let sensing_slot_s = positive("sensing_slot_s", self.sensing_slot_s)?;
        if sensing_slot_s > duration_s {
            return Err(ScenarioError::SlotLongerThanFrame {
                sensing_slot_s,
                duration_s,
            });
        }
        // What is left is a number of slots that overflows.
        Frame::new(duration_s, sensing_slot_s).map_err(|_| ScenarioError::NonFinite {
            field: "duration_s / sensing_slot_s",
            value: duration_s / sensing_slot_s,
        })
    }

    fn check_access_points(&self) -> Result<Vec<Array<D>>, ScenarioError> {
        if self.access_points.is_empty() {
            return Err(ScenarioError::Missing {
                what: "access_point",
            });
        }
        self.access_points
            .iter()
            .enumerate()
            .map(|(access_point, spec)| {
                spec.clone().check().map_err(|source| ScenarioError::Array {
                    access_point,
                    source,
                })
            })
            .collect()
    }

    fn check_scene(&self, carrier: Carrier) -> Result<ValidScene<D>, ScenarioError> {
        let access_points = self.check_access_points()?;
        if self.users_m.is_empty() {
            return Err(ScenarioError::Missing { what: "user" });
        }
        let scene = EchoScene {
            network: Network {
                carrier,
                access_points,
                wavefront: Wavefront::Near,
                amplitude_profile: self.amplitude_profile,
                path_gain: self.path_gain,
                echo_convention: self.echo_convention,
            },
            users_m: self.users_m.clone(),
            echo_gain: self.echo_gain,
            reflectivity: self.check_reflectivity()?,
            blocked: self.blocked.clone(),
        };
        scene.check().map_err(|error| match error {
            SceneError::Response {
                access_point,
                user,
                source,
            } => ScenarioError::Channel {
                user,
                access_point,
                source,
            },
            other => ScenarioError::Scene(other),
        })
    }

    fn check_reflectivity(&self) -> Result<Reflectivity, ScenarioError> {
        let (users, access_points) = (self.users_m.len(), self.access_points.len());
        let reflectivity = match &self.reflectivity {
            ReflectivitySpec::Unit => Reflectivity::unit(users, access_points),
            ReflectivitySpec::Rayleigh { seed } => {
                Reflectivity::rayleigh(users, access_points, *seed)
            }
            ReflectivitySpec::Explicit { values } => Reflectivity::explicit(values.clone())
                .map_err(|source| ScenarioError::Reflectivity { source })?,
        };
        for (what, expected, found) in [
            ("user", users, reflectivity.users()),
            ("access_point", access_points, reflectivity.access_points()),
        ] {
            if expected != found {
                return Err(ScenarioError::ReflectivitySize {
                    what,
                    expected,
                    found,
                });
            }
        }
        Ok(reflectivity)
    }
}

/// A scenario that is read is checked.
#[cfg(feature = "serde")]
impl<const D: usize> TryFrom<Scenario<D>> for CheckedScenario<D> {
    type Error = ScenarioError;

    fn try_from(scenario: Scenario<D>) -> Result<Self, ScenarioError> {
        scenario.check()
    }
}

/// Everything else follows from the parameters.
#[cfg(feature = "serde")]
impl<const D: usize> From<CheckedScenario<D>> for Scenario<D> {
    fn from(scenario: CheckedScenario<D>) -> Self {
        scenario.parameters
    }
}

impl<const D: usize> CheckedScenario<D> {
    /// The parameters that were checked.
    pub fn parameters(&self) -> &Scenario<D> {
        &self.parameters
    }

    /// Access points and users, with their responses and echo gains.
    pub fn scene(&self) -> &ValidScene<D> {
        &self.scene
    }

    /// The carrier.
    pub fn carrier(&self) -> &Carrier {
        &self.scene.network().parameters().carrier
    }

    /// The frame that sensing and communication share.
    pub fn frame(&self) -> Frame {
        self.frame
    }

    /// Largest power of each access point while communicating.
    pub fn communication_power_w(&self) -> Vec<f64> {
        let level = &self.parameters.communication_power_w;
        level.each(self.access_points().len())
    }

    /// Noise power at each user.
    pub fn communication_noise_w(&self) -> Vec<f64> {
        let level = &self.parameters.communication_noise_w;
        level.each(self.channels.len())
    }

    /// Largest power of each access point while sensing.
    pub fn sensing_power_w(&self) -> Vec<f64> {
        self.parameters
            .sensing_power_w
            .each(self.access_points().len())
    }

    /// The frame, if time allocations have to leave whole numbers of its sensing slots.
    pub fn whole_slots(&self) -> Option<Frame> {
        (self.parameters.slots == Slots::Whole).then_some(self.frame)
    }

    /// Arrays of the access points.
    pub fn access_points(&self) -> &[Array<D>] {
        self.scene.network().access_points()
    }

    /// Reflection coefficients of the users.
    pub fn reflectivity(&self) -> &Reflectivity {
        self.scene.reflectivity()
    }

    /// Near-field channels `ĥ` at the users' positions, `channels()[user][access point]`.
    pub fn channels(&self) -> &[Vec<Channel<D>>] {
        &self.channels
    }

    /// Relative channel error per metre of position error (the paper's α_e), by default `4/λ`: the
    /// sensitivity `2π/λ |cos θ|` of the carrier phase, averaged over the direction θ of the error in the plane
    /// (in space the mean is `π/λ`).
    pub fn error_scale_per_m(&self) -> f64 {
        self.parameters
            .error_scale_per_m
            .unwrap_or(4.0 / self.carrier().wavelength_m())
    }

    /// What the Cramér–Rao bound is computed from.
    pub fn sensing_parameters(&self) -> SensingParameters<D> {
        SensingParameters {
            scene: self.scene.parameters(),
            gain_model: self.parameters.gain_model,
            noise_w: self.parameters.sensing_noise_w,
        }
    }
}

impl<const D: usize> SearchSpec<D> {
    fn check(&self) -> Result<(), ScenarioError> {
        if let Some([low, high]) = self.box_m {
            for axis in 0..D {
                finite("search.box_m", low[axis])?;
                finite("search.box_m", high[axis])?;
                if low[axis] >= high[axis] {
                    return Err(ScenarioError::EmptyBox {
                        axis,
                        low_m: low[axis],
                        high_m: high[axis],
                    });
                }
            }
        }
        for [point, normal] in &self.half_planes {
            for value in point.iter().chain(normal) {
                finite("search.half_plane", *value)?;
            }
            let square = normal.iter().map(|n| n * n).sum();
            positive("search.half_plane (length of the normal)", square)?;
        }
        Ok(())
    }
}

impl PilotSpec {
    fn check(&self, users: usize, frame: &Frame) -> Result<(), ScenarioError> {
        positive("pilots.power_w", self.power_w)?;
        for (field, value) in [
            ("pilots.calibration_std_rad", self.calibration_std_rad),
            ("pilots.scattering", self.scattering),
        ] {
            if finite(field, value)? < 0.0 {
                return Err(ScenarioError::Negative { field, value });
            }
        }
        let slots = frame.sensing_slots(0.0);
        if self.symbols < users || self.symbols as f64 >= slots {
            return Err(ScenarioError::PilotSymbols {
                symbols: self.symbols,
                users,
                slots,
            });
        }
        Ok(())
    }
}

impl UncertaintySpec {
    fn check(&self) -> Result<(), ScenarioError> {
        match self.size {
            ErrorSize::Scale(value) => {
                let field = "scale";
                if finite(field, value)? < 0.0 {
                    return Err(ScenarioError::Negative { field, value });
                }
            }
            ErrorSize::Confidence(value) => {
                let field = "confidence";
                if !(value > 0.0 && value < 1.0) {
                    return Err(ScenarioError::NotBetween { field, value });
                }
            }
        }
        Ok(())
    }
}

fn finite(field: &'static str, value: f64) -> Result<f64, ScenarioError> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(ScenarioError::NonFinite { field, value })
    }
}

fn positive(field: &'static str, value: f64) -> Result<f64, ScenarioError> {
    if finite(field, value)? > 0.0 {
        Ok(value)
    } else {
        Err(ScenarioError::NotPositive { field, value })
    }
}
