//! One semidefinite variable of the interior-point method, in Nesterov–Todd scaling.
//!
//! A primal matrix `X = L L^H` and its dual `Z = R R^H`, both positive definite, have a common scaling
//! `G` with `G^{-1} X G^{-H} = G^H Z G = Λ` diagonal. In scaled variables `x = G^{-1} dX G^{-H}` and
//! `z = G^H dZ G` the linearised condition `XZ = μI` reads `x + z = μΛ^{-1} - Λ`: no
//! Kronecker product remains, and the Newton matrix is the identity plus the scaled second derivative.
//! Only the factors are stored and updated, so that eigenvalues near zero keep their digits.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side, c64};

use super::hermitian;

/// Factors of a primal and a dual matrix.
#[derive(Debug, Clone)]
pub(super) struct Cone {
    primal: Mat<c64>,
    dual: Mat<c64>,
}

/// The Nesterov–Todd scaling at a point.
#[derive(Debug, Clone)]
pub(super) struct Scaling {
    /// `G`.
    pub transform: Mat<c64>,
    /// `G^{-H}`.
    inverse_adjoint: Mat<c64>,
    /// Diagonal of `Λ`.
    pub spectrum: Vec<f64>,
}

impl Cone {
    /// From positive definite matrices; `None` if one of them is not.
    pub fn new(primal: &Mat<c64>, dual: &Mat<c64>) -> Option<Self> {
        Some(Self {
            primal: cholesky(primal)?,
            dual: cholesky(dual)?,
        })
    }

    /// `X`.
    pub fn primal(&self) -> Mat<c64> {
        &self.primal * self.primal.adjoint()
    }

    /// `log det X`. (The factor is a product of triangular and unitary matrices, hence the LU.)
    pub fn log_det(&self) -> f64 {
        let lu = self.primal.partial_piv_lu();
        let pivot = |i: usize| lu.U()[(i, i)].norm().ln();
        2.0 * (0..self.primal.nrows()).map(pivot).sum::<f64>()
    }

    /// Puts the dual on the central path: `Z = μ X^{-1}`.
    pub fn centre_dual(&mut self, barrier: f64) {
        let side = self.primal.nrows();
        // R = sqrt(μ) L^{-H}
        let root = Mat::<c64>::identity(side, side) * faer::Scale(c64::from(barrier.sqrt()));
        self.dual = self.primal.adjoint().partial_piv_lu().solve(root);
    }

    /// `L^H A L`, the size of a dual-side quantity as the primal point sees it.
    pub fn seen_by_primal(&self, matrix: &Mat<c64>) -> Mat<c64> {
        self.primal.adjoint() * matrix * &self.primal
    }

    /// `R^H L = U Λ V^H` gives `G = L V Λ^{-1/2}` and `G^{-H} = R U Λ^{-1/2}`.
    pub fn scaling(&self) -> Option<Scaling> {
        let svd = (self.dual.adjoint() * &self.primal).svd().ok()?;
        let values = svd.S().column_vector();
        let spectrum: Vec<f64> = (0..values.nrows()).map(|i| values[i].re).collect();
        if !spectrum.iter().all(|&x| x > 0.0 && x.is_finite()) {
            return None;
        }
        let shrink = |matrix: Mat<c64>| {
            Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| {
                matrix[(i, j)] / spectrum[j].sqrt()
            })
        };
        Some(Scaling {
            transform: shrink(&self.primal * svd.V()),
            inverse_adjoint: shrink(&self.dual * svd.U()),
            spectrum,
        })
    }
}

impl Scaling {
    /// Largest `α ≤ limit` for which `Λ + α d` stays positive semidefinite.
    pub fn longest_step(&self, direction: &Mat<c64>, limit: f64) -> Option<f64> {
        let relative = Mat::from_fn(direction.nrows(), direction.ncols(), |i, j| {
            direction[(i, j)] / (self.spectrum[i] * self.spectrum[j]).sqrt()
        });
        let smallest = *relative
            .self_adjoint_eigenvalues(Side::Lower)
            .ok()?
            .first()?;
        Some(if smallest * limit < -1.0 {
            -1.0 / smallest
        } else {
            limit
        })
    }

    /// The point after steps of these primal and dual lengths; `None` if it leaves the cone.
    pub fn step(&self, primal: &Mat<c64>, dual: &Mat<c64>, lengths: [f64; 2]) -> Option<Cone> {
        let advance = |direction: &Mat<c64>, length: f64| {
            let side = direction.nrows();
            cholesky(&Mat::from_fn(side, side, |i, j| {
                let diagonal = if i == j { self.spectrum[i] } else { 0.0 };
                direction[(i, j)] * length + diagonal
            }))
        };
        Some(Cone {
            primal: &self.transform * advance(primal, lengths[0])?,
            dual: &self.inverse_adjoint * advance(dual, lengths[1])?,
        })
    }
}

fn cholesky(matrix: &Mat<c64>) -> Option<Mat<c64>> {
    let factor = hermitian::hermitian_part(matrix).llt(Side::Lower).ok()?;
    Some(factor.L().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positive(side: usize, shift: f64) -> Mat<c64> {
        let root = Mat::from_fn(side, side, |i, j| {
            let x = (5 * i + 3 * j) as f64 + shift;
            c64::new(x.sin(), (1.3 * x).cos())
        });
        &root * root.adjoint() + Mat::<c64>::identity(side, side)
    }

    #[test]
    fn scaling_makes_both_sides_the_same_diagonal() {
        let (x, z) = (positive(4, 0.2), positive(4, 2.9));
        let cone = Cone::new(&x, &z).unwrap();
        let scaling = cone.scaling().unwrap();
        let g = &scaling.transform;
        let diagonal = Mat::from_fn(4, 4, |i, j| {
            c64::from(if i == j { scaling.spectrum[i] } else { 0.0 })
        });
        assert!((g.adjoint() * &z * g - &diagonal).norm_max() < 1e-12);
        assert!((g * &diagonal * g.adjoint() - &x).norm_max() < 1e-12);
        let product = scaling.inverse_adjoint.adjoint() * g;
        assert!((product - Mat::<c64>::identity(4, 4)).norm_max() < 1e-12);
    }

    #[test]
    fn longest_step_ends_on_the_boundary() {
        let cone = Cone::new(&positive(3, 0.1), &positive(3, 0.7)).unwrap();
        let scaling = cone.scaling().unwrap();
        let direction = hermitian::hermitian_part(&Mat::from_fn(3, 3, |i, j| {
            c64::new(-1.0 - (i + j) as f64, i as f64 - j as f64)
        }));
        let length = scaling.longest_step(&direction, f64::INFINITY).unwrap();
        let end = Mat::from_fn(3, 3, |i, j| {
            direction[(i, j)] * length + if i == j { scaling.spectrum[i] } else { 0.0 }
        });
        let smallest = end.self_adjoint_eigenvalues(Side::Lower).unwrap()[0];
        assert!(smallest.abs() < 1e-12 * scaling.spectrum[0]);
    }
}
