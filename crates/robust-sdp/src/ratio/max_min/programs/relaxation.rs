//! The relaxation of one problem, in the coordinates in which it is solved.

use faer::{Mat, c64};

use crate::hermitian::linalg;
use crate::ratio::conditioning::{Conditioning, Coordinates};
use crate::ratio::error::RobustError;
use crate::ratio::normalised::{NormalisedProblem, NormalisedTarget};
use crate::ratio::problem::ValidRatioProblem;
use crate::ratio::subspace::{Subspace, check_subspaces};

/// The relaxation of one problem, ready to be solved at many ratios.
#[derive(Debug)]
pub(crate) struct Relaxation<'a> {
    pub(crate) problem: &'a ValidRatioProblem,
    pub(crate) scaled: NormalisedProblem,
    pub(crate) coordinates: Coordinates,
    /// `Tr(Π_m F X F^H) = <G_m, X>` for each basis `F` and each group `m`.
    pub(crate) budget_forms: Vec<Vec<Mat<c64>>>,
    /// `B_k^H F` for each target `k` and each basis `F`.
    pub(crate) factors: Vec<Vec<Mat<c64>>>,
    /// Unit of `τ`: the smallest `‖h_k‖²`.
    pub(crate) unit: f64,
}

impl<'a> Relaxation<'a> {
    /// Forms of the whole space.
    pub(crate) fn new(problem: &'a ValidRatioProblem, conditioning: Conditioning) -> Self {
        let scaled = NormalisedProblem::new(problem);
        let coordinates = Coordinates::new(&scaled, conditioning);
        Self::build(problem, scaled, coordinates)
    }

    /// Forms restricted to subspaces.
    pub(crate) fn within(
        problem: &'a ValidRatioProblem,
        subspaces: &[Subspace],
    ) -> Result<Self, RobustError> {
        check_subspaces(problem, subspaces)?;
        let scaled = NormalisedProblem::new(problem);
        let coordinates = Coordinates::within(&scaled, subspaces);
        Ok(Self::build(problem, scaled, coordinates))
    }

    fn build(
        problem: &'a ValidRatioProblem,
        scaled: NormalisedProblem,
        coordinates: Coordinates,
    ) -> Self {
        let budget_forms = coordinates
            .bases
            .iter()
            .map(|basis| {
                scaled
                    .ranges
                    .iter()
                    .map(|range| {
                        let rows = basis.columns.as_ref().subrows(range.start, range.len());
                        linalg::mul_adjoint_left(rows, rows)
                    })
                    .collect()
            })
            .collect();
        let factors = scaled
            .targets
            .iter()
            .map(|target| {
                coordinates
                    .bases
                    .iter()
                    .map(|f| linalg::mul_adjoint_left(target.factor.as_ref(), f.columns.as_ref()))
                    .collect()
            })
            .collect();
        let unit = scaled
            .targets
            .iter()
            .map(|t| 1.0 / t.floor)
            .fold(f64::INFINITY, f64::min);
        Self {
            problem,
            scaled,
            coordinates,
            budget_forms,
            factors,
            unit,
        }
    }

    /// Whether errors swallow a target's vector: nothing is there to be guaranteed.
    pub(crate) fn is_swallowed(&self) -> bool {
        self.scaled
            .targets
            .iter()
            .any(NormalisedTarget::is_swallowed)
    }

    /// Largest share of a budget that the forms use.
    pub(crate) fn used_budget(&self, forms: &[Mat<c64>]) -> f64 {
        (0..self.scaled.ranges.len())
            .map(|m| {
                forms
                    .iter()
                    .enumerate()
                    .map(|(j, x)| {
                        let budget = &self.budget_forms[self.coordinates.index(j)][m];
                        linalg::inner(budget.as_ref(), x.as_ref())
                    })
                    .sum::<f64>()
            })
            .fold(0.0, f64::max)
    }
}
