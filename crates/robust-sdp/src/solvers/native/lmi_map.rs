//! The affine maps `y ↦ C + A(y)` of positive semidefinite blocks, their adjoints and their
//! shares of the Schur complement.

use faer::{Mat, c64};

use super::assembly::{Border, SchurMatrix, Term};
use super::layout::{Layout, Slot};
use super::scalars::{Pull, Scalars};
use crate::hermitian::Field;
use crate::hermitian::coordinates::{BilinearForm, Part, add_coordinates, matrix_into};
use crate::hermitian::split_complex::{Right, SplitComplex, axpy};
use crate::sdp::Lmi;

/// The map of one positive semidefinite block.
#[derive(Debug)]
pub(super) enum Map {
    /// `X ⪰ 0` itself, with its form `(X, Y) ↦ <X, Z Y S^{-1}>`.
    Unknown(Slot, BilinearForm),
    /// An LMI.
    Lmi(Box<LmiMap>),
}

/// An LMI with its terms grouped by factor and field.
#[derive(Debug)]
pub(super) struct LmiMap {
    field: Field,
    constant: SplitComplex,
    groups: Vec<Group>,
    scalars: Scalars,
    forms: Vec<PairForm>,
}

/// The terms with one factor.
#[derive(Debug)]
struct Group {
    /// `T` and `T^H`.
    factor: SplitComplex,
    adjoint: SplitComplex,
    field: Field,
    terms: Vec<(f64, Slot)>,
    /// Scratch: coordinates, `d × d`, side × d, d × side.
    coordinates: Vec<f64>,
    small: SplitComplex,
    tall: SplitComplex,
    wide: SplitComplex,
    /// `Z T` and `S^{-1} T`.
    products: [SplitComplex; 2],
}

/// The form `(X, Y) ↦ <T_f X T_f^H, Z (T_g Y T_g^H) S^{-1}>` of two groups.
#[derive(Debug)]
struct PairForm {
    groups: (usize, usize),
    form: BilinearForm,
    /// The same with `conj(T_g)`, over the reals.
    conjugated: Option<BilinearForm>,
    p: SplitComplex,
    q: SplitComplex,
}

impl LmiMap {
    pub(super) fn new(lmi: &Lmi, layout: &Layout) -> Self {
        let mut groups: Vec<(usize, Group)> = Vec::new();
        for term in &lmi.congruences {
            let slot = layout.matrices[term.matrix.index()];
            let found = groups
                .iter_mut()
                .find(|(factor, group)| *factor == term.factor && group.field == slot.field);
            match found {
                Some((_, group)) => group.terms.push((term.coefficient, slot)),
                None => {
                    let t = &lmi.factors[term.factor];
                    groups.push((term.factor, Group::new(t, slot, term.coefficient)));
                }
            }
        }
        Self {
            field: lmi.field,
            constant: SplitComplex::from_mat(lmi.constant.as_ref()),
            groups: groups.into_iter().map(|(_, group)| group).collect(),
            scalars: Scalars::new(lmi, layout.scalars),
            forms: Vec::new(),
        }
    }

    /// Announces the forms to the Schur complement, this LMI being block `block`.
    fn register(&mut self, block: usize, schur: &mut SchurMatrix) {
        for f in 0..self.groups.len() {
            for g in 0..self.groups.len() {
                let (row_group, column_group) = (&self.groups[f], &self.groups[g]);
                let mut used = false;
                for (ci, si) in &row_group.terms {
                    for (cj, sj) in &column_group.terms {
                        if si.index >= sj.index {
                            let term = Term {
                                block,
                                form: self.forms.len(),
                                weight: ci * cj,
                            };
                            schur.add_term(si.index, sj.index, term);
                            used = true;
                        }
                    }
                }
                if used {
                    let form = PairForm::new((f, g), row_group, column_group, self.field);
                    self.forms.push(form);
                }
            }
        }
    }

    /// `A(y)`, without the constant.
    fn linear_into(&mut self, y: &[f64], out: &mut SplitComplex) {
        out.fill_zero();
        for group in &mut self.groups {
            group.coordinates.fill(0.0);
            for (coefficient, slot) in &group.terms {
                axpy(*coefficient, slot.of(y), &mut group.coordinates);
            }
            matrix_into(group.field, &group.coordinates, &mut group.small);
            group
                .tall
                .product(&group.factor, Right::Plain(&group.small), false);
            out.product(&group.tall, Right::Adjoint(&group.factor), true);
        }
        self.scalars.add_linear(y, out);
        out.make_hermitian(self.field == Field::Real);
    }

    fn add_adjoint(&mut self, z: &SplitComplex, out: &mut [f64]) {
        for group in &mut self.groups {
            group.pull(z);
            for (coefficient, slot) in &group.terms {
                axpy(*coefficient, &group.coordinates, slot.of_mut(out));
            }
        }
        self.scalars.add_adjoint(z, out);
    }

