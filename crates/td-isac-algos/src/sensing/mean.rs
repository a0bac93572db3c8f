//! The least mean bound over scenes that may be: for users whose positions the plan does not know.
//!
//! `f(Ψ) = (1/S) Σ_s Tr (J̄_0 + J̄_e(Ψ; s))^{-1}` over equally likely scenes s is convex like its terms, and is no longer
//! homogeneous where there is other information `J̄_0`, so that the gap is the bracket itself,
//! `Σ_m (P_m λ_max(G_m) - Tr G_m Ψ_m)`, of the mean gradient.
//!
//! All scenes together see a space of many more dimensions (of the signal space of the paper's arrays: all 21) than the
//! optimum uses (5 or fewer), and Newton's method costs the fourth power. So the optimum is sought in a subspace of a
//! few, and the gap is taken in the whole space: where it is too large, the directions of `G_m` that exceed the
//! multiplier are added. The subspace can only grow to the whole, where this is the plain method.

use crlb::{
    CrlbError, FactoredCovariance, PositionBound, PositionInformation, SensingModel, SensingSignal,
    TransmitSpan,
};
use faer::{Mat, Side, c64};
use nf_channel::Invalid;

use super::certificate::mean_relative_gap;
use super::design::{SensingCovariance, SensingMethod};
use super::error::SensingError;
use super::hermitian;
use super::interior_point::{
    Limits, Minimum, Objective, largest_eigenvalue, minimise, minimise_near,
};
use super::reduced::ReducedProblem;
use super::sensitivity::EchoGeometry;

/// What else is known of the positions once so many slots of echoes have been heard.
#[derive(Debug, Clone, Copy)]
pub struct Besides<'a, const D: usize> {
    /// A prior, earlier frames, pilots: any sum of independent sources.
    pub information: &'a PositionInformation<D>,
    /// τ, the number of sensing slots that the echoes' information is multiplied by.
    pub slots: f64,
}

/// Gap that a mean over different scenes is solved to, relative to it. Its error of chance, as a mean over draws, is of percents.
const GAP_OF_DRAWS: f64 = 1e-4;

// The rest decides about time alone: the gap is certified in the whole space.

/// Directions whose gradient is above this part of the largest start the subspace.
const PROMISING: f64 = 0.1;

/// Directions of the gradient are added from this part of the way between multiplier and largest eigenvalue on.
const EXCEEDING: f64 = 0.1;

/// Directions with less than this part of the strongest one's power leave the subspace.
const IDLE: f64 = 1e-3;

/// Part of the remaining gap to which the next subspace is solved: more would be lost to the subspace's own error.
const NEXT_GAP: f64 = 0.1;

impl SensingMethod {
    /// Minimises the mean bound over scenes: equally likely draws of positions and reflectivities, of the same access
    /// points. The result's bounds are the means over these scenes of the echoes' bounds; what else is known counts in the
    /// objective, and in the gap relative to it.
    ///
    /// Certified to a relative gap of 1e-4, or of [`accepted_gap`](Self::accepted_gap) if that is larger or all scenes are the same:
    /// digits beyond would be those of the draws. (The mean bound itself is closer by orders: its error is of second order.)
    /// The cost is linear in the number of scenes but for the basis of their span.
    ///
    /// # Errors
    ///
    /// As [`optimise`](Self::optimise); a scene in which positions cannot be identified is an error, as are scenes of
    /// another number of users or access points than the first's, and none.
    pub fn optimise_over<const D: usize>(
        &self,
        scenes: &[SensingModel<D>],
        besides: Option<Besides<'_, D>>,
    ) -> Result<SensingCovariance<D>, SensingError> {
        check_scenes(scenes)?;
        // A mean over copies is that of one.
        let same = |scene: &SensingModel<D>| scene.scene() == scenes[0].scene();
        let (scenes, accepted_gap) = if scenes.iter().all(same) {
            (&scenes[..1], self.accepted_gap)
        } else {
            (scenes, self.accepted_gap.max(GAP_OF_DRAWS))
        };
        let isotropic: Vec<PositionBound<D>> = (scenes.iter())
            .map(|scene| self.isotropic_bound(scene))
            .collect::<Result<_, _>>()?;
        let geometries = geometries(scenes, besides)?;
        let (factors, iterations) = if self.isotropic_fraction < 1.0 {
            self.minimise_over(scenes, &geometries, accepted_gap)?
        } else {
            let bases = whole_space(scenes)?;
            (ReducedProblem::new(self, &geometries, bases).centre(), 0)
        };
        let relative_gap = mean_relative_gap(&geometries, &factors)?;
        if relative_gap.is_nan() || relative_gap.abs() > accepted_gap {
            return Err(SensingError::NotConverged {
                relative_gap,
                accepted_gap,
                iterations,
            });
        }
        let signal = SensingSignal::factored(factors.clone());
        let bounds: Vec<PositionBound<D>> = (scenes.iter())
            .map(|scene| scene.fisher_information(&signal)?.bound())
            .collect::<Result<_, CrlbError>>()?;
        Ok(SensingCovariance {
            factors,
            bound: PositionBound::mean(&bounds)?,
            isotropic_bound: PositionBound::mean(&isotropic)?,
            relative_gap,
            iterations,
        })
    }

