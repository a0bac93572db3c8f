//! Certificates as solutions of homogeneous conic systems.
//!
//! Multipliers that prove infeasibility, and directions that prove unboundedness, are points of a
//! product of cones on which linear equations vanish and a linear functional is negative:
//!
//! ```text
//! Σ <A_eb, P_b> + Σ a_ek q_k + Σ a_el f_l = 0 for each e,   P_b ⪰ 0, q ≥ 0, f free,   functional < 0.
//! ```
//!
//! | | multipliers | directions |
//! |---|---|---|
//! | blocks | of `X ⪰ 0`, then of the LMIs | the `X`, then the LMIs' values |
//! | non-negative | of signs, then of inequalities | signed scalars, then what inequalities leave |
//! | free | of equalities | free scalars |
//! | equations | the gradient, by coordinates of the unknowns | the values' definitions, equalities |
//! | functional | the bound | minus the objective's growth |

use faer::{Mat, c64};

use super::problem::{LinearForm, Lmi, ScalarUnknown, SdpProblem};
use super::solution::{DualPoint, PrimalPoint};
use crate::hermitian::Field;
use crate::hermitian::linalg;
use crate::hermitian::svec::smat;

/// Coefficients of one equation, or of the functional.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub(super) blocks: Vec<(usize, Mat<c64>)>,
    pub(super) orthant: Vec<(usize, f64)>,
    pub(super) free: Vec<(usize, f64)>,
}

/// A point of the cones.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub(super) blocks: Vec<Mat<c64>>,
    pub(super) orthant: Vec<f64>,
    pub(super) free: Vec<f64>,
}

/// Equations and functional.
#[derive(Debug, Clone)]
pub(super) struct System {
    /// Field and side of each block.
    pub(super) blocks: Vec<(Field, usize)>,
    pub(super) orthant: usize,
    pub(super) rows: Vec<Row>,
    pub(super) functional: Row,
}

impl Row {
    /// Value at a point.
    pub(super) fn value(&self, point: &Point) -> f64 {
        let blocks = self.blocks.iter();
        let linear = |terms: &[(usize, f64)], values: &[f64]| {
            terms.iter().map(|&(k, a)| a * values[k]).sum::<f64>()
        };
        blocks
            .map(|(b, a)| linalg::inner(a.as_ref(), point.blocks[*b].as_ref()))
            .sum::<f64>()
            + linear(&self.orthant, &point.orthant)
            + linear(&self.free, &point.free)
    }

    /// Sum of the sizes of the terms that make the value: an entry of a positive semidefinite matrix is
    /// as large as its row and column of the diagonal allow.
    pub(super) fn terms(&self, point: &Point) -> f64 {
        let mut sum = 0.0;
        for (b, a) in &self.blocks {
            let p = &point.blocks[*b];
            let roots: Vec<f64> = (0..p.nrows())
                .map(|i| p[(i, i)].re.max(0.0).sqrt())
                .collect();
            for j in 0..a.ncols() {
                for i in 0..a.nrows() {
                    sum += a[(i, j)].norm() * roots[i] * roots[j];
                }
            }
        }
        let linear = |terms: &[(usize, f64)], values: &[f64]| {
            terms
                .iter()
                .map(|&(k, a)| (a * values[k]).abs())
                .sum::<f64>()
        };
        sum + linear(&self.orthant, &point.orthant) + linear(&self.free, &point.free)
    }

    fn block(&mut self, index: usize, a: Mat<c64>) {
        if linalg::norm(a.as_ref()) > 0.0 {
            self.blocks.push((index, a));
        }
    }

    fn orthant(&mut self, index: usize, a: f64) {
        if a != 0.0 {
            self.orthant.push((index, a));
        }
    }

    fn free(&mut self, index: usize, a: f64) {
        if a != 0.0 {
            self.free.push((index, a));
        }
    }
}

/// Number of each signed and of each free scalar among its kind.
fn scalar_places(problem: &SdpProblem) -> Vec<usize> {
    let mut counts = [0, 0];
    let kinds = problem.scalars.iter();
    kinds
        .map(|kind| {
            let count = &mut counts[usize::from(*kind == ScalarUnknown::Free)];
            *count += 1;
            *count - 1
        })
        .collect()
}

fn blocks(problem: &SdpProblem) -> Vec<(Field, usize)> {
    let unknowns = problem.matrices.iter().map(|m| (m.field, m.dim));
    let lmis = problem.lmis.iter().map(|l| (l.field, l.dim()));
    unknowns.chain(lmis).collect()
}

fn signed(problem: &SdpProblem) -> usize {
    let signed = |k: &&ScalarUnknown| **k == ScalarUnknown::NonNegative;
    problem.scalars.iter().filter(signed).count()
}

