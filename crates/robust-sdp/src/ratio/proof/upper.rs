//! Upper bounds: a ratio that no forms can be proven to attain by the S-procedure.
//!
//! The relaxation asks for forms and multipliers with
//! `F_k^H (W_k - γ Σ_{j≠k} W_j) F_k - Σ_i μ_i Q_{k,i} - γ σ_k² e_last e_last^T ⪰ 0` within the budgets. Let `Z_k ⪰ 0` with
//! `<Z_k, Q_{k,i}> ≥ 0` (`= 0` where the multiplier is free), and `p_m ≥ 0`, be such that
//!
//! ```text
//! Σ_m p_m Π_m + γ Σ_{k≠j} F_k Z_k F_k^H - F_j Z_j F_j^H ⪰ 0   for all j,      Σ_m p_m P_m ≤ γ Σ_k σ_k² [Z_k]_last .
//! ```
//!
//! Adding up the inequalities times `Z_k` then shows that no forms attain more than `γ`: the left-hand side
//! is at most `Σ p_m P_m - γ Σ σ_k² [Z_k]_last`. Forms that are restricted to subspaces need the first line there only.
//!
//! **Signs are not taken on trust.** `Z_k` is rebuilt as `L_k L_k^H` from the eigenvectors of what was
//! claimed, and scaled and mixed until it satisfies every `Q`.
//!
//! **Rounding.** With `V_k = T^H F_k L_k` in coordinates `T` the inequality is one of [`super::rounding`]: divided by
//! `1+θ`, the exact one at `γ (1+θ)/(1-θ)` with prices `(1+θ) p` is the computed one at `γ` less
//! `γ/(θ(1-θ)) Σ δ_k δ_k^H + δ_j δ_j^H/θ` at most, and the condition on the prices holds with a factor `1/(1-θ)` to spare.

use faer::{Mat, MatRef, c64};

use super::bracket::UpperBound;
use super::inequality::Inequality;
use super::rounding::{ROUNDING, Reserve};
use crate::hermitian::{Field, linalg};
use crate::ratio::problem::ValidRatioProblem;

/// Where forms may be sought.
#[derive(Debug)]
pub(crate) enum Room<'a> {
    /// Anywhere. The inequality is checked in the coordinates given, `N` independent columns: for the statement
    /// any will do, but where the ratio is large only some keep its digits.
    Everywhere(MatRef<'a, c64>),
    /// `W_j = T_j X_j T_j^H` with real or complex `X_j`, for each target.
    Within(Vec<(MatRef<'a, c64>, Field)>),
}

impl Room<'_> {
    fn of(&self, target: usize) -> (MatRef<'_, c64>, Field) {
        match self {
            Self::Everywhere(basis) => (*basis, Field::Complex),
            Self::Within(list) => list[target],
        }
    }

    /// Whether the statement is about the forms it claims to be about.
    fn is_sound(&self, dimension: usize, targets: usize) -> bool {
        match self {
            Self::Everywhere(basis) => {
                let square = basis.nrows() == dimension && basis.ncols() == dimension;
                square && is_regular(*basis)
            }
            Self::Within(list) => {
                list.len() == targets && list.iter().all(|(t, _)| t.nrows() == dimension)
            }
        }
    }
}

/// Least square of a singular value of a basis with unit columns that is told from zero.
const INDEPENDENT: f64 = 1e-13;

/// Whether columns are independent beyond doubt: their Gram matrix, scaled to a unit diagonal and less a
/// little of it, has a Cholesky factor.
fn is_regular(basis: MatRef<'_, c64>) -> bool {
    let lengths: Vec<f64> = (0..basis.ncols())
        .map(|c| linalg::norm(basis.subcols(c, 1)))
        .collect();
    let unit = Mat::from_fn(basis.nrows(), basis.ncols(), |i, j| {
        basis[(i, j)] / lengths[j]
    });
    let mut gram = linalg::mul_adjoint_left(unit.as_ref(), unit.as_ref());
    for p in 0..gram.nrows() {
        gram[(p, p)] -= c64::from(INDEPENDENT);
    }
    linalg::cholesky(gram.as_ref()).is_some()
}

/// What one target contributes to the sum: `columns columns^H` for `F_k Z_k F_k^H`, and `σ_k² [Z_k]_last`.
#[derive(Debug)]
pub(super) struct Factor {
    /// `F_k L_k`.
    pub(super) columns: Mat<c64>,
    /// What bounds the sizes of the terms of each entry, for rounding.
    pub(super) size: f64,
    /// `σ_k² [Z_k]_last`.
    pub(super) weight: f64,
}

/// What one target contributes in one set of coordinates.
#[derive(Debug)]
struct Image {
    /// `T^H F_k L_k L_k^H F_k^H T`.
    square: Mat<c64>,
    /// The squared deviations `d_p²` of the rows of `T^H F_k L_k`.
    errors: Vec<f64>,
}

/// Multipliers of the relaxation's dual, made feasible, in the coordinates of all forms.
#[derive(Debug)]
pub(crate) struct Witness<'a> {
    room: Room<'a>,
    pub(super) budgets: Vec<f64>,
    /// `T^H Π_m T` by distinct coordinates and groups.
    prices_of: Vec<Vec<Mat<c64>>>,
    /// By distinct coordinates and targets.
    images: Vec<Vec<Image>>,
    /// `σ_k² [Z_k]_last`, by targets.
    pub(super) weights: Vec<f64>,
}

