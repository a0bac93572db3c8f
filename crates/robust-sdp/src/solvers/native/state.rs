//! The iterate of the interior-point method and the operations of its loop.

mod answer;
mod refine;

pub(super) use answer::Suspicion;

use super::assembly::SchurMatrix;
use super::breakdown::Breakdown;
use super::cone::Cone;
use super::inequalities::Inequalities;
use super::layout::{Layout, SparseRow, sparse_dot};
use super::lmi_map::{LmiMap, Map};
use super::psd::PsdBlock;
use super::schur::SchurSystem;
use crate::sdp::{LinearForm, PrimalPoint, Residuals, ScalarUnknown, SdpProblem, residual_scale};

/// Distance of the default start from the boundary of the cones, relative to the data. A start
/// further inside costs iterations, one much closer costs more.
const PRIMAL_START: f64 = 0.03;

/// The same of the multipliers.
const DUAL_START: f64 = 0.3;

/// Part of a step that is taken back where it left the cones, and how often.
const RETREAT: f64 = 0.2;
const RETREATS: usize = 10;

/// Iterate `(y, S, Z, w)`, direction and factorisation.
#[derive(Debug)]
pub(super) struct State {
    layout: Layout,
    objective: Vec<f64>,
    equalities: Vec<SparseRow>,
    equality_bounds: Vec<f64>,
    /// Inequalities first, then the sign constraints of scalars.
    orthant: Inequalities,
    inequality_count: usize,
    signed_scalars: Vec<usize>,
    /// Matrix unknowns first, then LMIs.
    psd: Vec<PsdBlock>,
    /// Natural size of each coordinate.
    weights: Vec<f64>,
    constant_norm: f64,
    objective_norm: f64,

    y: Vec<f64>,
    equality_multipliers: Vec<f64>,
    dual_residual: Vec<f64>,
    equality_residual: Vec<f64>,
    primal_residual_norm: f64,
    /// Whether the blocks are factored where they are.
    factored: bool,
    schur: SchurMatrix,
    system: SchurSystem,
    dy: Vec<f64>,
    dw: Vec<f64>,
}

impl State {
    pub(super) fn new(problem: &SdpProblem, start: Option<&PrimalPoint>) -> Self {
        let layout = Layout::new(problem);
        let objective = dense(&problem.objective, &layout);
        let mut rows: Vec<SparseRow> = Vec::new();
        let mut bounds = Vec::new();
        for constraint in &problem.inequalities {
            rows.push(sparse(&constraint.form, &layout));
            bounds.push(constraint.bound);
        }
        let mut signed_scalars = Vec::new();
        for (index, kind) in problem.scalars.iter().enumerate() {
            if *kind == ScalarUnknown::NonNegative {
                signed_scalars.push(index);
                rows.push(vec![(layout.scalars + index, -1.0)]);
                bounds.push(0.0);
            }
        }
        let mut psd = Vec::new();
        let mut weights = vec![1.0; layout.len];
        for (unknown, slot) in problem.matrices.iter().zip(&layout.matrices) {
            let magnitude = &unknown.magnitude;
            let outer = faer::Mat::from_fn(unknown.dim, unknown.dim, |i, j| {
                let product = magnitude[i] * magnitude[j];
                faer::c64::new(product, if i < j { product } else { -product })
            });
            let range = slot.offset..slot.offset + unknown.field.coordinates(unknown.dim);
            weights[range.clone()].fill(0.0);
            slot.add(outer.as_ref(), 1.0, &mut weights);
            weights[range].iter_mut().for_each(|w| *w = w.abs());
            psd.push(PsdBlock::new(Map::unknown(*slot), magnitude.clone()));
        }
        let mut constant_norm = bounds.iter().map(|b| b * b).sum::<f64>();
        for lmi in &problem.lmis {
            constant_norm +=
                crate::hermitian::linalg::inner(lmi.constant.as_ref(), lmi.constant.as_ref());
            let map = Map::Lmi(Box::new(LmiMap::new(lmi, &layout)));
            psd.push(PsdBlock::new(map, vec![1.0; lmi.dim()]));
        }
        let equalities: Vec<SparseRow> = problem
            .equalities
            .iter()
            .map(|c| sparse(&c.form, &layout))
            .collect();
        let equality_bounds: Vec<f64> = problem.equalities.iter().map(|c| c.bound).collect();
        constant_norm += equality_bounds.iter().map(|b| b * b).sum::<f64>();
        let objective_norm = weighted_norm(&objective, &weights);
        let orthant = Inequalities::new(rows, bounds);
        let mut schur = SchurMatrix::new(layout.matrices.clone(), layout.len);
        orthant.register(&mut schur);
        for row in &equalities {
            schur.add_row(row);
        }
        for (index, block) in psd.iter_mut().enumerate() {
            block.register(index, &mut schur);
        }
        let mut state = Self {
            inequality_count: problem.inequalities.len(),
            orthant,
            system: SchurSystem::new(layout.len),
            schur,
            y: vec![0.0; layout.len],
            equality_multipliers: vec![0.0; equalities.len()],
            dual_residual: vec![0.0; layout.len],
            equality_residual: vec![0.0; equalities.len()],
            dy: Vec::new(),
            dw: Vec::new(),
            primal_residual_norm: 0.0,
            factored: false,
            constant_norm: constant_norm.sqrt(),
            layout,
            objective,
            equalities,
            equality_bounds,
            signed_scalars,
            psd,
            weights,
            objective_norm,
        };
        state.start(problem, start);
        state
    }

