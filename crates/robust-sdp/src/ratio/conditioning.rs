//! The change of variables that keeps the semidefinite programs solvable at large ratios.
//!
//! `W_j = F X_j F^H` with `F = [zero-forcing directions | their orthogonal complement]`. The
//! `i`-th zero-forcing direction is invisible to every nominal vector but the `i`-th, so what
//! `h_k^H W_j h_k` must suppress to the level `1/γ` is an entry of `X_j` of its own, not the
//! difference of large numbers; its expected size, `1/sqrt(1+γ)` for the rows of the other
//! targets, goes to the solver as a magnitude.
//!
//! Errors that act on groups as a whole (turning phases) are met by forms that suppress the
//! interference of each group by itself: then the zero-forcing directions are those of the groups.

use faer::linalg::solvers::SolveCore;
use faer::{Conj, Mat, MatRef, c64};

use crate::hermitian::Field;
use crate::hermitian::linalg;
use crate::ratio::normalised::{NormalisedProblem, NormalisedTarget};
use crate::ratio::problem::ValidRatioProblem;
use crate::ratio::subspace::Subspace;

/// How the unknowns are conditioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Conditioning {
    /// Zero-forcing coordinates, group by group where errors other than balls are large, and the
    /// other kind when a program fails in these.
    #[default]
    Automatic,
    /// Zero-forcing coordinates of whole vectors, when these are independent.
    ZeroForcing,
    /// Zero-forcing coordinates of the vectors' parts in each group in which they are independent.
    GroupZeroForcing,
    /// The coordinates of the data as they are. For measuring what the default is good for.
    None,
}

/// Errors of this size, relative to their vector, are met by nulling in each group: measured, in
/// iterations, where ratios are large. Below, the coordinates of whole vectors keep more digits.
const GROUP_WISE: f64 = 0.005;

impl Conditioning {
    /// The conditioning to use, and the one to fall back on.
    pub(crate) fn choices(self, problem: &ValidRatioProblem) -> Vec<Self> {
        if self != Self::Automatic {
            return vec![self];
        }
        let turning = NormalisedProblem::new(problem).turning;
        if turning >= GROUP_WISE {
            vec![Self::GroupZeroForcing, Self::ZeroForcing]
        } else if turning > 0.0 {
            vec![Self::ZeroForcing, Self::GroupZeroForcing]
        } else {
            vec![Self::ZeroForcing]
        }
    }
}

/// Where the forms live: `W_j = F X_j F^H` with the basis of target `j`.
#[derive(Debug, Clone)]
pub(crate) struct Coordinates {
    /// The distinct bases.
    pub(crate) bases: Vec<Basis>,
    /// Whether the one basis there is spans the whole space.
    pub(crate) whole: bool,
    /// Which of them each target uses.
    of_target: Vec<usize>,
}

/// One `F` and the rows of `X_j` that belong to a target.
#[derive(Debug, Clone)]
pub(crate) struct Basis {
    pub(crate) columns: Mat<c64>,
    /// Whether `X_j` is real or complex.
    pub(crate) field: Field,
    seen: Vec<Seen>,
}

/// By whose nominal vector a column of a basis is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Seen {
    /// By one target's only.
    By(usize),
    /// By targets other than the one whose form it is for, as strongly as this: the nominal vectors are of
    /// length one.
    ByOthers(f64),
}

/// Below this reciprocal condition of the nominal vectors' Gram matrix they count as dependent.
const INDEPENDENCE: f64 = 1e-12;

/// Amplitude, of a nominal vector of length one, below which a unit column counts as not seen at all: the square root
/// of what rounding leaves of a squared amplitude.
const UNSEEN: f64 = 1e-7;

impl Coordinates {
    /// All targets in one basis of the whole space.
    pub(crate) fn new(scaled: &NormalisedProblem, conditioning: Conditioning) -> Self {
        Self {
            bases: vec![Basis::whole(scaled, conditioning)],
            whole: true,
            of_target: vec![0; scaled.targets.len()],
        }
    }

    /// Each target in a subspace of its own, given by columns in the problem's coordinates.
    pub(crate) fn within(scaled: &NormalisedProblem, subspaces: &[Subspace]) -> Self {
        let bases = subspaces
            .iter()
            .enumerate()
            .map(|(j, subspace)| Basis::within(scaled, subspace, j))
            .collect();
        Self {
            bases,
            whole: false,
            of_target: (0..subspaces.len()).collect(),
        }
    }