impl<'a> Witness<'a> {
    /// From any Hermitian `claims`, one for each target, of its inequality's side. `None` where they say
    /// nothing: wrong sides, numbers that are none, coordinates that are not independent.
    pub(crate) fn new(
        problem: &ValidRatioProblem,
        room: Room<'a>,
        claims: &[Mat<c64>],
    ) -> Option<Self> {
        let targets = problem.targets.len();
        if claims.len() != targets {
            return None;
        }
        let factor = |(k, claim): (usize, &Mat<c64>)| {
            let inequality = Inequality::new(problem, k);
            let l = admissible(&inequality, claim)?;
            let last = inequality.side - 1;
            let corner = linalg::norm(l.as_ref().subrows(last, 1)).powi(2);
            // ‖F_q‖ ‖L_q‖ summed over the columns of F bounds all that an inner product adds up.
            let lengths = inequality.lengths();
            let size: f64 = (lengths.iter().enumerate())
                .map(|(q, length)| length * linalg::norm(l.as_ref().subrows(q, 1)))
                .sum();
            Some(Factor {
                columns: inequality.image(l.as_ref()),
                size,
                weight: inequality.floor() * corner,
            })
        };
        let factors: Vec<Factor> = (claims.iter().enumerate())
            .map(factor)
            .collect::<Option<_>>()?;
        Self::of_factors(problem, room, &factors)
    }

    /// From what each target contributes. `None` for coordinates that are not independent.
    pub(super) fn of_factors(
        problem: &ValidRatioProblem,
        room: Room<'a>,
        factors: &[Factor],
    ) -> Option<Self> {
        let targets = factors.len();
        if !room.is_sound(problem.dimension(), targets) {
            return None;
        }
        let distinct = match &room {
            Room::Everywhere(_) => 1,
            Room::Within(_) => targets,
        };
        let ranges = problem.group_ranges();
        let prices_of = (0..distinct).map(|j| {
            let (t, _) = room.of(j);
            let budget = |range: &std::ops::Range<usize>| {
                let rows = t.subrows(range.start, range.len());
                linalg::mul_adjoint_left(rows, rows)
            };
            ranges.iter().map(budget).collect()
        });
        let images = (0..distinct).map(|j| {
            let (t, _) = room.of(j);
            let length: Vec<f64> = (0..t.ncols())
                .map(|p| linalg::norm(t.subcols(p, 1)))
                .collect();
            let image = |factor: &Factor| {
                let v = linalg::mul_adjoint_left(t, factor.columns.as_ref());
                Image {
                    square: linalg::mul_adjoint_right(v.as_ref(), v.as_ref()),
                    errors: length
                        .iter()
                        .map(|l| (ROUNDING * l * factor.size).powi(2))
                        .collect(),
                }
            };
            factors.iter().map(image).collect()
        });
        Some(Self {
            budgets: problem.budgets.clone(),
            prices_of: prices_of.collect(),
            images: images.collect(),
            weights: factors.iter().map(|f| f.weight).collect(),
            room,
        })
    }

