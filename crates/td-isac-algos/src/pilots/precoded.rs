//! Channels through few directions for each access point, and what is known of them.
//!
//! For one access point, let `ĥ_k = y_k/sqrt(a) = h_k + e_k` be what was heard of user `k`, `O` the span of the *other* users'
//! `ĥ_j`, and `u = (I - P_O) ĥ_k`. The directions `B` of the access point span all `ĥ_j`, that is `O` and `û = u/‖u‖`. Noise of
//! the others says nothing of `e_k`: `P_O e_k` and `v = (I - P_O) e_k` are independent Gaussians in spaces that do not depend
//! on `e_k`. Along `û`, which does depend on it, with `x = (I - P_O) h_k` and `u = x + v`,
//!
//! ```math
//! \hat u^H v = \frac{x^H v + \lVert v \rVert^2}{\lVert u \rVert}, \qquad
//! x^H v = \lVert x \rVert z, \quad z \sim \mathcal{CN}(0, s^2), \qquad
//! \lVert x \rVert \le \lVert u \rVert + |z| .
//! ```
//!
//! So the estimate `B^H ĥ_k` is too long by `‖v‖²/‖u‖` along `û`, about `N' s²/‖u‖` in `N'` dimensions: what James and Stein's
//! estimator takes off. With `‖v‖²` in an interval `b ± Δ` and `‖(P_O e_k, z)‖ ≤ r`, either of probability `1 - β/2`, the
//! estimate less `b/‖u‖` is within
//!
//! ```math
//! r + \frac{r^2 + \Delta}{\lVert u \rVert}
//! ```
//!
//! of `B^H h_k` with probability at least `1 - β`, for *every* channel `h_k`. `r` is a quantile in as many dimensions as there
//! are users, where a ball for all elements would need one in as many as there are elements.

use std::f64::consts::PI;
use std::sync::Arc;

use nf_channel::C64;
use robust_sdp::ErrorBlock;

use super::basis::{Basis, inner, norm};
use crate::beams::Beams;
use crate::downlink::Downlink;
use crate::error::{DesignError, require, same_length};
use crate::uncertainty::{Growth, OwnBlocks, chi_square_radius};

/// Channels as they are through an orthonormal precoder at each access point, `c_{k,m} ≈ B_m^H h_{k,m}`, with their errors.
///
/// Access point `m` sends `w_{k,m} = B_m x_{k,m}`: same power, and user `k` receives `h_{k,m}^H w_{k,m} = (B_m^H h_{k,m})^H x_{k,m}`.
/// What is certified on [`downlink`](Self::downlink) is true of [`antenna_beams`](Self::antenna_beams), for every channel `h`
/// with `‖B_m^H h_{k,m} - c_{k,m}‖ ≤ r_{k,m}`, and of no other beams.
#[derive(Debug, Clone, PartialEq)]
pub struct PrecodedChannels {
    precoders: Vec<Basis>,
    elements: Vec<usize>,
    /// `c`, `[user][access point][direction]`.
    channels: Vec<Vec<Vec<C64>>>,
    /// `r`, `[user][access point]`.
    radii: Vec<Vec<f64>>,
    /// Largest phase between receiver and transmitter.
    angle_rad: f64,
}

/// The estimate of one channel through a precoder, and how far off it may be.
struct Link {
    channel: Vec<C64>,
    radius: f64,
}

