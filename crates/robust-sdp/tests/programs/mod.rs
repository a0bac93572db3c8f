//! Random programs of the whole problem class, of several kinds.
#![allow(dead_code)] // each test uses its part

use faer::{Mat, c64};
use robust_sdp::*;

use super::naive::*;
use super::random::*;

/// A program with a strictly feasible point known by construction, and bounded because the
/// size of every unknown is.
pub fn random_program(seed: u64) -> SdpProblem {
    base(&mut Draw::new(seed)).0
}

/// The program and its point inside.
pub fn base(draw: &mut Draw) -> (SdpProblem, PrimalPoint) {
    let mut problem = SdpProblem::new();
    let fields = [Field::Complex, Field::Real, Field::Complex];
    let sides = [3, 2, 2];
    let matrices: Vec<MatrixId> = sides
        .iter()
        .zip(fields)
        .map(|(&n, field)| problem.add_matrix(n, field))
        .collect();
    let scalars = [
        problem.add_scalar(ScalarUnknown::Free),
        problem.add_scalar(ScalarUnknown::NonNegative),
    ];
    let inside = PrimalPoint {
        matrices: sides
            .iter()
            .zip(fields)
            .map(|(&n, field)| positive_definite(draw, n, field))
            .collect(),
        scalars: vec![draw.normal(), draw.between(0.1, 2.0)],
    };
    for (side, field) in [(4, Field::Complex), (3, Field::Real)] {
        let mut lmi = Lmi::new(side, field);
        for (&id, &n) in matrices.iter().zip(&sides) {
            let factor = lmi.add_factor(draw.matrix(side, n));
            lmi.add_congruence(draw.between(-1.0, 1.0), factor, id);
            // Two terms that share a factor, as in the ratio problem.
            if n == 2 {
                let other = if id == matrices[1] {
                    matrices[2]
                } else {
                    matrices[1]
                };
                lmi.add_congruence(draw.between(-1.0, 1.0), factor, other);
            }
        }
        lmi.add_diagonal(scalars[0], [(0, 1.0), (side - 1, -1.0)]);
        let dense = draw.hermitian(side, field);
        lmi.add_dense(scalars[1], &dense);
        let mut constant = positive_definite(draw, side, field);
        add(&mut constant, -1.0, &lmi_value(&lmi, &inside));
        lmi.constant = constant;
        problem.add_lmi(lmi);
    }
    let random_form = |draw: &mut Draw| {
        let mut form = LinearForm::new();
        for ((&id, &n), field) in matrices.iter().zip(&sides).zip(fields) {
            form = form.matrix(id, draw.hermitian(n, field));
        }
        form.scalar(scalars[0], draw.normal())
            .scalar(scalars[1], draw.normal())
    };
    let equality = random_form(draw);
    let value = form_value(&equality, &inside);
    problem.add_equality(equality, value);
    let mut sizes = LinearForm::new().scalar(scalars[1], 1.0);
    for (&id, &n) in matrices.iter().zip(&sides) {
        sizes = sizes.matrix(id, Mat::identity(n, n));
    }
    let bound = form_value(&sizes, &inside) + draw.between(0.5, 3.0);
    problem.add_inequality(sizes, bound);
    for sign in [1.0, -1.0] {
        let bound = sign * inside.scalars[0] + draw.between(0.5, 3.0);
        problem.add_inequality(LinearForm::new().scalar(scalars[0], sign), bound);
    }
    problem.objective = random_form(draw);
    (problem, inside)
}

/// Kinds of programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Strictly feasible on both sides.
    Feasible,
    /// Contradictory by a combination of its constraints.
    Infeasible,
    /// With a direction of unlimited growth.
    Unbounded,
    /// Between walls 1e-3 to 1e-5 apart, equally thick in all constraints.
    BarelyFeasible,
    /// Redundant equalities, repeated inequalities, an objective that leaves much undecided.
    Degenerate,
    /// Objective, constants or one constraint times 10^±6, or an unknown of size 10^±6.
    BadlyScaled,
}

impl Class {
    pub const ALL: [Self; 6] = [
        Self::Feasible,
        Self::Infeasible,
        Self::Unbounded,
        Self::BarelyFeasible,
        Self::Degenerate,
        Self::BadlyScaled,
    ];

