//! What is read off an iterate: points, multipliers, certificates.

use super::{State, dot, weighted_norm};
use crate::sdp::{DualPoint, PrimalPoint, SdpSolution};
use crate::solvers::native::layout::sparse_dot;
use crate::solvers::native::psd::PsdBlock;

/// A certificate that may prove something, and its residual.
#[derive(Debug)]
pub(in crate::solvers::native) enum Suspicion {
    Infeasible(DualPoint, f64),
    Unbounded(PrimalPoint, f64),
}

impl State {
    /// What a diverging iterate may prove, with what it lacks at a bound (a growth) of one.
    pub(in crate::solvers::native) fn suspicion(&mut self, tolerance: f64) -> Option<Suspicion> {
        let bound = self.dual_objective();
        if bound < 0.0 {
            // A*(Z) - E^T w = dual residual - objective.
            let annihilated: Vec<f64> = self
                .dual_residual
                .iter()
                .zip(&self.objective)
                .map(|(r, b)| r - b)
                .collect();
            let residual = weighted_norm(&annihilated, &self.weights) / -bound;
            if residual <= tolerance {
                let multipliers = self.dual_point(-1.0 / bound);
                return Some(Suspicion::Infeasible(multipliers, residual));
            }
        }
        let growth = dot(&self.objective, &self.y);
        // Only a diverging objective is worth the eigenvalues.
        if growth > 1e6 * (1.0 + self.constant_norm) {
            let direction: Vec<f64> = self.y.iter().map(|v| v / growth).collect();
            let mut margin = self.orthant.direction_margin(&direction);
            for block in &mut self.psd {
                margin = margin.min(block.direction_margin(&direction)?);
            }
            let mut residual = (-margin).max(0.0);
            for row in &self.equalities {
                residual = residual.max(sparse_dot(row, &direction).abs());
            }
            if residual <= tolerance {
                let direction = self.primal_point(&direction);
                return Some(Suspicion::Unbounded(direction, residual));
            }
        }
        None
    }

    fn primal_point(&self, y: &[f64]) -> PrimalPoint {
        PrimalPoint {
            matrices: self.layout.matrices.iter().map(|s| s.matrix(y)).collect(),
            scalars: y[self.layout.scalars..].to_vec(),
        }
    }

    fn dual_point(&self, scale: f64) -> DualPoint {
        let scaled =
            |block: &PsdBlock| block.multiplier() * faer::Scale(faer::c64::new(scale, 0.0));
        let count = self.layout.matrices.len();
        let z = self.orthant.multipliers();
        let mut scalars = vec![0.0; self.y.len() - self.layout.scalars];
        for (k, &index) in self.signed_scalars.iter().enumerate() {
            scalars[index] = scale * z[self.inequality_count + k];
        }
        DualPoint {
            matrices: self.psd[..count].iter().map(scaled).collect(),
            lmis: self.psd[count..].iter().map(scaled).collect(),
            scalars,
            inequalities: z[..self.inequality_count]
                .iter()
                .map(|v| scale * v)
                .collect(),
            equalities: self
                .equality_multipliers
                .iter()
                .map(|v| scale * v)
                .collect(),
        }
    }

    pub(in crate::solvers::native) fn solution(&self, iterations: usize) -> SdpSolution {
        // A matrix unknown's slack equals the unknown up to its residual and is positive
        // definite for certain.
        let mut primal = self.primal_point(&self.y);
        for (x, block) in primal.matrices.iter_mut().zip(&self.psd) {
            *x = block.slack();
        }
        SdpSolution {
            primal,
            dual: self.dual_point(1.0),
            residuals: self.residuals(),
            iterations,
        }
    }
}