    fn start(&mut self, problem: &SdpProblem, start: Option<&PrimalPoint>) {
        let mut primal = PRIMAL_START * self.constant_norm.max(1.0);
        let mut dual = DUAL_START * self.objective_norm.max(1.0);
        match start {
            Some(point) => {
                for (slot, x) in self.layout.matrices.iter().zip(&point.matrices) {
                    slot.add(x.as_ref(), 1.0, &mut self.y);
                }
                self.y[self.layout.scalars..].copy_from_slice(&point.scalars);
                (primal, dual) = (1e-3 * self.constant_norm.max(1.0), 1.0);
            }
            None => {
                for (slot, unknown) in self.layout.matrices.iter().zip(&problem.matrices) {
                    let n = unknown.dim;
                    let x = faer::Mat::from_fn(n, n, |i, j| {
                        let square = unknown.magnitude[i] * unknown.magnitude[j];
                        faer::c64::new(if i == j { primal * square } else { 0.0 }, 0.0)
                    });
                    slot.add(x.as_ref(), 1.0, &mut self.y);
                }
            }
        }
        for block in cones(&mut self.psd, &mut self.orthant) {
            block.start(&self.y, primal, dual);
        }
        self.update_residuals();
    }

    fn update_residuals(&mut self) {
        let mut primal: f64 = 0.0;
        for block in cones(&mut self.psd, &mut self.orthant) {
            primal = primal.hypot(block.update_residual(&self.y));
        }
        for ((r, row), bound) in self
            .equality_residual
            .iter_mut()
            .zip(&self.equalities)
            .zip(&self.equality_bounds)
        {
            *r = bound - sparse_dot(row, &self.y);
            primal = primal.hypot(*r);
        }
        self.primal_residual_norm = primal;
        self.dual_residual.copy_from_slice(&self.objective);
        for block in &mut self.psd {
            block.add_adjoint(&mut self.dual_residual);
        }
        self.orthant.add_adjoint(&mut self.dual_residual);
        for (row, w) in self.equalities.iter().zip(&self.equality_multipliers) {
            for &(i, v) in row {
                self.dual_residual[i] -= v * w;
            }
        }
    }

    /// `<S, Z>` over all blocks.
    pub(super) fn complementarity(&self) -> f64 {
        self.psd.iter().map(Cone::complementarity).sum::<f64>() + self.orthant.complementarity()
    }

    fn degree(&self) -> f64 {
        self.psd.iter().map(Cone::degree).sum::<f64>() + self.orthant.degree()
    }

    /// Mean complementarity `μ`.
    pub(super) fn barrier(&self) -> f64 {
        self.complementarity() / self.degree().max(1.0)
    }

    fn dual_objective(&self) -> f64 {
        self.psd.iter().map(Cone::dual_constant).sum::<f64>()
            + self.orthant.dual_constant()
            + dot(&self.equality_bounds, &self.equality_multipliers)
    }

    pub(super) fn residuals(&self) -> Residuals {
        let primal_objective = dot(&self.objective, &self.y);
        let dual_objective = self.dual_objective();
        Residuals {
            primal: self.primal_residual_norm / residual_scale(self.constant_norm),
            dual: weighted_norm(&self.dual_residual, &self.weights)
                / residual_scale(self.objective_norm),
            gap: dual_objective - primal_objective,
            primal_objective,
            dual_objective,
        }
    }

