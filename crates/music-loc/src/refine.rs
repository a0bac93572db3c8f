//! Maximum-likelihood positions, from a start such as the peaks of MUSIC.
//!
//! With the transmitted waveform known, the echoes are linear in the gains. Eliminating those by least
//! squares (variable projection: G. H. Golub, V. Pereyra, SIAM J. Numer. Anal. 10, 1973) leaves
//! `f(c) = Σ_l ‖P_l y_l‖²`, `P_l` the projector on what no gains explain. With `D_l` the derivative of the
//! echoes at the best gains, the Gauss–Newton step solves
//!
//! ```math
//! J\delta = g, \qquad J = \mathrm{Re} \sum_l D_l^H P_l D_l, \qquad g = \mathrm{Re} \sum_l D_l^H P_l y_l
//! ```
//!
//! (L. Kaufman's form, which drops the projector's own second-order term), damped after Levenberg and
//! Marquardt. `(2/σ²) J` is the Fisher information of the positions with the gains unknown, so
//! `(σ²/2) J^{-1}` is the covariance of an efficient estimate, conditional on the waveform.
//!
//! The loop is written here, thirty lines, and not taken from the crate `levenberg-marquardt`: that one
//! wants the residuals and their derivatives as real `nalgebra` matrices (twice 3150 complex rows in the
//! paper's layout) where sums over receivers of `DK × DK` products are all that is needed, treats a
//! position without a response (on an antenna) as the end and not as a step too far, and would bring a
//! second linear algebra into the build.

use faer::linalg::solvers::{DenseSolveCore, Solve};
use faer::{Col, Mat, Side, c64};
use nf_channel::{Invalid, ValidNetwork};

use crate::echoes::check_samples;
use crate::linalg;
use crate::projection::{Projected, Signals};
use crate::{Echoes, LocError};

/// Damping at the start, relative to the diagonal of `J`.
const FIRST_DAMPING: f64 = 1e-4;
/// Damping beyond which steps are too short to matter.
const LAST_DAMPING: f64 = 1e10;

/// When the refinement ends, freely editable; [`check`](Self::check) turns it into a [`Refiner`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct RefineParameters {
    /// The iteration has converged when no coordinate moves further.
    pub step_tolerance_m: f64,
    /// Most evaluations of the derivatives.
    pub max_iterations: usize,
}

impl Default for RefineParameters {
    /// A nanometre, fifty iterations.
    fn default() -> Self {
        Self {
            step_tolerance_m: 1e-9,
            max_iterations: 50,
        }
    }
}

impl RefineParameters {
    /// Checks the tolerance.
    ///
    /// # Errors
    ///
    /// [`LocError::Invalid`] for a tolerance that is not positive.
    pub fn check(self) -> Result<Refiner, LocError> {
        Invalid::unless_positive("step_tolerance_m", self.step_tolerance_m)?;
        Ok(Refiner { parameters: self })
    }
}

/// The maximum-likelihood estimator, ready for any data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Refiner {
    parameters: RefineParameters,
}

/// Why the iteration ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Outcome {
    /// The last step was within the tolerance.
    Converged,
    /// No step however short lowers the residual: a minimum to rounding.
    NoDecrease,
    /// The iterations ran out.
    IterationLimit,
}

/// Estimated positions and gains.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(bound = "[f64; D]: nf_channel::Plain"))]
pub struct Estimate<const D: usize> {
    /// Positions, in the order of the starts.
    pub positions_m: Vec<[f64; D]>,
    /// Echo gains `α`, indexed `[receiver][transmitter][user]`; of minimum norm where the echoes of
    /// several users coincide.
    pub gains: Vec<Vec<Vec<c64>>>,
    /// Noise power per element and slot, from the residual.
    pub noise_w: f64,
    /// Complex degrees of freedom of the residual, whose squared norm is this times `noise_w`: samples less
    /// gains less half the number of coordinates.
    pub freedom: f64,
    /// Covariance of the positions under that noise, `DK × DK`, coordinate `D·user + axis`.
    #[cfg_attr(feature = "serde", serde(with = "crlb::rows"))]
    pub covariance_m2: Mat<f64>,
    /// Evaluations of the derivatives.
    pub iterations: usize,
    /// Why the iteration ended.
    pub outcome: Outcome,
}

impl Refiner {
    /// The parameters that were checked.
    pub fn parameters(&self) -> &RefineParameters {
        &self.parameters
    }

