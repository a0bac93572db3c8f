//! The sensing problem (8) as a semidefinite program for any solver.
//!
//! With a pair's derivatives `D_t` of the echo along the positions and `A_s` along the gains, the
//! information is their Gram matrix under Ψ, and `J_e` is the largest sum of `Y^{lm}` with
//!
//! ```math
//! \begin{bmatrix} \langle D_t, D_u\rangle_\Psi - Y^{lm}_{tu} & \langle D_t, A_s\rangle_\Psi \\
//!    \cdot & \langle A_s, A_{s'}\rangle_\Psi \end{bmatrix} \succeq 0
//!    \quad\text{for each pair } (l, m),
//! ```
//!
//! so `min Tr J_e^{-1}` is `min Tr T` subject to these and
//! `[[Σ Y^{lm}, S], [S, T]] ⪰ 0`. Where (8b) is one inequality of side `DK + 2KM²`, these are `M²` of
//! side `(D+2)K` and one of `2DK`. `Y^{lm} ⪰ 0` may be asked for, as a Schur complement of a Gram matrix is.
//!
//! Everything is stated in the coordinates in which solvers meet numbers of order one: the
//! derivatives are the combinations that a reference covariance makes orthonormal (see
//! [`super::sensitivity`]; there the gains are fitted, and dependent echoes left out), and
//! `S = diag(sqrt(σ_t / Σσ))` weights them, so that `Tr T = 1` at the reference.
//!
//! The Gram matrix of `D_t = Σ_i e_i d_{t,i}^H` (receive coordinates i) under `Ψ = V X V^H` is
//! `Re Σ_i T_i X T_i^H`, the rows of `T_i` being `d_{t,i}^H V`: a sum of congruences.

use faer::{Mat, c64};
use robust_sdp::{
    DualPoint, Field, LinearForm, Lmi, MatrixId, SdpOutcome, SdpProblem, SdpSolver, SolveRequest,
    SolverError, Tolerance,
};

use super::dual_bound::{PairMultiplier, lower_bound};
use super::error::SensingError;
use super::sensitivity::Sensitivity;

/// What the program needs to know of one access point's signal `Ψ = V (X + floor·I) V^H`.
pub(super) struct Transmitter<'a> {
    /// `V^H B`: the transmit vectors as the variable sees them.
    pub seen: &'a Mat<c64>,
    /// Power of a constant isotropic part, in units of the variable.
    pub floor: f64,
}

/// Relative gap asked for.
const RELATIVE_GAP: f64 = 1e-9;

/// Relative residuals asked for.
const FEASIBILITY: f64 = 1e-8;

/// What a solver found.
pub(super) struct Solved {
    /// `X_m`, `Tr X_m ≤ 1`.
    pub variables: Vec<Mat<c64>>,
    /// Iterations it took.
    pub iterations: usize,
    /// What the multipliers prove: no admissible covariance has a smaller `f`. Zero if nothing.
    pub lower_bound: f64,
    /// The solver's error, if these are only its last iterate: good for nothing unless proven to
    /// be good by other means.
    pub failure: Option<SolverError>,
}

