//! Orthonormal vectors.

use nf_channel::C64;

/// What is left of a vector outside the span, relative to its length, that counts as rounding.
const ROUNDING: f64 = 1e-12;

/// Orthonormal vectors of one length.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Basis(pub Vec<Vec<C64>>);

/// `a^H b`.
pub(super) fn inner(a: &[C64], b: &[C64]) -> C64 {
    a.iter().zip(b).map(|(a, b)| a.conj() * b).sum()
}

pub(super) fn norm(a: &[C64]) -> f64 {
    a.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt()
}

impl Basis {
    /// One that spans these vectors: Gram and Schmidt's, each vector projected twice.
    pub fn spanning<'a>(vectors: impl IntoIterator<Item = &'a Vec<C64>>) -> Self {
        let mut basis = Self::default();
        for vector in vectors {
            let rest = basis.remainder(vector);
            let length = norm(&rest);
            if length > ROUNDING * norm(vector) {
                basis.0.push(rest.iter().map(|v| v / length).collect());
            }
        }
        basis
    }

    /// The unit vectors.
    pub fn whole(dimension: usize) -> Self {
        let unit = |i| (0..dimension).map(move |j| C64::from(f64::from(u8::from(i == j))));
        Self((0..dimension).map(|i| unit(i).collect()).collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// `B^H v`.
    pub fn coordinates(&self, vector: &[C64]) -> Vec<C64> {
        self.0.iter().map(|column| inner(column, vector)).collect()
    }

    /// `B x`, of so many elements.
    pub fn combination(&self, coordinates: &[C64], elements: usize) -> Vec<C64> {
        let mut sum = vec![C64::ZERO; elements];
        for (column, x) in self.0.iter().zip(coordinates) {
            for (sum, v) in sum.iter_mut().zip(column) {
                *sum += v * x;
            }
        }
        sum
    }

    /// The part of a vector that is orthogonal to the span.
    pub fn remainder(&self, vector: &[C64]) -> Vec<C64> {
        let mut rest = vector.to_vec();
        for _ in 0..2 {
            let inside = self.combination(&self.coordinates(&rest), rest.len());
            rest.iter_mut().zip(inside).for_each(|(rest, v)| *rest -= v);
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basis_is_orthonormal_and_holds_what_it_spans() {
        let vector = |seed: f64| -> Vec<C64> {
            let entry = |i: usize| C64::from_polar(1.0, seed * (i * i) as f64);
            (0..6).map(entry).collect()
        };
        let vectors = [vector(0.3), vector(0.300_001), vector(1.1), vector(0.3)];
        let basis = Basis::spanning(&vectors);
        assert_eq!(basis.len(), 3);
        for (i, a) in basis.0.iter().enumerate() {
            for (j, b) in basis.0.iter().enumerate() {
                let expected = f64::from(u8::from(i == j));
                assert!((inner(a, b) - expected).norm() < 1e-14);
            }
        }
        for v in &vectors {
            let back = basis.combination(&basis.coordinates(v), 6);
            let lost: Vec<C64> = back.iter().zip(v).map(|(a, b)| a - b).collect();
            assert!(norm(&lost) < 1e-12 && norm(&basis.remainder(v)) < 1e-12);
        }
        assert_eq!(Basis::whole(6).coordinates(&vectors[0]), vectors[0]);
    }
}
