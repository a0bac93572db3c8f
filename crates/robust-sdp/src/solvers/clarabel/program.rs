//! A problem of the class in Clarabel's form: `min q^T x` subject to `A x + s = b`, `s ∈ K`.
//!
//! `x` holds the coordinates of the matrix unknowns in units of their magnitudes,
//! `X = D smat(x) D`, then the scalars. The rows, in the order of
//! [`SdpProblem`](crate::SdpProblem): equalities
//! (zero cone), inequalities and signs of scalars (orthant), then one semidefinite cone for each
//! matrix unknown and each LMI, [embedded](super::embedding). With `s = b - A x` as the slack of
//! each constraint and `q = -objective`, Clarabel's `z` are the multipliers of
//! [`DualPoint`](crate::DualPoint) up to the magnitudes.
//!
//! Clarabel's tolerances are partly absolute. So objective and constants are handed over with
//! norm one; solutions and slacks come back in units of the constants, multipliers in those of
//! the objective.

use clarabel::algebra::CscMatrix;
use clarabel::solver::SupportedConeT::{self, NonnegativeConeT, PSDTriangleConeT, ZeroConeT};
use faer::{Mat, c64};

use super::embedding;
use crate::hermitian::linalg;
use crate::hermitian::svec::{Field, add_svec, smat};
use crate::sdp::{DualPoint, LinearForm, Lmi, PrimalPoint, ScalarUnknown, ValidSdp};

/// The data that Clarabel is given.
pub(super) struct Program {
    pub(super) objective: Vec<f64>,
    pub(super) matrix: CscMatrix<f64>,
    pub(super) constants: Vec<f64>,
    pub(super) cones: Vec<SupportedConeT<f64>>,
    /// Rows in the zero cone.
    pub(super) equalities: usize,
    /// Rows in the orthant.
    pub(super) orthant: usize,
    /// Field and side of each semidefinite cone.
    pub(super) blocks: Vec<(Field, usize)>,
    /// Norm of the constants, the unit of `x` and `s`.
    pub(super) primal_unit: f64,
    /// Norm of the objective, the unit of `z`.
    pub(super) dual_unit: f64,
}

impl Program {
    pub(super) fn new(problem: &ValidSdp) -> Self {
        let signs = signed_scalars(problem);
        let orthant = problem.inequalities.len() + signs.len();
        let mut cones = Vec::new();
        if !problem.equalities.is_empty() {
            cones.push(ZeroConeT(problem.equalities.len()));
        }
        if orthant > 0 {
            cones.push(NonnegativeConeT(orthant));
        }
        for (field, n) in blocks(problem) {
            cones.push(PSDTriangleConeT(embedding::side(field, n)));
        }
        let mut objective = coordinates(problem, &problem.objective);
        let mut constants = constants(problem, signs.len());
        let (dual_unit, primal_unit) = (unit(&objective), unit(&constants));
        objective.iter_mut().for_each(|c| *c /= -dual_unit);
        constants.iter_mut().for_each(|c| *c /= primal_unit);
        Self {
            objective,
            matrix: columns(problem, &signs),
            constants,
            cones,
            equalities: problem.equalities.len(),
            orthant,
            blocks: blocks(problem).collect(),
            primal_unit,
            dual_unit,
        }
    }

    /// Rows and entries of a column of the matrix.
    pub(super) fn column(&self, j: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.matrix.colptr[j]..self.matrix.colptr[j + 1];
        let rows = self.matrix.rowval[range.clone()].iter().copied();
        rows.zip(self.matrix.nzval[range].iter().copied())
    }
}

/// The norm, or one if there is none.
fn unit(values: &[f64]) -> f64 {
    let norm = values.iter().fold(0.0, |a: f64, v| a.hypot(*v));
    if norm > 0.0 { norm } else { 1.0 }
}

/// Position of each scalar with a sign constraint.
fn signed_scalars(problem: &ValidSdp) -> Vec<usize> {
    (0..problem.scalars.len())
        .filter(|&s| problem.scalars[s] == ScalarUnknown::NonNegative)
        .collect()
}

/// Field and side of each semidefinite block: matrix unknowns, then LMIs.
fn blocks(problem: &ValidSdp) -> impl Iterator<Item = (Field, usize)> + '_ {
    let unknowns = problem.matrices.iter().map(|m| (m.field, m.dim));
    unknowns.chain(problem.lmis.iter().map(|l| (l.field, l.dim())))
}

/// Number of coordinates of all matrix unknowns.
fn matrix_coordinates(problem: &ValidSdp) -> usize {
    problem
        .matrices
        .iter()
        .map(|m| m.field.coordinates(m.dim))
        .sum()
}