    /// Position of a target's basis among the distinct ones.
    pub(crate) fn index(&self, target: usize) -> usize {
        self.of_target[target]
    }

    /// One unit vector per target that the other nominal vectors do not see, if there are such for all.
    pub(crate) fn zero_forcing_directions(
        &self,
        scaled: &NormalisedProblem,
    ) -> Option<Vec<Mat<c64>>> {
        (scaled.targets.iter().enumerate())
            .map(|(k, own)| self.basis(k).zero_forcing_direction(k, own))
            .collect()
    }

    /// A target's basis.
    pub(crate) fn basis(&self, target: usize) -> &Basis {
        &self.bases[self.of_target[target]]
    }
}

impl Basis {
    fn whole(scaled: &NormalisedProblem, conditioning: Conditioning) -> Self {
        let n = scaled.coordinate_scale.len();
        let everything = std::iter::once(0..n);
        let ranges: Vec<_> = match conditioning {
            Conditioning::None => Vec::new(),
            Conditioning::GroupZeroForcing => scaled.ranges.clone(),
            Conditioning::Automatic if scaled.turning >= GROUP_WISE => scaled.ranges.clone(),
            Conditioning::Automatic | Conditioning::ZeroForcing => everything.collect(),
        };
        let mut basis = Self {
            columns: Mat::identity(n, n),
            field: Field::Complex,
            seen: vec![Seen::ByOthers(0.0); n],
        };
        for range in ranges {
            let (first, rows) = (range.start, range.len());
            let nominal = Mat::from_fn(rows, scaled.targets.len(), |i, j| {
                scaled.targets[j].nominal()[(first + i, 0)]
            });
            let Some(directions) = zero_forcing(&nominal) else {
                continue;
            };
            for j in 0..rows {
                for i in 0..rows {
                    basis.columns[(first + i, first + j)] = directions[(i, j)];
                }
                if j < nominal.ncols() {
                    basis.seen[first + j] = Seen::By(j);
                }
            }
        }
        basis
    }

    /// What target `target`'s form may be made of. The columns are such that the other nominal vectors see
    /// each as little as it can be, given those before: the right singular vectors of what they see.
    fn within(scaled: &NormalisedProblem, subspace: &Subspace, target: usize) -> Self {
        let field = subspace.field;
        let basis = orthonormal(scaled.scale_columns(subspace.basis.as_ref()), field);
        let others = (scaled.targets.iter().enumerate()).filter(|(k, _)| *k != target);
        let mut seen = Mat::<c64>::zeros(basis.ncols(), basis.ncols());
        for (_, other) in others {
            // Squared amplitude at the other target, as a form of the coordinates.
            let row = linalg::mul_adjoint_left(basis.as_ref(), other.nominal());
            seen += linalg::mul_adjoint_right(row.as_ref(), row.as_ref());
        }
        let Some((values, vectors)) = eigen(&seen, field) else {
            let seen = vec![Seen::ByOthers(1.0); basis.ncols()];
            return Self {
                columns: basis,
                field,
                seen,
            };
        };
        Self {
            columns: linalg::mul(basis.as_ref(), vectors.as_ref()),
            field,
            seen: (values.iter())
                .map(|v| Seen::ByOthers(v.max(0.0).sqrt()))
                .collect(),
        }
    }

    /// The column that target `target` sees most of those that others do not see, of unit length; `None` without any.
    fn zero_forcing_direction(&self, target: usize, own: &NormalisedTarget) -> Option<Mat<c64>> {
        let mut sum = Mat::<c64>::zeros(self.columns.nrows(), 1);
        for i in 0..self.dimension() {
            let column = self.columns.as_ref().subcols(i, 1);
            let arriving = linalg::mul_adjoint_left(own.nominal(), column)[(0, 0)].conj();
            let arriving = match self.field {
                Field::Complex => arriving,
                Field::Real => c64::new(arriving.re, 0.0),
            };
            let weight = match self.seen[i] {
                // In phase at the target.
                Seen::By(k) if k == target => arriving * (1.0 / arriving.norm()),
                Seen::ByOthers(strength) if strength < UNSEEN => arriving,
                Seen::By(_) | Seen::ByOthers(_) => continue,
            };
            sum += column * faer::Scale(weight);
        }
        let length = linalg::norm(sum.as_ref());
        (length > UNSEEN).then(|| sum * faer::Scale(c64::new(1.0 / length, 0.0)))
    }

