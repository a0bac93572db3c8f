//! The units that make the logarithms of the coefficients least.

use super::Scaling;
use crate::sdp::problem::{LinearForm, Lmi, SdpProblem};

/// Coefficients whose largest in each row and column is within `2^±ORDINARY` need no other units.
const ORDINARY: f64 = 14.0;

/// Coefficients this far (in bits) below the others are taken for rounding errors and have no say.
const NOISE: f64 = 30.0;

/// Fits, each without what the one before found to be noise.
const FITS: usize = 3;

/// Largest exponent of a unit: squares and products of units stay numbers.
const LARGEST: f64 = 200.0;

/// A coefficient: the units that multiply it, and the logarithm of its size.
struct Entry {
    units: [usize; 4],
    log: f64,
}

/// Place of a unit that is not there.
const NONE: usize = usize::MAX;

/// Where each kind of unit starts in the list of all.
struct Places {
    matrices: Vec<usize>,
    scalars: usize,
    lmis: Vec<usize>,
    inequalities: usize,
    equalities: usize,
    constants: usize,
    objective: usize,
}

impl Places {
    fn new(problem: &SdpProblem) -> Self {
        let mut next = 0;
        let mut take = |count: usize| {
            next += count;
            next - count
        };
        Self {
            matrices: problem.matrices.iter().map(|m| take(m.dim)).collect(),
            scalars: take(problem.scalars.len()),
            lmis: problem.lmis.iter().map(|l| take(l.dim())).collect(),
            inequalities: take(problem.inequalities.len()),
            equalities: take(problem.equalities.len()),
            constants: take(1),
            objective: take(1),
        }
    }

    fn count(&self) -> usize {
        self.objective + 1
    }

    /// The unknowns' magnitudes.
    fn start(&self, problem: &SdpProblem) -> Vec<f64> {
        let mut units = vec![0.0; self.count()];
        for (unknown, &place) in problem.matrices.iter().zip(&self.matrices) {
            for (i, m) in unknown.magnitude.iter().enumerate() {
                units[place + i] = m.log2();
            }
        }
        units
    }

    fn entries(&self, problem: &SdpProblem) -> Vec<Entry> {
        let mut out = Vec::new();
        let mut add = |units: [usize; 4], value: f64, power: f64| {
            if value > 0.0 {
                let log = power * value.log2();
                out.push(Entry { units, log });
            }
        };
        for (lmi, &row) in problem.lmis.iter().zip(&self.lmis) {
            for term in &lmi.congruences {
                let (t, column) = (&lmi.factors[term.factor], self.matrices[term.matrix.0]);
                let root = term.coefficient.abs().sqrt();
                for j in 0..t.ncols() {
                    for i in 0..t.nrows() {
                        let units = [row + i, row + i, column + j, column + j];
                        add(units, root * t[(i, j)].norm(), 2.0);
                    }
                }
            }
            for term in &lmi.scalars {
                let scalar = self.scalars + term.scalar.0;
                for &(i, j, v) in &term.entries {
                    add([row + i, row + j, scalar, NONE], v.norm(), 1.0);
                }
            }
            for j in 0..lmi.dim() {
                for i in 0..=j {
                    let units = [row + i, row + j, self.constants, NONE];
                    add(units, lmi.constant[(i, j)].norm(), 1.0);
                }
            }
        }
        let mut add_form = |row: usize, form: &LinearForm| {
            for (id, c) in &form.matrices {
                let column = self.matrices[id.0];
                for j in 0..c.ncols() {
                    for i in 0..=j {
                        add([row, column + i, column + j, NONE], c[(i, j)].norm(), 1.0);
                    }
                }
            }
            for (id, c) in &form.scalars {
                add([row, self.scalars + id.0, NONE, NONE], c.abs(), 1.0);
            }
        };
        add_form(self.objective, &problem.objective);
        for (k, c) in problem.inequalities.iter().enumerate() {
            add_form(self.inequalities + k, &c.form);
        }
        for (k, c) in problem.equalities.iter().enumerate() {
            add_form(self.equalities + k, &c.form);
        }
        let inequalities = problem.inequalities.iter().enumerate();
        let equalities = problem.equalities.iter().enumerate();
        let rows = inequalities
            .map(|(k, c)| (self.inequalities + k, c.bound))
            .chain(equalities.map(|(k, c)| (self.equalities + k, c.bound)));
        for (row, bound) in rows {
            add([row, self.constants, NONE, NONE], bound.abs(), 1.0);
        }
        out
    }
}

