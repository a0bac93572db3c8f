//! Linear inequalities `s = bound - G y ≥ 0` as one cone block.

use super::assembly::SchurMatrix;
use super::breakdown::Breakdown;
use super::cone::Cone;
use super::layout::{SparseRow, sparse_dot};

/// Rows of `G` and their bounds.
#[derive(Debug)]
pub(super) struct Inequalities {
    rows: Vec<SparseRow>,
    bounds: Vec<f64>,
    slack: Vec<f64>,
    multiplier: Vec<f64>,
    residual: Vec<f64>,
    slack_step: Vec<f64>,
    multiplier_step: Vec<f64>,
    correction: Vec<f64>,
}

impl Inequalities {
    pub(super) fn new(rows: Vec<SparseRow>, bounds: Vec<f64>) -> Self {
        let n = rows.len();
        let zeros = || vec![0.0; n];
        Self {
            rows,
            bounds,
            slack: zeros(),
            multiplier: zeros(),
            residual: zeros(),
            slack_step: zeros(),
            multiplier_step: zeros(),
            correction: zeros(),
        }
    }

    /// Announces the rows to the Schur complement, before any others.
    pub(super) fn register(&self, schur: &mut SchurMatrix) {
        for (i, row) in self.rows.iter().enumerate() {
            let number = schur.add_row(row);
            debug_assert_eq!(number, i);
        }
    }

    pub(super) fn multipliers(&self) -> &[f64] {
        &self.multiplier
    }

    /// Most negative entry of `-G d`: how far a direction leaves the cone.
    pub(super) fn direction_margin(&self, direction: &[f64]) -> f64 {
        self.rows
            .iter()
            .map(|row| -sparse_dot(row, direction))
            .fold(f64::INFINITY, f64::min)
    }
}

fn bound(values: &[f64], steps: &[f64]) -> f64 {
    values
        .iter()
        .zip(steps)
        .filter(|(_, d)| **d < 0.0)
        .map(|(v, d)| -v / d)
        .fold(f64::INFINITY, f64::min)
}

impl Cone for Inequalities {
    fn degree(&self) -> f64 {
        self.rows.len() as f64
    }

    fn update_residual(&mut self, y: &[f64]) -> f64 {
        let mut sum = 0.0;
        for i in 0..self.rows.len() {
            self.residual[i] = self.bounds[i] - sparse_dot(&self.rows[i], y) - self.slack[i];
            sum += self.residual[i] * self.residual[i];
        }
        sum.sqrt()
    }

    fn start(&mut self, y: &[f64], primal_scale: f64, dual_scale: f64) {
        for i in 0..self.rows.len() {
            self.slack[i] = (self.bounds[i] - sparse_dot(&self.rows[i], y)).max(primal_scale);
            self.multiplier[i] = dual_scale;
        }
    }

    fn complementarity(&self) -> f64 {
        self.slack
            .iter()
            .zip(&self.multiplier)
            .map(|(s, z)| s * z)
            .sum()
    }

    fn dual_constant(&self) -> f64 {
        self.bounds
            .iter()
            .zip(&self.multiplier)
            .map(|(c, z)| c * z)
            .sum()
    }

    fn add_adjoint(&mut self, out: &mut [f64]) {
        for (row, z) in self.rows.iter().zip(&self.multiplier) {
            for &(i, v) in row {
                out[i] -= v * z;
            }
        }
    }

    fn factorise(&mut self) -> Result<(), Breakdown> {
        let positive = |v: &[f64]| v.iter().all(|x| x.is_finite() && *x > 0.0);
        if positive(&self.slack) && positive(&self.multiplier) {
            Ok(())
        } else {
            Err(Breakdown)
        }
    }

    /// The rows are the first of the Schur complement's rank-one parts.
    fn add_schur(&mut self, schur: &mut SchurMatrix) {
        for i in 0..self.rows.len() {
            schur.set_weight(i, self.multiplier[i] / self.slack[i]);
        }
    }

    fn add_newton_rhs(&mut self, barrier: f64, corrector: bool, out: &mut [f64]) {
        for i in 0..self.rows.len() {
            self.correction[i] = if corrector {
                self.multiplier_step[i] * self.slack_step[i] / self.slack[i]
            } else {
                0.0
            };
            let value = (barrier - self.multiplier[i] * self.residual[i]) / self.slack[i]
                - self.correction[i];
            for &(p, v) in &self.rows[i] {
                out[p] -= v * value;
            }
        }
    }

    fn set_direction(&mut self, dy: &[f64], barrier: f64) {
        for i in 0..self.rows.len() {
            let ds = self.residual[i] - sparse_dot(&self.rows[i], dy);
            self.slack_step[i] = ds;
            self.multiplier_step[i] = (barrier - self.multiplier[i] * ds) / self.slack[i]
                - self.multiplier[i]
                - self.correction[i];
        }
    }

    fn refine_direction(&mut self, ddy: &[f64]) {
        for i in 0..self.rows.len() {
            let change = -sparse_dot(&self.rows[i], ddy);
            self.slack_step[i] += change;
            self.multiplier_step[i] -= self.multiplier[i] * change / self.slack[i];
        }
    }

    fn add_schur_image(&mut self, y: &[f64], out: &mut [f64]) {
        for (i, row) in self.rows.iter().enumerate() {
            let image = self.multiplier[i] * sparse_dot(row, y) / self.slack[i];
            for &(p, v) in row {
                out[p] += v * image;
            }
        }
    }

    fn add_direction_adjoint(&mut self, out: &mut [f64]) {
        for (row, dz) in self.rows.iter().zip(&self.multiplier_step) {
            for &(i, v) in row {
                out[i] -= v * dz;
            }
        }
    }

    fn step_bounds(&mut self) -> Result<(f64, f64), Breakdown> {
        Ok((
            bound(&self.slack, &self.slack_step),
            bound(&self.multiplier, &self.multiplier_step),
        ))
    }

    fn complementarity_after(&self, primal_step: f64, dual_step: f64) -> f64 {
        (0..self.rows.len())
            .map(|i| {
                (self.slack[i] + primal_step * self.slack_step[i])
                    * (self.multiplier[i] + dual_step * self.multiplier_step[i])
            })
            .sum()
    }

    fn advance(&mut self, primal_step: f64, dual_step: f64) {
        for i in 0..self.rows.len() {
            self.slack[i] += primal_step * self.slack_step[i];
            self.multiplier[i] += dual_step * self.multiplier_step[i];
        }
    }
}
