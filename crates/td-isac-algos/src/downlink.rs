//! The communication half: what a beamforming scheme is given.

use std::sync::Arc;

use faer::{Mat, c64};
use nf_channel::C64;
use robust_sdp::{
    RatioProblem, RatioTarget, Reduction, RobustError, ValidRatioProblem, nominal_ratios,
};

use crate::beams::{Beams, Forms, ReducedBeams};
use crate::error::{DesignError, same_length};
use crate::uncertainty::{ExactChannels, UncertaintyModel};

/// Estimated channels with their uncertainty, powers and noise, reduced once to the span of
/// the channels (`Σ_m r_m ≤ M K` coordinates whatever the number of antennas; exact, see
/// [`Reduction`]).
///
/// Schemes work in the reduced coordinates of [`problem_at`](Self::problem_at) and hand back
/// [`Forms`] or [`ReducedBeams`]; beams from anywhere else are [`Beams`], one number per antenna.
#[derive(Debug, Clone)]
pub struct Downlink {
    /// Exact channels in full coordinates, no error blocks.
    nominal: ValidRatioProblem,
    reduced: ValidRatioProblem,
    span: Arc<Reduction>,
    uncertainty: Arc<dyn UncertaintyModel>,
}

/// A time allocation at which the span of the error blocks is taken.
const SPAN_ETA: f64 = 0.5;

/// What projection and lifting may change of an access point's part of a beam in the span, relative
/// to the length of the part.
const ROUNDING: f64 = 1e-13;

impl Downlink {
    /// `channels[user][access point]` are the estimated channels `ĥ_{k,m}`, `power_w` the budget
    /// of each access point, `noise_w` the noise power at each user.
    ///
    /// # Errors
    /// Shapes and numbers, named; whatever the uncertainty model objects to.
    pub fn new(
        channels: &[Vec<Vec<C64>>],
        power_w: &[f64],
        noise_w: &[f64],
        uncertainty: Arc<dyn UncertaintyModel>,
    ) -> Result<Self, DesignError> {
        same_length("noise_w", channels.len(), noise_w.len())?;
        let antennas: Vec<usize> = channels
            .first()
            .map(|user| user.iter().map(Vec::len).collect())
            .unwrap_or_default();
        for user in channels {
            same_length("access points of a channel", antennas.len(), user.len())?;
            for (&expected, part) in antennas.iter().zip(user) {
                same_length("antennas of a channel", expected, part.len())?;
            }
        }
        let nominal = RatioProblem {
            group_sizes: antennas,
            budgets: power_w.to_vec(),
            targets: channels
                .iter()
                .zip(noise_w)
                .map(|(user, &floor)| RatioTarget {
                    nominal: user.concat(),
                    errors: Vec::new(),
                    floor,
                })
                .collect(),
        }
        .check()?;
        Self::of_nominal(nominal, uncertainty)
    }

    fn of_nominal(
        nominal: ValidRatioProblem,
        uncertainty: Arc<dyn UncertaintyModel>,
    ) -> Result<Self, DesignError> {
        let spanning = with_errors(&nominal, uncertainty.as_ref(), SPAN_ETA)?;
        let span = Reduction::new(&spanning, &[]);
        Ok(Self {
            reduced: span.reduce(&nominal)?,
            nominal,
            span: Arc::new(span),
            uncertainty,
        })
    }

    /// The same channels with other errors.
    ///
    /// # Errors
    /// Whatever the uncertainty model objects to.
    pub fn with_uncertainty(
        &self,
        uncertainty: Arc<dyn UncertaintyModel>,
    ) -> Result<Self, DesignError> {
        Self::of_nominal(self.nominal.clone(), uncertainty)
    }

    /// The same channels, known exactly at every time allocation.
    #[must_use]
    pub fn with_exact_channels(&self) -> Self {
        Self {
            uncertainty: Arc::new(ExactChannels),
            ..self.clone()
        }
    }

    /// Number of users `K`.
    pub fn users(&self) -> usize {
        self.nominal.targets.len()
    }

    /// Number of access points `M`.
    pub fn access_points(&self) -> usize {
        self.nominal.budgets.len()
    }

    /// Number of antennas of each access point.
    pub fn antennas(&self) -> &[usize] {
        &self.nominal.group_sizes
    }

    /// Largest power of each access point, W.
    pub fn power_w(&self) -> &[f64] {
        &self.nominal.budgets
    }

    /// Noise power at each user, W.
    pub fn noise_w(&self) -> Vec<f64> {
        self.nominal.targets.iter().map(|user| user.floor).collect()
    }

    /// The estimated channel `ĥ_{k,m}` of a user, one number per antenna of the access point.
    ///
    /// # Panics
    /// As an index does, if there is no such user or access point.
    pub fn channel(&self, user: usize, access_point: usize) -> &[C64] {
        let start: usize = self.antennas()[..access_point].iter().sum();
        &self.nominal.targets[user].nominal[start..start + self.antennas()[access_point]]
    }

    /// Number of coordinates of the reduced problem.
    pub fn dimension(&self) -> usize {
        self.reduced.dimension()
    }

    /// The problem without channel errors in reduced coordinates.
    pub fn without_errors(&self) -> &ValidRatioProblem {
        &self.reduced
    }

    /// The robust problem at a time allocation, in reduced coordinates.
    ///
    /// # Errors
    /// An `eta` outside (0, 1), whatever the uncertainty model objects to, or
    /// [`RobustError::OutsideSpan`] if its blocks change direction with `eta`.
    pub fn problem_at(&self, eta: f64) -> Result<ValidRatioProblem, DesignError> {
        check_eta("eta", eta)?;
        let mut problem = self.reduced.clone().into_inner();
        for (user, target) in problem.targets.iter_mut().enumerate() {
            target.errors = (self.uncertainty.error_blocks(user, eta)?.iter())
                .map(|block| self.span.reduce_block(user, block))
                .collect::<Result<_, RobustError>>()?;
        }
        Ok(problem.check()?)
    }