    pub fn draw(self, seed: u64) -> SdpProblem {
        let mut draw = Draw::new(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ self as u64);
        let (mut problem, inside) = base(&mut draw);
        match self {
            Self::Feasible => {}
            Self::Infeasible => contradict(&mut draw, &mut problem),
            Self::Unbounded => unbound(&mut draw, &mut problem, &inside),
            Self::BarelyFeasible => hem_in(&mut draw, &mut problem, &inside),
            Self::Degenerate => degenerate(&mut draw, &mut problem, &inside),
            Self::BadlyScaled => scale_badly(&mut draw, &mut problem),
        }
        problem
    }
}

/// `<Z, LMI> + <S, X> + form ≤ bound` for some `Z, S ⪰ 0` cannot be below `<Z, F>`: ask for that.
fn contradict(draw: &mut Draw, problem: &mut SdpProblem) {
    let lmi = &problem.lmis[0];
    let z = positive_definite(draw, lmi.dim(), lmi.field);
    let mut form = LinearForm::new();
    for (v, unknown) in problem.matrices.iter().enumerate() {
        let mut coefficient = positive_definite(draw, unknown.dim, unknown.field);
        for term in lmi.congruences.iter().filter(|t| t.matrix.index() == v) {
            let t = &lmi.factors[term.factor];
            add(
                &mut coefficient,
                term.coefficient,
                &mul(&mul(&adjoint(t), &z), t),
            );
        }
        let id = matrix_id(problem, v);
        form = form.matrix(id, symmetric(&seen(coefficient, unknown.field)));
    }
    for term in &lmi.scalars {
        form = form.scalar(term.scalar, inner(&z, &dense(term, lmi.dim())));
    }
    let bound = -inner(&z, &lmi.constant) - 10f64.powf(draw.between(-2.0, 1.0));
    problem.add_inequality(form, bound);
}

/// Keeps every constraint along a direction of growth: inequalities that would stop it are
/// turned away from it.
fn unbound(draw: &mut Draw, problem: &mut SdpProblem, inside: &PrimalPoint) {
    // X_0 grows along a rank-one direction.
    let unknown = problem.matrices[0].clone();
    let id = matrix_id(problem, 0);
    let root = seen(draw.matrix(unknown.dim, 1), unknown.field);
    let direction = mul(&root, &adjoint(&root));
    let size = inner(&direction, &direction);
    for lmi in &mut problem.lmis {
        for term in lmi.congruences.iter_mut().filter(|t| t.matrix == id) {
            term.coefficient = term.coefficient.abs();
        }
    }
    let turn = |form: &mut LinearForm, target: f64| {
        for (_, c) in form.matrices.iter_mut().filter(|(other, _)| *other == id) {
            let off = (target - inner(c, &direction)) / size;
            add(c, off, &direction);
        }
    };
    problem
        .inequalities
        .iter_mut()
        .for_each(|c| turn(&mut c.form, -0.1));
    problem
        .equalities
        .iter_mut()
        .for_each(|c| turn(&mut c.form, 0.0));
    turn(&mut problem.objective, 1.0);
    // The point inside stays inside.
    for lmi in &mut problem.lmis {
        let value = lmi_value(lmi, inside);
        let slack = positive_definite(draw, lmi.dim(), lmi.field);
        add(&mut lmi.constant, -1.0, &value);
        add(&mut lmi.constant, 1.0, &slack);
    }
    for c in &mut problem.inequalities {
        c.bound = form_value(&c.form, inside) + draw.between(0.5, 3.0);
    }
    for c in &mut problem.equalities {
        c.bound = form_value(&c.form, inside);
    }
}

fn hem_in(draw: &mut Draw, problem: &mut SdpProblem, inside: &PrimalPoint) {
    let margin = 10f64.powf(draw.between(-5.0, -3.0));
    let mut walls = Vec::new();
    for lmi in &mut problem.lmis {
        let side = lmi.dim();
        let slack = positive_definite(draw, side, lmi.field);
        let value = lmi_value(lmi, inside);
        add(&mut lmi.constant, -1.0, &value);
        add(&mut lmi.constant, margin, &slack);
        // The same from the other side.
        let top = 2.0 * margin * eigenvalues(&slack)[side - 1];
        let mut wall = lmi.clone();
        wall.constant = &Mat::<c64>::identity(side, side) * faer::Scale(re(top)) - &lmi.constant;
        for term in &mut wall.congruences {
            term.coefficient *= -1.0;
        }
        for term in &mut wall.scalars {
            term.entries.iter_mut().for_each(|e| e.2 *= -1.0);
        }
        walls.push(wall);
    }
    problem.lmis.extend(walls);
    for c in problem.inequalities.clone() {
        let value = form_value(&c.form, inside);
        problem.add_inequality(scaled_form(&c.form, -1.0), -value + margin);
    }
    for c in &mut problem.inequalities[..3] {
        c.bound = form_value(&c.form, inside) + margin;
    }
}

