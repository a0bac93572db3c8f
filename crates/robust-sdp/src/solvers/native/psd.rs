//! Positive semidefinite blocks with the HKM direction.
//!
//! On the central path `Z = μ S^{-1}`. Linearised around `(S, Z)` in the form of Helmberg,
//! Kojima and Monteiro,
//! `dZ = μ S^{-1} - Z - Herm(Z dS S^{-1})`, which keeps `dZ` Hermitian and makes the Schur
//! complement `<A_i, Z A_j S^{-1}>` symmetric.

use faer::{Mat, c64};

use super::assembly::SchurMatrix;
use super::breakdown::Breakdown;
use super::cone::Cone;
use super::lmi_map::Map;
use crate::hermitian::Field;
use crate::hermitian::coordinates::BilinearForm;
use crate::hermitian::split_complex::{Right, SplitComplex};
use crate::hermitian::tridiagonal::{Workspace, smallest_eigenvalue};
use crate::hermitian::{lanczos, linalg};

/// Where the boundary is farther than the inverse of this, full steps are taken whatever the distance.
const FAR_ENOUGH: f64 = 0.9;

/// A block `S = C + A(y) ⪰ 0`.
#[derive(Debug)]
pub(super) struct PsdBlock {
    map: Map,
    s: SplitComplex,
    z: SplitComplex,
    residual: SplitComplex,
    /// Whether the residual is worth multiplying with.
    has_residual: bool,
    s_step: SplitComplex,
    z_step: SplitComplex,
    /// Mehrotra's second-order term, zero without one.
    correction: SplitComplex,
    corrected: bool,
    /// Inverses of the Cholesky factors.
    s_root: SplitComplex,
    z_root: SplitComplex,
    s_inverse: SplitComplex,
    /// Scratch.
    work: [SplitComplex; 2],
    eigenvalues: Workspace,
    /// Natural size of each row (see `MatrixUnknown::magnitude`).
    magnitude: Vec<f64>,
}

impl PsdBlock {
    pub(super) fn new(map: Map, magnitude: Vec<f64>) -> Self {
        let n = map.dim();
        let zeros = || SplitComplex::zeros(n, n);
        Self {
            map,
            s: zeros(),
            z: zeros(),
            residual: zeros(),
            has_residual: true,
            s_step: zeros(),
            z_step: zeros(),
            correction: zeros(),
            corrected: false,
            s_root: zeros(),
            z_root: zeros(),
            s_inverse: zeros(),
            work: [zeros(), zeros()],
            eigenvalues: Workspace::default(),
            magnitude,
        }
    }

    /// Announces the block to the Schur complement.
    pub(super) fn register(&mut self, block: usize, schur: &mut SchurMatrix) {
        self.map.register(block, schur);
    }

    /// A form of the Schur complement.
    pub(super) fn form(&self, index: usize) -> &BilinearForm {
        self.map.form(index)
    }

    pub(super) fn slack(&self) -> Mat<c64> {
        self.s.to_mat()
    }

    pub(super) fn multiplier(&self) -> Mat<c64> {
        self.z.to_mat()
    }

    /// Smallest eigenvalue of `A(d)`: how far a direction leaves the cone.
    pub(super) fn direction_margin(&mut self, direction: &[f64]) -> Option<f64> {
        self.map.linear_into(direction, &mut self.work[0]);
        linalg::eigen(self.work[0].to_mat().as_ref(), false).map(|(values, _)| values[0])
    }
}

/// `C + A(y)`.
fn evaluate(map: &mut Map, y: &[f64], out: &mut SplitComplex) {
    map.linear_into(y, out);
    if let Some(constant) = map.constant() {
        out.add_scaled(constant, 1.0);
    }
}

/// `Herm(A B C)`.
fn sandwich(
    field: Field,
    a: &SplitComplex,
    b: &SplitComplex,
    c: &SplitComplex,
    work: &mut SplitComplex,
    out: &mut SplitComplex,
) {
    work.product(a, Right::Plain(b), false);
    out.product(work, Right::Plain(c), false);
    out.make_hermitian(field == Field::Real);
}

/// The longest step from `L L^H` along `D`, `root` being `L^{-1}`.
fn longest_step(
    root: &SplitComplex,
    step: &SplitComplex,
    work: &mut [SplitComplex; 2],
    eigenvalues: &mut Workspace,
) -> Result<f64, Breakdown> {
    if step.cols() >= lanczos::LARGE {
        if let Some(smallest) = lanczos::smallest_of_congruence(root, step, -FAR_ENOUGH) {
            return Ok(length(smallest));
        }
    }
    let [half, whole] = work;
    half.product(root, Right::Plain(step), false);
    whole.product(half, Right::Adjoint(root), false);
    whole.make_hermitian(false);
    let smallest = smallest_eigenvalue(whole, eigenvalues).ok_or(Breakdown)?;
    Ok(length(smallest))
}

/// The longest step to where an eigenvalue of one has become zero.
fn length(smallest: f64) -> f64 {
    if smallest < 0.0 {
        -1.0 / smallest
    } else {
        f64::INFINITY
    }
}

impl Cone for PsdBlock {
    fn degree(&self) -> f64 {
        self.map.dim() as f64
    }

    fn update_residual(&mut self, y: &[f64]) -> f64 {
        evaluate(&mut self.map, y, &mut self.residual);
        self.residual.add_scaled(&self.s, -1.0);
        let norm = self.residual.inner(&self.residual).sqrt();
        self.has_residual = norm != 0.0;
        norm
    }

