//! The problem in the few dimensions that matter: one scene or the mean over several.

use crlb::{CrlbError, FactoredCovariance};
use faer::{Mat, c64};
use robust_sdp::SdpSolver;

use super::design::SensingMethod;
use super::error::SensingError;
use super::hermitian;
use super::interior_point::{Objective, ObjectivePoint};
use super::program::{self, Transmitter};
use super::sensitivity::{EchoGeometry, HessianFactor, Sensitivity};

/// The problem over `X_m`, `Ψ_m = P_m Q_m ((1-φ) X_m) Q_m^H + φ P_m/N_t I`, `Tr X_m = 1`: the mean bound of equally
/// likely scenes, of one by default.
pub(super) struct ReducedProblem<'a, const D: usize> {
    method: &'a SensingMethod,
    /// `Q_m`, orthonormal columns.
    bases: Vec<Mat<c64>>,
    scenes: Vec<SeenScene<'a, D>>,
}

struct SeenScene<'a, const D: usize> {
    geometry: &'a EchoGeometry<'a, D>,
    /// `sqrt((1-φ) P_m) Q_m^H B_m`.
    seen: Vec<Mat<c64>>,
    /// `B_m^H B_m φ P_m/N_t`.
    floor: Vec<Mat<c64>>,
}

impl<'a, const D: usize> ReducedProblem<'a, D> {
    pub fn new(
        method: &'a SensingMethod,
        geometries: &'a [EchoGeometry<'a, D>],
        bases: Vec<Mat<c64>>,
    ) -> Self {
        let fraction = method.isotropic_fraction;
        let scene = |geometry: &'a EchoGeometry<'a, D>| SeenScene {
            geometry,
            seen: (bases.iter().zip(&method.power_w).enumerate())
                .map(|(m, (basis, power))| {
                    let coordinates =
                        hermitian::adjoint_times(basis, geometry.model().transmit_vectors(m));
                    hermitian::scaled(((1.0 - fraction) * power).sqrt(), &coordinates)
                })
                .collect(),
            floor: (method.power_w.iter().enumerate())
                .map(|(m, power)| {
                    let vectors = geometry.model().transmit_vectors(m);
                    let share = fraction * power / vectors.nrows() as f64;
                    if share == 0.0 {
                        Mat::zeros(vectors.ncols(), vectors.ncols())
                    } else {
                        hermitian::scaled(share, &hermitian::gram(&vectors.to_owned()))
                    }
                })
                .collect(),
        };
        Self {
            scenes: geometries.iter().map(scene).collect(),
            method,
            bases,
        }
    }

    /// `r_m`.
    pub fn sides(&self) -> Vec<usize> {
        self.bases.iter().map(Mat::ncols).collect()
    }

    pub fn covariances(&self, variables: &[Mat<c64>]) -> Vec<FactoredCovariance> {
        let fraction = self.method.isotropic_fraction;
        (variables.iter().zip(&self.bases).zip(&self.method.power_w))
            .map(|((x, basis), power)| {
                let share = (1.0 - fraction) * power / hermitian::trace(x);
                FactoredCovariance {
                    basis: basis.clone(),
                    core: hermitian::scaled(share, x),
                    floor_w: fraction * power / basis.nrows() as f64,
                }
            })
            .collect()
    }

    /// The problem of the first scene as a semidefinite program, solved.
    pub fn solve_as_program(
        &self,
        solver: &dyn SdpSolver,
    ) -> Result<program::Solved, SensingError> {
        let scene = &self.scenes[0];
        let fraction = self.method.isotropic_fraction;
        let transmitters: Vec<Transmitter<'_>> = (scene.seen.iter().zip(&self.bases))
            .map(|(seen, basis)| Transmitter {
                seen,
                floor: fraction / ((1.0 - fraction) * basis.nrows() as f64),
            })
            .collect();
        let sensitivity = scene.sensitivity(&self.central())?;
        program::solve(&sensitivity, &transmitters, solver)
    }

    /// Equal power in all directions of the span.
    pub fn centre(&self) -> Vec<FactoredCovariance> {
        self.covariances(&self.central())
    }

    /// The same as the variables.
    pub fn central(&self) -> Vec<Mat<c64>> {
        let equal = |side: usize| {
            let share = c64::from(1.0 / side as f64);
            Mat::from_fn(side, side, |i, j| if i == j { share } else { c64::ZERO })
        };
        self.sides().into_iter().map(equal).collect()
    }
}

impl<const D: usize> SeenScene<'_, D> {
    fn sensitivity(&self, variables: &[Mat<c64>]) -> Result<Sensitivity, CrlbError> {
        let gram = (variables.iter().zip(&self.seen).zip(&self.floor))
            .map(|((x, seen), floor)| hermitian::shifted_congruence(seen, x, floor))
            .collect();
        self.geometry.sensitivity(gram)
    }
}

impl<const D: usize> Objective for ReducedProblem<'_, D> {
    fn at(&self, variables: &[Mat<c64>]) -> Option<Box<dyn ObjectivePoint>> {
        let scene = |scene: &SeenScene<'_, D>| {
            Some(ScenePoint {
                sensitivity: scene.sensitivity(variables).ok()?,
                seen: scene.seen.clone(),
            })
        };
        Some(Box::new(MeanPoint {
            scenes: self.scenes.iter().map(scene).collect::<Option<_>>()?,
        }))
    }
}

struct MeanPoint {
    scenes: Vec<ScenePoint>,
}

struct ScenePoint {
    sensitivity: Sensitivity,
    seen: Vec<Mat<c64>>,
}

impl MeanPoint {
    /// That of each scene.
    fn weight(&self) -> f64 {
        1.0 / self.scenes.len() as f64
    }
}

impl ObjectivePoint for MeanPoint {
    fn value(&self) -> f64 {
        let sum: f64 = (self.scenes.iter())
            .map(|scene| scene.sensitivity.objective())
            .sum();
        self.weight() * sum
    }

    fn descent(&self) -> Vec<Mat<c64>> {
        let weight = self.weight();
        (0..self.scenes[0].seen.len())
            .map(|m| {
                let side = self.scenes[0].seen[m].nrows();
                let mut sum = Mat::<c64>::zeros(side, side);
                for scene in &self.scenes {
                    let core = hermitian::scaled(weight, &scene.sensitivity.gradient_core(m));
                    sum += &scene.seen[m] * core * scene.seen[m].adjoint();
                }
                hermitian::hermitian_part(&sum)
            })
            .collect()
    }

    fn hessian_factor(&self, transforms: &[&Mat<c64>]) -> HessianFactor {
        let of_scene = |scene: &ScenePoint| {
            let seen: Vec<Mat<c64>> = (transforms.iter().zip(&scene.seen))
                .map(|(transform, seen)| transform.adjoint() * seen)
                .collect();
            scene.sensitivity.hessian_factor(&seen, self.weight())
        };
        HessianFactor::sum(self.scenes.iter().map(of_scene).collect())
    }
}
