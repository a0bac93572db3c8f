//! What is claimed of each user, and why no more.

use std::fmt;

use nf_channel::EchoConvention;

/// What is claimed of a user.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "snake_case", bound = "[f64; D]: nf_channel::Plain")
)]
pub enum Verdict<const D: usize> {
    /// Its echo stands out, the model explains the data, and nowhere else does it as well.
    Found,
    /// There is an echo, but the position may be wrong by more than its covariance says.
    Doubtful(Doubt<D>),
    /// No echo stands out.
    NotFound(Absence),
}

impl<const D: usize> Verdict<D> {
    /// Whether the user is [`Found`](Self::Found).
    pub fn is_found(&self) -> bool {
        matches!(self, Self::Found)
    }

    /// `found`, `doubtful` or `not-found`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Doubtful(_) => "doubtful",
            Self::NotFound(_) => "not-found",
        }
    }

    /// The reason in words; empty for [`Found`](Self::Found).
    pub fn reason(&self) -> String {
        match self {
            Self::Found => String::new(),
            Self::Doubtful(doubt) => doubt.to_string(),
            Self::NotFound(absence) => absence.to_string(),
        }
    }
}

/// Why a position is doubtful.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "snake_case", bound = "[f64; D]: nf_channel::Plain")
)]
pub enum Doubt<const D: usize> {
    /// Users alone do not explain the data: reflections, scatterers outside of the region, the other convention,
    /// wrong arrays, more noise.
    ModelDoesNotFit {
        /// Probability of such a residual if they did.
        p_value: f64,
        /// The residual's noise power over the known one, where there is one.
        noise_over_known: Option<f64>,
    },
    /// Another position explains the data as well.
    Ambiguous {
        /// That position.
        position_m: [f64; D],
        /// How much larger twice the log-likelihood is at the reported position.
        likelihood_ratio: f64,
        /// Whether it is the mirror image in the line (the plane) of an array.
        mirror: bool,
    },
    /// There are more echoes than users: some belong to something else.
    MoreEchoesThanUsers {
        /// Echoes that stand out.
        echoes: usize,
        /// Users there are.
        users: usize,
    },
    /// The data fix the position worse than the arrays' beams.
    Undetermined,
    /// Two positions are closer than their deviations tell apart.
    NotSeparated {
        /// Index of the other user.
        other: usize,
    },
    /// Several users at wrong places may explain the data as well, because their echoes are weak or because the weaker ones among
    /// them explain what the others would leave: where one of them would be, the others held, has been looked for, but not
    /// all of them together.
    WeakTogether {
        /// How many.
        users: usize,
    },
    /// Access points see it that get no echo of what the others send: rays of several users may cross there.
    SeenApart,
    /// The most likely position is outside of the region or on its border.
    OutsideRegion,
    /// The iterations ended before the most likely position was reached.
    NotConverged,
}

impl<const D: usize> fmt::Display for Doubt<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ModelDoesNotFit {
                p_value,
                noise_over_known,
            } => {
                write!(
                    f,
                    "users alone do not explain the echoes (fit p = {p_value:.1e}"
                )?;
                if let Some(ratio) = noise_over_known {
                    write!(f, ", residual {ratio:.3} times the noise")?;
                }
                write!(f, ")")
            }
            Self::Ambiguous {
                position_m,
                likelihood_ratio,
                mirror,
            } => {
                let what = if *mirror {
                    "its mirror image"
                } else {
                    "a position"
                };
                write!(f, "cannot be told from {what} at (")?;
                for (axis, x) in position_m.iter().enumerate() {
                    let comma = if axis > 0 { ", " } else { "" };
                    write!(f, "{comma}{x:.3}")?;
                }
                write!(f, ") m (likelihood ratio {likelihood_ratio:.1})")
            }
            Self::MoreEchoesThanUsers { echoes, users } => {
                write!(f, "{echoes} echoes stand out where there are {users} users")
            }
            Self::Undetermined => write!(f, "the echoes do not fix the position to within a beam"),
            Self::NotSeparated { other } => {
                write!(f, "not told apart from user {other} of this list")
            }
            Self::WeakTogether { users } => write!(
                f,
                "other positions of {users} users together may explain the echoes as well"
            ),
            Self::SeenApart => write!(
                f,
                "no echo passes between the access points that see it: each may see another user"
            ),
            Self::OutsideRegion => write!(f, "the most likely position leaves the search region"),
            Self::NotConverged => write!(f, "the refinement ran out of iterations"),
        }
    }
}

/// Why a user was not found.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Absence {
    /// Nothing that is left of the data looks like one more echo.
    NoEcho {
        /// Largest likelihood ratio of one more user.
        likelihood_ratio: f64,
        /// What it would have to exceed.
        threshold: f64,
    },
    /// Something is left, but no position could be refined.
    NoPosition,
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEcho {
                likelihood_ratio,
                threshold,
            } => write!(
                f,
                "no further echo stands out (likelihood ratio {likelihood_ratio:.1}, threshold {threshold:.1})"
            ),
            Self::NoPosition => write!(f, "no position explains what is left of the echoes"),
        }
    }
}

/// A position, how well it is known, and what is claimed of it.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(bound = "[f64; D]: nf_channel::Plain"))]
pub struct DetectedUser<const D: usize> {
    /// Most likely position; `None` for a user that was not found.
    pub position_m: Option<[f64; D]>,
    /// Covariance of the position, row by row. Withheld where the model does not fit, the position is not determined, or the
    /// refinement has not converged: the matrix would be no covariance of anything.
    pub covariance_m2: Option<Vec<[f64; D]>>,
    /// What is claimed.
    pub verdict: Verdict<D>,
    /// Twice the difference of the log-likelihoods with and without this user, the others' gains adapted.
    pub likelihood_ratio: f64,
}

impl<const D: usize> DetectedUser<D> {
    /// Root of the covariance's trace.
    pub fn deviation_m(&self) -> Option<f64> {
        let covariance = self.covariance_m2.as_ref()?;
        Some((0..D).map(|i| covariance[i][i]).sum::<f64>().sqrt())
    }
}

/// How well users explain the data.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Fit {
    /// Noise power per element and slot, from the residual.
    pub noise_w: f64,
    /// The same over the known one, where there is one.
    pub noise_over_known: Option<f64>,
    /// Complex degrees of freedom of the residual.
    pub freedom: f64,
    /// Probability of a residual as large or as structured as this if users and noise are all there is.
    pub p_value: f64,
}

/// All that was found in a frame.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(bound = "[f64; D]: nf_channel::Plain"))]
pub struct Detection<const D: usize> {
    /// Users, the strongest echo first; after them those of a given number that were not found.
    pub users: Vec<DetectedUser<D>>,
    /// How well they explain the data.
    pub fit: Fit,
    /// Likelihood ratio that one more user would have to exceed.
    pub threshold: f64,
    /// The convention of echoes that fits much better, where the network's does not fit.
    pub better_convention: Option<EchoConvention>,
}
