//! Settings of the design, and the run from a scene to a certified covariance.

use crlb::{
    AmbiguousPair, CrlbError, FactoredCovariance, PositionBound, SensingModel, SensingSignal,
    TransmitSpan,
};
use faer::Mat;
use nf_channel::Invalid;
use robust_sdp::SdpSolver;

use super::certificate::relative_gap;
use super::error::SensingError;
use super::interior_point::{Limits, Minimum, minimise};
use super::reduced::ReducedProblem;
use super::sensitivity::EchoGeometry;

/// In which subspace each covariance is sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Subspace {
    /// The span of the transmit responses and their gradients: lossless, at most `(D+1)K` dimensions.
    #[default]
    Reduced,
    /// All of the signal space, `N_t` dimensions. Slow; meant for checking the reduction.
    Full,
}

/// The sensing problem (7)/(8) of the paper: minimise the CRLB over the covariances `Ψ_m ⪰ 0`
/// with `Tr Ψ_m ≤ P_m`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct SensingMethod {
    /// `P_m`, sensing power of each access point in watts.
    pub power_w: Vec<f64>,
    /// Part φ of every access point's power that is spent isotropically, in `[0, 1]`.
    ///
    /// The optimal covariances have rank one to four. That starves subspace methods of localisation, which
    /// need every user to be lit in a direction of its own; a small floor serves them. The remainder
    /// is optimised given the floor. The floor's power outside the span of the users' responses adds no
    /// information.
    pub isotropic_fraction: f64,
    /// Relative optimality gap at which the iteration stops.
    pub target_gap: f64,
    /// Largest certified gap that is returned as a success.
    pub accepted_gap: f64,
    /// Largest number of iterations.
    pub max_iterations: usize,
    /// Where the covariances are sought.
    pub subspace: Subspace,
}

impl SensingMethod {
    /// The problem with these powers, to a relative gap of 1e-9 (at worst 1e-6), without a floor.
    pub fn new(power_w: Vec<f64>) -> Self {
        Self {
            power_w,
            isotropic_fraction: 0.0,
            target_gap: 1e-9,
            accepted_gap: 1e-6,
            max_iterations: 100,
            subspace: Subspace::Reduced,
        }
    }

    /// Solves the problem for a scene.
    ///
    /// One iteration costs `O(M r⁶ + M² K² D r⁴)` operations with `r ≤ (D+1)K`, whatever the size
    /// of the arrays; they enter once, with `O(M N_t r²)`. Typically 15 to 30 iterations.
    ///
    /// # Errors
    ///
    /// [`SensingError::Bound`] when the positions cannot be identified (the users are named),
    /// [`SensingError::Setting`] for a setting outside its range, and [`SensingError::NotConverged`]
    /// when the certified gap of the best point exceeds [`accepted_gap`](Self::accepted_gap).
    pub fn optimise<const D: usize>(
        &self,
        model: &SensingModel<D>,
    ) -> Result<SensingCovariance<D>, SensingError> {
        let isotropic_bound = self.isotropic_bound(model)?;
        let geometry = [EchoGeometry::new(model)];
        let problem = ReducedProblem::new(self, &geometry, self.bases(model)?);
        let limits = Limits {
            target_gap: self.target_gap,
            max_iterations: self.max_iterations,
        };
        let minimum = if self.isotropic_fraction < 1.0 {
            minimise(&problem, &problem.sides(), limits)
        } else {
            None
        };
        let (factors, iterations) = match minimum {
            Some(Minimum {
                variables,
                iterations,
                ..
            }) => (problem.covariances(&variables), iterations),
            // Nothing to optimise; the certificate below says whether that is right.
            None => (problem.centre(), 0),
        };
        self.certified(model, factors, isotropic_bound, iterations, 0.0)
    }

    /// The same as a semidefinite program, by any solver: a cross-check of
    /// [`optimise`](Self::optimise), which is faster by orders of magnitude.
    ///
    /// The result is certified by the better of two bounds: the one of the covariances alone, of first
    /// order in their error, and the one that the program's multipliers prove (recomputed, whatever
    /// the solver thinks of them), which is as close as the program's duality gap.
    ///
    /// The program has a matrix inequality of side `(D + 2)K` for each pair of access points and
    /// one of side `2DK`; see `docs/sensing.md`.
    ///
    /// # Errors
    ///
    /// As [`optimise`](Self::optimise), and [`SensingError::Solver`] when the solver fails. (The last
    /// iterate of one that failed late is good enough if its certificate is.)
    pub fn optimise_with<const D: usize>(
        &self,
        model: &SensingModel<D>,
        solver: &dyn SdpSolver,
    ) -> Result<SensingCovariance<D>, SensingError> {
        let isotropic_bound = self.isotropic_bound(model)?;
        let geometry = [EchoGeometry::new(model)];
        let problem = ReducedProblem::new(self, &geometry, self.bases(model)?);
        if self.isotropic_fraction == 1.0 {
            return self.certified(model, problem.centre(), isotropic_bound, 0, 0.0);
        }
        let found = problem.solve_as_program(solver)?;
        let factors = problem.covariances(&found.variables);
        let bound = found.lower_bound;
        let certified = self.certified(model, factors, isotropic_bound, found.iterations, bound);
        match (certified, found.failure) {
            // The certificate does not ask how the solver came to an end.
            (Ok(covariance), _) => Ok(covariance),
            (Err(_), Some(failure)) => Err(failure.into()),
            (Err(error), None) => Err(error),
        }
    }

