//! `max <c, x>` over `G_b(x) ⪰ 0`: Newton's method on `-t <c, x> - Σ_b log det G_b(x)`, `t` growing.
//!
//! At the minimum for a `t` the matrices `G_b^{-1}/t` are multipliers, and the gap is `Σ sides / t`. Every
//! block is written out as a dense matrix for each coordinate of every unknown, so memory and time are those
//! of small problems; the first strictly feasible point comes from the same method with `G_b + s I`, `s` falling.

use robust_sdp::faer::linalg::solvers::{DenseSolveCore, Llt, Solve};
use robust_sdp::faer::{Mat, Scale, Side, c64};
use robust_sdp::{
    Control, DualPoint, IterationReport, LastIterate, PrimalPoint, Residuals, ScalarUnknown,
    SdpOutcome, SdpSolution, SdpSolver, SolveRequest, SolverError, ValidSdp,
};

use crate::program::{Block, Program, inner, one_by_one};

const NAME: &str = "barrier";

/// By how much `t` grows from centre to centre.
const GROWTH: f64 = 8.0;
/// Newton decrement of a centre, and one from which on rounding may keep the next from being smaller.
const CENTRED: f64 = 1e-10;
const NEARLY: f64 = 1e-4;
/// Bound of the coordinates while a first point is sought.
const BOX: f64 = 1e4;

/// The solver.
#[derive(Debug, Clone)]
pub struct Barrier {
    /// Newton steps of one solve.
    pub max_steps: usize,
}

impl Default for Barrier {
    fn default() -> Self {
        Self { max_steps: 400 }
    }
}

impl SdpSolver for Barrier {
    fn name(&self) -> &'static str {
        NAME
    }

    fn solve(
        &self,
        problem: &ValidSdp,
        mut request: SolveRequest<'_>,
    ) -> Result<SdpOutcome, SolverError> {
        if !problem.equalities.is_empty() {
            return Err(SolverError::Unsupported {
                solver: NAME,
                feature: "equalities",
            });
        }
        let program = Program::new(problem);
        let mut steps = 0;
        let Some(mut x) = program.feasible_point(self.max_steps, &mut steps) else {
            // Not "infeasible": nothing has been proven.
            return Err(stalled("no strictly feasible point was found", steps, None));
        };
        let (mut t, mut last, mut before) = (1.0, None, f64::INFINITY);
        while steps < self.max_steps {
            steps += 1;
            let Some(decrement) = program.newton_step(t, &mut x) else {
                return Err(stalled("no step lowers the barrier", steps, last));
            };
            let stands = decrement <= NEARLY && decrement > 0.5 * before;
            before = decrement;
            if decrement > CENTRED && !stands {
                continue;
            }
            before = f64::INFINITY;
            let Some(centre) = program.solution(problem, &x, t, steps) else {
                return Err(stalled("the centre is on the boundary", steps, last));
            };
            let report = IterationReport {
                iteration: steps,
                residuals: centre.residuals,
                complementarity: centre.residuals.gap,
            };
            match request
                .monitor
                .as_mut()
                .map_or(Control::Continue, |m| m(&report))
            {
                Control::Continue => {}
                Control::Accept => return Ok(SdpOutcome::Stopped(centre)),
                Control::Cancel => {
                    return Err(SolverError::Cancelled {
                        solver: NAME,
                        iterations: steps,
                    });
                }
            }
            if request.tolerance.shortfall(&centre.residuals) <= 1.0 {
                return Ok(SdpOutcome::Optimal(centre));
            }
            last = Some(centre);
            t *= GROWTH;
        }
        Err(SolverError::IterationLimit {
            solver: NAME,
            iterations: steps,
            residuals: last.as_ref().map_or(Residuals::UNKNOWN, |l| l.residuals),
            last: last.map(|l| LastIterate(Box::new(l))),
        })
    }
}