/// Variables that minimise the bound.
pub(super) fn solve(
    reference: &Sensitivity,
    transmitters: &[Transmitter<'_>],
    solver: &dyn SdpSolver,
) -> Result<Solved, SensingError> {
    let mut problem = SdpProblem::new();
    let variables: Vec<MatrixId> = transmitters
        .iter()
        .map(|t| {
            // The centre is I over the side.
            let side = t.seen.nrows();
            let magnitude = (side as f64).sqrt().recip();
            problem.add_matrix_with_magnitude(Field::Complex, vec![magnitude; side])
        })
        .collect();
    for (&x, transmitter) in variables.iter().zip(transmitters) {
        let side = transmitter.seen.nrows();
        problem.add_inequality(LinearForm::new().matrix(x, Mat::identity(side, side)), 1.0);
    }
    let count = reference.modes().len();
    let mut epigraph = epigraph(reference.modes());
    let mut pairs: Vec<Vec<Pair>> = transmitters.iter().map(|_| Vec::new()).collect();
    for receiver in 0..reference.access_points() {
        for (m, transmitter) in transmitters.iter().enumerate() {
            let factors = factors(reference, receiver, m, transmitter);
            let nuisances = reference.pair(receiver, m).1.len();
            if nuisances == 0 {
                // Nothing to eliminate: the pair's information enters as it is.
                add_information(&mut epigraph, &factors, variables[m], transmitter.floor);
                pairs[m].push(Pair { factors, lmi: None });
                continue;
            }
            let mut pair = Lmi::new(count + 2 * nuisances, Field::Real);
            add_information(&mut pair, &factors, variables[m], transmitter.floor);
            let y = problem.add_matrix(count, Field::Real);
            let place = pair.add_factor(placed(pair.dim(), 0, count));
            pair.add_congruence(-1.0, place, y);
            pairs[m].push(Pair {
                factors,
                lmi: Some(problem.lmis.len()),
            });
            problem.add_lmi(pair);
            let place = epigraph.add_factor(placed(2 * count, 0, count));
            epigraph.add_congruence(1.0, place, y);
        }
    }
    let t = problem.add_matrix(count, Field::Real);
    let place = epigraph.add_factor(placed(2 * count, count, count));
    epigraph.add_congruence(1.0, place, t);
    problem.add_lmi(epigraph);
    let cost = Mat::from_fn(count, count, |i, j| {
        c64::from(if i == j { -1.0 } else { 0.0 })
    });
    problem.objective = LinearForm::new().matrix(t, cost);

    let request = SolveRequest {
        tolerance: Tolerance {
            relative_gap: RELATIVE_GAP,
            objective_floor: 1e-3,
            feasibility: FEASIBILITY,
        },
        ..SolveRequest::default()
    };
    let outcome = problem.check()?.solved_by(solver, request);
    let solution = match outcome.and_then(|o| o.unless_almost(solver.name())) {
        Ok(SdpOutcome::Optimal(solution) | SdpOutcome::Stopped(solution)) => (solution, None),
        Ok(outcome) => {
            let claim = match outcome {
                SdpOutcome::PrimalInfeasible { .. } => "infeasible",
                SdpOutcome::NoPointBelow { .. } => "without a feasible point of moderate size",
                _ => "unbounded",
            };
            return Err(SensingError::ImpossibleOutcome {
                solver: solver.name(),
                claim,
            });
        }
        Err(error) => match error.last_iterate().cloned() {
            Some(last) => (last, Some(error)),
            None => return Err(error.into()),
        },
    };
    let (solution, failure) = solution;
    let proven = proven(reference, transmitters, &pairs, &solution.dual);
    let mut variables_found = solution.primal.matrices;
    variables_found.truncate(variables.len());
    Ok(Solved {
        variables: variables_found,
        iterations: solution.iterations,
        lower_bound: proven.unwrap_or(0.0),
        failure,
    })
}

/// One pair of access points in the program.
struct Pair {
    /// `T_i`.
    factors: Vec<Mat<c64>>,
    /// Its matrix inequality, if it has one.
    lmi: Option<usize>,
}

/// The bound of `f` that the multipliers prove.
fn proven(
    reference: &Sensitivity,
    transmitters: &[Transmitter<'_>],
    pairs: &[Vec<Pair>],
    dual: &DualPoint,
) -> Option<f64> {
    let count = reference.modes().len();
    // The epigraph, the last inequality, has the multiplier [[N N^T, -N], [-N^T, I]].
    let epigraph = dual.lmis.last()?;
    let coupling = Mat::from_fn(count, count, |i, j| -epigraph[(i, count + j)].re);
    let pairs: Vec<Vec<PairMultiplier<'_>>> = (pairs.iter())
        .map(|pairs| {
            let multiplier = |pair: &Pair| pair.lmi.map(|index| &dual.lmis[index]);
            (pairs.iter())
                .map(|pair| PairMultiplier {
                    factors: &pair.factors,
                    multiplier: multiplier(pair),
                })
                .collect()
        })
        .collect();
    let floors: Vec<f64> = transmitters.iter().map(|t| t.floor).collect();
    let weights = weights(reference.modes());
    Some(lower_bound(&coupling, &weights, &pairs, &floors)? * reference.objective())
}

/// The diagonal of `S`.
fn weights(modes: &[f64]) -> Vec<f64> {
    let total: f64 = modes.iter().sum();
    modes.iter().map(|sigma| (sigma / total).sqrt()).collect()
}

/// `[[0, S], [S, 0]]`, to which `Σ Y` and `T` are added.
fn epigraph(modes: &[f64]) -> Lmi {
    let count = modes.len();
    let mut lmi = Lmi::new(2 * count, Field::Real);
    for (t, weight) in weights(modes).into_iter().enumerate() {
        let weight = c64::from(weight);
        lmi.constant[(t, count + t)] = weight;
        lmi.constant[(count + t, t)] = weight;
    }
    lmi
}

/// The `T_i` of one pair: a row for each position mode, then two for each nuisance echo, for the real and
/// the imaginary part of its gain.
fn factors(
    reference: &Sensitivity,
    receiver: usize,
    transmitter: usize,
    signal: &Transmitter<'_>,
) -> Vec<Mat<c64>> {
    let (modes, nuisances) = reference.pair(receiver, transmitter);
    let users = nuisances.first().map_or(0, Mat::ncols);
    let along = |derivative: &Mat<c64>, vectors: usize| -> Mat<c64> {
        derivative * signal.seen.subcols(0, vectors).adjoint()
    };
    let mut rows: Vec<Mat<c64>> = modes.iter().map(|d| along(d, d.ncols())).collect();
    for a in nuisances {
        let real = along(a, users);
        let imaginary = faer::Scale(c64::new(0.0, 1.0)) * &real;
        rows.extend([real, imaginary]);
    }
    let receive = rows.first().map_or(0, Mat::nrows);
    (0..receive)
        .map(|i| Mat::from_fn(rows.len(), signal.seen.nrows(), |t, c| rows[t][(i, c)]))
        .collect()
}

/// Adds `Σ_i T_i (X + floor·I) T_i^H` in the leading corner of an LMI.
fn add_information(lmi: &mut Lmi, factors: &[Mat<c64>], x: MatrixId, floor: f64) {
    let side = lmi.dim();
    for factor in factors {
        let padded = Mat::from_fn(side, factor.ncols(), |i, j| {
            if i < factor.nrows() {
                factor[(i, j)]
            } else {
                c64::from(0.0)
            }
        });
        if floor > 0.0 {
            let constant = &padded * padded.adjoint();
            for j in 0..side {
                for i in 0..side {
                    lmi.constant[(i, j)] += c64::from(floor * constant[(i, j)].re);
                }
            }
        }
        let index = lmi.add_factor(padded);
        lmi.add_congruence(1.0, index, x);
    }
}

/// The columns `start .. start + count` of an identity matrix.
fn placed(side: usize, start: usize, count: usize) -> Mat<c64> {
    Mat::from_fn(side, count, |i, j| {
        c64::from(if i == start + j { 1.0 } else { 0.0 })
    })
}