    /// A ratio a little above `gamma` that no forms exceed, if prices in the proportion given pay for
    /// every form there; without prices, if no forms attain `gamma` at any budget.
    pub(crate) fn bounds(&self, gamma: f64, proportion: Option<&[f64]>) -> Option<UpperBound> {
        let weight: f64 = self.weights.iter().sum();
        if !(gamma.is_finite() && gamma >= 0.0 && weight > 0.0) {
            return None;
        }
        let mut prices = vec![0.0; self.budgets.len()];
        if let Some(proportion) = proportion {
            let total: f64 = self
                .budgets
                .iter()
                .zip(proportion)
                .map(|(b, p)| b * p)
                .sum();
            let scale = gamma * weight / total * (1.0 - 1e-14);
            prices = proportion.iter().map(|p| p * scale).collect();
        }
        if prices.iter().any(|p| !(p.is_finite() && *p >= 0.0)) {
            return None;
        }
        let mut bound = gamma;
        let ratios = vec![gamma; self.weights.len()];
        for j in 0..ratios.len() {
            bound = bound.max(self.pays_for(j, &ratios, &prices)?.up(gamma));
        }
        Some(UpperBound::proven(bound * (1.0 + 1e-14)))
    }

    /// Whether the first line at the top holds for the forms of target `j`, with its reserve; each target with a ratio of
    /// its own.
    pub(super) fn pays_for(&self, j: usize, ratios: &[f64], prices: &[f64]) -> Option<Reserve> {
        let place = j.min(self.images.len() - 1);
        let (basis, field) = self.room.of(j);
        let n = basis.ncols();
        let mut rest = Mat::<c64>::zeros(n, n);
        let (mut sizes, mut errors) = (vec![0.0; n], vec![0.0; n]);
        let mut add = |term: &Mat<c64>, weight: f64, own: Option<&[f64]>| {
            rest += term * faer::Scale(c64::from(weight));
            for p in 0..n {
                sizes[p] += weight.abs() * term[(p, p)].re;
                errors[p] += weight.abs() * own.map_or(0.0, |e| e[p]);
            }
        };
        for (form, &price) in self.prices_of[place].iter().zip(prices) {
            add(form, price, None);
        }
        for (k, image) in self.images[place].iter().enumerate() {
            let weight = if k == j { -1.0 } else { ratios[k] };
            add(&image.square, weight, Some(&image.errors));
        }
        let reserve = Reserve::new(&sizes, &errors, 0..n);
        for (p, part) in reserve.diagonal.iter().enumerate() {
            rest[(p, p)] -= c64::from(*part);
        }
        if field == Field::Real {
            // What pays for every real form.
            rest = Mat::from_fn(n, n, |r, c| c64::from(rest[(r, c)].re));
        }
        linalg::cholesky(rest.as_ref()).map(|_| reserve)
    }
}

/// `L` with `L L^H` near the claim, and `<L L^H, Q> ≥ 0` (`= 0`) for all quadratics.
///
/// The modulus `|z + ρ x| = |z|` of a turning group is kept by scaling that sum of rows; all inequalities then by mixing in
/// the vector without errors, which leaves the equalities as they are. They hold for rows within
/// rounding of those that are returned, which the reserve allows for.
fn admissible(inequality: &Inequality<'_>, claim: &Mat<c64>) -> Option<Mat<c64>> {
    if claim.nrows() != inequality.side || claim.ncols() != inequality.side {
        return None;
    }
    let mut l = root(inequality, claim)?;
    let last = inequality.side - 1;
    let corner = linalg::norm(l.as_ref().subrows(last, 1));
    for &(p, size) in &inequality.arcs {
        let (x, z) = (l.as_ref().subrows(p, 1), l.as_ref().subrows(last, 1));
        // The sum's squared length is the corner's and ρ times this.
        let excess = 2.0 * linalg::inner(z, x) + size * linalg::norm(x).powi(2);
        let length = (corner * corner + size * excess).max(0.0).sqrt();
        if length == 0.0 || corner == 0.0 {
            // The sum, or everything, vanishes: a group that does not turn is as good as any.
            (0..l.ncols()).for_each(|c| l[(p, c)] = c64::from(0.0));
            continue;
        }
        // (s (z + ρ x) - z)/ρ, s = corner/length, without cancellation.
        let along = -excess / (length * (corner + length));
        for c in 0..l.ncols() {
            l[(p, c)] = l[(p, c)] * (corner / length) + l[(last, c)] * along;
        }
    }
    let mut mixed: f64 = 0.0;
    for multiplier in inequality.multipliers.iter().filter(|m| !m.free) {
        // <L L^H, -Q> without the corner's part, which is -|z|².
        let rows = |p: usize| l.as_ref().subrows(p, 1);
        let others = multiplier
            .entries
            .iter()
            .filter(|(p, q, _)| (*p, *q) != (last, last));
        let size: f64 = others
            .map(|&(p, q, entry)| entry * linalg::inner(rows(p), rows(q)))
            .sum();
        let room = corner * corner * (1.0 - ROUNDING);
        if size > room {
            mixed = mixed.max(1.0 - room / size);
        }
    }
    if mixed > 0.0 {
        let columns = l.ncols();
        let kept = (1.0 - mixed).max(0.0).sqrt();
        l = Mat::from_fn(inequality.side, columns + 1, |r, c| {
            match (c < columns, r == last) {
                (true, _) => l[(r, c)] * kept,
                (false, true) => c64::from(mixed.sqrt() * corner),
                (false, false) => c64::from(0.0),
            }
        });
    }
    Some(l)
}

