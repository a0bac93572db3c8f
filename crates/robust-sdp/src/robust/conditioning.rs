//! The change of variables that keeps the semidefinite programs solvable at large ratios.
//!
//! `W_j = F X_j F^H` with `F = [zero-forcing directions | their orthogonal complement]`. The
//! `i`-th zero-forcing direction is invisible to every nominal vector but the `i`-th, so what
//! `h_k^H W_j h_k` must suppress to the level `1/γ` is an entry of `X_j` of its own, not the
//! difference of large numbers; its expected size, `1/sqrt(1+γ)` for the rows of the other
//! targets, goes to the solver as a magnitude.

use faer::linalg::solvers::SolveCore;
use faer::{Conj, Mat, MatRef, c64};

use super::scaled::ScaledProblem;
use super::subspace::Subspace;
use crate::linalg;
use crate::svec::Field;

/// How the unknowns are conditioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Conditioning {
    /// Zero-forcing coordinates, when the nominal vectors are independent.
    #[default]
    ZeroForcing,
    /// The coordinates of the data as they are. For measuring what the default is good for.
    None,
}

/// Where the forms live: `W_j = F X_j F^H` with the basis of target `j`.
#[derive(Debug, Clone)]
pub(crate) struct Coordinates {
    /// The distinct bases.
    pub(crate) bases: Vec<Basis>,
    /// Which of them each target uses.
    of_target: Vec<usize>,
}

/// One `F` and the rows of `X_j` that belong to a target.
#[derive(Debug, Clone)]
pub(crate) struct Basis {
    pub(crate) columns: Mat<c64>,
    /// Whether `X_j` is real or complex.
    pub(crate) field: Field,
    /// The first `zero_forcing` columns are zero-forcing directions, one per target.
    zero_forcing: usize,
}

/// Below this reciprocal condition of the nominal vectors' Gram matrix they count as dependent.
const INDEPENDENCE: f64 = 1e-12;

impl Coordinates {
    /// All targets in one basis of the whole space.
    pub(crate) fn new(scaled: &ScaledProblem, conditioning: Conditioning) -> Self {
        Self {
            bases: vec![Basis::whole(scaled, conditioning)],
            of_target: vec![0; scaled.targets.len()],
        }
    }

    /// Each target in a subspace of its own, given by columns in the problem's coordinates.
    pub(crate) fn within(scaled: &ScaledProblem, subspaces: &[Subspace]) -> Self {
        let bases = subspaces
            .iter()
            .map(|subspace| {
                let mut columns = scaled.scale_columns(subspace.basis.as_ref());
                normalise_columns(&mut columns);
                Basis {
                    columns,
                    field: subspace.field,
                    zero_forcing: 0,
                }
            })
            .collect();
        Self {
            bases,
            of_target: (0..subspaces.len()).collect(),
        }
    }

    /// Position of a target's basis among the distinct ones.
    pub(crate) fn index(&self, target: usize) -> usize {
        self.of_target[target]
    }

    /// A target's basis.
    pub(crate) fn basis(&self, target: usize) -> &Basis {
        &self.bases[self.of_target[target]]
    }
}

impl Basis {
    fn whole(scaled: &ScaledProblem, conditioning: Conditioning) -> Self {
        let n = scaled.coordinate_scale.len();
        let plain = Self {
            columns: Mat::identity(n, n),
            field: Field::Complex,
            zero_forcing: 0,
        };
        let k = scaled.targets.len();
        if conditioning == Conditioning::None || k > n {
            return plain;
        }
        let nominal = Mat::from_fn(n, k, |i, j| scaled.targets[j].nominal()[(i, 0)]);
        let gram = linalg::mul_adjoint_left(nominal.as_ref(), nominal.as_ref());
        match linalg::eigen(gram.as_ref(), false) {
            Some((values, _)) if values[0] > INDEPENDENCE * values[k - 1] => {}
            _ => return plain,
        }
        let mut inverse = Mat::<c64>::identity(k, k);
        gram.partial_piv_lu()
            .solve_in_place_with_conj(Conj::No, inverse.as_mut());
        let mut directions = linalg::mul(nominal.as_ref(), inverse.as_ref());
        normalise_columns(&mut directions);
        let complement = complement(nominal.as_ref());
        Self {
            columns: Mat::from_fn(n, k + complement.ncols(), |i, j| {
                if j < k {
                    directions[(i, j)]
                } else {
                    complement[(i, j - k)]
                }
            }),
            field: Field::Complex,
            zero_forcing: k,
        }
    }

    /// One unit vector per target that the other nominal vectors do not see, if there are such
    /// columns.
    pub(crate) fn zero_forcing_directions(&self) -> Option<Vec<Mat<c64>>> {
        (self.zero_forcing > 0).then(|| {
            (0..self.zero_forcing)
                .map(|j| self.columns.as_ref().subcols(j, 1).to_owned())
                .collect()
        })
    }

    /// Number of columns.
    pub(crate) fn dimension(&self) -> usize {
        self.columns.ncols()
    }

    /// Expected size of the rows of `X_j` at a ratio.
    pub(crate) fn magnitude(&self, target: usize, ratio: f64) -> Vec<f64> {
        (0..self.dimension())
            .map(|i| {
                if i < self.zero_forcing && i != target {
                    1.0 / (1.0 + ratio).sqrt()
                } else {
                    1.0
                }
            })
            .collect()
    }
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
