//! Max-min SINR of known channels by second-order cones.
//!
//! With whitened channels, at a fixed SINR `γ` the largest share of a budget is minimised:
//!
//! ```math
//! \begin{aligned}
//! \min_{w,s}\ & s \\
//! \text{s.t.}\ & \mathrm{Re}(h_k^H w_k)/\sqrt\gamma \ge \big\lVert \big(h_k^H w_j,\ j \ne k;\ 1\big) \big\rVert
//!    \quad \forall k, \\
//! & \big\lVert (w_{j,m},\ \forall j) \big\rVert \le s \quad \forall m.
//! \end{aligned}
//! ```
//!
//! (23) is feasible at `γ` exactly if `s*(γ) ≤ 1`. Unlike feasibility itself, `s*` says how far
//! the SINR is from its optimum, and it grows as `sqrt(γ)` where noise dominates.
//!
//! Unknowns are coordinates in the basis of zero-forcing directions and their complement,
//! `w_j = F D_j v_j`, `F^H h_k = d_k e_k`: with `D_j = sqrt(γ)/d_j` on a user's own direction and
//! `1/d_i` on the others, every entry of the cones of the users is of order one although the
//! signal is `γ ~ 10^9` times as strong as the interference.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, SolverStatus, SupportedConeT};
use faer::{Mat, c64};
use robust_sdp::ValidRatioProblem;

use super::whitened::Whitened;
use crate::error::DesignError;

/// The best beams of known channels.
#[derive(Debug, Clone)]
pub(super) struct MaxMin {
    /// Smallest SINR over users.
    pub(super) sinr: f64,
    /// One column per user, in the problem's units.
    pub(super) beams: Vec<Mat<c64>>,
    /// Cone programs solved.
    pub(super) programs: usize,
}

/// Name for error messages.
const SCHEME: &str = "ei";

/// Programs allowed.
const MAX_PROGRAMS: usize = 60;

/// Programs that may fail.
const MAX_FAILURES: u32 = 6;

/// Where programs fail near the optimum, a SINR known this well is good enough.
const ACCEPTED: f64 = 1e-4;

/// Solves max-min SINR to a relative `tolerance`, where the programs allow it.
pub(super) fn max_min_sinr(
    problem: &ValidRatioProblem,
    tolerance: f64,
    interrupted: &mut dyn FnMut() -> bool,
) -> Result<MaxMin, DesignError> {
    let program = ConeProgram::new(Whitened::new(problem, SCHEME)?);
    let whitened = &program.whitened;
    let mut best = whitened.fill(whitened.zero_forcing());
    let mut best_sinr = whitened.sinr(&best);
    // `ln s*` against `ln γ`, whose root is sought; the bracket holds `ln γ`.
    let mut at = best_sinr.max(f64::MIN_POSITIVE).ln();
    let (mut low, mut high) = (at, f64::INFINITY);
    let mut previous: Option<(f64, f64)> = None;
    let mut failures = 0;
    for programs in 1..=MAX_PROGRAMS {
        if interrupted() {
            return Err(DesignError::Cancelled);
        }
        let share = match program.solve(at.exp()) {
            // A program that fails at one SINR has neighbours.
            Err(_) if failures < MAX_FAILURES => {
                failures += 1;
                at = if high.is_finite() {
                    low + (high - low) * 0.15 * f64::from(failures)
                } else {
                    at + 0.1 * f64::from(failures)
                };
                continue;
            }
            Err(_) if high - low < ACCEPTED => {
                return Ok(MaxMin {
                    sinr: best_sinr,
                    beams: whitened.beams(&best),
                    programs,
                });
            }
            Err(error) => return Err(error),
            Ok(None) => {
                high = at;
                None
            }
            Ok(Some((share, beams))) => {
                let beams = whitened.fill(beams);
                let sinr = whitened.sinr(&beams);
                if sinr > best_sinr {
                    (best, best_sinr) = (beams, sinr);
                }
                if share > 1.0 {
                    high = at;
                } else {
                    low = at;
                }
                Some(share.ln())
            }
        };
        // Where noise dominates, ln s* has slope one half; elsewhere it is steeper.
        let done = share.is_some_and(|s| 2.0 * s.abs() < 0.1 * tolerance);
        low = low.max(best_sinr.ln());
        if done || high - low < 0.5 * tolerance {
            return Ok(MaxMin {
                sinr: best_sinr,
                beams: whitened.beams(&best),
                programs,
            });
        }
        let proposal = match (share, previous) {
            (Some(s), Some((other, value))) if s != value => at - s * (at - other) / (s - value),
            (Some(s), _) => at - 2.0 * s,
            (None, _) => f64::NAN,
        };
        previous = share.map(|s| (at, s)).or(previous);
        at = if proposal > low && proposal < high {
            proposal
        } else if high.is_infinite() {
            low + 1.0
        } else {
            0.5 * (low + high)
        };
    }
    Err(DesignError::Program {
        scheme: SCHEME,
        program: "search of the SINR",
        status: format!("no convergence after {MAX_PROGRAMS} cone programs"),
    })
}

/// The program at any SINR.
struct ConeProgram {
    whitened: Whitened,
    /// `F`.
    basis: Mat<c64>,
    /// `h_k^H F`.
    gains: Mat<c64>,
}

