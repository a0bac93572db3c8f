//! Reflection coefficients of the users.

use crate::{C64, ChannelError, Invalid};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Reflection coefficients `ρ[user][receiving AP][transmitting AP]`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(try_from = "Vec<Vec<Vec<C64>>>", into = "Vec<Vec<Vec<C64>>>")
)]
pub struct Reflectivity {
    users: usize,
    access_points: usize,
    /// User-major, then receiver, then transmitter.
    values: Vec<C64>,
}

impl Reflectivity {
    /// Every coefficient is 1.
    pub fn unit(users: usize, access_points: usize) -> Self {
        Self::from_draws(users, access_points, || C64::new(1.0, 0.0))
    }

    /// Independent circular Gaussian coefficients of unit variance (Rayleigh amplitudes).
    ///
    /// The draws come from ChaCha8 with the given seed in the order user, receiver, transmitter,
    /// real part before imaginary part: the same seed gives the same coefficients everywhere.
    pub fn rayleigh(users: usize, access_points: usize, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut part = || -> f64 {
            let standard: f64 = StandardNormal.sample(&mut rng);
            standard * std::f64::consts::FRAC_1_SQRT_2
        };
        Self::from_draws(users, access_points, || {
            let re = part();
            let im = part();
            C64::new(re, im)
        })
    }

    /// Given coefficients `values[user][receiving AP][transmitting AP]`.
    ///
    /// # Errors
    ///
    /// The table is empty or ragged, or a coefficient is not finite.
    pub fn explicit(values: Vec<Vec<Vec<C64>>>) -> Result<Self, ChannelError> {
        let users = values.len();
        Invalid::if_none("reflectivity", users)?;
        let access_points = values[0].len();
        Invalid::if_none("reflectivity[0]", access_points)?;
        let shape = |user, receiver, found| {
            if found == access_points {
                return Ok(());
            }
            Err(ChannelError::ReflectivityShape {
                user,
                receiver,
                expected: access_points,
                found,
            })
        };
        for (user, rows) in values.iter().enumerate() {
            shape(user, None, rows.len())?;
            for (receiver, row) in rows.iter().enumerate() {
                shape(user, Some(receiver), row.len())?;
                for (transmitter, &value) in row.iter().enumerate() {
                    if !value.is_finite() {
                        return Err(ChannelError::ReflectivityNonFinite {
                            user,
                            receiver,
                            transmitter,
                            value,
                        });
                    }
                }
            }
        }
        let values = values.into_iter().flatten().flatten().collect();
        Ok(Self {
            users,
            access_points,
            values,
        })
    }

    /// The coefficient of `user` on the path from `transmitter` to `receiver`.
    ///
    /// # Panics
    ///
    /// An index is out of range, as for a slice.
    pub fn get(&self, user: usize, receiver: usize, transmitter: usize) -> C64 {
        assert!(receiver < self.access_points && transmitter < self.access_points);
        self.values[(user * self.access_points + receiver) * self.access_points + transmitter]
    }

    /// Number of users.
    pub fn users(&self) -> usize {
        self.users
    }

    /// Number of access points.
    pub fn access_points(&self) -> usize {
        self.access_points
    }

    fn from_draws(users: usize, access_points: usize, mut draw: impl FnMut() -> C64) -> Self {
        let values = (0..users * access_points * access_points)
            .map(|_| draw())
            .collect();
        Self {
            users,
            access_points,
            values,
        }
    }
}

impl TryFrom<Vec<Vec<Vec<C64>>>> for Reflectivity {
    type Error = ChannelError;

    fn try_from(values: Vec<Vec<Vec<C64>>>) -> Result<Self, ChannelError> {
        Self::explicit(values)
    }
}

/// `values[user][receiving AP][transmitting AP]`.
impl From<Reflectivity> for Vec<Vec<Vec<C64>>> {
    fn from(reflectivity: Reflectivity) -> Self {
        let side = reflectivity.access_points;
        (reflectivity.values.chunks(side * side))
            .map(|user| user.chunks(side).map(<[C64]>::to_vec).collect())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    #[test]
    fn rayleigh_is_drawn_in_the_documented_order() {
        let drawn = Reflectivity::rayleigh(3, 2, 7);
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        for user in 0..3 {
            for receiver in 0..2 {
                for transmitter in 0..2 {
                    let re: f64 = StandardNormal.sample(&mut rng);
                    let im: f64 = StandardNormal.sample(&mut rng);
                    let expected = C64::new(re, im) / 2f64.sqrt();
                    let found = drawn.get(user, receiver, transmitter);
                    assert_abs_diff_eq!((found - expected).norm(), 0.0, epsilon = 1e-15);
                }
            }
        }
        assert_ne!(drawn, Reflectivity::rayleigh(3, 2, 8));
    }

    #[test]
    fn rayleigh_is_circular_with_unit_variance() {
        let draws = Reflectivity::rayleigh(500, 10, 1);
        let n = draws.values.len() as f64;
        let mean: C64 = draws.values.iter().sum::<C64>() / n;
        let variance = draws.values.iter().map(C64::norm_sqr).sum::<f64>() / n;
        let pseudo_variance: C64 = draws.values.iter().map(|z| z * z).sum::<C64>() / n;
        // Five standard deviations of each sample mean (1/√n for all three).
        let tolerance = 5.0 / n.sqrt();
        assert_abs_diff_eq!(mean.norm(), 0.0, epsilon = tolerance);
        assert_abs_diff_eq!(variance, 1.0, epsilon = tolerance);
        assert_abs_diff_eq!(pseudo_variance.norm(), 0.0, epsilon = tolerance);
    }

    #[test]
    fn explicit_values_keep_their_places() {
        let entry = |u: usize, l: usize, m: usize| C64::new(u as f64, (10 * l + m) as f64);
        let table = (0..2)
            .map(|u| {
                (0..3)
                    .map(|l| (0..3).map(|m| entry(u, l, m)).collect())
                    .collect()
            })
            .collect();
        let reflectivity = Reflectivity::explicit(table).unwrap();
        assert_eq!((reflectivity.users(), reflectivity.access_points()), (2, 3));
        assert_eq!(reflectivity.get(1, 2, 0), entry(1, 2, 0));
        assert_eq!(reflectivity.get(0, 1, 2), entry(0, 1, 2));
    }

    #[test]
    fn explicit_values_are_checked() {
        let one = C64::new(1.0, 0.0);
        let text = |table| Reflectivity::explicit(table).unwrap_err().to_string();
        assert_eq!(text(vec![]), "reflectivity = 0 must be at least 1");
        assert_eq!(text(vec![vec![]]), "reflectivity[0] = 0 must be at least 1");
        assert_eq!(
            Reflectivity::explicit(vec![vec![vec![one]], vec![vec![one], vec![one]]]),
            Err(ChannelError::ReflectivityShape {
                user: 1,
                receiver: None,
                expected: 1,
                found: 2
            })
        );
        let ragged = Reflectivity::explicit(vec![vec![vec![one, one], vec![one]]]).unwrap_err();
        assert_eq!(
            ragged.to_string(),
            "reflectivity[0][1] has 1 entries, not 2"
        );
        assert!(matches!(
            Reflectivity::explicit(vec![vec![vec![C64::new(0.0, f64::NAN)]]]),
            Err(ChannelError::ReflectivityNonFinite {
                user: 0,
                receiver: 0,
                transmitter: 0,
                ..
            })
        ));
    }
}