    fn minimise_over<const D: usize>(
        &self,
        scenes: &[SensingModel<D>],
        geometries: &[EchoGeometry<'_, D>],
        accepted_gap: f64,
    ) -> Result<(Vec<FactoredCovariance>, usize), SensingError> {
        let failed = SensingError::from(CrlbError::Factorisation {
            what: "mean bound or its gradient",
        });
        let whole_bases = whole_space(scenes)?;
        let whole = ReducedProblem::new(self, geometries, whole_bases.clone());
        if scenes.len() == 1 {
            let limits = Limits {
                target_gap: self.target_gap,
                max_iterations: self.max_iterations,
            };
            let found = minimise(&whole, &whole.sides(), limits).ok_or(failed)?;
            return Ok((whole.covariances(&found.variables), found.iterations));
        }
        let mut search = Subspaces::new(&whole).ok_or(failed.clone())?;
        // Half for the subspace, half for what is left of the gap in it.
        let goal = 0.5 * accepted_gap;
        loop {
            let bases = (whole_bases.iter().zip(&search.bases))
                .map(|(whole, part)| whole * part)
                .collect();
            let problem = ReducedProblem::new(self, geometries, bases);
            let limits = Limits {
                target_gap: (NEXT_GAP * search.gap).max(0.5 * goal),
                max_iterations: self.max_iterations,
            };
            let found = search.solve(&problem, limits).ok_or(failed.clone())?;
            let goes_on = search.judge(&whole, &found).ok_or(failed.clone())?;
            if search.gap <= goal || !goes_on || search.iterations >= 10 * self.max_iterations {
                return Ok((problem.covariances(&found.variables), search.iterations));
            }
        }
    }
}

/// Where the optimum is sought, in coordinates of the whole space, and how far that has come.
struct Subspaces {
    /// Orthonormal columns, one basis for each access point.
    bases: Vec<Mat<c64>>,
    /// The last optimum of a subspace.
    last: Option<Vec<Mat<c64>>>,
    /// Its relative gap in the whole space.
    gap: f64,
    /// Whether a gap was ever no smaller than the one before, or nothing was new: nothing leaves the subspaces any more, and they grow to the whole.
    stalled: bool,
    iterations: usize,
}

impl Subspaces {
    fn new(whole: &dyn Whole) -> Option<Self> {
        let centre = whole.at(&whole.centre_of_space())?;
        let promising = |g: &Mat<c64>| leading(g, |value, largest| value > PROMISING * largest);
        Some(Self {
            bases: centre
                .descent()
                .iter()
                .map(promising)
                .collect::<Option<_>>()?,
            last: None,
            gap: 1.0,
            stalled: false,
            iterations: 0,
        })
    }

    /// From the last optimum, with as much power in directions that are new as its gap suggests.
    fn solve(&mut self, problem: &dyn Whole, limits: Limits) -> Option<Minimum> {
        let centre = problem.centre_of_space();
        let found = match self.last.take() {
            None => {
                let sides: Vec<usize> = centre.iter().map(Mat::nrows).collect();
                minimise(problem.objective(), &sides, limits)?
            }
            Some(last) => {
                let share = self.gap.min(0.5);
                let near: Vec<Mat<c64>> = (self.bases.iter().zip(&last).zip(&centre))
                    .map(|((basis, x), centre)| {
                        let seen = hermitian::hermitian_part(&(basis.adjoint() * x * basis));
                        let kept = (1.0 - share) / hermitian::trace(&seen);
                        hermitian::scaled(kept, &seen) + hermitian::scaled(share, centre)
                    })
                    .collect();
                minimise_near(problem.objective(), &near, self.gap, limits)?
            }
        };
        self.iterations += found.iterations;
        Some(found)
    }