    /// Number of columns.
    pub(crate) fn dimension(&self) -> usize {
        self.columns.ncols()
    }

    /// Expected size of the rows of `X_j` at a ratio.
    pub(crate) fn magnitude(&self, target: usize, ratio: f64) -> Vec<f64> {
        (0..self.dimension())
            .map(|i| match self.seen[i] {
                Seen::By(other) if other != target => 1.0 / (1.0 + ratio).sqrt(),
                Seen::By(_) => 1.0,
                Seen::ByOthers(strength) => 1.0 / (1.0 + strength * strength * ratio).sqrt(),
            })
            .collect()
    }
}

/// A basis whose first columns are zero-forcing directions, one unit vector per column of
/// `nominal` that the other columns do not see; `None` if these are dependent.
fn zero_forcing(nominal: &Mat<c64>) -> Option<Mat<c64>> {
    let (n, k) = (nominal.nrows(), nominal.ncols());
    if k > n {
        return None;
    }
    let gram = linalg::mul_adjoint_left(nominal.as_ref(), nominal.as_ref());
    let (values, _) = linalg::eigen(gram.as_ref(), false)?;
    if values[0].is_nan() || values[0] <= INDEPENDENCE * values[k - 1] {
        return None;
    }
    let mut inverse = Mat::<c64>::identity(k, k);
    gram.partial_piv_lu()
        .solve_in_place_with_conj(Conj::No, inverse.as_mut());
    let mut directions = linalg::mul(nominal.as_ref(), inverse.as_ref());
    normalise_columns(&mut directions);
    let complement = complement(nominal.as_ref());
    if k + complement.ncols() != n {
        return None;
    }
    Some(Mat::from_fn(n, n, |i, j| {
        if j < k {
            directions[(i, j)]
        } else {
            complement[(i, j - k)]
        }
    }))
}

/// An orthonormal basis, over the field, of all combinations of columns over the field. (Over the reals in the inner
/// product `Re x^H y`.)
fn orthonormal(mut columns: Mat<c64>, field: Field) -> Mat<c64> {
    normalise_columns(&mut columns);
    let n = columns.nrows();
    match field {
        Field::Complex => linalg::orthonormal_basis(columns.as_ref(), INDEPENDENCE.sqrt()),
        Field::Real => {
            let stacked = Mat::from_fn(2 * n, columns.ncols(), |i, j| {
                let value = columns[(i % n, j)];
                c64::from(if i < n { value.re } else { value.im })
            });
            let basis = linalg::orthonormal_basis(stacked.as_ref(), INDEPENDENCE.sqrt());
            Mat::from_fn(n, basis.ncols(), |i, j| {
                c64::new(basis[(i, j)].re, basis[(n + i, j)].re)
            })
        }
    }
}

/// Eigenvalues and vectors of a Hermitian form on coordinates of a field.
fn eigen(form: &Mat<c64>, field: Field) -> Option<(Vec<f64>, Mat<c64>)> {
    if field == Field::Complex {
        return linalg::eigen(form.as_ref(), true);
    }
    let n = form.nrows();
    let real = Mat::from_fn(n, n, |i, j| 0.5 * (form[(i, j)].re + form[(j, i)].re));
    let found = real.self_adjoint_eigen(faer::Side::Lower).ok()?;
    let values = (0..n).map(|i| found.S()[i]).collect();
    Some((
        values,
        Mat::from_fn(n, n, |i, j| c64::from(found.U()[(i, j)])),
    ))
}

fn normalise_columns(a: &mut Mat<c64>) {
    for j in 0..a.ncols() {
        let length = linalg::norm(a.as_ref().subcols(j, 1));
        for i in 0..a.nrows() {
            a[(i, j)] /= length;
        }
    }
}

/// Orthonormal complement of the column span of `a` (full column rank).
fn complement(a: MatRef<'_, c64>) -> Mat<c64> {
    let (n, k) = (a.nrows(), a.ncols());
    let span = linalg::orthonormal_basis(a, 0.0);
    // I - Q Q^H, projected twice; its span has dimension n - k.
    let mut rest = Mat::<c64>::identity(n, n);
    for _ in 0..2 {
        let overlap = linalg::mul_adjoint_left(span.as_ref(), rest.as_ref());
        rest -= linalg::mul(span.as_ref(), overlap.as_ref());
    }
    let basis = linalg::orthonormal_basis(rest.as_ref(), 1e-6);
    basis.subcols(0, (n - k).min(basis.ncols())).to_owned()
}
