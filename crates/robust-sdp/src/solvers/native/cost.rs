//! What an iteration on a problem costs, and what one on its dual would: floating-point operations, counted from the
//! sizes alone.

use crate::hermitian::Field;
use crate::sdp::{LinearForm, SdpProblem};

/// Sizes of a problem, or of its dual.
#[derive(Debug, Default)]
struct Sizes {
    /// Real coordinates and side of each matrix unknown.
    unknowns: Vec<(f64, f64)>,
    scalars: f64,
    lmis: Vec<LmiSizes>,
    equalities: f64,
}

#[derive(Debug, Default)]
struct LmiSizes {
    side: f64,
    /// Coordinates of the unknowns of each factor; each pair of factors has a Kronecker product.
    groups: Vec<f64>,
    /// Entries of each scalar's matrix.
    entries: Vec<f64>,
}

fn coordinates(field: Field, side: usize) -> f64 {
    field.coordinates(side) as f64
}

/// Entries of a form's coefficients of one unknown that are not zero.
fn entries(form: &LinearForm, unknown: usize) -> f64 {
    let parts = form.matrices.iter().filter(|(id, _)| id.index() == unknown);
    let each = parts.map(|(_, c)| {
        let column = |j: usize| (0..c.nrows()).filter(|&i| c[(i, j)].norm() != 0.0).count();
        (0..c.ncols()).map(column).sum::<usize>() as f64
    });
    each.sum()
}

impl Sizes {
    fn given(problem: &SdpProblem) -> Self {
        let of = |v: usize| coordinates(problem.matrices[v].field, problem.matrices[v].dim);
        let lmis = problem.lmis.iter().map(|lmi| LmiSizes {
            side: lmi.dim() as f64,
            groups: (0..lmi.factors.len())
                .filter_map(|f| lmi.congruences.iter().find(|t| t.factor == f))
                .map(|t| of(t.matrix.index()))
                .collect(),
            entries: lmi.scalars.iter().map(|t| t.entries.len() as f64).collect(),
        });
        Self {
            unknowns: (0..problem.matrices.len())
                .map(|v| (of(v), problem.matrices[v].dim as f64))
                .collect(),
            scalars: problem.scalars.len() as f64,
            lmis: lmis.collect(),
            equalities: problem.equalities.len() as f64,
        }
    }

    fn dual(problem: &SdpProblem) -> Self {
        let constraints = || problem.inequalities.iter().chain(&problem.equalities);
        let of = |i: usize| coordinates(problem.lmis[i].field, problem.lmis[i].dim());
        let lmis = problem.matrices.iter().enumerate().map(|(v, x)| {
            let groups = problem.lmis.iter().enumerate().flat_map(|(i, lmi)| {
                let used = (0..lmi.factors.len()).filter(move |f| {
                    let mut terms = lmi.congruences.iter();
                    terms.any(|t| t.factor == *f && t.matrix.index() == v)
                });
                used.map(move |_| of(i))
            });
            LmiSizes {
                side: x.dim as f64,
                groups: groups.collect(),
                entries: constraints()
                    .map(|c| entries(&c.form, v))
                    .filter(|e| *e > 0.0)
                    .collect(),
            }
        });
        Self {
            unknowns: (0..problem.lmis.len())
                .map(|i| (of(i), problem.lmis[i].dim() as f64))
                .collect(),
            scalars: constraints().count() as f64,
            lmis: lmis.collect(),
            equalities: problem
                .scalars
                .iter()
                .filter(|s| **s == crate::sdp::ScalarUnknown::Free)
                .count() as f64,
        }
    }

    /// Schur complement, its factorisation, and the algebra of the blocks.
    fn operations(&self) -> f64 {
        let coordinates = self.unknowns.iter().map(|u| u.0).sum::<f64>() + self.scalars;
        let mut sum = coordinates.powi(3) / 3.0;
        // A column of the inverse with one refinement for each equality.
        sum += 6.0 * self.equalities * coordinates * coordinates;
        // About a dozen products of blocks.
        let block = |side: f64| 24.0 * side.powi(3);
        for (own, side) in &self.unknowns {
            sum += own * own + block(*side);
        }
        for lmi in &self.lmis {
            sum += block(lmi.side);
            let all: f64 = lmi.groups.iter().sum();
            sum += all * all;
            let per_scalar = lmi.groups.iter().map(|g| lmi.side * lmi.side * g.sqrt());
            let groups: f64 = per_scalar.sum();
            let mut rest: f64 = lmi.entries.iter().sum();
            for e in &lmi.entries {
                let columns = e.min(lmi.side);
                let whole = lmi.side * e + lmi.side * lmi.side * columns + rest;
                let single = rest * e.min(columns + 1.0);
                sum += 2.0
                    * if groups > 0.0 {
                        whole + groups
                    } else {
                        whole.min(single)
                    };
                rest -= e;
            }
        }
        sum
    }
}

/// Whether the dual is less work.
pub(super) fn dual_is_cheaper(problem: &SdpProblem) -> bool {
    Sizes::dual(problem).operations() < Sizes::given(problem).operations()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdp::{Lmi, ScalarUnknown};
    use faer::{Mat, c64};

    fn unit(n: usize, i: usize) -> Mat<c64> {
        Mat::from_fn(n, n, |a, b| c64::from(f64::from(a == i && b == i)))
    }

    #[test]
    fn equalities_on_matrices_are_dualised_and_what_that_gives_is_not() {
        let n = 20;
        let mut cut = SdpProblem::new();
        let x = cut.add_matrix(n, Field::Real);
        for i in 0..n {
            cut.add_equality(LinearForm::new().matrix(x, unit(n, i)), 1.0);
        }
        assert!(dual_is_cheaper(&cut));
        let mut lmi = SdpProblem::new();
        let mut block = Lmi::new(n, Field::Real);
        for i in 0..n {
            let y = lmi.add_scalar(ScalarUnknown::Free);
            block.add_diagonal(y, [(i, 1.0)]);
        }
        lmi.add_lmi(block);
        assert!(!dual_is_cheaper(&lmi));
    }

    /// A large unknown in a small LMI, and a small one in a large.
    #[test]
    fn congruences_are_dualised_by_size() {
        for (side, dim) in [(3, 30), (30, 3)] {
            let mut problem = SdpProblem::new();
            let x = problem.add_matrix(dim, Field::Complex);
            let mut lmi = Lmi::new(side, Field::Complex);
            let t = lmi.add_factor(Mat::full(side, dim, c64::new(1.0, 0.0)));
            lmi.add_congruence(1.0, t, x);
            problem.add_lmi(lmi);
            assert_eq!(dual_is_cheaper(&problem), side < dim);
        }
    }
}
