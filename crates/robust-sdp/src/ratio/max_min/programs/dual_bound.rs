//! What a program's multipliers prove: upper bounds of the ratio.

use faer::{Mat, c64};

use crate::hermitian::linalg;
use crate::ratio::max_min::programs::relaxation::Relaxation;
use crate::ratio::proof::{Room, UpperBound, Witness};
use crate::sdp::SdpSolution;

/// Multipliers `Z_k` of the normalised inequalities with `Σ_k s_k [Z_k]_last = 1`, and the prices `p_m` of
/// the budgets: claims, of which [`Witness`] makes proofs.
#[derive(Debug, Clone)]
pub(crate) struct DualBound {
    pub(crate) multipliers: Vec<Mat<c64>>,
    prices: Vec<f64>,
}

/// The solution of the margin program at one ratio.
#[derive(Debug, Clone)]
pub(crate) struct MarginPoint {
    /// `γ`.
    pub(crate) ratio: f64,
    /// `X_j` in conditioned coordinates, within the budgets.
    pub(crate) forms: Vec<Mat<c64>>,
    /// `μ` of each target's constraints with these forms, normalised; none where there are no forms.
    pub(crate) multipliers: Vec<Vec<f64>>,
    /// `τ*(γ)` as the solver found it.
    pub(crate) margin: f64,
    /// `dτ*/dγ`.
    pub(crate) slope: f64,
    /// Multipliers that bound the margin from above at every ratio.
    pub(crate) dual: DualBound,
}

/// What may be added to each price, relative to the highest: too much costs as much in the bound.
const ADDITIONS: [f64; 9] = [1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1.0];

impl DualBound {
    /// `Σ_m p_m`, the bound of the margin where the prices pay for every form.
    pub(crate) fn price(&self) -> f64 {
        self.prices.iter().sum()
    }
}

