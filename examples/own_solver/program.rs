//! A problem written out: each inequality as dense matrices, one for each real coordinate.

use robust_sdp::faer::{Mat, Scale, c64};
use robust_sdp::{Field, LinearForm, ScalarUnknown, ValidSdp};

/// `constant + Σ_j x_j coefficients_j ⪰ 0`.
pub struct Block {
    pub constant: Mat<c64>,
    pub coefficients: Vec<Option<Mat<c64>>>,
}

impl Block {
    pub fn new(side: usize, count: usize) -> Self {
        Self {
            constant: Mat::zeros(side, side),
            coefficients: vec![None; count],
        }
    }

    /// Adds to the coefficient of `x_j`.
    pub fn add(&mut self, j: usize, matrix: &Mat<c64>) {
        let side = self.constant.nrows();
        *self.coefficients[j].get_or_insert_with(|| Mat::zeros(side, side)) += matrix;
    }

    pub fn at(&self, x: &[f64]) -> Mat<c64> {
        let mut value = self.constant.clone();
        for (coefficient, &x) in self.coefficients.iter().zip(x) {
            if let Some(matrix) = coefficient {
                value += matrix * Scale(c64::new(x, 0.0));
            }
        }
        value
    }

    /// What an inequality over the reals sees of a block.
    fn real_part(&mut self) {
        for matrix in self
            .coefficients
            .iter_mut()
            .flatten()
            .chain([&mut self.constant])
        {
            *matrix = Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| {
                c64::new(matrix[(i, j)].re, 0.0)
            });
        }
    }
}

/// The problem in real coordinates: those of the matrices, in units of their magnitudes, then the scalars.
pub struct Program {
    pub objective: Vec<f64>,
    /// LMIs, matrix unknowns, scalars with a sign, inequalities: the order of the multipliers.
    pub blocks: Vec<Block>,
    /// Which unknown a coordinate belongs to, and what it multiplies there.
    pub basis: Vec<(usize, Mat<c64>)>,
}

impl Program {
    pub fn new(problem: &ValidSdp) -> Self {
        let basis: Vec<(usize, Mat<c64>)> = (problem.matrices.iter().enumerate())
            .flat_map(|(v, m)| hermitian_basis(m.field, &m.magnitude).map(move |e| (v, e)))
            .collect();
        let first_scalar = basis.len();
        let count = first_scalar + problem.scalars.len();
        let row = |form: &LinearForm| {
            let mut row = vec![0.0; count];
            for (id, c) in &form.matrices {
                for (value, (v, e)) in row.iter_mut().zip(&basis) {
                    if *v == id.index() {
                        *value += inner(c, e);
                    }
                }
            }
            for (id, c) in &form.scalars {
                row[first_scalar + id.index()] += c;
            }
            row
        };
        let mut blocks = Vec::new();
        for lmi in &problem.lmis {
            let mut block = Block::new(lmi.dim(), count);
            block.constant = lmi.constant.clone();
            for term in &lmi.congruences {
                let t = &lmi.factors[term.factor];
                for (j, (_, e)) in basis
                    .iter()
                    .enumerate()
                    .filter(|(_, (v, _))| *v == term.matrix.index())
                {
                    let image = t * e * t.adjoint();
                    block.add(j, &(image * Scale(c64::new(term.coefficient, 0.0))));
                }
            }
            for term in &lmi.scalars {
                let mut matrix = Mat::zeros(lmi.dim(), lmi.dim());
                for &(r, c, value) in &term.entries {
                    matrix[(r, c)] = value;
                }
                block.add(first_scalar + term.scalar.index(), &matrix);
            }
            if lmi.field == Field::Real {
                block.real_part();
            }
            blocks.push(block);
        }
        for (v, unknown) in problem.matrices.iter().enumerate() {
            let mut block = Block::new(unknown.dim, count);
            let own = (0..first_scalar).filter(|&j| basis[j].0 == v);
            for (j, e) in own.zip(hermitian_basis(unknown.field, &vec![1.0; unknown.dim])) {
                block.add(j, &e);
            }
            blocks.push(block);
        }
        for (s, kind) in problem.scalars.iter().enumerate() {
            if *kind == ScalarUnknown::NonNegative {
                let mut block = Block::new(1, count);
                block.add(first_scalar + s, &one_by_one(1.0));
                blocks.push(block);
            }
        }
        for inequality in &problem.inequalities {
            let mut block = Block::new(1, count);
            block.constant = one_by_one(inequality.bound);
            for (j, &c) in row(&inequality.form)
                .iter()
                .enumerate()
                .filter(|(_, c)| **c != 0.0)
            {
                block.add(j, &one_by_one(-c));
            }
            blocks.push(block);
        }
        let objective = row(&problem.objective);
        Self {
            objective,
            blocks,
            basis,
        }
    }
}

/// A basis of the Hermitian (real symmetric) matrices, entries in units of the magnitudes.
fn hermitian_basis(field: Field, magnitude: &[f64]) -> impl Iterator<Item = Mat<c64>> {
    let side = magnitude.len();
    let mut basis = Vec::new();
    for j in 0..side {
        for i in j..side {
            let size = magnitude[i] * magnitude[j];
            let mut add = |value: c64| {
                let mut e = Mat::<c64>::zeros(side, side);
                e[(j, i)] = value.conj();
                e[(i, j)] = value;
                basis.push(e);
            };
            add(c64::new(size, 0.0));
            if i != j && field == Field::Complex {
                add(c64::new(0.0, size));
            }
        }
    }
    basis.into_iter()
}

/// `Re Tr(A^H B)`.
pub fn inner(a: &Mat<c64>, b: &Mat<c64>) -> f64 {
    let mut sum = 0.0;
    for j in 0..a.ncols() {
        for i in 0..a.nrows() {
            sum += (a[(i, j)].conj() * b[(i, j)]).re;
        }
    }
    sum
}

pub fn one_by_one(value: f64) -> Mat<c64> {
    Mat::from_fn(1, 1, |_, _| c64::new(value, 0.0))
}
