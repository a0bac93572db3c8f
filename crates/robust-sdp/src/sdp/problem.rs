//! The problem class: what an [`SdpSolver`](crate::SdpSolver) is given.
//!
//! Unknowns are Hermitian (or real symmetric) positive semidefinite matrices `X_v` and real
//! scalars `y_s`:
//!
//! ```math
//! \begin{aligned}
//! \max_{X,y}\ & \sum_v \langle C_v, X_v\rangle + \sum_s c_s y_s \\
//! \text{s.t.}\ & F_i + \sum_t c_{it}\, T_{it} X_{v(t)} T_{it}^H + \sum_s y_s A_{is} \succeq 0
//!    && \text{for each LMI } i, \\
//! & \sum_v \langle G_v, X_v\rangle + \sum_s g_s y_s \le h && \text{for each inequality}, \\
//! & \sum_v \langle E_v, X_v\rangle + \sum_s e_s y_s = f && \text{for each equality}, \\
//! & X_v \succeq 0,
//! \end{aligned}
//! ```
//!
//! with `<A, B> = Re Tr(A^H B)`. An LMI over [`Field::Real`] constrains the real part of its
//! left-hand side. Congruence terms share their matrices `T` by index, which is what lets a
//! backend form one Kronecker product per `T` instead of one per term.

use faer::{Mat, c64};

use crate::hermitian::Field;

/// Names a matrix unknown of an [`SdpProblem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MatrixId(pub(crate) usize);

/// Names a scalar unknown of an [`SdpProblem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ScalarId(pub(crate) usize);

impl MatrixId {
    /// Position in [`SdpProblem::matrices`] and in the matrices of a solution.
    pub fn index(self) -> usize {
        self.0
    }
}

impl ScalarId {
    /// Position in [`SdpProblem::scalars`] and in the scalars of a solution.
    pub fn index(self) -> usize {
        self.0
    }
}

/// A positive semidefinite matrix unknown.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct MatrixUnknown {
    /// Side.
    pub dim: usize,
    /// Real symmetric or complex Hermitian.
    pub field: Field,
    /// Expected size of each row: `X ≈ D V D`, `D = diag(magnitude)`, `V` of order one. It
    /// changes nothing about the problem; solvers use it to scale and to start.
    pub magnitude: Vec<f64>,
}

/// A real scalar unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum ScalarUnknown {
    /// Any sign.
    Free,
    /// Constrained to be non-negative.
    NonNegative,
}

/// The term `coefficient · T X T^H` of an LMI.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct CongruenceTerm {
    /// Real coefficient, of any sign.
    pub coefficient: f64,
    /// Which of the LMI's [`factors`](Lmi::factors) is `T`.
    pub factor: usize,
    /// Which matrix unknown is `X`.
    pub matrix: MatrixId,
}

/// The term `y · A` of an LMI, `A` Hermitian.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct ScalarTerm {
    /// Which scalar unknown is `y`.
    pub scalar: ScalarId,
    /// Nonzero entries `(row, column, value)` of `A`; both triangles, at most one entry each.
    pub entries: Vec<(usize, usize, c64)>,
}

/// A linear matrix inequality `F + Σ c T X T^H + Σ y A ⪰ 0`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Lmi {
    /// Real (the real part is constrained) or complex.
    pub field: Field,
    /// `F`, Hermitian; its side is the LMI's.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub constant: Mat<c64>,
    /// The matrices `T`, each `side × dim(X)`.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub factors: Vec<Mat<c64>>,
    /// The congruence terms.
    pub congruences: Vec<CongruenceTerm>,
    /// The scalar terms.
    pub scalars: Vec<ScalarTerm>,
}

/// A real linear form `Σ <G_v, X_v> + Σ g_s y_s`.
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct LinearForm {
    /// Hermitian coefficients of matrix unknowns.
    #[cfg_attr(feature = "serde", serde(with = "crate::written"))]
    pub matrices: Vec<(MatrixId, Mat<c64>)>,
    /// Coefficients of scalar unknowns.
    pub scalars: Vec<(ScalarId, f64)>,
}

/// A linear form and the number it is compared with.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct LinearConstraint {
    /// Left-hand side.
    pub form: LinearForm,
    /// Right-hand side.
    pub bound: f64,
}