    fn prepare_schur(&mut self, z: &SplitComplex, s_inverse: &SplitComplex, border: &mut Border) {
        for group in &mut self.groups {
            let [zt, st] = &mut group.products;
            zt.product(z, Right::Plain(&group.factor), false);
            st.product(s_inverse, Right::Plain(&group.factor), false);
        }
        for pair in &mut self.forms {
            pair.compute(&self.groups, self.field);
        }
        let groups = &mut self.groups;
        let mut pull = |index: usize, image: &SplitComplex, border: &mut Border| {
            for group in groups.iter_mut() {
                group.pull(image);
                for (coefficient, slot) in &group.terms {
                    for (p, v) in group.coordinates.iter().enumerate() {
                        border.add(index, slot.offset + p, coefficient * v);
                    }
                }
            }
        };
        let wanted = !self.forms.is_empty();
        let pull = wanted.then_some(&mut pull as &mut Pull<'_>);
        self.scalars.add_schur(z, s_inverse, border, pull);
    }
}

impl Group {
    fn new(t: &Mat<c64>, slot: Slot, coefficient: f64) -> Self {
        let (side, d) = (t.nrows(), t.ncols());
        let factor = SplitComplex::from_mat(t.as_ref());
        let mut adjoint = SplitComplex::zeros(d, side);
        factor.adjoint_into(&mut adjoint);
        Self {
            factor,
            adjoint,
            field: slot.field,
            terms: vec![(coefficient, slot)],
            coordinates: vec![0.0; slot.len()],
            small: SplitComplex::zeros(d, d),
            tall: SplitComplex::zeros(side, d),
            wide: SplitComplex::zeros(d, side),
            products: [SplitComplex::zeros(side, d), SplitComplex::zeros(side, d)],
        }
    }

    /// The coordinates of `T^H Z T`.
    fn pull(&mut self, z: &SplitComplex) {
        self.wide.product(&self.adjoint, Right::Plain(z), false);
        self.small
            .product(&self.wide, Right::Plain(&self.factor), false);
        self.coordinates.fill(0.0);
        add_coordinates(self.field, &self.small, 1.0, &mut self.coordinates);
    }
}

impl PairForm {
    fn new(groups: (usize, usize), rows: &Group, columns: &Group, lmi: Field) -> Self {
        let (m, n) = (rows.factor.cols(), columns.factor.cols());
        let form = || BilinearForm::new(rows.field, m, columns.field, n);
        Self {
            groups,
            form: form(),
            conjugated: (lmi == Field::Real).then(form),
            p: SplitComplex::zeros(m, n),
            q: SplitComplex::zeros(m, n),
        }
    }

    fn compute(&mut self, groups: &[Group], lmi: Field) {
        let (rows, columns) = (&groups[self.groups.0], &groups[self.groups.1]);
        let [zt, st] = &columns.products;
        self.p.product(&rows.adjoint, Right::Plain(zt), false);
        self.q.product(&rows.adjoint, Right::Plain(st), false);
        self.form.compute(&self.p, &self.q, false, Part::Whole);
        if let (Some(conjugated), Field::Real) = (&mut self.conjugated, lmi) {
            // Re(A) Z Re(B) with real Z: half of A Z B and half of A Z conj(B).
            let mut conjugate = zt.clone();
            conjugate.conjugate();
            self.p
                .product(&rows.adjoint, Right::Plain(&conjugate), false);
            conjugate.copy_from(st);
            conjugate.conjugate();
            self.q
                .product(&rows.adjoint, Right::Plain(&conjugate), false);
            conjugated.compute(&self.p, &self.q, true, Part::Whole);
            self.form.average(conjugated);
        }
    }
}

impl Map {
    pub(super) fn unknown(slot: Slot) -> Self {
        let form = BilinearForm::new(slot.field, slot.dim, slot.field, slot.dim);
        Map::Unknown(slot, form)
    }

    pub(super) fn dim(&self) -> usize {
        match self {
            Map::Unknown(slot, _) => slot.dim,
            Map::Lmi(lmi) => lmi.constant.rows(),
        }
    }

    pub(super) fn field(&self) -> Field {
        match self {
            Map::Unknown(slot, _) => slot.field,
            Map::Lmi(lmi) => lmi.field,
        }
    }

    /// Announces the block's forms to the Schur complement.
    pub(super) fn register(&mut self, block: usize, schur: &mut SchurMatrix) {
        match self {
            Map::Unknown(slot, _) => {
                let term = Term {
                    block,
                    form: 0,
                    weight: 1.0,
                };
                schur.add_term(slot.index, slot.index, term);
            }
            Map::Lmi(lmi) => lmi.register(block, schur),
        }
    }

    /// `A(y)`, without the constant.
    pub(super) fn linear_into(&mut self, y: &[f64], out: &mut SplitComplex) {
        match self {
            Map::Unknown(slot, _) => slot.matrix_into(y, out),
            Map::Lmi(lmi) => lmi.linear_into(y, out),
        }
    }

    /// `C`, if the map has one.
    pub(super) fn constant(&self) -> Option<&SplitComplex> {
        match self {
            Map::Unknown(..) => None,
            Map::Lmi(lmi) => Some(&lmi.constant),
        }
    }

    pub(super) fn add_adjoint(&mut self, z: &SplitComplex, out: &mut [f64]) {
        match self {
            Map::Unknown(slot, _) => slot.add_planes(z, 1.0, out),
            Map::Lmi(lmi) => lmi.add_adjoint(z, out),
        }
    }

    /// Computes the block's forms, and adds its share to the scalars' rows.
    pub(super) fn prepare_schur(
        &mut self,
        z: &SplitComplex,
        s_inverse: &SplitComplex,
        border: &mut Border,
    ) {
        match self {
            Map::Unknown(_, form) => form.compute(z, s_inverse, false, Part::Lower),
            Map::Lmi(lmi) => lmi.prepare_schur(z, s_inverse, border),
        }
    }

    /// A form computed by [`prepare_schur`](Self::prepare_schur).
    pub(super) fn form(&self, index: usize) -> &BilinearForm {
        match self {
            Map::Unknown(_, form) => form,
            Map::Lmi(lmi) => &lmi.forms[index].form,
        }
    }
}