/// An affine function of the unknowns, `constant + Σ coefficient · x`.
#[derive(Default)]
struct Affine {
    constant: f64,
    terms: Vec<(usize, f64)>,
}

impl ConeProgram {
    fn new(whitened: Whitened) -> Self {
        let (n, users) = (whitened.channels.nrows(), whitened.channels.ncols());
        let independent = whitened.independent();
        let basis = if independent {
            whitened.zero_forcing_basis()
        } else {
            Mat::identity(n, n)
        };
        let product = whitened.channels.adjoint() * &basis;
        let gains = Mat::from_fn(users, n, |k, i| {
            // What is zero by construction is not left to rounding.
            if independent && i != k {
                c64::new(0.0, 0.0)
            } else {
                product[(k, i)]
            }
        });
        Self {
            whitened,
            basis,
            gains,
        }
    }

    /// `D_j` at a target amplitude.
    fn scale(&self, j: usize, i: usize, amplitude: f64) -> f64 {
        let users = self.gains.nrows();
        if i >= users || !self.whitened.independent() {
            return 1.0;
        }
        let gain = self.gains[(i, i)].norm();
        if i == j { amplitude / gain } else { 1.0 / gain }
    }

    /// Real and imaginary part of `Σ_i a_i (D_j v_j)_i`.
    fn image(&self, j: usize, amplitude: f64, a: impl Fn(usize) -> c64) -> [Affine; 2] {
        let n = self.basis.ncols();
        let (mut re, mut im) = (Affine::default(), Affine::default());
        for i in 0..n {
            let coefficient = a(i) * self.scale(j, i, amplitude);
            if coefficient == c64::new(0.0, 0.0) {
                continue;
            }
            let at = 1 + 2 * (j * n + i);
            re.terms.push((at, coefficient.re));
            re.terms.push((at + 1, -coefficient.im));
            im.terms.push((at, coefficient.im));
            im.terms.push((at + 1, coefficient.re));
        }
        [re, im]
    }

    /// The rows of all cones, each cone in order.
    fn cones(&self, amplitude: f64) -> Vec<Vec<Affine>> {
        let users = self.gains.nrows();
        let mut cones = Vec::new();
        for k in 0..users {
            let received = |j: usize| self.image(j, amplitude, |i| self.gains[(k, i)]);
            let [mut signal, _] = received(k);
            signal.terms.iter_mut().for_each(|t| t.1 /= amplitude);
            let mut cone = vec![signal];
            for j in (0..users).filter(|&j| j != k) {
                cone.extend(received(j));
            }
            cone.push(Affine {
                constant: 1.0,
                terms: Vec::new(),
            });
            cones.push(cone);
        }
        for range in &self.whitened.ranges {
            let mut cone = vec![Affine {
                constant: 0.0,
                terms: vec![(0, 1.0)],
            }];
            for j in 0..users {
                for row in range.clone() {
                    cone.extend(self.image(j, amplitude, |i| self.basis[(row, i)]));
                }
            }
            cones.push(cone);
        }
        cones
    }

    /// `s*` and whitened beams that attain it; `None` if the SINR is out of reach at any power.
    fn solve(&self, sinr: f64) -> Result<Option<(f64, Mat<c64>)>, DesignError> {
        let amplitude = sinr.sqrt();
        let (n, users) = (self.basis.ncols(), self.gains.nrows());
        let unknowns = 1 + 2 * n * users;
        let cones = self.cones(amplitude);
        let (mut rows, mut columns, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let mut constants = Vec::new();
        let mut kinds = Vec::new();
        for cone in &cones {
            kinds.push(SupportedConeT::SecondOrderConeT(cone.len()));
            for affine in cone {
                for &(column, value) in &affine.terms {
                    rows.push(constants.len());
                    columns.push(column);
                    values.push(-value);
                }
                constants.push(affine.constant);
            }
        }
        let a = CscMatrix::new_from_triplets(constants.len(), unknowns, rows, columns, values);
        let mut objective = vec![0.0; unknowns];
        objective[0] = 1.0;
        let failure = |status: String| DesignError::Program {
            scheme: SCHEME,
            program: "max-min SINR (23)",
            status,
        };
        let mut solver = DefaultSolver::new(
            &CscMatrix::zeros((unknowns, unknowns)),
            &objective,
            &a,
            &constants,
            &kinds,
            settings(),
        )
        .map_err(|error| failure(error.to_string()))?;
        solver.solve();
        let x = match solver.solution.status {
            SolverStatus::Solved | SolverStatus::AlmostSolved => &solver.solution.x,
            SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible => {
                return Ok(None);
            }
            status => return Err(failure(format!("{status:?}"))),
        };
        let coordinates = Mat::from_fn(n, users, |i, j| {
            let at = 1 + 2 * (j * n + i);
            c64::new(x[at], x[at + 1]) * self.scale(j, i, amplitude)
        });
        Ok(Some((x[0], &self.basis * &coordinates)))
    }
}

fn settings() -> DefaultSettings<f64> {
    DefaultSettings {
        verbose: false,
        max_threads: 1,
        tol_gap_abs: 1e-10,
        tol_gap_rel: 1e-10,
        tol_feas: 1e-10,
        ..DefaultSettings::default()
    }
}
