//! Near-field channels of antenna arrays, with exact gradients in the position.
//!
//! Everything is generic over the dimension `D` of the scene (2 or 3). Element `n` of an array sits
//! at `e_n`, the array's reference point is `e_0`, and a user at `c` is at the distances
//! `r_n = ‖c − e_n‖` and `r_0 = ‖c − e_0‖` from them. With the wavenumber `k = 2π/λ`,
//!
//! ```math
//! \begin{aligned}
//! \text{near field, a spherical wave:} && a_n &= e^{-jk(r_n - r_0)}, \\
//! \text{far field, a plane wave:} && a_n &= e^{+jk(e_n - e_0)\cdot u_0}, \\
//! \text{channel:} && h_n &= \beta\, a_n, \qquad \beta = |\beta|\, e^{-jkr_0}, \\
//! \text{gradient:} && \frac{\partial a_n}{\partial c} &= -jk\,(u_n - u_0)\, a_n, \qquad
//!    u_n = \frac{c - e_n}{r_n}, \quad u_0 = \frac{c - e_0}{r_0}.
//! \end{aligned}
//! ```
//!
//! The response is *centred on the array*: the common phase `exp(−j k r_0)` belongs to `β`, so its
//! gradient carries `u_n − u_0` and not `u_n` alone. Both `r_n − r_0` and `u_n − u_0` are evaluated
//! without subtracting nearly equal numbers, so phases stay accurate to rounding at any range.
//!
//! Lengths are in metres, frequencies in hertz, powers in watts, angles in radians unless a name
//! ends in another unit. Parameters are plain structures that `check` turns into validated ones
//! ([`ArraySpec::check`], [`EchoScene::check`]); whatever is wrong comes back as an error that says what was
//! found and what would be right, never as a NaN.
//!
//! Several arrays, the users, their reflectivities and all conventions are an [`EchoScene`]: its check
//! computes every response and every echo gain once, for bounds, simulations and estimators alike.
//!
//! # Tutorial
//!
//! A 21-element array of 0.53 m at 28 GHz has a Rayleigh distance of 52 m, so a user 10 m away sees
//! a spherical wave:
//!
//! ```
//! use nf_channel::{
//!     AmplitudeProfile, Array, Carrier, LinearExtent, PathGain, Wavefront, axis_from_degrees,
//! };
//!
//! # fn main() -> Result<(), nf_channel::ChannelError> {
//! let carrier = Carrier::new(28.0e9)?;
//! let array = Array::uniform_linear(
//!     [30.0, 70.0],
//!     axis_from_degrees(0.0),
//!     21,
//!     LinearExtent::Aperture { aperture_m: 0.53 },
//! )?;
//! assert!((array.rayleigh_distance_m(&carrier) - 52.5).abs() < 0.1);
//!
//! let user_m = [30.0, 60.0];
//! let uniform = AmplitudeProfile::Uniform;
//! let near = array.response(&carrier, Wavefront::Near, uniform, &user_m)?;
//! let far = array.response(&carrier, Wavefront::Far, uniform, &user_m)?;
//!
//! // On the broadside the plane wave arrives everywhere at once; the sphere reaches the end
//! // elements later, by k d²/(2 r_0) = 2.06 rad.
//! assert!((far.values[0].arg() - 0.0).abs() < 1e-12);
//! assert!((near.values[0].arg() + 2.06).abs() < 0.01);
//!
//! // The gradient tells how fast each element's response turns as the user moves.
//! let towards_the_array = near.gradient[1][0].norm();
//! let along_the_array = near.gradient[0][0].norm();
//! assert!(along_the_array > 50.0 * towards_the_array);
//!
//! // The channel adds path gain and carrier phase, and their gradients.
//! let channel = array.channel(&carrier, PathGain::SquareRoot, uniform, &user_m)?;
//! assert!((channel.gradient[1][0].norm() / channel.values[0].norm() - carrier.wavenumber_rad_per_m()).abs() < 1.0);
//! # Ok(())
//! # }
//! ```
//!
//! A position that makes the model meaningless is an error that says where:
//!
//! ```
//! use nf_channel::{AmplitudeProfile, Array, Carrier, ChannelError, LinearExtent, Wavefront};
//!
//! # fn main() -> Result<(), ChannelError> {
//! let spacing = LinearExtent::Spacing { spacing_m: 0.5 };
//! let array = Array::uniform_linear([0.0, 0.0, 10.0], [0.0, 1.0, 0.0], 4, spacing)?;
//! let on_an_element = [0.0, 0.75, 10.0];
//! let answer = array.response(
//!     &Carrier::new(28.0e9)?,
//!     Wavefront::Near,
//!     AmplitudeProfile::Uniform,
//!     &on_an_element,
//! );
//! assert!(matches!(answer, Err(ChannelError::OnElement { element: 3, .. })));
//! # Ok(())
//! # }
//! ```

mod array;
mod carrier;
mod channel;
mod decibel;
pub mod enclosure;
mod error;
mod gain;
mod invalid;
mod reflectivity;
mod response;
mod scene;
mod symmetric;
mod vector;

pub use array::{Array, ArraySpec, LinearExtent, MAX_ELEMENTS, axis_from_degrees};
pub use carrier::{Carrier, SPEED_OF_LIGHT_M_PER_S};
pub use channel::Channel;
pub use decibel::{db_to_linear, dbm_to_watt, linear_to_db, watt_to_dbm};
pub use error::ChannelError;
pub use gain::{EchoConvention, EchoGain, PathGain};
pub use invalid::Invalid;
pub use reflectivity::Reflectivity;
pub use response::{AmplitudeProfile, Response, Wavefront};
pub use scene::{BlockedLink, EchoScene, Network, SceneError, ValidNetwork, ValidScene};

/// What `serde` can write and read: what a bound asks of arrays of a length that is a parameter (feature `serde`).
#[cfg(feature = "serde")]
pub trait Plain: serde::Serialize + serde::de::DeserializeOwned {}

#[cfg(feature = "serde")]
impl<T: serde::Serialize + serde::de::DeserializeOwned> Plain for T {}

/// Complex double: the same type as `faer::c64`.
pub type C64 = num_complex::Complex<f64>;

/// The code in the README compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