/// The matrix that an LMI has for a scalar.
fn scalar_image(lmi: &Lmi, scalar: usize) -> Mat<c64> {
    let mut image = Mat::zeros(lmi.dim(), lmi.dim());
    for term in lmi.scalars.iter().filter(|t| t.scalar.0 == scalar) {
        for &(i, j, value) in &term.entries {
            image[(i, j)] += value;
        }
    }
    image
}

fn part(form: &LinearForm, matrix: usize) -> Option<Mat<c64>> {
    let mut parts = form.matrices.iter().filter(|(id, _)| id.0 == matrix);
    let mut sum = parts.next()?.1.clone();
    parts.for_each(|(_, c)| sum += c);
    Some(sum)
}

fn scalar_part(form: &LinearForm, scalar: usize) -> f64 {
    let parts = form.scalars.iter().filter(|(id, _)| id.0 == scalar);
    parts.map(|(_, c)| c).sum()
}

/// Basis of the matrices of a block.
fn basis(field: Field, n: usize) -> impl Iterator<Item = Mat<c64>> {
    let count = field.coordinates(n);
    (0..count).map(move |c| {
        let mut unit = vec![0.0; count];
        unit[c] = 1.0;
        smat(field, n, &unit)
    })
}

impl System {
    /// Floating-point operations of a proof, about: two factorisations of the equations.
    pub(super) fn cost(problem: &SdpProblem, directions: bool) -> f64 {
        let coordinates = |list: &[(Field, usize)]| {
            let each = list.iter().map(|(f, n)| f.coordinates(*n));
            each.sum::<usize>() as f64
        };
        let all = blocks(problem);
        let (unknowns, lmis) = all.split_at(problem.matrices.len());
        let constraints = (problem.inequalities.len() + problem.equalities.len()) as f64;
        let scalars = problem.scalars.len() as f64;
        let rows = if directions {
            coordinates(lmis) + constraints
        } else {
            coordinates(unknowns) + scalars
        };
        4.0 * (coordinates(&all) + constraints + scalars) * rows * rows
    }

    /// Of the multipliers that prove infeasibility.
    pub(super) fn of_multipliers(problem: &SdpProblem) -> Self {
        let count = problem.matrices.len();
        let signs = signed(problem);
        let mut rows = Vec::new();
        for (v, unknown) in problem.matrices.iter().enumerate() {
            let parts = |list: &[super::problem::LinearConstraint]| -> Vec<Option<Mat<c64>>> {
                list.iter().map(|c| part(&c.form, v)).collect()
            };
            let inequalities = parts(&problem.inequalities);
            let equalities = parts(&problem.equalities);
            for e in basis(unknown.field, unknown.dim) {
                let mut row = Row::default();
                for (i, lmi) in problem.lmis.iter().enumerate() {
                    let terms = lmi.congruences.iter().filter(|t| t.matrix.0 == v);
                    let mut image = Mat::<c64>::zeros(lmi.dim(), lmi.dim());
                    for term in terms {
                        let t = lmi.factors[term.factor].as_ref();
                        let c = faer::Scale(c64::new(term.coefficient, 0.0));
                        image += linalg::congruence(t, e.as_ref()) * c;
                    }
                    row.block(count + i, image);
                }
                let of = |c: &Option<Mat<c64>>| {
                    c.as_ref()
                        .map_or(0.0, |c| -linalg::inner(c.as_ref(), e.as_ref()))
                };
                for (k, c) in inequalities.iter().enumerate() {
                    row.orthant(signs + k, of(c));
                }
                for (k, c) in equalities.iter().enumerate() {
                    row.free(k, of(c));
                }
                row.block(v, e);
                rows.push(row);
            }
        }
        let places = scalar_places(problem);
        for (s, kind) in problem.scalars.iter().enumerate() {
            let mut row = Row::default();
            for (i, lmi) in problem.lmis.iter().enumerate() {
                row.block(count + i, scalar_image(lmi, s));
            }
            for (k, c) in problem.inequalities.iter().enumerate() {
                row.orthant(signs + k, -scalar_part(&c.form, s));
            }
            for (k, c) in problem.equalities.iter().enumerate() {
                row.free(k, -scalar_part(&c.form, s));
            }
            if *kind == ScalarUnknown::NonNegative {
                row.orthant(places[s], 1.0);
            }
            rows.push(row);
        }
        let mut functional = Row::default();
        for (i, lmi) in problem.lmis.iter().enumerate() {
            functional.block(count + i, lmi.constant.clone());
        }
        for (k, c) in problem.inequalities.iter().enumerate() {
            functional.orthant(signs + k, c.bound);
        }
        for (k, c) in problem.equalities.iter().enumerate() {
            functional.free(k, c.bound);
        }
        Self {
            blocks: blocks(problem),
            orthant: signs + problem.inequalities.len(),
            rows,
            functional,
        }
    }