fn constants(problem: &ValidSdp, signs: usize) -> Vec<f64> {
    let bounds = problem.equalities.iter().chain(&problem.inequalities);
    let mut out: Vec<f64> = bounds.map(|c| c.bound).collect();
    out.resize(out.len() + signs, 0.0);
    for m in &problem.matrices {
        out.resize(out.len() + embedding::len(m.field, m.dim), 0.0);
    }
    for lmi in &problem.lmis {
        embedding::embed(lmi.field, lmi.constant.as_ref(), &mut out);
    }
    out
}

/// Coefficients of a form in all coordinates.
fn coordinates(problem: &ValidSdp, form: &LinearForm) -> Vec<f64> {
    let mut starts = Vec::with_capacity(problem.matrices.len());
    let mut start = 0;
    for m in &problem.matrices {
        starts.push(start);
        start += m.field.coordinates(m.dim);
    }
    let mut out = vec![0.0; start + problem.scalars.len()];
    for (id, coefficient) in &form.matrices {
        let unknown = &problem.matrices[id.index()];
        let at = starts[id.index()];
        let range = at..at + unknown.field.coordinates(unknown.dim);
        let scaled = magnified(coefficient, &unknown.magnitude, 1);
        add_svec(unknown.field, scaled.as_ref(), 1.0, &mut out[range]);
    }
    for (id, coefficient) in &form.scalars {
        out[start + id.index()] += coefficient;
    }
    out
}

/// `D^p A D^p`.
fn magnified(a: &Mat<c64>, magnitude: &[f64], power: i32) -> Mat<c64> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| {
        a[(i, j)] * (magnitude[i] * magnitude[j]).powi(power)
    })
}

/// `A`, column by column: the negative of each constraint's slack per coordinate.
fn columns(problem: &ValidSdp, signs: &[usize]) -> CscMatrix<f64> {
    let forms = problem.equalities.iter().chain(&problem.inequalities);
    let forms: Vec<Vec<f64>> = forms.map(|c| coordinates(problem, &c.form)).collect();
    let first_block = forms.len() + signs.len();
    let rows = first_block
        + blocks(problem)
            .map(|(f, n)| embedding::len(f, n))
            .sum::<usize>();
    let mut builder = ColumnBuilder::new(rows);
    let mut column = 0;
    for (v, unknown) in problem.matrices.iter().enumerate() {
        let count = unknown.field.coordinates(unknown.dim);
        for c in 0..count {
            let mut unit = vec![0.0; count];
            unit[c] = 1.0;
            let basis = smat(unknown.field, unknown.dim, &unit);
            builder.extend(0, forms.iter().map(|f| f[column]));
            let mut row = first_block;
            for (b, (field, n)) in blocks(problem).enumerate() {
                let image = match b.checked_sub(problem.matrices.len()) {
                    None => (b == v).then(|| basis.clone()),
                    Some(l) => {
                        let x = magnified(&basis, &unknown.magnitude, 1);
                        matrix_image(&problem.lmis[l], v, &x)
                    }
                };
                builder.extend_block(row, field, image.as_ref());
                row += embedding::len(field, n);
            }
            builder.finish_column();
            column += 1;
        }
    }
    for s in 0..problem.scalars.len() {
        builder.extend(0, forms.iter().map(|f| f[column]));
        if let Ok(k) = signs.binary_search(&s) {
            builder.extend(forms.len() + k, [-1.0]);
        }
        let mut row = first_block;
        for (b, (field, n)) in blocks(problem).enumerate() {
            let lmi = b.checked_sub(problem.matrices.len());
            let image = lmi.and_then(|l| scalar_image(&problem.lmis[l], s));
            builder.extend_block(row, field, image.as_ref());
            row += embedding::len(field, n);
        }
        builder.finish_column();
        column += 1;
    }
    builder.build(column)
}

/// `Σ c T X T^H` over an LMI's terms in one unknown; `None` without any. Basis matrices have at
/// most two entries.
fn matrix_image(lmi: &Lmi, unknown: usize, x: &Mat<c64>) -> Option<Mat<c64>> {
    let mut image: Option<Mat<c64>> = None;
    for term in lmi
        .congruences
        .iter()
        .filter(|t| t.matrix.index() == unknown)
    {
        let t = &lmi.factors[term.factor];
        let out = image.get_or_insert_with(|| Mat::zeros(lmi.dim(), lmi.dim()));
        for j in 0..x.ncols() {
            for i in 0..x.nrows() {
                let value = x[(i, j)] * term.coefficient;
                if value == c64::new(0.0, 0.0) {
                    continue;
                }
                for q in 0..lmi.dim() {
                    let right = value * t[(q, j)].conj();
                    for p in 0..lmi.dim() {
                        out[(p, q)] += t[(p, i)] * right;
                    }
                }
            }
        }
    }
    image
}