impl Entry {
    fn units(&self) -> impl Iterator<Item = usize> + '_ {
        self.units.iter().copied().filter(|u| *u != NONE)
    }

    /// Logarithm of the coefficient in these units.
    fn value(&self, units: &[f64]) -> f64 {
        self.log + self.units().map(|u| units[u]).sum::<f64>()
    }
}

/// The units that make the logarithms least, by conjugate gradients from the given ones.
fn fit(entries: &[Entry], units: &mut [f64]) {
    let n = units.len();
    let mut diagonal = vec![0.0; n];
    let mut residual = vec![0.0; n];
    for entry in entries {
        let value = entry.value(units);
        for u in entry.units() {
            residual[u] -= value;
            diagonal[u] += entry.units().filter(|w| *w == u).count() as f64;
        }
    }
    let precondition = |r: &[f64]| -> Vec<f64> {
        let pairs = r.iter().zip(&diagonal);
        pairs
            .map(|(r, d)| if *d > 0.0 { r / d } else { 0.0 })
            .collect()
    };
    let mut step = precondition(&residual);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let mut size = dot(&residual, &step);
    for _ in 0..(4 * n).min(400) {
        if step.iter().all(|s| s.abs() < 1e-3) {
            return;
        }
        let mut image = vec![0.0; n];
        for entry in entries {
            let value: f64 = entry.units().map(|u| step[u]).sum();
            entry.units().for_each(|u| image[u] += value);
        }
        let curvature = dot(&step, &image);
        if curvature <= 0.0 || curvature.is_nan() {
            return;
        }
        let length = size / curvature;
        for i in 0..n {
            units[i] += length * step[i];
            residual[i] -= length * image[i];
        }
        let next = precondition(&residual);
        let next_size = dot(&residual, &next);
        let turn = next_size / size;
        size = next_size;
        for (s, p) in step.iter_mut().zip(&next) {
            *s = p + turn * *s;
        }
    }
}

impl Scaling {
    /// Units for a problem; `None` if it needs no others than its own.
    pub(crate) fn of(problem: &SdpProblem) -> Option<Self> {
        let places = Places::new(problem);
        let entries = places.entries(problem);
        let units = places.start(problem);
        // Constants and objective count for the units that are theirs, and not for their rows and columns.
        let mut largest = vec![f64::NEG_INFINITY; places.count()];
        for entry in &entries {
            let value = entry.value(&units);
            let common = |u: &usize| *u >= places.constants;
            let (own, all) = (entry.units().find(common), entry.units());
            own.into_iter()
                .chain(all.filter(|_| own.is_none()))
                .for_each(|u| largest[u] = largest[u].max(value));
        }
        let ordinary = |v: &f64| *v == f64::NEG_INFINITY || v.abs() <= ORDINARY;
        if largest.iter().all(ordinary) {
            None
        } else {
            Some(Self::fitted(problem, &places, entries, units))
        }
    }

    /// Units for a problem, whether it needs them or not.
    pub(in crate::sdp) fn always(problem: &SdpProblem) -> Self {
        let places = Places::new(problem);
        let entries = places.entries(problem);
        let units = places.start(problem);
        Self::fitted(problem, &places, entries, units)
    }

    fn fitted(
        problem: &SdpProblem,
        places: &Places,
        mut entries: Vec<Entry>,
        mut units: Vec<f64>,
    ) -> Self {
        for _ in 0..FITS {
            fit(&entries, &mut units);
            let before = entries.len();
            entries.retain(|e| e.value(&units) > -NOISE);
            if entries.len() == before {
                break;
            }
        }
        let round = |u: f64| u.clamp(-LARGEST, LARGEST).round() as i32;
        let range = |at: usize, n: usize| units[at..at + n].iter().map(|u| round(*u)).collect();
        let dims = problem.matrices.iter().map(|m| m.dim);
        let sides = problem.lmis.iter().map(Lmi::dim);
        Self {
            matrices: places
                .matrices
                .iter()
                .zip(dims)
                .map(|(&p, n)| range(p, n))
                .collect(),
            scalars: range(places.scalars, problem.scalars.len()),
            lmis: places
                .lmis
                .iter()
                .zip(sides)
                .map(|(&p, n)| range(p, n))
                .collect(),
            inequalities: range(places.inequalities, problem.inequalities.len()),
            equalities: range(places.equalities, problem.equalities.len()),
            constants: round(units[places.constants]),
            objective: round(units[places.objective]),
        }
    }
}
