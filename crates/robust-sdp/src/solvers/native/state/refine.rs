//! Refinement of a direction against the operator itself.
//!
//! `Z dS S^{-1}` is rounded, and late in a solve the Schur complement is factored with less accuracy than it
//! takes: what dual stationarity lacks after a full step is solved for again. Where the factor is too inaccurate for that, it
//! still preconditions conjugate gradients (as in K.-C. Toh, SIAM J. Optim. 14, 2003).

use super::{State, cones, dot, weighted_norm};
use crate::sdp::residual_scale;

/// Refinements of a direction, each as cheap as a back substitution.
const MAX_REFINEMENTS: usize = 3;

/// Relative dual residual after a full step that needs no refinement.
const REFINED: f64 = 1e-14;

/// Steps of conjugate gradients: as many as there may be directions that the factor has lost.
const MAX_STEPS: usize = 30;

/// Part of the tolerance that conjugate gradients are to leave of it.
const WANTED: f64 = 0.1;

impl State {
    /// Makes up for what dual stationarity still lacks after a full step; `feasibility` is the relative
    /// residual that is tolerated in the end. What is left is returned, relative as well.
    pub(in crate::solvers::native) fn refine_direction(&mut self, feasibility: f64) -> f64 {
        let scale = residual_scale(self.objective_norm);
        let mut last = f64::INFINITY;
        let mut lacking = self.lacking();
        for _ in 0..MAX_REFINEMENTS {
            let size = weighted_norm(&lacking, &self.weights);
            if size <= REFINED * scale {
                return size / scale;
            }
            if size > 0.5 * last {
                break;
            }
            last = size;
            let zeros = vec![0.0; self.equalities.len()];
            let (ddy, ddw) = self
                .system
                .solve(&self.schur, &self.equalities, &lacking, &zeros);
            let ddy = ddy.to_vec();
            for (d, c) in self.dw.iter_mut().zip(&ddw) {
                *d += c;
            }
            self.change_direction(&ddy);
            lacking = self.lacking();
        }
        let size = weighted_norm(&lacking, &self.weights);
        if size <= WANTED * feasibility * scale || !self.equalities.is_empty() {
            return size / scale;
        }
        let mut ddy = self.conjugate_gradients(lacking);
        self.change_direction(&ddy);
        let lacking = self.lacking();
        let after = weighted_norm(&lacking, &self.weights);
        if after < size {
            return after / scale;
        }
        // Rounding has made more of the change than it mended.
        ddy.iter_mut().for_each(|d| *d = -*d);
        self.change_direction(&ddy);
        size / scale
    }

    fn change_direction(&mut self, ddy: &[f64]) {
        for (d, c) in self.dy.iter_mut().zip(ddy) {
            *d += c;
        }
        for block in cones(&mut self.psd, &mut self.orthant) {
            block.refine_direction(ddy);
        }
    }

    /// What a full step would leave of the dual residual.
    fn lacking(&mut self) -> Vec<f64> {
        let mut lacking = self.dual_residual.clone();
        for block in cones(&mut self.psd, &mut self.orthant) {
            block.add_direction_adjoint(&mut lacking);
        }
        for (row, dw) in self.equalities.iter().zip(&self.dw) {
            for &(i, v) in row {
                lacking[i] -= v * dw;
            }
        }
        lacking
    }

    /// The best found `x` with `A*(Z A(x) S^{-1}) ≈ r`.
    fn conjugate_gradients(&mut self, mut r: Vec<f64>) -> Vec<f64> {
        let mut x = vec![0.0; r.len()];
        let mut best = (weighted_norm(&r, &self.weights), x.clone());
        let mut z = self.precondition(&r);
        let mut p = z.clone();
        let mut product = dot(&r, &z);
        for _ in 0..MAX_STEPS {
            let mut image = vec![0.0; r.len()];
            for block in cones(&mut self.psd, &mut self.orthant) {
                block.add_schur_image(&p, &mut image);
            }
            let curvature = dot(&p, &image);
            if curvature.is_nan() || curvature <= 0.0 {
                break;
            }
            let step = product / curvature;
            for i in 0..x.len() {
                x[i] += step * p[i];
                r[i] -= step * image[i];
            }
            let size = weighted_norm(&r, &self.weights);
            if size < best.0 {
                best = (size, x.clone());
            }
            z = self.precondition(&r);
            let next = dot(&r, &z);
            let turn = next / product;
            if !turn.is_finite() {
                break;
            }
            product = next;
            for (p, z) in p.iter_mut().zip(&z) {
                *p = z + turn * *p;
            }
        }
        best.1
    }

    fn precondition(&mut self, r: &[f64]) -> Vec<f64> {
        let (x, _) = self.system.solve(&self.schur, &[], r, &[]);
        x.to_vec()
    }
}