    fn start(&mut self, y: &[f64], primal_scale: f64, dual_scale: f64) {
        let n = self.map.dim();
        evaluate(&mut self.map, y, &mut self.s);
        let scaled = Mat::from_fn(n, n, |i, j| {
            self.s.get(i, j) / (self.magnitude[i] * self.magnitude[j])
        });
        let smallest = linalg::eigen(scaled.as_ref(), false).map_or(0.0, |(values, _)| values[0]);
        let shift = (primal_scale - smallest).max(0.0);
        self.z.fill_zero();
        for i in 0..n {
            let square = self.magnitude[i] * self.magnitude[i];
            self.s.add_real(i, i, shift * square);
            self.z.add_real(i, i, dual_scale / square);
        }
    }

    fn complementarity(&self) -> f64 {
        self.s.inner(&self.z)
    }

    fn dual_constant(&self) -> f64 {
        self.map.constant().map_or(0.0, |c| c.inner(&self.z))
    }

    fn add_adjoint(&mut self, out: &mut [f64]) {
        self.map.add_adjoint(&self.z, out);
    }

    fn factorise(&mut self) -> Result<(), Breakdown> {
        let factor = &mut self.work[0];
        if !self.s.cholesky_into(factor) {
            return Err(Breakdown);
        }
        factor.lower_inverse_into(&mut self.s_root);
        if !self.z.cholesky_into(factor) {
            return Err(Breakdown);
        }
        factor.lower_inverse_into(&mut self.z_root);
        self.s_root.adjoint_into(factor);
        self.s_inverse
            .product(factor, Right::Plain(&self.s_root), false);
        Ok(())
    }

    fn add_schur(&mut self, schur: &mut SchurMatrix) {
        self.map
            .prepare_schur(&self.z, &self.s_inverse, &mut schur.border);
    }

    fn add_newton_rhs(&mut self, barrier: f64, corrector: bool, out: &mut [f64]) {
        let field = self.map.field();
        let [work, value] = &mut self.work;
        self.corrected = corrector;
        if corrector {
            sandwich(
                field,
                &self.z_step,
                &self.s_step,
                &self.s_inverse,
                work,
                &mut self.correction,
            );
        }
        if self.has_residual {
            sandwich(field, &self.z, &self.residual, &self.s_inverse, work, value);
        } else {
            value.fill_zero();
        }
        // μ S^{-1} - Z R S^{-1} - correction, with the opposite sign.
        if corrector {
            value.add_scaled(&self.correction, 1.0);
        }
        value.add_scaled(&self.s_inverse, -barrier);
        value.scale(-1.0);
        self.map.add_adjoint(value, out);
    }

    fn set_direction(&mut self, dy: &[f64], barrier: f64) {
        self.map.linear_into(dy, &mut self.s_step);
        self.s_step.add_scaled(&self.residual, 1.0);
        sandwich(
            self.map.field(),
            &self.z,
            &self.s_step,
            &self.s_inverse,
            &mut self.work[0],
            &mut self.z_step,
        );
        self.z_step.add_scaled(&self.z, 1.0);
        self.z_step.add_scaled(&self.s_inverse, -barrier);
        if self.corrected {
            self.z_step.add_scaled(&self.correction, 1.0);
        }
        self.z_step.scale(-1.0);
    }

    fn refine_direction(&mut self, ddy: &[f64]) {
        let [work, change] = &mut self.work;
        self.map.linear_into(ddy, change);
        self.s_step.add_scaled(change, 1.0);
        // The correction is no longer wanted; its memory is free.
        let image = &mut self.correction;
        sandwich(
            self.map.field(),
            &self.z,
            change,
            &self.s_inverse,
            work,
            image,
        );
        self.z_step.add_scaled(image, -1.0);
    }

    fn add_schur_image(&mut self, y: &[f64], out: &mut [f64]) {
        let [work, value] = &mut self.work;
        self.map.linear_into(y, value);
        // The correction is no longer wanted; its memory is free.
        let image = &mut self.correction;
        sandwich(
            self.map.field(),
            &self.z,
            value,
            &self.s_inverse,
            work,
            image,
        );
        self.map.add_adjoint(image, out);
    }

    fn add_direction_adjoint(&mut self, out: &mut [f64]) {
        self.map.add_adjoint(&self.z_step, out);
    }

    fn step_bounds(&mut self) -> Result<(f64, f64), Breakdown> {
        let (work, eigenvalues) = (&mut self.work, &mut self.eigenvalues);
        Ok((
            longest_step(&self.s_root, &self.s_step, work, eigenvalues)?,
            longest_step(&self.z_root, &self.z_step, work, eigenvalues)?,
        ))
    }

    fn complementarity_after(&self, primal_step: f64, dual_step: f64) -> f64 {
        let (s, ds, z, dz) = (&self.s, &self.s_step, &self.z, &self.z_step);
        s.inner(z)
            + primal_step * ds.inner(z)
            + dual_step * s.inner(dz)
            + primal_step * dual_step * ds.inner(dz)
    }

    fn advance(&mut self, primal_step: f64, dual_step: f64) {
        self.s.add_scaled(&self.s_step, primal_step);
        self.z.add_scaled(&self.z_step, dual_step);
    }
}
