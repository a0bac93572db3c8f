//! Beams and forms, each in coordinates of its own type.
//!
//! Beams leave antennas, so whatever comes in from outside or goes out is [`Beams`]: one number for
//! each antenna. Schemes work in far fewer coordinates, those of a span that holds the channels
//! and, if need be, the beams too. [`ReducedBeams`] and [`Forms`] carry that span with them: their
//! numbers mean nothing without it, and none of them is ever read in another one. A projection on a
//! span that does not hold the beams is not something this module can express.
//!
//! ```compile_fail,E0308
//! # use td_isac_algos::{Downlink, ReducedBeams, certify_beams, robust_sdp::HermitianIpm};
//! fn certify(downlink: &Downlink, beams: &ReducedBeams) {
//!     // Reduced coordinates are not antennas: `beams.lift()` is meant.
//!     let _ = certify_beams(downlink, 0.5, beams, &HermitianIpm::default());
//! }
//! ```

use std::sync::Arc;

use faer::{Mat, c64};
use nf_channel::C64;
use robust_sdp::Reduction;

use crate::error::{DesignError, same_length};

/// Beamforming vectors in antenna coordinates, in sqrt(W): for every user one number per antenna of
/// every access point.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(try_from = "Vec<Vec<Vec<C64>>>", into = "Vec<Vec<Vec<C64>>>")
)]
pub struct Beams {
    antennas: Vec<usize>,
    columns: Vec<Mat<c64>>,
}

impl Beams {
    /// Beams as `beams[user][access point][antenna]`.
    ///
    /// # Errors
    /// Users whose access points have other numbers of antennas than the first user's, and numbers
    /// that are not finite.
    pub fn new(beams: &[Vec<Vec<C64>>]) -> Result<Self, DesignError> {
        let antennas: Vec<usize> = beams.first().map_or(Vec::new(), |user| sizes(user));
        for user in beams {
            same_length("access points of a beam", antennas.len(), user.len())?;
            for (&expected, part) in antennas.iter().zip(user) {
                same_length("antennas of a beam", expected, part.len())?;
            }
        }
        let columns = beams.iter().map(|user| column(&user.concat())).collect();
        Self::checked(antennas, columns)
    }

    /// Beams as a matrix with one column per user, stacked over access points of so many `antennas`.
    ///
    /// # Errors
    /// Another number of rows than of antennas, and numbers that are not finite.
    pub fn from_matrix(antennas: &[usize], matrix: &Mat<c64>) -> Result<Self, DesignError> {
        same_length("rows of the beams", antennas.iter().sum(), matrix.nrows())?;
        let columns = (0..matrix.ncols())
            .map(|user| column(matrix.col_as_slice(user)))
            .collect();
        Self::checked(antennas.to_vec(), columns)
    }

    fn checked(antennas: Vec<usize>, columns: Vec<Mat<c64>>) -> Result<Self, DesignError> {
        for (user, beam) in columns.iter().enumerate() {
            let parts = beam.col_as_slice(0).iter().flat_map(|v| [v.re, v.im]);
            if let Some(value) = parts.into_iter().find(|x| !x.is_finite()) {
                return Err(DesignError::BadBeam { user, value });
            }
        }
        Ok(Self { antennas, columns })
    }

    /// Number of users.
    pub fn users(&self) -> usize {
        self.columns.len()
    }

    /// Number of antennas of each access point.
    pub fn antennas(&self) -> &[usize] {
        &self.antennas
    }

    /// What an access point sends to a user, one number per antenna.
    ///
    /// # Panics
    /// As an index does, if there is no such user or access point.
    pub fn of(&self, user: usize, access_point: usize) -> &[C64] {
        let start: usize = self.antennas[..access_point].iter().sum();
        &self.stacked(user)[start..start + self.antennas[access_point]]
    }

    /// The whole beam of a user, stacked over access points.
    ///
    /// # Panics
    /// As an index does, if there is no such user.
    pub fn stacked(&self, user: usize) -> &[C64] {
        self.columns[user].col_as_slice(0)
    }

    /// One column per user, as [`robust_sdp`] takes them beside
    /// [`Downlink::full_problem_at`](crate::Downlink::full_problem_at).
    pub fn columns(&self) -> &[Mat<c64>] {
        &self.columns
    }

