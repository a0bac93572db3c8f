//! The worst that position errors can do to given beams, by exact channels.
//!
//! A certificate says what no channel of a set can undercut; the attack looks for the position whose
//! channel, computed and not linearised, does the most harm. The two bound the truth from both sides:
//! whatever the model of uncertainty, a certified SINR above an attacked one is wrong.

use nf_channel::{C64, ChannelError};

use crate::beams::Beams;
use crate::error::{DesignError, same_length};
use crate::scenario::CheckedScenario;
use crate::uncertainty::PositionRegion;

/// Searches the position of a user at which its SINR is least: projected gradient descent with the
/// exact gradient of the channels, from the centre, from an even spread of points in the region and from
/// their images on its surface.
///
/// Cost: about `20 starts · steps` channels of all antennas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct PositionAttack {
    /// Points in the region to start from; each makes two starts. 40 by default.
    pub starts: usize,
    /// Steps from each start; 60 by default.
    pub steps: usize,
}

impl Default for PositionAttack {
    fn default() -> Self {
        Self {
            starts: 40,
            steps: 60,
        }
    }
}

/// A position at which beams do badly.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(bound = "[f64; D]: nf_channel::Plain"))]
pub struct AttackedUser<const D: usize> {
    /// The displacement from the estimated position.
    pub displacement_m: [f64; D],
    /// The user's SINR there.
    pub gamma: f64,
}

impl PositionAttack {
    /// The worst SINR found for each user, the beams serving users somewhere in `regions`.
    ///
    /// # Errors
    /// Regions or beams for another number of users, beams for other antennas, or a region that reaches an array's
    /// element or reference point at a point that was tried.
    pub fn worst_users<const D: usize>(
        &self,
        scenario: &CheckedScenario<D>,
        regions: &[PositionRegion<D>],
        beams: &Beams,
    ) -> Result<Vec<AttackedUser<D>>, DesignError> {
        let users = scenario.channels().len();
        same_length("regions", users, regions.len())?;
        same_length("beams (users)", users, beams.users())?;
        let (arrays, found) = (scenario.access_points(), beams.antennas());
        same_length("access points of the beams", arrays.len(), found.len())?;
        for (array, &found) in arrays.iter().zip(found) {
            same_length("antennas of the beams", array.len(), found)?;
        }
        regions
            .iter()
            .enumerate()
            .map(|(user, region)| {
                let target = Target {
                    scenario,
                    beams,
                    user,
                    axes_m: region.semi_axes_m(),
                };
                Ok(self.worst_of(&target)?)
            })
            .collect()
    }

    fn worst_of<const D: usize>(
        &self,
        target: &Target<'_, D>,
    ) -> Result<AttackedUser<D>, ChannelError> {
        let mut worst = self.descend(target, [0.0; D])?;
        for index in 1..=self.starts {
            let inside = spread_point::<D>(index);
            for start in [inside, to_surface(inside)] {
                let found = self.descend(target, start)?;
                if found.gamma < worst.gamma {
                    worst = found;
                }
            }
        }
        Ok(worst)
    }

    /// Descent of the SINR's logarithm over the unit ball.
    fn descend<const D: usize>(
        &self,
        target: &Target<'_, D>,
        start: [f64; D],
    ) -> Result<AttackedUser<D>, ChannelError> {
        let mut y = into_ball(start);
        let (mut value, mut slope) = target.log_sinr(&y)?;
        let mut step = 0.3;
        for _ in 0..self.steps {
            let length = norm(&slope);
            if length == 0.0 || step < 1e-9 {
                break;
            }
            let next = into_ball(std::array::from_fn(|i| y[i] - step * slope[i] / length));
            let (lower, slope_there) = target.log_sinr(&next)?;
            if lower < value {
                (y, value, slope) = (next, lower, slope_there);
                step *= 1.3;
            } else {
                step *= 0.4;
            }
        }
        Ok(AttackedUser {
            displacement_m: target.displacement(&y),
            gamma: value.exp(),
        })
    }
}