fn stalled(reason: &'static str, iterations: usize, last: Option<SdpSolution>) -> SolverError {
    SolverError::Stalled {
        solver: NAME,
        reason,
        iterations,
        residuals: last.as_ref().map_or(Residuals::UNKNOWN, |l| l.residuals),
        last: last.map(|l| LastIterate(Box::new(l))),
    }
}

impl Program {
    /// `-Σ log det G_b` and the factors of the blocks; `None` outside.
    fn barrier(&self, x: &[f64]) -> Option<(f64, Vec<Llt<c64>>)> {
        let mut value = 0.0;
        let mut factors = Vec::with_capacity(self.blocks.len());
        for block in &self.blocks {
            let factor = block.at(x).llt(Side::Lower).ok()?;
            let l = factor.L();
            value -= 2.0 * (0..l.nrows()).map(|i| l[(i, i)].re.ln()).sum::<f64>();
            factors.push(factor);
        }
        value.is_finite().then_some((value, factors))
    }

    /// One damped step; the Newton decrement before it, or `None` when no step lowers the function.
    fn newton_step(&self, t: f64, x: &mut Vec<f64>) -> Option<f64> {
        let (barrier, factors) = self.barrier(x)?;
        let (gradient, hessian) = self.derivatives(t, &factors);
        let direction = scaled_solve(&hessian, &gradient)?;
        let slope: f64 = direction.iter().zip(&gradient).map(|(d, g)| d * g).sum();
        let decrement = (-slope).max(0.0).sqrt();
        let value = |x: &[f64], barrier: f64| {
            barrier
                - t * x
                    .iter()
                    .zip(&self.objective)
                    .map(|(x, c)| x * c)
                    .sum::<f64>()
        };
        let before = value(x, barrier);
        // Inside the Dikin ellipsoid wherever the step is long.
        let mut length = if decrement > 0.25 {
            1.0 / (1.0 + decrement)
        } else {
            1.0
        };
        for _ in 0..40 {
            let next: Vec<f64> = x
                .iter()
                .zip(&direction)
                .map(|(x, d)| x + length * d)
                .collect();
            if let Some((barrier, _)) = self.barrier(&next)
                && value(&next, barrier) <= before + 1e-9 * before.abs()
            {
                *x = next;
                return Some(decrement);
            }
            length *= 0.5;
        }
        None
    }

    /// Gradient, and the lower triangle of the Hessian, `Re Tr(G^{-1} A_j G^{-1} A_l)`.
    fn derivatives(&self, t: f64, factors: &[Llt<c64>]) -> (Vec<f64>, Mat<f64>) {
        let count = self.objective.len();
        let mut gradient: Vec<f64> = self.objective.iter().map(|c| -t * c).collect();
        let mut hessian = Mat::<f64>::zeros(count, count);
        for (block, factor) in self.blocks.iter().zip(factors) {
            let solved: Vec<(usize, Mat<c64>, Mat<c64>)> = (block.coefficients.iter().enumerate())
                .filter_map(|(j, a)| {
                    let left = factor.solve(a.as_ref()?);
                    Some((j, left.adjoint().to_owned(), left))
                })
                .collect();
            for (place, (j, _, left)) in solved.iter().enumerate() {
                gradient[*j] -= (0..left.nrows()).map(|i| left[(i, i)].re).sum::<f64>();
                for (l, adjoint, _) in &solved[..=place] {
                    hessian[(*j, *l)] += inner(adjoint, left);
                }
            }
        }
        (gradient, hessian)
    }

