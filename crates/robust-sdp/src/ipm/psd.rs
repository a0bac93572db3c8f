//! Positive semidefinite blocks with the HKM direction.
//!
//! On the central path `Z = μ S^{-1}`. Linearised around `(S, Z)` in the form of Helmberg,
//! Kojima and Monteiro,
//! `dZ = μ S^{-1} - Z - Herm(Z dS S^{-1})`, which keeps `dZ` Hermitian and makes the Schur
//! complement `<A_i, Z A_j S^{-1}>` symmetric.

use faer::{Mat, MatRef, c64};

use super::cone::{Breakdown, Cone};
use super::map::{Map, project};
use super::schur::SchurMatrix;
use crate::linalg;

/// A block `S = C + A(y) ⪰ 0`.
#[derive(Debug)]
pub(super) struct PsdBlock {
    map: Map,
    s: Mat<c64>,
    z: Mat<c64>,
    residual: Mat<c64>,
    s_step: Mat<c64>,
    z_step: Mat<c64>,
    correction: Option<Mat<c64>>,
    s_factor: Mat<c64>,
    z_factor: Mat<c64>,
    s_inverse: Mat<c64>,
    /// Natural size of each row (see `MatrixUnknown::magnitude`).
    magnitude: Vec<f64>,
}

impl PsdBlock {
    pub(super) fn new(map: Map, magnitude: Vec<f64>) -> Self {
        let n = map.dim();
        let zeros = || Mat::<c64>::zeros(n, n);
        Self {
            map,
            s: zeros(),
            z: zeros(),
            residual: zeros(),
            s_step: zeros(),
            z_step: zeros(),
            correction: None,
            s_factor: zeros(),
            z_factor: zeros(),
            s_inverse: zeros(),
            magnitude,
        }
    }

    pub(super) fn slack(&self) -> MatRef<'_, c64> {
        self.s.as_ref()
    }

    pub(super) fn multiplier(&self) -> &Mat<c64> {
        &self.z
    }

    /// Smallest eigenvalue of `A(d)`: how far a direction leaves the cone.
    pub(super) fn direction_margin(&self, direction: &[f64]) -> Option<f64> {
        linalg::eigen(self.map.linear(direction).as_ref(), false).map(|(values, _)| values[0])
    }

    fn evaluate(&self, y: &[f64]) -> Mat<c64> {
        let mut value = self.map.linear(y);
        if let Some(constant) = self.map.constant() {
            value += constant;
        }
        value
    }

    /// `Herm(A B S^{-1})`.
    fn sandwich(&self, a: MatRef<'_, c64>, b: MatRef<'_, c64>) -> Mat<c64> {
        let mut out = linalg::mul(linalg::mul(a, b).as_ref(), self.s_inverse.as_ref());
        project(self.map.field(), &mut out);
        out
    }
}

fn longest_step(factor: MatRef<'_, c64>, step: MatRef<'_, c64>) -> Result<f64, Breakdown> {
    let smallest = linalg::smallest_relative_eigenvalue(factor, step).ok_or(Breakdown)?;
    Ok(if smallest < 0.0 {
        -1.0 / smallest
    } else {
        f64::INFINITY
    })
}

impl Cone for PsdBlock {
    fn degree(&self) -> f64 {
        self.map.dim() as f64
    }

    fn update_residual(&mut self, y: &[f64]) -> f64 {
        self.residual = self.evaluate(y);
        self.residual -= &self.s;
        linalg::norm(self.residual.as_ref())
    }

    fn start(&mut self, y: &[f64], primal_scale: f64, dual_scale: f64) {
        let n = self.map.dim();
        self.s = self.evaluate(y);
        let scaled = Mat::from_fn(n, n, |i, j| {
            self.s[(i, j)] / (self.magnitude[i] * self.magnitude[j])
        });
        let smallest = linalg::eigen(scaled.as_ref(), false).map_or(0.0, |(values, _)| values[0]);
        let shift = (primal_scale - smallest).max(0.0);
        for i in 0..n {
            let square = self.magnitude[i] * self.magnitude[i];
            self.s[(i, i)] += c64::new(shift * square, 0.0);
        }
        self.z = Mat::from_fn(n, n, |i, j| {
            let square = self.magnitude[i] * self.magnitude[j];
            c64::new(if i == j { dual_scale / square } else { 0.0 }, 0.0)
        });
    }