impl PrecodedChannels {
    /// From estimates `ĥ`, `[user][access point][element]`, that are off by white Gaussian errors of so much deviation in each
    /// complex entry, independent of each other.
    pub(super) fn of_estimates(
        heard: &[Vec<Vec<C64>>],
        deviation: f64,
        calibration_std_rad: f64,
        confidence: f64,
    ) -> Result<Self, DesignError> {
        let possible = confidence > 0.0 && confidence < 1.0;
        let between = "must lie strictly between 0 and 1";
        require("confidence", confidence, possible, between)?;
        let elements: Vec<usize> =
            (heard.first()).map_or(Vec::new(), |user| user.iter().map(Vec::len).collect());
        // One event for each access point, two with calibration phases; all are independent.
        let events = elements.len() * if calibration_std_rad == 0.0 { 1 } else { 2 };
        let each = confidence.powf((events as f64).recip());
        let angle_rad = calibration_std_rad * chi_square_radius(each, 1)?;
        let (mut precoders, mut channels, mut radii) = (
            Vec::new(),
            vec![Vec::new(); heard.len()],
            vec![Vec::new(); heard.len()],
        );
        for (m, &count) in elements.iter().enumerate() {
            let heard: Vec<&Vec<C64>> = heard.iter().map(|user| &user[m]).collect();
            let (precoder, links) = at_access_point(&heard, count, deviation, each)?;
            for (user, link) in links.into_iter().enumerate() {
                channels[user].push(link.channel);
                radii[user].push(link.radius);
            }
            precoders.push(precoder);
        }
        Ok(Self {
            precoders,
            elements,
            channels,
            radii,
            angle_rad: angle_rad.min(PI),
        })
    }

    /// Estimates `c`, `[user][access point][direction]`.
    pub fn channels(&self) -> &[Vec<Vec<C64>>] {
        &self.channels
    }

    /// Radii `r` of the errors of `c`, `[user][access point]`.
    pub fn radii(&self) -> &[Vec<f64>] {
        &self.radii
    }

    /// The largest phase of an access point's transmitter against its receiver that the set holds.
    pub fn angle_rad(&self) -> f64 {
        self.angle_rad
    }

    /// `B_m^H h_m` for one user's channels `[access point][element]`, of the precoded ones' sizes.
    ///
    /// # Errors
    /// Another number of access points or elements.
    pub fn precode(&self, channel: &[Vec<C64>]) -> Result<Vec<Vec<C64>>, DesignError> {
        same_length(
            "access points of a channel",
            self.precoders.len(),
            channel.len(),
        )?;
        for (&expected, part) in self.elements.iter().zip(channel) {
            same_length("elements of a channel", expected, part.len())?;
        }
        let parts = self.precoders.iter().zip(channel);
        Ok(parts.map(|(basis, h)| basis.coordinates(h)).collect())
    }

    /// Whether the set holds a user's channels to all access points, `[access point][element]`, as the transmitters have them.
    ///
    /// # Errors
    /// Another number of access points or elements.
    ///
    /// # Panics
    /// As an index does, if there is no such user.
    pub fn holds(&self, user: usize, channel: &[Vec<C64>]) -> Result<bool, DesignError> {
        let links = self.precode(channel)?.into_iter();
        let mut links = links.zip(&self.channels[user]).zip(&self.radii[user]);
        Ok(links.all(|((h, c), &radius)| {
            // Turned back by the phase that brings it closest, of those in the set.
            let phase = inner(&h, c).arg().clamp(-self.angle_rad, self.angle_rad);
            let turn = C64::from_polar(1.0, phase);
            let rest: Vec<C64> = h.iter().zip(c).map(|(h, c)| h * turn - c).collect();
            norm(&rest) <= radius
        }))
    }

    /// `B_m x`: what so much in each direction is at the elements of an access point.
    ///
    /// # Panics
    /// As an index does, if there is no such access point.
    pub fn lift(&self, access_point: usize, directions: &[C64]) -> Vec<C64> {
        self.precoders[access_point].combination(directions, self.elements[access_point])
    }

    /// The downlink through the precoders, for so much power of each access point and noise at each user; its errors are the
    /// same at every time allocation.
    ///
    /// # Errors
    /// As [`Downlink::new`].
    pub fn downlink(&self, power_w: &[f64], noise_w: &[f64]) -> Result<Downlink, DesignError> {
        let block = |(group, &radius): (usize, &f64)| {
            let phase = ErrorBlock::Phase {
                group,
                angle: self.angle_rad,
            };
            let phase = (self.angle_rad > 0.0).then_some(phase);
            std::iter::once(ErrorBlock::Ball { group, radius }).chain(phase)
        };
        let blocks = (self.radii.iter())
            .map(|radii| radii.iter().enumerate().flat_map(block).collect())
            .collect();
        let growth = Growth::Constant;
        let errors = Arc::new(OwnBlocks { blocks, growth });
        Downlink::new(&self.channels, power_w, noise_w, errors)
    }