fn degenerate(draw: &mut Draw, problem: &mut SdpProblem, inside: &PrimalPoint) {
    // An equality twice, once in other units.
    let again = problem.equalities[0].clone();
    problem.add_equality(scaled_form(&again.form, -2.5), -2.5 * again.bound);
    // Repeated constraints make multipliers ambiguous.
    problem.inequalities.push(problem.inequalities[0].clone());
    problem.lmis.push(problem.lmis[0].clone());
    // An equality that only one entry's worth of the unknowns sees.
    let id = matrix_id(problem, 2);
    let mut corner = Mat::<c64>::zeros(2, 2);
    corner[(0, 0)] = re(1.0);
    let value = inside.matrices[2][(0, 0)].re;
    problem.add_equality(LinearForm::new().matrix(id, corner), value);
    // Only one direction of one unknown matters.
    let id = matrix_id(problem, 0);
    let root = draw.matrix(3, 1);
    let sign = if draw.normal() > 0.0 { 1.0 } else { -1.0 };
    let cost = mul(&root, &adjoint(&root)) * faer::Scale(re(sign));
    problem.objective = LinearForm::new().matrix(id, symmetric(&cost));
}

fn scale_badly(draw: &mut Draw, problem: &mut SdpProblem) {
    let factor = 10f64.powf(if draw.normal() > 0.0 { 6.0 } else { -6.0 });
    let c = faer::Scale(re(factor));
    match (draw.between(0.0, 4.0)) as usize {
        0 => problem.objective = scaled_form(&problem.objective, factor),
        1 => {
            // All unknowns in other units.
            for lmi in &mut problem.lmis {
                lmi.constant = &lmi.constant * c;
            }
            let constraints = problem
                .inequalities
                .iter_mut()
                .chain(&mut problem.equalities);
            constraints.for_each(|c| c.bound *= factor);
            for m in &mut problem.matrices {
                m.magnitude.iter_mut().for_each(|v| *v *= factor.sqrt());
            }
        }
        2 => {
            // Two constraints in other units.
            let equality = &mut problem.equalities[0];
            equality.form = scaled_form(&equality.form, factor);
            equality.bound *= factor;
            let lmi = &mut problem.lmis[0];
            lmi.constant = &lmi.constant * c;
            for term in &mut lmi.congruences {
                term.coefficient *= factor;
            }
            for term in &mut lmi.scalars {
                term.entries.iter_mut().for_each(|e| e.2 *= factor);
            }
        }
        _ => {
            // One unknown in other units, and it is said which.
            let id = matrix_id(problem, 1);
            problem.matrices[1]
                .magnitude
                .iter_mut()
                .for_each(|v| *v *= factor.sqrt());
            for lmi in &mut problem.lmis {
                for term in lmi.congruences.iter_mut().filter(|t| t.matrix == id) {
                    term.coefficient /= factor;
                }
            }
            let constraints = problem
                .inequalities
                .iter_mut()
                .chain(&mut problem.equalities);
            let forms = constraints.map(|c| &mut c.form);
            for form in forms.chain(std::iter::once(&mut problem.objective)) {
                for (_, c) in form.matrices.iter_mut().filter(|(other, _)| *other == id) {
                    *c = &*c * faer::Scale(re(1.0 / factor));
                }
            }
        }
    }
}

fn scaled_form(form: &LinearForm, factor: f64) -> LinearForm {
    let mut out = LinearForm::new();
    for (id, c) in &form.matrices {
        out = out.matrix(*id, c * faer::Scale(re(factor)));
    }
    for (id, c) in &form.scalars {
        out = out.scalar(*id, c * factor);
    }
    out
}

/// Hermitian to the last digit.
fn symmetric(a: &Mat<c64>) -> Mat<c64> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| {
        (a[(i, j)] + a[(j, i)].conj()) * 0.5
    })
}

/// The name of a matrix unknown by its position.
fn matrix_id(problem: &SdpProblem, index: usize) -> MatrixId {
    problem.objective.matrices[index].0
}