    fn complementarity(&self) -> f64 {
        linalg::inner(self.s.as_ref(), self.z.as_ref())
    }

    fn dual_constant(&self) -> f64 {
        self.map
            .constant()
            .map_or(0.0, |c| linalg::inner(c, self.z.as_ref()))
    }

    fn add_adjoint(&self, out: &mut [f64]) {
        self.map.add_adjoint(self.z.as_ref(), out);
    }

    fn factorise(&mut self) -> Result<(), Breakdown> {
        self.s_factor = linalg::cholesky(self.s.as_ref()).ok_or(Breakdown)?;
        self.z_factor = linalg::cholesky(self.z.as_ref()).ok_or(Breakdown)?;
        self.s_inverse = linalg::inverse_from_cholesky(self.s_factor.as_ref());
        Ok(())
    }

    fn add_schur(&self, schur: &mut SchurMatrix) {
        self.map
            .add_schur(self.z.as_ref(), self.s_inverse.as_ref(), schur);
    }

    fn add_newton_rhs(&mut self, barrier: f64, corrector: bool, out: &mut [f64]) {
        let n = self.map.dim();
        let mut value = self.sandwich(self.z.as_ref(), self.residual.as_ref());
        self.correction = None;
        if corrector {
            let correction = self.sandwich(self.z_step.as_ref(), self.s_step.as_ref());
            value += &correction;
            self.correction = Some(correction);
        }
        for j in 0..n {
            for i in 0..n {
                value[(i, j)] = self.s_inverse[(i, j)] * barrier - value[(i, j)];
            }
        }
        self.map.add_adjoint(value.as_ref(), out);
    }

    fn set_direction(&mut self, dy: &[f64], barrier: f64) {
        self.s_step = self.map.linear(dy);
        self.s_step += &self.residual;
        let mut step = self.sandwich(self.z.as_ref(), self.s_step.as_ref());
        let n = self.map.dim();
        for j in 0..n {
            for i in 0..n {
                step[(i, j)] = self.s_inverse[(i, j)] * barrier - self.z[(i, j)] - step[(i, j)];
            }
        }
        if let Some(correction) = &self.correction {
            step -= correction;
        }
        self.z_step = step;
    }

    fn refine_direction(&mut self, ddy: &[f64]) {
        let change = self.map.linear(ddy);
        self.z_step -= self.sandwich(self.z.as_ref(), change.as_ref());
        self.s_step += change;
    }

    fn add_direction_adjoint(&self, out: &mut [f64]) {
        self.map.add_adjoint(self.z_step.as_ref(), out);
    }

    fn step_bounds(&self) -> Result<(f64, f64), Breakdown> {
        Ok((
            longest_step(self.s_factor.as_ref(), self.s_step.as_ref())?,
            longest_step(self.z_factor.as_ref(), self.z_step.as_ref())?,
        ))
    }

    fn complementarity_after(&self, primal_step: f64, dual_step: f64) -> f64 {
        let (s, ds) = (self.s.as_ref(), self.s_step.as_ref());
        let (z, dz) = (self.z.as_ref(), self.z_step.as_ref());
        linalg::inner(s, z)
            + primal_step * linalg::inner(ds, z)
            + dual_step * linalg::inner(s, dz)
            + primal_step * dual_step * linalg::inner(ds, dz)
    }

    fn advance(&mut self, primal_step: f64, dual_step: f64) {
        let n = self.map.dim();
        for j in 0..n {
            for i in 0..n {
                self.s[(i, j)] += self.s_step[(i, j)] * primal_step;
                self.z[(i, j)] += self.z_step[(i, j)] * dual_step;
            }
        }
    }
}