    /// Forms and factors the Schur complement.
    pub(super) fn factorise(&mut self) -> Result<(), Breakdown> {
        if !self.factored {
            self.factorise_blocks()?;
        }
        self.schur.clear_border();
        for block in cones(&mut self.psd, &mut self.orthant) {
            block.add_schur(&mut self.schur);
        }
        let psd = &self.psd;
        let form = |block: usize, form: usize| psd[block].form(form);
        self.system.factor(&self.schur, &form, &self.equalities)
    }

    pub(super) fn compute_direction(&mut self, barrier: f64, corrector: bool) {
        let mut rhs = self.objective.clone();
        for (row, w) in self.equalities.iter().zip(&self.equality_multipliers) {
            for &(i, v) in row {
                rhs[i] -= v * w;
            }
        }
        for block in cones(&mut self.psd, &mut self.orthant) {
            block.add_newton_rhs(barrier, corrector, &mut rhs);
        }
        let (dy, dw) =
            self.system
                .solve(&self.schur, &self.equalities, &rhs, &self.equality_residual);
        self.dy.clear();
        self.dy.extend_from_slice(dy);
        self.dw = dw;
        for block in cones(&mut self.psd, &mut self.orthant) {
            block.set_direction(&self.dy, barrier);
        }
    }

    pub(super) fn step_bounds(&mut self) -> Result<(f64, f64), Breakdown> {
        let (mut primal, mut dual) = self.orthant.step_bounds()?;
        for block in &mut self.psd {
            let (p, d) = block.step_bounds()?;
            primal = primal.min(p);
            dual = dual.min(d);
        }
        Ok((primal, dual))
    }

    pub(super) fn barrier_after(&self, primal: f64, dual: f64) -> f64 {
        let sum = self
            .psd
            .iter()
            .map(|b| b.complementarity_after(primal, dual))
            .sum::<f64>()
            + self.orthant.complementarity_after(primal, dual);
        sum / self.degree().max(1.0)
    }

    /// Moves by the steps, or by less if that turns out to leave the cones.
    pub(super) fn advance(&mut self, primal: f64, dual: f64) -> Result<(), Breakdown> {
        self.move_by(primal, dual);
        let (mut primal, mut dual) = (primal, dual);
        for _ in 0..RETREATS {
            if self.factorise_blocks().is_ok() {
                self.update_residuals();
                return Ok(());
            }
            self.move_by(-RETREAT * primal, -RETREAT * dual);
            (primal, dual) = ((1.0 - RETREAT) * primal, (1.0 - RETREAT) * dual);
        }
        Err(Breakdown)
    }

    fn factorise_blocks(&mut self) -> Result<(), Breakdown> {
        self.factored = false;
        cones(&mut self.psd, &mut self.orthant).try_for_each(|block| block.factorise())?;
        self.factored = true;
        Ok(())
    }

    fn move_by(&mut self, primal: f64, dual: f64) {
        for (y, d) in self.y.iter_mut().zip(&self.dy) {
            *y += primal * d;
        }
        for (w, d) in self.equality_multipliers.iter_mut().zip(&self.dw) {
            *w += dual * d;
        }
        for block in cones(&mut self.psd, &mut self.orthant) {
            block.advance(primal, dual);
        }
    }
}

fn cones<'a>(
    psd: &'a mut [PsdBlock],
    orthant: &'a mut Inequalities,
) -> impl Iterator<Item = &'a mut dyn Cone> {
    psd.iter_mut()
        .map(|b| b as &mut dyn Cone)
        .chain(std::iter::once(orthant as &mut dyn Cone))
}

fn dense(form: &LinearForm, layout: &Layout) -> Vec<f64> {
    let mut out = vec![0.0; layout.len];
    for (id, coefficient) in &form.matrices {
        layout.matrices[id.index()].add(coefficient.as_ref(), 1.0, &mut out);
    }
    for (id, coefficient) in &form.scalars {
        out[layout.scalars + id.index()] += coefficient;
    }
    out
}

fn sparse(form: &LinearForm, layout: &Layout) -> SparseRow {
    dense(form, layout)
        .into_iter()
        .enumerate()
        .filter(|(_, v)| *v != 0.0)
        .collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn weighted_norm(a: &[f64], weights: &[f64]) -> f64 {
    a.iter()
        .zip(weights)
        .map(|(x, w)| (x * w) * (x * w))
        .sum::<f64>()
        .sqrt()
}
