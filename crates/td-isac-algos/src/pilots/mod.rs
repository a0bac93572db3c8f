//! Channels from pilots: what access points learn of all paths, reflections included.
//!
//! Each user sends `τ_p` orthogonal symbols of power `p_u`. Despread and with `a = p_u τ_p`, an access point has
//!
//! ```math
//! y_{k,m} = \sqrt{a}\, h_{k,m} + n, \qquad n \sim \mathcal{CN}(0, \sigma^2 I),
//! ```
//!
//! whatever the channel is made of: no model of reflections, and no positions, enter [`Pilots::least_squares`]. Its error
//! `e ~ CN(0, s² I)`, `s² = σ²/a`, has as many dimensions as the array has elements; a ball of that many dimensions would be
//! paid for by every beam, although a beam sees the error's component along itself alone. So an access point first settles on
//! few directions to send in, the span of what it heard from all users, and channel and error are asked for in these
//! directions only: [`PrecodedChannels`].
//!
//! ```
//! use td_isac_algos::{Study, pilots::Pilots};
//!
//! # fn main() -> Result<(), td_isac_algos::DesignError> {
//! # let noise = |n: usize| 1e-8 * (n as f64 * 0.7).sin();
//! # let entry = |k: usize, n: usize| nf_channel::C64::from_polar(3e-5, (k * n * n) as f64) + noise(n + k);
//! # let received = (0..2).map(|k| vec![(0..16).map(|n| entry(k + 1, n)).collect()]).collect();
//! // received[user][access point][element], after 8 symbols of 10 mW, in noise of -100 dBm
//! let pilots = Pilots { received, energy_w: 8.0 * 0.01, noise_w: 1e-13, calibration_std_rad: 0.0 };
//! let channels = pilots.least_squares(0.95)?;
//! let downlink = channels.downlink(&[1.0], &[1e-13, 1e-13])?;
//! let design = Study::new(&downlink).eta(0.9).run()?;
//! let beams = channels.antenna_beams(&design.beamformers)?; // user k receives h_k^H w
//! assert!(design.rate_bit_s_hz() > 1.0 && beams.power_w(0) <= 1.0 + 1e-9);
//! # Ok(())
//! # }
//! ```

mod basis;
mod fit;
mod precoded;
mod received;

pub use fit::DirectPathFit;
pub use precoded::PrecodedChannels;
pub use received::Pilots;
