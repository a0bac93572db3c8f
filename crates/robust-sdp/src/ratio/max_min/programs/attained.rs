//! What a program's forms attain: lower bounds of the ratio.

use faer::{Mat, c64};

use crate::hermitian::linalg;
use crate::ratio::error::RobustError;
use crate::ratio::given_forms::Given;
use crate::ratio::max_min::programs::dual_bound::MarginPoint;
use crate::ratio::max_min::programs::relaxation::Relaxation;
use crate::ratio::proof::{LowerBound, Proven};
use crate::sdp::SdpSolver;

impl Relaxation<'_> {
    /// The ratio that the forms of a point attain, with the multipliers that prove it
    /// (normalised): the worst case over errors of given forms, smallest over targets. Where that cannot be evaluated, what the point's
    /// own multipliers prove.
    pub(crate) fn attained_ratio(
        &self,
        point: &MarginPoint,
        solver: &dyn SdpSolver,
    ) -> Result<(LowerBound, Vec<Vec<f64>>), RobustError> {
        let columns = point
            .forms
            .iter()
            .enumerate()
            .map(|(j, x)| self.normalised_columns(j, x))
            .collect::<Result<Vec<_>, RobustError>>()?;
        let claim = (point.ratio.min(point.margin), point.multipliers.as_slice());
        self.attained(&columns, claim, solver)
    }

    /// As [`attained_ratio`](Self::attained_ratio) for normalised columns.
    pub(crate) fn attained_by(
        &self,
        columns: &[Mat<c64>],
        solver: &dyn SdpSolver,
    ) -> Result<(LowerBound, Vec<Vec<f64>>), RobustError> {
        self.attained(columns, (0.0, &[]), solver)
    }

    /// `claim`: a ratio, and multipliers that may prove it.
    fn attained(
        &self,
        columns: &[Mat<c64>],
        claim: (f64, &[Vec<f64>]),
        solver: &dyn SdpSolver,
    ) -> Result<(LowerBound, Vec<Vec<f64>>), RobustError> {
        let forms: Vec<Mat<c64>> = (columns.iter())
            .map(|c| self.scaled.unscale_columns(c.as_ref()))
            .collect();
        let given = Given::new(self.problem, &forms);
        let worst = (0..columns.len()).map(|k| {
            let claimed = match claim.1.get(k) {
                Some(multipliers) => given.proven(k, claim.0, multipliers, Proven::nothing()),
                None => Proven::nothing(),
            };
            match given.worst_case(k, solver) {
                Ok(found) if found.ratio() >= claimed.ratio() => Ok(found),
                Err(error) if error.is_cancellation() || claimed.ratio() == 0.0 => Err(error),
                _ => Ok(claimed),
            }
        });
        let worst = worst.collect::<Result<Vec<Proven>, _>>()?;
        Ok(self.common(&worst))
    }

    /// What the proofs for all targets say together, with their multipliers, normalised.
    pub(crate) fn common(&self, proofs: &[Proven]) -> (LowerBound, Vec<Vec<f64>>) {
        let normalised = |(k, proven): (usize, &Proven)| self.normalised_multipliers(k, proven);
        let multipliers = proofs.iter().enumerate().map(normalised).collect();
        (LowerBound::common(self.problem, proofs), multipliers)
    }

    /// The multipliers of a proof in the scale of the normalised inequality, none where nothing is proven.
    fn normalised_multipliers(&self, k: usize, proven: &Proven) -> Vec<f64> {
        let unit = self.scaled.multiplier_unit(self.problem, k, proven.ratio());
        proven.multipliers().iter().map(|m| m / unit).collect()
    }

    /// Normalised zero-forcing vectors, of equal size and together within the budgets.
    pub(crate) fn zero_forcing_columns(&self) -> Option<Vec<Mat<c64>>> {
        let mut columns = self.coordinates.zero_forcing_directions(&self.scaled)?;
        let used = self.scaled.used_budget(&columns);
        let scale = faer::Scale(c64::new(1.0 / used.sqrt(), 0.0));
        columns.iter_mut().for_each(|c| *c *= scale);
        Some(columns)
    }

    /// Multipliers of all targets in the unit of the floor. Those that prove a higher ratio of one target prove
    /// the common one too.
    pub(crate) fn in_units(&self, multipliers: &[Vec<f64>], ratio: f64) -> Vec<Vec<f64>> {
        let in_unit = |(k, list): (usize, &Vec<f64>)| {
            let unit = self.scaled.multiplier_unit(self.problem, k, ratio);
            list.iter().map(|m| m * unit).collect()
        };
        multipliers.iter().enumerate().map(in_unit).collect()
    }

    fn normalised_columns(&self, target: usize, x: &Mat<c64>) -> Result<Mat<c64>, RobustError> {
        let basis = self.coordinates.basis(target).columns.as_ref();
        Ok(linalg::mul(basis, root(x)?.as_ref()))
    }

    /// Columns `G_j` of the problem's own coordinates with `W_j = G_j G_j^H`, for all targets.
    pub(crate) fn columns(&self, forms: &[Mat<c64>]) -> Result<Vec<Mat<c64>>, RobustError> {
        forms
            .iter()
            .enumerate()
            .map(|(j, x)| {
                let columns = self.normalised_columns(j, x)?;
                Ok(self.scaled.unscale_columns(columns.as_ref()))
            })
            .collect()
    }
}

/// `G` with `X = G G^H`, by the eigenvectors of `X` scaled to a unit diagonal, which respects
/// the grading of `X`.
fn root(x: &Mat<c64>) -> Result<Mat<c64>, RobustError> {
    let n = x.nrows();
    let d: Vec<f64> = (0..n)
        .map(|i| x[(i, i)].re.max(0.0).sqrt().max(f64::MIN_POSITIVE))
        .collect();
    let unit = Mat::from_fn(n, n, |i, j| x[(i, j)] / (d[i] * d[j]));
    let (values, vectors) = linalg::eigen(unit.as_ref(), true).ok_or(RobustError::Eigenvalues {
        dim: n,
        place: "forms",
    })?;
    Ok(Mat::from_fn(n, n, |i, j| {
        vectors[(i, j)] * (d[i] * values[j].max(0.0).sqrt())
    }))
}
