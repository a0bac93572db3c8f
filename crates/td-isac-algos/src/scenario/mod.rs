//! Scenarios: where everything is, how strong and how noisy it is, and what is asked for.
//!
//! A [`Scenario`] holds plain parameters in SI units. [`Scenario::check`] turns it into a
//! [`CheckedScenario`], which carries what algorithms need (arrays, channels, frame, sensing model)
//! and is the only form they accept. The feature `toml` adds reading scenarios from files, where
//! powers are in dBm and the dimension is found out on the way: [`AnyScenario`].
//!
//! ```
//! use nf_channel::{ArraySpec, LinearExtent, axis_from_degrees};
//! use td_isac_algos::scenario::Scenario;
//!
//! # fn main() -> Result<(), td_isac_algos::scenario::ScenarioError> {
//! let array = |reference_m, axis_deg| ArraySpec::UniformLinear {
//!     reference_m,
//!     axis: axis_from_degrees(axis_deg),
//!     elements: 21,
//!     extent: Some(LinearExtent::Aperture { aperture_m: 0.53 }),
//! };
//! let mut scenario = Scenario::new(
//!     28.0e9,
//!     vec![array([30.0, 70.0], 0.0), array([10.0, 20.0], -45.0)],
//!     vec![[20.0, 30.0], [25.0, 40.0]],
//! );
//! scenario.name = "two access points".to_owned();
//! scenario.communication_power_w = 2.0.into(); // or a list, one for each access point
//!
//! let checked = scenario.check()?;
//! assert_eq!(checked.channels()[1][0].values.len(), 21);
//! assert!((checked.error_scale_per_m() - 373.6).abs() < 0.1); // 4/λ
//! # Ok(())
//! # }
//! ```

mod any;
mod assumptions;
mod checked;
#[cfg(feature = "toml")]
pub mod file;
mod level;
mod prior;

pub use crate::error::ScenarioError;
pub use any::AnyScenario;
pub use checked::CheckedScenario;
#[cfg(feature = "toml")]
pub use file::channels::{OwnChannels, RelativeError};
#[cfg(feature = "toml")]
pub use file::error::ScenarioFileError;
pub use level::Level;
pub use prior::{DrawStream, PositionPrior, PriorDraw, PriorReflectivity};

use crate::uncertainty::PositionSet;
use crlb::GainModel;
use nf_channel::{
    AmplitudeProfile, ArraySpec, BlockedLink, C64, EchoConvention, EchoGain, PathGain,
};

/// Plain parameters of a scenario, in SI units, to be edited freely and then
/// [checked](Scenario::check).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(deny_unknown_fields, bound = "[f64; D]: nf_channel::Plain")
)]
pub struct Scenario<const D: usize> {
    /// What reports call it.
    pub name: String,
    /// Carrier frequency.
    pub frequency_hz: f64,
    /// Noise power σ² at each element of a receiving array, per sensing slot.
    pub sensing_noise_w: f64,
    /// Noise power σ² at the users.
    pub communication_noise_w: Level,
    /// Duration `T` of a frame, which sensing and communication share.
    pub frame_duration_s: f64,
    /// Duration `τ_s` of one sensing slot; at least one must fit into a frame.
    pub sensing_slot_s: f64,
    /// Whether time allocations leave whole numbers of sensing slots.
    #[cfg_attr(feature = "serde", serde(default))]
    pub slots: Slots,
    /// Largest power of the access points while communicating.
    pub communication_power_w: Level,
    /// Largest power of the access points while sensing.
    pub sensing_power_w: Level,
    /// What is known of the echoes' complex gains.
    pub gain_model: GainModel,
    /// How the path to the user enters the echo.
    pub echo_convention: EchoConvention,
    /// Amplitude of the echoes.
    pub echo_gain: EchoGain,
    /// Amplitude of the one-way channels.
    pub path_gain: PathGain,
    /// Amplitude over the elements of an array.
    pub amplitude_profile: AmplitudeProfile,
    /// Largest sum of the mean squared position errors of all users.
    pub crlb_threshold_m2: f64,
    /// Relative channel error per metre of position error (the paper's α_e); `None` for the default
    /// `4/λ`. Zero makes the channels exactly known. Only the paper's ball
    /// ([`PositionSet::Ball`] with [`ErrorSize::Scale`]) has it.
    pub error_scale_per_m: Option<f64>,
    /// The set of channels that a design is certified for.
    pub uncertainty: UncertaintySpec,
    /// Reflections and scattering that no position explains, relative to the channel: at each access point the set holds
    /// `‖g_m‖ ≤ scattering · ‖ĥ_m‖` more, whatever the time allocation. Zero for a free line of sight.
    #[cfg_attr(feature = "serde", serde(default))]
    pub scattering: f64,
    /// Arrays of the access points.
    pub access_points: Vec<ArraySpec<D>>,
    /// Positions of the users.
    pub users_m: Vec<[f64; D]>,
    /// Reflection coefficients of the users.
    pub reflectivity: ReflectivitySpec,
    /// What sensing is planned on besides [`users_m`](Self::users_m), which are then the prior's mean; `None` for a plan
    /// that knows what it measures.
    #[cfg_attr(feature = "serde", serde(default))]
    pub prior: Option<PositionPrior>,
    /// Links that something stands in the way of.
    #[cfg_attr(feature = "serde", serde(default))]
    pub blocked: Vec<BlockedLink>,
    /// Where users are looked for.
    #[cfg_attr(feature = "serde", serde(default))]
    pub search: SearchSpec<D>,
    /// Pilots that the users send between sensing and communication.
    #[cfg_attr(feature = "serde", serde(default))]
    pub pilots: Option<PilotSpec>,
}