    /// Checks the settings, and whether positions can be identified: no signal shows more directions than the
    /// isotropic one.
    pub(super) fn isotropic_bound<const D: usize>(
        &self,
        model: &SensingModel<D>,
    ) -> Result<PositionBound<D>, SensingError> {
        self.check(model)?;
        let isotropic = SensingSignal::isotropic(self.power_w.clone());
        Ok(model.fisher_information(&isotropic)?.bound()?)
    }

    fn bases<const D: usize>(
        &self,
        model: &SensingModel<D>,
    ) -> Result<Vec<Mat<faer::c64>>, CrlbError> {
        (0..model.access_points())
            .map(|m| match self.subspace {
                Subspace::Reduced => Ok(model.transmit_span(m)?.basis),
                Subspace::Full => Ok(TransmitSpan::full(model.transmit_vectors(m)).basis),
            })
            .collect()
    }

    fn certified<const D: usize>(
        &self,
        model: &SensingModel<D>,
        factors: Vec<FactoredCovariance>,
        isotropic_bound: PositionBound<D>,
        iterations: usize,
        lower_bound: f64,
    ) -> Result<SensingCovariance<D>, SensingError> {
        let signal = SensingSignal::factored(factors.clone());
        let bound = model.fisher_information(&signal)?.bound()?;
        let proven = 1.0 - lower_bound / bound.trace_normalised();
        let gap = relative_gap(model, &factors)?.min(proven);
        // A gap below zero is rounding, and where that is larger than what is accepted, nothing is proven.
        if gap.is_nan() || gap.abs() > self.accepted_gap {
            return Err(SensingError::NotConverged {
                relative_gap: gap,
                accepted_gap: self.accepted_gap,
                iterations,
            });
        }
        Ok(SensingCovariance {
            factors,
            bound,
            isotropic_bound,
            relative_gap: gap,
            iterations,
        })
    }

    fn check<const D: usize>(&self, model: &SensingModel<D>) -> Result<(), SensingError> {
        let (needed, given) = (model.access_points(), self.power_w.len());
        Invalid::unless_size("power_w (access points)", needed, given).map_err(CrlbError::from)?;
        let positive = |x: f64| x > 0.0 && x.is_finite();
        let inside = |field, range, value, ok| {
            if ok {
                Ok(())
            } else {
                Err(SensingError::Setting {
                    field,
                    range,
                    value,
                })
            }
        };
        for &power in &self.power_w {
            inside("power_w", "(0, ∞)", power, positive(power))?;
        }
        let fraction = self.isotropic_fraction;
        inside(
            "isotropic_fraction",
            "[0, 1]",
            fraction,
            (0.0..=1.0).contains(&fraction),
        )?;
        let (target, accepted) = (self.target_gap, self.accepted_gap);
        inside("target_gap", "(0, ∞)", target, positive(target))?;
        inside(
            "accepted_gap",
            "[target_gap, ∞)",
            accepted,
            accepted >= target,
        )
    }
}

/// A covariance of the sensing signal with the proof of its optimality.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(bound = "[f64; D]: nf_channel::Plain"))]
pub struct SensingCovariance<const D: usize> {
    /// `Ψ_m = Q_m X_m Q_m^H + floor·I` for each access point.
    pub factors: Vec<FactoredCovariance>,
    /// The bound that it reaches.
    pub bound: PositionBound<D>,
    /// The bound under `Ψ_m = (P_m/N_t) I`, for comparison.
    pub isotropic_bound: PositionBound<D>,
    /// Certified bound on `(f - f*)/f`, recomputed from the covariances in full dimension, or
    /// from a program's multipliers where these prove more.
    pub relative_gap: f64,
    /// Iterations of the solver.
    pub iterations: usize,
}

impl<const D: usize> SensingCovariance<D> {
    /// The covariances as a signal for [`SensingModel::fisher_information`].
    pub fn signal(&self) -> SensingSignal {
        SensingSignal::factored(self.factors.clone())
    }

    /// Number of eigenvalues of each optimised part above this fraction of the largest.
    pub fn ranks(&self, relative_tolerance: f64) -> Vec<usize> {
        (self.factors.iter())
            .map(|factor| {
                let values = factor
                    .core
                    .self_adjoint_eigenvalues(faer::Side::Lower)
                    .unwrap_or_default();
                let largest = values.last().copied().unwrap_or(0.0);
                let counts = |value: &&f64| **value > relative_tolerance * largest;
                values.iter().filter(counts).count()
            })
            .collect()
    }

    /// Pairs of access points that cannot tell some users' echoes apart.
    pub fn ambiguous_pairs(&self) -> &[AmbiguousPair] {
        self.bound.ambiguous_pairs()
    }
}