/// The matrix that an LMI has for a scalar.
fn scalar_image(lmi: &Lmi, scalar: usize) -> Option<Mat<c64>> {
    let mut image: Option<Mat<c64>> = None;
    for term in lmi.scalars.iter().filter(|t| t.scalar.index() == scalar) {
        let out = image.get_or_insert_with(|| Mat::zeros(lmi.dim(), lmi.dim()));
        for &(i, j, value) in &term.entries {
            out[(i, j)] += value;
        }
    }
    image
}

/// A sparse matrix under construction.
struct ColumnBuilder {
    rows: usize,
    starts: Vec<usize>,
    indices: Vec<usize>,
    values: Vec<f64>,
    scratch: Vec<f64>,
}

impl ColumnBuilder {
    fn new(rows: usize) -> Self {
        Self {
            rows,
            starts: vec![0],
            indices: Vec::new(),
            values: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// Entries of the current column from a row on, zeros left out.
    fn extend(&mut self, row: usize, values: impl IntoIterator<Item = f64>) {
        for (i, value) in values.into_iter().enumerate().filter(|(_, v)| *v != 0.0) {
            self.indices.push(row + i);
            self.values.push(value);
        }
    }

    /// The slack of a semidefinite block grows by this matrix.
    fn extend_block(&mut self, row: usize, field: Field, image: Option<&Mat<c64>>) {
        let Some(image) = image else { return };
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        embedding::embed(field, image.as_ref(), &mut scratch);
        self.extend(row, scratch.iter().map(|v| -v));
        self.scratch = scratch;
    }

    fn finish_column(&mut self) {
        self.starts.push(self.indices.len());
    }

    fn build(self, columns: usize) -> CscMatrix<f64> {
        CscMatrix::new(self.rows, columns, self.starts, self.indices, self.values)
    }
}

/// The unknowns' values from slacks and solution. A matrix unknown is its cone's slack, positive
/// semidefinite for certain and equal to the solution's up to the residual; with `slack = None`
/// (a direction) it is taken from the solution.
pub(super) fn primal_point(problem: &ValidSdp, x: &[f64], slack: Option<&[f64]>) -> PrimalPoint {
    let signs = signed_scalars(problem).len();
    let mut row = problem.equalities.len() + problem.inequalities.len() + signs;
    let mut at = 0;
    let mut matrices = Vec::with_capacity(problem.matrices.len());
    for m in &problem.matrices {
        let (rows, count) = (embedding::len(m.field, m.dim), m.field.coordinates(m.dim));
        let value = match slack {
            Some(s) => embedding::extract(m.field, m.dim, &s[row..row + rows]),
            None => smat(m.field, m.dim, &x[at..at + count]),
        };
        matrices.push(magnified(&value, &m.magnitude, 1));
        row += rows;
        at += count;
    }
    let scalars = x[matrix_coordinates(problem)..].iter();
    PrimalPoint {
        matrices,
        scalars: scalars
            .zip(&problem.scalars)
            .map(|(&y, kind)| match (slack, kind) {
                (Some(_), ScalarUnknown::NonNegative) => y.max(0.0),
                _ => y,
            })
            .collect(),
    }
}

/// The multipliers, all times `scale`.
pub(super) fn dual_point(problem: &ValidSdp, z: &[f64], scale: f64) -> DualPoint {
    let mut rest = z;
    let mut take = |count: usize| {
        let (head, tail) = rest.split_at(count);
        rest = tail;
        head.iter().map(|v| v * scale).collect::<Vec<f64>>()
    };
    let equalities = take(problem.equalities.len());
    let inequalities = take(problem.inequalities.len());
    let signs = signed_scalars(problem);
    let mut scalars = vec![0.0; problem.scalars.len()];
    for (s, value) in signs.iter().zip(take(signs.len())) {
        scalars[*s] = value;
    }
    let mut values: Vec<Mat<c64>> = blocks(problem)
        .map(|(field, n)| {
            let mut value = embedding::extract(field, n, &take(embedding::len(field, n)));
            linalg::symmetrise(&mut value);
            value
        })
        .collect();
    let lmis = values.split_off(problem.matrices.len());
    DualPoint {
        lmis,
        matrices: values
            .iter()
            .zip(&problem.matrices)
            .map(|(z, m)| magnified(z, &m.magnitude, -1))
            .collect(),
        scalars,
        inequalities,
        equalities,
    }
}
