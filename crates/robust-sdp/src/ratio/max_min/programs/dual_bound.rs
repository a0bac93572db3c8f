//! What a program's multipliers prove: upper bounds of the ratio.

use faer::{Mat, c64};

use crate::hermitian::Field;
use crate::hermitian::linalg;
use crate::ratio::max_min::programs::relaxation::{MarginPoint, Relaxation};
use crate::sdp::SdpSolution;

/// `F^H B_k Z_k B_k^H F` for each target `k` and each basis `F`, and the prices `p_m` of the
/// budgets.
#[derive(Debug, Clone)]
pub(crate) struct DualBound {
    /// `Z_k`, normalised.
    pub(crate) matrices: Vec<Mat<c64>>,
    images: Vec<Vec<Mat<c64>>>,
    prices: Vec<f64>,
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
    /// Turns the solver's multipliers into a dual-feasible point. With `Z_k ⪰ 0`,
    /// `Σ_k s_k [Z_k]_last = 1`, `[Z_k]_last ≥ Tr` of each unit ball's block and
    /// `Σ_m p_m Π_m ⪰ B_j Z_j B_j^H - γ Σ_{k≠j} B_k Z_k B_k^H` for all `j`, `τ*(γ) ≤ Σ_m p_m`.
    ///
    /// Also the slope `dτ*/dγ = Σ_k <Z_k, -B_k^H Σ_{j≠k} W_j B_k>`.
    pub(super) fn dual_feasible(
        &self,
        forms: &[Mat<c64>],
        solution: &SdpSolution,
    ) -> (DualBound, f64) {
        self.dual_point(
            solution.dual.lmis.clone(),
            &solution.dual.inequalities,
            forms,
        )
    }

    /// [`dual_feasible`](Self::dual_feasible) for multipliers and prices from anywhere.
    pub(crate) fn dual_point(
        &self,
        mut multipliers: Vec<Mat<c64>>,
        prices: &[f64],
        forms: &[Mat<c64>],
    ) -> (DualBound, f64) {
        let mut normalisation = 0.0;
        for (z, target) in multipliers.iter_mut().zip(&self.scaled.targets) {
            let last = target.side() - 1;
            let needed = target.dual_corner(z);
            if z[(last, last)].re < needed {
                z[(last, last)] = c64::new(needed, 0.0);
            }
            normalisation += target.floor * z[(last, last)].re;
        }
        let inverse = 1.0 / normalisation.max(f64::MIN_POSITIVE);
        let mut slope = 0.0;
        let mut images: Vec<Vec<Mat<c64>>> = Vec::with_capacity(multipliers.len());
        for (k, z) in multipliers.iter_mut().enumerate() {
            *z *= faer::Scale(c64::new(inverse, 0.0));
            let image: Vec<Mat<c64>> = self.factors[k]
                .iter()
                .map(|t| {
                    let t = t.as_ref();
                    linalg::mul_adjoint_left(t, linalg::mul(z.as_ref(), t).as_ref())
                })
                .collect();
            for (j, x) in forms.iter().enumerate() {
                if j != k {
                    let image = &image[self.coordinates.index(j)];
                    slope -= linalg::inner(image.as_ref(), x.as_ref());
                }
            }
            images.push(image);
        }
        let prices = prices.iter().map(|p| p.max(0.0) * inverse).collect();
        let dual = DualBound {
            matrices: multipliers,
            images,
            prices,
        };
        (dual, slope)
    }

    /// Whether multipliers prove `τ*(ratio) ≤ ratio`: do prices in their proportion that add up
    /// to the ratio (or, without `addition`, no prices at all) pay for every form?
    ///
    /// Decided by Cholesky factorisations, which respect the grading of these matrices where
    /// eigenvalues lose their small end.
    fn proves_bound(&self, dual: &DualBound, ratio: f64, addition: Option<f64>) -> bool {
        let mut prices = Vec::new();
        if let Some(addition) = addition {
            // A budget that is not exhausted has a price near zero, and a tiny excess there
            // would have to be paid by raising all prices manyfold: add a little to each first.
            let highest = dual.prices.iter().fold(0.0, |a: f64, p| a.max(*p));
            prices = dual.prices.iter().map(|p| p + addition * highest).collect();
            let scale = ratio / prices.iter().sum::<f64>();
            prices.iter_mut().for_each(|p| *p *= scale);
        }
        (0..dual.images.len()).all(|j| {
            let index = self.coordinates.index(j);
            let basis = self.coordinates.basis(j);
            let n = basis.dimension();
            let mut rest = Mat::<c64>::zeros(n, n);
            for (form, &price) in self.budget_forms[index].iter().zip(&prices) {
                rest += form * faer::Scale(c64::new(price, 0.0));
            }
            for (k, images) in dual.images.iter().enumerate() {
                let weight = if k == j { -1.0 } else { ratio };
                rest += &images[index] * faer::Scale(c64::new(weight, 0.0));
            }
            if basis.field == Field::Real {
                // What pays for every real form.
                rest = Mat::from_fn(n, n, |r, c| c64::new(rest[(r, c)].re, 0.0));
            }
            linalg::cholesky(rest.as_ref()).is_some()
        })
    }

    /// A ratio that no forms exceed, by the multipliers of a point. What they prove is monotone
    /// in the ratio and tangent to the truth at the point's, so the search starts at Newton's
    /// estimate of the root and moves up in growing steps.
    pub(crate) fn ratio_bound(&self, point: &MarginPoint) -> f64 {
        let newton = point.ratio + (point.margin - point.ratio) / (1.0 - point.slope.min(0.0));
        let start = newton.max(0.0);
        let mut step = 1e-10 * newton.abs().max(1e-3 * point.ratio);
        for _ in 0..120 {
            let ratio = start + step;
            for addition in ADDITIONS {
                if self.proves_bound(&point.dual, ratio, Some(addition)) {
                    return ratio;
                }
            }
            step *= 1.7;
        }
        f64::INFINITY
    }

    /// Whether the multipliers of a point prove that no forms attain `ratio` at any budget:
    /// `B_j Z_j B_j^H - γ Σ_{k≠j} B_k Z_k B_k^H ≺ 0` for all `j`.
    pub(crate) fn proves_unattainable(&self, point: &MarginPoint, ratio: f64) -> bool {
        self.proves_bound(&point.dual, ratio, None)
    }
}