    /// Beams of [`downlink`](Self::downlink) as the antennas send them, `w = B x`.
    ///
    /// # Errors
    /// Beams for other users or directions.
    pub fn antenna_beams(&self, beams: &Beams) -> Result<Beams, DesignError> {
        same_length("beams (users)", self.channels.len(), beams.users())?;
        let found = beams.antennas();
        same_length(
            "access points of the beams",
            self.precoders.len(),
            found.len(),
        )?;
        for (basis, &found) in self.precoders.iter().zip(found) {
            same_length("directions of the beams", basis.len(), found)?;
        }
        let stations = 0..self.precoders.len();
        let user = |user| {
            stations
                .clone()
                .map(|m| self.lift(m, beams.of(user, m)))
                .collect()
        };
        Beams::new(&(0..beams.users()).map(user).collect::<Vec<_>>())
    }
}

/// The directions of one access point of so many elements, and each user's estimate in them.
fn at_access_point(
    heard: &[&Vec<C64>],
    elements: usize,
    deviation: f64,
    confidence: f64,
) -> Result<(Basis, Vec<Link>), DesignError> {
    if heard.len() < elements {
        let precoder = Basis::spanning(heard.iter().copied());
        let links = (0..heard.len())
            .map(|user| in_span(&precoder, heard, user, deviation, confidence))
            .collect::<Result<_, DesignError>>()?;
        return Ok((precoder, links));
    }
    // No fewer users than elements: all directions, and the error is the noise itself.
    let radius = complex_radius(confidence, elements, deviation)?;
    let whole = |heard: &&Vec<C64>| Link {
        channel: (*heard).clone(),
        radius,
    };
    Ok((Basis::whole(elements), heard.iter().map(whole).collect()))
}

/// The estimate in the span of what was heard from all users; its dimension is less than the number of elements.
fn in_span(
    precoder: &Basis,
    heard: &[&Vec<C64>],
    user: usize,
    deviation: f64,
    confidence: f64,
) -> Result<Link, DesignError> {
    let each = 1.0 - 0.5 * (1.0 - confidence);
    let radius = complex_radius(each, precoder.len(), deviation)?;
    let others = heard.iter().enumerate().filter(|(other, _)| *other != user);
    let others = Basis::spanning(others.map(|(_, &heard)| heard));
    let own = others.remainder(heard[user]);
    let length = norm(&own);
    let mut channel = precoder.coordinates(heard[user]);
    if length == 0.0 {
        // Nothing but the others' directions, of which the noise is independent.
        return Ok(Link { channel, radius });
    }
    let dimensions = own.len() - others.len();
    let square = |probability: f64| -> Result<f64, DesignError> {
        Ok(complex_radius(probability, dimensions, deviation)?.powi(2))
    };
    let tail = 0.5 * (1.0 - each);
    let (low, high) = (square(tail)?, square(1.0 - tail)?);
    let shorter = 0.5 * (low + high) / length;
    let along = precoder.coordinates(&own);
    (channel.iter_mut().zip(along)).for_each(|(c, u)| *c -= u / length * shorter);
    Ok(Link {
        channel,
        radius: radius + (radius.powi(2) + 0.5 * (high - low)) / length,
    })
}

/// What the length of a complex Gaussian vector, of so much deviation in each of its dimensions, does not exceed with this
/// probability.
fn complex_radius(probability: f64, dimensions: usize, deviation: f64) -> Result<f64, DesignError> {
    // ‖e‖² = s²/2 χ² of twice as many degrees of freedom.
    Ok(deviation * (0.5f64).sqrt() * chi_square_radius(probability, 2 * dimensions)?)
}
