//! What the interior-point loop asks of a block of constraints.
//!
//! A block is a cone constraint `S = C + A(y) ∈ K` with its multiplier `Z ∈ K*`. The loop in
//! [`super::HermitianIpm`] knows only these operations; the algebra of positive semidefinite
//! blocks is in [`super::psd`], that of linear inequalities in [`super::inequalities`].

use super::assembly::SchurMatrix;
use super::breakdown::Breakdown;

/// One constraint block with its iterate `(S, Z)` and search direction `(dS, dZ)`.
pub(super) trait Cone {
    /// Barrier parameter: `<S, Z> = degree · μ` on the central path.
    fn degree(&self) -> f64;

    /// Computes `R = C + A(y) - S` and returns its norm.
    fn update_residual(&mut self, y: &[f64]) -> f64;

    /// Starts at `S = C + A(y) + shift · e`, the shift being the least that leaves the margin
    /// `primal_scale` inside the cone (zero if the margin is there already), `Z = dual_scale · e`.
    fn start(&mut self, y: &[f64], primal_scale: f64, dual_scale: f64);

    /// `<S, Z>`.
    fn complementarity(&self) -> f64;

    /// `<C, Z>`, the block's share of the dual objective.
    fn dual_constant(&self) -> f64;

    /// Adds `A*(Z)` to `out`.
    fn add_adjoint(&mut self, out: &mut [f64]);

    /// Factors the iterate. Everything below needs it but what moves the iterate.
    fn factorise(&mut self) -> Result<(), Breakdown>;

    /// Adds the block's share of the Schur complement, `A* (Z A(·) S^{-1})`.
    fn add_schur(&mut self, schur: &mut SchurMatrix);

    /// Adds `A*(μ S^{-1} - Z R S^{-1} - dZ dS S^{-1})` (Hermitian parts) to `out`; the last
    /// term, Mehrotra's second-order correction with the current direction, only if asked.
    fn add_newton_rhs(&mut self, barrier: f64, corrector: bool, out: &mut [f64]);

    /// From `dy`: `dS = A(dy) + R` and `dZ = μ S^{-1} - Z - Herm(Z dS S^{-1}) - correction`,
    /// with the correction that [`add_newton_rhs`](Self::add_newton_rhs) used last.
    fn set_direction(&mut self, dy: &[f64], barrier: f64);

    /// Changes the direction by that of a correction `ddy` of `dy`.
    fn refine_direction(&mut self, ddy: &[f64]);

    /// Adds `A*(Z A(y) S^{-1})` (Hermitian parts) to `out`, the Schur complement's image of `y`.
    fn add_schur_image(&mut self, y: &[f64], out: &mut [f64]);

    /// Adds `A*(dZ)` to `out`.
    fn add_direction_adjoint(&mut self, out: &mut [f64]);

    /// Largest steps that keep `S + α dS` and `Z + α dZ` in the cone (infinite allowed).
    fn step_bounds(&mut self) -> Result<(f64, f64), Breakdown>;

    /// `<S + α_p dS, Z + α_d dZ>`.
    fn complementarity_after(&self, primal_step: f64, dual_step: f64) -> f64;

    /// Moves by the steps.
    fn advance(&mut self, primal_step: f64, dual_step: f64);
}
