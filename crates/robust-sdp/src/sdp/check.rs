//! Validation of an [`SdpProblem`], and what it makes of it: a [`ValidSdp`].

use std::cmp::Ordering;

use faer::{Mat, c64};

use super::error::ProblemError;
use super::problem::{LinearForm, Lmi, SdpProblem};
use crate::hermitian::Field;

impl SdpProblem {
    /// Checks shapes, indices, symmetry and finiteness.
    ///
    /// Of a coefficient of a real unknown the real part is kept: the imaginary part, antisymmetric, meets a symmetric
    /// matrix at zero.
    ///
    /// # Errors
    /// The first inconsistency found, with its place.
    pub fn check(mut self) -> Result<ValidSdp, ProblemError> {
        check(&self)?;
        let Self {
            matrices,
            inequalities,
            equalities,
            objective,
            ..
        } = &mut self;
        let constraints = inequalities.iter_mut().chain(equalities);
        for form in constraints.map(|c| &mut c.form).chain([objective]) {
            for (id, coefficient) in &mut form.matrices {
                if matrices[id.index()].field == Field::Real {
                    for column in coefficient.col_iter_mut() {
                        column.iter_mut().for_each(|entry| entry.im = 0.0);
                    }
                }
            }
        }
        Ok(ValidSdp(self))
    }
}

/// A problem whose shapes, indices and numbers have been checked.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "SdpProblem"))]
pub struct ValidSdp(SdpProblem);

impl std::ops::Deref for ValidSdp {
    type Target = SdpProblem;

    fn deref(&self) -> &SdpProblem {
        &self.0
    }
}

/// A problem that is read is checked.
#[cfg(feature = "serde")]
impl TryFrom<SdpProblem> for ValidSdp {
    type Error = ProblemError;

    fn try_from(problem: SdpProblem) -> Result<Self, ProblemError> {
        problem.check()
    }
}

impl ValidSdp {
    /// A problem made from a valid one by a change of units.
    pub(super) fn trusted(problem: SdpProblem) -> Self {
        Self(problem)
    }

    /// Gives the problem back for editing.
    pub fn into_inner(self) -> SdpProblem {
        self.0
    }
}

/// Asymmetry that is taken for rounding, relative to the largest entry.
const ROUNDING: f64 = 1e-12;

fn check(problem: &SdpProblem) -> Result<(), ProblemError> {
    if problem.matrices.is_empty() && problem.scalars.is_empty() {
        return Err(ProblemError::NoUnknowns);
    }
    for (index, unknown) in problem.matrices.iter().enumerate() {
        if unknown.dim == 0 || unknown.magnitude.len() != unknown.dim {
            return Err(ProblemError::BadMatrixUnknown {
                index,
                dim: unknown.dim,
                magnitudes: unknown.magnitude.len(),
            });
        }
        if let Some(&value) = unknown
            .magnitude
            .iter()
            .find(|v| !(v.is_finite() && **v > 0.0))
        {
            return Err(ProblemError::BadMagnitude { index, value });
        }
    }
    for (index, lmi) in problem.lmis.iter().enumerate() {
        check_lmi(problem, lmi, index)?;
    }
    for (kind, constraints) in [
        ("inequality", &problem.inequalities),
        ("equality", &problem.equalities),
    ] {
        for (index, constraint) in constraints.iter().enumerate() {
            check_form(problem, &constraint.form, kind, index)?;
            if !constraint.bound.is_finite() {
                return Err(ProblemError::NotFinite { place: kind, index });
            }
        }
    }
    check_form(problem, &problem.objective, "objective", 0)
}

