//! Random instances, reproducible from a seed, and dense algebra written out naively so that
//! tests share nothing with what they test.
#![allow(dead_code)] // each test uses its part
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

use faer::{Mat, c64};
use proptest::prelude::*;
use robust_sdp::*;

/// Random inputs for each property: `number`, which `PROPTEST_CASES` multiplies (its default, 256, by one).
pub fn cases(number: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: (number * default.cases).div_ceil(256),
        ..default
    }
}

/// SplitMix64 with the two distributions the tests need.
#[derive(Debug, Clone)]
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in `[low, high)`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.between(0.0, 1.0)).ln()).sqrt();
        radius * self.between(0.0, std::f64::consts::TAU).cos()
    }

    /// Circular complex normal of unit variance.
    pub fn complex(&mut self) -> c64 {
        c64::new(self.normal(), self.normal()) * std::f64::consts::FRAC_1_SQRT_2
    }

    pub fn vector(&mut self, n: usize) -> Vec<c64> {
        (0..n).map(|_| self.complex()).collect()
    }

    pub fn matrix(&mut self, rows: usize, columns: usize) -> Mat<c64> {
        Mat::from_fn(rows, columns, |_, _| self.complex())
    }

    /// Hermitian, or real symmetric.
    pub fn hermitian(&mut self, n: usize, field: Field) -> Mat<c64> {
        let a = self.matrix(n, n);
        Mat::from_fn(n, n, |i, j| {
            let v = (a[(i, j)] + a[(j, i)].conj()) * 0.5;
            if field == Field::Real { re(v.re) } else { v }
        })
    }

    /// A unitary matrix, by Gram–Schmidt (twice).
    pub fn unitary(&mut self, n: usize) -> Mat<c64> {
        let mut columns: Vec<Vec<c64>> = Vec::new();
        while columns.len() < n {
            let mut v = self.vector(n);
            for _ in 0..2 {
                for c in &columns {
                    let overlap = dot(c, &v);
                    v.iter_mut().zip(c).for_each(|(x, y)| *x -= y * overlap);
                }
            }
            let length = length(&v);
            columns.push(v.iter().map(|x| x / length).collect());
        }
        Mat::from_fn(n, n, |i, j| columns[j][i])
    }
}

/// What random problems look like.
#[derive(Debug, Clone)]
pub struct Shape {
    pub targets: usize,
    pub groups: Vec<usize>,
    /// Range of the balls' radii, relative to the part of the vector in the group.
    pub radii: (f64, f64),
    /// Range of the floors; vectors have about unit entries, budgets are about one.
    pub floors: (f64, f64),
}

pub fn problem(draw: &mut Draw, shape: &Shape) -> RatioProblem {
    let n = shape.groups.iter().sum();
    let targets = (0..shape.targets)
        .map(|_| {
            let nominal = draw.vector(n);
            let errors = ranges(&shape.groups)
                .into_iter()
                .enumerate()
                .map(|(group, range)| ErrorBlock::Ball {
                    group,
                    radius: draw.between(shape.radii.0, shape.radii.1) * length(&nominal[range]),
                })
                .collect();
            RatioTarget {
                nominal,
                errors,
                floor: draw.between(shape.floors.0, shape.floors.1),
            }
        })
        .collect();
    RatioProblem {
        group_sizes: shape.groups.clone(),
        budgets: shape
            .groups
            .iter()
            .map(|_| draw.between(0.5, 2.0))
            .collect(),
        targets,
    }
}

/// One column per target, each budget used up exactly.
pub fn beams(draw: &mut Draw, problem: &RatioProblem) -> Vec<Mat<c64>> {
    let n = problem.dimension();
    let mut beams: Vec<Mat<c64>> = problem.targets.iter().map(|_| draw.matrix(n, 1)).collect();
    for (range, budget) in ranges(&problem.group_sizes)
        .into_iter()
        .zip(&problem.budgets)
    {
        let used: f64 = beams
            .iter()
            .flat_map(|b| range.clone().map(|i| b[(i, 0)].norm_sqr()))
            .sum();
        for beam in &mut beams {
            range
                .clone()
                .for_each(|i| beam[(i, 0)] *= (budget / used).sqrt());
        }
    }
    beams
}

pub fn solve(problem: &RatioProblem) -> MaxMinSolution {
    solve_with(problem, &MaxMinOptions::default())
}

pub fn solve_with(problem: &RatioProblem, options: &MaxMinOptions) -> MaxMinSolution {
    let problem = problem.clone().check().unwrap();
    max_min_ratio(&problem, &HermitianIpm::default(), options, &mut || false).unwrap()
}

/// `|h^H w_k|² / (Σ_{j≠k} |h^H w_j|² + σ²)`.
pub fn ratio(h: &[c64], beams: &[Mat<c64>], k: usize, floor: f64) -> f64 {
    let power = |w: &Mat<c64>| {
        let sum: c64 = h
            .iter()
            .enumerate()
            .map(|(i, v)| v.conj() * w[(i, 0)])
            .sum();
        sum.norm_sqr()
    };
    let rest: f64 = (0..beams.len())
        .filter(|&j| j != k)
        .map(|j| power(&beams[j]))
        .sum();
    power(&beams[k]) / (rest + floor)
}

pub fn ranges(groups: &[usize]) -> Vec<std::ops::Range<usize>> {
    let mut start = 0;
    groups
        .iter()
        .map(|size| {
            start += size;
            start - size..start
        })
        .collect()
}

pub fn re(x: f64) -> c64 {
    c64::new(x, 0.0)
}

pub fn dot(a: &[c64], b: &[c64]) -> c64 {
    a.iter().zip(b).map(|(x, y)| x.conj() * y).sum()
}

pub fn length(a: &[c64]) -> f64 {
    a.iter().map(|v| v.norm_sqr()).sum::<f64>().sqrt()
}

/// Ascending.
pub fn eigenvalues(a: &Mat<c64>) -> Vec<f64> {
    a.self_adjoint_eigenvalues(faer::Side::Lower).unwrap()
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