/// `L` with `L L^H` the positive semidefinite part of a Hermitian matrix scaled to a unit diagonal, which respects
/// the grading of the matrix. Real where the inequality is.
fn root(inequality: &Inequality<'_>, claim: &Mat<c64>) -> Option<Mat<c64>> {
    let n = claim.nrows();
    let mut z = claim.clone();
    inequality.project(&mut z);
    let d: Vec<f64> = (0..n).map(|p| z[(p, p)].re.max(0.0).sqrt()).collect();
    let unit = Mat::from_fn(n, n, |p, q| {
        if d[p] > 0.0 && d[q] > 0.0 {
            z[(p, q)] / (d[p] * d[q])
        } else {
            c64::from(0.0)
        }
    });
    let (values, vectors) = linalg::eigen(unit.as_ref(), true)?;
    let mut l = Mat::from_fn(n, n, |p, q| {
        vectors[(p, q)] * (d[p] * values[q].max(0.0).sqrt())
    });
    if inequality.field == Field::Real {
        // Re(L L^H) with both parts as columns.
        l = Mat::from_fn(n, 2 * n, |p, q| {
            c64::from(if q < n {
                l[(p, q)].re
            } else {
                l[(p, q - n)].im
            })
        });
    }
    Some(l)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ratio::problem::{ErrorBlock, RatioProblem, RatioTarget};

    fn random(state: &mut u64) -> f64 {
        // Knuth's linear congruential sequence.
        *state = (*state)
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (*state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    fn problem(nominal: &[f64], groups: &[usize], errors: Vec<ErrorBlock>) -> ValidRatioProblem {
        RatioProblem {
            group_sizes: groups.to_vec(),
            budgets: vec![2.0; groups.len()],
            targets: vec![RatioTarget {
                nominal: nominal.iter().map(|&v| c64::from(v)).collect(),
                errors,
                floor: 0.5,
            }],
        }
        .check()
        .unwrap()
    }

    fn outer(y: &[f64]) -> Mat<c64> {
        Mat::from_fn(y.len(), y.len(), |i, j| c64::from(y[i] * y[j]))
    }

    fn bound(
        problem: &ValidRatioProblem,
        claim: &Mat<c64>,
        gamma: f64,
        prices: &[f64],
    ) -> Option<f64> {
        let n = problem.dimension();
        let identity = Mat::<c64>::identity(n, n);
        let room = Room::Everywhere(identity.as_ref());
        let witness = Witness::new(problem, room, std::slice::from_ref(claim))?;
        witness.bounds(gamma, Some(prices)).map(UpperBound::ratio)
    }

    /// A ball of radius 1 around a vector of length 5, budget 2, floor 0.5: no forms attain more than
    /// (5 - 1)² · 4 = 64. The worst error proves it, and nothing proves less.
    #[test]
    fn a_ball_by_hand() {
        let ball = ErrorBlock::Ball {
            group: 0,
            radius: 1.0,
        };
        let problem = problem(&[3.0, 4.0], &[2], vec![ball]);
        let worst = outer(&[-0.6, -0.8, 1.0]);
        let found = bound(&problem, &worst, 64.0 * (1.0 + 1e-9), &[1.0]).unwrap();
        assert!((64.0..64.0 * (1.0 + 2e-9)).contains(&found), "{found}");
        assert_eq!(bound(&problem, &worst, 64.0 * (1.0 - 1e-9), &[1.0]), None);
        // An error that is too large, an indefinite claim, and one without a corner.
        let too_large = outer(&[-1.2, -1.6, 1.0]);
        assert_eq!(
            bound(&problem, &too_large, 64.0 * (1.0 - 1e-9), &[1.0]),
            None
        );
        let mut indefinite = outer(&[-0.6, -0.8, 1.0]);
        indefinite[(0, 0)] -= c64::from(5.0);
        assert_eq!(bound(&problem, &indefinite, 63.0, &[1.0]), None);
        assert_eq!(bound(&problem, &outer(&[1.0, 0.0, 0.0]), 1e9, &[1.0]), None);
        assert_eq!(bound(&problem, &worst, 70.0, &[0.0]), None);
        assert_eq!(bound(&problem, &worst, 70.0, &[f64::NAN]), None);
        assert_eq!(bound(&problem, &outer(&[1.0]), 70.0, &[1.0]), None);
        // Coordinates that are dependent are none.
        let flat = Mat::from_fn(2, 2, |_, _| c64::from(1.0));
        let claims = std::slice::from_ref(&worst);
        assert!(Witness::new(&problem, Room::Everywhere(flat.as_ref()), claims).is_none());
        // Forms along the second coordinate only: (4 - 1)² · 4.
        let along = Mat::from_fn(2, 1, |i, _| c64::from(i as f64));
        let within = Room::Within(vec![(along.as_ref(), Field::Real)]);
        let claim = outer(&[0.0, -1.0, 1.0]);
        let witness = Witness::new(&problem, within, std::slice::from_ref(&claim)).unwrap();
        assert!(witness.bounds(36.0 * (1.0 + 1e-9), Some(&[1.0])).is_some());
        assert!(witness.bounds(36.0 * (1.0 - 1e-9), Some(&[1.0])).is_none());
    }

    /// An error three times too large is mixed with none until it is shorter than one by η = 2e-14.
    #[test]
    fn mixing_leaves_a_margin() {
        let ball = ErrorBlock::Ball {
            group: 0,
            radius: 1.0,
        };
        let problem = problem(&[5.0], &[1], vec![ball]);
        let l = admissible(&Inequality::new(&problem, 0), &outer(&[3.0, 1.0])).unwrap();
        let square = |p: usize| linalg::norm(l.as_ref().subrows(p, 1)).powi(2);
        let short = 1.0 - square(0) / square(1);
        assert!(short > 1e-14 && short < 3e-14, "{short:e}");
    }

    /// Two groups of amplitudes 3 and 4 whose phases differ by up to 60°: forms attain `4 (9 + 16 + 24 cos 60°)`, and no
    /// claim, however wrong, proves less.
    #[test]
    fn no_claim_proves_what_is_not_so() {
        let phase = |group| ErrorBlock::Phase {
            group,
            angle: std::f64::consts::PI / 6.0,
        };
        let problem = problem(&[3.0, 4.0], &[1, 1], vec![phase(0), phase(1)]);
        let truth = 4.0 * (9.0 + 16.0 + 12.0);
        // The phases ±30° and ∓30° with equal weights: x = (e^{jα} - 1)/ρ, ρ = 2 sin 15°.
        let half = std::f64::consts::PI / 12.0;
        let mut ends = outer(&[1.0, 1.0, 1.0]);
        for (p, q, value) in [
            (0, 1, -(2.0 * half).cos()),
            (0, 2, -half.sin()),
            (1, 2, -half.sin()),
        ] {
            ends[(p, q)] = c64::from(value);
            ends[(q, p)] = c64::from(value);
        }
        // p_m ≥ what each group contributes: 3 (3 + 4/2) and 4 (4 + 3/2).
        let prices = [15.0, 22.0];
        assert!(bound(&problem, &ends, truth * (1.0 + 1e-9), &prices).is_some());
        assert_eq!(bound(&problem, &ends, truth * (1.0 - 1e-9), &prices), None);
        let mut state = 1;
        let mut proven = 0;
        for _ in 0..3000 {
            let mut claim = Mat::<c64>::zeros(3, 3);
            for _ in 0..3 {
                let y = [(); 3].map(|()| random(&mut state));
                claim += outer(&y) * faer::Scale(c64::from(random(&mut state) + 0.5));
            }
            let near = |p: f64, state: &mut u64| p * (1.0 + 0.3 * random(state));
            let prices = [near(15.0, &mut state), near(22.0, &mut state)];
            assert_eq!(
                bound(&problem, &claim, truth * (1.0 - 1e-9), &prices),
                None,
                "{claim:?}"
            );
            proven += usize::from(bound(&problem, &claim, 3.0 * truth, &prices).is_some());
        }
        assert!(proven > 300, "{proven}");
    }
}