fn check_lmi(problem: &SdpProblem, lmi: &Lmi, index: usize) -> Result<(), ProblemError> {
    let dim = lmi.dim();
    let place = "LMI";
    if dim == 0 {
        return Err(ProblemError::WrongShape {
            place,
            index,
            expected: (1, 1),
            found: (0, 0),
        });
    }
    check_hermitian(&lmi.constant, dim, place, index)?;
    for term in &lmi.congruences {
        let unknown = problem
            .matrices
            .get(term.matrix.0)
            .ok_or(ProblemError::UnknownIndex { place, index })?;
        let factor = lmi
            .factors
            .get(term.factor)
            .ok_or(ProblemError::UnknownIndex { place, index })?;
        let found = (factor.nrows(), factor.ncols());
        if found != (dim, unknown.dim) {
            return Err(ProblemError::WrongShape {
                place,
                index,
                expected: (dim, unknown.dim),
                found,
            });
        }
        if !term.coefficient.is_finite() {
            return Err(ProblemError::NotFinite { place, index });
        }
    }
    for factor in &lmi.factors {
        check_finite(factor, place, index)?;
    }
    for term in &lmi.scalars {
        if term.scalar.0 >= problem.scalars.len() {
            return Err(ProblemError::UnknownIndex { place, index });
        }
        check_entries(&term.entries, dim, place, index)?;
    }
    Ok(())
}

fn check_form(
    problem: &SdpProblem,
    form: &LinearForm,
    place: &'static str,
    index: usize,
) -> Result<(), ProblemError> {
    for (id, coefficient) in &form.matrices {
        let unknown = problem
            .matrices
            .get(id.0)
            .ok_or(ProblemError::UnknownIndex { place, index })?;
        check_hermitian(coefficient, unknown.dim, place, index)?;
    }
    for (id, coefficient) in &form.scalars {
        if id.0 >= problem.scalars.len() {
            return Err(ProblemError::UnknownIndex { place, index });
        }
        if !coefficient.is_finite() {
            return Err(ProblemError::NotFinite { place, index });
        }
    }
    Ok(())
}

fn check_finite(a: &Mat<c64>, place: &'static str, index: usize) -> Result<(), ProblemError> {
    for j in 0..a.ncols() {
        for i in 0..a.nrows() {
            if !(a[(i, j)].re.is_finite() && a[(i, j)].im.is_finite()) {
                return Err(ProblemError::NotFinite { place, index });
            }
        }
    }
    Ok(())
}

/// [`check_hermitian`] for a matrix given by its entries.
fn check_entries(
    entries: &[(usize, usize, c64)],
    dim: usize,
    place: &'static str,
    index: usize,
) -> Result<(), ProblemError> {
    // Each entry beside the one across the diagonal, conjugated: what is left over must be nothing.
    let mut sums: Vec<(usize, usize, c64)> = Vec::with_capacity(entries.len());
    let mut largest: f64 = 0.0;
    for &(i, j, value) in entries {
        if i >= dim || j >= dim {
            return Err(ProblemError::UnknownIndex { place, index });
        }
        if !(value.re.is_finite() && value.im.is_finite()) {
            return Err(ProblemError::NotFinite { place, index });
        }
        largest = largest.max(value.norm());
        match i.cmp(&j) {
            Ordering::Less => sums.push((i, j, value)),
            Ordering::Equal => sums.push((i, j, c64::new(0.0, 2.0 * value.im))),
            Ordering::Greater => sums.push((j, i, -value.conj())),
        }
    }
    sums.sort_unstable_by_key(|e| (e.0, e.1));
    let asymmetry = sums
        .chunk_by(|a, b| (a.0, a.1) == (b.0, b.1))
        .map(|same| same.iter().map(|e| e.2).sum::<c64>().norm())
        .fold(0.0, f64::max);
    if asymmetry > ROUNDING * largest {
        return Err(ProblemError::NotHermitian {
            place,
            index,
            asymmetry,
        });
    }
    Ok(())
}

/// Hermitian up to rounding relative to the largest entry.
fn check_hermitian(
    a: &Mat<c64>,
    dim: usize,
    place: &'static str,
    index: usize,
) -> Result<(), ProblemError> {
    let found = (a.nrows(), a.ncols());
    if found != (dim, dim) {
        return Err(ProblemError::WrongShape {
            place,
            index,
            expected: (dim, dim),
            found,
        });
    }
    check_finite(a, place, index)?;
    let mut largest: f64 = 0.0;
    let mut asymmetry: f64 = 0.0;
    for j in 0..dim {
        for i in 0..=j {
            largest = largest.max(a[(i, j)].norm());
            asymmetry = asymmetry.max((a[(i, j)] - a[(j, i)].conj()).norm());
        }
    }
    if asymmetry > ROUNDING * largest {
        return Err(ProblemError::NotHermitian {
            place,
            index,
            asymmetry,
        });
    }
    Ok(())
}