/// The user under attack.
struct Target<'a, const D: usize> {
    scenario: &'a CheckedScenario<D>,
    beams: &'a Beams,
    user: usize,
    axes_m: [[f64; D]; D],
}

impl<const D: usize> Target<'_, D> {
    fn displacement(&self, y: &[f64; D]) -> [f64; D] {
        std::array::from_fn(|j| (0..D).map(|i| self.axes_m[i][j] * y[i]).sum())
    }

    /// `log SINR` at a point of the unit ball, and its gradient there.
    fn log_sinr(&self, y: &[f64; D]) -> Result<(f64, [f64; D]), ChannelError> {
        let (scenario, displacement) = (self.scenario, self.displacement(y));
        let parameters = scenario.parameters();
        let home = &parameters.users_m[self.user];
        let position_m = std::array::from_fn(|i| home[i] + displacement[i]);
        // h^H w_j and its derivatives, summed over access points.
        let zero = C64::new(0.0, 0.0);
        let mut arriving = vec![(zero, [zero; D]); self.beams.users()];
        for (m, array) in scenario.access_points().iter().enumerate() {
            if scenario.scene().is_blocked(m, self.user) {
                continue;
            }
            let channel = array.channel(
                scenario.carrier(),
                parameters.path_gain,
                parameters.amplitude_profile,
                &position_m,
            )?;
            for (user, (sum, slopes)) in arriving.iter_mut().enumerate() {
                for (n, (h, w)) in (channel.values.iter().zip(self.beams.of(user, m))).enumerate() {
                    *sum += h.conj() * w;
                    for (slope, column) in slopes.iter_mut().zip(&channel.gradient) {
                        *slope += column[n].conj() * w;
                    }
                }
            }
        }
        let (mut signal, mut signal_slope) = (0.0, [0.0; D]);
        let (mut rest, mut rest_slope) = (parameters.communication_noise_w.of(self.user), [0.0; D]);
        for (j, (sum, slopes)) in arriving.iter().enumerate() {
            let (power, power_slope) = if j == self.user {
                (&mut signal, &mut signal_slope)
            } else {
                (&mut rest, &mut rest_slope)
            };
            *power += sum.norm_sqr();
            for (total, slope) in power_slope.iter_mut().zip(slopes) {
                *total += 2.0 * (sum.conj() * slope).re;
            }
        }
        signal = signal.max(f64::MIN_POSITIVE);
        let by_metre: [f64; D] =
            std::array::from_fn(|i| signal_slope[i] / signal - rest_slope[i] / rest);
        let gradient = self
            .axes_m
            .map(|axis| axis.iter().zip(&by_metre).map(|(a, g)| a * g).sum());
        Ok(((signal / rest).ln(), gradient))
    }
}

fn norm<const D: usize>(v: &[f64; D]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn into_ball<const D: usize>(v: [f64; D]) -> [f64; D] {
    let length = norm(&v).max(1.0);
    v.map(|x| x / length)
}

fn to_surface<const D: usize>(v: [f64; D]) -> [f64; D] {
    let length = norm(&v);
    if length > 0.0 {
        v.map(|x| x / length)
    } else {
        v
    }
}

/// Points that fill the unit ball evenly: a Kronecker sequence in the cube, its shells pulled onto
/// spheres.
fn spread_point<const D: usize>(index: usize) -> [f64; D] {
    // The positive root of x^{D+1} = x + 1, whose powers are badly approximable together.
    let root = (0..60).fold(1.5_f64, |x, _| (1.0 + x).powf(1.0 / (D as f64 + 1.0)));
    let cube: [f64; D] = std::array::from_fn(|i| {
        let turn = 0.5 + index as f64 * root.powi(-(i as i32 + 1));
        2.0 * turn.fract() - 1.0
    });
    let shell = cube.iter().fold(0.0, |a: f64, x| a.max(x.abs()));
    let length = norm(&cube);
    if length > 0.0 {
        cube.map(|x| x * shell / length)
    } else {
        cube
    }
}