    /// The power that an access point sends to all users together, W.
    ///
    /// # Panics
    /// As an index does, if there is no such access point.
    pub fn power_w(&self, access_point: usize) -> f64 {
        (0..self.users())
            .flat_map(|user| self.of(user, access_point))
            .map(|v| v.norm_sqr())
            .sum()
    }
}

/// Beams that are read are checked.
#[cfg(feature = "serde")]
impl TryFrom<Vec<Vec<Vec<C64>>>> for Beams {
    type Error = DesignError;

    fn try_from(beams: Vec<Vec<Vec<C64>>>) -> Result<Self, DesignError> {
        Self::new(&beams)
    }
}

/// `[user][access point][antenna]`, as [`Beams::new`] takes them.
#[cfg(feature = "serde")]
impl From<Beams> for Vec<Vec<Vec<C64>>> {
    fn from(beams: Beams) -> Self {
        let user = |k| {
            (0..beams.antennas.len())
                .map(|m| beams.of(k, m).to_vec())
                .collect()
        };
        (0..beams.users()).map(user).collect()
    }
}

/// Columns `G_j` of forms `W_j = G_j G_j^H`, one matrix per user, in the coordinates of a span.
///
/// Made by [`Downlink::forms`](crate::Downlink::forms); the problem in the same coordinates is
/// [`Downlink::problem_for`](crate::Downlink::problem_for).
#[derive(Debug, Clone, PartialEq)]
pub struct Forms {
    span: Arc<Reduction>,
    columns: Vec<Mat<c64>>,
}

impl Forms {
    pub(crate) fn new(
        span: Arc<Reduction>,
        users: usize,
        columns: Vec<Mat<c64>>,
    ) -> Result<Self, DesignError> {
        same_length("forms (users)", users, columns.len())?;
        for form in &columns {
            same_length("rows of a form", span.dimension(), form.nrows())?;
        }
        Ok(Self { span, columns })
    }

    /// `G_j` for each user, as [`robust_sdp`] takes them.
    pub fn columns(&self) -> &[Mat<c64>] {
        &self.columns
    }

    /// The span whose coordinates these are.
    pub(crate) fn span(&self) -> &Arc<Reduction> {
        &self.span
    }
}

/// Beamforming vectors in the coordinates of a span: forms of one column each.
///
/// Made by [`Downlink::reduce`](crate::Downlink::reduce) from beams that exist already, or by
/// [`Downlink::reduced_beams`](crate::Downlink::reduced_beams) from a solution of the downlink's
/// reduced problem.
#[derive(Debug, Clone, PartialEq)]
pub struct ReducedBeams(Forms);

impl ReducedBeams {
    /// Forms of one column each as the vectors that they are.
    ///
    /// # Errors
    /// [`DesignError::BadParameter`] for a form of several columns.
    pub fn try_from_forms(forms: Forms) -> Result<Self, DesignError> {
        match forms.columns.iter().find(|form| form.ncols() != 1) {
            None => Ok(Self(forms)),
            Some(form) => Err(DesignError::BadParameter {
                name: "columns of a form",
                value: form.ncols() as f64,
                requirement: "beams have one; a scheme whose forms have more must override extract",
            }),
        }
    }

    /// The same as forms of rank one.
    pub fn forms(&self) -> &Forms {
        &self.0
    }

    /// One column per user.
    pub fn columns(&self) -> &[Mat<c64>] {
        &self.0.columns
    }

    /// The beams that these coordinates stand for.
    pub fn lift(&self) -> Beams {
        let span = &self.0.span;
        Beams {
            antennas: span.bases().iter().map(Mat::nrows).collect(),
            columns: (self.columns().iter())
                .map(|column| span.lift(column.as_ref()))
                .collect(),
        }
    }
}

impl From<ReducedBeams> for Forms {
    fn from(beams: ReducedBeams) -> Self {
        beams.0
    }
}

fn sizes(user: &[Vec<C64>]) -> Vec<usize> {
    user.iter().map(Vec::len).collect()
}

fn column(values: &[C64]) -> Mat<c64> {
    Mat::from_fn(values.len(), 1, |i, _| values[i])
}