    /// A point where all blocks are positive definite: `min s` over `G_b + s I ⪰ 0`, until `s` is not needed.
    fn feasible_point(&self, max_steps: usize, steps: &mut usize) -> Option<Vec<f64>> {
        let count = self.objective.len();
        let mut blocks: Vec<Block> = (self.blocks.iter())
            .map(|b| {
                let mut coefficients = b.coefficients.clone();
                coefficients.push(Some(Mat::identity(b.constant.nrows(), b.constant.nrows())));
                Block {
                    constant: b.constant.clone(),
                    coefficients,
                }
            })
            .collect();
        for j in 0..count {
            for sign in [1.0, -1.0] {
                let mut side = Block::new(1, count + 1);
                side.constant = one_by_one(BOX);
                side.add(j, &one_by_one(sign));
                blocks.push(side);
            }
        }
        let mut objective = vec![0.0; count];
        objective.push(-1.0);
        let relaxed = Self {
            objective,
            blocks,
            basis: Vec::new(),
        };
        let mut x = vec![0.0; count];
        x.push(1.0);
        while relaxed.barrier(&x).is_none() {
            x[count] *= 10.0;
            if x[count] > 1e12 {
                return None;
            }
        }
        let mut t = 1.0;
        while *steps < max_steps && t < 1e12 {
            *steps += 1;
            let decrement = relaxed.newton_step(t, &mut x)?;
            if self.barrier(&x[..count]).is_some() {
                x.truncate(count);
                return Some(x);
            }
            if decrement < 0.3 {
                t *= GROWTH;
            }
        }
        None
    }

    /// The point and its multipliers `G_b^{-1}/t`, with the residuals that the problem itself computes.
    fn solution(
        &self,
        problem: &ValidSdp,
        x: &[f64],
        t: f64,
        iterations: usize,
    ) -> Option<SdpSolution> {
        let (_, factors) = self.barrier(x)?;
        let mut multipliers = factors
            .iter()
            .map(|f| f.inverse() * Scale(c64::new(1.0 / t, 0.0)));
        let lmis = multipliers.by_ref().take(problem.lmis.len()).collect();
        let matrices = (problem.matrices.iter().zip(multipliers.by_ref()))
            .map(|(unknown, z)| {
                let d = &unknown.magnitude;
                Mat::from_fn(unknown.dim, unknown.dim, |i, j| z[(i, j)] / (d[i] * d[j]))
            })
            .collect();
        let scalars = (problem.scalars.iter())
            .map(|kind| match kind {
                ScalarUnknown::Free => Some(0.0),
                ScalarUnknown::NonNegative => multipliers.next().map(|z| z[(0, 0)].re),
            })
            .collect::<Option<_>>()?;
        let inequalities = multipliers.map(|z| z[(0, 0)].re).collect();
        let mut primal = PrimalPoint {
            matrices: problem
                .matrices
                .iter()
                .map(|m| Mat::zeros(m.dim, m.dim))
                .collect(),
            scalars: x[self.basis.len()..].to_vec(),
        };
        for ((v, e), &x) in self.basis.iter().zip(x) {
            primal.matrices[*v] += e * Scale(c64::new(x, 0.0));
        }
        let dual = DualPoint {
            lmis,
            matrices,
            scalars,
            inequalities,
            equalities: Vec::new(),
        };
        let residuals = problem.residuals(&primal, &dual).ok()?;
        Some(SdpSolution {
            primal,
            dual,
            residuals,
            iterations,
        })
    }
}

/// `-H^{-1} g` of the lower triangle of `H`, scaled to a unit diagonal.
fn scaled_solve(hessian: &Mat<f64>, gradient: &[f64]) -> Option<Vec<f64>> {
    let count = gradient.len();
    let scale: Vec<f64> = (0..count)
        .map(|j| hessian[(j, j)].max(f64::MIN_POSITIVE).sqrt())
        .collect();
    let scaled = Mat::from_fn(count, count, |i, j| {
        let entry = hessian[(i.max(j), i.min(j))] / (scale[i] * scale[j]);
        if i == j { entry + 1e-14 } else { entry }
    });
    let right = Mat::from_fn(count, 1, |i, _| -gradient[i] / scale[i]);
    let solved = scaled.llt(Side::Lower).ok()?.solve(&right);
    Some((0..count).map(|i| solved[(i, 0)] / scale[i]).collect())
}