    /// The most likely positions near the given ones.
    ///
    /// Cost: `O(Σ_l N_l τ (KM)²)` an iteration, for the decompositions of `N_l τ × KM` matrices.
    ///
    /// # Errors
    ///
    /// [`LocError::Invalid`] or [`LocError::NonFiniteSamples`] for echoes, waveforms or starts of the wrong
    /// shape or fewer samples than unknowns, [`LocError::Scene`] for a start on an antenna,
    /// [`LocError::CoincidentStarts`], [`LocError::Factorisation`] when the echoes do not determine the
    /// positions.
    pub fn refine<const D: usize>(
        &self,
        network: &ValidNetwork<D>,
        echoes: &Echoes,
        waveform: &[Mat<c64>],
        starts_m: &[[f64; D]],
    ) -> Result<Estimate<D>, LocError> {
        check_data(network, echoes, waveform, starts_m)?;
        let limit = self.parameters.max_iterations;
        self.descend(network, echoes, waveform, starts_m.to_vec(), limit)?
            .estimate()
    }

    /// The iteration itself, of data that have been checked, from starts that may coincide.
    pub(crate) fn descend<const D: usize>(
        &self,
        network: &ValidNetwork<D>,
        echoes: &Echoes,
        waveform: &[Mat<c64>],
        starts_m: Vec<[f64; D]>,
        max_iterations: usize,
    ) -> Result<Descent<D>, LocError> {
        let settings = &self.parameters;
        let mut here = Point::new(network, echoes, waveform, starts_m)?;
        let mut damping = FIRST_DAMPING;
        let mut outcome = Outcome::IterationLimit;
        let mut iterations = 0;
        'iterations: while iterations < max_iterations {
            let normal = here.normal_equations();
            iterations += 1;
            loop {
                let step = normal.step(damping)?;
                let there = here.moved(&step);
                let smallest = step.iter().all(|s| s.abs() <= settings.step_tolerance_m);
                // A position where there is no response is as bad as one with a larger residual.
                let next = Point::new(network, echoes, waveform, there)
                    .ok()
                    .filter(|next| next.cost < here.cost);
                if let Some(next) = next {
                    here = next;
                    damping *= 0.1;
                    if smallest {
                        outcome = Outcome::Converged;
                        break 'iterations;
                    }
                    break;
                }
                damping *= 10.0;
                if smallest || damping > LAST_DAMPING {
                    outcome = if smallest {
                        Outcome::Converged
                    } else {
                        Outcome::NoDecrease
                    };
                    break 'iterations;
                }
            }
        }
        Ok(Descent {
            point: here,
            iterations,
            outcome,
        })
    }
}

/// Where an iteration has ended, and why.
pub(crate) struct Descent<const D: usize> {
    pub point: Point<D>,
    iterations: usize,
    pub outcome: Outcome,
}

impl<const D: usize> Descent<D> {
    /// With the covariance there.
    pub fn estimate(self) -> Result<Estimate<D>, LocError> {
        self.point.estimate(self.iterations, self.outcome)
    }
}

/// Echoes, waveform and starts of one shape, that of the network.
fn check_data<const D: usize>(
    network: &ValidNetwork<D>,
    echoes: &Echoes,
    waveform: &[Mat<c64>],
    starts_m: &[[f64; D]],
) -> Result<(), LocError> {
    Invalid::if_none("starts_m", starts_m.len())?;
    check_waveform(network, echoes, waveform)?;
    for (second, start) in starts_m.iter().enumerate() {
        if let Some(first) = starts_m[..second].iter().position(|s| s == start) {
            return Err(LocError::CoincidentStarts { first, second });
        }
    }
    Ok(())
}

/// Echoes and waveform of one shape, that of the network.
pub(crate) fn check_waveform<const D: usize>(
    network: &ValidNetwork<D>,
    echoes: &Echoes,
    waveform: &[Mat<c64>],
) -> Result<(), LocError> {
    echoes.check_receivers(network)?;
    let arrays = network.access_points();
    Invalid::unless_size("waveform", arrays.len(), waveform.len())?;
    check_samples("waveform", waveform)?;
    Invalid::unless_size("waveform (slots)", echoes.slots(), waveform[0].ncols())?;
    for (array, sent) in arrays.iter().zip(waveform) {
        Invalid::unless_size("waveform (elements)", array.len(), sent.nrows())?;
    }
    Ok(())
}

/// Positions with the gains eliminated.
pub(crate) struct Point<const D: usize> {
    pub positions_m: Vec<[f64; D]>,
    signals: Signals<D>,
    projected: Vec<Projected>,
    /// `Σ_l ‖P_l y_l‖²`.
    pub cost: f64,
}

impl<const D: usize> Point<D> {
    pub fn new(
        network: &ValidNetwork<D>,
        echoes: &Echoes,
        waveform: &[Mat<c64>],
        positions_m: Vec<[f64; D]>,
    ) -> Result<Self, LocError> {
        let signals = Signals::new(network, waveform, &positions_m)?;
        let projected = (0..echoes.receivers())
            .map(|l| signals.project(echoes, l))
            .collect::<Result<Vec<_>, _>>()?;
        let cost = (projected.iter())
            .map(|p| linalg::squared_norm(&p.residual))
            .sum();
        Ok(Self {
            positions_m,
            signals,
            projected,
            cost,
        })
    }