/// The problem, freely editable; [`check`](Self::check) turns it into what solvers accept.
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct SdpProblem {
    /// Matrix unknowns.
    pub matrices: Vec<MatrixUnknown>,
    /// Scalar unknowns.
    pub scalars: Vec<ScalarUnknown>,
    /// Linear matrix inequalities.
    pub lmis: Vec<Lmi>,
    /// Inequalities `form ≤ bound`.
    pub inequalities: Vec<LinearConstraint>,
    /// Equalities `form = bound`.
    pub equalities: Vec<LinearConstraint>,
    /// What to maximise.
    pub objective: LinearForm,
}

impl SdpProblem {
    /// An empty problem.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a positive semidefinite matrix unknown of side `dim`.
    pub fn add_matrix(&mut self, dim: usize, field: Field) -> MatrixId {
        self.add_matrix_with_magnitude(field, vec![1.0; dim])
    }

    /// Adds a matrix unknown with the expected size of its rows.
    pub fn add_matrix_with_magnitude(&mut self, field: Field, magnitude: Vec<f64>) -> MatrixId {
        self.matrices.push(MatrixUnknown {
            dim: magnitude.len(),
            field,
            magnitude,
        });
        MatrixId(self.matrices.len() - 1)
    }

    /// Adds a scalar unknown.
    pub fn add_scalar(&mut self, kind: ScalarUnknown) -> ScalarId {
        self.scalars.push(kind);
        ScalarId(self.scalars.len() - 1)
    }

    /// Adds an LMI; its position among [`lmis`](Self::lmis) is returned.
    pub fn add_lmi(&mut self, lmi: Lmi) -> usize {
        self.lmis.push(lmi);
        self.lmis.len() - 1
    }

    /// Adds `form ≤ bound`.
    pub fn add_inequality(&mut self, form: LinearForm, bound: f64) {
        self.inequalities.push(LinearConstraint { form, bound });
    }

    /// Adds `form = bound`.
    pub fn add_equality(&mut self, form: LinearForm, bound: f64) {
        self.equalities.push(LinearConstraint { form, bound });
    }
}

impl Lmi {
    /// An LMI of side `dim` with `F = 0` and no terms.
    pub fn new(dim: usize, field: Field) -> Self {
        Self {
            field,
            constant: Mat::zeros(dim, dim),
            factors: Vec::new(),
            congruences: Vec::new(),
            scalars: Vec::new(),
        }
    }

    /// Side of the matrix inequality.
    pub fn dim(&self) -> usize {
        self.constant.nrows()
    }

    /// Adds a matrix `T` for use by congruence terms.
    pub fn add_factor(&mut self, factor: Mat<c64>) -> usize {
        self.factors.push(factor);
        self.factors.len() - 1
    }

    /// Adds `coefficient · T X T^H`.
    pub fn add_congruence(&mut self, coefficient: f64, factor: usize, matrix: MatrixId) {
        self.congruences.push(CongruenceTerm {
            coefficient,
            factor,
            matrix,
        });
    }

    /// Adds `y · diag(entries)` with the nonzero diagonal entries given.
    pub fn add_diagonal(
        &mut self,
        scalar: ScalarId,
        entries: impl IntoIterator<Item = (usize, f64)>,
    ) {
        self.scalars.push(ScalarTerm {
            scalar,
            entries: entries
                .into_iter()
                .map(|(i, v)| (i, i, c64::new(v, 0.0)))
                .collect(),
        });
    }

    /// Adds `y · A` for a dense Hermitian `A`.
    pub fn add_dense(&mut self, scalar: ScalarId, a: &Mat<c64>) {
        let mut entries = Vec::with_capacity(a.nrows() * a.ncols());
        for j in 0..a.ncols() {
            for i in 0..a.nrows() {
                if a[(i, j)] != c64::new(0.0, 0.0) {
                    entries.push((i, j, a[(i, j)]));
                }
            }
        }
        self.scalars.push(ScalarTerm { scalar, entries });
    }
}

impl LinearForm {
    /// The zero form.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `<coefficient, X>`.
    #[must_use]
    pub fn matrix(mut self, matrix: MatrixId, coefficient: Mat<c64>) -> Self {
        self.matrices.push((matrix, coefficient));
        self
    }

    /// Adds `coefficient · y`.
    #[must_use]
    pub fn scalar(mut self, scalar: ScalarId, coefficient: f64) -> Self {
        self.scalars.push((scalar, coefficient));
        self
    }
}