impl Relaxation<'_> {
    /// The solver's multipliers and prices, normalised, and the slope
    /// `dτ*/dγ = Σ_k <Z_k, -B_k^H Σ_{j≠k} W_j B_k>`.
    ///
    /// In the dual of the margin's program `Z_k ⪰ 0`, `Σ_k s_k [Z_k]_last = 1`, `<Z_k, Q_i> ≥ 0` for what
    /// confines the errors and `Σ_m p_m Π_m ⪰ B_j Z_j B_j^H - γ Σ_{k≠j} B_k Z_k B_k^H` for all `j`; then
    /// `τ*(γ) ≤ Σ_m p_m`.
    pub(super) fn dual_feasible(
        &self,
        forms: &[Mat<c64>],
        solution: &SdpSolution,
    ) -> (DualBound, f64) {
        let dual = self.dual_point(solution.dual.lmis.clone(), &solution.dual.inequalities);
        let mut slope = 0.0;
        for (k, z) in dual.multipliers.iter().enumerate() {
            let image = |factor: &Mat<c64>| {
                let t = factor.as_ref();
                linalg::mul_adjoint_left(t, linalg::mul(z.as_ref(), t).as_ref())
            };
            let images: Vec<Mat<c64>> = self.factors[k].iter().map(image).collect();
            for (j, x) in forms.iter().enumerate().filter(|(j, _)| *j != k) {
                let image = &images[self.coordinates.index(j)];
                slope -= linalg::inner(image.as_ref(), x.as_ref());
            }
        }
        (dual, slope)
    }

    /// Multipliers and prices from anywhere, normalised.
    pub(crate) fn dual_point(&self, mut multipliers: Vec<Mat<c64>>, prices: &[f64]) -> DualBound {
        let corners = multipliers.iter().zip(&self.scaled.targets).map(|(z, t)| {
            let last = t.side() - 1;
            t.floor * z[(last, last)].re
        });
        let inverse = 1.0 / corners.sum::<f64>().max(f64::MIN_POSITIVE);
        for z in &mut multipliers {
            *z *= faer::Scale(c64::new(inverse, 0.0));
        }
        DualBound {
            multipliers,
            prices: prices.iter().map(|p| p.max(0.0) * inverse).collect(),
        }
    }

    /// The multipliers of a point in the problem's own units, made feasible.
    fn witness<'a>(&self, dual: &DualBound, bases: &'a [Mat<c64>]) -> Option<Witness<'a>> {
        let claims: Vec<Mat<c64>> = (dual.multipliers.iter().enumerate())
            .map(|(k, z)| {
                let unit = self.scaled.targets[k].floor / self.problem.targets[k].floor;
                z * faer::Scale(c64::new(unit, 0.0))
            })
            .collect();
        self.witness_of(&claims, bases)
    }

    /// Multipliers in the problem's own units, made feasible; `bases` are [`bases`](Self::bases).
    pub(crate) fn witness_of<'a>(
        &self,
        claims: &[Mat<c64>],
        bases: &'a [Mat<c64>],
    ) -> Option<Witness<'a>> {
        let room = if self.coordinates.whole {
            Room::Everywhere(bases[0].as_ref())
        } else {
            let own = |j: usize| {
                let place = self.coordinates.index(j);
                (bases[place].as_ref(), self.coordinates.bases[place].field)
            };
            Room::Within((0..self.problem.targets.len()).map(own).collect())
        };
        Witness::new(self.problem, room, claims)
    }

    /// Coordinates of the forms in the problem's own units.
    pub(crate) fn bases(&self) -> Vec<Mat<c64>> {
        let bases = self.coordinates.bases.iter();
        bases
            .map(|b| self.scaled.unscale_columns(b.columns.as_ref()))
            .collect()
    }

    /// Prices in the problem's units, each raised by a part of the highest: a budget that is not exhausted has
    /// a price near zero, and a tiny excess there would have to be paid by raising all prices manyfold.
    fn raised_prices(&self, prices: &[f64], addition: f64) -> Vec<f64> {
        let highest = prices.iter().fold(0.0, |a: f64, p| a.max(*p));
        let budgets = prices.iter().zip(&self.problem.budgets);
        budgets
            .map(|(p, budget)| (p + addition * highest) / budget)
            .collect()
    }

    /// A ratio that no forms exceed, by the multipliers of a point; `None` if they prove nothing. What they prove is monotone
    /// in the ratio and tangent to the truth at the point's, so the search starts at Newton's
    /// estimate of the root and moves up in growing steps.
    pub(crate) fn ratio_bound(&self, point: &MarginPoint) -> Option<UpperBound> {
        let bases = self.bases();
        let witness = self.witness(&point.dual, &bases)?;
        let newton = point.ratio + (point.margin - point.ratio) / (1.0 - point.slope.min(0.0));
        let step = 1e-10 * newton.abs().max(1e-3 * point.ratio);
        self.proven_near(&witness, &point.dual.prices, newton.max(0.0), step)
    }

    /// The first ratio from `start` on, in steps that grow, that a witness proves with normalised prices near those given.
    pub(crate) fn proven_near(
        &self,
        witness: &Witness<'_>,
        prices: &[f64],
        start: f64,
        mut step: f64,
    ) -> Option<UpperBound> {
        for _ in 0..120 {
            let proven = ADDITIONS.iter().find_map(|&addition| {
                let prices = self.raised_prices(prices, addition);
                witness.bounds(start + step, Some(&prices))
            });
            if proven.is_some() {
                return proven;
            }
            step *= 1.7;
        }
        None
    }

    /// A ratio next to `ratio` that by the multipliers of a point no forms attain at any budget:
    /// `B_j Z_j B_j^H - γ Σ_{k≠j} B_k Z_k B_k^H ≺ 0` for all `j`.
    pub(crate) fn unattainable(&self, point: &MarginPoint, ratio: f64) -> Option<UpperBound> {
        let bases = self.bases();
        self.witness(&point.dual, &bases)?.bounds(ratio, None)
    }
}