    /// The gap in the whole space and the next subspaces; whether there is anything to gain from these.
    fn judge(&mut self, whole: &dyn Whole, found: &Minimum) -> Option<bool> {
        let lifted: Vec<Mat<c64>> = (self.bases.iter().zip(&found.variables))
            .map(|(basis, x)| basis * x * basis.adjoint())
            .collect();
        let point = whole.at(&lifted)?;
        let (before, mut gap, mut grown) = (self.gap, 0.0, false);
        let mut next = Vec::with_capacity(lifted.len());
        for ((basis, x), g) in self.bases.iter().zip(&lifted).zip(&point.descent()) {
            let multiplier = hermitian::inner(g, x) / hermitian::trace(x);
            gap += largest_eigenvalue(g)? - multiplier;
            let exceeding = leading(g, |value, largest| {
                value > multiplier + EXCEEDING * (largest - multiplier)
            })?;
            let mut kept = if self.stalled {
                basis.clone()
            } else {
                leading(x, |value, largest| value > IDLE * largest)?
            };
            grown |= enlarge(&mut kept, &exceeding);
            next.push(kept);
        }
        self.gap = gap / point.value();
        let goes_on = grown || !self.stalled;
        self.stalled |= self.gap > before || !grown;
        self.bases = next;
        self.last = Some(lifted);
        Some(goes_on)
    }
}

/// What the search needs of a problem, whatever the dimension of its scenes.
trait Whole: Objective {
    fn objective(&self) -> &dyn Objective;
    fn centre_of_space(&self) -> Vec<Mat<c64>>;
}

impl<const D: usize> Whole for ReducedProblem<'_, D> {
    fn objective(&self) -> &dyn Objective {
        self
    }

    fn centre_of_space(&self) -> Vec<Mat<c64>> {
        self.central()
    }
}

/// What [`EchoGeometry`] needs of each scene.
fn geometries<'a, const D: usize>(
    scenes: &'a [SensingModel<D>],
    besides: Option<Besides<'_, D>>,
) -> Result<Vec<EchoGeometry<'a, D>>, CrlbError> {
    let plain = scenes.iter().map(EchoGeometry::new);
    let Some(Besides { information, slots }) = besides else {
        return Ok(plain.collect());
    };
    Invalid::unless_positive("slots", slots)?;
    Invalid::unless_size(
        "information (users)",
        scenes[0].users(),
        information.users(),
    )?;
    // J̄ = J σ²/2τ
    let scale = scenes[0].noise_w() / (2.0 * slots);
    let normalised = hermitian::scaled_real(scale, information.matrix_per_m2());
    Ok(plain
        .map(|geometry| geometry.beside(normalised.as_ref()))
        .collect())
}

pub(super) fn check_scenes<const D: usize>(scenes: &[SensingModel<D>]) -> Result<(), CrlbError> {
    Invalid::if_none("scenes (draws)", scenes.len())?;
    let first = &scenes[0];
    for scene in scenes {
        Invalid::unless_size("scene (users)", first.users(), scene.users())?;
        let stations = first.access_points();
        Invalid::unless_size("scene (access points)", stations, scene.access_points())?;
        for m in 0..stations {
            Invalid::unless_size("scene (elements)", first.elements(m), scene.elements(m))?;
        }
    }
    Ok(())
}

fn whole_space<const D: usize>(scenes: &[SensingModel<D>]) -> Result<Vec<Mat<c64>>, CrlbError> {
    (0..scenes[0].access_points())
        .map(|m| Ok(TransmitSpan::of_scenes(scenes, m)?.basis))
        .collect()
}

/// Eigenvectors of the eigenvalues that count beside the largest; the last one always does.
fn leading(matrix: &Mat<c64>, counts: impl Fn(f64, f64) -> bool) -> Option<Mat<c64>> {
    let eigen = matrix.self_adjoint_eigen(Side::Lower).ok()?;
    let values = eigen.S().column_vector();
    let side = matrix.nrows();
    let largest = values[side - 1].re;
    let first = (0..side)
        .find(|&i| counts(values[i].re, largest))
        .unwrap_or(side - 1);
    Some(eigen.U().subcols(first, side - first).to_owned())
}

/// Adds what these directions have outside of the subspace; whether there was anything.
fn enlarge(subspace: &mut Mat<c64>, directions: &Mat<c64>) -> bool {
    let before = subspace.ncols();
    for j in 0..directions.ncols() {
        let mut rest = directions.subcols(j, 1).to_owned();
        // Twice is enough (Kahan and Parlett).
        for _ in 0..2 {
            rest = &rest - &*subspace * (subspace.adjoint() * &rest);
        }
        let norm = rest.norm_l2();
        if norm > 1e-8 {
            let columns = subspace.ncols();
            *subspace = Mat::from_fn(subspace.nrows(), columns + 1, |i, c| {
                if c < columns {
                    subspace[(i, c)]
                } else {
                    rest[(i, 0)] / norm
                }
            });
        }
    }
    subspace.ncols() > before
}