    /// Of the directions that prove unboundedness.
    pub(super) fn of_directions(problem: &SdpProblem) -> Self {
        let count = problem.matrices.len();
        let signs = signed(problem);
        let places = scalar_places(problem);
        let add_scalar = |row: &mut Row, s: usize, a: f64| match problem.scalars[s] {
            ScalarUnknown::NonNegative => row.orthant(places[s], a),
            ScalarUnknown::Free => row.free(places[s], a),
        };
        let add_form = |form: &LinearForm, sign: f64| {
            let mut row = Row::default();
            for v in 0..count {
                if let Some(c) = part(form, v) {
                    row.block(v, c * faer::Scale(c64::new(sign, 0.0)));
                }
            }
            for s in 0..problem.scalars.len() {
                add_scalar(&mut row, s, sign * scalar_part(form, s));
            }
            row
        };
        let mut rows = Vec::new();
        for (i, lmi) in problem.lmis.iter().enumerate() {
            let images: Vec<Mat<c64>> = (0..problem.scalars.len())
                .map(|s| scalar_image(lmi, s))
                .collect();
            for e in basis(lmi.field, lmi.dim()) {
                let mut row = Row::default();
                let mut pulled: Vec<Mat<c64>> = (problem.matrices.iter())
                    .map(|m| Mat::zeros(m.dim, m.dim))
                    .collect();
                for term in &lmi.congruences {
                    let t = lmi.factors[term.factor].as_ref();
                    let image = linalg::mul_adjoint_left(t, linalg::mul(e.as_ref(), t).as_ref());
                    let c = faer::Scale(c64::new(-term.coefficient, 0.0));
                    pulled[term.matrix.0] += image * c;
                }
                for (v, image) in pulled.into_iter().enumerate() {
                    row.block(v, image);
                }
                for (s, image) in images.iter().enumerate() {
                    let a = -linalg::inner(image.as_ref(), e.as_ref());
                    add_scalar(&mut row, s, a);
                }
                row.block(count + i, e);
                rows.push(row);
            }
        }
        for (k, c) in problem.inequalities.iter().enumerate() {
            let mut row = add_form(&c.form, 1.0);
            row.orthant(signs + k, 1.0);
            rows.push(row);
        }
        rows.extend(problem.equalities.iter().map(|c| add_form(&c.form, 1.0)));
        Self {
            blocks: blocks(problem),
            orthant: signs + problem.inequalities.len(),
            rows,
            functional: add_form(&problem.objective, -1.0),
        }
    }
}

impl Point {
    pub(super) fn of_multipliers(problem: &SdpProblem, dual: &DualPoint) -> Self {
        let kinds = dual.scalars.iter().zip(&problem.scalars);
        let signed = kinds.filter(|(_, k)| **k == ScalarUnknown::NonNegative);
        Self {
            blocks: dual.matrices.iter().chain(&dual.lmis).cloned().collect(),
            orthant: signed
                .map(|(s, _)| *s)
                .chain(dual.inequalities.iter().copied())
                .collect(),
            free: dual.equalities.clone(),
        }
    }

    pub(super) fn multipliers(mut self, problem: &SdpProblem) -> DualPoint {
        let mut rest = self.orthant.into_iter();
        let scalars = problem.scalars.iter();
        let scalars = scalars
            .map(|kind| match kind {
                ScalarUnknown::NonNegative => rest.next().unwrap_or(0.0),
                ScalarUnknown::Free => 0.0,
            })
            .collect();
        let lmis = self.blocks.split_off(problem.matrices.len());
        DualPoint {
            lmis,
            matrices: self.blocks,
            scalars,
            inequalities: rest.collect(),
            equalities: self.free,
        }
    }

    /// `values` are those of the LMIs, `left` what the inequalities leave.
    pub(super) fn of_direction(
        problem: &SdpProblem,
        direction: &PrimalPoint,
        values: Vec<Mat<c64>>,
        left: Vec<f64>,
    ) -> Self {
        let scalars = || direction.scalars.iter().zip(&problem.scalars);
        let of = |wanted: ScalarUnknown| {
            let kind = scalars().filter(move |(_, k)| **k == wanted);
            kind.map(|(y, _)| *y)
        };
        Self {
            blocks: direction.matrices.iter().cloned().chain(values).collect(),
            orthant: of(ScalarUnknown::NonNegative).chain(left).collect(),
            free: of(ScalarUnknown::Free).collect(),
        }
    }

    pub(super) fn direction(mut self, problem: &SdpProblem) -> PrimalPoint {
        let (mut signed, mut free) = (self.orthant.into_iter(), self.free.into_iter());
        let scalars = problem.scalars.iter();
        let scalars = scalars.map(|kind| match kind {
            ScalarUnknown::NonNegative => signed.next().unwrap_or(0.0),
            ScalarUnknown::Free => free.next().unwrap_or(0.0),
        });
        let scalars = scalars.collect();
        self.blocks.truncate(problem.matrices.len());
        PrimalPoint {
            matrices: self.blocks,
            scalars,
        }
    }
}