    fn normal_equations(&self) -> NormalEquations {
        let side = D * self.positions_m.len();
        let (mut information, mut gradient) = (Mat::zeros(side, side), Col::zeros(side));
        for (l, projected) in self.projected.iter().enumerate() {
            let slopes = self.signals.slopes(projected, l);
            let gram = linalg::adjoint_times(&slopes, &slopes);
            let descent = linalg::adjoint_times(&slopes, &projected.residual);
            for j in 0..side {
                gradient[j] += descent[(j, 0)].re;
                for i in 0..side {
                    information[(i, j)] += gram[(i, j)].re;
                }
            }
        }
        NormalEquations {
            information,
            gradient,
        }
    }

    /// Complex degrees of freedom of the residual; a coordinate takes half of one.
    pub fn freedom(&self) -> f64 {
        let samples: usize = self.projected.iter().map(|p| p.residual.nrows()).sum();
        let gains: usize = self.projected.iter().map(Projected::rank).sum();
        samples as f64 - gains as f64 - 0.5 * (D * self.positions_m.len()) as f64
    }

    /// Covariance of the positions under the residual's noise; `None` where the echoes do not determine them.
    pub fn covariance(&self) -> Option<Mat<f64>> {
        let noise_w = self.cost / self.freedom().max(0.5);
        self.normal_equations().covariance(noise_w).ok()
    }

    /// What the users leave unexplained, elements by slots for each receiver.
    pub fn residuals(&self) -> Vec<Mat<c64>> {
        (self.projected.iter().enumerate())
            .map(|(l, projected)| self.signals.unstacked(projected, l))
            .collect()
    }

    /// Energy of a user's echo, `[receiver][transmitter]`.
    pub fn echo_energies(&self, user: usize) -> Vec<Vec<f64>> {
        let energy =
            |l: usize, m: usize| (self.signals).echo_energy(&self.projected[l], [l, m], user);
        let stations = self.projected.len();
        (0..stations)
            .map(|l| (0..stations).map(|m| energy(l, m)).collect())
            .collect()
    }

    fn moved(&self, step: &[f64]) -> Vec<[f64; D]> {
        (self.positions_m.iter().zip(step.chunks(D)))
            .map(|(position, step)| std::array::from_fn(|axis| position[axis] + step[axis]))
            .collect()
    }

    fn estimate(self, iterations: usize, outcome: Outcome) -> Result<Estimate<D>, LocError> {
        let users = self.positions_m.len();
        let freedom = self.freedom();
        Invalid::unless_positive("samples less unknowns", freedom)?;
        let noise_w = self.cost / freedom;
        let covariance_m2 = self.normal_equations().covariance(noise_w)?;
        let stations = self.projected.len();
        Ok(Estimate {
            gains: (self.projected.iter())
                .map(|p| {
                    (0..stations)
                        .map(|m| p.gains[m * users..(m + 1) * users].to_vec())
                        .collect()
                })
                .collect(),
            positions_m: self.positions_m,
            noise_w,
            freedom,
            covariance_m2,
            iterations,
            outcome,
        })
    }
}

/// `J` and `g`.
struct NormalEquations {
    information: Mat<f64>,
    gradient: Col<f64>,
}

impl NormalEquations {
    /// `δ` of `(J + damping · diag J) δ = g`.
    fn step(&self, damping: f64) -> Result<Vec<f64>, LocError> {
        let factor = self.balanced(damping).llt(Side::Lower).map_err(singular)?;
        let side = self.gradient.nrows();
        let scaled = Col::from_fn(side, |i| self.gradient[i] / self.scale(i));
        let solution = factor.solve(&scaled);
        Ok((0..side).map(|i| solution[i] / self.scale(i)).collect())
    }

    /// `(σ²/2) J^{-1}`.
    fn covariance(&self, noise_w: f64) -> Result<Mat<f64>, LocError> {
        let inverse = self
            .balanced(0.0)
            .llt(Side::Lower)
            .map_err(singular)?
            .inverse();
        Ok(Mat::from_fn(inverse.nrows(), inverse.ncols(), |i, j| {
            0.5 * noise_w * inverse[(i, j)] / (self.scale(i) * self.scale(j))
        }))
    }

    /// `J` with a unit diagonal, damped.
    fn balanced(&self, damping: f64) -> Mat<f64> {
        let side = self.gradient.nrows();
        Mat::from_fn(side, side, |i, j| {
            let entry = self.information[(i, j)] / (self.scale(i) * self.scale(j));
            if i == j { entry + damping } else { entry }
        })
    }

    fn scale(&self, i: usize) -> f64 {
        self.information[(i, i)].sqrt()
    }
}

fn singular<E>(_: E) -> LocError {
    LocError::Factorisation {
        what: "information of the positions",
    }
}