    /// The robust problem at a time allocation, in the coordinates of these forms.
    ///
    /// # Errors
    /// As [`problem_at`](Self::problem_at); [`RobustError::OutsideSpan`] or
    /// [`RobustError::WrongLength`] for forms of another downlink.
    pub fn problem_for(&self, forms: &Forms, eta: f64) -> Result<ValidRatioProblem, DesignError> {
        if Arc::ptr_eq(forms.span(), &self.span) {
            return self.problem_at(eta);
        }
        Ok(forms.span().reduce(&self.full_problem_at(eta)?)?)
    }

    /// The robust problem at a time allocation in antenna coordinates.
    ///
    /// # Errors
    /// As [`problem_at`](Self::problem_at).
    pub fn full_problem_at(&self, eta: f64) -> Result<ValidRatioProblem, DesignError> {
        check_eta("eta", eta)?;
        with_errors(&self.nominal, self.uncertainty.as_ref(), eta)
    }

    /// Forms from columns `G_j`, `W_j = G_j G_j^H`, in the coordinates of
    /// [`problem_at`](Self::problem_at): what a solution of that problem consists of.
    ///
    /// # Errors
    /// A wrong number of forms or of rows.
    pub fn forms(&self, columns: Vec<Mat<c64>>) -> Result<Forms, DesignError> {
        Forms::new(self.span.clone(), self.users(), columns)
    }

    /// Beams from single columns in the coordinates of [`problem_at`](Self::problem_at).
    ///
    /// # Errors
    /// A wrong number of beams, of rows or of columns.
    pub fn reduced_beams(&self, columns: Vec<Mat<c64>>) -> Result<ReducedBeams, DesignError> {
        ReducedBeams::try_from_forms(self.forms(columns)?)
    }

    /// Any beams in few coordinates, without loss: those of the downlink's own span if the beams lie
    /// in it to rounding, else of a span that holds them too.
    ///
    /// # Errors
    /// Beams for other users or antennas than the downlink's.
    pub fn reduce(&self, beams: &Beams) -> Result<ReducedBeams, DesignError> {
        self.check_beams(beams)?;
        let project = |span: &Reduction| -> Vec<Mat<c64>> {
            let columns = beams.columns().iter();
            columns.map(|w| span.project(w.as_ref())).collect()
        };
        let (mut span, mut columns) = (self.span.clone(), project(&self.span));
        let ranges = self.nominal.group_ranges();
        let lies_in_span = |(w, x): (&Mat<c64>, &Mat<c64>)| {
            let lost = w - span.lift(x.as_ref());
            ranges.iter().all(|range| {
                let length = |a: &Mat<c64>| a.subrows(range.start, range.len()).norm_l2();
                length(&lost) <= ROUNDING * length(w)
            })
        };
        let in_span = beams.columns().iter().zip(&columns).all(lies_in_span);
        if !in_span {
            let spanning = with_errors(&self.nominal, self.uncertainty.as_ref(), SPAN_ETA)?;
            span = Arc::new(Reduction::new(&spanning, beams.columns()));
            columns = project(&span);
        }
        ReducedBeams::try_from_forms(Forms::new(span, self.users(), columns)?)
    }

    fn check_beams(&self, beams: &Beams) -> Result<(), DesignError> {
        let antennas = &self.nominal.group_sizes;
        same_length("beams (users)", self.users(), beams.users())?;
        let found = beams.antennas();
        same_length("access points of the beams", antennas.len(), found.len())?;
        for (&expected, &found) in antennas.iter().zip(found) {
            same_length("antennas of the beams", expected, found)?;
        }
        Ok(())
    }

    /// SINR of each user if its channel is exactly the estimated one. On the downlink of the true
    /// channels it is what beams designed on estimated ones achieve.
    ///
    /// # Errors
    /// Beams for other users or antennas than the downlink's.
    pub fn achieved_gamma(&self, beams: &Beams) -> Result<Vec<f64>, DesignError> {
        self.check_beams(beams)?;
        Ok(nominal_ratios(&self.nominal, beams.columns())?)
    }
}

fn with_errors(
    nominal: &ValidRatioProblem,
    uncertainty: &dyn UncertaintyModel,
    eta: f64,
) -> Result<ValidRatioProblem, DesignError> {
    let mut problem = nominal.clone().into_inner();
    for (user, target) in problem.targets.iter_mut().enumerate() {
        target.errors = uncertainty.error_blocks(user, eta)?;
    }
    Ok(problem.check()?)
}

pub(crate) fn check_eta(name: &'static str, value: f64) -> Result<(), DesignError> {
    if value > 0.0 && value < 1.0 {
        Ok(())
    } else {
        Err(DesignError::BadTimeAllocation { name, value })
    }
}

/// `η log2(1 + γ)`, bit/s/Hz; times the block length it is the paper's rate (5).
pub fn rate_bit_s_hz(eta: f64, ratio: f64) -> f64 {
    eta * ratio.ln_1p() / std::f64::consts::LN_2
}

/// The SINR that a rate asks for at a time allocation, `2^{R/η} - 1`.
pub fn gamma_for_rate(eta: f64, rate_bit_s_hz: f64) -> f64 {
    (rate_bit_s_hz / eta * std::f64::consts::LN_2).exp_m1()
}