/// Pilots of each frame: every user sends so many orthogonal symbols, each as long as a sensing slot and heard with the noise
/// of a sensing slot.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct PilotSpec {
    /// Symbols `τ_p`, at least one for each user.
    pub symbols: usize,
    /// A user's power `p_u`.
    pub power_w: f64,
    /// Standard deviation of the phase between an access point's transmitter and its receiver.
    #[cfg_attr(feature = "serde", serde(default))]
    pub calibration_std_rad: f64,
    /// Level of reflections to be expected, `E‖g_m‖²/‖h_m‖²` on each link: what a check of the pilots against the line of sight
    /// allows for ([`DirectPathFit`](crate::pilots::DirectPathFit)). Channels are estimated from pilots without it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub scattering: f64,
}

impl PilotSpec {
    /// `a = p_u τ_p`, W.
    pub fn energy_w(&self) -> f64 {
        self.power_w * self.symbols as f64
    }
}

/// Which numbers of sensing slots a frame may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Slots {
    /// Whole ones, as a radio has.
    #[default]
    Whole,
    /// Any real number: the paper's model, where η is continuous.
    Fractional,
}

/// Where users are looked for; anywhere around users and access points by default.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(
        default,
        deny_unknown_fields,
        bound = "[f64; D]: nf_channel::Plain, [[f64; D]; 2]: nf_channel::Plain"
    )
)]
pub struct SearchSpec<const D: usize> {
    /// Lower and upper corner of a box.
    pub box_m: Option<[[f64; D]; 2]>,
    /// Half-planes (half-spaces) that users are in: a point of the border and a normal into it.
    pub half_planes: Vec<[[f64; D]; 2]>,
}

impl<const D: usize> Default for SearchSpec<D> {
    fn default() -> Self {
        Self {
            box_m: None,
            half_planes: Vec::new(),
        }
    }
}

/// The set of channels that a design is certified for; the paper's balls by default.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct UncertaintySpec {
    /// Which set is built around the estimated channels.
    pub set: PositionSet,
    /// Which position errors it has to hold.
    pub size: ErrorSize,
}

impl Default for UncertaintySpec {
    fn default() -> Self {
        Self {
            set: PositionSet::Ball,
            size: ErrorSize::Scale(1.0),
        }
    }
}

impl UncertaintySpec {
    /// Whether these are the paper's balls, of any scale.
    pub fn is_the_papers(&self) -> bool {
        self.set == PositionSet::Ball && matches!(self.size, ErrorSize::Scale(_))
    }
}

/// Which position errors a set of channels has to hold, at a CRLB of `C/(1-η)`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum ErrorSize {
    /// A multiple κ of the standard deviations.
    ///
    /// - [`PositionSet::Ball`]: the paper's balls, `‖Δh_{k,m}‖ ≤ κ α_e sqrt(C/(1-η)) ‖ĥ_{k,m}‖`.
    /// - [`PositionSet::Phase`]: the same deviation, of all users together, as a position error of each:
    ///   `‖δ_k‖ ≤ κ sqrt(C/(1-η))`.
    /// - [`PositionSet::Ellipse`]: each user's own κ-fold error ellipsoid.
    Scale(f64),
    /// The probability, for each user, that its position error is among them, if it is Gaussian with the
    /// user's block of the Cramér–Rao covariance: in a disc ([`PositionSet::Ball`], [`PositionSet::Phase`])
    /// of radius [`error_radius_m`](crate::uncertainty::error_radius_m), or in the error ellipsoid of
    /// that probability ([`PositionSet::Ellipse`]).
    Confidence(f64),
}

/// Where reflection coefficients come from.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
pub enum ReflectivitySpec {
    /// All are 1.
    #[default]
    Unit,
    /// Drawn by [`Reflectivity::rayleigh`](nf_channel::Reflectivity::rayleigh).
    Rayleigh {
        /// Seed of the random numbers.
        seed: u64,
    },
    /// Given.
    Explicit {
        /// `values[user][receiving access point][transmitting access point]`.
        values: Vec<Vec<Vec<C64>>>,
    },
}

impl<const D: usize> Scenario<D> {
    /// A scenario of the given geometry with the paper's frame (0.1 s with slots of 1 ms), an
    /// effective noise of −100 dBm, 1 W for communication and 10 W for sensing at each access point,
    /// unknown echo gains of unit reflectivity over the total path, and a CRLB threshold of
    /// 2·10⁻¹¹ m². Change the fields for anything else.
    pub fn new(
        frequency_hz: f64,
        access_points: Vec<ArraySpec<D>>,
        users_m: Vec<[f64; D]>,
    ) -> Self {
        Self {
            name: String::new(),
            frequency_hz,
            sensing_noise_w: 1e-13,
            communication_noise_w: Level::Same(1e-13),
            frame_duration_s: 0.1,
            sensing_slot_s: 1e-3,
            slots: Slots::default(),
            communication_power_w: Level::Same(1.0),
            sensing_power_w: Level::Same(10.0),
            gain_model: GainModel::Unknown,
            echo_convention: EchoConvention::Conjugate,
            echo_gain: EchoGain::TotalPath,
            path_gain: PathGain::SquareRoot,
            amplitude_profile: AmplitudeProfile::Uniform,
            crlb_threshold_m2: 2e-11,
            error_scale_per_m: None,
            uncertainty: UncertaintySpec::default(),
            scattering: 0.0,
            access_points,
            users_m,
            reflectivity: ReflectivitySpec::Unit,
            prior: None,
            blocked: Vec::new(),
            search: SearchSpec::default(),
            pilots: None,
        }
    }
}
